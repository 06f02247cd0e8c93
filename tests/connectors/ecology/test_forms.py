"""A form's fields, what may be sent to it, and what is read from it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from desktop.connectors.ecology.forms import (
    Draft,
    Form,
    detail_data,
    main_data,
    main_value,
    parse_form,
    parse_values,
    request_title,
)
from desktop.domain.errors import SyncError
from tests.connectors.ecology.conftest import field_of, form_body, request_body

DRAFT = Draft("oa", "XSDD000123")
KEY = "ABCDEFGHIJKLMNOP-R1"


@pytest.fixture
def form() -> Form:
    main = [
        field_of("erp_bill_no", mand=True),
        field_of("amount", "decimal(15,2)", fieldType="3"),
        field_of("line_count", "int", fieldType="2"),
        field_of("salesperson", "int", fieldHtmlType="3", fieldType="1"),
        field_of("bill_date", "char(10)", fieldHtmlType="3", fieldType="2"),
        field_of("note", "text", fieldHtmlType="2", fieldType="1"),
        field_of(
            "currency",
            "int",
            fieldHtmlType="5",
            selectnames=["人民币", "美元"],
            selectvalues=["0", "1"],
        ),
        field_of("oracle_no", "varchar2(9)"),
        {"fieldId": "-1", "fieldName": "requestname"},
    ]
    lines = [field_of("entry_id"), field_of("qty", "decimal(12,4)", fieldType="3")]
    body = form_body(main, formtable_main_118_dt1=lines, formtable_main_118_dt3=[field_of("fee")])
    return parse_form(body["data"], "781")


def test_tables_are_named_in_the_forms_order(form: Form) -> None:
    assert form.db_names == {"detail_1": "formtable_main_118_dt1", "detail_2": "formtable_main_118_dt3"}
    assert "requestname" not in form.fields[""]


def test_lengths_places_and_types_come_from_the_column(form: Form) -> None:
    told = {(one.table, one.key): one for one in form.told()}
    assert (told["", "erp_bill_no"].length, told["", "erp_bill_no"].places) == (100, None)
    assert told["", "erp_bill_no"].required
    assert told["", "erp_bill_no"].label == "erp_bill_no"
    assert (told["", "amount"].type, told["", "amount"].places) == ("number", 2)
    assert (told["", "line_count"].type, told["", "line_count"].places) == ("integer", 0)
    assert told["", "salesperson"].type == "person"
    assert told["", "bill_date"].type == "date"
    assert (told["", "note"].type, told["", "note"].length) == ("long_text", None)
    assert told["", "oracle_no"].length == 9
    assert told["detail_1", "qty"].places == 4


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("amount", "1280.00", "1280.00"),
        ("amount", "1280.5000", "1280.5000"),
        ("amount", "-0.01", "-0.01"),
        ("amount", "1E+3", "1000"),
        ("amount", "", ""),
        ("amount", "9999999999999.99", "9999999999999.99"),
        ("line_count", "12", "12"),
        ("note", "一\n二", "一<br>二"),
        ("note", "长" * 5000, "长" * 5000),
        ("erp_bill_no", "“西湖”😀 O'Neil \\ <b>", "“西湖”😀 O'Neil \\ <b>"),
        ("currency", "1", "1"),
        ("oracle_no", "三个字", "三个字"),
    ],
)
def test_a_value_that_fits_is_sent(form: Form, name: str, value: str, sent: str) -> None:
    assert main_data(form, {name: value}, DRAFT) == [{"fieldName": name, "fieldValue": sent}]


@pytest.mark.parametrize(
    ("name", "value", "code", "facts"),
    [
        ("nowhere", "1", "DAT-403", {"form": "781", "field": "nowhere"}),
        ("amount", "1.005", "DAT-405", {"field": "amount", "value": "1.005", "places": 2}),
        ("line_count", "1.5", "DAT-405", {"field": "line_count", "places": 0}),
        ("amount", "12345678901234.00", "DAT-404", {"field": "amount", "length": 14, "limit": 13}),
        ("amount", "1,280.00", "DAT-408", {"field": "amount", "value": "1,280.00"}),
        ("amount", "NaN", "DAT-408", {"field": "amount"}),
        ("amount", "Infinity", "DAT-408", {"field": "amount"}),
        ("erp_bill_no", "x" * 101, "DAT-404", {"field": "erp_bill_no", "length": 101, "limit": 100}),
        ("erp_bill_no", "字" * 34, "DAT-404", {"length": 102, "limit": 100}),
        ("oracle_no", "三个字!", "DAT-404", {"length": 10, "limit": 9}),
        ("currency", "人民币", "DAT-401", {"system": "oa", "number": "XSDD000123"}),
    ],
)
def test_a_value_that_does_not_fit_is_refused_before_anything_is_sent(
    form: Form, name: str, value: str, code: str, facts: dict[str, Any]
) -> None:
    with pytest.raises(SyncError) as caught:
        main_data(form, {name: value}, DRAFT)
    assert caught.value.code.id == code
    assert caught.value.certain
    assert facts.items() <= caught.value.facts.items()
    assert set(caught.value.facts) == set(caught.value.code.facts)


def test_a_site_whose_columns_count_characters_says_so(form: Form) -> None:
    counted = Draft("oa", "", bytes_count=False)
    assert main_data(form, {"erp_bill_no": "字" * 100}, counted)
    with pytest.raises(SyncError):
        main_data(form, {"erp_bill_no": "字" * 101}, counted)


def test_detail_rows_are_new_rows_of_their_database_table(form: Form) -> None:
    sent = detail_data(form, {"detail_1": ({"entry_id": "1", "qty": "12.5"},), "detail_2": ()}, DRAFT)
    assert sent == [
        {
            "tableDBName": "formtable_main_118_dt1",
            "workflowRequestTableRecords": [
                {
                    "recordOrder": 0,
                    "workflowRequestTableFields": [
                        {"fieldName": "entry_id", "fieldValue": "1"},
                        {"fieldName": "qty", "fieldValue": "12.5"},
                    ],
                }
            ],
        }
    ]


@pytest.mark.parametrize("details", [{"detail_3": ({"fee": "1"},)}, {"detail_1": ({"colour": "red"},)}])
def test_a_detail_that_the_form_lacks_is_refused(form: Form, details: Any) -> None:
    with pytest.raises(SyncError) as caught:
        detail_data(form, details, DRAFT)
    assert caught.value.code.id == "DAT-403"
    assert caught.value.facts["field"] in ("detail_3", "detail_1.colour")


@pytest.mark.parametrize(
    "title", ["销售订单 XSDD000123", "长" * 300, "", "两\n行  空格", f"已有 {KEY}", "😀" * 90]
)
@pytest.mark.parametrize("limit", [40, 100])
def test_a_title_is_cut_but_keeps_the_key_at_its_end(title: str, limit: int) -> None:
    made = request_title(title, KEY, limit)
    assert len(made) <= limit
    assert made.endswith(KEY)
    assert made.count(KEY) == 1
    assert made == KEY or made[-len(KEY) - 1] == " "
    assert "\n" not in made


def test_values_read_are_numbers_and_texts(form: Form) -> None:
    main = [
        field_of("erp_key", value=KEY),
        field_of("amount", "decimal(15,2)", "1280.00", fieldType="3"),
        field_of("total", "varchar(30)", "1,280,000.50", fieldType="5"),
        field_of("discount", "decimal(15,2)", "", fieldType="3"),
        field_of("salesperson", "int", "57", fieldHtmlType="3"),
        field_of("note", "text", "一<br>二", fieldHtmlType="2"),
    ]
    hidden_first = [
        {
            "tableDBName": "formtable_main_118_dt3",
            "workflowRequestTableRecords": [
                {"recordOrder": "41", "workflowRequestTableFields": [field_of("fee", value="运费")]}
            ],
        }
    ]
    data = request_body(main=main, workflowDetailTableInfos=hidden_first)["data"]
    fields, details = parse_values(data, form)
    assert fields == {
        "erp_key": KEY,
        "amount": Decimal("1280.00"),
        "total": Decimal("1280000.50"),
        "discount": None,
        "salesperson": "57",
        "note": "一\n二",
    }
    assert details == {"detail_1": (), "detail_2": ({"fee": "运费"},)}
    assert main_value(data, "erp_key") == KEY
    assert main_value(data, "nowhere") == ""


def test_without_a_form_detail_tables_are_counted() -> None:
    tables = [{"tableDBName": "t_dt1", "workflowRequestTableRecords": []}, {"tableDBName": "t_dt2"}]
    _, details = parse_values(request_body(workflowDetailTableInfos=tables)["data"], None)
    assert details == {"detail_1": (), "detail_2": ()}
