"""What the systems page and the health check say of a system's stream, from its sign of life, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.connectors.base import STREAM
from desktop.connectors.registry import VENDORS
from desktop.domain.system import System, SystemRole
from desktop.services.health import Level
from desktop.services.systems import SILENT_AFTER, StreamStand
from desktop.services.text import Text
from desktop.services.workspace import Workspace
from desktop.sync.listening import Heard, beat_of
from tests.conftest import Clock

[VENDOR] = [each.id for each in VENDORS.values() if each.capabilities.streams]
OA = System("oa", SystemRole.OA, VENDOR, "OA", "https://oa.example", {})


@pytest.fixture
def workspace(tmp_path: Path, clock: Clock) -> Iterator[Workspace]:
    with Workspace.open_folder(tmp_path, memory={}, now=clock.now, monotonic=clock.monotonic) as opened:
        opened.catalog.put_system(OA, "x")
        yield opened


def beat(workspace: Workspace, heard: Heard) -> None:
    workspace.catalog.beat(beat_of("oa"), heard.told(), workspace.now())


def stand(workspace: Workspace) -> tuple[Any, ...]:
    state = workspace.systems.stream(workspace.catalog.system("oa"))
    assert state is not None
    return state.stand, state.today, state.code


def test_it_stands_is_away_is_silent_or_is_off(workspace: Workspace, clock: Clock) -> None:
    now = workspace.now()
    today = now.astimezone().date().isoformat()
    assert stand(workspace) == (StreamStand.IDLE, 0, "")
    beat(workspace, Heard(True, now, now, today, 7))
    assert stand(workspace) == (StreamStand.STANDS, 7, "")
    beat(workspace, Heard(True, now, now, "2026-01-01", 7))
    assert stand(workspace)[1] == 0, "yesterday's"
    beat(workspace, Heard(code="PER-743", facts={"system": "oa", "said": "not in stream mode"}))
    assert stand(workspace) == (StreamStand.AWAY, 0, "PER-743")
    clock.pass_s(SILENT_AFTER.total_seconds() + 1)
    assert stand(workspace)[0] is StreamStand.IDLE, "whoever listened is gone"
    beat(workspace, Heard(True, now, idle=True))
    assert stand(workspace)[0] is StreamStand.IDLE, "and he said so"
    beat(workspace, Heard(True, now))
    workspace.catalog.put_system(replace(OA, options={STREAM: "no"}), "x")
    assert stand(workspace)[0] is StreamStand.OFF
    other = next(each for each in VENDORS.values() if not each.capabilities.streams)
    assert workspace.systems.stream(replace(OA, vendor=other.id)) is None


def test_the_health_check_warns_and_names_the_cure(workspace: Workspace) -> None:
    def found() -> list[Any]:
        return list(workspace.health._stream(OA))

    assert found() == [], "no engine runs: that is told already"
    beat(workspace, Heard(True, workspace.now()))
    assert [each.level for each in found()] == [Level.OK]
    for heard in (
        Heard(),
        Heard(code="PER-743", facts={"system": "oa", "said": "x"}),
        Heard(code="NET-103", facts={"system": "oa", "said": "x"}),
    ):
        beat(workspace, heard)
        (finding,) = found()
        assert finding.level is Level.WARN
        for language in ("zh", "en"):
            told = finding.told(Text(language, strict=True))
            assert told["found"] and told["cure"] and told["label"]


def test_a_sign_of_life_of_another_version_is_read(workspace: Workspace) -> None:
    workspace.catalog.beat(
        beat_of("oa"), {"stands": True, "since": "yesterday", "today": None, "more": 1}, workspace.now()
    )
    assert stand(workspace) == (StreamStand.STANDS, 0, "")
    workspace.catalog.beat(beat_of("oa"), {}, workspace.now() - timedelta(days=1))
    assert stand(workspace)[0] is StreamStand.IDLE
