"""People who do things in any order: how a state machine of theirs is played against fresh houses."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def play_any_order(
    machine: type[RuleBasedStateMachine], stage: Any, *, examples: int, steps: int, derandomize: bool
) -> None:
    """stage: makes a fresh house on fresh worlds. A long run also looks for the shortest way to what it finds."""

    class Staged(machine):  # type: ignore[misc, valid-type]
        pass

    Staged.stage = staticmethod(stage)
    phases = (Phase.generate, Phase.shrink) if examples > 30 else (Phase.generate,)
    told = settings(
        max_examples=examples, stateful_step_count=steps, derandomize=derandomize, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=phases,
    )  # fmt: skip
    run_state_machine_as_test(Staged, settings=told)
