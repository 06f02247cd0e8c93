"""What the demo page asks of the sandbox company: plain values and a protocol. The door plays it; views never see it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from desktop.domain.record import Money

SCENES = ("reply_lost", "session_lost", "later_bills")
"""What can be practised: the OA did it but its answer was lost; the ERP signed us out; a bill that cannot go back."""


class PlayPerson(NamedTuple):
    """Somebody of the toy group. waiting: what lies on his desk in the OA; makes: he may make bills in the ERP."""

    id: str
    name: str
    place: str
    waiting: int
    makes: bool


class PlayRequest(NamedTuple):
    """A request that waits for the chosen person."""

    id: int
    number: str
    partner: str
    amount: Money
    maker: str
    node: str
    since: datetime


class PlayBill(NamedTuple):
    """A bill as all three see it. erp: the status letter; ours: a state's name or ""; node: where it lies in the OA.

    may: what its maker may do now: "submit", "withdraw", "edit".  quantity: of its first line (or that line's amount).
    amount: None while DanQiao has not seen it.
    """

    id: int
    flow: str
    number: str
    partner: str
    amount: Money | None
    erp: str
    ours: str
    node: str
    may: frozenset[str]
    quantity: int


class PlayDeed(NamedTuple):
    """What somebody did: "submit", "approve", "reject", "withdraw" or "edit"."""

    at: datetime
    who: str
    act: str
    number: str
    text: str


class PlayScene(NamedTuple):
    """Everything the page shows, as of one moment. person: "" = nobody is in hand."""

    people: tuple[PlayPerson, ...]
    person: str
    requests: tuple[PlayRequest, ...]
    bills: tuple[PlayBill, ...]
    deeds: tuple[PlayDeed, ...]
    paused: bool
    now: datetime


class Play(Protocol):
    """The sandbox company in somebody's hands. Every method runs on a pool thread; refusals come as RUL-601."""

    def scene(self, person: str) -> PlayScene:
        """What there is; `person` is in hand from now on and does nothing by himself. "" lets everybody go."""
        ...

    def decide(self, person: str, request_id: int, *, yes: bool, opinion: str) -> None:
        """Approves a request or returns it to its maker."""
        ...

    def make(self, person: str) -> str:
        """A new bill, submitted; answers its number."""
        ...

    def act(self, person: str, bill_id: int, act: str, quantity: int = 0) -> None:
        """ "submit", "withdraw" or "edit" (the first line's number) on a bill of his."""
        ...

    def pause(self, on: bool) -> None:
        """Stops or wakes the people who act by themselves."""
        ...

    def stage(self, name: str) -> str:
        """Sets one of SCENES up; answers the number of the bill to watch. Seconds."""
        ...

    def addresses(self) -> tuple[str, str]:
        """The web pages of the toy ERP and the toy OA."""
        ...
