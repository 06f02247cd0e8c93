"""Kingdee K/3 Cloud: signatures. Pure functions of their arguments; no clock, no wire, no secret kept.

Source: the vendor's sign-in by signature, its SDKs' signature headers, and its third-party sign-on (the `ud` link).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

_SDK_KEY = b"0054f397c6234378b09ca7d3e5debce7"
"""A public constant of all the vendor's SDKs, not a secret of ours."""


def sorted_hash(parts: Iterable[str], algorithm: str) -> str:
    """Lower-case hex of the ordinally sorted, unseparated `parts`. algorithm: "sha256" or "sha1" (before May 2022)."""
    text = "".join(sorted(parts))
    return hashlib.new(algorithm, text.encode()).hexdigest()


def hex_in_base64(key: str, message: str) -> str:
    """HMAC-SHA256 as the vendor writes it: base64 of the 64 hex characters, not of the 32 bytes."""
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(digest.encode()).decode()


def client_parts(app_id: str) -> tuple[str, str]:
    """Client id and client secret hidden in an AppId; both "" where it has not exactly two parts."""
    parts = app_id.split("_")
    if len(parts) != 2:
        return "", ""
    if len(parts[1]) != 32:
        return parts[0], ""
    try:
        mixed = base64.b64decode(parts[1])
    except binascii.Error:
        return parts[0], ""
    return parts[0], base64.b64encode(bytes(a ^ b for a, b in zip(mixed, _SDK_KEY, strict=False))).decode()


def header_signature(
    url: str, *, acct_id: str, user: str, app_id: str, app_secret: str, lcid: str, org: str, timestamp: str, nonce: str
) -> dict[str, str]:  # fmt: skip
    """The headers that sign one POST to `url`, in place of a session.

    lcid: language id, "2052". org: organisation number, "0" = not given. timestamp: Unix seconds.
    """
    client_id, client_secret = client_parts(app_id)
    path = quote(urlsplit(url).path).replace("/", "%2F")
    message = f"POST\n{path}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n"
    told = f"{acct_id},{user},{lcid},{org}"
    return {
        "X-Api-ClientID": client_id,
        "X-Api-Auth-Version": "2.0",
        "x-api-timestamp": timestamp,
        "x-api-nonce": nonce,
        "x-api-signheaders": "x-api-timestamp,x-api-nonce",
        "X-Api-Signature": hex_in_base64(client_secret, message),
        "X-Kd-Appkey": app_id,
        "X-Kd-Appdata": base64.b64encode(told.encode()).decode(),
        "X-Kd-Signature": hex_in_base64(app_secret, app_id + told),
    }


def link_token(
    *, acct_id: str, user: str, app_id: str, app_secret: str, lcid: str, form: str, key: str, timestamp: str,
    algorithm: str = "sha256", permit: str = "",
) -> str:  # fmt: skip
    """The `ud` value (before URL encoding) that opens one bill signed in as `user`. Whoever holds it is that user.

    permit: "" = no permit count (V4), "0" = the link may be used again, "1" = once.
    """
    parts = [acct_id, user, app_id, app_secret, timestamp, *([permit] if permit else [])]
    told = {
        "dbid": acct_id,
        "username": user,
        "appid": app_id,
        "signeddata": sorted_hash(parts, algorithm),
        "timestamp": timestamp,
        "lcid": lcid,
        "origintype": "SimPas",
        "entryrole": "",
        "formid": form,
        "formtype": "bill",
        "pkid": key,
        "otherargs": f"|{{'permitcount':'{permit}'}}" if permit else "",
        "openmode": None,
    }
    return base64.b64encode(json.dumps(told, ensure_ascii=False).encode()).decode()
