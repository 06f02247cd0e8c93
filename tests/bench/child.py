"""A child process of the bench that works in steps when told, and measures itself."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STARTED = float(os.environ.get("BENCH_STARTED", time.monotonic()))
"""When the parent started this process: the monotonic clock is the machine's, not the process's."""


def peak_rss_mb() -> float:
    """Peak resident memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux hands its parent's peak down to a new process through getrusage
        peak = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def serve(steps: dict[str, Callable[..., Any]]) -> None:
    """Runs a step for each JSON line and answers with its result, wall and CPU seconds, and the memory peak."""
    for line in sys.stdin:
        order = json.loads(line)
        name = order.pop("do")
        wall, cpu = time.monotonic(), time.process_time()
        result = steps[name](**order)
        told = {
            "result": result,
            "seconds": time.monotonic() - wall,
            "cpu_s": time.process_time() - cpu,
            "rss_mb": round(peak_rss_mb(), 1),
        }
        print(json.dumps(told), flush=True)
