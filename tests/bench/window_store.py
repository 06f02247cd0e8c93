"""A store of a million documents, written as fast as SQLite takes them: the window's bench must not wait for an engine.

The rows are such as an engine would leave behind; their routes carry no flow, so that no engine ever touches them.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop.domain.system import Route, System, SystemRole
from desktop.services.workspace import Workspace
from desktop.store.database import FILE_NAME

COMPANIES = ("华东机电", "苏州精密", "武汉华中", "宁波海工", "成都西部", "南方精密制造")
PLACES = ("苏州", "上海", "宁波", "杭州", "无锡", "广州", "东莞", "青岛", "天津", "重庆", "常州", "昆山")
TRADES = ("精工", "宏远", "海天", "恒泰", "立信", "华丰", "北辰", "新材", "联合", "宝辰")
KINDS = ("科技有限公司", "轴承有限公司", "电机有限公司", "贸易有限公司", "紧固件厂", "特钢有限公司")
FLOWS = {
    "sales_order": ("SAL_SaleOrder", "XSDD"),
    "purchase_order": ("PUR_PurchaseOrder", "CGDD"),
    "payment_request": ("CN_PAYAPPLY", "FKSQ"),
    "purchase_requisition": ("PUR_Requisition", "CGSQ"),
}
STATES = (
    ("done",) * 930
    + ("returned",) * 40
    + ("cancelled",) * 14
    + ("requested",) * 12
    + ("approved",) * 2
    + ("found",) * 2
)
SINCE_US = 365 * 86_400 * 1_000_000
_COLUMNS = (
    "id, route_id, flow_id, system_id, form, source_key, number, key_part, partner, amount, amount_sort, currency, state,"
    " round, request_number, created_at, changed_at, look_at, number_tail, request_tail, needs_person"
)  # fmt: skip
PERSON_EVERY = 4000
"""Every so many documents one waits for a person."""
_FACTS = '{"kind":"customer","erp_code":"CUST#","number":"XSDD0001","gaps":"customer CUST#"}'


def partners() -> list[str]:
    """The names of the companies that the documents are about: a few hundred, as a group of this size has."""
    return [f"{place}{trade}{kind}" for place in PLACES for trade in TRADES for kind in KINDS]


def build(
    folder: Path, documents: int, seed: int = 1, *, person_every: int = PERSON_EVERY, causes: int = 1, trail: int = 0
) -> float:  # fmt: skip
    """Makes the store in a folder; answers the seconds it took.

    causes: how many reasons the open failures have.  trail: so many lines of the audit trail, of vouchers and of invoices
    a tenth (their hashes are not computed: the bench asks, it does not verify).
    """
    began = time.monotonic()
    with Workspace.open_folder(folder) as workspace:
        _join(workspace)
    database = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    for pragma in ("synchronous = OFF", "journal_mode = WAL", "cache_size = -200000", "temp_store = MEMORY"):
        database.execute(f"PRAGMA {pragma}")
    indexes = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'document' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    database.execute("BEGIN")
    marks = ", ".join("?" * 21)
    database.executemany(
        f"INSERT INTO document ({_COLUMNS}) VALUES ({marks})", _documents(documents, seed, person_every)
    )
    database.executemany("INSERT INTO partner_name (name) VALUES (?)", [(name,) for name in partners()])
    database.executemany(
        "INSERT INTO failure (document_id, code, facts, cause, tries, revision, opened_at, closed_by)"
        " SELECT id, 'MAP-502', replace(?, '#', (id / ?) % ?), 'MAP-502|kind=customer|erp_code=CUST' || ((id / ?) % ?), 1, 0,"
        " changed_at, '' FROM document WHERE needs_person",
        [(_FACTS, person_every, causes, person_every, causes)],
    )
    if trail:
        _add_trail(database, documents, trail)
    for _, sql in indexes:
        database.execute(sql)
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return time.monotonic() - began


def _join(workspace: Workspace) -> None:
    workspace.catalog.put_system(
        System("old-erp", SystemRole.ERP, "k3cloud", "K/3 Cloud", "http://127.0.0.1:9/", {}), "bench"
    )
    workspace.catalog.put_system(
        System("old-oa", SystemRole.OA, "ecology", "e-cology", "http://127.0.0.1:9/", {}), "bench"
    )
    for index, company in enumerate(COMPANIES):
        workspace.catalog.put_route(
            Route(f"b{index}", f"9{index}", company, "old-erp", "old-oa", "", ()), "bench"
        )


def _add_trail(database: sqlite3.Connection, documents: int, lines: int) -> None:
    now = round(time.time() * 1_000_000)
    first = int(database.execute("SELECT MAX(seq) FROM audit").fetchone()[0] or 0) + 1
    database.executemany(
        "INSERT INTO audit (seq, at, actor, action, subject, detail, previous, hash) VALUES (?, ?, ?, ?, ?, ?, '', '')",
        (
            (
                seq,
                now - lines + seq,
                "engine",
                "requested",
                f"document:{seq % documents + 1}",
                f'{{"round":1,"key":"{seq}"}}',
            )
            for seq in range(first, first + lines)
        ),
    )
    database.executemany(
        "INSERT INTO link (document_id, round, leg, erp_system, erp_form, erp_key, erp_number, oa_system, oa_form, oa_key,"
        " oa_number, made_at) VALUES (?, 1, 1, 'old-erp', 'GL_VOUCHER', ?, ?, 'old-oa', '781', ?, ?, ?)",
        (
            (at, str(at), f"记-{at:07}", str(at), str(at), now)
            for at in range(1, min(documents, lines // 10) + 1)
        ),
    )
    database.executemany(
        "INSERT INTO reserved (kind, value, document_id) VALUES ('invoice_no', ?, ?)",
        ((f"2431200{at:013}", at) for at in range(1, min(documents, lines // 10) + 1)),
    )


def _documents(count: int, seed: int, person_every: int) -> Iterator[tuple[Any, ...]]:
    """Oldest first: as ids are given in the order of arrival, so times and ids agree but for what moved later."""
    dice = random.Random(seed)
    names, flows = partners(), tuple(FLOWS.items())
    now = round(time.time() * 1_000_000)
    for place in range(1, count + 1):
        flow, (form, prefix) = flows[place % 4]
        number, request = f"{prefix}{place:07}", str(300_000 + place)
        fen = dice.randrange(10_000, 500_000_000)
        state = STATES[dice.randrange(1000)]
        created = now - SINCE_US + SINCE_US * place // count - 7_200_000_000
        waits = place % person_every == 0
        yield (
            place, f"b{place % 6}", flow, "old-erp", form, str(place), number, f"{place:016X}", names[dice.randrange(len(names))],
            f"{fen // 100}.{fen % 100:02}", fen / 100, "CNY", "found" if waits else state, 1 + (place % 17 == 0),
            "" if waits else request, created, created + dice.randrange(3_600_000_000), None, number[::-1],
            "" if waits else request[::-1], waits,
        )  # fmt: skip
