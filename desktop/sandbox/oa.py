"""A toy Weaver e-cology 9: its people, workflows and requests, and everything that people do to them. No HTTP.

Written from the vendor's documentation alone. Every act comes in two shapes: as a person does it at his desk (`start`,
`approve`, `reject`, ... below: plain text, for demos, tests and pages) and as the interface does it (`create`, `submit`,
`send_back`, ... in oa_acts.py: with all its switches). Both obey the same rules and refuse with OaRefusal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from desktop.sandbox import oa_checks
from desktop.sandbox.group import INTEGRATION_OA_ID
from desktop.sandbox.oa_acts import OaActs
from desktop.sandbox.oa_forms import OaWorkflow
from desktop.sandbox.oa_records import (
    DetailEdit,
    OaRequestRecord,
    local_day,
)

Lines = Mapping[str, Sequence[Mapping[str, Any]]]
"""Detail rows by alias ("detail_1")."""


class Oa(OaActs):
    """One OA with all its requests. Safe to use from many threads.

    clock:         aware UTC; everything that has a time takes it from here, delays and token lives too.
    key:           an RSA key made before (tests share one); None = a new one when first needed.
    erp_node_type: type of the integration account's last node in 785, 786 and 787: 1 (it may return) or 2.
    """

    ends_at_a_no = False
    """Is a request over once somebody refuses it? Else it goes back to its creator, who may hand it in again."""

    # --- what the OA knows

    @property
    def app_id(self) -> str:
        """The licence of the one external system that may call."""
        return self.sign_in.app_id

    @property
    def secrit(self) -> str:
        """What registration answers as `secrit`."""
        return self.sign_in.secrit

    @property
    def spk(self) -> str:
        """What registration answers as `spk`: base64 DER of the public key."""
        return self.sign_in.spk

    @property
    def graveyard(self) -> tuple[OaRequestRecord, ...]:
        """Requests that were deleted."""
        with self._lock:
            return tuple(record.copy() for record in self._shelf.dead)

    def request(self, request_id: int) -> OaRequestRecord:
        """A copy of one request as it truly stands. Raises OaRefusal where it is missing or deleted."""
        with self._lock:
            return self._alive(request_id).copy()

    def requests(self, workflow_id: int | None = None) -> list[OaRequestRecord]:
        """Copies of all living requests, oldest first; of one workflow (any version) where it is given."""
        with self._lock:
            family = None if workflow_id is None else self._workflows[workflow_id].family
            return [
                record.copy()
                for record in self._shelf.requests.values()
                if family is None or self._workflows[record.workflow_id].family == family
            ]

    def pending(self, person: str) -> list[OaRequestRecord]:
        """Copies of the requests that wait for this person, oldest first."""
        with self._lock:
            return [record.copy() for record in self._shelf.waiting_for(person)]

    def ever_created(self, erp_key: str) -> list[OaRequestRecord]:
        """Every request that ever carried this key in its erp_key field, the deleted ones too."""
        with self._lock:
            return [record.copy() for record in self._shelf.with_key(erp_key)]

    def workflows(self) -> list[OaWorkflow]:
        """The versions in force, by id."""
        with self._lock:
            return [self._workflows[active] for _, active in sorted(self._active.items())]

    def workflow(self, workflow_id: int) -> OaWorkflow:
        """A workflow in just this version. Raises KeyError."""
        return self._workflows[workflow_id]

    def shown_id(self, request_id: int) -> str:
        """A request's id as the interface tells it."""
        return str(request_id)

    def place(self, record: OaRequestRecord) -> str:
        """Where a request is, in the OA's own words."""
        return record.node

    # --- what became of a request for a bill

    def visits(self, request_id: int) -> int:
        """How often the integration account has dealt with it."""
        log = self.request(request_id).log
        return sum(1 for each in log if each.person == INTEGRATION_OA_ID and each.logtype in "023")

    def is_back(self, request_id: int) -> bool:
        """It lies with its maker again."""
        return self.request(request_id).node_type == 0

    def is_over(self, request_id: int) -> bool:
        """It is archived, handed on by the integration account."""
        return self.request(request_id).node_type == 3

    def waits_for_integration(self, request_id: int) -> bool:
        """The integration account has it."""
        return self.request(request_id).waiting == (INTEGRATION_OA_ID,)

    def shows(self, request_id: int, field: str, number: str) -> bool:
        """Can people read this number on it? field: where it stands alone, "" = somewhere in the result."""
        fields = self.request(request_id).fields
        return (fields.get(field) == number) if field else number in (fields.get("erp_result") or "")

    # --- setting up

    def add_version(self, workflow_id: int) -> int:
        """A new version of a workflow, in force at once; answers its id. Running requests stay in the old one."""
        with self._lock:
            workflow = self._workflows[workflow_id]
            new_id = max(self._workflows) + 100
            self._workflows[new_id] = workflow.version(new_id)
            self._active[workflow.family] = new_id
            return new_id

    def change_workflow(self, workflow_id: int, **changes: Any) -> None:
        """Other values of a workflow: `in_force=False`, `creators=frozenset({"57"})`, `nodes=...`."""
        with self._lock:
            self._workflows[workflow_id] = replace(self._workflows[workflow_id], **changes)

    def creatable(self, person: str) -> list[OaWorkflow]:
        """The workflows that this person may create."""
        return [workflow for workflow in self.workflows() if workflow.may_create(person)]

    # --- people at their desks

    def start(
        self,
        workflow: int,
        person: str,
        fields: Mapping[str, Any],
        details: Lines | None = None,
        *,
        title: str = "",
        opinion: str = "",
    ) -> int:
        """A person fills in a form and submits it; answers the request's id. Values may be Decimal or int."""
        named = (
            title or f"{self._workflows[workflow].name}-{self.people.name(person)}-{local_day(self.clock())}"
        )
        edits = [_edit(alias, rows) for alias, rows in (details or {}).items()]
        return self.create(workflow, person, named, fields, edits, remark=opinion_html(opinion))

    def approve(self, request_id: int, person: str, opinion: str = "") -> None:
        """The person whose turn it is agrees."""
        self.submit(request_id, person, remark=opinion_html(opinion))

    def approve_fully(self, request_id: int, opinion: str = "同意") -> None:
        """Everybody whose turn it is agrees, one after the other, as far as the integration account or the archive."""
        while (record := self.request(request_id)).node_type in (1, 2) and not self._at_erp(record):
            self.approve(request_id, record.waiting[0], opinion)

    def reject(self, request_id: int, person: str, opinion: str) -> None:
        """The person whose turn it is returns the request to its creator."""
        self.send_back(request_id, person, remark=opinion_html(opinion))

    def resubmit(
        self,
        request_id: int,
        person: str,
        fields: Mapping[str, Any] | None = None,
        details: Lines | None = None,
        opinion: str = "",
    ) -> None:
        """The creator hands in again; `details` replaces all rows of the tables it names."""
        edits = [replace(_edit(alias, rows), everything=True) for alias, rows in (details or {}).items()]
        self.submit(request_id, person, fields or {}, edits, remark=opinion_html(opinion))

    def hand_in_again(
        self, request_id: int, fields: Mapping[str, Any] | None = None, details: Lines | None = None
    ) -> int:
        """The creator wants it once more after it came back to him; answers the id under which it goes on."""
        self.resubmit(request_id, self.request(request_id).creator, fields or {}, details)
        return request_id

    def change_field(self, request_id: int, field: str, value: Any) -> None:
        """Whoever has the request now edits a field of the main form and saves."""
        with self._lock:
            record = self._alive(request_id)
            values = oa_checks.main_values(self._workflows[record.workflow_id], {field: value}, self.settings)
            with self._changing(request_id):
                record.fields.update(values)
                self._moves.speak(record, self._keeper(record), "1", "")

    def change_line(self, request_id: int, alias: str, row_id: int, field: str, value: Any) -> None:
        """Whoever has the request now edits one field of a detail row and saves."""
        with self._lock:
            record = self._alive(request_id)
            edit = DetailEdit(alias, [(row_id, {field: value})])
            edits = oa_checks.detail_edits(self._workflows[record.workflow_id], [edit], self.settings)
            with self._changing(request_id):
                self._write_rows(record, edits)
                self._moves.speak(record, self._keeper(record), "1", "")


def opinion_html(text: str) -> str:
    """How the OA's editor stores what a person typed."""
    return f"<p>{escape(text).replace(chr(10), '<br/>')}</p>" if text else ""


def _edit(alias: str, rows: Sequence[Mapping[str, Any]]) -> DetailEdit:
    return DetailEdit(alias, [(0, dict(row)) for row in rows])
