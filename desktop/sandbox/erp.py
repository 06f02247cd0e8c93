"""The toy ERP's world: its bills and base data, what people do to them, and what it refuses. Thread-safe; no HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from desktop.sandbox import group
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.erp_desk import Desk
from desktop.sandbox.erp_push import first_rule, push
from desktop.sandbox.erp_settings import ErpSettings
from desktop.sandbox.erp_writer import Writer


class Erp(Writer, Desk):
    """One account set of the toy group.

    clock: gives aware UTC; printed times are in Asia/Shanghai. settings: the switches, see ErpSettings.
    Every method that changes a bill raises Refusal (the vendor's words and MsgCode) when the ERP would say no.
    """

    acct_id = "5f0d0000000000da"
    acct_number = "0010"
    acct_name = "单桥演示账套"
    user = group.INTEGRATION_USER
    password = "Sandbox#2026"
    app_id = "200001_RGFuUWlhb1NhbmRib3hTZWNyZXRLZXkx"
    app_secret = "5a9db0c5a9db0c5a9db0c5a9db0c5a9d"

    def __init__(
        self, clock: Callable[[], datetime] | None = None, settings: ErpSettings | None = None
    ) -> None:
        super().__init__(clock, settings)
        self.files: dict[str, tuple[str, bytes]] = {}

    # --- people

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

    def add_downstream(self, form: str, bill_id: int) -> ErpBill | None:
        """Somebody makes the usual next bill from this one: it cannot be un-audited any more. None where the form has no
        conversion: then a bill of a form that this installation does not show blocks it."""
        with self.guard:
            bill, rule = self.bill(form, bill_id), first_rule(form)
            if rule is not None:
                return push(self, rule, bill, bill.maker, draft_when_refused=False)
            bill.downstream.append(("STK_Unseen", next(self._ids)))
            return None

    def remove_downstream(self, form: str, bill_id: int) -> None:
        """Those next bills are gone again, the last one first."""
        with self.guard:
            bill = self.bill(form, bill_id)
            for later, later_id in tuple(bill.downstream):
                if later in self.tables and later_id in self.tables[later].by_id:
                    self.remove_downstream(later, later_id)
                    self._bury(self.tables[later].by_id[later_id])
            bill.downstream.clear()

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
            at, number = self.now(), f"FJ{self.new_line_id()}"
            record = ErpBill(
                next(self._ids), "BOS_Attachment", number, head, status="C", created_at=at, modified_at=at
            )
            self.tables[record.form].put(record)
            self.files[file_id] = (name, content)
            return file_id

    def kill_sessions(self) -> None:
        """Everybody is signed out, now."""
        self.session_epoch += 1
