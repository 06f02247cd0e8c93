"""An invented OA: papers that go from their maker to two approvers, over plain JSON. Not shipped.

It lists nothing, finds nothing by a key, takes nothing back for others and ends nothing: a paper can be opened and read.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any

from flask import Flask, request

from desktop.sandbox.faults import Faults
from tests.invented.trouble import Refused, serve

PEOPLE = {
    "7": ("N007", "anna", "Anna Lind"), "8": ("N008", "bo", "Bo Ek"), "9": ("N009", "bridge", "Bridge"),
    "40": ("N040", "carl", "Carl Boss"), "30": ("N030", "disa", "Disa Top"), "66": ("N066", "eva", "Eva Gone"),
}  # fmt: skip
"""OA id -> (staff number, login, name)."""
LEFT = frozenset({"66"})
CHAIN = ("40", "30")
FORM = "order"

FIELDS: dict[str, dict[str, dict[str, Any]]] = {
    "": {
        "erp_key": {"type": "text", "most": 40}, "erp_bill_no": {"type": "text", "most": 40},
        "company": {"type": "text", "most": 20}, "customer": {"type": "text", "most": 20},
        "customer_name": {"type": "text", "most": 60}, "amount": {"type": "number", "places": 2},
        "note": {"type": "text", "most": 500},
    },
    "detail_1": {
        "entry_id": {"type": "text", "most": 20}, "material_code": {"type": "text", "most": 20},
        "material_name": {"type": "text", "most": 80}, "qty": {"type": "number", "places": 4},
        "price": {"type": "number", "places": 4},
    },
}  # fmt: skip


@dataclass(eq=False)
class Paper:
    """One request. state: running, approved, returned, withdrawn, ended. step: who of the chain has it."""

    id: int
    form: str
    by: str
    title: str
    fields: dict[str, str]
    rows: dict[str, list[dict[str, str]]]
    touched_at: datetime
    state: str = "running"
    step: int = 0
    log: list[dict[str, str]] = field(default_factory=list)

    @property
    def turn(self) -> str:
        """Whose turn it is: an OA id, or "" when it is over."""
        return CHAIN[self.step] if self.state == "running" else self.by if self.state in _WITH_MAKER else ""


_WITH_MAKER = ("returned", "withdrawn")


class Desk:
    """All papers, and what people do to them at their own desks. gone: deleted papers."""

    tenant, user, secret = "QUILL-3", "bridge", "quill-Secret-02"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.papers: dict[int, Paper] = {}
        self.gone: list[Paper] = []
        self.fields = {table: dict(fields) for table, fields in FIELDS.items()}
        self.forms = {FORM}
        self.may_read = True
        self.passes: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.lock = threading.RLock()
        self._ids = count(81)

    def open(
        self, form: str, by: str, title: str, fields: Mapping[str, str], rows: Mapping[str, Sequence[Mapping[str, str]]]
    ) -> Paper:  # fmt: skip
        """A new paper, with the first of the chain."""
        with self.lock:
            if form not in self.forms:
                raise Refused(404, "no_such_form", f"form {form}")
            if by not in PEOPLE or by in LEFT:
                raise Refused(422, "no_such_person", f"person {by!r}")
            self._check("", fields)
            for table, lines in rows.items():
                for line in lines:
                    self._check(table, line)
            held = {table: [dict(line) for line in rows.get(table, ())] for table in self.fields if table}
            paper = Paper(next(self._ids), form, by, title, dict(fields), held, self.now())
            self.papers[paper.id] = paper
            self._say(paper, by, "handed_in", "")
            return paper

    def _check(self, table: str, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            known = self.fields.get(table, {}).get(name)
            if known is None:
                raise Refused(422, "no_such_field", f"{table} {name}".strip(), field=name)
            if len(value) > known.get("most", 10**9):
                raise Refused(422, "too_long", name)
            if known["type"] == "number" and value:
                _check_number(name, value, known["places"])

    def _say(self, paper: Paper, who: str, did: str, text: str) -> None:
        paper.touched_at = self.now()
        node = "maker" if who == paper.by else f"step {CHAIN.index(who) + 1}" if who in CHAIN else "desk"
        entry = {
            "who": PEOPLE[who][2],
            "did": did,
            "text": text,
            "at": paper.touched_at.isoformat(),
            "node": node,
        }
        paper.log.append(entry)

    # --- people
    def approve(self, paper_id: int, text: str = "") -> None:
        """Whoever has it says yes."""
        with self.lock:
            paper = self._in_state(paper_id, "running")
            self._say(paper, paper.turn, "agreed", text)
            if paper.step + 1 < len(CHAIN):
                paper.step += 1
            else:
                paper.state = "approved"

    def approve_fully(self, paper_id: int, text: str = "yes") -> None:
        """Everybody says yes."""
        while self.papers[paper_id].state == "running":
            self.approve(paper_id, text)

    def reject(self, paper_id: int, text: str) -> None:
        """Whoever has it returns it to its maker."""
        with self.lock:
            paper = self._in_state(paper_id, "running")
            self._say(paper, paper.turn, "returned", text)
            paper.state, paper.step = "returned", 0

    def withdraw(self, paper_id: int, text: str = "") -> None:
        """Its maker takes it back."""
        with self.lock:
            paper = self._in_state(paper_id, "running")
            self._say(paper, paper.by, "withdrew", text)
            paper.state, paper.step = "withdrawn", 0

    def hand_in_again(self, paper_id: int, text: str = "") -> None:
        """Its maker hands it in once more."""
        with self.lock:
            paper = self._in_state(paper_id, *_WITH_MAKER)
            self._say(paper, paper.by, "handed_in", text)
            paper.state = "running"

    def end(self, paper_id: int) -> None:
        """The office ends it; nobody said yes or no."""
        with self.lock:
            paper = self._in_state(paper_id, "running", *_WITH_MAKER)
            self._say(paper, "9", "ended", "")
            paper.state = "ended"

    def delete(self, paper_id: int) -> None:
        """The office throws it away."""
        with self.lock:
            self.gone.append(self.papers.pop(paper_id))

    def _in_state(self, paper_id: int, *allowed: str) -> Paper:
        paper = self.papers.get(paper_id)
        if paper is None:
            raise Refused(404, "not_there", f"no paper {paper_id}")
        if paper.state not in allowed:
            raise Refused(409, "wrong_state", f"paper {paper_id} is {paper.state}")
        return paper

    def every(self) -> list[Paper]:
        """All papers ever opened, oldest first."""
        return sorted([*self.papers.values(), *self.gone], key=lambda paper: paper.id)

    def with_key(self, key: str) -> list[Paper]:
        """Papers that carry this key: for the test's own eyes, the interface cannot ask so."""
        return [paper for paper in self.papers.values() if paper.fields.get("erp_key") == key]


