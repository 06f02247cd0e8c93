"""The toy ERP's world: its bills and base data, what people do to them, and what it refuses. Thread-safe; no HTTP."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from desktop.sandbox import group
from desktop.sandbox.erp_base import base_rows
from desktop.sandbox.erp_bill import Act, ErpBill, Refusal, Table
from desktop.sandbox.erp_desk import Desk
from desktop.sandbox.erp_fields import FieldKind, Form
from desktop.sandbox.erp_forms import all_forms
from desktop.sandbox.erp_prices import apply_adjustment
from desktop.sandbox.erp_query import Column, Query, Reader
from desktop.sandbox.erp_save import LINE_ID, Packet, SaveOptions, Saver, read_packet
from desktop.sandbox.erp_settings import ErpSettings
from desktop.sandbox.erp_states import LINE_SWITCHES, MOVES, SWITCHES, check_move, check_save, check_switch
from desktop.sandbox.erp_values import Values, to_local

_MONEY_FORMS = ("CN_PAYAPPLY", "ER_ExpReimbursement", "GL_VOUCHER", "AP_Payable", "IV_PURCHASEIC")
_BY_HAND = SaveOptions(verify=True, adjust_order=True, delete_entries=False)


class Erp(Desk):
    """One account set of the toy group.

    clock: gives aware UTC; printed times are in Asia/Shanghai. settings: the switches, see ErpSettings.
    Every method that changes a bill raises Refusal (the vendor's words and MsgCode) when the ERP would say no.
    """

    acct_id = "5f0d0000000000da"
    acct_number = "0010"
    acct_name = "单桥演示账套"
    user = group.INTEGRATION_USER
    password = "Sandbox#2026"
    app_id = "200001_RGFuUWlhb1NhbmRib3hTZWNyZXRB"
    app_secret = "5a9db0c5a9db0c5a9db0c5a9db0c5a9d"

    def __init__(
        self, clock: Callable[[], datetime] | None = None, settings: ErpSettings | None = None
    ) -> None:
        self.settings = settings or ErpSettings()
        self.forms: dict[str, Form] = all_forms()
        self.tables: dict[str, Table] = {form.id: Table(form) for form in self.forms.values()}
        self.graveyard: dict[tuple[str, int], ErpBill] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.session_epoch = 0
        self.guard = threading.RLock()
        self._clock = clock or (lambda: datetime.now(UTC))
        self._ids = count(100001)
        self._line_ids = count(200001)
        self._sequences: dict[str, int] = {}
        self._packets: dict[str, datetime] = {}
        self.values = Values(self.tables)
        self.reader = Reader(self.forms, self.tables)
        self._saver = Saver(self.values, lambda: next(self._line_ids), self.today)
        self._make_base_data()

    # --- time

    def now(self) -> datetime:
        """Aware UTC, to the millisecond, as the server stores it."""
        at = self._clock()
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def today(self) -> datetime:
        """Midnight of the server's local date, naive."""
        local = to_local(self.now())
        assert local is not None
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    # --- looking

    def bills(self, form: str) -> list[ErpBill]:
        """All bills of a form, oldest first."""
        with self.guard:
            return list(self.tables[form].by_id.values())

    def bill(self, form: str, bill_id: int) -> ErpBill:
        """The bill with this internal id. Raises KeyError."""
        return self.tables[form].by_id[bill_id]

    def find(self, form: str, number: str) -> ErpBill | None:
        """The bill with this number, or None."""
        with self.guard:
            return next(iter(self.tables[form].with_number(number)), None)

    def with_key(self, key: str) -> list[ErpBill]:
        """Every bill, whatever its form, whose custom key field holds `key`."""
        with self.guard:
            return [
                bill for table in self.tables.values() if table.form.is_bill for bill in table.with_key(key)
            ]

    def base(self, form: str, number: str, org: str = "") -> ErpBill | None:
        """A usable record of base data as organisation `org` sees it ("" = any), or None."""
        with self.guard:
            return self.values.base(form, number, org)

    def query(self, query: Query, user: str) -> tuple[list[Column], list[list[Any]]]:
        """Columns and raw rows of a list query, as far as the user's rights go. Raises Refusal."""
        with self.guard:
            if not self.settings.allows(user, query.form, "View"):
                if self.settings.v91_rights:
                    return [], []
                raise Refusal("您没有该功能的操作权限", 2)
            return self.reader.rows(query, self.settings.max_query_rows, self._visible(query.form))

    def _visible(self, form: str) -> Callable[[ErpBill], bool] | None:
        settings = self.settings
        if form in settings.hidden_forms:
            return lambda bill: False
        if not settings.hidden_orgs:
            return None
        known = self.forms.get(form)
        org_field = known.org_field if known else ""

        def seen(bill: ErpBill) -> bool:
            org = bill.head.get(org_field)
            return org is None or org.number not in settings.hidden_orgs

        return seen

    def seen(self, form: str, bill_id: int) -> ErpBill | None:
        """The bill with this id, or None where it is gone or the data rights hide it."""
        bill = self.tables[form].by_id.get(bill_id)
        visible = self._visible(form)
        return bill if bill is not None and (visible is None or visible(bill)) else None

    # --- making and changing

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
                changed = [
                    {LINE_ID: row[LINE_ID], **self._typed_line(definition, wanted[row[LINE_ID]] or {})}
                    for row in rows
                    if row[LINE_ID] in wanted
                ]
                if changed:
                    packet.lines[table] = changed
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
            check_save(bill, draft=draft)
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
        kept = (bill.number, bill.status, bill.modified_at, bill.modifier, bill.approver, bill.approved_at)

        def restore() -> None:
            bill.head, bill.entries = head, entries
            bill.number, bill.status, bill.modified_at, bill.modifier, bill.approver, bill.approved_at = kept
            self.tables[bill.form].put(bill)

        return restore

    def _unmake(self, bill: ErpBill) -> None:
        self.tables[bill.form].remove(bill)

    # --- states

    def operate(
        self, operation: str, form: str, bill_id: int, user: str, *, heed_workflow: bool = True
    ) -> ErpBill:
        """Submit, CancelAssign, Audit, UnAudit or Delete. heed_workflow False: audit in spite of a running workflow."""
        with self.guard:
            self._check_right(user, form, operation)
            bill = self._known(self.forms[form], bill_id)
            self._change(bill, user, operation, lambda: self._move(operation, bill, user, heed_workflow))
            if operation == "Delete":
                self._bury(bill)
            return bill

    def _move(self, operation: str, bill: ErpBill, user: str, heed_workflow: bool) -> None:
        check_move(operation, bill)
        if operation in ("Submit", "Audit"):
            self._check_period(bill)
        if operation == "Audit":
            running = bill.workflow_running or bill.form in self.settings.workflow_forms
            if running and heed_workflow:
                raise Refusal("单据存在正在运行的工作流实例，不允许审核！")
            if bill.form == "PUR_PAT":
                apply_adjustment(bill, lambda: next(self._line_ids))
            bill.approver, bill.approved_at = self._user(user), self.now()
        if operation == "UnAudit":
            if bill.form == "PUR_PAT":
                raise Refusal("调价已经生效，不允许反审核！")
            bill.approver = bill.approved_at = None
        if operation != "Delete":
            ends = self.settings.cancel_assign_to if operation == "CancelAssign" else MOVES[operation].ends
            bill.status = ends

    def switch(
        self, operation: str, form: str, bill_id: int, user: str, lines: Iterable[int] = ()
    ) -> ErpBill:
        """Any other operation of the form: Cancel, BillClose, Forbid, MRPClose ... `lines` names lines by id."""
        with self.guard:
            definition = self.forms[form]
            if operation not in (*definition.operations, "CloseEntry", "UnCloseEntry"):
                raise Refusal(f"操作“{operation}”不存在", 3)
            self._check_right(user, form, operation)
            bill = self._known(definition, bill_id)
            self._change(bill, user, operation, lambda: self._turn(operation, bill, set(lines)))
            return bill

    def _turn(self, operation: str, bill: ErpBill, lines: set[int]) -> None:
        if operation in SWITCHES:
            switch = check_switch(operation, bill)
            setattr(bill, switch.attr, switch.to)
            return
        if operation not in LINE_SWITCHES:
            raise Refusal(f"操作“{operation}”不支持", 12)
        ending, value = LINE_SWITCHES[operation]
        chosen = [row for row in bill.lines() if not lines or row[LINE_ID] in lines]
        keys = [
            each.key for each in self.forms[bill.form].by_key.values() if each.key.lower().endswith(ending)
        ]
        if not chosen or not keys or bill.status != "C":
            raise Refusal("没有可以执行该操作的分录", 12)
        for row in chosen:
            row.update(dict.fromkeys(keys, value))

    def submit(self, form: str, bill_id: int, user: str) -> ErpBill:
        """A or D -> B."""
        return self.operate("Submit", form, bill_id, user)

    def withdraw(self, form: str, bill_id: int, user: str) -> ErpBill:
        """B -> D (or A, by the settings): the operation that the server calls CancelAssign."""
        return self.operate("CancelAssign", form, bill_id, user)

    def audit(self, form: str, bill_id: int, user: str) -> ErpBill:
        """B -> C."""
        return self.operate("Audit", form, bill_id, user)

    def un_audit(self, form: str, bill_id: int, user: str) -> ErpBill:
        """C -> D."""
        return self.operate("UnAudit", form, bill_id, user)

    def delete(self, form: str, bill_id: int, user: str) -> ErpBill:
        """Z, A or D -> gone; the bill is kept in `graveyard` with its history."""
        return self.operate("Delete", form, bill_id, user)

    def void(self, form: str, bill_id: int, user: str) -> ErpBill:
        """Marks a bill that is not in approval as void."""
        return self.switch("Cancel", form, bill_id, user)

    def lock(self, form: str, bill_id: int, user: str) -> None:
        """The user has the bill open for editing: nobody else can work on it until `unlock`."""
        with self.guard:
            self._user(user)
            self.bill(form, bill_id).locked_by = user

    def unlock(self, form: str, bill_id: int) -> None:
        """The bill is closed again."""
        with self.guard:
            self.bill(form, bill_id).locked_by = ""

    def add_downstream(self, form: str, bill_id: int) -> None:
        """Somebody made a next bill from this one by hand: it cannot be un-audited any more."""
        with self.guard:
            self.bill(form, bill_id).downstream.append(("SAL_OUTSTOCK", next(self._ids)))

    def remove_downstream(self, form: str, bill_id: int) -> None:
        """Those next bills are gone again."""
        with self.guard:
            self.bill(form, bill_id).downstream.clear()

    def attach(self, form: str, bill_id: int, name: str, content: bytes, *, file_id: str = "") -> str:
        """Hangs a file on a bill; answers its file id, under which it is found in `files` and in BOS_Attachment."""
        with self.guard:
            bill, file_id = self.bill(form, bill_id), file_id or uuid.uuid4().hex
            head = {
                "FBillType": form,
                "FInterID": str(bill_id),
                "FBillNo": bill.number,
                "FAttachmentName": name,
                "FAttachmentSize": Decimal(len(content)),
                "FFileId": file_id,
            }
            at, number = self.now(), f"FJ{next(self._line_ids)}"
            record = ErpBill(
                next(self._ids), "BOS_Attachment", number, head, status="C", created_at=at, modified_at=at
            )
            self.tables[record.form].put(record)
            self.files[file_id] = (name, content)
            return file_id

    def kill_sessions(self) -> None:
        """Everybody is signed out, now."""
        self.session_epoch += 1

    # --- within

    def _change(self, bill: ErpBill, user: str, operation: str, change: Callable[[], None]) -> None:
        """Runs one change under the rules that hold for all: locks, history, change time, the server's wording."""
        try:
            self._check_lock(bill, user)
            try:
                change()
            except Refusal as refused:
                if operation in ("Save", "Draft"):
                    raise
                raise Refusal(self.told(bill, refused.text), refused.code, refused.field_name) from None
        except Refusal as refused:
            bill.history.append(Act(self.now(), user, operation, refused.text))
            raise
        self._touch(bill, user, operation)
        self._done(bill, user, operation)
        self.tables[bill.form].put(bill)

    def told(self, bill: ErpBill, text: str) -> str:
        """The server's pattern for what it says of one bill."""
        return f"单据编号为“{bill.number}”的{self.forms[bill.form].name}，{text}"

    def _touch(self, bill: ErpBill, user: str, operation: str) -> None:
        settings = self.settings
        if operation in ("Audit", "UnAudit") and not settings.modify_date_on_audit:
            return
        if operation in ("Submit", "CancelAssign") and not settings.modify_date_on_submit:
            return
        bill.modified_at, bill.modifier = self.now(), self._user(user)

    def _done(self, bill: ErpBill, user: str, operation: str) -> None:
        bill.history.append(Act(self.now(), user, operation, ""))
        bill.counts[operation] += 1

    def _bury(self, bill: ErpBill) -> None:
        self.tables[bill.form].remove(bill)
        self.graveyard[bill.form, bill.id] = bill
        for form, source_id in bill.sources:
            source = self.tables[form].by_id.get(source_id)
            if source and (bill.form, bill.id) in source.downstream:
                source.downstream.remove((bill.form, bill.id))

    def _known(self, form: Form, bill_id: int) -> ErpBill:
        bill = self.seen(form.id, bill_id)
        if bill is None:
            raise Refusal(f"内码为“{bill_id}”的{form.name}不存在", 10)
        return bill

    def user_record(self, account: str) -> ErpBill | None:
        """The user with this account, or None."""
        return self.values.base("SEC_User", account)

    def _user(self, account: str) -> ErpBill:
        found = self.user_record(account)
        if found is None:
            raise LookupError(f"no ERP user {account!r}")
        return found

    def _check_right(self, user: str, form: str, operation: str) -> None:
        if not self.settings.allows(user, form, operation):
            raise Refusal("您没有该功能的操作权限", 2)

    def _check_lock(self, bill: ErpBill, user: str) -> None:
        if bill.locked_by and bill.locked_by != user:
            name = self.forms[bill.form].name
            text = f"“{bill.locked_by}”使用业务单据：“{name}”业务操作-“[{name}-{bill.number}-修改]”冲突，请稍候再使用。"
            raise Refusal(text, self.settings.lock_code)

    def _check_period(self, bill: ErpBill) -> None:
        closed_until = self.settings.closed_until
        if closed_until is None or bill.form not in _MONEY_FORMS:
            return
        dates = (each for each in self.forms[bill.form].head.fields if each.kind is FieldKind.DATE)
        day = next((bill.head[each.key] for each in dates if bill.head.get(each.key)), None)
        if day is not None and day.date() <= closed_until:
            raise Refusal(f"业务日期{day:%Y-%m-%d}所在的会计期间已结账，不允许操作！")

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

    def _make_base_data(self) -> None:
        at = self.now()
        for row in base_rows(by_company=self.settings.isolated_base_data):
            company = row.head.get("FUseOrgId", ("", ""))[1]
            head = {
                key: self._base_of(value, company) if isinstance(value, tuple) else value
                for key, value in row.head.items()
            }
            record = ErpBill(
                next(self._ids), row.form, row.number, head, status="C", created_at=at, modified_at=at
            )
            record.forbid_status = "B" if row.disabled else "A"
            self.tables[row.form].put(record)

    def _base_of(self, pointer: tuple[str, str], company: str) -> ErpBill | None:
        form, number = pointer
        return self.values.base(form, number, "" if form == "ORG_Organizations" else company)
