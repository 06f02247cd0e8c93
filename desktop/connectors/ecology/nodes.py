"""Weaver e-cology 9: what a connector learns about a customer's workflows while it reads, so that it need not ask again.

In memory only. Safe for several threads: single dict operations.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from desktop.connectors.ecology.decisions import APPROVE, ARCHIVE, CREATE, SUBMIT, Operation
from desktop.domain.record import Decision

NODE_TYPE_S = 3600.0


class Nodes:
    """Where the last listing saw settled requests, the running nodes' types, the words of renamed buttons, and the
    versions of workflows.

    What a listing says of one request is used for that request alone. From one request to another only "this node is
    a running one" is carried over: wrong, it delays a decision; the opposite mistake could invent an approval.
    """

    def __init__(self) -> None:
        self._settled: dict[str, Mapping[str, tuple[str, str]]] = {}
        self._running: dict[str, float] = {}
        self._words: dict[tuple[str, str], Decision | None] = {}
        self._versions: dict[str, set[str]] = {}

    def note_listing(self, workflow: str, places: Mapping[str, tuple[str, str]]) -> None:
        """(node id, node type) by request id, as one whole listing of the workflow had them."""
        for node_id, node_type in places.values():
            self.note_type(node_id, node_type)
        settled = {request_id: place for request_id, place in places.items() if place[1] in (CREATE, ARCHIVE)}
        self._settled[workflow] = settled

    def note_type(self, node_id: str, node_type: str) -> None:
        """A listing or a status said so."""
        if node_type in (APPROVE, SUBMIT):
            self._running[node_id] = time.monotonic()
        else:
            self._running.pop(node_id, None)

    def type_at(self, workflow: str, request_id: str, node_id: str) -> str | None:
        """The type of the node at which this request was read; None where it must be asked."""
        at, node_type = self._settled.get(workflow, {}).get(request_id, ("", ""))
        if at == node_id and node_type:
            return node_type
        told = self._running.get(node_id)
        return APPROVE if told is not None and time.monotonic() - told < NODE_TYPE_S else None

    def note_words(self, before: Sequence[Operation], after: Sequence[Operation]) -> None:
        """What logtypes said of texts that are not the vendor's own. A text with two meanings at one node is none."""
        for text, logged in zip(before, after, strict=False):
            if text.decision is None and text.text and logged.decision is not None:
                known = self._words.setdefault((text.node_id, text.text), logged.decision)
                if known is not logged.decision:
                    self._words[text.node_id, text.text] = None

    def with_words(self, done: Iterable[Operation]) -> tuple[Operation, ...]:
        """Operations with the decisions of texts learned before."""
        return tuple(
            replace(one, decision=self._words.get((one.node_id, one.text))) if one.decision is None else one
            for one in done
        )

    def note_version(self, workflow: str, seen: str) -> None:
        """A request opened under `workflow` was found under `seen`: the OA puts the active version in its place."""
        if seen and seen != workflow:
            self._versions[workflow] = {*self._versions.get(workflow, ()), seen}

    def versions_of(self, workflow: str) -> list[str]:
        """`workflow` and the versions of it that were seen."""
        return [workflow, *sorted(self._versions.get(workflow, ()))]
