"""The connector of the invented ERP: every capability flag is off. Written as a vendor's folder would be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

from desktop.connectors.base import Capabilities, Outcome, Secrets, SystemInfo, Vendor, VendorField
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import (
    BaseItem,
    Bill,
    BillDraft,
    BillHead,
    BillStatus,
    FieldInfo,
    FileHead,
    LinkedBill,
    Ref,
    Row,
    Value,
)
from desktop.domain.system import System, SystemRole
from tests.invented.door import Door

T = TypeVar("T")

CAPABILITIES = Capabilities()
_STATES = {
    "new": BillStatus.CREATED, "waiting": BillStatus.SUBMITTED, "done": BillStatus.AUDITED,
    "back": BillStatus.REOPENED, "void": BillStatus.VOID,
}  # fmt: skip
_NUMBERS = frozenset({"total", "count", "price", "sum"})


class Abacus:
    """One tenant of the invented ERP."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self.system = system
        self.capabilities = CAPABILITIES
        self._door = Door(system, secrets, self._refusal)
        self._page = int(system.number("page", 100))

    def check(self) -> SystemInfo:
        return self._door.check()

    def realm(self) -> str:
        return self._door.realm()

    def clock_skew_s(self) -> float:
        return self._door.wire.skew_s

    def close(self) -> None:
        self._door.close()

    # --- reads
    def fields(self, form: str) -> tuple[FieldInfo, ...]:
        told = self._door.read("GET", f"form/{form}")["fields"]
        return tuple(FieldInfo(each["table"], each["name"], each["title"], each["type"]) for each in told)

    def base_data(self, kind: str) -> Iterator[BaseItem]:
        for row in self._door.read("GET", f"base/{quote(kind)}")["rows"]:
            yield BaseItem(kind, row["code"], row["code"], row["name"], row["retired"])

    def objections(self, side: ErpSide) -> list[SyncError]:
        return []

    def submitted_bills(self, side: ErpSide) -> Iterator[BillHead]:
        after, more = "0", True
        while more:
            page = self._door.read("GET", "orders", query={"after": after, "limit": str(self._page)})
            for row in page["rows"]:
                yield self._head(side, row)
                after = str(row["id"])
            more = bool(page["more"])

    def bill_heads(self, side: ErpSide, keys: Sequence[str]) -> dict[str, BillHead]:
        rows = self._door.read("POST", "orders/heads", {"ids": list(keys)})["rows"]
        return {str(row["id"]): self._head(side, row) for row in rows}

    def read_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, Bill]:
        rows = self._door.read("POST", "orders/whole", {"ids": list(keys)})["rows"]
        return {str(row["id"]): self._bill(side, row) for row in rows}

    def find_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[BillHead]]:
        raise self._cannot("find_bills")

    def find_numbers(self, side: ErpSide, numbers: Sequence[str]) -> list[BillHead]:
        raise self._cannot("find_numbers")

    def bills_with(self, side: ErpSide, field: str, values: Sequence[str]) -> list[Bill]:
        raise self._cannot("bills_with")

    def bill_files(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[FileHead]]:
        raise self._cannot("bill_files")

    def read_file(self, side: ErpSide, file: FileHead, most: int) -> bytes:
        raise self._cannot("read_file")

    def attach_file(self, side: ErpSide, ref: Ref, name: str, content: bytes) -> Ref:
        raise self._cannot("attach_file")

    def audited_bills(self, side: ErpSide, since: datetime) -> Iterator[BillHead]:
        raise self._cannot("audited_bills")

    def later_bills(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        raise self._cannot("later_bills")

    def earlier_bills(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        raise self._cannot("earlier_bills")

    def open_link(self, ref: Ref, user: str) -> str:
        return f"{self.system.base_url.rstrip('/')}/desk#{quote(ref.key)}"

    def _head(self, side: ErpSide, row: Mapping[str, Any]) -> BillHead:
        head = row["head"]
        return BillHead(
            ref=Ref(self.system.id, side.form, str(row["id"]), head["number"]),
            status=_STATES[row["state"]],
            maker=str(head.get(side.maker_field, "")),
            changed_at=datetime.fromisoformat(row["touched"]).astimezone(UTC),
            our_key=str(head.get(side.key_field, "")),
            company=str(head.get(side.company_field, "")),
        )

    def _bill(self, side: ErpSide, row: Mapping[str, Any]) -> Bill:
        head = self._head(side, row)
        lines = {
            str(item["line_id"]): _row(item, fields)
            for fields in side.tables.values()
            for item in row["items"]
        }
        header = _row(row["head"], side.header)
        return Bill(
            head.ref, head.status, header, dict.fromkeys(side.tables, lines), head.maker, head.changed_at
        )

    # --- effects
    def save_bills(self, side: ErpSide, drafts: Sequence[BillDraft]) -> list[Outcome]:
        return _each(drafts, lambda draft: self._save(side, draft))

    def _save(self, side: ErpSide, draft: BillDraft) -> Ref:
        head = {**draft.header, side.key_field: draft.key}
        items = [dict(row) for rows in draft.lines.values() for row in rows]
        made = self._door.effect("orders/new", {"head": head, "items": items}, draft.key)
        return Ref(self.system.id, side.form, str(made["id"]), made["number"])

    def submit_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        return _each(refs, lambda ref: self._deed("submit", ref))

    def audit_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        return _each(refs, lambda ref: self._deed("approve", ref))

    def send_back_bills(
        self, side: ErpSide, heads: Sequence[BillHead], reasons: Sequence[str]
    ) -> list[Outcome]:
        there = (BillStatus.SUBMITTED, BillStatus.AUDITED)
        return _each(
            heads, lambda head: self._deed("give_back", head.ref) if head.status in there else head.ref
        )

    def note_bills(self, side: ErpSide, notes: Sequence[tuple[Ref, Row]]) -> list[Outcome]:
        return _each(notes, lambda note: self._deed("note", note[0], {"head": dict(note[1])}))

    def delete_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        return _each(refs, lambda ref: self._deed("delete", ref))

    def push_bill(self, side: ErpSide, ref: Ref, target: ErpSide, options: Mapping[str, str]) -> Ref:
        raise self._cannot("push_bill")

    def _deed(self, deed: str, ref: Ref, body: Mapping[str, Any] | None = None) -> Ref:
        self._door.effect(f"orders/{quote(ref.key)}/{deed}", body or {}, ref.number)
        return ref

    def _cannot(self, what: str) -> SyncError:
        return SyncError(ErrorCode.CANNOT, certain=True, system=self.system.id, what=what)

    def _refusal(self, word: str, text: str, number: str, _answer: Mapping[str, Any]) -> SyncError:
        own = self.system.id
        if word == "open_elsewhere":
            return SyncError(ErrorCode.LOCKED_BY_USER, certain=True, number=number, said=text)
        if word == "later_bills":
            return SyncError(ErrorCode.DOWNSTREAM_BLOCKS, certain=True, number=number, said=text)
        if word == "not_there":
            return SyncError(ErrorCode.RECORD_MISSING, certain=True, system=own, number=number)
        if word == "no_such_kind":
            return SyncError(ErrorCode.CANNOT, certain=True, system=own, what=f"base data {text}")
        return SyncError(ErrorCode.REFUSED, certain=True, system=own, number=number, said=text)


def _each(works: Sequence[T], call: Callable[[T], Ref]) -> list[Outcome]:
    """One call for each record. A single one whose fate nobody knows is the whole call's trouble, and raised."""
    made = []
    for work in works:
        try:
            made.append(Outcome(ref=call(work)))
        except SyncError as error:
            if len(works) == 1 and not error.certain:
                raise
            made.append(Outcome(error=error))
    return made


def _row(told: Mapping[str, Any], names: Sequence[str]) -> dict[str, Value]:
    return {name: _value(name, told.get(name)) for name in names}


def _value(name: str, value: Any) -> Value:
    return Decimal(str(value)) if name in _NUMBERS and value not in (None, "") else value


VENDOR = Vendor(
    id="abacus",
    role=SystemRole.ERP,
    fields=(VendorField("user"), VendorField("secret", secret=True)),
    capabilities=CAPABILITIES,
    connect=Abacus,
    options=(VendorField("page", required=False),),
)
