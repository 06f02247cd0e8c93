"""May whoever sits here order this? For greying buttons only: the services ask again, and theirs is the answer that counts."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget


def only_look(form: QWidget, why: str) -> None:
    """A form for somebody who may not change it: what stands there can be read and copied, no button invites him in vain."""
    boxes: list[QLineEdit | QAbstractSpinBox] = [
        *form.findChildren(QLineEdit),
        *form.findChildren(QAbstractSpinBox),
    ]
    for box in boxes:
        box.setReadOnly(True)
        box.setToolTip(why)
    for kind in (QComboBox, QCheckBox, QPushButton):
        for widget in form.findChildren(kind):
            if widget.property("role") != "quiet":
                widget.setEnabled(False)
                widget.setToolTip(why)


def may_here(house: Any, order: str) -> bool:
    """True where the person at the window has the role for an order, for whatever company; nobody entered = everything.

    Reads what is in memory, so it may be asked on the GUI thread."""
    from dataclasses import replace

    from desktop.services.rights import may

    seat = getattr(getattr(house, "people", None), "seat", None)
    person = seat.person if seat is not None else None
    return person is None or may(replace(person, routes=()), order)
