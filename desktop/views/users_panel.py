"""Beside the list of people: the chosen one, his ERP user to be chosen, and whether he is meant to have one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.counterpart_box import CounterpartBox
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.states import state_look
from desktop.views.users_rows import hidden, look_of
from desktop.views.widgets import Button, Mark, Words

if TYPE_CHECKING:
    from desktop.services.users import Pair, PersonLine, Users

WIDTH = 320


class UsersPanel(QScrollArea):
    """bound: the ERP user as typed.  unbound: the correspondence is to go.  marked: True = is meant to have no ERP user.
    seated: a login of ours is this person ("" = no longer any).  closed: nothing is chosen any more."""

    bound = Signal(str)
    unbound = Signal()
    marked = Signal(bool)
    seated = Signal(str, bool)
    closed = Signal()

    def __init__(self, look: Look, bridge: Bridge, users: Users) -> None:
        super().__init__()
        self._look, self._users = look, users
        self.shown: PersonLine | None = None
        self.logins: Sequence[tuple[str, str]] = ()
        self.setFixedWidth(look.px(WIDTH))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._build(bridge)
        self.show_nothing()

    def _build(self, bridge: Bridge) -> None:
        look, px, say = self._look, self._look.px, self._look.text.say
        inner = QFrame()
        inner.setProperty("role", "sunken")
        column = QVBoxLayout(inner)
        column.setContentsMargins(px(16), px(12), px(16), px(16))
        column.setSpacing(px(8))
        head, state = QHBoxLayout(), QHBoxLayout()
        self.title = Words(role="panel", wrap=True, selectable=True)
        head.addWidget(self.title, 1)
        shut = Button(look, say("button-close"), self.closed.emit, role="icon", icon="close")
        head.addWidget(shut, alignment=Qt.AlignmentFlag.AlignTop)
        self.facts = Words(role="second", wrap=True, selectable=True)
        self.mark, self.state = Mark(look), Words(wrap=True)
        state.setSpacing(px(6))
        state.addWidget(self.mark, alignment=Qt.AlignmentFlag.AlignTop)
        state.addWidget(self.state, 1)
        self.binding = self._binding(bridge)
        self.trouble = Banner(look)
        self.trouble.mark.hide()
        self.licence = Button(look, "", self._mark, icon="user")
        self.unbind = Button(look, say("users-unbind"), self.unbound.emit, role="danger", icon="delete")
        self.seat = Button(look, say("users-seat-do"), self._show_logins, icon="link")
        self.seat_words = Words(say("users-seat-hint"), "caption", wrap=True)
        column.addLayout(head)
        column.addWidget(self.facts)
        column.addLayout(state)
        column.addWidget(self.binding)
        column.addWidget(self.trouble)
        for button in (self.unbind, self.licence, self.seat):
            column.addWidget(button)
        column.addWidget(self.seat_words)
        column.addStretch(1)
        self.setWidget(inner)

    def _binding(self, bridge: Bridge) -> QWidget:
        look, say, box = self._look, self._look.text.say, QWidget()
        column, buttons = QVBoxLayout(box), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(8))
        self.box = CounterpartBox(look, bridge)
        self.box.by_code = True
        self.box.setPlaceholderText(say("base-type"))
        self.box.setAccessibleName(say("users-erp"))
        self.box.entered.connect(self._bind)
        self.box.textChanged.connect(self._may_bind)
        self.use = Button(look, "", self._use, role="quiet", icon="check")
        self.save = Button(look, say("users-bind"), self._bind, icon="check")
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        column.addWidget(Words(say("users-erp"), "strong"))
        column.addWidget(self.box)
        column.addWidget(self.use)
        column.addLayout(buttons)
        return box

    # --- what is shown -----------------------------------------------------------------------------------------------
    def show_nothing(self) -> None:
        """Nobody is chosen."""
        self.shown = None
        self.hide()

    def show_line(self, line: PersonLine, pair: Pair, many: int = 1) -> None:
        """One person; many: how many are selected with him and can be marked together. What is being typed stays."""
        text, same = self._look.text, self.shown is not None and self.shown.place == line.place
        self.shown = line
        self.title.setText(line.name or line.erp_name or line.oa_id or line.erp_user)
        facts = [
            (pair.oa_title, line.oa_id), (text.say("users-number"), line.staff_number),
            (text.say("users-mobile"), hidden(line.mobile)), (pair.erp_title, line.erp_user), ("DanQiao", ", ".join(line.seats)),
        ]  # fmt: skip
        self.facts.setText("\n".join(f"{name}  {value}" for name, value in facts if value))
        seen = state_look(look_of(line.state))
        self.mark.show_shape(seen.shape, seen.token)
        self.state.tell(
            text.say(f"users-tells-{line.state}"), "warn" if look_of(line.state) == "base_warn" else ""
        )
        if not same:
            self.trouble.hide()
            self.box.setText(line.erp_user if "," not in line.erp_user else "")
        erp_id, users = pair.erp_id, self._users
        self.box.look_for = lambda typed: users.find_erp_users(erp_id, typed)
        self._show_deeds(line, many)
        self.show()

    def _show_deeds(self, line: PersonLine, many: int) -> None:
        say, found = self._look.text.say, line.suggestion
        one_of_the_oa = bool(line.oa_id) and line.state != "left"
        self.binding.setVisible(one_of_the_oa and line.state not in ("several", "no_licence"))
        self.use.setVisible(found is not None)
        if found is not None:
            self.use.say(say("base-use", key=found.key, name=found.name))
        self.unbind.setVisible(bool(line.oa_id and line.erp_user))
        self.licence.setVisible(one_of_the_oa)
        self.licence.say(
            say("users-licence-undo" if line.state == "no_licence" else "users-licence-do", count=many)
        )
        for widget in (self.seat, self.seat_words):
            widget.setVisible(one_of_the_oa)
        self._may_bind()

    def show_trouble(self, error: SyncError) -> None:
        """What stood in the way; what was typed stays."""
        text, code = self._look.text, error.code.id
        self.trouble.tell("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")
        self.trouble.link.hide()
        self._may_bind()

    # --- what the person does ----------------------------------------------------------------------------------------
    def _use(self) -> None:
        if self.shown is not None and self.shown.suggestion is not None:
            self.box.setText(self.shown.suggestion.key)
            self.box.setFocus()

    def _may_bind(self) -> None:
        typed = self.box.text().strip()
        self.save.setEnabled(bool(typed) and self.shown is not None and typed != self.shown.erp_user)

    def _bind(self) -> None:
        if self.save.isEnabled():
            self.trouble.hide()
            self.bound.emit(self.box.text().strip())

    def _mark(self) -> None:
        if self.shown is not None:
            self.marked.emit(self.shown.state != "no_licence")

    def menu(self) -> QMenu:
        """The logins of ours: ticked are those that are this person."""
        menu, mine = QMenu(self), self.shown.seats if self.shown is not None else ()
        for login, name in self.logins:
            action = menu.addAction(f"{name}  {login}" if name != login else login)
            action.setCheckable(True)
            action.setChecked(login in mine)
            action.triggered.connect(partial(self.seated.emit, login))
        return menu

    def _show_logins(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.seat.mapToGlobal(self.seat.rect().bottomLeft()))
