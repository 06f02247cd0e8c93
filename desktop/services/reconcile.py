"""The four-way reconciliation: what the ERP says, what the OA says, what we hold, and the money, read live and compared.

Reads only; what it finds is a row for a person, never a deed. What moved within the last minutes is no difference: the
engine has not passed yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.domain.document import Document, DocumentState, Failure
from desktop.domain.errors import SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import Money
from desktop.domain.system import FlowSwitch, Route
from desktop.services.matching import Approvals, Gap, Gates, Generations, Pair, Seen

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

GRACE = timedelta(minutes=10)
"""What changed so recently may be on its way: a difference is one that stays."""
_KINDS: Mapping[FlowKind, type[Approvals] | type[Generations]] = {
    FlowKind.APPROVAL: Approvals, FlowKind.GENERATION: Generations, FlowKind.GATE: Gates,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One difference. kind: a word of `gap-<kind>`, whose cure is `gap-<kind>-do`.

    ours, erp, oa: what each of the three says, as words of theirs ("" = nothing).  code: of the open failure.
    field, sent, found: where a value differs.
    """

    route_id: str
    company: str
    flow_id: str
    kind: Gap
    document_id: int | None
    number: str
    request_number: str
    ours: str
    erp: str
    oa: str
    amount: Money | None
    code: str = ""
    field: str = ""
    sent: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One company's flow: how many documents were compared, how many of them are done or on their way, their money by
    currency, and why it could not be read (None = it was)."""

    route_id: str
    company: str
    flow_id: str
    documents: int = 0
    done: int = 0
    moving: int = 0
    amounts: tuple[Money, ...] = ()
    unread: SyncError | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared, when, over which window, and what differed."""

    at: datetime
    since: datetime
    compared: tuple[Compared, ...]
    rows: tuple[Row, ...]

    @property
    def clean(self) -> bool:
        """True where everything was read and nothing differs: then it is a certificate."""
        return not self.rows and all(each.unread is None for each in self.compared)

    @property
    def amounts(self) -> tuple[Money, ...]:
        """All money that was compared, by currency."""
        return total(money for each in self.compared for money in each.amounts)


class Reconcile:
    """Compares the two systems with the store."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def run(self, days: int = 1, *, sight: Sequence[str] = ()) -> Reconciliation:
        """Every document that moved within `days`, and all that are on their way, whenever they began; of the companies
        in `sight` alone, () = all.

        Never raises: a system that cannot be read makes its flows unread, and the result not clean."""
        now = self._workspace.now()
        since = now - timedelta(days=days)
        compared: list[Compared] = []
        rows: list[Row] = []
        strays: set[str] = set()
        for route in self._workspace.catalog.routes():
            for switch in route.switches if not sight or route.id in sight else ():
                documents = self._workspace.ledger.in_window(route.id, switch.flow_id, since)
                if not (switch.on or documents):
                    continue
                group = self._workspace.flows_in_force().get(switch.flow_id)
                if group is None or group.kind not in _KINDS:
                    continue
                blank = Compared(route.id, route.title or route.company, group.id)
                try:
                    flow = self._workspace.flow_for(route.id, group.id) or group
                    seen = self._read(route, switch, flow, documents, since)
                except SyncError as error:
                    compared.append(replace(blank, unread=error))
                    continue
                found = self._rows(route, flow, seen, now, strays)
                rows += found
                compared.append(_summed(blank, documents))
        return Reconciliation(now, since, tuple(compared), tuple(rows))

    def _read(
        self, route: Route, switch: FlowSwitch, flow: Flow, documents: Sequence[Document], since: datetime
    ) -> Seen:
        catalog = self._workspace.catalog
        erp = cast(ErpConnector, self._workspace.connect(catalog.system(route.erp_id)))
        try:
            oa = cast(OaConnector, self._workspace.connect(catalog.system(route.oa_id)))
            try:
                workers = max(1, int(oa.system.number("parallel", oa.capabilities.parallel)))
                side = replace(flow.oa, workflow=switch.workflow)
                with ThreadPoolExecutor(workers, thread_name_prefix="reconcile") as pool:
                    pair = Pair(
                        route, flow, erp, oa, side, self._workspace.ledger, pool, self._workspace.now(),
                        frozenset(each.company for each in catalog.routes() if each.switch(flow.id)),
                    )  # fmt: skip
                    return _KINDS[flow.kind](pair).read(documents, since, on=switch.on)
            finally:
                oa.close()
        finally:
            erp.close()

    def _rows(self, route: Route, flow: Flow, seen: Seen, now: datetime, strays: set[str]) -> list[Row]:
        """What stays a difference after a second look at our own side."""
        ledger = self._workspace.ledger
        ids = [each.document.id for each in seen.matches]
        again = {each.id: each for each in ledger.by_ids(ids)}
        failures = {key: failure for key, (failure, _) in ledger.open_failures(ids).items()}
        blank = Row(
            route.id, route.title or route.company, flow.id, Gap.NOT_HERE, None, "", "", "", "", "", None
        )
        rows: list[Row] = []
        for match in seen.matches:
            document, failure = match.document, failures.get(match.document.id)
            if again.get(document.id) != document:
                continue  # the engine was here meanwhile
            row = replace(
                blank, document_id=document.id, number=document.source.number, ours=document.state.value,
                request_number=document.request_number, erp=match.erp, oa=match.oa, amount=document.amount,
                code=failure.code if failure else "",
            )  # fmt: skip
            fresh = _fresh(now, document.changed_at, match.changed_at)
            found = [
                replace(row, kind=gap.kind, field=gap.field, sent=gap.sent, found=gap.found)
                for gap in match.gaps
                if not fresh
            ]
            rows += found or _stuck(row, failure, document)
        for stray in seen.strays:
            if stray.key not in strays and not _fresh(now, stray.changed_at):
                strays.add(stray.key)
                rows.append(
                    replace(
                        blank, kind=stray.kind, number=stray.number, request_number=stray.request_number,
                        erp=stray.erp, oa=stray.oa,
                    )
                )  # fmt: skip
        return rows


def _stuck(row: Row, failure: Failure | None, document: Document) -> list[Row]:
    """All three agree, and yet it does not go on: a person is asked."""
    waits = failure is not None and failure.next_try_at is None and not document.state.at_rest
    return [replace(row, kind=Gap.STUCK)] if waits else []


def _fresh(now: datetime, *times: datetime | None) -> bool:
    return any(each is not None and timedelta(0) <= now - each < GRACE for each in times)


def _summed(blank: Compared, documents: Sequence[Document]) -> Compared:
    return replace(
        blank, documents=len(documents), done=sum(each.state is DocumentState.DONE for each in documents),
        moving=sum(not each.state.at_rest for each in documents),
        amounts=total(each.amount for each in documents if each.amount is not None),
    )  # fmt: skip


def total(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Sums by currency, in the order of the currencies."""
    sums: dict[str, Decimal] = {}
    for each in amounts:
        sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))
