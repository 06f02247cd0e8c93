"""`main.py reconcile`: the four-way reconciliation, for a person, a program or the file cabinet."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.site_door import opened
from desktop.services.certificate import as_csv, as_json, as_paper, cells, sentence, unread

FAILED, OK = 1, 0
MOST_DAYS = 366


def reconcile(given: argparse.Namespace, url: str) -> int:
    """1 where anything differs or could not be read; with --to the certificate, or the differences, as a file."""
    if not 1 <= given.days <= MOST_DAYS:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"--days {given.days}")
    with opened(given, url) as workspace:
        people, text = workspace.people, workspace.text
        result = people.shown(workspace.reconcile.run(given.days, sight=people.seat.routes))
    if given.to:
        path = Path(given.to).expanduser()
        paper = path.suffix.lower() == ".pdf"
        _write(path, as_paper(result, text) if paper else as_csv(result, text).encode())
    if given.json or given.reconcile_json:
        print(json.dumps(as_json(result, text), ensure_ascii=False))
        return OK if result.clean else FAILED
    for row in result.rows:
        print("  ".join(filter(None, cells(row, text))))
    for told in unread(result, text):
        print(told)
    print(sentence(result, text))
    if given.to:
        print(text.say("reconcile-written", file=given.to))
    return OK if result.clean else FAILED


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        said = f"{path}: {error.strerror or type(error).__name__}"
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=said) from None
