"""DingTalk: the protocol OaConnector over the wire in client.py.

A form cannot be changed once it runs, a title cannot be given, nothing waits at a node for us: what is agreed gets its bill
afterwards, and a comment tells. Instances begin in the name of their originator. Source: reference oa-dingtalk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from desktop.connectors.base import (
    STREAM,
    Capabilities,
    Ear,
    OaConnector,
    Secrets,
    SystemInfo,
    Vendor,
    VendorField,
)
from desktop.connectors.dingtalk import checking
from desktop.connectors.dingtalk.browser import LOGIN_URL, Browser
from desktop.connectors.dingtalk.client import (
    LIST_DAYS,
    OLD_URL,
    PARALLEL,
    QPS,
    ROOT_FOLDER,
    STORAGE,
    Client,
)
from desktop.connectors.dingtalk.decisions import people_in, zone_of
from desktop.connectors.dingtalk.files import Files
from desktop.connectors.dingtalk.forms import Form, sent_values
from desktop.connectors.dingtalk.people import People
from desktop.connectors.dingtalk.pushing import KEY, TOKEN, heard
from desktop.connectors.dingtalk.reading import APPROVED_DAYS, FIND_DAYS, Reader
from desktop.connectors.dingtalk.streaming import listen
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import (
    BaseItem,
    FieldInfo,
    FileHead,
    OaRequest,
    Ref,
    RequestDraft,
    RequestHead,
    RequestStatus,
)
from desktop.domain.system import System, SystemRole

MONTHLY_CALLS = 10_000
"""The standard edition's allowance; other editions have more (option monthly_calls, 0 = without limit)."""

LINK_FIELD = "erp_link"
"""The text control that takes the address of the ERP's bill, where a template has one."""

_NOT_WITHDRAWN = ("internalError", "820008")
"""What a template says that does not allow to withdraw (6). Only a read tells it from a server in trouble."""

TOO_YOUNG_S = 15.0
"""An instance cannot be withdrawn before it is so old."""


