"""What every OA connector must do, whoever the vendor is. Parameters come from the registry, and an invented vendor that
can do nothing beyond the least.

A new vendor brings a dialect of the sandbox and one line in STAGES; without it this suite fails. What a vendor cannot do
by its capability flags must end in PER-714, certain, with nothing done; no test knows a vendor's name.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from desktop.connectors.base import STREAM, Exchange, OaConnector, Streams, exchanges
from desktop.connectors.registry import VENDORS
from desktop.domain.errors import Code, ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import Decision, FileHead, OaRequest, Ref, RequestDraft, RequestHead, RequestStatus
from desktop.domain.system import System, SystemRole
from desktop.sandbox.dingtalk import dingtalk_app
from desktop.sandbox.dingtalk_forms import process_code
from desktop.sandbox.dingtalk_settings import READ, DingSettings
from desktop.sandbox.dingtalk_world import DingOa
from desktop.sandbox.ecology import ecology_app
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.oa import Oa
from desktop.sandbox.server import Server
from tests.drawer import Drawer
from tests.invented.quill import VENDOR as QUILL
from tests.invented.quill_server import FORM as QUILL_FORM
from tests.invented.quill_server import Desk, quill_app

AWKWARD = '“西湖”😀 O\'Neil "6.5" <b>&amp;</b> \\ 100% 𠮷+=&'
DOCUMENT = "ABCDEFGHIJKLMNOP"
SINCE = datetime.now(UTC) - timedelta(days=1)


class Spy:
    """Stands before the sandbox's app: counts calls by their last path part, and remembers every credential that came
    in a header, and every cookie."""

    def __init__(self, app: Callable[..., Any], credentials: tuple[str, ...]) -> None:
        self._app, self._names = app, credentials
        self.calls: Counter[str] = Counter()
        self.credentials: set[str] = set()
        self.cookies: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.calls[environ["PATH_INFO"].rsplit("/", 1)[-1]] += 1
        self.credentials |= {environ[name] for name in self._names if environ.get(name)}
        if "HTTP_COOKIE" in environ:
            self.cookies.append(environ["HTTP_COOKIE"])
        return self._app(environ, start)  # type: ignore[no-any-return]


@dataclass
class Stage:
    """One vendor's OA, played by the sandbox, with the words that differ from vendor to vendor.

    side:        a workflow with a key field and one detail table.
    maker, idle: persons who may open it; left: one who may no longer.
    draft:       a good draft of `maker` with this key.
    operations:  how the vendor spells what faults are scripted for; "open" as the last part of the path.
    decide:      people's deeds in the OA's own pages, by name, on a request id.
    alive:       ids of the requests that carry a key and were not deleted.
    sign_in:     the last path part of a sign-in; `drop_sign_ins` makes all sign-ins void.
    """

    vendor_id: str
    faults: Faults
    spy: Spy
    server: Server
    options: dict[str, str]
    drawer: Drawer
    side: OaSide
    maker: str
    idle: str
    left: str
    draft: Callable[[str], RequestDraft]
    operations: Mapping[str, str]
    decide: Mapping[str, Callable[[str], None]]
    alive: Callable[[str], list[str]]
    sign_in: str
    drop_sign_ins: Callable[[], None]
    revoke: Callable[[], None]
    link_user: str
    small_pages: Mapping[str, str]
    file_field: str = ""
    files_side: OaSide | None = None
    opened: list[OaConnector] = field(default_factory=list)

    def connect(self, **options: str) -> OaConnector:
        vendor = ALL[self.vendor_id]
        made: Any = vendor.connect(self.system(**options), self.drawer)
        self.opened.append(made)
        return made  # type: ignore[no-any-return]

    def system(self, **options: str) -> System:
        held = {**self.options, **options}
        return System("oa", SystemRole.OA, self.vendor_id, "OA", self.server.url, held)

    def close(self) -> None:
        for connector in self.opened:
            connector.close()
        self.server.stop()
        assert self.spy.cookies == [], "a cookie was sent back"


_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ecology_stage() -> Stage:
    """Weaver e-cology 9: the sales order's approval. Small amounts end with the first approver."""
    oa, faults = Oa(key=_KEY), Faults()
    spy = Spy(ecology_app(oa, faults), ("HTTP_TOKEN", "HTTP_USERID", "HTTP_SECRET"))
    server = Server(spy).start()

    def draft(key: str) -> RequestDraft:
        line = {"entry_id": "100001", "material_code": "M0001", "material_name": AWKWARD, "qty": "12.5"}
        fields = {"company": "100", "customer_name": AWKWARD, "amount": "900000.10", "note": f"一\n{AWKWARD}"}
        return RequestDraft(key, f"销售订单 XSDD000123 {AWKWARD}", "57", fields, {"detail_1": (line,)})

    return Stage(
        vendor_id="ecology",
        faults=faults,
        spy=spy,
        server=server,
        options={
            "app_id": oa.app_id,
            "user_id": "9",
            "sso_app_id": oa.sign_in.sso_app_id,
            "sso_client_id": oa.sign_in.oauth_client_id,
        },
        drawer=Drawer({"secrit": oa.secrit, "spk": oa.spk, "sso_client_secret": oa.sign_in.oauth_secret}),
        side=OaSide(form="781", key_field="erp_key", workflow="781"),
        maker="57",
        idle="58",
        left="66",
        draft=draft,
        operations={
            "open": "doCreateRequest",
            "fault": "doCreateRequest",
            "read": "getWorkflowRequest",
            "list": "getAllWorkflowRequestList",
        },
        decide={
            "approve": lambda key: oa.approve_fully(int(key), "同意 <发货>"),
            "approve once": lambda key: oa.approve(int(key), "40", "一级同意"),
            "reject": lambda key: oa.reject(int(key), "40", "价格太高"),
            "withdraw": lambda key: oa.withdraw(int(key), "57", "填错了"),
            "force an end": lambda key: oa.force_over(int(key), "9"),
            "resubmit": lambda key: oa.resubmit(int(key), "57", opinion="改好了"),
            "delete": lambda key: oa.delete(int(key), "9", monitor=True),
        },
        alive=lambda key: [str(one.id) for one in oa.requests() if one.fields.get("erp_key") == key],
        sign_in="applytoken",
        drop_sign_ins=oa.sign_in.drop_tokens,
        revoke=lambda: oa.settings.revoked.add("9"),
        link_user="57",
        small_pages={"page_size": "7"},
        file_field="attachments",
        files_side=OaSide("781", "erp_key", "781", {"upload_folder": "77"}),
    )


