"""What every ERP connector must do, whoever the vendor is. Parameters come from the registry, and an invented vendor that
can do nothing beyond the least.

A new vendor brings a dialect of the sandbox and one line in STAGES; without it this suite fails. What a vendor cannot do
by its capability flags must end in PER-714, certain; no test knows a vendor's name.
"""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

import pytest

from desktop.connectors.base import ErpConnector, Exchange, Outcome, exchanges
from desktop.connectors.registry import VENDORS
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import BillDraft, BillHead, BillStatus, Ref, Value
from desktop.domain.system import System, SystemRole
from desktop.sandbox.erp import Erp
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.k3wise import k3wise_app, wise_erp
from desktop.sandbox.k3wise_settings import AUTHORITY_CODE, WiseSettings
from desktop.sandbox.server import Server
from tests.drawer import Drawer
from tests.invented.abacus import VENDOR as ABACUS
from tests.invented.abacus_server import RETIRED, Books, abacus_app

AWKWARD = "杭州“西湖”电子 😀 O'Neil's \"6.5\" <b>&amp;</b> \\ 100% 𠮷"


@dataclass(frozen=True)
class Names:
    """What the vendor calls the fields that the tests look at. text: a free text of the header."""

    text: str
    partner: str
    total: str
    item: str
    quantity: str
    price: str


@dataclass
class Stage:
    """One vendor's ERP, played by a server, with the words that differ from vendor to vendor.

    side:        a form with a key field, a note field and one line table.
    draft:       a good new bill for `side`; `gap` is the same with a base data code that nobody knows.
    operations:  how the vendor spells what faults are scripted for.
    enter:       a person enters a bill: lines (item, quantity, price), submitted or not, more header fields.
    items:       three item codes; the first one's name, and one out of use. partner: a code and an awkward name.
    deeds:       what people do to a bill at their desks; `status` and `with_key` look into the ERP's own books.
    """

    vendor_id: str
    faults: Faults
    server: Server
    base_url: str
    options: dict[str, str]
    secrets: dict[str, str]
    side: ErpSide
    table: str
    names: Names
    operations: Mapping[str, str]
    small_pages: Mapping[str, str]
    draft: Callable[[str], BillDraft]
    gap: Callable[[str], BillDraft]
    is_sign_in: Callable[[Exchange], bool]
    enter: Callable[[Sequence[Any], bool, Mapping[str, Any]], Ref]
    maker: str
    company: str
    items: tuple[str, str, str]
    item_name: str
    retired_item: str
    partner: tuple[str, Mapping[str, Any]]
    kinds: Sequence[str]
    deeds: Mapping[str, Callable[[Ref], Any]]
    status: Callable[[Ref], BillStatus]
    with_key: Callable[[str], int]
    sign_everybody_out: Callable[[], Any]
    opened: list[ErpConnector] = field(default_factory=list)

    def connect(
        self, base_url: str = "", secrets: Mapping[str, str] | None = None, **options: str
    ) -> ErpConnector:
        vendor = ALL[self.vendor_id]
        system = System(
            "erp", SystemRole.ERP, vendor.id, "ERP", base_url or self.base_url, {**self.options, **options}
        )
        made = vendor.connect(system, Drawer(self.secrets if secrets is None else secrets))
        self.opened.append(made)
        return made

    def order(self, *, submit: bool = True, lines: Sequence[Any] | None = None, **more: Any) -> Ref:
        one = [(self.items[0], 10, "1.13")]
        return self.enter(one if lines is None else lines, submit, more)

    def close(self) -> None:
        for connector in self.opened:
            connector.close()
        self.server.stop()