class DingTalk:
    """One company. Options: those of Client and Reader, and user_id (in whose name comments are written), utc_offset_h,
    stream ("no": no stream mode), dept_id (the originator's department where the directory may not be read), monthly_calls,
    corp_id, link_field; for attachments agent_id, storage_version and storage_folder."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self.system = system
        calls = max(0, int(system.number("monthly_calls", MONTHLY_CALLS)))
        streams = system.options.get(STREAM, "yes") != "no"
        self.capabilities = replace(CAPABILITIES, calls_a_month=calls, streams=streams)
        self._secrets = secrets
        self._client = Client(system, secrets)
        self._people = People(self._client)
        self._browser = Browser(self._client)
        self._own = system.options.get("user_id", "").strip()
        self._link_field = system.options.get("link_field", LINK_FIELD).strip()
        self._reader = Reader(self._client, self._people, zone_of(system.number("utc_offset_h", 8)))
        self._files = Files(self._client, self._people, self._reader)

    # --- what every connector has --------------------------------------------------------------------------------------
    def check(self) -> SystemInfo:
        """See checking.py."""
        return checking.check(self._client, self._people, self._own)

    def realm(self) -> str:
        """The company's own id; where nobody typed it, the app's."""
        return self.system.options.get("corp_id", "").strip() or self._client.key

    def clock_skew_s(self) -> float:
        """Server clock minus ours, from the last Date header."""
        return self._client.wire.skew_s

    def calls_made(self) -> int:
        """Calls that left since this connector was made: the vendor meters them by the month."""
        return self._client.calls

    def base_data(self, kind: str) -> Iterator[BaseItem]:
        """Kinds "user" and "department". Raises PER-714 for any other."""
        return self._people.base_items(kind)

    def people_by_mobile(self, mobiles: Sequence[str]) -> Iterator[BaseItem]:
        """For apps whose right ends at "contact read by mobile": a call for each number."""
        return self._people.by_mobile(mobiles)

    def listen(self, ear: Ear, stop: threading.Event) -> None:
        """Stream mode: see streaming.py."""
        listen(self._client, self._secrets, ear, stop)

    def close(self) -> None:
        """A token dies by itself; only the sockets are freed."""
        self._files.close()
        self._client.close()

    # --- reads ---------------------------------------------------------------------------------------------------------
    def fields(self, side: OaSide) -> tuple[FieldInfo, ...]:
        """The template's controls, by alias or label."""
        return self._reader.form(side.workflow, fresh=True).told()

    def requests(self, side: OaSide, since: datetime) -> Iterator[RequestHead]:
        """Heads of the instances created since then that still run: ids and nothing else."""
        return self._reader.running(side, since)

    def begun_since(self, side: OaSide, since: datetime) -> Iterator[Ref]:
        """All instances created since then, twenty ids a call."""
        return self._reader.begun(side, since)

    def waiting_requests(self, side: OaSide, since: datetime | None = None) -> Iterator[RequestHead]:
        """Heads of the instances created since then (None = within approved_days) that are over: those that are agreed wait
        for their bill."""
        return self._reader.over(side, since)

    def read_request(self, side: OaSide, ref: Ref) -> OaRequest:
        """One instance with its operations. A key that a person typed may be its number instead: digits, never an id."""
        if ref.key.isdigit():
            return self._reader.numbered(side, ref.key)
        return self._reader.read(side, ref)

    def find_requests(self, side: OaSide, key: str, sent_as: str, since: datetime | None) -> list[Ref]:
        """By reading the instances that `sent_as` began since then; there is no look-up by a value."""
        return [ref for _, ref in self._reader.with_key(side, lambda found: found == key, sent_as, since)]

    def find_rounds(self, side: OaSide, document_key: str, sent_as: str) -> list[tuple[str, Ref]]:
        """Every round of a document that `sent_as` began within find_days."""
        prefix = f"{document_key}-R"
        return list(self._reader.with_key(side, lambda found: found.startswith(prefix), sent_as, None))

    def remarks(self, side: OaSide, ref: Ref) -> list[str]:
        """The words of every operation (4): comments are among them."""
        return self._reader.remarks(ref)

    def open_link(self, ref: Ref, user: str) -> str:
        """The instance's page, see browser.py; it signs nobody in."""
        return self._browser.page(ref.key, user)

    def request_files(self, side: OaSide, ref: Ref) -> list[FileHead]:
        """What the instance's attachment controls name, see files.py."""
        return self._files.of_instance(side, ref)

    def read_file(self, side: OaSide, ref: Ref, file: FileHead, most: int) -> bytes:
        """A file's content, from storage; DAT-404 above `most` bytes."""
        return self._files.read(side, ref, file, most)

    def sign_on_address(self, back: str, state: str) -> str:
        """DingTalk's sign-in page, see browser.py."""
        return self._browser.address(back, state)

    def signed_on(self, code: str, back: str, state: str) -> str:
        """The userid of whoever got `code`, asked of DingTalk, see browser.py."""
        return self._browser.person(code)

    def may_see(self, ref: Ref, person: str) -> bool:
        """Does the instance name him? Nothing answers for a person; who manages the template and has no part in the instance
        is not known to be allowed, so he is not."""
        try:
            return person in people_in(self._client.instance(ref.key))
        except SyncError as error:
            if error.code is ErrorCode.RECORD_MISSING:
                return False
            raise

    # --- effects -------------------------------------------------------------------------------------------------------
    def open_request(self, side: OaSide, draft: RequestDraft) -> Ref:
        """*effect* A new instance; our key goes into the key field, the title into the field that the flow names for it.

        Values and the originator are looked at first: DAT-403, 404, 407, 408, MAP-506 are certain, nothing was sent.
        """
        values = dict(draft.fields)
        values |= {side.key_field: draft.key} if side.key_field else {}
        if title := side.options.get("title_field", ""):
            values[title] = " ".join(draft.title.split())
        form = self._reader.form(side.workflow)
        if draft.link and self._link_field and form.find("", self._link_field) is not None:
            values.setdefault(self._link_field, draft.link)
        if any(form.find("", name) is None for name in (*values, *draft.files)):
            form = self._reader.form(side.workflow, fresh=True)
        body = {
            "originatorUserId": draft.sent_as,
            "processCode": side.workflow,
            "deptId": self._department(draft.sent_as),
            "formComponentValues": self._sent(form, values, draft),
        }
        key = self._client.create(body, draft.sent_as)
        return Ref(self.system.id, side.form, key, key)

    def _sent(self, form: Form, values: Mapping[str, str], draft: RequestDraft) -> list[dict[str, str]]:
        """The values as the form takes them; what a form of this morning refuses the form of now may take."""
        try:
            return sent_values(form, values, draft.details, self.system.id, draft.files)
        except SyncError:
            newer = self._reader.newer(form.process)
            if newer is form:
                raise
            return sent_values(newer, values, draft.details, self.system.id, draft.files)

    def upload_file(self, side: OaSide, name: str, content: bytes, sent_as: str) -> Ref:
        """*effect* Into the space of approvals, in the name of the originator to be (13); see files.py."""
        return self._files.upload(side, name, content, sent_as)

    def _department(self, person: str) -> int:
        """A department of the originator. Raises MAP-506 for somebody who is not there or has left."""
        found = None
        try:
            found = self._people.find(person) if person else None
        except SyncError as error:
            if error.code is not ErrorCode.NOT_PERMITTED:
                raise SyncError(error.code, certain=True, **error.facts) from None
            return int(self.system.number("dept_id", -1))
        if found is None or not found.active:
            raise SyncError(ErrorCode.APPLICANT_UNMAPPED, certain=True, person=person, number="")
        return found.departments[0] if found.departments else int(self.system.number("dept_id", -1))

    def cancel_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """*effect* Withdrawn in the originator's name. NET-110 while it is too young; nothing to do where it is withdrawn."""
        try:
            self._client.terminate(ref.key, sent_as, reason)
        except SyncError as error:
            said = str(error.facts.get("said"))
            no = error.certain and error.code is ErrorCode.REFUSED
            if not no and not any(word in said for word in _NOT_WITHDRAWN):
                raise
            status = self._status(side, ref, error)
            if status is RequestStatus.WITHDRAWN:
                return
            if status is RequestStatus.RUNNING and "StatusException" in said:
                raise SyncError(
                    ErrorCode.TOO_EARLY, certain=True, number=ref.number, seconds=int(TOO_YOUNG_S)
                ) from None
            raise SyncError(
                ErrorCode.REFUSED, certain=True, system=self.system.id, number=ref.number, said=said
            ) from None

    def _status(self, side: OaSide, ref: Ref, refused: SyncError) -> RequestStatus:
        """Where it stands after a "no"; where that cannot be read the "no" stays what it was."""
        try:
            return self._reader.read(side, ref).status
        except SyncError:
            raise refused from None

    def close_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """A refused instance is over already."""
        raise self._cannot("close_request")

    def submit_request(
        self, side: OaSide, ref: Ref, sent_as: str, values: Mapping[str, str], opinion: str
    ) -> None:
        """A form cannot be changed, and nothing waits at a node: see tell_applicant."""
        raise self._cannot("submit_request")

    def return_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """What is agreed does not go back: see tell_applicant."""
        raise self._cannot("return_request")

    def tell_applicant(self, side: OaSide, ref: Ref, sent_as: str, text: str) -> None:
        """*effect* A comment, in the name of the integration account; on an instance that is over, too."""
        self._client.comment(ref.key, self._own, text)

    def _cannot(self, what: str) -> SyncError:
        return SyncError(ErrorCode.CANNOT, certain=True, system=self.system.id, what=what)


