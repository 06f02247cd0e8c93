"""The engine against two yardsticks: documents per second, calls, CPU and memory, with every promise kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

PARALLEL = 5
"""Connections to the OA, for the engine and for the floor alike."""

TARGETS = {
    "calls_per_document": ("<=", 2.3), "cpu_ms_per_document": ("<=", 6.0), "rss_mb": ("<=", 120.0),
    "first_call_s": ("<=", 0.8), "of_floor_0ms": (">=", 0.25), "of_floor_50ms": (">=", 0.8),
}  # fmt: skip


class Child:
    """A process that answers one JSON line for each JSON line."""

    def __init__(self, module: str) -> None:
        command = [sys.executable, "-m", module]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["BENCH_STARTED"] = str(time.monotonic())
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def tell(self, do: str, **more: Any) -> Any:
        """Orders one step and waits for its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{do}: the child process ended")
        return json.loads(line)

    def end(self) -> None:
        """Lets it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


@dataclass(slots=True)
class Case:
    """One measured way of doing the same job."""

    name: str
    seconds: float
    cpu_s: float
    rss_mb: float
    calls: int
    orders: int
    extra: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """As figures per document."""
        return {
            "documents_per_s": round(self.orders / self.seconds, 1),
            "calls_per_document": round(self.calls / self.orders, 3),
            "cpu_ms_per_document": round(self.cpu_s * 1000 / self.orders, 2),
            "rss_mb": self.rss_mb,
            "seconds": round(self.seconds, 2),
            **self.extra,
        }


def bench_engine(orders: int, *, quiet: bool) -> dict[str, Any]:
    """All cases at 0 and 50 ms, and the basic list items beside the extended."""
    told: dict[str, Any] = {"orders": orders}
    _engine_case(
        5, 0.0, extended=True
    )  # once for nothing: byte code and file cache as at any but the first start
    for latency in (0.0, 50.0):
        engine = _engine_case(orders, latency, extended=True)
        floor = _yardstick("floor", orders, latency, engine)
        few = orders if latency == 0 else max(20, orders // 10)
        script = _yardstick("script", few, latency, engine)
        name = f"{latency:.0f}ms"
        told[name] = {"engine": engine.told(), "floor": floor.told(), "script": script.told()}
        told[name]["of_floor"] = round(
            (engine.orders / engine.seconds) / (floor.orders / floor.seconds) * (engine.calls / floor.calls),
            3,
        )
        told[name]["of_script"] = round(
            (engine.orders / engine.seconds) / (script.orders / script.seconds), 2
        )
        if not quiet:
            print(f"... {name} measured", file=sys.stderr)
    told["basic_items"] = _engine_case(orders, 0.0, extended=False).told()
    told["targets"] = _against_targets(told)
    return told


def _engine_case(orders: int, latency: float, *, extended: bool) -> Case:
    world, child = Child("tests.bench.world"), Child("tests.bench.engine_child")
    try:
        data = world.tell("data")
        world.tell("set", latency_ms=latency, extended=extended)
        opened = child.tell("open", erp=data["erp"], oa=data["oa"], parallel=PARALLEL)
        before = world.tell("count")
        world.tell("submit", orders=orders)
        first = child.tell("run", wanted=orders, at_rest=False)
        world.tell("decide")
        second = child.tell("run", wanted=orders, at_rest=True)
        after = world.tell("count")
        child.tell("close")
    finally:
        child.end()
        world.end()
    calls = _calls(after) - _calls(before)
    well = after.get("status_C", 0) == orders - orders // 5 and not second["result"]["failures"]
    return Case(
        "engine", first["seconds"] + second["seconds"], first["cpu_s"] + second["cpu_s"], second["rss_mb"], calls,
        orders,
        {
            "first_call_s": round(opened["result"], 3), "duplicates": after["duplicates"], "well": well,
            "passes": first["result"]["passes"] + second["result"]["passes"],
            "calls_oa": after["calls_oa"] - before["calls_oa"], "calls_erp": after["calls_erp"] - before["calls_erp"],
            "trail_whole": second["result"]["trail_whole"],
        },
    )  # fmt: skip


def _yardstick(name: str, orders: int, latency: float, engine: Case) -> Case:
    world, child = Child("tests.bench.world"), Child("tests.bench.floor_child")
    try:
        data = world.tell("data")
        world.tell("set", latency_ms=latency, extended=True)
        child.tell(f"{name}_open", erp=data["erp"], oa=data["oa"], parallel=PARALLEL)
        world.tell("submit", orders=orders)
        before = _calls(world.tell("count"))
        first = child.tell(f"{name}_first", orders=orders)
        world.tell("decide")
        further = max(0, engine.calls - 2 * orders - 2)
        second = child.tell(f"{name}_second", further=further)
        calls = _calls(world.tell("count")) - before
    finally:
        child.end()
        world.end()
    return Case(
        name, first["seconds"] + second["seconds"], first["cpu_s"] + second["cpu_s"], second["rss_mb"], calls, orders, {}
    )  # fmt: skip


def _calls(count: dict[str, int]) -> int:
    return count["calls_erp"] + count["calls_oa"]


def _against_targets(told: dict[str, Any]) -> dict[str, Any]:
    engine = told["0ms"]["engine"]
    values = {
        **{
            name: engine[name]
            for name in ("calls_per_document", "cpu_ms_per_document", "rss_mb", "first_call_s")
        },
        "of_floor_0ms": told["0ms"]["of_floor"],
        "of_floor_50ms": told["50ms"]["of_floor"],
    }
    return {
        name: {
            "value": values[name], "target": f"{sign} {limit}",
            "reached": values[name] <= limit if sign == "<=" else values[name] >= limit,
        }
        for name, (sign, limit) in TARGETS.items()
    }  # fmt: skip


def table(told: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"engine: {told['orders']} sales orders with 3 lines, 80 % approved, 20 % returned", ""]
    names = ("documents_per_s", "calls_per_document", "cpu_ms_per_document", "rss_mb")
    lines.append(f"{'':22}" + "".join(f"{name:>22}" for name in names))
    for latency in ("0ms", "50ms"):
        for who in ("engine", "floor", "script"):
            row = told[latency][who]
            lines.append(f"{latency + ' ' + who:22}" + "".join(f"{row[name]:>22}" for name in names))
        lines.append(
            f"{latency + ' ratio':22}{told[latency]['of_floor']:>22} of the floor {told[latency]['of_script']:>14} x the script"
        )
    basic = told["basic_items"]
    lines.append(f"{'0ms basic list items':22}" + "".join(f"{basic[name]:>22}" for name in names))
    engine = told["0ms"]["engine"]
    lines += ["", f"duplicates {engine['duplicates']}, all where they should be: {engine['well']}, "
              f"audit trail whole: {engine['trail_whole']}, passes {engine['passes']}, calls to OA {engine['calls_oa']}, "
              f"to ERP {engine['calls_erp']}", ""]  # fmt: skip
    for name, each in told["targets"].items():
        lines.append(
            f"{name:24} {each['value']:>8}   target {each['target']:<9} {'reached' if each['reached'] else 'NOT reached'}"
        )
    return "\n".join(lines)
