"""Golden documents: real records, pinned without their people, that a draft must not translate otherwise unexplained.

A pinned record holds all that it was translated with (its lookups and price locks, too), so that it is judged without a
line, and judged alike in a year. What is expected of it is what the flow in force made of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import Bill, BillStatus, Ref, Row
from desktop.services.anonymous import Anonymous, literals
from desktop.services.mapping import Opened
from desktop.services.mapping_check import compiled, tolerant
from desktop.services.mapping_compare import compared
from desktop.services.mapping_rows import read_sheet
from desktop.store.golden import Golden, Reason
from desktop.sync.base_table import Lookup, days_of_erp
from desktop.sync.drafting import Drafting, kept_draft, kept_request, request_of
from desktop.sync.translate import Translator, mapped_of, snapshot_of

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

KEY = "GOLDEN-R1"
_NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Judged:
    """A golden document under a draft. differing: (target, expected, now).

    unjudged: targets whose rule reads what was not pinned. reason: why the differences are meant, None = nobody said.
    """

    golden: Golden
    differing: tuple[tuple[str, str, str], ...] = ()
    unjudged: tuple[str, ...] = ()
    failed: SyncError | None = None
    reason: Reason | None = None

    @property
    def differs(self) -> bool:
        """True where the draft makes something else of it."""
        return bool(self.differing or self.failed)

    @property
    def stops(self) -> bool:
        """True where that is not explained."""
        return self.differs and self.reason is None

    @property
    def digest(self) -> str:
        """Of what differs: another difference wants another explanation."""
        told = [*self.differing, *([("", self.failed.code.id, "")] if self.failed else [])]
        return hashlib.sha256(repr(sorted(told)).encode()).hexdigest()[:16]


class GoldenService:
    """Pins, judges, explains."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    # --- pinning -----------------------------------------------------------------------------------------------------------
    def pin(self, person: str, opened: Opened, number: str, note: str = "") -> int:
        """Keeps a real record without its people; answers its id. Raises DAT-402, or what the flow in force ends with."""
        workspace = self._workspace
        workspace.people.demand(person, "draft_mapping")
        mine = workspace.mapping.as_company(opened)
        flow, draft = self._in_force(opened), tolerant(mine.text, mine.sheet)
        route = workspace.mapping.route(opened.flow_id, opened.route_id)
        found = self._read(opened, flow, draft, number)
        rules = [row.expr for row in (*opened.sheet.rows, *read_sheet(self._text(opened)).rows)]
        disguise = Anonymous(literals(rules))
        record = self._disguised(found, disguise, route.id, route.applicant, [flow, draft])
        expected = translate(flow, record)
        title = disguise.text(str(found["snapshot"].get(_NUMBER, number)))
        return workspace.golden_documents.pin(
            person, opened.flow_id, route.id, title, note, flow.version, record, expected
        )  # fmt: skip

    def _in_force(self, opened: Opened) -> Flow:
        flow = self._workspace.flow_for(opened.route_id, opened.flow_id)
        if flow is None:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=opened.flow_id)
        return flow

    def _text(self, opened: Opened) -> str:
        return self._workspace.flow_files.text_of(opened.in_force)

    def _read(self, opened: Opened, flow: Flow, draft: Flow, number: str) -> dict[str, Any]:
        """The record with all that both read of it, and its price locks."""
        previews = self._workspace.previews
        route = self._workspace.mapping.route(opened.flow_id, opened.route_id)
        today = days_of_erp(self._workspace.catalog, route.id, self._workspace.now)()
        if flow.kind is FlowKind.GENERATION:
            request = previews.request(opened, flow, route, number)
            if request is None:
                raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=route.oa_id, number=number)
            return {"snapshot": kept_request(request), "locks": {}, "today": today}
        whole = Translator(flow)
        whole.erp_side = whole.reading_for([Translator(draft)])
        both = [Translator(draft).erp_side, whole.erp_side]
        whole.erp_side = replace(
            whole.erp_side, header=tuple(sorted({name for side in both for name in side.header})),
            tables={
                table: tuple(sorted({name for side in both for name in side.tables.get(table, ())}))
                for table in {table for side in both for table in side.tables}
            },
        )  # fmt: skip
        found = previews.bill(opened, whole, route, number)
        if found is None:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=route.erp_id, number=number)
        bill, locks = found
        return {
            "snapshot": snapshot_of(bill),
            "locks": {entry: dict(row) for entry, row in locks.items()},
            "today": today,
        }

    def _disguised(
        self, found: Mapping[str, Any], disguise: Anonymous, route_id: str, applicant: str, flows: list[Flow]
    ) -> dict[str, Any]:
        """The record in disguise, with every lookup that the flows made of the original, in the same disguise."""
        base = self._workspace.base_table(route_id)
        lookups: dict[tuple[str, str, str], str] = {}
        generation = flows[0].kind is FlowKind.GENERATION

        def look(kind: str, code: str, by: str = "") -> str:
            counterpart = str((base.code if generation else base.key)(kind, code, by))
            lookups[kind, code, by] = counterpart
            return counterpart

        for flow in flows:
            _run(flow, {**found, "applicant": applicant}, look)
        return {
            "snapshot": disguise.of(found["snapshot"]), "locks": disguise.of(found["locks"]), "today": found["today"],
            "applicant": applicant,
            "lookups": [
                [kind, disguise.text(code), disguise.text(by), disguise.text(counterpart)]
                for (kind, code, by), counterpart in lookups.items()
            ],
        }  # fmt: skip

    # --- judging -------------------------------------------------------------------------------------------------------------
    def judge(self, opened: Opened) -> list[Judged]:
        """Every golden document of the flow under the draft, what is unexplained first."""
        reasons = self._workspace.golden_documents.reasons(opened.flow_id)
        drafts: dict[str, tuple[Opened, Flow]] = {}
        found = []
        for golden in self._workspace.golden_documents.of(opened.flow_id):
            if golden.route_id not in drafts:  # a company may have rows of its own
                mine = self._workspace.mapping.as_company(opened, golden.route_id)
                drafts[golden.route_id] = mine, tolerant(mine.text, mine.sheet)
            mine, flow = drafts[golden.route_id]
            judged = _judged(golden, flow, mine)
            reason = reasons.get((golden.id, judged.digest))
            found.append(replace(judged, reason=reason))
        return sorted(found, key=lambda each: (not each.stops, not each.differs, each.golden.id))

    def refuse(self, opened: Opened) -> None:
        """Raises MAP-510 for the first golden document that differs unexplained."""
        for each in self.judge(opened):
            if each.stops:
                raise SyncError(
                    ErrorCode.GOLDEN_DIFFERS, certain=True, flow=opened.flow_id, title=each.golden.title,
                    count=max(1, len(each.differing)),
                )  # fmt: skip

    def explain(self, person: str, opened: Opened, golden_id: int, reason: str) -> None:
        """The differences of one are meant, and why. Raises PER-715 without a reason, DAT-402 where it is gone."""
        self._workspace.people.demand(person, "draft_mapping")
        if not reason.strip():
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said="reason")
        judged = next((each for each in self.judge(opened) if each.golden.id == golden_id), None)
        if judged is None:
            raise SyncError(
                ErrorCode.RECORD_MISSING, certain=True, system=opened.flow_id, number=str(golden_id)
            )
        told = [{"target": target, "before": old, "after": new} for target, old, new in judged.differing[:50]]
        self._workspace.golden_documents.explain(person, judged.golden, judged.digest, reason.strip(), told)

    def unpin(self, person: str, golden: Golden) -> None:
        """Takes one away."""
        self._workspace.people.demand(person, "draft_mapping")
        self._workspace.golden_documents.unpin(person, golden)

    def renew(self, person: str, judged: list[Judged]) -> None:
        """After a publication: what differed and was explained is expected from now on."""
        self._workspace.people.demand(person, "publish_mapping")
        for each in judged:
            if each.differs and each.reason is not None and each.failed is None:
                flow = self._workspace.flow_for(each.golden.route_id, each.golden.flow_id)
                if flow is None:
                    continue
                expected = translate(flow, each.golden.record)
                self._workspace.golden_documents.renew(person, each.golden, flow.version, expected)


