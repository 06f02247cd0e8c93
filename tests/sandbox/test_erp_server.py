"""The sandbox's HTTP server and its faults: keep-alive, latency, connections that die."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.server import Server


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if environ["PATH_INFO"] == "/cut":
        environ["sandbox.cut"](after=True, quiet=environ["QUERY_STRING"] == "quiet")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body) + 3))])
    return [b"ok ", body]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(app, threads=4).start()
    yield server
    server.stop()


def test_many_calls_share_one_connection_and_are_counted(server: Server) -> None:
    with requests.Session() as session:
        answers = [session.post(server.url, data=b"x").text for _ in range(20)]
        pools = session.get_adapter(server.url).poolmanager.pools  # type: ignore[attr-defined]
        assert pools.get(next(iter(pools.keys()))).num_connections == 1
    assert answers == ["ok x"] * 20
    assert server.calls == 20


@pytest.mark.parametrize(("query", "said"), [("reset", "reset"), ("quiet", "closed connection")])
def test_a_cut_connection_gives_no_byte_and_the_server_goes_on(server: Server, query: str, said: str) -> None:
    with pytest.raises(requests.ConnectionError) as caught:
        requests.post(f"{server.url}/cut?{query}", data=b"x", timeout=5)
    assert said in str(caught.value)
    assert requests.post(server.url, data=b"y", timeout=5).text == "ok y"
    assert server.calls == 2
    assert server.cuts == {"after": 1}


def test_latency_can_be_changed_while_running(server: Server) -> None:
    server.latency_ms = 60
    started = time.perf_counter()
    requests.get(server.url, timeout=5)
    assert time.perf_counter() - started >= 0.06


def test_more_connections_than_threads_are_all_served(server: Server) -> None:
    def call(number: int) -> str:
        with requests.Session() as session:
            return session.post(server.url, data=str(number), timeout=10).text

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(call, range(60))) == [f"ok {number}" for number in range(60)]


def test_the_port_is_closed_after_stop(server: Server) -> None:
    url = server.url
    server.stop()
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=2)


def test_a_seed_draws_the_same_faults_again() -> None:
    def drawn(seed: int) -> list[Fault | None]:
        faults = Faults.mild(seed)
        return [faults.draw("Save", is_write=True) for _ in range(3000)]

    first = drawn(7)
    assert first == drawn(7)
    assert first != drawn(8)
    assert 0.02 < sum(fault is not None for fault in first) / 3000 < 0.09


def test_lost_replies_are_drawn_for_writes_only() -> None:
    faults = Faults(1, {Fault.REPLY_LOST: 1.0})
    assert faults.draw("View", is_write=False) is None
    assert faults.draw("Audit", is_write=True) is Fault.REPLY_LOST
    assert faults.seen == {Fault.REPLY_LOST: 1}


def test_a_script_fits_its_operation_skips_and_ends() -> None:
    faults = Faults()
    faults.force(Fault.RESET_AFTER, "audit", times=2, skip=1)
    assert faults.draw("Save", True) is None
    assert [faults.draw("Audit", True) for _ in range(4)] == [
        None,
        Fault.RESET_AFTER,
        Fault.RESET_AFTER,
        None,
    ]
    faults.force(Fault.SLOW)
    faults.clear()
    assert faults.draw("Audit", True) is None
