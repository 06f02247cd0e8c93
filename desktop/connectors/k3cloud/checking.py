"""Kingdee K/3 Cloud: the connection test, step by step, as far as it gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from desktop.connectors.base import CheckStep
from desktop.connectors.k3cloud.basedata import CONTROL
from desktop.connectors.k3cloud.client import Client
from desktop.connectors.reach import reach
from desktop.domain.errors import ErrorCode, SyncError

_SKEW_LIMIT_S = 60.0

_NOT_LISTED = (ErrorCode.SERVER_ERROR, ErrorCode.NOT_JSON, ErrorCode.UNREADABLE, ErrorCode.SESSION_LOST)


def steps(client: Client) -> Iterator[CheckStep]:
    """The steps in order, up to the first that fails. Never raises.

    The account set is looked up before the sign-in: to a wrong one the server answers "session lost".
    """
    reached = reach(client.system)
    yield from reached
    if not all(step.ok for step in reached):
        return
    acts: tuple[tuple[str, Callable[[Client], str]], ...] = (
        ("account_set", _account_set),
        ("sign_in", _sign_in),
        ("rights", _rights),
        ("clock", _clock),
    )
    for name, act in acts:
        try:
            yield CheckStep(name, True, detail=act(client))
        except SyncError as error:
            yield CheckStep(name, False, error)
            return


def _account_set(client: Client) -> str:
    """The account set's name; "" where the server does not list them, and the sign-in must tell."""
    wanted = client.system.options.get("acct_id", "")
    try:
        listed = client.account_sets()
    except SyncError as error:
        if error.code not in _NOT_LISTED:
            raise
        return ""
    names = {str(each.get("Id")): str(each.get("Name") or "") for each in listed}
    if wanted in names or not names:
        return names.get(wanted, "")
    said = f"{wanted!r} not in: " + ", ".join(f"{key} {name}".strip() for key, name in names.items())
    raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=client.system.id, said=said[:300])


def _sign_in(client: Client) -> str:
    client.sign_in()
    return client.system.options.get("user", "")


def _rights(client: Client) -> str:
    """A right that is missing may show as an empty list; no account set is without a currency."""
    if not client.query(CONTROL.form, [CONTROL.id], "", order=f"{CONTROL.id} asc", limit=1):
        raise SyncError(
            ErrorCode.NOT_PERMITTED, certain=True, system=client.system.id, number="", said=CONTROL.form
        )
    return CONTROL.form


def _clock(client: Client) -> str:
    skew_s = client.wire.skew_s
    if abs(skew_s) > _SKEW_LIMIT_S:
        raise SyncError(ErrorCode.CLOCK_SKEW, certain=True, system=client.system.id, seconds=round(skew_s))
    return f"{skew_s:+.0f} s"
