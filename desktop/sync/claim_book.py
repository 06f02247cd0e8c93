"""The claim book: what is open of a supplier's claims, and whether an invoice deducts it. Pure beside one read.

Nothing of it is kept: claims and deductions are what the ERP's audited bills say now. Only what is set aside for an
invoice on its way to its audit lives in our store, and it counts no longer than that way lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from desktop.domain.claim import NOTHING, Claim, Gate, Settlement
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import Bill, BillStatus
from desktop.sync.expression import Expression, Scope, compile_expression, decimal_of, text_of
from desktop.sync.reader import Reader, Want
from desktop.sync.translate import Translator

Party = tuple[str, str]
"""(company, supplier)"""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as the gate sees it.

    total:      what it comes to. deductions: by claim number, as its lines say; amounts as they stand, of either sign.
    orders:     the orders that it bills; None where its lines do not lead to an order.
    """

    key: str
    number: str
    company: str
    supplier: str
    currency: str
    total: Decimal
    deductions: Mapping[str, Decimal]
    orders: frozenset[str] | None

    @property
    def gross(self) -> Decimal:
        """What it comes to before any deduction."""
        return self.total + sum(self.deductions.values(), NOTHING)


@dataclass(frozen=True, slots=True)
class Due:
    """What an invoice must deduct. owed: the claims it must deduct; total: what it may come to afterwards."""

    owed: tuple[Claim, ...]
    open: Decimal
    deducted: Decimal
    due: Decimal
    total: Decimal


@dataclass(slots=True)
class ClaimBook:
    """Claims by company and supplier; `broken`: what stands in the way of knowing a supplier's claims."""

    claims: dict[Party, list[Claim]] = field(default_factory=dict)
    broken: dict[Party, SyncError] = field(default_factory=dict)

    def of(self, company: str, supplier: str) -> list[Claim]:
        """All audited claims against a supplier. Raises RUL-638 where one of them cannot be read."""
        if error := self.broken.get((company, supplier)):
            raise SyncError(error.code, certain=True, **error.facts)
        return self.claims.get((company, supplier), [])

    def keys(self) -> list[str]:
        """The ERP's ids of all claims."""
        return [claim.ref.key for claims in self.claims.values() for claim in claims]

    def set_aside(self, reserved: Mapping[str, Mapping[str, Decimal]]) -> None:
        """What our store holds for invoices on their way: by claim id, by invoice id."""
        for claims in self.claims.values():
            claims[:] = [replace(each, reserved=dict(reserved.get(each.ref.key, {}))) for each in claims]

    def hold(self, invoice: str, amounts: Mapping[str, Decimal]) -> None:
        """One invoice's amounts (by claim id) from now on, instead of what was held for it."""
        for claims in self.claims.values():
            for place, claim in enumerate(claims):
                others = {key: amount for key, amount in claim.reserved.items() if key != invoice}
                own = {invoice: amounts[claim.ref.key]} if claim.ref.key in amounts else {}
                claims[place] = replace(claim, reserved={**others, **own})


