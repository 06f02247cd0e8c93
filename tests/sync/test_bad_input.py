"""Bad input over real HTTP: whatever one side sends, it ends in a code and a plain sentence, nothing is lost, nothing is
sent twice, and the other bills go on in the same run."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode
from desktop.sandbox.faults import Fault
from desktop.sandbox.server import Server
from desktop.store.catalog import BaseRow
from tests.sync.sentences import assert_plain
from tests.sync.test_preflight import change_oa_field, drop_erp_field, switch_workflow

FORM, FLOW, LINES = "SAL_SaleOrder", "sales_order", "FSaleOrderEntry"
AWKWARD = "“西湖” 😀 𠮷 O'Neil's \"6.5\" <b>&amp;</b> \\ 100% {x} $y 'or' 1=1--"
Body = bytes | Iterable[bytes]


@dataclass
class _Rule:
    path: str
    spoil: Callable[[bytes], Body]
    times: int
    asked_for: bytes


@dataclass
class Between:
    """Stands between a server and its callers and spoils answers on the way. Reads the question, too."""

    server: Server
    rules: list[_Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._app, self.server.app = self.server.app, self

    def spoil(
        self, path: str, spoil: Callable[[bytes], Body], *, times: int = 1, asked_for: str = ""
    ) -> None:
        """The next answers of this operation, to questions that hold `asked_for`."""
        self.rules.append(_Rule(path, spoil, times, asked_for.encode()))

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        asked = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(asked)
        told: list[Any] = []
        body: Body = b"".join(self._app(environ, lambda *line: told.extend(line)))
        rule = next((each for each in self.rules if self._fits(each, environ, asked)), None)
        headers = [each for each in told[1] if each[0].lower() != "content-length"]
        if rule is not None:
            rule.times -= 1
            assert isinstance(body, bytes)
            body = rule.spoil(body)
        if isinstance(body, bytes):
            headers.append(("Content-Length", str(len(body))))
            body = [body]
        start(told[0], headers)
        return body

    def _fits(self, rule: _Rule, environ: dict[str, Any], asked: bytes) -> bool:
        return rule.times > 0 and rule.path in environ["PATH_INFO"] and rule.asked_for in asked


@pytest.fixture
def erp_wire(house: Any) -> Between:
    return Between(house.toy.erp_server)


@pytest.fixture
def oa_wire(house: Any) -> Between:
    return Between(house.toy.oa_server)


def failure(house: Any, bill: Any) -> str:
    """The code of the bill's failure, whose sentences are whole."""
    document = house.document(bill)
    found = house.workspace.ledger.open_failures([document.id]).get(document.id)
    assert found is not None, house.state(bill)
    assert_plain(found[0].code, found[0].facts)
    return found[0].code


def held(house: Any) -> str:
    """The code that holds the flow, whose sentences are whole."""
    found = house.workspace.ledger.hold("c100", FLOW)
    assert found is not None
    assert_plain(found[0], found[1])
    return found[0]


def run(house: Any, times: int = 1) -> str:
    """Passes over the sales orders of company 100; the code of the last one."""
    return [house.run()[f"c100/{FLOW}"] for _ in range(times)][-1]


def finish(house: Any, *bills: Any) -> None:
    """Every bill goes to its end: one request, approved, audited once."""
    for bill in bills:
        assert len(house.requests(bill)) == 1, house.state(bill)
        house.approve(bill)
    house.calm()
    assert [house.state(bill) for bill in bills] == [S.DONE] * len(bills)
    assert [(bill.status, house.audits(bill)) for bill in bills] == [("C", 1)] * len(bills)
    house.assert_intact()


# --- a bill that is wrong ----------------------------------------------------------------------------------------------


def line_of(bill: Any) -> dict[str, Any]:
    return bill.entries[LINES][0]


def no_lines(house: Any, bill: Any) -> None:
    bill.entries[LINES].clear()


def too_many_decimals(house: Any, bill: Any) -> None:
    line_of(bill)["FQty"] = Decimal("1000.00001")


def too_long_a_text(house: Any, bill: Any) -> None:
    bill.head["FCustId"].head["FName"] = "长" * 300


def more_than_the_field_holds(house: Any, bill: Any) -> None:
    huge = Decimal("12345678901234567890.50")
    line_of(bill)["FAllAmount"] += huge - bill.head["FBillAllAmount"]
    bill.head["FBillAllAmount"] = huge


def a_maker_who_left(house: Any, bill: Any) -> None:
    house.workspace.catalog.put_base_rows([BaseRow("c100", "user", "lihua", "66")], "clerk")


def an_unknown_customer(house: Any, bill: Any) -> None:
    house.workspace.catalog.delete_base_row("c100", "customer", "CUST0002", "clerk")


