"""What all chat robots share: one JSON post to an address that is itself a secret. Knows no vendor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from desktop.connectors.base import Secrets
from desktop.connectors.http import Wire, cut
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System, SystemRole

_LOCAL = ("127.0.0.1", "localhost", "::1")


def post(name: str, secrets: Secrets, body: Any, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """Posts to the robot's address (secret "webhook", https only but for this machine); answers its JSON.

    Raises PER-706 without an address, PER-715 for one that is none, NET-1xx.
    """
    address = secrets.get("webhook").strip()
    try:
        parts = urlsplit(address)
        local = (parts.hostname or "") in _LOCAL
    except ValueError:
        parts, local = urlsplit(""), False
    if not parts.netloc or parts.scheme not in (("http", "https") if local else ("https",)):
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"webhook {name}")
    told = dict(parse_qsl(parts.query))
    root = System(
        f"notice-{name}", SystemRole.OA, name, name, f"{parts.scheme}://{parts.netloc}", {"read_s": "15"}
    )
    wire = Wire(root, cookies=False, parallel=1)
    try:
        answer = wire.call(
            "POST", parts.path.lstrip("/"), body=body, query={**told, **(query or {})}, quiet=True
        )
    except SyncError as error:
        raise _without(error, address) from None
    finally:
        wire.close()
    if answer.status != 200:
        raise SyncError(
            ErrorCode.SERVER_ERROR, system=root.id, status=answer.status, said=cut(answer.text, 120)
        )
    found = answer.json()
    return found if isinstance(found, dict) else {}


def refused(name: str, said: str, *, signed: bool = False, often: bool = False) -> SyncError:
    """The robot's own no. signed: its key or address is wrong; often: too many messages."""
    code = ErrorCode.SIGN_IN_REFUSED if signed else ErrorCode.THROTTLED if often else ErrorCode.REFUSED
    facts = {"system": f"notice-{name}", "said": cut(said, 200)}
    return SyncError(code, certain=True, **(facts if signed or often else {**facts, "number": ""}))


def _without(error: SyncError, address: str) -> SyncError:
    """The same error with nothing of the address in its words."""
    parts = [
        each
        for each in (address, urlsplit(address).query, urlsplit(address).path.strip("/"))
        if len(each) > 3
    ]
    facts = dict(error.facts)
    for fact, value in facts.items():
        text = str(value)
        for part in parts:
            text = text.replace(part, "…")
        facts[fact] = text if text != str(value) else value
    return SyncError(error.code, certain=error.certain, **facts)