def dingtalk_stage() -> Stage:
    """DingTalk: the sales order's template. Nobody hands in again there, and an end by force is a withdrawal."""
    oa, faults = DingOa(), Faults()
    settings = DingSettings(qps=0, withdraw_after_s=0)
    app = dingtalk_app(oa, faults, settings)
    gate = app.extensions["dingtalk"]
    spy = Spy(app, ("HTTP_X_ACS_DINGTALK_ACCESS_TOKEN",))
    server = Server(spy).start()

    def draft(key: str) -> RequestDraft:
        line = {"entry_id": "100001", "material_code": "M0001", "material_name": AWKWARD, "qty": "12.5"}
        fields = {"company": "100", "customer_name": AWKWARD, "amount": "900000.10", "note": f"一\n{AWKWARD}"}
        return RequestDraft(key, f"销售订单 XSDD000123 {AWKWARD}", "57", fields, {"detail_1": (line,)})

    def number(key: str) -> int:
        found = oa.request_id(key)
        assert found is not None
        return found

    return Stage(
        vendor_id="dingtalk",
        faults=faults,
        spy=spy,
        server=server,
        options={"app_key": settings.client_id, "corp_id": settings.corp_id, "user_id": "9", "old_url": server.url},
        drawer=Drawer({"app_secret": settings.client_secret}),
        side=OaSide(form="sales_order", key_field="erp_key", workflow=process_code(781)),
        maker="57",
        idle="58",
        left="66",
        draft=draft,
        operations={"open": "processInstances", "fault": "create", "read": "read", "list": "list"},
        decide={
            "approve": lambda key: oa.approve_fully(number(key), "同意 <发货>"),
            "approve once": lambda key: oa.approve(number(key), "40", "一级同意"),
            "reject": lambda key: oa.reject(number(key), "40", "价格太高"),
            "withdraw": lambda key: oa.withdraw(number(key), "57", "填错了"),
            "delete": lambda key: oa.delete(number(key), "9", monitor=True),
        },
        alive=lambda key: [oa.shown_id(one.id) for one in oa.requests() if one.fields.get("erp_key") == key],
        sign_in="accessToken",
        drop_sign_ins=gate.drop_tokens,
        revoke=lambda: settings.permissions.discard(READ),
        link_user="wangmin",
        small_pages={"page_size": "7"},
        file_field="attachments",
    )  # fmt: skip


def quill_stage() -> Stage:
    """The invented OA: every capability flag is off."""
    desk, faults = Desk(), Faults()
    spy = Spy(quill_app(desk, faults), ("HTTP_X_PASS",))
    server = Server(spy).start()

    def draft(key: str) -> RequestDraft:
        line = {"entry_id": "9001", "material_code": "A1", "material_name": AWKWARD, "qty": "12.5"}
        fields = {"company": "100", "customer_name": AWKWARD, "amount": "900000.10", "note": f"一\n{AWKWARD}"}
        return RequestDraft(key, f"Order AB/501 {AWKWARD}", "7", fields, {"detail_1": (line,)})

    def forbid() -> None:
        desk.may_read = False

    return Stage(
        vendor_id="quill",
        faults=faults,
        spy=spy,
        server=server,
        options={"user": desk.user},
        drawer=Drawer({"secret": desk.secret}),
        side=OaSide(form="order", key_field="erp_key", workflow=QUILL_FORM),
        maker="7",
        idle="8",
        left="66",
        draft=draft,
        operations={"open": "papers", "fault": "open", "read": "read"},
        decide={
            "approve": lambda key: desk.approve_fully(int(key), "同意 <发货>"),
            "approve once": lambda key: desk.approve(int(key), "一级同意"),
            "reject": lambda key: desk.reject(int(key), "价格太高"),
            "withdraw": lambda key: desk.withdraw(int(key), "填错了"),
            "force an end": lambda key: desk.end(int(key)),
            "resubmit": lambda key: desk.hand_in_again(int(key), "改好了"),
            "delete": lambda key: desk.delete(int(key)),
        },
        alive=lambda key: [str(paper.id) for paper in desk.with_key(key)],
        sign_in="session",
        drop_sign_ins=desk.passes.clear,
        revoke=forbid,
        link_user="anna",
        small_pages={},
    )


