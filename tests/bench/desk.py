"""The clerk's desk: the failures page over many causes, a large resend in the window, and any number over a long trail."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.engine import Child
from tests.bench.window_store import build

DOCUMENTS, STUCK, CAUSES, TRAIL = 200_000, 20_000, 300, 1_000_000
RESENT = 5_000
TIMES = 7
TARGETS = {
    "failures_open_ms": 1_000.0, "cause_rows_ms": 500.0, "any_number_ms": 1_000.0, "resend_step_p99_ms": 16.0,
    "resend_step_max_ms": 100.0,
}  # fmt: skip


def bench_desk(*, quiet: bool, resent: int = RESENT) -> dict[str, Any]:
    """Builds a store, opens the real window over it, measures."""
    with tempfile.TemporaryDirectory(prefix="danqiao-bench-desk-") as name:
        folder = Path(name)
        _say(quiet, f"building {DOCUMENTS:,} documents, {STUCK:,} stuck, {TRAIL:,} lines of the trail")
        took = build(folder, DOCUMENTS, person_every=DOCUMENTS // STUCK, causes=CAUSES, trail=TRAIL)
        told: dict[str, Any] = {"build_s": round(took, 1), "resent": resent}
        told.update(_in_the_window(folder, resent, quiet))
    told["targets"] = _against_targets(told)
    return told


def _say(quiet: bool, words: str) -> None:
    if not quiet:
        print(f"... {words}", file=sys.stderr, flush=True)


def _in_the_window(folder: Path, resent: int, quiet: bool) -> dict[str, Any]:
    world, window = Child("tests.bench.world"), Child("tests.bench.desk_child")
    told: dict[str, Any] = {}
    try:
        data = world.tell("data")
        world.tell("set", latency_ms=0.0, extended=True)
        window.tell("open", folder=str(folder), erp=data["erp"], oa=data["oa"])
        _say(quiet, "any number")
        told["numbers"] = window.tell("numbers", documents=DOCUMENTS)["result"]
        _say(quiet, "failures page")
        told["failures"] = window.tell("failures", times=TIMES)["result"]
        _say(quiet, f"{resent:,} orders of one unmatched customer, then resent")
        world.tell("submit", orders=resent, customer="CUST0006")
        told["resend"] = window.tell("resend", wanted=resent)["result"]
        told["duplicates"] = world.tell("count")["duplicates"]
        told["rss_mb"] = window.tell("close")["rss_mb"]
    finally:
        window.end()
        world.end()
    return told


def _against_targets(told: dict[str, Any]) -> dict[str, Any]:
    values = {
        "failures_open_ms": told["failures"]["open_ms"], "cause_rows_ms": told["failures"]["cause"]["max"],
        "any_number_ms": max(told["numbers"].values()), "resend_step_p99_ms": told["resend"]["p99_ms"],
        "resend_step_max_ms": told["resend"]["max_ms"],
    }  # fmt: skip
    return {
        name: {"value": values[name], "target": f"<= {limit:g}", "reached": values[name] <= limit}
        for name, limit in TARGETS.items()
    }


def table(told: dict[str, Any]) -> str:
    """The figures for people."""
    failures, resend = told["failures"], told["resend"]
    lines = [
        f"desk: {DOCUMENTS:,} documents, {STUCK:,} open failures in {CAUSES} causes, {TRAIL:,} lines of the trail "
        f"(built in {told['build_s']} s)",
        f"failures page {failures['open_ms']} ms, asked again {failures['again']}, another cause's bills {failures['cause']}",
        "any number, ms to the rows and their timeline: "
        + ", ".join(f"{name} {ms}" for name, ms in told["numbers"].items()),
        f"resend of {resend['asked']:,}: {resend['done']:,} done in {resend['seconds']} s ({resend['a_second']} a second), "
        f"duplicates {told['duplicates']}; GUI thread p50 {resend['p50_ms']} p99 {resend['p99_ms']} max {resend['max_ms']} ms, processor p99 {resend['cpu_p99_ms']} max {resend['cpu_max_ms']} ms "
        f"({resend['longest']}), loop p99 {resend['loop_p99_ms']} max {resend['loop_max_ms']} ms; memory {told['rss_mb']} MB",
        "",
    ]
    for name, each in told["targets"].items():
        verdict = "reached" if each["reached"] else "NOT reached"
        lines.append(f"{name:24} {each['value']:>8}   target {each['target']:<9} {verdict}")
    return "\n".join(lines)
