"""Named checks of a bill before it goes anywhere. A flow file lists the names; each rule is one function.

A finding that its maker must cure sends the bill back with the sentence; any other is a failure that stays with us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from desktop.domain.claim import Settlement
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Bill, BillStatus
from desktop.sync import price_lock
from desktop.sync.claim_book import Books, objection
from desktop.sync.expression import text_of
from desktop.sync.payable import Paid, find_source, paid_by, source_wants, taken_of, taken_wants
from desktop.sync.reader import Reader, Want
from desktop.sync.translate import Translator


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule objects to.

    send_back: the bill's maker can cure it, so it goes back to him.
    waits:     it passes by itself: the bill is looked at again by the slow clock.
    agreed_too: it goes back to its maker even where the OA has agreed to it already.
    """

    error: SyncError
    send_back: bool
    waits: bool = False
    agreed_too: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One named check.

    check:        objects to a bill, or not; what it reads besides the bill it reads through the reader.
    wants:        what it will read for a bill: the wants of a whole batch are read together, before the first check.
    before_audit: it is asked again before the ERP audits the bill.
    of_payments:  it compares with the source bills that the flow file names under `sources`.
    """

    check: Callable[[Bill, Translator, Reader], Finding | None]
    wants: Callable[[Bill, Translator], Iterable[Want]] | None = None
    before_audit: bool = False
    of_payments: bool = False


def lines_present(bill: Bill, translator: Translator, _reader: Reader) -> Finding | None:
    """A bill without a line that the flow requires has nothing to approve."""
    for lines in translator.flow.lines:
        if lines.required and not bill.lines.get(lines.source):
            error = SyncError(ErrorCode.NO_LINES, certain=True, number=bill.ref.number, table=lines.source)
            return Finding(error, send_back=False)
    return None


def total_is_sum(bill: Bill, translator: Translator, _reader: Reader) -> Finding | None:
    """The header's total is the sum of its lines, to the cent; its maker must put it right."""
    totals = translator.totals(bill)
    if totals is None or totals[0] == totals[1] or not any(bill.lines.values()):
        return None
    said = f"{text_of(totals[0])} != {text_of(totals[1])}"
    error = SyncError(ErrorCode.RULE_REFUSED, certain=True, number=bill.ref.number, said=said)
    return Finding(error, send_back=True)


def source_settled(bill: Bill, translator: Translator, reader: Reader) -> Finding | None:
    """What a payment pays is audited itself. While it is under way the payment waits and says for what."""
    for paid in paid_by(bill, translator):
        found = find_source(paid, translator, reader)
        if found is None:
            return _unknown(bill, paid)
        if found[0].status is not BillStatus.AUDITED:
            number = bill.ref.number
            error = SyncError(ErrorCode.WAITS_FOR_SOURCE, certain=True, number=number, source=paid.number)
            return Finding(error, send_back=False, waits=True)
    return None


def within_payable(bill: Bill, translator: Translator, reader: Reader) -> Finding | None:
    """What a payment asks of each source is not above what of it is unpaid in the ERP now."""
    for paid in paid_by(bill, translator):
        found = find_source(paid, translator, reader)
        if found is None:
            return _unknown(bill, paid)
        _, unpaid = found[1].amounts(found[0])
        if paid.amount > max(unpaid, Decimal(0)):
            error = SyncError(
                ErrorCode.OVER_PAYABLE, certain=True, number=bill.ref.number, source=paid.number,
                amount=text_of(paid.amount), unpaid=text_of(unpaid),
            )  # fmt: skip
            return Finding(error, send_back=True)
    return None


def source_paid_once(bill: Bill, translator: Translator, reader: Reader) -> Finding | None:
    """All living requests that pay the same source together do not ask more than it is worth."""
    for paid in paid_by(bill, translator):
        found = find_source(paid, translator, reader)
        if found is None:
            return _unknown(bill, paid)
        payable, _ = found[1].amounts(found[0])
        others = taken_of(paid, bill, translator, reader)
        taken = sum((amount for _, amount in others), Decimal(0))
        if others and paid.amount > 0 and paid.amount + taken > payable:
            error = SyncError(
                ErrorCode.PAID_TWICE, certain=True, number=bill.ref.number, source=paid.number,
                amount=text_of(paid.amount), payable=text_of(payable), taken=text_of(taken),
                others=", ".join(number for number, _ in others),
            )  # fmt: skip
            return Finding(error, send_back=True)
    return None


