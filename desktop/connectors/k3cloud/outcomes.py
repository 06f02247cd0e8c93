"""Kingdee K/3 Cloud: which "yes" and which "no" in a batch's answer belongs to which bill.

A bill that the server neither confirms nor refuses by name has an unknown outcome; nothing is ever guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from desktop.connectors.base import Outcome
from desktop.connectors.k3cloud import words
from desktop.connectors.k3cloud.answers import Complaint, Done, Reply, refusal
from desktop.domain.errors import ErrorCode, FailureClass, SyncError
from desktop.domain.record import Ref

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """One bill of an effect: by id and number, or (a new one) by our key."""

    key: str
    number: str
    our_key: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """Where an effect went, and whether its bills are new ones."""

    system_id: str
    form: str
    step: str
    new: bool = False

    def unknown(self, asked: Asked) -> SyncError:
        """Nobody knows what became of it: read it again."""
        return SyncError(
            ErrorCode.OUTCOME_UNKNOWN, step=self.step, number=asked.number, key=asked.our_key or asked.key
        )

    def refused(self, asked: Asked, msg_code: int, said: str, *, certain: bool | None = None) -> SyncError:
        """The server's "no" for this one."""
        return refusal(
            self.system_id, self.form, asked.number, msg_code, said, step=self.step, certain=certain
        )


def outcomes(call: Call, asked: Sequence[Asked], reply: Reply) -> list[Outcome]:
    """One Outcome per bill, in the order asked.

    Raises the server's refusal, certain, where it refused the whole batch without naming each bill: the caller then
    tries singly. New bills that it leaves unnamed are unknown instead, for a second try could make a second bill.
    """
    done = _confirmed(call, asked, reply.done)
    told = _complaints(call, asked, reply.complaints, done)
    silent = [at for at in range(len(asked)) if at not in done and at not in told]
    if silent and reply.refused_whole:
        if len(asked) == 1:
            return [Outcome(error=call.refused(asked[0], reply.msg_code, reply.said, certain=True))]
        if not call.new or not told:
            raise call.refused(Asked("", ""), reply.msg_code, reply.said, certain=True)
    return [_outcome(call, each, done.get(at), told.get(at), reply, silent) for at, each in enumerate(asked)]


def _outcome(
    call: Call, asked: Asked, done: Ref | None, complaint: Complaint | None, reply: Reply, silent: list[int]
) -> Outcome:  # fmt: skip
    if done is not None:
        return Outcome(ref=done)
    if complaint is None:
        return Outcome(error=call.unknown(asked))
    named = bool(asked.number) and words.named_bill(complaint.message) == asked.number
    # A position alone may be the server's default 0; it counts only where the answer speaks of every bill.
    trusted = (named or not silent) and not reply.ok
    return Outcome(
        error=call.refused(asked, reply.msg_code, complaint.message, certain=None if trusted else False)
    )


def _confirmed(call: Call, asked: Sequence[Asked], done: Sequence[Done]) -> dict[int, Ref]:
    """Confirmed bills by position: known ones by id, else by number; new ones by their index in the request."""
    found: dict[int, Ref] = {}
    twice: set[int] = set()
    for each in done:
        at = _position(asked, each) if not call.new else each.index if len(asked) > 1 else 0
        if at is None or not 0 <= at < len(asked) or (not each.key and call.new):
            continue
        if at in found and call.new:
            twice.add(at)
        ref_key, number = each.key or asked[at].key, each.number or asked[at].number
        found[at] = Ref(call.system_id, call.form, ref_key, number)
    return {at: ref for at, ref in found.items() if at not in twice}


def _position(asked: Sequence[Asked], done: Done) -> int | None:
    for at, each in enumerate(asked):
        if each.key == done.key:
            return at
    if done.key or not done.number:
        return None
    return _only([at for at, each in enumerate(asked) if each.number == done.number])


def _complaints(
    call: Call, asked: Sequence[Asked], complaints: Sequence[Complaint], done: Mapping[int, Ref]
) -> dict[int, Complaint]:  # fmt: skip
    """What was said of each bill that was not confirmed, tied by index and checked by the number it names."""
    found: dict[int, Complaint] = {}
    for complaint in complaints:
        at = _tied(asked, complaint)
        if at is None or at in done:
            continue
        before = found.get(at)
        found[at] = (
            replace(complaint, message=f"{before.message} / {complaint.message}") if before else complaint
        )
    return found


def _tied(asked: Sequence[Asked], complaint: Complaint) -> int | None:
    if len(asked) == 1:
        return 0
    at = complaint.index
    indexed = at if at is not None and 0 <= at < len(asked) else None
    if number := words.named_bill(complaint.message):
        if indexed is not None and asked[indexed].number == number:
            return indexed
        named = _only([position for position, each in enumerate(asked) if each.number == number])
        if named is not None:
            return named
        if indexed is not None and asked[indexed].number:
            return None
    return indexed


def _only(positions: list[int]) -> int | None:
    return positions[0] if len(positions) == 1 else None


def in_batches(
    work: Sequence[T], size: int, send: Callable[[Sequence[T]], list[Outcome]], unknown: Callable[[T], SyncError],
    kind: Callable[[T], Hashable] = lambda _: None,
) -> list[Outcome]:  # fmt: skip
    """`send` for slices of `work`, each of one `kind`; Outcomes in the order of `work`.

    A single slice that fails raises, as the protocol says. Among several, what one slice did is never lost because a
    later one fails: a slice refused whole leaves its bills `unknown`, and after a lost call the rest is not sent.
    """
    slices = list(_slices(work, size, kind))
    if len(slices) == 1:
        return send(work)
    made: dict[int, Outcome] = {}
    stopped: SyncError | None = None
    for places in slices:
        if stopped is not None:
            made |= {at: Outcome(error=_again(stopped, certain=True)) for at in places}
            continue
        try:
            made |= dict(zip(places, send([work[at] for at in places]), strict=True))
        except SyncError as error:
            if error.certain and error.failure_class not in _WIRE:
                made |= {at: Outcome(error=unknown(work[at])) for at in places}
            else:
                stopped = error
                made |= {at: Outcome(error=_again(error, certain=error.certain)) for at in places}
    return [made[at] for at in range(len(work))]


_WIRE = (FailureClass.TRANSIENT, FailureClass.SESSION)


def _slices(work: Sequence[T], size: int, kind: Callable[[T], Hashable]) -> Iterator[Sequence[int]]:
    groups: dict[Hashable, list[int]] = {}
    for at, each in enumerate(work):
        groups.setdefault(kind(each), []).append(at)
    for places in groups.values():
        yield from batches(places, size)


def batches(work: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of at most `size`."""
    for start in range(0, len(work), size):
        yield work[start : start + size]


def _again(error: SyncError, *, certain: bool) -> SyncError:
    return SyncError(error.code, certain=certain, **error.facts)
