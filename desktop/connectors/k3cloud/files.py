"""Attachments of K/3 Cloud bills: listed by a query, read and given in parts.

Source: reference kingdee-k3cloud, section 4.10 (AttachmentUpLoad, AttachmentDownLoad). The listing is the form
BOS_Attachment, which people know from practice and the reference does not name: option `files_form` takes another.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence

from desktop.connectors.http import cut
from desktop.connectors.k3cloud import shapes
from desktop.connectors.k3cloud.answers import Reply, refusal
from desktop.connectors.k3cloud.client import Client
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import FileHead, Ref
from desktop.domain.system import System

FORM = "BOS_Attachment"
PART = 512 * 1024
"""Bytes for one call: with a third more as base64 well below any server's limit for a request."""

_COLUMNS = ("FID", "FInterID", "FEntryKey", "FFileId", "FAttachmentName")
_ASK = 50


class Files:
    """The attachments of one account set."""

    def __init__(self, system: System, client: Client) -> None:
        self._system = system
        self._client = client
        self._form = system.options.get("files_form", "") or FORM

    def of_bills(self, form: str, keys: Sequence[str]) -> dict[str, list[FileHead]]:
        """Files that hang on the bills' heads, by bill id, in the order in which they were attached."""
        found: dict[str, list[FileHead]] = {}
        for start in range(0, len(keys), _ASK):
            some = [f"FInterID={shapes.quoted(key)}" for key in keys[start : start + _ASK]]
            where = f"FBillType={shapes.quoted(form)} and ({' or '.join(some)})"
            for _, bill, entry, file_id, name in self._client.rows_by_key(
                self._form, "FID", list(_COLUMNS), where
            ):
                if not shapes.text_of(entry).strip() or shapes.text_of(entry) == "FBillHead":
                    head = FileHead(shapes.text_of(file_id), shapes.text_of(name))
                    found.setdefault(shapes.text_of(bill), []).append(head)
        return found

    def read(self, file: FileHead, most: int) -> bytes:
        """The whole content, part by part. The first part tells its size."""
        content = bytearray()
        while True:
            reply = self._client.download({"FileId": file.id, "StartIndex": len(content)})
            if reply.stated and not reply.ok:
                raise refusal(self._system.id, self._form, file.name, reply.msg_code, reply.said)
            size, part = shapes.text_of(reply.result.get("FileSize")), self._decoded(file, reply)
            content += part
            whole = int(size) if size.isdigit() else len(content)
            if max(whole, len(content)) > most:
                long = max(whole, len(content))
                raise SyncError(ErrorCode.TOO_LONG, certain=True, field=file.name, length=long, limit=most)
            if str(reply.result.get("IsLast")).lower() == "true" or len(content) >= whole:
                break
            if not part:
                raise self._unreadable(file, "an empty part")
        return bytes(content)

    def _decoded(self, file: FileHead, reply: Reply) -> bytes:
        try:
            return b64decode(str(reply.result.get("FilePart") or ""), validate=True)
        except (Base64Error, ValueError):
            raise self._unreadable(file, cut(str(reply.result), 120)) from None

    def _unreadable(self, file: FileHead, said: str) -> SyncError:
        return SyncError(ErrorCode.UNREADABLE, system=self._system.id, number=file.name, said=said)

    def attach(self, form: str, bill: Ref, name: str, content: bytes) -> Ref:
        """*effect* Part by part under one file id; only the part marked as the last makes it a file."""
        file_id = ""
        for start in range(0, max(len(content), 1), PART):
            order = {
                "FileName": name, "FormId": form, "IsLast": start + PART >= len(content),
                "InterId": shapes.record_key(bill.key), "BillNO": bill.number, "AliasFileName": name, "FileId": file_id,
                "Entrykey": "", "EntryinterId": "", "SendByte": b64encode(content[start : start + PART]).decode(),
            }  # fmt: skip
            reply = self._client.upload(order)
            if not reply.ok:
                raise refusal(self._system.id, form, bill.number, reply.msg_code, reply.said)
            file_id = shapes.text_of(reply.result.get("FileId")) or file_id
        if not file_id:
            raise SyncError(ErrorCode.UNREADABLE, system=self._system.id, number=name, said="no FileId")
        return Ref(self._system.id, self._form, file_id, name)
