"""DingTalk: the wire. Two hosts, one token.

New host: the token in a header. Old host (people, departments): the token in the address, of which nothing is kept. A
read that meets a dead token is repeated once with a new one; an effect never is. Calls are metered by the vendor, so they
are counted here. Source: reference oa-dingtalk, sections 0 to 2, 5 to 7, 9 and 13.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from desktop.connectors.base import Secrets
from desktop.connectors.dingtalk.answers import Asked, new_result, old_result, rows_of, text_of, token_of
from desktop.connectors.http import Answer, RateLimit, Wire, cut
from desktop.connectors.tokens import SharedToken
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

PARALLEL = 4
QPS = 18.0
"""Calls of one interface a second: the standard edition refuses from 20 on."""

OLD_URL = "https://oapi.dingtalk.com"
_HEADER = "x-acs-dingtalk-access-token"
_INSTANCES = "v1.0/workflow/processInstances"
STORAGE = ("v1.0", "v2.0")
"""What the calls to storage may begin with; the sheet is not sure."""

ROOT_FOLDER = "0"
_PAGE = 20
_MOST_PAGES = 10_000 // _PAGE
"""One walk tells 10 000 ids at most."""

_LONGEST = timedelta(days=119)
"""A window of creation times may span 120 days."""

LIST_DAYS = 364
"""A window of creation times may not begin more than 365 days ago."""


class Turns:
    """A rate limit for each kind of call: the vendor counts by interface."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._limits: dict[str, RateLimit] = {}

    def wait(self, kind: str) -> None:
        """Until it is this call's turn."""
        self._limits.setdefault(kind, RateLimit(self._per_s)).wait()


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """One app token; it works on both hosts."""

    value: str