STAGES: dict[str, Callable[[], Stage]] = {
    "ecology": ecology_stage,
    "dingtalk": dingtalk_stage,
    "quill": quill_stage,
}
ALL = {**VENDORS, QUILL.id: QUILL}
OA_VENDORS = [vendor.id for vendor in ALL.values() if vendor.role is SystemRole.OA]


def test_every_registered_oa_has_a_dialect() -> None:
    assert set(OA_VENDORS) <= set(STAGES)


@pytest.fixture(params=OA_VENDORS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    made = STAGES[request.param]()
    yield made
    made.close()


@pytest.fixture
def oa(stage: Stage) -> OaConnector:
    return stage.connect()


def listed(stage: Stage, oa: OaConnector) -> dict[str, RequestHead]:
    return {head.ref.key: head for head in oa.requests(stage.side, SINCE)}


def lists(stage: Stage, oa: OaConnector) -> bool:
    """True where the OA lists; where it does not, that it says so."""
    if not oa.capabilities.list_requests:
        cannot(lambda: listed(stage, oa))
    return oa.capabilities.list_requests


def finds(stage: Stage, oa: OaConnector) -> bool:
    """True where the OA finds by key; where it does not, that it says so."""
    if not oa.capabilities.find_by_key:
        cannot(lambda: oa.find_requests(stage.side, f"{DOCUMENT}-R1", stage.maker, None))
        cannot(lambda: oa.find_rounds(stage.side, DOCUMENT, stage.maker))
    return oa.capabilities.find_by_key


def which(ref: Ref) -> Ref:
    """The record alone: what people call it may be told later than its id."""
    assert ref.number
    return replace(ref, number="")


def opened(stage: Stage, oa: OaConnector, round_number: int = 1) -> Ref:
    return oa.open_request(stage.side, stage.draft(f"{DOCUMENT}-R{round_number}"))


def refused(code: Code | None, certain: bool, call: Callable[[], Any]) -> SyncError:
    with pytest.raises(SyncError) as caught:
        call()
    assert code is None or caught.value.code == code
    assert caught.value.certain is certain
    return caught.value


def cannot(call: Callable[[], Any]) -> None:
    """A capability that is off answers PER-714, certain, and says what it is."""
    assert refused(ErrorCode.CANNOT, True, call).facts["what"]


# --- the connection ---------------------------------------------------------------------------------------------------


def test_check_passes_every_step(stage: Stage, oa: OaConnector) -> None:
    info = oa.check()
    assert [step.name for step in info.steps if not step.ok] == []
    assert {"dns", "tcp", "sign_in", "rights", "clock"} <= {step.name for step in info.steps}
    assert abs(oa.clock_skew_s()) < 5


def test_check_tells_the_first_step_that_fails(stage: Stage) -> None:
    secrets = dict(stage.drawer.held)
    stage.drawer.held.clear()
    info = stage.connect().check()
    assert not info.ok
    assert info.steps[-1].error is not None
    assert [step.ok for step in info.steps].count(False) == 1
    stage.drawer.held.update(secrets)
    stage.server.stop()
    steps = stage.connect().check().steps
    assert [step.name for step in steps if not step.ok] == ["tcp"]


def test_what_is_prepared_once_is_enough_to_connect(stage: Stage) -> None:
    prepare = ALL[stage.vendor_id].prepare
    if prepare is None:
        pytest.skip("nothing to prepare")
    stage.drawer.held.clear()
    prepare(stage.system(), stage.drawer)
    assert stage.connect().check().ok


def test_it_can_do_what_it_says(oa: OaConnector) -> None:
    assert oa.capabilities == ALL[oa.system.vendor].capabilities
    assert oa.realm() == oa.realm() != ""


def test_who_streams_can_be_listened_to_and_do_without(stage: Stage, oa: OaConnector) -> None:
    """A hint by stream is a hint: what is told is heard, acknowledged or not; with the option off there is no stream."""
    if not oa.capabilities.streams:
        assert not isinstance(oa, Streams)
        return
    stands, stop = threading.Event(), threading.Event()
    ear = SimpleNamespace(opened=stands.set, take=lambda hint: None)
    thread = threading.Thread(target=lambda: oa.listen(ear, stop), daemon=True)  # type: ignore[attr-defined]
    thread.start()
    assert stands.wait(10)
    stop.set()
    thread.join(2)
    assert not thread.is_alive()
    system = replace(oa.system, options={**oa.system.options, STREAM: "no"})
    off = next(each for each in VENDORS.values() if each.id == system.vendor).connect(system, Drawer({}))
    assert not off.capabilities.streams
    off.close()


def test_the_form_is_told_field_by_field(stage: Stage, oa: OaConnector) -> None:
    told = {(one.table, one.key): one for one in oa.fields(stage.side)}
    assert len(told) == len(oa.fields(stage.side))
    draft = stage.draft("K-R1")
    assert {("", name) for name in (*draft.fields, stage.side.key_field)} <= told.keys()
    for table, rows in draft.details.items():
        assert {(table, name) for name in rows[0]} <= told.keys()
    length = told["", stage.side.key_field].length
    assert length is None or length >= len(f"{DOCUMENT}-R99-L9")


# --- open, list, read, find ------------------------------------------------------------------------------------------


def test_what_is_opened_is_read_back_unchanged(stage: Stage, oa: OaConnector) -> None:
    draft = stage.draft(f"{DOCUMENT}-R1")
    ref = oa.open_request(stage.side, draft)
    found = oa.read_request(stage.side, ref)
    assert which(found.ref) == which(ref)
    if oa.capabilities.list_shows_key:
        assert found.title.startswith(" ".join(draft.title.split()))
        assert found.title.endswith(f" {draft.key}")
    assert found.status is RequestStatus.RUNNING
    assert found.applicant == stage.maker
    assert found.fields[stage.side.key_field] == draft.key
    assert same(found.fields, draft.fields)
    for table, rows in draft.details.items():
        assert len(found.details[table]) == len(rows)
        assert all(same(*pair) for pair in zip(found.details[table], rows, strict=True))
    assert found.waiting_on != ()


def same(found: Mapping[str, Any], sent: Mapping[str, str]) -> bool:
    """Every value sent is found, numbers as numbers."""
    for name, value in sent.items():
        held = found[name]
        assert not isinstance(held, float)
        assert (Decimal(value) if isinstance(held, Decimal) else value) == held, name
    return True


def test_a_new_request_is_listed_with_its_key_and_not_settled(stage: Stage, oa: OaConnector) -> None:
    ref = opened(stage, oa)
    if not lists(stage, oa):
        return
    head = listed(stage, oa)[ref.key]
    assert head.title.endswith(f" {DOCUMENT}-R1") or not oa.capabilities.list_shows_key
    assert (head.settled, head.ended) == (False, False)
    if oa.capabilities.list_open_only:
        return  # such a listing tells nothing but that it runs
    assert head.creator == stage.maker
    assert head.changed_at is not None
    assert abs(datetime.now(UTC) - head.changed_at) < timedelta(minutes=2)


def test_a_long_title_still_ends_with_the_key(stage: Stage, oa: OaConnector) -> None:
    ref = oa.open_request(stage.side, replace(stage.draft(f"{DOCUMENT}-R1"), title="很长的标题 " * 60))
    title = oa.read_request(stage.side, ref).title
    if oa.capabilities.list_shows_key:
        assert title.startswith("很长的标题")
        assert listed(stage, oa)[ref.key].title.endswith(f" {DOCUMENT}-R1")


def test_it_is_found_by_its_key_alone(stage: Stage, oa: OaConnector) -> None:
    if not finds(stage, oa):
        return
    first, tenth = opened(stage, oa, 1), opened(stage, oa, 10)
    other = oa.open_request(stage.side, replace(stage.draft("ZZZZZZZZZZZZZZZZ-R1"), sent_as=stage.idle))
    for key, sent_as, refs in (
        (f"{DOCUMENT}-R1", stage.maker, [first]),
        (f"{DOCUMENT}-R10", stage.maker, [tenth]),
        (f"{DOCUMENT}-R2", stage.maker, []),
        (f"{DOCUMENT}-R", stage.maker, []),
        ("ZZZZZZZZZZZZZZZZ-R1", stage.idle, [other]),
    ):
        for since in (SINCE, None):
            hits = oa.find_requests(stage.side, key, sent_as, since)
            assert [which(each) for each in hits] == [which(each) for each in refs]
    rounds = {key: which(ref) for key, ref in oa.find_rounds(stage.side, DOCUMENT, stage.maker)}
    assert rounds == {f"{DOCUMENT}-R1": which(first), f"{DOCUMENT}-R10": which(tenth)}
    assert oa.find_rounds(stage.side, "QQQQQQQQQQQQQQQQ", stage.maker) == []


def test_the_same_key_twice_is_found_twice(stage: Stage, oa: OaConnector) -> None:
    refs = {which(opened(stage, oa)), which(opened(stage, oa))}
    assert set(stage.alive(f"{DOCUMENT}-R1")) == {ref.key for ref in refs}
    if not finds(stage, oa):
        return
    hits = oa.find_requests(stage.side, f"{DOCUMENT}-R1", stage.maker, None)
    assert {which(each) for each in hits} == refs


def test_an_empty_detail_table(stage: Stage, oa: OaConnector) -> None:
    draft = stage.draft(f"{DOCUMENT}-R1")
    for details in ({}, dict.fromkeys(draft.details, ())):
        ref = oa.open_request(stage.side, replace(draft, details=details))
        assert oa.read_request(stage.side, ref).details == dict.fromkeys(draft.details, ())


def test_five_thousand_rows(stage: Stage, oa: OaConnector) -> None:
    draft = stage.draft(f"{DOCUMENT}-R1")
    (table, rows), *_ = draft.details.items()
    many = tuple({**rows[0], "entry_id": str(number)} for number in range(5000))
    try:
        ref = oa.open_request(stage.side, replace(draft, details={table: many}))
    except SyncError as error:  # a form that holds fewer says so before anything is sent
        assert (error.code, error.certain) == (ErrorCode.TOO_MANY_LINES, True)
        assert stage.alive(draft.key) == []
        return
    found = oa.read_request(stage.side, ref).details[table]
    assert [row["entry_id"] for row in found] == [row["entry_id"] for row in many]


def test_the_listing_is_whole_over_many_pages(stage: Stage) -> None:
    oa = stage.connect(**stage.small_pages)
    if not lists(stage, oa):
        return
    keys = {opened(stage, oa, number).key for number in range(1, 31)}
    assert listed(stage, oa).keys() == keys


# --- decisions -------------------------------------------------------------------------------------------------------


def decided(stage: Stage, oa: OaConnector, *deeds: str) -> tuple[OaRequest, RequestHead | None]:
    ref = opened(stage, oa)
    for deed in deeds:
        stage.decide[deed](ref.key)
    head = listed(stage, oa).get(ref.key) if oa.capabilities.list_requests else None
    return oa.read_request(stage.side, ref), head


DECISIONS = [
    (("approve once",), RequestStatus.RUNNING, False, Decision.APPROVED, "一级同意"),
    (("approve",), RequestStatus.APPROVED, True, Decision.APPROVED, "同意 <发货>"),
    (("reject",), RequestStatus.REJECTED, True, Decision.RETURNED, "价格太高"),
    (("withdraw",), RequestStatus.WITHDRAWN, True, Decision.WITHDRAWN, "填错了"),
    (("force an end",), RequestStatus.ENDED, True, Decision.FORCED, ""),
    (("approve once", "force an end"), RequestStatus.ENDED, True, Decision.FORCED, ""),
    (("reject", "resubmit"), RequestStatus.RUNNING, False, Decision.SUBMITTED, "改好了"),
    (("reject", "resubmit", "approve"), RequestStatus.APPROVED, True, Decision.APPROVED, "同意 <发货>"),
    (("withdraw", "resubmit", "reject"), RequestStatus.REJECTED, True, Decision.RETURNED, "价格太高"),
]


@pytest.mark.parametrize(
    ("deeds", "status", "settled", "last", "text"), DECISIONS, ids=[", ".join(row[0]) for row in DECISIONS]
)
def test_a_decision(
    stage: Stage,
    oa: OaConnector,
    deeds: tuple[str, ...],
    status: RequestStatus,
    settled: bool,
    last: Decision,
    text: str,
) -> None:
    if not set(deeds) <= set(stage.decide):
        pytest.skip("people cannot do this there")
    request, head = decided(stage, oa, *deeds)
    assert request.status is status
    shown = oa.capabilities.list_requests and not (oa.capabilities.list_open_only and settled)
    assert (head is not None) is shown
    if head is not None:
        assert head.settled is settled
        assert not head.ended or status in (RequestStatus.APPROVED, RequestStatus.ENDED)
    assert (request.opinions[-1].decision, request.opinions[-1].text) == (last, text)
    assert request.opinions[0].decision is Decision.SUBMITTED
    times = [opinion.at for opinion in request.opinions if opinion.at]
    assert times == sorted(times)
    assert len(times) == len(request.opinions)


def test_a_deleted_request_is_missing_and_no_longer_listed(stage: Stage, oa: OaConnector) -> None:
    ref = opened(stage, oa)
    stage.decide["delete"](ref.key)
    refused(ErrorCode.RECORD_MISSING, True, lambda: oa.read_request(stage.side, ref))
    if lists(stage, oa):
        assert ref.key not in listed(stage, oa)
    if finds(stage, oa):
        assert oa.find_requests(stage.side, f"{DOCUMENT}-R1", stage.maker, None) == []


def test_a_lost_right_is_not_a_missing_request(stage: Stage, oa: OaConnector) -> None:
    ref = opened(stage, oa)
    stage.revoke()
    refused(ErrorCode.NOT_PERMITTED, True, lambda: oa.read_request(stage.side, ref))


# --- taking back and ending ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deeds", [(), ("approve once",), ("withdraw",)])
def test_cancel_leaves_nothing_running(stage: Stage, oa: OaConnector, deeds: tuple[str, ...]) -> None:
    ref = opened(stage, oa)
    for deed in deeds:
        stage.decide[deed](ref.key)
    if not oa.capabilities.cancel:
        before = oa.read_request(stage.side, ref)
        cannot(lambda: oa.cancel_request(stage.side, ref, stage.maker, "单据已收回"))
        assert oa.read_request(stage.side, ref) == before
        return
    oa.cancel_request(stage.side, ref, stage.maker, "单据已收回")
    request = oa.read_request(stage.side, ref)
    assert request.status in (RequestStatus.WITHDRAWN, RequestStatus.ENDED)
    oa.cancel_request(stage.side, opened(stage, oa, 2), stage.maker, "")


def test_cancel_of_what_is_approved_is_a_certain_no(stage: Stage, oa: OaConnector) -> None:
    ref = opened(stage, oa)
    stage.decide["approve"](ref.key)
    refused(None, True, lambda: oa.cancel_request(stage.side, ref, stage.maker, "晚了"))
    assert oa.read_request(stage.side, ref).status is RequestStatus.APPROVED


def test_close_ends_a_returned_request_with_one_call(stage: Stage, oa: OaConnector) -> None:
    ref = opened(stage, oa)
    stage.decide["reject"](ref.key)
    if not oa.capabilities.close:
        cannot(lambda: oa.close_request(stage.side, ref, stage.maker, "已驳回"))
        assert oa.read_request(stage.side, ref).status is RequestStatus.REJECTED
        return
    calls = stage.spy.calls.total()
    oa.close_request(stage.side, ref, stage.maker, "已驳回")
    assert stage.spy.calls.total() == calls + 1
    assert oa.read_request(stage.side, ref).status is not RequestStatus.APPROVED
    assert listed(stage, oa)[ref.key].ended
    with pytest.raises(Exception):  # noqa: B017 (the sandbox's own refusal)
        stage.decide["resubmit"](ref.key)


def test_its_applicant_can_be_told_without_moving_it(stage: Stage, oa: OaConnector) -> None:
    ref = opened(stage, oa)
    stage.decide["reject"](ref.key)
    if not oa.capabilities.tell:
        cannot(lambda: oa.tell_applicant(stage.side, ref, stage.maker, "x"))
        cannot(lambda: oa.remarks(stage.side, ref))
        return
    before = oa.read_request(stage.side, ref)
    oa.tell_applicant(stage.side, ref, stage.maker, f"已有下游单据 {AWKWARD}")
    assert any("已有下游单据" in each and "O'Neil" in each for each in oa.remarks(stage.side, ref))
    after = oa.read_request(stage.side, ref)
    assert (after.status, after.node) == (before.status, before.node) == (RequestStatus.REJECTED, before.node)


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fields": {"no_such_field": "1"}}, ErrorCode.FIELD_MISSING),
        ({"fields": {"amount": "1.005"}}, ErrorCode.TOO_PRECISE),
        ({"fields": {"amount": "much"}}, ErrorCode.NOT_A_NUMBER),
        ({"fields": {"company": "长" * 500}}, ErrorCode.TOO_LONG),
        ({"details": {"detail_7": ({"qty": "1"},)}}, ErrorCode.FIELD_MISSING),
        ({"details": {"detail_1": ({"qty": "1.00001"},)}}, ErrorCode.TOO_PRECISE),
    ],
)
def test_a_draft_that_does_not_fit_is_refused_before_it_is_sent(
    stage: Stage, oa: OaConnector, change: dict[str, Any], code: Code
) -> None:
    key, told = f"{DOCUMENT}-R1", limits_told(oa, stage.side, change)
    wanted = code if told or code in (ErrorCode.FIELD_MISSING, ErrorCode.NOT_A_NUMBER) else None
    error = refused(wanted, True, lambda: oa.open_request(stage.side, replace(stage.draft(key), **change)))
    assert set(error.facts) <= set(error.code.facts)
    assert stage.spy.calls[stage.operations["open"]] == 0 or wanted is None
    assert stage.alive(key) == []


