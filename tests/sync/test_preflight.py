"""Before a flow sends anything: do both forms hold what it reads and writes? Over the sandbox, and in the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import FieldInfo
from desktop.sync.preflight import KEY_LENGTH, check_flow, first_obstacle
from desktop.sync.translate import Translator
from tests.sync.sentences import assert_plain

FORM, FLOW, WORKFLOW = "SAL_SaleOrder", "sales_order", 781
Found = list[SyncError]


def drop_erp_field(toy: Any, key: str, form: str = FORM) -> None:
    """Somebody removes a field from the ERP's form."""
    known = toy.erp.forms[form]
    entities = tuple(
        replace(entity, fields=tuple(each for each in entity.fields if each.key != key))
        for entity in known.entities
    )
    toy.erp.forms[form] = replace(known, entities=entities)


def change_oa_field(toy: Any, name: str, workflow: int = WORKFLOW, **changes: Any) -> None:
    """Somebody changes a main field of the OA's form; without changes it is removed."""
    main = toy.oa.workflow(workflow).main
    fields = {
        each.name: replace(each, **changes) if each.name == name else each for each in main.fields.values()
    }
    if not changes:
        del fields[name]
    toy.oa.change_workflow(workflow, main=replace(main, fields=fields))


def found(house: Any, flow_id: str = FLOW) -> Found:
    """What the check says of the house's flow, asked as the systems page does."""
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    told: Found = house.workspace.check_flow(route, flow_id)
    for error in told:
        assert_plain(error.code.id, error.facts)
    return told


def codes(told: Found) -> list[tuple[str, str]]:
    return [(error.code.id, str(error.facts.get("field") or error.facts.get("target"))) for error in told]


@pytest.mark.parametrize(
    "flow_id", ["sales_order", "payment_request", "purchase_requisition", "purchase_order"]
)
def test_every_flow_that_is_shipped_fits_the_sandbox(house: Any, flow_id: str) -> None:
    house.toy.join(house.workspace)
    assert found(house, flow_id) == []


OA_CHANGES: list[tuple[str, Callable[[Any], None], tuple[str, str]]] = [
    ("no key field", lambda toy: change_oa_field(toy, "erp_key"), ("PER-702", "erp_key")),
    (
        "a key field that is too short",
        lambda toy: change_oa_field(toy, "erp_key", db_type=f"varchar({KEY_LENGTH - 1})"),
        ("PER-702", "erp_key"),
    ),
    ("no target field", lambda toy: change_oa_field(toy, "customer_name"), ("DAT-403", "customer_name")),
    (
        "a required field that nobody fills",
        lambda toy: change_oa_field(toy, "erp_link", mandatory=True),
        ("MAP-501", "erp_link"),
    ),
]
ERP_CHANGES: list[tuple[str, Callable[[Any], None], tuple[str, str]]] = [
    ("no key field in the ERP", lambda toy: drop_erp_field(toy, "F_DQ_KEY"), ("PER-702", "F_DQ_KEY")),
    ("no note field", lambda toy: drop_erp_field(toy, "F_DQ_NOTE"), ("DAT-403", "F_DQ_NOTE")),
    ("no source field", lambda toy: drop_erp_field(toy, "FNote"), ("DAT-403", "FNote")),
    (
        "no field of a sub-head",
        lambda toy: drop_erp_field(toy, "FSettleCurrId"),
        ("DAT-403", "FSettleCurrId.FNumber"),
    ),
    (
        "no line field",
        lambda toy: drop_erp_field(toy, "FTaxPrice"),
        ("DAT-403", "FSaleOrderEntry.FTaxPrice"),
    ),
]
CHANGES = [*OA_CHANGES, *ERP_CHANGES]


@pytest.mark.parametrize(("what", "change", "expected"), CHANGES, ids=[row[0] for row in CHANGES])
def test_what_is_missing_is_named(
    house: Any, what: str, change: Callable[[Any], None], expected: tuple[str, str]
) -> None:
    change(house.toy)
    assert codes(found(house)) == [expected]


def test_everything_is_told_at_once_the_key_first(house: Any) -> None:
    for _, change, _ in CHANGES:
        if change is not OA_CHANGES[0][1]:
            change(house.toy)
    told = codes(found(house))
    assert sorted(told) == sorted(
        expected for _, change, expected in CHANGES if change is not OA_CHANGES[0][1]
    )
    assert [code for code, _ in told[:2]] == ["PER-702", "PER-702"]


def test_a_detail_table_that_is_missing_is_named_once(house: Any) -> None:
    house.toy.oa.change_workflow(WORKFLOW, details=())
    assert codes(found(house)) == [("DAT-403", "detail_1")]


def test_a_workflow_that_is_not_there_cannot_be_read(house: Any) -> None:
    switch_workflow(house, "99999")
    [error] = found(house)
    assert (error.code, error.facts["number"]) == (ErrorCode.UNREADABLE, "99999")
    assert first_obstacle([error]) is error


