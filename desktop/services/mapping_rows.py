"""A flow file as rows that a person edits, and back: only what was changed is written anew, remarks in the file stay.

Pure: no store, no systems. What a row means is the engine's business; here it is words in a file.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import AoT

from desktop.domain.flow import FlowKind

TITLE, HEADER, BACK = "title", "fields", "write_back"


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One row. group: the Group that it stands in; target and expr as in the file; note: a remark for the next person."""

    group: str
    target: str
    expr: str
    required: bool = False
    default: str = ""
    key: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together. kind: "title", "head", "lines", "leg", "leg_lines", "back".

    source, target: the tables ("" = header); leg: the number of the bill in a generation, else 0; form: its ERP form.
    fixed: rows can be changed but none added or taken away.
    """

    id: str
    kind: str
    source: str = ""
    target: str = ""
    leg: int = 0
    form: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole flow as its page shows it."""

    flow_id: str
    kind: FlowKind
    erp_form: str
    groups: tuple[Group, ...]
    rows: tuple[MappingRow, ...]

    def group(self, group_id: str) -> Group:
        """A group by its id."""
        return next(each for each in self.groups if each.id == group_id)

    def has(self, group_id: str) -> bool:
        """Does the flow have this group?"""
        return any(each.id == group_id for each in self.groups)

    def of(self, group_id: str) -> list[MappingRow]:
        """The rows of a group, in order."""
        return [row for row in self.rows if row.group == group_id]


@dataclass(frozen=True, slots=True)
class Change:
    """What differs in one row between two versions; None = the row is not there."""

    group: str
    target: str
    before: MappingRow | None
    after: MappingRow | None


def read_sheet(text: str) -> Sheet:
    """The rows of a flow file. Duplicates and wrong expressions are read as they stand: a draft may be wrong."""
    held: Mapping[str, Any] = tomllib.loads(text)
    kind = FlowKind(held["kind"])
    if kind is FlowKind.GENERATION:
        return _generation(held)
    if kind is FlowKind.GATE:
        return Sheet(
            str(held["id"]), kind, str(held["erp"]["form"]), (), ()
        )  # settings only, nothing is mapped
    oa = held["oa"]
    groups = [Group(TITLE, "title", fixed=True), Group(HEADER, "head")]
    rows = [MappingRow(TITLE, "title", str(oa["title"]), required=True)]
    rows.append(MappingRow(TITLE, "applicant", str(oa.get("applicant", "''"))))
    rows += [_row(HEADER, each) for each in held.get("fields", ())]
    for place, lines in enumerate(held.get("lines", ())):
        groups.append(Group(f"lines.{place}", "lines", str(lines["source"]), str(lines["target"])))
        rows += [_row(f"lines.{place}", each) for each in lines["fields"]]
    return Sheet(str(held["id"]), kind, str(held["erp"]["form"]), tuple(groups), tuple(rows))


def _generation(held: Mapping[str, Any]) -> Sheet:
    groups, rows = [], []
    for number, leg in enumerate(held["legs"]):
        name = f"legs.{number}"
        groups.append(Group(name, "leg", leg=number + 1, form=str(leg["form"])))
        rows += [_row(name, each) for each in leg.get("fields", ())]
        for place, lines in enumerate(leg.get("lines", ())):
            inner = f"{name}.lines.{place}"
            source, target = str(lines["source"]), str(lines["target"])
            groups.append(Group(inner, "leg_lines", source, target, number + 1, str(leg["form"])))
            rows += [_row(inner, each) for each in lines["fields"]]
    groups.append(Group(BACK, "back"))
    rows += [_row(BACK, each) for each in held.get("write_back", ())]
    return Sheet(
        str(held["id"]), FlowKind.GENERATION, str(held["legs"][0]["form"]), tuple(groups), tuple(rows)
    )


def _row(group: str, each: Mapping[str, Any]) -> MappingRow:
    return MappingRow(
        group, str(each.get("target", "")), str(each.get("expr", "")), bool(each.get("required")),
        str(each.get("default", "")), bool(each.get("key")), str(each.get("note", "")),
    )  # fmt: skip


def text_with(text: str, rows: Sequence[MappingRow]) -> str:
    """The file with these rows: what did not change is left byte for byte, remarks and all."""
    sheet, document = read_sheet(text), tomlkit.parse(text)
    for group in sheet.groups:
        wanted = [row for row in rows if row.group == group.id]
        if wanted == sheet.of(group.id):
            continue
        if group.id == TITLE:
            _write_title(document["oa"], sheet.of(TITLE), wanted)
        else:
            holder, name = _holder(document, group.id)
            if [row.target for row in wanted] == [row.target for row in sheet.of(group.id)]:
                _change_rows(holder[name], sheet.of(group.id), wanted)
            else:
                _write_rows(holder, name, wanted)
    return tomlkit.dumps(document)


