"""Where the toy OA keeps its requests, with the indexes that make lists cheap. oa.py holds the lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desktop.sandbox.oa_records import (
    COPIED,
    FORWARDED,
    Moment,
    OaRequestRecord,
    OaSettings,
    Operator,
    local_day,
)

Ids = dict[int, None]
"""A set of request ids that keeps its order."""


@dataclass(frozen=True, slots=True)
class DayRange:
    """From one local day to another, both included; None is open."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list shows. Every value narrows it; None or "" does not.

    kind: "todo", "mine", "rejected", "handled", "processed", "copied", "unread", "forwarded" or "all".
    """

    kind: str
    title: str = ""
    level: str = ""
    workflows: frozenset[int] | None = None
    created: DayRange | None = None
    operated: DayRange | None = None
    received: DayRange | None = None
    archived: bool | None = None
    node_type: int | None = None
    creators: frozenset[str] | None = None


class OaShelf:
    """All requests by id, and by creator, workflow, day, and the persons they wait for."""

    def __init__(self, settings: OaSettings) -> None:
        self._settings = settings
        self.requests: dict[int, OaRequestRecord] = {}
        self.dead: list[OaRequestRecord] = []
        self._with_key: defaultdict[str, dict[int, OaRequestRecord]] = defaultdict(dict)
        self._by_creator: defaultdict[str, Ids] = defaultdict(dict)
        self._by_workflow: defaultdict[int, Ids] = defaultdict(dict)
        self._by_day: defaultdict[date, Ids] = defaultdict(dict)
        self._by_birthday: defaultdict[date, Ids] = defaultdict(dict)
        self._waiting: defaultdict[str, Ids] = defaultdict(dict)
        self._involved: defaultdict[str, Ids] = defaultdict(dict)

    def add(self, record: OaRequestRecord) -> None:
        """A new request."""
        self.requests[record.id] = record
        self._by_creator[record.creator][record.id] = None
        self._by_workflow[record.workflow_id][record.id] = None
        self._by_birthday[local_day(record.created_at)][record.id] = None
        self._place(record)

    def moved(self, record: OaRequestRecord, before: Moment) -> None:
        """After any change of `record`, which stood at `before`."""
        self._displace(record.id, before)
        self._place(record)

    def bury(self, record: OaRequestRecord) -> None:
        """The request is gone for the OA; the graveyard keeps it."""
        self._displace(record.id, record.now)
        del self.requests[record.id]
        del self._by_creator[record.creator][record.id]
        del self._by_workflow[record.workflow_id][record.id]
        del self._by_birthday[local_day(record.created_at)][record.id]
        self.dead.append(record)

    def rehome(self, record: OaRequestRecord, workflow_id: int) -> None:
        """The request goes on in another version of its workflow."""
        del self._by_workflow[record.workflow_id][record.id]
        record.workflow_id = workflow_id
        self._by_workflow[workflow_id][record.id] = None

    def undo(self, record: OaRequestRecord) -> None:
        """A request whose creation failed in the end: as if it had never been."""
        self.bury(record)
        self.dead.pop()
        for key in record.keys:
            self._with_key[key].pop(record.id, None)

    def with_key(self, key: str) -> list[OaRequestRecord]:
        """Every request, dead or alive, that ever carried this erp_key."""
        return list(self._with_key[key].values()) if key in self._with_key else []

    def waiting_for(self, person: str) -> list[OaRequestRecord]:
        """What truly waits for a person, oldest first."""
        return [self.requests[request_id] for request_id in sorted(self._waiting.get(person, ()))]

    def find(self, person: str, query: ListQuery, now: datetime) -> Iterator[tuple[OaRequestRecord, Moment]]:
        """The requests of a list as this person sees it, newest first, each with the moment that is visible."""
        settings = self._settings
        if person in settings.revoked:
            return
        monitor = query.kind == "all" and person in settings.monitors
        hidden_after = now - timedelta(milliseconds=settings.list_hides_ms)
        for request_id in sorted(self._candidates(person, query, monitor), reverse=True):
            record = self.requests.get(request_id)
            if record is None or (settings.list_hides_ms > 0 and record.created_at > hidden_after):
                continue
            moment = record.shown(now, settings.visible_after_ms)
            if _fits_request(record, moment, query) and (
                monitor or _fits_person(record, moment, person, query)
            ):
                yield record, moment

    def _place(self, record: OaRequestRecord) -> None:
        self._by_day[record.now.day][record.id] = None
        for operator in record.now.operators:
            self._involved[operator.person][record.id] = None
        for person in record.now.waiting:
            self._waiting[person][record.id] = None
        key = record.fields.get("erp_key", "")
        if key:
            record.keys.add(key)
            self._with_key[key][record.id] = record

    def _displace(self, request_id: int, moment: Moment) -> None:
        self._by_day[moment.day].pop(request_id, None)
        for person in moment.waiting:
            self._waiting[person].pop(request_id, None)

    def _candidates(self, person: str, query: ListQuery, monitor: bool) -> Collection[int]:
        """The smallest index that holds all answers. While reads lag, indexes of the true state cannot be used."""
        lagging = self._settings.visible_after_ms > 0
        choices: list[Collection[int]] = [self.requests]
        if query.kind in ("mine", "rejected"):
            choices.append(self._by_creator.get(person, {}))
        elif query.kind == "todo" and not lagging:
            choices.append(self._waiting.get(person, {}))
        elif not monitor:
            choices.append(self._involved.get(person, {}))
        if query.workflows is not None:
            choices.append(_union(self._by_workflow, query.workflows))
        if query.operated is not None and not lagging:
            choices.append(_in_range(self._by_day, query.operated))
        if query.created is not None:
            choices.append(_in_range(self._by_birthday, query.created))
        return min(choices, key=len)


def _union(index: Mapping[int, Ids], keys: Iterable[int]) -> list[int]:
    return [request_id for key in keys for request_id in index.get(key, ())]


def _in_range(index: Mapping[date, Ids], days: DayRange) -> list[int]:
    return [request_id for day, ids in index.items() if day in days for request_id in ids]


def _fits_request(record: OaRequestRecord, moment: Moment, query: ListQuery) -> bool:
    return (
        query.title in record.title
        and (not query.level or query.level == str(record.level))
        and (query.workflows is None or record.workflow_id in query.workflows)
        and (query.creators is None or record.creator in query.creators)
        and (query.archived is None or query.archived == (moment.node.type == 3))
        and (query.node_type is None or query.node_type == moment.node.type)
        and (query.operated is None or moment.day in query.operated)
        and (query.created is None or local_day(record.created_at) in query.created)
    )


def _fits_person(record: OaRequestRecord, moment: Moment, person: str, query: ListQuery) -> bool:
    kind = query.kind
    if query.received is not None and not any(
        local_day(row.received_at) in query.received for row in moment.operators if row.person == person
    ):
        return False
    if kind == "mine":
        return record.creator == person
    if kind in ("todo", "rejected"):
        return person in moment.waiting and (kind == "todo" or moment.rejected)
    rows = [row for row in moment.operators if row.person == person]
    if kind == "all":
        return bool(rows) or record.creator == person
    return _fits_rows(record, moment, rows, kind, person)


def _fits_rows(record: OaRequestRecord, moment: Moment, rows: list[Operator], kind: str, person: str) -> bool:
    if kind in ("handled", "processed"):
        return any(row.operated_at for row in rows) and (moment.node.type == 3) == (kind == "processed")
    if kind == "forwarded":
        return any(row.state == FORWARDED for row in rows)
    copied = any(row.state == COPIED for row in rows)
    return copied and (kind == "copied" or person not in record.seen_by)
