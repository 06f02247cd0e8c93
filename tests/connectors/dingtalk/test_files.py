"""DingTalk's attachments on the samples of its sheet (sections 3 and 13): the space, the upload to another host, the form's
control, the download; and what is not done because an address or an answer is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from desktop.connectors.base import exchanges
from desktop.connectors.dingtalk.connector import VENDOR, DingTalk
from desktop.domain.errors import ErrorCode
from desktop.domain.record import FileHead
from desktop.domain.system import System, SystemRole
from tests.connectors.dingtalk.test_wire import (
    REF,
    SCHEMA,
    SECRET,
    SIDE,
    connect,
    control,
    draft,
    error_of,
    instance,
    someone,
)
from tests.connectors.parrot import Heard, Parrot, parrot
from tests.drawer import Drawer

SCAN = b"%PDF" + bytes(range(256)) * 8
SIGNED = {"Authorization": "OSS key:signature-1", "x-oss-date": "Sun, 22 Nov 2026 01:00:00 GMT"}
VALUE = (
    '[{"spaceId":"1","fileName":"a.pdf","fileSize":"333","fileType":"pdf","fileId":"9"},'
    '{"spaceId":"1","fileName":"b.jpg","fileSize":4,"fileType":"jpg","fileId":"10"}]'
)


def person(heard: Heard) -> dict[str, Any]:
    told = someone(heard)
    if "result" in told:
        told["result"] |= {"unionid": f"union-{told['result']['userid']}", "union_id": "wrong"}
    return told


@pytest.fixture
def bird() -> Iterator[Parrot]:
    with parrot() as made:
        tokens = ({"accessToken": f"token-000{at}", "expireIn": 7200} for at in (1, 2, 3))
        made.told("POST v1.0/oauth2/accessToken", *tokens)
        items = SCHEMA["result"]["schemaContent"]["items"]  # type: ignore[index]
        more = [control("DDAttachment", "附件", "attachments"), control("DDAttachment", "其他附件")]
        made.told(
            "GET forms/schemas/processCodes",
            {"success": True, "result": {"schemaContent": {"items": [*items, *more]}}},
        )
        made.told("POST topapi/v2/user/get", person)
        made.told("POST spaces/infos/query", {"success": True, "result": {"spaceId": 77}})
        place = {"resourceUrls": [f"{made.url}/bucket/one%20file?part=1"], "headers": SIGNED}
        made.told("POST uploadInfos/query", {"uploadKey": "up-1", "headerSignatureInfo": place})
        made.told("PUT bucket/one%20file", (200, ""))
        made.told(
            "POST files/commit",
            {"dentry": {"id": "501", "name": "合同.pdf", "size": len(SCAN), "spaceId": "77"}},
        )
        made.told(
            "POST urls/download",
            {"success": True, "result": {"downloadUri": f"{made.url}/down/9?Signature=s-1", "fileId": "9"}},
        )
        made.told("GET down/9", SCAN)
        made.told("GET processInstances", instance())
        yield made  # fmt: skip


def shown(value: Any = VALUE, **more: Any) -> dict[str, Any]:
    told = instance()
    cell = {
        "id": "DDAttachment_附件",
        "name": "附件",
        "value": value,
        "componentType": "DDAttachment",
        **more,
    }
    told["result"]["formComponentValues"].append(cell)
    return told


def test_a_file_goes_up_by_storage_and_the_form_names_it_with_all_five_keys(bird):
    kept: list[Any] = []
    exchanges.set(kept)
    oa = connect(bird, agent_id="42")
    ref = oa.upload_file(SIDE, "合同.pdf", SCAN, "57")
    exchanges.set(None)
    assert (ref.key, ref.number) == ("77/501", "合同.pdf")
    [space], [place] = bird.calls("infos/query"), bird.calls("uploadInfos/query")
    assert space.body == {"userId": "57", "agentId": 42}
    assert (place.path, place.query) == (
        "/v1.0/storage/spaces/77/files/uploadInfos/query",
        {"unionId": "union-57"},
    )
    assert place.body == {"protocol": "HEADER_SIGNATURE", "multipart": False}
    [put] = bird.calls("one%20file")
    assert (put.method, put.body, put.query) == ("PUT", SCAN, {"part": "1"})
    assert {name.lower(): value for name, value in SIGNED.items()}.items() <= put.headers.items()
    assert not {"x-acs-dingtalk-access-token", "cookie", "content-type"} & put.headers.keys(), (
        "nothing of ours goes there"
    )
    [commit] = bird.calls("files/commit")
    assert (commit.path, commit.query) == ("/v1.0/storage/spaces/77/files/commit", {"unionId": "union-57"})
    assert (commit.body["uploadKey"], commit.body["name"]) == ("up-1", "合同.pdf")
    assert commit.body["option"] == {"conflictStrategy": "AUTO_RENAME"}, "another's file of that name stays"
    text = repr(kept)
    assert [word for word in ("signature-1", "up-1?", SECRET, "token-0001", "%PDF") if word in text] == []
    bird.told("POST processInstances", {"instanceId": "91ef1076"})
    files = {"attachments": (FileHead("77/501", "合同.pdf", 333), FileHead("77/502", "无后缀", 4))}
    oa.open_request(SIDE, replace(draft(), files=files))
    body = next(
        each for each in bird.heard if each.method == "POST" and each.path.endswith("processInstances")
    ).body
    [cell] = [each for each in body["formComponentValues"] if each["name"] == "附件"]
    assert json.loads(cell["value"]) == [
        {"spaceId": "77", "fileName": "合同.pdf", "fileSize": "333", "fileType": "pdf", "fileId": "501"},
        {"spaceId": "77", "fileName": "无后缀", "fileSize": "4", "fileType": "", "fileId": "502"},
    ]  # fmt: skip


def test_space_and_union_are_asked_for_once_and_every_metered_call_is_counted(bird):
    oa = connect(bird)
    for name in ("一.pdf", "二.pdf", "三.pdf"):
        oa.upload_file(SIDE, name, SCAN, "57")
    assert [
        len(bird.calls(end)) for end in ("infos/query", "user/get", "uploadInfos/query", "files/commit")
    ] == [1, 1, 3, 3]
    assert oa.calls_made() == len(bird.heard) - len(bird.calls("one%20file")), "storage is not metered"


def test_what_the_sheet_only_infers_is_a_setting(bird):
    connect(bird, storage_version="v2.0", storage_folder="88").upload_file(SIDE, "a.pdf", SCAN, "57")
    [commit] = bird.calls("files/commit")
    assert (commit.path, commit.body["parentId"]) == ("/v2.0/storage/spaces/77/files/commit", "88")
    connect(bird, storage_version="../x").upload_file(SIDE, "a.pdf", SCAN, "57")
    assert bird.calls("files/commit")[1].path.startswith("/v1.0/")


def test_several_controls_are_read_and_each_file_comes_once(bird):
    told = shown(extValue=None)
    more = [
        {"id": "DDAttachment_其他附件", "name": "其他附件", "value": VALUE.replace('"9"', '"11"')},
        {"id": "gone", "name": "已删的附件栏", "componentType": "DDAttachment", "value": VALUE.replace('"10"', '"12"')},
        {"id": "DDAttachment_空", "name": "空", "componentType": "DDAttachment", "value": "null"},
    ]  # fmt: skip
    told["result"]["formComponentValues"] += more
    bird.told("GET processInstances", told)
    oa = connect(bird)
    assert oa.request_files(SIDE, REF) == [
        FileHead("1/9", "a.pdf", 333), FileHead("1/10", "b.jpg", 4), FileHead("1/11", "a.pdf", 333),
        FileHead("1/12", "b.jpg", 4),
    ]  # fmt: skip
    assert oa.read_request(SIDE, REF).fields["attachments"] == "a.pdf, b.jpg", "people read names"


@pytest.mark.parametrize(("status", "calls"), [("RUNNING", 2), ("COMPLETED", 1)])
def test_what_is_over_is_not_read_again_for_its_files(bird, status, calls):
    told = shown()
    told["result"] |= {"status": status, "result": "agree" if status == "COMPLETED" else ""}
    bird.told("GET processInstances", told)
    oa = connect(bird)
    oa.read_request(SIDE, REF)
    assert [each.name for each in oa.request_files(SIDE, REF)] == ["a.pdf", "b.jpg"]
    assert len([each for each in bird.heard if each.path.endswith("processInstances")]) == calls


@pytest.mark.parametrize("value", ["[", '{"fileId":"1"}', "a.pdf", '[{"fileName":"a.pdf"}]', "[1]"])
def test_a_value_that_is_no_list_of_files_is_told_not_passed_over(bird, value):
    bird.told("GET processInstances", shown(value))
    assert error_of(connect(bird).request_files, SIDE, REF).code is ErrorCode.UNREADABLE


def test_a_file_comes_down_by_an_address_of_this_moment_and_within_its_limit(bird):
    kept: list[Any] = []
    exchanges.set(kept)
    oa, head = connect(bird), FileHead("1/9", "a.pdf", 333)
    assert oa.read_file(SIDE, REF, head, len(SCAN)) == SCAN
    exchanges.set(None)
    [asked] = bird.calls("urls/download")
    assert asked.body == {"processInstanceId": "91ef1076", "fileId": "9", "withCommentAttatchment": False}
    [down] = bird.calls("down/9")
    assert down.query == {"Signature": "s-1"} and "x-acs-dingtalk-access-token" not in down.headers
    assert "s-1" not in repr(kept), "whoever has the address has the file"
    error = error_of(oa.read_file, SIDE, REF, head, 9)
    assert (error.code, error.certain, error.facts["field"], error.facts["limit"]) == (
        ErrorCode.TOO_LONG, True, "a.pdf", 9
    )  # fmt: skip


def test_a_file_that_hangs_there_no_more_is_missing_and_any_other_refusal_stays_one(bird):
    bird.told("POST urls/download", (400, {"code": "fileNotExist", "message": "文件不存在"}))
    bird.told("GET processInstances", shown())
    oa = connect(bird)
    assert error_of(oa.read_file, SIDE, REF, FileHead("1/99", "x.pdf"), 9).code is ErrorCode.RECORD_MISSING
    refused = error_of(oa.read_file, SIDE, REF, FileHead("1/9", "a.pdf"), 9)
    assert (refused.code, refused.certain) == (ErrorCode.REFUSED, True)


# --- what goes wrong on the way up ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("what", "answer", "code", "certain"),
    [
        ("PUT bucket/one%20file", (403, "<Error><Code>AccessDenied</Code></Error>"), ErrorCode.FILE_STORE, True),
        ("PUT bucket/one%20file", (302, ""), ErrorCode.FILE_STORE, True),
        ("POST uploadInfos/query", (500, {"code": "systemError", "message": "…"}), ErrorCode.SERVER_ERROR, True),
        ("POST uploadInfos/query", {"uploadKey": "u"}, ErrorCode.UNREADABLE, True),
        ("POST uploadInfos/query", {"headerSignatureInfo": {"resourceUrls": ["https://a.b/c"], "headers": {}}},
         ErrorCode.UNREADABLE, True),
        ("POST spaces/infos/query", {"success": True, "result": {}}, ErrorCode.UNREADABLE, True),
        ("POST files/commit", (500, {"code": "systemError", "message": "…"}), ErrorCode.SERVER_ERROR, False),
        ("POST files/commit", (400, {"code": "spaceQuotaFull", "message": "容量不足"}), ErrorCode.REFUSED, True),
        ("POST files/commit", (403, {"code": "Forbidden.AccessDenied.ApiCountLimitForOrg"}), ErrorCode.LICENCE, True),
        ("POST files/commit", {"dentry": {}}, ErrorCode.UNREADABLE, False),
        ("POST files/commit", {"dentry": {"id": "5", "size": 1}}, ErrorCode.FILE_STORE, False),
        ("POST topapi/v2/user/get", {"errcode": 60121, "errmsg": "找不到该用户"}, ErrorCode.APPLICANT_UNMAPPED, True),
        ("POST topapi/v2/user/get", {"errcode": 0, "result": {"userid": "57"}}, ErrorCode.UNREADABLE, True),
    ],
)  # fmt: skip
def test_before_commit_nothing_stands_and_after_it_nobody_knows(bird, what, answer, code, certain):
    bird.told(what, answer)
    error = error_of(connect(bird).upload_file, SIDE, "合同.pdf", SCAN, "57")
    assert (error.code, error.certain) == (code, certain)
    assert len(bird.calls("files/commit")) == (1 if "commit" in what else 0), "an effect is never repeated"


@pytest.mark.parametrize(
    "address",
    [
        "http://storage.example.com/a", "ftp://storage.example.com/a", "file:///etc/passwd", "//storage.example.com/a",
        "https://user:secret@storage.example.com/a", "https://10.0.0.8/a", "https://169.254.169.254/latest", "https://[::1]/a",
        "https://127.0.0.1/a", "https://2130706433/a", "https://127.1/a", "https://0x7f.0x1/a", "https://localhost/a",
        "https://erp.local/a", "https://intranet/a", "https://a.b\\@10.0.0.8/a", "https://storage.example.com/a\r\nHost: x",
        "https://storage.example.com:99999/a", "https:///a", "", 7, None, "https://a.com/" + "x" * 9000,
    ],
)  # fmt: skip
def test_no_call_follows_an_address_that_should_not_be_called(address):
    """The connection is https on a public host, as at a customer's; nothing is listening anywhere."""
    system = System("oa", SystemRole.OA, VENDOR.id, "钉钉", "https://api.dingtalk.com", {"app_key": "k"})
    oa: DingTalk = VENDOR.connect(system, Drawer(app_secret=SECRET))  # type: ignore[assignment]
    for call in (
        lambda: oa._files._handed.get(address, "a.pdf", 9),
        lambda: oa._files._handed.put(address, {}, "a.pdf", b"1"),
    ):
        error = error_of(call)
        assert (error.code, error.certain) == (ErrorCode.UNREADABLE, True)
        assert "secret" not in str(error.facts) and "x" * 100 not in str(error.facts)


