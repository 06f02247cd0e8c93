"""Who sits here? A sheet over the whole window: before the first page where the operating system's word is not enough, after
a while without a hand on mouse or keyboard, and when somebody else takes the seat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.widgets import Button, Words

if TYPE_CHECKING:
    from desktop.domain.system import Person

_HANDS = frozenset(
    (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel)
)


class SignIn(QFrame):
    """Covers its parent whole. signed_in: somebody proved who he is; he sits now.

    signers: who may sign in here, asked on a pool thread.  prove: takes the seat with login and passphrase; raises PER-717.
    """

    signed_in = Signal(object)

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, signers: Callable[[], Sequence[Person]],
        prove: Callable[[str, str], Person],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._bridge, self._prove = look, bridge, prove
        self._signers: dict[str, Person] = {}
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        say = look.text.say
        self.title = Words(say("sign-in-title"), "panel")
        self.who = QComboBox()
        self.who.setAccessibleName(say("sign-in-who"))
        self.who.activated.connect(lambda: self._turn())
        self.passphrase = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.passphrase.setPlaceholderText(say("sign-in-passphrase"))
        self.passphrase.setAccessibleName(say("sign-in-passphrase"))
        self.passphrase.returnPressed.connect(self._go)
        self.told = Words(role="second", wrap=True)
        self.go = Button(look, say("sign-in-do"), self._go, role="primary")
        self.go.setEnabled(False)  # until it is known who may sign in
        self._lay_out()
        parent.installEventFilter(self)
        self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        bridge.ask(signers, then=self._show_signers, failed=self._refused, owner=self)

    def _lay_out(self) -> None:
        px, look = self._look.px, self._look
        card, column, row = QWidget(), QVBoxLayout(), QHBoxLayout()
        sign = QLabel()
        sign.setPixmap(look.icon_pixmap("app", "accent", 40, self.devicePixelRatioF()))
        card.setFixedWidth(px(360))
        column.setSpacing(px(12))
        for widget in (sign, self.title, self.who, self.passphrase, self.told):
            column.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.go)
        column.addLayout(row)
        card.setLayout(column)
        whole = QVBoxLayout(self)
        whole.addStretch(2)
        whole.addWidget(card, alignment=Qt.AlignmentFlag.AlignHCenter)
        whole.addStretch(3)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Grows with the window."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def _show_signers(self, people: Sequence[Person]) -> None:
        self._signers = {each.login: each for each in people}
        for each in people:
            role = self._look.text.word("role", each.role.value)
            self.who.addItem(self._look.icon("user"), f"{each.name}  {role}", each.login)
        self.who.setEnabled(bool(people))
        self._turn()
        if not people:
            self.told.tell(self._look.text.say("sign-in-nobody"), "warn")

    def _turn(self) -> None:
        person = self._signers.get(str(self.who.currentData()))
        self.passphrase.setVisible(person is not None and person.has_secret)
        self.go.setEnabled(person is not None)
        self.told.tell("")
        (self.passphrase if self.passphrase.isVisibleTo(self) else self.go).setFocus()

    def _go(self) -> None:
        login, typed = str(self.who.currentData() or ""), self.passphrase.text()
        if not login or not self.go.isEnabled():
            return
        self.go.setEnabled(False)
        self._bridge.ask(lambda: self._prove(login, typed), then=self._take, failed=self._refused, owner=self)

    def _take(self, person: Person) -> None:
        self.passphrase.clear()
        self.hide()
        self.signed_in.emit(person)
        self.deleteLater()

    def _refused(self, error: SyncError) -> None:
        text, code = self._look.text, error.code.id
        self.passphrase.clear()
        self.passphrase.setFocus()
        self.go.setEnabled(True)
        self.told.tell(f"{text.what(code, error.facts)} {text.do(code, error.facts)}", "stop")


class IdleWatch(QObject):
    """Tells when nobody touched this program for a while. Costs each event a little: made only where it is wanted."""

    idle = Signal()

    def __init__(self, after_s: float, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, singleShot=True, interval=round(after_s * 1000))
        self._timer.timeout.connect(self.idle)
        self._timer.start()
        if (app := QApplication.instance()) is not None:
            app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Any hand on mouse or keyboard begins the time anew."""
        if event.type() in _HANDS:
            self._timer.start()
        return False

    def stop(self) -> None:
        """No more."""
        self._timer.stop()
        if (app := QApplication.instance()) is not None:
            app.removeEventFilter(self)
        self.deleteLater()
