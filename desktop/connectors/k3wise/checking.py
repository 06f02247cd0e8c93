"""Kingdee K/3 WISE: the connection test, step by step, as far as it gets."""

from __future__ import annotations

from collections.abc import Iterator

from desktop.connectors.base import CheckStep
from desktop.connectors.k3wise.answers import refusal
from desktop.connectors.k3wise.basedata import CONTROL
from desktop.connectors.k3wise.client import Client
from desktop.connectors.reach import Act, clock, examine
from desktop.domain.errors import ErrorCode, SyncError


def steps(client: Client) -> Iterator[CheckStep]:
    """dns, tcp, tls, sign_in, account_set, rights, clock, up to the first that fails. Never raises."""
    acts: tuple[Act, ...] = (
        ("sign_in", lambda: _sign_in(client)),
        ("account_set", lambda: _account_set(client)),
        ("rights", lambda: _rights(client)),
        ("clock", lambda: clock(client.system, client.wire.skew_s)),
    )
    yield from examine(client.system, acts)


def _sign_in(client: Client) -> str:
    return client.token().user


def _account_set(client: Client) -> str:
    """The authority code decides the account set; where one is expected it must be this one."""
    found, wanted = client.token().account_set, client.system.options.get("acct_id", "")
    if wanted and found != wanted:
        said = f"AcctID {found!r}, not {wanted!r}"
        raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=client.system.id, said=said)
    return found


def _rights(client: Client) -> str:
    body = {
        "Top": "1",
        "PageSize": "1",
        "PageIndex": "1",
        "Filter": "",
        "OrderBy": "[FNumber] asc",
        "Fields": "FNumber",
    }
    reply = client.read(CONTROL, "GetList", {"Data": body})
    if not reply.ok:
        error = refusal(client.system.id, CONTROL, "", reply)
        said = str(error.facts.get("said", "")) or CONTROL
        raise SyncError(ErrorCode.NOT_PERMITTED, certain=True, system=client.system.id, number="", said=said)
    return CONTROL
