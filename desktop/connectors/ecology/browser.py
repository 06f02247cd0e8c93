"""Weaver e-cology 9: who sits before a browser, proved by the OA as OAuth2 provider, or as CAS server.

Source: reference oa-weaver-ecology9, section 13.2. The shapes of both answers are inferred there: where the site's OA
names the person elsewhere, the option `sso_attribute` says where.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import urlencode

from desktop.connectors.base import Secrets
from desktop.connectors.ecology.client import Client
from desktop.connectors.http import cut, page_text
from desktop.domain.errors import ErrorCode, SyncError

WAYS = ("oauth2", "cas")
_AUTHORIZE, _TOKEN, _PROFILE = "sso/oauth2.0/authorize", "sso/oauth2.0/accessToken", "sso/oauth2.0/profile"
_LOGIN, _VALIDATE = "sso/login", "sso/serviceValidate"
_SAID_LENGTH, _MOST_XML = 200, 20_000


class Browser:
    """Both ways of one e-cology server. Safe for several threads; nothing of its calls is kept."""

    def __init__(self, client: Client, secrets: Secrets) -> None:
        self._client, self._wire, self._system, self._secrets = client, client.wire, client.system, secrets
        self._cas = self._option("sso_by") == "cas"
        self._client_id = self._option("sso_client_id")

    def address(self, back: str, state: str) -> str:
        """Where the browser asks the OA for a code. Raises PER-714 where the site named no OAuth2 application."""
        base = self._system.base_url.rstrip("/")
        if self._cas:
            return f"{base}/{_LOGIN}?{urlencode({'service': _service(back, state)})}"
        self._known()
        asked = {
            "client_id": self._client_id, "response_type": "code", "redirect_uri": back, "state": state,
        }  # fmt: skip
        return f"{base}/{_AUTHORIZE}?{urlencode(asked)}"

    def person(self, code: str, back: str, state: str) -> str:
        """The OA id of whoever got `code`; a code is good once. Raises PER-701 with the OA's words."""
        return self._by_cas(code, back, state) if self._cas else self._by_oauth2(code, back)

    # --- OAuth2 --------------------------------------------------------------------------------------------------

    def _by_oauth2(self, code: str, back: str) -> str:
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
        attributes = profile.get("attributes")
        named = attributes if isinstance(attributes, dict) else {}
        found = named.get(self._attribute)
        return self._id_of(found if found is not None else profile.get(self._attribute))

    def _told(self, answer: Any) -> dict[str, Any]:
        try:
            body = answer.json()
        except SyncError:
            raise self._refused(page_text(answer.text)) from None
        if answer.status != 200 or not isinstance(body, dict) or "error" in body:
            raise self._refused(str(body.get("error", answer.status)) if isinstance(body, dict) else "")
        return body

    # --- CAS -----------------------------------------------------------------------------------------------------

    def _by_cas(self, ticket: str, back: str, state: str) -> str:
        """The attribute, where the OA tells it; else the login name, looked up in the staff list."""
        query = {"service": _service(back, state), "ticket": ticket}
        answer = self._wire.call("GET", _VALIDATE, query=query, quiet=True)
        told = self._read_xml(answer.text if answer.status == 200 else "")
        success = next((each for each in told if _name(each) == "authenticationSuccess"), None)
        if success is None:
            raise self._refused(" ".join("".join(each.itertext()).strip() for each in told))
        values = {_name(each): (each.text or "").strip() for each in success.iter()}
        if values.get(self._attribute):
            return values[self._attribute]
        found = self._client.person_with_login(values["user"]) if values.get("user") else None
        return self._id_of(found.get("id") if found is not None else None)

    def _read_xml(self, text: str) -> ElementTree.Element:
        """No document type: entities are an attacker's tool, and CAS has none."""
        if len(text) > _MOST_XML or "<!" in text:
            raise self._refused(page_text(text))
        try:
            return ElementTree.fromstring(text.strip())
        except ElementTree.ParseError:
            raise self._refused(page_text(text)) from None

    # --- both ----------------------------------------------------------------------------------------------------

    @property
    def _attribute(self) -> str:
        return self._option("sso_attribute") or "userid"

    def _id_of(self, found: Any) -> str:
        if not isinstance(found, (str, int)) or isinstance(found, bool) or not str(found).strip():
            raise self._refused(f"profile: {self._attribute}")
        return str(found).strip()

    def _option(self, name: str) -> str:
        return self._system.options.get(name, "").strip()

    def _known(self) -> None:
        if not self._client_id:
            raise SyncError(ErrorCode.CANNOT, certain=True, system=self._system.id, what="sso_client_id")

    def _refused(self, said: str) -> SyncError:
        said = cut(said, _SAID_LENGTH)
        return SyncError(ErrorCode.NOT_PERMITTED, certain=True, system=self._system.id, number="", said=said)


def _service(back: str, state: str) -> str:
    return f"{back}?{urlencode({'state': state})}"


def _name(element: ElementTree.Element) -> str:
    """Without its namespace."""
    return element.tag.rpartition("}")[2]
