"""Attachments of the toy DingTalk: a space, an upload in three steps, and an address to download from.

Source: DingTalk OA approval, process spaces; storage, upload with header signature.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from desktop.sandbox.dingtalk_forms import SPACE, component
from desktop.sandbox.dingtalk_gate import NewError
from desktop.sandbox.dingtalk_people import union_id
from desktop.sandbox.dingtalk_world import DingOa

Body = Mapping[str, Any]


class Space:
    """The approval space of the company."""

    def __init__(self, oa: DingOa) -> None:
        self._oa = oa
        self._uploads: dict[str, bytes | None] = {}
        self._grants: dict[str, int] = {}

    def info(self, body: Body) -> dict[str, Any]:
        """The space's id, for somebody who may write into it."""
        if self._oa.people.active(str(body.get("userId") or "")) is None:
            raise NewError("userNotExist", "用户不存在")
        return {"result": {"spaceId": SPACE}, "success": True}

    def _person(self, union: str) -> str:
        """The drive knows people by their unionId alone."""
        found = next((each.id for each in self._oa.people.staff() if union_id(each.id) == union), None)
        if found is None or self._oa.people.active(found) is None:
            raise NewError("invalidParameter.unionId", "unionId无效")
        return found

    def begin(self, space: str, body: Body, root: str, union: str) -> dict[str, Any]:
        """Where to PUT the bytes, and with which headers."""
        self._person(union)
        if space != str(SPACE) or body.get("protocol") != "HEADER_SIGNATURE":
            raise NewError("invalidParameter", "空间或协议无效")
        key = secrets.token_hex(16)
        self._uploads[key] = None
        signature = {
            "resourceUrls": [f"{root}/sandbox/upload/{key}"],
            "headers": {"x-oss-signature": key[:8]},
        }
        return {"uploadKey": key, "storageDriver": "DINGTALK", "headerSignatureInfo": signature}

    def put(self, key: str, content: bytes, signature: str) -> bool:
        """Takes the bytes; False where nobody began, or the header is missing."""
        if key not in self._uploads or signature != key[:8]:
            return False
        self._uploads[key] = content
        return True

    def commit(self, space: str, body: Body, union: str) -> dict[str, Any]:
        """The file's id."""
        person = self._person(union)
        if space != str(SPACE):
            raise NewError("invalidParameter", "空间无效")
        content = self._uploads.pop(str(body.get("uploadKey") or ""), None)
        if content is None:
            raise NewError("invalidParameter", "uploadKey无效")
        name = str(body.get("name") or "file")
        made = self._oa.files.store(name, content, person, self._oa.clock())
        dentry = {"id": str(made), "spaceId": str(SPACE), "name": name, "size": len(content)}
        return {"dentry": dentry}

    def grant(self, body: Body, root: str) -> dict[str, Any]:
        """An address for one download of a file that hangs on an instance."""
        request = self._oa.request_id(str(body.get("processInstanceId") or ""))
        file_id = str(body.get("fileId") or "")
        if request is None:
            raise NewError("aflowProcessInstNotExist", "审批实例不存在")
        if (
            not file_id.isdigit()
            or file_id not in self._held(request)
            or self._oa.files.find(int(file_id)) is None
        ):
            raise NewError("invalidParameter", "文件不存在")
        ticket = secrets.token_hex(16)
        self._grants[ticket] = int(file_id)
        told = {"downloadUri": f"{root}/sandbox/download/{ticket}", "fileId": file_id, "spaceId": SPACE}
        return {"result": told, "success": True}

    def _held(self, request: int) -> set[str]:
        """What hangs in the attachment controls of an instance."""
        record = self._oa.request(request)
        controls = self._oa.workflow(record.workflow_id).main.fields.values()
        mine = [each.name for each in controls if component(each) == "DDAttachment"]
        return {file for name in mine for file in record.fields.get(name, "").split(",") if file}

    def take(self, ticket: str) -> bytes | None:
        """The content behind an address, once."""
        number = self._grants.pop(ticket, None)
        found = self._oa.files.find(number) if number is not None else None
        return found.content if found is not None else None