def k3cloud_stage() -> Stage:
    """Kingdee K/3 Cloud: the sales order."""
    erp, faults = Erp(), Faults()
    server = Server(k3cloud_app(erp, faults)).start()
    side = ErpSide(
        form="SAL_SaleOrder",
        key_field="F_DQ_KEY",
        company_field="FSaleOrgId.FNumber",
        maker_field="FCreatorId.FUserAccount",
        note_field="F_DQ_NOTE",
        header=(
            "FBillNo",
            "FDate",
            "FNote",
            "FCustId.FNumber",
            "FCustId.FName",
            "FBillAllAmount",
            "F_DQ_NOTE",
        ),
        tables={
            "FSaleOrderEntry": ("FMaterialId.FNumber", "FMaterialId.FName", "FQty", "FTaxPrice", "FAllAmount")
        },
    )

    def draft(key: str, material: str = "M0001") -> BillDraft:
        header = {
            "FBillTypeID.FNUMBER": "XSDD01_SYS",
            "FDate": "2026-11-22",
            "FSaleOrgId.FNumber": "100",
            "FCustId.FNumber": "CUST0004",
            "FSalerId.FNumber": "XSYA0057",
            "FNote": AWKWARD,
            "FSaleOrderFinance.FSettleCurrId.FNumber": "PRE001",
        }
        line = {
            "FRowType": "Standard",
            "FMaterialId.FNumber": material,
            "FUnitID.FNumber": "Pcs",
            "FQty": Decimal("10.5"),
            "FPriceUnitId.FNumber": "Pcs",
            "FTaxPrice": Decimal("1.13"),
            "FEntryTaxRate": Decimal(13),
            "FDeliveryDate": "2026-12-01",
            "FSettleOrgIds.FNumber": "100",
            "FReserveType": "1",
            "FStockUnitID.FNumber": "Pcs",
            "FOUTLMTUNIT": "SAL",
        }
        return BillDraft(key, header, {"FSaleOrderEntry": (line,)})

    def enter(lines: Sequence[Any], submit: bool, more: Mapping[str, Any]) -> Ref:
        bill = erp.sales_order(lines=lines, submit=submit, **more)
        return Ref("erp", bill.form, str(bill.id), bill.number)

    def by(deed: Callable[[str, int, str], Any]) -> Callable[[Ref], Any]:
        return lambda ref: deed(ref.form, int(ref.key), "wangmin")

    return Stage(
        vendor_id="k3cloud",
        faults=faults,
        server=server,
        base_url=f"{server.url}/k3cloud/",
        options={"acct_id": erp.acct_id, "user": erp.user, "app_id": erp.app_id},
        secrets={"app_secret": erp.app_secret, "password": erp.password},
        side=side,
        table="FSaleOrderEntry",
        operations={
            "query": "ExecuteBillQuery", "heads": "ExecuteBillQuery", "audit": "Audit", "save": "Save", "batch_save": "BatchSave",
            "submit": "Submit", "take_back": "CancelAssign", "attach": "AttachmentUpLoad",
        },
        small_pages={"page_rows": "3"},
        draft=draft,
        gap=lambda key: draft(key, "NO-SUCH-CODE"),
        is_sign_in=lambda exchange: "AuthService.Login" in exchange.path,
        names=Names("FNote", "FCustId.FName", "FBillAllAmount", "FMaterialId.FNumber", "FQty", "FTaxPrice"),
        enter=enter,
        maker="wangmin",
        company="100",
        items=("M0001", "M0002", "M0003"),
        item_name="内六角螺丝",
        retired_item="M0005",
        partner=("杭州“西湖”电子 😀 有限公司", {"customer": "CUST0004"}),
        kinds=("customer", "supplier", "material", "unit", "department", "employee", "currency", "organisation", "user"),
        deeds={
            "audit": by(erp.audit),
            "void": by(erp.void),
            "open for editing": by(erp.lock),
            "make a later bill": lambda ref: erp.add_downstream(ref.form, int(ref.key)),
        },
        status=lambda ref: _K3_STATES[erp.bill(ref.form, int(ref.key)).status],
        with_key=lambda key: len(erp.with_key(key)),
        sign_everybody_out=erp.kill_sessions,
    )  # fmt: skip


_K3_STATES = {
    "A": BillStatus.CREATED, "B": BillStatus.SUBMITTED, "C": BillStatus.AUDITED, "D": BillStatus.REOPENED,
}  # fmt: skip


def k3wise_stage() -> Stage:
    """Kingdee K/3 WISE: the sales order, under multi-level review."""
    erp, faults, settings = wise_erp(), Faults(), WiseSettings()
    server = Server(k3wise_app(erp, faults, settings)).start()
    key, note, company = "FHeadSelfS0131", "FHeadSelfS0132", "FHeadSelfS0134.FNumber"
    side = ErpSide(
        form="SO",
        key_field=key,
        company_field=company,
        maker_field="FBillerID.FNumber",
        note_field=note,
        header=(
            "FBillNo", "Fdate", "FExplanation", "FCustID.FNumber", "FCustID.FName", "FHeadSelfS0136", note,
        ),
        tables={"Page2": ("FItemID.FNumber", "FItemID.FName", "Fauxqty", "FAuxTaxPrice", "FAllAmount")},
        options={"changed_field": "FHeadSelfS0135"},
    )  # fmt: skip

    def draft(key: str, material: str = "M0001") -> BillDraft:
        header: dict[str, Value] = {
            "Fdate": "2026-11-22", company: "100", "FCustID.FNumber": "CUST0004", "FEmpID.FNumber": "A0057",
            "FExplanation": AWKWARD, "FCurrencyID.FNumber": "PRE001",
        }  # fmt: skip
        line: dict[str, Value] = {
            "FItemID.FNumber": material, "FUnitID.FNumber": "Pcs", "Fauxqty": Decimal("10.5"),
            "FAuxTaxPrice": Decimal("1.13"), "FCESS": Decimal(13), "FAdviceConsignDate": "2026-12-01",
        }  # fmt: skip
        return BillDraft(key, header, {"Page2": (line,)})

    def number_of(ref: Ref) -> int:
        bill = erp.find("SAL_SaleOrder", ref.number)
        assert bill is not None
        return bill.id

    def enter(lines: Sequence[Any], submit: bool, more: Mapping[str, Any]) -> Ref:
        own = {"FExplanation": "FNote"}
        named = {own.get(name, name): value for name, value in more.items()}
        bill = erp.sales_order(lines=lines, submit=submit, **named)
        return Ref("erp", "SO", bill.number, bill.number)

    def by(deed: Callable[[str, int, str], Any]) -> Callable[[Ref], Any]:
        return lambda ref: deed("SAL_SaleOrder", number_of(ref), "wangmin")

    return Stage(
        vendor_id="k3wise",
        faults=faults,
        server=server,
        base_url=f"{server.url}/K3API/",
        options={"un_audit": settings.un_audit},
        secrets={"authority_code": AUTHORITY_CODE},
        side=side,
        table="Page2",
        operations={
            "query": "GetList", "heads": "GetList", "audit": "CheckBill", "save": "Save", "submit": "CheckBill",
            "take_back": "CheckBill",
        },
        small_pages={"page_rows": "3"},
        draft=draft,
        gap=lambda key: draft(key, "NO-SUCH-CODE"),
        is_sign_in=lambda exchange: "Token/Create" in exchange.path,
        names=Names("FExplanation", "FCustID.FName", "FHeadSelfS0136", "FItemID.FNumber", "Fauxqty", "FAuxTaxPrice"),
        enter=enter,
        maker="wangmin",
        company="100",
        items=("M0001", "M0002", "M0003"),
        item_name="内六角螺丝",
        retired_item="M0005",
        partner=("杭州“西湖”电子 😀 有限公司", {"customer": "CUST0004"}),
        kinds=("customer", "supplier", "material", "department", "employee"),
        deeds={
            "audit": by(erp.audit),
            "void": by(erp.void),
            "open for editing": by(erp.lock),
            "make a later bill": lambda ref: erp.add_downstream("SAL_SaleOrder", number_of(ref)),
        },
        status=lambda ref: _K3_STATES[erp.bill("SAL_SaleOrder", number_of(ref)).status],
        with_key=lambda key: len(erp.with_key(key)),
        sign_everybody_out=erp.kill_sessions,
    )  # fmt: skip