@pytest.mark.parametrize(
    "headers", [{"a b": "1"}, {"ok": "1\r\nHost: evil"}, {"ok": "签名"}, {"": "1"}, ["x"]]
)
def test_headers_that_are_none_are_not_sent(bird, headers):
    place = {"resourceUrls": [f"{bird.url}/bucket/one%20file"], "headers": headers}
    bird.told("POST uploadInfos/query", {"uploadKey": "u", "headerSignatureInfo": place})
    error = error_of(connect(bird).upload_file, SIDE, "a.pdf", SCAN, "57")
    assert (error.code, bird.calls("one%20file")) == (ErrorCode.UNREADABLE, [])


def test_nobody_tells_us_how_the_call_is_made(bird):
    headers = {
        "Host": "evil",
        "Content-Length": "1",
        "Transfer-Encoding": "chunked",
        "Cookie": "a=b",
        "x-ok": "1",
    }
    place = {"resourceUrls": [f"{bird.url}/bucket/one%20file"], "headers": headers}
    bird.told("POST uploadInfos/query", {"uploadKey": "u", "headerSignatureInfo": place})
    connect(bird).upload_file(SIDE, "a.pdf", SCAN, "57")
    [put] = bird.calls("one%20file")
    assert put.body == SCAN and put.headers["x-ok"] == "1" and put.headers["host"] in bird.url
    assert not {"transfer-encoding", "cookie"} & put.headers.keys()


