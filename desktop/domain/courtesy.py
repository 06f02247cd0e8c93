"""Work that can wait stands aside for work that a person waits for.

Whoever runs the waiting kind sets `give_way` in its context; long reads call stand_aside() every so many rows. Two threads
that each go through thousands of rows take turns at the interpreter row by row: the short answer would take as long as both.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

give_way: ContextVar[Callable[[], None] | None] = ContextVar("give_way", default=None)
"""Returns when nobody is waiting any more, or after a short while."""


def stand_aside() -> None:
    """Called between the rows of a long read; costs nothing where nobody asked for courtesy."""
    wait = give_way.get()
    if wait is not None:
        wait()
