"""`main.py prices scan`: audited bills whose prices are outside their lock. For a nightly job: 1 where there is any."""

from __future__ import annotations

import argparse
import json

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.prices import OutsideLock
from desktop.services.text import Text
from desktop.services.workspace import Workspace

FAILED, OK = 1, 0


def prices(given: argparse.Namespace, url: str) -> int:
    """One line for each finding, or one JSON object."""
    if given.days < 1:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"--days {given.days}")
    with Workspace.open(url, language=given.language or "zh", create=False) as workspace:
        scan, text = workspace.prices.scan(given.days), workspace.text
    if given.json or given.prices_json:
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
        print(text.say("door-prices-sum", looked=scan.looked, count=len(scan.found), days=given.days))
    return FAILED if scan.found else OK


def _plain(each: OutsideLock, text: Text) -> dict[str, object]:
    return {
        "route": each.route_id, "company": each.company, "flow": each.flow_id, "number": each.number,
        "maker": each.maker, "audited_at": each.audited_at.isoformat() if each.audited_at else "",
        "code": each.error.code.id, "lines": str(each.error.facts.get("lines", "")),
        "said": text.what(each.error.code.id, each.error.facts),
    }  # fmt: skip
