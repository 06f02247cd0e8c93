"""What holds a document, and what a person may do about it: the sentence, the cure, and buttons that say their deed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.document import Attempt, AttemptOutcome, DocumentState, Failure
from desktop.domain.errors import ErrorCode, FailureClass
from desktop.views.cause_words import told_facts
from desktop.views.document_life import open_failure
from desktop.views.look import Look
from desktop.views.order_watch import Told
from desktop.views.widgets import Button, Mark, Words

if TYPE_CHECKING:
    from desktop.services.documents import Documents, Story
    from desktop.services.people import Second
    from desktop.services.text import Text

DECIDABLE = frozenset(
    code.id for code in (ErrorCode.FORCED_END, ErrorCode.FORM_CHANGED_IN_APPROVAL, ErrorCode.REQUEST_GONE)
)
"""After these a person says which decision counts."""
ACCEPTABLE = frozenset((ErrorCode.AUDITED_BY_HAND.id, ErrorCode.PAST_THE_GATE.id))
"""Somebody audited by hand, and a person may leave it so."""
REJECTABLE = frozenset(
    code.id
    for code in (
        ErrorCode.CHANGED_AFTER_SENDING, ErrorCode.OVER_PAYABLE, ErrorCode.PAID_TWICE, ErrorCode.SOURCE_UNKNOWN,
    )
)  # fmt: skip
"""Approved, and yet it cannot be audited: it goes back to its maker, or is tried again once the cause is cured."""


class Answers(NamedTuple):
    """What the person typed."""

    number: str
    reason: str
    second: Second | None = None


class Cure(NamedTuple):
    """One way out. needs: "" or "number" or "reason", what must be typed first.  order: gives it, on a pool thread.
    right: the order's name (services/rights.py)."""

    words: str
    order: Callable[[Documents, str, Answers], int]
    needs: str = ""
    role: str = "secondary"
    right: str = "retry"


def cures(story: Story, text: Text) -> list[Cure]:
    """What whoever sits here may do about the document's open failure, the likeliest first."""
    return [each for each in _every_cure(story, text) if story.rights is None or each.right in story.rights]


def _every_cure(story: Story, text: Text) -> list[Cure]:
    """What can be done; none where nothing holds it."""
    failure = open_failure(story)
    if failure is None:
        return []
    doubtful = next(
        (each for each in reversed(story.attempts) if each.outcome is AttemptOutcome.IN_DOUBT), None
    )
    if doubtful is not None:
        return _settling(story, doubtful, text)
    say, of, number = text.say, story.row.id, story.row.number
    found: list[Cure] = []
    if failure.code in ACCEPTABLE:
        found.append(
            Cure(
                say("cure-accept-gate" if story.row.gate else "cure-accept"),
                lambda to, who, typed: to.accept(who, of, typed.reason, typed.second),
                "reason",
                "primary",
                "accept",
            )
        )
    elif failure.code in DECIDABLE and story.row.state is DocumentState.REQUESTED:
        found += [
            _deciding(story, "approved", say("cure-approve"), "primary"),
            _deciding(story, "rejected", say("cure-reject"), "secondary"),
        ]
    elif failure.code == ErrorCode.CHANGED_AFTER_SENDING.id and story.row.state is DocumentState.APPROVED:
        found += _changed(story, failure, text)
    elif failure.code in REJECTABLE and story.row.state is DocumentState.APPROVED:
        retry = Cure(say("cure-retry", number=number), lambda to, who, typed: to.retry(who, [of]))
        found += [_deciding(story, "rejected", say("cure-reject"), "primary"), retry]
    elif failure.code == ErrorCode.PERIOD_CLOSED.id:
        found += _closed_period(story, failure, text)
    elif failure.facts.get("blockers"):
        found.append(Cure(say("cure-undone"), lambda to, who, typed: to.retry(who, [of])))
    elif failure.next_try_at is not None:
        found.append(Cure(say("cure-retry-now"), lambda to, who, typed: to.retry(who, [of])))
    elif ErrorCode.named(failure.code).failure_class is FailureClass.IN_DOUBT:
        found.append(Cure(say("cure-look-again"), lambda to, who, typed: to.retry(who, [of]), role="primary"))
    else:
        found.append(
            Cure(say("cure-retry", number=number), lambda to, who, typed: to.retry(who, [of]), role="primary")
        )
    if story.by_hand:
        found.append(
            Cure(
                say("cure-by-hand"),
                lambda to, who, typed: to.hand_over(who, of, typed.number),
                "number",
                right="hand_over",
            )
        )
    return [*found, dismissal(story, text)]