def limits_told(oa: OaConnector, side: OaSide, change: Mapping[str, Any]) -> bool:
    """Does the form's metadata tell a length or decimals of the changed field? Else the OA itself must refuse."""
    places = [("", name) for name in change.get("fields", {})]
    places += [(table, name) for table, rows in change.get("details", {}).items() for name in rows[0]]
    fields = {(each.table, each.key): each for each in oa.fields(side)}
    found = [fields[place] for place in places if place in fields]
    return any(each.length is not None or each.places is not None for each in found)


@pytest.mark.parametrize("who", ["left", "nobody", "", "a name"])
def test_a_person_who_may_not_is_told_and_nothing_is_opened(stage: Stage, oa: OaConnector, who: str) -> None:
    person = {"left": stage.left, "nobody": "99999", "": "", "a name": "wangmin"}[who]
    draft = replace(stage.draft(f"{DOCUMENT}-R1"), sent_as=person)
    error = refused(ErrorCode.APPLICANT_UNMAPPED, True, lambda: oa.open_request(stage.side, draft))
    assert error.facts["person"] == person
    assert stage.alive(draft.key) == []


def test_an_unknown_workflow_is_a_certain_no(stage: Stage, oa: OaConnector) -> None:
    side = replace(stage.side, workflow="99999")
    refused(None, True, lambda: oa.open_request(side, stage.draft(f"{DOCUMENT}-R1")))


