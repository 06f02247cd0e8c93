"""Attachments of e-cology requests: listed and read by addresses made for the asking account, uploaded before the request.

A loose upload hangs on nothing and is listed nowhere, so that a lost answer cannot be looked up (`find_file` is off): the
file is uploaded once more, and only the id that the request names is ever seen. Source: reference oa-weaver-ecology9,
sections 5.5 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from desktop.connectors.ecology.answers import rows_of, text_of
from desktop.connectors.ecology.client import Client
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import FileHead, Ref

FOLDER = "upload_folder"
"""The flow file's option with the id of the document directory that takes uploads; the system's option stands in."""

_ATTACHMENT = "3"


class Files:
    """The attachments of one e-cology."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def of_request(self, ref: Ref) -> list[FileHead]:
        """What hangs in the attachment fields of a request."""
        return [FileHead(text_of(row.get("id")), text_of(row.get("name"))) for row in self._rows(ref)]

    def _rows(self, ref: Ref) -> list[dict[str, Any]]:
        rows = rows_of(self._client.resources(ref.key))
        return [row for row in rows if text_of(row.get("type")) == _ATTACHMENT and text_of(row.get("id"))]

    def read(self, ref: Ref, file: FileHead, most: int) -> bytes:
        """By an address that is asked for now: old ones expire, and are good for one account only."""
        row = next((row for row in self._rows(ref) if text_of(row.get("id")) == file.id), None)
        address = text_of(row.get("downloadUrl")) if row else ""
        if not address:
            raise SyncError(
                ErrorCode.RECORD_MISSING, certain=True, system=self._client.system.id, number=file.name
            )
        parts = urlsplit(address)
        return self._client.fetch(parts.path, dict(parse_qsl(parts.query)), file.name, most)

    def upload(self, side: OaSide, name: str, content: bytes, person: str) -> Ref:
        """*effect* Into the directory that the flow file or the system names, as the request's creator."""
        system = self._client.system
        folder = side.options.get(FOLDER, "") or system.options.get(FOLDER, "")
        if not folder.isdigit():
            raise SyncError(ErrorCode.CANNOT, certain=True, system=system.id, what=FOLDER)
        answer: Mapping[str, Any] = self._client.upload(folder, name, content, person)
        file_id = text_of(answer.get("fileid"))
        if not file_id.isdigit() or file_id == "0":
            raise SyncError(ErrorCode.UNREADABLE, system=system.id, number=name, said=text_of(answer)[:120])
        return Ref(system.id, side.form, file_id, name)
