"""The rows that a person is working on, with every step back and forth. No Qt, no I/O: the page tells what was done."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.services.mapping_rows import MappingRow

MOST_STEPS = 200
Rows = tuple[MappingRow, ...]


class HeldRows:
    """rows: as they are now, while somebody types. A step is what one undo takes back."""

    def __init__(self, rows: Sequence[MappingRow] = ()) -> None:
        self.rows: Rows = tuple(rows)
        self._steps: list[Rows] = [self.rows]
        self._at = 0

    @property
    def first(self) -> Rows:
        """The rows as they were opened."""
        return self._steps[0]

    @property
    def can_undo(self) -> bool:
        """Is there a step to take back?"""
        return self._at > 0

    def replace(self, place: int, row: MappingRow) -> None:
        """Another row in a place."""
        self.rows = (*self.rows[:place], row, *self.rows[place + 1 :])

    def insert(self, after: int, fresh: Sequence[MappingRow]) -> None:
        """New rows behind a place; -1 = before all."""
        self.rows = (*self.rows[: after + 1], *fresh, *self.rows[after + 1 :])

    def remove(self, places: Sequence[int]) -> None:
        """Without these."""
        gone = set(places)
        self.rows = tuple(row for at, row in enumerate(self.rows) if at not in gone)

    def swap(self, one: int, other: int) -> None:
        """Two rows change places."""
        rows = list(self.rows)
        rows[one], rows[other] = rows[other], rows[one]
        self.rows = tuple(rows)

    def last_of(self, group: str) -> int:
        """The place of a group's last row; the last of all where it has none."""
        return max((at for at, row in enumerate(self.rows) if row.group == group), default=len(self.rows) - 1)

    def keep(self) -> bool:
        """Makes a step of what was done since the last one; False where nothing was."""
        if self.rows == self._steps[self._at]:
            return False
        self._steps[self._at + 1 :] = [self.rows]
        del self._steps[1 : max(1, len(self._steps) - MOST_STEPS)]
        self._at = len(self._steps) - 1
        return True

    def step(self, by: int) -> bool:
        """Back (-1) or forth (1); False where there is no such step."""
        if not 0 <= self._at + by < len(self._steps):
            return False
        self._at += by
        self.rows = self._steps[self._at]
        return True
