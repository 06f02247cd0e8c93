"""A document's life in words: the timeline, where it stands, and its facts. No widgets, no I/O.

The trail notes every promise and every look; a reader wants to know what happened. So a promise gives way to what came
of it, and our own note of a decision to the person who made it. Every step is still there to be shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from desktop.domain.document import AttemptOutcome, DocumentState, Failure, FileState, Link, Round
from desktop.domain.errors import ErrorCode

if TYPE_CHECKING:
    from desktop.services.documents import Event, Story
    from desktop.services.text import Text

TOLD_BY = {
    "done.open_request": ("requested",), "done.audit_bill": ("audited",),
    "done.send_back": ("returned", "bill_taken_back"), "done.cancel_request": ("cancelled",),
    "done.close_request": ("closed",), "done.tell_applicant": ("applicant_told",), "done.move_date": ("date_moved",), "done.note_bill": ("noted",), "done.save_bill": ("bill_saved",),
    "done.push_bill": ("bill_pushed",), "done.submit_bill": ("bill_submitted",), "done.delete_bill": ("bill_deleted",),
    "done.write_back": ("handed_on", "numbers_told"), "done.return_request": ("request_returned", "request_told"),
}  # fmt: skip
"""An effect that came true is told by the move it made, at the same moment."""
DECIDED_BY = {"approved": "approved", "rejected": "returned", "withdrawn": "withdrawn"}
"""Our reading of a decision is told by the opinion of whoever took it."""
NEVER_BLOCKS = frozenset(
    f"{outcome}.{step}"
    for outcome in ("refused", "lost")
    for step in ("note_bill", "tell_applicant", "upload", "attach")
)
"""A note that the other system would not take changes nothing: the opinions are kept here. A file that would not go is told
once, when it is left behind."""
MARKS = {
    "found": ("ring_dashed", "muted"), "requested": ("ring_half", "wait"), "approved": ("ring_tick", "ok"),
    "audited": ("disc_tick", "ok"), "noted": ("ring_tick", "ok"), "applicant_told": ("ring_tick", "ok"), "returned": ("triangle", "warn"),
    "returned_by_hand": ("triangle", "warn"), "rejected": ("triangle", "warn"), "failed": ("square", "stop"),
    "bill_saved": ("ring_half", "wait"), "bill_pushed": ("ring_half", "wait"), "handed_on": ("disc_tick", "ok"), "numbers_told": ("disc_tick", "ok"),
    "bill_submitted": ("ring_half", "wait"), "request_returned": ("triangle", "warn"), "request_told": ("triangle", "warn"),
    "bill_taken_back": ("ring_bar", "muted"), "bill_deleted": ("ring_bar", "muted"),
    "bill_adopted": ("ring_half", "wait"), "bill_by_hand": ("ring_half", "wait"),
    "adopted": ("ring_half", "wait"), "bound": ("ring_half", "wait"), "handed_in_again": ("ring_dashed", "muted"),
    "audited_by_hand_after_approval": ("disc_tick", "ok"), "decided_approved": ("disc_tick", "ok"),
    "decided_rejected": ("triangle", "warn"), "accepted": ("disc_tick", "ok"),
    "intent": ("ring_dashed", "muted"), "done": ("ring_tick", "ok"), "refused": ("triangle_mark", "warn"),
    "file_left_out": ("triangle_mark", "warn"),
    "lost": ("ring_bar", "muted"), "in_doubt": ("diamond", "warn"),
}  # fmt: skip
BY_ORDER = frozenset(("accepted", "decided_approved", "decided_rejected"))
OPINION_MARKS = {
    "approved": ("disc_tick", "ok"), "returned": ("triangle", "warn"), "rejected": ("triangle", "warn"),
    "forced": ("triangle_mark", "warn"),
}  # fmt: skip
STAGE_OPINIONS = 3
"""So many decisions of the current round stand on the rail; all of them stand on the timeline."""
CHANGED = frozenset(
    code.id
    for code in (
        ErrorCode.READ_BACK_DIFFERS, ErrorCode.CHANGED_AFTER_SENDING, ErrorCode.CHANGED_AROUND_AUDIT, ErrorCode.FORM_CHANGED_IN_APPROVAL,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline. said: quoted words of a person or of the other system.  times: how often in a row."""

    at: datetime
    shape: str
    token: str
    title: str
    who: str = ""
    said: str = ""
    action: str = ""
    round: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Stage:
    """One stop of the rail. kind: "done", "now", "next", "back" (went to its maker), "off" (over), "stop" (a person)."""

    title: str
    second: str
    kind: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the facts. shape, token: a mark before the value."""

    label: str
    value: str
    shape: str = ""
    token: str = ""


def open_failure(story: Story) -> Failure | None:
    """What holds the document now."""
    return next((each for each in reversed(story.failures) if each.closed_at is None), None)


# The timeline --------------------------------------------------------------------------------------------------


def timeline(story: Story, text: Text, *, every_step: bool = False) -> list[Line]:
    """Newest first."""
    lines = [(line.at, at, line) for at, line in enumerate(_ours(story, text, every_step))]
    lines += [(line.at, at + 10_000, line) for at, line in enumerate(_opinions(story, text, every_step))]
    lines.sort(key=lambda each: each[:2])
    folded: list[Line] = []
    for _, _, line in lines:
        last = folded[-1] if folded else None
        if last is not None and (last.action, last.said, last.who) == (line.action, line.said, line.who):
            folded[-1] = replace(line, times=last.times + 1)
        else:
            folded.append(line)
    return folded[::-1]


def _ours(story: Story, text: Text, every_step: bool) -> list[Line]:
    from desktop.services.documents import EventKind

    events = [event for event in story.events if event.kind is not EventKind.OPINION]
    if not every_step:
        events = _main(events, story)
    return [_line(event, text, person=event.kind is EventKind.PERSON) for event in events]


def _main(events: Sequence[Event], story: Story) -> list[Event]:
    """Without promises that were settled, effects told by their move, and decisions told by their opinion."""
    settled = {
        event.attempt_id for event in events if event.attempt_id and not event.action.startswith("intent.")
    }
    moves = {(event.action, event.at) for event in events}
    opined = {(each.number, opinion.get("decision")) for each in story.rounds for opinion in each.opinions}
    kept = []
    for event in events:
        promise = event.action.startswith("intent.") and event.attempt_id in settled
        effect = any((move, event.at) in moves for move in TOLD_BY.get(event.action, ()))
        decision = (event.round, DECIDED_BY.get(event.action)) in opined
        if not (promise or effect or decision or event.action in NEVER_BLOCKS):
            kept.append(event)
    return kept


def _line(event: Event, text: Text, *, person: bool) -> Line:
    outcome = event.action.partition(".")[0]
    shape, token = MARKS.get(outcome, ("ring_bar", "muted"))
    if person:
        shape, token = (shape, token) if outcome in MARKS else ("disc", "link")
    return Line(
        event.at, shape, token, action_words(text, event.action, event.round), event.who if person else "",
        _said(text, event), event.action, event.round,
    )  # fmt: skip


def action_words(text: Text, action: str, round_number: int = 0) -> str:
    """The sentence of an action of the trail; one that a newer store knows shows as it is."""
    outcome, _, step = action.partition(".")
    if step:
        key = "trail-done-step" if outcome == "done" else f"trail-{outcome}"
        return text.say(key, step=step) if text.has(key) else action
    key = f"trail-{action}"
    return text.say(key, round=round_number) if text.has(key) else action


def _said(text: Text, event: Event) -> str:
    """The words of an event: a code as its short words, a reason of ours as its sentence, all else as it was said."""
    if text.has(f"short-{event.text}"):
        return text.say(f"short-{event.text}")
    return action_words(text, event.text) if text.has(f"trail-{event.text}") else event.text


def _opinions(story: Story, text: Text, every_step: bool) -> list[Line]:
    """What people wrote in the OA. Its clock has seconds only: nothing there came before its request was made."""
    made = {link.round: link.made_at for link in story.links if not link.leg}
    made.update(
        {event.round: event.at for event in story.events if event.action in ("requested", "adopted", "bound")}
    )
    ordered = {(event.who, event.text) for event in story.events if event.action in BY_ORDER}
    lines = []
    for each in story.rounds:
        for opinion in each.opinions:
            decision = opinion.get("decision") or "remark"
            if decision == "submitted" and not every_step and each.number in made:
                continue
            if not opinion.get("node") and (opinion.get("person"), opinion.get("text")) in ordered:
                continue  # a person's order here, kept with the round: the trail tells it
            at = _moment(opinion.get("at", "")) or each.opened_at
            if not story.forms:
                at = max(at, made.get(each.number, each.opened_at))
            shape, token = OPINION_MARKS.get(decision, ("ring", "muted"))
            who = "  ".join(filter(None, (opinion.get("person", ""), opinion.get("node", ""))))
            title = text.word("opinion", decision)
            lines.append(
                Line(
                    at, shape, token, title, who, opinion.get("text", ""), f"opinion.{decision}", each.number
                )
            )
    return lines


def _moment(told: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# The rail ------------------------------------------------------------------------------------------------------


def rail(story: Story, text: Text, now: datetime) -> list[Stage]:
    """Where the document stands in its current round."""
    say, state = text.say, story.row.state
    current = next((each for each in reversed(story.rounds) if each.number == story.row.round), None)
    link = next((each for each in reversed(story.links) if each.round == story.row.round), None)
    stages = [Stage(say("rail-submitted"), made_by(current, text, now), "done")]
    if story.row.gate:
        stages += _gate_stages(story, text, now)
        return _held(stages, story, text)
    stages.append(_request_stage(state, link, text, now))
    stages += opinion_stages(current, text, now)
    stages += _after(story, text, now)
    return _held(stages, story, text)


def _held(stages: list[Stage], story: Story, text: Text) -> list[Stage]:
    """Where a person is asked, the stop at which the document stands says so."""
    if story.row.needs_person:
        for at, stage in enumerate(stages):
            if stage.kind == "now":
                stages[at] = replace(stage, kind="stop", second=text.say("rail-person"))
    return stages


def _gate_stages(story: Story, text: Text, now: datetime) -> list[Stage]:
    """A gate's document has no request: it is checked, then audited or sent back."""
    say, state = text.say, story.row.state
    check = Stage(say("rail-check"), "", "done")
    if state is DocumentState.FOUND:
        waits = replace(check, kind="now", second=say("rail-waits"))
        return [waits, Stage(say("rail-audit"), say("rail-checked"), "next")]
    if state in (DocumentState.CANCELLED, DocumentState.DISMISSED):
        return _after(story, text, now)
    return [check, *_after(story, text, now)]


