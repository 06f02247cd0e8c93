"""DingTalk: who sits before a browser, and the address of an instance's page.

The browser signs in at DingTalk's own page and comes back with a code that is good once; DingTalk tells us whose it was. The
profile names a person of the whole platform, not of this company: the company's directory says which of its people that is,
or that he is none. The page works in any browser, DingTalk's own too: there is no script of the vendor's on our pages.
Source: reference oa-dingtalk, sections 4 (task addresses) and 9 (sign-on).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from desktop.connectors.dingtalk.answers import rows_of, text_of
from desktop.connectors.dingtalk.client import Client
from desktop.connectors.http import cut
from desktop.domain.errors import ErrorCode, SyncError

LOGIN_URL = "https://login.dingtalk.com"
_NOT_HIM = frozenset({
    ErrorCode.REFUSED, ErrorCode.NOT_PERMITTED, ErrorCode.SESSION_LOST, ErrorCode.RECORD_MISSING,
    ErrorCode.APPLICANT_UNMAPPED,
})  # fmt: skip
"""What a refused code, profile or person looks like; whatever else fails is not the person's doing."""
_PAGES = ("https", "http")
_OPENERS = (*_PAGES, "dingtalk")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_OUTSIDE = "1"


class Browser:
    """Sign-on of one company's people. Safe for several threads; nothing of its calls is kept.

    Options of the system: login_url, instance_url (the address of an instance's page, with {id} and {corp} in it).
    """

    def __init__(self, client: Client) -> None:
        self._client, self._system = client, client.system

    # --- who sits there --------------------------------------------------------------------------------------------------
    def address(self, back: str, state: str) -> str:
        """Where the browser signs in; DingTalk sends it on to `back`, which must be among the app's redirect addresses."""
        asked = {
            "redirect_uri": back, "response_type": "code", "client_id": self._client.key, "scope": "openid",
            "prompt": "consent", "state": state,
        }  # fmt: skip
        base = self._system.options.get("login_url", "").strip() or LOGIN_URL
        return f"{base.rstrip('/')}/oauth2/auth?{urlencode(asked)}"

    def person(self, code: str) -> str:
        """The userid of whoever got `code`. Raises PER-701 with DingTalk's words: a code that is used, old or another app's,
        somebody who is not of this company (any more)."""
        try:
            union = text_of(self._client.profile(code).get("unionId"))
            told = self._client.old("topapi/user/getbyunionid", {"unionid": union}, union) if union else {}
        except SyncError as error:
            if error.code not in _NOT_HIM:
                raise
            raise self._refused(str(error.facts.get("said") or error.code.id)) from None
        found = told if isinstance(told, dict) else {}
        person = text_of(found.get("userid")).strip()
        if (
            not person or text_of(found.get("contact_type")) == _OUTSIDE
        ):  # somebody's customer in the address book
            raise self._refused("getbyunionid: userid")
        return person

    # --- the page of an instance -----------------------------------------------------------------------------------------
    def page(self, key: str, person: str) -> str:
        """The instance's page; it signs nobody in, DingTalk knows who sits there or asks. By the site's own pattern, else as
        DingTalk itself tells it for the person's task, or for any. Raises PER-714 where it tells none, or would have to be
        asked for nobody: callers whom nobody knows cost no metered calls."""
        if pattern := self._system.options.get("instance_url", "").strip():
            corp = self._system.options.get("corp_id", "").strip()
            found = pattern.replace("{id}", quote(key, safe="")).replace("{corp}", quote(corp, safe=""))
            return self._clean(found, _OPENERS)
        if not person:
            return self._clean("", _PAGES)
        tasks = [task for task in rows_of(self._client.instance(key).get("tasks")) if _page_of(task)]
        tasks.sort(key=lambda task: (text_of(task.get("userId")) == person, _is_running(task)))
        return self._clean(_page_of(tasks[-1]) if tasks else "", _PAGES)

    def _clean(self, address: str, schemes: tuple[str, ...]) -> str:
        """An address that a browser may be sent to, or PER-714."""
        parts = urlsplit(address)
        if parts.scheme in schemes and parts.netloc and address.isprintable() and " " not in address:
            return address
        raise SyncError(ErrorCode.CANNOT, certain=True, system=self._system.id, what="open_link")

    def _refused(self, said: str) -> SyncError:
        said = cut(said, 200)
        return SyncError(ErrorCode.NOT_PERMITTED, certain=True, system=self._system.id, number="", said=said)


def _page_of(task: Mapping[str, Any]) -> str:
    """A task's own address; some lack their scheme."""
    told = text_of(task.get("pcUrl")) or text_of(task.get("mobileUrl"))
    return told if not told or _SCHEME.match(told) else f"https://{told.lstrip('/')}"


def _is_running(task: Mapping[str, Any]) -> bool:
    return text_of(task.get("status")).upper() == "RUNNING"
