"""A reconciliation in words: the sentence, the rows of a table, and the file that is kept (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from desktop.domain.record import Money
from desktop.services.paper import Paragraph, Table, as_pdf
from desktop.services.reconcile import Compared, Reconciliation, Row
from desktop.services.table_file import harmless
from desktop.services.text import Text

_COUNTS = ("documents", "done", "moving")
_HEADINGS = (
    "column-company", "column-flow", "column-number", "column-request", "reconcile-kind", "reconcile-ours",
    "reconcile-erp", "reconcile-oa", "column-amount", "reconcile-currency", "reconcile-field", "reconcile-sent",
    "reconcile-found", "reconcile-cure",
)  # fmt: skip


def sentence(result: Reconciliation, text: Text) -> str:
    """What came of it, with the money."""
    count = sum(each.documents for each in result.compared)
    amounts = text.joined(_told(each, text) for each in result.amounts)
    amounts = amounts or text.say("reconcile-nothing")
    if result.clean:
        return text.say("reconcile-clean", count=count, amounts=amounts)
    return text.say("reconcile-differs", count=len(result.rows), documents=count, amounts=amounts)


def unread(result: Reconciliation, text: Text) -> list[str]:
    """A sentence for each flow that could not be read."""
    return [
        text.say(
            "reconcile-unread", company=each.company, flow=text.word("flow", each.flow_id),
            why=text.what(each.unread.code.id, each.unread.facts),
        )
        for each in result.compared
        if each.unread is not None
    ]  # fmt: skip


def cells(row: Row, text: Text) -> tuple[str, ...]:
    """One difference, as the columns of the headings. Amounts are plain numbers: they are summed by others."""
    cure = text.say(f"gap-{row.kind.value}-do")
    if row.code:
        cure = f"{row.code} {cure}"
    return (
        row.company, text.word("flow", row.flow_id), row.number, row.request_number,
        text.say(f"gap-{row.kind.value}"), text.word("state", row.ours) if row.ours else "",
        text.word("match", row.erp) if row.erp else "", text.word("match", row.oa) if row.oa else "",
        row.amount.plain if row.amount else "", row.amount.currency if row.amount else "", row.field, row.sent,
        row.found, cure,
    )  # fmt: skip


def as_csv(result: Reconciliation, text: Text) -> str:
    """The certificate, or the list of differences: when, over what, the result, each flow's counts, each difference.

    With a mark for spreadsheets; cells never become formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    say = text.say
    zone_at = result.at.astimezone().isoformat(timespec="seconds")
    since = result.since.astimezone().isoformat(timespec="minutes")
    writer.writerow([say("reconcile-title")])
    writer.writerow([say("reconcile-at"), zone_at])
    writer.writerow([say("reconcile-window"), say("reconcile-window-told", since=since)])
    writer.writerow([say("reconcile-result"), sentence(result, text)])
    for told in unread(result, text):
        writer.writerow(["", harmless(told)])
    writer.writerow([])
    writer.writerow([say("column-company"), say("column-flow"), *(say(f"reconcile-{each}") for each in _COUNTS),
                     say("column-amount"), say("reconcile-currency")])  # fmt: skip
    for each in result.compared:
        counts = [str(each.documents), str(each.done), str(each.moving)]
        for money in each.amounts or (None,):
            told_money = [money.plain, money.currency] if money else ["", ""]
            writer.writerow(_safe([each.company, text.word("flow", each.flow_id), *counts, *told_money]))
    if result.rows:
        writer.writerow([])
        writer.writerow([say(key) for key in _HEADINGS])
        writer.writerows(_safe(cells(row, text)) for row in result.rows)
    return "\ufeff" + out.getvalue()


def as_paper(result: Reconciliation, text: Text) -> bytes:
    """The same as a PDF: for the file cabinet, and for whoever signs it."""
    say, local = text.say, result.at.astimezone()
    parts: list[Paragraph | Table] = [
        Paragraph(f"{say('reconcile-at')}  {local.isoformat(sep=' ', timespec='seconds')}"),
        Paragraph(say("reconcile-window-told", since=result.since.astimezone().isoformat(sep=" ", timespec="minutes"))),
        Paragraph(sentence(result, text), 13.0),
        *(Paragraph(told) for told in unread(result, text)),
        Table(
            [say("column-company"), say("column-flow"), *(say(f"reconcile-{each}") for each in _COUNTS), say("column-amount")],
            [_line(each, text) for each in result.compared], (5, 4, 2, 2, 2, 5), frozenset({2, 3, 4, 5}),
        ),
    ]  # fmt: skip
    if result.rows:
        shown = (0, 1, 2, 3, 4, 5, 6, 7, 13)
        rows = [[cells(row, text)[place] for place in shown] for row in result.rows]
        headings = [say(_HEADINGS[place]) for place in shown]
        parts.append(Table(headings, rows, (5, 3, 5, 5, 5, 3, 3, 3, 9)))
    else:
        parts.append(Paragraph(say("reconcile-signature"), 11.0))
    return as_pdf(say("reconcile-title"), parts, foot=say("reconcile-foot"), at=result.at)


def _line(each: Compared, text: Text) -> list[str]:
    amounts = text.joined(_told(money, text) for money in each.amounts)
    counts = [str(each.documents), str(each.done), str(each.moving)]
    return [each.company, text.word("flow", each.flow_id), *counts, amounts]


def as_json(result: Reconciliation, text: Text) -> dict[str, Any]:
    """For programs; amounts are text, so that nobody reads them as floats."""
    return {
        "clean": result.clean, "at": result.at.isoformat(), "since": result.since.isoformat(),
        "documents": sum(each.documents for each in result.compared),
        "amounts": {each.currency: each.plain for each in result.amounts},
        "unread": [
            {"route": each.route_id, "flow": each.flow_id, "code": each.unread.code.id}
            for each in result.compared if each.unread is not None
        ],
        "differences": [
            {
                "kind": row.kind.value, "route": row.route_id, "flow": row.flow_id, "number": row.number,
                "request": row.request_number, "ours": row.ours, "erp": row.erp, "oa": row.oa,
                "amount": row.amount.plain if row.amount else "",
                "currency": row.amount.currency if row.amount else "", "code": row.code, "field": row.field,
                "sent": row.sent, "found": row.found, "what": text.say(f"gap-{row.kind.value}"),
                "cure": text.say(f"gap-{row.kind.value}-do"),
            }
            for row in result.rows
        ],
    }  # fmt: skip


def _told(money: Money, text: Text) -> str:
    """An ERP's own currency code is told as the currency it stands for."""
    key = f"currency-{money.currency}"
    return text.money(replace(money, currency=text.say(key)) if text.has(key) else money)


def _safe(row: Sequence[str]) -> list[str]:
    return [harmless(cell) for cell in row]
