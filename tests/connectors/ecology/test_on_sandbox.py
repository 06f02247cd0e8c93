"""e-cology's many moods, played by the sandbox: patches, lags, renamed buttons, versions, refusing nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desktop.connectors.base import Exchange, OaConnector, exchanges
from desktop.connectors.ecology.connector import VENDOR, EcologyConnector
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import Decision, Ref, RequestDraft, RequestStatus
from desktop.sandbox.ecology import ecology_app
from desktop.sandbox.oa import Oa
from desktop.sandbox.server import Server
from tests.connectors.ecology.conftest import KEY, system_at
from tests.drawer import Drawer

SINCE = datetime.now(UTC) - timedelta(days=1)
SALES = OaSide(form="781", key_field="erp_key", workflow="781")
EXPENSE = OaSide(form="786", key_field="erp_key", workflow="786")
BIG = {"company": "100", "amount": "900000"}
"""Two approvers."""


@dataclass
class Stage:
    """One OA with its clock in the test's hand."""

    offset: timedelta = timedelta()
    opened: list[OaConnector] = field(default_factory=list)
    calls: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.oa = Oa(clock=self.now, key=KEY)
        self.server = Server(ecology_app(self.oa)).start()
        self.drawer = Drawer(secrit=self.oa.secrit, spk=self.oa.spk)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def later(self, **delta: float) -> None:
        self.offset += timedelta(**delta)

    def connect(self, **options: str) -> OaConnector:
        system = system_at(self.server.url, app_id=self.oa.app_id, **options)
        made = EcologyConnector(system, self.drawer)
        self.opened.append(made)
        return made

    def names(self, work: Callable[[], Any]) -> list[str]:
        """The calls that `work` makes."""
        kept: list[Exchange] = []
        mark = exchanges.set(kept)
        try:
            work()
        finally:
            exchanges.reset(mark)
        return [call.path.rsplit("/", 1)[-1] for call in kept]


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    for connector in made.opened:
        connector.close()
    made.server.stop()


@pytest.fixture
def oa(stage: Stage) -> OaConnector:
    return stage.connect()


def open_one(oa: OaConnector, number: int = 1, **fields: str) -> Ref:
    draft = RequestDraft(f"ABCDEFGHIJKLMNOP-R{number}", "销售订单", "57", {**BIG, **fields})
    return oa.open_request(SALES, draft)


def heads(oa: OaConnector, side: OaSide = SALES) -> dict[str, Any]:
    return {head.ref.key: head for head in oa.requests(side, SINCE)}


def test_the_benchmark_one_call_for_each_decided_request(stage: Stage, oa: OaConnector) -> None:
    refs = [open_one(oa, number) for number in range(1, 21)]
    for ref in refs[:10]:
        stage.oa.approve_fully(int(ref.key))
    for ref in refs[10:]:
        stage.oa.reject(int(ref.key), "40", "退")
    assert stage.names(lambda: heads(oa)) in (
        ["getAllWorkflowRequestList"],
        ["getAllWorkflowRequestList"] * 2,
    )
    calls = stage.names(lambda: [oa.read_request(SALES, ref) for ref in refs])
    assert calls == ["getWorkflowRequest"] * 20
    closing = stage.names(lambda: [oa.close_request(SALES, ref, "57", "退") for ref in refs[10:]])
    assert closing == ["doForceOver"] * 10


def test_opening_costs_one_call_once_the_form_is_known(stage: Stage, oa: OaConnector) -> None:
    open_one(oa)
    assert stage.names(lambda: open_one(oa, 2)) == ["doCreateRequest"]


def test_the_basic_item_set(stage: Stage, oa: OaConnector) -> None:
    stage.oa.settings.extended_items = False
    yes, no, still = (open_one(oa, number) for number in (1, 2, 3))
    stage.oa.approve_fully(int(yes.key))
    stage.oa.reject(int(no.key), "40", "退")
    calls = stage.names(lambda: heads(oa))
    assert set(calls) == {"getAllWorkflowRequestList"}
    assert len(calls) == 3
    found = heads(oa)
    assert [(found[ref.key].settled, found[ref.key].ended) for ref in (yes, no, still)] == [
        (True, True),
        (True, False),
        (False, False),
    ]
    assert stage.names(lambda: oa.read_request(SALES, yes)) == ["getWorkflowRequest"]
    assert oa.read_request(SALES, yes).status is RequestStatus.APPROVED
    assert oa.read_request(SALES, no).status is RequestStatus.REJECTED
    assert oa.read_request(SALES, still).status is RequestStatus.RUNNING


