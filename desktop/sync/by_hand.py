"""A bill that a person entered by hand in the other system: is the record that they name really about it?

Compared are organisation, partner, amount, currency and date, as far as the flow's header rows name them; where a
correspondence is missing (mostly the very reason why it was entered by hand) the partner's name stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.domain.document import Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FieldMapping, Flow, OaSide
from desktop.domain.record import Bill, BillStatus, OaRequest, Ref, RequestStatus
from desktop.sync.drafting import Drafting
from desktop.sync.expression import Scope, compile_expression, decimal_of, text_of
from desktop.sync.translate import Translator

Lookup = Callable[[str, str], str]
_COUNTING = (RequestStatus.RUNNING, RequestStatus.APPROVED)
_KINDS = ("customer", "supplier")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")
LEAST = 3
"""So many things must be comparable, or a person's word is not enough to bind two records."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing on both sides. name: "organisation", "partner", "amount", "currency" or "date"."""

    name: str
    erp: str
    oa: str

    @property
    def equal(self) -> bool:
        """The same text, or the same number however it is written."""
        if self.erp.strip() == self.oa.strip():
            return True
        days = [_DAY.match(each.strip()) for each in (self.erp, self.oa)]
        if all(days):
            return len({day[0] for day in days if day}) == 1
        try:
            return bool(self.erp and self.oa) and decimal_of(self.erp) == decimal_of(self.oa)
        except SyncError:
            return False


def read_request_by_hand(
    translator: Translator, side: OaSide, erp: ErpConnector, oa: OaConnector, lookup: Lookup, document: Document,
    number: str,
) -> OaRequest:  # fmt: skip
    """The request that a person names, proved to be about the document's bill.

    side: the OA end with its workflow.  lookup: kind and ERP code -> OA key.
    Raises DAT-402 where one of both is not there, RUL-615 where they differ, or the request is over without a yes.
    """
    bill = erp.read_bills(translator.erp_side, [document.source.key]).get(document.source.key)
    if bill is None:
        raise SyncError(ErrorCode.RECORD_MISSING, system=erp.system.id, number=document.source.number)
    request = oa.read_request(side, Ref(oa.system.id, side.form, number, number))
    found = compared(translator.flow, bill, request, lookup)
    told = [f"{each.name}|{each.erp}|{each.oa}" for each in found if not each.equal]
    if request.status not in _COUNTING:
        told.append(f"status|submitted|{request.status.value}")
    if len(found) < LEAST:
        told.append(f"fields|{len(found)}|{LEAST}")
    if told:
        raise SyncError(
            ErrorCode.BY_HAND_DIFFERS, certain=True, number=bill.ref.number, request=number, differences=told
        )
    return request


def read_bill_by_hand(
    drafting: Drafting, side: OaSide, erp: ErpConnector, oa: OaConnector, lookup: Lookup, document: Document,
    number: str,
) -> Bill:  # fmt: skip
    """The ERP bill that a person made of a request by hand, proved to say what the first bill of the flow would say.

    Compared are the key fields of its header: organisation, partner, amount, currency, date. lookup: kind and OA key -> ERP
    code.  Raises DAT-402 where one of both is not there, RUL-615 where they differ, DBT-302 where several have the number.
    """
    request = oa.read_request(side, document.source)
    told_rows = drafting.told(1, request, lookup)
    own = replace(drafting.side(1), header=tuple(sorted({*drafting.side(1).header, *told_rows})))
    heads = erp.find_numbers(own, [number])
    if len(heads) > 1:
        raise SyncError(ErrorCode.KEY_NOT_UNIQUE, certain=True, form=own.form, key=number, found=len(heads))
    bill = erp.read_bills(own, [head.ref.key for head in heads]).get(heads[0].ref.key) if heads else None
    if bill is None:
        raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=erp.system.id, number=number)
    found = [
        Compared(_thing(drafting.flow, row) or target, text_of(bill.header.get(target)), text_of(value))
        for target, (row, value) in told_rows.items()
    ]
    told = [f"{each.name}|{each.erp}|{each.oa}" for each in found if not each.equal]
    if bill.status is BillStatus.VOID:
        told.append("status|void|approved")
    if len(found) < LEAST:
        told.append(f"fields|{len(found)}|{LEAST}")
    if told:
        raise SyncError(
            ErrorCode.BY_HAND_DIFFERS, certain=True, number=document.source.number, request=number, differences=told
        )  # fmt: skip
    return bill


def compared(flow: Flow, bill: Bill, request: OaRequest, lookup: Lookup) -> list[Compared]:
    """What both records say of the same things."""
    scope = Scope(bill.header, bill.lines, base=lookup)
    found: dict[str, Compared] = {}
    partner_name: Compared | None = None
    for row in flow.fields:
        name = _thing(flow, row)
        if not name or (name in found and name != "date"):
            continue
        try:
            here = text_of(compile_expression(row.expr).value(scope))
        except SyncError:
            continue  # no correspondence yet
        both = Compared(name, here, text_of(request.fields.get(row.target)))
        if name == "partner" and row.expr == flow.partner_expr:
            partner_name = both
        elif name not in found:
            found[name] = both
    if "partner" not in found and partner_name is not None:
        found["partner"] = partner_name
    return list(found.values())


def _thing(flow: Flow, row: FieldMapping) -> str:
    """Which of the things a header row carries, "" = none of them."""
    expr = row.expr.replace(" ", "")
    if expr == flow.erp.company_field:
        return "organisation"
    if row.expr == flow.partner_expr or any(expr.startswith(f"base('{kind}'") for kind in _KINDS):
        return "partner"
    if expr.startswith("base('currency'"):
        return "currency"
    if "date(" in expr:
        return "date"
    return "amount" if flow.amount_expr and flow.amount_expr in row.expr else ""
