"""The toy OA's documents over HTTP: upload first, download by an address that is bound to one person.

Source: Weaver e-cology 9, /api/doc/upload/uploadFile2Doc and weaver.file.FileDownload.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, request

from desktop.sandbox.ecology_calls import answer, as_int
from desktop.sandbox.ecology_gate import Gate
from desktop.sandbox.oa import Oa


def document_routes(oa: Oa, gate: Gate) -> Blueprint:
    """Upload and download."""
    routes = Blueprint("documents", __name__)

    @routes.post("/api/doc/upload/uploadFile2Doc")
    def upload() -> Response:
        return gate.run("uploadFile2Doc", True, lambda person: _upload(oa, person))

    @routes.get("/weaver/weaver.file.FileDownload")
    def download() -> Response:
        number, code = as_int(request.args.get("fileid")), request.args.get("ddcode", "")
        document = oa.files.find(number)
        if document is None or not oa.files.code_good(number, code):
            return Response("您没有权限查看该附件", 200, content_type="text/html;charset=UTF-8")
        named = f"attachment; filename*=UTF-8''{quote(document.name)}"
        return Response(
            document.content, content_type="application/octet-stream", headers={"Content-Disposition": named}
        )

    return routes


def _upload(oa: Oa, person: str) -> Response:
    file = request.files.get("file")
    if file is None or as_int(request.form.get("category")) <= 0:
        return answer({"code": "PARAM_ERROR", "data": {}, "errMsg": {"msg": "缺少文件或目录"}})
    name = request.form.get("name") or file.filename or "file"
    made = oa.files.store(name, file.read(), person, oa.clock())
    return answer({"code": "SUCCESS", "data": {"fileid": made, "fileName": name}, "errMsg": {}})
