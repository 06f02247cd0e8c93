"""Weaver e-cology 9: listing and reading requests, as the integration account sees them, and finding them by our key.

Source: reference oa-weaver-ecology9, sections 5, 6, 9 and 10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from desktop.connectors.ecology.answers import rows_of, text_of
from desktop.connectors.ecology.client import Client
from desktop.connectors.ecology.decisions import (
    ARCHIVE,
    CREATE,
    NODE_TYPES,
    Operation,
    needs_logtype,
    operations,
    opinions,
    parse_time,
    status_of,
    waiting_on,
    with_logtypes,
)
from desktop.connectors.ecology.forms import Form, main_value, parse_values
from desktop.connectors.ecology.nodes import Nodes
from desktop.connectors.ecology.remarks import plain_text
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import OaRequest, Ref, RequestHead, RequestStatus

_MINE = "getMyWorkflowRequestList"
_TO_DO = "getToDoWorkflowRequestList"


class Reader:
    """Reads requests of one server. Remembers only what spares a second question (nodes.py)."""

    def __init__(self, client: Client, zone: tzinfo, list_name: str) -> None:
        self._client, self._zone, self._list = client, zone, list_name
        self._system_id, self._own = client.system.id, client.own
        self._nodes = Nodes()

    def heads(self, side: OaSide, since: datetime) -> list[RequestHead]:
        """Heads of the workflow's requests handled since the OA-local day before `since`; see connector.requests."""
        conditions = {"workflowIds": ",".join(self._workflows(side)), **self._days("operatedate", since)}
        rows = {_request_id(row): row for row in self._client.listing(self._list, self._own, conditions)}
        if any("currentnodetype" not in row for row in rows.values()):
            for node_type in (ARCHIVE, CREATE):
                typed = self._client.listing(self._list, self._own, {**conditions, "nodetype": node_type})
                rows |= {_request_id(row): {**row, "currentnodetype": node_type} for row in typed}
        places = {one: (text_of(row.get("currentNodeId")), _node_type(row)) for one, row in rows.items()}
        self._nodes.note_listing(side.workflow, places)
        return [self._head(side, row) for row in rows.values()]

    def waiting(self, side: OaSide) -> list[RequestHead]:
        """Heads of the workflow's requests that lie with the integration account; see connector.waiting_requests."""
        conditions = {"workflowIds": ",".join(self._workflows(side))}
        return [self._head(side, row) for row in self._client.listing(_TO_DO, self._own, conditions)]

    def read(self, side: OaSide, ref: Ref, form: Form | None) -> OaRequest:
        """One request, status proved; see connector.read_request."""
        data = self._client.read_request(ref.key, self._own)
        self._note_version(side, data)
        node_id = text_of(data.get("currentNodeId"))
        node_type = self._type_at(side, ref.key, node_id)
        done = self._operations(ref.key, node_type, node_id, data)
        fields, details = parse_values(data, form)
        return OaRequest(
            ref=Ref(self._system_id, side.form, ref.key, ref.number or ref.key),
            title=_title(data),
            status=_judged(side, data, status_of(node_type, done)),
            fields=fields,
            details=details,
            applicant=text_of(data.get("creatorId")),
            opinions=opinions(done),
            node=plain_text(text_of(data.get("currentNodeName"))),
            changed_at=self._changed_at(data),
            waiting_on=waiting_on(done) if node_type not in (CREATE, ARCHIVE) else (),
        )

    def with_key(
        self, side: OaSide, part: str, sent_as: str, since: datetime | None
    ) -> Iterator[tuple[str, Ref]]:
        """(key in the field, Ref) of every request of `sent_as` whose title contains `part`, newest first.

        The title search only says "contains", so each hit's field is read. The workflow is left open, since the OA
        files a request under the active version's id.
        """
        conditions = {"requestname": part, **(self._days("createdate", since) if since else {})}
        hits = {_request_id(row) for row in self._client.listing(_MINE, sent_as, conditions)}
        for request_id in sorted(hits, key=lambda one: (len(one), one), reverse=True):
            try:
                data = self._client.read_request(request_id, sent_as)
            except SyncError as error:
                if error.code == ErrorCode.RECORD_MISSING:
                    continue  # deleted since the listing
                raise
            found = main_value(data, side.key_field) if side.key_field else _title(data).rpartition(" ")[2]
            yield found, Ref(self._system_id, side.form, request_id, request_id)

    def _workflows(self, side: OaSide) -> list[str]:
        """The workflow and its versions: those that the site names, and those that were seen."""
        named = [one.strip() for one in side.options.get("workflow_versions", "").split(",")]
        known = [*self._nodes.versions_of(side.workflow), *named]
        return list(dict.fromkeys(one for one in known if one))

    def _days(self, name: str, since: datetime) -> dict[str, str]:
        """A range of OA-local days with one to spare at either end."""
        first = since.astimezone(self._zone).date() - timedelta(days=1)
        last = datetime.now(UTC).astimezone(self._zone).date() + timedelta(days=1)
        return {f"{name}select": "6", f"{name}from": first.isoformat(), f"{name}to": last.isoformat()}

    def _head(self, side: OaSide, row: Mapping[str, Any]) -> RequestHead:
        node_type, request_id = _node_type(row), _request_id(row)
        return RequestHead(
            ref=Ref(self._system_id, side.form, request_id, request_id),
            title=_title(row),
            settled=node_type in (CREATE, ARCHIVE)
            or (not node_type and text_of(row.get("isbereject")) == "1"),
            node=plain_text(text_of(row.get("currentNodeName"))),
            creator=text_of(row.get("creatorId")),
            changed_at=self._changed_at(row),
            ended=node_type == ARCHIVE,
        )

    def _changed_at(self, row: Mapping[str, Any]) -> datetime | None:
        text = text_of(row.get("lastOperateTime")) or text_of(row.get("createTime"))
        return parse_time(text, self._zone)

    def _note_version(self, side: OaSide, data: Mapping[str, Any]) -> None:
        base = data.get("workflowBaseInfo")
        if isinstance(base, dict):
            self._nodes.note_version(side.workflow, text_of(base.get("workflowId")))

    def _type_at(self, side: OaSide, request_id: str, node_id: str) -> str:
        """The type of the node at which the reading saw the request; "" when it has moved on since: a request that
        moves is running, and the next pass sees where it went."""
        known = self._nodes.type_at(side.workflow, request_id, node_id)
        if known is not None:
            return known
        found = self._client.request_status(request_id, self._own)
        if found is None:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=self._system_id, number=request_id)
        told, at = text_of(found.get("currentNodeType")), text_of(found.get("currentNodeId"))
        if told not in NODE_TYPES:
            said = f"currentNodeType {told!r}"
            raise SyncError(ErrorCode.UNREADABLE, system=self._system_id, number=request_id, said=said)
        self._nodes.note_type(at, told)
        return told if at == node_id else ""

    def _operations(
        self, request_id: str, node_type: str, node_id: str, data: Mapping[str, Any]
    ) -> tuple[Operation, ...]:
        texts = operations(rows_of(data.get("workflowRequestLogs")), self._zone)
        done = self._nodes.with_words(texts)
        if not needs_logtype(node_type, node_id, done):
            return done
        logged = with_logtypes(texts, self._client.request_log(request_id, self._own), self._zone)
        self._nodes.note_words(texts, logged)
        return logged


def _request_id(row: Mapping[str, Any]) -> str:
    return text_of(row.get("requestId") or row.get("requestid"))


def _title(row: Mapping[str, Any]) -> str:
    return text_of(row.get("requestName"))


def _node_type(row: Mapping[str, Any]) -> str:
    return text_of(row.get("currentnodetype"))


def _judged(side: OaSide, data: Mapping[str, Any], status: RequestStatus) -> RequestStatus:
    """An archived yes, checked against the form's result field where one is agreed (9): another value is a no that
    went through the archive, an empty one is nobody's answer."""
    field = side.options.get("result_field", "")
    if not field or status is not RequestStatus.APPROVED:
        return status
    result = main_value(data, field)
    if result == side.options.get("result_yes", "1"):
        return status
    return RequestStatus.REJECTED if result else RequestStatus.ENDED
