"""A flow's rows as an Excel or CSV file, and the whole flow as one file from machine to machine; both back as a draft.

Nothing is applied unseen: what a file would change is told row by row first, and then becomes the draft, which is published
like any other. A flow file holds no secret: those live in the vault, and what looks like one is refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.mapping_check import compiled
from desktop.services.mapping_rows import TITLE, Change, MappingRow, Sheet, differences, read_sheet, text_with
from desktop.services.table_file import ENCODINGS, Refused, header_words, read_table, told, write_table, wrong
from desktop.services.text import LANGUAGES, Text
from desktop.store.flows import SCHEMA, parse_flow

if TYPE_CHECKING:
    from desktop.services.mapping import Opened
    from desktop.services.workspace import Workspace

COLUMNS = ("group", "target", "label", "expr", "required", "default", "key", "note")
REQUIRED = ("group", "target", "expr")
WIDTHS = (14, 26, 24, 60, 9, 16, 9, 40)
MOST_ROWS = 5_000
MOST_CHARS = {"expr": 4_000, "note": 1_000}
_CHARS = 200
MOST_BYTES = 2_000_000
_SECRET = re.compile(r"secret|secrit|password|passwd|token|private_?key|app_?key|credential", re.IGNORECASE)
_ORDER = (
    "schema", "id", "kind", "title", "rules", "erp", "invoice", "claims", "offset", "links", "oa", "list", "totals",
    "options", "once", "filters", "checks", "sources", "lock", "fields", "lines", "legs", "write_back",
)  # fmt: skip
"""The order of a flow file's parts; what is in no table comes first in any case."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row of a file that is refused. reason: key of its sentence under "mapping-fault"; error: of its rule."""

    line: int
    target: str
    reason: str
    value: str = ""
    error: SyncError | None = None


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What a file would change. text: the flow as it would be drafted. frame: parts outside the rows that differ.

    faults: nothing can be taken while there is one. is_new: no flow of that id is known here.
    """

    file: str
    flow_id: str
    text: str
    changes: tuple[Change, ...]
    faults: tuple[RowFault, ...] = ()
    frame: tuple[str, ...] = ()
    same: int = 0
    is_new: bool = False

    @property
    def can_be_taken(self) -> bool:
        """True where there is something to take and nothing against it."""
        return not self.faults and bool(self.changes or self.frame or self.is_new)


# --- rows --------------------------------------------------------------------------------------------------------------------
def write_rows(text: Text, opened: Opened, path: Path, encoding: str = ENCODINGS[0]) -> int:
    """The rows as they stand in the draft. Raises MAP-514 where the disk says no."""
    rows = []
    for row in opened.sheet.rows:
        group = opened.sheet.group(row.group)
        info = opened.forms.target(opened.sheet.kind, group, row.target) if group.id != TITLE else None
        marks = (text.say("answer-yes") if each else "" for each in (row.required, row.key))
        required, key = marks
        label = info.label if info else ""
        rows.append((row.group, row.target, label, row.expr, required, row.default, key, row.note))
    return write_table(
        path, opened.flow_id, header_words("mapping-sheet", COLUMNS, text), rows, WIDTHS, encoding=encoding
    )


def read_rows(text: Text, opened: Opened, path: Path) -> FilePreview:
    """What the file would make of the draft. Raises MAP-514 where it is no such file."""
    rows: list[MappingRow] = []
    faults: list[RowFault] = []
    seen: dict[tuple[str, str], int] = {}
    yes = {"1", "x", "y", "true", "√", *(Text(each).say("answer-yes").casefold() for each in LANGUAGES)}
    for count, (line, cells) in enumerate(
        read_table(path, text, "mapping-sheet", COLUMNS, REQUIRED), start=1
    ):
        if count > MOST_ROWS:
            raise wrong(path, str(line), f"> {MOST_ROWS}")
        try:
            row = _row({name: told(cells.get(name), MOST_CHARS.get(name, _CHARS)) for name in COLUMNS}, yes)
            _refuse(opened.sheet, row, seen)
            seen[row.group, row.target] = line
            if isinstance(made := compiled(row), SyncError):
                faults.append(RowFault(line, row.target, "rule", row.expr, made))
            rows.append(row)
        except Refused as refused:
            target = str(getattr(cells.get("target"), "value", cells.get("target")) or "")[:60]
            faults.append(RowFault(line, target, refused.reason, refused.value[:60]))
    faults += _lost(opened.sheet, rows) if not faults else []
    changes = () if faults else tuple(differences(opened.sheet.rows, rows))
    whole = opened.text if faults else text_with(opened.text, rows)
    same = len(opened.sheet.rows) - sum(1 for each in changes if each.before is not None)
    return FilePreview(path.name, opened.flow_id, whole, changes, tuple(faults), same=same)


def _row(cells: Mapping[str, str], yes: Iterable[str]) -> MappingRow:
    for name in REQUIRED:
        if not cells[name]:
            raise Refused(f"no_{name}")
    return MappingRow(
        cells["group"], cells["target"], cells["expr"], cells["required"].casefold() in yes, cells["default"],
        cells["key"].casefold() in yes, cells["note"],
    )  # fmt: skip


def _refuse(sheet: Sheet, row: MappingRow, seen: Mapping[tuple[str, str], int]) -> None:
    if not sheet.has(row.group):
        raise Refused("group", row.group)
    if (row.group, row.target) in seen:
        raise Refused("twice", str(seen[row.group, row.target]))
    if sheet.group(row.group).fixed and row.target not in {each.target for each in sheet.of(row.group)}:
        raise Refused("fixed", row.target)


def _lost(sheet: Sheet, rows: Sequence[MappingRow]) -> list[RowFault]:
    """Title and applicant cannot be left out."""
    there = {(row.group, row.target) for row in rows}
    return [
        RowFault(0, row.target, "lost", row.target)
        for group in sheet.groups if group.fixed for row in sheet.of(group.id) if (group.id, row.target) not in there
    ]  # fmt: skip


# --- the whole flow ------------------------------------------------------------------------------------------------------------
def flow_file(text: str) -> str:
    """The flow as a file for another machine: its parts in one order, equal content gives equal text. Raises PER-703 for
    a part that looks like a secret."""
    content = tomllib.loads(text)
    _refuse_secrets(content, str(content.get("id", "")))
    names = sorted(content, key=lambda name: (_is_table(content[name]), _place(name)))
    document = tomlkit.document()
    document.add("schema", content.get("schema", SCHEMA))
    for name in names:
        if name != "schema":
            document.add(name, tomlkit.item(content[name]))
    return tomlkit.dumps(document)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _refuse_secrets(content: Any, file: str, path: str = "") -> None:
    if isinstance(content, dict):
        for name, value in content.items():
            if _SECRET.search(str(name)):
                raise SyncError(
                    ErrorCode.FLOW_FILE_WRONG, certain=True, file=file, line=f"{path}{name}", said="secret?"
                )  # fmt: skip
            _refuse_secrets(value, file, f"{path}{name}.")
    elif isinstance(content, list):
        for at, each in enumerate(content):
            _refuse_secrets(each, file, f"{path}{at}.")


def write_flow(text: str, path: Path) -> None:
    """Writes the file. Raises PER-703 for a secret in it, MAP-514 where the disk says no."""
    whole, part = flow_file(text), path.with_name(path.name + ".part")
    try:
        part.write_text(whole, "utf-8")
        part.replace(path)
    except OSError as error:
        raise wrong(path, "-", error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)


def read_flow(workspace: Workspace, opened: Opened | None, path: Path) -> FilePreview:
    """What a flow file would change of the flow of its id. Raises MAP-514 for what is no text, PER-703 for what is no flow
    file of ours, or a newer one's."""
    text = _read_text(path)
    flow = parse_flow(text, path.name)
    content = tomllib.loads(text)
    _refuse_secrets(content, path.name)
    sheet, known = read_sheet(text), workspace.flows_in_force().get(flow.id)
    if known is None:
        return FilePreview(path.name, flow.id, text, tuple(differences((), sheet.rows)), is_new=True)
    if known.kind is not flow.kind:
        said = f"{flow.kind.value} / {known.kind.value}"
        raise SyncError(ErrorCode.FLOW_FILE_WRONG, certain=True, file=path.name, line="kind", said=said)
    before = (
        opened.text if opened and opened.flow_id == flow.id else workspace.flow_files.text_of(known.version)
    )
    old = read_sheet(before)
    changes = tuple(differences(old.rows, sheet.rows))
    same = len(old.rows) - sum(1 for each in changes if each.before is not None)
    return FilePreview(path.name, flow.id, text, changes, frame=_frame(before, text), same=same)


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise wrong(path, "-", f"> {MOST_BYTES // 1_000_000} MB")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise wrong(path, "-", error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise wrong(path, "-", "UTF-8?") from None


def _frame(before: str, after: str) -> tuple[str, ...]:
    """Parts outside the rows that differ, by name."""
    old, new = (_without_rows(tomllib.loads(each)) for each in (before, after))
    return tuple(name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name))


