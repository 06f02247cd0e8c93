"""Kingdee K/3 Cloud: the connection test, step by step, as far as it gets."""

from __future__ import annotations

from collections.abc import Iterator

from desktop.connectors.base import CheckStep
from desktop.connectors.k3cloud.basedata import CONTROL
from desktop.connectors.k3cloud.client import Client
from desktop.connectors.reach import Act, clock, examine
from desktop.domain.errors import ErrorCode, SyncError

_NOT_LISTED = (ErrorCode.SERVER_ERROR, ErrorCode.NOT_JSON, ErrorCode.UNREADABLE, ErrorCode.SESSION_LOST)


def steps(client: Client) -> Iterator[CheckStep]:
    """The steps in order, up to the first that fails. Never raises.

    The account set is looked up before the sign-in: to a wrong one the server answers "session lost".
    """
    acts: tuple[Act, ...] = (
        ("account_set", lambda: _account_set(client)),
        ("sign_in", lambda: _sign_in(client)),
        ("rights", lambda: _rights(client)),
        ("clock", lambda: clock(client.system, client.wire.skew_s)),
    )
    yield from examine(client.system, acts)


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