def test_a_slow_flow_engine_never_turns_a_new_request_into_a_decided_one(
    stage: Stage, oa: OaConnector
) -> None:
    stage.oa.settings.visible_after_ms = 60_000
    ref = open_one(oa)
    heads(oa)
    assert oa.read_request(SALES, ref).status is RequestStatus.RUNNING
    stage.later(seconds=61)
    heads(oa)
    assert oa.read_request(SALES, ref).status is RequestStatus.RUNNING
    stage.oa.reject(int(ref.key), "40", "退")
    heads(oa)
    assert oa.read_request(SALES, ref).status is RequestStatus.RUNNING
    stage.later(seconds=61)
    assert oa.read_request(SALES, ref).status is RequestStatus.REJECTED
    stage.oa.resubmit(int(ref.key), "57")
    assert oa.read_request(SALES, ref).status in (RequestStatus.REJECTED, RequestStatus.RUNNING)
    stage.later(seconds=61)
    assert oa.read_request(SALES, ref).status is RequestStatus.RUNNING


def test_a_node_name_that_lags_decides_nothing(stage: Stage, oa: OaConnector) -> None:
    stage.oa.settings.node_name_after_ms = 60_000
    ref = open_one(oa)
    stage.oa.approve(int(ref.key), "40")
    heads(oa)
    assert oa.read_request(SALES, ref).status is RequestStatus.RUNNING
    stage.oa.approve_fully(int(ref.key))
    heads(oa)
    assert oa.read_request(SALES, ref).status is RequestStatus.APPROVED


def test_renamed_buttons_are_decided_by_logtype(stage: Stage, oa: OaConnector) -> None:
    words = {"0": "同意", "3": "不同意", "2": "报送", "e": "", "r": "拿回"}
    for node in (7810, 7811, 7812, 7819):
        stage.oa.settings.operate_texts.update({(node, logtype): word for logtype, word in words.items()})
    yes, no, back, forced = (open_one(oa, number) for number in (1, 2, 3, 4))
    stage.oa.approve_fully(int(yes.key))
    stage.oa.reject(int(no.key), "40", "退")
    stage.oa.withdraw(int(back.key), "57")
    stage.oa.force_over(int(forced.key), "9")
    heads(oa)
    expected = [RequestStatus.APPROVED, RequestStatus.REJECTED, RequestStatus.WITHDRAWN, RequestStatus.ENDED]
    assert [oa.read_request(SALES, ref).status for ref in (yes, no, back, forced)] == expected
    assert [one.decision for one in oa.read_request(SALES, yes).opinions][-1] is Decision.APPROVED
    again = stage.names(lambda: [oa.read_request(SALES, ref) for ref in (yes, no, back)])
    assert again == ["getWorkflowRequest"] * 3, "the words were learned"


def test_an_administrators_move_to_the_archive_is_no_approval(stage: Stage, oa: OaConnector) -> None:
    ref = open_one(oa)
    stage.oa.approve(int(ref.key), "40")
    stage.oa.intervene(int(ref.key), "1", 7819, ["57"], "直接归档")
    heads(oa)
    assert oa.read_request(SALES, ref).status is RequestStatus.ENDED


def test_a_drawback_that_leads_one_node_back_still_ends(stage: Stage, oa: OaConnector) -> None:
    stage.oa.settings.draw_back_to_create = False
    ref = open_one(oa)
    stage.oa.approve(int(ref.key), "40")
    oa.cancel_request(SALES, ref, "57", "收回")
    assert oa.read_request(SALES, ref).status is RequestStatus.ENDED


def test_cancel_for_a_creator_who_has_left(stage: Stage, oa: OaConnector) -> None:
    ref = open_one(oa)
    oa.cancel_request(SALES, ref, "66", "收回")
    assert oa.read_request(SALES, ref).status is RequestStatus.ENDED


