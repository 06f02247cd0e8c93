"""An invented ERP: its books and its plain JSON. No vendor is like it; that is the point. Not shipped.

It cannot look a record up by another's key, takes one record for each deed, and lets nobody write on an order that
waits for approval or is approved.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any

from flask import Flask, request

from desktop.sandbox.faults import Faults
from tests.invented.trouble import Refused, serve

CLIENTS = {"C1": "Northwind Mills", "C2": "Harbour & Sons", "C4": "杭州“西湖”电子 😀 O'Neil"}
ARTICLES = {"A1": "Screw <M6>", "A2": "Bearing", "A3": "Motor", "A9": "Withdrawn part"}
MAKERS = {"anna": "Anna Lind", "bo": "Bo Ek"}
RETIRED = "A9"

FIELDS: dict[str, dict[str, str]] = {
    "": {
        "number": "text", "day": "date", "company": "text", "maker": "text", "client": "client", "client_name": "text",
        "total": "number", "currency": "text", "remark": "text", "bridge_key": "text", "bridge_note": "text",
    },
    "items": {"article": "article", "article_name": "text", "count": "number", "price": "number", "sum": "number"},
}  # fmt: skip
"""The form by table; this vendor's metadata tells no lengths and no decimals."""


@dataclass(eq=False)
class Order:
    """One order. state: new, waiting, done, back, void. touched_at: aware UTC. done: how often each deed succeeded."""

    id: int
    number: str
    maker: str
    head: dict[str, Any]
    items: list[dict[str, Any]]
    touched_at: datetime
    state: str = "new"
    open_at: str = ""
    later: int = 0
    done: Counter[str] = field(default_factory=Counter)


class Books:
    """One company group's orders, and what people do to them at their own desks."""

    tenant, user, secret = "AB-0007", "bridge", "abacus-Secret-01"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.orders: dict[int, Order] = {}
        self.passes: set[str] = set()
        self.lock = threading.RLock()
        self._ids, self._lines = count(501), count(9001)

    # --- people
    def order(
        self,
        lines: Sequence[tuple[str, Any, Any]] = (("A1", 10, "1.50"),),
        *,
        maker: str = "anna",
        company: str = "100",
        client: str = "C1",
        submit: bool = True,
        **more: Any,
    ) -> Order:
        """A person types an order; lines are (article, count, price)."""
        items = [{"article": article, "count": number, "price": price} for article, number, price in lines]
        made = self.make({"company": company, "client": client, **more}, items, maker)
        return self.act("submit", made.id) if submit else made

    def edit(self, order_id: int, changes: Mapping[str, Any]) -> None:
        """Its maker changes the first line."""
        with self._touching(order_id, "edit", "new", "back") as order:
            order.items[0].update(changes)
            _add_up(order)

    # --- what desks and interface share
    def make(self, head: Mapping[str, Any], items: Sequence[Mapping[str, Any]], maker: str) -> Order:
        """A new order in state "new"."""
        with self.lock:
            made_id = next(self._ids)
            order = Order(made_id, f"AB/{made_id}", maker, {}, [], self.now())
            order.head = {"day": self.now().date().isoformat(), "currency": "SEK", "remark": "", **head}
            if order.head.get("client") not in CLIENTS:
                raise Refused(422, "unknown_code", f"no client {order.head.get('client')!r}")
            order.items = [{"line_id": next(self._lines), **self._line(item)} for item in items]
            _add_up(order)
            self.orders[made_id] = order
            return order

    def _line(self, item: Mapping[str, Any]) -> dict[str, Any]:
        if item.get("article") not in ARTICLES:
            raise Refused(422, "unknown_code", f"no article {item.get('article')!r}")
        try:
            return {**item, "count": Decimal(str(item["count"])), "price": Decimal(str(item["price"]))}
        except InvalidOperation:
            raise Refused(422, "no_number", str(item)) from None

    def act(self, deed: str, order_id: int) -> Order:
        """submit, approve, give_back, void, delete: each from the states that allow it."""
        allowed, after = _DEEDS[deed]
        with self._touching(order_id, deed, *allowed) as order:
            if deed == "give_back" and order.state == "done" and order.later:
                raise Refused(409, "later_bills", f"{order.later} deliveries were made from {order.number}")
            order.state = after
            if after == "gone":
                del self.orders[order_id]
            return order

    @contextmanager
    def _touching(self, order_id: int, deed: str, *allowed: str) -> Iterator[Order]:
        with self.lock:
            order = self.orders.get(order_id)
            if order is None:
                raise Refused(404, "not_there", f"no order {order_id}")
            if order.open_at:
                raise Refused(423, "open_elsewhere", f"{order.open_at} has {order.number} open")
            if order.state not in allowed:
                raise Refused(409, "wrong_state", f"{order.number} is {order.state}")
            yield order
            order.touched_at = self.now()
            order.done[deed] += 1

    def sign_everybody_out(self) -> None:
        """No pass is good any more."""
        self.passes.clear()

    def with_key(self, key: str) -> list[Order]:
        """Orders that carry this key: for the test's own eyes, the interface cannot ask so."""
        return [order for order in self.orders.values() if order.head.get("bridge_key") == key]


