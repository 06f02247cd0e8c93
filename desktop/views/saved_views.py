"""Named views of a list: its filters, columns and order, kept for each person. A button with a menu; the page does the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QWidget, QWidgetAction

from desktop.views.desk import Desk
from desktop.views.table_view import Table
from desktop.views.widgets import Button

KEPT_MOST = 30
LONGEST_NAME = 60


class SavedView(NamedTuple):
    """filters: what the page narrows by, as JSON can hold it.  columns: Table.columns_state(), "" = as they are.
    sort: the column's key, "" = as it is."""

    name: str
    filters: Mapping[str, Any]
    columns: str = ""
    sort: str = ""
    descending: bool = False


def read_views(kept: str | None) -> list[SavedView]:
    """What tell_views() gave; anything odd in it is left out."""
    try:
        found = json.loads(kept or "[]")
    except ValueError:
        return []
    views = []
    for each in found if isinstance(found, list) else ():
        if (
            isinstance(each, dict)
            and isinstance(each.get("filters"), dict)
            and str(each.get("name", "")).strip()
        ):
            views.append(
                SavedView(
                    str(each["name"])[:LONGEST_NAME], each["filters"], str(each.get("columns") or ""),
                    str(each.get("sort") or ""), each.get("descending") is True,
                )
            )  # fmt: skip
    return views


def tell_views(views: Sequence[SavedView]) -> str:
    """As JSON, for the preferences; the oldest go when there are too many."""
    return json.dumps([view._asdict() for view in views[-KEPT_MOST:]], ensure_ascii=False)


def keep_columns(desk: Desk, table: Table, key: str) -> None:
    """Lays the columns as this person left them, and remembers what he changes."""
    key = f"columns.{key}.{desk.house.person}"
    table.restore_columns(desk.preferences.get(key))
    table.columns_changed.connect(lambda: desk.remember(key, table.columns_state()))


class ViewsButton(Button):
    """The saved views of one list.

    now:     the list as it is narrowed, laid out and sorted now; its name is what a person might call it.
    show:    takes a view.  ready: views that everybody has, by their names.
    """

    def __init__(
        self, desk: Desk, page: str, now: Callable[[], SavedView], show: Callable[[SavedView], None],
        ready: Callable[[], Sequence[SavedView]] = tuple,
    ) -> None:  # fmt: skip
        super().__init__(
            desk.look, desk.look.text.say("views-button"), self.open_menu, role="quiet", icon="filter"
        )
        self._desk, self._key = desk, f"views.{page}.{desk.house.person}"
        self._now, self._show, self._ready = now, show, ready
        self.views = read_views(desk.preferences.get(self._key))

    def open_menu(self) -> None:
        """Opens under the button."""
        menu = self.menu_of_views()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def menu_of_views(self) -> QMenu:
        """Ready-made and saved views, a box that names the present one, and how to drop another."""
        menu, text = QMenu(self), self._desk.look.text
        present = self._now()
        for view in self._ready():
            self._add(menu, view, present)
        menu.addSeparator()
        for view in self.views:
            self._add(menu, view, present)
        if self.views:
            drop = menu.addMenu(text.say("views-drop"))
            for view in self.views:
                drop.addAction(view.name.replace("&", "&&"), partial(self.drop, view))
            menu.addSeparator()
        menu.addAction(self._naming(menu, present))
        return menu

    def _add(self, menu: QMenu, view: SavedView, present: SavedView) -> None:
        action = menu.addAction(view.name.replace("&", "&&"), partial(self._show, view))
        action.setCheckable(True)
        action.setChecked(dict(view.filters) == dict(present.filters))

    def _naming(self, menu: QMenu, present: SavedView) -> QWidgetAction:
        """One line: a name, proposed already, and the button that keeps the view under it."""
        look, say = self._desk.look, self._desk.look.text.say
        line, row = QWidget(), QHBoxLayout()
        self.name = QLineEdit(present.name[:LONGEST_NAME])
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(say("views-name"))
        self.name.setAccessibleName(say("views-name"))
        self.name.setMinimumWidth(look.px(180))
        self.save = Button(look, say("views-keep"), lambda: self._keep_and_close(menu))
        self.name.returnPressed.connect(lambda: self._keep_and_close(menu))
        row.setContentsMargins(look.px(12), look.px(4), look.px(8), look.px(4))
        row.setSpacing(look.px(6))
        row.addWidget(self.name, 1)
        row.addWidget(self.save)
        line.setLayout(row)
        action = QWidgetAction(menu)
        action.setDefaultWidget(line)
        return action

    def _keep_and_close(self, menu: QMenu) -> None:
        if self.name.text().strip():
            self.keep(self.name.text())
            menu.close()

    def keep(self, name: str) -> None:
        """Keeps the list as it is now; a view of the same name is replaced."""
        view = self._now()._replace(name=name.strip()[:LONGEST_NAME])
        self._store([*(each for each in self.views if each.name != view.name), view])

    def drop(self, view: SavedView) -> None:
        """Forgets a view."""
        self._store([each for each in self.views if each.name != view.name])

    def _store(self, views: Sequence[SavedView]) -> None:
        self.views = list(views)[-KEPT_MOST:]
        self._desk.remember(self._key, tell_views(self.views))
