"""What an account set of the toy ERP holds: its tables, base data, clock and rights. Reads, and the rules of any change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from desktop.sandbox.erp_base import base_rows
from desktop.sandbox.erp_bill import Act, ErpBill, Refusal, Table
from desktop.sandbox.erp_fields import Form
from desktop.sandbox.erp_forms import all_forms
from desktop.sandbox.erp_query import Column, Query, Reader
from desktop.sandbox.erp_settings import ErpSettings
from desktop.sandbox.erp_values import Values, to_local


class Ledger:
    """Tables, clock and rights of one account set; erp.Erp is the whole."""

    def __init__(
        self, clock: Callable[[], datetime] | None = None, settings: ErpSettings | None = None
    ) -> None:
        self.settings = settings or ErpSettings()
        self.forms: dict[str, Form] = all_forms()
        self.tables: dict[str, Table] = {form.id: Table(form) for form in self.forms.values()}
        self.graveyard: dict[tuple[str, int], ErpBill] = {}
        self.session_epoch = 0
        self.guard = threading.RLock()
        self._clock = clock or (lambda: datetime.now(UTC))
        self._ids = count(100001)
        self._line_ids = count(200001)
        self.values = Values(self.tables)
        self.reader = Reader(self.forms, self.tables)
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

    def new_line_id(self) -> int:
        """The internal id of a new line, or of whatever else hangs on a bill."""
        return next(self._line_ids)

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

    # --- changing

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

    def add_base(self, form: str, number: str, head: dict[str, Any]) -> ErpBill:
        """A new record of base data, usable at once."""
        with self.guard:
            at = self.now()
            record = ErpBill(next(self._ids), form, number, head, status="C", created_at=at, modified_at=at)
            self.tables[form].put(record)
            return record

    def _base_of(self, pointer: tuple[str, str], company: str) -> ErpBill | None:
        form, number = pointer
        return self.values.base(form, number, "" if form == "ORG_Organizations" else company)