def made_by(current: Round | None, text: Text, now: datetime) -> str:
    """Who made the source record, and when it was handed in."""
    if current is None:
        return ""
    who = str(current.snapshot.get("maker", ""))
    at = current.source_changed_at
    return "  ".join(filter(None, (who, text.clock(at, now) if at else "")))


def _request_stage(state: DocumentState, link: Link | None, text: Text, now: datetime) -> Stage:
    title = text.say("rail-request")
    if link is not None:
        return Stage(title, f"{link.oa.number or link.oa.key}  {text.clock(link.made_at, now)}", "done")
    return (
        Stage(title, text.say("rail-waits"), "now")
        if state is DocumentState.FOUND
        else Stage(title, "", "off")
    )


def opinion_stages(current: Round | None, text: Text, now: datetime) -> list[Stage]:
    """The last decisions of the round."""
    stages = []
    for opinion in current.opinions if current is not None else ():
        decision = opinion.get("decision", "")
        if decision not in ("approved", "returned", "rejected", "withdrawn", "forced"):
            continue
        at = _moment(opinion.get("at", ""))
        second = "  ".join(filter(None, (opinion.get("person", ""), text.clock(at, now) if at else "")))
        title = opinion.get("node") or text.word("opinion", decision)
        stages.append(Stage(title, second, "done" if decision == "approved" else "back"))
    return stages[-STAGE_OPINIONS:]


