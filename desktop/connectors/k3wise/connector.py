"""Kingdee K/3 WISE: the protocol ErpConnector over the wire in client.py.

There is no state "submitted" here: what stands for it is a setting (shapes.Trigger). A bill is known by its number; the
interface takes nothing else. One bill for each call. Source: reference kingdee-k3wise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.connectors.base import Capabilities, Outcome, Secrets, SystemInfo, Vendor, VendorField
from desktop.connectors.k3wise import checking, vouchers
from desktop.connectors.k3wise.basedata import FORMS
from desktop.connectors.k3wise.client import Client
from desktop.connectors.k3wise.deeds import Deeds
from desktop.connectors.k3wise.reading import Reader
from desktop.connectors.k3wise.shapes import HEAD, FormKeys, Trigger, is_yes, leaf, text_of
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import (
    BaseItem,
    Bill,
    BillDraft,
    BillHead,
    FieldInfo,
    FileHead,
    LinkedBill,
    Ref,
    Row,
)
from desktop.domain.system import System, SystemRole

T = TypeVar("T")

CAPABILITIES = Capabilities(find_by_key=True, look_up=True, read_batch=1, no_links=True)


class K3Wise:
    """One account set as an ErpConnector. Options: those of Client, Reader, Deeds and FormKeys, and zone, realm, company
    (whose account set it is, where the forms have no field that tells), disabled_field (of base data)."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self.system = system
        self.capabilities = CAPABILITIES
        self._client = Client(system, secrets)
        zone = _zone(system.options.get("zone") or "Asia/Shanghai")
        self._reader = Reader(self._client, system, zone)
        self._vouchers = vouchers.Vouchers(self._client, system, zone)
        self._deeds = Deeds(self._client, self._reader, system)

    # --- what every connector has ------------------------------------------------------------------------------------
    def check(self) -> SystemInfo:
        """Every step of the connection, in order, up to the first that fails. Never raises."""
        return SystemInfo(tuple(checking.steps(self._client)), clock_skew_s=self.clock_skew_s())

    def realm(self) -> str:
        """The option `realm`, else server and account set: its id alone counts from 1 on every server."""
        if named := self.system.options.get("realm", ""):
            return named
        host = urlsplit(self.system.base_url.lower()).hostname or ""
        return f"{host}/{self._client.token().account_set}"

    def clock_skew_s(self) -> float:
        """Server clock minus ours as last seen; 0.0 before the first call."""
        return self._client.wire.skew_s

    def close(self) -> None:
        """There is no sign-out; only the sockets are freed. Never raises."""
        self._client.close()

    def base_data(self, kind: str) -> Iterator[BaseItem]:
        """All records of one of the five kinds that have a form; PER-714 for any other."""
        if kind not in FORMS:
            raise self._cannot(f"base data {kind}")
        flag = self.system.options.get("disabled_field", "") or "FDeleted"
        columns = ["FNumber", "FName", "FItemID", flag]
        for row in self._reader.listed(FORMS[kind], "FNumber", columns, ""):
            code = text_of(leaf(row, "FNumber"))
            if code:
                key = text_of(leaf(row, "FItemID")) or code
                yield BaseItem(kind, key, code, text_of(leaf(row, "FName")), is_yes(leaf(row, flag)))

    # --- reads ---------------------------------------------------------------------------------------------------------
    def fields(self, form: str) -> tuple[FieldInfo, ...]:
        """The fields of the form's template: those of the head under table "", lines under their page. It tells no titles."""
        if form == vouchers.FORM:
            return self._vouchers.fields()
        found = []
        for page, rows in self._reader.template(form).items():
            first = rows[0] if isinstance(rows, list) and rows else rows
            for name, value in first.items() if isinstance(first, dict) else ():
                kind = "reference" if isinstance(value, dict) else type(value).__name__
                found.append(FieldInfo("" if page == HEAD else page, name, name, kind))
        if not found:
            raise SyncError(
                ErrorCode.UNREADABLE, system=self.system.id, number=form, said="template without fields"
            )
        return tuple(found)

    def objections(self, side: ErpSide) -> list[SyncError]:
        """PER-721: under this trigger a bill that is sent back counts as handed in again at once. DAT-403: the flow names no
        tick field, or the form lacks it."""
        keys = FormKeys.of(side, self.system)
        if keys.trigger is Trigger.SAVED:
            return [
                SyncError(
                    ErrorCode.TRIGGER_LOOPS, certain=True, system=self.system.id, trigger=keys.trigger.value
                )
            ]
        if keys.trigger is Trigger.TICK and keys.tick not in {each.key for each in self.fields(side.form)}:
            field = keys.tick or "erp.options.tick_field"
            return [SyncError(ErrorCode.FIELD_MISSING, certain=True, form=side.form, field=field, said="")]
        return []

    def submitted_bills(self, side: ErpSide) -> Iterator[BillHead]:
        """Heads of all bills that are handed in and not audited, in the order of their numbers."""
        return self._reader.pending(side)

    def bill_heads(self, side: ErpSide, keys: Sequence[str]) -> dict[str, BillHead]:
        """Heads by number. A number that the server does not show is absent."""
        if side.form == vouchers.FORM:
            found = self._vouchers.by_ids(side, keys)
            return {key: self._vouchers.head(side, bill) for key, bill in found.items()}
        number = FormKeys.of(side, self.system).number
        return {head.ref.key: head for head in self._reader.with_values(side, number, keys)}

    def read_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, Bill]:
        """Whole bills by number, a call for each."""
        if side.form == vouchers.FORM:
            return self._vouchers.by_ids(side, keys)
        found = ((key, self._reader.bill(side, key)) for key in dict.fromkeys(keys))
        return {key: bill for key, bill in found if bill is not None}

    def find_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[BillHead]]:
        """Bills whose key field equals one of `keys`, by that key. PER-702 where the form has no key field."""
        if not side.key_field:
            raise SyncError(
                ErrorCode.KEY_FIELD_MISSING, certain=True, system=self.system.id, form=side.form, field=""
            )
        if not all(key.strip() for key in keys):
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said="empty key")
        if side.form == vouchers.FORM:
            return self._vouchers.with_keys(side, keys)
        found: dict[str, list[BillHead]] = {}
        for head in self._reader.with_values(side, side.key_field, keys):
            found.setdefault(head.our_key, []).append(head)
        return found

    def find_numbers(self, side: ErpSide, numbers: Sequence[str]) -> list[BillHead]:
        """Heads by bill number."""
        told = [number.strip() for number in numbers if number.strip()]
        return self._reader.with_values(side, FormKeys.of(side, self.system).number, told)

    def bills_with(self, side: ErpSide, field: str, values: Sequence[str]) -> list[Bill]:
        """Bills with the lines where `field` equals one of `values`: the list names candidates, the bills decide."""
        wanted = frozenset(value for value in values if value)
        if not wanted:
            return []
        table = next(iter(side.tables), "")
        found = []
        for number in self._reader.numbers_with(side, field, list(values)):
            bill = self._reader.bill(_reading(side, field, table), number)
            if bill is not None and (kept := _matching(bill, side, field, table, wanted)) is not None:
                found.append(kept)
        return found

    def audited_bills(self, side: ErpSide, since: datetime) -> Iterator[BillHead]:
        """The interface tells no time of an audit."""
        raise self._cannot("audited_bills")

    def bill_files(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[FileHead]]:
        """The interface shows no attachments."""
        raise self._cannot("bill_files")

    def read_file(self, side: ErpSide, file: FileHead, most: int) -> bytes:
        """The interface gives no attachments."""
        raise self._cannot("read_file")

    def attach_file(self, side: ErpSide, ref: Ref, name: str, content: bytes) -> Ref:
        """The interface takes no attachments."""
        raise self._cannot("attach_file")

    def later_bills(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        """The interface tells no links between bills."""
        raise self._cannot("later_bills")

    def earlier_bills(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        """The interface tells no links between bills."""
        raise self._cannot("earlier_bills")

    def open_link(self, ref: Ref, user: str) -> str:
        """The client program knows no addresses."""
        raise self._cannot("open_link")

    # --- effects -------------------------------------------------------------------------------------------------------
    def save_bills(self, side: ErpSide, drafts: Sequence[BillDraft]) -> list[Outcome]:
        """*effect* New bills, not handed in, our key in the key field."""
        save = self._vouchers.save if side.form == vouchers.FORM else self._deeds.save
        return _each(drafts, lambda draft: save(side, draft))

    def submit_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* Starts the review, or ticks the box."""
        return _each(refs, lambda ref: self._deeds.submit(side, ref))

    def audit_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* Passes every level of the review."""
        return _each(refs, lambda ref: self._deeds.audit(side, ref))

    def send_back_bills(
        self, side: ErpSide, heads: Sequence[BillHead], reasons: Sequence[str]
    ) -> list[Outcome]:
        """*effect* Rejected, un-audited, or the box cleared: with its maker again. The ERP keeps the reason with a rejection."""
        works = list(zip(heads, reasons, strict=True))
        return _each(works, lambda work: self._deeds.send_back(side, *work))

    def note_bills(self, side: ErpSide, notes: Sequence[tuple[Ref, Row]]) -> list[Outcome]:
        """*effect, best effort* Head fields of bills that lie with their makers."""
        return _each(notes, lambda note: self._deeds.note(side, *note))

    def push_bill(self, side: ErpSide, ref: Ref, target: ErpSide, options: Mapping[str, str]) -> Ref:
        """The interface has no conversion: a flow makes each bill by its own mapping."""
        raise self._cannot("push_bill")

    def delete_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* Gone; the ERP refuses what is audited."""
        return _each(refs, lambda ref: self._deeds.delete(side, ref))

    def _cannot(self, what: str) -> SyncError:
        return SyncError(ErrorCode.CANNOT, certain=True, system=self.system.id, what=what)


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


def _reading(side: ErpSide, field: str, table: str) -> ErpSide:
    """The side with `field` among what is read, of head and lines."""
    tables = {table: (*side.tables[table], field)} if table else {}
    return ErpSide(
        side.form, side.key_field, side.company_field, side.maker_field, side.note_field, (*side.header, field), tables,
        side.options,
    )  # fmt: skip


def _matching(bill: Bill, side: ErpSide, field: str, table: str, wanted: frozenset[str]) -> Bill | None:
    """The bill with its matching lines, its own fields alone; None where nothing matches."""
    in_head = text_of(bill.header.get(field)) in wanted
    rows = bill.lines.get(table, {})
    kept = {key: row for key, row in rows.items() if in_head or text_of(row.get(field)) in wanted}
    if not in_head and not kept:
        return None
    names = side.tables.get(table, ())
    lines = {table: {key: {name: row[name] for name in names} for key, row in kept.items()}} if table else {}
    header = {name: bill.header[name] for name in side.header}
    return Bill(bill.ref, bill.status, header, lines, bill.maker, bill.changed_at)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if name == "Asia/Shanghai":  # no zone database on this machine; China keeps one offset
            return timezone(timedelta(hours=8), name)
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"zone {name!r}") from None


VENDOR = Vendor(
    id="k3wise",
    role=SystemRole.ERP,
    fields=(
        VendorField("authority_code", secret=True),
        VendorField("trigger", default="review", choices=("review", "tick", "saved")),
        VendorField("checker", required=False),
        VendorField("company", required=False),
        VendorField("zone", default="Asia/Shanghai"),
    ),
    capabilities=CAPABILITIES,
    connect=K3Wise,
    options=(
        VendorField("acct_id", required=False),
        VendorField("un_audit", required=False),
        VendorField("tick_on", required=False, default="1"),
        VendorField("tick_off", required=False, default="0"),
        VendorField("status_field", required=False, default="FStatus"),
        VendorField("review_field", required=False, default="FMultiCheckStatus"),
        VendorField("cancel_field", required=False, default="FCancellation"),
        VendorField("changed_field", required=False),
        VendorField("disabled_field", required=False, default="FDeleted"),
        VendorField("pending_filter", required=False),
        VendorField("update_nesting", required=False, default="inner", choices=("inner", "outer")),
        VendorField("page_rows", required=False, default="200"),
        VendorField("realm", required=False),
    ),
)
