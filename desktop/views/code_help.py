"""What every code means, offline: what happened, why, what to do, who. All from the catalogue."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QTextBrowser, QVBoxLayout, QWidget

from desktop.domain.errors import Code, ErrorCode
from desktop.views.look import Look
from desktop.views.widgets import Button, Words

PARTS = ("what", "why", "do", "who")
_ANY = "…"


class CodeHelp(QWidget):
    """closed: the person goes back."""

    closed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        say, px = look.text.say, look.px
        self.back = Button(look, say("failures-help-back"), self.closed.emit, icon="left")
        self.search = QLineEdit(placeholderText=say("failures-help-search"), clearButtonEnabled=True)
        self.search.setAccessibleName(say("failures-help-search"))
        self.search.setFixedWidth(px(240))
        self.page = QTextBrowser()
        self.page.setOpenLinks(False)
        self.page.setAccessibleName(say("failures-help"))
        head, whole = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(px(8))
        head.addWidget(Words(say("failures-help"), "panel"))
        head.addStretch(1)
        head.addWidget(self.search)
        head.addWidget(self.back)
        whole.setContentsMargins(px(24), px(12), px(24), px(12))
        whole.setSpacing(px(8))
        whole.addLayout(head)
        whole.addWidget(self.page, 1)
        self.search.textChanged.connect(lambda _: self._show())
        look.changed.connect(self._show)

    def show_code(self, code_id: str = "") -> None:
        """All codes, or one."""
        self.search.setText(code_id)
        self._show()
        (self.search if not code_id else self.page).setFocus()

    def _show(self) -> None:
        sought = self.search.text().strip().casefold()
        entries = [(code, answers(self._look, code)) for code in ErrorCode.all()]
        found = [
            entry_html(self._look, code, told)
            for code, told in entries
            if sought
            in " ".join((code.id, *told.values(), self._look.text.word("short", code.id))).casefold()
        ]
        self.page.setHtml("".join(found) or f"<p>{escape(self._look.text.say('failures-help-none'))}</p>")


def answers(look: Look, code: Code) -> dict[str, str]:
    """The four answers of a code, with an ellipsis where a failure would put its facts."""
    text, facts = look.text, dict.fromkeys(code.facts, _ANY) | {"said": ""}
    return {
        "what": text.what(code.id, facts), "why": text.say(f"{code.id}-why"), "do": text.do(code.id, facts),
        "who": text.say(f"healer-{code.healer.value}"),
    }  # fmt: skip


def entry_html(look: Look, code: Code, told: dict[str, str]) -> str:
    """One code as a heading and four lines."""
    muted = look.theme["muted"].name()
    title = f"{escape(code.id)}&nbsp;&nbsp;{escape(look.text.word('short', code.id))}"
    rows = "".join(
        f"<tr><td style='color:{muted}; padding-right:12px; white-space:nowrap'>"
        f"{escape(look.text.say(f'failures-part-{part}'))}</td><td>{escape(told[part])}</td></tr>"
        for part in PARTS
    )
    return f"<h4>{title}</h4><table cellpadding='2'>{rows}</table>"
