"""The vendor's own client against the toy DingTalk: it signs in, creates, reads, lists, withdraws and comments as at a customer's.

The client is large (126 MB) and stays out of requirements-dev.txt. Install and run it with:
    .venv/bin/pip install alibabacloud-dingtalk==2.2.65 dingtalk-stream==0.24.3
    python run.py test -m vendor_sdk
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module, util
from typing import Any

import pytest
import requests

from desktop.sandbox.dingtalk import dingtalk_app
from desktop.sandbox.dingtalk_forms import process_code
from desktop.sandbox.dingtalk_people import union_id
from desktop.sandbox.dingtalk_settings import DingSettings
from desktop.sandbox.dingtalk_world import DingOa
from desktop.sandbox.server import Server

pytestmark = [pytest.mark.vendor_sdk, pytest.mark.filterwarnings("ignore")]

CODE = process_code(781)
PACKAGE = "alibabacloud_dingtalk"


class Client:
    """The vendor's clients of two products, on the toy's address, with one company behind it."""

    def __init__(self, server: Server) -> None:
        self.now = datetime.now(UTC)
        self.oa, self.settings = DingOa(clock=lambda: self.now), DingSettings(qps=0)
        self.app = server.app = dingtalk_app(self.oa, settings=self.settings)
        self.stream = server.app.extensions["dingtalk_stream"]
        self.url = server.url
        self.config = config = import_module("alibabacloud_tea_openapi.models").Config(
            protocol="http", region_id="central", endpoint=server.url.removeprefix("http://")
        )
        self.options = import_module("alibabacloud_tea_util.models").RuntimeOptions()
        self.models = import_module(f"{PACKAGE}.workflow_1_0.models")
        self.workflow = import_module(f"{PACKAGE}.workflow_1_0.client").Client(config)
        self._storage = import_module(f"{PACKAGE}.storage_1_0.client").Client(config)
        self.oauth = import_module(f"{PACKAGE}.oauth2_1_0.client").Client(config)
        self.oauth_models = import_module(f"{PACKAGE}.oauth2_1_0.models")
        self.token = self.sign_in(self.settings.client_secret)

    def sign_in(self, secret: str) -> str:
        asked = self.oauth_models.GetAccessTokenRequest(app_key=self.settings.client_id, app_secret=secret)
        return self.oauth.get_access_token(asked).body.access_token

    def call(self, name: str, headers: str, asked: Any) -> Any:
        held = getattr(self.models, headers)()
        held.x_acs_dingtalk_access_token = self.token
        return getattr(self.workflow, f"{name}_with_options")(asked, held, self.options).body

    def store(self, name: str, space: str, asked: Any) -> Any:
        """A call of storage, which is a product of its own."""
        models = import_module(f"{PACKAGE}.storage_1_0.models")
        held = getattr(models, f"{''.join(part.title() for part in name.split('_'))}Headers")()
        held.x_acs_dingtalk_access_token = self.token
        return getattr(self._storage, f"{name}_with_options")(space, asked, held, self.options).body

    def create(self, amount: str = "12.50", code: str = CODE, **more: str) -> str:
        models = self.models
        rows = [[{"name": "物料编码", "value": "A"}, {"name": "数量", "value": "2"}]]
        values = [
            models.StartProcessInstanceRequestFormComponentValues(name=name, value=value)
            for name, value in (
                ("公司", "100"), ("价税合计", amount), ("ERP集成键", "K-R1"), ("明细", json.dumps(rows)),
                *more.items(),
            )
        ]  # fmt: skip
        asked = models.StartProcessInstanceRequest(
            originator_user_id="57", process_code=code, dept_id=-1, form_component_values=values
        )
        return self.call("start_process_instance", "StartProcessInstanceHeaders", asked).instance_id

    def read(self, instance: str) -> Any:
        asked = self.models.GetProcessInstanceRequest(process_instance_id=instance)
        return self.call("get_process_instance", "GetProcessInstanceHeaders", asked).result


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(lambda environ, start: []).start()
    yield made
    made.stop()


@pytest.fixture
def sdk(server: Server) -> Client:
    if util.find_spec(PACKAGE) is None:
        pytest.fail(
            "the vendor's client is not installed: .venv/bin/pip install alibabacloud-dingtalk==2.2.65"
        )
    return Client(server)


def test_the_vendors_client_signs_in_and_is_refused_with_a_code(sdk):
    with pytest.raises(Exception) as refused:  # the vendor raises its own class
        sdk.sign_in("wrong")
    assert refused.value.code == "invalidClientIdOrSecret"
    with pytest.raises(Exception) as missing:
        sdk.create(code="PROC-none")
    assert missing.value.code == "processCodeError"
    assert sdk.oa.requests() == []


def test_the_vendors_client_creates_and_reads_header_table_and_decisions(sdk):
    instance = sdk.create()
    found = sdk.read(instance)
    assert (found.status, found.originator_user_id, found.approver_user_ids) == ("RUNNING", "57", ["40"])
    values = {each.name: each.value for each in found.form_component_values}
    assert values["ERP集成键"] == "K-R1"
    [row] = json.loads(values["明细"])
    assert {cell["label"]: cell["value"] for cell in row["rowValue"]} == {"物料编码": "A", "数量": "2"}
    assert found.tasks[0].user_id == "40"
    sdk.oa.approve_fully(sdk.oa.request_id(instance), "同意")
    found = sdk.read(instance)
    assert (found.status, found.result) == ("COMPLETED", "agree")
    assert [each.type for each in found.operation_records] == [
        "START_PROCESS_INSTANCE",
        "EXECUTE_TASK_NORMAL",
        "FINISH_PROCESS_INSTANCE",
    ]


def test_the_vendors_client_lists_page_by_page(sdk):
    made = [sdk.create() for _ in range(23)]
    begin = int((sdk.now - timedelta(hours=1)).timestamp() * 1000)
    found: list[str] = []
    token: int | None = 0
    while token is not None:
        asked = sdk.models.ListProcessInstanceIdsRequest(
            process_code=CODE, start_time=begin, next_token=token, max_results=20, statuses=["RUNNING"]
        )
        page = sdk.call("list_process_instance_ids", "ListProcessInstanceIdsHeaders", asked).result
        found += page.list
        token = int(page.next_token) if page.next_token else None
    assert found == made


def test_the_vendors_client_comments_executes_and_withdraws(sdk):
    models, agreed, withdrawn = sdk.models, sdk.create(), sdk.create()
    task = sdk.read(agreed).tasks[0].task_id
    comment = models.AddProcessInstanceCommentRequest(
        process_instance_id=agreed, comment_user_id="9", text="已收到"
    )
    assert sdk.call("add_process_instance_comment", "AddProcessInstanceCommentHeaders", comment).result
    execute = models.ExecuteProcessInstanceRequest(
        process_instance_id=agreed, task_id=task, actioner_user_id="40", result="agree", remark="好"
    )
    assert sdk.call("execute_process_instance", "ExecuteProcessInstanceHeaders", execute).result
    assert sdk.read(agreed).result == "agree"
    terminate = models.TerminateProcessInstanceRequest(
        process_instance_id=withdrawn, is_system=True, operating_user_id="57", remark="已收回"
    )
    with pytest.raises(Exception) as early:
        sdk.call("terminate_process_instance", "TerminateProcessInstanceHeaders", terminate)
    assert early.value.code == "aflowProcessInstStatusException"
    sdk.now += timedelta(seconds=16)
    assert sdk.call("terminate_process_instance", "TerminateProcessInstanceHeaders", terminate).result
    assert sdk.read(withdrawn).status == "TERMINATED"


def test_the_vendors_client_knows_whose_browser_it_was_by_a_code_for_one_use(sdk):
    sign_on = sdk.app.extensions["dingtalk_sign_on"]
    contact, models = (import_module(f"{PACKAGE}.contact_1_0.{part}") for part in ("client", "models"))

    def token(code: str) -> str:
        asked = sdk.oauth_models.GetUserTokenRequest(
            client_id=sdk.settings.client_id, client_secret=sdk.settings.client_secret, code=code,
            grant_type="authorization_code",
        )  # fmt: skip
        return str(sdk.oauth.get_user_token(asked).body.access_token)

    code = sign_on.code("57")
    headers = models.GetUserHeaders(x_acs_dingtalk_access_token=token(code))
    person = contact.Client(sdk.config).get_user_with_options("me", headers, sdk.options).body
    assert (person.nick, person.union_id) == ("王敏", union_id("57"))
    with pytest.raises(Exception) as again:
        token(code)
    assert again.value.code == "invalidParameter.authCode.notFound"
    headers = models.GetUserHeaders(x_acs_dingtalk_access_token="somebody's")
    with pytest.raises(Exception) as stranger:
        contact.Client(sdk.config).get_user_with_options("me", headers, sdk.options)
    assert stranger.value.code == "InvalidAuthentication"


def test_the_vendors_client_reads_a_form(sdk):
    asked = sdk.models.QuerySchemaByProcessCodeRequest(process_code=process_code(787))
    found = sdk.call("query_schema_by_process_code", "QuerySchemaByProcessCodeHeaders", asked).result
    items = {each.props.label: each for each in found.schema_content.items}
    assert items["明细"].component_name == "TableField"
    assert items["公司"].props.required is True


def test_the_vendors_client_puts_a_file_on_an_instance_and_fetches_it(sdk):
    """Space, upload in three steps, the control's value, and the address to download from."""
    models, storage = sdk.models, import_module(f"{PACKAGE}.storage_1_0.models")
    asked = models.GetAttachmentSpaceRequest(user_id="57", agent_id=sdk.settings.agent_id)
    space = sdk.call("get_attachment_space", "GetAttachmentSpaceHeaders", asked).result.space_id
    union, content = union_id("57"), b"%PDF" * 300
    begin = storage.GetFileUploadInfoRequest(union_id=union, protocol="HEADER_SIGNATURE", multipart=False)
    place = sdk.store("get_file_upload_info", str(space), begin)
    [address] = place.header_signature_info.resource_urls
    put = requests.put(address, content, headers=place.header_signature_info.headers, timeout=5)
    assert put.status_code == 200
    end = storage.CommitFileRequest(
        union_id=union, upload_key=place.upload_key, name="合同.pdf", parent_id="0"
    )
    file = sdk.store("commit_file", str(space), end).dentry
    assert (file.name, file.size, file.space_id) == ("合同.pdf", len(content), str(space))
    cell = {
        "spaceId": str(space),
        "fileName": file.name,
        "fileSize": str(file.size),
        "fileType": "pdf",
        "fileId": file.id,
    }
    instance = sdk.create(附件=json.dumps([cell]))
    values = {each.name: each.value for each in sdk.read(instance).form_component_values}
    assert json.loads(values["附件"]) == [cell]
    asked = models.GrantProcessInstanceForDownloadFileRequest(
        process_instance_id=instance, file_id=file.id, with_comment_attatchment=False
    )
    name = "grant_process_instance_for_download_file"
    granted = sdk.call(name, "GrantProcessInstanceForDownloadFileHeaders", asked).result
    assert granted.file_id == file.id
    assert requests.get(granted.download_uri, timeout=5).content == content