def test_an_account_without_the_monitor_right_deletes_as_the_creator(stage: Stage) -> None:
    oa = stage.connect(user_id="57")
    stage.oa.settings.monitors.clear()
    ref = open_one(oa)
    oa.cancel_request(SALES, ref, "57", "收回")
    with pytest.raises(SyncError) as caught:
        oa.read_request(SALES, ref)
    assert caught.value.code == ErrorCode.RECORD_MISSING


def test_a_node_action_that_refuses_is_not_certain(stage: Stage, oa: OaConnector) -> None:
    open_one(oa)
    stage.oa.settings.action_refuses[7810] = "ERP 校验：额度不足"
    with pytest.raises(SyncError) as caught:
        open_one(oa, 2)
    assert not caught.value.certain
    assert "额度不足" in caught.value.facts["said"]
    assert oa.find_requests(SALES, "ABCDEFGHIJKLMNOP-R2", "57", None) == []


@pytest.mark.parametrize(
    "setting", ["status_without_code", "code_as_object", "submit_needs_workflow", "hrm_rows"]
)
def test_odd_builds_are_understood(stage: Stage, oa: OaConnector, setting: str) -> None:
    setattr(stage.oa.settings, setting, True)
    ref = open_one(oa)
    assert oa.read_request(SALES, ref).status is RequestStatus.RUNNING
    stage.oa.reject(int(ref.key), "40", "退")
    oa.submit_request(SALES, ref, "57", {"note": "改"}, "再报")
    oa.cancel_request(SALES, ref, "57", "收回")
    assert oa.read_request(SALES, ref).status is RequestStatus.ENDED
    assert len(list(oa.base_data("user"))) > 10
    stage.oa.delete(int(ref.key), "9", monitor=True)
    with pytest.raises(SyncError) as caught:
        oa.read_request(SALES, ref)
    assert caught.value.code == ErrorCode.RECORD_MISSING


@pytest.mark.parametrize("denied", ["code", "can_view"])
def test_what_may_not_be_seen_is_told(stage: Stage, oa: OaConnector, denied: Any) -> None:
    ref = open_one(oa)
    stage.oa.settings.read_denied = denied
    stage.oa.settings.revoked.add("9")
    with pytest.raises(SyncError) as caught:
        oa.read_request(SALES, ref)
    assert caught.value.code == ErrorCode.NOT_PERMITTED


def test_a_new_version_of_the_workflow(stage: Stage, oa: OaConnector) -> None:
    stage.oa.settings.versions_joined = False
    old = open_one(oa)
    stage.oa.add_version(781)
    new = open_one(oa, 2)
    assert [ref.key for ref in oa.find_requests(SALES, "ABCDEFGHIJKLMNOP-R2", "57", None)] == [new.key]
    assert oa.read_request(SALES, new).status is RequestStatus.RUNNING
    assert heads(oa).keys() == {old.key, new.key}


def test_an_old_patch_answers_a_dead_token_with_a_page(stage: Stage, oa: OaConnector) -> None:
    stage.oa.settings.old_kb = True
    ref = open_one(oa)
    stage.oa.sign_in.drop_tokens()
    assert oa.read_request(SALES, ref).ref == ref
    stage.oa.sign_in.drop_tokens()
    with pytest.raises(SyncError) as caught:
        open_one(oa, 2)
    assert (caught.value.code, caught.value.certain) == (ErrorCode.SERVER_ERROR, False)
    assert open_one(oa, 2).key


def test_a_second_registration_kills_what_stood_on_old_patches(stage: Stage, oa: OaConnector) -> None:
    stage.oa.settings.regist_renews = True
    ref = open_one(oa)
    held = dict(stage.drawer.held)
    assert VENDOR.prepare is not None
    VENDOR.prepare(oa.system, stage.drawer)
    assert stage.drawer.held != held
    assert oa.read_request(SALES, ref).ref == ref, "the next sign-in reads the new values"
    stage.drawer.held.update(held)
    with pytest.raises(SyncError) as caught:
        stage.connect().read_request(SALES, ref)
    assert caught.value.code == ErrorCode.SIGN_IN_REFUSED


