"""What the two systems keep: bills, requests, base data, money. Plain values, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

Value = str | Decimal | bool | None
"""A field's value as we hold it: text, Decimal (never float), yes/no, or nothing. Dates are ISO text."""

Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and its currency code. Never float, never bare."""

    amount: Decimal
    currency: str

    @property
    def plain(self) -> str:
        """The amount for files and programs: every digit, no exponent ("0E-10" is "0.00"), two places or as many as it has."""
        whole, _, places = f"{self.amount:f}".partition(".")
        return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


@dataclass(frozen=True, slots=True)
class Ref:
    """A pointer to a bill or a request. `key` is the system's own id, `number` what people call it."""

    system_id: str
    form: str
    key: str
    number: str = ""


class BillStatus(Enum):
    """Where a bill stands in its ERP."""

    DRAFT = "draft"
    CREATED = "created"
    SUBMITTED = "submitted"
    AUDITED = "audited"
    REOPENED = "reopened"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class BillHead:
    """What one row of a listing tells of a bill.

    maker:      the ERP user who made it, as the flow's maker field gives it.
    changed_at: aware UTC, evidence only: some servers do not touch it on every operation.
    our_key:    the content of the flow's key field ("" where empty).
    company:    the content of the flow's company field.
    """

    ref: Ref
    status: BillStatus
    maker: str
    changed_at: datetime | None
    our_key: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """A whole bill: header by field key, lines by table and then by entry id (in the ERP's order)."""

    ref: Ref
    status: BillStatus
    header: Row
    lines: Mapping[str, Mapping[str, Row]]
    maker: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkedBill:
    """A bill that another one was made of, or into, as the ERP's own source fields tell.

    owner: who made it, as people call them.  day: its business date, ISO; "" where the form has none.
    """

    ref: Ref
    status: BillStatus
    owner: str
    amount: Money | None
    day: str = ""


@dataclass(frozen=True, slots=True)
class BillDraft:
    """A bill to be made in the ERP. Dotted targets ("customer.code") are nested by the connector."""

    key: str
    header: Row
    lines: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    fallbacks: tuple[tuple[str, str, str], ...] = ()


class RequestStatus(Enum):
    """Where a request stands in its OA. ENDED: it is over, and nobody said yes or no (a forced end)."""

    RUNNING = "running"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Decision(Enum):
    """What a person did at a node, as far as we need to tell it apart."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    FORCED = "forced"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One line of an approval's log: plain text, never the OA's HTML."""

    node: str
    person: str
    decision: Decision
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What one row of an OA listing tells. `settled` is True when the request may have left the running state:
    the listing is a hint; only read_request() decides. `ended` is True when the listing proves that it is archived,
    by whatever end: nobody can hand it in again."""

    ref: Ref
    title: str
    settled: bool
    node: str
    creator: str
    changed_at: datetime | None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class OaRequest:
    """A whole request: form values, detail rows by table target ("detail_1"), opinions oldest first.

    waiting_on: names of the persons whose turn it is, as far as the OA tells.
    """

    ref: Ref
    title: str
    status: RequestStatus
    fields: Row
    details: Mapping[str, tuple[Row, ...]]
    applicant: str
    opinions: tuple[Opinion, ...]
    node: str
    changed_at: datetime | None
    waiting_on: tuple[str, ...] = ()

    @property
    def times_returned(self) -> int:
        """How often somebody sent it back, as its own log tells."""
        return sum(1 for each in self.opinions if each.decision is Decision.RETURNED)


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """A request to be opened: all values as the text that the OA's form takes.

    key:     our key; the connector writes it into the flow's key field and at the end of the title.
    sent_as: the OA's id of the person in whose name it is opened.
    details: rows by table target ("detail_1", "detail_2", in the form's order).
    fallbacks: (kind, code, counterpart) of base data for which a stand-in was taken.
    files: by attachment field, what was uploaded for this request, under the OA's ids and with its size.
    link: where a browser goes to see the bill, "" = nowhere. An OA whose forms cannot make it of the key gets it in a field.
    """

    key: str
    title: str
    sent_as: str
    fields: Mapping[str, str]
    details: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    fallbacks: tuple[tuple[str, str, str], ...] = ()
    files: Mapping[str, tuple[FileHead, ...]] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True, slots=True)
class FileHead:
    """One file that hangs on a bill or a request. id: the system's own; an address is made anew for each reading.

    size: bytes, 0 = the system does not tell before it is read.
    """

    id: str
    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class BaseItem:
    """One record of base data in one system.

    mark:      what only this person has in any system (a mobile number), "" where the vendor tells none.
    companies: organisations that may use it; empty = all, or the vendor does not tell.
    """

    kind: str
    key: str
    code: str
    name: str
    disabled: bool = False
    mark: str = ""
    companies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of a form, from the system's own metadata.

    table:  "" for the header, else the table as the flow file names it.
    length: characters for text, None where unknown; places: decimals for numbers, None where unknown.
    kind:   the kind of base data that it refers to, "" = none, or one that is not ours.
    code_key, name_key: the keys that read code and name of what it refers to; "" = the field refers to nothing.
    """

    table: str
    key: str
    label: str
    type: str
    required: bool = False
    length: int | None = None
    places: int | None = None
    kind: str = ""
    code_key: str = ""
    name_key: str = ""


BASE_KINDS = (
    "customer", "supplier", "material", "unit", "department", "employee", "currency", "exchange_rate",
    "settlement_method", "payment_terms", "tax_rate", "account", "expense_item", "project", "warehouse", "organisation",
    "bank_account", "bill_type",
)  # fmt: skip
"""Every kind of base data that bills refer to; "user" is the OA's word for whoever makes or approves something."""
