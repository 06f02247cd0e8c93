"""The trail as people read it: what somebody did, when, to what, with before and after; and the proof that it is whole.

Of a company that whoever asks does not work for he reads nothing. Slow answers: never on the GUI thread.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop.domain.document import AuditEntry
from desktop.store.search import Question, Search

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

MOST_DOCUMENTS = 400
"""A text that is in more documents than this names none of them: the newest are taken."""
MOST_LINES = 200_000
_NOT_TOLD = frozenset({"documents", "attempt", "key"})


@dataclass(frozen=True, slots=True)
class TrailQuestion:
    """What is looked for. text: any number, a person, or an action; people: without what the engine did by itself."""

    text: str = ""
    people: bool = True


@dataclass(frozen=True, slots=True)
class Changed:
    """One value that somebody changed; before and after as text, "" = was not, or is not any more."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line. number: the bill that it is about, with how many more (`more`); document_id: ours, where it is about one.

    who, about: how the person, and the company, system or person it is about, are called now; "" where nobody knows."""

    entry: AuditEntry
    number: str = ""
    more: int = 0
    document_id: int | None = None
    changes: tuple[Changed, ...] = ()
    who: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found. broken_at: the first line that does not hold; head: the last hash."""

    lines: int
    broken_at: int | None
    head: str


class TrailBook:
    """Asks the trail; every question is itself asked of whoever sits at the window."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._search = Search(workspace.store, lambda: workspace.people.seat.routes)

    def seqs(self, question: TrailQuestion) -> array[int]:
        """Lines that a question finds, newest first, at most MOST_LINES. Raises PER-716."""
        people = self._workspace.people
        people.demand_seat_role("read_trail")
        words = question.text.strip()
        subjects, actors = list[str](), list[str]()
        if words:
            called = [subject for subject, name in self._names().items() if words.lower() in name.lower()]
            actors = [
                login for kind, _, login in (each.partition(":") for each in called) if kind == "person"
            ]
            ids = self._search.ids(Question(text=words), "changed_at", descending=True, limit=MOST_DOCUMENTS)
            subjects = [*called, *(f"document:{each}" for each in ids)]
        return self._workspace.trail.find(
            words, subjects, actors, people=question.people, routes=people.seat.routes, limit=MOST_LINES
        )

    def _names(self) -> dict[str, str]:
        """What is called something, by the subject under which the trail keeps it."""
        catalog = self._workspace.catalog
        return {
            **{f"route:{each.id}": each.title or each.company for each in catalog.routes()},
            **{f"system:{each.id}": each.title for each in catalog.systems().values()},
            **{f"person:{each.login}": each.name for each in self._workspace.people.all()},
        }

    def lines(self, seqs: Sequence[int]) -> list[TrailLine]:
        """These lines, as whoever sits here may see them, in the order asked."""
        people = self._workspace.people
        people.demand_seat_role("read_trail")
        entries = self._workspace.trail.lines(seqs)
        ids = {entry.seq: _documents_of(entry) for entry in entries}
        wanted = sorted({each[0] for each in ids.values() if each})
        documents = self._workspace.ledger.by_ids(wanted)
        numbers = {each.id: each.source.number for each in documents if people.seat.sees(each.route_id)}
        names, found = self._names(), []
        for entry in entries:
            about = entry.subject.startswith("document:") and next(iter(ids[entry.seq]), None) in numbers
            if people.seat.routes and not about:
                continue
            mine = ids[entry.seq]
            number = numbers.get(mine[0], "") if mine else ""
            found.append(
                TrailLine(
                    entry, number, max(0, len(mine) - 1), mine[0] if number else None,
                    tuple(_called(each, names) for each in changes(entry)),
                    names.get(f"person:{entry.actor}", ""), names.get(entry.subject, ""),
                )
            )  # fmt: skip
        return self._workspace.people.shown(found)

    def verify(
        self,
        report: Callable[[int, int], None] = lambda done, total: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Verdict | None:
        """Every hash of the chain, from the first line on; None where it was stopped."""
        self._workspace.people.demand_seat_role("read_trail")
        found = self._workspace.trail.verify(report, stopped)
        return Verdict(*found) if found else None


def changes(entry: AuditEntry) -> list[Changed]:
    """What a line says of before and after, value by value; where it says only what is, that."""
    detail = entry.detail
    before, after = detail.get("before"), detail.get("after")
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = _flat(before or {}), _flat(after or {})
        names = [name for name in {**old, **new} if old.get(name, "") != new.get(name, "")]
        return [Changed(name, old.get(name, ""), new.get(name, "")) for name in names]
    told = {name: value for name, value in detail.items() if name not in _NOT_TOLD}
    if "before" in told or "after" in told:
        found = [Changed("", _text(told.pop("before", "")), _text(told.pop("after", "")))]
    else:
        found = []
    return found + [Changed(name, "", value) for name, value in _flat(told).items() if value]


_NAMED = {"routes": "route", "route": "route", "erp": "system", "oa": "system"}
"""Values that are ids of ours, and the kind under whose subject the trail keeps what they name."""


def _called(change: Changed, names: Mapping[str, str]) -> Changed:
    """The same with ids of companies and systems told as they are called now."""
    kind = _NAMED.get(change.name)
    if kind is None:
        return change
    before, after = (
        ", ".join(names.get(f"{kind}:{each}", each) for each in told.split(", "))
        for told in (change.before, change.after)
    )
    return Changed(change.name, before, after)


def _documents_of(entry: AuditEntry) -> list[int]:
    kind, _, number = entry.subject.partition(":")
    if kind == "document" and number.isdigit():
        return [int(number)]
    told = entry.detail.get("documents")
    return [int(each) for each in told] if isinstance(told, list) else []


def _flat(value: Mapping[str, Any], head: str = "") -> dict[str, str]:
    """Nested values by their path."""
    found: dict[str, str] = {}
    for name, part in value.items():
        path = f"{head}{name}"
        if isinstance(part, Mapping):
            found |= _flat(part, f"{path}.")
        else:
            found[path] = _text(part)
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(each) for each in value)
    return str(value)
