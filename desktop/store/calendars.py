"""The work calendar: the file that came with the program, or the user's own copy beside the store."""

from __future__ import annotations

import shutil
import threading
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.schedule import WorkCalendar

_SCHEMA = 1
_YEAR = {"holidays", "workdays", "provisional"}


class Calendars:
    """Reads the calendar in force; again only when its file changed."""

    def __init__(self, shipped: Path, own: Path) -> None:
        self.shipped, self.own = shipped, own
        self._lock = threading.Lock()
        self._kept: tuple[tuple[object, ...], WorkCalendar | SyncError] | None = None
        self._fallback: WorkCalendar | None = None

    @property
    def path(self) -> Path:
        """The file in force."""
        return self.own if self.own.exists() else self.shipped

    def read(self) -> WorkCalendar:
        """The calendar in force. Raises PER-730 for a file that cannot be meant."""
        path = self.path
        try:
            state = path.stat()
            key = (path, state.st_mtime_ns, state.st_size)
        except OSError as error:
            raise _wrong(path, "1", error.strerror or type(error).__name__) from None
        with self._lock:
            if self._kept is None or self._kept[0] != key:
                try:
                    self._kept = (key, read_calendar(path))
                except SyncError as error:
                    self._kept = (key, error)
            found = self._kept[1]
        if isinstance(found, SyncError):
            raise found
        return found

    def in_force(self) -> WorkCalendar:
        """The calendar that the engine goes by: while the user's own copy cannot be read, the one that came with us."""
        try:
            return self.read()
        except SyncError:
            if self._fallback is None:
                self._fallback = read_calendar(self.shipped)
            return self._fallback

    def make_own(self) -> Path:
        """The user's own copy, made where there is none; answers where it lies. Raises PER-705."""
        try:
            if not self.own.exists():
                self.own.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.shipped, self.own)
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise SyncError(
                ErrorCode.STORE_UNREADABLE, certain=True, where=str(self.own), said=said
            ) from None
        return self.own


def read_calendar(path: Path) -> WorkCalendar:
    """A calendar file, checked whole. Raises PER-730 with the place."""
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, "1", str(error)) from None
    if content.pop("schema", _SCHEMA) != _SCHEMA:
        raise _wrong(path, "schema", f"schema = {_SCHEMA}")
    holidays: set[date] = set()
    workdays: set[date] = set()
    years: set[int] = set()
    provisional: set[int] = set()
    for name, year in content.items():
        if not (name.isdigit() and len(name) == 4) or not isinstance(year, Mapping):
            raise _wrong(path, name, "[2026]")
        if unknown := set(year) - _YEAR:
            raise _wrong(path, f"[{name}]", ", ".join(sorted(unknown)))
        holidays.update(_days(path, name, "holidays", year))
        workdays.update(_days(path, name, "workdays", year))
        years.add(int(name))
        if year.get("provisional") is True:
            provisional.add(int(name))
    if both := sorted(holidays & workdays):
        raise _wrong(path, str(both[0]), "holidays / workdays")
    return WorkCalendar(frozenset(holidays), frozenset(workdays), frozenset(years), frozenset(provisional))


def _days(path: Path, name: str, field: str, year: Mapping[str, Any]) -> Iterator[date]:
    given = year.get(field, [])
    if not isinstance(given, list):
        raise _wrong(path, f"[{name}].{field}", "[...]")
    for each in given:
        first, _, last = str(each).partition("..")
        try:
            begin = date.fromisoformat(first.strip())
            end = date.fromisoformat((last or first).strip())
        except ValueError:
            raise _wrong(path, f"[{name}].{field}", str(each)) from None
        if begin.year != int(name) or end.year != int(name) or end < begin:
            raise _wrong(path, f"[{name}].{field}", str(each))
        for offset in range((end - begin).days + 1):
            yield begin + timedelta(days=offset)


def _wrong(path: Path, where: str, said: str) -> SyncError:
    return SyncError(ErrorCode.CALENDAR_WRONG, certain=True, file=path.name, line=where, said=said)
