"""The core knows no vendor: no product's name, no form and no field of one stands in sync, services, views or domain.

The words are not a list of ours: they are the registry's vendors, their names in both languages, and every form and field
that any flow file reads or writes in an ERP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.connectors.registry import VENDORS
from desktop.domain.flow import ErpSide, Flow
from desktop.services.text import LANGUAGES, Text
from desktop.store.flows import parse_flow
from desktop.sync.drafting import Drafting
from desktop.sync.translate import Translator

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("sync", "services", "views", "domain")
_OF_NAMES = re.compile(r"[A-Za-z]{4,}|[\u4e00-\u9fff]{2,}")
_PLAIN = frozenset({"cloud", "wise"})
"""Words of a product's name that are words of everybody's."""


def _sides(flow: Flow) -> Iterator[ErpSide]:
    if flow.legs:
        yield from (Drafting(flow).side(number) for number in range(1, len(flow.legs) + 1))
        return
    translator = Translator(flow)
    yield translator.erp_side
    yield from (each.side for each in translator.source_bills.values())
    if translator.lock:
        yield translator.lock.lists


def _written(flow: Flow) -> Iterator[str]:
    for leg in flow.legs:
        yield from (
            row.target for row in (*leg.fields, *(row for lines in leg.lines for row in lines.fields))
        )


def vendor_words() -> set[str]:
    """Vendors, their names, and the forms and fields of the flow files."""
    words = set(VENDORS)
    for language in LANGUAGES:
        names = (Text(language).say(f"vendor-{vendor}") for vendor in VENDORS)
        words |= {word for name in names for word in _OF_NAMES.findall(name) if word.lower() not in _PLAIN}
    for path in (ROOT / "resources" / "flows").rglob("*.toml"):
        flow = parse_flow(path.read_text("utf-8"), path.name)
        for side in _sides(flow):
            fields = (*side.header, *side.tables, *(name for names in side.tables.values() for name in names))
            named = (side.form, side.key_field, side.company_field, side.maker_field, side.note_field)
            words |= {part for name in (*fields, *named) for part in name.split(".") if len(part) > 2}
        words |= {part for name in _written(flow) for part in name.split(".") if len(part) > 2}
    return {word for word in words if not word.islower() or word in VENDORS}


WORDS = vendor_words()
FOUND = re.compile(
    rf"(?<![A-Za-z0-9_])(?:{'|'.join(sorted(map(re.escape, WORDS), key=len, reverse=True))})(?![A-Za-z0-9_])"
)


def test_the_words_are_many_and_are_found() -> None:
    assert len(WORDS) > 150
    assert {"FBillNo", "Bill1000040", "PUR_PurchaseOrder", "Kingdee"} <= WORDS
    assert FOUND.search('side = ErpSide("SAL_SaleOrder")')
    assert not FOUND.search("SOME, PO_BOX")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_core_knows_no_vendors_word(room: str) -> None:
    said = [
        f"{path.relative_to(ROOT)}:{number}: {found.group()}"
        for path in sorted((ROOT / "desktop" / room).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if (found := FOUND.search(line))
    ]
    assert said == []
