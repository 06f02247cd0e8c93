"""Beside the lists: the chosen gap or correspondence with its counterpart to be chosen; else how much is covered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.base_rows import look_of, state_of
from desktop.views.bridge import Bridge
from desktop.views.counterpart_box import CounterpartBox
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.queue_rows import money_words
from desktop.views.states import state_look
from desktop.views.widgets import Button, Mark, Words, as_tip

if TYPE_CHECKING:
    from desktop.services.base_data import BaseChange, BaseData, BaseLine, Coverage, Gap

WIDTH = 320


class BasePanel(QScrollArea):
    """saved: the counterpart as typed. removed: the correspondence is to go. bills: the documents that wait for a gap.
    closed: back to the overview."""

    saved = Signal(str)
    removed = Signal()
    bills = Signal(object)
    closed = Signal()

    def __init__(self, look: Look, bridge: Bridge, base: BaseData) -> None:
        super().__init__()
        self._look, self._base = look, base
        self.shown: Gap | BaseLine | BaseChange | None = None
        self.never_read = False
        """True until both lists were read: nothing can be found while typing."""
        self.setFixedWidth(look.px(WIDTH))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.coverage = _Coverage(look)
        self._build(bridge)

    def _build(self, bridge: Bridge) -> None:
        look, px, say = self._look, self._look.px, self._look.text.say
        inner = QFrame()
        inner.setProperty("role", "sunken")
        column = QVBoxLayout(inner)
        column.setContentsMargins(px(16), px(12), px(16), px(16))
        column.setSpacing(0)
        self.one = QWidget()
        one = QVBoxLayout(self.one)
        one.setContentsMargins(0, 0, 0, 0)
        one.setSpacing(px(8))
        head = QHBoxLayout()
        self.title = Words(role="panel", wrap=True, selectable=True)
        head.addWidget(self.title, 1)
        head.addWidget(
            Button(look, say("button-close"), self.closed.emit, role="icon", icon="close"),
            alignment=Qt.AlignmentFlag.AlignTop,
        )
        one.addLayout(head)
        self.name = Words(role="strong", wrap=True, selectable=True)
        self.second = Words(role="second", wrap=True)
        self.mark, self.state = Mark(look), Words(wrap=True)
        state = QHBoxLayout()
        state.setSpacing(px(6))
        state.addWidget(self.mark, alignment=Qt.AlignmentFlag.AlignTop)
        state.addWidget(self.state, 1)
        self.waits = Words(wrap=True)
        self.see = Button(look, "", lambda: self.bills.emit(self.shown), role="quiet", icon="queue")
        self.label = Words(role="strong")
        self.box = CounterpartBox(look, bridge)
        self.box.entered.connect(self._save)
        self.box.textChanged.connect(self._may_save)
        self.hint = Words(role="second", wrap=True)
        self.use = Button(look, "", self._use_suggestion, role="quiet", icon="check")
        self.save = Button(look, say("base-save"), self._save, icon="check")
        self.delete = Button(look, say("base-remove"), self.removed.emit, role="danger", icon="delete")
        self.trouble = Banner(look)
        self.trouble.mark.hide()
        for part in (self.name, self.second):
            one.addWidget(part)
        one.addLayout(state)
        one.addWidget(self.waits)
        one.addWidget(self.see)
        one.addSpacing(px(8))
        below: tuple[QWidget, ...] = (self.label, self.box, self.use, self.hint, self.trouble)
        for widget in below:
            one.addWidget(widget)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        buttons.addWidget(self.delete)
        one.addLayout(buttons)
        column.addWidget(self.one)
        column.addWidget(self.coverage)
        column.addStretch(1)
        self.setWidget(inner)
        self.one.hide()

    # What is shown -----------------------------------------------------------------------------------------------------

    def show_nothing(self) -> None:
        """Back to how much is covered."""
        self.shown = None
        self.one.hide()
        self.coverage.show()

    def show_gap(self, gap: Gap) -> None:
        """A gap: what waits for it, and the box for its counterpart. What is being typed stays for the same gap."""
        text, same = self._look.text, getattr(self.shown, "place", None) == gap.place
        self._begin(gap, f"{text.opening('kind', gap.kind)} {gap.code}", gap.name, gap.company, keep=same)
        self._state("base_warn" if gap.state else "", text.word("base-own", gap.state) if gap.state else "")
        sums = "  ".join(money_words(text, each) for each in gap.amounts)
        count = len(gap.documents)
        self.waits.setText(
            text.say("base-waits", count=count, sum=sums or "–") if count else text.say("base-waits-none")
        )
        self.see.setVisible(bool(count))
        self.see.say(text.say("base-see", count=count))
        self.label.setText(text.say(f"base-counterpart-{'erp' if gap.side == 'oa' else 'oa'}"))
        self._offer(gap.route_id, gap.kind, gap.side)
        found = gap.suggestion
        self.use.setVisible(found is not None)
        if found is not None:
            words = text.say("base-use", key=found.key, name=found.name)
            room = self.width() - self._look.px(84)  # the edges of panel and button, its icon
            self.use.say(self._look.metrics().elidedText(words, Qt.TextElideMode.ElideRight, room))
            self.use.setToolTip(as_tip(words))
            self.hint.setText(f"{found.percent} %  {text.word('base-because', found.reason)}")
        else:
            several = text.say("base-several-do", codes=", ".join(gap.several))
            typing = text.say("base-read-first" if self.never_read else "base-type-hint")
            self.hint.setText(several if gap.several else typing)
        self.box.setEnabled(not gap.several)
        self.delete.hide()
        self._may_save()

    def show_line(self, line: BaseLine, company: str) -> None:
        """A correspondence: what both systems say of it, and the box for another counterpart."""
        text, row = self._look.text, line.row
        same = getattr(self.shown, "id", None) == line.id and getattr(self.shown, "row", None) == row
        name = line.erp.name if line.erp is not None else row.erp_name
        self._begin(line, f"{text.opening('kind', row.kind)} {row.erp_code}", name, company, keep=same)
        state = state_of(line)
        self._state(look_of(state), text.word("base-tells", state))
        who = line.changed_by or text.word("base-origin", row.origin)
        when = text.moment(line.changed_at) if line.changed_at is not None else ""
        self.waits.setText(text.say("base-changed-by", person=who, when=when))
        self.see.hide()
        self.label.setText(text.say("base-counterpart-oa"))
        self._offer(row.route_id, row.kind, "erp")
        if not same:
            self.box.setText(row.oa_key)
        self.use.hide()
        self.box.setEnabled(True)
        self.hint.setText(line.oa.name if line.oa is not None else row.oa_name)
        self.delete.show()
        self._may_save()

    def show_change(self, change: BaseChange, risk: Any) -> None:
        """A change of a system's list: the flows and the documents under way that it may harm."""
        text = self._look.text
        self._begin(change, f"{text.opening('kind', change.kind)} {change.code}", change.name, "", keep=False)
        for widget in (self.label, self.box, self.use, self.save, self.delete):
            widget.hide()
        harmless = change.what in ("added", "enabled")
        self._state("base_ok" if harmless else "base_warn", text.word("base-what", change.what))
        numbers = text.joined(each.source.number for each in risk.documents[:8])
        count = len(risk.documents)
        self.waits.setText(
            text.say("risk-documents", count=count, numbers=numbers) if count else text.say("risk-none")
        )
        flows = text.joined(text.word("flow", each) for each in risk.flows)
        matched = text.joined(risk.matched)
        told = [text.say("risk-flows", flows=flows) if flows else text.say("risk-no-flow")]
        told += [text.say("risk-matched", companies=matched)] if matched else []
        self.hint.setText(" ".join(told))
        self.see.hide()

    def _begin(self, shown: Any, title: str, name: str, company: str, *, keep: bool) -> None:
        self.shown = shown
        self.title.setText(title)
        self.name.setText(name)
        self.name.setVisible(bool(name))
        self.second.setText(company)
        self.coverage.hide()
        for widget in (self.label, self.box, self.save):
            widget.show()
        self.one.show()
        if not keep:
            self.trouble.hide()
            self.box.clear()

    def _state(self, look: str, words: str) -> None:
        self.mark.setVisible(bool(look))
        self.state.setVisible(bool(look))
        if look:
            seen = state_look(look)
            self.mark.show_shape(seen.shape, seen.token)
            self.state.tell(words, "warn" if look == "base_warn" else "")

    def _offer(self, route_id: str, kind: str, side: str) -> None:
        base = self._base
        self.box.setAccessibleName(self.label.text())
        self.box.setPlaceholderText(self._look.text.say("base-type"))
        self.box.by_code = side == "oa"
        self.box.look_for = lambda typed: base.counterparts(route_id, kind, side, typed)

    def show_trouble(self, error: SyncError) -> None:
        """What stood in the way; what was typed stays."""
        text, code = self._look.text, error.code.id
        self.trouble.tell("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")
        self.trouble.link.hide()
        self.save.setEnabled(True)

    # What the person does ----------------------------------------------------------------------------------------------

    def _use_suggestion(self) -> None:
        found = getattr(self.shown, "suggestion", None)
        if found is not None:
            self.box.setText(found.key)
            self.box.setFocus()

    def _may_save(self) -> None:
        typed = self.box.text().strip()
        row = getattr(self.shown, "row", None)
        self.save.setEnabled(bool(typed) and (row is None or typed != row.oa_key) and self.box.isEnabled())

    def _save(self) -> None:
        if self.save.isEnabled():
            self.trouble.hide()
            self.saved.emit(self.box.text().strip())


