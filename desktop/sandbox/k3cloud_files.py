"""Attachments of the toy K/3 Cloud, in chunks, with the trap that a file without a last chunk is lost."""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import Any

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import Refusal
from desktop.sandbox.k3cloud_session import Session
from desktop.sandbox.k3cloud_wire import Call, is_true, status, whole

CHUNK = 512 * 1024
"""Bytes that one download call gives."""


class Files:
    """The two attachment operations of one account set."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp
        self._begun: dict[str, bytearray] = {}

    def upload(self, call: Call, session: Session) -> dict[str, Any]:
        """AttachmentUpLoad: one chunk; only the chunk with IsLast makes the file."""
        data = call.data
        form, bill_id = str(data.get("FormId") or ""), whole(data.get("InterId"))
        if form not in self._erp.forms or self._erp.seen(form, bill_id) is None:
            raise Refusal(f"单据不存在：{form} {bill_id}", 10)
        file_id = str(data.get("FileId") or "")
        if file_id and file_id not in self._begun:
            raise Refusal(f"文件编码不存在：{file_id}", 9)
        file_id = file_id or uuid.uuid4().hex
        content = self._begun.setdefault(file_id, bytearray())
        content += _decoded(data.get("SendByte"))
        if is_true(data.get("IsLast")):
            name = str(data.get("AliasFileName") or data.get("FileName") or file_id)
            self._erp.attach(form, bill_id, name, bytes(self._begun.pop(file_id)), file_id=file_id)
        return {"Result": {"ResponseStatus": status([], [], [], 0), "FileId": file_id, "Message": ""}}

    def download(self, call: Call, session: Session) -> dict[str, Any]:
        """AttachmentDownLoad: the part that begins at StartIndex."""
        file_id, start = str(call.data.get("FileId") or ""), whole(call.data.get("StartIndex"))
        found = self._erp.files.get(file_id)
        if found is None:
            raise Refusal(f"文件编码不存在：{file_id}", 10)
        name, content = found
        part = content[start : start + CHUNK]
        end = start + len(part)
        return {
            "Result": {
                "ResponseStatus": status([], [], [], 0),
                "FilePart": base64.b64encode(part).decode(),
                "FileName": name,
                "FileSize": len(content),
                "StartIndex": end,
                "IsLast": end >= len(content),
            }
        }


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(str(text or ""), validate=True)
    except binascii.Error as error:
        raise Refusal("参数SendByte不是有效的Base64编码", 8) from error
