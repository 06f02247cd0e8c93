"""What a change of base data puts at risk, before the next failure: flows that look the record up, and bills on their way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop.domain.courtesy import stand_aside
from desktop.domain.document import Document
from desktop.domain.errors import SyncError
from desktop.domain.flow import Flow
from desktop.services.base_data import BaseChange
from desktop.services.base_lists import kinds_of
from desktop.store.base_data import OA_KINDS

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

MOST = 200


@dataclass(frozen=True, slots=True)
class Risk:
    """flows: ids of flows that look up records of the kind. documents: those under way that name this very record.

    matched: companies in which the record has a counterpart, or is one.
    """

    flows: tuple[str, ...]
    documents: tuple[Document, ...]
    matched: tuple[str, ...]


def risk_of(workspace: Workspace, change: BaseChange) -> Risk:
    """What is at risk by a change of one record."""
    kinds = {change.kind} | {kind for kind, told in OA_KINDS.items() if told == change.kind}
    flows, documents, matched = dict[str, None](), list[Document](), dict[str, None]()
    words = _words(workspace, change)
    for route in workspace.people.routes_seen():
        if change.system_id not in (route.erp_id, route.oa_id):
            continue
        rows = [row for kind in kinds for row in workspace.base_records.mapped(route.id, kind)]
        ours = [
            row for row in rows if (row.erp_code if change.system_id == route.erp_id else row.oa_key) in words
        ]
        if ours:
            matched[route.title or route.company] = None
        for switch in route.switches:
            flow: Flow | None = None
            with suppress(SyncError):
                flow = workspace.flow_for(route.id, switch.flow_id)
            if flow is not None and kinds & kinds_of(flow):
                flows[flow.id] = None
                documents += _naming(workspace, route.id, flow.id, words)
    return Risk(tuple(flows), tuple(documents[:MOST]), tuple(matched))


def _words(workspace: Workspace, change: BaseChange) -> frozenset[str]:
    """Code and key of the record."""
    records = workspace.base_records.find_records(change.system_id, change.kind, change.code, 20)
    return frozenset({change.code} | {each.key for each in records if each.code == change.code and each.key})


def _naming(workspace: Workspace, route_id: str, flow_id: str, words: frozenset[str]) -> Iterator[Document]:
    """Documents under way whose record, or what was sent of it, holds one of these words."""
    moving = workspace.ledger.moving(route_id, flow_id)
    rounds = workspace.ledger.whole_rounds(moving)
    for document in moving:
        stand_aside()
        held = rounds.get(document.id)
        if held is not None and (_holds(held.snapshot, words) or _holds(held.mapped, words)):
            yield document


def _holds(value: Any, words: frozenset[str]) -> bool:
    if isinstance(value, str):
        return value in words
    if isinstance(value, Mapping):
        return any(_holds(each, words) for each in value.values())
    return isinstance(value, list | tuple) and any(_holds(each, words) for each in value)
