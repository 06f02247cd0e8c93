"""Kingdee K/3 WISE: the connection test, step by step, as far as it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from desktop.connectors.base import CheckStep
from desktop.connectors.k3wise.answers import refusal
from desktop.connectors.k3wise.basedata import CONTROL
from desktop.connectors.k3wise.client import Client
from desktop.connectors.reach import reach
from desktop.domain.errors import ErrorCode, SyncError

_SKEW_LIMIT_S = 60.0


def steps(client: Client) -> Iterator[CheckStep]:
    """dns, tcp, tls, sign_in, account_set, rights, clock, up to the first that fails. Never raises."""
    reached = reach(client.system)
    yield from reached
    if not all(step.ok for step in reached):
        return
    acts: tuple[tuple[str, Callable[[Client], str]], ...] = (
        ("sign_in", _sign_in),
        ("account_set", _account_set),
        ("rights", _rights),
        ("clock", _clock),
    )
    for name, act in acts:
        try:
            yield CheckStep(name, True, detail=act(client))
        except SyncError as error:
            yield CheckStep(name, False, error)
            return


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


def _clock(client: Client) -> str:
    skew_s = client.wire.skew_s
    if abs(skew_s) > _SKEW_LIMIT_S:
        raise SyncError(ErrorCode.CLOCK_SKEW, certain=True, system=client.system.id, seconds=round(skew_s))
    return f"{skew_s:+.0f} s"
