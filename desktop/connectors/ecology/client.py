"""Weaver e-cology 9: the wire.

Calls in the name of a person and turns the answer into plain values or a SyncError. A read that meets a dead token is
repeated once after renewal; an effect never is. Knows nothing of flows or documents; connector.py does.
Source: reference oa-weaver-ecology9, sections 2 to 6, 12 and 13.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from desktop.connectors.base import Secrets
from desktop.connectors.ecology.answers import (
    SUCCESS,
    Asked,
    Envelope,
    door_error,
    envelope,
    refusal,
    rows_of,
    text_of,
)
from desktop.connectors.ecology.signin import SignIn, Token
from desktop.connectors.http import Upload, Wire, cut, page_text
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

PARALLEL = 5
PAGE_SIZE = 200
_FLOWS = "api/workflow/paService/"
_PEOPLE = "api/hrm/resful/"
_UPLOAD = "api/doc/upload/uploadFile2Doc"
_ACCOUNT = "api/hrm/login/getAccountList"
_STAFF = "getHrmUserInfoWithPage"
_SSO_TOKEN = "ssologin/getToken"
_HEX_TOKEN = re.compile(r"[0-9A-Fa-f]{64,}")
_MONITOR = {"ismonitor": "1"}


def json_text(value: Any) -> str:
    """Complex parameters travel as JSON text inside a form field."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Client:
    """One e-cology server. Safe for several threads. `own` is the integration account's numeric id."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self.system, self._secrets = system, secrets
        self.own = system.options.get("user_id", "").strip()
        self.wire = Wire(system, cookies=False, parallel=int(system.number("parallel", PARALLEL)))
        self.sign_in = SignIn(self.wire, system, secrets)
        self._page_size = max(1, int(system.number("page_size", PAGE_SIZE)))

    # reads ---------------------------------------------------------------------------------------------------

    def read_request(self, request_id: str, person: str) -> Mapping[str, Any]:
        """Form values, details, opinions and the current node of one request, as `person` may see it (5.2).

        Raises DAT-402 when the OA says that it is not there, PER-701 when `person` may not see it.
        """
        found = self._ask("getWorkflowRequest", person, request_id)
        if found.code in (SUCCESS, "") and isinstance(found.data, dict) and found.data.get("requestId"):
            if str(found.data.get("canView", "")).lower() == "false":
                asked = self._asked(person, request_id)
                raise refusal(Envelope("NO_PERMISSION", None, {}, "canView: false"), asked)
            return found.data
        return self._explain_absence(found, person, request_id)

    def request_status(self, request_id: str, person: str) -> Mapping[str, Any] | None:
        """Node, node type and creator of one request (5.1); None when the OA says that it is not there.

        Raises PER-701 when `person` may not see it.
        """
        found = self._ask("getRequestStatus", person, request_id)
        if found.code in (SUCCESS, ""):
            known = isinstance(found.data, dict) and found.data.get("requestId")
            return found.data if known else None
        if found.code == "PARAM_ERROR":
            return None
        raise refusal(found, self._asked(person, request_id))

    def request_log(self, request_id: str, person: str) -> list[dict[str, Any]]:
        """All log items of one request with their `logtype` (5.3)."""
        items: list[dict[str, Any]] = []
        while True:
            paging = {"pageSize": self._page_size, "pageNumber": len(items) // self._page_size + 1}
            found = self._ask("getRequestLog", person, request_id, otherParams=json_text(paging))
            if found.code not in (SUCCESS, ""):
                raise refusal(found, self._asked(person, request_id))
            page = rows_of(found.data)
            items += page
            if len(page) < self._page_size:
                return items

    def resources(self, request_id: str) -> Any:
        """What hangs on one request, as the integration account may see it (5.5): in an envelope or bare. `requestid` is
        lower case here."""
        asked = self._asked(self.own, request_id)
        body = self._read("GET", _FLOWS + "getRequestResources", asked, query={"requestid": request_id})
        if isinstance(body, list):
            return body
        found = envelope(body, self.system.id)
        if found.code not in (SUCCESS, ""):
            raise refusal(found, asked)
        return found.data

    def fetch(self, path: str, query: Mapping[str, str], name: str, most: int) -> bytes:
        """A file by its address (8). What comes as a page is a refusal, whatever its status says: PER-701. DAT-404 (field =
        its name) above `most` bytes."""
        token = self.sign_in.token()
        headers = self.sign_in.headers(token, self.own)
        try:
            answer = self.wire.call("GET", path, query=query, headers=headers, as_file=True, most=most)
        except SyncError as error:
            if error.code is ErrorCode.TOO_LONG:
                error.facts["field"] = name
            raise
        if answer.status != 200:
            said = page_text(answer.text)
            raise SyncError(ErrorCode.SERVER_ERROR, system=self.system.id, status=answer.status, said=said)
        if "disposition" not in " ".join(answer.headers) and answer.text:
            said = page_text(answer.text)
            raise SyncError(
                ErrorCode.NOT_PERMITTED, certain=True, system=self.system.id, number=name, said=said
            )
        return answer.content

    def form(self, workflow: str, person: str) -> Mapping[str, Any]:
        """The empty form of a workflow (7). `person` must have the right to create it, else PER-701."""
        asked = self._asked(person, form=workflow)
        path = _FLOWS + "getCreateWorkflowRequestInfo"
        found = envelope(self._read("GET", path, asked, query={"workflowId": workflow}), self.system.id)
        if found.code not in (SUCCESS, ""):
            raise refusal(found, asked)
        if not isinstance(found.data, dict):
            raise SyncError(ErrorCode.NOT_JSON, system=self.system.id, said=found.said)
        return found.data

    def listing(
        self, endpoint: str, person: str, conditions: Mapping[str, str], *, limit: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Rows of a list call for `person`, page by page, each request once (6).

        limit: no more rows than this are asked for (0 = all).
        Raises NET-105 for a page that is no list, DAT-410 for a row without an id.
        """
        size, seen, page = limit or self._page_size, set[str](), 1
        while True:
            rows = self._page(endpoint, person, conditions, page, size)
            fresh = [row for row in rows if _row_id(row) not in seen]
            seen.update(_row_id(row) for row in fresh)
            yield from fresh
            # A server that caps the page size does so at a round number: only an odd short page is surely the last.
            if limit or not fresh or (len(rows) < size and len(rows) % 10):
                return
            page += 1

    def people(self, endpoint: str, **wanted: str) -> Iterator[dict[str, Any]]:
        """Rows of an HRM list, page by page (12); wanted: the list's own filters, such as id="57".
        Raises PER-701 when the caller is refused, DAT-410 when pages lack."""
        asked, count, page = self._asked(self.own), 0, 1
        while True:
            params = json_text({"pagesize": self._page_size, "curpage": page, **wanted})
            body = self._read("POST", _PEOPLE + endpoint, asked, form={"params": params})
            rows, total = self._people_page(body, asked)
            yield from rows
            count, page = count + len(rows), page + 1
            if count >= total if total is not None else len(rows) < self._page_size:
                return
            if not rows:
                raise SyncError(
                    ErrorCode.UNREADABLE,
                    system=self.system.id,
                    number=endpoint,
                    said=f"{count} of {total} rows",
                )

    def person(self, person_id: str) -> Mapping[str, Any] | None:
        """One row of the staff list, or None (12). A server that ignores the filter answers others, too."""
        rows = self.people(_STAFF, id=person_id)
        return next((row for row in rows if text_of(row.get("id")) == person_id), None)

    def person_with_login(self, login: str) -> Mapping[str, Any] | None:
        """The row of the staff list with this login name; None where there is none, or several."""
        rows = [row for row in self.people(_STAFF, loginid=login) if text_of(row.get("loginid")) == login]
        return rows[0] if len(rows) == 1 else None

    def account(self, person: str) -> Mapping[str, Any]:
        """Who the OA takes `person` for: `userid`, `username` and departments (12)."""
        body = self._read("GET", _ACCOUNT, self._asked(person))
        found = body.get("data") if isinstance(body, dict) else None
        return found if isinstance(found, dict) else {}

    def sso_token(self, login: str) -> str:
        """A one-time token that signs `login` in. Answers text, good or bad with HTTP 200: only the pattern counts (13.1).

        Raises PER-701 with the OA's words.
        """
        options = self.system.options
        form = {"appid": options.get("sso_app_id") or options.get("app_id", ""), "loginid": login}
        if secret := self._secrets.find("sso_secret"):
            form["secret"] = secret
        answer = self.wire.call("POST", _SSO_TOKEN, form=form, quiet=True)
        token = answer.text.strip()
        if answer.status != 200 or not _HEX_TOKEN.fullmatch(token):
            said = page_text(answer.text)
            raise SyncError(
                ErrorCode.NOT_PERMITTED, certain=True, system=self.system.id, number=login, said=said
            )
        self.wire.hide_passing(token)
        return token

    # effects -------------------------------------------------------------------------------------------------

    def upload(self, folder: str, name: str, content: bytes, person: str) -> Mapping[str, Any]:
        """*effect* uploadFile2Doc (8): a loose document in a directory; answers `data`."""
        asked, token = self._asked(person, name, effect=True), self.sign_in.token()
        if not person.isdigit():
            raise _no_person(asked)
        form, file = {"category": folder, "name": name}, Upload("file", name, content)
        headers = self.sign_in.headers(token, person)
        answer = self.wire.call("POST", _UPLOAD, form=form, upload=file, headers=headers)
        if answer.status != 200:
            said = page_text(answer.text)
            raise SyncError(ErrorCode.SERVER_ERROR, system=self.system.id, status=answer.status, said=said)
        body = answer.json()
        if error := door_error(body, asked):
            if error.code == ErrorCode.SESSION_LOST:
                self.sign_in.drop(token)
            raise error
        token.proven = True
        found = envelope(body, self.system.id)
        if found.code not in (SUCCESS, "") or not isinstance(found.data, dict):
            raise refusal(found, asked)
        return found.data

    def create(self, person: str, fields: Mapping[str, str], *, number: str, form: str) -> str:
        """*effect* doCreateRequest (3); answers the request id. `number` and `form` are for the error's facts."""
        answer = self._act("doCreateRequest", self._asked(person, number, form, effect=True), fields)
        found = answer.data if isinstance(answer.data, dict) else {}
        request_id = text_of(found.get("requestid") or found.get("requestId"))
        if not request_id.isdigit() or request_id == "0":
            raise SyncError(
                ErrorCode.UNREADABLE, system=self.system.id, number=number, said=cut(repr(answer.data), 120)
            )
        return request_id

    def submit(self, request_id: str, person: str, fields: Mapping[str, str], form: str) -> None:
        """*effect* submitRequest: approve, hand on, or the creator's resubmission."""
        self._drive("submitRequest", request_id, person, fields, form)

    def reject(self, request_id: str, person: str, remark: str) -> None:
        """*effect* rejectRequest along the node's own return link."""
        self._drive("rejectRequest", request_id, person, {"remark": remark})

    def withdraw(self, request_id: str, person: str, remark: str) -> None:
        """*effect* withdrawRequest, by the person who handed it in, while nobody has dealt with it."""
        self._drive("withdrawRequest", request_id, person, {"remark": remark})

    def draw_back(self, request_id: str) -> None:
        """*effect* doForceDrawBack by the integration account's monitor right."""
        self._drive("doForceDrawBack", request_id, self.own, {"otherParams": json_text(_MONITOR)})

    def force_over(self, request_id: str) -> None:
        """*effect* doForceOver by the monitor right: ends it at node type 3 without approval, its history stays."""
        self._drive("doForceOver", request_id, self.own, {"otherParams": json_text(_MONITOR)})

    def forward(self, request_id: str, person: str, to: str, remark: str) -> None:
        """*effect* forwardRequest (flag 1): the request stays where it is, `to` reads the remark."""
        fields = {"forwardFlag": "1", "forwardResourceIds": to, "remark": remark}
        self._drive("forwardRequest", request_id, person, fields)

    def delete(self, request_id: str, person: str) -> None:
        """*effect* deleteRequest as its creator, while it is at the create node."""
        self._drive("deleteRequest", request_id, person, {})

    # below ---------------------------------------------------------------------------------------------------

    def _asked(self, person: str, number: str = "", form: str = "", *, effect: bool = False) -> Asked:
        return Asked(self.system.id, person, person == self.own, number, form, effect)

    def _ask(self, endpoint: str, person: str, request_id: str, **query: str) -> Envelope:
        asked = self._asked(person, request_id)
        body = self._read("GET", _FLOWS + endpoint, asked, query={"requestId": request_id, **query})
        return envelope(body, self.system.id)

    def _drive(
        self, endpoint: str, request_id: str, person: str, fields: Mapping[str, str], form: str = ""
    ) -> None:
        asked = self._asked(person, request_id, form, effect=True)
        self._act(endpoint, asked, {"requestId": request_id, **fields})

    def _explain_absence(self, found: Envelope, person: str, request_id: str) -> Mapping[str, Any]:
        """A request that one read does not show: only a second, different read tells gone from hidden."""
        asked = self._asked(person, request_id)
        if found.code == "USER_EXCEPTION":
            raise refusal(found, asked)
        if self.request_status(request_id, person) is None:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=self.system.id, number=request_id)
        if found.code in ("NO_PERMISSION", "SYSTEM_INNER_ERROR"):
            raise refusal(found, asked)
        raise SyncError(ErrorCode.UNREADABLE, system=self.system.id, number=request_id, said=found.said)

    def _page(
        self, endpoint: str, person: str, conditions: Mapping[str, str], page: int, size: int
    ) -> list[dict[str, Any]]:
        form = {"pageNo": str(page), "pageSize": str(size), "conditions": json_text(conditions)}
        asked = self._asked(person, endpoint)
        body = self._read("POST", _FLOWS + endpoint, asked, form=form)
        if isinstance(body, dict):
            raise refusal(envelope(body, self.system.id), asked)
        if not isinstance(body, list):
            raise SyncError(ErrorCode.NOT_JSON, system=self.system.id, said=cut(repr(body), 120))
        if any(not isinstance(row, dict) or not _row_id(row) for row in body):
            raise SyncError(ErrorCode.UNREADABLE, system=self.system.id, number=endpoint, said="no requestId")
        return body

    def _people_page(self, body: Any, asked: Asked) -> tuple[list[dict[str, Any]], int | None]:
        found = body.get("data") if isinstance(body, dict) else None
        if not isinstance(body, dict) or text_of(body.get("code")) != "1" or not isinstance(found, dict):
            said = (
                cut(text_of(found) or json_text(body), 200)
                if isinstance(body, dict)
                else cut(repr(body), 120)
            )
            raise SyncError(ErrorCode.NOT_PERMITTED, certain=True, system=asked.system, number="", said=said)
        rows = rows_of(found.get("dataList", found.get("rows")))
        total = text_of(found.get("totalSize", found.get("total")))
        return rows, int(total) if total.isdigit() else None

    def _read(
        self,
        method: str,
        path: str,
        asked: Asked,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Any:
        token = self.sign_in.token()
        try:
            return self._call(token, method, path, asked, query, form)
        except SyncError as error:
            if not _token_may_be_dead(error, token):
                raise
        token = self.sign_in.token(instead_of=token)
        try:
            return self._call(token, method, path, asked, query, form)
        except SyncError as error:
            if error.code != ErrorCode.SESSION_LOST:
                raise
            raise SyncError(ErrorCode.SESSION_LOST_TWICE, system=self.system.id) from None

    def _act(self, endpoint: str, asked: Asked, fields: Mapping[str, str]) -> Envelope:
        token = self.sign_in.token()
        try:
            body = self._call(token, "POST", _FLOWS + endpoint, asked, None, fields)
        except SyncError as error:
            if _token_may_be_dead(error, token):
                self.sign_in.drop(token)
            raise
        answer = envelope(body, self.system.id)
        if answer.code != SUCCESS:
            raise refusal(answer, asked)
        return answer

    def _call(
        self,
        token: Token,
        method: str,
        path: str,
        asked: Asked,
        query: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
    ) -> Any:
        if not asked.person.isdigit():
            raise _no_person(asked)
        headers = self.sign_in.headers(token, asked.person)
        answer = self.wire.call(method, path, form=form, query=query, headers=headers)
        if answer.status != 200:
            raise SyncError(
                ErrorCode.SERVER_ERROR,
                system=self.system.id,
                status=answer.status,
                said=page_text(answer.text),
            )
        body = answer.json()
        if error := door_error(body, asked):
            raise error
        token.proven = True
        return body


def _row_id(row: Mapping[str, Any]) -> str:
    return text_of(row.get("requestId") or row.get("requestid"))


def _token_may_be_dead(error: SyncError, token: Token) -> bool:
    """Old patches answer a dead token with HTTP 500 and a page; a token that never worked is no suspect then."""
    if error.code == ErrorCode.SERVER_ERROR:
        return token.proven and error.facts.get("status") == 500
    return error.code == ErrorCode.SESSION_LOST


def _no_person(asked: Asked) -> SyncError:
    """`userid` is the internal number; a login name would be somebody else or nobody."""
    if asked.own:
        return SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"user_id {asked.person!r}")
    return SyncError(ErrorCode.APPLICANT_UNMAPPED, certain=True, person=asked.person, number=asked.number)
