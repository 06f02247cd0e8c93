"""The one window: sidebar, the page on screen, status bar, and the keys that work everywhere.

It knows pages only as PageSpecs and builds each when it is first shown. It asks nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QIcon, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from desktop.views.bridge import Bridge
from desktop.views.desk import Command, Desk, Hit, PageSpec, Preferences
from desktop.views.look import Look
from desktop.views.sidebar import Sidebar
from desktop.views.status_bar import Status, StatusBar
from desktop.views.theme import DARK, ENVIRONMENTS, LIGHT
from desktop.views.widgets import Skeleton, Words

if TYPE_CHECKING:  # built when they are first needed: each Qt class costs the first paint a millisecond
    from desktop.domain.errors import SyncError
    from desktop.domain.system import Person
    from desktop.views.finder import Entry, Finder
    from desktop.views.page import Page
    from desktop.views.page_states import Banner
    from desktop.views.sign_in import IdleWatch, SignIn

LEAST_SIZE = QSize(1024, 640)
FIRST_SIZE = QSize(1440, 900)
REMEMBER_MS = 500


class MainWindow(QMainWindow):
    """Shows at once; show_house() fills it when the workspace is open.

    run_now:    what F5 orders, beside asking the page anew.
    find_bills: what Ctrl+K asks on a pool thread for bills.
    stays:      asked when the window is closed; True = it only hides (the tray brings it back).
    """

    status_shown = Signal(object)

    def __init__(
        self,
        look: Look,
        bridge: Bridge,
        preferences: Preferences,
        pages: Sequence[PageSpec],
        *,
        find_bills: Callable[[str], Sequence[Hit]] | None = None,
        run_now: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.look, self.bridge, self._preferences = look, bridge, preferences
        self._specs = {page.id: page for page in pages}
        self._find_bills, self._run_now = find_bills, run_now
        self.stays: Callable[[], bool] = lambda: False
        self._quitting = False
        self._desk: Desk | None = None
        self._pages: dict[str, Page] = {}
        self._current = ""
        self._status = Status()
        self._person = ("", "")
        self._idle: IdleWatch | None = None
        self.sheet: SignIn | None = None
        self._companies: tuple[Sequence[tuple[str, str]], str] = ((), "")
        self._resized = QTimer(self, singleShot=True, interval=REMEMBER_MS)
        self._resized.timeout.connect(lambda: self.remember("window.size", self._size_told()))
        self.setMinimumSize(LEAST_SIZE)
        self._take_size(preferences.get("window.size") or "")
        self._build()
        look.spoken.connect(self._speak_anew)
        look.changed.connect(self._colour_hair)
        bridge.changed.connect(self._hear)
        bridge.trouble.connect(self.show_trouble)

    # Building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look = self.look
        self.setWindowTitle(look.text.say("app-title"))
        self.setWindowIcon(QIcon(look.icon_pixmap("app", "accent", 32, self.devicePixelRatioF())))
        self.hair = QFrame()
        self.hair.setFixedHeight(2)
        self.sidebar = Sidebar(look, tuple(self._specs.values()), self.open_finder)
        self.stack = QStackedWidget()
        self.stack.setObjectName("pages")
        self.stack.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.trouble: Banner | None = None
        self.finder: Finder | None = None
        self.status = StatusBar(look)
        self._current = self._current or self._first_page()
        self.stack.addWidget(self._waiting())
        self._lay_out()
        self.sidebar.asked.connect(self.go)
        self.status.asked.connect(self._follow_status)
        self.sidebar.more.clicked.connect(self._show_menu)
        QTimer.singleShot(0, self, self._make_actions)

        self.sidebar.show_only(self._listed())
        self.sidebar.show_page(self._current)
        self.stack.setFocus()

    def _first_page(self) -> str:
        kept = self._preferences.get("window.page") or ""
        return kept if kept in self._seen() else next(iter(self._seen()), "")

    def _seen(self) -> dict[str, PageSpec]:
        """The pages that whoever sits here may see; before the house is open those that everybody sees."""
        from desktop.services.rights import may

        house = self._desk.house if self._desk is not None else None
        person = house.people.seat.person if house is not None and hasattr(house, "must_sign_in") else None
        return {
            page.id: page
            for page in self._specs.values()
            if not page.needs or (house is not None and (person is None or may(person, page.needs)))
        }

    def _listed(self) -> dict[str, PageSpec]:
        """Those of them in the sidebar: the first steps are over once a bill is through (Ctrl+K still finds them)."""
        hidden = getattr(self._desk.house, "hidden_pages", ()) if self._desk is not None else ()
        return {name: page for name, page in self._seen().items() if name not in hidden}

    def _waiting(self) -> QWidget:
        """What stands here until the house is open: the page's title, so that nothing jumps, and bars."""
        look, waiting = self.look, QWidget()
        column = QVBoxLayout(waiting)
        column.setContentsMargins(look.px(24), look.px(12), look.px(24), 0)
        column.setSpacing(look.px(16))
        if self._current:
            column.addWidget(Words(look.text.say(self._specs[self._current].title), "title"))
        column.addWidget(Skeleton(look, 12), 1)
        return waiting

    def _lay_out(self) -> None:
        middle, right, whole = QHBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._body = QWidget()
        for layout in (middle, right, whole):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        self._right = right
        right.addWidget(self.stack, 1)
        middle.addWidget(self.sidebar)
        middle.addLayout(right, 1)
        whole.addWidget(self.hair)
        whole.addLayout(middle, 1)
        whole.addWidget(self.status)
        self._body.setLayout(whole)
        self.setCentralWidget(self._body)
        self._colour_hair()

    def _commands(self) -> list[Command]:
        """What works everywhere."""
        dark, english = self.look.theme.name == LIGHT, self.look.text.language == "zh"
        commands = [
            Command("command-run-now", self.run_now, "F5", "sync"),
            Command(
                "command-dark" if dark else "command-light",
                self.switch_scheme,
                "Ctrl+Shift+D",
                "dark" if dark else "light",
            ),
            Command(
                "command-english" if english else "command-chinese",
                self.switch_language,
                "Ctrl+Shift+L",
                "language",
            ),
            Command("command-next-row", lambda: self._step(1), "J", "down"),
            Command("command-previous-row", lambda: self._step(-1), "K", "up"),
            Command("command-close-panel", self.close_innermost, "Esc", "close"),
            Command("command-help", self.show_help, self._help_key(), "info"),
            *self._seat_commands(),
            Command("command-quit", self.quit, "Ctrl+Q"),
        ]
        page = self._pages.get(self._current)
        return [*(page.commands() if page is not None else ()), *commands]

    def _make_actions(self) -> None:
        for action in self.actions():
            self.removeAction(action)
            action.deleteLater()
        if self.sheet is not None:  # nothing works beneath it
            return
        for command in self._commands():
            self._add_action(command.words, command.act, command.shortcut)
        self._add_action("palette-open", self.open_finder, "Ctrl+K")
        self._add_action("palette-hint", self._go_to_search, "Ctrl+F")
        for number, page in enumerate(self._seen().values(), start=1):
            self._add_action(page.title, partial(self.go, page.id), f"Ctrl+{number}" if number < 10 else "")

    def _add_action(self, words: str, act: Callable[[], object], shortcut: str) -> None:
        action = QAction(self.look.text.say(words), self)
        action.setShortcut(QKeySequence(shortcut))
        action.triggered.connect(lambda: act())
        self.addAction(action)

    def _show_menu(self) -> None:
        from PySide6.QtWidgets import QMenu

        menu, text = QMenu(self), self.look.text
        for command in self._commands():
            icon = self.look.icon(command.icon) if command.icon else QIcon()
            action = menu.addAction(icon, text.say(command.words), command.act)
            action.setShortcut(QKeySequence(command.shortcut))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corner = self.sidebar.more.mapToGlobal(self.sidebar.more.rect().topRight())
        menu.popup(QPoint(corner.x(), corner.y() - menu.sizeHint().height()))

    def _entries(self) -> Sequence[tuple[str, Sequence[Entry]]]:
        from desktop.views.finder import Entry

        text = self.look.text
        pages = [
            Entry(text.say(page.title), key=f"Ctrl+{at}", icon=page.icon, act=partial(self.go, page.id))
            for at, page in enumerate(self._seen().values(), start=1)
        ]
        commands = [
            Entry(text.say(command.words), key=command.shortcut, icon=command.icon, act=command.act)
            for command in self._commands()
        ]
        return (("palette-pages", pages), ("palette-commands", commands))

    # What the house tells --------------------------------------------------------------------------------------

    def show_house(self, house: Any) -> None:
        """The workspace is open: pages can be built, once it is known who sits here."""
        self._desk = Desk(self.look, self.bridge, house, self._preferences, self.go, self.remember)
        if getattr(house, "must_sign_in", False):
            self.ask_who()
        else:
            self._seat_taken()

    def show_closed(self, error: SyncError, again: Callable[[], object]) -> None:
        """The workspace could not be opened: why, and what to do."""
        from desktop.views.page_states import ErrorState

        broken = ErrorState(self.look, again)
        broken.title.setText(self.look.text.say("starting-failed"))
        broken.show_error(error)
        self.stack.addWidget(broken)
        self.stack.setCurrentWidget(broken)

    def show_status(self, status: Status) -> None:
        """What the status bar and the hair line on top show."""
        self._status = status
        self.status.show_status(status)
        self.status_shown.emit(status)
        waits = self.sidebar.buttons.get("failures") or self.sidebar.buttons.get("queue")
        if waits is not None:  # counted whether or not that page was ever opened
            waits.show_badge(status.person, "stop")
        self._colour_hair()

    def show_person(self, name: str, role: str) -> None:
        """Who is signed in, and as what: a name of domain.system.Role."""
        self._person = (name, role)
        self.sidebar.show_person(name, self.look.text.word("role", role) if role else "")

    @property
    def role(self) -> str:
        """What whoever sits here is shown as; "" = nobody said."""
        return self._person[1]

    def show_companies(self, companies: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """(id, name) of the companies that the person may look at."""
        self._companies = (companies, chosen)
        self.sidebar.show_companies(companies, chosen)

    def show_trouble(self, error: SyncError) -> None:
        """An error that no page took: a line above the page, with its cure."""
        from desktop.views.page_states import Banner

        text, code = self.look.text, error.code.id
        if self.trouble is None:
            self.trouble = Banner(self.look)
            self._right.insertWidget(0, self.trouble)
        self.trouble.tell(
            "stop",
            text.what(code, error.facts),
            second=text.do(code, error.facts),
            link=text.say("button-close"),
            act=self.trouble.hide,
        )

    def _hear(self, events: tuple[Any, ...]) -> None:
        page = self._pages.get(self._current)
        if page is not None:
            page.hear(events)

    def _follow_status(self, page_id: str) -> None:
        """Every number opens its list: where no page of failures stands, the queue shows what needs a person."""
        if page_id == "failures" and page_id not in self._specs:
            self.go("queue", {"person": True})
        else:
            self.go(page_id)

    # What the person orders ------------------------------------------------------------------------------------

    def go(self, page_id: str, facts: Mapping[str, Any] | None = None) -> None:
        """Shows a page; unknown ids are ignored (the page is not registered here)."""
        if page_id not in self._seen():
            return
        self._current = page_id
        self.sidebar.show_page(page_id)
        self.setWindowTitle(
            f"{self.look.text.say(self._specs[page_id].title)} – {self.look.text.say('app-title')}"
        )
        if self._desk is None:
            return
        page = self._pages.get(page_id) or self._open(page_id, self._desk)
        self.stack.setCurrentWidget(page)
        self._make_actions()
        if facts:
            page.arrive(facts)
        page.refresh()
        page.focus_first()
        self.remember("window.page", page_id)

    def _open(self, page_id: str, desk: Desk) -> Page:
        page = self._pages[page_id] = self._specs[page_id].make(desk)
        self.stack.addWidget(page)
        button = self.sidebar.buttons[page_id]
        page.badge.connect(button.show_badge)
        page.news.connect(button.show_news)
        return page

    def current_page(self) -> Page | None:
        """The page on screen, once the house is open."""
        return self._pages.get(self._current)

    def run_now(self) -> None:
        """F5: orders a run and asks the page anew."""
        if self._run_now is not None:
            self._run_now()
        if (page := self.current_page()) is not None:
            page.refresh()

    def open_finder(self) -> None:
        """Ctrl+K."""
        from desktop.views.finder import Finder

        if self.finder is None:
            ask = self.ask_why if hasattr(self._desk and self._desk.house, "reasons") else None
            self.finder = Finder(self.look, self.bridge, self._entries, self._find_bills, self._body, ask)
        self.finder.open()

    def ask_why(self, number: str) -> None:
        """Why was this bill not sent? The answer opens over the window."""
        from desktop.views.why_dialog import WhyDialog

        if self._desk is not None:
            house, desk = self._desk.house, self._desk
            self.why = WhyDialog(self, self.look, self.bridge, house, number, desk.go)
            self.why.open()

    def _help_key(self) -> str:
        """F1, unless the page uses it for something closer at hand."""
        page = self._pages.get(self._current)
        taken = {command.shortcut for command in page.commands()} if page is not None else set()
        return "Shift+F1" if "F1" in taken else "F1"

    def show_help(self) -> None:
        """What this page is for and how it is used, offline."""
        from desktop.services.help import help_text
        from desktop.views.reader import ReaderDialog

        page, text = self._current, self.look.text

        def read(told: str) -> None:
            if told:
                title = text.say(self._specs[page].title)
                self.help = ReaderDialog(self, self.look, title, told, markdown=True)
                self.help.open()

        self.bridge.ask(lambda: help_text(page, text.language), then=read, owner=self)

    def close_innermost(self) -> None:
        """Esc: the finder, else what is open on the page, else the banner."""
        page = self.current_page()
        if self.finder is not None and self.finder.isVisible():
            self.finder.shut()
        elif (page is None or not page.close_panel()) and self.trouble is not None:
            self.trouble.hide()

    def _step(self, by: int) -> None:
        if (page := self.current_page()) is not None:
            page.step(by)

    def _go_to_search(self) -> None:
        page = self.current_page()
        if page is not None and page.search is not None:
            page.search.setFocus()
            page.search.selectAll()

    def switch_scheme(self) -> None:
        """Light to dark and back."""
        self.look.set_scheme(DARK if self.look.theme.name == LIGHT else LIGHT)
        self.remember("window.scheme", self.look.theme.name)

    def switch_language(self) -> None:
        """Chinese to English and back."""
        self.look.set_language("en" if self.look.text.language == "zh" else "zh")
        self.remember("window.language", self.look.text.language)

    def _speak_anew(self) -> None:
        """Everything with words is built again: so no page needs to know how to change its language."""
        current, desk = self._current, self._desk
        self._pages.clear()
        self._build()
        self.show_status(self._status)
        self.show_person(*self._person)
        self.show_companies(*self._companies)
        if desk is not None and current:
            self.go(current)

    # Who sits here ---------------------------------------------------------------------------------------------

    def _seat_commands(self) -> list[Command]:
        """Somebody else may take the seat; where it is guarded, one may leave it guarded, and change the passphrase."""
        house = self._desk.house if self._desk is not None else None
        person = house.people.seat.person if house is not None and hasattr(house, "must_sign_in") else None
        if person is None:
            return []
        return [
            Command("command-passphrase", self.change_passphrase, "", "edit"),
            Command(
                "command-lock" if person.has_secret else "command-other-person",
                self.ask_who,
                "Ctrl+Shift+K",
                "user",
            ),
        ]

    def change_passphrase(self) -> None:
        """One's own; the administrator changes others' on the page of people."""
        from desktop.views.passphrase_dialog import PassphraseDialog

        house = self._desk.house if self._desk is not None else None
        person = house.people.seat.person if house is not None else None
        if house is None or person is None:
            return
        self.passphrase = PassphraseDialog(
            self, self.look, self.bridge, person.name,
            lambda new, old: house.people.set_passphrase(person.login, person.login, new, old),
            ask_old=person.has_secret, done=lambda: self.bridge.ask(house.lock_after_s, then=self._watch_idle),
        )  # fmt: skip
        self.passphrase.open()

    def ask_who(self) -> None:
        """A sheet over everything until somebody proves who he is; what was open over the window goes."""
        if self._desk is None or self.sheet is not None:
            return
        from PySide6.QtWidgets import QDialog

        from desktop.views.sign_in import SignIn

        house = self._desk.house
        for dialog in self.findChildren(QDialog):
            dialog.reject()
        if self.finder is not None:
            self.finder.shut()
        self._watch_idle(0)
        left = house.people.seat.person
        self.sheet = SignIn(self, self.look, self.bridge, house.signers, house.take_seat)
        self.sheet.signed_in.connect(lambda _: self._seat_taken(left))
        self._body.setEnabled(False)
        self._make_actions()

    def _seat_taken(self, left: Person | None = None) -> None:
        """Pages are built for whoever sits here now. left: who sat here before the sheet came; where he is back, and may what
        he might, his pages stay with what he was typing."""
        self.sheet = None
        self._body.setEnabled(True)
        house = self._desk.house if self._desk is not None else None
        if house is not None and hasattr(house, "must_sign_in"):
            self._show_seat(house.people.seat.person)
            self.bridge.ask(house.lock_after_s, then=self._watch_idle, failed=lambda _: None)
        if first := "" if self._pages else getattr(house, "first_page", ""):
            self._current = first  # nothing is set up yet
        if self._current not in self._seen():
            self._current = self._first_page()
        if self._pages and left is not None and house is not None and house.people.seat.person == left:
            self._make_actions()
            if (page := self.current_page()) is not None:
                page.refresh()
        elif self._pages:
            self._speak_anew()
        else:
            self.sidebar.show_only(self._listed())
            self.go(self._current)

    def _show_seat(self, person: Person | None) -> None:
        """His name; that of the operating system's user, who never got another, is shown already."""
        if person is not None:
            shown = self._person[0] if person.name == person.login else person.name
            self.show_person(shown or person.name, person.role.value)

    def _watch_idle(self, after_s: float) -> None:
        if self._idle is not None:
            self._idle.stop()
            self._idle = None
        if after_s > 0:
            from desktop.views.sign_in import IdleWatch

            self._idle = IdleWatch(after_s, self)
            self._idle.idle.connect(self.ask_who)

    # What is remembered ----------------------------------------------------------------------------------------

    def remember(self, key: str, value: str) -> None:
        """Keeps a preference without making the GUI thread wait."""
        self.bridge.ask(lambda: self._preferences.put(key, value), then=lambda _: None)

    def last_words(self) -> dict[str, str]:
        """What is still to be kept when the window has closed."""
        return {"window.size": self._size_told()}

    def _size_told(self) -> str:
        size = self.normalGeometry().size() if self.isMaximized() else self.size()
        return f"{size.width()}x{size.height()}{'+' if self.isMaximized() else ''}"

    def _take_size(self, told: str) -> None:
        if size := re.fullmatch(r"(\d{2,5})x(\d{2,5})\+?", told):
            self.resize(QSize(int(size[1]), int(size[2])).expandedTo(LEAST_SIZE))
        else:
            self.resize(FIRST_SIZE)
        room = self.screen().availableGeometry().size()
        if told.endswith("+") or self.width() > room.width() or self.height() > room.height():
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self.isVisible():
            self._resized.start()

    def quit(self) -> None:
        """Closes for good, whatever the tray would rather do."""
        self._quitting = True
        self.close()
        if not self.isVisible():  # hidden in the tray: closing it once more would not end the program
            from PySide6.QtWidgets import QApplication

            QApplication.quit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        if not self._quitting and self.stays():
            event.ignore()
            self.hide()
            return
        self._resized.stop()
        super().closeEvent(event)

    def _colour_hair(self) -> None:
        token = ENVIRONMENTS.get(self._status.environment, "")
        colour = self.look.theme[token or "window"]
        self.hair.setStyleSheet(f"QFrame {{ background: {colour.name()}; border: none; }}")