def abacus_stage() -> Stage:
    """The invented ERP: every capability flag is off."""
    books, faults = Books(), Faults()
    server = Server(abacus_app(books, faults)).start()
    side = ErpSide(
        form="order",
        key_field="bridge_key",
        company_field="company",
        maker_field="maker",
        note_field="bridge_note",
        header=("number", "day", "remark", "client", "client_name", "total", "bridge_note"),
        tables={"items": ("article", "article_name", "count", "price", "sum")},
    )
    states = {
        "new": BillStatus.CREATED, "waiting": BillStatus.SUBMITTED, "done": BillStatus.AUDITED,
        "back": BillStatus.REOPENED,
    }  # fmt: skip

    def draft(key: str, article: str = "A1") -> BillDraft:
        header: dict[str, Value] = {"company": "100", "client": "C4", "remark": AWKWARD}
        line: dict[str, Value] = {"article": article, "count": Decimal("10.5"), "price": Decimal("1.13")}
        return BillDraft(key, header, {"items": (line,)})

    def enter(lines: Sequence[Any], submit: bool, more: Mapping[str, Any]) -> Ref:
        order = books.order(lines, submit=submit, **more)
        return Ref("erp", "order", str(order.id), order.number)

    def open_for_editing(ref: Ref) -> None:
        books.orders[int(ref.key)].open_at = "anna"

    def make_a_later_bill(ref: Ref) -> None:
        books.orders[int(ref.key)].later += 1

    return Stage(
        vendor_id="abacus",
        faults=faults,
        server=server,
        base_url=f"{server.url}/",
        options={"user": books.user},
        secrets={"secret": books.secret},
        side=side,
        table="items",
        names=Names("remark", "client_name", "total", "article", "count", "price"),
        operations={
            "query": "list", "heads": "heads", "audit": "approve", "save": "new", "submit": "submit",
            "take_back": "give_back",
        },
        small_pages={"page": "3"},
        draft=draft,
        gap=lambda key: draft(key, "NO-SUCH-CODE"),
        is_sign_in=lambda exchange: exchange.path == "session",
        enter=enter,
        maker="anna",
        company="100",
        items=("A1", "A2", "A3"),
        item_name="Screw <M6>",
        retired_item=RETIRED,
        partner=("杭州“西湖”电子 😀 O'Neil", {"client": "C4"}),
        kinds=("customer", "material", "user"),
        deeds={
            "audit": lambda ref: books.act("approve", int(ref.key)),
            "void": lambda ref: books.act("void", int(ref.key)),
            "open for editing": open_for_editing,
            "make a later bill": make_a_later_bill,
        },
        status=lambda ref: states[books.orders[int(ref.key)].state],
        with_key=lambda key: len(books.with_key(key)),
        sign_everybody_out=books.sign_everybody_out,
    )  # fmt: skip


STAGES: Mapping[str, Callable[[], Stage]] = {
    "k3cloud": k3cloud_stage,
    "k3wise": k3wise_stage,
    "abacus": abacus_stage,
}
ALL = {**VENDORS, ABACUS.id: ABACUS}
ERPS = [vendor.id for vendor in ALL.values() if vendor.role is SystemRole.ERP]


