"""The door between the threads: answers come on the GUI thread, late ones never."""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import DocumentsMoved
from desktop.views.bridge import Bridge, tell_unforeseen


def test_work_runs_aside_and_its_answer_comes_home(bridge: Bridge, qtbot: QtBot) -> None:
    came: list[tuple[threading.Thread, threading.Thread]] = []
    bridge.ask(threading.current_thread, then=lambda at: came.append((at, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(came))
    assert came[0][0] is not threading.main_thread()
    assert came[0][1] is threading.main_thread()


def test_errors_come_as_sync_errors(bridge: Bridge, qtbot: QtBot) -> None:
    came: list[SyncError] = []

    def refuse() -> None:
        raise SyncError(ErrorCode.TOO_SLOW, system="erp", seconds=5)

    bridge.ask(refuse, then=lambda _: None, failed=came.append)
    bridge.ask(lambda: 1 / 0, then=lambda _: None, failed=came.append)
    qtbot.waitUntil(lambda: len(came) == 2)
    assert {error.code for error in came} == {ErrorCode.TOO_SLOW, ErrorCode.INTERNAL}


def test_trouble_that_no_page_takes_is_told(bridge: Bridge, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bridge.trouble, timeout=2000) as told:
        bridge.ask(lambda: 1 / 0, then=lambda _: None)
    assert "ZeroDivisionError" in told.args[0].facts["said"]


def test_only_the_newest_question_of_a_slot_is_answered(bridge: Bridge, qtbot: QtBot) -> None:
    page, first_runs, go_on, came = QObject(), threading.Event(), threading.Event(), list[str]()

    def slow() -> str:
        first_runs.set()
        go_on.wait(5)
        return "old"

    bridge.ask(slow, then=came.append, owner=page, slot="rows")
    first_runs.wait(5)
    bridge.ask(lambda: "new", then=came.append, owner=page, slot="rows")
    bridge.ask(lambda: "other", then=came.append, owner=page, slot="count")
    qtbot.waitUntil(lambda: len(came) == 2)
    go_on.set()
    assert bridge.stop()
    qtbot.waitUntil(lambda: sorted(came) == ["new", "other"])


def test_a_page_that_is_gone_gets_no_answer(bridge: Bridge, qtbot: QtBot) -> None:
    page, go_on, came = QObject(), threading.Event(), list[str]()
    bridge.ask(lambda: go_on.wait(5), then=lambda _: came.append("gone"), owner=page)
    page.deleteLater()
    with qtbot.waitSignal(page.destroyed, timeout=2000):
        pass
    go_on.set()
    bridge.ask(lambda: None, then=lambda _: came.append("here"))
    qtbot.waitUntil(lambda: bool(came))
    assert came == ["here"]


def test_busy_shows_only_when_it_takes_long(qtbot: QtBot) -> None:
    bridge = Bridge(busy_ms=20)
    go_on, told = threading.Event(), list[Any]()
    bridge.ask(lambda: go_on.wait(5), then=lambda _: told.append("answer"), busy=told.append)
    qtbot.waitUntil(lambda: told == [True])
    go_on.set()
    qtbot.waitUntil(lambda: told == [True, False, "answer"])
    bridge.ask(lambda: None, then=told.append, busy=lambda on: told.append(("quick", on)))
    qtbot.waitUntil(lambda: told[-1] is None)
    assert bridge.stop()


def test_events_are_gathered(bridge: Bridge, qtbot: QtBot) -> None:
    told: list[tuple[Any, ...]] = []
    bridge.changed.connect(told.append)

    def tell() -> None:
        for number in range(500):
            bridge.hear(DocumentsMoved((number,)))

    with qtbot.waitSignal(bridge.changed, timeout=3000):
        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()
    assert sum(len(events) for events in told) == 500
    assert len(told) == 1


def test_long_work_reports_and_can_be_cancelled(bridge: Bridge, qtbot: QtBot) -> None:
    steps, came, ended = list[int](), list[Any](), threading.Event()

    def work(question: Any) -> str:
        done = 0
        while not question.cancelled:
            done += 1
            question.report(min(done, 100), 100, "step-upload")
            ended.wait(0.001)
        ended.set()
        return "never shown"

    question = bridge.ask_long(work, then=came.append, progress=lambda done, total, word: steps.append(done))
    qtbot.waitUntil(lambda: len(steps) > 3)
    question.cancel()
    assert ended.wait(5)
    assert bridge.stop()
    assert not came and steps == sorted(steps)


def test_after_stop_nothing_is_answered(qtbot: QtBot) -> None:
    bridge, go_on, came = Bridge(), threading.Event(), list[Any]()
    bridge.ask(lambda: go_on.wait(0.2), then=came.append)
    assert bridge.stop()
    bridge.ask(lambda: 1, then=came.append)
    bridge.hear(DocumentsMoved((1,)))
    with qtbot.assertNotEmitted(bridge.changed, wait=50):
        pass
    assert not came


def test_what_a_person_ordered_is_done_though_the_window_closes_before_its_turn(qtbot: QtBot) -> None:
    bridge, runs, go_on, done = Bridge(threads=1), threading.Event(), threading.Event(), list[str]()
    bridge.ask(lambda: (runs.set(), go_on.wait(5)), then=lambda _: None)
    assert runs.wait(5)
    bridge.ask(lambda: done.append("order"), then=lambda _: done.append("answer"), deed=True)
    bridge.ask(lambda: done.append("question"), then=lambda _: None)
    threading.Timer(0.05, go_on.set).start()
    assert bridge.stop()
    assert done == ["order"]


def test_an_exception_in_a_slot_is_logged_and_told(
    bridge: Bridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "excepthook", tell_unforeseen(bridge))
    with qtbot.waitSignal(bridge.trouble, timeout=2000) as told:
        bridge.ask(lambda: 1, then=lambda answer: answer / 0)
    assert told.args[0].code is ErrorCode.INTERNAL and "ZeroDivisionError" in told.args[0].facts["said"]
    assert "ZeroDivisionError" in caplog.text


def test_the_guard_catches_sql_and_sockets_on_the_gui_thread(
    gui_thread_guard: list[str], aside: Callable[[Callable[[], Any]], Any], tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="GUI thread"):
        sqlite3.connect(tmp_path / "a.db")
    connection = aside(lambda: sqlite3.connect(tmp_path / "a.db", check_same_thread=False))
    with pytest.raises(AssertionError, match="GUI thread"):
        connection.execute("select 1")
    with pytest.raises(AssertionError, match="GUI thread"), socket.socket() as plug:
        plug.connect(("127.0.0.1", 9))
    aside(lambda: (connection.execute("select 1"), connection.close()))
    assert gui_thread_guard == ["SQL", "SQL", "socket"]
    gui_thread_guard.clear()


def test_patient_work_stands_aside_and_takes_no_lane_of_the_others(
    bridge: Bridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.domain.courtesy import stand_aside

    monkeypatch.setattr("desktop.views.bridge.STAND_ASIDE_S", 30.0)

    answers: list[str] = []
    sums_begun, enough = threading.Event(), threading.Event()

    def sums() -> str:
        sums_begun.set()
        enough.wait(10)
        stand_aside()
        answers.append("sums read on")
        return "sums"

    def rows() -> str:
        enough.set()
        answers.append("rows read")
        return "rows"

    for _ in range(3):  # more than there are lanes for the others
        bridge.ask(sums, then=answers.append, patient=True)
    qtbot.waitUntil(sums_begun.is_set)
    bridge.ask(rows, then=answers.append)
    qtbot.waitUntil(lambda: answers.count("sums") == 3)
    assert answers[:2] == ["rows read", "rows"] or answers[:2] == ["rows read", "sums read on"]
