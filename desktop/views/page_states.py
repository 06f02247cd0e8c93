"""What a page shows beside its content: a banner, nothing yet, an error, or bars while it is being read."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, Words, dressed


class Banner(QFrame):
    """One line on a soft ground: shape, sentence, and a link that leads on. Hidden until it has something to say."""

    _SHAPES: ClassVar = {
        "ok": "disc_tick",
        "wait": "ring_half",
        "warn": "triangle_mark",
        "stop": "square",
        "": "disc",
    }

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._act: Callable[[], object] | None = None
        self.setProperty("role", "banner")
        self.mark = Mark(look)
        self.sentence = Words(role="strong", wrap=True)
        self.second = Words(role="second")
        self.link = Button(look, "", self._follow, role="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(12), look.px(4), look.px(4), look.px(4))
        row.setSpacing(look.px(8))
        row.addWidget(self.mark)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.second)
        row.addWidget(self.link)
        self.setMinimumHeight(look.px(34))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def tell(
        self,
        tone: str,
        sentence: str,
        *,
        second: str = "",
        link: str = "",
        act: Callable[[], object] | None = None,
    ) -> None:
        """Shows a sentence. tone: "ok", "wait", "warn", "stop" or "" for news."""
        self.mark.show_shape(self._SHAPES[tone], tone or "link")
        self.sentence.setText(sentence)
        self.second.setText(second)
        self.second.setVisible(bool(second))
        self.link.say(link)
        self.link.setVisible(bool(link))
        self._act = act
        dressed(self, tone=tone)
        self.show()

    def _follow(self) -> None:
        if self._act is not None:
            self._act()


class EmptyState(QWidget):
    """Says what will appear here, and offers the next step."""

    def __init__(
        self, look: Look, title: str, hint: str, *, icon: str = "empty", action: Button | None = None
    ) -> None:
        super().__init__()
        self._look, self._icon = look, icon
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.title = Words(title)
        self.hint = Words(hint, "second", wrap=True)
        column = QVBoxLayout(self)
        column.setSpacing(look.px(8))
        column.addStretch(2)
        for words in (self._picture, self.title, self.hint):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(words)
        if action is not None:
            column.addSpacing(look.px(4))
            column.addWidget(action, alignment=Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)
        self._draw()
        look.changed.connect(self._draw)

    def _draw(self) -> None:
        self._picture.setPixmap(self._look.icon_pixmap(self._icon, "faint", 28, self.devicePixelRatioF()))


class ErrorState(QWidget):
    """A page that could not be filled: sentence, cause, cure, "try again" and "copy details"."""

    def __init__(self, look: Look, again: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._look = look
        self._details = ""
        text = look.text
        self.mark = Mark(look, "square", "stop")
        self.title = Words(text.say("error-title"), "section")
        self.cause = Words(wrap=True, selectable=True)
        self.cure = Words(role="muted", wrap=True)
        self.code = Words(role="caption")
        self.again = Button(look, text.say("button-retry"), again, role="primary", icon="sync")
        if again is None:
            self.again.hide()
        self.copy = Button(look, text.say("button-copy-details"), self._copy, role="quiet", icon="copy")
        head, row = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(look.px(8))
        row.setSpacing(look.px(8))
        head.addWidget(self.mark)
        head.addWidget(self.title)
        row.addWidget(self.again)
        row.addWidget(self.copy)
        row.addWidget(self.code)
        head.addStretch()
        row.addStretch()
        column = QVBoxLayout()
        column.setSpacing(look.px(8))
        column.addLayout(head)
        column.addWidget(self.cause)
        column.addWidget(self.cure)
        column.addSpacing(look.px(4))
        column.addLayout(row)
        frame = QWidget()
        frame.setLayout(column)
        frame.setMaximumWidth(look.px(640))
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(frame, alignment=Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)
        frame.setMinimumWidth(look.px(360))

    def show_error(self, error: SyncError) -> None:
        """What happened, what to do, and the code; the details are what a person sends to support."""
        text, code = self._look.text, error.code.id
        self.cause.setText(text.what(code, error.facts))
        self.cure.setText(text.do(code, error.facts))
        self.code.setText(code)
        self._details = f"{code}\n{self.cause.text()}\n{self.cure.text()}\n{error}"

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
        self.copy.say(self._look.text.say("button-copied"))
        QTimer.singleShot(2000, self, lambda: self.copy.say(self._look.text.say("button-copy-details")))
