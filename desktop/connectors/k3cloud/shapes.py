"""Kingdee K/3 Cloud: field keys, filters, values and Models. Pure; knows the vendor's notation and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import BillStatus, Row, Value

_FIELD_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_RECORD_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")

_STATUS = {
    "Z": BillStatus.DRAFT,
    "A": BillStatus.CREATED,
    "B": BillStatus.SUBMITTED,
    "C": BillStatus.AUDITED,
    "D": BillStatus.REOPENED,
}
_VOIDED = "B"


@dataclass(frozen=True, slots=True)
class FormKeys:
    """The field keys that every listing needs; a flow's erp.options overrides them. cancel "" = the form has none.

    entry_id, entry_seq: what follows "<Entity>_" for a line's id and its place; entry_seq "" = do not ask for it.
    """

    id: str
    number: str
    status: str
    changed: str
    cancel: str
    entry_id: str
    entry_seq: str

    @classmethod
    def of(cls, side: ErpSide) -> FormKeys:
        """The keys of one side, defaults filled in."""
        told = side.options
        return cls(
            id=told.get("id_field", "FID"),
            number=told.get("number_field", "FBillNo"),
            status=told.get("status_field", "FDocumentStatus"),
            changed=told.get("changed_field", "FModifyDate"),
            cancel=told.get("cancel_field", "FCancelStatus"),
            entry_id=told.get("entry_id", "FEntryID"),
            entry_seq=told.get("entry_seq", "FSeq"),
        )


def field_key(text: str) -> str:
    """`text`, when it is a field or form key; anything else never reaches a query. PER-715."""
    if not _FIELD_KEY.fullmatch(text):
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"field key {text!r}")
    return text


def record_key(text: str) -> str:
    """`text`, when it can be an internal id (ids travel in one comma-separated list). PER-715."""
    if not _RECORD_KEY.fullmatch(text):
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"record id {text!r}")
    return text


def quoted(text: str) -> str:
    """A value for a filter. The server escapes nothing itself."""
    return "'" + text.replace("'", "''") + "'"


def literal(key: str) -> str:
    """An internal id for a filter: plain digits for the usual numeric key column, else quoted."""
    return key if key.isascii() and key.isdigit() else quoted(record_key(key))


def one_of(field: str, keys: Sequence[str], *, use_in: bool, written: Callable[[str], str] = literal) -> str:
    """A filter for any of `keys`, internal ids unless `written` says otherwise. use_in: `in (...)`, which some
    installations do not understand."""
    field_key(field)
    if use_in:
        return f"{field} in ({','.join(written(key) for key in keys)})"
    return " or ".join(f"{field}={written(key)}" for key in keys)


def plain(value: Any) -> Value:
    """A value of the server as we hold it: blanks as "", every number as Decimal without idle zeros."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return _trimmed(Decimal(value))
    text = str(value)
    return text if text.strip() else ""


def _trimmed(number: Decimal) -> Decimal:
    """100.0000000000 and 100 are the same amount, and must read so in a form and in a digest."""
    if not number:
        return Decimal(0)
    if number.adjusted() > 40:
        return number
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def text_of(value: Any) -> str:
    """A value as text for a head: "" for nothing."""
    held = plain(value)
    if isinstance(held, Decimal):
        return f"{held:f}"
    return "" if held is None else str(held)


def moment(value: Any, zone: tzinfo) -> datetime | None:
    """The server's local time as aware UTC; None where it gives none."""
    try:
        read = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


def bill_status(system_id: str, number: str, status: Any, cancel: Any) -> BillStatus:
    """Where the bill stands; a void one is void whatever else it says. DAT-410 for a letter that we do not know."""
    if text_of(cancel) == _VOIDED:
        return BillStatus.VOID
    try:
        return _STATUS[text_of(status)]
    except KeyError:
        said = f"status {text_of(status)!r}"
        raise SyncError(ErrorCode.UNREADABLE, system=system_id, number=number, said=said) from None


def model(header: Row, lines: Mapping[str, Iterable[Row]]) -> dict[str, Any]:
    """A Model for Save. Key order is kept: setting a field fires rules that fill or clear others."""
    whole = nested(header)
    for table, rows in lines.items():
        whole[field_key(table)] = [nested(row) for row in rows]
    return whole


def nested(row: Row) -> dict[str, Any]:
    """{"FCustId.FNumber": "C1"} -> {"FCustId": {"FNumber": "C1"}}. Nothing (None), and an empty reference, stay out."""
    whole: dict[str, Any] = {}
    for target, value in row.items():
        if value is None or (value == "" and "." in target):
            continue
        *path, leaf = field_key(target).split(".")
        at = whole
        for step in path:
            at = at.setdefault(step, {})
            if not isinstance(at, dict):
                raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"field key {target!r}")
        at[leaf] = value
    return whole


def touched(row: Row) -> list[str]:
    """Every key that a Model made from `row` speaks of, parents included: for NeedUpDateFields."""
    return list(dict.fromkeys(part for target in row for part in field_key(target).split(".")))