class Books:
    """Reads claim books and invoices by one gate's settings."""

    def __init__(self, translator: Translator) -> None:
        gate = translator.flow.gate
        assert gate is not None
        self.gate: Gate = gate
        self._flow_id = translator.flow.id
        self._side = replace(
            translator.erp_side, tables={gate.table: translator.erp_side.tables.get(gate.table, ())}
        )
        self._total = compile_expression(gate.total)
        self._deducted = compile_expression(gate.deducted)

    # --- the claims ----------------------------------------------------------------------------------------------------
    @property
    def claim_side(self) -> ErpSide:
        """The claim bills, with every field that the book needs."""
        claims = self.gate.claims
        names = (claims.company, claims.supplier, claims.order, claims.currency, claims.amount, claims.mode)
        header = tuple(dict.fromkeys(name for name in names if name))
        return ErpSide(claims.form, company_field=claims.company, header=header, options=claims.options)

    def link_sides(self) -> list[ErpSide]:
        """The forms on the way from an invoice line to its order."""
        return [
            ErpSide(
                link.form, header=(link.number,) if link.table else (link.number, link.order),
                tables={link.table: (link.order,)} if link.table else {},
            )
            for link in self.gate.links
            if link.form
        ]  # fmt: skip

    def of_suppliers(self, reader: Reader, suppliers: Iterable[str]) -> ClaimBook:
        """Every audited claim against these suppliers, with what audited invoices have taken off. Raises what the ERP
        answers with."""
        return self._read(reader, self.gate.claims.supplier, suppliers)

    def of_company(self, reader: Reader, company: str) -> ClaimBook:
        """Every audited claim of a company."""
        return self._read(reader, self.gate.claims.company, [company])

    def _read(self, reader: Reader, name: str, values: Iterable[str]) -> ClaimBook:
        wants = [Want(self.claim_side, name, value) for value in dict.fromkeys(values) if value]
        reader.gather(wants)
        bills = [bill for want in wants for bill in reader.bills(want) if bill.status is BillStatus.AUDITED]
        book = ClaimBook()
        for bill in bills:
            party = self._party(bill)
            try:
                book.claims.setdefault(party, []).append(self._claim(bill))
            except SyncError as error:
                said = str(error.facts.get("said") or error.facts.get("value") or error)
                book.broken[party] = SyncError(
                    ErrorCode.CLAIM_UNREADABLE, certain=True, number="", claim=bill.ref.number, said=said
                )
        self._take_off(reader, book)
        return book

    def _party(self, bill: Bill) -> Party:
        claims = self.gate.claims
        return text_of(bill.header.get(claims.company)), text_of(bill.header.get(claims.supplier))

    def _claim(self, bill: Bill) -> Claim:
        claims, header = self.gate.claims, bill.header
        mode = text_of(header.get(claims.mode)).strip()
        if mode not in claims.modes:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, said=f"{claims.mode} = {mode!r}")
        company, supplier = self._party(bill)
        return Claim(
            bill.ref, company, supplier, text_of(header.get(claims.order)).strip(),
            text_of(header.get(claims.currency)), decimal_of(header.get(claims.amount)), claims.modes[mode],
        )  # fmt: skip

    def _take_off(self, reader: Reader, book: ClaimBook) -> None:
        """What audited invoices of the same company, supplier and currency deduct, by their lines' claim numbers."""
        numbers = {claim.ref.number for claims in book.claims.values() for claim in claims}
        wants = {number: Want(self._side, self.gate.claim, number) for number in sorted(numbers)}
        reader.gather(wants.values())
        for claims in book.claims.values():
            for place, claim in enumerate(claims):
                taken: dict[str, Decimal] = {}
                for bill in reader.bills(wants[claim.ref.number]):
                    if bill.status is BillStatus.AUDITED and self._fits(bill, claim):
                        amount = self._deductions(bill).get(claim.ref.number, NOTHING)
                        taken[bill.ref.key] = taken.get(bill.ref.key, NOTHING) + amount
                claims[place] = replace(claim, taken=taken)

    def under_way(self, reader: Reader, book: ClaimBook, bill: Bill) -> None:
        """Sets aside what other submitted bills of the bill's form take, those that were made before it: of two that take
        the same amount exactly one is refused."""
        held: dict[str, dict[str, Decimal]] = {}
        for claims in book.claims.values():
            for claim in claims:
                for other in reader.bills(Want(self._side, self.gate.claim, claim.ref.number)):
                    waits = other.status is BillStatus.SUBMITTED and self._fits(other, claim)
                    if waits and _age(other) < _age(bill):
                        taken = self._deductions(other).get(claim.ref.number, NOTHING)
                        held.setdefault(claim.ref.key, {})[other.ref.key] = taken
        book.set_aside(held)

    def _fits(self, bill: Bill, claim: Claim) -> bool:
        told = [
            text_of(bill.header.get(name))
            for name in (self.gate.company, self.gate.supplier, self.gate.currency)
        ]
        return told == [claim.company, claim.supplier, claim.currency]

    # --- the invoices --------------------------------------------------------------------------------------------------
    def invoices(self, reader: Reader, bills: Sequence[Bill]) -> dict[str, Invoice | SyncError]:
        """Bills as the gate sees them, by id; one that cannot be read gets what stands in its way."""
        wants = [want for bill in bills for want in self._source_wants(bill)]
        reader.gather(wants)
        found: dict[str, Invoice | SyncError] = {}
        for bill in bills:
            try:
                found[bill.ref.key] = self._invoice(reader, bill)
            except SyncError as error:
                found[bill.ref.key] = error
        return found

    def _invoice(self, reader: Reader, bill: Bill) -> Invoice:
        gate = self.gate
        names = (gate.company, gate.supplier, gate.currency)
        company, supplier, currency = (text_of(bill.header.get(name)) for name in names)
        for name, told in zip(names, (company, supplier, currency), strict=True):
            if not told:
                raise SyncError(
                    ErrorCode.FIELD_MISSING, certain=True, form=bill.ref.form, field=name, said=""
                )
        total = _number(self._total, Scope(bill.header, bill.lines))
        return Invoice(
            bill.ref.key, bill.ref.number, company, supplier, currency, total, self._deductions(bill),
            self._orders(reader, bill),
        )  # fmt: skip

    def _deductions(self, bill: Bill) -> dict[str, Decimal]:
        """By claim number, exactly as typed."""
        found: dict[str, Decimal] = {}
        for entry_id, line in bill.lines.get(self.gate.table, {}).items():
            number = text_of(line.get(self.gate.claim)).strip()
            if number:
                amount = _number(self._deducted, Scope(bill.header, bill.lines, line, entry_id))
                found[number] = found.get(number, NOTHING) + amount
        return found

    def _orders(self, reader: Reader, bill: Bill) -> frozenset[str] | None:
        """Every line that deducts nothing must lead to an order; else the whole supplier counts."""
        orders: set[str] = set()
        lines = bill.lines.get(self.gate.table, {}).values()
        billed = [line for line in lines if not text_of(line.get(self.gate.claim)).strip()]
        for line in billed:
            found = self._orders_of(reader, text_of(line.get(self.gate.source_type)), self._source(line))
            if not found:
                return None
            orders |= found
        return frozenset(orders) or None

    def _source(self, line: Mapping[str, object]) -> str:
        return text_of(line.get(self.gate.source_number)).strip()  # type: ignore[arg-type]

    def _orders_of(self, reader: Reader, kind: str, source: str) -> set[str]:
        """The orders behind one source; empty where it does not tell, or not wholly."""
        for link in self.gate.links if source else ():
            if link.type not in ("", kind):
                continue
            if not link.form:
                return {source}
            found: set[str] = set()
            for bill in reader.bills(self._source_want(link.form, source)):
                rows = list(bill.lines.get(link.table, {}).values()) if link.table else [bill.header]
                told = {text_of(row.get(link.order)).strip() for row in rows}
                if not told or "" in told:
                    return set()
                found |= told
            return found
        return set()

    def _source_wants(self, bill: Bill) -> list[Want]:
        wants = []
        for line in bill.lines.get(self.gate.table, {}).values():
            source, kind = self._source(line), text_of(line.get(self.gate.source_type))
            link = next((each for each in self.gate.links if each.type in ("", kind)), None)
            if source and link is not None and link.form:
                wants.append(self._source_want(link.form, source))
        return wants

    def _source_want(self, form: str, number: str) -> Want:
        link = next(each for each in self.gate.links if each.form == form)
        side = next(each for each in self.link_sides() if each.form == form)
        return Want(side, link.number, number)


