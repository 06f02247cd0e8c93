"""Weaver e-cology 9: people, departments and companies as base data (section 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from desktop.connectors.ecology.answers import text_of
from desktop.connectors.ecology.client import Client
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BaseItem

_FIRST_LEAVING_STATUS = 4
"""0 to 3 may work; 4 dismissed, 5 left, 6 retired, 7 invalid."""


def base_items(client: Client, kind: str, **wanted: str) -> Iterator[BaseItem]:
    """Records of a kind, `key` the OA's id. Raises PER-714 for a kind that the OA does not keep.

    wanted: the list's own filters; a server that does not know one answers all.
    """
    if kind not in _KINDS:
        raise SyncError(ErrorCode.CANNOT, certain=True, system=client.system.id, what=kind)
    endpoint, shaped = _KINDS[kind]
    return (shaped(row) for row in client.people(endpoint, **wanted))


def may_work(row: Mapping[str, Any]) -> bool:
    """False for whoever was dismissed, has left, is retired or invalid."""
    status = text_of(row.get("status"))
    return not (status.isdigit() and int(status) >= _FIRST_LEAVING_STATUS)


def _user(row: Mapping[str, Any]) -> BaseItem:
    """A secondary account shares its staff number with the person's main one: without a code nobody proposes it."""
    secondary = text_of(row.get("accounttype")) == "1"
    return BaseItem(
        kind="user",
        key=text_of(row.get("id")),
        code="" if secondary else text_of(row.get("workcode")),
        name=text_of(row.get("lastname")),
        disabled=not may_work(row),
        mark="" if secondary else text_of(row.get("mobile")),
    )


def _department(row: Mapping[str, Any]) -> BaseItem:
    code, name = text_of(row.get("departmentcode")), text_of(row.get("departmentname"))
    return BaseItem("department", text_of(row.get("id")), code, name, _closed(row))


def _company(row: Mapping[str, Any]) -> BaseItem:
    code, name = text_of(row.get("subcompanycode")), text_of(row.get("subcompanyname"))
    return BaseItem("company", text_of(row.get("id")), code, name, _closed(row))


def _closed(row: Mapping[str, Any]) -> bool:
    return text_of(row.get("canceled")) == "1"


_KINDS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], BaseItem]]] = {
    "user": ("getHrmUserInfoWithPage", _user),
    "department": ("getHrmdepartmentWithPage", _department),
    "company": ("getHrmsubcompanyWithPage", _company),
}
