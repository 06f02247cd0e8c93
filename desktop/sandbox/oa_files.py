"""Files of the toy OA: documents that were uploaded, and files that it fetches itself from an address."""

from __future__ import annotations

import json
import secrets
import threading
import urllib.error
import urllib.request
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

FETCH_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class OaDocument:
    """A stored file. code: the ddcode secret with which `person` may download it."""

    id: int
    name: str
    content: bytes
    creator: str
    created_at: datetime


class FileTrouble(ValueError):
    """The value of an attachment field cannot be understood or fetched."""


class OaFiles:
    """The document store. Safe to use from many threads."""

    def __init__(self) -> None:
        self._documents: dict[int, OaDocument] = {}
        self._codes: dict[tuple[int, str], str] = {}
        self._ids = count(60001)
        self._lock = threading.Lock()

    def store(self, name: str, content: bytes, person: str, at: datetime) -> int:
        """A new document; answers its id."""
        with self._lock:
            document = OaDocument(next(self._ids), name, content, person, at)
            self._documents[document.id] = document
            return document.id

    def find(self, document_id: int) -> OaDocument | None:
        """The document, or None."""
        return self._documents.get(document_id)

    def code(self, document_id: int, person: str) -> str:
        """The code that stands in a download address and is good for this person alone."""
        with self._lock:
            return self._codes.setdefault((document_id, person), secrets.token_hex(8))

    def code_good(self, document_id: int, code: str) -> bool:
        """True when the code belongs to this document."""
        return any(held == code and key[0] == document_id for key, held in list(self._codes.items()))

    def taken(self, value: Any, person: str, at: datetime) -> str:
        """What an attachment field stores: comma-separated document ids.

        value: such ids, or a list of {"filePath", "fileName"} (also as JSON text), which is fetched now.
        Raises FileTrouble.
        """
        wanted = _as_list(value)
        if wanted is None:
            return self._known_ids(str(value))
        ids = [self.store(str(one["fileName"]), _fetched(str(one["filePath"])), person, at) for one in wanted]
        return ",".join(map(str, ids))

    def _known_ids(self, text: str) -> str:
        ids = [part.strip() for part in text.split(",") if part.strip()]
        if not all(part.isdigit() and int(part) in self._documents for part in ids):
            raise FileTrouble(f"no such document: {text}")
        return ",".join(ids)


def _as_list(value: Any) -> list[dict[str, Any]] | None:
    if isinstance(value, str):
        if not value.lstrip().startswith("["):
            return None
        try:
            value = json.loads(value)
        except ValueError as error:
            raise FileTrouble("not JSON") from error
    if not isinstance(value, list) or not all(
        isinstance(one, dict) and "filePath" in one and "fileName" in one for one in value
    ):
        raise FileTrouble("filePath and fileName are needed")
    return value


def _fetched(path: str) -> bytes:
    if path.startswith("base64:"):
        try:
            return b64decode(path[len("base64:") :], validate=True)
        except Base64Error as error:
            raise FileTrouble("not base64") from error
    if not path.startswith(("http://", "https://", "ftp://")):
        raise FileTrouble(f"not an address: {path[:40]}")
    try:
        with urllib.request.urlopen(path, timeout=FETCH_TIMEOUT_S) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        raise FileTrouble(f"cannot fetch: {error}") from error
