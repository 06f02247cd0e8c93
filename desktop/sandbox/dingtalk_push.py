"""What DingTalk pushes when an instance moves: events, the encrypted HTTP call-back, and its proof of an address.

Source: DingTalk event subscription: payload keys, signature, AES-256-CBC with block 32, the answer within 1500 ms.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import queue
import secrets
import struct
import threading
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from desktop.sandbox.dingtalk_forms import process_code
from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.dingtalk_world import RUNNING, TERMINATED, DingOa, state
from desktop.sandbox.oa_records import LogEntry, OaRequestRecord

ANSWER_S = 1.5
_BLOCK = 32

INSTANCE, TASK = "bpms_instance_change", "bpms_task_change"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. payload: what the stream carries in `data`, and the call-back flat."""

    id: str
    type: str
    born_ms: int
    payload: dict[str, Any]


def events_of(oa: DingOa, record: OaRequestRecord, entry: LogEntry) -> list[Event]:
    """What a log entry makes known."""
    status, result = state(record)
    is_start = entry.node.type == 0 and entry.logtype == "2"
    found = []
    if is_start:
        found.append(_event(oa, record, INSTANCE, {"type": "start"}))
    elif entry.node.type in (1, 2) and entry.logtype in "0234h":
        decided = "refuse" if entry.logtype == "3" else "redirect" if entry.logtype == "h" else "agree"
        found.append(_event(oa, record, TASK, {"type": "finish", "staffId": entry.person, "result": decided}))
    if status == TERMINATED and entry.logtype in "re":
        found.append(_event(oa, record, INSTANCE, {"type": "terminate"}))
    elif status != RUNNING and entry is record.log[-1] and not is_start:
        found.append(_event(oa, record, INSTANCE, {"type": "finish", "result": result}))
    else:
        found += [_event(oa, record, TASK, {"type": "start", "staffId": person}) for person in entry.received]
    return found


def _event(oa: DingOa, record: OaRequestRecord, kind: str, more: Mapping[str, Any]) -> Event:
    workflow = oa.workflow(record.workflow_id)
    created = int(record.created_at.timestamp() * 1000)
    instance = oa.shown_id(record.id)
    payload: dict[str, Any] = {
        "processInstanceId": instance,
        "processCode": process_code(workflow.family),
        "businessId": str(record.id),
        "bizCategoryId": "",
        "businessType": workflow.name,
        "title": record.title,
        "url": f"https://aflow.dingtalk.com/dingtalk/mobile/homepage.htm?procInstId={instance}",
        "staffId": record.creator,
        "createTime": created,
        **more,
    }
    if more["type"] in ("finish", "terminate"):
        payload["finishTime"] = int(record.last_at.timestamp() * 1000)
    return Event(uuid.uuid4().hex, kind, int(oa.clock().timestamp() * 1000), payload)


# --- the call-back's cipher


class Seal:
    """Signs and encrypts for one subscription. key43: 43 characters of base64; owner: the client id."""

    def __init__(self, token: str, key43: str, owner: str) -> None:
        self._token, self._owner = token, owner
        self._key = base64.b64decode(key43 + "=")

    def encrypt(self, text: str) -> str:
        """Random, length, text, owner; padded, encrypted, in base64."""
        content = text.encode()
        plain = os.urandom(16) + struct.pack(">I", len(content)) + content + self._owner.encode()
        missing = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, sealed: str) -> str:
        """The text. Raises ValueError where the owner is another or the padding is wrong."""
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
        missing = plain[-1]
        if not 1 <= missing <= _BLOCK:
            raise ValueError("padding")
        plain = plain[:-missing]
        (length,) = struct.unpack(">I", plain[16:20])
        if plain[20 + length :].decode() != self._owner:
            raise ValueError("owner")
        return plain[20 : 20 + length].decode()

    def signature(self, timestamp: str, nonce: str, sealed: str) -> str:
        """SHA-1 of the sorted four."""
        return hashlib.sha1("".join(sorted((self._token, timestamp, nonce, sealed))).encode()).hexdigest()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


class CallBack:
    """Sends events to one address from a thread of its own. failed: events that were not taken.

    doubled, lost: how often the next events are sent twice, or not at all.
    """

    def __init__(self, oa: DingOa, settings: DingSettings, url: str, token: str, key43: str) -> None:
        self._oa, self._settings, self._url = oa, settings, url
        self._seal = Seal(token, key43, settings.client_id)
        self._waiting: queue.Queue[Event | None] = queue.Queue()
        self.failed: list[Event] = []
        self.doubled = self.lost = 0
        self._thread = threading.Thread(target=self._work, name="dingtalk-callback", daemon=True)

    def start(self) -> bool:
        """Proves the address with check_url; True where it answered rightly, and then events follow."""
        proved = self._send(Event(uuid.uuid4().hex, "check_url", 0, {}))
        if proved:
            self._oa.listeners.append(self._heard)
            self._thread.start()
        return proved

    def stop(self) -> None:
        """No more events."""
        if self._heard in self._oa.listeners:
            self._oa.listeners.remove(self._heard)
            self._waiting.put(None)
            self._thread.join(timeout=5)

    def _heard(self, record: OaRequestRecord, entry: LogEntry) -> None:
        for event in events_of(self._oa, record, entry):
            self._waiting.put(event)

    def _work(self) -> None:
        while (event := self._waiting.get()) is not None:
            if self.lost:
                self.lost -= 1
                continue
            times = 2 if self.doubled else 1
            self.doubled -= times - 1
            for _ in range(times):
                if not self._send(event):
                    self.failed.append(event)

    def _send(self, event: Event) -> bool:
        flat: dict[str, Any] = {
            "EventType": event.type,
            "CorpId": self._settings.corp_id,
            "corpId": self._settings.corp_id,
        }
        if event.payload:
            told = {"EventTime": event.born_ms, "eventId": event.id, "BizId": event.id}
            flat = {**flat, **told, **event.payload}
        sealed = self._seal.encrypt(json.dumps(flat, ensure_ascii=False))
        timestamp, nonce = str(int(self._oa.clock().timestamp() * 1000)), secrets.token_hex(6)
        signature = self._seal.signature(timestamp, nonce, sealed)
        query = {"signature": signature, "msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
        asked = urllib.request.Request(
            f"{self._url}?{urlencode(query)}",
            json.dumps({"encrypt": sealed}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=ANSWER_S) as answer:
                return self._is_success(json.loads(answer.read()))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _is_success(self, answer: Mapping[str, Any]) -> bool:
        sealed = str(answer["encrypt"])
        proof = self._seal.signature(str(answer["timeStamp"]), str(answer["nonce"]), sealed)
        return proof == answer["msg_signature"] and self._seal.decrypt(sealed) == "success"