class _Coverage(QWidget):
    """One line for each company and kind: how much of what is in use has a counterpart."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._lines = QVBoxLayout()
        self._lines.setSpacing(look.px(6))
        self.read = Words(role="second", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(8))
        column.addWidget(Words(look.text.say("base-coverage"), "section"))
        column.addWidget(self.read)
        column.addLayout(self._lines)
        self.weigh = Button(look, look.text.say("base-weigh"), role="quiet", icon="overview")
        column.addWidget(self.weigh, alignment=Qt.AlignmentFlag.AlignLeft)

    def show_lines(self, told: Sequence[Coverage], read: str, choose: Callable[[Coverage], object]) -> None:
        """read: when the lists were read, in words. choose: what a click on a line does."""
        while (old := self._lines.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.deleteLater()
        self.read.setText(read)
        company = ""
        for each in told:
            if each.company != company:
                company = each.company
                self._lines.addWidget(Words(company, "caption"))
            self._lines.addWidget(self._line(each, choose))

    def _line(self, told: Coverage, choose: Callable[[Coverage], object]) -> QWidget:
        look, text = self._look, self._look.text
        line, row, column = QWidget(), QHBoxLayout(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        kind = Button(look, text.opening("kind", told.kind), lambda: choose(told), role="quiet")
        whole = told.records == told.mapped
        if told.read_at is None:
            words, tone = text.say("base-unread"), ""
        else:
            share = 100 * told.mapped // told.records if told.records else 100
            words = text.say("base-share", mapped=told.mapped, records=told.records, share=share)
            tone = "ok" if whole else "warn"
        row.addWidget(kind)
        row.addStretch(1)
        row.addWidget(Words(words, "" if told.read_at else "faint", tone=tone))
        column.addLayout(row)
        if (weight := told.weight) is not None and weight.documents:
            share = 100 * weight.covered // weight.documents
            said = text.say(
                "base-share-weighed", share=share, covered=weight.covered, documents=weight.documents
            )
            below = Words(said, "second", tone="ok" if weight.covered == weight.documents else "warn")
            column.addWidget(below, alignment=Qt.AlignmentFlag.AlignRight)
        line.setLayout(column)
        return line
