"""`main.py evidence NUMBER --to FILE`: one bill's evidence pack, from the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.site_door import opened, person


def evidence(given: argparse.Namespace, url: str) -> int:
    """Writes the pack; 1 where the trail is broken or nothing has this number. Raises PER-715 for one of several bills."""
    with opened(given, url) as workspace:
        found = [
            each for each in workspace.evidence.find(given.number) if given.company in ("", each.route_id)
        ]
        if not found:
            print(workspace.text.say("door-number-unknown", number=given.number), file=sys.stderr)
            return 1
        if len(found) > 1:
            told = ", ".join(f"--company {each.route_id} ({each.flow_id})" for each in found)
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"{given.number}: {told}")
        path = Path(given.to or workspace.evidence.default_name(given.number)).expanduser()
        pack = workspace.evidence.make(person(), found[0].id, path)
        key = "evidence-made" if pack.whole else "evidence-made-broken"
        print(workspace.text.say(key, file=str(pack.path), count=pack.files, digest=pack.digest))
    return 0 if pack.whole else 1