@pytest.fixture(params=ERPS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param not in STAGES:
        pytest.fail(f"{request.param} is registered, but the sandbox does not speak its dialect")
    made = STAGES[request.param]()
    yield made
    made.close()


def error_of(call: Callable[..., Any], *given: Any) -> SyncError:
    with pytest.raises(SyncError) as raised:
        call(*given)
    return raised.value


def refusal_of(outcome: Outcome) -> SyncError:
    assert outcome.ref is None
    assert outcome.error is not None
    return outcome.error


def cannot(call: Callable[..., Any], *given: Any) -> None:
    """A capability that is off answers PER-714, certain, and says what it is."""
    error = error_of(call, *given)
    assert (error.code, error.certain) == (ErrorCode.CANNOT, True)
    assert error.facts["what"]


def found_with(stage: Stage, connector: ErpConnector, key: str) -> int:
    """How many bills carry our key: by the ERP's own books, and by the connector where it can look them up."""
    if connector.capabilities.find_by_key:
        assert len(connector.find_bills(stage.side, [key]).get(key, ())) == stage.with_key(key)
    return stage.with_key(key)


def head_of(connector: ErpConnector, side: ErpSide, ref: Ref) -> BillHead:
    return connector.bill_heads(side, [ref.key])[ref.key]


# Connection


def test_a_good_connection_passes_every_step(stage):
    found = stage.connect().check()
    assert found.ok, [(step.name, str(step.error)) for step in found.steps]
    assert {"dns", "tcp", "sign_in", "account_set", "rights", "clock"} <= {step.name for step in found.steps}
    assert abs(found.clock_skew_s) < 5


def test_the_realm_is_the_same_for_everyone_who_connects(stage):
    assert stage.connect().realm() == stage.connect().realm() != ""


def test_a_wrong_secret_is_told_at_the_sign_in(stage):
    found = stage.connect(secrets=dict.fromkeys(stage.secrets, "wrong-wrong-wrong")).check()
    assert (found.steps[-1].name, found.steps[-1].ok) == ("sign_in", False)
    assert found.steps[-1].error.code is ErrorCode.SIGN_IN_REFUSED


def test_a_missing_secret_is_told_at_the_sign_in(stage):
    found = stage.connect(secrets={}).check()
    assert (found.steps[-1].name, found.steps[-1].error.code) == ("sign_in", ErrorCode.SECRET_MISSING)


def test_a_closed_port_is_told_before_the_sign_in(stage):
    url = stage.base_url
    connector = stage.connect(base_url=url)
    stage.server.stop()
    found = connector.check()
    assert [step.ok for step in found.steps] == [True, False]
    assert found.steps[-1].error.code is ErrorCode.UNREACHABLE


# Discover and read


def test_only_bills_in_approval_are_discovered(stage):
    connector = stage.connect()
    created, submitted = stage.order(submit=False), stage.order()
    audited, void = stage.order(), stage.order(submit=False)
    stage.deeds["audit"](audited)
    stage.deeds["void"](void)
    heads = list(connector.submitted_bills(stage.side))
    assert [head.ref for head in heads] == [submitted]
    head = heads[0]
    assert (head.status, head.our_key) == (BillStatus.SUBMITTED, "")
    assert (head.maker, head.company) == (stage.maker, stage.company)
    assert abs((head.changed_at - datetime.now(UTC)).total_seconds()) < 60
    told = connector.bill_heads(stage.side, [created.key, audited.key, void.key, "999999999"])
    assert {key: each.status for key, each in told.items()} == {
        created.key: BillStatus.CREATED,
        audited.key: BillStatus.AUDITED,
        void.key: BillStatus.VOID,
    }


def test_the_listing_is_whole_however_small_its_pages(stage):
    refs = [stage.order() for _ in range(7)]
    connector = stage.connect(**stage.small_pages)
    assert [head.ref for head in connector.submitted_bills(stage.side)] == refs


def test_a_bill_that_leaves_the_listing_between_two_pages_hides_no_other(stage):
    refs = [stage.order() for _ in range(7)]
    listing = iter(stage.connect(**stage.small_pages).submitted_bills(stage.side))
    seen = [next(listing).ref]
    stage.deeds["audit"](refs[0])
    stage.deeds["audit"](refs[1])
    seen += [head.ref for head in listing]
    assert set(refs[2:]) <= set(seen)


def test_a_listing_that_breaks_off_raises(stage):
    for _ in range(7):
        stage.order()
    connector = stage.connect(**stage.small_pages)
    stage.faults.force(Fault.SERVER_ERROR, stage.operations["query"], skip=1)
    assert error_of(lambda: list(connector.submitted_bills(stage.side))).failure_class.value == "NET"


def test_a_whole_bill_comes_as_it_is(stage):
    names, (partner, chosen) = stage.names, stage.partner
    lines = ((stage.items[0], 1000, "1.13"), (stage.items[2], 2, "1582.00"))
    ref = stage.order(lines=lines, **{names.text: AWKWARD, **chosen})
    bill = stage.connect().read_bills(stage.side, [ref.key])[ref.key]
    assert (bill.ref, bill.status, bill.maker) == (ref, BillStatus.SUBMITTED, stage.maker)
    assert (bill.header[names.text], bill.header[names.partner]) == (AWKWARD, partner)
    assert bill.header[stage.side.note_field] in ("", None)
    assert bill.header[names.total] == Decimal("4294")
    rows = list(bill.lines[stage.table].values())
    assert [(row[names.item], row[names.quantity], row[names.price]) for row in rows] == [
        (stage.items[0], Decimal(1000), Decimal("1.13")),
        (stage.items[2], Decimal(2), Decimal(1582)),
    ]
    assert not any(isinstance(value, float) for row in (bill.header, *rows) for value in row.values())


def test_a_bill_without_lines_is_found_and_a_missing_one_is_absent(stage):
    bare, full = stage.order(lines=(), submit=False), stage.order()
    bills = stage.connect().read_bills(stage.side, [bare.key, full.key, "999999999"])
    assert set(bills) == {bare.key, full.key}
    assert bills[bare.key].lines == {stage.table: {}}
    assert bills[bare.key].ref == bare


def test_five_thousand_lines_come_whole_and_in_order(stage):
    quantities = [at + 1 for at in range(5000)]
    lines = [(stage.items[0], quantity, "1.13") for quantity in quantities]
    ref = stage.order(lines=lines, submit=False)
    small = stage.order()
    bills = stage.connect().read_bills(stage.side, [ref.key, small.key])
    rows = bills[ref.key].lines[stage.table]
    assert [row[stage.names.quantity] for row in rows.values()] == quantities
    assert len(bills[small.key].lines[stage.table]) == 1


def test_many_bills_cost_few_calls(stage):
    lines = [(stage.items[0], at + 1, "1") for at in range(3)]
    refs = [stage.order(submit=False, lines=lines) for _ in range(300)]
    connector, before = stage.connect(), stage.server.calls
    bills = connector.read_bills(stage.side, [ref.key for ref in refs])
    assert len(bills) == 300
    assert all(len(bill.lines[stage.table]) == 3 for bill in bills.values())
    assert stage.server.calls - before <= 1 + 3 + (300 if connector.capabilities.read_batch == 1 else 0)


# Base data, metadata, links


def test_base_data_tells_code_name_and_what_is_out_of_use(stage):
    connector = stage.connect()
    items = {each.code: each for each in connector.base_data("material")}
    first = items[stage.items[0]]
    assert (first.name, first.disabled) == (stage.item_name, False)
    assert items[stage.retired_item].disabled
    for kind in stage.kinds:
        found = list(connector.base_data(kind))
        assert found, kind
        assert all(each.kind == kind and each.key and each.code for each in found), kind
        assert len({each.code for each in found}) == len(found), kind
    assert error_of(lambda: list(connector.base_data("moon phase"))).code is ErrorCode.CANNOT


def test_metadata_holds_every_field_of_the_flow(stage):
    fields = stage.connect().fields(stage.side.form)
    header = {each.key for each in fields if each.table != stage.table}
    assert stage.side.key_field in header
    assert {key.split(".")[0] for key in stage.side.header} <= header
    lines = {each.key for each in fields if each.table == stage.table}
    assert {key.split(".")[0] for key in stage.side.tables[stage.table]} <= lines
    assert all(each.label for each in fields)


def test_a_link_is_minted_without_a_call_and_tells_no_secret(stage):
    connector, before = stage.connect(), stage.server.calls
    if connector.capabilities.no_links:
        cannot(connector.open_link, stage.order(), "wangmin")
        return
    link = connector.open_link(stage.order(), "wangmin")
    assert link.startswith(stage.base_url.rstrip("/"))
    assert not any(secret in link for secret in stage.secrets.values())
    assert stage.server.calls == before


# Effects


def test_a_saved_bill_is_as_it_was_drafted_and_carries_its_key(stage):
    connector, names = stage.connect(), stage.names
    [made] = connector.save_bills(stage.side, [stage.draft("K-ONE")])
    head = head_of(connector, stage.side, made.ref)
    assert (head.ref, head.status, head.our_key) == (made.ref, BillStatus.CREATED, "K-ONE")
    bill = connector.read_bills(stage.side, [made.ref.key])[made.ref.key]
    assert bill.header[names.text] == AWKWARD
    [line] = bill.lines[stage.table].values()
    assert (line[names.quantity], line[names.price]) == (Decimal("10.5"), Decimal("1.13"))


def test_a_saved_bill_is_found_by_its_key_alone(stage):
    connector = stage.connect()
    [made] = connector.save_bills(stage.side, [stage.draft("K-ONE")])
    if not connector.capabilities.find_by_key:
        cannot(connector.find_bills, stage.side, ["K-ONE"])
        return
    head = head_of(connector, stage.side, made.ref)
    assert connector.find_bills(stage.side, ["K-TWO", "K-ONE", "K-ONE"]) == {"K-ONE": [head]}
    assert connector.find_bills(stage.side, ["K-TWO"]) == {}
    assert connector.find_bills(stage.side, []) == {}


def test_a_key_with_a_quote_finds_its_bill_and_no_other(stage):
    connector = stage.connect()
    if not connector.capabilities.find_by_key:
        cannot(connector.find_bills, stage.side, ["it's"])
        return
    stage.order()
    assert connector.find_bills(stage.side, ["x' or 'a'='a"]) == {}
    [made] = connector.save_bills(stage.side, [stage.draft("it's")])
    found = connector.find_bills(stage.side, ["x' or 'a'='a", "it's"])
    assert {key: [head.ref for head in heads] for key, heads in found.items()} == {"it's": [made.ref]}
    assert error_of(connector.find_bills, stage.side, ["it's", ""]).code is ErrorCode.ARGUMENT_WRONG


def test_bills_are_looked_up_by_any_field_with_the_lines_that_match(stage):
    connector, names = stage.connect(), stage.names
    if not connector.capabilities.look_up:
        cannot(connector.bills_with, stage.side, names.quantity, ["10.5"])
        cannot(connector.find_numbers, stage.side, ["B-1"])
        return
    stage.order()
    [made] = connector.save_bills(stage.side, [stage.draft("K-ONE")])
    number = head_of(connector, stage.side, made.ref).ref.number
    side = replace(stage.side, tables={stage.table: stage.side.tables[stage.table]})
    field = side.options.get("number_field", "FBillNo")
    [found] = connector.bills_with(side, field, [number, "x' or 'a'='a", "", number])
    assert (found.ref.key, found.status) == (made.ref.key, BillStatus.CREATED)
    assert found == connector.read_bills(side, [made.ref.key])[made.ref.key]
    [found] = connector.bills_with(side, names.text, [AWKWARD])
    assert found.ref == connector.read_bills(side, [made.ref.key])[made.ref.key].ref
    assert connector.bills_with(side, field, ["none such", number.lower() + "?"]) == []
    assert connector.bills_with(side, field, []) == []
    assert connector.find_numbers(side, [number, ""]) == [head_of(connector, stage.side, made.ref)]
    assert connector.find_numbers(side, ["x' or 'a'='a"]) == connector.find_numbers(side, [" "]) == []


def test_bills_audited_since_a_moment_are_listed_whoever_audited_them(stage):
    connector = stage.connect()
    if not connector.capabilities.list_audited:
        cannot(connector.audited_bills, stage.side, datetime.now(UTC))
        return
    saved = [
        each.ref for each in connector.save_bills(stage.side, [stage.draft(f"K-{n}") for n in (1, 2, 3)])
    ]
    connector.submit_bills(stage.side, saved)
    began = datetime.now(UTC).replace(microsecond=0)
    connector.audit_bills(stage.side, saved[:2])
    found = list(connector.audited_bills(stage.side, began))
    assert [head.ref.key for head in found] == [each.key for each in saved[:2]]
    assert all(head.changed_at >= began and head.status is BillStatus.AUDITED for head in found)
    assert not list(connector.audited_bills(stage.side, began + timedelta(hours=1)))


def test_an_unknown_code_is_refused_and_leaves_nothing(stage):
    connector = stage.connect()
    [made] = connector.save_bills(stage.side, [stage.gap("K-GAP")])
    error = refusal_of(made)
    assert (error.certain, error.failure_class.value) == (True, "DAT")
    assert error.facts["said"]
    assert found_with(stage, connector, "K-GAP") == 0


def test_a_batch_of_new_bills_answers_for_each(stage):
    connector = stage.connect()
    drafts = [stage.draft("K-1"), stage.gap("K-2"), stage.draft("K-3")]
    made = connector.save_bills(stage.side, drafts)
    assert refusal_of(made[1]).certain
    for key, outcome in (("K-1", made[0]), ("K-3", made[2])):
        assert head_of(connector, stage.side, outcome.ref).our_key == key
        assert found_with(stage, connector, key) == 1
    assert found_with(stage, connector, "K-2") == 0


def test_a_bill_walks_to_audited_and_back(stage):
    connector, side = stage.connect(), stage.side
    [made] = connector.save_bills(side, [stage.draft("K-WALK")])
    ref = made.ref
    for act, status in (
        (lambda: connector.submit_bills(side, [ref]), BillStatus.SUBMITTED),
        (lambda: connector.audit_bills(side, [ref]), BillStatus.AUDITED),
        (
            lambda: connector.send_back_bills(side, [head_of(connector, side, ref)], ["no"]),
            BillStatus.REOPENED,
        ),
        (lambda: connector.submit_bills(side, [ref]), BillStatus.SUBMITTED),
    ):
        assert act() == [Outcome(ref=ref)]
        back = (BillStatus.CREATED, BillStatus.REOPENED)
        assert head_of(connector, side, ref).status in (back if status in back else (status,))
    assert connector.send_back_bills(side, [head_of(connector, side, ref)], ["no"]) == [Outcome(ref=ref)]
    head = head_of(connector, side, ref)
    assert head.status in (BillStatus.CREATED, BillStatus.REOPENED)
    before = stage.server.calls
    assert connector.send_back_bills(side, [head], ["no"]) == [Outcome(ref=ref)]
    assert stage.server.calls == before
    assert connector.delete_bills(side, [ref]) == [Outcome(ref=ref)]
    assert connector.bill_heads(side, [ref.key]) == {}


def test_what_the_bills_status_forbids_is_refused_for_certain(stage):
    connector, side = stage.connect(), stage.side
    created, submitted, audited = stage.order(submit=False), stage.order(), stage.order()
    stage.deeds["audit"](audited)
    refused = [
        connector.audit_bills(side, [created]),
        connector.audit_bills(side, [audited]),
        connector.submit_bills(side, [submitted]),
        connector.delete_bills(side, [audited]),
    ]
    for ref in (submitted, audited):
        made = connector.note_bills(side, [(ref, {side.note_field: "x"})])
        if connector.capabilities.note_submitted:
            assert made == [Outcome(ref=ref)]
        else:
            refused.append(made)
    for made in refused:
        error = refusal_of(made[0])
        assert error.certain
        assert error.facts["said"]
    assert [stage.status(ref) for ref in (created, submitted, audited)] == [
        BillStatus.CREATED,
        BillStatus.SUBMITTED,
        BillStatus.AUDITED,
    ]


def test_a_bill_that_is_not_there_is_refused_for_certain(stage):
    [made] = stage.connect().audit_bills(stage.side, [Ref("erp", stage.side.form, "999999999", "X")])
    assert refusal_of(made).certain


def test_one_bad_bill_does_not_spoil_the_batch(stage):
    connector = stage.connect()
    good, bad, last = stage.order(), stage.order(submit=False), stage.order()
    before = stage.server.calls
    made = connector.audit_bills(stage.side, [good, bad, last])
    assert stage.server.calls - before <= 1 + ceil(3 / connector.capabilities.batch)
    assert [each.ref for each in made] == [good, None, last]
    assert refusal_of(made[1]).certain
    assert refusal_of(made[1]).facts["number"] == bad.number
    assert [stage.status(ref) for ref in (good, bad, last)] == [
        BillStatus.AUDITED,
        BillStatus.CREATED,
        BillStatus.AUDITED,
    ]


def test_a_mixed_batch_is_sent_back_each_by_its_own_way(stage):
    connector, side = stage.connect(), stage.side
    audited, created, submitted = stage.order(), stage.order(submit=False), stage.order()
    stage.deeds["audit"](audited)
    heads = connector.bill_heads(side, [audited.key, created.key, submitted.key])
    made = connector.send_back_bills(
        side, [heads[ref.key] for ref in (audited, created, submitted)], ["no"] * 3
    )
    assert [each.ref for each in made] == [audited, created, submitted]
    ends = {stage.status(ref) for ref in (audited, created, submitted)}
    assert ends <= {BillStatus.CREATED, BillStatus.REOPENED}


def test_a_bill_that_somebody_has_open_is_tried_again_later(stage):
    ref = stage.order()
    stage.deeds["open for editing"](ref)
    [made] = stage.connect().audit_bills(stage.side, [ref])
    error = refusal_of(made)
    assert (error.code, error.certain, error.facts["number"]) == (ErrorCode.LOCKED_BY_USER, True, ref.number)


def test_later_bills_forbid_the_un_audit_and_the_clerk_is_told_so(stage):
    connector, ref = stage.connect(), stage.order()
    stage.deeds["audit"](ref)
    stage.deeds["make a later bill"](ref)
    [made] = connector.send_back_bills(stage.side, [head_of(connector, stage.side, ref)], ["no"])
    assert (refusal_of(made).code, refusal_of(made).certain) == (ErrorCode.DOWNSTREAM_BLOCKS, True)
    assert stage.status(ref) is BillStatus.AUDITED


def test_later_bills_are_told_with_state_owner_and_amount(stage):
    connector, ref = stage.connect(), stage.order()
    if not connector.capabilities.trace:
        for ask in (connector.later_bills, connector.earlier_bills):
            with pytest.raises(SyncError) as raised:
                ask([ref])
            assert (raised.value.code, raised.value.certain) == (ErrorCode.CANNOT, True)
        return
    assert connector.later_bills([ref]) == {} == connector.later_bills([])
    stage.deeds["audit"](ref)
    stage.deeds["make a later bill"](ref)
    [later] = connector.later_bills([ref, Ref("erp", ref.form, "0", "O'Neil")])[ref.key]
    assert later.status is BillStatus.CREATED and later.owner and later.amount and later.amount.amount > 0
    [earlier] = connector.earlier_bills([later.ref])[later.ref.key]
    assert (earlier.ref.form, earlier.ref.number, earlier.status) == (
        ref.form,
        ref.number,
        BillStatus.AUDITED,
    )
    assert connector.earlier_bills([ref]) == {}


def test_a_note_changes_its_field_and_nothing_else(stage):
    connector, side = stage.connect(), stage.side
    refs = [
        stage.order(
            submit=False,
            lines=[(stage.items[0], 3, "2"), (stage.items[1], 4, "5")],
            **{stage.names.text: "mine"},
        )
        for _ in range(2)
    ]
    before = connector.read_bills(side, [ref.key for ref in refs])
    made = connector.note_bills(side, [(ref, {side.note_field: f"{AWKWARD} {ref.number}"}) for ref in refs])
    assert [each.ref for each in made] == refs
    after = connector.read_bills(side, [ref.key for ref in refs])
    for ref in refs:
        assert after[ref.key].header == {**before[ref.key].header, side.note_field: f"{AWKWARD} {ref.number}"}
        assert after[ref.key].lines == before[ref.key].lines


# Trouble


def test_a_reply_that_is_lost_is_never_certain_and_the_deed_stands(stage):
    connector = stage.connect()
    for fault in (Fault.REPLY_LOST, Fault.RESET_AFTER, Fault.TRUNCATED):
        ref = stage.order()
        stage.faults.force(fault, stage.operations["audit"])
        error = error_of(connector.audit_bills, stage.side, [ref])
        assert (error.certain, error.failure_class.value) == (False, "NET"), fault
        assert stage.status(ref) is BillStatus.AUDITED, fault


def test_a_lost_reply_to_a_save_leaves_one_bill_with_the_key(stage):
    connector = stage.connect()
    stage.faults.force(Fault.REPLY_LOST, stage.operations["save"])
    assert not error_of(connector.save_bills, stage.side, [stage.draft("K-LOST")]).certain
    assert found_with(stage, connector, "K-LOST") == 1


def test_a_time_out_is_never_certain_and_the_deed_stands(stage):
    ref, connector = stage.order(), stage.connect(read_s="0.2")
    list(connector.submitted_bills(stage.side))
    stage.faults.slow_s = 0.6
    stage.faults.force(Fault.SLOW, stage.operations["audit"])
    error = error_of(connector.audit_bills, stage.side, [ref])
    assert (error.code, error.certain) == (ErrorCode.TOO_SLOW, False)
    assert stage.status(ref) is BillStatus.AUDITED


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.TRUNCATED, Fault.THROTTLED, Fault.HTML_PAGE])
def test_trouble_in_the_answer_to_an_effect_is_certain_only_when_nothing_happened(stage, fault):
    connector, ref = stage.connect(), stage.order()
    stage.faults.force(fault, stage.operations["audit"])
    error = failure_of(lambda: connector.audit_bills(stage.side, [ref]))
    assert error.failure_class.value in ("NET", "SES")
    assert "<" not in str(error.facts.get("said", ""))
    assert error.certain is (fault is Fault.THROTTLED)
    stands = BillStatus.AUDITED if fault is Fault.TRUNCATED else BillStatus.SUBMITTED
    assert stage.status(ref) is stands
    assert ref.key in connector.bill_heads(stage.side, [ref.key])


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.THROTTLED])
def test_trouble_in_the_answer_to_a_read_is_an_error_and_never_an_empty_list(stage, fault):
    connector, ref = stage.connect(), stage.order()
    stage.faults.force(fault, stage.operations["query"])
    error = error_of(lambda: list(connector.submitted_bills(stage.side)))
    assert error.failure_class.value == "NET"
    assert "<" not in str(error.facts.get("said", ""))
    assert [head.ref for head in connector.submitted_bills(stage.side)] == [ref]


