"""DingTalk: the connection test, step by step up to the first that fails."""

from __future__ import annotations

from collections.abc import Callable

from desktop.connectors.base import CheckStep, SystemInfo
from desktop.connectors.dingtalk.client import Client
from desktop.connectors.dingtalk.people import People
from desktop.connectors.reach import reach
from desktop.domain.errors import ErrorCode, SyncError

SKEW_LIMIT_S = 60.0


def check(client: Client, people: People, own: str) -> SystemInfo:
    """dns, tcp, tls, sign_in, person, rights, clock. Never raises."""
    steps = list(reach(client.system))
    asked: tuple[tuple[str, Callable[[], str]], ...] = (
        ("sign_in", lambda: _sign_in(client)),
        ("rights", lambda: _rights(client, people, own)),
        ("clock", lambda: _clock(client)),
    )
    for name, step in asked:
        if steps and not steps[-1].ok:
            break
        try:
            steps.append(CheckStep(name, True, detail=step()))
        except SyncError as error:
            steps.append(CheckStep(name, False, error))
        except Exception as error:  # a test of a connection must end in a sentence, whatever the server sent
            told = SyncError(ErrorCode.INTERNAL, said=f"{type(error).__name__}: {error}")
            steps.append(CheckStep(name, False, told))
    return SystemInfo(tuple(steps), clock_skew_s=client.wire.skew_s)


def _sign_in(client: Client) -> str:
    client.token()
    return client.key


def _rights(client: Client, people: People, own: str) -> str:
    """The person in whose name comments are written must be there. An app that may only look people up by mobile cannot
    ask; then the first comment tells."""
    try:
        found = people.find(own)
    except SyncError as error:
        if error.code is not ErrorCode.NOT_PERMITTED:
            raise
        return own
    if found is None:
        said = f"userid {own!r}"
        raise SyncError(ErrorCode.NOT_PERMITTED, certain=True, system=client.system.id, number=own, said=said)
    return found.name


def _clock(client: Client) -> str:
    skew_s = client.wire.skew_s
    if abs(skew_s) > SKEW_LIMIT_S:
        raise SyncError(ErrorCode.CLOCK_SKEW, system=client.system.id, seconds=round(skew_s))
    return f"{skew_s:+.1f} s"
