"""What one company has of its own of a flow of the group: single rows and settings, laid over the group's text.

Pure: texts in, texts out. What a company does not say it inherits, today and after the group's next publication. Kept in
flow_versions.py under `<flow>@<route>`, where the flow of the group stands under `<flow>`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import tomlkit
from tomlkit.items import AoT

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import FlowKind

AT = "@"
TITLE = "title"
"""The two expressions of [oa] that make a request's title and applicant, as a group of rows."""

_OF_TITLE = ("title", "applicant")
_NAMED = ("filters", "checks")
_SAME_FOR_ALL = (
    "schema", "id", "kind", "title", "fields", "lines", "filters", "checks", "write_back", "legs", "erp.company_field",
    "oa.company_field",
)  # fmt: skip
"""Settings that make the flow this flow, or say whose a record is; rows have their own way in."""

_OF_LEG = ("fields", "lines", "form", "by", "until", "company_field")

Place = tuple[str, str]
"""Group and target of a row; of a filter or a check its name."""


@dataclass(frozen=True, slots=True)
class Own:
    """rows: the row's words by place as they stand in a flow file; {} = this company leaves the row out.

    settings: values by dotted path ("options.attempts", "legs.0.options.bill_type", "rules").
    tables:   for each group of line rows, what its table was when the rows were written: "detail_1 > FEntity > only".
    """

    rows: Mapping[Place, Mapping[str, Any]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows or self.settings)


def own_id(flow_id: str, route_id: str) -> str:
    """Under which name a company's part of a flow is kept, drafted and published."""
    return f"{flow_id}{AT}{route_id}"


def read_own(text: str, file: str) -> Own:
    """What a company has of its own. Raises PER-703."""
    try:
        held = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise wrong(file, str(error)[-40:], str(error)) from None
    if unknown := sorted(set(held) - {"schema", "rows", "settings", "tables"}):
        raise wrong(file, "", f"unknown: {', '.join(unknown)}")
    if held.get("schema", 1) != 1:
        raise wrong(file, "schema", f"schema {held['schema']!r}: 1")
    for name, kind in (("settings", dict), ("tables", dict), ("rows", list)):
        if not isinstance(held.get(name, kind()), kind):
            raise wrong(file, name, f"[{name}]" if kind is dict else f"[[{name}]]")
    rows = {}
    for index, row in enumerate(held.get("rows", ())):
        if not isinstance(row, dict):
            raise wrong(file, f"rows[{index}]", "[[rows]]")
        group = row.pop("group", "")
        name = row.pop("name" if group in _NAMED else "target", "")
        if not (group and name):
            raise wrong(file, f"rows[{index}]", "group, target")
        if (group, name) in rows:
            raise wrong(file, f"rows[{index}]", f"twice: {group} {name}")
        rows[group, name] = {} if row.get("gone") else row
    return Own(rows, dict(_by_path(held.get("settings", {}))), dict(held.get("tables", {})))


