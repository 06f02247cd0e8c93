"""A flow over a record that was kept: what it would send now, beside what was sent then. Pure: both come as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from desktop.domain.document import Document, Round
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.record import Bill, BillStatus, RequestDraft, Row
from desktop.domain.system import Route
from desktop.sync.base_table import BaseTable
from desktop.sync.drafting import Drafting, kept_draft, request_of
from desktop.sync.price_lock import shown_on
from desktop.sync.reader import Reader
from desktop.sync.translate import Translator, bill_of, mapped_of


@dataclass(frozen=True, slots=True)
class Differing:
    """A value that would be sent otherwise than it was."""

    target: str
    number: str
    before: str
    after: str


def reads_more(
    header: Iterable[str], tables: Mapping[str, Iterable[str]], snapshot: Mapping[str, Any]
) -> bool:
    """Is anything read that was not kept?"""
    kept = snapshot.get("header", {})
    if any(name not in kept for name in header):
        return True
    for table, names in tables.items():
        lines = snapshot.get("lines", {}).get(table, {}).values()
        if any(name not in line for line in lines for name in names):
            return True
    return False


def translated(
    flow: Flow, document: Document, round_: Round, live: Bill | None, base: BaseTable, route: Route, reader: Reader,
) -> Mapping[str, Any]:  # fmt: skip
    """What the flow makes of a document's round, as it would be kept. live: the record as it lies there now.

    Raises what a first send would end with.
    """
    if flow.kind is FlowKind.GENERATION:
        return _bills_of(Drafting(flow), document, round_, base)
    like = live or Bill(
        document.source, BillStatus.SUBMITTED, {}, {}, str(round_.snapshot.get("maker", "")), None
    )
    bill = bill_of(laid_over(live, round_.snapshot), like)
    translator = Translator(flow)
    day = round_.opened_at.astimezone(UTC).date().isoformat()
    locks = shown_on(bill, translator.lock, reader, day)
    draft: RequestDraft = translator.draft(bill, document.key, base.key, route.applicant, locks)
    return mapped_of(draft)


def _bills_of(drafting: Drafting, document: Document, round_: Round, base: BaseTable) -> Mapping[str, Any]:
    """Bills as they would be drafted before the first is made: what later bills take over of earlier ones is left out."""
    request = request_of(round_.snapshot, document.source)
    today = round_.opened_at.astimezone(UTC).date().isoformat()
    held = drafting.draft(1, request, {}, document.key, base.code, today)
    return {"1": kept_draft(held)}


def laid_over(live: Bill | None, snapshot: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was kept counts; what was not read then is as it is now."""
    if live is None:
        return snapshot
    lines: dict[str, dict[str, Row]] = {}
    for table, rows in {**live.lines, **snapshot.get("lines", {})}.items():
        there = live.lines.get(table, {})
        lines[table] = {entry: {**there.get(entry, {}), **row} for entry, row in rows.items()}
    return {"header": {**live.header, **snapshot.get("header", {})}, "lines": lines}


def compared(flow: Flow, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(target, then, now) of every value that differs; a line's values are told with the line's number."""
    if flow.kind is FlowKind.GENERATION:
        return _compared_records(before.get("1", {}), after["1"], "header", "lines")
    found = (
        [] if before.get("title") == after["title"] else [("title", str(before.get("title")), after["title"])]
    )
    return found + _compared_records(before, after, "fields", "details")


def _compared_records(
    before: Mapping[str, Any], after: Mapping[str, Any], head: str, tables: str
) -> list[tuple[str, str, str]]:
    found = _compared_values(before.get(head, {}), after[head], "")
    for table in dict.fromkeys((*before.get(tables, {}), *after[tables])):
        was, now = list(before.get(tables, {}).get(table, ())), list(after[tables].get(table, ()))
        for place in range(max(len(was), len(now))):
            old, new = (rows[place] if place < len(rows) else {} for rows in (was, now))
            found += _compared_values(old, new, f"{table}[{place + 1}].")
    return found


def _compared_values(
    before: Mapping[str, Any], after: Mapping[str, Any], path: str
) -> list[tuple[str, str, str]]:
    names = dict.fromkeys((*before, *after))
    told = [(name, _plain(before.get(name)), _plain(after.get(name))) for name in names]
    return [(path + name, old, new) for name, old, new in told if old != new]


def _plain(value: Any) -> str:
    return "" if value is None else format(value, "f") if hasattr(value, "as_tuple") else str(value)
