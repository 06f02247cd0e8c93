"""The engine alone in a process: what the bench measures."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from desktop.connectors.http import Wire
from desktop.domain.document import DocumentState
from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow
from tests.bench.child import STARTED, serve

MOVING = (DocumentState.APPROVED, DocumentState.REJECTED, DocumentState.WITHDRAWN)


class Bench:
    """One engine on a fresh store."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="danqiao-bench-")
        self._workspace: Workspace | None = None

    def open(self, erp: dict[str, Any], oa: dict[str, Any], parallel: int) -> float:
        """Opens a store, joins the systems, makes the first pass; answers seconds from start to the first call sent."""
        first: list[float] = []
        plain_call = Wire.call

        def call(wire: Wire, *args: Any, **kwargs: Any) -> Any:
            first.append(time.monotonic() - STARTED)
            return plain_call(wire, *args, **kwargs)

        Wire.call = call  # type: ignore[method-assign]
        secrets = {
            ("k3", "app_secret"): erp["app_secret"],
            ("oa", "secrit"): oa["secrit"],
            ("oa", "spk"): oa["spk"],
        }
        work = Workspace.open_folder(Path(self._folder.name), memory=secrets)
        own = {"acct_id": erp["account"], "user": erp["user"], "app_id": erp["app_id"]}
        work.catalog.put_system(System("k3", SystemRole.ERP, "k3cloud", "K3", erp["url"], own), "bench")
        other = {"app_id": oa["app_id"], "user_id": oa["user_id"], "realm": "toy", "parallel": str(parallel)}
        work.catalog.put_system(System("oa", SystemRole.OA, "ecology", "OA", oa["url"], other), "bench")
        switch = FlowSwitch("sales_order", True, 15, "781")
        work.catalog.put_route(Route("c100", "100", "100", "k3", "oa", "", (switch,)), "bench")
        base = [("customer", "CUST0001", "3001"), ("currency", "PRE001", "CNY"), ("user", "wangmin", "57")]
        work.catalog.put_base_rows([BaseRow("c100", *each) for each in base], "bench")
        self._workspace = work
        code = work.engine.run_once()
        assert not any(code.values()), code
        Wire.call = plain_call  # type: ignore[method-assign]
        return first[0]

    def run(self, wanted: int, at_rest: bool) -> dict[str, Any]:
        """Passes until `wanted` documents are REQUESTED (or at rest); answers states and passes."""
        assert self._workspace is not None
        ledger, passes = self._workspace.ledger, 0
        while passes < 60:
            self._workspace.engine.run_once()
            passes += 1
            counts = ledger.count_states()
            resting = sum(count for state, count in counts.items() if state.at_rest)
            unfinished = ledger.unfinished("c100", "sales_order")
            if (resting if at_rest else counts.get(DocumentState.REQUESTED, 0)) >= wanted and not unfinished:
                break
        failures = ledger.open_failures([each.id for each in ledger.moving("c100", "sales_order")])
        return {
            "passes": passes,
            "states": {state.value: count for state, count in counts.items()},
            "failures": len(failures),
            "trail_whole": self._workspace.trail.broken_at() is None if at_rest else None,
        }

    def close(self) -> None:
        """Ends the engine."""
        if self._workspace is not None:
            self._workspace.close()
        self._folder.cleanup()


if __name__ == "__main__":
    bench = Bench()
    serve({"open": bench.open, "run": bench.run, "close": bench.close})
