"""One wire to one server: keep-alive, time-outs, a rate limit, masking, and errors by kind. The only user of requests.

It knows no vendor. It never repeats a call: a lost answer is the caller's question to settle.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.hooks import default_hooks
from requests.structures import CaseInsensitiveDict
from urllib3.filepost import encode_multipart_formdata

from desktop.connectors.base import Exchange, exchanges
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

KEPT_CHARS = 20_000
"""How much of a request or an answer goes into an attempt's history."""

_SECRET_NAMES = (
    r"password|passwd|pwd|secret|appsecret|app_secret|secrit|spk|cpk|token|accesstoken|access_token|sign|signeddata"
    r"|sessionid|session_id|kdsvcsessionid|usertoken|authorization|ud|ticket"
)
_JSON_SECRET = re.compile(rf'("(?:{_SECRET_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_ESCAPED_SECRET = re.compile(rf'(\\"(?:{_SECRET_NAMES})\\"\s*:\s*)\\"[^"]*\\"', re.IGNORECASE)
_FORM_SECRET = re.compile(rf"(^|[?&\s])((?:{_SECRET_NAMES})=)[^&\s]*", re.IGNORECASE)
_FILE_CONTENT = re.compile(r"[A-Za-z0-9+/]{2000,}={0,2}")
"""A file as base64 inside JSON: its content is nobody's history."""

_MASK = "***"
_MARGIN = 4_000
_HALF, _HALF_ESCAPED = re.compile("[\ud800-\udfff]"), re.compile(r"\\u[dD][89a-fA-F]")
_DIGITS = 60
"""No amount has more. What is beyond stays text, so that it fails its own document and fills no memory."""


@lru_cache(maxsize=64)
def spellings(secret: str) -> tuple[str, ...]:
    """A secret as it may stand in a text: plain, in JSON (also inside a text of JSON), in an address; the longest first."""
    once = {json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (True, False)}
    twice = {json.dumps(each, ensure_ascii=plain)[1:-1] for each in once for plain in (True, False)}
    found = {secret, *once, *twice, quote(secret, safe=""), quote_plus(secret)}
    return tuple(sorted(found, key=len, reverse=True))


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the given secrets and without the values of anything named like one."""
    for secret in secrets:
        if len(secret) >= 4:
            for spelled in spellings(secret):
                text = text.replace(spelled, _MASK)
    text = _JSON_SECRET.sub(rf'\1"{_MASK}"', text)
    text = _ESCAPED_SECRET.sub(rf'\1\\"{_MASK}\\"', text)
    return _FORM_SECRET.sub(rf"\1\2{_MASK}", text)


def cut(text: str, limit: int = KEPT_CHARS) -> str:
    """`text`, cut with a mark that says how much is missing."""
    return text if len(text) <= limit else f"{text[:limit]}… (+{len(text) - limit})"


def page_text(html: str) -> str:
    """What a person would read at the beginning of an HTML page, on one line: for `said`."""
    text = re.sub(r"(?is)<(script|style).*?</\1>", " ", html[:KEPT_CHARS])
    return cut(" ".join(re.sub(r"(?s)<[^>]+>", " ", text).split()), 200)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way out, as one part of a multipart body; `form` goes beside it."""

    part: str
    name: str
    content: bytes

    def body(self, form: Mapping[str, str]) -> tuple[bytes, str, str]:
        """The body's bytes, its type, and the body as a person reads it."""
        file: tuple[str, str | bytes] = (self.name, self.content)
        content, kind = encode_multipart_formdata([*form.items(), (self.part, file)])
        plain = "&".join(f"{name}={value}" for name, value in form.items())
        return content, kind, f"{plain}&{self.part}={self.name} ({len(self.content)} B)"


@dataclass(frozen=True, slots=True)
class Bare:
    """A file on its way out as the whole body, of no type but what the call's headers say."""

    name: str
    content: bytes

    def body(self, form: Mapping[str, str]) -> tuple[bytes, str, str]:
        """As of an Upload; a form cannot go beside it."""
        return self.content, "", f"{self.name} ({len(self.content)} B)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: any status, the text, headers in lower case."""

    system_id: str
    status: int
    text: str
    headers: Mapping[str, str]
    content: bytes = b""
    """The body of a call that asked for a file; then `text` is empty unless it is a page or JSON."""

    def json(self) -> Any:
        """The body as JSON, numbers with a fraction as Decimal. NET-105 when it is none (an HTML page, cut off).

        What is no number of this world (NaN, 1e999999) comes as text: it fails where it is used, not the whole answer.
        """
        try:
            told = json.loads(self.text, parse_float=_fraction, parse_int=_whole, parse_constant=str)
            return with_whole_characters(told) if _HALF_ESCAPED.search(self.text) else told
        except (ValueError, RecursionError):
            raise SyncError(ErrorCode.NOT_JSON, system=self.system_id, said=page_text(self.text)) from None