def a_total_that_is_none(house: Any, bill: Any) -> None:
    house.erp_wire.spoil("ExecuteBillQuery", number_instead(bill, b"NaN"), times=99)


def a_total_beyond_this_world(house: Any, bill: Any) -> None:
    house.erp_wire.spoil("ExecuteBillQuery", number_instead(bill, b"1e999999999"), times=99)


def a_total_of_ten_thousand_digits(house: Any, bill: Any) -> None:
    house.erp_wire.spoil("ExecuteBillQuery", number_instead(bill, b"9" * 10_000), times=99)


def a_total_that_is_text(house: Any, bill: Any) -> None:
    house.erp_wire.spoil("ExecuteBillQuery", number_instead(bill, '"¥ 一千"'.encode()), times=99)


def number_instead(bill: Any, other: bytes) -> Callable[[bytes], bytes]:
    """The bill's total in an answer, replaced; the total of its row alone has these digits."""
    bill.head["FBillAllAmount"] = Decimal("987654.32")

    def replaced(body: bytes) -> bytes:
        head, found, tail = body.partition(b"987654.32")
        return head + other + tail.lstrip(b"0") if found else body

    return replaced


WRONG = [
    (no_lines, ErrorCode.NO_LINES),
    (too_many_decimals, ErrorCode.TOO_PRECISE),
    (too_long_a_text, ErrorCode.TOO_LONG),
    (more_than_the_field_holds, ErrorCode.TOO_LONG),
    (a_maker_who_left, ErrorCode.APPLICANT_UNMAPPED),
    (an_unknown_customer, ErrorCode.BASE_DATA_UNMAPPED),
    (a_total_that_is_none, ErrorCode.NOT_A_NUMBER),
    (a_total_beyond_this_world, ErrorCode.NOT_A_NUMBER),
    (a_total_of_ten_thousand_digits, ErrorCode.NOT_A_NUMBER),
    (a_total_that_is_text, ErrorCode.NOT_A_NUMBER),
]


@pytest.mark.parametrize(("spoil", "code"), WRONG, ids=[row[0].__name__ for row in WRONG])
def test_a_wrong_bill_fails_alone_and_the_others_go_on(
    house: Any, erp_wire: Between, spoil: Callable[[Any, Any], None], code: Any
) -> None:
    house.erp_wire = erp_wire
    run(house)
    first, last = house.order(), house.order(customer="CUST0003")
    bad = house.order(customer="CUST0002", maker="lihua")
    spoil(house, bad)
    assert run(house) == ""
    assert failure(house, bad) == code.id
    assert (bad.status, house.requests(bad)) == ("B", [])
    assert [len(house.requests(bill)) for bill in (first, last)] == [1, 1], "in the same run"
    finish(house, first, last)
    assert failure(house, bad) == code.id, "nothing is lost: it still waits"


def test_put_right_by_its_maker_it_goes_its_way(house: Any) -> None:
    run(house)
    bad = house.order()
    too_many_decimals(house, bad)
    run(house)
    assert failure(house, bad) == ErrorCode.TOO_PRECISE.id
    house.withdraw(bad)
    house.edit(bad, FQty=1000)
    house.submit(bad)
    house.calm()
    finish(house, bad)


def test_five_thousand_lines_go_through(house: Any) -> None:
    house.join(read_s="20")
    run(house)
    lines = [("M0001", at % 90 + 1, "1.13") for at in range(5000)]
    large = house.toy.erp.sales_order(lines=lines, submit=True)
    small = house.order()
    assert run(house) == ""
    (request,) = house.requests(large)
    assert (house.state(large), len(request.details["detail_1"])) == (S.REQUESTED, 5000)
    assert request.fields["line_count"] == "5000"
    finish(house, small)


def test_every_text_may_hold_whatever_people_type(house: Any) -> None:
    run(house)
    bill = house.order(FNote=AWKWARD)
    bill.head["FCustId"].head["FName"] = AWKWARD[:60]
    for line in bill.entries[LINES]:
        line["FMaterialId"].head["FName"] = AWKWARD[:60]
    assert run(house) == ""
    (request,) = house.requests(bill)
    assert request.fields["customer_name"] == AWKWARD[:60]
    assert AWKWARD in request.fields["note"].replace("&nbsp;", " ")
    house.reject(bill, opinion=AWKWARD)
    house.calm()
    assert (house.state(bill), bill.status) == (S.RETURNED, "D")
    assert "“西湖” 😀 𠮷 O'Neil's" in bill.head["F_DQ_NOTE"]


def test_a_number_with_a_quote_in_it_is_found_again(house: Any) -> None:
    run(house)
    bill, other = house.order(), house.order()
    bill.number = "XSDD'; drop--'"
    house.toy.erp.tables[FORM].put(bill)
    assert run(house) == ""
    finish(house, bill, other)