def test_a_page_to_sign_in_on_in_place_of_an_answer_costs_a_read_one_sign_in(stage):
    connector, ref = stage.connect(), stage.order()
    list(connector.submitted_bills(stage.side))
    stage.faults.force(Fault.HTML_PAGE, stage.operations["heads"])
    kept = recorded(lambda: connector.bill_heads(stage.side, [ref.key]))
    assert sum(map(stage.is_sign_in, kept)) == 1


def failure_of(call: Callable[[], list[Outcome]]) -> SyncError:
    """The error of an effect on one record, raised or answered."""
    try:
        [made] = call()
    except SyncError as error:
        return error
    return refusal_of(made)


def test_a_lost_session_costs_a_read_one_sign_in_and_no_error(stage):
    connector, ref = stage.connect(), stage.order()
    list(connector.submitted_bills(stage.side))
    stage.sign_everybody_out()
    kept = recorded(lambda: connector.bill_heads(stage.side, [ref.key]))
    assert sum(map(stage.is_sign_in, kept)) == 1


def test_a_lost_session_is_never_answered_by_sending_an_effect_again(stage):
    connector, ref = stage.connect(), stage.order()
    list(connector.submitted_bills(stage.side))
    stage.sign_everybody_out()
    before = stage.server.calls
    error = error_of(connector.audit_bills, stage.side, [ref])
    assert (error.code, error.certain) == (ErrorCode.SESSION_LOST, False)
    assert stage.server.calls - before == 1
    assert connector.audit_bills(stage.side, [ref]) == [Outcome(ref=ref)]


