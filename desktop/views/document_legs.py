"""A generation in words: the bills that a request becomes, one leg after the other. No widgets, no I/O.

document_life.py tells a bill that goes to the OA; here a request of the OA becomes bills, and each has its own number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from desktop.domain.document import DocumentState, Link, Round
from desktop.views.document_life import Fact, Stage, facts, made_by, opinion_stages

if TYPE_CHECKING:
    from desktop.services.documents import Story
    from desktop.services.text import Text

Record = tuple[str, Mapping[str, Any], dict[str, Sequence[Mapping[str, Any]]]]
"""A title, header fields, lines by table."""


def leg_name(story: Story, leg: int, text: Text) -> str:
    """The leg's number and what its form is called; a form of the customer's own by its id."""
    form = story.forms[leg - 1] if leg <= len(story.forms) else ""
    return f"{leg} {text.word('bill', form)}" if form else str(leg)


def _links(story: Story) -> dict[int, Link]:
    return {each.leg: each for each in story.links if each.round == story.row.round and each.leg}


def _current(story: Story) -> Round | None:
    return next((each for each in reversed(story.rounds) if each.number == story.row.round), None)


def leg_rail(story: Story, text: Text, now: datetime) -> list[Stage]:
    """Agreed in the OA, one stop for each bill, handed on."""
    say, state, current = text.say, story.row.state, _current(story)
    stages = [
        Stage(say("rail-asked"), made_by(current, text, now), "done"),
        *opinion_stages(current, text, now),
    ]
    if state in (DocumentState.RETURNED, DocumentState.CANCELLED, DocumentState.DISMISSED):
        kind = "back" if state is DocumentState.RETURNED else "off"
        links = _links(story)
        made = [Stage(leg_name(story, leg, text), links[leg].erp.number, "done") for leg in sorted(links)]
        told = state is DocumentState.RETURNED and story.row.in_words
        title = say("rail-told") if told else text.word("state", state.value)
        word = Stage(title, text.clock(story.row.changed_at, now), kind)
        return [*stages, *made, word]
    stages += [_leg_stage(story, leg, text, now) for leg in range(1, len(story.forms) + 1)]
    stages.append(_hand_on_stage(story, text, now))
    if story.row.needs_person:
        stages = [
            replace(each, kind="stop", second=say("rail-person")) if each.kind == "now" else each
            for each in stages
        ]
    return stages


def _leg_stage(story: Story, leg: int, text: Text, now: datetime) -> Stage:
    state, at_hand = story.row.state, story.document.leg
    title, link = leg_name(story, leg, text), _links(story).get(leg)
    if link is not None:
        done = leg < at_hand or state in (DocumentState.AUDITED, DocumentState.DONE)
        second = text.clock(link.made_at, now) if done else text.word("state", state.value)
        if done and leg in story.left:
            second = text.say("rail-left")
        return Stage(title, f"{link.erp.number or link.erp.key}  {second}", "done" if done else "now")
    waits = leg == at_hand + 1 and (leg == 1 or state is DocumentState.AUDITED)
    return Stage(title, text.say("rail-waits") if waits else "", "now" if waits else "next")


def _hand_on_stage(story: Story, text: Text, now: datetime) -> Stage:
    title = text.say("rail-numbers-told" if story.row.in_words else "rail-handed-on")
    if story.row.state is DocumentState.DONE:
        return Stage(title, text.clock(story.row.changed_at, now), "done")
    whole = story.row.next_step == "write_back" or (
        story.document.leg == len(story.forms) and story.row.state is DocumentState.AUDITED
    )
    return Stage(title, text.say("rail-waits") if whole else "", "now" if whole else "next")


def leg_facts(story: Story, text: Text) -> list[Fact]:
    """The facts of any document; instead of one number in the other system, each bill's own."""
    other, links = text.say("fact-request"), _links(story)
    told = facts(story, text)
    left = text.say("rail-left")
    bills = [
        Fact(
            leg_name(story, leg, text),
            f"{links[leg].erp.number or links[leg].erp.key}{f'  {left}' if leg in story.left else ''}",
        )
        for leg in sorted(links)
    ]
    kept = [each for each in told if each.label != other]
    return [*kept[:1], *bills, *kept[1:]]


def mapped_bills(round_: Round, story: Story, text: Text) -> list[Record]:
    """Every bill of a round as it was made for the ERP, under its name; an approval's round has none."""
    found: list[Record] = []
    for leg in sorted(int(key) for key in round_.mapped if str(key).isdigit()):
        kept = round_.mapped[str(leg)]
        lines: dict[str, Sequence[Mapping[str, Any]]] = {
            str(table): list(rows) for table, rows in dict(kept.get("lines", {})).items()
        }
        found.append((leg_name(story, leg, text), dict(kept.get("header", {})), lines))
    return found