def eventually(true: Callable[[], bool]) -> None:
    """Waits for what another thread is about to do."""
    until = time.monotonic() + 5
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


# --- the wire --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [one for one in Fault if one is not Fault.THROTTLED], ids=lambda one: one.name
)
def test_a_fault_under_an_effect_is_never_certain_and_the_key_tells(stage: Stage, fault: Fault) -> None:
    oa = stage.connect(read_s="0.5")
    oa.fields(stage.side)
    key = f"{DOCUMENT}-R1"
    stage.faults.slow_s = 0.8
    stage.faults.force(fault, stage.operations["fault"])
    refused(None, False, lambda: oa.open_request(stage.side, stage.draft(key)))
    stands = 1 if fault.done else 0
    assert stage.spy.calls[stage.operations["open"]] == 1, "an effect is never repeated"
    eventually(lambda: len(stage.alive(key)) == stands)
    if finds(stage, oa):
        assert [ref.key for ref in oa.find_requests(stage.side, key, stage.maker, None)] == stage.alive(key)


@pytest.mark.parametrize(
    "fault",
    [Fault.SERVER_ERROR, Fault.HTML_PAGE, Fault.TRUNCATED, Fault.REPLY_LOST],
    ids=lambda one: one.name,
)
@pytest.mark.parametrize("operation", ["read", "list"])
def test_a_fault_under_a_read_is_an_error_and_the_next_read_is_right(
    stage: Stage, fault: Fault, operation: str
) -> None:
    oa = stage.connect(read_s="0.5")
    ref = opened(stage, oa)
    if operation == "list" and not lists(stage, oa):
        return
    stage.faults.force(fault, stage.operations[operation], times=2)
    refused(
        None,
        False,
        lambda: oa.read_request(stage.side, ref) if operation == "read" else listed(stage, oa),
    )
    stage.faults.clear()
    assert which(oa.read_request(stage.side, ref).ref) == which(ref)
    if operation == "list":
        assert listed(stage, oa).keys() == {ref.key}


