"""`main.py claims`: open claims, what is deducted, and what the next invoice must deduct."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Money
from desktop.doors.site_door import opened
from desktop.services.claims import ClaimLine, DueLine, Radar
from desktop.services.workspace import Workspace


def claims(given: argparse.Namespace, url: str) -> int:
    """1 where a claim cannot be read. Raises what the ERP answers with."""
    with opened(given, url) as workspace:
        if given.passed:
            _tell_passed(workspace, as_json=given.claims_json or given.json)
            return 0
        radar = workspace.claims.radar(given.supplier, given.order, _amount(given.gross))
        if given.claims_json or given.json:
            print(json.dumps(_as_json(radar), ensure_ascii=False))
        else:
            print("\n".join(_table(workspace, radar)))
        for error in radar.troubles:
            said = workspace.text.what(error.code.id, {**error.facts, "number": "-"})
            print(f"{error.code.id} {said}", file=sys.stderr)
    return 1 if radar.troubles else 0


def _tell_passed(workspace: Workspace, *, as_json: bool) -> None:
    """Every invoice that two persons let pass: the report."""
    rows = [
        {
            "at": each.given.given_at.isoformat(timespec="seconds"), "invoice": each.document.source.number,
            "supplier": each.document.partner, "amount": _plain(each.document.amount.amount) if each.document.amount else "",
            "code": each.given.code, "said": each.given.said, "person": each.given.person, "second": each.given.second,
            "reason": each.given.reason, "used": each.given.used_round is not None,
        }
        for each in workspace.claims.passed()
    ]  # fmt: skip
    if as_json:
        print(json.dumps({"passed": rows}, ensure_ascii=False))
        return
    say = workspace.text.say
    names = ("at", "invoice", "supplier", "amount", "person", "second", "reason")
    told = [[str(row[name]) for name in names] for row in rows]
    heading = [say(f"claims-passed-{name}") for name in names]
    print("\n".join(_aligned([heading, *told])) if told else say("claims-passed-none"))


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"--gross {text}") from None
    if not amount.is_finite() or amount < 0:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"--gross {text}")
    return amount


def _as_json(radar: Radar) -> dict[str, Any]:
    return {
        "claims": [_claim(each) for each in radar.claims],
        "due": [_due(each) for each in radar.due],
        "unreadable": [str(each.facts.get("claim", "")) for each in radar.troubles],
    }


def _claim(line: ClaimLine) -> dict[str, Any]:
    claim = line.claim
    return {
        "company": line.company, "claim": claim.ref.number, "supplier": claim.supplier, "order": claim.order,
        "currency": claim.currency, "amount": _plain(claim.amount), "deducted": _plain(claim.deducted),
        "set_aside": _plain(claim.held), "open": _plain(line.open), "settled_by": claim.settled_by.value,
        "waits": line.waits,
    }  # fmt: skip


def _due(line: DueLine) -> dict[str, Any]:
    return {
        "company": line.company, "supplier": line.supplier, "currency": line.currency, "open": _plain(line.open),
        "must_deduct": _plain(line.due), "invoice_total": None if line.total is None else _plain(line.total),
    }  # fmt: skip


def _plain(amount: Decimal) -> str:
    return Money(amount, "").plain


def _table(workspace: Workspace, radar: Radar) -> list[str]:
    say = workspace.text.say
    if not radar.claims:
        return [say("claims-none")]
    names = (
        "claim",
        "supplier",
        "order",
        "currency",
        "amount",
        "deducted",
        "set_aside",
        "open",
        "settled_by",
    )
    rows = [[say(f"claims-{name}") for name in names]]
    for line in radar.claims:
        told = {**_claim(line), "settled_by": say(f"claims-by-{line.claim.settled_by.value}")}
        rows.append([str(told[name]) for name in names])
    told_due = [
        say("claims-due", supplier=each.supplier, open=_plain(each.open), due=_plain(each.due), currency=each.currency)
        if each.total is None
        else say(
            "claims-due-total", supplier=each.supplier, open=_plain(each.open), due=_plain(each.due),
            currency=each.currency, total=_plain(each.total),
        )
        for each in radar.due
    ]  # fmt: skip
    return [*_aligned(rows), *told_due]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side; a Chinese character is two wide."""
    widths = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if ord(each) > 0x2E80 else 1 for each in text)
