"""The evidence pack: everything we know of one bill in one zip, checkable without this program.

What was read and sent in each round, what people decided, the mapping in force then, every call with its answer (secrets
masked), and the bill's lines of the trail with their hashes. The manifest holds the SHA-256 of each file.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop import VERSION
from desktop.domain.document import Attempt, Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.masking import hidden
from desktop.services.table_file import harmless
from desktop.store.change import KeptExchange

if TYPE_CHECKING:
    from desktop.services.documents import Story
    from desktop.services.workspace import Workspace

VERIFIER = Path(__file__).with_name("evidence_check.py")
"""Goes into the pack as it is: the standard library alone."""
ANCHOR_EVERY = 1000
_LINE = ("seq", "at", "actor", "action", "subject", "detail", "previous", "hash")
_DETAIL = _LINE.index("detail")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclasses.dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was written. digest: SHA-256 of its manifest, as the trail remembers it."""

    path: Path
    files: int
    digest: str
    whole: bool


class Evidence:
    """Makes packs. Slow for a large trail: the whole chain is checked first."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def make(self, person: str, document_id: int, path: Path) -> Pack:
        """Writes one bill's pack to `path`. Raises PER-716, DAT-402, and PER-705 where the disk says no."""
        workspace = self._workspace
        workspace.people.demand_for(person, "evidence", (document_id,))
        found = workspace.ledger.by_ids((document_id,))
        if not found:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system="", number=str(document_id))
        workspace.archive.check()  # a pack that lacks what cannot be read must not look whole
        taker = workspace.people.find(person)
        files = self._files(found[0], masked=taker is not None and not taker.sees_accounts)
        broken = workspace.trail.broken_at()
        manifest = self._manifest(found[0], person, files, broken)
        digest = hashlib.sha256(manifest).hexdigest()
        _write(path, {"manifest.json": manifest, **files})
        told = {"file": path.name, "manifest": digest, "number": found[0].source.number}
        with workspace.store.writing() as tables:
            workspace.trail.append(tables, [(person, "evidence.taken", f"document:{document_id}", told)])
        return Pack(path, len(files) + 1, digest, broken is None)

    def find(self, number: str) -> list[Document]:
        """Documents whose bill or request has this number, of the companies that whoever asks may see."""
        sight = self._workspace.people.seat.routes
        return [
            each for each in self._workspace.ledger.numbered(number) if not sight or each.route_id in sight
        ]

    def default_name(self, number: str) -> str:
        """What a pack is called where nobody says otherwise."""
        safe = "".join(each if each.isalnum() or each in "-_." else "_" for each in number)
        return f"{self._workspace.text.say('evidence-file')}_{safe}.zip"

    # --- what goes in ----------------------------------------------------------------------------------------------------
    def _files(self, document: Document, *, masked: bool) -> dict[str, bytes]:
        story = self._workspace.documents.story(document.id)
        calls = {each.id: self._calls(each) for each in story.attempts}
        lines = self._workspace.trail.raw(f"document:{document.id}")
        details = [str(each[_DETAIL]) for each in lines]
        if masked:  # all together: what is an account in one place is hidden in every other
            story, calls, details, _ = hidden((story, calls, details, [json.loads(each) for each in details]))
        files: dict[str, bytes] = {"README.txt": self._readme(story), "verify.py": VERIFIER.read_bytes()}
        files["document.json"] = _json(
            {
                "document": _plain(story.document), "links": _plain(story.links), "attempts": _plain(story.attempts),
                "failures": _plain(story.failures), "files": _plain(story.files),
            }
        )  # fmt: skip
        for round_ in story.rounds:
            files[f"rounds/{round_.number:02}.json"] = _json(_plain(round_))
            if round_.flow_version and (text := self._mapping(round_.flow_version)):
                files[f"mapping/{round_.flow_version}.toml"] = text.encode()
        for at, attempt in enumerate(story.attempts, start=1):
            for place, call in enumerate(calls[attempt.id], start=1):
                head = f"{call.method} {call.path}\nHTTP {call.status}  {call.ms:.0f} ms  {call.at.isoformat()}\n\n"
                name = f"calls/{at:03}-{attempt.step}-{place}"
                files[f"{name}-request.txt"] = (head + call.request).encode()
                files[f"{name}-answer.txt"] = (head + call.answer).encode()
        files["timeline.csv"] = self._timeline(story)
        files["trail.json"] = _json(self._proof(lines, details))
        return files

    def _calls(self, attempt: Attempt) -> list[KeptExchange]:
        """Also those that lie in the archive by now."""
        return self._workspace.ledger.exchanges(attempt.id) or self._workspace.archive.exchanges(attempt)

    def _mapping(self, version: str) -> str:
        try:
            return self._workspace.flow_files.text_of(version)
        except SyncError:
            return ""  # made before versions were kept

    def _timeline(self, story: Story) -> bytes:
        """For spreadsheets: what happened when, and by whom."""
        out = io.StringIO()
        writer = csv.writer(out)
        say = self._workspace.text.say
        writer.writerow([say(f"evidence-{name}") for name in ("at", "round", "who", "action", "text")])
        for event in story.events:
            row = (
                event.at.isoformat(timespec="seconds"),
                str(event.round),
                event.who,
                event.action,
                event.text,
            )
            writer.writerow([harmless(each) for each in row])
        return ("\ufeff" + out.getvalue()).encode()

    def _proof(self, rows: Sequence[Sequence[Any]], details: Sequence[str]) -> dict[str, Any]:
        """The bill's lines whole, and hashes of the chain around them, by which other packs and the store can be compared.
        details: what each line says, as whoever takes the pack may read it."""
        lines = []
        for row, shown in zip(rows, details, strict=True):
            line = dict(zip(_LINE, row, strict=True))
            lines.append({**line, "detail": shown, "masked": shown != line["detail"]})
        first = int(rows[0][0]) if rows else 0
        return {"lines": lines, "anchors": self._workspace.trail.anchors(first, ANCHOR_EVERY)}

    def _readme(self, story: Story) -> bytes:
        text = self._workspace.text
        facts = {
            "number": story.row.number,
            "request": story.row.request_number or "-",
            "company": story.row.company,
        }
        lines = [text.say("evidence-title", **facts), ""]
        lines += [text.say(f"evidence-readme-{at}") for at in range(1, 8)]
        return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()

    def _manifest(
        self, document: Document, person: str, files: Mapping[str, bytes], broken: int | None
    ) -> bytes:
        told = {
            "program": f"DanQiao {VERSION}", "number": document.source.number, "key": document.key,
            "made_at": self._workspace.now().isoformat(), "made_by": person,
            "trail_whole": broken is None, "trail_broken_at": broken,
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        }  # fmt: skip
        return _json(told)


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    """The zip grows under another name: one that is not whole never has its own."""
    part = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pack:
            for name, content in files.items():
                entry = zipfile.ZipInfo(name, _ZIP_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                pack.writestr(entry, content)
        part.replace(path)
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(path), said=said) from None
    finally:
        part.unlink(missing_ok=True)


def _json(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _plain(value: Any) -> Any:
    """As JSON knows it; an amount keeps its digits as text, a time its zone."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
