"""`main.py prices scan`, `main.py invoices scan`: audited bills outside their price lock, or past the gate. 1 where there is any."""

from __future__ import annotations

import argparse
import json

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.site_door import opened
from desktop.services.scans import Outside, Scan
from desktop.services.text import Text

FAILED, OK = 1, 0


def prices(given: argparse.Namespace, url: str) -> int:
    """One line for each finding, or one JSON object."""
    return _scan(given, url, "prices", given.prices_json)


def invoices(given: argparse.Namespace, url: str) -> int:
    """The same of purchase invoices that passed without the gate, or without their deduction."""
    return _scan(given, url, "invoices", given.invoices_json)


def _scan(given: argparse.Namespace, url: str, name: str, as_json: bool) -> int:
    if given.days < 1:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"--days {given.days}")
    with opened(given, url) as workspace:
        service = workspace.prices if name == "prices" else workspace.invoices
        scan: Scan = service.scan(given.days)
        text = workspace.text
    if given.json or as_json:
        told = {
            "ok": not scan.found, "since": scan.since.isoformat(timespec="seconds"), "looked": scan.looked,
            "findings": [_plain(each, text) for each in scan.found],
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False))
    else:
        for each in scan.found:
            flow = text.word("flow", each.flow_id)
            print(
                f"{each.error.code.id}  {each.company}  {flow}  {text.what(each.error.code.id, each.error.facts)}"
            )
        print(text.say(f"door-{name}-sum", looked=scan.looked, count=len(scan.found), days=given.days))
    return FAILED if scan.found else OK


def _plain(each: Outside, text: Text) -> dict[str, object]:
    return {
        "route": each.route_id, "company": each.company, "flow": each.flow_id, "number": each.number,
        "maker": each.maker, "audited_at": each.audited_at.isoformat() if each.audited_at else "",
        "code": each.error.code.id, "lines": str(each.error.facts.get("lines", "")),
        "said": text.what(each.error.code.id, each.error.facts),
    }  # fmt: skip
