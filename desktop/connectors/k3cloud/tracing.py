"""Kingdee K/3 Cloud: which bills were made of which, by the source fields that a conversion leaves on the lines.

The wire has no call for the link tables, so each form that can hold a later bill is asked by its own field. Keys are
standard delivery; a site names further forms in the option `link_forms`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from desktop.connectors.k3cloud import shapes
from desktop.connectors.k3cloud.answers import key_text
from desktop.connectors.k3cloud.client import Client
from desktop.connectors.k3cloud.outcomes import batches
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import LinkedBill, Money, Ref
from desktop.domain.system import System

_LACKS = (ErrorCode.REFUSED, ErrorCode.FIELD_MISSING)
"""How a server says that it has no such form or field. Wrongly passed over, a form costs one un-audit that is refused."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One form and where it says what it was made of. "" = the form has no such field.

    source, source_form: line fields with the number and the form of the bill before it.
    amount, currency, owner, day: header fields, for people.
    """

    form: str
    source: str
    source_form: str = ""
    amount: str = ""
    currency: str = ""
    owner: str = "FCreatorId.FName"
    day: str = "FDate"


TRACES = (
    Trace("PUR_PurchaseOrder", "FSrcBillNo", "FSrcBillTypeId", "FBillAllAmount", "FSettleCurrId.FNumber"),
    Trace("STK_InStock", "FSrcBillNo", "FSrcBillTypeId", "FBillAllAmount", "FSettleCurrId.FNumber"),
    Trace("SAL_OUTSTOCK", "FSrcBillNo", "FSrcType", "FBillAllAmount", "FSettleCurrID.FNumber"),
    Trace("AP_Payable", "FSourceBillNo", "FSOURCETYPE", "FALLAMOUNTFOR", "FCURRENCYID.FNumber", day="FDATE"),
    Trace("AR_receivable", "FSourceBillNo", "FSOURCETYPE", "FALLAMOUNTFOR", "FCURRENCYID.FNumber", day="FDATE"),
    Trace("IV_PURCHASEIC", "FSRCBILLNO", "FSOURCETYPE", "FALLAMOUNTFOR", "FCURRENCYID.FNumber", day="FDATE"),
    Trace(
        "CN_PAYAPPLY", "FSRCBILLNO", "FSOURCETYPE", "FAPPLYAMOUNTFOR_H", "FCURRENCYID.FNumber",
        owner="FCREATORID.FName", day="FDATE",
    ),
    Trace("AP_PAYBILL", "FSRCBILLNO", "FSOURCETYPE", "FREALPAYAMOUNTFOR", "FCURRENCYID.FNumber", day="FDATE"),
)  # fmt: skip
_PLAIN = {
    "SAL_SaleOrder": Trace("SAL_SaleOrder", "", "", "FBillAllAmount", "FSettleCurrId.FNumber"),
    "PUR_Requisition": Trace("PUR_Requisition", "", "", day="FApplicationDate"),
    "ER_ExpReimbursement": Trace("ER_ExpReimbursement", "", "", "FReqReimbAmountSum", "FCurrencyID.FNumber"),
}
"""Forms that a chain begins with: shown when a later bill names them."""


class Tracer:
    """Asks one account set. A form or field that it does not have is found out once, and passed over from then on."""

    def __init__(self, client: Client, system: System) -> None:
        self._client, self._system_id = client, system.id
        self._batch = max(1, int(system.number("read_batch", 200)))
        self._traces = {
            trace.form: trace for trace in (*TRACES, *_more(system.options.get("link_forms", "")))
        }
        self._lacking: set[str] = set()

    def later(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        """See ErpConnector.later_bills. A number is compared letter by letter, and its form where the line tells it."""
        wanted = {(ref.form, ref.number): ref.key for ref in refs if ref.number}
        forms = {number: [form for form, other in wanted if other == number] for _, number in wanted}
        found: dict[str, dict[tuple[str, str], LinkedBill]] = {}
        for trace in self._traces.values():
            for part in batches(list(forms), self._batch):
                where = " or ".join(f"{trace.source}={shapes.quoted(number)}" for number in part)
                for source, told_form, bill in self._read(trace, where):
                    for form in forms.get(source, ()):
                        if told_form in ("", form) and (form, source) != (bill.ref.form, bill.ref.number):
                            key = wanted[form, source]
                            found.setdefault(key, {})[bill.ref.form, bill.ref.key] = bill
        return {key: list(bills.values()) for key, bills in found.items()}

    def earlier(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        """See ErpConnector.earlier_bills."""
        named = [(ref, source, form) for ref in refs for source, form in self._sources(ref)]
        heads: dict[tuple[str, str], LinkedBill] = {}
        for form in {form for _, _, form in named}:
            trace = self._traces.get(form) or _PLAIN.get(form) or Trace(form, "")
            numbers = [source for _, source, other in named if other == form]
            for part in batches(list(dict.fromkeys(numbers)), self._batch):
                where = " or ".join(f"FBillNo={shapes.quoted(number)}" for number in part)
                heads |= {
                    (form, bill.ref.number): bill for _, _, bill in self._read(trace, where, lines=False)
                }
        found: dict[str, list[LinkedBill]] = {}
        for ref, source, form in named:
            if (form, source) in heads:
                found.setdefault(ref.key, []).append(heads[form, source])
        return found

    def _sources(self, ref: Ref) -> list[tuple[str, str]]:
        """(number, form) of the bills that the lines of one bill name."""
        trace = self._traces.get(ref.form)
        if trace is None or not trace.source_form:
            return []
        rows = self._rows(
            trace.form, ["FID", trace.source, trace.source_form], f"FID={shapes.literal(ref.key)}"
        )
        told = ((shapes.text_of(row[1]), shapes.text_of(row[2])) for row in rows)
        return list(dict.fromkeys((number, form) for number, form in told if number and form))

    def _read(self, trace: Trace, where: str, *, lines: bool = True) -> Iterator[tuple[str, str, LinkedBill]]:
        """(source number, source form, bill) for each line that matches; without lines both are ""."""
        head = ["FID", "FBillNo", "FDocumentStatus", "FCancelStatus"]
        more = [name for name in (trace.owner, trace.day, trace.amount, trace.currency) if name]
        more += [name for name in (trace.source, trace.source_form) if name and lines]
        columns = list(dict.fromkeys((*head, *more)))
        for row in self._rows(trace.form, columns, where):
            told = dict(zip(columns, row, strict=True))
            text = {name: shapes.text_of(told.get(name)) for name in columns}
            yield (
                text.get(trace.source, "") if lines else "",
                text.get(trace.source_form, "") if lines else "",
                self._bill(trace, told, text),
            )

    def _bill(self, trace: Trace, told: Mapping[str, Any], text: Mapping[str, str]) -> LinkedBill:
        number = text["FBillNo"]
        amount = shapes.plain(told.get(trace.amount)) if trace.amount else None
        return LinkedBill(
            Ref(self._system_id, trace.form, key_text(told["FID"]), number),
            shapes.bill_status(self._system_id, number, told["FDocumentStatus"], told["FCancelStatus"]),
            text.get(trace.owner, ""),
            Money(amount, text.get(trace.currency, "")) if isinstance(amount, Decimal) else None,
            text.get(trace.day, "")[:10],
        )

    def _rows(self, form: str, columns: Sequence[str], where: str) -> list[list[Any]]:
        """Rows, or none where the account set knows no such form or field: a fact of the site, and no trouble."""
        if form in self._lacking:
            return []
        try:
            return list(self._client.rows(form, columns, where, order="FID asc"))
        except SyncError as error:
            if error.code not in _LACKS:
                raise
            self._lacking.add(form)
            return []


def _more(option: str) -> Iterable[Trace]:
    """ "PAEZ_Bill:F_PAEZ_SrcNo:F_PAEZ_SrcForm, ..." PER-715 where a key is none."""
    for part in filter(None, (each.strip() for each in option.split(","))):
        form, source, source_form = (*(shapes.field_key(key.strip()) for key in part.split(":")), "", "")[:3]
        if not source:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"link_forms {part!r}")
        yield Trace(form, source, source_form, owner="FCreatorId.FName", day="")