def test_negative_amounts_travel_as_they_are(house: Any) -> None:
    run(house)
    bill = house.toy.erp.sales_order(lines=(("M0001", -3, "1.13"), ("M0002", 20, "11.30")), submit=True)
    back = house.toy.erp.sales_order(lines=(("M0001", -3, "1.13"),), submit=True)
    assert run(house) == ""
    assert [house.requests(each)[0].fields["amount"] for each in (bill, back)] == ["222.61", "-3.39"]
    finish(house, bill, back)


# --- which company, which workflow, which fields --------------------------------------------------------------------------


def test_a_company_that_fits_no_route_waits_until_it_does(house: Any) -> None:
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c200")
    house.workspace.catalog.put_route(replace(route, company="999"), "chief")
    run(house)
    stranger, mine = house.order(company="200", maker="huangwei"), house.order()
    assert run(house) == ""
    assert failure(house, stranger) == ErrorCode.COMPANY_UNKNOWN.id
    assert len(house.requests(mine)) == 1
    house.workspace.catalog.put_base_rows([BaseRow("c100", "user", "huangwei", "71")], "clerk")
    run(house, 2)
    assert house.requests(stranger) == [], "another gap that is closed is no reason to send it"
    house.workspace.catalog.put_route(route, "chief")
    house.switch("c200", on=True)
    run(house, 2)
    assert house.document(stranger).route_id == "c200"
    finish(house, stranger, mine)


def test_a_company_that_fits_two_routes_waits_until_one_is_left(house: Any) -> None:
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c200")
    run(house)
    house.workspace.catalog.put_route(replace(route, company="100"), "chief")
    bill = house.order()
    run(house, 2)
    assert failure(house, bill) == ErrorCode.COMPANY_AMBIGUOUS.id
    assert house.requests(bill) == []
    house.workspace.catalog.put_route(route, "chief")
    run(house, 2)
    finish(house, bill)


def test_a_workflow_that_is_locked_refuses_until_it_is_open(house: Any) -> None:
    run(house)
    house.toy.oa.change_workflow(781, in_force=False)
    bill = house.order()
    run(house)
    assert failure(house, bill) in (ErrorCode.NOT_PERMITTED.id, ErrorCode.REFUSED.id)
    house.toy.oa.change_workflow(781, in_force=True)
    house.workspace.order("clerk", "retry", (house.document(bill).id,))
    run(house)
    finish(house, bill)


def test_a_wrong_workflow_id_holds_the_flow(house: Any) -> None:
    switch_workflow(house, "99999")
    bill = house.order()
    run(house)
    assert held(house) == ErrorCode.UNREADABLE.id
    assert house.all_requests() == []
    switch_workflow(house, "781")
    run(house)
    finish(house, bill)


def test_a_field_that_the_oa_loses_while_we_run(house: Any) -> None:
    run(house)
    before = house.order()
    run(house)
    whole = house.toy.oa.workflow(781).main
    change_oa_field(house.toy, "customer_name")
    bill = house.order()
    house.approve(before)
    assert run(house) == ""
    assert failure(house, bill) == ErrorCode.FIELD_MISSING.id
    assert house.state(before) is S.DONE, "what was under way is carried back in the same run"
    house.toy.oa.change_workflow(781, main=whole)
    house.workspace.order("clerk", "retry", (house.document(bill).id,))
    run(house)
    finish(house, bill)


def test_a_field_that_the_erp_loses_while_we_run(house: Any) -> None:
    run(house)
    bill, whole = house.order(), house.toy.erp.forms[FORM]
    drop_erp_field(house.toy, "FNote")
    run(house)
    assert held(house) == ErrorCode.FIELD_MISSING.id
    assert house.all_requests() == []
    house.toy.erp.forms[FORM] = whole
    run(house)
    finish(house, bill)


# --- the wire ---------------------------------------------------------------------------------------------------------


def deep(_: bytes) -> bytes:
    return b"[" * 200_000 + b"]" * 200_000


def half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def page(_: bytes) -> bytes:
    return "<html><style>b{}</style><body><h1>502</h1> 网关 <b>错误</b></body></html>".encode()


def no_text(_: bytes) -> bytes:
    return b"\xff\xfe\x00" * 50


def nothing(_: bytes) -> bytes:
    return b""