def test_a_form_that_we_may_not_see_is_told_but_stops_no_engine(house: Any) -> None:
    house.toy.oa.change_workflow(WORKFLOW, creators=frozenset({"57", "58"}))
    told = found(house)
    assert [error.code for error in told] == [ErrorCode.NOT_PERMITTED]
    assert first_obstacle(told) is None
    house.run()
    bill = house.order()
    house.run()
    assert (house.hold(), len(house.requests(bill))) == ("", 1)


def test_an_unknown_system_is_told_as_it_is(house: Any) -> None:
    house.workspace.catalog.put_system(
        replace(house.workspace.catalog.system("oa"), base_url="http://127.0.0.1:9/"), "chief"
    )
    assert [error.code for error in found(house)] == [ErrorCode.UNREACHABLE]


class Metadata:
    """A connector of which only the metadata is asked."""

    def __init__(self, system: Any, fields: tuple[FieldInfo, ...] | SyncError) -> None:
        self.system, self._fields = system, fields

    def fields(self, _asked: Any) -> tuple[FieldInfo, ...]:
        if isinstance(self._fields, SyncError):
            raise self._fields
        return self._fields

    def objections(self, _side: Any) -> list[SyncError]:
        return []


def test_what_metadata_does_not_tell_is_no_objection(house: Any) -> None:
    """A vendor without lengths, and one without any metadata."""
    flow = house.workspace.flows[FLOW]
    translator = Translator(flow)
    systems = house.workspace.catalog.systems()
    no_length = tuple(
        FieldInfo(table, name, name, "text")
        for table, names in (
            ("", [flow.oa.key_field, *(row.target for row in flow.fields)]),
            *((lines.target, [row.target for row in lines.fields]) for lines in flow.lines),
        )
        for name in names
    )
    mute = Metadata(systems["k3"], SyncError(ErrorCode.CANNOT, certain=True, system="k3", what="fields"))
    side: ErpSide = translator.erp_side
    assert check_flow(translator, mute, side, Metadata(systems["oa"], no_length), flow.oa) == []  # type: ignore[arg-type]


# --- in the engine ---------------------------------------------------------------------------------------------------


def switch_workflow(house: Any, workflow: str) -> None:
    """Another OA workflow for the sales orders of company 100."""
    route = next(each for each in house.workspace.catalog.routes() if each.id == "c100")
    switches = tuple(
        replace(each, workflow=workflow) if each.flow_id == FLOW else each for each in route.switches
    )
    house.workspace.catalog.put_route(replace(route, switches=switches), "chief")


HOLDING = [row for row in CHANGES if row[2][0] != "MAP-501"]


@pytest.mark.parametrize(("what", "change", "expected"), HOLDING, ids=[row[0] for row in HOLDING])
def test_nothing_is_sent_and_the_flow_is_held_with_the_sentence(
    house: Any, what: str, change: Callable[[Any], None], expected: tuple[str, str]
) -> None:
    bill = house.order()
    change(house.toy)
    house.run(2)
    held = house.workspace.ledger.hold("c100", FLOW)
    assert held is not None
    assert held[0] == expected[0]
    assert expected[1] in assert_plain(held[0], held[1])
    assert (house.all_requests(), bill.status) == ([], "B")


def test_it_is_released_by_itself_when_the_field_is_there(house: Any) -> None:
    whole = house.toy.oa.workflow(WORKFLOW).main
    change_oa_field(house.toy, "erp_key")
    bill = house.order()
    house.run()
    assert house.hold() == ErrorCode.KEY_FIELD_MISSING.id
    house.toy.oa.change_workflow(WORKFLOW, main=whole)
    house.run()
    assert (house.hold(), house.state(bill), len(house.requests(bill))) == ("", S.REQUESTED, 1)


def test_another_flow_of_the_route_goes_on(house: Any) -> None:
    house.toy.join(house.workspace, flows=(FLOW, "purchase_order"))
    change_oa_field(house.toy, "erp_key")
    house.run()
    order = house.toy.erp.purchase_order(submit=True)
    house.run()
    assert house.workspace.ledger.hold("c100", FLOW) is not None
    assert any(each.fields.get("erp_bill_no") == order.number for each in house.all_requests())


def test_it_is_asked_once_and_not_at_every_run(house: Any) -> None:
    engine = house.workspace.engine
    asked: list[str] = []
    before = house.toy.erp_server.app

    def counting(environ: dict[str, Any], start: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return before(environ, start)

    house.toy.erp_server.app = counting
    for _ in range(3):
        engine.run_flow("c100", FLOW)
    assert sum("QueryBusinessInfo" in path for path in asked) == 1
    change_oa_field(house.toy, "erp_key")
    house.restart()
    asked.clear()
    for _ in range(3):
        house.workspace.engine.run_flow("c100", FLOW)
    assert sum("QueryBusinessInfo" in path for path in asked) == 1, (
        "an obstacle is remembered for a while, too"
    )
    house.clock.pass_s(61)
    house.workspace.engine.run_flow("c100", FLOW)
    assert sum("QueryBusinessInfo" in path for path in asked) == 2