def _after(story: Story, text: Text, now: datetime) -> list[Stage]:
    """What comes after the approvers' decisions."""
    say, state = text.say, story.row.state
    waited_s = (now - story.row.changed_at).total_seconds()
    waiting = say("panel-waiting", lapse=text.lapse(waited_s)) if waited_s >= 60 else say("rail-waits")
    audit = Stage(say("rail-audit"), say("rail-auto"), "next")
    if state is DocumentState.FOUND:
        return [Stage(say("rail-approval"), "", "next"), audit]
    if state is DocumentState.REQUESTED:
        return [Stage(say("rail-approval"), waiting, "now"), audit]
    if state is DocumentState.APPROVED:
        return [replace(audit, kind="now", second=say("rail-waits"))]
    if state is DocumentState.DONE:
        return [replace(audit, kind="done", second=text.clock(story.row.changed_at, now))]
    if state in (DocumentState.REJECTED, DocumentState.WITHDRAWN):
        return [Stage(say("rail-returned"), say("rail-waits"), "now")]
    if state is DocumentState.RETURNED:
        return [Stage(say("rail-returned"), text.clock(story.row.changed_at, now), "back")]
    if not state.at_rest:
        return [Stage(text.word("state", state.value), waiting, "now")]
    return [Stage(text.word("state", state.value), text.clock(story.row.changed_at, now), "off")]


