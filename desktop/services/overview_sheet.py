"""The overview as a workbook: for the manager's desk, and for the report that is written by itself."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from desktop.domain.record import Money
from desktop.services.overview import Overview, Tally
from desktop.services.table_file import harmless
from desktop.services.text import Text

if TYPE_CHECKING:  # 5 MB that nobody needs before a workbook is written
    from openpyxl import Workbook

_FORBIDDEN = re.compile(r"[\\/*?:\[\]]")


def as_workbook(overview: Overview, text: Text) -> bytes:
    """Five sheets: companies and flows, causes, days, lead times, approvers. Amounts are numbers, each currency a column."""
    from openpyxl import Workbook

    book, say = Workbook(), text.say
    book.remove(book.active)
    currencies = sorted(
        {money.currency for each in overview.tallies for money in (*each.under_way, *each.blocked)}
    )
    heads = ["waiting", "flowing", "stuck", "today-done"]
    money = [
        f"{say(f'overview-{kind}')} {text.word('currency', each)}"
        for kind in ("under-way", "blocked")
        for each in currencies
    ]
    _sheet(
        book, say("overview-flows"),
        [say("column-company"), say("column-flow"), *(say(f"overview-{each}") for each in heads), *money, say("overview-oldest")],
        (_tally(each, overview, text, currencies) for each in overview.tallies),
    )  # fmt: skip
    _sheet(
        book, say("overview-causes"), [say("overview-cause"), say("overview-count"), say("overview-blocked"), ""],
        (
            [f"{each.code} {text.what(each.code, each.facts)}", each.count, *_first(each.blocked)]
            for each in overview.causes
        ),
    )  # fmt: skip
    _sheet(
        book, say("overview-daily"), [say(f"overview-{each}") for each in ("day-of", "done", "failed", "left", "minutes")],
        ([day.begins.date(), day.done, day.failed, day.left, day.minutes] for day in overview.days),
    )  # fmt: skip
    rate = overview.first_pass
    _sheet(
        book, say("overview-lead"), ["", say("overview-half-s"), say("overview-most-s")],
        [
            *([say(f"overview-lead-{each.name}"), round(each.half_s), round(each.most_s)] for each in overview.leads),
            [say("overview-first-pass"), None if rate is None else round(rate, 4), None],
            [say("overview-saved"), overview.saved.fields, overview.saved.factor],
        ],
    )  # fmt: skip
    heads = [say("overview-approver"), say("overview-count"), say("overview-half-s"), say("overview-most-s")]
    for title, desks in (("overview-approvers", overview.approvers), ("overview-nodes", overview.nodes)):
        _sheet(
            book,
            say(title),
            heads,
            ([each.name, each.count, round(each.half_s), round(each.most_s)] for each in desks),
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _tally(each: Tally, overview: Overview, text: Text, currencies: Sequence[str]) -> list[Any]:
    sums = [{money.currency: money.amount for money in kind} for kind in (each.under_way, each.blocked)]
    oldest = each.oldest.astimezone().replace(tzinfo=None) if each.oldest else None
    return [
        overview.titles.get(each.route_id, each.route_id), text.word("flow", each.flow_id), each.waiting, each.flowing,
        each.stuck, each.today, *(kind.get(currency) for kind in sums for currency in currencies), oldest,
    ]  # fmt: skip


def _first(amounts: Sequence[Money]) -> list[Any]:
    return [amounts[0].amount, amounts[0].currency] if amounts else [None, None]


def _sheet(book: Workbook, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(_FORBIDDEN.sub(" ", title)[:31])
    sheet.append(list(headings))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([harmless(each) if isinstance(each, str) else each for each in row])
    sheet.freeze_panes = "A2"
    for place, _ in enumerate(headings, start=1):
        longest = max((len(str(cell.value or "")) for cell in sheet[get_column_letter(place)]), default=8)
        sheet.column_dimensions[get_column_letter(place)].width = min(60, max(10, longest * 1.7))
