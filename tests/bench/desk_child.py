"""The real window on the failures page, over a store with thousands of failures: what the desk's bench measures."""

from __future__ import annotations

import statistics
import time
from typing import Any

from desktop.store.catalog import BaseRow
from tests.bench.child import serve
from tests.bench.window_child import Bench

RESEND_S = 600.0


class DeskBench(Bench):
    """Queue first, then the failures page."""

    wanted = ("queue", "failures")

    def numbers(self, documents: int) -> dict[str, float]:
        """Each kind of number: milliseconds to its rows and the first one's whole story, as Ctrl+K and the panel ask."""
        half = documents // 2
        typed = {
            "bill": f"XSDD{half // 4 * 4:07}", "bill's end": f"{half:07}"[-5:], "request": str(300_001 + half),
            "voucher": f"记-{half // 2:07}", "invoice": f"2431200{half // 2:013}", "partner": "昆山精工",
            "amount": str(self.workspace.documents.rows([half])[0].amount.amount), "key": f"{half:016X}",
        }  # fmt: skip
        found = {}
        for name, text in typed.items():
            began = time.perf_counter()
            rows = self.workspace.documents.find(text)
            story = self.workspace.documents.story(rows[0].id) if rows else None
            found[name] = round((time.perf_counter() - began) * 1000, 1)
            if name not in ("key",) and (story is None or not story.events):
                raise RuntimeError(f"{name} {text} was not found")
        return found

    def failures(self, times: int) -> dict[str, Any]:
        """The page from the click to its causes and the first bills; then another cause, several times."""
        began = time.perf_counter()
        self.window.go("failures")
        page: Any = self.window.current_page()
        self.desk = page
        self.pump(lambda: page.overview is not None and page.rows.value_at(0) is not None)
        opened = (time.perf_counter() - began) * 1000
        again, cause = [], []
        for at in range(times):
            self.pump(lambda: False, 0.3)
            before, began = page.overview, time.perf_counter()
            page.ask()
            self.pump(lambda before=before: page.overview is not before)
            again.append((time.perf_counter() - began) * 1000)
            chosen = page.overview.causes[10 + at * 30]
            began = time.perf_counter()
            page._choose(chosen.id)
            self.pump(
                lambda chosen=chosen: (
                    page.cause.cause.id == chosen.id
                    and page.rows.rowCount() == chosen.count
                    and page.rows.value_at(0) is not None
                )
            )
            cause.append((time.perf_counter() - began) * 1000)
        return {"open_ms": round(opened, 1), "again": _told(again), "cause": _told(cause)}

    def resend(self, wanted: int) -> dict[str, Any]:
        """The engine finds that many bills of a customer that nobody matched; he is matched; all are resent at once while the
        page is on screen."""
        engine, page = self.workspace.engine, self.desk
        engine.start()
        code = "CUST0006"
        self.pump(lambda: self._stuck(page, code) >= wanted, RESEND_S)
        engine.stop()
        rows = [BaseRow("c100", "customer", code, "3006")]
        self.workspace.catalog.put_base_rows(rows, "bench")
        cause = next(each for each in page.overview.causes if each.facts.get("erp_code") == code)
        page._choose(cause.id)
        self.pump(lambda: page.rows.rowCount() == cause.count)
        failures, began = self.workspace.failures, time.perf_counter()
        self._begin_ticks()
        self.steps.told()
        engine.start()
        page.cause._begin(  # as after the second person's word
            lambda ids: lambda told, stopped: failures._carry_out("bench", "retry", ids(), {}, told, stopped)
        )
        self.pump(lambda: not page.cause.errand.busy, RESEND_S)
        took = time.perf_counter() - began
        told = {**self.steps.told(), **self._ticks()}
        left = self._count_stuck(code)
        return {
            **told, "asked": cause.count, "done": cause.count - left, "seconds": round(took, 1),
            "a_second": round((cause.count - left) / took, 1),
        }  # fmt: skip

    def _stuck(self, page: Any, code: str) -> int:
        found = [each.count for each in page.overview.causes if each.facts.get("erp_code") == code]
        if not found or not page._soon.isActive():
            self.pump(lambda: False, 0.5)
        return found[0] if found else 0

    def _count_stuck(self, code: str) -> int:
        causes = self.workspace.failures.overview().causes
        return sum(each.count for each in causes if each.facts.get("erp_code") == code)


def _told(taken: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(taken), 1), "max": round(max(taken), 1)}


if __name__ == "__main__":
    bench = DeskBench()
    serve(
        {
            "open": bench.open, "numbers": bench.numbers, "failures": bench.failures, "resend": bench.resend,
            "close": bench.close,
        }
    )  # fmt: skip
