"""Weaver e-cology 9: who sits before a browser, proved by the OA as OAuth2 provider.

Source: reference oa-weaver-ecology9, section 13.2. The shape of the profile's body is inferred there: where the site's OA
names the person elsewhere, the option `sso_attribute` says where.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from desktop.connectors.base import Secrets
from desktop.connectors.http import Wire, cut, page_text
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

_AUTHORIZE, _TOKEN, _PROFILE = "sso/oauth2.0/authorize", "sso/oauth2.0/accessToken", "sso/oauth2.0/profile"
_SAID_LENGTH = 200


class Browser:
    """The OAuth2 triple of one e-cology server. Safe for several threads; nothing of its calls is kept."""

    def __init__(self, wire: Wire, system: System, secrets: Secrets) -> None:
        self._wire, self._system, self._secrets = wire, system, secrets
        self._client_id = system.options.get("sso_client_id", "").strip()

    def address(self, back: str, state: str) -> str:
        """Where the browser asks the OA for a code. Raises PER-714 where the site named no OAuth2 application."""
        self._known()
        asked = {
            "client_id": self._client_id, "response_type": "code", "redirect_uri": back, "state": state,
        }  # fmt: skip
        return f"{self._system.base_url.rstrip('/')}/{_AUTHORIZE}?{urlencode(asked)}"

    def person(self, code: str, back: str) -> str:
        """The OA id of whoever got `code`; a code is good once. Raises PER-701 with the OA's words."""
        self._known()
        secret = self._secrets.find("sso_client_secret") or ""
        form = {
            "client_id": self._client_id, "client_secret": secret, "grant_type": "authorization_code",
            "code": code, "redirect_uri": back,
        }  # fmt: skip
        token = self._told(self._wire.call("POST", _TOKEN, form=form, quiet=True)).get("access_token")
        if not isinstance(token, str) or not token:
            raise self._refused("access_token")
        self._wire.hide_passing(token)
        query = {"access_token": token}
        profile = self._told(self._wire.call("GET", _PROFILE, query=query, quiet=True))
        return self._id_in(profile)

    def _id_in(self, profile: dict[str, Any]) -> str:
        name = self._system.options.get("sso_attribute", "").strip() or "userid"
        attributes = profile.get("attributes")
        found = attributes.get(name) if isinstance(attributes, dict) else None
        found = found if found is not None else profile.get(name)
        if not isinstance(found, (str, int)) or isinstance(found, bool) or not str(found).strip():
            raise self._refused(f"profile: {name}")
        return str(found).strip()

    def _told(self, answer: Any) -> dict[str, Any]:
        try:
            body = answer.json()
        except SyncError:
            raise self._refused(page_text(answer.text)) from None
        if answer.status != 200 or not isinstance(body, dict) or "error" in body:
            raise self._refused(str(body.get("error", answer.status)) if isinstance(body, dict) else "")
        return body

    def _known(self) -> None:
        if not self._client_id:
            raise SyncError(ErrorCode.CANNOT, certain=True, system=self._system.id, what="sso_client_id")

    def _refused(self, said: str) -> SyncError:
        said = cut(said, _SAID_LENGTH)
        return SyncError(ErrorCode.NOT_PERMITTED, certain=True, system=self._system.id, number="", said=said)