def _connect(system: System, secrets: Secrets) -> OaConnector:
    return DingTalk(system, secrets)


CAPABILITIES = Capabilities(
    find_by_key=True,
    find_days=FIND_DAYS,
    parallel=PARALLEL,
    cancel=True,
    cancel_after_s=TOO_YOUNG_S,
    list_requests=True,
    list_open_only=True,
    list_days=LIST_DAYS,
    waits_when_agreed=True,
    tell=True,
    sign_on=True,
    plain_links=True,
    list_files=True,
    take_files=True,
    calls_a_month=MONTHLY_CALLS,
    streams=True,
)

VENDOR = Vendor(
    id="dingtalk",
    role=SystemRole.OA,
    fields=(
        VendorField("corp_id"),
        VendorField("app_key"),
        VendorField("app_secret", secret=True),
        VendorField("user_id"),
        VendorField(TOKEN, secret=True, required=False),
        VendorField(KEY, secret=True, required=False),
    ),
    capabilities=CAPABILITIES,
    connect=_connect,
    options=(
        VendorField(STREAM, required=False, default="yes", choices=("yes", "no")),
        VendorField("old_url", required=False, default=OLD_URL),
        VendorField("login_url", required=False, default=LOGIN_URL),
        VendorField("instance_url", required=False),
        VendorField("link_field", required=False, default=LINK_FIELD),
        VendorField("utc_offset_h", required=False, default="8"),
        VendorField("dept_id", required=False, default="-1"),
        VendorField("monthly_calls", required=False, default=str(MONTHLY_CALLS)),
        VendorField("find_days", required=False, default=str(FIND_DAYS)),
        VendorField("approved_days", required=False, default=str(APPROVED_DAYS)),
        VendorField("parallel", required=False, default=str(PARALLEL)),
        VendorField("qps", required=False, default=str(int(QPS))),
        VendorField("agent_id", required=False),
        VendorField("storage_version", required=False, default=STORAGE[0]),
        VendorField("storage_folder", required=False, default=ROOT_FOLDER),
    ),
    heard=heard,
)
