"""A cause in words: its title, what it blocks, who cures it, and where the cure is. No widgets, no I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from desktop.domain.errors import Code, ErrorCode, FailureClass, Remedy
from desktop.views.queue_rows import money_words

if TYPE_CHECKING:
    from desktop.services.failures import Cause
    from desktop.services.text import Text

_ON_MAPPING = frozenset(
    code.id for code in (ErrorCode.FIELD_UNMAPPED, ErrorCode.EXPRESSION_WRONG, ErrorCode.FIELD_MISSING)
)
_ON_ROUTES = frozenset((ErrorCode.COMPANY_UNKNOWN.id, ErrorCode.COMPANY_AMBIGUOUS.id))
_IN_THE_PANEL = frozenset((ErrorCode.DOWNSTREAM_BLOCKS.id, ErrorCode.PERIOD_CLOSED.id))
"""The way on stands beside the document itself."""
_ON_BILLS = frozenset((FailureClass.IN_DOUBT, FailureClass.DATA, FailureClass.RULE))


class Way(NamedTuple):
    """Where the cure is: a page with facts for its `arrive`, or where a bill is opened: in the "erp", here to be read ("here",
    where the ERP has no addresses), or here where a person decides ("panel")."""

    words: str
    page: str = ""
    facts: Mapping[str, Any] = {}
    side: str = ""


def way_to(cause: Cause, text: Text, pages: Collection[str]) -> Way | None:
    """The one way to the cure, as far as the page for it stands; None where there is nothing to be opened."""
    code, say = cause.code.id, text.say
    if code in (ErrorCode.BASE_DATA_UNMAPPED.id, ErrorCode.APPLICANT_UNMAPPED.id) and "base" in pages:
        return Way(say("failures-to-base"), "base", _row_of(cause))
    if code in _ON_MAPPING and "mapping" in pages:
        return Way(say("failures-to-mapping"), "mapping", {"flow": cause.flows[0] if cause.flows else ""})
    if code in _ON_ROUTES:
        return Way(say("failures-to-routes"), "systems", {"new": "route"})
    if cause.code.remedy is Remedy.DECIDE or code in _IN_THE_PANEL:
        return Way("", side="panel")
    if cause.code.failure_class in _ON_BILLS and code not in _ON_MAPPING:
        return Way("", side="here" if cause.shut else "erp")
    if cause.system_id:
        return Way(
            say("failures-to-system", system=str(cause.facts.get("system", ""))),
            "systems",
            {"system": cause.system_id},
        )
    if cause.code.failure_class is FailureClass.PERMISSION and cause.routes:
        return Way(say("failures-to-routes"), "systems", {"route": cause.routes[0]})
    return None


def _row_of(cause: Cause) -> Mapping[str, Any]:
    """The correspondence that is missing, as the page of base data opens it."""
    if cause.code.id == ErrorCode.APPLICANT_UNMAPPED.id:
        kind, code = "user", str(cause.facts.get("person", ""))
    else:
        kind, code = str(cause.facts.get("kind", "")), str(cause.facts.get("erp_code", ""))
    return {"route": cause.routes[0] if cause.routes else "", "kind": kind, "code": code, "erp_code": code}


def title_of(text: Text, code: Code, facts: Mapping[str, Any]) -> str:
    """The cause in a few words, with what makes it differ from others of its code."""
    key = f"cause-{code.id}"
    title = text.say(key, **facts) if text.has(key) else text.word("short", code.id)
    return title[:1].upper() + title[1:]


def said_of(text: Text, facts: Mapping[str, Any]) -> str:
    """The other system's own words, in quotes; "" where it said nothing."""
    said = str(facts.get("said", "")).strip()
    return text.say("said-quoted", said=said) if said else ""


def count_words(text: Text, cause: Cause) -> str:
    """ "5 bills"."""
    return text.say("failures-bills", count=cause.count)


def money_of(text: Text, cause: Cause) -> str:
    """Everything that it blocks, one sum for each currency."""
    return joined(text, [money_words(text, each) for each in cause.money])


def joined(text: Text, words: Sequence[str]) -> str:
    """A list in the person's language."""
    return text.joined(words)


def since_words(text: Text, cause: Cause, now: datetime) -> str:
    """How long its oldest document has waited."""
    return text.lapse(max(0.0, (now - cause.oldest_at).total_seconds()))


def kind_words(text: Text, cause: Cause) -> tuple[str, str]:
    """Its class, and who cures it."""
    kind = text.say(f"class-{cause.code.failure_class.name.lower()}")
    return kind, text.say(f"healer-{cause.code.healer.value}")


def told_facts(text: Text, facts: Mapping[str, Any], count: int = 1) -> dict[str, Any]:
    """Facts as a person reads them: gaps by the names of their kinds, and of several bills one with how many more."""
    told = dict(facts)
    if gaps := str(told.get("gaps", "")):
        told["gaps"] = [_gap(text, gap) for gap in gaps.split("; ")]
    if isinstance(told.get("differences"), list):
        told["differences"] = [_difference(text, each) for each in told["differences"]]
    if count > 1 and told.get("number"):
        told["number"] = text.say(
            "failures-number-more", number=str(told["number"]), count=count, more=count - 1
        )
    return told


def what_of(text: Text, code_id: str, facts: Mapping[str, Any]) -> str:
    """What happened. Behind a number that ends as a Chinese word, as that of one of several does, the blank goes."""
    number, what = str(facts.get("number", "")), text.what(code_id, facts)
    return what.replace(f"{number} ", number) if number[-1:] > "\u2e7f" else what


def _difference(text: Text, told: str) -> str:
    """ "amount|2034.00|3034.00" as words."""
    name, erp, oa = (*told.split("|"), "", "", "")[:3]
    return text.say(
        "compared-differs", name=text.word("compared", name), erp=erp, oa=text.word("request", oa)
    )


def _gap(text: Text, gap: str) -> str:
    kind, _, code = gap.partition(" ")
    return f"{text.word('kind', kind)} {code}".strip()
