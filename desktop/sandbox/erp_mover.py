"""Moving bills of the toy ERP from state to state, and turning their other switches; each move under the same rules."""

from __future__ import annotations

from collections.abc import Iterable

from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_fields import FieldKind
from desktop.sandbox.erp_ledger import Ledger
from desktop.sandbox.erp_prices import apply_adjustment
from desktop.sandbox.erp_save import LINE_ID
from desktop.sandbox.erp_states import LINE_SWITCHES, MOVES, SWITCHES, check_move, check_switch

_MONEY_FORMS = ("CN_PAYAPPLY", "ER_ExpReimbursement", "GL_VOUCHER", "AP_Payable", "IV_PURCHASEIC")


class Mover(Ledger):
    """A ledger whose bills can be submitted, audited, taken back, closed, voided and deleted."""

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
        if self.settings.after_operation is not None:
            self.settings.after_operation(operation, bill)
        return bill

    def _move(self, operation: str, bill: ErpBill, user: str, heed_workflow: bool) -> None:
        check_move(operation, bill)
        if said := self.settings.validators.get((bill.form, operation)):
            raise Refusal(said)
        if operation in ("Submit", "Audit"):
            self._check_period(bill)
        if operation == "Audit":
            running = bill.workflow_running or bill.form in self.settings.workflow_forms
            if running and heed_workflow:
                raise Refusal("单据存在正在运行的工作流实例，不允许审核！")
            if bill.form == "PUR_PAT":
                apply_adjustment(bill, self.new_line_id)
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

    def _bury(self, bill: ErpBill) -> None:
        self.tables[bill.form].remove(bill)
        self.graveyard[bill.form, bill.id] = bill
        for form, source_id in bill.sources:
            source = self.tables[form].by_id.get(source_id)
            if source and (bill.form, bill.id) in source.downstream:
                source.downstream.remove((bill.form, bill.id))

    def _check_period(self, bill: ErpBill) -> None:
        closed_until = self.settings.closed_until
        if closed_until is None or bill.form not in _MONEY_FORMS:
            return
        dates = (each for each in self.forms[bill.form].head.fields if each.kind is FieldKind.DATE)
        day = next((bill.head[each.key] for each in dates if bill.head.get(each.key)), None)
        if day is not None and day.date() <= closed_until:
            raise Refusal(f"业务日期{day:%Y-%m-%d}所在的会计期间已结账，不允许操作！")
