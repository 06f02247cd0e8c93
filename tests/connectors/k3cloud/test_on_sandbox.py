"""What only this vendor has, against the sandbox's K/3 Cloud: ways to sign in, odd settings of a server, links, push."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from desktop.connectors.k3cloud.connector import K3Cloud
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import BASE_KINDS, Ref
from desktop.domain.system import System, SystemRole
from desktop.sandbox.erp import Erp
from desktop.sandbox.faults import Faults
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.server import Server
from tests.drawer import Drawer

SALES = ErpSide(form="SAL_SaleOrder", key_field="F_DQ_KEY", tables={"FSaleOrderEntry": ("FQty",)})
PAYMENT = ErpSide(
    form="CN_PAYAPPLY",
    key_field="F_DQ_KEY",
    company_field="FPAYORGID.FNumber",
    header=("FBILLNO", "FCONTACTUNIT.FNumber", "FAPPLYAMOUNTFOR_H"),
    tables={"FPAYAPPLYENTRY": ("FAPPLYAMOUNTFOR", "FSRCBILLNO")},
    options={
        "number_field": "FBILLNO",
        "status_field": "FDOCUMENTSTATUS",
        "cancel_field": "FCANCELSTATUS",
    },
)


@dataclass
class Site:
    """One ERP on the sandbox, and the connectors opened on it."""

    erp: Erp
    faults: Faults
    server: Server
    opened: list[K3Cloud] = field(default_factory=list)

    def connect(self, **options: str) -> K3Cloud:
        told = {"acct_id": self.erp.acct_id, "user": self.erp.user, "app_id": self.erp.app_id} | options
        secrets = Drawer({"app_secret": self.erp.app_secret, "password": self.erp.password})
        system = System("erp", SystemRole.ERP, "k3cloud", "ERP", f"{self.server.url}/k3cloud/", told)
        self.opened.append(K3Cloud(system, secrets))
        return self.opened[-1]


@pytest.fixture
def site() -> Iterator[Site]:
    erp, faults = Erp(), Faults()
    made = Site(erp, faults, Server(k3cloud_app(erp, faults)).start())
    yield made
    for connector in made.opened:
        connector.close()
    made.server.stop()


def error_of(call: Callable[[], object]) -> SyncError:
    with pytest.raises(SyncError) as raised:
        call()
    return raised.value


# Signing in


@pytest.mark.parametrize("mode", ["sign", "headers", "app_secret", "password"])
def test_every_way_in_leads_to_the_bills(site, mode):
    bill = site.erp.sales_order(submit=True)
    connector = site.connect(sign_in=mode)
    assert connector.check().ok
    assert [head.ref.number for head in connector.submitted_bills(SALES)] == [bill.number]
    [made] = connector.audit_bills(SALES, [Ref("erp", SALES.form, str(bill.id), bill.number)])
    assert made.error is None
    assert bill.status == "C"


def test_an_older_server_takes_the_older_hash_only(site):
    site.erp.settings.sign_hash = "sha1"
    assert error_of(site.connect()._client.sign_in).code is ErrorCode.SIGN_IN_REFUSED
    assert site.connect(sign_hash="sha1").check().ok


def test_a_wrong_account_set_is_named_by_the_check(site):
    found = site.connect(acct_id="ffffffffffffff").check()
    assert found.steps[-1].name == "account_set"
    assert site.erp.acct_id in found.steps[-1].error.facts["said"]
    assert error_of(site.connect(acct_id="ffffffffffffff")._client.sign_in).code is ErrorCode.SIGN_IN_REFUSED


def test_a_full_house_is_a_matter_of_licences(site):
    site.erp.settings.max_sessions = 0
    assert error_of(site.connect()._client.sign_in).code is ErrorCode.LICENCE


@pytest.mark.parametrize("setting", ["disabled_users", "locked_users", "expiring_users"])
def test_a_user_who_may_not_enter_is_told_in_the_servers_words(site, setting):
    getattr(site.erp.settings, setting).add(site.erp.user)
    error = error_of(site.connect(sign_in="password")._client.sign_in)
    assert error.code is ErrorCode.SIGN_IN_REFUSED
    assert error.facts["said"]


def test_a_sign_out_frees_the_seat(site):
    site.erp.settings.max_sessions = 1
    first = site.connect()
    assert first.check().ok
    assert error_of(site.connect()._client.sign_in).code is ErrorCode.LICENCE
    first.close()
    assert site.connect().check().ok


# Odd settings of a server


def test_json_inside_json_is_read_all_the_same(site):
    site.erp.settings.double_encoded = True
    bill = site.erp.sales_order(submit=True)
    connector = site.connect()
    assert [head.ref.number for head in connector.submitted_bills(SALES)] == [bill.number]
    site.erp.kill_sessions()
    assert [head.ref.number for head in connector.submitted_bills(SALES)] == [bill.number]


@pytest.mark.parametrize(("filter_in", "understood"), [("or", True), ("in", False)])
def test_ids_are_asked_for_in_a_way_that_every_installation_understands(site, filter_in, understood):
    site.erp.settings.in_operator = False
    bills = [site.erp.sales_order() for _ in range(3)]
    connector, keys = site.connect(filter_in=filter_in), [str(bill.id) for bill in bills]
    if understood:
        assert list(connector.read_bills(SALES, keys)) == keys
    else:
        assert error_of(lambda: connector.read_bills(SALES, keys)).code is ErrorCode.SERVER_ERROR
    site.erp.settings.in_operator = True
    assert list(connector.read_bills(SALES, keys)) == keys


def test_a_server_with_a_lower_limit_of_rows_hides_no_bill_and_no_line(site):
    site.erp.settings.max_query_rows = 100
    bills = [site.erp.sales_order(lines=[("M0001", 1, "1")] * 3, submit=True) for _ in range(101)]
    connector = site.connect()
    assert len(list(connector.submitted_bills(SALES))) == 101
    read = connector.read_bills(SALES, [str(bill.id) for bill in bills])
    assert [len(bill.lines["FSaleOrderEntry"]) for bill in read.values()] == [3] * 101


def test_a_bill_taken_back_may_be_created_or_reopened(site):
    connector = site.connect()
    for letter in "AD":
        site.erp.settings.cancel_assign_to = letter
        bill = site.erp.sales_order(submit=True)
        [head] = connector.bill_heads(SALES, [str(bill.id)]).values()
        assert connector.send_back_bills(SALES, [head], ["no"])[0].error is None
        assert bill.status == letter


@pytest.mark.parametrize("code", [0, 13])
def test_a_lock_is_known_by_its_words_whatever_its_code(site, code):
    site.erp.settings.lock_code = code
    bills = [site.erp.sales_order(submit=True) for _ in range(3)]
    site.erp.lock("SAL_SaleOrder", bills[1].id, "wangmin")
    made = site.connect().audit_bills(
        SALES, [Ref("erp", SALES.form, str(bill.id), bill.number) for bill in bills]
    )
    assert [each.error is None for each in made] == [True, False, True]
    assert (made[1].error.code, made[1].error.certain) == (ErrorCode.LOCKED_BY_USER, True)


def test_a_field_that_the_form_lacks_is_named(site):
    error = error_of(
        lambda: list(site.connect().submitted_bills(ErpSide(form="SAL_SaleOrder", key_field="F_NONE")))
    )
    assert (error.code, error.facts["field"]) == (ErrorCode.FIELD_MISSING, "F_NONE")


def test_what_we_may_not_do_is_a_matter_of_rights(site):
    bill = site.erp.sales_order(submit=True)
    connector = site.connect()
    site.erp.settings.denied |= {(site.erp.user, "SAL_SaleOrder", act) for act in ("Audit", "View", "Query")}
    [made] = connector.audit_bills(SALES, [Ref("erp", SALES.form, str(bill.id), bill.number)])
    assert (made.error.code, made.error.certain) == (ErrorCode.NOT_PERMITTED, True)
    assert error_of(lambda: list(connector.submitted_bills(SALES))).code is ErrorCode.NOT_PERMITTED
    assert bill.status == "B"


def test_the_servers_times_are_read_in_its_zone(site):
    site.erp.sales_order(submit=True)
    [here] = site.connect().submitted_bills(SALES)
    assert abs(here.changed_at - datetime.now(UTC)) < timedelta(minutes=1)
    [there] = site.connect(zone="Europe/Berlin").submitted_bills(SALES)
    assert there.changed_at - here.changed_at >= timedelta(hours=6)


# Forms with other keys


def test_a_form_with_keys_of_its_own_is_read_and_moved(site):
    bill = site.erp.payment_request(amounts=("10000.00", "0.10"), submit=True)
    connector = site.connect()
    [head] = connector.submitted_bills(PAYMENT)
    assert (head.ref.number, head.company) == (bill.number, "100")
    read = connector.read_bills(PAYMENT, [head.ref.key])[head.ref.key]
    assert [row["FAPPLYAMOUNTFOR"] for row in read.lines["FPAYAPPLYENTRY"].values()] == [
        Decimal(10000),
        Decimal("0.1"),
    ]
    assert read.header["FAPPLYAMOUNTFOR_H"] == Decimal("10000.1")
    assert connector.audit_bills(PAYMENT, [head.ref])[0].error is None


def test_every_kind_of_base_data_is_there(site):
    connector = site.connect()
    for kind in BASE_KINDS:
        found = list(connector.base_data(kind))
        assert found and all(each.code and each.name for each in found), kind
    assert {each.name for each in connector.base_data("tax_rate")} >= {"增值税13%"}
    [one] = [each for each in connector.base_data("supplier") if each.code == "VEN0001"]
    assert one.mark == "91320583MA10000001"


def test_a_site_says_where_it_keeps_a_kind(site):
    at_home = site.connect(
        base_forms="payment_terms=BD_SETTLETYPE, supplier=:::::FShortName, customer=:::FShortName::-"
    )
    assert {each.code for each in at_home.base_data("payment_terms")} >= {"JSFS01_SYS"}
    assert next(at_home.base_data("supplier")).mark == "昆山恒泰"
    customer = next(at_home.base_data("customer"))
    assert (customer.name, customer.mark) == ("苏州精工", "")
    lacking = site.connect(base_forms="supplier=:::::FNoSuchField")  # read without it, what changed too
    assert next(lacking.base_data("supplier")).mark == ""
    assert next(lacking.changed_base_data("supplier", datetime(2020, 1, 1, tzinfo=UTC))).mark == ""
    for wrong in ("moon=BD_UNIT", "unit", "unit=BD_UNIT:-", "unit=BD'UNIT", "unit=a:b:c:d:e:f:g"):
        assert error_of(lambda wrong=wrong: site.connect(base_forms=wrong)).code is ErrorCode.ARGUMENT_WRONG


# Links


def test_a_link_opens_the_bill_for_its_user_and_for_nobody_later(site):
    bill = site.erp.sales_order()
    link = site.connect().open_link(Ref("erp", SALES.form, str(bill.id), bill.number), "wangmin")
    page = requests.get(link, timeout=5)
    assert page.status_code == 200
    assert "wangmin" in page.text
    assert str(bill.id) in page.text
    other = requests.get(
        site.connect().open_link(Ref("erp", SALES.form, str(bill.id)), "nobody-here"), timeout=5
    )
    assert "nobody-here" not in other.text or other.status_code != 200


def test_a_thousand_bills_are_read_in_ten_calls(site):
    bills = [site.erp.sales_order(lines=[("M0001", 1, "1")] * 3) for _ in range(1000)]
    connector, before = site.connect(), site.server.calls
    read = connector.read_bills(SALES, [str(bill.id) for bill in bills])
    assert sum(len(bill.lines["FSaleOrderEntry"]) for bill in read.values()) == 3000
    assert site.server.calls - before <= 10


def test_a_push_makes_the_next_bill_or_says_why_not(site):
    order = site.erp.purchase_order(submit=True)
    site.erp.audit(order.form, order.id, "zhouqi")
    connector, side = site.connect(), ErpSide(form=order.form)
    ref = Ref("erp", order.form, str(order.id), order.number)
    made = connector.push_bill(side, ref, PAYMENT, {})
    assert connector.bill_heads(PAYMENT, [made.key])[made.key].ref == made
    error = error_of(lambda: connector.push_bill(side, ref, ErpSide(form="IV_PURCHASEIC"), {}))
    assert (error.code, error.certain, error.facts["number"]) == (ErrorCode.REFUSED, True, order.number)
