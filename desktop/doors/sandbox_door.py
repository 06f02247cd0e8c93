"""`main.py sandbox`: serves the toy company until stopped, and says where and how to sign in."""

from __future__ import annotations

import argparse
import json
import signal
import threading

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.toy import WORKFLOWS, Toy
from desktop.sandbox import group


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
    return {
        "erp": {
            "vendor": "k3cloud", "url": toy.erp_url, "account": toy.erp.acct_id, "user": toy.erp.user,
            "password": toy.erp.password, "app_id": toy.erp.app_id, "app_secret": toy.erp.app_secret,
        },
        "oa": {
            "vendor": "ecology", "url": toy.oa_server.url, "app_id": toy.oa.app_id, "secrit": toy.oa.secrit,
            "spk": toy.oa.spk, "user_id": group.INTEGRATION_OA_ID,
            "workflows": dict(WORKFLOWS),
        },
    }  # fmt: skip


def _readable(toy: Toy, told: dict[str, dict[str, object]]) -> str:
    """The same for people, with the pages on which they submit, approve and reject by hand."""
    pages = {"erp": f"{toy.erp_server.url}/sandbox/", "oa": f"{toy.oa_server.url}/sandbox/"}
    lines = []
    for system, values in told.items():
        lines.append(f"[{system}]")
        lines += [f"  {name:10} {value}" for name, value in {**values, "page": pages[system]}.items()]
    return "\n".join(lines)
