"""Who may what: one table, one question. Every order and every read that matters has its line here.

A new order without a line is allowed to nobody, and tests/services/test_rights.py fails on it.
"""

from __future__ import annotations

from desktop.domain.system import Person, Role

ADMIN, MAPPING, CLERK, AUDITOR = Role.ADMIN, Role.MAPPING, Role.CLERK, Role.AUDITOR
_ALL = frozenset(Role)
_DESK = frozenset({ADMIN, CLERK})
_BASE = frozenset({ADMIN, CLERK, MAPPING})
_FORMS = frozenset({ADMIN, MAPPING})
_HOUSE = frozenset({ADMIN})

RIGHTS: dict[str, frozenset[Role]] = {
    # about documents
    "read": _ALL,
    "open_side": _ALL,
    "retry": _BASE,
    "send_now": _DESK,
    "resend": _DESK,
    "send_anew": _DESK,
    "make_again": _DESK,
    "is_there": _DESK,
    "is_not_there": _DESK,
    "decide": _DESK,
    "accept": _DESK,
    "accept_changed": _DESK,
    "send_again": _DESK,
    "move_date": _DESK,
    "hand_over": _DESK,
    "dismiss": _DESK,
    "hold_back": _DESK,
    "go_first": _DESK,
    "usual_turn": _DESK,
    "pass_gate": _DESK,
    "resend_many": _BASE,
    "take_back": _DESK,
    "reconcile": _ALL,
    "evidence": frozenset({ADMIN, CLERK, AUDITOR}),
    # about base data and mappings
    "map_base": _BASE,
    "refresh_base": _BASE,
    "draft_mapping": _FORMS,
    "publish_mapping": _FORMS,
    # about the engine and the site
    "run_now": _BASE,
    "release": _HOUSE,
    "pause": _HOUSE,
    "resume": _HOUSE,
    "reschedule": _HOUSE,
    "set_up": _HOUSE,
    "back_up": _HOUSE,
    # about people
    "manage_people": _HOUSE,
    "read_trail": frozenset({ADMIN, AUDITOR}),
}
"""Which roles may give an order. Orders of the engine have the engine's own words (sync/orders.py)."""

ANYWHERE = frozenset({"read", "reconcile", "run_now", "reschedule", "refresh_base", "draft_mapping"})
"""Orders that name no company and yet are open to those who work for some companies only."""


FOUR_EYES = {
    "pass_gate": True, "accept_changed": True, "accept": False, "resend_many": False, "send_anew": False, "make_again": False,
}  # fmt: skip
"""Orders that a second person must confirm. True: nobody alone, ever; False: alone where the site has nobody else who may."""
AT_MONTH_END = frozenset({"send_anew", "make_again"})
"""Of these, those that want the second person only in a month's last working days: what begins anew then may miss the period."""
MANY, MANY_AT_MONTH_END = 500, 50
"""Resending so many bills at once is such an order."""


def may(person: Person | None, order: str, route: str = "") -> bool:
    """True where a person may give an order about a company. route: its route id; "" = all companies together."""
    if person is None or not person.active or person.role not in RIGHTS.get(order, frozenset()):
        return False
    if not person.routes or (not route and order in ANYWHERE):
        return True
    return route in person.routes
