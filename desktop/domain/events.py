"""What the engine tells while it works: facts with ids, never rows. A lost one costs freshness, nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentsMoved:
    """These documents changed their state."""

    document_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FailuresChanged:
    """Failures were opened or closed on these documents."""

    document_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A pass over a flow is over."""

    run_id: int
    route_id: str
    flow_id: str


@dataclass(frozen=True, slots=True)
class RouteHeld:
    """A route is held (code set) or released (code empty)."""

    route_id: str
    code: str


@dataclass(frozen=True, slots=True)
class ScanEnded:
    """A nightly scan ("prices", "invoices") over a company is over. fresh: findings that were not known yet; found: all."""

    scan: str
    route_id: str
    fresh: int
    found: int


@dataclass(frozen=True, slots=True)
class NoticeTold:
    """People are told of something now. grave: something is wrong; else something is right again."""

    title: str
    text: str
    grave: bool


Event = NoticeTold | DocumentsMoved | FailuresChanged | RunEnded | RouteHeld | ScanEnded
