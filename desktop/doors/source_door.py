"""`main.py prices source NUMBER`: whence the price of each line comes: lock, inquiry, who was compared, who agreed."""

from __future__ import annotations

import argparse
import json
import sys

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.site_door import opened
from desktop.services.provenance import LinePrice, Provenance
from desktop.services.text import Text

FAILED, OK = 1, 0


def source(given: argparse.Namespace, url: str) -> int:
    """One paragraph for each line, or one JSON object. 1 where a line left its lock, or nothing with locked prices has this number."""
    if not given.number:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said="NUMBER")
    with opened(given, url) as workspace:
        found, text = workspace.provenances.of_number(given.number), workspace.text
    if not found:
        print(text.say("door-number-unknown", number=given.number), file=sys.stderr)
        return FAILED
    if given.json or given.prices_json:
        print(json.dumps({"bills": [_plain(each) for each in found]}, ensure_ascii=False))
    else:
        for bill in found:
            print(bill.number)
            for line in bill.lines:
                print("\n".join(_words(line, text)))
    return OK if all(line.kept for bill in found for line in bill.lines) else FAILED


def _words(line: LinePrice, text: Text) -> list[str]:
    told = [f"  {line.told}"]
    if line.row is not None:
        band = f"{line.row.from_qty:f}–{line.row.to_qty:f}" if line.row.to_qty else f"{line.row.from_qty:f}–"
        told.append(
            "    " + text.say("door-source-row", begins=line.row.begins, ends=line.row.ends, band=band)
        )
    if line.why:
        told.append("    " + text.say(f"door-source-left-{'none' if line.why == 'none' else 'lock'}"))
    if line.inquiry is not None:
        offers = ", ".join(
            f"{each.supplier} {each.price}{' ✓' if each.chosen else ''}" for each in line.inquiry.offers
        )
        agreed = ", ".join(f"{node} {person}" for node, person, *_ in line.inquiry.opinions)
        told.append(
            "    "
            + text.say("door-source-inquiry", request=line.inquiry.request, offers=offers, agreed=agreed)
        )
    return told


def _plain(bill: Provenance) -> dict[str, object]:
    lines = []
    for line in bill.lines:
        row, inquiry = line.row, line.inquiry
        lines.append(
            {
                "line": line.place, "material": line.material, "supplier": line.supplier, "price": line.price,
                "kept": line.kept, "why": line.why,
                "lock": {
                    "price": f"{row.tax_price:f}", "currency": row.currency, "unit": row.unit, "begins": row.begins,
                    "ends": row.ends, "from_qty": f"{row.from_qty:f}", "to_qty": f"{row.to_qty:f}",
                    "tax_included": row.tax_included, "inquiry": row.inquiry,
                } if row else None,
                "inquiry": {
                    "request": inquiry.request, "state": inquiry.state.value,
                    "offers": [{"supplier": each.supplier, "price": each.price, "chosen": each.chosen} for each in inquiry.offers],
                    "opinions": [list(each) for each in inquiry.opinions],
                } if inquiry else None,
            }
        )  # fmt: skip
    return {"number": bill.number, "lines": lines}
