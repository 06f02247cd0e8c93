"""Where nothing waits for us at a node: which requests run, which have ended, and which of those are agreed.

Such an OA lists by the time of opening, and a request may take months to be agreed. So every request that was seen running is
remembered on disk until it is judged: one that runs no more is read singly, whatever its age. Whatever was opened and
agreed between two looks is in the list of what is over since the look before, however long ago that was. Calls are
metered: a look asks for both lists over as few days as will do.

What was over before a flow first looked is not ours, but for the last days that the system's settings name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from desktop.domain.document import Expected, Lookout, Outlook
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import OaRequest, Ref, RequestStatus
from desktop.store.change import Change
from desktop.sync.arriving import Arriving
from desktop.sync.at_hand import AtHand
from desktop.sync.health import concerns_system

MARGIN = timedelta(days=1)
"""What was opened shortly before a look may be missing from its lists: the next look goes back a day further."""

NEAR = timedelta(days=90)
"""Requests that are older are asked for once a day: the further back a list goes, the more calls it takes."""

_FIRST_NEAR = timedelta(days=60)
"""By the first look requests are told apart that are so young, and have a month until they are old."""

_WIDE_EVERY = timedelta(days=1)
_BEYOND_EVERY = timedelta(days=7)
"""How often a request that runs for longer than lists go back is read singly."""

_OLD_COMPANY = timedelta(days=366)
_AT_ONCE = 20
_MOST_LEARNT = 5_000


def place_of(realm: str, workflow: str) -> str:
    """Where a flow looks: another company of the OA, or another workflow, is another place."""
    return f"{realm}/{workflow}"


def _believed(before: Lookout | None, now: datetime) -> Lookout | None:
    """A look that is still to come was told by a wrong clock: then nothing is known but where the flow began."""
    if before is None or before.looked_at <= now + MARGIN:
        return before
    first = min(before.first_at, now)
    return Lookout(first, first, first)


class Agreed:
    """One flow's view of the OA's requests, kept on disk between its looks."""

    def __init__(self, hand: AtHand) -> None:
        self._hand, self._oa, self._side = hand, hand.ends.oa, hand.ends.oa_side
        self._at = hand.route_id, hand.flow_id, place_of(self._oa.realm(), self._side.workflow)
        self.is_unusual = False
        """Was the last look the first one, or the first after a long time? Its calls say nothing of those to come."""
        days = self._oa.capabilities.list_days
        self._far = hand.now() - timedelta(days=days or 3650)

    # --- looking -------------------------------------------------------------------------------------------------------
    def look(self, check_clocks: Callable[[], None]) -> bool:
        """Lists, and writes down what it learnt in one transaction; True where it was a wide look (once a day).

        check_clocks: raises where this machine's clock is wrong: how far we looked may not be told by it."""
        hand, began = self._hand, self._hand.now()
        before = _believed(hand.ledger.lookout(*self._at), began)
        held = hand.ledger.expected(*self._at)
        wide = before is None or began - before.wide_at >= _WIDE_EVERY
        self.is_unusual = before is None or began - before.looked_at > NEAR
        start = self._start(before, held, began, wide=wide)
        running = self._running(start)
        news = self._newly_running(before, held, running, began)
        news += self._ended(held, running, start, began)
        since = before.looked_at - MARGIN if before else None
        over = [head.ref.key for head in self._oa.waiting_requests(self._side, since)]
        elsewhere = [each.key for each in held.values() if each.state is Outlook.ELSEWHERE]
        known = self._documents([*over, *elsewhere])
        check_clocks()
        news += [
            Expected(key, Outlook.ENDED, since or self._far)
            for key in over
            if key not in known and (key not in held or held[key].state is Outlook.RUNNING)
        ]
        with hand.changing() as change:
            change.expect(*self._at, news)
            change.expect_no_more(*self._at, self._stale(held, over, known, began))
            first, last = (before.first_at, before.wide_at) if before else (began, began)
            change.looked_out(*self._at, Lookout(first, began, began if wide else last))
        return wide

    def _start(
        self, before: Lookout | None, held: Mapping[str, Expected], began: datetime, *, wide: bool
    ) -> datetime:
        """How far back what runs must be listed: to the oldest that we know to run, old ones once a day only."""
        if before is None:
            return self._far
        times = [each.opened_after for each in held.values() if each.state is Outlook.RUNNING]
        least = before.looked_at - MARGIN
        oldest = min([*times, least])
        if not wide:
            oldest = min(least, max(oldest, began - NEAR))
        return max(oldest, self._far)

    def _running(self, since: datetime) -> set[str]:
        return {head.ref.key for head in self._oa.requests(self._side, since) if not head.settled}

    def _newly_running(
        self, before: Lookout | None, held: Mapping[str, Expected], running: set[str], began: datetime
    ) -> list[Expected]:
        new = [key for key in running if key not in held]
        if before is not None:
            return [Expected(key, Outlook.RUNNING, before.looked_at - MARGIN) for key in new]
        young = began - _FIRST_NEAR
        near = self._running(young) if new else set()
        return [
            Expected(key, Outlook.RUNNING, young if key in near else self._far)
            for key in sorted(running | near)
        ]

    def _ended(
        self, held: Mapping[str, Expected], running: set[str], start: datetime, began: datetime
    ) -> list[Expected]:
        """Those that the list should show and lacks. It cannot show what is older than lists go back: such a one is read
        now and then."""
        gone = []
        for each in held.values():
            if (
                each.state is not Outlook.RUNNING
                or each.key in running
                or each.opened_after < start > self._far
            ):
                continue
            beyond = each.opened_after < self._far
            if beyond and each.asked_at is not None and began - each.asked_at < _BEYOND_EVERY:
                continue
            gone.append(replace(each, state=Outlook.ENDED))
        return gone

    def _stale(
        self, held: Mapping[str, Expected], over: Sequence[str], known: set[str], began: datetime
    ) -> list[str]:
        """What nobody agreed to is forgotten once no list shows it any more; another company's once it is a document there,
        or after a year."""
        listed, old = set(over), began - _OLD_COMPANY
        stale = []
        for each in held.values():
            if each.state is Outlook.OVER and each.key not in listed:
                stale.append(each.key)
            if each.state is Outlook.ELSEWHERE and (each.key in known or each.opened_after < old):
                stale.append(each.key)
        return stale

    def heed(self, told: Sequence[str]) -> None:
        """The OA told of these requests that they ended: they are read next, whatever the last look saw."""
        before = self._hand.ledger.lookout(*self._at) if told else None
        if before is None:
            return  # the first look is still to come
        held, known = self._hand.ledger.expected(*self._at), self._documents(told)
        news = []
        for key in told:
            each = held.get(key) or Expected(key, Outlook.RUNNING, before.looked_at - MARGIN)
            if key in known or each.state is not Outlook.RUNNING:
                self._hand.setting.hints.looked(key, over=True)
            else:
                news.append(replace(each, state=Outlook.ENDED))
        with self._hand.changing() as change:
            change.expect(*self._at, news)

    # --- judging -------------------------------------------------------------------------------------------------------
    def judge(self, arriving: Arriving) -> int:
        """Reads every request that has ended, a few in one transaction; answers how many became documents. What a failing
        system leaves is read with the next pass; a request that alone cannot be read is its own document's failure."""
        held = self._hand.ledger.expected(*self._at).values()
        due = [
            each
            for each in held
            if each.state is Outlook.ENDED
            or (each.state is Outlook.ELSEWHERE and arriving.is_mine(each.company))
        ]
        found = 0
        for first in range(0, len(due), _AT_ONCE):
            if self._hand.effects.stopping.is_set():
                break
            found += self._judge(due[first : first + _AT_ONCE], arriving)
        return found

    def _judge(self, due: Sequence[Expected], arriving: Arriving) -> int:
        known = self._documents([each.key for each in due])
        mine: list[OaRequest] = []
        unread: list[tuple[Ref, SyncError]] = []
        done = list(known)
        still: list[Expected] = []
        for each in due:
            if each.key not in known and (told := self._learnt_elsewhere(each, arriving)) is not None:
                still.append(told)
                continue
            try:
                request = None if each.key in known else self._hand.request_if_any(self._ref(each.key))
            except SyncError as error:
                if concerns_system(error) or error.code is ErrorCode.NOT_PERMITTED:
                    raise
                unread.append((self._ref(each.key), error))
                done.append(each.key)
                continue
            if request is not None:
                self._learn(request)
            runs = request is not None and request.status is RequestStatus.RUNNING
            self._hand.setting.hints.looked(each.key, over=not runs)
            if request is None:
                done.append(each.key)  # a document already, or deleted
            elif request.status is not RequestStatus.APPROVED:
                state = Outlook.RUNNING if runs else Outlook.OVER
                still.append(replace(each, state=state, asked_at=self._hand.now()))
            elif arriving.is_mine(company := self._hand.company(request)):
                mine.append(request)
                done.append(each.key)
            else:
                still.append(replace(each, state=Outlook.ELSEWHERE, company=company))

        def note(change: Change) -> None:
            change.expect(*self._at, still)
            change.expect_no_more(*self._at, done)
            arriving.take_unread(change, unread)

        arriving.take_in(mine, note)
        return len(mine) + len(unread)

    def _learn(self, request: OaRequest) -> None:
        """For the other companies' routes: whose it is, None = over without a yes. None of them needs to read it, too."""
        learnt = self._hand.setting.learnt
        if request.status is RequestStatus.RUNNING:
            return
        if len(learnt) >= _MOST_LEARNT:
            learnt.clear()
        yes = request.status is RequestStatus.APPROVED
        learnt[request.ref.key] = self._hand.company(request) if yes else None

    def _learnt_elsewhere(self, each: Expected, arriving: Arriving) -> Expected | None:
        """What another company's route has read just now, where it is not ours."""
        learnt = self._hand.setting.learnt
        company = learnt.get(each.key)
        if each.key not in learnt or (company is not None and arriving.is_mine(company)):
            return None
        self._hand.setting.hints.looked(each.key, over=True)
        if company is None:
            return replace(each, state=Outlook.OVER, asked_at=self._hand.now())
        return replace(each, state=Outlook.ELSEWHERE, company=company)

    def _documents(self, keys: Sequence[str]) -> set[str]:
        hand = self._hand
        return set(hand.ledger.by_source(self._oa.system.id, self._side.form, hand.flow_id, keys))

    def _ref(self, key: str) -> Ref:
        return Ref(self._oa.system.id, self._side.form, key, key)
