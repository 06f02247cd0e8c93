"""`python run.py bench [engine|window|desk|mapping|month] [--oa VENDOR] [--json] [--orders N]`: figures and ratios, never a pass or a fail of a test."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import util


def main() -> int:
    """Runs the named benchmarks and prints their tables, or one JSON object."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument(
        "what", nargs="?", default="", choices=("", "engine", "window", "desk", "mapping", "month")
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--resent", type=int, default=5000)
    parser.add_argument(
        "--oa", default="", help="with engine: what a document costs at this OA, in calls alone"
    )
    parser.add_argument("--bills", type=int, default=10_000)
    parser.add_argument("--materials", type=int, default=50_000)
    given = parser.parse_args()
    told = {}
    if given.what == "month":
        from tests.bench import month

        told["month"] = month.bench_month(min(given.orders, 200))
        if not given.json:
            print(month.table(told["month"]))
    elif given.oa:
        from tests.bench import metered

        told["metered"] = metered.bench_metered(min(given.orders, 100), given.oa)
        if not given.json:
            print(metered.table(told["metered"]))
    elif given.what in ("", "engine"):
        from tests.bench.engine import bench_engine, table

        told["engine"] = bench_engine(given.orders, quiet=given.json)
        if not given.json:
            print(table(told["engine"]))
    if not given.oa and given.what in ("", "mapping"):
        from tests.bench import mapping

        told["mapping"] = mapping.bench_mapping(given.bills, given.materials, quiet=given.json)
        if not given.json:
            print(mapping.table(told["mapping"]))
    if not given.oa and given.what in ("", "window") and util.find_spec("tests.bench.window"):
        from tests.bench import window  # type: ignore[attr-defined]

        told["window"] = window.bench_window(given.documents, quiet=given.json)
        if not given.json:
            print(window.table(told["window"]))
    if not given.oa and given.what in ("", "window", "desk"):
        from tests.bench.desk import bench_desk
        from tests.bench.desk import table as desk_table

        told["desk"] = bench_desk(quiet=given.json, resent=given.resent)
        if not given.json:
            print(desk_table(told["desk"]))
    if given.json:
        print(json.dumps(told, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
