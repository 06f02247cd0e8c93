"""Kingdee K/3 WISE: bills and their heads. Lists tell heads, many at a time; GetDetail tells one whole bill.

Every answer of a list is checked against its filter: before patch PT127053 servers ignored some of them. Pages go on
behind the last number read, not at a position, so that a bill that leaves the list pushes no other out of sight.
Source: reference kingdee-k3wise, sections 4.1 to 4.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from desktop.connectors.http import cut
from desktop.connectors.k3wise import words
from desktop.connectors.k3wise.answers import Reply, refusal
from desktop.connectors.k3wise.client import Client
from desktop.connectors.k3wise.shapes import (
    HEAD,
    FormKeys,
    equals,
    knows,
    leaf,
    moment,
    plain,
    plain_name,
    quoted,
    text_of,
)
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import Bill, BillHead, BillStatus, Ref, Row
from desktop.domain.system import System

_HEADS_ONLY, _WITH_LINES = "1", "2"
_FILTERS = 50
"""Conditions in one filter."""

Numeric = Mapping[str, frozenset[str]]
"""By page: the fields where the form's template shows a number."""


class Reader:
    """Reads bills of one account set. Option of the system: page_rows (200)."""

    def __init__(self, client: Client, system: System, zone: tzinfo) -> None:
        self._client, self._system, self._zone = client, system, zone
        self._page_rows = max(2, int(system.number("page_rows", 200)))
        self._templates: dict[str, Numeric] = {}

    # --- heads ---------------------------------------------------------------------------------------------------------
    def pending(self, side: ErpSide) -> Iterator[BillHead]:
        """Heads of all bills that are handed in now, by the trigger. Option of the side or the system: pending_filter."""
        keys = FormKeys.of(side, self._system)
        where = side.options.get("pending_filter") or self._system.options.get("pending_filter", "")
        for row in self.rows(side, where or f"[{plain_name(keys.status)}] = 0", _HEADS_ONLY):
            head = self.head(side, row)
            if head.status is BillStatus.SUBMITTED:
                yield head

    def with_values(self, side: ErpSide, name: str, values: Sequence[str]) -> list[BillHead]:
        """Heads of the bills whose head field `name` equals one of `values`, letter by letter."""
        found: dict[str, BillHead] = {}
        for part in _parts(values):
            for row in self.rows(side, equals(name, part), _HEADS_ONLY):
                if text_of(leaf(row, name)).strip() in part:
                    head = self.head(side, row)
                    found[head.ref.key] = head
        return list(found.values())

    def numbers_with(self, side: ErpSide, name: str, values: Sequence[str]) -> list[str]:
        """Numbers of the bills of which the head or a line may hold one of `values` in `name`; the caller looks closer."""
        keys, found = FormKeys.of(side, self._system), dict[str, None]()
        for part in _parts(values):
            for row in self.rows(side, equals(name, part), _WITH_LINES):
                found[text_of(leaf(row, keys.number))] = None
        return [number for number in found if number]

    def head(self, side: ErpSide, row: Mapping[str, Any]) -> BillHead:
        """A head out of a row of a list, or out of a bill's own head page."""
        keys = FormKeys.of(side, self._system)
        number = text_of(leaf(row, keys.number)).strip()
        company = text_of(leaf(row, side.company_field)) if side.company_field else ""
        return BillHead(
            ref=Ref(self._system.id, side.form, number, number),
            status=keys.bill_status({name: leaf(row, name) for name in keys.columns}),
            maker=text_of(leaf(row, side.maker_field)) if side.maker_field else "",
            changed_at=moment(leaf(row, keys.changed), self._zone) if keys.changed else None,
            our_key=text_of(leaf(row, side.key_field)).strip()
            if side.key_field
            else "",  # a column may be padded
            company=company or self._system.options.get("company", ""),
        )

    def rows(self, side: ErpSide, where: str, select: str) -> Iterator[Mapping[str, Any]]:
        """Rows of a list in the order of their numbers; whether they fit the filter is the caller's to see."""
        keys = FormKeys.of(side, self._system)
        columns = (*keys.columns, side.maker_field, side.key_field, side.company_field)
        names = list(dict.fromkeys(plain_name(name) for name in columns if name))
        return self.listed(side.form, keys.number, names, where, select)

    def listed(
        self, form: str, order: str, names: Sequence[str], where: str, select: str = ""
    ) -> Iterator[Mapping[str, Any]]:
        """Every row of a list, page after page behind the last value of `order`; by position where the server ignores
        filters. Raises NET-104 where rows moved between two such pages."""
        after, page, ignored, total = "", 1, False, -1
        seen: set[str] = set()
        given: frozenset[str] = frozenset()
        while True:
            behind = f"[{order}] > {quoted(after)}" if after and not ignored else ""
            both = f"({where}) and {behind}" if where and behind else where or behind
            rows, count, whole = self._page(form, order, names, both, select, page if ignored else 1)
            fresh = [row for row in rows if text_of(leaf(row, order)) not in seen]
            if rows and not fresh:
                if ignored:  # behind its end this server gives the last page again
                    return
                # it gave the first page again: it did not look at the filter
                ignored, page, total, after, given = True, 1, count, "", frozenset(seen)
                seen.clear()
                continue
            if ignored and total not in (-1, count):
                said = "rows moved between two pages"
                raise SyncError(ErrorCode.SERVER_ERROR, system=self._system.id, status=200, said=said)
            whole = whole or (count > len(rows) and not ignored)
            if whole and not ignored and select == _WITH_LINES:
                fresh = self._without_last(fresh, order)
            yield from (row for row in fresh if text_of(leaf(row, order)) not in given)
            if not whole or not rows:
                return
            seen = {text_of(leaf(row, order)) for row in fresh} | (seen if ignored else set())
            after, page, total = text_of(leaf((fresh or rows)[-1], order)), page + 1, count

    def _without_last(self, rows: Sequence[Mapping[str, Any]], order: str) -> list[Mapping[str, Any]]:
        """A full page may end amid a bill's lines: that bill is left to the next page, unless it is the only one."""
        last = text_of(leaf(rows[-1], order)) if rows else ""
        kept = [row for row in rows if text_of(leaf(row, order)) != last]
        return kept or list(rows)

    def _page(
        self, form: str, order: str, names: Sequence[str], where: str, select: str, page: int
    ) -> tuple[list[Mapping[str, Any]], int, bool]:
        """Rows, how many there are in all as the server tells, and whether the page is full: some give fewer rows than asked
        for, and say so."""
        asked: dict[str, Any] = {
            "Top": "0", "PageSize": str(self._page_rows), "PageIndex": str(page), "Filter": where,
            "OrderBy": f"[{order}] asc", "Fields": ",".join(names),
        }  # fmt: skip
        if select:
            asked["SelectPage"] = select
        reply = self._client.read(form, "GetList", {"Data": asked})
        if not reply.ok:
            raise self._list_refused(form, reply)
        told = reply.data if isinstance(reply.data, dict) else {}
        rows = leaf(told, "DATA")
        if rows is None and reply.data in (None, "", [], {}):
            return [], 0, False
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._unreadable(form, reply.data)
        size = min(self._page_rows, _count(leaf(told, "PAGESIZE")) or self._page_rows)
        return rows, _count(leaf(told, "ROWCOUNT")) or len(rows), len(rows) >= size

    def _list_refused(self, form: str, reply: Reply) -> SyncError:
        if words.says_field(reply.said):
            return SyncError(ErrorCode.FIELD_MISSING, certain=True, form=form, field="", said=reply.said)
        if not words.says_no_right(reply.said):
            said = reply.said or f"StatusCode {reply.code}"
            return SyncError(ErrorCode.SERVER_ERROR, system=self._system.id, status=reply.code, said=said)
        return refusal(self._system.id, form, "", reply)

    # --- whole bills ---------------------------------------------------------------------------------------------------
    def bill(self, side: ErpSide, number: str) -> Bill | None:
        """One whole bill; None where the server says, and its list too, that there is none."""
        told = self.detail(side, number)
        if told is None:
            return None
        keys, numeric = FormKeys.of(side, self._system), self._numeric(side.form)
        first = told[HEAD][0]
        head = self.head(side, first)
        lines = {
            page: _lines(told.get(page), first, names, keys, numeric.get(page, frozenset()))
            for page, names in side.tables.items()
        }
        header = {
            name: plain(leaf(first, name), numeric=name in numeric.get(HEAD, ())) for name in side.header
        }
        return Bill(head.ref, head.status, header, lines, head.maker, head.changed_at)

    def detail(self, side: ErpSide, number: str) -> dict[str, Any] | None:
        """The pages of one bill as the server tells them."""
        keys = FormKeys.of(side, self._system)
        body = {"Data": {keys.number: number}, "GetProperty": False}
        reply = self._client.read(side.form, "GetDetail", body)
        told = reply.data if isinstance(reply.data, dict) else {}
        heads = told.get(HEAD)
        if reply.ok and isinstance(heads, list) and heads and isinstance(heads[0], dict):
            if text_of(leaf(heads[0], keys.number)) in (number, ""):
                return told
            raise self._unreadable(number, heads[0])
        if words.says_no_right(reply.said):
            raise refusal(self._system.id, side.form, number, reply)
        if self.with_values(side, keys.number, [number]):
            said = reply.said or f"StatusCode {reply.code}"
            raise SyncError(ErrorCode.SERVER_ERROR, system=self._system.id, status=reply.code, said=said)
        return None

    def template(self, form: str) -> dict[str, Any]:
        """The empty form with all its fields, page by page. DAT-410 where there is none."""
        reply = self._client.read(form, "GetTemplate")
        told = reply.data if isinstance(reply.data, dict) else {}
        told = told.get("Data", told) if isinstance(told.get("Data"), dict) else told
        if not reply.ok or not told:
            raise self._unreadable(form, reply.said or reply.data)
        return told

    def _numeric(self, form: str) -> Numeric:
        if form not in self._templates:
            pages = self.template(form).items()
            self._templates[form] = {page: _number_fields(rows) for page, rows in pages}
        return self._templates[form]

    def _unreadable(self, number: str, told: Any) -> SyncError:
        return SyncError(
            ErrorCode.UNREADABLE, system=self._system.id, number=number, said=cut(str(told), 200)
        )


