"""Kingdee K/3 WISE: names, filters, values and pages. Pure; knows the vendor's notation and nothing else.

A bill is pages: Page1 holds the head, Page2 the lines (Page3 those of contracts). A reference is
{"FNumber": ..., "FName": ...}. Source: reference kingdee-k3wise, sections 4, 5 and 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import BillStatus, Row, Value
from desktop.domain.system import System

HEAD = "Page1"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_YES = frozenset({"1", "y", "yes", "true", "是", "√", "已审核"})
_NO = frozenset({"", "0", "n", "no", "false", "否", "未审核"})


class Trigger(Enum):
    """What stands for "handed in" in an ERP that has no such state: the multi-level review was started, a box on the bill is
    ticked, or the bill is saved at all (which a bill that was sent back is, too: refused)."""

    REVIEW = "review"
    TICK = "tick"
    SAVED = "saved"


@dataclass(frozen=True, slots=True)
class FormKeys:
    """Names that the vendor's sheet leaves open or that differ from form to form; a flow's erp.options go before the
    connection's options. "" = the form has none.

    changed:  a head field with the last change, where the customer's form has one.
    entry_id: a line's own number; where a page does not tell it, its place counts.
    tick: each form has a box of its own, so only a flow's erp.options tell it, never the connection's.
    tick_on, tick_off: what stands in a ticked box, and in an empty one.
    """

    number: str
    status: str
    review: str
    cancel: str
    changed: str
    entry_id: str
    trigger: Trigger
    tick: str
    tick_on: str
    tick_off: str

    @classmethod
    def of(cls, side: ErpSide, system: System) -> FormKeys:
        """The names of one side. Raises PER-715 for a trigger that nobody knows."""

        def told(name: str, default: str) -> str:
            return side.options.get(name, system.options.get(name, "") or default)

        trigger = told("trigger", Trigger.REVIEW.value)
        if trigger not in {each.value for each in Trigger}:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"trigger {trigger!r}")
        return cls(
            number=told("number_field", "FBillNo"), status=told("status_field", "FStatus"),
            review=told("review_field", "FMultiCheckStatus"), cancel=told("cancel_field", "FCancellation"),
            changed=told("changed_field", ""), entry_id=told("entry_id", "FEntryID"), trigger=Trigger(trigger),
            tick=side.options.get("tick_field", ""), tick_on=told("tick_on", "1"), tick_off=told("tick_off", "0"),
        )  # fmt: skip

    @property
    def columns(self) -> list[str]:
        """Head fields that every listing needs."""
        tick = self.tick if self.trigger is Trigger.TICK else ""
        named = (self.number, self.status, self.review, self.cancel, self.changed, tick)
        return [name for name in named if name]

    def bill_status(self, head: Mapping[str, Any]) -> BillStatus:
        """Where the bill stands, as its head tells; a void one is void whatever else it says."""
        if is_yes(head.get(self.cancel)):
            return BillStatus.VOID
        if is_yes(head.get(self.status)):
            return BillStatus.AUDITED
        if self.trigger is Trigger.REVIEW and is_yes(head.get(self.review)):
            return BillStatus.SUBMITTED
        if self.trigger is Trigger.TICK and self.tick and is_yes(head.get(self.tick)):
            return BillStatus.SUBMITTED
        return BillStatus.SUBMITTED if self.trigger is Trigger.SAVED else BillStatus.CREATED


def is_yes(value: Any) -> bool:
    """A flag of the ERP: numbers above zero (some flags count), and the words it writes for yes."""
    text = text_of(value).strip().lower()
    if text in _NO:
        return False
    return text in _YES or (_NUMBER.fullmatch(text) is not None and Decimal(text) > 0)


def form_name(text: str) -> str:
    """`text`, when it can be a form; anything else never reaches an address. PER-715."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"form {text!r}")
    return text


def field_name(text: str) -> str:
    """`text`, when it is a field's name; anything else never reaches a filter. PER-715."""
    if not _NAME.fullmatch(text):
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"field {text!r}")
    return text


def plain_name(text: str) -> str:
    """The field itself, without what its reference tells: "FCustID.FNumber" -> "FCustID"."""
    return field_name(text).split(".", 1)[0]


def quoted(text: str) -> str:
    """A value for a filter; the server escapes nothing itself."""
    return "'" + text.replace("'", "''") + "'"


def equals(name: str, values: Sequence[str]) -> str:
    """A filter for any of `values`."""
    return " or ".join(f"[{plain_name(name)}] = {quoted(value)}" for value in values)


def leaf(held: Mapping[str, Any], name: str) -> Any:
    """What `name` ("Fdate", "FCustID.FNumber") holds; names are compared without case, as the server does.

    In lists a reference may come as its plain text instead of an object: then that text is all there is.
    """
    first, _, second = name.partition(".")
    value = _value(held, first)
    if isinstance(value, dict):
        return _value(value, second or "FNumber")
    return value


def knows(held: Mapping[str, Any], name: str) -> bool:
    """True where the page has a field of this name."""
    low = name.partition(".")[0].lower()
    return any(key.lower() == low for key in held)


def _value(held: Mapping[str, Any], name: str) -> Any:
    if name in held:
        return held[name]
    low = name.lower()
    return next((value for key, value in held.items() if key.lower() == low), None)


def plain(value: Any, *, numeric: bool = False) -> Value:
    """A value as we hold it: blanks as "", numbers as Decimal without idle zeros.

    numeric: the form's template shows a number here, so that a number written as text is one all the same.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return _trimmed(Decimal(value))
    text = str(value)
    if numeric and _NUMBER.fullmatch(text.strip()):
        return _trimmed(Decimal(text.strip()))
    return text if text.strip() else ""


def _trimmed(number: Decimal) -> Decimal:
    if not number:
        return Decimal(0)
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def text_of(value: Any) -> str:
    """A value as text: "" for nothing."""
    held = plain(value)
    if isinstance(held, Decimal):
        return f"{held:f}"
    if isinstance(held, bool):
        return "1" if held else "0"
    return "" if held is None else str(held)


def moment(value: Any, zone: tzinfo) -> datetime | None:
    """The server's local time as aware UTC; None where it gives none."""
    try:
        read = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


def nested(row: Row) -> dict[str, Any]:
    """{"FCustID.FNumber": "C1"} -> {"FCustID": {"FNumber": "C1"}}. Nothing (None), and an empty reference, stay out."""
    whole: dict[str, Any] = {}
    for target, value in row.items():
        if value is None or (value == "" and "." in target):
            continue
        first, _, second = field_name(target).partition(".")
        if not second:
            whole[first] = value
            continue
        inner = whole.setdefault(first, {})
        if not isinstance(inner, dict):
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"field {target!r}")
        inner[second] = value
    return whole


def pages(header: Row, lines: Mapping[str, Iterable[Row]]) -> dict[str, Any]:
    """The body of a new bill: one head, and each page's lines."""
    return {
        HEAD: [nested(header)],
        **{form_name(page): [nested(row) for row in rows] for page, rows in lines.items()},
    }
