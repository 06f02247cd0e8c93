"""`main.py why NUMBER` and `main.py send NUMBER`: why a bill was not sent, and one bill sent now."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.site_door import opened, person
from desktop.services.reasons import Answer, Reason
from desktop.services.text import Text
from desktop.services.workspace import Workspace

FAILED, OK = 1, 0
_FINE = (Reason.DUE, Reason.SENDING, Reason.SENT, Reason.MADE, Reason.GENERATED)


def why(given: argparse.Namespace, url: str) -> int:
    """Every answer; 1 where something keeps the bill, or the ERP could not be asked."""
    with opened(given, url) as workspace:
        answers = workspace.reasons.why_not_sent(given.number)
        _tell(answers, workspace.text, as_json=given.json or given.why_json)
    return OK if all(each.reason in _FINE for each in answers) else FAILED


def send(given: argparse.Namespace, url: str) -> int:
    """Orders one bill to be sent now, with a check before; where no other process runs the engine, carries it out."""
    with opened(given, url) as workspace:
        answers = workspace.reasons.why_not_sent(given.number, engine=False)
        able = [each for each in answers if each.sendable]
        if given.dry_run or not able:
            _tell(answers, workspace.text, as_json=given.json or given.send_json)
            return OK if able else FAILED
        if len(able) > 1:
            raise SyncError(
                ErrorCode.ARGUMENT_WRONG, certain=True,
                said=workspace.text.say("door-send-several", number=given.number),
            )  # fmt: skip
        workspace.reasons.send_now(person(), able[0])
        if _carried_out(workspace, able[0]):
            answers = workspace.reasons.why_not_sent(given.number, engine=False)
            _tell(answers, workspace.text, as_json=given.json or given.send_json)
            return OK if all(each.reason in _FINE for each in answers) else FAILED
        print(workspace.text.say("door-sending", number=given.number))
    return OK


def _carried_out(workspace: Workspace, answer: Answer) -> bool:
    """True where this process could take the engine: the order is taken and its flow runs once."""
    try:
        engine = workspace.engine
    except SyncError as error:
        if error.code is ErrorCode.STORE_BUSY:
            return False  # another process runs the engine, and takes the order
        raise
    engine.take_orders()
    engine.run_flow(answer.route_id, answer.flow_id)
    return True


def _tell(answers: Sequence[Answer], text: Text, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([each.told() for each in answers], ensure_ascii=False))
        return
    for each in answers:
        print(f"{each.code + ': ' if each.code else ''}{each.what} {each.do}")
        if each.draft is not None:
            print(text.say("door-would", title=each.draft.title))
            for name, value in each.draft.fields.items():
                print(f"  {name} = {value}")
