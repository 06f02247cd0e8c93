"""A connection test ends in a sentence, whatever the server sent."""

from __future__ import annotations

from desktop.connectors.reach import Act, clock, examine
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System, SystemRole

BEHIND_A_PROXY = System(
    "k3", SystemRole.ERP, "k3cloud", "ERP", "http://k3.example/", {"proxy": "http://proxy:1"}
)


def _breaks() -> str:
    raise AttributeError("'str' object has no attribute 'get'")


def _refuses() -> str:
    raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system="k3", said="no")


def told(*acts: Act) -> list[tuple[str, bool, str]]:
    """Each step with the code of what it failed by."""
    steps = examine(BEHIND_A_PROXY, acts)
    return [(each.name, each.ok, each.error.code.id if each.error else "") for each in steps]


def test_the_first_step_that_fails_is_the_last() -> None:
    assert told(("sign_in", lambda: "demo"), ("rights", _refuses), ("clock", lambda: "0 s")) == [
        ("sign_in", True, ""), ("rights", False, ErrorCode.SIGN_IN_REFUSED.id),
    ]  # fmt: skip


def test_an_answer_that_nobody_foresaw_is_a_step_that_failed() -> None:
    assert told(("account_set", _breaks), ("clock", lambda: "0 s")) == [
        ("account_set", False, ErrorCode.INTERNAL.id)
    ]


def test_a_clock_may_be_a_minute_off_and_no_more() -> None:
    assert clock(BEHIND_A_PROXY, -59.6) == "-59.6 s"
    assert told(("clock", lambda: clock(BEHIND_A_PROXY, 61))) == [("clock", False, ErrorCode.CLOCK_SKEW.id)]
