"""`main.py clone SOURCE NEW --company NUMBER`: a new company like one that is set up, switched off, with the list of gaps."""

from __future__ import annotations

import argparse
import json

from desktop.doors.site_door import person
from desktop.services.clones import Clone
from desktop.services.text import Text
from desktop.services.workspace import Workspace

FAILED, OK = 1, 0


def clone(given: argparse.Namespace, url: str) -> int:
    """One line for each gap, or one JSON object. 1 where there is any."""
    with Workspace.open(url, language=given.language or "zh", create=False) as workspace:
        made = workspace.clones.clone(
            person(), given.source, given.new, given.company, given.title, given.erp, given.oa
        )
        text = workspace.text
    if given.json or given.clone_json:
        print(json.dumps(_plain(made, text), ensure_ascii=False))
        return FAILED if made.has_gaps else OK
    print(text.say("door-clone", company=made.route.id, rows=made.taken, own=len(made.own)))
    for lack in made.lacking:
        codes = ", ".join(lack.codes[:8]) + (" …" if len(lack.codes) > 8 else "")
        print("  " + text.say("door-clone-lacks", kind=lack.kind, count=len(lack.codes), codes=codes))
    for flow, errors in made.against.items():
        for error in errors:
            print(f"  {text.word('flow', flow)}: {error.code.id} {text.what(error.code.id, error.facts)}")
    return FAILED if made.has_gaps else OK


def _plain(made: Clone, text: Text) -> dict[str, object]:
    return {
        "route": made.route.id, "company": made.route.company, "correspondences": made.taken, "own": list(made.own),
        "lacking": [{"kind": each.kind, "codes": list(each.codes)} for each in made.lacking],
        "against": {
            flow: [{"code": each.code.id, "said": text.what(each.code.id, each.facts)} for each in errors]
            for flow, errors in made.against.items() if errors
        },
        "ok": not made.has_gaps,
    }  # fmt: skip
