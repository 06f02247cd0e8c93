"""Weaver e-cology 9: the protocol of connectors/base.py, spoken through client.py.

Translates, calls, translates back. No retry, no business rule. Requests are read and listed by the integration account
(its monitor right shows everybody's), opened and withdrawn in the name of their maker.
Source: reference oa-weaver-ecology9; the sections are named at each method.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.connectors.base import Capabilities, OaConnector, Secrets, SystemInfo, Vendor, VendorField
from desktop.connectors.ecology.answers import rows_of, text_of
from desktop.connectors.ecology.browser import WAYS, Browser
from desktop.connectors.ecology.checking import check
from desktop.connectors.ecology.client import PAGE_SIZE, PARALLEL, Client, json_text
from desktop.connectors.ecology.decisions import ARCHIVE, CREATE
from desktop.connectors.ecology.files import Files
from desktop.connectors.ecology.form_cache import FormCache
from desktop.connectors.ecology.forms import Draft, detail_data, main_data, request_title
from desktop.connectors.ecology.people import base_items, may_work
from desktop.connectors.ecology.pushing import heard
from desktop.connectors.ecology.reading import Reader
from desktop.connectors.ecology.remarks import plain_text, remark_html
from desktop.connectors.ecology.signin import TOKEN_S, register
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import BaseItem, FieldInfo, FileHead, OaRequest, Ref, RequestDraft, RequestHead
from desktop.domain.system import System, SystemRole

LISTS = (
    "getAllWorkflowRequestList",
    "getProcessedWorkflowRequestList",
    "getHandledWorkflowRequestList",
    "getToDoWorkflowRequestList",
    "getCCWorkflowRequestList",
    "getMyWorkflowRequestList",
)
_PAGE = "spa/workflow/static4form/index.html"


class EcologyConnector:
    """One e-cology server. Holds its token and metadata, nothing else. Safe for several threads."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self.system = system
        self.capabilities = CAPABILITIES
        self._client = Client(system, secrets)
        self._list = system.options.get("list") or LISTS[0]
        self._bytes_count = system.options.get("varchar", "bytes") != "characters"
        self._zone = _zone(system.options.get("zone") or "Asia/Shanghai")
        self._reader = Reader(self._client, self._zone, self._list)
        self._forms = FormCache(self._client)
        self._browser = Browser(self._client, secrets)
        self._files = Files(self._client)

    # what every connector has --------------------------------------------------------------------------------

    def check(self) -> SystemInfo:
        """See checking.py."""
        return check(self._client, self._list)

    def realm(self) -> str:
        """The option `realm`, else the server's name: an e-cology serves one tenant and tells no id of its own."""
        if named := self.system.options.get("realm", ""):
            return named
        try:
            parts = urlsplit(self.system.base_url.lower())
        except ValueError:
            return self.system.base_url
        return (parts.hostname or "") + parts.path.rstrip("/")

    def clock_skew_s(self) -> float:
        """Server clock minus ours, from the last Date header."""
        return self._client.wire.skew_s

    def base_data(self, kind: str) -> Iterator[BaseItem]:
        """Kinds "user", "department", "company" (12). Raises PER-714 for any other."""
        return base_items(self._client, kind)

    def changed_base_data(self, kind: str, since: datetime) -> Iterator[BaseItem]:
        """By the filter `modified` (12), from the OA-local day of `since` on: a day compares rightly with a day and a time."""
        return base_items(self._client, kind, modified=since.astimezone(self._zone).strftime("%Y-%m-%d"))

    def close(self) -> None:
        """A token dies by itself; only the sockets are freed."""
        self._client.wire.close()

    # reads ---------------------------------------------------------------------------------------------------

    def fields(self, side: OaSide) -> tuple[FieldInfo, ...]:
        """The form's fields (7). The integration account must have the right to create the workflow, else PER-701."""
        return self._forms.read(side.workflow, self._client.own).told()

    def requests(self, side: OaSide, since: datetime) -> Iterator[RequestHead]:
        """Heads of the workflow's requests handled since the OA-local day before `since` (6).

        Ranges have day granularity. Where the server sends the basic item set, two further listings, filtered by node
        type, say which requests may be settled: never a question per request.
        """
        return iter(self._reader.heads(side, since))

    def waiting_requests(self, side: OaSide, since: datetime | None = None) -> Iterator[RequestHead]:
        """Heads of the workflow's requests in the integration account's to-do list (6, 14a): without a range of days, so
        that `since` says nothing here."""
        return iter(self._reader.waiting(side))

    def read_request(self, side: OaSide, ref: Ref) -> OaRequest:
        """One request, status proved (5.2, 9).

        One call where the last listing showed it, or where its node is known to be a running one, and the log speaks
        the vendor's own words; one more for its node type, one more for the logtypes, where they are in doubt.
        """
        return self._reader.read(side, ref, self._forms.known(side.workflow))

    def find_requests(self, side: OaSide, key: str, sent_as: str, since: datetime | None) -> list[Ref]:
        """Requests of `sent_as` whose key field equals `key`, newest first (10)."""
        return [ref for found, ref in self._reader.with_key(side, key, sent_as, since) if found == key]

    def find_rounds(self, side: OaSide, document_key: str, sent_as: str) -> list[tuple[str, Ref]]:
        """Every round of a document that `sent_as` opened, as (whole key, Ref), newest first (10)."""
        prefix = f"{document_key}-R"
        hits = self._reader.with_key(side, prefix, sent_as, None)
        return [(found, ref) for found, ref in hits if found.startswith(prefix)]

    def remarks(self, side: OaSide, ref: Ref) -> list[str]:
        """The remarks of getWorkflowRequest's log (5.2): a saved one shows there as any other."""
        told = self._client.read_request(ref.key, self._client.own)
        return [plain_text(text_of(item.get("remark"))) for item in rows_of(told.get("workflowRequestLogs"))]

    def request_files(self, side: OaSide, ref: Ref) -> list[FileHead]:
        """What hangs in the request's attachment fields, see files.py."""
        return self._files.of_request(ref)

    def read_file(self, side: OaSide, ref: Ref, file: FileHead, most: int) -> bytes:
        """A file's content; DAT-404 above `most` bytes."""
        return self._files.read(ref, file, most)

    def open_link(self, ref: Ref, user: str) -> str:
        """The request's page, signed in as `user` by a one-time token; without `user`, or where the site has no token
        sign-on (option `link` = "plain"), the page alone (13.1). PER-701 with the OA's words.

        user: the person's OA id. The OA takes his login name, or his staff number where option `sso_login` says so: both
        are asked of its staff list, which also knows who has left."""
        page = f"{self.system.base_url.rstrip('/')}/{_PAGE}"
        place = f"#/main/workflow/req?requestid={quote(ref.key, safe='')}"
        if not user or self.system.options.get("link") == "plain":
            return page + place
        return f"{page}?ssoToken={quote(self._client.sso_token(self._login_of(user)), safe='')}{place}"

    def _login_of(self, person: str) -> str:
        row = self._client.person(person)
        name = "workcode" if self.system.options.get("sso_login") == "workcode" else "loginid"
        login = text_of(row.get(name)) if row is not None and may_work(row) else ""
        if not login:
            raise SyncError(
                ErrorCode.NOT_PERMITTED, certain=True, system=self.system.id, number=person, said=name
            )
        return login

    def sign_on_address(self, back: str, state: str) -> str:
        """The OA's OAuth2 or CAS page, see browser.py."""
        return self._browser.address(back, state)

    def signed_on(self, code: str, back: str, state: str) -> str:
        """The OA id of whoever got `code`, asked of the OA, see browser.py."""
        return self._browser.person(code, back, state)

    def may_see(self, ref: Ref, person: str) -> bool:
        """getWorkflowRequest in the person's own name."""
        try:
            self._client.read_request(ref.key, person)
        except SyncError as error:
            if error.code in (ErrorCode.NOT_PERMITTED, ErrorCode.RECORD_MISSING):
                return False
            raise
        return True

    # effects -------------------------------------------------------------------------------------------------

    def open_request(self, side: OaSide, draft: RequestDraft) -> Ref:
        """*effect* doCreateRequest (3). Our key goes into the key field and to the end of the title. Values are
        checked against the form first: DAT-403, 404, 405, 408 are certain, nothing was sent."""
        form = self._forms.fit_for(side.workflow, draft, side.key_field)
        limits = Draft(self.system.id, draft.title, self._bytes_count)
        values = {**draft.fields, side.key_field: draft.key} if side.key_field else dict(draft.fields)
        values |= {name: ",".join(each.id for each in files) for name, files in draft.files.items()}
        main = main_data(form, values, limits)
        details = detail_data(form, draft.details, limits)
        call = {
            "workflowId": side.workflow,
            "requestName": request_title(draft.title, draft.key, self._title_length(side)),
            "mainData": json_text(main),
            "otherParams": json_text({"isnextflow": "1", "delReqFlowFaild": "1"}),
        }
        if details:
            call["detailData"] = json_text(details)
        request_id = self._client.create(draft.sent_as, call, number=draft.title, form=side.workflow)
        return Ref(self.system.id, side.form, request_id, request_id)

    def upload_file(self, side: OaSide, name: str, content: bytes, sent_as: str) -> Ref:
        """*effect* uploadFile2Doc (8), in the name of the request's creator; see files.py."""
        return self._files.upload(side, name, content, sent_as)

    def cancel_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """*effect* Takes a running request back and ends it (4, 14a).

        Withdrawn by its creator; where somebody has dealt with it already, drawn back by the monitor right. Then ended
        by force, so that it leaves the creator's to-do list and its history stays in the OA; deleted only where the
        OA refuses that. Two calls in the normal case. Once it was taken back, no later refusal is certain any more.
        """
        if not self._take_back(ref, sent_as, reason):
            return
        try:
            self._end(ref, sent_as)
        except SyncError as error:
            raise SyncError(error.code, certain=False, **error.facts) from None

    def close_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """*effect* Ends a returned request for good: doForceOver by the monitor right, which is no approval and keeps
        the history; deleted by its creator where the OA refuses that (4). One call in the normal case. The OA takes
        no remark with it, so `reason` stays with us."""
        self._end(ref, sent_as)

    def submit_request(
        self, side: OaSide, ref: Ref, sent_as: str, values: Mapping[str, str], opinion: str
    ) -> None:
        """*effect* submitRequest (4). Some patches want the workflow's id, too."""
        other = json_text({"src": "submit"})
        call = {"workflowId": side.workflow, "remark": remark_html(opinion), "otherParams": other}
        if values:
            call["mainData"] = json_text(self._main_data(side, ref, values))
        self._client.submit(ref.key, sent_as or self._client.own, call, side.workflow)

    def tell_applicant(self, side: OaSide, ref: Ref, sent_as: str, text: str) -> None:
        """*effect* forwardRequest to its creator, in his own name (4): only whoever has the request may forward it, and one
        that came back lies with its creator. saveRequestLog will not do: what it saves is not shown (5.3)."""
        self._client.forward(ref.key, sent_as, sent_as, remark_html(text))

    def return_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        """*effect* rejectRequest along the node's return link (4)."""
        self._client.reject(ref.key, sent_as or self._client.own, remark_html(reason))

    def calls_made(self) -> int:
        """Nobody meters them."""
        return 0

    def _take_back(self, ref: Ref, sent_as: str, reason: str) -> bool:
        """False when the request is gone. A request at its create node was taken back before, by us or by its
        creator. The refusal is certain: nothing was done."""
        try:
            self._client.withdraw(ref.key, sent_as, remark_html(reason))
        except SyncError as error:
            if not error.certain:
                raise
        else:
            return True
        try:
            self._client.draw_back(ref.key)
        except SyncError as error:
            if not error.certain:
                raise
            found = self._client.request_status(ref.key, self._client.own)
            if found is not None and text_of(found.get("currentNodeType")) != CREATE:
                raise
            return found is not None
        return True

    def _end(self, ref: Ref, sent_as: str) -> None:
        """Nothing to do where it is archived or gone already; nothing done where both ways are refused."""
        try:
            self._client.force_over(ref.key)
        except SyncError as error:
            if not error.certain:
                raise
            found = self._client.request_status(ref.key, self._client.own)
            if found is not None and text_of(found.get("currentNodeType")) != ARCHIVE:
                self._client.delete(ref.key, sent_as)

    # below ---------------------------------------------------------------------------------------------------

    def _main_data(self, side: OaSide, ref: Ref, values: Mapping[str, str]) -> list[dict[str, str]]:
        """Unchecked where the integration account may not see the empty form: the OA itself checks the names."""
        form = self._forms.known(side.workflow)
        if form is None:
            return [{"fieldName": name, "fieldValue": value} for name, value in values.items()]
        return main_data(form, values, Draft(self.system.id, ref.number, self._bytes_count))

    def _title_length(self, side: OaSide) -> int:
        option = side.options.get("title_length", "")
        return int(option) if option.isdigit() else int(self.system.number("title_length", 100))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        if name == "Asia/Shanghai":  # no zone database on this machine; China keeps one offset
            return timezone(timedelta(hours=8), name)
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"zone {name!r}") from None


