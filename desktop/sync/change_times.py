"""Does an ERP touch a bill's change time when it is sent back, handed in, audited? Learned from our own effects.

Where it does not, a bill that lies there untouched may all the same have been away and back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_MOVES, _STANDS = "moves", "stands"


class ChangeTimes:
    """One ERP's habit. kept: what was learned before, by step; keep: called with all of it when something is learned."""

    def __init__(
        self,
        kept: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, str]], None] = lambda _: None,
    ) -> None:
        self._seen = dict(kept or {})
        self._keep = keep

    def note(self, step: str, *, moved: bool) -> None:
        """The change time before and after one of our own effects. A time that stood still is proof, once and for all."""
        told = _MOVES if moved else _STANDS
        if self._seen.get(step) in (told, _STANDS):
            return
        self._seen[step] = told
        self._keep(dict(self._seen))

    @property
    def stand_still(self) -> bool:
        """True where untouched proves nothing: seen at a send-back, or else at an audit."""
        return self._seen.get("send_back", self._seen.get("audit_bill")) == _STANDS
