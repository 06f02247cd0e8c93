"""Schema drift: both systems' forms as a flow was agreed on, against what they are now.

What breaks the flow (a field that it reads or fills is gone, renamed, shorter or of another type; one that the form now
requires and nothing fills) holds it, with the field named, before a bill fails of it. Everything else is a notice.
The forms are agreed on when a flow first runs, when it is published, and when a person says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide, FlowKind
from desktop.domain.record import FieldInfo
from desktop.store.form_drift import FormChange, FormDrift
from desktop.sync.drafting import Drafting
from desktop.sync.effect import Ends
from desktop.sync.translate import Translator

Seen = Mapping[tuple[str, str], Sequence[FieldInfo]]
"""(system, form) -> its fields as just read."""
_NUMBERS = ("number", "integer")


class Noting:
    """A connector whose forms are remembered as they are read, so that the watch asks nothing a second time. kept: forms that
    need not be read now."""

    def __init__(
        self, connector: Any, kept: Mapping[tuple[str, str], tuple[FieldInfo, ...]] | None = None
    ) -> None:
        self._connector, self._kept = connector, kept or {}
        self.system, self.capabilities = connector.system, connector.capabilities
        self.seen: dict[tuple[str, str], tuple[FieldInfo, ...]] = {}

    def objections(self, side: ErpSide) -> list[SyncError]:
        """What the connection's settings object to."""
        return list(self._connector.objections(side))

    def fields(self, asked: Any) -> tuple[FieldInfo, ...]:
        """The form's fields."""
        form = asked if isinstance(asked, str) else (asked.workflow or asked.form)
        place = self.system.id, form
        found = self._kept[place] if place in self._kept else tuple(self._connector.fields(asked))
        self.seen[place] = found
        return found


class MeteredForms:
    """Forms of an OA that meters its calls, as they were last read: read again twice a day, and every half hour while
    something holds the flow. Other OAs' forms are not kept."""

    WELL_S, HELD_S = 43_200.0, 1_800.0

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._held: dict[tuple[str, str], tuple[float, tuple[FieldInfo, ...]]] = {}

    def noting(self, ends: Ends, *, held: bool) -> Noting:
        """The OA's end, which reads what is older than that. held: something stands against the flow."""
        if not ends.oa.capabilities.calls_a_month:
            return Noting(ends.oa)
        oldest = self._monotonic() - (self.HELD_S if held else self.WELL_S)
        return Noting(ends.oa, {place: found for place, (at, found) in self._held.items() if at > oldest})

    def keep(self, ends: Ends, seen: Mapping[tuple[str, str], tuple[FieldInfo, ...]]) -> None:
        """What was read just now; what was kept already keeps its age."""
        if not ends.oa.capabilities.calls_a_month:
            return
        for place, found in seen.items():
            if place not in self._held or self._held[place][1] is not found:
                self._held[place] = self._monotonic(), found

    def forget(self) -> None:
        """A person asks, or the systems changed: everything is read anew."""
        self._held.clear()


@dataclass(frozen=True, slots=True)
class Uses:
    """What a flow does with one form: paths that it reads ("number", "lines.qty"), paths that it fills."""

    reads: frozenset[str] = field(default_factory=frozenset)
    fills: frozenset[str] = field(default_factory=frozenset)
    is_target: bool = False


class FormWatch:
    """Compares, remembers, tells."""

    def __init__(self, kept: FormDrift, now: Callable[[], datetime]) -> None:
        self._kept, self._now = kept, now

    def look(self, route_id: str, translator: Translator, workflow: str, seen: Seen) -> SyncError | None:
        """What changed since the forms were agreed on is remembered; answers MAP-509 where it breaks the flow."""
        flow, breaking = translator.flow, list[FormChange]()
        agreed = self._kept.agreed(route_id, flow.id)
        for (system_id, form), fields in seen.items():
            before = agreed.get((system_id, form))
            if before is None:
                self._kept.agree(route_id, flow.id, system_id, form, fields, self._now())
                continue
            uses = uses_of(translator, form, workflow)
            found = changes(system_id, form, before, fields, uses)
            self._kept.note(route_id, flow.id, found, self._now())
            breaking += [each for each in found if each.breaking]
            if found and not any(each.breaking for each in found):
                self._kept.agree(route_id, flow.id, system_id, form, fields, self._now())
        return _told(breaking[0]) if breaking else None


def _told(change: FormChange) -> SyncError:
    return SyncError(
        ErrorCode.FORM_CHANGED, certain=True, system=change.system_id, form=change.form, field=change.field,
        label=change.label, drift=[change.what, *([f"{change.before} → {change.after}"] if change.before else [])],
    )  # fmt: skip


