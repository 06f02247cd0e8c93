"""`main.py sandbox`: serves the toy company until stopped, and says where and how to sign in."""

from __future__ import annotations

import argparse
import json
import signal
import threading

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.toy import WORKFLOWS, Toy


def serve(given: argparse.Namespace) -> int:
    """Until SIGTERM or Ctrl+C."""
    stop = threading.Event()
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    try:
        toy = Toy.serve(
            seed=given.sandbox_faults,
            latency_ms=given.latency_ms,
            erp_port=given.erp_port,
            oa_port=given.oa_port,
            erp=given.sandbox_erp,
            oa=given.sandbox_oa,
        )
    except (OSError, OverflowError) as error:  # a port that is taken, forbidden or none
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=str(error)) from None
    try:
        told = sign_in_data(toy)
        print(
            json.dumps(told, ensure_ascii=False) if given.sandbox_json else _readable(toy, told), flush=True
        )
        while not stop.wait(1.0):
            pass
    finally:
        toy.stop()
    return 0


def sign_in_data(toy: Toy) -> dict[str, dict[str, object]]:
    """Addresses and sign-in data of both systems. These secrets guard nothing: they are made up at each start."""
    erp, oa = toy.erp_play, toy.oa_play
    workflows = {flow: toy.workflow(flow) for flow in WORKFLOWS}
    return {
        "erp": {"vendor": erp.vendor, "url": toy.erp_url, **erp.told(toy.erp)},
        "oa": {"vendor": oa.vendor, "url": toy.oa_server.url, **oa.told(toy.oa), "workflows": workflows},
    }


def _readable(toy: Toy, told: dict[str, dict[str, object]]) -> str:
    """The same for people, with the pages on which they submit, approve and reject by hand."""
    pages = {"erp": f"{toy.erp_server.url}/sandbox/", "oa": f"{toy.oa_server.url}/sandbox/"}
    lines = []
    for system, values in told.items():
        lines.append(f"[{system}]")
        lines += [f"  {name:10} {value}" for name, value in {**values, "page": pages[system]}.items()]
    return "\n".join(lines)
