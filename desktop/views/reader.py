"""A long text to read: help, licences. Scrolls, can be selected and searched; Esc closes it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop.views.look import Look
from desktop.views.widgets import Button, Words

SIZE = (760, 620)


class ReaderDialog(QDialog):
    """plain text, or Markdown of our own where `markdown` (its heading is the title already; links inside are not followed: nothing here goes online)."""

    def __init__(self, parent: QWidget, look: Look, title: str, told: str, *, markdown: bool = False) -> None:
        super().__init__(parent)
        say, px = look.text.say, look.px
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*(px(each) for each in SIZE))
        column, head, foot = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        column.setContentsMargins(px(24), px(20), px(24), px(16))
        column.setSpacing(px(12))
        self.search_box = QLineEdit(placeholderText=say("reader-find"), clearButtonEnabled=True)
        self.search_box.setFixedWidth(px(220))
        self.search_box.textChanged.connect(self._find)
        self.search_box.returnPressed.connect(lambda: self._find(self.search_box.text(), further=True))
        head.addWidget(Words(title, "section"), 1)
        head.addWidget(self.search_box)
        column.addLayout(head)
        self.body: QPlainTextEdit | QTextBrowser
        if markdown:
            self.body = QTextBrowser()
            self.body.setOpenLinks(False)
            self.body.setMarkdown(told.partition("\n")[2] if told.startswith("# ") else told)
        else:
            self.body = QPlainTextEdit(told)
            self.body.setReadOnly(True)
        self.body.setAccessibleName(title)
        column.addWidget(self.body, 1)
        self.shut = Button(look, say("button-close"), self.close)
        foot.addStretch(1)
        foot.addWidget(self.shut)
        column.addLayout(foot)
        self.body.setFocus()

    def _find(self, typed: str, *, further: bool = False) -> None:
        """The next place of the words, from the top where there is none below."""
        if not further:
            self.body.moveCursor(QTextCursor.MoveOperation.Start)
        if typed and not self.body.find(typed):
            self.body.moveCursor(QTextCursor.MoveOperation.Start)
            self.body.find(typed)