# The facts -----------------------------------------------------------------------------------------------------


def facts(story: Story, text: Text) -> list[Fact]:
    """What one wants to know or to copy, the content check on top."""
    say, document, row = text.say, story.document, story.row
    current = next((each for each in reversed(story.rounds) if each.number == row.round), None)
    found = [_tamper(story, current, text)]
    if current is not None and current.digest:
        found.append(Fact(say("fact-digest"), f"{current.digest[:4]}…{current.digest[-4:]}".upper()))
    found += [*_stand_ins(current, text), *_attachments(story, text)]
    if row.request_number:
        found.append(Fact(say("fact-request"), row.request_number))
    found += [Fact(say("fact-company"), row.company), Fact(say("fact-partner"), row.partner)]
    if current is not None:
        found.append(Fact(say("fact-maker"), str(current.snapshot.get("maker", ""))))
    found += [
        Fact(say("fact-round"), str(row.round)), Fact(say("fact-key"), document.key),
        Fact(say("fact-attempts"), str(len(story.attempts))), Fact(say("fact-found"), text.moment(row.created_at)),
        Fact(say("fact-changed"), text.moment(row.changed_at)),
    ]  # fmt: skip
    return [fact for fact in found if fact.value]


def _attachments(story: Story, text: Text) -> list[Fact]:
    """The files of the current round: those that arrived together, each that stays behind with its reason."""
    mine = [each for each in story.files if each.round == story.row.round]
    carried = [each.name for each in mine if each.state in (FileState.CARRIED, FileState.UPLOADED)]
    told = [Fact(text.say("fact-files"), ", ".join(carried), "ring_tick", "ok")] if carried else []
    for each in mine:
        if each.state is FileState.WAITING:
            told.append(Fact(text.say("fact-files-waiting"), each.name, "ring_dashed", "muted"))
        elif each.state is FileState.LEFT_OUT:
            why = text.say("fact-file-why", name=each.name, why=_in_words(each.why, text))
            told.append(Fact(text.say("fact-files-left"), why, "triangle_mark", "warn"))
    if story.files_stay:
        told.append(
            Fact(
                text.say("fact-files-left"),
                text.say(f"fact-files-stay-{story.files_stay}"),
                "ring_dashed",
                "muted",
            )
        )
    return told


def _in_words(why: str, text: Text) -> str:
    """A reason as a clerk reads it: a kind that is not taken, an empty file, or a code with its words before it."""
    code = why.partition(" ")[0]
    if why.startswith("."):
        return text.say("fact-file-kind", kind=why)
    if why == "0 B":
        return text.say("fact-file-empty")
    return f"{text.say(f'short-{code}')} ({why})" if text.has(f"short-{code}") else why


def _stand_ins(current: Round | None, text: Text) -> list[Fact]:
    """Base data that had no counterpart, so that a stand-in was sent for it."""
    mapped = current.mapped if current is not None else {}
    drafts = [mapped, *(each for each in mapped.values() if isinstance(each, Mapping))]
    told = [
        f"{text.word('kind', kind)} {code} → {found}" for each in drafts for kind, code, found in each.get("fallbacks", ())
    ]  # fmt: skip
    return [Fact(text.say("fact-stand-in"), line, "triangle_mark", "warn") for line in told]


def _tamper(story: Story, current: Round | None, text: Text) -> Fact:
    """Was what lies there now what was sent? As far as it was compared."""
    label, failure = text.say("fact-tamper"), open_failure(story)
    if failure is not None and failure.code in CHANGED:
        return Fact(label, text.say("fact-tamper-changed"), "square", "stop")
    kept = current is not None and bool(current.digest or story.forms)
    if current is None or not kept or not (story.links or story.row.gate):
        return Fact(label, text.say("fact-tamper-none"), "ring_dashed", "muted")
    audited = any(
        each.step == "audit_bill" and each.round == current.number and each.outcome is AttemptOutcome.DONE
        for each in story.attempts
    )
    if audited and story.row.state is DocumentState.DONE:
        return Fact(label, text.say("fact-tamper-same"), "disc_tick", "ok")
    return Fact(label, text.say("fact-tamper-kept"), "ring_tick", "ok")