def test_a_sign_in_that_dies_in_mid_round_is_renewed_once_for_all_threads(
    stage: Stage, oa: OaConnector
) -> None:
    refs = [opened(stage, oa, number) for number in range(1, 9)]
    oa.read_request(stage.side, refs[0])
    before = stage.spy.calls[stage.sign_in]
    stage.drop_sign_ins()
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda ref: oa.read_request(stage.side, ref), refs * 8))
    assert [which(request.ref) for request in found] == [which(ref) for ref in refs * 8]
    assert stage.spy.calls[stage.sign_in] == before + 1


def test_a_sign_in_that_dies_under_an_effect_is_not_certain(stage: Stage, oa: OaConnector) -> None:
    opened(stage, oa, 1)
    stage.drop_sign_ins()
    refused(ErrorCode.SESSION_LOST, False, lambda: opened(stage, oa, 2))
    assert stage.alive(f"{DOCUMENT}-R2") == []
    opened(stage, oa, 2)
    assert len(stage.alive(f"{DOCUMENT}-R2")) == 1


def test_many_persons_at_once_never_swap_names(stage: Stage, oa: OaConnector) -> None:
    drafts = [
        replace(stage.draft(f"{DOCUMENT}-R{number}"), sent_as=stage.maker if number % 2 else stage.idle)
        for number in range(1, 25)
    ]
    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(lambda draft: oa.open_request(stage.side, draft), drafts))
    makers = [oa.read_request(stage.side, ref).applicant for ref in refs]
    assert makers == [draft.sent_as for draft in drafts]
    if lists(stage, oa) and not oa.capabilities.list_open_only:
        heads = listed(stage, oa)
        assert [heads[ref.key].creator for ref in refs] == makers


