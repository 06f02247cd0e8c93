"""From what is typed or sent to what a field holds: text, Decimal, date, or the record that a reference points to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from desktop.sandbox.erp_bill import ErpBill, Refusal, Table
from desktop.sandbox.erp_fields import Field, FieldKind

LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The server's zone: every time is printed in it, without naming it."""

_MAX_DIGITS = 23
_CHINESE = 2052

FLEX_FORMS = {
    "FFLEX4": "BD_Supplier",
    "FFLEX5": "BD_Department",
    "FFLEX6": "BD_Customer",
    "FFLEX7": "BD_Empinfo",
    "FFLEX9": "BD_Expense",
}
"""Accounting dimensions of this installation."""

_NUMBER_KEYS = ("fnumber", "number", "fstaffnumber", "fuseraccount", "fbillno")
_ID_KEYS = ("id", "fid", "fuserid", "fcustid", "fsupplierid", "fmaterialid", "forgid", "fdeptid")


def to_local(at: datetime | None) -> datetime | None:
    """Aware UTC to the naive local time that the server prints."""
    return at.astimezone(LOCAL).replace(tzinfo=None) if at else None


def parse_time(raw: Any) -> datetime | None:
    """A date as clients write it ("2026-11-22", "2026-11-22 08:00:00", with T, with a fraction), naive local.

    None for empty. Raises ValueError.
    """
    if isinstance(raw, datetime):
        return to_local(raw) if raw.tzinfo else raw
    text = str(raw if raw is not None else "").strip()
    if not text:
        return None
    return datetime.fromisoformat(text.replace("/", "-")).replace(tzinfo=None)


class Values:
    """Converts values for fields; knows the tables, so that references find their records."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables

    def convert(
        self,
        field: Field,
        raw: Any,
        row: Mapping[str, Any],
        org: str,
        *,
        verify: bool,
        by_number: bool = True,
    ) -> Any:
        """The value that `field` holds for `raw`.

        row:    what the head or line holds so far: the type of a multi-class reference stands in it.
        org:    number of the bill's organisation: base data of another one are not found.
        verify: a reference that is not found is refused; else it becomes empty without a word.
        Raises Refusal.
        """
        match field.kind:
            case FieldKind.TEXT:
                return _text(field, raw)
            case FieldKind.NUMBER:
                return _number(field, raw)
            case FieldKind.WHOLE:
                return int(_number(field, raw))
            case FieldKind.YES_NO:
                return raw if isinstance(raw, bool) else str(raw or "").strip().lower() in ("true", "1")
            case FieldKind.DATE | FieldKind.TIME:
                return _time(field, raw)
            case FieldKind.FLEX:
                return self._flex(field, raw, org, verify)
            case FieldKind.PARTY:
                return self._reference(field, str(row.get(field.lookup) or ""), raw, org, verify, by_number)
            case _:
                return self._reference(field, field.lookup, raw, org, verify, by_number)

    def base(self, form: str, number: str, org: str = "") -> ErpBill | None:
        """The usable record of base data with this number, as organisation `org` sees it ("" = any)."""
        table = self._tables.get(form)
        found = table.with_number(number) if table else []
        return next((record for record in found if _usable(record) and _seen_by(record, org)), None)

    def _reference(
        self, field: Field, form: str, raw: Any, org: str, verify: bool, by_number: bool
    ) -> ErpBill | None:
        if isinstance(raw, ErpBill):
            return raw
        wanted, how = _wanted(raw, by_number)
        if wanted in ("", "0"):
            return None
        found = self._look_up(form, wanted, how, org)
        if found is None and verify:
            raise Refusal(f"基础资料“{field.label}”中不存在编码为“{wanted}”的数据", 9, field.key)
        return found

    def _look_up(self, form: str, wanted: str, how: str, org: str) -> ErpBill | None:
        if how == "number":
            return self.base(form, wanted, org)
        table = self._tables.get(form)
        if table is None:
            return None
        if how == "id":
            record = table.by_id.get(int(wanted)) if wanted.isdigit() else None
            return record if record and _usable(record) else None
        named = (record for record in table.by_id.values() if record.name == wanted)
        return next((record for record in named if _usable(record) and _seen_by(record, org)), None)

    def _flex(self, field: Field, raw: Any, org: str, verify: bool) -> dict[str, ErpBill] | None:
        if not isinstance(raw, Mapping):
            return None
        made: dict[str, ErpBill] = {}
        for key, reference in raw.items():
            dimension = str(key).upper().rpartition("__")[2]
            form = FLEX_FORMS.get(dimension)
            found = self._reference(field, form, reference, org, verify, True) if form else None
            if found is not None:
                made[dimension] = found
        return made or None


def _usable(record: ErpBill) -> bool:
    return record.forbid_status == "A" and record.status == "C"


def _seen_by(record: ErpBill, org: str) -> bool:
    return not org or record.org in ("", org)


def _wanted(raw: Any, by_number: bool) -> tuple[str, str]:
    """What a reference asks for and by what: ("CUST0001", "number"), ("100201", "id") or (a name, "name")."""
    if isinstance(raw, Mapping):
        lower = {str(key).lower(): value for key, value in raw.items()}
        for key in _NUMBER_KEYS:
            if key in lower:
                return str(lower[key] or "").strip(), "number"
        for key in _ID_KEYS:
            if key in lower:
                # A user is named by account under FUserID as often as by id.
                how = "id" if str(lower[key]).isdigit() else "number"
                return str(lower[key] or "").strip(), how
        if "fname" in lower and not by_number:
            return str(lower["fname"] or "").strip(), "name"
    return "", "number"


def _text(field: Field, raw: Any) -> str:
    if isinstance(raw, Mapping):
        raw = next(iter(raw.values()), "")
    if isinstance(raw, list):
        chinese = [
            each.get("Value") for each in raw if isinstance(each, Mapping) and each.get("Key") == _CHINESE
        ]
        raw = chinese[0] if chinese else ""
    text = "" if raw is None else str(raw)
    if field.length and len(text) > field.length:
        raise Refusal(f"字段“{field.label}”的内容超过了最大长度{field.length}", 11, field.key)
    return text


def _number(field: Field, raw: Any) -> Decimal:
    if isinstance(raw, bool):
        raise _not_a_number(field, raw)
    try:
        value = raw if isinstance(raw, Decimal) else Decimal(str(raw if raw not in (None, "") else 0))
        if not value.is_finite() or value.adjusted() >= _MAX_DIGITS - field.places:
            raise _not_a_number(field, raw)
        return value.quantize(Decimal(1).scaleb(-field.places), ROUND_HALF_UP)
    except InvalidOperation as error:
        raise _not_a_number(field, raw) from error


def _not_a_number(field: Field, raw: Any) -> Refusal:
    return Refusal(f"字段“{field.label}”的值“{raw}”格式不正确", 8, field.key)


def _time(field: Field, raw: Any) -> datetime | None:
    try:
        at = parse_time(raw)
    except ValueError as error:
        raise Refusal(f"字段“{field.label}”的值“{raw}”不是有效的日期", 8, field.key) from error
    if at is not None and field.kind is FieldKind.DATE:
        return at.replace(hour=0, minute=0, second=0, microsecond=0)
    return at
