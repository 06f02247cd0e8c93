"""What the people of the toy group ask for in the OA during a demo: requests of which the ERP gets its bills.

Like story.py it acts through the two worlds' own desks, knows nothing of the bridge, and reads the truth from the worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.group import INTEGRATION_USER
from desktop.sandbox.oa import Oa

Steps = Generator[None, None, None]
Lines = Sequence[Mapping[str, Any]]

_CLAIM = {
    "bill_date": "2026-11-20", "supplier_id": "4001", "supplier_code": "VEN0001",
    "supplier_name": "昆山恒泰金属材料有限公司", "order_no": "CGDD000118", "settle_mode": "1", "currency": "CNY",
    "amount": "1130.00", "amount_no_tax": "1000.00", "tax_rate": "13", "reason": "来料划伤",
}  # fmt: skip
_CLAIM_LINES = (
    {"material_code": "M0001", "qty": "500", "tax_price": "1.13", "amount": "565.00", "reason": "划伤"},
    {"material_code": "M0002", "qty": "50", "tax_price": "11.30", "amount": "565.00", "reason": "缺件"},
)

_EXPENSE = {
    "bill_date": "2026-11-20", "currency": "CNY", "amount": "812.00", "approved_amount": "762.00",
    "bank_name": "工商银行昆山支行", "bank_account": "6222020000000000061", "note": "出差",
}  # fmt: skip
_INQUIRY = {
    "bill_date": "2026-11-20", "currency": "CNY", "valid_from": "2026-11-01", "valid_to": "2027-10-31",
    "note": "年度询价",
}  # fmt: skip
_PRICES = ("SVM_InquiryBill", "PUR_PAT")
PHOTOGRAPH = ("划伤照片.jpg", b"\xff\xd8\xff" + bytes(range(256)) * 64)
"""A file's name and content."""
_CHAIN = ("ER_ExpReimbursement", "CN_PAYAPPLY", "GL_VOUCHER")


def _expense_lines(invoice: str) -> Lines:
    """A ticket of 312, and 500 at the inn of which 450 were approved, 27 of them tax."""
    ticket = {
        "expense_item": "CI001",
        "expense_item_name": "差旅费",
        "amount": "312.00",
        "approved_amount": "312.00",
    }
    inn = {
        "expense_item": "CI001",
        "expense_item_name": "差旅费",
        "amount": "500.00",
        "approved_amount": "450.00",
    }
    return (
        {**ticket, "invoice_no": f"{invoice}1"},
        {**inn, "tax_rate": "6", "tax_amount": "27.00", "invoice_no": f"{invoice}2"},
    )


def _inquiry_lines(material: str, supplier: str, price: str, chosen: str = "1") -> Lines:
    """One supplier chosen, and beside him one who is not in the ERP yet. material, supplier: their OA ids."""
    code = f"M{int(material) - 5000:04d}"
    goods = {"material_id": material, "material_code": code, "unit": "个", "tax_rate": "13"}
    best = {"supplier_id": supplier, "supplier_name": f"{supplier} 号", "tax_price": price, "chosen": chosen}
    other = {"supplier_name": "天津北辰包装", "tax_price": "1999.00", "chosen": ""}
    return ({**goods, **best}, {**goods, **other})


@dataclass(slots=True)
class MakingTale:
    """One request's way. ends: done, returned or failed; makes: the forms of the bills that it becomes."""

    name: str
    flow: str
    company: str
    request: int
    ends: str
    makes: tuple[str, ...]
    steps: Steps
    over: bool = False
    trouble: str = ""

    @property
    def number(self) -> str:
        """What people call it."""
        return str(self.request)


