"""`main.py check`, `backup`, `restore`, `diagnose`, `tidy` and `move`: is all well, and what keeps it so."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from desktop import VERSION
from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.site_door import opened, person
from desktop.services.backups import restore
from desktop.services.health import Finding, Level, worst
from desktop.services.moving import pack, unpack
from desktop.services.text import Text
from desktop.services.workspace import Workspace, path_of

USAGE_ERROR, FAILED, OK = 2, 1, 0


def check(given: argparse.Namespace, url: str) -> int:
    """Every finding, one line each, or one JSON object; 1 where something failed. A store that cannot be opened is a
    finding, too."""
    text = Text(given.language or "zh")
    try:
        with opened(given, url) as workspace:
            found = workspace.health.check()
    except SyncError as error:
        name = "look" if error.code is ErrorCode.NOT_ALLOWED else "store"
        found = [Finding("house", "", name, Level.FAIL, error=error)]
    failed = worst(found) is Level.FAIL
    if given.json or given.check_json:
        told = {
            "ok": not failed, "level": worst(found).value, "version": VERSION,
            "at": datetime.now(UTC).isoformat(timespec="seconds"), "findings": [each.told(text) for each in found],
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False))
    else:
        for each in found:
            print(_line(each, text))
        count = sum(each.level is not Level.OK for each in found)
        print(text.say("check-all-well") if not count else text.say("check-sum", count=count))
    return FAILED if failed else OK


def _line(finding: Finding, text: Text) -> str:
    told = finding.told(text)
    head = f"{told['level']:<5} {told['subject']:<22} {told['label']}"
    return "  ".join(filter(None, (head, told["code"], told["found"], told["cure"])))


def backup(given: argparse.Namespace, url: str) -> int:
    """A proved copy; says where it lies."""
    with Workspace.open(url, language=given.language or "zh", create=False) as workspace:
        if given.keep is not None:
            workspace.backups.set_keep(person(), given.keep)
        target = Path(given.to).expanduser().resolve() if given.to else None
        path, found = workspace.backups.make(target, person=person())
        told = {"file": str(path), "count": found.documents, "lines": found.trail}
        print(workspace.text.say("door-backup-made", **told))
    return OK


def put_back(given: argparse.Namespace, url: str) -> int:
    """A copy takes the store's place; says where the former one lies, and what the engine will do."""
    done = restore(Path(given.file).expanduser(), path_of(url).resolve(), person(), datetime.now(UTC))
    text = Text(given.language or "zh")
    print(text.say("door-restored", file=given.file, count=done.copy.documents))
    if done.former is not None:
        print(text.say("door-restored-former", file=str(done.former)))
    if done.orders:
        print(text.say("door-restored-orders", count=done.orders))
    print(text.say("door-restored-looks"))
    return OK


def diagnose(given: argparse.Namespace, url: str) -> int:
    """One file for support; says where it lies."""
    with Workspace.open(url, language=given.language or "zh", create=False) as workspace:
        target = Path(given.to).expanduser().resolve() if given.to else workspace.diagnosis.default_target()
        print(workspace.text.say("door-diagnosis", file=str(workspace.diagnosis.make(target, person()))))
    return OK


def tidy(given: argparse.Namespace, url: str) -> int:
    """Old calls to the archive, free room back to the disk; says how much."""
    with Workspace.open(url, language=given.language or "zh", create=False) as workspace:
        workspace.people.demand(person(), "back_up")
        done, text = workspace.retention.tidy(whole=True), workspace.text
        sizes = {"before": done.before, "after": done.after}
        if given.json or given.tidy_json:
            told = {
                "exchanges": done.moved.exchanges,
                "rounds": done.moved.rounds,
                "runs": done.runs,
                **sizes,
            }
            print(json.dumps(told))
        else:
            megabytes = {name: f"{value / 1_000_000:.1f}" for name, value in sizes.items()}
            print(text.say("door-tidied", count=done.moved.exchanges, **megabytes))
    return OK


def move(given: argparse.Namespace, url: str) -> int:
    """Everything but the secrets into one file, or out of it on another workstation."""
    path = Path(given.file).expanduser().resolve()
    if given.doing == "out":
        with Workspace.open(url, language=given.language or "zh", create=False) as workspace:
            packed = pack(workspace, path, person())
            print(workspace.text.say("door-packed", file=str(packed.path), count=packed.switched_off))
        return OK
    text, store = Text(given.language or "zh"), path_of(url).resolve()
    if store.exists():
        print(text.say("door-move-taken", folder=str(store.parent)), file=sys.stderr)
        return USAGE_ERROR
    done = unpack(path, store, person(), datetime.now(UTC))
    print(text.say("door-unpacked", count=done.restored.copy.documents))
    for system, field, name in done.missing:
        print(text.say("door-secret-missing", system=system, field=text.word("field", field), name=name))
    print(text.say("door-restored-looks"))
    return OK


def departure(given: argparse.Namespace, url: str) -> int:
    """What depends on somebody, one line each; with --to everything that can be is handed over. 1 where something is left
    that a person must do, or a system could not be asked. Raises PER-715."""
    _refuse_no_day(given.day)
    with opened(given, url) as workspace:
        text, departures = workspace.text, workspace.departures
        found = departures.check(person(), given.person)
        for each in found.strands:
            amount = text.money(each.amount) if each.amount else ""
            print(
                "  ".join(
                    filter(
                        None, (each.route_id, text.say(f"departure-tie-{each.tie.value}"), each.what, amount)
                    )
                )
            )
        for error in found.unread:
            print(f"{error.code.id} {text.what(error.code.id, error.facts)}")
        print(text.say("departure-told", name=found.name, id=found.oa_id, count=len(found.strands)))
        if given.to:
            day = given.day or workspace.now().astimezone().date().isoformat()
            count = departures.hand_over(person(), found, given.to, day)
            print(text.say("departure-handed", count=count, day=day))
        left = [each for each in found.strands if not given.to or each.document_id is not None]
        return FAILED if left or found.unread else OK


def _refuse_no_day(day: str) -> None:
    """Before anything is looked up: a day that cannot be meant."""
    try:
        date.fromisoformat(day or "2026-01-01")
    except ValueError:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"--day {day}") from None