class Client:
    """One company's app. Safe for several threads; they share one token. calls: how many went out since it was made."""

    def __init__(
        self, system: System, secrets: Secrets, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.system, self._secrets = system, secrets
        self.key = system.options.get("app_key", "").strip()
        parallel = max(1, int(system.number("parallel", PARALLEL)))
        self.wire = Wire(system, cookies=False, parallel=parallel)
        old = system.options.get("old_url", "").strip() or OLD_URL
        self._old = Wire(replace(system, base_url=old), cookies=False, parallel=parallel)
        self._tokens = SharedToken(system.id, self._fetched, monotonic)
        self._turns = Turns(system.number("qps", QPS))
        version = system.options.get("storage_version", "")
        self._storage = f"{version if version in STORAGE else STORAGE[0]}/storage/spaces"

    @property
    def calls(self) -> int:
        """Every call that left, on both hosts."""
        return self.wire.calls + self._old.calls

    # --- the token -----------------------------------------------------------------------------------------------------
    def token(self) -> Token:
        """The token in force. Raises SES-203, PER-706, NET-1xx."""
        return self._tokens.current()

    def _fetched(self) -> tuple[Token, float]:
        secret = self._secrets.get("app_secret")
        self.wire.hide(secret)
        self._old.hide(secret)
        body = {"appKey": self.key, "appSecret": secret}
        value, life_s = token_of(
            self.system.id, self.wire.call("POST", "v1.0/oauth2/accessToken", body=body, quiet=True)
        )
        self.wire.hide_passing(value)
        self._old.hide_passing(value)
        return Token(value), life_s

    def _asked(
        self, path: str, body: Mapping[str, Any], asked: Asked, query: Mapping[str, str] | None = None,
        *, quiet: bool = False,
    ) -> Mapping[str, Any]:  # fmt: skip
        """A read that is a POST. quiet: what it answers lets whoever reads it have a file."""
        return self._tokens.read(
            lambda token: new_result(self._new("POST", path, token, body, query, quiet), asked)
        )

    def _effect(
        self, path: str, body: Mapping[str, Any], asked: Asked, query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        return self._tokens.effect(
            lambda token: new_result(self._new("POST", path, token, body, query), asked)
        )

    def _new(
        self, method: str, path: str, token: Token, body: Any, query: Mapping[str, str] | None, quiet: bool = False
    ) -> Answer:  # fmt: skip
        self._turns.wait(f"{method} {path}")
        headers = {_HEADER: token.value}
        return self.wire.call(method, path, body=body, query=query, headers=headers, quiet=quiet)

    # --- reads ---------------------------------------------------------------------------------------------------------
    def instance(self, key: str) -> Mapping[str, Any]:
        """One instance (4). Raises DAT-402 when it is not there, PER-701 when we may not read."""
        asked, query = Asked(self.system.id, key), {"processInstanceId": key}
        told = self._tokens.read(
            lambda token: new_result(self._new("GET", _INSTANCES, token, None, query), asked)
        )
        found = told.get("result")
        if not isinstance(found, dict) or not found:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=self.system.id, number=key)
        return found

    def instance_ids(
        self, process: str, since: datetime, statuses: Sequence[str], users: Sequence[str] = (),
        until: datetime | None = None,
    ) -> Iterator[str]:  # fmt: skip
        """Ids of the instances that were *created* since then (and before `until`), each once, page by page (5). Windows longer
        than the vendor allows are asked for in parts."""
        seen: set[str] = set()
        now = datetime.now(UTC)
        start = max(since, now - timedelta(days=LIST_DAYS))
        close = until if until and until < now else None
        while close is None or start < close:
            end = start + _LONGEST
            last = end >= (close or now)
            for found in self._window(process, start, close if last else end, statuses, users):
                if found not in seen:
                    seen.add(found)
                    yield found
            if last:
                return
            start = end

    def _window(
        self, process: str, start: datetime, end: datetime | None, statuses: Sequence[str], users: Sequence[str]
    ) -> Iterator[str]:  # fmt: skip
        body: dict[str, Any] = {"processCode": process, "startTime": _ms(start), "maxResults": _PAGE}
        body |= {"endTime": _ms(end)} if end else {}
        body |= {"statuses": list(statuses)} if statuses else {}
        body |= {"userIds": list(users)} if users else {}
        asked, at, asked_for = Asked(self.system.id, form=process), 0, set[int]()
        while at not in asked_for:
            asked_for.add(at)
            page = {**body, "nextToken": at}
            told = self._tokens.read(
                lambda token, page=page: new_result(  # type: ignore[misc]
                    self._new("POST", "v1.0/workflow/processes/instanceIds/query", token, page, None), asked
                )
            )
            result = told.get("result")
            ids = result.get("list") if isinstance(result, dict) else None
            if not isinstance(ids, list):
                raise SyncError(
                    ErrorCode.UNREADABLE, system=self.system.id, number=process, said=str(told)[:200]
                )
            yield from (text_of(each) for each in ids)
            behind = text_of(result.get("nextToken")) if isinstance(result, dict) else ""
            if not behind:  # an empty page is no end: only the token tells
                return
            if not behind.isdecimal() or len(asked_for) >= _MOST_PAGES:
                break
            at = int(behind)
        said = f"paging stops amid the list, page {len(asked_for)}"
        raise SyncError(ErrorCode.UNREADABLE, system=self.system.id, number=process, said=said)

    def schema(self, process: str) -> list[dict[str, Any]]:
        """The controls of a template's form (7). Raises DAT-401 where there is no such template."""
        asked, query = Asked(self.system.id, process, process), {"processCode": process}
        told = self._tokens.read(
            lambda token: new_result(
                self._new("GET", "v1.0/workflow/forms/schemas/processCodes", token, None, query), asked
            )
        )
        result = told.get("result")
        content = result.get("schemaContent") if isinstance(result, dict) else None
        items = rows_of(content.get("items")) if isinstance(content, dict) else []
        if not items:
            raise SyncError(
                ErrorCode.UNREADABLE, system=self.system.id, number=process, said="form without controls"
            )
        return items

    def space(self, person: str) -> str:
        """The drive's space in which attachments of approvals lie; asking lets this person put files there (13)."""
        agent = self.system.options.get("agent_id", "").strip()
        body: dict[str, Any] = {"userId": person, **({"agentId": int(agent)} if agent.isdigit() else {})}
        told = self._asked(f"{_INSTANCES}/spaces/infos/query", body, Asked(self.system.id, person))
        return self._named(told.get("result"), "spaceId", person)

    def upload_place(self, space: str, union: str) -> tuple[str, str, Mapping[str, Any]]:
        """(upload key, address, headers) for the bytes of one file (13). Nothing stands before `commit`."""
        path = f"{self._storage}/{quote(space, safe='')}/files/uploadInfos/query"
        body, asked = {"protocol": "HEADER_SIGNATURE", "multipart": False}, Asked(self.system.id, space)
        told = self._asked(path, body, asked, {"unionId": union}, quiet=True)
        place = told.get("headerSignatureInfo")
        addresses = place.get("resourceUrls") if isinstance(place, dict) else None
        headers = place.get("headers") if isinstance(place, dict) else None
        if not (isinstance(addresses, list) and addresses and isinstance(headers or {}, dict)):
            raise self._lacks("resourceUrls", space)
        return self._named(told, "uploadKey", space), text_of(addresses[0]), headers or {}

    def file_address(self, key: str, file_id: str) -> str:
        """Where the bytes of a file of this instance are to be had now (13)."""
        path = f"{_INSTANCES}/spaces/files/urls/download"
        body = {"processInstanceId": key, "fileId": file_id, "withCommentAttatchment": False}
        told = self._asked(path, body, Asked(self.system.id, key), quiet=True)
        return self._named(told.get("result"), "downloadUri", key)

    def _named(self, told: Any, name: str, number: str) -> str:
        found = text_of(told.get(name)) if isinstance(told, dict) else ""
        if not found:
            raise self._lacks(name, number)
        return found

    def _lacks(self, name: str, number: str) -> SyncError:
        return SyncError(ErrorCode.UNREADABLE, system=self.system.id, number=number, said=f"no {name}")

    def old(self, path: str, body: Mapping[str, Any], number: str = "") -> Any:
        """A read on the old host (9): `result`."""
        asked = Asked(self.system.id, number)

        def call(token: Token) -> Any:
            self._turns.wait(path)
            answer = self._old.call("POST", path, body=dict(body), query={"access_token": token.value})
            return old_result(answer, asked)

        return self._tokens.read(call)

    # --- a browser's person --------------------------------------------------------------------------------------------
    def profile(self, code: str) -> Mapping[str, Any]:
        """Whose one-use code this is: his profile on the platform (9). Nothing of both calls is kept: a code, a token that
        is his, and what DingTalk knows of him."""
        secret, asked = self._secrets.get("app_secret"), Asked(self.system.id)
        self.wire.hide(secret)
        body = {"clientId": self.key, "clientSecret": secret, "code": code, "grantType": "authorization_code"}
        told = new_result(self.wire.call("POST", "v1.0/oauth2/userAccessToken", body=body, quiet=True), asked)
        token = text_of(told.get("accessToken"))
        if not token:
            raise SyncError(
                ErrorCode.REFUSED, certain=True, system=self.system.id, number="", said="accessToken"
            )
        self.wire.hide_passing(token)
        headers = {_HEADER: token}
        return new_result(self.wire.call("GET", "v1.0/contact/users/me", headers=headers, quiet=True), asked)

    # --- effects -------------------------------------------------------------------------------------------------------
    def create(self, body: Mapping[str, Any], person: str) -> str:
        """*effect* A new instance (3): its id. There is no key that makes a second call harmless."""
        told = self._effect(_INSTANCES, body, Asked(self.system.id, person, text_of(body.get("processCode"))))
        found = text_of(told.get("instanceId"))
        if not found:
            raise SyncError(ErrorCode.NOT_JSON, system=self.system.id, said=str(told)[:200])
        return found

    def terminate(self, key: str, person: str, reason: str) -> None:
        """*effect* Withdraws a running instance in its originator's name (6)."""
        body = {
            "processInstanceId": key, "isSystem": False, "operatingUserId": person, "remark": reason[:1000],
        }  # fmt: skip
        self._done(self._effect(f"{_INSTANCES}/terminate", body, Asked(self.system.id, key)))

    def comment(self, key: str, person: str, text: str) -> None:
        """*effect* A comment on an instance, running or over (6)."""
        body = {"processInstanceId": key, "commentUserId": person, "text": text}
        self._done(self._effect(f"{_INSTANCES}/comments", body, Asked(self.system.id, key)))

    def _done(self, told: Mapping[str, Any]) -> None:
        """A yes says `result: true` (6); anything else leaves open what happened."""
        if text_of(told.get("result")).lower() != "true":
            raise SyncError(
                ErrorCode.SERVER_ERROR, system=self.system.id, status=200, said=cut(str(told), 200)
            )

    def commit(self, space: str, union: str, upload_key: str, name: str) -> tuple[str, int]:
        """*effect* What was uploaded is a file now (13): its id and its size, 0 where none is told. A name that is taken gets
        a number; another instance's file of that name must stay as it is."""
        body = {
            "uploadKey": upload_key, "name": name, "parentId": self.system.options.get("storage_folder", "") or ROOT_FOLDER,
            "option": {"conflictStrategy": "AUTO_RENAME"},
        }  # fmt: skip
        path = f"{self._storage}/{quote(space, safe='')}/files/commit"
        told = self._effect(path, body, Asked(self.system.id, name), {"unionId": union})
        held = told.get("dentry")
        entry = held if isinstance(held, dict) else told
        file_id = text_of(entry.get("id") or entry.get("fileId"))
        if not file_id:
            raise self._lacks("file id", name)
        size = text_of(entry.get("size"))
        return file_id, int(size) if size.isdigit() else 0

    def close(self) -> None:
        """A token dies by itself; only the sockets are freed."""
        self.wire.close()
        self._old.close()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
