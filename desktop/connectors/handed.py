"""Addresses that a server hands out for a file that it keeps elsewhere: looked at before they are called.

Whatever was handed out may be wrong or hostile: nothing of ours goes there (no token, no cookie), no redirect is followed, and
of such a call only verb, path and status are kept, because whoever has the address has the file. Trouble there is NET-111, of
the one file: the system itself may be well. Not checked: what a public name resolves to. No vendor's word.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from desktop.connectors.http import Answer, Bare, Wire, cut, page_text
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

_HOSTS = 8
"""Wires kept open; a vendor's storage has a few regions."""

_LONGEST = 8_000
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "cookie"})
"""Headers that say how the call is made; nobody tells us that."""

_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)


class Handed:
    """Calls addresses that a system handed out. Safe for several threads."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._plain = _loopback(_parts(system.base_url)) and system.base_url.lower().startswith("http:")
        self._wires: OrderedDict[str, Wire] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, address: str, headers: Mapping[str, Any], name: str, content: bytes) -> None:
        """*effect* The bytes, with the headers that were handed out beside the address. Raises NET-111, DAT-410."""
        self._call("PUT", address, name, headers=self._checked_headers(headers), upload=Bare(name, content))

    def get(self, address: str, name: str, most: int) -> bytes:
        """The bytes behind it. Raises DAT-404 (field = name) above `most`, NET-111, DAT-410."""
        headers = {"Accept-Encoding": "identity"}  # a packed answer could unpack to any size at one stroke
        return self._call("GET", address, name, headers=headers, as_file=True, most=most).content

    def close(self) -> None:
        """Frees the sockets."""
        with self._lock:
            for wire in self._wires.values():
                wire.close()
            self._wires.clear()

    def _call(self, method: str, address: str, name: str, **more: Any) -> Answer:
        parts = self._checked(address)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        try:
            answer = self._wire(f"{parts.scheme}://{parts.netloc}").call(method, path, quiet=True, **more)
        except SyncError as error:
            if error.code is ErrorCode.TOO_LONG:
                error.facts["field"] = name
                raise
            raise self._away(parts, f"{error.code.id} {error.facts.get('said', '')}", error.certain) from None
        if not 200 <= answer.status < 300:
            raise self._away(parts, f"HTTP {answer.status} {page_text(answer.text)}", certain=True)
        return answer

    def _away(self, parts: SplitResult, said: str, certain: bool) -> SyncError:
        facts = {"system": self._system.id, "host": parts.hostname or "", "said": cut(said.strip(), 200)}
        return SyncError(ErrorCode.FILE_STORE, certain=certain, **facts)

    def _wire(self, origin: str) -> Wire:
        with self._lock:
            wire = self._wires.pop(origin, None)
            if wire is None:
                wire = Wire(replace(self._system, base_url=origin), cookies=False, parallel=2)
            self._wires[origin] = wire
            while len(self._wires) > _HOSTS:
                self._wires.popitem(last=False)
            return wire

    # --- what is not called ---------------------------------------------------------------------------------------------
    def _checked(self, address: str) -> SplitResult:
        """https on a public host; a connection that is itself http on this machine may hand out the same. DAT-410."""
        if not (isinstance(address, str) and 0 < len(address) <= _LONGEST) or re.search(
            r"[\x00-\x20\x7f]", address
        ):
            raise self._wrong("address")
        parts = _parts(quote(address, safe=_PRINTABLE))
        host = parts.hostname or ""
        if not host or "@" in parts.netloc or "\\" in parts.netloc:
            raise self._wrong("host")
        if self._plain and _loopback(parts) and parts.scheme in ("http", "https"):
            return parts
        if parts.scheme != "https":
            raise self._wrong(f"{cut(parts.scheme, 20)}://")
        if not _public(host):
            raise self._wrong(cut(host, 60))
        return parts

    def _checked_headers(self, headers: Mapping[str, Any]) -> dict[str, str]:
        kept = {}
        for name, value in headers.items():
            text = str(value)
            if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(text):
                raise self._wrong(f"header {cut(repr(name), 40)}")
            if name.lower() not in _OURS:
                kept[name] = text
        return kept

    def _wrong(self, what: str) -> SyncError:
        """Never the address: it may carry a signature."""
        said = f"file address: {what}"
        return SyncError(ErrorCode.UNREADABLE, certain=True, system=self._system.id, number="", said=said)


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname  # worked out, and refused, only when asked for
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _loopback(parts: SplitResult) -> bool:
    host = (parts.hostname or "").lower()
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _public(host: str) -> bool:
    """Not this machine, and not one of the company's own network by its number or by a name without a dot."""
    try:
        return ip_address(host).is_global
    except ValueError:
        pass
    labels = host.rstrip(".").lower().split(".")
    inside = labels[-1] in ("localhost", "local", "internal", "lan", "home") or _NUMBER.fullmatch(labels[-1])
    return len(labels) > 1 and not inside
