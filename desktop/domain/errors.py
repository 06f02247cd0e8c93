"""What can go wrong, as codes with facts; the sentences live in resources/text.

A code's prefix is its class, and the class decides what the engine does about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class FailureClass(Enum):
    """Eight classes, each with its own policy in sync/."""

    TRANSIENT = "NET"
    SESSION = "SES"
    IN_DOUBT = "DBT"
    DATA = "DAT"
    MAPPING = "MAP"
    RULE = "RUL"
    PERMISSION = "PER"
    INTERNAL = "BUG"


class Remedy(Enum):
    """Who moves next: the engine, a person who decides, a person who mends, or we ourselves."""

    RETRY = "retry"
    DECIDE = "decide"
    FIX = "fix"
    REPORT = "report"


class Healer(Enum):
    """Who puts it right: nobody has to, or which person."""

    ITSELF = "itself"
    MAKER = "maker"
    FINANCE = "finance"
    BASE = "base"
    MAPPING = "mapping"
    ADMIN = "admin"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of trouble: its number, its remedy and the names of the facts that its sentences may use."""

    id: str
    remedy: Remedy
    facts: tuple[str, ...] = ()

    @property
    def failure_class(self) -> FailureClass:
        """The class that the prefix stands for."""
        return FailureClass(self.id.split("-", 1)[0])

    @property
    def healer(self) -> Healer:
        """Who puts it right."""
        return next((healer for healer, ids in HEALERS.items() if self.id in ids), Healer.ADMIN)


HEALERS: dict[Healer, frozenset[str]] = {
    healer: frozenset(ids.split())
    for healer, ids in {
        Healer.ITSELF: "NET-101 NET-102 NET-103 NET-104 NET-105 NET-106 NET-108 NET-110 NET-111 SES-201 RUL-623",
        Healer.MAKER: "SES-204 NET-107 DAT-401 DAT-404 DAT-405 DAT-406 DAT-407 DAT-408 DAT-411 DAT-420 RUL-601 RUL-611 RUL-612 RUL-620"
        " RUL-631 RUL-632 RUL-633 RUL-634 RUL-635 RUL-639 RUL-641 RUL-642 RUL-643",
        Healer.FINANCE: "DBT-301 DBT-302 DBT-303 DAT-402 DAT-409 RUL-602 RUL-603 RUL-604 RUL-605 RUL-608 RUL-609"
        " RUL-610 RUL-613 RUL-614 RUL-615 RUL-616 RUL-618 RUL-621 RUL-636 RUL-637 RUL-638",
        Healer.BASE: "MAP-502 MAP-506 MAP-511 MAP-512 MAP-513 MAP-514",
        Healer.MAPPING: "DAT-403 MAP-501 MAP-503 MAP-507 MAP-508 MAP-509 MAP-510 MAP-515 MAP-516 PER-703 PER-710 PER-714",
        Healer.ADMIN: "NET-109 SES-202 SES-203 DAT-410 MAP-504 MAP-505 RUL-607 RUL-622 PER-701 PER-702 PER-704 PER-705"
        " PER-706 PER-707 PER-708 PER-709 PER-711 PER-712 PER-713 PER-715 PER-716 PER-717 PER-718 PER-719 PER-720 PER-721 PER-730 PER-731 PER-740 PER-741 PER-742 PER-743 PER-750",
        Healer.SUPPORT: "BUG-901",
    }.items()
}