SPOILT = (half, page, deep, no_text, nothing)
LISTS = [("erp_wire", "ExecuteBillQuery"), ("oa_wire", "getAllWorkflowRequestList")]


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("wire", "path"), LISTS, ids=["erp", "oa"])
def test_a_listing_that_cannot_be_read_ends_the_run_and_nothing_else(
    house: Any, request: pytest.FixtureRequest, spoil: Callable[[bytes], Body], wire: str, path: str
) -> None:
    run(house)
    bill = house.order()
    between: Between = request.getfixturevalue(wire)
    between.spoil(path, spoil, times=30)
    for _ in range(4):
        code = run(house)
        assert code.startswith(("NET-", "SES-", "held")), code
    assert held(house)[:3] in ("NET", "SES")
    assert house.all_requests() == []
    between.rules.clear()
    house.calm()
    assert house.hold() == ""
    finish(house, bill)


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda each: each.__name__)
def test_an_answer_to_an_effect_that_cannot_be_read_is_looked_up(
    house: Any, erp_wire: Between, oa_wire: Between, spoil: Callable[[bytes], Body]
) -> None:
    """The request stands, the audit stands: it is only the answer that tells nothing."""
    run(house)
    first, bad, last = (house.order() for _ in range(3))
    oa_wire.spoil("doCreateRequest", spoil, asked_for=bad.number)
    run(house)
    assert [house.state(bill) for bill in (first, bad, last)] == [S.REQUESTED] * 3, "seen in the same run"
    for bill in (first, bad, last):
        house.approve(bill)
    oa_wire.spoil("getWorkflowRequest", spoil)
    erp_wire.spoil("Audit", spoil)
    house.calm()
    assert [house.state(bill) for bill in (first, bad, last)] == [S.DONE] * 3
    assert [house.audits(bill) for bill in (first, bad, last)] == [1, 1, 1]
    house.assert_intact()


def test_fifty_megabytes_are_read_and_refused(house: Any, erp_wire: Between) -> None:
    """Within the limit that is set, but nothing that anybody could have meant."""
    run(house)
    bill = house.order()
    erp_wire.spoil("ExecuteBillQuery", lambda _: b"[" + b'"x",' * 12_500_000)
    assert run(house) == ErrorCode.NOT_JSON.id
    house.calm()
    finish(house, bill)


def test_an_answer_without_end_is_given_up(house: Any, erp_wire: Between) -> None:
    """The server goes on sending, each piece in time: the wire stops at its own limit."""
    sent: list[int] = []

    def endless(_: bytes) -> Iterable[bytes]:
        yield b"["
        while True:
            sent.append(1)
            yield b'"x",' * 25_000

    run(house)
    house.join(max_answer_mb="1")
    bill = house.order()
    erp_wire.spoil("ExecuteBillQuery", endless, times=30)
    began = time.monotonic()
    for _ in range(4):
        run(house)
    assert held(house) == ErrorCode.NOT_JSON.id
    assert time.monotonic() - began < 10
    assert len(sent) < 1000
    erp_wire.rules.clear()
    house.calm()
    finish(house, bill)


def test_two_requests_with_our_key_are_a_persons_question(house: Any) -> None:
    run(house)
    bad, good = house.order(), house.order()
    house.toy.oa_faults.force(Fault.REPLY_LOST, "doCreateRequest")
    house.toy.oa_faults.force(Fault.SERVER_ERROR, "getAllWorkflowRequestList", skip=1)
    run(house)
    doubled = next(bill for bill in (bad, good) if house.state(bill) is S.FOUND)
    (request,) = house.requests(doubled)
    fields = {name: value for name, value in request.fields.items() if value}
    title = f"copied by hand {fields['erp_key']}"
    house.toy.oa.start(781, "57", fields, {"detail_1": []}, title=title)
    house.calm()
    assert failure(house, doubled) == ErrorCode.KEY_NOT_UNIQUE.id
    assert len(house.requests(doubled)) == 2, "the two that stand there, and no third"
    other = good if doubled is bad else bad
    finish_one(house, other)


def finish_one(house: Any, bill: Any) -> None:
    house.approve(bill)
    house.calm()
    assert (house.state(bill), house.audits(bill)) == (S.DONE, 1)


@pytest.mark.parametrize("whose", ["erp_s", "oa_s"])
@pytest.mark.parametrize("seconds", [600, -600])
def test_a_clock_ten_minutes_off_stops_every_effect_until_it_is_right(
    house: Any, whose: str, seconds: int
) -> None:
    run(house)
    bill = house.order()
    setattr(house.clock, whose, seconds)
    run(house, 2)
    assert held(house) == ErrorCode.CLOCK_SKEW.id
    assert (house.all_requests(), bill.status) == ([], "B")
    setattr(house.clock, whose, 0)
    house.calm()
    assert house.hold() == ""
    finish(house, bill)


def test_a_bill_that_cannot_be_sent_says_whom_it_is_about_and_what_it_is_worth(house) -> None:
    house.run()
    bill = house.order(customer="CUST0006")
    house.run()
    document = house.document(bill)
    assert house.failure(bill) == ErrorCode.BASE_DATA_UNMAPPED.id
    assert (document.partner, document.source.number) == ("常州新客户（未对应）", bill.number)
    assert document.amount is not None and document.amount.amount == Decimal("2034.00")
