"""A flow: which bills travel, and what becomes of each field. Read from resources/flows/*.toml by store/flows.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from desktop.domain.claim import Gate


class FlowKind(Enum):
    """The kind decides the table of steps."""

    APPROVAL = "approval"
    GENERATION = "generation"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class ErpSide:
    """The ERP end of a flow.

    form:          the form id in the ERP.
    key_field:     the text field that carries our key ("" = the form has none).
    company_field: the header field whose value decides the route.
    maker_field:   the header field that names the person who made the bill.
    note_field:    the text field that takes the OA's result ("" = nowhere).
    header:        every header field the flow reads.
    tables:        every line table the flow reads, with its fields.
    options:       vendor-specific keys of the form (id_field, number_field, ...); connectors know their defaults.
    """

    form: str
    key_field: str = ""
    company_field: str = ""
    maker_field: str = ""
    note_field: str = ""
    header: tuple[str, ...] = ()
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OaSide:
    """The OA end of a flow. `workflow` is filled in from the route's switch before a connector sees it."""

    form: str
    key_field: str = ""
    workflow: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """One row: an expression over the source, and the target field. `key` marks a tamper field."""

    target: str
    expr: str
    required: bool = False
    default: str = ""
    key: bool = False


@dataclass(frozen=True, slots=True)
class LineMapping:
    """One line table onto one detail table. Lines match by entry id, never by position.

    only: in a generation, an expression under which a row is taken ("" = every row); its source "" = one line made of
    the header alone.
    """

    source: str
    target: str
    fields: tuple[FieldMapping, ...]
    required: bool = True
    only: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A named condition (an expression) under which a bill enters the flow."""

    name: str
    expr: str


@dataclass(frozen=True, slots=True)
class SourceBill:
    """One kind of bill that a payment line may pay.

    payable, unpaid: expressions over that bill, in the payment's currency: what it is worth, and what of it is not paid yet.
    """

    erp: ErpSide
    number_field: str
    payable: str
    unpaid: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What the lines of a payment pay: the line fields that name the source bill, and the kinds of bills there are."""

    table: str
    form: str
    number: str
    amount: str
    bills: tuple[SourceBill, ...]


@dataclass(frozen=True, slots=True)
class PriceLock:
    """Where locked prices stand in the ERP, and what a line of a bill asks of them. Values of both maps are expressions.

    lists:     the form of price lists, with the table of its rows.
    find:      the row's field that holds the material's number: rows are looked up by it.
    row:       what a price row says: company, supplier, material, unit, currency, tax_included, tax_rate, from_qty, to_qty,
               price, tax_price, begins, ends, inquiry, valid.
    lines:     the bill's table of lines.
    line:      what a line says, by the same names; besides qty and date ("today" is the ERP's day of the look).
    refuse:    True: a line for which no price was ever locked is refused; False: it passes, and its approver is told.
    """

    lists: ErpSide
    table: str
    find: str
    row: Mapping[str, str]
    lines: str
    line: Mapping[str, str]
    refuse: bool = True


@dataclass(frozen=True, slots=True)
class PriceFit:
    """Which rows of the ERP's price lists the lines of an adjustment must fit between, before anything is made of a request.

    lists, table: the price lists and their rows. lines: the adjustment's table; its line and a row have the same field keys.
    list:         the line's field that names the list by number. same: what makes two rows one price; by the first of them
                  rows are looked up. band: from and to (to is outside, 0 = without end). days: first and last.
    """

    lists: ErpSide
    table: str
    lines: str
    list: str
    same: tuple[str, ...]
    band: tuple[str, str]
    days: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Attachments:
    """Which attachments travel with a record, and what becomes of those that cannot.

    field:   ERP -> OA: the attachment field of the OA's main form. OA -> ERP: unused.
    leg:     OA -> ERP: the bill that gets the request's files, before it is submitted. ERP -> OA: 0.
    most:    files for one record. largest: bytes of one file. kinds: endings in lower case, () = every kind.
    must:    True: a record waits until all its files have arrived. False: it goes on without those that cannot go.
    """

    field: str = ""
    leg: int = 0
    most: int = 20
    largest: int = 20 << 20
    kinds: tuple[str, ...] = ()
    must: bool = False


class LegBy(Enum):
    """How a bill of a generation is made: by our mapping, or by the ERP's own conversion of the bill before it."""

    SAVE = "save"
    PUSH = "push"


class LegUntil(Enum):
    """How far a bill of a generation is taken."""

    SAVED = "saved"
    SUBMITTED = "submitted"
    AUDITED = "audited"


@dataclass(frozen=True, slots=True)
class Leg:
    """One bill of a generation's chain; always a new bill, never an update of a shared one.

    source_field: PUSH: the field of the made bill that holds the number of the bill it came from.
    push:         PUSH: rule, target_bill_type, target_org of the conversion ("" = the ERP's default).
    fits:         an adjustment of price lists: what its lines must fit between.
    company_field: the header field of the made bill that says whose it is ("" = it is not looked at): a bill that would belong
                  to another company than its route is never saved.
    balance:      two line fields, "lines.debit" and "lines.credit", whose sums must be equal, or nothing is sent.
    fields:       `key` rows are read back after the save and must not change until the bill is as far as `until`.
    """

    erp: ErpSide
    by: LegBy
    until: LegUntil
    source_field: str = ""
    push: Mapping[str, str] = field(default_factory=dict)
    balance: tuple[str, ...] = ()
    fields: tuple[FieldMapping, ...] = ()
    lines: tuple[LineMapping, ...] = ()
    fits: PriceFit | None = None
    company_field: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A named condition that a request must meet before any bill is made of it; `said` is what its maker reads."""

    name: str
    expr: str
    said: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow, whole. `version` is the digest of its content: a round keeps the version it began with.

    title_expr: expression for the request's title; partner_expr, amount_expr, currency_expr: what lists show.
    legs, checks, write_back, once: generation flows only. write_back: what the request gets when it is handed on.
    once: line values ("detail_1.invoice_no") that no other document may have used, by name.
    lock: approval flows whose lines have locked prices.
    attachments: which files travel along; None = none do.
    gate: gate flows; approval flows whose bills take claims off (the rule claims_offset).
    """

    id: str
    kind: FlowKind
    title: Mapping[str, str]
    version: str
    erp: ErpSide
    oa: OaSide
    title_expr: str
    applicant_expr: str
    partner_expr: str
    amount_expr: str
    currency_expr: str
    fields: tuple[FieldMapping, ...]
    lines: tuple[LineMapping, ...]
    rules: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    sources: Sources | None = None
    legs: tuple[Leg, ...] = ()
    checks: tuple[Check, ...] = ()
    write_back: tuple[FieldMapping, ...] = ()
    once: Mapping[str, str] = field(default_factory=dict)
    lock: PriceLock | None = None
    gate: Gate | None = None
    attachments: Attachments | None = None