def _by_path(settings: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting by its whole path, however it was written: as a table `options` it would take the place of all options."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _by_path(value, f"{head}{name}.")
        else:
            yield f"{head}{name}", value


def own_text(own: Own) -> str:
    """The same as a text that a person can read; equal content gives equal text."""
    document = tomlkit.document()
    document.add("schema", 1)
    for name, values in (("settings", own.settings), ("tables", own.tables)):
        if values:
            document.add(name, tomlkit.item(dict(sorted(values.items()))))
    if own.rows:
        rows = tomlkit.aot()
        for (group, name), values in sorted(own.rows.items()):
            told = {"group": group, "name" if group in _NAMED else "target": name}
            rows.append(tomlkit.item({**told, **(values or {"gone": True})}))
        document.add("rows", rows)
    return tomlkit.dumps(document)


NOTHING = own_text(Own())


def laid_over(text: str, own: Own, file: str) -> str:
    """The flow as this company has it, remarks and all. Raises PER-703 where its part does not fit the group's flow (any
    more)."""
    document: Any = tomlkit.parse(text)
    for path, value in own.settings.items():
        _set(document, path, value, file)
    for (group, name), values in own.rows.items():
        if group in own.tables and table_of(document, group, file) != own.tables[group]:
            raise wrong(file, group, f"{own.tables[group]} -> {table_of(document, group, file)}")
        _put(document, group, name, values, file)
    return tomlkit.dumps(document)


def table_of(content: Mapping[str, Any], group: str, file: str) -> str:
    """What a group of line rows is about, so that a row is never laid over another table of lines; "" for other groups."""
    if "lines" not in group.split("."):
        return ""
    table = _step(content, group.split("."), file, group)
    return " > ".join(str(table.get(name, "")) for name in ("source", "target", "only")).removesuffix(" > ")


def _step(holder: Any, parts: list[str], file: str, where: str) -> Any:
    try:
        for part in parts:
            holder = holder[int(part)] if part.isdecimal() else holder[part]
    except (KeyError, IndexError, TypeError):
        raise wrong(file, where, "not in the group's flow") from None
    return holder


def _set(document: Any, path: str, value: Any, file: str) -> None:
    parts = path.split(".")
    of_leg = parts[0] == "legs" and len(parts) > 2 and parts[2] not in _OF_LEG
    whole = isinstance(value, Mapping)  # a table hides what stands in it
    if whole or ((path in _SAME_FOR_ALL or parts[0] in _SAME_FOR_ALL) and not of_leg):
        raise wrong(file, path, "the same for every company")
    holder = document
    for part in parts[:-1]:
        if isinstance(holder, dict) and part not in holder:
            holder[part] = (
                tomlkit.table()
            )  # what is no table of a flow file is refused when the whole is read
        holder = _step(holder, [part], file, path)
    if not isinstance(holder, dict):
        raise wrong(file, path, "not in the group's flow")
    holder[parts[-1]] = value


def _put(document: Any, group: str, name: str, values: Mapping[str, Any], file: str) -> None:
    """One row as the company has it: other words, a row more, or the row left out."""
    if group == TITLE:
        if name not in _OF_TITLE or "expr" not in values:
            raise wrong(file, f"{group} {name}", "the same for every company")
        document["oa"][name] = values["expr"]
        return
    rows = _rows(document, group, file)
    word = "name" if group in _NAMED else "target"
    at = next((place for place, row in enumerate(rows) if str(row.get(word, "")) == name), None)
    if not values:
        if at is not None:
            del rows[at]
        return
    told = {word: name, **values}
    if at is None:
        row = tomlkit.table() if isinstance(rows, AoT) else tomlkit.inline_table()
        row.update(told)
        rows.append(row)
        return
    for key in [key for key in rows[at] if key not in told]:
        del rows[at][key]
    for key, value in told.items():
        if rows[at].get(key) != value:
            rows[at][key] = value


def _rows(document: Any, group: str, file: str) -> Any:
    """The rows of a group as they stand in the file; a group that the kind of flow has and this one leaves out is begun."""
    parts = group.split(".")
    if parts[0] in ("lines", "legs"):
        holder, name = _step(document, parts, file, group), "fields"
    else:
        holder, name = document, parts[0]
        mine = ("filters", "checks", "write_back") if document["kind"] == FlowKind.GENERATION.value else (
            ("filters",) if document["kind"] == FlowKind.GATE.value else ("filters", "fields")
        )  # fmt: skip
        if len(parts) > 1 or name not in mine:
            raise wrong(file, group, "not in the group's flow")
    if name not in holder:
        holder[name] = tomlkit.aot()
    return holder[name]


def wrong(file: str, where: str, said: str) -> SyncError:
    """PER-703."""
    return SyncError(ErrorCode.FLOW_FILE_WRONG, certain=True, file=file, line=where, said=said)
