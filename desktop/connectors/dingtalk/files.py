"""DingTalk: attachments. They lie in a drive: the form names them, storage keeps them, on a host of its own.

Up: where to (one call), the bytes to storage, said that they are there (one call); the form then names space, id, name, kind
and size. Down: an address for this instance and file, made at that moment. The space and the person's unionid are believed for
an hour: calls are metered, those to storage itself are not. A loose upload hangs on no instance, so that nobody sees it; storage
could list its folder, page by page and metered, with everybody's files in it: a lost answer is not looked up (`find_file` is off)
and the file goes up again under a name of its own. Source: reference oa-dingtalk, sections 3 (DDAttachment) and 13; the answer
of `commit` and its parentId and conflictStrategy by the vendor's client (storage_1_0).
"""

from __future__ import annotations

import time

from desktop.connectors.dingtalk.client import Client
from desktop.connectors.dingtalk.forms import attached
from desktop.connectors.dingtalk.people import People
from desktop.connectors.dingtalk.reading import Reader
from desktop.connectors.handed import Handed
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import FileHead, Ref

_BELIEVED_S = 3600.0


class Files:
    """The attachments of one company's instances. Their id here is `space/file`: the form wants both."""

    def __init__(self, client: Client, people: People, reader: Reader) -> None:
        self._client, self._people, self._reader = client, people, reader
        self._handed = Handed(client.system)
        self._spaces: dict[str, tuple[str, float]] = {}

    def of_instance(self, side: OaSide, ref: Ref) -> list[FileHead]:
        """What hangs in the attachment controls of the main form, control by control, each file once."""
        found = attached(self._reader.file_cells(side, ref), self._client.system.id)
        return list({each.id: each for each in found}.values())

    def read(self, side: OaSide, ref: Ref, file: FileHead, most: int) -> bytes:
        """By an address that is asked for now."""
        try:
            address = self._client.file_address(ref.key, file.id.rpartition("/")[2])
        except SyncError as error:
            if error.code is ErrorCode.REFUSED and all(
                each.id != file.id for each in self.of_instance(side, ref)
            ):
                raise SyncError(
                    ErrorCode.RECORD_MISSING, certain=True, system=self._client.system.id, number=file.name
                ) from None
            raise
        return self._handed.get(address, file.name, most)

    def upload(self, side: OaSide, name: str, content: bytes, person: str) -> Ref:
        """*effect* Into the space of approvals, in the originator's name. Until `commit` nothing stands: trouble is certain."""
        try:
            union = self._union(person)
            space = self._space(person)
            key, address, headers = self._client.upload_place(space, union)
            self._handed.put(address, headers, name, content)
        except SyncError as error:
            self._forget(person, error)
            raise SyncError(error.code, certain=True, **error.facts) from None
        try:
            file_id, size = self._client.commit(space, union, key, name)
        except SyncError as error:
            self._forget(person, error)
            raise
        if size not in (0, len(content)):
            said = f"{size} B ≠ {len(content)} B"
            raise SyncError(ErrorCode.FILE_STORE, system=self._client.system.id, host="", said=said)
        return Ref(self._client.system.id, side.form, f"{space}/{file_id}", name)

    def _union(self, person: str) -> str:
        found = self._people.find(person) if person else None
        if found is None or not found.active:
            raise SyncError(ErrorCode.APPLICANT_UNMAPPED, certain=True, person=person, number="")
        if not found.union:
            raise SyncError(
                ErrorCode.UNREADABLE,
                certain=True,
                system=self._client.system.id,
                number=person,
                said="unionid",
            )
        return found.union

    def _space(self, person: str) -> str:
        """Asked for by the person who uploads: the question is also what lets him."""
        held = self._spaces.get(person)
        if held and time.monotonic() - held[1] < _BELIEVED_S:
            return held[0]
        space = self._client.space(person)
        self._spaces[person] = (space, time.monotonic())
        return space

    def _forget(self, person: str, error: SyncError) -> None:
        if error.code in (ErrorCode.NOT_PERMITTED, ErrorCode.REFUSED):
            self._spaces.pop(person, None)

    def close(self) -> None:
        """Frees the sockets to storage."""
        self._handed.close()
