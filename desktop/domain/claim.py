"""Claims against suppliers, and how a gate's flow file says where they stand and how an invoice deducts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

from desktop.domain.record import Ref

NOTHING = Decimal(0)


class Settlement(Enum):
    """How a claim is settled: deducted on an invoice, made good in kind, or offset on later payments."""

    INVOICE = "invoice"
    GOODS = "goods"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class GatePass:
    """Two persons let one invoice pass as it is, though it deducts too little. It holds for the very content that the gate
    refused (`digest`), and for one audit: used_round is the round that took it.

    said: the gate's own sentence when it refused.
    """

    document_id: int
    digest: str
    person: str
    second: str
    reason: str
    code: str
    said: str
    given_at: datetime
    used_round: int | None = None

    def lets(self, digest: str, round_: int) -> bool:
        """True where it lets this content pass in this round."""
        return self.digest == digest and self.used_round in (None, round_)


@dataclass(frozen=True, slots=True)
class ClaimForm:
    """The claim bills in the ERP: form id and field keys. modes: the mode field's value -> what the gate does with it."""

    form: str
    company: str
    supplier: str
    order: str
    currency: str
    amount: str
    mode: str
    modes: Mapping[str, Settlement]
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceLink:
    """How an invoice line leads to its order.

    type: the value of the line's source type that this link is for ("" = any). form "" = the source is the order itself.
    number: the source's number field; table, order: its line table and the field with the order's number.
    """

    type: str
    form: str = ""
    number: str = ""
    table: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """What a gate reads of an invoice: header fields, its line table, and expressions over header and lines.

    total:    expression: what the invoice comes to, deductions taken off.
    claim:    the line field that carries a claim's number; deducted: expression over such a line: the amount it takes off.
    source_type, source_number: line fields with the kind and the number of the bill that the line came from ("" = none).
    """

    company: str
    supplier: str
    currency: str
    total: str
    table: str
    claim: str
    deducted: str
    source_type: str
    source_number: str
    claims: ClaimForm
    links: tuple[SourceLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One audited claim bill as the ERP shows it now, with what was taken off it.

    taken:    by the id of an audited invoice: what it deducts.
    reserved: by the id of an invoice on its way to its audit: what was set aside for it.
    """

    ref: Ref
    company: str
    supplier: str
    order: str
    currency: str
    amount: Decimal
    settled_by: Settlement
    taken: Mapping[str, Decimal] = field(default_factory=dict)
    reserved: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def deducted(self) -> Decimal:
        """What audited invoices have taken off."""
        return sum(self.taken.values(), NOTHING)

    @property
    def held(self) -> Decimal:
        """What is set aside for invoices that the ERP does not show as audited yet: no amount counts twice."""
        return self._held("")

    def open(self, besides: str = "") -> Decimal:
        """What is still to be deducted, never below zero. besides: the id of an invoice that does not count."""
        taken = sum((amount for key, amount in self.taken.items() if key != besides), NOTHING)
        return max(NOTHING, self.amount - taken - self._held(besides))

    def _held(self, besides: str) -> Decimal:
        waiting = (
            amount for key, amount in self.reserved.items() if key not in self.taken and key != besides
        )
        return sum(waiting, NOTHING)