def with_whole_characters(told: Any) -> Any:
    """The same without halves of characters, which no database and no file takes: a server's column that is too short cuts
    an emoji in two, and JSON can tell the half ("\\ud83d")."""
    if isinstance(told, str):
        return _HALF.sub("\ufffd", told)
    if isinstance(told, dict):
        return {with_whole_characters(name): with_whole_characters(value) for name, value in told.items()}
    return [with_whole_characters(each) for each in told] if isinstance(told, list) else told


def _fraction(text: str) -> Decimal | str:
    number = Decimal(text)
    return number if len(text) <= _DIGITS and abs(number.adjusted()) <= _DIGITS else text


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= _DIGITS else text


class RateLimit:
    """At most `per_s` calls each second, evenly spaced; 0 = no limit."""

    def __init__(self, per_s: float) -> None:
        self._gap_s = 1.0 / per_s if per_s > 0 else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Until it is this call's turn."""
        if not self._gap_s:
            return
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next)
            self._next = at + self._gap_s
        if at > now:
            time.sleep(at - now)


class Wire:
    """Calls one server. Safe for several threads.

    Options of the system that it reads: connect_s (5), read_s (60), rate_per_s (0 = none), verify_tls ("yes"),
    proxy (""), max_answer_mb (64). cookies=False keeps and sends none, ever.
    """

    def __init__(self, system: System, *, cookies: bool, parallel: int = 8) -> None:
        self.system_id = system.id
        self._base = system.base_url.rstrip("/") + "/"
        self._timeout = (system.number("connect_s", 5), system.number("read_s", 60))
        self._rate = RateLimit(system.number("rate_per_s", 0))
        self._secrets: frozenset[str] = frozenset()
        self._passing: deque[str] = deque(maxlen=64)
        self.skew_s = 0.0
        self.calls = 0
        self._count_lock = threading.Lock()
        self._session = requests.Session()
        self._session.trust_env = False
        if not cookies:
            # A policy, not a clean-up afterwards: another thread's call could pick the cookie up in between.
            self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.verify = _verify(system.options.get("verify_tls", "yes"))
        if proxy := system.options.get("proxy", ""):
            self._session.proxies = {"http": proxy, "https": proxy}
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=2 * parallel + 8, max_retries=0)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        self._session.headers["User-Agent"] = "DanQiao"
        self._ready_base = ""
        self._most_bytes = int(system.number("max_answer_mb", 64) * 1024 * 1024)

    def hide(self, *secrets: str) -> None:
        """Words that must never appear in what we keep of a call."""
        with self._count_lock:
            self._secrets |= {secret for secret in secrets if secret}

    def hide_passing(self, token: str) -> None:
        """The same for a token that will soon be worth nothing: only the latest 64 are remembered."""
        with self._count_lock:
            self._passing.append(token)

    def forget_cookies(self) -> None:
        """Drops the session cookies before a new sign-in."""
        self._session.cookies.clear()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        quiet: bool = False,
        upload: Upload | Bare | None = None,
        as_file: bool = False,
        most: int = 0,
    ) -> Answer:
        """One HTTP call; answers whatever status came.

        body: sent as JSON (Decimal as plain numbers). form: sent form-encoded. quiet: nothing of it is kept (sign-in).
        upload: a file beside `form`, or alone. as_file: the answer is a file: its bytes are told, not its text; with `most` it
        is DAT-404 above so many bytes, before more than a part of it was read.
        Raises NET-101 unreachable, NET-102 too slow, NET-103 lost on the way, NET-108 unknown name, NET-109 TLS.
        None of these is ever certain once the connection stood.
        """
        self._rate.wait()
        content, kind, plain = upload.body(form or {}) if upload else _content(body, form)
        sent_headers = dict(headers or {})
        if kind:
            sent_headers.setdefault("Content-Type", kind)
        started_at, begun = datetime.now(UTC), time.monotonic()
        status, text = 0, ""
        try:
            answer = self._send(method, path, content, query, sent_headers, as_file, most)
            status, text = answer.status, answer.text or f"({len(answer.content)} B)" * as_file
        except SyncError as error:
            text = str(error)
            raise
        finally:
            with self._count_lock:
                self.calls += 1
            self._keep(method, path, plain, status, text, started_at, begun, quiet)
        return answer

    def _send(
        self,
        method: str,
        path: str,
        content: bytes | None,
        query: Mapping[str, str] | None,
        headers: dict[str, str],
        as_file: bool = False,
        most: int = 0,
    ) -> Answer:
        try:
            response = self._session.send(
                self._request(method, path, content, query, headers), timeout=self._timeout, stream=True,
                allow_redirects=False, verify=self._session.verify, proxies=self._session.proxies,
            )  # fmt: skip
            body = self._read(response, most if response.ok else 0)
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
        ):
            raise SyncError(
                ErrorCode.NAME_UNKNOWN, certain=True, system=self.system_id, host=self._base
            ) from None
        except requests.exceptions.SSLError as error:
            raise SyncError(
                ErrorCode.TLS_REFUSED,
                certain=_never_sent(error),
                system=self.system_id,
                said=self._reason(error),
            ) from None
        except requests.exceptions.ConnectTimeout:
            raise SyncError(
                ErrorCode.UNREACHABLE, certain=True, system=self.system_id, said="connect time-out"
            ) from None
        except requests.exceptions.Timeout:
            raise SyncError(ErrorCode.TOO_SLOW, system=self.system_id, seconds=self._timeout[1]) from None
        except requests.exceptions.ConnectionError as error:
            raise self._connection_error(error) from None
        except (requests.exceptions.RequestException, OSError, UnicodeError) as error:
            raise SyncError(
                ErrorCode.CONNECTION_LOST, system=self.system_id, said=type(error).__name__
            ) from None
        self._note_clock(response.headers.get("Date"))
        lower = {name.lower(): value for name, value in response.headers.items()}
        kind = lower.get("content-type", "")
        text = "" if as_file and not ("html" in kind or "json" in kind) else _text(body, response)
        return Answer(self.system_id, response.status_code, text, lower, body if as_file else b"")

    def _request(
        self,
        method: str,
        path: str,
        content: bytes | None,
        query: Mapping[str, str] | None,
        headers: dict[str, str],
    ) -> requests.PreparedRequest:
        """A request ready to go. Built from its parts: what requests works out anew for each call is known here."""
        if not self._ready_base:
            probe = requests.PreparedRequest()
            probe.prepare_url(
                self._base, None
            )  # refuses a wrong address, writes a Chinese host name as the wire wants
            self._ready_base = str(probe.url).rstrip("/") + "/"
        ready = requests.PreparedRequest()
        ready.method = method
        ready.url = self._ready_base + path.removeprefix("/") + (f"?{urlencode(query)}" if query else "")
        ready.headers = CaseInsensitiveDict(
            {"User-Agent": "DanQiao", "Accept-Encoding": "gzip", "Connection": "keep-alive", **headers}
        )
        if content is not None or method != "GET":
            ready.headers["Content-Length"] = str(len(content or b""))
        ready.body = content
        ready.hooks = default_hooks()
        ready.prepare_cookies(self._session.cookies)
        return ready

    def _read(self, response: requests.Response, most: int = 0) -> bytes:
        """The body, unpacked, up to `most`, else `max_answer_mb`: no server may fill this machine's memory."""
        parts: list[bytes] = []
        size, told = 0, response.headers.get("Content-Length", "")
        if most and told.isdigit() and int(told) > most:
            response.close()
            raise SyncError(ErrorCode.TOO_LONG, certain=True, field="", length=int(told), limit=most)
        for part in response.iter_content(1 << 18):
            parts.append(part)
            size += len(part)
            if most and size > most:
                response.close()
                raise SyncError(ErrorCode.TOO_LONG, certain=True, field="", length=size, limit=most)
            if not most and size > self._most_bytes:
                response.close()
                said = f"≥ {self._most_bytes / (1 << 20):g} MB"
                raise SyncError(ErrorCode.NOT_JSON, system=self.system_id, said=said)
        return b"".join(parts)

    def _connection_error(self, error: Exception) -> SyncError:
        """Never connected is certain; anything later is not."""
        text = str(error)
        if "NameResolutionError" in text or "getaddrinfo" in text:
            host = urlsplit(self._base).hostname or self._base
            return SyncError(ErrorCode.NAME_UNKNOWN, certain=True, system=self.system_id, host=host)
        if "NewConnectionError" in text or "Failed to establish" in text:
            return SyncError(
                ErrorCode.UNREACHABLE, certain=True, system=self.system_id, said=self._reason(error)
            )
        return SyncError(ErrorCode.CONNECTION_LOST, system=self.system_id, said=self._reason(error))

    def _reason(self, error: Exception) -> str:
        """What went wrong, without the address: some vendors want a secret in it."""
        return cut(self._readable(_inner(str(error))), 200)

    def _note_clock(self, date: str | None) -> None:
        try:
            seen = parsedate_to_datetime(date or "")
        except (TypeError, ValueError):
            return
        if seen.tzinfo is not None:
            self.skew_s = (seen - datetime.now(UTC)).total_seconds()

    def _keep(
        self, method: str, path: str, plain: str, status: int, text: str,
        started_at: datetime, begun: float, quiet: bool,
    ) -> None:  # fmt: skip
        kept = exchanges.get()
        if kept is None:
            return
        sent = "" if quiet else self._readable(plain)
        came = "" if quiet else self._readable(text)
        ms = (time.monotonic() - begun) * 1000
        kept.append(Exchange(self.system_id, method, path.split("?")[0], sent, status, came, started_at, ms))

    def _readable(self, text: str) -> str:
        with self._count_lock:
            secrets = (*self._secrets, *self._passing)
        short = _FILE_CONTENT.sub(lambda found: f"({len(found[0])} chars)", text)
        shown = masked(short[: KEPT_CHARS + _MARGIN], secrets)  # before the cut: half a secret is still one
        return shown if len(short) <= KEPT_CHARS else f"{shown[:KEPT_CHARS]}… (+{len(short) - KEPT_CHARS})"

    def close(self) -> None:
        """Frees the sockets."""
        self._session.close()


