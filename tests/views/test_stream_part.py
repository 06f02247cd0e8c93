"""What a connection's page says of its stream: a clerk's sentence for every state, and news without losing what is typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from desktop.connectors.registry import VENDORS
from desktop.domain.system import System, SystemRole
from desktop.services.systems import Meter, StreamStand, StreamState, SystemState
from desktop.services.text import Text
from desktop.views.look import Look
from desktop.views.site_view import Asked, VendorForm
from desktop.views.stream_part import StreamPart, explained
from desktop.views.system_panel import SystemPanel

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SINCE = NOW - timedelta(hours=3)
REFUSED = StreamState(StreamStand.AWAY, code="PER-743", facts={"system": "oa", "said": "403"})
STATES = [
    StreamState(StreamStand.STANDS, SINCE, NOW, 12), StreamState(StreamStand.STANDS, SINCE, SINCE - timedelta(days=1)),
    StreamState(StreamStand.STANDS, SINCE), REFUSED, StreamState(StreamStand.AWAY), StreamState(StreamStand.IDLE),
    StreamState(StreamStand.OFF), StreamState(StreamStand.AWAY, code="NET-103", facts={"system": "oa", "said": "x"}),
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_has_its_words(language: str) -> None:
    text = Text(language, strict=True)
    told = {explained(state, "OA 系统", NOW, text) for state in STATES}
    assert len(told) == len(STATES) and all(len(each) > 10 for each in told)


def test_the_frame_says_what_and_why(look: Look, qtbot: QtBot) -> None:
    part = StreamPart(look, REFUSED, "我们的 OA", NOW)
    qtbot.addWidget(part)
    assert "没有连上" in part.title.text()
    assert (
        "我们的 OA" in part.second.text()
        and "Stream 模式" in part.second.text()
        and "照常传送" in part.second.text()
    )


def test_news_of_the_stream_leaves_what_is_typed(look: Look, qtbot: QtBot) -> None:
    vendor = next(each.id for each in VENDORS.values() if each.capabilities.streams)
    system = System("oa", SystemRole.OA, vendor, "OA", "https://oa.example", {})
    state = SystemState(system, (), (), Meter(1, 100), STATES[0])
    panel = SystemPanel(
        look, VendorForm(vendor, SystemRole.OA, (Asked("app_key"),), (), False, ()), system, state
    )
    qtbot.addWidget(panel)
    panel.form._boxes["app_key"].setText("typed")  # type: ignore[union-attr]
    first = panel.stream
    panel.show_news(state)
    assert panel.stream is first, "nothing new"
    panel.show_news(SystemState(system, (), (), Meter(2, 100), REFUSED))
    assert panel.stream is not first and "没有连上" in panel.stream.title.text()
    assert "2" in panel.metered.text()
    assert panel.form._boxes["app_key"].text() == "typed"  # type: ignore[union-attr]
