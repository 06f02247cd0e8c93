"""What all about base data share: the lists of both systems ready for looking up, and the kinds that flows use.
Part of BaseData (base_data.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.domain.system import Route
from desktop.services.base_suggestions import Records
from desktop.services.masking import is_account
from desktop.store.base_data import OA_KINDS, BaseQuestion

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

T = TypeVar("T")
ERP, OA = "erp", "oa"
_KIND_IN_RULE = re.compile(r"\bbase\(\s*'([a-z_]+)'")
"""The kind is always written out in a flow's rule: base('supplier', supplier_id)."""


class BaseLists:
    """Lists as they were last read; a company's kinds."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = workspace.base_records
        self._lists: dict[tuple[str, str, bool], tuple[datetime, Records]] = {}

    def _records(self, route: Route, kind: str, side: str) -> Records:
        """A list ready for looking up; built again when it was read again."""
        system_id, listed = (route.erp_id, kind) if side == ERP else (route.oa_id, OA_KINDS.get(kind, kind))
        read = self._store.refreshed().get((system_id, listed))
        if read is None:
            return Records((), by_key=side == OA)
        kept = self._lists.get((system_id, listed, side == OA))
        if kept is None or kept[0] != read[0]:
            made = Records(self._store.records(system_id, listed), by_key=side == OA)
            kept = self._lists[system_id, listed, side == OA] = (read[0], made)
        return kept[1]

    def _other(self, route: Route, kind: str, side: str) -> tuple[str, str]:
        return (route.erp_id, kind) if side == OA else (route.oa_id, OA_KINDS.get(kind, kind))

    def _route(self, route_id: str) -> Route:
        for route in self._workspace.catalog.routes():
            if route.id == route_id:
                return route
        raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=route_id)

    def _shown(self, kind: str, told: T) -> T:
        """The same without account numbers where the kind is an account and whoever sits here does not see them."""
        return self._workspace.people.shown(told) if is_account(kind) else told

    def _kinds(self, route: Route) -> tuple[set[str], set[str]]:
        """Kinds that the company's flows look up from ERP to OA, and from OA to ERP."""
        forward, back = set[str](), set[str]()
        for switch in route.switches:
            flow = self._workspace.flows_in_force().get(switch.flow_id)
            with suppress(SyncError):
                flow = self._workspace.flow_for(route.id, switch.flow_id)
            if flow is not None:
                (back if flow.kind is FlowKind.GENERATION else forward).update(kinds_of(flow))
        return forward, back

    def count(self, question: BaseQuestion) -> int:
        """How many correspondences a question finds."""
        return self._store.count(self._seen(question))

    def _seen(self, question: BaseQuestion) -> BaseQuestion:
        """Of the companies that whoever sits at the window sees."""
        seen = self._workspace.people.seat.routes
        if not seen:
            return question
        wanted = [each for each in question.routes if each in seen] if question.routes else seen
        return replace(question, routes=tuple(wanted) or ("",))


def kinds_of(flow: Flow) -> set[str]:
    """Every kind of base data that a flow's rules look up."""
    return {kind for text in _texts(flow) for kind in _KIND_IN_RULE.findall(text)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _texts(getattr(value, each.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _texts(each)