def test_a_session_that_does_not_hold_stops_the_attempts(stage):
    connector, ref = stage.connect(), stage.order()
    stage.faults.force(Fault.SESSION_LOST, stage.operations["heads"], times=99)
    before = stage.server.calls
    assert error_of(connector.bill_heads, stage.side, [ref.key]).code is ErrorCode.SESSION_LOST_TWICE
    assert stage.server.calls - before <= 4


def test_many_threads_share_one_new_sign_in(stage):
    connector, refs = stage.connect(), [stage.order() for _ in range(8)]
    list(connector.submitted_bills(stage.side))
    stage.sign_everybody_out()
    kept: list[Exchange] = []
    start = threading.Barrier(8)

    def read(ref: Ref) -> BillStatus:
        exchanges.set(kept)
        start.wait(10)
        return connector.bill_heads(stage.side, [ref.key])[ref.key].status

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(contextvars.copy_context().run, read, ref) for ref in refs]
        assert [each.result() for each in asked] == [BillStatus.SUBMITTED] * 8
    assert sum(map(stage.is_sign_in, kept)) == 1


def test_a_refused_sign_in_is_not_repeated_by_every_thread(stage):
    connector = stage.connect(secrets=dict.fromkeys(stage.secrets, "wrong-wrong-wrong"))
    start = threading.Barrier(8)

    def read(_: int) -> Any:
        start.wait(10)
        return error_of(connector.bill_heads, stage.side, ["1"]).code

    before = stage.server.calls
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(8))) == {ErrorCode.SIGN_IN_REFUSED}
    assert stage.server.calls - before < 8