def _without_rows(content: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in content.items() if name not in ("fields", "write_back")}
    if "oa" in plain:
        plain["oa"] = {
            name: value for name, value in plain["oa"].items() if name not in ("title", "applicant")
        }
    for name in ("lines", "legs"):
        if name in plain:
            plain[name] = [
                {**each, "fields": [], "lines": [{**line, "fields": []} for line in each.get("lines", ())]}
                for each in plain[name]
            ]
    return plain


def take(workspace: Workspace, person: str, preview: FilePreview) -> None:
    """Makes the draft of what the preview showed; a flow that is new here is put in force, switched on for nobody.
    Raises PER-716."""
    workspace.people.demand(person, "draft_mapping")
    if not preview.can_be_taken:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=preview.file)
    if preview.is_new:
        workspace.people.demand(person, "publish_mapping")
    versions = workspace.versions
    if preview.is_new:
        flow = parse_flow(preview.text, preview.file)
        versions.publish(flow.id, preview.text, flow.version, flow.version, person, preview.file)
        workspace.reload_flows()
        return
    draft = versions.draft(preview.flow_id)
    based_on = draft.based_on if draft else workspace.flows_in_force()[preview.flow_id].version
    versions.save_draft(preview.flow_id, preview.text, based_on, person, preview.file)


class MappingFiles:
    """The files of the mapping page: rows as Excel or CSV, and flows as files of their own."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def write_rows(self, opened: Opened, path: Path, encoding: str = ENCODINGS[0]) -> int:
        """The rows of the draft; answers how many. Raises MAP-514."""
        return write_rows(self._workspace.text, opened, path, encoding)

    def read_rows(self, opened: Opened, path: Path) -> FilePreview:
        """What a file of rows would change. Raises MAP-514."""
        return read_rows(self._workspace.text, opened, path)

    def write_flow(self, opened: Opened, path: Path) -> None:
        """The flow as the draft has it. Raises PER-703, MAP-514."""
        write_flow(opened.text, path)

    def read_flow(self, opened: Opened | None, path: Path) -> FilePreview:
        """What a flow file would change. Raises MAP-514, PER-703."""
        return read_flow(self._workspace, opened, path)

    def take(self, person: str, preview: FilePreview) -> None:
        """Makes the draft of what was shown. Raises PER-716."""
        self._workspace.people.demand(person, "draft_mapping")
        take(self._workspace, person, preview)
