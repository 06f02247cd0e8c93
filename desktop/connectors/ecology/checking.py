"""Weaver e-cology 9: the connection test, step by step up to the first that fails."""

from __future__ import annotations

from collections.abc import Callable

from desktop.connectors.base import CheckStep, SystemInfo
from desktop.connectors.ecology.answers import text_of
from desktop.connectors.ecology.client import Client
from desktop.connectors.reach import reach
from desktop.domain.errors import ErrorCode, SyncError

SKEW_LIMIT_S = 60.0


def check(client: Client, list_name: str) -> SystemInfo:
    """dns, tcp, tls, registered, sign_in, person, rights, clock. Never raises."""
    steps = list(reach(client.system))
    asked: tuple[tuple[str, Callable[[], str]], ...] = (
        ("registered", lambda: _registered(client)),
        ("sign_in", lambda: _sign_in(client)),
        ("person", lambda: _person(client)),
        ("rights", lambda: _rights(client, list_name)),
        ("clock", lambda: _clock(client)),
    )
    for name, step in asked:
        if steps and not steps[-1].ok:
            break
        steps.append(_tried(name, step))
    return SystemInfo(tuple(steps), clock_skew_s=client.wire.skew_s)


def _tried(name: str, step: Callable[[], str]) -> CheckStep:
    try:
        return CheckStep(name, True, detail=step())
    except SyncError as error:
        return CheckStep(name, False, error)
    except Exception as error:  # a test of a connection must end in a sentence, whatever the server sent
        return CheckStep(name, False, SyncError(ErrorCode.INTERNAL, said=f"{type(error).__name__}: {error}"))


def _registered(client: Client) -> str:
    client.sign_in.registered()
    return client.system.options.get("app_id", "")


def _sign_in(client: Client) -> str:
    client.sign_in.renew()
    return ""


def _person(client: Client) -> str:
    account = client.account(client.own)
    found = text_of(account.get("userid"))
    if found and found != client.own:
        raise SyncError(
            ErrorCode.NOT_PERMITTED,
            certain=True,
            system=client.system.id,
            number=client.own,
            said=f"userid {found}",
        )
    return text_of(account.get("username"))


def _rights(client: Client, list_name: str) -> str:
    for row in client.listing(list_name, client.own, {}, limit=1):
        return text_of(row.get("requestName"))
    return ""


def _clock(client: Client) -> str:
    skew_s = client.wire.skew_s
    if abs(skew_s) > SKEW_LIMIT_S:
        raise SyncError(ErrorCode.CLOCK_SKEW, system=client.system.id, seconds=round(skew_s))
    return f"{skew_s:+.1f} s"