def test_threads_act_side_by_side_without_mixing_answers(stage):
    connector, refs = stage.connect(), [stage.order() for _ in range(24)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda ref: connector.audit_bills(stage.side, [ref]), refs))
        bills = list(pool.map(lambda ref: connector.read_bills(stage.side, [ref.key]), refs))
    assert [each.ref for [each] in made] == refs
    assert [list(bill) for bill in bills] == [[ref.key] for ref in refs]


def recorded(call: Callable[[], Any]) -> list[Exchange]:
    """What the engine would keep of every call that `call` makes."""
    kept: list[Exchange] = []

    def run() -> None:
        exchanges.set(kept)
        call()

    contextvars.copy_context().run(run)
    return kept


def test_nothing_kept_of_a_call_tells_a_secret(stage):
    connector, ref = stage.connect(), stage.order()

    def errand() -> None:
        connector.check()
        connector.audit_bills(stage.side, [ref])
        connector.save_bills(stage.side, [stage.draft("K-SECRET")])
        if not connector.capabilities.no_links:
            connector.open_link(ref, "wangmin")
        stage.sign_everybody_out()
        connector.bill_heads(stage.side, [ref.key])

    kept = recorded(errand)
    assert any("K-SECRET" in exchange.request for exchange in kept)
    assert all(exchange.ms >= 0 and exchange.system_id == "erp" for exchange in kept)
    everything = json.dumps([[each.path, each.request, each.answer] for each in kept], ensure_ascii=False)
    assert not [name for name, secret in stage.secrets.items() if secret in everything]


