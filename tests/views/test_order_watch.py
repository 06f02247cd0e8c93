"""Orders on their way: none is lost to the next one, and none is told where another document stands by now."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.text import Text
from desktop.views.bridge import Bridge
from desktop.views.order_watch import OrderWatch, Told


class Book:
    """Takes orders down, and knows at once what came of them."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def write(self, what: str) -> int:
        """An order's number."""
        self.given.append(what)
        return len(self.given)

    def order_result(self, order_id: int) -> str:
        """Carried out."""
        return "1/1 done"


@pytest.fixture
def busy(bridge: Bridge, qtbot: QtBot) -> Any:
    """Both threads of the pool are held until the event is set."""
    go_on, held = threading.Event(), [threading.Event(), threading.Event()]

    def hold(one: threading.Event) -> None:
        one.set()
        go_on.wait(10)

    for one in held:
        bridge.ask(lambda one=one: hold(one), then=lambda _: None)
        assert one.wait(5)
    yield go_on
    go_on.set()


def test_an_order_is_written_down_though_another_follows_at_once(
    bridge: Bridge, busy: threading.Event, qtbot: QtBot
) -> None:
    book, told, parent = Book(), list[Told](), QObject()
    watch = OrderWatch(book, bridge, lambda: Text("zh"), parent)  # type: ignore[arg-type]
    watch.give(lambda to: to.write("resend the first"), lambda each: told.append(each))  # type: ignore[attr-defined]
    watch.give(lambda to: to.write("resend the second"), lambda each: told.append(each))  # type: ignore[attr-defined]
    busy.set()
    qtbot.waitUntil(lambda: any(each.over for each in told), timeout=5000)
    assert sorted(book.given) == ["resend the first", "resend the second"]
    assert [each.over for each in told] == [False, True], "the newest alone is followed"


def test_an_order_that_was_forgotten_before_it_was_written_tells_nobody(
    bridge: Bridge, busy: threading.Event, qtbot: QtBot
) -> None:
    book, told, lost, parent = Book(), list[Told](), list[SyncError](), QObject()
    watch = OrderWatch(book, bridge, lambda: Text("zh"), parent)  # type: ignore[arg-type]
    watch.give(lambda to: to.write("dismiss"), told.append, lost.append)  # type: ignore[attr-defined]
    watch.forget()
    busy.set()
    qtbot.waitUntil(lambda: book.given == ["dismiss"])
    bridge.ask(lambda: None, then=lambda _: told.append(Told("asked after it", True, True)))
    qtbot.waitUntil(lambda: bool(told))
    assert [each.words for each in told] == ["asked after it"] and not watch.waiting

    def refuse(to: Any) -> int:
        raise SyncError(ErrorCode.NOT_ALLOWED, certain=True, person="x", order="retry")

    watch.give(refuse, told.append, lost.append)
    qtbot.waitUntil(lambda: bool(lost))
    assert not watch.waiting, "whoever was refused may try again"
