"""A flow set of a group: what a company has of its own is laid over the group's flow, and everything else is inherited."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.company_flows import CompanyFlows, Own, own_text
from desktop.services.mapping_rows import read_sheet
from desktop.store.company_flows import laid_over, read_own
from desktop.store.flows import parse_flow
from desktop.sync.approval import AUDIT_BILL
from desktop.sync.effect import Work
from tests.conftest import FLOW, Clock, House, Stage

FLOWS = Path(__file__).parents[2] / "resources" / "flows"
NAME = ("fields", "customer_name")
OWN_NAME = {"expr": "join('', FCustId.FName, ' (200)')", "note": "老板要求"}


@pytest.fixture
def house(toy: Stage, tmp_path: Path, clock: Clock) -> Iterator[House]:
    made = House(toy, tmp_path / "data", clock)
    yield made
    made.assert_intact()
    made.close()


@pytest.fixture
def companies(house: House) -> CompanyFlows:
    return house.workspace.companies


def shown(house: House, bill: object) -> str:
    return str(house.requests(bill)[0].fields["customer_name"])


def group_publishes(house: House, old: str, new: str) -> None:
    workspace = house.workspace
    before = workspace.flows_in_force()[FLOW].version
    text = workspace.flow_files.text_of(before).replace(old, new, 1)
    workspace.companies.refuse_misfits(FLOW, text)
    workspace.versions.publish(FLOW, text, parse_flow(text, "draft").version, before, "chief", "test")


def test_a_company_has_its_own_row_and_inherits_all_others(house: House, companies: CompanyFlows) -> None:
    house.switch("c200", on=True)
    companies.publish("chief", FLOW, "c200", Own({NAME: OWN_NAME}), "只有 200 公司")
    assert companies.companies(FLOW) == ["c200"]
    assert [row.place for row in companies.rows(FLOW, "c200") if row.is_own] == [NAME]
    assert not any(row.is_own for row in companies.rows(FLOW, "c100"))
    here, there = house.order(), house.order(company="200", maker="lihua")
    house.calm()
    assert shown(house, there).endswith(" (200)") and not shown(house, here).endswith(" (200)")
    versions = [
        house.workspace.ledger.round(house.document(bill).id, 1).flow_version for bill in (here, there)
    ]
    assert versions[0] == house.workspace.flows[FLOW].version != versions[1]
    group_publishes(house, 'expr   = "FNote"', "expr   = \"join('', '#', FNote)\"")
    later = house.order(company="200", maker="lihua")
    house.calm()
    request = house.requests(later)[0]
    assert request.fields["note"].startswith("#"), "inherited: the group's next publication reaches it"
    assert request.fields["customer_name"].endswith(" (200)"), "and its own row stands"
    house.approve(there)
    house.calm()
    assert house.state(there) is S.DONE, "a round keeps the version that it was sent with"


def test_back_to_the_group_and_what_does_not_fit_holds_this_company_only(
    house: House, companies: CompanyFlows
) -> None:
    house.switch("c200", on=True)
    own = Own({NAME: OWN_NAME, ("fields", "salesperson"): {}}, {"rules": ["lines_present"]})
    first = companies.publish("chief", FLOW, "c200", own, "test")
    flow = house.workspace.flow_for("c200", FLOW)
    assert flow is not None and flow.rules == ("lines_present",)
    assert "salesperson" not in [row.target for row in flow.fields]
    told = {each.path: each for each in companies.settings(FLOW, "c200") if each.is_own}
    assert list(told) == ["rules"] and told["rules"].inherited == ["lines_present", "total_is_sum"]
    less = companies.without(companies.own(FLOW, "c200"), [NAME], ["rules"])
    companies.publish("chief", FLOW, "c200", less, "test", based_on=first.version)
    assert [row.place[1] for row in companies.rows(FLOW, "c200") if row.is_own] == ["salesperson"]
    with pytest.raises(SyncError) as outdated:
        companies.publish("chief", FLOW, "c200", own, "test", based_on=first.version)
    assert outdated.value.code is ErrorCode.DRAFT_OUTDATED
    companies.roll_back("chief", FLOW, "c200", 1)
    assert house.workspace.flow_for("c200", FLOW) == house.workspace.flows[FLOW]
    bad = "schema = 1\n[settings]\n\"options.no.such\" = 'x'\n[[rows]]\ngroup = 'lines.7'\ntarget = 'x'\nexpr = 'y'\n"
    house.workspace.versions.publish(f"{FLOW}@c200", bad, "f" * 16, "e" * 16, "chief", "test")
    here, there = house.order(), house.order(company="200", maker="lihua")
    house.calm()
    assert house.state(here) is S.REQUESTED and house.requests(there) == []
    assert house.hold("c200") == ErrorCode.FLOW_FILE_WRONG.id and house.hold() == ""


def test_rows_as_the_page_edits_them_become_only_what_differs(house: House, companies: CompanyFlows) -> None:
    rows = list(read_sheet(companies.text(FLOW, "c200")).rows)
    at = next(place for place, row in enumerate(rows) if (row.group, row.target) == NAME)
    rows[at] = replace(rows[at], expr="FCustId.FNumber")
    line = next(row for row in rows if row.group == "lines.0" and not row.required)
    rows.remove(line)
    own = companies.with_rows(FLOW, "c200", rows)
    assert set(own.rows) == {NAME, ("lines.0", line.target)} and own.rows["lines.0", line.target] == {}
    assert read_own(own_text(own), "x") == own
    assert list(read_sheet(companies.text(FLOW, "c200", own)).rows) == rows
    companies.publish("chief", FLOW, "c200", own, "test")
    assert companies.copy("chief", "c200", "c100", "test") == [FLOW]
    assert companies.own(FLOW, "c100") == own
    house.workspace.catalog.delete_route("c200", "chief")
    assert not companies.own(FLOW, "c200"), "a new company of this name inherits nothing of the old one"


@pytest.mark.parametrize(
    "words",
    [
        {"settings": {"erp.company_field": "FNote"}},
        {"settings": {"kind": "gate"}},
        {"settings": {"fields": []}},
        {"settings": {"legs.0.until": "saved"}},
        {"settings": {"erp.no_such": "x"}},
        {"settings": {"nowhere.to.be": "x"}},
        {"rows": {("lines.3", "x"): {"expr": "FNote"}}},
        {"rows": {NAME: {"expr": "FNote +"}}},
        {"rows": {("title", "title"): {}}},
        {"rows": {("title", "title"): {"note": "no words"}}},
        {"rows": {("title", "company_field"): {"expr": "FNote"}}},
        {"settings": {"erp": {"form": "SAL_SaleOrder", "company_field": "FNote"}}},
        {"settings": {"options": {"attempts": "3"}}},
        {"settings": {"legs.².form": "x"}},
    ],
    ids=str,
)
def test_what_a_company_must_not_change_or_got_wrong_is_refused(companies: CompanyFlows, words: dict) -> None:
    with pytest.raises(SyncError):
        companies.publish("chief", FLOW, "c200", Own(**words), "test")
    assert companies.releases(FLOW, "c200") == []


def test_a_setting_written_as_a_table_takes_the_place_of_itself_alone(
    house: House, companies: CompanyFlows
) -> None:
    """Whoever writes `options.attempts = "3"` by hand, without the quotes round the path, means that option and no other."""
    before = house.workspace.flow_for("c200", FLOW)
    own = read_own('[settings]\noptions.attempts = "3"\n[settings.options.deep]\nmine = "x"\n', "x")
    assert own.settings == {"options.attempts": "3", "options.deep.mine": "x"}
    own = companies.without(own, paths=["options.deep.mine"])
    companies.publish("chief", FLOW, "c200", own, "test")
    after = house.workspace.flow_for("c200", FLOW)
    assert before is not None and after is not None
    assert after.options == {**before.options, "attempts": "3"}
    with pytest.raises(SyncError):
        companies.publish(
            "chief", FLOW, "c200", read_own('[settings]\nerp.company_field = "FNote"\n', "x"), "test"
        )


@pytest.mark.parametrize(
    "text",
    [
        "rows = 'abc'",
        "rows = ['x']",
        "settings = 'x'",
        "tables = []",
        "schema = '1'",
        "schema = 2",
        "[[rows]]",
        "mine = 1",
    ],
)
def test_a_part_that_is_none_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(SyncError) as refused:
        read_own(text, "part.toml")
    assert refused.value.code is ErrorCode.FLOW_FILE_WRONG


@pytest.mark.parametrize("path", sorted(FLOWS.glob("*.toml")), ids=lambda path: path.name.split(".")[0])
def test_an_own_row_lands_where_it_belongs_in_every_flow(path: Path) -> None:
    text = path.read_text("utf-8")
    sheet = read_sheet(text)
    lines = [each for each in sheet.groups if "lines" in each.id]
    changed = {(each.id, sheet.of(each.id)[0].target): {"expr": "'x'", "key": True} for each in lines}
    added = {(each.id, "NEW"): {"expr": "'y'"} for each in lines}
    whole = laid_over(text, Own({**changed, **added}, {"options.mine": "7"}), "x")
    after = read_sheet(whole)
    for each in lines:
        assert [row.target for row in after.of(each.id)] == [row.target for row in sheet.of(each.id)] + [
            "NEW"
        ]
        assert after.of(each.id)[0].expr == "'x'" and after.of(each.id)[1:-1] == sheet.of(each.id)[1:]
    assert parse_flow(whole, "x").options["mine"] == "7"
    before, now = tomllib.loads(text), tomllib.loads(whole)
    assert {key for key in now if now[key] != before.get(key)} <= {"lines", "legs", "options"}


def test_an_own_row_of_a_table_that_the_group_put_elsewhere_is_not_laid_over_another(house: House) -> None:
    text = (FLOWS / "expense.generation.toml").read_text("utf-8")
    own = Own({("legs.2.lines.1", "FACCOUNTID.FNumber"): {"expr": "'2221'"}}, {}, {"legs.2.lines.1": "detail_1 > FEntity > tax_amount > 0"})  # fmt: skip
    assert "'2221'" in laid_over(text, own, "x")
    with pytest.raises(SyncError) as refused:
        laid_over(text.replace('only     = "tax_amount > 0"', 'only     = "tax_amount > 1"'), own, "x")
    assert refused.value.facts["line"] == "legs.2.lines.1"


def test_a_generation_in_the_middle_of_its_chain_keeps_its_company_s_flow(payroll) -> None:
    request = payroll.agreed()
    payroll.refuse("Audit", "期间已结账", "CN_PAYAPPLY")
    payroll.run(2)
    assert payroll.stands(request) == (S.SUBMITTED, ErrorCode.REFUSED.id)
    own, companies = Own({("legs.0", "FCausa"): {"expr": "'x'"}}), payroll.workspace.companies
    with pytest.raises(SyncError) as refused:
        companies.publish("chief", "expense", "c100", own, "test")
    assert refused.value.code is ErrorCode.FLOW_UNDER_WAY
    companies.publish("chief", "expense", "c200", own, "of another company nothing is under way")


def test_an_effect_of_another_company_cannot_be_built(house: House) -> None:
    house.switch("c200", on=True)
    bill = house.order()
    house.calm()
    engine, routes = house.workspace.engine, {each.id: each for each in house.workspace.catalog.routes()}
    erp, oa = engine._line("k3"), engine._line("oa")
    switch = routes["c200"].switch(FLOW)
    assert switch is not None
    ends = engine._ends(routes["c200"], switch, erp, oa)
    with pytest.raises(SyncError) as built:
        replace(ends, route=replace(routes["c200"], erp_id="k3b"))
    assert built.value.code is ErrorCode.OTHER_ACCOUNT_SET
    document = house.document(bill)
    before = len(house.workspace.ledger.attempts(document.id))
    with pytest.raises(SyncError) as performed:
        engine.effects.perform(ends, AUDIT_BILL, [Work(document, document.source)])
    assert performed.value.code is ErrorCode.OTHER_ACCOUNT_SET
    assert len(house.workspace.ledger.attempts(document.id)) == before, "nothing was even promised"
    assert bill.status == "B"


def test_a_bill_of_another_company_is_not_even_drafted(payroll) -> None:
    """Whatever a company's own mapping says: the second bill of the chain would belong to 200."""
    row = {"expr": "'200'", "key": True}
    companies = payroll.workspace.companies
    companies.publish("chief", "expense", "c100", Own({("legs.1", "FPAYORGID.FNumber"): row}), "a slip")
    payroll.run()
    request = payroll.agreed()
    payroll.run(2)
    assert payroll.stands(request) == (S.FOUND, ErrorCode.COMPANY_UNKNOWN.id)
    assert all(payroll.made(form) == [] for form in payroll.forms()), "not one bill of the chain was made"
