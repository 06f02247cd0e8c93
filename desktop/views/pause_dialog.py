"""Pausing the whole engine: why, and until when. And who did, told wherever the pause shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.schedule import Pause
from desktop.services.text import Text
from desktop.views.look import Look
from desktop.views.widgets import Button, Words, foot

ENDS = ("open", "hour", "tomorrow", "week")
WHY_MOST = 200


def pause_end(name: str, now: datetime) -> datetime | None:
    """When a pause of this name ends, aware UTC; None = it has no end. now: with the machine's zone."""
    morning = (now + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    ends = {"hour": now + timedelta(hours=1), "tomorrow": morning, "week": morning + timedelta(days=6)}
    return ends[name].astimezone(UTC) if name in ends else None


def told_of(text: Text, pause: Pause | None) -> str:
    """Who paused, when, why, until when; "" where nobody knows."""
    if pause is None:
        return ""
    said = [text.say("pause-told", by=pause.by, when=text.moment(pause.at))]
    said += [text.say("pause-told-why", why=pause.why)] if pause.why else []
    said.append(
        text.say("pause-told-until", until=text.moment(pause.until))
        if pause.until
        else text.say("pause-told-open")
    )
    return text.say("pause-told-all", told=text.joined(said, "pause-told-between"))


class PauseDialog(QDialog):
    """Opens over its window; `pause` is called with the reason (may be "") and the end."""

    def __init__(
        self, parent: QWidget, look: Look, pause: Callable[[str, datetime | None], object]
    ) -> None:  # fmt: skip
        super().__init__(parent)
        px, say = look.px, look.text.say
        self.setWindowTitle(say("pause-title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(px(480))
        self.why = QLineEdit(placeholderText=say("pause-why-hint"))
        self.why.setAccessibleName(say("pause-why"))
        self.why.setMaxLength(WHY_MOST)
        self.until = QComboBox()
        self.until.setAccessibleName(say("pause-until"))
        for name in ENDS:
            self.until.addItem(say(f"pause-end-{name}"), name)
        self.cancel = Button(look, say("button-cancel"), self.reject)
        self.deed = Button(look, say("queue-pause"), self.accept, role="primary", icon="pause")
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(16))
        column.setSpacing(px(8))
        column.addWidget(Words(say("pause-title"), "section", wrap=True))
        column.addWidget(Words(say("pause-is"), wrap=True))
        column.addSpacing(px(4))
        for name, box in (("pause-why", self.why), ("pause-until", self.until)):
            column.addWidget(Words(say(name), "second"))
            column.addWidget(box)
        column.addSpacing(px(8))
        column.addLayout(foot(look, self.cancel, self.deed))
        self.accepted.connect(lambda: pause(self.why.text().strip(), self.end()))
        self.why.setFocus()

    def end(self) -> datetime | None:
        """When the pause ends by itself."""
        return pause_end(str(self.until.currentData()), datetime.now().astimezone())
