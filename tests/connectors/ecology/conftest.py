"""A server that says what it was told to say: the reference's sample answers, word for word, over real HTTP.

It knows no workflow. What a living OA does is the sandbox's part (test_contract_oa.py).
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from desktop.connectors.ecology.connector import VENDOR, EcologyConnector
from desktop.domain.flow import OaSide
from desktop.domain.system import System, SystemRole
from tests.drawer import Drawer

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SPK = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
SECRIT = "0f9c2f57-1111-2222-3333-444455556666"


@dataclass
class Call:
    """One call as the server saw it, with the person deciphered."""

    name: str
    person: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class Parrot:
    """`say[name]` holds the answers of an endpoint, one after the other; the last one is repeated.

    An answer is a JSON value, or (status, text) for anything else.
    """

    url: str = ""
    say: dict[str, list[Any]] = field(default_factory=dict)
    heard: list[Call] = field(default_factory=list)
    tokens: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, name: str, *answers: Any) -> None:
        self.say[name] = list(answers)

    def names(self) -> list[str]:
        """The business calls, in order."""
        return [call.name for call in self.heard if call.name != "applytoken"]

    def answer(self, call: Call) -> Any:
        with self.lock:
            self.heard.append(call)
            queue = self.say.get(call.name)
            if call.name == "applytoken" and queue is None:
                self.tokens += 1
                token = f"token-{self.tokens:04d}"
                return {"msg": "获取成功!", "code": 0, "msgShowType": "none", "status": True, "token": token}
            if queue is None:
                return 404, "no such endpoint"
            return queue.pop(0) if len(queue) > 1 else queue[0]


def _handler(parrot: Parrot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            self._reply(body)

        def do_GET(self) -> None:
            self._reply(urlsplit(self.path).query)

        def _reply(self, fields: str) -> None:
            form = {name: values[0] for name, values in parse_qs(fields, keep_blank_values=True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            cipher = headers.get("userid", "")
            person = KEY.decrypt(base64.b64decode(cipher), padding.PKCS1v15()).decode() if cipher else ""
            answer = parrot.answer(Call(urlsplit(self.path).path.rsplit("/", 1)[-1], person, form, headers))
            status, text = answer if isinstance(answer, tuple) else (200, json.dumps(answer))
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Set-Cookie", "ecology_JSessionid=somebody; Path=/")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # many threads connect at once


@pytest.fixture
def parrot() -> Iterator[Parrot]:
    said = Parrot()
    server = _Server(("127.0.0.1", 0), _handler(said))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    said.url = f"http://127.0.0.1:{server.server_port}"
    yield said
    server.shutdown()
    server.server_close()
    thread.join(5)
    assert not any("cookie" in call.headers for call in said.heard), "a cookie was sent back"


def system_at(url: str, **options: str) -> System:
    held = {"app_id": "DANQIAO", "user_id": "9", **options}
    return System("oa", SystemRole.OA, VENDOR.id, "OA", url, held)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer(secrit=SECRIT, spk=SPK)


@pytest.fixture
def oa(parrot: Parrot, drawer: Drawer) -> Iterator[EcologyConnector]:
    connector = EcologyConnector(system_at(parrot.url), drawer)
    yield connector
    connector.close()


@pytest.fixture
def side() -> OaSide:
    return OaSide(form="781", key_field="erp_key", workflow="781")


def field_of(name: str, db_type: str = "varchar(100)", value: Any = "", **more: Any) -> dict[str, Any]:
    """One field object of 5.2."""
    return {
        "fieldId": "7001", "fieldName": name, "fieldShowName": f"<b>{name}</b>", "fieldValue": value,
        "fieldShowValue": value, "fieldHtmlType": "1", "fieldType": "1", "fieldDBType": db_type,
        "mand": False, "edit": True, "view": True, "selectnames": [], "selectvalues": [], "filedHtmlShow": "",
        **more,
    }  # fmt: skip


def form_body(main: list[dict[str, Any]], **details: list[dict[str, Any]]) -> dict[str, Any]:
    """getCreateWorkflowRequestInfo; details by database name."""
    return {
        "code": "SUCCESS",
        "errMsg": {},
        "data": {
            "workflowMainTableInfo": {
                "tableDBName": "formtable_main_118",
                "requestRecords": [{"recordOrder": 0, "workflowRequestTableFields": main}],
            },
            "workflowDetailTableInfos": [
                {
                    "tableDBName": name,
                    "tableTitle": name,
                    "workflowRequestTableRecords": [{"recordOrder": 0, "workflowRequestTableFields": fields}],
                }
                for name, fields in details.items()
            ],
        },
    }


def log_of(
    number: int, text: str, node: str = "3976", remark: str = "", received: str = "", second: int = 0
) -> dict[str, Any]:
    """One item of workflowRequestLogs."""
    return {
        "id": str(number), "nodeId": node, "nodeName": f"节点{node}", "operateDate": "2026-11-20",
        "operateTime": f"09:00:{second or number % 60:02d}", "operateType": text, "operatorId": "40",
        "operatorName": "陈杰", "operatorDept": "销售部", "receivedPersons": received, "remark": remark,
        "annexDocHtmls": "", "signDocHtmls": "", "signWorkFlowHtmls": "",
    }  # fmt: skip


def request_body(
    request_id: int = 300123,
    node: str = "3979",
    logs: list[dict[str, Any]] | None = None,
    main: list[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """getWorkflowRequest."""
    title = {"fieldId": "-1", "fieldName": "requestname", "fieldValue": "销售订单 XSDD000123 KEY-R1"}
    data = {
        "requestId": request_id, "requestName": "销售订单 XSDD000123 KEY-R1", "requestLevel": "0", "canView": True,
        "canEdit": False, "createTime": "2026-11-20 08:59:00", "creatorId": "57", "creatorName": "王敏",
        "currentNodeId": node, "currentNodeName": f"节点{node}", "lastOperateTime": "2026-11-20 09:10:00",
        "lastOperatorName": "陈杰", "status": "审批2 至 归档", "workflowBaseInfo": {"workflowId": "781"},
        "workflowMainTableInfo": {
            "tableDBName": "formtable_main_118",
            "requestRecords": [
                {
                    "recordOrder": "0",
                    "workflowRequestTableFields": [title, *(main or [field_of("erp_key", value="KEY-R1")])],
                }
            ],
        },
        "workflowDetailTableInfos": [],
        "workflowRequestLogs": logs if logs is not None else [],
        **more,
    }  # fmt: skip
    return {
        "code": "SUCCESS",
        "data": data,
        "errMsg": {},
        "reqFailMsg": {"otherParams": {"doAutoApprove": "0"}},
    }


def status_body(node: str, node_type: str, request_id: int = 300123) -> dict[str, Any]:
    """getRequestStatus, as the vendor's sample has it: without `code`."""
    return {
        "data": {
            "requestId": request_id, "requestName": "…", "workflowId": 781, "creatorId": 57,
            "currentNodeId": node, "currentNodeType": node_type, "status": "创建1 至 审批2", "rejcetToType": "",
        },
        "errMsg": {},
    }  # fmt: skip


def row_of(request_id: int, node: str = "3979", node_type: str | None = "3", **more: str) -> dict[str, str]:
    """One row of a list: the basic set, and the extended one where `node_type` is given."""
    row = {
        "requestId": str(request_id), "requestName": f"销售订单 KEY{request_id}-R1", "requestLevel": "0",
        "status": "2 至 1", "createTime": "2026-11-20 08:59:00", "creatorId": "57", "creatorName": "王敏",
        "currentNodeId": node, "currentNodeName": f"节点{node}", "receiveTime": "2026-11-20 09:00:00",
        "lastOperateTime": "2026-11-20 09:10:00", "lastOperatorId": "40", "sysName": "",
    }  # fmt: skip
    extended = {} if node_type is None else {"currentnodetype": node_type, "isbereject": "", "viewtype": "0"}
    return {**row, **extended, **more}
