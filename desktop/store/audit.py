"""The trail: append-only, each line hashed over itself and the line before it."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from desktop.domain.document import AuditEntry
from desktop.store.database import Store
from desktop.store.rows import slices
from desktop.store.search import asked
from desktop.store.tables import Tables, dumps, loads

START = "0" * 64
REPORT_EVERY = 5_000
_COLUMNS = ("seq", "at", "actor", "action", "subject", "detail", "previous", "hash")

Line = tuple[str, str, str, Mapping[str, Any]]
"""actor, action, subject, detail"""


class Trail:
    """Appends inside the caller's transaction; reads and verifies."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append(self, tables: Tables, lines: Iterable[Line]) -> None:
        """Adds lines in order. Must run inside Store.writing(), so that the change and its line stand or fall together."""
        last = (
            tables.audit.select(tables.audit.seq, tables.audit.hash).order_by(tables.audit.seq.desc()).first()
        )
        seq, previous = (last.seq, last.hash) if last else (0, START)
        at = int(datetime.now(UTC).timestamp() * 1_000_000)
        rows = []
        for actor, action, subject, detail in lines:
            seq += 1
            text = dumps(detail)
            digest = line_hash(previous, seq, at, actor, action, subject, text)
            rows.append((seq, at, actor, action, subject, text, previous, digest))
            previous = digest
        tables.pen.insert_all(tables.audit, _COLUMNS, rows)

    def newest(self, subject: str, limit: int) -> list[AuditEntry]:
        """The last lines of one subject, oldest first."""
        with self._store.reading() as tables:
            rows = tables.audit
            query = rows.select().where(rows.subject == subject).order_by(rows.seq.desc()).limit(limit)
            return [_entry(row) for row in query][::-1]

    def entries(self, subject: str = "", *, after: int = 0, limit: int = 500) -> list[AuditEntry]:
        """Lines of one subject (or all), oldest first."""
        with self._store.reading() as tables:
            query = (
                tables.audit.select().where(tables.audit.seq > after).order_by(tables.audit.seq).limit(limit)
            )
            if subject:
                query = query.where(tables.audit.subject == subject)
            return [_entry(row) for row in query]

    def broken_at(self) -> int | None:
        """The first line whose hash does not hold, or None when the whole chain stands."""
        found = self.verify(lambda done, total: None, lambda: False)
        return found[1] if found else None

    def verify(
        self, report: Callable[[int, int], None], stopped: Callable[[], bool]
    ) -> tuple[int, int | None, str] | None:
        """(lines that hold, the first that does not or None, the last hash that holds); None where it was stopped.

        report: (lines done, lines in all), now and then."""
        with self._store.reading():
            total = int(self._store.execute("SELECT max(seq) FROM audit")[0][0] or 0)
        previous, expected = START, 1
        for row in self._rows():
            seq, at, actor, action, subject, detail, kept_previous, kept_hash = row
            good = line_hash(previous, seq, at, actor, action, subject, detail)
            if seq != expected or kept_previous != previous or kept_hash != good:
                return expected - 1, int(seq), previous
            previous, expected = kept_hash, expected + 1
            if seq % REPORT_EVERY == 0:
                report(seq, max(total, seq))
                if stopped():
                    return None
        return expected - 1, None, previous

    def find(
        self, words: str, subjects: Sequence[str], actors: Sequence[str], *, people: bool, routes: Sequence[str], limit: int
    ) -> array[int]:  # fmt: skip
        """Numbers of lines, newest first: about one of these subjects, by one of these people, or (of people's) with these
        words in who or what.

        people: without the engine's own; routes: about documents of these companies alone, () = everything."""
        tests, params = [], list[Any]()
        if words := asked(words):
            marks = ", ".join("?" for _ in subjects)
            like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            about = f"SELECT seq FROM audit WHERE subject IN ({marks}) UNION " if subjects else ""
            by = f"actor IN ({', '.join('?' for _ in actors)}) OR " if actors else ""
            tests.append(
                f"seq IN ({about}SELECT seq FROM audit WHERE actor <> 'engine' AND "
                f"({by}actor LIKE ? ESCAPE '\\' OR action LIKE ? ESCAPE '\\' OR subject LIKE ? ESCAPE '\\'))"
            )
            params += [*subjects, *actors, like, like, like]
        if people:
            tests.append("actor <> 'engine'")
        if routes:
            marks = ", ".join("?" for _ in routes)
            tests.append(f"subject IN (SELECT 'document:' || id FROM document WHERE route_id IN ({marks}))")
            params += routes
        where = f"WHERE {' AND '.join(tests)} " if tests else ""
        with self._store.reading():
            rows = self._store.iterate(
                f"SELECT seq FROM audit {where}ORDER BY seq DESC LIMIT {int(limit)}", tuple(params)
            )
            return array("q", (row[0] for row in rows))

    def lines(self, seqs: Sequence[int]) -> list[AuditEntry]:
        """Lines by number, in the order asked."""
        found: dict[int, AuditEntry] = {}
        with self._store.reading() as tables:
            for part in slices(list(seqs)):
                for row in tables.audit.select().where(tables.audit.seq.in_(part)):
                    found[row.seq] = _entry(row)
        return [found[each] for each in seqs if each in found]

    def raw(self, subject: str) -> list[tuple[int, int, str, str, str, str, str, str]]:
        """Lines of one subject exactly as they were hashed: seq, at (microseconds), actor, action, subject, detail, previous,
        hash."""
        sql = f"SELECT {', '.join(_COLUMNS)} FROM audit WHERE subject = ? ORDER BY seq"
        with self._store.reading():
            return list(self._store.execute(sql, (subject,)))

    def anchors(self, first: int, every: int) -> list[tuple[int, str]]:
        """(number, hash) of the lines before and from `first` on, one in `every`, and of the last one: fixed points of the
        chain."""
        sql = (
            "SELECT seq, hash FROM audit WHERE seq >= ? AND (seq % ? = 0 OR seq = ? OR seq = ?) ORDER BY seq"
        )
        with self._store.reading():
            last = self._store.execute("SELECT max(seq) FROM audit")[0][0] or 0
            return [
                (int(seq), str(digest))
                for seq, digest in self._store.execute(sql, (first - 1, every, first - 1, last))
            ]

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        with self._store.reading() as tables:
            audit = tables.audit
            query = audit.select(
                audit.seq,
                audit.at,
                audit.actor,
                audit.action,
                audit.subject,
                audit.detail,
                audit.previous,
                audit.hash,
            ).order_by(audit.seq)
            for row in query.tuples().iterator():
                yield (row[0], int(row[1].timestamp() * 1_000_000 + 0.5), *row[2:])


def line_hash(previous: str, seq: int, at: int, actor: str, action: str, subject: str, detail: str) -> str:
    """SHA-256 over one line, its fields separated so that none can borrow from the next. `at` in microseconds."""
    text = "\x1f".join((previous, str(seq), str(at), actor, action, subject, detail))
    return hashlib.sha256(text.encode()).hexdigest()


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        row.seq, row.at, row.actor, row.action, row.subject, loads(row.detail), row.previous, row.hash
    )  # fmt: skip
