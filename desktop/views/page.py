"""What a page is: a title line with its actions, a body that shows content, skeleton, nothing or an error.

A page author subclasses Page, builds in __init__, asks in refresh(), paints in a method of their own, and overrides
what the keyboard needs. The window calls; the page never looks for the window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.desk import Command, Desk
from desktop.views.look import Look
from desktop.views.page_states import EmptyState, ErrorState
from desktop.views.widgets import Words


class Page(QWidget):
    """The frame of a page. `head` takes actions at the right, `body` the content.

    badge: the number at its name in the sidebar changed (count, tone "stop" or "warn"; 0 = none).
    news:  True puts a dot there.
    """

    badge = Signal(int, str)
    news = Signal(bool)

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__()
        self.desk, self.look = desk, desk.look
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = Words(title, "title")
        self.second = Words(role="second")
        self.search: QLineEdit | None = None
        self._actions = QHBoxLayout()
        self._actions.setSpacing(self.look.px(8))
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._head())
        whole.addLayout(self.body, 1)

    def _head(self) -> QHBoxLayout:
        head, px = QHBoxLayout(), self.look.px
        head.setContentsMargins(px(24), px(12), px(24), px(8))
        head.setSpacing(px(8))
        head.addWidget(self.title)
        head.addWidget(self.second, alignment=Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        head.addLayout(self._actions)
        return head

    def add_action(self, widget: QWidget) -> None:
        """Puts a button or box at the right of the title line."""
        self._actions.addWidget(widget)

    def add_search(self, hint: str) -> QLineEdit:
        """A search box in the title line; Ctrl+F goes to it."""
        box = QLineEdit(placeholderText=hint, clearButtonEnabled=True)
        box.setAccessibleName(hint)
        box.setMinimumWidth(self.look.px(240))
        box.addAction(self.look.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search = box
        self._actions.insertWidget(0, box)
        return box

    # What the window calls; override what the page has ---------------------------------------------------------

    def refresh(self) -> None:
        """Asks for its content: when shown, on F5 and after the engine's events."""

    def hear(self, events: tuple[Any, ...]) -> None:
        """The engine told something while this page is on screen; by default it asks again."""
        self.refresh()

    def arrive(self, facts: Mapping[str, Any]) -> None:
        """Opened by a link with facts ({"state": "found"}): narrow the list, choose the row."""

    def step(self, by: int) -> None:
        """Next (1) or previous (-1) row: J and K, wherever the focus is."""

    def close_panel(self) -> bool:
        """Esc: closes the innermost thing that is open; False where there was none."""
        return False

    def focus_first(self) -> None:
        """Where the keyboard begins: the table."""
        self.setFocus()

    def commands(self) -> tuple[Command, ...]:
        """What this page can do, for the palette and the menu."""
        return ()


class Area(QStackedWidget):
    """A place that shows its content, or that there is none, or why it could not be read."""

    def __init__(self, look: Look, content: QWidget, empty: EmptyState, again: Callable[[], object]) -> None:
        super().__init__()
        self.content, self.empty, self.error = content, empty, ErrorState(look, again)
        for widget in (content, empty, self.error):
            self.addWidget(widget)

    def show_content(self, any_rows: bool = True) -> None:
        """The content, or the empty state where there is nothing."""
        self.setCurrentWidget(self.content if any_rows else self.empty)

    def show_error(self, error: SyncError) -> None:
        """The error state."""
        self.error.show_error(error)
        self.setCurrentWidget(self.error)
