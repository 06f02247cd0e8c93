"""What people were told of, and the messages on their way: one row for each root cause as long as it lasts.

A message is claimed before it goes out, in one transaction: two processes never send the same one at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desktop.domain.notice import Notice, Told, Trouble
from desktop.store.database import Store
from desktop.store.tables import Tables

WAITING, SENDING, SENT, VOID, GIVEN_UP = "waiting", "sending", "sent", "void", "given_up"
STALE = timedelta(minutes=5)
"""A message claimed so long ago belongs to a process that died."""
KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Due:
    """One message that may go out now."""

    id: int
    what: Told
    channel: str
    tries: int
    notice: Notice


class NoticeRecords:
    """Reads and writes of notices. When something is told, and to whom, the service decides."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(
        self, troubles: Sequence[Trouble], now: datetime, calm: timedelta, scope: str = ""
    ) -> list[Notice]:
        """Lays what is wrong now over what was known; answers what is over and had been told.

        calm:  something is over when it was not seen for so long: it may come and go.
        scope: only keys that begin so are judged.
        """
        seen = {each.key: each for each in troubles if each.key.startswith(scope)}
        with self._store.writing() as tables:
            rows = tables.notice
            held = [row for row in rows.select().where(rows.over_at.is_null()) if row.key.startswith(scope)]
            known = {row.key for row in held}
            for row in held:
                gone = row.key not in seen
                if gone and row.gone_at is None:
                    rows.update(gone_at=now).where(rows.id == row.id).execute()
                elif not gone and row.gone_at is not None:
                    rows.update(gone_at=None).where(rows.id == row.id).execute()
            for key, trouble in seen.items():
                if key not in known:
                    rows.create(**_values(trouble, now))
            over = [
                row
                for row in held
                if row.key not in seen and row.gone_at is not None and now - row.gone_at >= calm
            ]
            return [self._end(tables, row, now) for row in over]

    def _end(self, tables: Tables, row: Any, now: datetime) -> Notice:
        """Over. What nobody was told yet, nobody needs to hear."""
        tables.notice.update(over_at=now).where(tables.notice.id == row.id).execute()
        messages = tables.notice_message
        messages.update(state=VOID).where(messages.notice_id == row.id, messages.state == WAITING).execute()
        return _notice(row)

    def untold(self) -> list[Notice]:
        """What is wrong and nobody was told of yet."""
        with self._store.reading() as tables:
            rows = tables.notice
            query = rows.select().where(rows.over_at.is_null(), rows.told_at.is_null()).order_by(rows.id)
            return [_notice(row) for row in query]

    def hand_over(self, notice: Notice, what: Told, channels: Iterable[str], now: datetime) -> None:
        """From now on its messages are on their way; a second time changes nothing."""
        with self._store.writing() as tables:
            if what is Told.TROUBLE:
                tables.notice.update(told_at=now).where(tables.notice.id == notice.id).execute()
            for channel in channels:
                tables.notice_message.insert(
                    notice_id=notice.id, what=what.value, channel=channel, state=WAITING, tries=0, next_try_at=now,
                    code="", facts={}, sent_at=None,
                ).on_conflict_ignore().execute()  # fmt: skip

    def told_by(self, notice_id: int) -> set[str]:
        """Channels that brought the news of its beginning: those bring the news of its end."""
        with self._store.reading() as tables:
            rows = tables.notice_message
            query = rows.select(rows.channel).where(
                rows.notice_id == notice_id, rows.what == Told.TROUBLE.value, rows.state == SENT
            )
            return {row.channel for row in query}

    def claim(self, now: datetime, scope: str = "") -> list[Due]:
        """Messages that are due, claimed for this process."""
        with self._store.writing() as tables:
            rows, notices = tables.notice_message, tables.notice
            rows.update(state=WAITING).where(rows.state == SENDING, rows.next_try_at < now - STALE).execute()
            due = list(rows.select().where(rows.state == WAITING, rows.next_try_at <= now).order_by(rows.id))
            of = {
                row.id: row
                for row in notices.select().where(notices.id.in_([each.notice_id for each in due]))
            }
            mine = [each for each in due if each.notice_id in of and of[each.notice_id].key.startswith(scope)]
            for each in mine:
                rows.update(state=SENDING, next_try_at=now).where(rows.id == each.id).execute()
            return [
                Due(each.id, Told(each.what), each.channel, each.tries, _notice(of[each.notice_id]))
                for each in mine
            ]

    def sent(self, ids: Sequence[int], now: datetime) -> None:
        """They arrived."""
        self._settle(ids, state=SENT, sent_at=now, code="", facts={})

    def failed(
        self, ids: Sequence[int], code: str, facts: Mapping[str, Any], next_try_at: datetime | None
    ) -> None:
        """They did not, or nobody knows. next_try_at None = nobody tries any more."""
        told = {"code": code, "facts": {name: str(value) for name, value in facts.items()}}
        if next_try_at is None:
            self._settle(ids, state=GIVEN_UP, **told)
        else:
            self._settle(ids, state=WAITING, next_try_at=next_try_at, **told)

    def _settle(self, ids: Sequence[int], **values: Any) -> None:
        with self._store.writing() as tables:
            rows = tables.notice_message
            values["tries"] = rows.tries + 1
            rows.update(**values).where(rows.id.in_(list(ids)), rows.state == SENDING).execute()

    def failing(self) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """Channels whose latest message did not arrive: code and facts."""
        with self._store.reading() as tables:
            rows, found = tables.notice_message, dict[str, tuple[str, Mapping[str, Any]]]()
            query = (
                rows.select()
                .where((rows.state == SENT) | (rows.code != ""))
                .order_by(rows.id.desc())
                .limit(200)
            )
            for row in query:
                found.setdefault(row.channel, (row.code, row.facts))
        return {channel: told for channel, told in found.items() if told[0]}

    def try_now(self, channel: str, now: datetime) -> None:
        """What waits for this channel is due at once: somebody has mended it."""
        with self._store.writing() as tables:
            rows = tables.notice_message
            rows.update(next_try_at=now).where(rows.channel == channel, rows.state == WAITING).execute()

    def newest(self, limit: int = 100) -> list[Notice]:
        """What was noticed, newest first, with what became of it in each channel."""
        with self._store.reading() as tables:
            rows, messages = tables.notice, tables.notice_message
            found = list(rows.select().order_by(rows.id.desc()).limit(limit))
            by_notice: dict[int, dict[str, str]] = {}
            for each in (
                messages.select()
                .where(messages.notice_id.in_([row.id for row in found]))
                .order_by(messages.id)
            ):
                by_notice.setdefault(each.notice_id, {})[each.channel] = each.code or each.state
            return [_notice(row, by_notice.get(row.id, {})) for row in found]

    def last_told(self) -> int:
        """The id of the newest notice that people were told of; 0 = none."""
        with self._store.reading():
            found = self._store.execute("SELECT max(id) FROM notice WHERE told_at IS NOT NULL")
        return int(found[0][0] or 0)

    def forget_old(self) -> None:
        """Keeps the newest KEPT."""
        with self._store.writing() as tables:
            rows, messages = tables.notice, tables.notice_message
            least = rows.select(rows.id).order_by(rows.id.desc()).offset(KEPT).limit(1)
            for row in least:
                rows.delete().where(rows.id <= row.id, rows.over_at.is_null(False)).execute()
                messages.delete().where(messages.notice_id.not_in(rows.select(rows.id))).execute()


def _values(trouble: Trouble, now: datetime) -> dict[str, Any]:
    return {
        "key": trouble.key, "code": trouble.code, "facts": dict(trouble.facts), "count": trouble.count,
        "money": dict(trouble.money), "urgent": trouble.urgent, "opened_at": min(trouble.since, now), "gone_at": None,
        "told_at": None, "over_at": None,
    }  # fmt: skip


def _notice(row: Any, channels: Mapping[str, str] | None = None) -> Notice:
    return Notice(
        row.id, row.key, row.code, row.facts, row.count, bool(row.urgent), row.opened_at, row.money, row.gone_at,
        row.told_at, row.over_at, channels or {},
    )  # fmt: skip