class ErrorCode:
    """All codes. Facts `said` holds the other system's own words, masked and cut."""

    UNREACHABLE = Code("NET-101", Remedy.RETRY, ("system", "said"))
    TOO_SLOW = Code("NET-102", Remedy.RETRY, ("system", "seconds"))
    CONNECTION_LOST = Code("NET-103", Remedy.RETRY, ("system", "said"))
    SERVER_ERROR = Code("NET-104", Remedy.RETRY, ("system", "status", "said"))
    NOT_JSON = Code("NET-105", Remedy.RETRY, ("system", "said"))
    THROTTLED = Code("NET-106", Remedy.RETRY, ("system", "said"))
    LOCKED_BY_USER = Code("NET-107", Remedy.RETRY, ("number", "said"))
    NAME_UNKNOWN = Code("NET-108", Remedy.RETRY, ("system", "host"))
    TLS_REFUSED = Code("NET-109", Remedy.FIX, ("system", "said"))
    TOO_EARLY = Code("NET-110", Remedy.RETRY, ("number", "seconds"))
    FILE_STORE = Code("NET-111", Remedy.RETRY, ("system", "host", "said"))

    SESSION_LOST = Code("SES-201", Remedy.RETRY, ("system",))
    SESSION_LOST_TWICE = Code("SES-202", Remedy.FIX, ("system",))
    SIGN_IN_REFUSED = Code("SES-203", Remedy.FIX, ("system", "said"))
    TICKET_SPENT = Code("SES-204", Remedy.FIX, ())

    OUTCOME_UNKNOWN = Code("DBT-301", Remedy.DECIDE, ("step", "number", "key"))
    KEY_NOT_UNIQUE = Code("DBT-302", Remedy.DECIDE, ("form", "key", "found"))
    ANSWER_NOT_FOUND_AGAIN = Code("DBT-303", Remedy.DECIDE, ("step", "number", "answered"))

    REFUSED = Code("DAT-401", Remedy.FIX, ("system", "number", "said"))
    RECORD_MISSING = Code("DAT-402", Remedy.FIX, ("system", "number"))
    FIELD_MISSING = Code("DAT-403", Remedy.FIX, ("form", "field", "said"))
    TOO_LONG = Code("DAT-404", Remedy.FIX, ("field", "length", "limit"))
    TOO_PRECISE = Code("DAT-405", Remedy.FIX, ("field", "value", "places"))
    NO_LINES = Code("DAT-406", Remedy.FIX, ("number", "table"))
    TOO_MANY_LINES = Code("DAT-407", Remedy.FIX, ("number", "lines", "limit"))
    NOT_A_NUMBER = Code("DAT-408", Remedy.FIX, ("field", "value"))
    READ_BACK_DIFFERS = Code("DAT-409", Remedy.DECIDE, ("number", "field", "sent", "found"))
    UNREADABLE = Code("DAT-410", Remedy.FIX, ("system", "number", "said"))
    FILES_NOT_CARRIED = Code("DAT-420", Remedy.FIX, ("number", "files"))
    NOT_A_DATE = Code("DAT-411", Remedy.FIX, ("field", "value"))

    FIELD_UNMAPPED = Code("MAP-501", Remedy.FIX, ("flow", "target"))
    BASE_DATA_UNMAPPED = Code("MAP-502", Remedy.FIX, ("kind", "erp_code", "number", "gaps"))
    EXPRESSION_WRONG = Code("MAP-503", Remedy.FIX, ("expression", "position", "expected"))
    COMPANY_UNKNOWN = Code("MAP-504", Remedy.FIX, ("number", "company"))
    COMPANY_AMBIGUOUS = Code("MAP-505", Remedy.FIX, ("number", "company"))
    APPLICANT_UNMAPPED = Code("MAP-506", Remedy.FIX, ("person", "number"))
    FLOW_UNDER_WAY = Code("MAP-507", Remedy.FIX, ("flow", "count"))
    DRAFT_OUTDATED = Code("MAP-508", Remedy.FIX, ("flow",))
    FORM_CHANGED = Code("MAP-509", Remedy.FIX, ("system", "form", "field", "label", "drift"))
    GOLDEN_DIFFERS = Code("MAP-510", Remedy.FIX, ("flow", "title", "count"))
    BASE_ROW_CHANGED = Code("MAP-511", Remedy.DECIDE, ("kind", "erp_code", "person", "found"))
    BASE_KEY_TAKEN = Code("MAP-512", Remedy.FIX, ("kind", "erp_code", "oa_key", "other"))
    BASE_RECORD_UNKNOWN = Code("MAP-513", Remedy.FIX, ("kind", "value"))
    BASE_FILE_WRONG = Code("MAP-514", Remedy.FIX, ("file", "line", "said"))
    VERSION_GONE = Code("MAP-516", Remedy.FIX, ("flow", "number"))
    SOURCE_LONGER = Code("MAP-515", Remedy.FIX, ("field", "source", "length", "limit"))

    RULE_REFUSED = Code("RUL-601", Remedy.FIX, ("number", "said"))
    AUDITED_BY_HAND = Code("RUL-602", Remedy.DECIDE, ("number",))
    DOWNSTREAM_BLOCKS = Code("RUL-603", Remedy.FIX, ("number", "said"))
    FORCED_END = Code("RUL-604", Remedy.DECIDE, ("number", "request"))
    FORM_CHANGED_IN_APPROVAL = Code("RUL-605", Remedy.DECIDE, ("number", "field", "sent", "found"))
    GONE_UNSURE = Code("RUL-607", Remedy.DECIDE, ("number", "count"))
    REQUEST_GONE = Code("RUL-608", Remedy.DECIDE, ("number", "request"))
    CHANGED_AFTER_SENDING = Code("RUL-609", Remedy.DECIDE, ("number", "field", "sent", "found"))
    CHANGED_AROUND_AUDIT = Code("RUL-610", Remedy.DECIDE, ("number", "field", "sent", "found"))
    UNBALANCED = Code("RUL-611", Remedy.FIX, ("number", "debit", "credit", "lines"))
    USED_ELSEWHERE = Code("RUL-612", Remedy.FIX, ("number", "value", "other"))
    REQUEST_LEFT = Code("RUL-613", Remedy.DECIDE, ("number", "bill"))
    BILL_GONE = Code("RUL-614", Remedy.DECIDE, ("number", "bill"))
    BY_HAND_DIFFERS = Code("RUL-615", Remedy.FIX, ("number", "request", "differences"))
    AUDITED_BEFORE_UNDOING = Code("RUL-616", Remedy.DECIDE, ("number", "field", "sent", "found"))
    PERIOD_CLOSED = Code("RUL-618", Remedy.FIX, ("number", "date", "said"))
    OVER_PAYABLE = Code("RUL-620", Remedy.FIX, ("number", "source", "amount", "unpaid"))
    PAID_TWICE = Code("RUL-621", Remedy.FIX, ("number", "source", "amount", "payable", "taken", "others"))
    SOURCE_UNKNOWN = Code("RUL-622", Remedy.FIX, ("number", "source", "form"))
    WAITS_FOR_SOURCE = Code("RUL-623", Remedy.RETRY, ("number", "source"))
    PRICE_OFF_LOCK = Code("RUL-641", Remedy.FIX, ("number", "lines"))
    NO_LOCKED_PRICE = Code("RUL-642", Remedy.FIX, ("number", "lines"))
    PRICE_MISFIT = Code("RUL-643", Remedy.FIX, ("number", "lines"))

    CLAIM_OPEN = Code(
        "RUL-631", Remedy.FIX,
        ("number", "supplier", "orders", "claims", "open", "deducted", "due", "total", "currency"),
    )  # fmt: skip
    CLAIM_OPEN_NO_ORDER = Code(
        "RUL-632", Remedy.FIX, ("number", "supplier", "claims", "open", "deducted", "due", "total", "currency")
    )  # fmt: skip
    CLAIM_OVERDRAWN = Code("RUL-633", Remedy.FIX, ("number", "claim", "deducted", "open", "currency"))
    CLAIM_NOT_FITTING = Code("RUL-634", Remedy.FIX, ("number", "claim", "supplier", "currency"))
    CLAIM_ABOVE_INVOICE = Code("RUL-635", Remedy.FIX, ("number", "deducted", "total", "currency"))
    CLAIM_CURRENCY = Code("RUL-636", Remedy.FIX, ("number", "claim", "order", "sent", "found"))
    PAST_THE_GATE = Code("RUL-637", Remedy.DECIDE, ("number", "said"))
    CLAIM_TO_OFFSET = Code(
        "RUL-639", Remedy.FIX, ("number", "supplier", "claims", "open", "deducted", "due", "total", "currency")
    )  # fmt: skip
    CLAIM_UNREADABLE = Code("RUL-638", Remedy.FIX, ("number", "claim", "said"))

    NOT_PERMITTED = Code("PER-701", Remedy.FIX, ("system", "number", "said"))
    KEY_FIELD_MISSING = Code("PER-702", Remedy.FIX, ("system", "form", "field"))
    FLOW_FILE_WRONG = Code("PER-703", Remedy.FIX, ("file", "line", "said"))
    STORE_NEWER = Code("PER-704", Remedy.FIX, ("found", "known"))
    STORE_UNREADABLE = Code("PER-705", Remedy.FIX, ("where", "said"))
    SECRET_MISSING = Code("PER-706", Remedy.FIX, ("system", "field", "variable"))
    CLOCK_SKEW = Code("PER-707", Remedy.FIX, ("system", "seconds"))
    OTHER_ENGINE = Code("PER-708", Remedy.FIX, ("system", "number", "key"))
    STORE_BUSY = Code("PER-709", Remedy.FIX, ("where",))
    SITE_FILE_WRONG = Code("PER-710", Remedy.FIX, ("file", "line", "said"))
    LICENCE = Code("PER-711", Remedy.FIX, ("system", "said"))
    RIGHT_LOST = Code("PER-712", Remedy.FIX, ("system", "form", "count"))
    SYSTEM_UNKNOWN = Code("PER-713", Remedy.FIX, ("system",))
    CANNOT = Code("PER-714", Remedy.FIX, ("system", "what"))
    ARGUMENT_WRONG = Code("PER-715", Remedy.FIX, ("said",))
    TRIGGER_LOOPS = Code("PER-721", Remedy.FIX, ("system", "trigger"))
    OTHER_ACCOUNT_SET = Code("PER-720", Remedy.FIX, ("system", "number", "flow"))
    CALENDAR_WRONG = Code("PER-730", Remedy.FIX, ("file", "line", "said"))
    SERVICE_REFUSED = Code("PER-731", Remedy.FIX, ("command", "said"))
    NOT_ALLOWED = Code("PER-716", Remedy.FIX, ("person", "order"))
    PASSPHRASE_WRONG = Code("PER-717", Remedy.FIX, ("person",))
    SECOND_PERSON = Code("PER-750", Remedy.DECIDE, ("order",))
    LAST_ADMIN = Code("PER-718", Remedy.FIX, ("person",))
    PASSPHRASE_SHORT = Code("PER-719", Remedy.FIX, ("least",))
    GATEWAY_CLOSED = Code("PER-740", Remedy.FIX, ("address", "said"))
    ENGINE_SILENT = Code("PER-742", Remedy.FIX, ("since",))
    STREAM_REFUSED = Code("PER-743", Remedy.FIX, ("system", "said"))
    PERSON_UNKNOWN_HERE = Code("PER-741", Remedy.FIX, ("person", "system"))

    INTERNAL = Code("BUG-901", Remedy.REPORT, ("said",))

    @classmethod
    def all(cls) -> tuple[Code, ...]:
        """Every code, in the order of this file."""
        return tuple(value for value in vars(cls).values() if isinstance(value, Code))

    @classmethod
    def named(cls, code_id: str) -> Code:
        """The code with this number; an unknown number (from a newer store) reads as INTERNAL."""
        return _BY_ID.get(code_id, cls.INTERNAL)


_BY_ID: dict[str, Code] = {code.id: code for code in ErrorCode.all()}


class SyncError(Exception):
    """The one exception of the house: a code and its facts.

    certain: True only when the other side answered, and answered *no*: nothing happened there. A time-out, a
             lost connection or an unreadable answer is never certain.
    """

    def __init__(self, code: Code, *, certain: bool = False, **facts: Any) -> None:
        super().__init__(code.id, facts)
        self.code = code
        self.certain = certain
        self.facts: dict[str, Any] = facts

    @property
    def failure_class(self) -> FailureClass:
        """Shortcut to the class of the code."""
        return self.code.failure_class

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code.id}({told})"