def test_an_unknown_licence(stage: Stage) -> None:
    assert VENDOR.prepare is not None
    with pytest.raises(SyncError) as caught:
        VENDOR.prepare(system_at(stage.server.url, app_id="NOT-OURS"), Drawer())
    assert caught.value.code == ErrorCode.LICENCE


def test_a_token_outlived_by_the_engine(stage: Stage, oa: OaConnector) -> None:
    ref = open_one(oa)
    stage.later(hours=2)
    assert oa.read_request(SALES, ref).ref == ref


def test_a_chinese_character_counts_three_unless_the_site_says_otherwise(stage: Stage) -> None:
    with pytest.raises(SyncError) as caught:
        open_one(stage.connect(), company="长" * 20)
    assert (caught.value.code, caught.value.certain) == (ErrorCode.TOO_LONG, True)
    assert open_one(stage.connect(varchar="characters"), company="长" * 20).key


def test_the_generation_flow_hands_on_or_returns_at_the_last_node(stage: Stage, oa: OaConnector) -> None:
    done, back = (
        stage.oa.start(
            786,
            "57",
            {"company": "100", "amount": 1280},
            {"detail_1": [{"expense_item": "CI001", "amount": 1280}]},
            title=f"费用报销 {number}",
        )
        for number in (1, 2)
    )
    for request_id in (done, back):
        stage.oa.approve_fully(request_id)
    found = heads(oa, EXPENSE)
    request = oa.read_request(EXPENSE, found[str(done)].ref)
    assert request.status is RequestStatus.RUNNING
    assert request.waiting_on == ("单桥集成",)
    oa.submit_request(
        EXPENSE, request.ref, "9", {"voucher_no": "记-12", "erp_result": "已生成 <凭证>"}, "已入账"
    )
    after = oa.read_request(EXPENSE, request.ref)
    assert after.status is RequestStatus.APPROVED
    assert (after.fields["voucher_no"], after.fields["erp_result"]) == ("记-12", "已生成 <凭证>")
    assert after.opinions[-1].text == "已入账"
    oa.return_request(EXPENSE, found[str(back)].ref, "9", "科目不对\n请改")
    returned = oa.read_request(EXPENSE, found[str(back)].ref)
    assert returned.status is RequestStatus.REJECTED
    assert returned.opinions[-1].text == "科目不对\n请改"
    with pytest.raises(SyncError) as caught:
        oa.submit_request(EXPENSE, request.ref, "9", {}, "再来")
    assert (caught.value.code, caught.value.certain) == (ErrorCode.NOT_PERMITTED, True)
    with pytest.raises(SyncError) as caught:
        oa.submit_request(EXPENSE, request.ref, "9", {"nowhere": "1"}, "")
    assert (caught.value.code, caught.value.certain) == (ErrorCode.FIELD_MISSING, True)


def test_what_waits_for_us_is_listed_whenever_it_came_and_nothing_else(stage: Stage) -> None:
    def filled_in(workflow: int = 787) -> int:
        return stage.oa.start(workflow, "61", BIG)

    agreed, other_form, running, returned = filled_in(), filled_in(786), filled_in(), filled_in()
    for each in (agreed, other_form, returned):
        stage.oa.approve_fully(each)
    connector = stage.connect()
    claim = OaSide(form="claim", workflow="787", options={"node": "ERP处理"})
    stage.later(days=120)
    heads = {head.ref.key: head for head in connector.waiting_requests(claim)}
    assert set(heads) == {str(agreed), str(returned)}
    assert not any(head.settled for head in heads.values())
    connector.return_request(claim, heads[str(returned)].ref, "", "请补充 <发票>")
    connector.submit_request(claim, heads[str(agreed)].ref, "", {"erp_bill_no": "SPZR000001"}, "SPZR000001")
    assert not list(connector.waiting_requests(claim))
    assert connector.read_request(claim, heads[str(returned)].ref).status is RequestStatus.REJECTED
    handed_on = connector.read_request(claim, heads[str(agreed)].ref)
    assert (handed_on.status, handed_on.fields["erp_bill_no"]) == (RequestStatus.APPROVED, "SPZR000001")
    assert stage.oa.request(running).waiting == ("41",)