def _closed_period(story: Story, failure: Failure, text: Text) -> list[Cure]:
    """The day that is proposed, for the person to say yes to: a bill of ours is moved there, a person's goes back to him."""
    from desktop.services.documents import open_day

    say, of, day = (
        text.say,
        story.row.id,
        open_day(str(failure.facts.get("date", "")), datetime.now(UTC).astimezone().date()),
    )
    retry = Cure(say("cure-reopened"), lambda to, who, typed: to.retry(who, [of]))
    ours = (DocumentState.FOUND, DocumentState.SAVED, DocumentState.AUDITED)
    if story.forms and story.row.state in ours and day:
        words = say("cure-move-date", day=day)
        return [
            Cure(words, lambda to, who, typed: to.move_date(who, of, day), "", "primary", "move_date"),
            retry,
        ]
    if story.row.state is DocumentState.APPROVED:
        return [_deciding(story, "rejected", say("cure-date-back", day=day), "primary"), retry]
    return [retry]


def _changed(story: Story, failure: Failure, text: Text) -> list[Cure]:
    """What was agreed is not what lies there: the three ways on, and to look again where somebody has put it back."""
    say, of, seen = text.say, story.row.id, list(failure.facts.get("changes", ()))
    return [
        _deciding(story, "rejected", say("cure-reject"), "primary"),
        Cure(
            say("cure-send-again"), lambda to, who, typed: to.send_again(who, of, typed.reason), "reason",
            right="send_again",
        ),
        Cure(
            say("cure-accept-changed"),
            lambda to, who, typed: to.accept_changed(who, of, typed.reason, seen, typed.second), "reason", "danger",
            "accept_changed",
        ),
        Cure(say("cure-retry", number=story.row.number), lambda to, who, typed: to.retry(who, [of]), role="quiet"),
    ]  # fmt: skip


def _deciding(story: Story, decision: str, words: str, role: str) -> Cure:
    of = story.row.id
    return Cure(
        words, lambda to, who, typed: to.decide(who, of, decision, typed.reason), "reason", role, "decide"
    )


def dismissal(story: Story, text: Text) -> Cure:
    """To leave the document alone, with a reason."""
    of = story.row.id
    words = text.say("cure-dismiss", number=story.row.number)
    return Cure(words, lambda to, who, typed: to.dismiss(who, [of], typed.reason), "reason", right="dismiss")


def passing(story: Story, text: Text) -> Cure:
    """Two persons let an invoice pass the gate as it was refused."""
    of = story.row.id
    words = text.say("cure-pass-gate", number=story.row.number)
    return Cure(
        words, lambda to, who, typed: to.pass_gate(who, of, typed.reason, typed.second), "reason", "danger", "pass_gate"
    )  # fmt: skip


def _settling(story: Story, attempt: Attempt, text: Text) -> list[Cure]:
    """Nobody knows whether it happened: a person looks in the other system and says so."""
    say, of = text.say, story.row.id
    names = attempt.step == "open_request"
    return [
        Cure(
            say("cure-is-there" if names else "cure-is-there-plain"),
            lambda to, who, typed: to.settle(who, of, is_there=True, number=typed.number), "number" if names else "",
            "primary", "is_there",
        ),
        Cure(
            say("cure-not-there", step=attempt.step), lambda to, who, typed: to.settle(who, of, is_there=False),
            right="is_not_there",
        ),
        Cure(say("cure-look-again"), lambda to, who, typed: to.retry(who, [of]), role="quiet"),
    ]  # fmt: skip