_DEEDS: dict[str, tuple[tuple[str, ...], str]] = {
    "submit": (("new", "back"), "waiting"),
    "approve": (("waiting",), "done"),
    "give_back": (("waiting", "done"), "back"),
    "void": (("new", "back"), "void"),
    "delete": (("new", "back"), "gone"),
}


def _add_up(order: Order) -> None:
    for item in order.items:
        item["sum"] = Decimal(str(item["count"])) * Decimal(str(item["price"]))
    order.head["total"] = sum((item["sum"] for item in order.items), Decimal(0))


def abacus_app(books: Books, faults: Faults | None = None) -> Flask:
    """The interface over HTTP."""
    app = Flask("abacus")
    drawn = faults or Faults()

    def mount(
        route: str, name: str, view: Callable[..., Any], *, method: str = "POST", write: bool = False
    ) -> None:
        def inside(**path: Any) -> Any:
            with books.lock:
                if request.headers.get("X-Pass") not in books.passes:
                    raise Refused(401, "signed_out")
                return view(**path)

        serve(app, drawn, route, name, inside, method=method, write=write)

    serve(app, drawn, "/session", "session", lambda: _session(books))
    mount("/rights", "rights", lambda: {"may": "read, write"}, method="GET")
    mount("/form/order", "form", _form, method="GET")
    mount("/base/<kind>", "base", _base, method="GET")
    mount("/orders", "list", lambda: _listed(books), method="GET")
    mount("/orders/heads", "heads", lambda: {"rows": [_head(each) for each in _asked(books)]})
    mount("/orders/whole", "whole", lambda: {"rows": [_whole(each) for each in _asked(books)]})
    mount("/orders/new", "new", lambda: _new(books), write=True)
    mount("/orders/<int:order_id>/note", "note", lambda order_id: _note(books, order_id), write=True)
    for deed in ("submit", "approve", "give_back", "delete"):
        mount(f"/orders/<int:order_id>/{deed}", deed, _deed(books, deed), write=True)
    return app


def _session(books: Books) -> dict[str, str]:
    given = request.get_json()
    if (given.get("user"), given.get("secret")) != (books.user, books.secret):
        raise Refused(403, "wrong_secret", "user or secret is wrong")
    made = secrets.token_hex(16)
    books.passes.add(made)
    return {"pass": made, "tenant": books.tenant}


def _form() -> dict[str, Any]:
    return {
        "fields": [
            {"table": table, "name": name, "title": name.replace("_", " "), "type": kind}
            for table, fields in FIELDS.items()
            for name, kind in fields.items()
        ]
    }


def _base(kind: str) -> dict[str, Any]:
    known = {"customer": CLIENTS, "material": ARTICLES, "user": MAKERS}.get(kind)
    if known is None:
        raise Refused(404, "no_such_kind", kind)
    return {
        "rows": [{"code": code, "name": name, "retired": code == RETIRED} for code, name in known.items()]
    }


def _listed(books: Books) -> dict[str, Any]:
    after, limit = int(request.args["after"]), int(request.args["limit"])
    waiting = [
        order
        for order_id, order in sorted(books.orders.items())
        if order_id > after and order.state == "waiting"
    ]
    return {"rows": [_head(order) for order in waiting[:limit]], "more": len(waiting) > limit}


def _asked(books: Books) -> list[Order]:
    return [books.orders[each] for each in map(int, request.get_json()["ids"]) if each in books.orders]


def _head(order: Order) -> dict[str, Any]:
    head = {
        "number": order.number,
        "maker": order.maker,
        "client_name": CLIENTS[order.head["client"]],
        **order.head,
    }
    return {"id": order.id, "state": order.state, "touched": order.touched_at.isoformat(), "head": head}


def _whole(order: Order) -> dict[str, Any]:
    items = [{**item, "article_name": ARTICLES[item["article"]]} for item in order.items]
    return {**_head(order), "items": items}


def _new(books: Books) -> dict[str, Any]:
    given = request.get_json()
    made = books.make(given["head"], given["items"], books.user)
    return {"id": made.id, "number": made.number}


def _note(books: Books, order_id: int) -> dict[str, Any]:
    with books._touching(order_id, "note", "new", "back") as order:
        order.head.update(request.get_json()["head"])
        return {"id": order.id, "number": order.number}


def _deed(books: Books, deed: str) -> Callable[..., Any]:
    def view(order_id: int) -> dict[str, Any]:
        order = books.act(deed, order_id)
        return {"id": order.id, "number": order.number}

    return view