# --- attachments ---------------------------------------------------------------------------------------------------------


def test_a_file_goes_onto_a_bill_and_comes_back_byte_for_byte(stage: Stage) -> None:
    connector = stage.connect()
    bill, other = stage.order(submit=False), stage.order(submit=False)
    if not connector.capabilities.take_files:
        cannot(connector.attach_file, stage.side, bill, "a.pdf", b"1")
    if not connector.capabilities.list_files:
        cannot(connector.bill_files, stage.side, [bill.key])
        return
    files = {
        f"{AWKWARD} 合同.pdf": bytes(range(256)) * 4100,
        "b.txt": b"0",
    }  # the first one takes several calls
    for name, content in files.items():
        assert connector.attach_file(stage.side, bill, name, content).key
    listed = connector.bill_files(stage.side, [bill.key, other.key])
    assert list(listed) == [bill.key] and [each.name for each in listed[bill.key]] == list(files)
    for head, content in zip(listed[bill.key], files.values(), strict=True):
        assert connector.read_file(stage.side, head, len(content)) == content
    long = error_of(connector.read_file, stage.side, listed[bill.key][0], 1000)
    assert (long.code, long.certain, long.facts["limit"]) == (ErrorCode.TOO_LONG, True, 1000)


def test_a_lost_answer_to_a_file_is_not_certain_and_the_listing_tells(stage: Stage) -> None:
    connector = stage.connect()
    if not connector.capabilities.find_file:
        return
    for fault, there in ((Fault.RESET_BEFORE, 0), (Fault.REPLY_LOST, 1)):
        bill = stage.order(submit=False)
        stage.faults.force(fault, stage.operations["attach"])
        assert not error_of(connector.attach_file, stage.side, bill, "a.pdf", b"12").certain
        assert len(connector.bill_files(stage.side, [bill.key]).get(bill.key, ())) == there
