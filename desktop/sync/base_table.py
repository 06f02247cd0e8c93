"""The correspondences of one route, for looking up: the plain ones, their special cases, and the stand-ins. Pure.

A special case refines a correspondence: for one department, from one day on, or, where several ERP codes stand for one OA
key, which of them is meant. A stand-in ("*") is taken where nothing else is found; whoever sends it keeps that it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from desktop.domain.errors import ErrorCode, SyncError
from desktop.store.catalog import CaseRow, Catalog
from desktop.sync.days import day_of

ERP, OA, ANY = "erp", "oa", "*"

Lookup = Callable[..., str]
"""Kind, code, and what chooses among several ("" = nothing) -> counterpart. Raises MAP-502."""


class StandIn(str):
    """A counterpart that only stands in for one that is missing."""

    __slots__ = ()


def _today() -> str:
    return datetime.now(UTC).astimezone().date().isoformat()


class BaseTable:
    """Looks up both ways. rows: (kind, ERP code, OA key). today: the day on which cases must hold."""

    def __init__(
        self, rows: Iterable[tuple[str, str, str]], cases: Iterable[CaseRow] = (), today: Callable[[], str] = _today
    ) -> None:  # fmt: skip
        held = list(rows)
        self._today = today
        self._keys = {(kind, code): key for kind, code, key in held}
        self._codes: dict[tuple[str, str], list[str]] = {}
        for kind, code, key in held:
            self._codes.setdefault((kind, key), []).append(code)
        self._cases: dict[tuple[str, str, str], list[CaseRow]] = {}
        for each in cases:
            self._cases.setdefault((each.side, each.kind, each.code), []).append(each)

    def key(self, kind: str, code: str, by: str = "") -> str:
        """The OA's key of an ERP code. Raises MAP-502 where the table has none."""
        if self._cases and (case := self._case(ERP, kind, code, by)):
            return case.counterpart
        return self._keys.get((kind, code)) or self._stand_in(ERP, kind, code, by)

    def code(self, kind: str, key: str, by: str = "") -> str:
        """The ERP's code of an OA key. Raises MAP-502 where the table has none, or several and no rule which."""
        if self._cases and (case := self._case(OA, kind, key, by)):
            return case.counterpart
        found = self._codes.get((kind, key), [])
        return found[0] if len(found) == 1 else self._stand_in(OA, kind, key, by)

    def _case(self, side: str, kind: str, code: str, by: str) -> CaseRow | None:
        """The narrowest that holds today: by department before all departments, then the one that began last."""
        held = self._cases.get((side, kind, code))
        if not held:
            return None
        day = self._today()
        fit = [each for each in held if each.by_value in ("", by) and each.holds_on(day)]
        return max(fit, key=lambda each: (each.by_value != "", each.valid_from), default=None)

    def _stand_in(self, side: str, kind: str, code: str, by: str) -> str:
        if self._cases and (case := self._case(side, kind, ANY, by)):
            return StandIn(case.counterpart)
        raise SyncError(ErrorCode.BASE_DATA_UNMAPPED, kind=kind, erp_code=code, number="", gaps="")


def base_table_of(
    catalog: Catalog, route_id: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> BaseTable:  # fmt: skip
    """A route's correspondences as they stand now; there may be a hundred thousand. Special cases begin and end with the day
    of the company's ERP, wherever this machine stands: many a server keeps UTC."""
    rows = catalog.base_rows(route_id)
    told = ((row.kind, row.erp_code, row.oa_key) for row in rows)
    return BaseTable(told, catalog.base_cases(route_id), days_of_erp(catalog, route_id, now))


def days_of_erp(catalog: Catalog, route_id: str, now: Callable[[], datetime]) -> Callable[[], str]:
    """Tells the day in the zone of a company's ERP, ISO; of this machine where the company is not known."""
    erp_id = next((route.erp_id for route in catalog.routes() if route.id == route_id), "")
    system = catalog.systems().get(erp_id)
    return lambda: day_of(system, now()) if system is not None else now().astimezone().date().isoformat()


class Gathering:
    """A lookup that goes on over gaps, so that one refusal names them all, and remembers the stand-ins it took."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.gaps: list[SyncError] = []
        self.stand_ins: dict[tuple[str, str], str] = {}

    def __call__(self, kind: str, code: str, by: str = "") -> str:
        try:
            found = self._lookup(kind, code, by) if by else self._lookup(kind, code)
        except SyncError as error:
            self.gaps.append(error)
            return "?"
        if isinstance(found, StandIn):
            self.stand_ins[kind, code] = str(found)
            return str(found)
        return found

    def fallbacks(self) -> tuple[tuple[str, str, str], ...]:
        """(kind, code, counterpart) of every stand-in."""
        return tuple((kind, code, found) for (kind, code), found in self.stand_ins.items())

    def refuse(self, number: str) -> None:
        """Raises one MAP-502 that names every gap; nothing where there is none."""
        if not self.gaps:
            return
        first = self.gaps[0].facts
        told = dict.fromkeys(f"{gap.facts['kind']} {gap.facts['erp_code']}" for gap in self.gaps)
        raise SyncError(
            ErrorCode.BASE_DATA_UNMAPPED, certain=True, kind=first["kind"], erp_code=first["erp_code"], number=number,
            gaps="; ".join(told),
        )  # fmt: skip
