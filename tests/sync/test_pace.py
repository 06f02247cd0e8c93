"""How often an OA that meters its calls is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from desktop.connectors.base import Capabilities
from desktop.domain.record import FieldInfo
from desktop.store.audit import Trail
from desktop.store.catalog import Catalog
from desktop.sync.form_watch import MeteredForms
from desktop.sync.pace import call_lasts_s, calls_in, count_calls, may_list, slow_clock
from desktop.sync.sweep import Memory


def test_seven_flows_of_the_small_edition_are_listed_about_once_an_hour() -> None:
    assert call_lasts_s(10_000, 7) == pytest.approx(3_628.8)
    assert call_lasts_s(500_000, 7) == pytest.approx(72.576)
    assert call_lasts_s(0, 7) == 0.0
    assert call_lasts_s(10_000, 1, told=True) == pytest.approx(2_592.0), "a stream tells: a net, no more"


def test_a_dear_listing_lasts_longer_and_a_person_does_not_wait() -> None:
    memory = Memory()
    assert may_list(memory, 100.0, 0.0, ordered=False), "never listed"
    memory.listed_at, memory.listing_calls = 1_000.0, 3
    assert not may_list(memory, 100.0, 1_299.0, ordered=False)
    assert may_list(memory, 100.0, 1_300.0, ordered=False)
    assert may_list(memory, 100.0, 1_001.0, ordered=True)
    assert may_list(memory, 0.0, 1_001.0, ordered=False)


def test_where_the_oa_tells_the_net_is_cast_once_a_day_as_far_as_the_calls_go() -> None:
    lasts_s = call_lasts_s(10_000, 35, told=True)
    memory = Memory(listed_at=0.0, listing_calls=2)
    assert lasts_s * 2 > 2 * 86_400.0
    assert not may_list(memory, lasts_s, 86_399.0, ordered=False, told=True)
    assert may_list(memory, lasts_s, 86_400.0, ordered=False, told=True)
    assert not may_list(memory, lasts_s, 86_400.0, ordered=False)
    dear = call_lasts_s(100, 35, told=True)
    assert not may_list(memory, dear, 8 * 86_400.0, ordered=False, told=True)
    few = call_lasts_s(10_000, 1, told=True)
    assert may_list(memory, few, few * 2, ordered=False, told=True)


def test_a_hint_without_a_name_is_listed_for_at_once_but_not_a_thousand_times() -> None:
    memory = Memory(listed_at=1_000.0, listing_calls=4)
    asked = [may_list(memory, 100.0, 1_001.0 + second, ordered=False, hinted=True) for second in range(120)]
    assert [second for second, may in enumerate(asked) if may] == [0, 50, 100]


def test_forms_of_a_metered_oa_are_read_twice_a_day_and_sooner_while_they_hold_a_flow() -> None:
    clock, reads = [0.0], []
    oa = SimpleNamespace(
        system=SimpleNamespace(id="oa"), capabilities=Capabilities(calls_a_month=10_000),
        fields=lambda asked: reads.append(asked) or (FieldInfo("", "a", "A", "text"),),
    )  # fmt: skip
    ends, forms = SimpleNamespace(oa=oa), MeteredForms(lambda: clock[0])

    def look(held: bool = False) -> None:
        noting = forms.noting(ends, held=held)  # type: ignore[arg-type]
        noting.fields("form")
        assert len(noting.seen["oa", "form"]) == 1
        forms.keep(ends, noting.seen)  # type: ignore[arg-type]

    for _ in range(24 * 7):
        look()
        clock[0] += 3_600.0
    assert len(reads) == 14
    clock[0] += 60.0
    look()
    reads.clear()
    for _ in range(60):
        look(held=True)
        clock[0] += 60.0
    assert len(reads) <= 2
    forms.forget()
    look()
    assert len(reads) <= 3 and reads
    oa.capabilities = Capabilities()
    reads.clear()
    look()
    look()
    assert len(reads) == 2, "nobody meters"


def test_where_calls_are_metered_the_listing_must_tell() -> None:
    assert slow_clock(Capabilities(list_requests=True, calls_a_month=10_000))[0] == timedelta(hours=6)
    open_only = Capabilities(list_requests=True, list_open_only=True, calls_a_month=10_000)
    assert slow_clock(open_only) == (timedelta(days=3), timedelta(days=7)), "its list shows all that runs"
    assert slow_clock(Capabilities(list_requests=True))[0] == timedelta(minutes=1)
    assert slow_clock(Capabilities(calls_a_month=10_000))[0] == timedelta(minutes=1), "nothing else tells"


def test_calls_are_counted_by_the_month(store) -> None:
    catalog = Catalog(store, Trail(store))
    november, december = (datetime(2026, month, 15, tzinfo=UTC) for month in (11, 12))
    count_calls(catalog, "oa", 40, november)
    count_calls(catalog, "oa", 2, november)
    assert (calls_in(catalog, "oa", november), calls_in(catalog, "other", november)) == (42, 0)
    count_calls(catalog, "oa", 5, december)
    assert (calls_in(catalog, "oa", december), calls_in(catalog, "oa", november)) == (5, 0)