def _connect(system: System, secrets: Secrets) -> OaConnector:
    return EcologyConnector(system, secrets)


def _options() -> Iterable[VendorField]:
    yield VendorField("token_s", required=False, default=str(TOKEN_S))
    yield VendorField("zone", required=False, default="Asia/Shanghai")
    yield VendorField("page_size", required=False, default=str(PAGE_SIZE))
    yield VendorField("parallel", required=False, default=str(PARALLEL))
    yield VendorField("list", required=False, default=LISTS[0], choices=LISTS)
    yield VendorField("title_length", required=False, default="100")
    yield VendorField("varchar", required=False, default="bytes", choices=("bytes", "characters"))
    yield VendorField("link", required=False, default="sso", choices=("sso", "plain"))
    yield VendorField("sso_app_id", required=False)
    yield VendorField("sso_login", required=False, default="loginid", choices=("loginid", "workcode"))
    yield VendorField("sso_by", required=False, default="oauth2", choices=WAYS)
    yield VendorField("sso_client_id", required=False)
    yield VendorField("sso_attribute", required=False, default="userid")
    yield VendorField("upload_folder", required=False)
    yield VendorField("realm", required=False)


CAPABILITIES = Capabilities(
    find_by_key=True,
    batch=1,
    parallel=PARALLEL,
    cancel=True,
    close=True,
    list_requests=True,
    list_shows_key=True,
    list_waiting=True,
    tell=True,
    list_files=True,
    take_files=True,
    sign_on=True,
)

VENDOR = Vendor(
    id="ecology",
    role=SystemRole.OA,
    fields=(
        VendorField("app_id"),
        VendorField("user_id"),
        VendorField("secrit", secret=True, hidden=True),
        VendorField("spk", secret=True, hidden=True),
        VendorField("sso_secret", secret=True, required=False),
        VendorField("sso_client_secret", secret=True, required=False),
        VendorField("push_secret", secret=True, required=False),
    ),
    capabilities=CAPABILITIES,
    connect=_connect,
    prepare=register,
    options=tuple(_options()),
    heard=heard,
)
