"""Whatever stands in a search box: every list that can be asked answers, with nothing or with what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.domain.record import BaseItem, Ref
from desktop.domain.system import Route
from desktop.services.trail_book import TrailQuestion
from desktop.services.workspace import Workspace
from desktop.store.base_data import BaseQuestion
from desktop.store.catalog import BaseRow
from desktop.store.change import NewDocument
from desktop.store.search import Question

HOSTILE = {
    "a whole document": "华" * 100_000, "half a character": "a\ud83d", "before the halves": "\ud7ff", "the last one": "\U0010ffff",
    "nought": "a\0b", "wild": "%_\\", "quotes": "'\"; drop table document;--", "many digits": "9" * 5000, "too much": "1e999999999",
    "no number": "-Infinity", "nothing": " \t ",
}  # fmt: skip
ASKING: dict[str, Callable[[Workspace, str], Any]] = {
    "queue": lambda site, text: site.documents.count(Question(text=text)),
    "finder": lambda site, text: site.documents.find(text),
    "trail": lambda site, text: site.trail_book.seqs(TrailQuestion(text=text)),
    "base data": lambda site, text: site.base.count(BaseQuestion(text=text)),
    "counterparts": lambda site, text: site.base.counterparts("c1", "customer", "erp", text),
    "ERP users": lambda site, text: site.users.find_erp_users("k3", text),
    "evidence": lambda site, text: site.evidence.find(text),
    "why": lambda site, text: site.reasons.why_not_sent(text, engine=False),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.open_folder(tmp_path_factory.mktemp("search"), memory={}) as workspace:
        workspace.catalog.put_route(Route("c1", "C_100", "华东", "k3", "oa"), "chief")
        with workspace.ledger.change(workspace.now()) as change:
            [made] = change.add([NewDocument("c1", "sales_order", Ref("k3", "F", "1", "XSDD1"), "PART")])
            change.describe(made, "华东有限公司", None, "XSDD1")
        yield workspace


@pytest.mark.parametrize("where", ASKING)
def test_no_text_ends_a_list_in_an_error(site: Workspace, where: str) -> None:
    for name, text in HOSTILE.items():
        found = ASKING[where](site, text)
        assert found is not None, name
    assert site.documents.count(Question(text=" 华东 ")) == site.documents.count(Question(text="xsdd1")) == 1


def test_a_companys_number_with_a_sign_of_the_database_in_it_is_that_number_alone(
    site: Workspace, tmp_path: Path
) -> None:
    """ "C_100" is not "CX100": who is allotted to that one is at risk here."""
    items = [
        BaseItem("customer", f"{at}", f"C{at}", "n", companies=(company,))
        for at, company in enumerate(("CX100", "C_100", "c-100"))
    ]
    site.base_records.put_records("k3", "customer", items, site.now())
    site.catalog.put_base_rows(
        [BaseRow("c1", "customer", f"C{at}", f"{at}", "", "", "x") for at in range(3)], "chief"
    )
    risky = site.base.lines(site.base.ids(BaseQuestion(risky=True), "erp"))
    assert {line.row.erp_code for line in risky.values()} == {"C0", "C2"}
