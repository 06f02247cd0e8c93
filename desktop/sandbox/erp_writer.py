"""Making and changing bills of the toy ERP: what people type, what the wire sends, and what is put back when refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_fields import FieldKind, Form
from desktop.sandbox.erp_mover import Mover
from desktop.sandbox.erp_save import LINE_ID, Packet, SaveOptions, Saver, read_packet
from desktop.sandbox.erp_settings import ErpSettings
from desktop.sandbox.erp_states import check_save

_BY_HAND = SaveOptions(verify=True, adjust_order=True, delete_entries=False)


class Writer(Mover):
    """A ledger whose bills can be made and changed."""

    def __init__(
        self, clock: Callable[[], datetime] | None = None, settings: ErpSettings | None = None
    ) -> None:
        super().__init__(clock, settings)
        self._sequences: dict[str, int] = {}
        self._packets: dict[str, datetime] = {}
        self._saver = Saver(self.values, self.new_line_id, self.today)

    def make(
        self,
        form: str,
        header: Mapping[str, Any],
        lines: Mapping[str, Sequence[Mapping[str, Any]]],
        maker: str,
        *,
        submit: bool = False,
    ) -> ErpBill:
        """A new bill, typed by a person: values by field key, sub-head fields beside head fields, base data by number."""
        definition = self.forms[form]
        packet = self._typed_packet(definition, header, lines)
        with self.guard:
            bill = self._save_new(definition, packet, _BY_HAND, maker, draft=False)
            if submit:
                self.operate("Submit", form, bill.id, maker)
        return bill

    def keep_draft(
        self,
        form: str,
        header: Mapping[str, Any],
        lines: Mapping[str, Sequence[Mapping[str, Any]]],
        maker: str,
    ) -> ErpBill:
        """The same, kept as a draft (Z): nothing is required, and there is no number yet."""
        definition = self.forms[form]
        packet = self._typed_packet(definition, header, lines)
        with self.guard:
            return self._save_new(definition, packet, _BY_HAND, maker, draft=True)

    def _typed_packet(
        self, form: Form, header: Mapping[str, Any], lines: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> Packet:
        packet = Packet(number=str(header.get(form.number_field, "")))
        packet.head = [
            (form.by_key[key], self._typed(form, key, value))
            for key, value in header.items()
            if key != form.number_field
        ]
        packet.lines = {table: [self._typed_line(form, row) for row in rows] for table, rows in lines.items()}
        return packet

    def edit(
        self,
        form: str,
        bill_id: int,
        user: str,
        changes: Mapping[str, Any],
        line_changes: Mapping[int, Mapping[str, Any] | None] | None = None,
        new_lines: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> ErpBill:
        """A person changes a bill. line_changes: by line id, None deletes the line; new_lines: by table."""
        definition = self.forms[form]
        packet = Packet(id=bill_id)
        packet.head = [
            (definition.by_key[key], self._typed(definition, key, value)) for key, value in changes.items()
        ]
        with self.guard:
            bill = self._known(definition, bill_id)
            wanted = dict(line_changes or {})
            for table, rows in bill.entries.items():
                changes_here = [(row[LINE_ID], wanted.get(row[LINE_ID])) for row in rows]
                packet.lines[table] = [
                    {LINE_ID: line_id, **self._typed_line(definition, change)}
                    for line_id, change in changes_here
                    if change is not None
                ]
            for table, added in (new_lines or {}).items():
                typed = [self._typed_line(definition, row) for row in added]
                packet.lines[table] = [*packet.lines.get(table, ()), *typed]
            gone = {line_id for line_id, change in wanted.items() if change is None}
            return self._save_known(definition, bill, packet, _BY_HAND, user, draft=False, gone=gone)

    def save(
        self,
        form: str,
        model: Mapping[str, Any],
        user: str,
        options: SaveOptions | None = None,
        *,
        draft: bool = False,
        audit_at_once: bool = False,
        refuse_repeat: bool = False,
    ) -> ErpBill:
        """Save or Draft as the wire brings it. audit_at_once: submit and audit too, or nothing at all."""
        definition = self.forms[form]
        options = options or SaveOptions()
        with self.guard:
            self._check_right(user, form, "Save")
            if refuse_repeat:
                self._refuse_repeat(form, model)
            packet = read_packet(definition, model)
            if packet.id == 0:
                bill = self._save_new(definition, packet, options, user, draft=draft)
                undo: Callable[[], None] = lambda: self._unmake(bill)  # noqa: E731
            else:
                bill = self._known(definition, packet.id)
                undo = self._keeper(bill)
                self._save_known(definition, bill, packet, options, user, draft=draft)
            if audit_at_once:
                self._audit_or_undo(form, bill, user, undo)
            return bill

    def _audit_or_undo(self, form: str, bill: ErpBill, user: str, undo: Callable[[], None]) -> None:
        try:
            self.operate("Submit", form, bill.id, user)
            self.operate("Audit", form, bill.id, user)
        except Refusal:
            undo()
            raise

    def _typed(self, form: Form, key: str, value: Any) -> Any:
        """People choose base data by number; the wire wraps it."""
        known = form.by_key[key]
        if known.kind in (FieldKind.REF, FieldKind.PARTY) and isinstance(value, str):
            return {"FNumber": value}
        if known.kind is FieldKind.FLEX and isinstance(value, Mapping):
            return {key: {"FNumber": number} for key, number in value.items()}
        return value

    def _typed_line(self, form: Form, row: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._typed(form, key, value) for key, value in row.items()}

    def _save_new(
        self, form: Form, packet: Packet, options: SaveOptions, user: str, *, draft: bool
    ) -> ErpBill:
        bill = ErpBill(next(self._ids), form.id, "", status="Z" if draft else "A")
        self._saver.lay(form, bill, packet, self._strict(options, draft), is_new=True)
        self._check_period(bill)
        self._check_number(form, bill, packet.number)
        bill.number = packet.number or ("" if draft else self._next_number(form))
        bill.creator = bill.modifier = self._user(user)
        bill.created_at = bill.modified_at = self.now()
        self._number_voucher(bill)
        self.tables[form.id].put(bill)
        self._done(bill, user, "Draft" if draft else "Save")
        return bill

    def _save_known(
        self,
        form: Form,
        bill: ErpBill,
        packet: Packet,
        options: SaveOptions,
        user: str,
        *,
        draft: bool,
        gone: Iterable[int] = (),
    ) -> ErpBill:
        def change() -> None:
            check_save(bill, draft=draft, submitted_is_open=self.settings.submitted_is_open)
            for table, rows in bill.entries.items():
                bill.entries[table] = [row for row in rows if row[LINE_ID] not in gone]
            self._saver.lay(form, bill, packet, self._strict(options, draft), is_new=False)
            self._check_period(bill)
            self._check_number(form, bill, packet.number)
            bill.number = packet.number or bill.number or ("" if draft else self._next_number(form))
            if bill.status == "Z" and not draft:
                bill.status = "A"

        restore = self._keeper(bill)
        try:
            self._change(bill, user, "Draft" if draft else "Save", change)
        except Refusal:
            restore()
            raise
        return bill

    def _strict(self, options: SaveOptions, draft: bool) -> SaveOptions:
        if not draft and not self.settings.verify_base_data:
            return options
        return SaveOptions(
            options.need_update,
            options.delete_entries,
            options.verify or (self.settings.verify_base_data and not draft),
            options.by_number,
            options.adjust_order,
            options.validate and not draft,
        )

    def _keeper(self, bill: ErpBill) -> Callable[[], None]:
        """Remembers a bill as it stands; calling the answer puts it back."""
        head = dict(bill.head)
        entries = {table: [dict(row) for row in rows] for table, rows in bill.entries.items()}
        counts = bill.counts.copy()
        kept = (bill.number, bill.status, bill.modified_at, bill.modifier, bill.approver, bill.approved_at)

        def restore() -> None:
            bill.head, bill.entries, bill.counts = head, entries, counts
            bill.number, bill.status, bill.modified_at, bill.modifier, bill.approver, bill.approved_at = kept
            self.tables[bill.form].put(bill)

        return restore

    def _unmake(self, bill: ErpBill) -> None:
        self.tables[bill.form].remove(bill)

    def _check_number(self, form: Form, bill: ErpBill, number: str) -> None:
        if number and any(other is not bill for other in self.tables[form.id].with_number(number)):
            raise Refusal(f"编码为“{number}”的{form.name}已存在", 11, form.number_field)

    def _next_number(self, form: Form) -> str:
        while True:
            self._sequences[form.id] = self._sequences.get(form.id, 0) + 1
            number = f"{form.prefix}{self._sequences[form.id]:06d}"
            if not self.tables[form.id].with_number(number):
                return number

    def _number_voucher(self, bill: ErpBill) -> None:
        """Vouchers are numbered within period and group: "0" or nothing asks for the next number."""
        if bill.form != "GL_VOUCHER":
            return
        place = [bill.head.get(key) for key in ("FAccountBookID", "FYEAR", "FPERIOD", "FVOUCHERGROUPID")]
        same = [
            other.head["FVOUCHERGROUPNO"]
            for other in self.tables[bill.form].by_id.values()
            if [other.head.get(key) for key in ("FAccountBookID", "FYEAR", "FPERIOD", "FVOUCHERGROUPID")]
            == place
        ]
        wanted = str(bill.head.get("FVOUCHERGROUPNO") or "0")
        if wanted in same:
            raise Refusal(f"凭证号“{wanted}”在本期间已存在", 11, "FVOUCHERGROUPNO")
        if wanted == "0":
            wanted = str(max((int(number) for number in same if number.isdigit()), default=0) + 1)
        bill.head["FVOUCHERGROUPNO"] = wanted

    def _refuse_repeat(self, form: str, model: Mapping[str, Any]) -> None:
        digest = hashlib.sha256(f"{form}{model!r}".encode()).hexdigest()
        last, now = self._packets.get(digest), self.now()
        if last is not None and now - last < timedelta(seconds=self.settings.repeat_window_s):
            raise Refusal("相同的数据包已经提交过，请勿重复提交！", 11)
        self._packets[digest] = now
