"""DingTalk: the connection test, step by step up to the first that fails."""

from __future__ import annotations

from desktop.connectors.base import SystemInfo
from desktop.connectors.dingtalk.client import Client
from desktop.connectors.dingtalk.people import People
from desktop.connectors.reach import Act, clock, examine
from desktop.domain.errors import ErrorCode, SyncError


def check(client: Client, people: People, own: str) -> SystemInfo:
    """dns, tcp, tls, sign_in, person, rights, clock. Never raises."""
    acts: tuple[Act, ...] = (
        ("sign_in", lambda: _sign_in(client)),
        ("rights", lambda: _rights(client, people, own)),
        ("clock", lambda: clock(client.system, client.wire.skew_s)),
    )
    return SystemInfo(tuple(examine(client.system, acts)), clock_skew_s=client.wire.skew_s)


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
