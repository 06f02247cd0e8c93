"""The frame of a form beside a list: its head with the buttons, and the column of fields that scrolls below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.views.look import Look


def form_head(look: Look, *parts: QWidget, buttons: tuple[QWidget, ...]) -> QHBoxLayout:
    """Title and second words at the left, the buttons at the right."""
    px, row = look.px, QHBoxLayout()
    row.setContentsMargins(px(24), px(12), px(24), px(12))
    row.setSpacing(px(8))
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row


def form_column(look: Look, most_width: int) -> tuple[QScrollArea, QVBoxLayout]:
    """The scrolling area, and the column in it to be filled. most_width: in drawn pixels; wider lines are not read."""
    px, inner, area = look.px, QWidget(), QScrollArea()
    inner.setProperty("role", "area")
    inner.setMaximumWidth(px(most_width))
    column = QVBoxLayout(inner)
    column.setContentsMargins(px(24), px(4), px(24), px(24))
    column.setSpacing(px(16))
    area.setWidgetResizable(True)
    area.setWidget(inner)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area, column