class CureBox(QFrame):
    """The only box of the panel. It stays as it is while the engine goes on: what a person types is never lost.

    give: gives a cure's order; called with it and what was typed.
    """

    def __init__(self, look: Look, give: Callable[[Cure, Answers], object]) -> None:
        super().__init__()
        self._look, self._give = look, give
        self._shown: tuple[object, ...] = ()
        self._narrow, self._waiting = False, False
        self.buttons: list[tuple[Cure, Button]] = []
        self.setProperty("role", "cure")
        self.mark = Mark(look, "square", "stop")
        self.what = Words(role="strong", wrap=True, selectable=True)
        self.cure = Words(wrap=True, selectable=True)
        self.second = Words(role="caption")
        self.told = Words(role="second", wrap=True)
        self.number, self.reason = QLineEdit(), QLineEdit()
        for box, key in ((self.number, "cure-number-hint"), (self.reason, "panel-reason-hint")):
            box.setPlaceholderText(look.text.say(key))
            box.setAccessibleName(look.text.say(key))
            box.textChanged.connect(self._allow)
        self._lines = QVBoxLayout()
        self._room = 0
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        px, whole, head = self._look.px, QVBoxLayout(self), QHBoxLayout()
        whole.setContentsMargins(px(16), px(12), px(16), px(12))
        whole.setSpacing(px(6))
        head.setSpacing(px(8))
        head.addWidget(self.mark, alignment=Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.what, 1)
        head.addWidget(self.second, alignment=Qt.AlignmentFlag.AlignTop)
        self.number.setFixedWidth(px(160))
        self.reason.setMinimumWidth(px(220))
        self.reason.setMaximumWidth(px(360))
        self._lines.setSpacing(px(8))
        whole.addLayout(head)
        whole.addWidget(self.cure)
        whole.addSpacing(px(2))
        whole.addLayout(self._lines)
        whole.addWidget(self.told)

    # What is shown ---------------------------------------------------------------------------------------------

    @property
    def about(self) -> object:
        """What the box is about: (failure id, state) or ("dismiss", document id); None while it shows nothing."""
        return self._shown[0] if self._shown else None

    def show_story(self, story: Story) -> None:
        """The document's open failure; hides where there is none."""
        failure, text = open_failure(story), self._look.text
        if failure is None:
            self._shown = ()
            self.hide()
            return
        doubt = story.row.in_doubt
        self.mark.show_shape("diamond" if doubt else "square", "warn" if doubt else "stop")
        if failure.next_try_at is not None:
            self.mark.show_shape("ring_half", "wait")
        facts = told_facts(text, failure.facts)
        self.what.tell(text.what(failure.code, facts))
        self.cure.tell(text.do(failure.code, facts))
        self.second.tell(self._history(failure))
        hint = text.say("cure-bill-number-hint" if story.forms else "cure-number-hint")
        self.number.setPlaceholderText(hint)
        self.number.setAccessibleName(hint)
        found = cures(story, text)
        self._show_cures((failure.id, story.row.state), found)
        if not found:
            self.told.tell(text.say("cure-only-look"), "")
            self.told.show()

    def _show_asked(
        self, name: str, story: Story, what: str, why: str, deed: Cure, *, number: str = "", shape: str = "triangle_mark"
    ) -> None:  # fmt: skip
        """A deed that the menu asked for: what it is, what it brings, and the reason that it wants."""
        text = self._look.text
        self.mark.show_shape(shape, "muted" if name == "dismiss" else "warn")
        self.what.tell(text.say(what))
        self.cure.tell(text.say(why))
        self.second.tell(number or story.row.number)
        self._show_cures((name, story.row.id), [deed])
        self.reason.setFocus()

    def show_dismissal(self, story: Story) -> None:
        """Asked for by the menu: nothing holds the document, and a person wants it left alone."""
        deed = dismissal(story, self._look.text)
        self._show_asked("dismiss", story, "panel-dismiss", "cure-reason-needed", deed, shape="ring_bar")

    def show_anew(self, story: Story) -> None:
        """Asked for by the menu: the running request is ended, and the bill sent anew."""
        of = story.row.id
        deed = Cure(
            self._look.text.say("cure-send-anew", number=story.row.number),
            lambda to, who, typed: to.send_anew(who, of, typed.reason, typed.second), "reason", "danger", "send_anew",
        )  # fmt: skip
        self._show_asked("send_anew", story, "panel-send-anew", "cure-send-anew-what", deed)

    def show_again(self, story: Story) -> None:
        """Asked for by the menu: a generation's first bill is deleted and made anew."""
        of, number = story.row.id, story.row.request_number
        deed = Cure(
            self._look.text.say("cure-make-again", number=number),
            lambda to, who, typed: to.make_again(who, of, typed.reason, typed.second), "reason", "danger", "make_again",
        )  # fmt: skip
        self._show_asked("make_again", story, "panel-make-again", "cure-make-again-what", deed, number=number)

    def show_holding(self, story: Story) -> None:
        """Asked for by the menu: nothing more is begun for it until somebody lets it go."""
        of = story.row.id
        deed = Cure(
            self._look.text.say("cure-hold-back", number=story.row.number),
            lambda to, who, typed: to.hold_back(who, [of], typed.reason), "reason", right="hold_back",
        )  # fmt: skip
        self._show_asked("hold_back", story, "panel-hold-back", "cure-hold-back-what", deed, shape="ring_bar")

    def show_held(self, story: Story) -> None:
        """Somebody holds it back: who, why, and the way on."""
        text, of, own = self._look.text, story.row.id, story.row.own_turn
        assert own is not None
        self.mark.show_shape("ring_bar", "warn")
        self.what.tell(text.say("cure-held", person=own.person, reason=own.reason))
        self.cure.tell(text.say("cure-held-do"))
        self.second.tell(text.clock(own.at, datetime.now(UTC)))
        deed = Cure(
            text.say("cure-let-go", number=story.row.number), lambda to, who, typed: to.usual_turn(who, [of]), "",
            "primary", "usual_turn",
        )  # fmt: skip
        self._show_cures(
            ("held", of, own.at), [deed] if story.rights is None or deed.right in story.rights else []
        )

    def show_passing(self, story: Story) -> None:
        """Asked for by the menu: an invoice that the gate sent back, and two persons answer for it."""
        deed = passing(story, self._look.text)
        self._show_asked("pass_gate", story, "panel-pass-gate", "cure-pass-gate-what", deed)

    def _history(self, failure: Failure) -> str:
        text, now = self._look.text, datetime.now(UTC)
        parts = [failure.code, text.say("cure-since", when=text.clock(failure.opened_at, now))]
        if failure.next_try_at is not None:
            parts.append(text.say("cure-tries", count=failure.tries))
            parts.append(text.say("cure-next", when=text.clock(failure.next_try_at, now)))
        return "    ".join(parts)

    def _show_cures(self, about: object, found: Sequence[Cure]) -> None:
        shown = (about, tuple((cure.words, cure.needs) for cure in found))
        if shown != self._shown:
            self._shown, self._waiting = shown, False
            for _, button in self.buttons:
                button.deleteLater()
            self.buttons = [(cure, self._button(cure)) for cure in found]
            self.number.clear()
            self.reason.clear()
            self.told.tell("")
            self.number.setVisible(any(cure.needs == "number" for cure in found))
            self.reason.setVisible(any(cure.needs == "reason" for cure in found))
            self._place()
        self.told.setVisible(bool(self.told.text()))
        self._allow()
        self.show()

    def _button(self, cure: Cure) -> Button:
        return Button(self._look, cure.words, lambda: self._press(cure), role=cure.role)

    def set_narrow(self, narrow: bool) -> None:
        """One deed to a line, or all side by side."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._place()

    def set_room(self, room: int) -> None:
        """So many pixels from edge to edge: deeds that find no place in a line stand in the next."""
        if room != self._room:
            self._room = room
            self._place()

    def _place(self) -> None:
        """What must be typed stands before the first button that needs it."""
        while (item := self._lines.takeAt(0)) is not None:
            line = item.layout()
            while line is not None and line.takeAt(0) is not None:
                pass
            if line is not None:
                line.deleteLater()
        gap, used, placed = self._look.px(8), 0, set[QWidget]()
        row: QHBoxLayout | None = None
        for cure, button in self.buttons:
            box = {"number": self.number, "reason": self.reason}.get(cure.needs)
            parts = [each for each in (box, button) if each is not None and each not in placed]
            placed.update(parts)
            wide = sum(max(each.sizeHint().width(), each.minimumWidth()) + gap for each in parts)
            if row is None or self._narrow or (self._room and used + wide > self._room):
                row, used = QHBoxLayout(), 0
                row.setSpacing(gap)
                row.addStretch(1)
                self._lines.addLayout(row)
            for each in parts:
                row.insertWidget(row.count() - 1, each)
            used += wide

    # Orders ----------------------------------------------------------------------------------------------------

    def _typed(self) -> Answers:
        return Answers(self.number.text().strip(), self.reason.text().strip())

    def _allow(self) -> None:
        """A button whose need is not typed yet is grey, and says why."""
        typed, say = self._typed(), self._look.text.say
        for cure, button in self.buttons:
            missing = (cure.needs == "number" and not typed.number) or (
                cure.needs == "reason" and not typed.reason
            )
            button.setEnabled(not missing and not self._waiting)
            tips = {"number": say("order-result-number_missing"), "reason": say("cure-reason-needed")}
            button.setToolTip(tips[cure.needs] if missing else "")

    def _press(self, cure: Cure) -> None:
        self._waiting = True
        self._allow()
        self._give(cure, self._typed())

    def tell(self, told: Told) -> None:
        """How the order stands."""
        self._waiting = not told.over
        self.told.tell(told.words, "ok" if told.well else "stop" if told.over else "wait")
        self.told.setVisible(True)
        self._allow()