def _lines(
    rows: Any, head: Mapping[str, Any], names: Sequence[str], keys: FormKeys, numeric: frozenset[str]
) -> dict[str, Row]:  # fmt: skip
    """Lines of one page by their own number, else by their place, in the ERP's order. A line tells its head's fields, too."""
    found: dict[str, Row] = {}
    for place, row in enumerate(rows if isinstance(rows, list) else (), start=1):
        if not isinstance(row, dict):
            continue
        entry = text_of(leaf(row, keys.entry_id)) if keys.entry_id else ""
        key = entry if entry and entry != "0" and entry not in found else f"#{place}"
        found[key] = {
            name: plain(leaf(row if knows(row, name) else head, name), numeric=name in numeric)
            for name in names
        }
    return found


def _count(told: Any) -> int:
    count = plain(told, numeric=True)
    return int(count) if isinstance(count, Decimal) and 0 < count < 1_000_000_000 else 0


def _number_fields(rows: Any) -> frozenset[str]:
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else rows
    if not isinstance(first, dict):
        return frozenset()
    return frozenset(
        name
        for name, value in first.items()
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
    )


def _parts(values: Sequence[str]) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(value for value in values if value))
    for start in range(0, len(wanted), _FILTERS):
        yield wanted[start : start + _FILTERS]
