"""How much of last year's business the correspondences cover: for each company and kind, by the bills that name the records.

Known before go-live: the bills are read in the ERP as they lie there, and nothing is sent. What was counted is kept with its
moment, so that the page tells it without a line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desktop.domain.courtesy import stand_aside
from desktop.domain.errors import SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import Bill
from desktop.domain.system import Route
from desktop.sync.base_table import BaseTable
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

YEAR = timedelta(days=365)
MOST_BILLS, BATCH = 20_000, 100
"""Bills of one flow and company that are looked at, the newest first where there are more."""
_KEPT = "base.weights"
Report = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Weight:
    """documents: last year's bills that name records of the kind; covered: those of which every record has a counterpart.

    missing: how many of them name each code that has none.
    """

    documents: int
    covered: int
    missing: Mapping[str, int] = field(default_factory=dict)


class Weights:
    """Counts, and tells what was counted."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def kept(self) -> tuple[datetime | None, dict[tuple[str, str], Weight]]:
        """When it was counted last, and what, by (route, kind)."""
        told = self._workspace.catalog.preference(_KEPT, {})
        rows = {
            (route, kind): Weight(documents, covered, missing)
            for route, kind, documents, covered, missing in told.get("rows", ())
        }
        return (datetime.fromisoformat(told["at"]) if told else None), rows

    def count(self, person: str, report: Report, stopped: Callable[[], bool]) -> int:
        """Reads last year's bills of every approval flow in use; answers how many. What was stopped is not kept.

        Raises NET, SES, PER-716; a system that cannot list audited bills is left out."""
        workspace = self._workspace
        workspace.people.demand(person, "refresh_base")
        found: dict[tuple[str, str], Weight] = {}
        seen = 0
        for route in workspace.catalog.routes():
            base, tally = workspace.base_table(route.id), _Tally()
            for flow in self._flows(route):
                for bill in self._bills(route, flow, report, stopped):
                    seen += 1
                    tally.take(flow, bill, base)
            found |= {(route.id, kind): weight for kind, weight in tally.weights().items()}
        if stopped():
            return seen
        rows = [[*at, each.documents, each.covered, dict(each.missing)] for at, each in found.items()]
        workspace.catalog.set_preference(_KEPT, {"at": workspace.now().isoformat(), "rows": rows})
        return seen

    def _flows(self, route: Route) -> Iterator[Translator]:
        for switch in route.switches:
            flow: Flow | None = None
            with suppress(SyncError):
                flow = self._workspace.flow_for(route.id, switch.flow_id)
            if flow is not None and flow.kind is FlowKind.APPROVAL:
                yield Translator(flow)

    def _bills(
        self, route: Route, translator: Translator, report: Report, stopped: Callable[[], bool]
    ) -> Iterator[Bill]:
        """The company's audited bills of the last year."""
        side, company = translator.erp_side, translator.erp_side.company_field
        with self._workspace.mapping.connected(route) as (erp, _):
            if not erp.capabilities.list_audited:
                return
            heads = list(erp.audited_bills(side, self._workspace.now() - YEAR))[-MOST_BILLS:]
            for start in range(0, len(heads), BATCH):
                if stopped():
                    return
                report(start, len(heads), translator.flow.id)
                part = [head.ref.key for head in heads[start : start + BATCH]]
                for bill in erp.read_bills(side, part).values():
                    if not company or str(bill.header.get(company) or "") == route.company:
                        yield bill


class _Tally:
    """Bills of one company, by kind."""

    def __init__(self) -> None:
        self._documents: Counter[str] = Counter()
        self._covered: Counter[str] = Counter()
        self._missing: dict[str, Counter[str]] = {}

    def take(self, translator: Translator, bill: Bill, base: BaseTable) -> None:
        """What the flow looks up of this bill, and what of it has a counterpart."""
        stand_aside()
        named: dict[str, set[str]] = {}
        lacking: dict[str, set[str]] = {}

        def look(kind: str, code: str, by: str = "") -> str:
            named.setdefault(kind, set()).add(code)
            try:
                return base.key(kind, code, by)
            except SyncError:
                lacking.setdefault(kind, set()).add(code)
                return "?"

        with suppress(SyncError, ArithmeticError, ValueError, TypeError, LookupError):
            translator.draft(bill, "", look, "0")
        for kind in named:
            self._documents[kind] += 1
            self._covered[kind] += kind not in lacking
            self._missing.setdefault(kind, Counter()).update(lacking.get(kind, ()))

    def weights(self) -> dict[str, Weight]:
        """By kind; of codes without a counterpart the 500 that are named most."""
        return {
            kind: Weight(count, self._covered[kind], dict(self._missing[kind].most_common(500)))
            for kind, count in self._documents.items()
        }
