"""One person's form: login, name, role in words, companies, and what is masked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.domain.system import Person, Role
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.widgets import Button, Words

USUALLY_MASKED = frozenset({Role.MAPPING, Role.AUDITOR})
"""Who needs no whole bank account for his work; the box may say otherwise for one person."""


class PersonForm(QWidget):
    """save_asked, passphrase_asked: with the person."""

    save_asked = Signal(object)
    passphrase_asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look, self.dirty, self.fresh = look, False, False
        self._person: Person | None = None
        say, px = look.text.say, look.px
        self.banner = Banner(look)
        self.title, self.login, self.name = Words("", "panel"), QLineEdit(), QLineEdit()
        self.role = QComboBox()
        for role in Role:
            self.role.addItem(look.text.word("role", role.value), role.value)
        self.what = Words(role="second", wrap=True)
        self.every = QCheckBox(say("people-all-companies"))
        self.companies: dict[str, QCheckBox] = {}
        self._company_box = QVBoxLayout()
        self._company_box.setSpacing(px(2))
        self.accounts, self.active = QCheckBox(say("people-sees-accounts")), QCheckBox(say("people-active"))
        self.passphrase = Button(look, say("passphrase-change"), self._ask_passphrase)
        self.save = Button(look, say("button-save"), self._save, role="primary", icon="check")
        self._lay_out()
        for line in (self.login, self.name):
            line.textEdited.connect(self._edited)
        self.role.activated.connect(self._role_chosen)
        for box in (self.every, self.accounts, self.active):
            box.clicked.connect(self._edited)

    def _lay_out(self) -> None:
        px, say = self.look.px, self.look.text.say
        head, inner, column, grid = QHBoxLayout(), QWidget(), QVBoxLayout(), QGridLayout()
        head.setContentsMargins(px(24), px(12), px(24), px(12))
        head.setSpacing(px(8))
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.passphrase)
        head.addWidget(self.save)
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(4))
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for at, (key, box) in enumerate((("people-login", self.login), ("people-name", self.name))):
            words = Words(say(key), "second")
            words.setBuddy(box)
            box.setAccessibleName(words.text())
            grid.addWidget(words, 0, at)
            grid.addWidget(box, 1, at)
        grid.addWidget(Words(say("people-login-hint"), "caption", wrap=True), 2, 0)
        self.role.setAccessibleName(say("people-role"))
        column.setContentsMargins(px(24), px(4), px(24), px(24))
        column.setSpacing(px(10))
        column.addWidget(self.banner)
        column.addLayout(grid)
        column.addWidget(Words(say("people-role"), "section"))
        column.addWidget(self.role, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.what)
        column.addWidget(Words(say("people-companies"), "section"))
        column.addWidget(self.every)
        column.addLayout(self._company_box)
        column.addWidget(Words(say("people-more"), "section"))
        column.addWidget(self.accounts)
        column.addWidget(Words(say("people-sees-accounts-hint"), "caption", wrap=True))
        column.addWidget(self.active)
        column.addStretch(1)
        inner.setProperty("role", "area")
        inner.setMaximumWidth(px(720))
        inner.setLayout(column)
        area, whole = QScrollArea(widgetResizable=True), QVBoxLayout(self)
        area.setWidget(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(area, 1)

    # Showing -----------------------------------------------------------------------------------------------------

    def show_person(self, person: Person | None, companies: Sequence[tuple[str, str]]) -> None:
        """Somebody's form, or (None) that of a new one."""
        another = person is None or self._person is None or person.login != self._person.login
        self._person, self.fresh, self.dirty = person, person is None, False
        shown = person or Person("", "", Role.CLERK)
        if another:
            self.banner.hide()
        self.title.setText(shown.name or self.look.text.say("people-new"))
        self.login.setText(shown.login)
        self.login.setEnabled(person is None)
        self.name.setText(shown.name)
        self.role.setCurrentIndex(self.role.findData(shown.role.value))
        self._show_companies(companies, shown.routes)
        self.accounts.setChecked(shown.sees_accounts)
        self.active.setChecked(shown.active)
        self.passphrase.setVisible(person is not None and person.active)
        self.passphrase.say(
            self.look.text.say("passphrase-change" if shown.has_secret else "passphrase-first")
        )
        self._tell_role()
        self._allow()

    def _show_companies(self, companies: Sequence[tuple[str, str]], chosen: Sequence[str]) -> None:
        for box in self.companies.values():
            self._company_box.removeWidget(box)
            box.deleteLater()
        self.companies = {}
        for route, name in companies:
            box = self.companies[route] = QCheckBox(name)
            box.setChecked(route in chosen)
            box.clicked.connect(self._edited)
            self._company_box.addWidget(box)
        self.every.setChecked(not chosen)
        self._tell_companies()

    def _tell_companies(self) -> None:
        for box in self.companies.values():
            box.setEnabled(not self.every.isChecked())

    def _tell_role(self) -> None:
        self.what.tell(self.look.text.say(f"role-{self.role.currentData()}-may"))

    def _role_chosen(self) -> None:
        self.accounts.setChecked(Role(self.role.currentData()) not in USUALLY_MASKED)
        self._tell_role()
        self._edited()

    def _edited(self) -> None:
        self.dirty = True
        self._tell_companies()
        self._allow()

    def _allow(self) -> None:
        chosen = self.every.isChecked() or any(box.isChecked() for box in self.companies.values())
        typed = bool(self.login.text().strip() and self.name.text().strip())
        self.save.setEnabled(self.dirty and typed and chosen)
        tip = "" if chosen else self.look.text.say("people-choose-company")
        self.save.setToolTip(tip)

    # Keeping -----------------------------------------------------------------------------------------------------

    def person(self) -> Person:
        """As it is filled in."""
        chosen = tuple(route for route, box in self.companies.items() if box.isChecked())
        return Person(
            self.login.text().strip(), self.name.text().strip(), Role(self.role.currentData()),
            () if self.every.isChecked() else chosen, self.accounts.isChecked(),
            self._person is not None and self._person.has_secret, self.active.isChecked(),
        )  # fmt: skip

    def _save(self) -> None:
        self.save.setEnabled(False)
        self.save_asked.emit(self.person())

    def _ask_passphrase(self) -> None:
        if self._person is not None:
            self.passphrase_asked.emit(self._person)

    def show_done(self, sentence: str) -> None:
        """It is kept."""
        self.dirty = False
        self.banner.tell("ok", sentence)

    def show_error(self, error: SyncError) -> None:
        """Refused: what was typed stays."""
        text, code = self.look.text, error.code.id
        self._allow()
        self.banner.tell("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")