def certificates() -> str:
    """The file of certificate authorities that every Wire trusts by default."""
    return requests.utils.DEFAULT_CA_BUNDLE_PATH


def _verify(option: str) -> bool | str:
    """ "yes", "no", or the path of a certificate file."""
    return {"yes": True, "": True, "no": False}.get(option, option)


def _inner(text: str) -> str:
    """The innermost cause; whatever follows an address's question mark is left out in any case."""
    inner = re.search(r"\[Errno [^\]]+\] ([^')\"]+)", text)
    told = inner.group(1) if inner else text.rpartition("(Caused by ")[2] or text
    return re.sub(r"(with url: |https?://|wss?://)\S+", r"\1…", told)


def _text(body: bytes, response: requests.Response) -> str:
    """The body as text: UTF-8 unless the server names another encoding."""
    named = "charset" in response.headers.get("Content-Type", "").lower()
    try:
        return body.decode((response.encoding if named else None) or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _never_sent(error: Exception) -> bool:
    """True where TLS failed before a request could leave; while an answer is read it proves nothing."""
    text = str(error).lower()
    return any(
        word in text for word in ("certificate", "handshake", "wrong_version", "wrong version", "protocol")
    )


def _content(body: Any, form: Mapping[str, str] | None) -> tuple[bytes | None, str, str]:
    """The body's bytes, its type, and the body as a person reads it: a form without its percent signs."""
    if form is not None:
        plain = "&".join(f"{name}={value}" for name, value in form.items())
        return urlencode(form).encode(), "application/x-www-form-urlencoded; charset=utf-8", plain
    if body is not None:
        text = to_json(body)
        return text.encode(), "application/json; charset=utf-8", text
    return None, "", ""


def to_json(body: Any) -> str:
    """JSON text with Decimal written as a plain number, never through float."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_tagged)
    return _TAGGED.sub(r"\1", text) if _TAG in text else text


_TAG = "\\u0000num:"
_TAGGED = re.compile(r'"\\u0000num:(-?[0-9.]+)"')


def _tagged(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"\0num:{value:f}"
    raise TypeError(f"{type(value).__name__} does not travel")
