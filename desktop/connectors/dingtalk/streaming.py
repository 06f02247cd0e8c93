"""DingTalk: stream mode. Asks for a connection, holds it, and tells what comes over it as hints; nothing of it is kept.

An event is acknowledged when it was taken, not before: otherwise the vendor tells it again. A connection is good for one
ticket; coming back, and how soon, is the caller's. Source: reference oa-dingtalk, section 8.1.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from desktop.connectors.base import Ear, Hint, Secrets
from desktop.connectors.dingtalk.answers import text_of
from desktop.connectors.dingtalk.client import Client
from desktop.connectors.dingtalk.events import hint_of
from desktop.connectors.http import Answer, cut, masked
from desktop.connectors.stream import Stream, opened
from desktop.domain.errors import ErrorCode, SyncError

OPEN = "v1.0/gateway/connections/open"
_EVERYTHING = [{"type": "EVENT", "topic": "*"}]
_WRONG_PAIR = ("invalidClientIdOrSecret", "InvalidAuthentication", "authFailed")
_OK, _UNKNOWN = 200, 404


def listen(client: Client, secrets: Secrets, ear: Ear, stop: threading.Event) -> None:
    """One connection; see base.Streams."""
    address = _address(client, secrets)
    company = client.system.options.get("corp_id", "").strip()
    with opened(client.system, address, stop) as stream:
        ear.opened()
        for text in stream.texts():
            if not _answered(stream, text, ear, company):
                return


def _address(client: Client, secrets: Secrets) -> str:
    """Where to connect, with the ticket. Raises SES-203 for a wrong pair of id and secret, PER-743 for a refusal, NET-1xx."""
    secret = secrets.get("app_secret")
    client.wire.hide(secret)
    body = {
        "clientId": client.key, "clientSecret": secret, "subscriptions": _EVERYTHING, "ua": "DanQiao",
        "localIp": "127.0.0.1",  # the form wants one; where this machine stands is nobody's business
    }  # fmt: skip
    answer = client.wire.call("POST", OPEN, body=body, quiet=True)
    told = _granted(client.system.id, answer, secret)
    endpoint, ticket = text_of(told.get("endpoint")), text_of(told.get("ticket"))
    if not endpoint or not ticket:
        raise SyncError(ErrorCode.NOT_JSON, system=client.system.id, said="no endpoint, no ticket")
    client.wire.hide_passing(ticket)
    return f"{endpoint}{'&' if '?' in endpoint else '?'}ticket={quote(ticket, safe='')}"


def _granted(system_id: str, answer: Answer, secret: str) -> Mapping[str, Any]:
    if answer.status >= 500 or answer.status == 429 or answer.text.lstrip().startswith("<"):
        said = f"HTTP {answer.status}"
        raise SyncError(ErrorCode.SERVER_ERROR, system=system_id, status=answer.status, said=said)
    told = answer.json()
    if not isinstance(told, dict):
        raise SyncError(ErrorCode.NOT_JSON, system=system_id, said=type(told).__name__)
    if answer.status == 200:
        return told
    code = text_of(told.get("code"))
    if "Qps" in code or "Qpm" in code:
        raise SyncError(ErrorCode.THROTTLED, certain=True, system=system_id, said=cut(code, 200))
    refused = ErrorCode.SIGN_IN_REFUSED if code in _WRONG_PAIR else ErrorCode.STREAM_REFUSED
    said = masked(f"{code} {text_of(told.get('message'))}".strip() or f"HTTP {answer.status}", [secret])
    raise SyncError(refused, certain=True, system=system_id, said=cut(said, 200))


def _answered(stream: Stream, text: str, ear: Ear, company: str) -> bool:
    """Answers one frame; False where the server wants us to come again. What cannot be read has no sender to answer to."""
    frame = _object(text)
    headers = frame.get("headers")
    headers = headers if isinstance(headers, dict) else {}
    message = headers.get("messageId")
    if not isinstance(message, str) or not message:
        return True
    kind, topic = frame.get("type"), headers.get("topic")
    if kind == "SYSTEM" and topic == "ping":
        stream.send(_ack(message, _OK, text_of(frame.get("data"))))
    elif kind == "SYSTEM" and topic == "disconnect":
        stream.send(_ack(message, _OK))
        return False
    elif kind == "EVENT":
        hint = _hint(headers, _object(frame.get("data")), company)
        if hint is not None:
            ear.take(hint)
        stream.send(_ack(message, _OK))
    else:
        stream.send(_ack(message, _UNKNOWN))
    return True


def _hint(headers: Mapping[str, Any], told: Mapping[str, Any], company: str) -> Hint | None:
    """None for what is no reason to look: another company's event, or one about something else."""
    owner = headers.get("eventCorpId")
    if company and owner and owner != company:
        return None
    return hint_of(headers.get("eventType"), headers.get("eventId"), told)


def _ack(message: str, code: int, data: str = "") -> str:
    """The word for word answer to a frame."""
    return json.dumps(
        {
            "code": code,
            "headers": {"contentType": "application/json", "messageId": message},
            "message": "OK" if code == _OK else "unknown",
            "data": data or ('{"status":"SUCCESS","message":"OK"}' if code == _OK else "{}"),
        },
        ensure_ascii=False,
    )


def _object(text: Any) -> Mapping[str, Any]:
    """A JSON object in a text; {} for anything else."""
    try:
        told = json.loads(text) if isinstance(text, str) else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
