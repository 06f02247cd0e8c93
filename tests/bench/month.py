"""What a month costs at a vendor that meters calls: `bench month --orders N`. Every clock runs fast, every call is real.

The second working day and the night after it, with its reconciliation, then a day at rest; 22 and 8 of them are a month.
Orders come over ten hours, each is agreed to a day later; the stream is on, and off for comparison. Counts are the sandbox's
own.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter, deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from desktop.connectors.base import STREAM
from desktop.connectors.dingtalk import client, people, reading
from desktop.domain.document import Trigger
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sandbox.server import Server
from desktop.sync import listening
from tests.conftest import FLOW, Clock, House, staged

ALLOWED = 10_000
WORK_MIN, DAY_MIN, AGREED_AFTER_MIN = 600, 1440, 1440
RECONCILED_MIN = 1290
AT_WORK_EVERY_MIN, AT_REST_EVERY_MIN = 5, 15
WORK_DAYS, REST_DAYS = 22, 8
UNMETERED = frozenset({"accessToken", "openConnection"})


def bench_month(orders: int) -> dict[str, Any]:
    """Calls of a month with `orders` orders each working day."""
    return {"orders": orders, "stream": _month(orders, "yes"), "no_stream": _month(orders, "no")}


def _month(orders: int, stream: str) -> dict[str, Any]:
    served = (
        Server(_nobody).start(),
        Server(_nobody).start(),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
    )
    clock = Clock()
    try:
        with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
            for module in (reading, people):
                patch.setattr(module, "time", SimpleNamespace(monotonic=clock.monotonic))
            patch.setattr(client.Client.__init__, "__defaults__", (clock.monotonic,))
            patch.setattr(listening, "BREATH_S", 0.0)
            toy = staged(served, clock, patch, (K3CLOUD, DINGTALK))
            house = House(toy, Path(folder), clock, {"monthly_calls": str(ALLOWED), STREAM: stream})
            try:
                return _lived(house, orders, streams=stream == "yes")
            finally:
                house.close()
    finally:
        for server in served[:2]:
            server.stop()


def _lived(house: House, orders: int, *, streams: bool) -> dict[str, Any]:
    month = Month(house, orders, streams=streams)
    house.run()
    month.day(at_work=True)
    work, rest = month.day(at_work=True), month.day(at_work=False)
    total = Counter({name: WORK_DAYS * work[name] + REST_DAYS * rest[name] for name in {*work, *rest}})
    documents = orders * WORK_DAYS
    return {
        "working_day": sum(work.values()),
        "day_at_rest": sum(rest.values()),
        "month": total.total(),
        "calls_per_document": round(total.total() / documents, 2),
        "by_operation": {name: round(number / documents, 2) for name, number in sorted(total.items())},
        "longest_wait_min": month.longest_min,
    }


class Month:
    """People and engine, minute by minute."""

    def __init__(self, house: House, orders: int, *, streams: bool) -> None:
        self._house, self._orders, self._streams = house, orders, streams
        self._engine = house.workspace.engine
        self._open: deque[tuple[int, Any]] = deque()
        self._agreed: dict[int, tuple[int, Any]] = {}
        self.longest_min = self._minute = 0
        if streams:
            stream = house.toy.oa_server.app.extensions["dingtalk_stream"]
            self._engine._listeners.keep({"oa"})
            _until(lambda: stream.connections == 1)

    def day(self, *, at_work: bool) -> Counter[str]:
        """Metered calls of a day that begins in the morning."""
        before, made = self._counted(), 0
        for minute in range(DAY_MIN):
            while at_work and minute < WORK_MIN and made * WORK_MIN < self._orders * (minute + 1):
                self._open.append((self._minute + AGREED_AFTER_MIN, self._house.order()))
                made += 1
            told = self._agree() if at_work else 0
            every_min = AT_WORK_EVERY_MIN if at_work and minute < WORK_MIN else AT_REST_EVERY_MIN
            if told or minute % every_min == 0:
                self._engine.run_flow("c100", FLOW, Trigger.CLOCK)
                self._note_done()
            if minute == RECONCILED_MIN:
                self._house.workspace.reconcile.run(1)
            self._house.clock.pass_s(60)
            self._minute += 1
        return self._counted() - before

    def _agree(self) -> int:
        told = 0
        while self._open and self._open[0][0] <= self._minute:
            _, bill = self._open.popleft()
            self._house.approve(bill)
            self._agreed[bill.id] = self._minute, bill
            told += 1
        if told and self._streams:
            hints = self._engine._hints_of("c100", FLOW)
            _until(lambda: len(hints.due()) >= told)
        return told

    def _note_done(self) -> None:
        for key, (agreed, bill) in list(self._agreed.items()):
            if bill.status == "C":
                self.longest_min = max(self.longest_min, self._minute - agreed)
                del self._agreed[key]

    def _counted(self) -> Counter[str]:
        counted = DINGTALK.counted(self._house.toy.oa_server.app)
        return Counter({name: number for name, number in counted.items() if name not in UNMETERED})


def _nobody(environ: object, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []


def _until(reached: Any, most_s: float = 20.0) -> None:
    began = time.monotonic()
    while not reached():
        if time.monotonic() - began > most_s:
            raise RuntimeError("the stream told nothing")
        time.sleep(0.002)


def table(told: dict[str, Any]) -> str:
    """The figures for people."""
    names = ("working_day", "day_at_rest", "month", "calls_per_document", "longest_wait_min")
    lines = [
        f"{told['orders']} sales orders a working day, all agreed to; {ALLOWED} metered calls a month", "",
        f"{'':24} {'stream':>10} {'no stream':>10}",
    ]  # fmt: skip
    with_it, without = told["stream"], told["no_stream"]
    lines += [f"{name:24} {with_it[name]:>10} {without[name]:>10}" for name in names]
    for name in sorted({*with_it["by_operation"], *without["by_operation"]}):
        one, other = (each["by_operation"].get(name, 0.0) for each in (with_it, without))
        lines.append(f"  {name:22} {one:>10} {other:>10}  for each document")
    return "\n".join(lines)
