"""Rounds that the OA shows and this store never promised: a restored backup, a copied folder, another machine.

Those that stood there when this engine first looked are history: they are adopted, and their keys are never used
again. One that turns up later was made by another engine that is at work now.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from desktop.domain.document import Document
from desktop.domain.record import Ref
from desktop.store.ledger import Ledger
from desktop.sync.listing import Listing, number_of, part_of

Kept = Mapping[str, Sequence[object]]
"""By document part: the highest strange round's number and the OA's id of its request."""


class Strangers:
    """What all flows of one store know of strange rounds. Safe for several threads; outlives the process by `keep`."""

    def __init__(self, kept: Kept, keep: Callable[[Kept], None]) -> None:
        self._rounds = {part: (int(str(number)), str(key)) for part, (number, key) in kept.items()}
        self._keep = keep
        self._late: dict[str, int] = {}
        self._ours: set[str] = set()
        self._lock = threading.Lock()

    def note(self, listing: Listing, ledger: Ledger, oa_id: str, *, first: bool) -> None:
        """Takes in a listing. first: the first that this engine sees of the flow; what it shows is history."""
        with self._lock:
            fresh = [key for key in listing.by_key if key not in self._ours]
            if not fresh:
                return
            known = ledger.known_keys(fresh)
            heads = {key: listing.by_key[key][0].ref.key for key in fresh if key not in known}
            linked = ledger.linked_requests(oa_id, list(heads.values()))
            strange = {key: ref for key, ref in heads.items() if ref not in linked}
            self._ours.update(key for key in fresh if key not in strange)
            added = [self._add(key, ref, first=first) for key, ref in strange.items()]
            if any(added):
                self._keep({part: list(held) for part, held in self._rounds.items()})

    def _add(self, key: str, ref: str, *, first: bool) -> bool:
        part, number = part_of(key), number_of(key)
        if number <= self._rounds.get(part, (0, ""))[0]:
            return False
        self._rounds[part] = number, ref
        if not first:
            self._late[part] = number
        return True

    def number(self, document: Document) -> int:
        """The highest strange round of a document that is not behind its own; 0 = none."""
        number, _ = self._rounds.get(document.key_part, (0, ""))
        return number if number >= document.round else 0

    def is_late(self, document: Document) -> bool:
        """True where that round turned up while this engine ran."""
        return self._late.get(document.key_part, 0) >= document.round

    def late(self) -> list[str]:
        """The document parts of rounds that turned up while this engine ran; mostly none."""
        return list(self._late)

    def ref(self, document: Document, like: Ref) -> Ref:
        """The request of that round."""
        _, key = self._rounds[document.key_part]
        return Ref(like.system_id, like.form, key, key)

    def forgive(self) -> None:
        """A person says that no other engine is at work, or this machine's clock jumped: all of it is history."""
        with self._lock:
            self._late.clear()
