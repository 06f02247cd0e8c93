"""The bench's two servers, in a process of their own, played through one JSON line per order on stdin."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

from desktop.doors.sandbox_door import sign_in_data
from desktop.doors.toy import Toy

FORM = "SAL_SaleOrder"
LINES = (("M0001", 1000, "1.13"), ("M0002", 20, "11.30"), ("M0004", 3, "226.00"))


class World:
    """What the parent may order."""

    def __init__(self, toy: Toy) -> None:
        self._toy = toy

    def data(self) -> dict[str, Any]:
        """Addresses and sign-in data."""
        return sign_in_data(self._toy)

    def set(self, latency_ms: float, extended: bool) -> None:
        """Server latency, and whether list items carry the extended set."""
        self._toy.erp_server.latency_ms = self._toy.oa_server.latency_ms = latency_ms
        self._toy.oa.settings.extended_items = extended

    def submit(self, orders: int, customer: str = "CUST0001") -> None:
        """People make and submit orders with three lines each."""
        for _ in range(orders):
            self._toy.erp.sales_order("100", customer, "wangmin", LINES, submit=True)

    def decide(self) -> int:
        """Approvers agree to four of five and return the fifth; answers how many they decided."""
        decided = 0
        for record in self._toy.oa.requests(781):
            if record.node_type not in (1, 2):
                continue
            decided += 1
            if decided % 5 == 0:
                self._toy.oa.reject(record.id, record.waiting[0], "单价偏高，请重报")
            else:
                self._toy.oa.approve_fully(record.id, "同意")
        return decided

    def count(self) -> dict[str, int]:
        """The truth: bills by state, requests beyond one per key, calls served."""
        bills = Counter(bill.status for bill in self._toy.erp.bills(FORM))
        keys = Counter(
            record.fields.get("erp_key", "")
            for record in (*self._toy.oa.requests(781), *self._toy.oa.graveyard)
        )
        audits = sum(max(0, bill.times("Audit") - 1) for bill in self._toy.erp.bills(FORM))
        return {
            **{f"status_{status}": count for status, count in bills.items()},
            "duplicates": sum(count - 1 for key, count in keys.items() if key) + audits,
            "calls_erp": self._toy.erp_server.calls,
            "calls_oa": self._toy.oa_server.calls,
        }


def main() -> None:
    """One order a line, one answer a line."""
    toy = Toy.serve()
    world = World(toy)
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(world, order.pop("do"))(**order)
        print(json.dumps(answer), flush=True)
    toy.stop()


if __name__ == "__main__":
    main()
