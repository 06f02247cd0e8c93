"""How wide each column becomes: pure arithmetic, so that it can be tested without a window."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from desktop.views.tables import Column


def fitted(
    columns: Sequence[Column],
    room: int,
    scale: float,
    liked: Mapping[str, int],
    hidden: Collection[str],
) -> list[int]:
    """A width for each column, 0 = not shown; together exactly `room` where the columns that must stay fit into it.

    scale: pixels per drawn pixel.  liked: widths that the person set, in pixels.  hidden: keys switched off.
    """
    least = [_least(column, scale) for column in columns]
    shown = [place for place, column in enumerate(columns) if column.key not in hidden]
    while sum(least[place] for place in shown) > room and (goes := _first_to_go(columns, shown)) is not None:
        shown.remove(goes)
    widths = [0] * len(columns)
    for place in shown:
        width = liked.get(columns[place].key, round(columns[place].width * scale))
        widths[place] = max(least[place], width)
    spare = room - sum(widths)
    if spare > 0:
        _spread(columns, shown, widths, spare)
    elif spare < 0:
        _shrink(columns, shown, widths, least, -spare)
    return widths


def _least(column: Column, scale: float) -> int:
    return round((column.least or column.width * 0.8) * scale)


def _first_to_go(columns: Sequence[Column], shown: Sequence[int]) -> int | None:
    """The least important column; of equals the rightmost."""
    droppable = [place for place in shown if columns[place].priority > 0]
    return max(droppable, key=lambda place: (columns[place].priority, place), default=None)


def _spread(columns: Sequence[Column], shown: Sequence[int], widths: list[int], spare: int) -> None:
    takers = [place for place in shown if columns[place].stretch] or list(shown[-1:])
    shares = {place: columns[place].stretch or 1 for place in takers}
    total = sum(shares.values())
    for place in takers:
        widths[place] += spare * shares[place] // total
    if takers:
        widths[takers[-1]] += spare - sum(spare * share // total for share in shares.values())


def _shrink(
    columns: Sequence[Column], shown: Sequence[int], widths: list[int], least: Sequence[int], over: int
) -> None:
    """Takes from the columns that stretch first, then from all, never below what they need."""
    for places in ([place for place in shown if columns[place].stretch], list(shown)):
        slack = sum(widths[place] - least[place] for place in places)
        take, left = min(over, slack), min(over, slack)
        for place in places:
            part = (widths[place] - least[place]) * take // slack if slack else 0
            widths[place] -= part
            left -= part
        for place in places:
            rest = min(left, widths[place] - least[place])
            widths[place] -= rest
            left -= rest
        over -= take
