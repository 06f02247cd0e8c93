"""The reconciliation of every night: made by the engine when it is due, kept, written as a certificate, shown in the morning.

Beside it the two lists of every morning: agreed but not carried out, carried out but not agreed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.domain.document import DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FlowKind
from desktop.domain.record import Money
from desktop.services.certificate import as_csv, as_paper
from desktop.services.matching import Gap
from desktop.services.reconcile import GRACE, Compared, Reconciliation, Row
from desktop.store.reconciliations import Entry, Reconciliations
from desktop.sync.planner import Planner

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

AT, AT_DEFAULT = "reconcile.at", "05:30"
"""The preference: when it is made, on the wall clock of all schedules; "" = never by itself."""
FOLDER = "certificates"
LOOK_S = 300.0
MOST_DAYS = 31
NOT_AGREED = frozenset({Gap.UNAPPROVED, Gap.PAST_GATE})
log = logging.getLogger("danqiao.nightly")


@dataclass(frozen=True, slots=True)
class Late:
    """A document that both systems do not say the same of. since: when it came to the state it is in."""

    document_id: int | None
    route_id: str
    company: str
    flow_id: str
    number: str
    request_number: str
    amount: Money | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Morning:
    """The two lists: the OA agreed and the ERP does not say so yet; the ERP says so and the OA did not agree."""

    agreed: tuple[Late, ...]
    unagreed: tuple[Late, ...]


class Nightly:
    """Results over time."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._kept = Reconciliations(workspace.store, workspace.trail)

    @property
    def folder(self) -> Path:
        """Where certificates lie: beside the store."""
        return self._workspace.store.path.parent / FOLDER

    # --- making ----------------------------------------------------------------------------------------------------------
    def make(self, person: str, days: int = 1) -> Reconciliation:
        """Reconciles, keeps the result and writes its files; answers what whoever sits here may see. Seconds to minutes. Raises PER-716; PER-705 where the files
        cannot be written: the result is kept all the same."""
        self._workspace.people.demand(person, "reconcile")
        result = self._workspace.reconcile.run(days)
        name = f"{'certificate' if result.clean else 'differences'}-{result.at.astimezone():%Y%m%d-%H%M%S}"
        entry = Entry(0, result.at, result.clean, _count(result), len(result.rows), name)
        self._kept.put(entry, to_plain(result), person)
        self.write(result, self.folder, name)
        return self._seen(result)

    def write(self, result: Reconciliation, folder: Path, name: str) -> tuple[Path, Path]:
        """The same as CSV and PDF. Raises PER-705."""
        text = self._workspace.text
        paths = folder / f"{name}.csv", folder / f"{name}.pdf"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            paths[0].write_text(as_csv(result, text), "utf-8", newline="")
            paths[1].write_bytes(as_paper(result, text))
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(folder), said=said) from None
        return paths

    def make_if_due(self) -> bool:
        """For the engine's scheduler: once a day at its time, after a night off as soon as the engine runs; over all days
        since the last one. Never raises."""
        try:
            days = self._due_days()
            if days:
                self.make("engine", days)
            return bool(days)
        except SyncError as error:
            log.warning("reconciliation: %s", error)
        except Exception:
            log.exception("reconciliation")
        return False

    def _due_days(self) -> int:
        """Over how many days it is due now; 0 = it is not."""
        workspace, now = self._workspace, self._workspace.now()
        told = str(workspace.catalog.preference(AT, AT_DEFAULT))
        on = any(each.on for route in workspace.catalog.routes() for each in route.switches)
        if not told or not on:
            return 0
        zone = Planner(workspace.catalog, workspace.ledger, workspace.calendars.in_force).zone()
        here = now.astimezone(zone)
        due = datetime.combine(here.date(), time.fromisoformat(told), zone)
        if due > here:
            due -= timedelta(days=1)
        last = next(iter(self._kept.entries(1)), None)
        if last is not None and last.at >= due:
            return 0
        behind = now - last.at if last is not None else timedelta(days=1)
        return min(MOST_DAYS, max(1, -(-int(behind.total_seconds()) // 86_400)))

    # --- reading ---------------------------------------------------------------------------------------------------------
    def entries(self, limit: int = 30) -> list[Entry]:
        """Results, newest first, as far as whoever sits here may see them: of some companies without the certificate of all."""
        kept = self._kept.entries(limit)
        return [self._entry_seen(each) for each in kept] if self._workspace.people.seat.routes else kept

    def _entry_seen(self, entry: Entry) -> Entry:
        content = self._kept.content(entry.id)
        if content is None:
            return replace(entry, documents=0, differences=0, file="")
        seen = self._seen(from_plain(content))
        return Entry(entry.id, entry.at, seen.clean, _count(seen), len(seen.rows), "")

    def newest(self) -> Reconciliation | None:
        """The last result, as far as whoever sits here may see it."""
        last = next(iter(self._kept.entries(1)), None)
        content = self._kept.content(last.id) if last else None
        return self._seen(from_plain(content)) if content else None

    def _seen(self, result: Reconciliation) -> Reconciliation:
        people = self._workspace.people
        seen = Reconciliation(
            result.at, result.since, tuple(each for each in result.compared if people.seat.sees(each.route_id)),
            tuple(each for each in result.rows if people.seat.sees(each.route_id)),
        )  # fmt: skip
        return people.shown(seen)

    def morning(self, result: Reconciliation | None) -> Morning:
        """Both lists: the first from what we hold now, the second from the last reconciliation."""
        workspace = self._workspace
        now, seat = workspace.now(), workspace.people.seat.routes
        agreed = []
        for route in workspace.catalog.routes():
            if seat and route.id not in seat:
                continue
            for switch in route.switches:
                flow = workspace.flows.get(switch.flow_id)
                states = _AGREED.get(flow.kind, frozenset()) if flow else frozenset()
                for document in workspace.ledger.moving(route.id, switch.flow_id) if states else ():
                    if document.state in states and now - document.changed_at >= GRACE:
                        agreed.append(
                            Late(
                                document.id, route.id, route.title or route.company, switch.flow_id,
                                document.source.number, document.request_number, document.amount, document.changed_at,
                            )
                        )  # fmt: skip
        rows = [row for row in (result.rows if result else ()) if row.kind in NOT_AGREED]
        unagreed = [
            Late(
                row.document_id, row.route_id, row.company, row.flow_id, row.number, row.request_number, row.amount,
                result.at if result else None,
            )
            for row in rows
        ]  # fmt: skip
        agreed.sort(key=lambda each: each.since or now)
        return Morning(tuple(agreed), tuple(unagreed))


_MAKING = frozenset(
    {DocumentState.FOUND, DocumentState.SAVED, DocumentState.SUBMITTED, DocumentState.AUDITED}
)
_AGREED: Mapping[FlowKind, frozenset[DocumentState]] = {
    FlowKind.APPROVAL: frozenset({DocumentState.APPROVED}), FlowKind.GENERATION: _MAKING,
}  # fmt: skip
"""States in which the OA has agreed and the ERP is not as far yet."""


def _count(result: Reconciliation) -> int:
    return sum(each.documents for each in result.compared)


def to_plain(result: Reconciliation) -> dict[str, Any]:
    """For the store."""
    return {
        "at": result.at.isoformat(), "since": result.since.isoformat(),
        "compared": [
            {
                "route": each.route_id, "company": each.company, "flow": each.flow_id, "documents": each.documents,
                "done": each.done, "moving": each.moving, "amounts": [_money(money) for money in each.amounts],
                "unread": _error(each.unread),
            }
            for each in result.compared
        ],
        "rows": [
            {**asdict(row), "kind": row.kind.value, "amount": _money(row.amount) if row.amount else None}
            for row in result.rows
        ],
    }  # fmt: skip


def from_plain(content: Mapping[str, Any]) -> Reconciliation:
    """The inverse of to_plain."""
    return Reconciliation(
        datetime.fromisoformat(content["at"]), datetime.fromisoformat(content["since"]),
        tuple(
            Compared(
                each["route"], each["company"], each["flow"], each["documents"], each["done"], each["moving"],
                tuple(_amounts(each["amounts"])), _raised(each["unread"]),
            )
            for each in content["compared"]
        ),
        tuple(
            Row(**{**each, "kind": Gap(each["kind"]), "amount": next(_amounts([each["amount"]]), None)})
            for each in content["rows"]
        ),
    )  # fmt: skip


def _money(money: Money) -> list[str]:
    return [str(money.amount), money.currency]


def _amounts(kept: Iterable[Any]) -> Any:
    return (Money(Decimal(each[0]), each[1]) for each in kept if each)


def _error(error: SyncError | None) -> dict[str, Any] | None:
    return {"code": error.code.id, "facts": {k: str(v) for k, v in error.facts.items()}} if error else None


def _raised(kept: Mapping[str, Any] | None) -> SyncError | None:
    return SyncError(ErrorCode.named(kept["code"]), certain=True, **dict(kept["facts"])) if kept else None
