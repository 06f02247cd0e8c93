"""The state table of a bill, and what the server says when it refuses. Codes Z, A, B, C, D as FDocumentStatus has them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.sandbox.erp_bill import ErpBill, Refusal

STATE_NAMES = {"Z": "暂存", "A": "创建", "B": "审核中", "C": "已审核", "D": "重新审核"}

DONE_TEXTS = {
    "Submit": "提交成功！",
    "CancelAssign": "撤销成功！",
    "Audit": "审核成功！",
    "UnAudit": "反审核成功！",
    "Delete": "删除成功！",
}


@dataclass(frozen=True, slots=True)
class Move:
    """One operation: the states it starts from, the state it ends in ("" = gone), what it says otherwise."""

    starts: str
    ends: str
    refused: str


MOVES = {
    "Submit": Move("AD", "B", "数据状态为{state}，不允许提交！"),
    "CancelAssign": Move("B", "D", "数据状态为{state}，只有审核中的单据才允许撤销！"),
    "Audit": Move("B", "C", "数据状态为{state}，单据尚未提交，不允许审核！"),
    "UnAudit": Move("C", "D", "数据状态为{state}，只有已审核的单据才允许反审核！"),
    "Delete": Move("ZAD", "", "数据状态为{state}，不能删除！"),
}


def check_move(operation: str, bill: ErpBill) -> None:
    """Raises Refusal when the state of `bill` does not allow `operation`."""
    move = MOVES[operation]
    if operation == "Audit" and bill.status == "C":
        raise Refusal("单据已经审核！")
    if bill.status not in move.starts:
        raise Refusal(move.refused.format(state=STATE_NAMES[bill.status]))
    if bill.cancel_status == "B" and operation in ("Submit", "Audit"):
        raise Refusal("单据已作废，不允许操作！")
    if operation == "UnAudit" and bill.downstream:
        raise Refusal("单据已生成下游单据，存在关联关系，不允许反审核！")


def check_save(bill: ErpBill, *, draft: bool, submitted_is_open: bool = False) -> None:
    """Raises Refusal when a bill in this state may not be saved (or kept as a draft)."""
    if bill.status == "B" and not submitted_is_open:
        raise Refusal("单据处于审核中，不允许修改！")
    if bill.status == "C":
        raise Refusal("单据已审核，不允许修改！")
    if draft and bill.status != "Z":
        raise Refusal("单据不是暂存状态，不允许暂存！")


@dataclass(frozen=True, slots=True)
class Switch:
    """An operation that turns one of the other states. allowed: states of the bill it may start from."""

    attr: str
    to: str
    allowed: str


SWITCHES = {
    "Cancel": Switch("cancel_status", "B", "ZAD"),
    "Uncancel": Switch("cancel_status", "A", "ZAD"),
    "BillClose": Switch("close_status", "B", "C"),
    "BillUnClose": Switch("close_status", "A", "C"),
    "YLBillClose": Switch("close_status", "B", "C"),
    "YLUnBillClose": Switch("close_status", "A", "C"),
    "CloseBill": Switch("close_status", "B", "C"),
    "UnCloseBill": Switch("close_status", "A", "C"),
    "Forbid": Switch("forbid_status", "B", "ZABCD"),
    "Enable": Switch("forbid_status", "A", "ZABCD"),
}

LINE_SWITCHES = {
    "MRPClose": ("mrpclosestatus", "B"),
    "UnMRPClose": ("mrpclosestatus", "A"),
    "YLMRPClose": ("mrpclosestatus", "B"),
    "YLUnMRPClose": ("mrpclosestatus", "A"),
    "Terminate": ("mrpterminatestatus", "B"),
    "UnTerminate": ("mrpterminatestatus", "A"),
    "YLTerminate": ("mrpterminatestatus", "B"),
    "YLUnTerminate": ("mrpterminatestatus", "A"),
    "Freeze": ("mrpfreezestatus", "B"),
    "UnFreeze": ("mrpfreezestatus", "A"),
    "YLFreeze": ("mrpfreezestatus", "B"),
    "YLUnFreeze": ("mrpfreezestatus", "A"),
}
"""Operations on lines: the end of the field's key in lower case, and the value it takes."""


def check_switch(operation: str, bill: ErpBill) -> Switch:
    """The switch of an operation. Raises Refusal when the bill's state does not allow it, or it is turned already."""
    switch = SWITCHES[operation]
    if bill.status not in switch.allowed:
        raise Refusal(f"数据状态为{STATE_NAMES[bill.status]}，不允许执行该操作！", 12)
    if getattr(bill, switch.attr) == switch.to:
        raise Refusal("数据已经处于该状态，无需重复操作！", 12)
    return switch
