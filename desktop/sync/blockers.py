"""A bill that may not go back because others were made of it: which ones, in what order they are to be undone, who is told.

The failure stays a person's: somebody has to undo those bills in the ERP. The engine only looks, on the slow clock, whether
the last of them is gone, and goes on by itself then; where the ERP cannot tell, it asks by trying, once an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desktop.connectors.base import ErpConnector
from desktop.domain.document import Document, Failure
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BillStatus, LinkedBill, Ref
from desktop.store.ledger import Ledger
from desktop.sync import approval
from desktop.sync.effect import Effects, Ends
from desktop.sync.health import concerns_system
from desktop.sync.opening import Sentence, next_look

DEEPEST, MOST_BILLS = 6, 100
BLIND_PAUSE = timedelta(hours=1)
"""How long until the next try where nothing tells what stands in the way."""
_TOLD_BILLS = 5
_TRIES = 3
CODE = ErrorCode.DOWNSTREAM_BLOCKS.id


@dataclass(frozen=True, slots=True)
class Branch:
    """One later bill of a tree, and how far it is from the bill at its root (1 = made of it directly)."""

    bill: LinkedBill
    depth: int


def later_tree(erp: ErpConnector, root: Ref) -> list[Branch]:
    """Every bill that was made of `root`, each behind the one it was made of; read from last to first it is the order to
    undo them. Void ones stand in nobody's way. At most MOST_BILLS, so that a tree of a year's deliveries stays readable."""
    made: dict[str, list[LinkedBill]] = {}
    level, seen = [root], {(root.form, root.key)}
    for _ in range(DEEPEST):
        if not level or len(seen) > MOST_BILLS:
            break
        found = erp.later_bills(level)
        nodes = {(ref.form, ref.key): found.get(ref.key, []) for ref in level}
        level = []
        for (form, key), bills in nodes.items():
            fresh = [each for each in bills if each.status is not BillStatus.VOID]
            fresh = [each for each in fresh if (each.ref.form, each.ref.key) not in seen]
            seen |= {(each.ref.form, each.ref.key) for each in fresh}
            made[f"{form}|{key}"] = fresh
            level += [each.ref for each in fresh]
    return _in_order(made, root, 1)[:MOST_BILLS]


def _in_order(made: Mapping[str, list[LinkedBill]], ref: Ref, depth: int) -> list[Branch]:
    told: list[Branch] = []
    for bill in made.get(f"{ref.form}|{ref.key}", ()):
        told += [Branch(bill, depth), *_in_order(made, bill.ref, depth + 1)]
    return told


def plain_branch(branch: Branch) -> dict[str, Any]:
    """As it is kept with the failure."""
    bill = branch.bill
    return {
        "form": bill.ref.form, "key": bill.ref.key, "number": bill.ref.number, "status": bill.status.value,
        "owner": bill.owner, "amount": str(bill.amount.amount) if bill.amount else "",
        "currency": bill.amount.currency if bill.amount else "", "day": bill.day, "depth": branch.depth,
    }  # fmt: skip


class Blockers:
    """The documents of one run that later bills hold."""

    def __init__(
        self, ends: Ends, ledger: Ledger, effects: Effects, now: Callable[[], datetime], sentence: Sentence
    ) -> None:
        self._ends, self._ledger, self._effects = ends, ledger, effects
        self._now, self._sentence = now, sentence

    def still_held(self, documents: Sequence[Document]) -> set[int]:
        """Of documents that are due, those whose bill still has later bills: looked at now, and not tried in vain."""
        held = self._held(documents)
        if not held or not self._ends.erp.capabilities.trace:
            return set()
        waiting = [each for each in documents if each.id in held]
        blocked = self._write_down(waiting, held)
        self._tell_applicants([each for each in waiting if each.id in blocked])  # whom a crash left untold
        return blocked

    def look(self, documents: Sequence[Document]) -> None:
        """After a try: what stands behind those that were refused. Their applicants are told once a round."""
        held = self._held(documents)
        refused = [each for each in documents if each.id in held]
        if not refused:
            return
        if self._ends.erp.capabilities.trace:
            self._write_down(refused, held)
        else:
            with self._ledger.change(self._now()) as change:
                change.look_again([each.id for each in refused], self._now() + BLIND_PAUSE)
        self._tell_applicants(refused)

    def _held(self, documents: Sequence[Document]) -> dict[int, Failure]:
        found = self._ledger.open_failures([each.id for each in documents])
        return {key: failure for key, (failure, _) in found.items() if failure.code == CODE}

    def _write_down(self, documents: Sequence[Document], held: Mapping[int, Failure]) -> set[int]:
        """Reads the trees and keeps them with the failures; answers whom something still blocks."""
        trees = {each.id: self._tree(each) for each in documents}
        with self._ledger.change(self._now()) as change:
            for document in documents:
                tree, failure = trees[document.id], held[document.id]
                if tree is None:
                    continue
                change.add_facts(document, blockers=[plain_branch(each) for each in tree])
                pause = next_look(document, self._now()) if tree else self._now() + BLIND_PAUSE
                change.look_again([document.id], pause)
                if tree and failure.next_try_at is not None:
                    change.wait_for_person(document)
        self._effects.tell(change)
        return {key for key, tree in trees.items() if tree is None or tree}

    def _tree(self, document: Document) -> list[Branch] | None:
        """None where it could not be read now: nothing is concluded from that."""
        try:
            return later_tree(self._ends.erp, document.source)
        except SyncError as error:
            if concerns_system(error):
                self._ends.erp_end.breaker.bad(error)
            return None

    def _tell_applicants(self, documents: Sequence[Document]) -> None:
        """In the request's own log, where the vendor can: whoever handed it in reads there why nothing happens."""
        if not self._ends.oa.capabilities.tell:
            return
        step = approval.TELL_APPLICANT.name
        links, failures = self._ledger.links(documents), self._held(documents)
        told = self._ledger.done_steps(documents, step)
        tries = self._ledger.tries([each.key for each in documents], step)
        rounds = self._ledger.current_rounds(documents)
        fit = (links.keys() & failures.keys() & rounds.keys()) - told
        works = [
            approval.tell_work(each, links[each.id].oa, rounds[each.id], self._words(each, failures[each.id]))
            for each in documents
            if each.id in fit and tries.get(each.key, (0, 0))[0] < _TRIES
        ]
        self._effects.perform(self._ends, approval.TELL_APPLICANT, works)

    def _words(self, document: Document, failure: Failure) -> str:
        known: Collection[Mapping[str, Any]] = failure.facts.get("blockers", [])
        numbers = [str(each["number"]) for each in known][:_TOLD_BILLS]
        said: Any = numbers or str(failure.facts.get("said", ""))
        return self._sentence(
            SyncError(ErrorCode.DOWNSTREAM_BLOCKS, number=document.source.number, said=said)
        )