def _check_number(name: str, value: str, places: int) -> None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Refused(422, "no_number", name) from None
    if number != round(number, places):
        raise Refused(422, "too_precise", name)


def quill_app(desk: Desk, faults: Faults | None = None) -> Flask:
    """The interface over HTTP."""
    app = Flask("quill")
    drawn = faults or Faults()

    def mount(
        route: str, name: str, view: Callable[..., Any], *, method: str = "POST", write: bool = False
    ) -> None:
        def inside(**path: Any) -> Any:
            with desk.lock:
                if request.headers.get("X-Pass") not in desk.passes:
                    raise Refused(401, "signed_out")
                desk.asked[name] += 1
                return view(**path)

        serve(app, drawn, route, name, inside, method=method, write=write)

    serve(app, drawn, "/session", "session", lambda: _session(desk))
    mount("/rights", "rights", lambda: {"may": "open, read"}, method="GET")
    mount("/people", "people", _people, method="GET")
    mount("/forms/<form>", "form", lambda form: _form(desk, form), method="GET")
    mount("/papers", "open", lambda: _open(desk), write=True)
    mount("/papers/<int:paper_id>", "read", lambda paper_id: _read(desk, paper_id), method="GET")
    mount("/papers/<int:paper_id>/link", "link", lambda paper_id: _link(desk, paper_id))
    mount("/papers/<int:paper_id>/turn", "turn", lambda paper_id: _turn(desk, paper_id), write=True)
    return app


def _session(desk: Desk) -> dict[str, str]:
    given = request.get_json()
    if (given.get("user"), given.get("secret")) != (desk.user, desk.secret):
        raise Refused(403, "wrong_secret", "user or secret is wrong")
    made = secrets.token_hex(16)
    desk.passes.add(made)
    return {"pass": made, "tenant": desk.tenant}


def _people() -> dict[str, Any]:
    rows = [
        {"id": person, "staff": staff, "name": name, "left": person in LEFT}
        for person, (staff, _, name) in PEOPLE.items()
    ]
    return {"rows": rows}


def _form(desk: Desk, form: str) -> dict[str, Any]:
    if form not in desk.forms:
        raise Refused(404, "no_such_form", f"form {form}")
    fields = [
        {"table": table, "name": name, "title": name.replace("_", " "), **known}
        for table, known_fields in desk.fields.items()
        for name, known in known_fields.items()
    ]
    return {"fields": fields}


def _open(desk: Desk) -> dict[str, Any]:
    given = request.get_json()
    return {"id": desk.open(given["form"], given["by"], given["title"], given["fields"], given["rows"]).id}


def _read(desk: Desk, paper_id: int) -> dict[str, Any]:
    if not desk.may_read:
        raise Refused(403, "no_right", "this account may not read papers")
    paper = desk.papers.get(paper_id)
    if paper is None:
        raise Refused(404, "not_there", f"no paper {paper_id}")
    return {
        "id": paper.id, "by": paper.by, "title": paper.title, "state": paper.state, "fields": paper.fields,
        "rows": paper.rows, "log": paper.log, "touched": paper.touched_at.isoformat(),
        "turn": PEOPLE[paper.turn][2] if paper.turn else "",
    }  # fmt: skip


def _link(desk: Desk, paper_id: int) -> dict[str, str]:
    person = request.get_json()["for"]
    if person not in {login for _, login, _ in PEOPLE.values()}:
        raise Refused(403, "no_right", f"no account {person}")
    return {"link": f"desk/{paper_id}?for={person}&ticket={secrets.token_hex(8)}"}


def _turn(desk: Desk, paper_id: int) -> dict[str, Any]:
    given = request.get_json()
    paper = desk._in_state(paper_id, "running")
    if given["by"] != paper.turn:
        raise Refused(403, "no_right", f"it is not the turn of {given['by']}")
    if given["yes"]:
        desk._check("", given["fields"])
        paper.fields.update(given["fields"])
        desk.approve(paper_id, given["text"])
    else:
        desk.reject(paper_id, given["text"])
    return {"id": paper_id}
