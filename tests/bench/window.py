"""The window over a million documents: lists, own steps on the GUI thread, painting, first paint, memory.

Absolute milliseconds are this machine's; painting and starting are ratios to Qt's own in the same run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.engine import Child
from tests.bench.window_store import build

TIMES = 7
SCROLL_S, ENGINE_S = 8.0, 10.0
ORDERS = 400
TARGETS = {
    "first_row_ms": 100.0, "beside_sums_ms": 100.0, "search_tail_ms": 300.0, "search_two_ms": 300.0, "search_amount_ms": 300.0,
    "own_step_p99_ms": 16.0, "own_step_max_ms": 100.0, "repaint_ratio": 1.5, "first_paint_ratio": 1.5, "rss_mb": 200.0,
}  # fmt: skip


def bench_window(documents: int, *, quiet: bool) -> dict[str, Any]:
    """Builds the store in a temporary folder, measures, and answers all figures with their targets."""
    with tempfile.TemporaryDirectory(prefix="danqiao-bench-window-") as name:
        folder = Path(name)
        _say(quiet, f"building {documents:,} documents")
        told: dict[str, Any] = {"documents": documents, "build_s": round(build(folder, documents), 1)}
        told["first_paint"] = _first_paint(quiet)
        told.update(_in_the_window(folder, documents, quiet))
    told["targets"] = _against_targets(told)
    return told


def _say(quiet: bool, words: str) -> None:
    if not quiet:
        print(f"... {words}", file=sys.stderr, flush=True)


def _in_the_window(folder: Path, documents: int, quiet: bool) -> dict[str, Any]:
    world, window = Child("tests.bench.world"), Child("tests.bench.window_child")
    told: dict[str, Any] = {}
    try:
        data = world.tell("data")
        world.tell("set", latency_ms=0.0, extended=True)
        _say(quiet, "opening the queue page")
        told["open"] = window.tell("open", folder=str(folder), erp=data["erp"], oa=data["oa"])["result"]
        _say(quiet, "filter, sort, search")
        told["lists"] = window.tell("lists", times=TIMES, documents=documents)["result"]
        _say(quiet, "beside the overview's sums")
        told["beside_sums"] = window.tell("beside_sums", times=TIMES)["result"]
        _say(quiet, "scrolling")
        told["scroll"] = window.tell("scroll", seconds=SCROLL_S)["result"]
        told["repaint"] = window.tell("repaint", times=30)["result"]
        _say(quiet, "the engine at full speed")
        world.tell("submit", orders=ORDERS)
        told["engine"] = window.tell("engine", moves=2 * ORDERS, seconds=ENGINE_S, read=False)["result"]
        world.tell("decide")
        world.tell("submit", orders=ORDERS // 2)
        told["engine_read"] = window.tell("engine", moves=3 * ORDERS, seconds=ENGINE_S, read=True)["result"]
        told["rss_mb"] = window.tell("close")["rss_mb"]
    finally:
        window.end()
        world.end()
    return told


def _first_paint(quiet: bool) -> dict[str, Any]:
    """Medians of fresh processes, in turn; one of each before that, for the file cache."""
    _say(quiet, "first paint")
    taken: dict[str, list[dict[str, float]]] = {"bare": [], "ours": []}
    for turn in range(TIMES + 1):
        for name in taken:
            told = _painted(name)
            if turn:
                taken[name].append(told)
    found: dict[str, Any] = {}
    for kind in ("wall_ms", "cpu_ms"):
        bare, ours = (statistics.median(each[kind] for each in taken[name]) for name in ("bare", "ours"))
        found[kind] = {"bare": round(bare, 1), "ours": round(ours, 1), "ratio": round(ours / bare, 2)}
    return found


def _painted(name: str) -> dict[str, float]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "BENCH_STARTED": str(time.monotonic())}
    command = [sys.executable, "-m", "tests.bench.paint_child", name]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return dict(json.loads(ran.stdout.strip().splitlines()[-1]))


def _against_targets(told: dict[str, Any]) -> dict[str, Any]:
    phases = (told["scroll"], told["engine"], told["engine_read"])
    values = {
        "first_row_ms": told["open"]["first_row_ms"],
        "beside_sums_ms": told["beside_sums"]["max"],
        **{
            name: told["lists"][name]["max"]
            for name in ("search_tail_ms", "search_two_ms", "search_amount_ms")
        },
        "own_step_p99_ms": max(phase["p99_ms"] for phase in phases),
        "own_step_max_ms": max(phase["max_ms"] for phase in phases),
        "repaint_ratio": told["repaint"]["ratio"],
        "first_paint_ratio": told["first_paint"]["wall_ms"]["ratio"],
        "rss_mb": told["rss_mb"],
    }
    return {
        name: {"value": values[name], "target": f"<= {limit:g}", "reached": values[name] <= limit}
        for name, limit in TARGETS.items()
    }


def table(told: dict[str, Any]) -> str:
    """The figures for people."""
    opened, paint, repaint = told["open"], told["first_paint"], told["repaint"]
    lines = [
        f"window: {told['documents']:,} documents (store built in {told['build_s']} s), 1440 x 900, offscreen", "",
        f"queue page opened: first row {opened['first_row_ms']} ms (asked again {opened['again_ms']} ms), whole list of {opened['rows']:,} {opened['whole_list_ms']} ms",
        "", f"{'to the first row, ms':28}{'median':>10}{'worst':>10}",
    ]  # fmt: skip
    for name, each in told["lists"].items():
        lines.append(f"{name.removesuffix('_ms'):28}{each['median']:>10}{each['max']:>10}")
    beside = told["beside_sums"]
    lines.append(f"{'beside the sums':28}{beside['median']:>10}{beside['max']:>10}")
    heads = ("p50", "p99", "max", "cpu p99", "cpu max", "steps", "loop p99", "loop max")
    lines += ["", f"{'on the GUI thread, ms':28}" + "".join(f"{head:>10}" for head in heads)]
    for name in ("scroll", "engine", "engine_read"):
        each = told[name]
        keys = (
            "p50_ms",
            "p99_ms",
            "max_ms",
            "cpu_p99_ms",
            "cpu_max_ms",
            "steps",
            "loop_p99_ms",
            "loop_max_ms",
        )
        row = "".join(f"{each[key]:>10}" for key in keys)
        moves = f"   {each['moves']} moves in {each['seconds']} s" if "moves" in each else ""
        lines.append(f"{name:28}{row}   longest: {each['longest']}{moves}")
        lines.append(
            f"{'  painting':28}{each['paint_p50_ms']:>10}{'':>10}{each['paint_max_ms']:>10}{each['paints']:>10}"
        )
    lines += [
        "", f"full repaint {repaint['ours_ms']} ms, QStandardItemModel with the plain delegate {repaint['plain_ms']} ms",
        f"first paint {paint['wall_ms']['ours']} ms, bare QMainWindow {paint['wall_ms']['bare']} ms "
        f"(processor {paint['cpu_ms']['ours']} and {paint['cpu_ms']['bare']} ms, ratio {paint['cpu_ms']['ratio']})", "",
    ]  # fmt: skip
    for name, each in told["targets"].items():
        verdict = "reached" if each["reached"] else "NOT reached"
        lines.append(f"{name:24} {each['value']:>8}   target {each['target']:<9} {verdict}")
    return "\n".join(lines)