def uses_of(translator: Translator, form: str, workflow: str) -> Uses:
    """What the flow reads of a form, and what it writes into it."""
    flow = translator.flow
    if flow.kind is FlowKind.GENERATION:
        return _uses_of_generation(Drafting(flow), form, workflow)
    if form == (workflow or flow.oa.form) and flow.oa.form:
        fills = {row.target for row in flow.fields} | {flow.oa.key_field}
        fills |= {f"{lines.target}.{row.target}" for lines in flow.lines for row in lines.fields}
        fills |= {lines.target for lines in flow.lines}
        return Uses(frozenset(), frozenset(fills - {""}), is_target=True)
    side = translator.erp_side
    if form != side.form:
        return Uses()
    reads = {*side.header, side.company_field, side.maker_field}
    reads |= {f"{table}.{name}" for table, names in side.tables.items() for name in names}
    return Uses(frozenset(_plain(reads)), frozenset({side.key_field, side.note_field} - {""}))


def _uses_of_generation(drafting: Drafting, form: str, workflow: str) -> Uses:
    flow = drafting.flow
    if form == (workflow or flow.oa.form):
        names = drafting.request_names()
        reads = {f"{table}.{name}" if table else name for table, held in names.items() for name in held}
        return Uses(frozenset(reads), frozenset(row.target for row in flow.write_back))
    reads, fills = set[str](), set[str]()
    for number in range(1, drafting.count + 1):
        leg, side = drafting.leg(number), drafting.side(number)
        if side.form == form:
            fills |= {row.target for row in leg.fields} | {leg.erp.key_field}
            fills |= {f"{lines.target}.{row.target}" for lines in leg.lines for row in lines.fields}
            reads |= set(side.header)
    return Uses(frozenset(_plain(reads)), frozenset(_plain(fills)))


def _plain(paths: Iterable[str]) -> set[str]:
    """A dotted key reaches into what its field refers to: the field itself is what the form may lose."""
    found = set()
    for path in paths:
        parts = path.split(".")
        found |= {parts[0], ".".join(parts[:2])}
    return found - {""}


def changes(
    system_id: str, form: str, before: Sequence[FieldInfo], after: Sequence[FieldInfo], uses: Uses
) -> list[FormChange]:
    """Every change of a form, what breaks first."""
    old = {(each.table, each.key): each for each in before}
    new = {(each.table, each.key): each for each in after}
    gone = [each for at, each in old.items() if at not in new]
    come = [each for at, each in new.items() if at not in old]
    found: list[FormChange] = []

    def tell(info: FieldInfo, what: str, was: object, now: object, *, breaks: bool) -> None:
        path = f"{info.table}.{info.key}" if info.table else info.key
        found.append(FormChange(system_id, form, path, info.label, what, str(was), str(now), breaks))

    for each in gone:
        heir = next((one for one in come if _is_heir(each, one)), None)
        used = _is_in(each, uses.reads) or _is_in(each, uses.fills)
        if heir is not None:
            come.remove(heir)
        tell(each, "renamed" if heir else "removed", each.key, heir.key if heir else "", breaks=used)
    for at, now in new.items():
        was = old.get(at)
        if was is not None and was != now:
            _differs(was, now, uses, tell)
    for each in come:
        missed = each.required and uses.is_target and not _is_in(each, uses.fills)
        tell(each, "required" if each.required else "added", "", each.key, breaks=missed)
    return sorted(found, key=lambda each: not each.breaking)


def _is_heir(gone: FieldInfo, come: FieldInfo) -> bool:
    return bool(gone.label) and (gone.label, gone.table, gone.type) == (come.label, come.table, come.type)


def _is_in(info: FieldInfo, paths: frozenset[str]) -> bool:
    return (f"{info.table}.{info.key}" if info.table else info.key) in paths or info.key in paths


def _differs(was: FieldInfo, now: FieldInfo, uses: Uses, tell: Callable[..., None]) -> None:
    filled, read = _is_in(now, uses.fills), _is_in(now, uses.reads)
    if was.type != now.type:
        tell(now, "retyped", was.type, now.type, breaks=filled or read)
    for name in ("length", "places"):
        old, new = getattr(was, name), getattr(now, name)
        if old != new and (name == "places") == (now.type in _NUMBERS):
            shorter = new is not None and (old is None or new < old)
            tell(
                now, "shortened" if shorter else "lengthened", old or "", new or "", breaks=shorter and filled
            )
    if now.required and not was.required:
        tell(now, "required", "", "", breaks=uses.is_target and not filled)
    if was.required and not now.required:
        tell(now, "optional", "", "", breaks=False)
    if was.label != now.label:
        tell(now, "relabelled", was.label, now.label, breaks=False)