def _age(bill: Bill) -> tuple[int, str]:
    """Ids grow; an older bill has the smaller one."""
    return len(bill.ref.key), bill.ref.key


def _number(expression: Expression, scope: Scope) -> Decimal:
    try:
        return decimal_of(expression.value(scope))
    except SyncError as error:
        if error.facts.get("field") == "":
            error.facts["field"] = expression.text
        raise


# --- does it deduct what is open? --------------------------------------------------------------------------------------
def due_of(invoice: Invoice, claims: Sequence[Claim], settled_by: Settlement = Settlement.INVOICE) -> Due:
    """What the invoice must deduct of these claims (its supplier's), and what it may come to.

    Claims of its orders and those that name no order; all of the supplier where the orders are not known. A claim above the
    invoice takes the whole of it, and its rest stays open.
    """
    owed = tuple(
        claim
        for claim in claims
        if claim.settled_by is settled_by
        and claim.currency == invoice.currency
        and _concerns(invoice, claim)
        and claim.open(invoice.key) > 0
    )
    opened = sum((claim.open(invoice.key) for claim in owed), NOTHING)
    numbers = {claim.ref.number for claim in owed}
    deducted = sum((amount for number, amount in invoice.deductions.items() if number in numbers), NOTHING)
    others = sum(invoice.deductions.values(), NOTHING) - deducted
    due = min(opened, max(NOTHING, invoice.gross))
    return Due(owed, opened, deducted, due, max(NOTHING, invoice.gross - due - max(NOTHING, others)))