def test_no_secret_in_what_is_kept_of_the_calls(stage: Stage) -> None:
    kept: list[Exchange] = []

    def errand() -> None:
        exchanges.set(kept)
        oa = stage.connect()
        oa.check()
        ref = opened(stage, oa)
        stage.drop_sign_ins()
        oa.read_request(stage.side, ref)
        stage.drop_sign_ins()
        refused(ErrorCode.SESSION_LOST, False, lambda: opened(stage, oa, 2))
        oa.read_request(stage.side, ref)
        if oa.capabilities.cancel:
            stage.drop_sign_ins()
            refused(
                ErrorCode.SESSION_LOST, False, lambda: oa.cancel_request(stage.side, ref, stage.maker, "x")
            )
        if not oa.capabilities.no_links:
            oa.open_link(ref, stage.link_user)

    contextvars.Context().run(errand)
    secrets = {*stage.spy.credentials, *stage.drawer.held.values()}
    assert len(stage.spy.credentials) >= 3, "it signed in anew after each loss"
    assert len(kept) > 6
    text = repr(kept)
    assert [secret for secret in secrets if secret in text] == []
    assert AWKWARD.replace('"', '\\\\"') in text or "西湖" in text, "what we sent is kept readable"


# --- people and links ------------------------------------------------------------------------------------------------


