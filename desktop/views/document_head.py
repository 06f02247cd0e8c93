"""The panel's head: number, state, what it is, amount; and at the right what can be done with any document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QSizePolicy, QWidget

from desktop.domain.document import DocumentState
from desktop.views.document_rail import plain_tip
from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.queue_rows import goes_first, is_held, money_words, state_name
from desktop.views.widgets import Button, Pill, Words

if TYPE_CHECKING:
    from desktop.services.documents import Row, Story

COPIED_MS = 1500
_REMAKABLE = (DocumentState.SAVED, DocumentState.SUBMITTED)


class OneLine(QLabel):
    """Words on one line that give way: cut where there is no room, whole on hover. Plain text always."""

    def __init__(self, look: Look, role: str = "body", token: str = "muted") -> None:
        super().__init__()
        self._look, self._role, self._token = look, role, token
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        look.changed.connect(self.update)

    def tell(self, words: str) -> None:
        """Other words."""
        self.setText(words)
        self.setToolTip(plain_tip(words))
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        metrics = self._look.metrics(self._role)
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._look.px(40), self._look.metrics(self._role).height())

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, look = QPainter(self), self._look
        painter.setFont(look.font(self._role))
        painter.setPen(look.theme[self._token])
        shown = look.metrics(self._role).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)


class DocumentHead(QWidget):
    """One line below the list, three lines beside it.

    open_side: "erp" or "oa".  check, dismiss, take_back, close: what the person asks for.  more: further lines of the menu:
    a name by which show_story offers it, the key of its words, the act.
    """

    def __init__(
        self, look: Look, *, open_side: Callable[[str], object], check: Callable[[], object],
        dismiss: Callable[[], object], take_back: Callable[[], object], close: Callable[[], object],
        more: Sequence[tuple[str, str, Callable[[], object]]] = (),
    ) -> None:  # fmt: skip
        super().__init__()
        self._look, self._dismiss, self._take_back = look, dismiss, take_back
        self._can: tuple[bool, bool] = (False, False)
        self._more, self._offered = more, frozenset[str]()
        say = look.text.say
        self.number = Words(role="panel", selectable=True)
        self.copy = Button(look, say("panel-copy-number"), self._copy, role="icon", icon="copy")
        self.pill = Pill(look)
        self.what = OneLine(look)
        self.amount = Words(role="section", selectable=True)
        self.erp = Button(look, say("panel-open-erp"), lambda: open_side("erp"), icon="open")
        self.oa = Button(look, say("panel-open-oa"), lambda: open_side("oa"), icon="open")
        self.check = Button(look, say("panel-check"), check, icon="sync")
        self.more = Button(look, say("panel-more"), self._open_menu, role="icon", icon="more")
        self.shut = Button(look, say("panel-close"), close, role="icon", icon="close")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(look.px(24), look.px(8), look.px(16), look.px(4))
        self._grid.setHorizontalSpacing(look.px(8))
        self._grid.setVerticalSpacing(look.px(6))
        self._name = self._box(self.number, self.copy, self.pill)
        self._about = self._box(self.what, self.amount)
        self._about.layout().addStretch(1)  # type: ignore[union-attr]
        self._acts = self._box(self.erp, self.oa, self.check)
        self._end = self._box(self.more, self.shut)
        self._back = QTimer(self, singleShot=True, interval=COPIED_MS)
        self._back.timeout.connect(lambda: self.copy.set_icon("copy"))
        self.set_beside(False)

    def _box(self, *widgets: QWidget) -> QWidget:
        box, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._look.px(8))
        for widget in widgets:
            row.addWidget(widget, alignment=Qt.AlignmentFlag(0))
        box.setLayout(row)
        return box

    def set_beside(self, beside: bool) -> None:
        """One line below the list; beside it there is height and no width."""
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for box in (self._name, self._about, self._acts, self._end):
            self._grid.removeWidget(box)
        if beside:
            self._grid.addWidget(self._name, 0, 0, left)
            self._grid.addWidget(self._end, 0, 2, Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(self._about, 1, 0, 1, 3)
            self._grid.addWidget(self._acts, 2, 0, 1, 3, left)
        else:
            self._grid.addWidget(self._name, 0, 0, left)
            self._grid.addWidget(self._about, 0, 1)
            self._grid.addWidget(self._acts, 0, 2)
            self._grid.addWidget(self._end, 0, 3)
        self._grid.setColumnStretch(1, 1)

    def show_story(self, story: Story) -> None:
        """The document's name, state and links."""
        row, text = story.row, self._look.text
        self.number.tell(row.number)
        self.pill.show_state(state_name(row), self._state_words(row))
        company = row.company if row.company != row.number else ""
        self.what.tell("    ".join(filter(None, (text.word("flow", row.flow_id), company, row.partner))))
        self.amount.tell(money_words(text, row.amount))
        resting = row.state.at_rest
        rights = story.rights
        self._can = (
            not resting and not story.links and (rights is None or "dismiss" in rights),
            row.state.value == "dismissed" and (rights is None or "take_back" in rights),
        )
        self._offered = _offered(story)
        self.check.setEnabled(rights is None or "retry" in rights)
        self._show_doors(story, has_request=any(link.round == row.round for link in story.links))
        self.more.setVisible(any(self._can) or bool(self._offered))

    def _show_doors(self, story: Story, *, has_request: bool) -> None:
        """The buttons that open both systems; one whose product has no addresses says so."""
        may = story.rights is None or "open_side" in story.rights
        for side, button, there in (("erp", self.erp, True), ("oa", self.oa, has_request)):
            shut = side in story.shut
            button.setEnabled(may and there and not shut)
            button.setToolTip(self._look.text.say("panel-no-link") if shut else "")

    def _state_words(self, row: Row) -> str:
        text = self._look.text
        words = text.word("state", state_name(row))
        return f"{words}  {text.say('state-round', round=row.round)}" if row.round > 1 else words

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.number.text())
        self.copy.set_icon("check")
        self._back.start()

    def menu(self) -> QMenu:
        """The rarer orders, where they can be carried out."""
        menu, say = QMenu(self), self._look.text.say
        dismissable, dismissed = self._can
        if dismissable:
            menu.addAction(say("panel-dismiss"), lambda: self._dismiss())
        if dismissed:
            menu.addAction(say("panel-take-back"), lambda: self._take_back())
        for name, words, act in self._more:
            if name in self._offered:
                menu.addAction(say(words), act)
        return menu

    def _open_menu(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))


def _offered(story: Story) -> frozenset[str]:
    """Which of the rarer lines of the menu this document has, for whoever sits here."""
    rights = story.rights
    found = {"evidence"}
    if story.locks_prices and (rights is None or "read" in rights):
        found.add("read")
    if story.passable:
        found.add("pass_gate")
    if story.by_hand and not story.forms:
        found.add("resend")
    if story.document.leg == 1 and story.row.needs_person and story.row.state in _REMAKABLE:
        found.add("make_again")
    if story.row.state is DocumentState.REQUESTED and not story.row.in_doubt:
        found.add("send_anew")
    if not story.row.state.at_rest and not is_held(story.row):
        found |= {"hold_back"} if goes_first(story.row) else {"hold_back", "go_first"}
    if goes_first(story.row):
        found.add("usual_turn")
    return frozenset(name for name in found if rights is None or name in rights)
