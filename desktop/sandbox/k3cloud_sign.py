"""K/3 Cloud's signatures, written from the vendor's rules: sign-in, signature headers, single sign-on links."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from werkzeug.datastructures import Headers

_SDK_KEY = b"0054f397c6234378b09ca7d3e5debce7"
_SECRET_LENGTH = 32


def joined_hash(parts: Sequence[str], algorithm: str) -> str:
    """The parts sorted by bytes, joined without separator, hashed; lower-case hex. algorithm: "sha256" or "sha1"."""
    return hashlib.new(algorithm, "".join(sorted(parts)).encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Equal, compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def hex_signature(key: str, message: str) -> str:
    """Base64 of the hex text (not of the bytes) of HMAC-SHA256."""
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(digest.encode()).decode()


def client_secret(app_id: str) -> str:
    """The client's secret that hides in the second half of an AppId; "" where it is not one."""
    halves = app_id.split("_")
    if len(halves) != 2 or len(halves[1]) != _SECRET_LENGTH:
        return ""
    hidden = base64.b64decode(halves[1])
    return base64.b64encode(bytes(byte ^ key for byte, key in zip(hidden, _SDK_KEY, strict=False))).decode()


@dataclass(frozen=True, slots=True)
class SignedCaller:
    """Who signed the headers of a call."""

    acct_id: str
    user: str
    lcid: str
    org: str
    timestamp: str


def signed_caller(
    headers: Mapping[str, str] | Headers, path: str, app_id: str, app_secret: str
) -> SignedCaller | None:
    """The caller whom valid signature headers name, or None where a signature is wrong or something is missing.

    path: the decoded path of the URL, from the first slash.
    """
    names = (
        "X-Api-ClientID",
        "x-api-timestamp",
        "x-api-nonce",
        "X-Api-Signature",
        "X-Kd-Appdata",
        "X-Kd-Signature",
    )
    client, stamp, nonce, api_signature, app_data, kd_signature = (headers.get(name, "") for name in names)
    if headers.get("X-Kd-Appkey") != app_id or client != app_id.split("_")[0]:
        return None
    signed_path = quote(path).replace("/", "%2F")
    message = f"POST\n{signed_path}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{stamp}\n"
    if not same(api_signature, hex_signature(client_secret(app_id), message)):
        return None
    try:
        plain = base64.b64decode(app_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    fields = plain.split(",")
    if len(fields) != 4 or not same(kd_signature, hex_signature(app_secret, app_id + plain)):
        return None
    return SignedCaller(fields[0], fields[1], fields[2], fields[3], stamp)


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a single sign-on link says, before anybody believed it."""

    acct_id: str
    user: str
    app_id: str
    signature: str
    timestamp: str
    form: str = ""
    form_type: str = ""
    bill_id: str = ""
    other_args: str = ""

    def is_signed(self, app_secret: str, algorithm: str) -> bool:
        """Five strings, or six where a permit count is sent along."""
        parts = [self.acct_id, self.user, self.app_id, app_secret, self.timestamp]
        if self.permit_count:
            parts.append(self.permit_count)
        return same(self.signature, joined_hash(parts, algorithm))

    @property
    def permit_count(self) -> str:
        """ "1" = the link opens once, "0" = as often as one likes, "" = not said."""
        compact = self.other_args.replace(" ", "").replace('"', "'")
        _, found, rest = compact.partition("'permitcount':'")
        return rest.split("'")[0] if found else ""


def read_link(ud: str) -> SignedLink | None:
    """The content of `ud`: base64 JSON (versions 2 to 4), or the bars of version 1. None for anything else."""
    if ud.startswith("|"):
        fields = ud.split("|")
        return SignedLink(*fields[1:6]) if len(fields) >= 6 else None
    try:
        sent = json.loads(base64.b64decode(ud, validate=True))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(sent, dict):
        return None
    keys = ("dbid", "username", "appid", "signeddata", "timestamp", "formid", "formtype", "pkid", "otherargs")
    return SignedLink(*(str(sent.get(key) or "") for key in keys))
