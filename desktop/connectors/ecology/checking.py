"""Weaver e-cology 9: the connection test, step by step up to the first that fails."""

from __future__ import annotations

from desktop.connectors.base import SystemInfo
from desktop.connectors.ecology.answers import text_of
from desktop.connectors.ecology.client import Client
from desktop.connectors.reach import Act, clock, examine
from desktop.domain.errors import ErrorCode, SyncError


def check(client: Client, list_name: str) -> SystemInfo:
    """dns, tcp, tls, registered, sign_in, person, rights, clock. Never raises."""
    acts: tuple[Act, ...] = (
        ("registered", lambda: _registered(client)),
        ("sign_in", lambda: _sign_in(client)),
        ("person", lambda: _person(client)),
        ("rights", lambda: _rights(client, list_name)),
        ("clock", lambda: clock(client.system, client.wire.skew_s)),
    )
    return SystemInfo(tuple(examine(client.system, acts)), clock_skew_s=client.wire.skew_s)


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
