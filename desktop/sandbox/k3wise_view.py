"""How the toy K/3 WISE shows a bill: pages with references as number and name, dates with T, states as 0 and 1.

Source: Kingdee K/3 WISE API platform, GetTemplate, GetDetail and the data rules. Reads the world, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.erp_fields import FieldKind
from desktop.sandbox.erp_values import to_local
from desktop.sandbox.k3wise_forms import CLASSES, wise_name
from desktop.sandbox.k3wise_pages import WiseField, WiseForm, WisePage
from desktop.sandbox.k3wise_settings import WiseSettings

KEPT = "~"
"""Values that the world has no field for stand in its rows under this sign and their name."""

LEVEL = "~level"
"""How many levels of the review a bill has passed."""

_CONSTANTS = {"FPLX01": "外购入库", "STD": "标准", "MTS": "MTS计划模式", "1": "购销"}

Row = dict[str, Any]


class View:
    """Bills as pages."""

    def __init__(self, settings: WiseSettings) -> None:
        self._settings = settings

    def detail(self, form: WiseForm, bill: ErpBill) -> dict[str, list[Row]]:
        """What GetDetail shows: Page1 with one element, a page for each table of lines."""
        return {page.name: list(self._rows(form, page, bill)) for page in form.pages}

    def listed(self, form: WiseForm, bill: ErpBill, *, with_lines: bool) -> Iterator[Row]:
        """What GetList shows of a bill: its head alone, or its head beside each line of the first table."""
        head = self._row(form, form.head, bill, bill.head, 0)
        lines = list(self._rows(form, form.pages[1], bill)) if with_lines and len(form.pages) > 1 else []
        if not lines:
            yield head
        for line in lines:
            yield {**head, **line}

    def template(self, form: WiseForm) -> dict[str, list[Row]]:
        """An empty bill with all fields of the form."""
        return {page.name: [{field.key: _empty(field) for field in page.fields}] for page in form.pages}

    def described(self, form: WiseForm) -> list[Row]:
        """The description of fields that GetProperty adds."""
        return [
            {"FPage": page.name, "FFieldName": field.key, "FCaption": field.label, "FMustInput": bool(field.known and field.known.required)}
            for page in form.pages
            for field in page.fields
        ]  # fmt: skip

    def _rows(self, form: WiseForm, page: WisePage, bill: ErpBill) -> Iterator[Row]:
        if not page.table:
            yield self._row(form, page, bill, bill.head, 0)
            return
        for number, line in enumerate(bill.entries.get(page.table, ()), start=1):
            yield self._row(form, page, bill, line, number)

    def _row(self, form: WiseForm, page: WisePage, bill: ErpBill, row: Row, number: int) -> Row:
        shown = {
            field.key: _written(self.value(form, field, bill, row, number), field) for field in page.fields
        }
        kept = {
            key[1:]: _written(value, None) for key, value in row.items() if key[0] == KEPT and key != LEVEL
        }
        return {**shown, **kept}

    def value(self, form: WiseForm, field: WiseField, bill: ErpBill, row: Row, number: int = 0) -> Any:
        """A field's value as the world has it: a record for a reference, a naive local time, a Decimal, a text."""
        source, _, inner = field.source.partition(":")
        if source[0] == "=":
            return (
                _Named(source[1:], _CONSTANTS.get(source[1:], "")) if field.is_reference else int(source[1:])
            )
        if source == KEPT:
            return row.get(KEPT + field.key) or ""
        if source[0] == "@":
            return self._system(form, source, bill, row.get(inner), number)
        known = field.known
        if known is not None and known.attr:
            return getattr(bill, known.attr)
        return row.get(source)

    def _system(self, form: WiseForm, source: str, bill: ErpBill, inner: Any, number: int) -> Any:
        in_review = bill.status == "B" and self._settings.multi_level
        match source:
            case "@number":
                return bill.number
            case "@id":
                return bill.id
            case "@tran":
                return form.tran
            case "@line":
                return number
            case "@maker":
                return bill.creator
            case "@checker":
                return bill.approver
            case "@status":
                return int(bill.status == "C")
            case "@review":
                return int(bill.head.get(LEVEL) or 0) + 1 if in_review else 0
            case "@checked_at":
                return to_local(bill.approved_at)
            case "@changed_at":
                return to_local(bill.modified_at)
            case "@closed":
                return int(bill.close_status == "B")
            case "@void":
                return int(bill.cancel_status == "B")
            case "@tick":
                return "Y" if bill.status == "B" or bill.head.get("~tick") == "Y" else "N"
            case "@sel_tran":
                return 81
            case "@employee":
                return inner.head.get("FStaffId") if inner is not None else None
            case "@spec":
                return inner.head.get("FSpecification") if inner is not None else ""
            case "@class":
                return CLASSES.get(inner or "", inner or "")
            case _:
                return wise_name(inner or "")


class _Named:
    """A constant that is shown as a reference."""

    def __init__(self, number: str, name: str) -> None:
        self.number, self.name = number, name


def reference(record: Any) -> dict[str, str]:
    """A record as number and name; both empty where there is none."""
    return {"FNumber": record.number if record else "", "FName": record.name if record else ""}


def _written(value: Any, field: WiseField | None) -> Any:
    if isinstance(value, ErpBill | _Named) or (field is not None and field.is_reference):
        return reference(value)
    return plain(value)


def plain(value: Any) -> Any:
    """A value as JSON has it here: a date and time with T, a number as a number, nothing as an empty text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, datetime):
        return value.isoformat("T", "seconds")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    return "" if value is None else value


def _empty(field: WiseField) -> Any:
    if field.is_reference:
        return {"FNumber": "", "FName": ""}
    kind = field.known.kind if field.known is not None else None
    if field.source in ("@id", "@tran", "@status", "@review", "@closed", "@void", "@line"):
        return 0
    return 0 if kind in (FieldKind.NUMBER, FieldKind.WHOLE) else ""


def base_row(record: ErpBill) -> Row:
    """A record of base data: an item of its class."""
    head = record.head
    more = {
        "FModel": head.get("FSpecification"),
        "FUnitID": reference(head["FBaseUnitId"]) if head.get("FBaseUnitId") else None,
        "FMobilePhone": head.get("FMobile"),
        "FShortName": head.get("FShortName"),
        "FDepartmentID": reference(head["FPostDept"]) if head.get("FPostDept") else None,
    }
    shown: Row = {"FItemID": record.id, "FNumber": record.number, "FName": record.name}
    shown |= {key: value for key, value in more.items() if value is not None}
    kept = {key[1:]: value for key, value in head.items() if key[0] == KEPT}
    return {**shown, **kept, "FDeleted": int(record.forbid_status == "B")}
