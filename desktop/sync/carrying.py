"""Attachments: every file is a step of its own, with its own promise, tries and key (the round's key and what is in it).

ERP -> OA: uploaded before the request is opened, which then names the files; what the request truly shows is read after
that. OA -> ERP: put onto our bill before it is submitted, looked for there first and afterwards. A file that cannot go
(limits, three tries, a refusal) is left behind with its reason, and the record goes on without it, unless the flow says
`must`. Files are read from their system at that moment; nothing of their content is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from desktop.connectors.base import Outcome
from desktop.domain.document import Attempt, CarriedFile, Document, FileState
from desktop.domain.errors import ErrorCode, Remedy, SyncError
from desktop.domain.flow import Attachments, ErpSide
from desktop.domain.record import FileHead, Ref
from desktop.domain.system import SystemRole
from desktop.store.change import Change
from desktop.store.ledger import Ledger
from desktop.sync.effect import Answer, Effects, Ends, Found, Held, Step, Work, one_alone
from desktop.sync.file_limits import objection_to, plain_name, why_not
from desktop.sync.health import concerns_system, unread

TRIES = 3
"""So often a file is tried, pass by pass, before the record goes on without it."""

_OVER = (FileState.UPLOADED, FileState.CARRIED)

_AT_ONCE = 32 << 20
"""Bytes of content in memory before they are sent."""


@dataclass(slots=True)
class Parcel:
    """One file as the call takes it. error: what the call came to."""

    file: CarriedFile
    content: bytes
    error: SyncError | None = None


# --- the two steps --------------------------------------------------------------------------------------------------------
def _call(give: Callable[[Work, Parcel], Ref], works: Sequence[Work]) -> list[Outcome]:
    outcomes = []
    for work in works:
        parcel: Parcel = work.payload
        try:
            outcomes.append(Outcome(give(work, parcel)))
        except SyncError as error:
            parcel.error = error
            outcomes.append(Outcome(error=error))
    return outcomes


def _upload(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    return _call(
        lambda work, parcel: ends.oa.upload_file(
            ends.oa_side, parcel.file.name, parcel.content, work.sent_as
        ),
        works,
    )


def _uploaded(ends: Ends, held: Sequence[Held], _context: object) -> dict[int, Found]:
    """A loose file is listed nowhere: the OA's own id of it is all there is. Without one it is uploaded again, and the lost
    one hangs on nothing. The proof comes with the request (`read_back`)."""
    found = {}
    for _, attempt in held:
        ref = attempt.answered
        found[attempt.id] = Found(Answer.YES, ref) if ref is not None else Found(Answer.UNSURE)
    return found


def _attach(ends: Ends, works: Sequence[Work]) -> list[Outcome]:
    def give(work: Work, parcel: Parcel) -> Ref:
        bill = Ref(ends.erp.system.id, ends.erp_side.form, work.basis["bill"], work.basis["number"])
        return ends.erp.attach_file(ends.erp_side, bill, parcel.file.name, parcel.content)

    return _call(give, works)


def _attached(ends: Ends, held: Sequence[Held], _context: object) -> dict[int, Found]:
    """Does the bill show a file of this name with this content? An answer alone proves nothing: some servers say yes and
    keep nothing. Where the vendor cannot tell, the answer has to do."""
    found: dict[int, Found] = {}
    if not ends.erp.capabilities.find_file:
        return _uploaded(ends, held, _context)
    listed = ends.erp.bill_files(ends.erp_side, list({str(attempt.basis["bill"]) for _, attempt in held}))
    for _, attempt in held:
        there = listed.get(str(attempt.basis["bill"]), [])
        name, digest = str(attempt.basis["name"]), str(attempt.basis["digest"])
        match = _same(ends, ends.erp_side, there, name, digest, int(attempt.basis["size"]))
        if match is not None:
            found[attempt.id] = Found(Answer.YES, Ref(ends.erp.system.id, "", match.id, match.name))
        else:
            found[attempt.id] = Found(Answer.NO if attempt.answered is None else Answer.UNSURE)
    return found


def _same(
    ends: Ends, side: ErpSide, there: Sequence[FileHead], name: str, digest: str, size: int
) -> FileHead | None:
    """The file on the bill that has this name and this content."""
    for head in there:
        if head.name != name:
            continue
        try:
            content = ends.erp.read_file(side, head, size)
        except SyncError as error:
            if concerns_system(error):
                raise
            continue  # longer, or gone: another file
        if hashlib.sha256(content).hexdigest() == digest:
            return head
    return None


def _arrived(state: FileState) -> Callable[[Ends, Change, Document, Attempt, Found], Document]:
    def done(_ends: Ends, change: Change, document: Document, attempt: Attempt, found: Found) -> Document:
        assert found.ref is not None
        basis = attempt.basis
        file = CarriedFile(
            document.id, document.round, attempt.leg, str(basis["source"]), str(basis["name"]), int(basis["size"]),
            str(basis["digest"]), state, int(basis["tries"]) + 1, found.ref.key,
        )  # fmt: skip
        change.put_file(document, file)
        return document

    return done


UPLOAD = Step(
    "upload", SystemRole.OA, one_alone, _upload, _uploaded, _arrived(FileState.UPLOADED), best_effort=True
)
ATTACH = Step(
    "attach", SystemRole.ERP, one_alone, _attach, _attached, _arrived(FileState.CARRIED), best_effort=True
)


# --- one pass -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Bundle:
    """A document with its files, and how to read one of them."""

    document: Document
    files: tuple[CarriedFile, ...]
    read: Callable[[FileHead, int], bytes]
    basis: Mapping[str, str]
    sent_as: str = ""
    gone: tuple[CarriedFile, ...] = ()
    """Files of this round that went over and hang on the record no more: put on again they are the same promise."""


class Carrying:
    """The attachments of one pass over one flow."""

    def __init__(self, ends: Ends, ledger: Ledger, effects: Effects, now: Callable[[], datetime]) -> None:
        self._ends = ends
        self._ledger = ledger
        self._effects = effects
        self._now = now
        rules = ends.translator.flow.attachments
        self._rules = rules or Attachments()
        generating = self._rules.leg > 0
        gives, takes = (ends.oa, ends.erp) if generating else (ends.erp, ends.oa)
        self.on = rules is not None and gives.capabilities.list_files and takes.capabilities.take_files

    # --- ERP -> OA --------------------------------------------------------------------------------------------------------
    def to_requests(self, works: Sequence[Work]) -> list[Work]:
        """The requests about to be opened, with their files; those whose files still wait come with the next pass."""
        if not self.on or not works:
            return list(works)
        side, erp = self._ends.erp_side, self._ends.erp
        listed = erp.bill_files(side, [work.document.source.key for work in works])
        held = self._held([work.document for work in works], 0)
        bundles = [
            _Bundle(
                work.document, self._met(work.document, 0, listed.get(work.document.source.key, []), held),
                lambda head, most: erp.read_file(side, head, most), {}, work.payload.sent_as,
                self._gone(work.document, listed.get(work.document.source.key, []), held),
            )
            for work in works
        ]  # fmt: skip
        files = self._carry(UPLOAD, self._ends, bundles)
        ready = []
        for work in works:
            mine = files[work.document.id]
            if not self._may_go(work.document, mine):
                continue
            up = {
                each.target: FileHead(each.target, each.name, each.size)
                for each in mine
                if each.state is FileState.UPLOADED
            }
            payload = replace(work.payload, files={self._rules.field: tuple(up.values())} if up else {})
            ready.append(replace(work, payload=payload))
        return ready

    def read_back(self) -> None:
        """Of requests that stand: do they show the files that they were opened with?"""
        if not self.on:
            return
        route, flow = self._ends.route.id, self._ends.translator.flow.id
        documents = self._ledger.with_files_uploaded(route, flow)
        links = self._ledger.links(documents)
        held = self._ledger.files([each.id for each in documents])
        for document in documents:
            link = links.get(document.id)
            mine = [
                each for each in held.get(document.id, ())
                if each.round == document.round and each.state is FileState.UPLOADED
            ]  # fmt: skip
            if link is not None and link.round == document.round:
                self._settle_uploaded(document, link.oa, mine)

    def _settle_uploaded(self, document: Document, request: Ref, mine: Sequence[CarriedFile]) -> None:
        oa, shown, gone = self._ends.oa, set[str](), ""
        try:
            if oa.capabilities.list_files:  # else its own ids have to do
                shown = {each.id for each in oa.request_files(self._ends.oa_side, request)}
        except SyncError as error:
            if concerns_system(error):
                raise
            gone = error.code.id
        with self._ledger.change(self._now()) as change:
            for each in mine:
                there = each.target in shown or not (oa.capabilities.list_files or gone)
                state = FileState.CARRIED if there else FileState.LEFT_OUT
                self._put(change, document, replace(each, state=state, why="" if there else gone or "-"))
        self._effects.tell(change)

    # --- OA -> ERP --------------------------------------------------------------------------------------------------------
    def to_bills(self, ends: Ends, leg: int, due: Sequence[tuple[Document, Ref]]) -> set[int]:
        """Puts the requests' files onto these bills, which are still editable; answers the documents that must wait."""
        if not self.on or leg != self._rules.leg or not due:
            return set()
        held = self._held([document for document, _ in due], leg)
        there = ends.erp.bill_files(ends.erp_side, [bill.key for _, bill in due])
        bundles, unread = [], set[int]()
        for document, bill in due:
            heads = self._heads_of(ends, document)
            if heads is None:
                unread.add(document.id)
                continue
            basis = {"bill": bill.key, "number": bill.number}
            read = self._reader_of(ends, document.source)
            files = self._met(document, leg, heads, held)
            bundles.append(_Bundle(document, files, read, basis, gone=self._gone(document, heads, held)))
        carried = self._carry(ATTACH, ends, bundles, there)
        readable = [document for document, _ in due if document.id not in unread]
        return unread | {each.id for each in readable if not self._may_go(each, carried[each.id])}

    def _heads_of(self, ends: Ends, document: Document) -> Sequence[FileHead] | None:
        """None where this one request cannot be read (deleted, a right is lacking): its own failure, nobody else's."""
        try:
            return ends.oa.request_files(ends.oa_side, document.source)
        except SyncError as error:
            if concerns_system(error):
                raise
            with self._ledger.change(self._now()) as change:
                self._effects.fail(ends, change, document, unread(error, document.source.number))
            self._effects.tell(change)
            return None

    def _reader_of(self, ends: Ends, request: Ref) -> Callable[[FileHead, int], bytes]:
        return lambda head, most: ends.oa.read_file(ends.oa_side, request, head, most)

    # --- both -------------------------------------------------------------------------------------------------------------
    def _held(self, documents: Sequence[Document], leg: int) -> dict[tuple[int, str], CarriedFile]:
        """What is known of these documents' files in this round and leg, by source id."""
        rounds = {each.id: each.round for each in documents}
        return {
            (each.document_id, each.source): each
            for files in self._ledger.files(list(rounds)).values()
            for each in files
            if (each.round, each.leg) == (rounds[each.document_id], leg)
        }

    def _met(
        self,
        document: Document,
        leg: int,
        heads: Sequence[FileHead],
        held: Mapping[tuple[int, str], CarriedFile],
    ) -> tuple[CarriedFile, ...]:
        """The record's files as they hang on it now. What was left behind is tried again where it must go."""
        files = []
        for head in heads:
            file = held.get((document.id, head.id)) or CarriedFile(
                document.id, document.round, leg, head.id, plain_name(head.name), head.size
            )
            if self._rules.must and file.state is FileState.LEFT_OUT:
                file = replace(file, state=FileState.WAITING, tries=0, why="")
            files.append(file)
        return tuple(files)

    def _gone(
        self, document: Document, heads: Sequence[FileHead], held: Mapping[tuple[int, str], CarriedFile]
    ) -> tuple[CarriedFile, ...]:
        here = {head.id for head in heads}
        return tuple(
            file
            for (owner, source), file in held.items()
            if owner == document.id and source not in here and file.state in _OVER
        )

    def _may_go(self, document: Document, files: Sequence[CarriedFile]) -> bool:
        """False where a file still waits, or where one that must go cannot."""
        if any(each.state is FileState.WAITING for each in files):
            return False
        left = [f"{each.name} ({each.why})" for each in files if each.state is FileState.LEFT_OUT]
        if not (left and self._rules.must):
            return True
        error = SyncError(
            ErrorCode.FILES_NOT_CARRIED, certain=True, number=document.source.number, files="; ".join(left)
        )
        with self._ledger.change(self._now()) as change:
            self._effects.fail(self._ends, change, document, error)
        self._effects.tell(change)
        return False

    def _carry(
        self, step: Step, ends: Ends, bundles: Sequence[_Bundle],
        there: Mapping[str, Sequence[FileHead]] | None = None,
    ) -> dict[int, list[CarriedFile]]:  # fmt: skip
        """Every file one try further; answers how they stand, by document."""
        files: dict[int, dict[str, CarriedFile]] = {}
        works: list[Work] = []
        weight = 0
        for bundle in bundles:
            mine = files.setdefault(bundle.document.id, {each.source: each for each in bundle.files})
            for place, file in enumerate(bundle.files):
                if file.state is not FileState.WAITING or self._effects.stopping.is_set():
                    continue
                work = self._prepared(ends, bundle, place, file, mine, there or {})
                if work is not None:
                    works.append(work)
                    weight += len(work.payload.content)
                if weight >= _AT_ONCE:
                    self._send(step, ends, works, files)
                    works, weight = [], 0
        self._send(step, ends, works, files)
        return {document_id: list(mine.values()) for document_id, mine in files.items()}

    def _prepared(
        self, ends: Ends, bundle: _Bundle, place: int, file: CarriedFile, mine: dict[str, CarriedFile],
        there: Mapping[str, Sequence[FileHead]],
    ) -> Work | None:  # fmt: skip
        """The file as it is about to be sent; None where its fate is known without sending it."""
        document, rules = bundle.document, self._rules
        objection, again = objection_to(file, place, rules), False
        content = b""
        if not objection:
            try:
                content = bundle.read(FileHead(file.source, file.name), rules.largest)
                objection = "" if content else "0 B"
            except SyncError as error:
                if concerns_system(error):
                    raise
                objection = why_not(error, rules.largest)
                again = error.code.remedy is Remedy.RETRY and file.tries + 1 < TRIES
        digest = hashlib.sha256(content).hexdigest()
        read = replace(file, size=len(content) or file.size, digest=digest if content else "")
        known = (*mine.values(), *bundle.gone)
        twin = next((each for each in known if each.target and _alike(each, read)), None)
        if objection:
            state = FileState.WAITING if again else FileState.LEFT_OUT
            mine[file.source] = replace(read, state=state, tries=read.tries + 1, why=objection)
        elif twin is not None:
            mine[file.source] = replace(read, state=twin.state, target=twin.target)
        elif bill := bundle.basis.get("bill"):
            match = _same(ends, ends.erp_side, there.get(bill, ()), file.name, digest, len(content))
            if match is not None:
                mine[file.source] = replace(read, state=FileState.CARRIED, target=match.id)
        if objection or mine[file.source].state is not FileState.WAITING:
            with self._ledger.change(self._now()) as change:
                self._put(change, document, mine[file.source])
            return None
        mine[file.source] = read
        basis = {
            **bundle.basis, "source": read.source, "name": read.name, "size": read.size, "digest": digest,
            "tries": read.tries,
        }  # fmt: skip
        named = hashlib.sha256(f"{read.name}\0{digest}".encode()).hexdigest()
        return Work(
            document, Parcel(read, content), bundle.sent_as, basis, self._promise(document, read), read.leg, named
        )  # fmt: skip

    def _promise(self, document: Document, file: CarriedFile) -> Callable[[Change], None]:
        return lambda change: change.put_file(document, file)

    def _send(
        self, step: Step, ends: Ends, works: Sequence[Work], files: Mapping[int, dict[str, CarriedFile]]
    ) -> None:
        """Sends, and notes what became of each: there, waiting for a look, or one try more that came to nothing.

        Two files of one content and name share a key: the second one waits for the first."""
        once = {(work.document.id, work.digest): work for work in works}
        if not once:
            return
        works = list(once.values())
        open_ones = {attempt.id for _, attempt in self._effects.perform(ends, step, works)}
        held = self._ledger.files([work.document.id for work in works])
        attempts = {
            each.key: each
            for work in works
            for each in self._ledger.attempts(work.document.id)
            if each.step == step.name
        }
        for work in works:
            file, mine = work.payload.file, files[work.document.id]
            now = next(
                each
                for each in held[work.document.id]
                if (each.round, each.leg, each.source) == (file.round, file.leg, file.source)
            )
            attempt = attempts.get(work.intention.key)
            if now.state is FileState.WAITING and attempt is not None and attempt.id not in open_ones:
                now = self._failed(now, work.payload.error, attempt)
                with self._ledger.change(self._now()) as change:
                    self._put(change, work.document, now)
            mine[file.source] = now

    def _failed(self, file: CarriedFile, error: SyncError | None, attempt: Attempt) -> CarriedFile:
        """One try more. A refusal is final at once; whatever may pass is tried three times."""
        why = why_not(error, self._rules.largest) if error else attempt.outcome.value
        passing = error is None or error.code.remedy is Remedy.RETRY or concerns_system(error)
        final = error is not None and error.certain and not passing
        tries = file.tries + 1
        state = FileState.LEFT_OUT if final or tries >= TRIES else FileState.WAITING
        return replace(file, state=state, tries=tries, why=why)

    def _put(self, change: Change, document: Document, file: CarriedFile) -> None:
        change.put_file(document, file)
        if file.state is FileState.LEFT_OUT:
            change.note("engine", "file_left_out", document, said=f"{file.name} ({file.why})")


def _alike(one: CarriedFile, other: CarriedFile) -> bool:
    return bool(other.digest) and (one.digest, one.name) == (other.digest, other.name)
