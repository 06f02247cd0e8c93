"""Words of the scans of audited bills: what was looked at, and what was done around the rules directly in the ERP (X23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desktop.connectors.base import ErpConnector
from desktop.domain.errors import ErrorCode, SyncError

BATCH = 200


@dataclass(frozen=True, slots=True)
class Outside:
    """An audited bill that breaks a rule of its flow. error: the rule's objection, with its facts."""

    route_id: str
    company: str
    flow_id: str
    number: str
    maker: str
    audited_at: datetime | None
    error: SyncError


@dataclass(frozen=True, slots=True)
class Looked:
    """One audited bill that a scan read; outside None = it keeps to the rules."""

    flow_id: str
    form: str
    key: str
    outside: Outside | None


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found. looked: how many audited bills it read; since: aware UTC."""

    since: datetime
    looked: int
    found: tuple[Outside, ...]


def whole(since: datetime, looked: Iterable[Looked]) -> Scan:
    """A scan to its end."""
    read = list(looked)
    return Scan(since, len(read), tuple(each.outside for each in read if each.outside is not None))


def must_list(erp: ErpConnector) -> None:
    """Raises PER-714 for an ERP that cannot list what was audited."""
    if not erp.capabilities.list_audited:
        raise SyncError(ErrorCode.CANNOT, certain=True, system=erp.system.id, what="audited_bills")
