"""A record of the toy ERP (a bill, or base data), its history, and the table that finds records fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from desktop.sandbox.erp_fields import KEY_FIELD, Form


class Refusal(Exception):
    """The ERP says no. `code` is the vendor's MsgCode, `text` its words, `field_name` the field that is at fault."""

    def __init__(self, text: str, code: int = 11, field_name: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.field_name = field_name


class Act(NamedTuple):
    """One line of a bill's history. `result` is "" when the act changed the bill, else the words of the refusal."""

    at: datetime
    actor: str
    operation: str
    result: str


@dataclass(eq=False, slots=True, repr=False)
class ErpBill:
    """A bill or a record of base data.

    head:    values by field key, those of sub-heads included: str, Decimal, int, bool, naive local datetime,
             or the ErpBill that a reference points to.
    entries: lines by entity key; each line is a dict with FEntryID (int) and its fields.
    status:  Z, A, B, C or D.
    created_at, modified_at, approved_at: aware UTC.
    """

    id: int
    form: str
    number: str
    head: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    status: str = "A"
    cancel_status: str = "A"
    close_status: str = "A"
    forbid_status: str = "A"
    creator: ErpBill | None = None
    modifier: ErpBill | None = None
    approver: ErpBill | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    approved_at: datetime | None = None
    locked_by: str = ""
    workflow_running: bool = False
    sources: list[tuple[str, int]] = field(default_factory=list)
    downstream: list[tuple[str, int]] = field(default_factory=list)
    history: list[Act] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    indexed: tuple[str, str, str] = ("", "", "")

    def __repr__(self) -> str:
        return f"<{self.form} {self.number} #{self.id} {self.status}>"

    @property
    def maker(self) -> str:
        """The account of the user who made it."""
        return self.creator.number if self.creator else ""

    @property
    def name(self) -> str:
        """The name of a record of base data."""
        return str(self.head.get("FName") or "")

    @property
    def key(self) -> str:
        """The content of the custom field that takes the bridge's key."""
        return str(self.head.get(KEY_FIELD) or "")

    @property
    def org(self) -> str:
        """The number of the using organisation of a record of base data, "" where all may use it."""
        used_by = self.head.get("FUseOrgId")
        return used_by.number if used_by else ""

    def times(self, operation: str) -> int:
        """How often `operation` ("Save", "Submit", "Audit", ...) truly changed this bill."""
        return self.counts[operation]

    def lines(self) -> Iterable[dict[str, Any]]:
        """All lines of all tables."""
        for rows in self.entries.values():
            yield from rows


class Table:
    """The records of one form, found by id, by number, by our key and by state."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.by_id: dict[int, ErpBill] = {}
        self._by_number: dict[str, dict[int, ErpBill]] = {}
        self._by_key: dict[str, dict[int, ErpBill]] = {}
        self._by_status: dict[str, dict[int, ErpBill]] = {}

    def put(self, bill: ErpBill) -> None:
        """Adds a record, or finds its places anew after a change."""
        if bill.id in self.by_id:
            now = (bill.number.casefold(), bill.key.casefold(), bill.status)
            if now == bill.indexed:
                return
            self._forget(bill)
        self.by_id[bill.id] = bill
        bill.indexed = (bill.number.casefold(), bill.key.casefold(), bill.status)
        for index, value in zip(self._indexes(), bill.indexed, strict=True):
            index.setdefault(value, {})[bill.id] = bill

    def remove(self, bill: ErpBill) -> None:
        """Takes a record out."""
        self._forget(bill)
        del self.by_id[bill.id]

    def with_number(self, number: str) -> list[ErpBill]:
        """Records with this number, in any case (base data: one for each organisation)."""
        return list(self._by_number.get(number.casefold(), {}).values())

    def with_key(self, key: str) -> list[ErpBill]:
        """Records whose custom key field equals `key`."""
        return list(self._by_key.get(key.casefold(), {}).values())

    def with_status(self, status: str) -> list[ErpBill]:
        """Records in this state."""
        return list(self._by_status.get(status, {}).values())

    def _indexes(self) -> tuple[dict[str, dict[int, ErpBill]], ...]:
        return (self._by_number, self._by_key, self._by_status)

    def _forget(self, bill: ErpBill) -> None:
        for index, value in zip(self._indexes(), bill.indexed, strict=True):
            places = index.get(value, {})
            places.pop(bill.id, None)
            if not places:
                index.pop(value, None)