def test_storage_that_does_not_answer_is_no_trouble_of_the_oa(bird):
    place = {"resourceUrls": ["http://127.0.0.1:9/a?Signature=s-1"], "headers": {}}
    bird.told("POST uploadInfos/query", {"uploadKey": "u", "headerSignatureInfo": place})
    error = error_of(connect(bird).upload_file, SIDE, "a.pdf", SCAN, "57")
    assert (error.code, error.certain, error.facts["host"]) == (ErrorCode.FILE_STORE, True, "127.0.0.1")
    assert "s-1" not in str(error.facts)


def test_a_control_that_the_template_has_not_or_that_takes_no_files_is_told_before_anything_is_sent(bird):
    files = (FileHead("77/501", "合同.pdf", 333),)
    for name in ("no_such", "note"):
        error = error_of(connect(bird).open_request, SIDE, replace(draft(), files={name: files}))
        assert (error.code, error.certain) == (ErrorCode.FIELD_MISSING, True)
    many = tuple(FileHead(f"77/{at}", "长" * 100, 1) for at in range(500))
    error = error_of(connect(bird).open_request, SIDE, replace(draft(), files={"attachments": many}))
    assert (error.code, error.certain) == (ErrorCode.TOO_LONG, True)


def test_a_refused_right_makes_the_space_be_asked_for_anew(bird):
    ok = {"dentry": {"id": "5"}}
    bird.told("POST files/commit", (403, {"code": "Forbidden.AccessDenied", "message": "…"}), ok)
    oa = connect(bird)
    error_of(oa.upload_file, SIDE, "a.pdf", SCAN, "57")
    assert oa.upload_file(SIDE, "a.pdf", SCAN, "57").key == "77/5" and len(bird.calls("infos/query")) == 2
