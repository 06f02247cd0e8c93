"""Mapping and base data: bills translated a second by one thread, proposals for a large list, and the page over it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from desktop.domain.flow import Flow
from desktop.domain.record import BaseItem, Bill, BillStatus, Ref
from desktop.domain.system import FlowSwitch, Route, System, SystemRole
from desktop.services.workspace import RESOURCES, Workspace
from desktop.store.catalog import BaseRow
from desktop.store.flows import parse_flow
from desktop.sync.base_table import BaseTable
from desktop.sync.translate import Translator, mapped_of, snapshot_of

HEADER, LINES, COLUMNS = 50, 100, 10
TARGETS = {"suggest_s": 30.0, "first_rows_ms": 300.0}
_WORDS = ["不锈钢", "镀锌", "高强", "微型", "防爆", "耐高温", "工业级", "精密"]
_THINGS = ["螺栓", "螺母", "垫圈", "轴承", "电机", "减速机", "铜排", "电缆", "接触器", "传感器", "气缸", "阀门", "法兰", "齿轮"]  # fmt: skip


def bench_mapping(bills: int, materials: int, *, quiet: bool) -> dict[str, Any]:
    """All figures."""
    told: dict[str, Any] = {"bills": bills, "materials": materials, "map": _mapped(bills)}
    with tempfile.TemporaryDirectory(prefix="danqiao-bench-mapping-") as name:
        folder = Path(name)
        told["build_s"] = _built(folder, materials)
        told["suggest"] = _suggested(folder)
        told["page"] = _paged(folder, quiet)
    values = {"suggest_s": told["suggest"]["seconds"], "first_rows_ms": told["page"]["first_rows_ms"]}
    told["targets"] = {
        name: {"value": values[name], "target": f"<= {limit:g}", "reached": values[name] <= limit}
        for name, limit in TARGETS.items()
    }
    return told


# --- bills -----------------------------------------------------------------------------------------------------------------
def the_flow() -> Flow:
    """A flow of 50 header fields and 10 line fields: copies, days, numbers, lookups, sums, choices."""
    kinds = (
        "F{0}", "date(D{0})", "number(A{0}, 2)", "join('-', F{0}, F1)", "base('customer', C)", "cut(F{0}, 20)",
        "when(A{0} > 100, 'big', 'small')", "A{0} * 2 - 1", "choose(S, 'B', 'waiting', 'C', 'audited', 'other')", "sum(T.Q2)",
    )  # fmt: skip
    rows = [f'[[fields]]\ntarget = "t{at}"\nexpr = "{kinds[at % len(kinds)].format(at)}"\nkey = {str(at % 5 == 0).lower()}' for at in range(HEADER)]  # fmt: skip
    columns = (
        "entry_id", "M", "N", "number(Q2, 4)", "number(P, 6)", "number(Q2 * P, 2)", "date(D)", "base('unit', U)", "F1", "cut(N, 12)",
    )  # fmt: skip
    lines = ",\n".join(f'{{ target = "c{at}", expr = "{expr}" }}' for at, expr in enumerate(columns))
    text = "\n".join(
        [
            'schema = 1\nid = "bench"\nkind = "approval"\ntitle = { zh = "b", en = "b" }\n[erp]\nform = "F"\n[oa]\nform = "f"',
            "title = \"join('', 'bill ', F1)\"", *rows, f'[[lines]]\nsource = "T"\ntarget = "detail_1"\nfields = [\n{lines}\n]',
        ]
    )  # fmt: skip
    return parse_flow(text, "bench.toml")


def a_bill(at: int) -> Bill:
    """One of many."""
    header: dict[str, Any] = {f"F{place}": f"text {place} of bill {at}" for place in range(HEADER)}
    header |= {f"A{place}": Decimal(at % 1000 + place) + Decimal("0.25") for place in range(HEADER)}
    header |= {f"D{place}": "2026-11-27T00:00:00" for place in range(HEADER)}
    header |= {"C": f"CUST{at % 500:04}", "S": "C"}
    lines = {
        str(line): {
            "M": f"M{line:05}", "N": f"material {line}", "Q2": Decimal(line + 1), "P": Decimal("11.300000"),
            "D": "2026-12-01T00:00:00", "U": "Pcs",
        }
        for line in range(LINES)
    }  # fmt: skip
    return Bill(
        Ref("k3", "F", str(at), f"B{at:06}"), BillStatus.SUBMITTED, header, {"T": lines}, "wangmin", None
    )


def _mapped(bills: int) -> dict[str, Any]:
    translator = Translator(the_flow())
    rows = [("customer", f"CUST{at:04}", str(3000 + at)) for at in range(500)] + [("unit", "Pcs", "7")]
    base = BaseTable(rows)
    held = [a_bill(at) for at in range(min(bills, 50))]
    sent, digests = 0, 0.0
    began = time.process_time()
    for at in range(bills):
        draft = translator.draft(held[at % len(held)], "KEY", base.key, "1")
        sent += len(mapped_of(draft)["details"]["detail_1"])
    seconds = time.process_time() - began
    began = time.process_time()
    for bill in held:
        translator.digest(bill)
        snapshot_of(bill)
    digests = (time.process_time() - began) / len(held)
    assert sent == bills * LINES
    return {
        "documents_per_s": round(bills / seconds, 1), "seconds": round(seconds, 1),
        "values_per_s": round(bills * (HEADER + LINES * COLUMNS) / seconds), "digest_ms": round(1000 * digests, 2),
    }  # fmt: skip


# --- a large list ------------------------------------------------------------------------------------------------------------
def _names(count: int) -> Iterator[str]:
    made = random.Random(7)
    for at in range(count):
        grade = made.choice("ABC")
        yield f"{made.choice(_WORDS)}{made.choice(_THINGS)} {made.choice('MDKT')}{made.randint(1, 90)}x{made.randint(5, 400)} {grade}{at % 97}"


def _built(folder: Path, materials: int) -> float:
    """Both lists, a third alike by code, a third by name, the rest nearly; a tenth matched already."""
    began = time.perf_counter()
    text = (RESOURCES / "flows" / "purchase_requisition.approval.toml").read_text("utf-8")
    (folder / "flows").mkdir()
    looked_up = text.replace(
        'expr = "FMaterialId.FNumber"', "expr = \"base('material', FMaterialId.FNumber)\"", 1
    )
    (folder / "flows" / "purchase_requisition.approval.toml").write_text(looked_up, "utf-8")
    own = [BaseItem("material", str(at), f"M{at:06}", name) for at, name in enumerate(_names(materials))]
    there = [
        BaseItem("material", f"o{at}", item.code if at % 3 == 0 else f"W{at}", item.name if at % 3 < 2 else item.name.replace(" ", "-") + "\u53f7")
        for at, item in enumerate(own)
    ]  # fmt: skip
    with Workspace.open_folder(folder, memory={}) as workspace:
        catalog = workspace.catalog
        catalog.put_system(System("k3", SystemRole.ERP, "k3cloud", "ERP", "http://127.0.0.1:1", {}), "bench")
        catalog.put_system(System("oa", SystemRole.OA, "ecology", "OA", "http://127.0.0.1:1", {}), "bench")
        switch = FlowSwitch("purchase_requisition", True, 60.0, "1")
        catalog.put_route(Route("c100", "100", "Company", "k3", "oa", "1", (switch,)), "bench")
        for system, items in (("k3", own), ("oa", there)):
            workspace.base_records.put_records(system, "material", items, datetime.now(UTC))
        rows = [BaseRow("c100", "material", item.code, f"o{at}", item.name, item.name) for at, item in enumerate(own) if at % 10 == 0]  # fmt: skip
        workspace.base_records.put(rows, "bench")
    return round(time.perf_counter() - began, 1)


def _suggested(folder: Path) -> dict[str, Any]:
    with Workspace.open_folder(folder, memory={}) as workspace:
        began = time.perf_counter()
        gaps = workspace.base.propose("c100", "material")
        seconds = time.perf_counter() - began
    reasons = Counter(gap.suggestion.reason if gap.suggestion else "none" for gap in gaps)
    right = sum(1 for gap in gaps if gap.suggestion and gap.suggestion.key == f"o{int(gap.code[1:])}")
    return {"seconds": round(seconds, 1), "gaps": len(gaps), "right": right, "reasons": dict(reasons)}


def _paged(folder: Path, quiet: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.base_child", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2_000:])
    return dict(json.loads(ran.stdout.strip().splitlines()[-1]))


def table(told: dict[str, Any]) -> str:
    """The figures for people."""
    mapped, suggest, page = told["map"], told["suggest"], told["page"]
    lines = [
        f"mapping: {told['bills']:,} bills with {HEADER} header fields and {LINES} lines of {COLUMNS}: {mapped['documents_per_s']:,} documents/s "
        f"({mapped['values_per_s']:,} values/s, one thread), digest {mapped['digest_ms']} ms",
        f"base data: {told['materials']:,} materials x 2 systems (built in {told['build_s']} s): {suggest['gaps']:,} gaps, proposals in "
        f"{suggest['seconds']} s, {suggest['right']:,} of them right: {suggest['reasons']}",
        f"base data page: first rows {page['first_rows_ms']} ms, every record {page['all_records_s']} s in the background, meanwhile the GUI thread's "
        f"longest step {page['loop_max_ms']} ms; scrolling p99 {page['scroll_p99_ms']} ms, longest {page['scroll_max_ms']} ms",
    ]  # fmt: skip
    for name, each in told["targets"].items():
        verdict = "reached" if each["reached"] else "NOT reached"
        lines.append(f"{name:24} {each['value']:>8}   target {each['target']:<9} {verdict}")
    return "\n".join(lines)
