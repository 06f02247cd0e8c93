"""What one document costs at a vendor that meters calls: `bench engine --oa dingtalk`. Counts are the sandbox's own.

The quota decides how many documents a company may send in a month; speed does not matter there.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from desktop.domain.document import DocumentState
from desktop.doors.toy import Toy
from desktop.services.workspace import Workspace
from tests.bench.world import World
from tests.sync.making import CLAIM, CLAIM_LINES

CLAIM_FLOW, CLAIM_WORKFLOW = "claim", 787

PASSES = 400
LATER_S = 0.4
PER_PASS_S = 15.0
"""How often an engine looks at the ERP by its factory setting."""


def bench_metered(orders: int, oa: str) -> dict[str, Any]:
    """Sales orders from the bill to the audit, four of five agreed to and one refused; then a day's looking about at rest."""
    toy = Toy.serve(oa=oa)
    toy.oa_play.hurry(toy.oa)
    world = World(toy)
    with tempfile.TemporaryDirectory(prefix="danqiao-metered-") as folder:
        work = Workspace.open_folder(Path(folder), memory=toy.memory)
        try:
            toy.join(work, flows=("sales_order",), on=True, every_s=PER_PASS_S)
            work.engine.run_once()
            told = _measured(work, toy, world, orders)
            return {**told, "claims": _claims(work, toy, orders)}
        finally:
            work.close()
            toy.stop()


def _measured(work: Workspace, toy: Toy, world: World, orders: int) -> dict[str, Any]:
    began, calls = time.monotonic(), toy.oa_server.calls
    first = _counted(toy)
    world.submit(orders)
    passes = _until(work, lambda counts: counts.get(DocumentState.REQUESTED, 0) >= orders)
    world.decide()
    passes += _until(work, lambda counts: sum(n for state, n in counts.items() if state.at_rest) >= orders)
    after, spent = _counted(toy), toy.oa_server.calls - calls
    idle = _idle(work, toy)
    count = world.count()
    return {
        "vendor": toy.oa_play.vendor,
        "orders": orders,
        "passes": passes,
        "calls": spent,
        "calls_a_pass_at_rest": idle,
        "calls_per_document": round(max(0.0, spent - passes * idle) / orders, 2),
        "by_operation": {name: round(number / orders, 2) for name, number in sorted((after - first).items())},
        "duplicates": count["duplicates"],
        "audited": count.get("status_C", 0),
        "seconds": round(time.monotonic() - began, 1),
    }


def _claims(work: Workspace, toy: Toy, claims: int) -> dict[str, Any]:
    """Agreed claims from the OA's yes to the number in the OA: what each costs beside the looks at rest."""
    toy.join(work, flows=(CLAIM_FLOW,), on=True, every_s=PER_PASS_S)
    work.engine.run_once()
    idle, done = _idle(work, toy), work.ledger.count_states().get(DocumentState.DONE, 0)
    first, calls = _counted(toy), toy.oa_server.calls
    for _ in range(claims):
        toy.oa.approve_fully(toy.oa.start(CLAIM_WORKFLOW, "61", CLAIM, {"detail_1": CLAIM_LINES}))
    passes = _until(work, lambda counts: counts.get(DocumentState.DONE, 0) >= done + claims)
    spent, after = toy.oa_server.calls - calls, _counted(toy)
    return {
        "passes": passes,
        "calls": spent,
        "calls_a_pass_at_rest": idle,
        "calls_per_document": round(max(0.0, spent - passes * idle) / claims, 2),
        "by_operation": {name: round(number / claims, 2) for name, number in sorted((after - first).items())},
    }


def _counted(toy: Toy) -> Counter[str]:
    return Counter(toy.oa_play.counted(toy.oa_server.app))


def _idle(work: Workspace, toy: Toy) -> float:
    """Calls that a pass over two companies costs when there is nothing to do."""
    work.engine.run_once()
    before = toy.oa_server.calls
    for _ in range(10):
        work.engine.run_once()
    return round((toy.oa_server.calls - before) / 10, 2)


def _until(work: Workspace, reached: Any) -> int:
    """Passes that it took."""
    for number in range(1, PASSES + 1):
        work.engine.run_once()
        if reached(work.ledger.count_states()):
            return number
        time.sleep(LATER_S)
    raise RuntimeError(f"never there: {work.ledger.count_states()}")


def table(told: dict[str, Any]) -> str:
    """The figures for people."""
    shown = (
        "passes",
        "calls",
        "calls_a_pass_at_rest",
        "calls_per_document",
        "duplicates",
        "audited",
        "seconds",
    )
    lines = [
        f"{told['vendor']}: {told['orders']} sales orders, 80 % agreed to, 20 % refused; calls to the OA",
        "",
    ]
    lines += [f"{name:24} {told[name]:>10}" for name in shown]
    lines += _operations(told)
    claims = told["claims"]
    lines += [
        "",
        f"{told['orders']} agreed claims, each a bill whose number the OA gets; calls to the OA",
        "",
    ]
    lines += [
        f"{name:24} {claims[name]:>10}"
        for name in ("passes", "calls", "calls_a_pass_at_rest", "calls_per_document")
    ]
    lines += _operations(claims)
    return "\n".join(lines)


def _operations(told: dict[str, Any]) -> list[str]:
    return [f"  {name:22} {number:>10}  for each document" for name, number in told["by_operation"].items()]
