"""What a door or a test must know of a dialect to serve it and to sign in. Each dialect fills one in beside itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.faults import Faults
from desktop.sandbox.oa import Oa

Clock = Callable[[], datetime]
App = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ErpPlay:
    """An ERP dialect.

    world:   a fresh world, on a clock or on the true time. app: it behind HTTP.
    path:    what follows the server's root in the connection's address.
    options, secrets: the connection's own, as its form asks for them.
    form:    the vendor's name of a form of the world; key: by what a bill is known in the interface.
    told:    what `sandbox` prints for people who sign in by hand.
    unaudited: forms of the world that this vendor cannot audit from outside.
    pushes:  it makes one bill of another by itself when asked.
    words:   how faults and deeds are called here, by the engine's step.
    """

    vendor: str
    name: str
    world: Callable[[Clock | None], Erp]
    app: Callable[[Erp, Faults], App]
    path: str
    options: Callable[[Erp], dict[str, str]]
    secrets: Callable[[Erp], dict[str, str]]
    form: Callable[[str], str]
    key: Callable[[ErpBill], str]
    told: Callable[[Erp], dict[str, object]]
    unaudited: frozenset[str] = frozenset()
    pushes: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OaPlay:
    """An OA dialect.

    world:    a fresh world; more: what only this one takes (an RSA key made before).
    options:  of the connection, by world and the server's root. secrets: likewise.
    workflow: what a route's switch says for a workflow of the world.
    counted:  calls so far by the vendor's name for them, where the dialect counts them.
    hurry:    takes away limits by the second, which a test in a hurry would meet and no customer does.
    """

    vendor: str
    name: str
    world: Callable[..., Oa]
    app: Callable[[Oa, Faults], App]
    options: Callable[[Oa, str], dict[str, str]]
    secrets: Callable[[Oa], dict[str, str]]
    workflow: Callable[[int], str]
    told: Callable[[Oa], dict[str, object]]
    hurry: Callable[[Oa], None] = lambda oa: None
    counted: Callable[[App], Mapping[str, int]] = lambda app: {}
    words: Mapping[str, str] = field(default_factory=dict)
