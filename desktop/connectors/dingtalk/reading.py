"""DingTalk: listing, reading and finding instances.

A list tells ids by the time of creation and nothing else, so it is asked for those that still run: one of ours that is not
among them has ended. There is no look-up by a value; an instance is found by reading those of its originator one by one.
Source: reference oa-dingtalk, sections 3 (finding), 4 and 5.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from desktop.connectors.dingtalk import decisions
from desktop.connectors.dingtalk.answers import rows_of, text_of
from desktop.connectors.dingtalk.client import Client
from desktop.connectors.dingtalk.forms import Form, file_cells, parse_form, read_values
from desktop.connectors.dingtalk.people import People
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import OaRequest, Ref, RequestHead, RequestStatus

RUNNING, COMPLETED, TERMINATED = "RUNNING", "COMPLETED", "TERMINATED"
FIND_DAYS = 90
APPROVED_DAYS = 30
_FORM_S, _FORM_LEAST_S = 21_600.0, 600.0
"""How long a form is believed: a call each. Where it does not fit what is sent or read, a younger one is asked for."""
_KEYS = 20_000
_CELLS = 2_000


class Reader:
    """Reads instances of one company. Remembers forms for some hours, and which key an instance carries: that never changes.

    Options of the system: find_days, approved_days (how far back agreed
    instances get their bill when a flow looks for the first time).
    """

    def __init__(self, client: Client, people: People, zone: tzinfo) -> None:
        self._client, self._people, self._zone = client, people, zone
        self._system_id = client.system.id
        self._find = timedelta(days=client.system.number("find_days", FIND_DAYS))
        self._approved = timedelta(days=client.system.number("approved_days", APPROVED_DAYS))
        self._forms: dict[str, tuple[Form, float]] = {}
        self._met: dict[str, set[str]] = {}
        self._keys: OrderedDict[str, str] = OrderedDict()
        self._cells: OrderedDict[str, tuple[list[Mapping[str, Any]], float]] = OrderedDict()

    def form(self, process: str, *, fresh: bool = False) -> Form:
        """The template's form; fresh: as it is now."""
        return self._form(process, 0.0 if fresh else _FORM_S)

    def newer(self, process: str) -> Form:
        """The same, because what was believed does not fit: asked for anew, unless that was done just now."""
        return self._form(process, _FORM_LEAST_S)

    def _form(self, process: str, believed_s: float) -> Form:
        held = self._forms.get(process)
        if held and time.monotonic() - held[1] < believed_s:
            return held[0]
        form = parse_form(self._client.schema(process), process)
        self._forms[process] = (form, time.monotonic())
        return form

    def _form_of(self, process: str, values: Sequence[Mapping[str, Any]]) -> Form:
        """The form that an instance was filled in on: asked for anew where it holds controls that nobody has met."""
        form = self.form(process)
        met = self._met.setdefault(process, set())
        strange = {text_of(each.get("id")) for each in values} - form.ids - met
        if not strange:
            return form
        form = self.newer(process)
        met |= strange - form.ids  # notes and sums, or controls that the template has lost: always strange
        return form

    def running(self, side: OaSide, since: datetime) -> Iterator[RequestHead]:
        """Heads of the instances created since then that still run."""
        for key in self._client.instance_ids(side.workflow, since, [RUNNING]):
            yield self._head(side, key)

    def begun(self, side: OaSide, since: datetime) -> Iterator[Ref]:
        """The instances created since then, whatever became of them."""
        for key in self._client.instance_ids(side.workflow, since, []):
            yield Ref(self._system_id, side.form, key, key)

    def over(self, side: OaSide, since: datetime | None) -> Iterator[RequestHead]:
        """Heads of the instances created since then that are over, agreed or not: only reading one tells."""
        start = since or datetime.now(UTC) - self._approved
        for key in self._client.instance_ids(side.workflow, start, [COMPLETED]):
            yield self._head(side, key, settled=True)

    def _head(self, side: OaSide, key: str, *, settled: bool = False) -> RequestHead:
        return RequestHead(Ref(self._system_id, side.form, key, key), "", settled, "", "", None)

    def read(self, side: OaSide, ref: Ref) -> OaRequest:
        """One instance, whole. Its number is what people see; its id stays the key."""
        told = self._client.instance(ref.key)
        values = rows_of(told.get("formComponentValues"))
        form = self._form_of(side.workflow, values)
        fields, details = read_values(values, form)
        done = decisions.records(told)
        status = decisions.status_of(told)
        if status is not RequestStatus.RUNNING:
            self._note_cells(ref.key, file_cells(values, form))
        self._note_key(ref.key, text_of(fields.get(side.key_field)) if side.key_field else "")
        return OaRequest(
            ref=Ref(
                self._system_id, side.form, ref.key, text_of(told.get("businessId")) or ref.number or ref.key
            ),
            title=text_of(told.get("title")),
            status=status,
            fields=fields,
            details=details,
            applicant=text_of(told.get("originatorUserId")),
            opinions=tuple(
                decisions.opinion_of(each, self._people.name(text_of(each.get("userId"))), self._zone)
                for each in done
            ),
            node="",
            changed_at=decisions.changed_at(told, self._zone),
            waiting_on=tuple(self._people.name(user) for user in decisions.waiting_users(told))
            if status is RequestStatus.RUNNING
            else (),
        )

    def file_cells(self, side: OaSide, ref: Ref) -> list[Mapping[str, Any]]:
        """The attachment controls of an instance. What is over stays as it is: whoever has read it a moment ago spends no call."""
        held = self._cells.get(ref.key)
        if held and time.monotonic() - held[1] < _FORM_S:
            return held[0]
        values = rows_of(self._client.instance(ref.key).get("formComponentValues"))
        return file_cells(values, self._form_of(side.workflow, values))

    def _note_cells(self, instance: str, cells: list[Mapping[str, Any]]) -> None:
        self._cells[instance] = (cells, time.monotonic())
        while len(self._cells) > _CELLS:
            self._cells.popitem(last=False)

    def remarks(self, ref: Ref) -> list[str]:
        """What was written with each operation."""
        told = self._client.instance(ref.key)
        return [text_of(each.get("remark")) for each in rows_of(told.get("operationRecords"))]

    def with_key(
        self, side: OaSide, wanted: Callable[[str], bool], sent_as: str, since: datetime | None
    ) -> Iterator[tuple[str, Ref]]:
        """(key in the field, Ref) of the instances that `sent_as` began and whose key is wanted."""
        start = since or datetime.now(UTC) - self._find
        for instance in self._client.instance_ids(side.workflow, start, [], [sent_as] if sent_as else []):
            if instance in self._keys and not wanted(self._keys[instance]):
                continue
            request = self._if_there(side, instance)
            found = text_of(request.fields.get(side.key_field)) if request else ""
            if request and found and wanted(found):
                yield found, request.ref

    def _if_there(self, side: OaSide, instance: str) -> OaRequest | None:
        """Read anew even where its key is known: people may have deleted the instance since."""
        try:
            return self.read(side, Ref(self._system_id, side.form, instance))
        except SyncError as error:
            if error.code is ErrorCode.RECORD_MISSING:
                return None
            raise

    def numbered(self, side: OaSide, number: str) -> OaRequest:
        """The instance that people call by this number. Nothing looks one up, but its first digits are the minute in which it
        was created: those of that minute are read (4, 5). DAT-402 where none is it."""
        try:
            minute = datetime.strptime(number[:12], "%Y%m%d%H%M").replace(tzinfo=self._zone).astimezone(UTC)
        except ValueError:
            minute = None
        if minute is not None:
            window = minute - timedelta(minutes=1), minute + timedelta(minutes=2)
            for instance in self._client.instance_ids(side.workflow, window[0], [], until=window[1]):
                request = self._if_there(side, instance)
                if request is not None and request.ref.number == number:
                    return request
        raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=self._system_id, number=number)

    def _note_key(self, instance: str, key: str) -> None:
        self._keys[instance] = key
        while len(self._keys) > _KEYS:
            self._keys.popitem(last=False)