def _judged(golden: Golden, flow: Flow, opened: Opened) -> Judged:
    unjudged = _unjudged(golden.record, opened)
    try:
        now = translate(flow, golden.record)
    except SyncError as error:
        return Judged(golden, (), tuple(unjudged), error)
    differing = [each for each in compared(flow, golden.expected, now) if _row_of(each[0]) not in unjudged]
    return Judged(golden, tuple(differing), tuple(unjudged))


def _row_of(path: str) -> str:
    """ "detail_1[2].qty" -> "detail_1.qty"."""
    table, _, rest = path.partition("[")
    return f"{table}{rest.partition(']')[2]}" if rest else path


def _unjudged(record: Mapping[str, Any], opened: Opened) -> list[str]:
    """Targets of rows that read a field which was not pinned with the record."""
    header = set(record["snapshot"].get("header", {}))
    lines = {
        table: set().union(*(set(row) for row in rows.values())) if rows else set()
        for table, rows in record["snapshot"].get("lines", {}).items()
    }
    found = []
    for row in opened.sheet.rows:
        made, group = compiled(row), opened.sheet.group(row.group)
        if isinstance(made, SyncError):
            continue
        own = header | lines.get(group.source, set()) if group.source else header
        names = {name for name in made.names if not name.startswith(("lock.", "request.", "leg"))}
        missing = [name for name in names if name not in own]
        missing += [
            name for table, columns in made.tables.items() if lines.get(table)
            for name in columns if name not in lines[table] | header
        ]  # fmt: skip
        if missing:
            found.append(
                f"{group.target}.{row.target}" if group.kind in ("lines", "leg_lines") else row.target
            )
    return found


def translate(flow: Flow, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a flow makes of a pinned record, as it would be kept. Raises what a first send would end with."""
    lookups: dict[tuple[str, str, str], str] = {
        (kind, code, by): counterpart for kind, code, by, counterpart in record["lookups"]
    }

    def look(kind: str, code: str, by: str = "") -> str:
        found = lookups.get((kind, code, by)) or lookups.get((kind, code, ""))
        if found is None:
            raise SyncError(ErrorCode.BASE_DATA_UNMAPPED, kind=kind, erp_code=code, number="", gaps="")
        return found

    return _run(flow, record, look)


def _run(flow: Flow, record: Mapping[str, Any], look: Lookup) -> Mapping[str, Any]:
    snapshot, locks = record["snapshot"], record.get("locks", {})
    ref = Ref("", "", "", str(snapshot.get(_NUMBER, "")))
    if flow.kind is FlowKind.GENERATION:
        drafting = Drafting(flow)
        made = drafting.draft(1, request_of(snapshot, ref), {}, KEY, look, str(record["today"]))
        return {"1": kept_draft(made)}
    bill = Bill(
        ref,
        BillStatus.SUBMITTED,
        snapshot.get("header", {}),
        snapshot.get("lines", {}),
        str(snapshot.get("maker", "")),
        None,
    )
    rows: Mapping[str, Row] = locks
    applicant = str(record.get("applicant") or "0")
    return {**mapped_of(Translator(flow).draft(bill, KEY, look, applicant, rows)), "sent_as": ""}