def test_the_vendors_stream_client_takes_an_event_and_acknowledges_it(sdk):
    if util.find_spec("dingtalk_stream") is None:
        pytest.fail(
            "the vendor's stream client is not installed: .venv/bin/pip install dingtalk-stream==0.24.3"
        )
    library = import_module("dingtalk_stream")
    taken, heard = threading.Event(), []

    class Handler(library.EventHandler):
        async def process(self, event: Any) -> Any:
            heard.append((event.headers.event_type, event.data))
            if event.data.get("type") == "finish" and event.headers.event_type == "bpms_instance_change":
                taken.set()
            return library.AckMessage.STATUS_OK, "OK"

    own = library.Credential(sdk.settings.client_id, sdk.settings.client_secret)
    library.DingTalkStreamClient.OPEN_CONNECTION_API = f"{sdk.url}/v1.0/gateway/connections/open"
    client = library.DingTalkStreamClient(own)
    client.register_all_event_handler(Handler())
    threading.Thread(target=lambda: asyncio.run(client.start()), daemon=True).start()
    wait = threading.Event()
    while not sdk.stream.connections:
        assert not wait.wait(0.02)
    instance = sdk.create()
    sdk.oa.approve_fully(sdk.oa.request_id(instance))
    try:
        assert taken.wait(20)
        while len(sdk.stream.acknowledged) < len(heard):
            assert not wait.wait(0.02)
    finally:
        sdk.stream.close()
    assert heard[0][1]["type"] == "start"
    assert heard[-1][1]["result"] == "agree"
