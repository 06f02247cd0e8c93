"""No fault in a cell's words may take the window away: it is logged once, and a neutral sign stands in its place.

An exception that leaves a paint event while its painter is open ends the whole program in Qt, without a word.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter

_log = logging.getLogger(__name__)
SIGN = "\u2014"
"""What stands where words could not be made: a dash, which claims nothing."""

Paint = TypeVar("Paint", bound=Callable[..., Any])


class FaultLog:
    """Writes each kind of fault down once: a table paints sixty times a second."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def tell(self, where: str, error: Exception) -> None:
        """where: whose words they were. Called while the exception is handled, so that its trace is written too."""
        kind = (where, f"{type(error).__name__}: {error}"[:200])
        if kind not in self._told:
            self._told.add(kind)
            _log.exception("%s could not be painted", where)


def guarded_paint(paint: Paint) -> Paint:
    """For paintEvent(event), paintSection and a delegate's paint: what fails is left out, and the program goes on."""

    @wraps(paint)
    def painted(self: Any, *args: Any) -> None:
        try:
            paint(self, *args)
        except Exception as error:
            faults = self.__dict__.setdefault("_paint_faults", FaultLog())
            faults.tell(type(self).__name__, error)
            traceback.clear_frames(
                error.__traceback__
            )  # a painter still open would end the program all the same
            if args and isinstance(args[0], QPainter):
                _sign(args[0], args[1])

    return cast(Paint, painted)


def _sign(painter: QPainter, place: Any) -> None:
    """place: the rectangle of a header section, or a delegate's option."""
    box = place if isinstance(place, QRect) else place.rect
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, SIGN)