def _unknown(bill: Bill, paid: Paid) -> Finding:
    """The ERP shows no such source, or the flow file does not say how to read it: nobody can tell what is open."""
    error = SyncError(
        ErrorCode.SOURCE_UNKNOWN, certain=True, number=bill.ref.number, source=paid.number, form=paid.form
    )
    return Finding(error, send_back=False)


def price_locked(bill: Bill, translator: Translator, reader: Reader) -> Finding | None:
    """Every line keeps the price that an inquiry locked; its maker gets the right one and the inquiry's number."""
    if translator.lock is None:
        raise SyncError(ErrorCode.FLOW_FILE_WRONG, file=translator.flow.id, line="lock", said="price_locked")
    looks = price_lock.look(bill, translator.lock, reader, reader.today)
    error = price_lock.objection(bill, translator.lock, looks)
    return Finding(error, send_back=True, agreed_too=True) if error else None


def _locked_prices(bill: Bill, translator: Translator) -> Iterable[Want]:
    return price_lock.wants(bill, translator.lock) if translator.lock else ()


def claims_offset(bill: Bill, translator: Translator, reader: Reader) -> Finding | None:
    """A payment takes off what is open of its supplier's claims that are settled by payments."""
    if translator.flow.gate is None:
        raise SyncError(
            ErrorCode.FLOW_FILE_WRONG, file=translator.flow.id, line="offset", said="claims_offset"
        )
    books = Books(translator)
    payment = books.invoices(reader, [bill])[bill.ref.key]
    if isinstance(payment, SyncError):
        raise payment
    book = books.of_suppliers(reader, [payment.supplier])
    books.under_way(reader, book, bill)
    try:
        claims = book.of(payment.company, payment.supplier)
    except SyncError as unreadable:
        unreadable.facts["number"] = bill.ref.number
        raise
    error = objection(payment, claims, Settlement.PAYMENT)
    if error is not None and error.code is ErrorCode.CLAIM_OPEN_NO_ORDER:
        error = SyncError(ErrorCode.CLAIM_TO_OFFSET, certain=True, **error.facts)
    return Finding(error, send_back=True, agreed_too=True) if error else None


def _claims_of_suppliers(bill: Bill, translator: Translator) -> Iterable[Want]:
    if translator.flow.gate is None:
        return ()
    books = Books(translator)
    return [Want(books.claim_side, books.gate.claims.supplier, text_of(bill.header.get(books.gate.supplier)))]


RULES: dict[str, Rule] = {
    "lines_present": Rule(lines_present),
    "total_is_sum": Rule(total_is_sum),
    "source_settled": Rule(source_settled, source_wants, before_audit=True, of_payments=True),
    "within_payable": Rule(within_payable, source_wants, before_audit=True, of_payments=True),
    "source_paid_once": Rule(source_paid_once, taken_wants, before_audit=True, of_payments=True),
    "price_locked": Rule(price_locked, _locked_prices, before_audit=True),
    "claims_offset": Rule(claims_offset, _claims_of_suppliers, before_audit=True),
}


def rules_of(translator: Translator, *, before_audit: bool = False) -> list[Rule]:
    """The flow's rules in the file's order; before_audit: those that are asked a second time. PER-703 for an unknown name."""
    found = []
    for name in translator.flow.rules:
        if name not in RULES:
            raise SyncError(ErrorCode.FLOW_FILE_WRONG, file=translator.flow.id, line="rules", said=name)
        if RULES[name].of_payments and translator.flow.sources is None:
            raise SyncError(ErrorCode.FLOW_FILE_WRONG, file=translator.flow.id, line="sources", said=name)
        found.append(RULES[name])
    return [rule for rule in found if rule.before_audit or not before_audit]


def gather(rules: Iterable[Rule], bills: Iterable[Bill], translator: Translator, reader: Reader) -> None:
    """Reads what these rules want of a batch of bills: a call for each form and field, none where nothing is wanted."""
    asking = [rule.wants for rule in rules if rule.wants is not None]
    if asking:
        reader.gather([want for bill in bills for wants in asking for want in wants(bill, translator)])


def first_objection(
    rules: Iterable[Rule], bill: Bill, translator: Translator, reader: Reader
) -> Finding | None:
    """The first objection of these rules."""
    found = (rule.check(bill, translator, reader) for rule in rules)
    return next((finding for finding in found if finding is not None), None)