class Making:
    """All requests of the demo. tick() lets everyone act who can; it never waits."""

    def __init__(
        self, erp: Erp, oa: Oa, unaudited: frozenset[str] = frozenset(), *, files: bool = False
    ) -> None:
        """unaudited: forms that the bridge cannot audit in this ERP: their bills stay saved. files: attachments travel in
        company 200, so somebody attaches one."""
        self.erp = erp
        self.oa = oa
        self._unaudited = unaudited
        self.tales: list[MakingTale] = []
        for company, person in (("100", "61"), ("200", "72")):
            self._tell_of_claims(company, person)
        if files:
            self._tell_of_a_photograph("200", "72")
        for company, person, department in (("100", "61", "22"), ("200", "72", "32")):
            self._tell_of_expenses(company, person, department)
        for company, person in (("100", "61"), ("200", "72")):
            self._tell_of_inquiries(company, person)

    def _tell_of_claims(self, company: str, person: str) -> None:
        wrong = ({"material_code": "M9999", "qty": "1", "amount": "1130.00"},)
        right = {"detail_1": ({"material_code": "M0004", "qty": "5", "amount": "1130.00"},)}
        tales: list[tuple[str, dict[str, Any], Lines, Callable[[int], Steps], str]] = [
            ("approved", {}, _CLAIM_LINES, self._agreed, "done"),
            ("returned by an approver, approved", {}, _CLAIM_LINES, self._returned_first, "done"),
            ("refused by the ERP", {}, wrong, self._refused, "returned"),
            ("refused, corrected, approved", {}, wrong, lambda each: self._corrected(each, right), "done"),
            ("lines do not make the total", {"amount": "999.00"}, _CLAIM_LINES, self._refused, "returned"),
            ("supplier not mapped", {"supplier_id": "4004"}, _CLAIM_LINES, self._left_alone, "failed"),
        ]
        for name, fields, lines, steps, ends in tales:
            whole = {**_CLAIM, "company": company, **fields}
            request = self.oa.start(787, person, whole, {"detail_1": lines})
            made = ("PAEZ_ClaimBill",) if ends == "done" else ()
            self.tales.append(MakingTale(name, "claim", company, request, ends, made, steps(request)))

    def _tell_of_a_photograph(self, company: str, person: str) -> None:
        photograph = self.oa.files.store(*PHOTOGRAPH, person, self.oa.clock())
        whole = {**_CLAIM, "company": company, "attachments": str(photograph)}
        request = self.oa.start(787, person, whole, {"detail_1": _CLAIM_LINES})
        made = ("PAEZ_ClaimBill",)
        self.tales.append(
            MakingTale("photograph", "claim", company, request, "done", made, self._photographed(request))
        )

    def _photographed(self, request: int) -> Steps:
        """The bill that its request became carries the photograph."""
        yield from self._agreed(request)
        files = [each.head for each in self.erp.tables["BOS_Attachment"].by_id.values()]
        mine = [
            each for each in files if self.oa.shows(request, "erp_bill_no", str(each.get("FBillNo") or "-"))
        ]
        if [(each["FAttachmentName"], self.erp.files[each["FFileId"]][1]) for each in mine] != [PHOTOGRAPH]:
            self.tales[[each.request for each in self.tales].index(request)].trouble = "no photograph"

    def _tell_of_expenses(self, company: str, person: str, department: str) -> None:
        first = len(self.tales)
        tales: list[tuple[str, dict[str, Any], str, Callable[[int], Steps], str]] = [
            ("approved", {}, f"{company}001", self._agreed, "done"),
            ("returned by an approver, approved", {}, f"{company}002", self._returned_first, "done"),
            ("voucher would not balance", {"approved_amount": "800.00"}, f"{company}003", self._refused, "returned"),
            (
                "an invoice a second time", {}, f"{company}001",
                lambda each: self._after(self.tales[first], self._refused(each)), "returned",
            ),
            ("department not mapped", {"department": "24"}, f"{company}004",
             self._left_alone, "failed"),
        ]  # fmt: skip
        for name, fields, invoice, steps, ends in tales:
            payee = self.oa.people.name(person)
            whole = {
                **_EXPENSE, "company": company, "applicant": person, "department": department, "payee": payee, **fields
            }  # fmt: skip
            request = self.oa.start(786, person, whole, {"detail_1": _expense_lines(invoice)})
            made = _CHAIN if ends == "done" else ()
            self.tales.append(MakingTale(name, "expense", company, request, ends, made, steps(request)))

    def _tell_of_inquiries(self, company: str, person: str) -> None:
        right = {"detail_1": _inquiry_lines("5002", "4003", "11.00")}
        tales: list[tuple[str, Lines, Callable[[int], Steps], str]] = [
            ("approved", _inquiry_lines("5003", "4002", "1500.00"), self._agreed, "done"),
            ("returned by an approver, approved", _inquiry_lines("5001", "4003", "1.10"), self._returned_first, "done"),
            ("nobody chosen", _inquiry_lines("5003", "4003", "1490.00", ""), self._refused, "returned"),
            ("no price, corrected, approved", _inquiry_lines("5002", "4003", "0"),
             lambda each: self._corrected(each, right), "done"),
            ("supplier without price list", _inquiry_lines("5003", "4004", "1480.00"), self._left_alone, "failed"),
        ]  # fmt: skip
        for name, lines, steps, ends in tales if company == "100" else tales[:3:2]:
            request = self.oa.start(785, person, {**_INQUIRY, "company": company}, {"detail_1": lines})
            made = _PRICES if ends == "done" else ()
            self.tales.append(MakingTale(name, "inquiry", company, request, ends, made, steps(request)))

    # --- acting ----------------------------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Everybody does what he can do now."""
        for tale in self.tales:
            if not (tale.over or tale.trouble):
                try:
                    next(tale.steps)
                except StopIteration:
                    tale.over = True

    @property
    def over(self) -> bool:
        """True when every tale is told."""
        return all(tale.over or tale.trouble for tale in self.tales)

    def _agreed(self, request: int) -> Steps:
        self.oa.approve_fully(request, "同意")
        while not self.oa.is_over(request):
            yield

    def _returned_first(self, request: int) -> Steps:
        self.oa.reject(request, self.oa.request(request).waiting[0], "请补充说明")
        yield
        yield from self._agreed(self._again(request, {"note": "已补充"}))

    def _refused(self, request: int) -> Steps:
        self.oa.approve_fully(request, "同意")
        while not self.oa.is_back(request):
            yield

    def _corrected(self, request: int, lines: Mapping[str, Lines]) -> Steps:
        yield from self._refused(request)
        yield from self._agreed(self._again(request, {}, lines))

    def _again(
        self, request: int, fields: Mapping[str, Any], lines: Mapping[str, Lines] | None = None
    ) -> int:
        """Its maker hands it in again; where that makes a new request, the tale goes on with that one."""
        tale = next(each for each in self.tales if each.request == request)
        tale.request = self.oa.hand_in_again(request, fields, lines)
        return tale.request

    def _left_alone(self, request: int) -> Steps:
        """A gap in the base data: it waits at the integration account's node for a person."""
        self.oa.approve_fully(request, "同意")
        yield

    def _after(self, other: MakingTale, steps: Steps) -> Steps:
        """Not before another tale is told."""
        while not other.over:
            yield
        yield from steps

    # --- the truth, from the two worlds alone ----------------------------------------------------------------------------
    def rounds(self, tale: MakingTale) -> int:
        """How often the request came to the integration account."""
        return self.oa.visits(tale.request) or 1

    def duplicates(self) -> int:
        """Bills by the bridge beyond one for each request and form, and audits beyond one for each bill."""
        surplus = 0
        for form in {form for tale in self.tales for form in tale.makes}:
            wanted = sum(form in tale.makes for tale in self.tales)
            surplus += max(0, len(self._bills(form)) - wanted)
            surplus += sum(max(0, each.times("Audit") - 1) for each in self._bills(form))
        return surplus

    def lost(self) -> int:
        """Requests that are agreed and became no bill."""
        return sum(1 for tale in self.tales if tale.makes and not self.stands(tale))

    def stands(self, tale: MakingTale) -> bool:
        """Is the request where its tale says it ends, with its bills behind it?"""
        if tale.ends == "done":
            return tale.over and self.oa.is_over(tale.request) and self._has_its_bill(tale)
        if tale.ends == "returned":
            return tale.over and self.oa.is_back(tale.request)
        return tale.over and self.oa.waits_for_integration(tale.request)

    def _has_its_bill(self, tale: MakingTale) -> bool:
        """The bill that people can read of, and behind it a bill of every further form, all taken as far as they go."""
        shown = {tale.makes[0]: "erp_bill_no", "CN_PAYAPPLY": "payment_no", "GL_VOUCHER": "voucher_no"}
        for form in tale.makes:
            wanted = "A" if form in self._unaudited else "C"
            numbers = [_number(each) for each in self._bills(form) if each.status == wanted]
            if not any(self.oa.shows(tale.request, shown.get(form, ""), number) for number in numbers):
                return False
        return True

    def _bills(self, form: str) -> list[ErpBill]:
        return [each for each in self.erp.tables[form].by_id.values() if self._is_ours(each)]

    def _is_ours(self, bill: ErpBill) -> bool:
        """Made by the bridge; a note of its own on somebody's bill does not count."""
        return bool(bill.history) and bill.history[0].actor == INTEGRATION_USER


def _number(bill: ErpBill) -> str:
    """What people call a bill: a voucher by its number within the period."""
    return str(bill.head["FVOUCHERGROUPNO"]) if bill.form == "GL_VOUCHER" else bill.number