def test_people_carry_their_staff_number_and_whether_they_left(stage: Stage, oa: OaConnector) -> None:
    people = {one.key: one for one in oa.base_data("user")}
    assert people[stage.maker].code
    assert people[stage.maker].name
    assert not people[stage.maker].disabled
    assert stage.left not in people or people[stage.left].disabled
    refused(ErrorCode.CANNOT, True, lambda: list(oa.base_data("no such kind")))


def test_a_link_opens_the_request_as_the_person(stage: Stage, oa: OaConnector) -> None:
    ref = opened(stage, oa)
    if oa.capabilities.no_links:
        cannot(lambda: oa.open_link(ref, stage.link_user))
        return
    if oa.capabilities.plain_links:
        address = oa.open_link(ref, stage.link_user)
        assert ref.key in address and address.startswith(("https://", "http://"))
        assert oa.open_link(ref, "nobody-at-all") == address, "it signs nobody in, so it does not matter whom"
        calls = oa.calls_made()
        if oa.capabilities.calls_a_month:
            try:
                oa.open_link(ref, "")
            except SyncError as error:
                assert error.code is ErrorCode.CANNOT
            assert oa.calls_made() == calls, "strangers cost no metered calls"
        return
    first, second = oa.open_link(ref, stage.link_user), oa.open_link(ref, stage.link_user)
    assert first.startswith(stage.server.url)
    assert ref.key in first
    assert first != second, "minted for each click"
    refused(ErrorCode.NOT_PERMITTED, True, lambda: oa.open_link(ref, "nobody-at-all"))


def test_the_oa_says_where_its_people_prove_who_they_are(stage: Stage, oa: OaConnector) -> None:
    back, state = "https://gateway.example/back", "s-" + "x" * 30
    if not oa.capabilities.sign_on:
        cannot(lambda: oa.sign_on_address(back, state))
        cannot(lambda: oa.signed_on("no such code", back, state))
        return
    asked = parse_qs(urlsplit(oa.sign_on_address(back, state)).query)
    assert (asked["redirect_uri"], asked["state"]) == ([back], [state])
    refused(ErrorCode.NOT_PERMITTED, True, lambda: oa.signed_on("no such code", back, state))
    ref = opened(stage, oa)
    assert oa.may_see(ref, stage.maker)
    assert not oa.may_see(ref, stage.idle)


# --- attachments ---------------------------------------------------------------------------------------------------------


def test_files_are_uploaded_first_and_stand_on_the_request(stage: Stage, oa: OaConnector) -> None:
    draft, name = stage.draft(f"{DOCUMENT}-R1"), "“合同” O'Neil 😀.pdf"
    if not oa.capabilities.take_files:
        cannot(lambda: oa.upload_file(stage.side, name, b"1", stage.maker))
    if not oa.capabilities.list_files:
        cannot(lambda: oa.request_files(stage.side, Ref("oa", stage.side.form, "1", "1")))
        return
    content = bytes(range(256)) * 4100
    kept: list[Exchange] = []
    token = exchanges.set(kept)
    side = stage.files_side or stage.side
    ids = [oa.upload_file(side, each, content, stage.maker).key for each in (name, "b.txt")]
    sent = tuple(FileHead(key, each, len(content)) for key, each in zip(ids, (name, "b.txt"), strict=True))
    exchanges.reset(token)
    assert all(len(each.request) < 500 for each in kept), "what is in a file is nobody's history"
    ref = oa.open_request(stage.side, replace(draft, files={stage.file_field: sent}))
    listed = oa.request_files(stage.side, ref)
    assert [(each.id, each.name) for each in listed] == [(ids[0], name), (ids[1], "b.txt")]
    assert oa.read_file(stage.side, ref, listed[0], len(content)) == content
    assert (
        refused(ErrorCode.TOO_LONG, True, lambda: oa.read_file(stage.side, ref, listed[0], 9)).facts["limit"]
        == 9
    )
    gone = replace(listed[0], id="999999")
    refused(ErrorCode.RECORD_MISSING, True, lambda: oa.read_file(stage.side, ref, gone, 9))


def test_a_file_without_a_place_to_go_is_a_certain_no(stage: Stage, oa: OaConnector) -> None:
    if stage.files_side is not None:
        refused(ErrorCode.CANNOT, True, lambda: oa.upload_file(stage.side, "a.txt", b"1", stage.maker))