def with_lines(text: str, source: str, target: str) -> str:
    """The file with one more table of lines, without rows yet."""
    document = tomlkit.parse(text)
    there: Any = document.get("lines")
    if not isinstance(there, AoT):
        document["lines"] = there = tomlkit.aot()
    table = tomlkit.table()
    for name, value in (("source", source), ("target", target), ("fields", tomlkit.array())):
        table.add(name, value)
    there.append(table)
    return tomlkit.dumps(document)


def without_lines(text: str, group_id: str) -> str:
    """The file without a table of lines and its rows."""
    document: Any = tomlkit.parse(text)
    del document["lines"][int(group_id.split(".")[1])]
    if not document["lines"]:
        del document["lines"]
    return tomlkit.dumps(document)


def emptied(text: str) -> str:
    """The file without any row but title and applicant, and without tables of lines: where a new form is begun."""
    document = tomlkit.parse(text)
    for name in ("fields", "lines"):
        if name in document:
            del document[name]
    return tomlkit.dumps(document)


def same_content(one: str, other: str) -> bool:
    """Do both files say the same, whatever their remarks and line breaks?"""
    return bool(tomllib.loads(one) == tomllib.loads(other))


def _write_title(oa: Any, before: Sequence[MappingRow], wanted: Sequence[MappingRow]) -> None:
    for old, row in zip(before, wanted, strict=True):
        if old != row:
            oa[row.target] = row.expr


def _holder(document: Any, group_id: str) -> tuple[Any, str]:
    """Where a group's rows stand, and under which name."""
    parts = group_id.split(".")
    if parts[0] in (HEADER, BACK):
        return document, parts[0]
    holder = document[parts[0]][int(parts[1])]
    for name, place in zip(parts[2::2], parts[3::2], strict=True):
        holder = holder[name][int(place)]
    return holder, "fields"


def _change_rows(there: Any, before: Sequence[MappingRow], wanted: Sequence[MappingRow]) -> None:
    """The same targets in the same order: only the values that changed are written."""
    for each, old, row in zip(there, before, wanted, strict=True):
        was, now = _values(old), _values(row)
        for name in [name for name in was if name not in now]:
            del each[name]
        for name, value in now.items():
            if was.get(name) != value:
                each[name] = value


def _write_rows(holder: Any, name: str, rows: Sequence[MappingRow]) -> None:
    there = holder.get(name)
    if isinstance(there, AoT) or (there is None and isinstance(holder, TOMLDocument)):
        tables = tomlkit.aot()
        for row in rows:
            table = tomlkit.table()
            for key, value in _values(row).items():
                table.add(key, value)
            tables.append(table)
        holder[name] = tables
        return
    array = tomlkit.array()
    for row in rows:
        inline = tomlkit.inline_table()
        inline.update(_values(row))
        array.append(inline)
    array.multiline(True)
    holder[name] = array


def _values(row: MappingRow) -> dict[str, Any]:
    return {"target": row.target, **row_values(row)}


def row_values(row: MappingRow) -> dict[str, Any]:
    """What a row says of its target, with ordered keys; what says nothing is left out."""
    values: dict[str, Any] = {"expr": row.expr}
    for name in ("required", "default", "key", "note"):
        if value := getattr(row, name):
            values[name] = value
    return values


def differences(before: Iterable[MappingRow], after: Iterable[MappingRow]) -> list[Change]:
    """Row by row, in the order of the newer version; rows that went away come last."""
    old = {(row.group, row.target): row for row in before}
    new = {(row.group, row.target): row for row in after}
    found = [Change(*at, old.get(at), row) for at, row in new.items() if old.get(at) != row]
    return found + [Change(*at, row, None) for at, row in old.items() if at not in new]


def unified(before: str, after: str) -> str:
    """Both texts as one, with the changed lines marked."""
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))


def as_table(rows: Iterable[MappingRow]) -> str:
    """Rows for the clipboard: tab-separated, and read back by `from_table`."""
    names = [each.name for each in fields(MappingRow)]
    lines = ["\t".join(names)]
    for row in rows:
        lines.append("\t".join(_cell(getattr(row, name)) for name in names))
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return ("yes" if value else "") if isinstance(value, bool) else " ".join(str(value).split())


def from_table(text: str, group: str) -> list[MappingRow]:
    """Rows out of the clipboard, put into a group; lines that are no rows are left out."""
    names = [each.name for each in fields(MappingRow)]
    lines = [line.split("\t") for line in text.splitlines()]
    if not lines or lines[0] != names:
        return []
    found = []
    for cells in lines[1:]:
        held = dict(zip(names, cells, strict=False))
        if held.get("target"):
            found.append(
                MappingRow(
                    group, held["target"], held.get("expr", ""), held.get("required") == "yes", held.get("default", ""),
                    held.get("key") == "yes", held.get("note", ""),
                )
            )  # fmt: skip
    return found
