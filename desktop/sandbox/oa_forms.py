"""What an OA form is made of: fields, tables, nodes, workflows; and which values a field takes. No requests, no HTTP.

Source: Weaver e-cology 9, interface description of the request service: form metadata and formats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_TYPE = re.compile(r"^(?P<kind>[a-z]+)(?:\((?P<size>\d+)(?:,(?P<places>\d+))?\))?$")
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


class WrongValue(ValueError):
    """A field does not take this text."""


@dataclass(frozen=True, slots=True)
class OaField:
    """One field of a form.

    html_type, type: the OA's numbers of the control (1 text, 2 lines, 3 picker, 4 tick, 5 select, 6 attachment).
    db_type:  "varchar(80)", "decimal(15,2)", "int", "text", "char(10)": length and decimals come from it.
    picks:    what a picker of kind 3 chooses from: "person", "department", "customer", "supplier", "material".
    options:  (value, name) of a select.
    """

    id: int
    name: str
    label: str
    html_type: int
    type: int
    db_type: str
    mandatory: bool = False
    picks: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def taken(self, text: str, chinese_counts: int = 1) -> str:
        """The text as the OA stores it: refused when too long, numbers rounded to the decimals.

        chinese_counts: how much of a varchar one Chinese character uses up (1, or 3 on some databases).
        Raises WrongValue.
        """
        if text == "":
            return text
        kind, size, places = self._column()
        if kind in ("varchar", "char"):
            return self._text(text, size, chinese_counts)
        if kind == "int":
            return str(_number(text, 0))
        if kind == "decimal":
            return _rounded(text, size, places)
        return text

    def _column(self) -> tuple[str, int, int]:
        found = _TYPE.match(self.db_type)
        if found is None:
            raise WrongValue(self.db_type)
        return found["kind"], int(found["size"] or 0), int(found["places"] or 0)

    def _text(self, text: str, size: int, chinese_counts: int) -> str:
        chinese = sum(character > "\x7f" for character in text) if chinese_counts > 1 else 0
        if len(text) + chinese * (chinese_counts - 1) > size:
            raise WrongValue(f"longer than {size}")
        if self.html_type == 3 and self.type == 2:
            return _day(text)
        if self.html_type == 4 and text not in ("0", "1"):
            raise WrongValue("neither 0 nor 1")
        if self.html_type == 5 and text not in dict(self.options):
            raise WrongValue("no such option")
        return text


def _day(text: str) -> str:
    try:
        if len(text) == 10:
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise WrongValue("not yyyy-MM-dd")


def _number(text: str, places: int) -> Decimal:
    """Plain digits with a dot, rounded half up; thousands separators are refused."""
    if not _NUMBER.match(text):
        raise WrongValue("not a plain number")
    try:
        return Decimal(text).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    except InvalidOperation as error:
        raise WrongValue("too many digits") from error


def _rounded(text: str, size: int, places: int) -> str:
    number = _number(text, places)
    if number.adjusted() >= size - places:
        raise WrongValue(f"more than {size} digits")
    return f"{number:f}"


@dataclass(frozen=True, slots=True)
class OaTable:
    """The main table ("formtable_main_118") or a detail table ("formtable_main_118_dt1") of a form.

    alias: "" for the main table, "detail_1", "detail_2" for the details in the form's order.
    """

    db_name: str
    alias: str
    title: str
    fields: Mapping[str, OaField]


@dataclass(frozen=True, slots=True)
class OaNode:
    """A node. type: 0 create, 1 approve, 2 submit, 3 archive. role: "create", "head", "boss", "erp", "archive".

    people: who decides here, whoever made the request; empty = as the role says. all_of_them: every one must agree.
    """

    id: int
    name: str
    type: int
    role: str
    people: tuple[str, ...] = ()
    all_of_them: bool = False


@dataclass(frozen=True, slots=True)
class OaWorkflow:
    """A workflow in one version.

    form_id:  negative, as custom forms have it; the tables' number is its opposite.
    family:   the id of the first version; all versions share the form.
    in_force: False = switched off or locked.
    creators: persons who may create it; None = everybody.
    """

    id: int
    name: str
    type_id: int
    type_name: str
    form_id: int
    main: OaTable
    details: tuple[OaTable, ...]
    nodes: tuple[OaNode, ...]
    family: int
    in_force: bool = True
    creators: frozenset[str] | None = None

    def node(self, role: str) -> OaNode | None:
        """The node that plays this role, or None where the workflow has none."""
        return next((node for node in self.nodes if node.role == role), None)

    def node_of(self, node_id: int) -> OaNode | None:
        """The node with this id, or None."""
        return next((node for node in self.nodes if node.id == node_id), None)

    def detail(self, name: str) -> OaTable | None:
        """A detail table by its database name or by its alias, or None."""
        return next((table for table in self.details if name in (table.db_name, table.alias)), None)

    def may_create(self, person: str) -> bool:
        """True when this person may create it."""
        return self.creators is None or person in self.creators

    def version(self, workflow_id: int) -> OaWorkflow:
        """The same workflow as a further version: own id, own node ids, same form."""
        nodes = tuple(replace(node, id=workflow_id * 10 + node.id % 10) for node in self.nodes)
        return replace(self, id=workflow_id, nodes=nodes)