def _concerns(invoice: Invoice, claim: Claim) -> bool:
    return invoice.orders is None or not claim.order or claim.order in invoice.orders


def objection(
    invoice: Invoice, claims: Sequence[Claim], settled_by: Settlement = Settlement.INVOICE
) -> SyncError | None:
    """Why the invoice may not be audited as it is; None = it may, and takes off what its lines say.

    RUL-631, 632 open claims; 633 more than is open; 634 no such claim to be settled this way; 635 more than the invoice. Raises RUL-636 for a
    claim of the same order in another currency: no line could ever deduct it, so finance must put the claim right.
    """
    by_number = {
        claim.ref.number: claim
        for claim in claims
        if claim.currency == invoice.currency and claim.settled_by is settled_by
    }
    facts = {"number": invoice.number, "currency": invoice.currency}
    for number, amount in invoice.deductions.items():
        claim = by_number.get(number)
        if claim is None or amount <= 0:
            return SyncError(
                ErrorCode.CLAIM_NOT_FITTING, certain=True, claim=number, supplier=invoice.supplier, **facts
            )
        if amount > claim.open(invoice.key):
            return SyncError(
                ErrorCode.CLAIM_OVERDRAWN, certain=True, claim=number, deducted=told(amount),
                open=told(claim.open(invoice.key)), **facts,
            )  # fmt: skip
    if invoice.deductions and invoice.total < 0:
        deducted = sum(invoice.deductions.values(), NOTHING)
        return SyncError(
            ErrorCode.CLAIM_ABOVE_INVOICE,
            certain=True,
            deducted=told(deducted),
            total=told(invoice.gross),
            **facts,
        )
    _same_currency(invoice, claims, settled_by)
    due = due_of(invoice, claims, settled_by)
    return None if due.deducted >= due.due else _still_open(invoice, due)


def _same_currency(invoice: Invoice, claims: Sequence[Claim], settled_by: Settlement) -> None:
    for claim in claims:
        mine = invoice.orders is not None and claim.order in invoice.orders and claim.settled_by is settled_by
        if mine and claim.currency != invoice.currency and claim.open(invoice.key) > 0:
            raise SyncError(
                ErrorCode.CLAIM_CURRENCY, certain=True, number=invoice.number, claim=claim.ref.number,
                order=claim.order, sent=claim.currency, found=invoice.currency,
            )  # fmt: skip


def _still_open(invoice: Invoice, due: Due) -> SyncError:
    facts = {
        "number": invoice.number, "supplier": invoice.supplier, "currency": invoice.currency, "open": told(due.open),
        "claims": ", ".join(f"{each.ref.number} {told(each.open(invoice.key))}" for each in due.owed),
        "deducted": told(due.deducted), "due": told(due.due), "total": told(due.total),
    }  # fmt: skip
    if invoice.orders is None:
        return SyncError(ErrorCode.CLAIM_OPEN_NO_ORDER, certain=True, **facts)
    orders = ", ".join(sorted(invoice.orders))
    return SyncError(ErrorCode.CLAIM_OPEN, certain=True, orders=orders, **facts)


def told(amount: Decimal) -> str:
    """An amount for a sentence: two places at least, thousands apart."""
    places = max(2, -int(amount.normalize().as_tuple().exponent)) if amount else 2
    return f"{amount:,.{places}f}".replace(",", " ")
