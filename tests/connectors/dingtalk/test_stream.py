"""DingTalk's stream mode on the frames of its sheet (8.1): the request for a connection, frames, answers, and hostile ones."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from desktop.connectors import stream as stream_room
from desktop.connectors.base import Hint, Streams, exchanges
from desktop.connectors.dingtalk.connector import DingTalk
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System, SystemRole
from tests.connectors.parrot import Parrot, parrot
from tests.connectors.whisper import BINARY, CLOSE, PING, PONG, TEXT, Line, Whisper, whisper
from tests.drawer import Drawer
from tests.tls import make_certificate

SECRET, TICKET = "app-secret-0123456789", "ticket+with/odd=signs&more"
OPEN = "POST gateway/connections/open"
FINISHED = {
    "processInstanceId": "91ef1076", "processCode": "PROC-1", "businessId": "202611271532000483217",
    "bizCategoryId": "", "businessType": "", "type": "finish", "result": "agree", "title": "某某提交的销售订单审批",
    "url": "https://aflow.dingtalk.com/x", "staffId": "u1", "createTime": 1764228750000, "finishTime": 1764228990000,
}  # fmt: skip


def event(message: str, data: Any = FINISHED, kind: str = "bpms_instance_change", **headers: str) -> str:
    """An event's frame, as the sheet tells it."""
    told = {
        "appId": "app", "connectionId": "c1", "contentType": "application/json", "messageId": message,
        "time": "1764228990123", "topic": "*", "eventId": f"e-{message}", "eventType": kind,
        "eventBornTime": "1764228990000", "eventCorpId": "corp", "eventUnifiedAppId": "unified", **headers,
    }  # fmt: skip
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return json.dumps({"specVersion": "1.0", "type": "EVENT", "headers": told, "data": text})


def system_frame(topic: str, message: str = "m-system", data: str = '{"opaque":"7"}') -> str:
    headers = {
        "contentType": "application/json",
        "messageId": message,
        "time": "1764228990123",
        "topic": topic,
    }
    return json.dumps({"specVersion": "1.0", "type": "SYSTEM", "headers": headers, "data": data})


class Listening:
    """A connector that listens on a thread of its own."""

    def __init__(self, ding: DingTalk) -> None:
        self.hints: list[Hint] = []
        self.stands, self.stop, self.over = threading.Event(), threading.Event(), threading.Event()
        self.ended: BaseException | None = None
        self.on_hint: Callable[[Hint], None] = lambda _: None
        self._ding = ding
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()

    def _go(self) -> None:
        try:
            self._ding.listen(self, self.stop)
        except BaseException as error:
            self.ended = error
        self.over.set()

    def opened(self) -> None:
        self.stands.set()

    def take(self, hint: Hint) -> None:
        self.on_hint(hint)
        self.hints.append(hint)

    def error(self) -> SyncError:
        """What ended it."""
        assert self.over.wait(10)
        assert isinstance(self.ended, SyncError), self.ended
        return self.ended

    def close(self) -> None:
        self.stop.set()
        assert self.over.wait(5)


@pytest.fixture(scope="module")
def bird() -> Iterator[Parrot]:
    with parrot() as found:
        yield found


@pytest.fixture
def voice() -> Iterator[Whisper]:
    with whisper() as found:
        yield found


def ding_for(bird: Parrot, endpoint: str, base_url: str = "", **options: str) -> DingTalk:
    bird.heard.clear()
    bird.say.clear()
    bird.told(OPEN, {"endpoint": endpoint, "ticket": TICKET})
    own = {"corp_id": "corp", "app_key": "key", "user_id": "u1", "connect_s": "5", **options}
    return DingTalk(
        System("oa", SystemRole.OA, "dingtalk", "OA", base_url or bird.url, own), Drawer(app_secret=SECRET)
    )


@pytest.fixture
def listening(bird: Parrot, voice: Whisper) -> Iterator[tuple[Listening, Line]]:
    ear = Listening(ding_for(bird, f"{voice.url}/connect"))
    line = voice.next()
    assert ear.stands.wait(10)
    yield ear, line
    ear.close()


def answer(line: Line) -> dict[str, Any]:
    opcode, raw = line.hear()
    assert opcode == TEXT, (opcode, raw)
    return json.loads(raw)


def test_it_asks_for_a_connection_and_comes_with_the_ticket(listening, bird: Parrot) -> None:
    ear, line = listening
    (asked,) = bird.calls("v1.0/gateway/connections/open")
    assert asked.body == {
        "clientId": "key", "clientSecret": SECRET, "subscriptions": [{"type": "EVENT", "topic": "*"}],
        "ua": "DanQiao", "localIp": "127.0.0.1",
    }  # fmt: skip
    assert line.path == "/connect?ticket=ticket%2Bwith%2Fodd%3Dsigns%26more"
    assert "cookie" not in line.headers and "origin" not in line.headers
    assert isinstance(ear._ding, Streams) and ear._ding.capabilities.streams


def test_an_event_is_acknowledged_word_for_word_once_it_was_taken(listening) -> None:
    ear, line = listening
    inside, onward = threading.Event(), threading.Event()
    ear.on_hint = lambda _: (inside.set(), onward.wait(10))
    line.say(event("m1"))
    assert inside.wait(10)
    line.plain.settimeout(0.05)
    with pytest.raises(TimeoutError):
        line.hear()  # not acknowledged before it was taken
    line.plain.settimeout(10)
    onward.set()
    assert answer(line) == {
        "code": 200, "headers": {"contentType": "application/json", "messageId": "m1"}, "message": "OK",
        "data": '{"status":"SUCCESS","message":"OK"}',
    }  # fmt: skip
    assert ear.hints == [Hint("e-m1", "PROC-1", "91ef1076")]


def test_an_event_that_was_not_taken_is_not_acknowledged(listening) -> None:
    ear, line = listening

    def refuse(_: Hint) -> None:
        raise SyncError(ErrorCode.STORE_BUSY, where="test")

    ear.on_hint = refuse
    line.say(event("m1"))
    assert ear.error().code is ErrorCode.STORE_BUSY
    opcode, _ = line.hear()
    assert opcode == CLOSE


def test_what_is_no_reason_to_look_is_acknowledged_only(listening) -> None:
    ear, line = listening
    for number, frame in enumerate(
        [
            event("m0", {**FINISHED, "type": "start"}),
            event("m1", kind="bpms_task_change"),
            event("m2", kind="user_add_org"),
            event("m3", eventCorpId="another company"),
        ]
    ):
        line.say(frame)
        assert answer(line)["headers"]["messageId"] == f"m{number}"
    for kind in ("terminate", "delete", "something new"):
        line.say(event(kind, {**FINISHED, "type": kind}))
        assert answer(line)["code"] == 200
    assert [hint.event for hint in ear.hints] == ["e-terminate", "e-delete", "e-something new"]


def test_ping_is_echoed_and_disconnect_ends_it_without_an_error(listening) -> None:
    ear, line = listening
    line.say(system_frame("ping", "m1"))
    told = answer(line)
    assert (told["code"], told["headers"]["messageId"], told["data"]) == (200, "m1", '{"opaque":"7"}')
    line.frame(b"beat", PING)
    assert line.hear() == (PONG, b"beat")
    line.say(system_frame("news", "m2"))
    assert answer(line)["code"] == 404
    line.say(system_frame("disconnect", "m3"))
    assert answer(line)["headers"]["messageId"] == "m3"
    assert ear.over.wait(10) and ear.ended is None
    assert line.hear()[0] == CLOSE


def test_what_cannot_be_read_is_passed_over(listening) -> None:
    ear, line = listening
    for hostile in (
        "no JSON", "[]", "null", "7", '{"type":"EVENT"}', '{"type":"EVENT","headers":[],"data":{}}', "[" * 50_000,
        '{"type":"EVENT","headers":{"messageId":7}}', '{"headers":{"messageId":""}}', '{"a":' + "9" * 10_000 + "}",
    ):  # fmt: skip
        line.say(hostile)
    line.frame(b"\x00\x01", BINARY)
    line.say(event("m1", "no JSON"))  # its data: an event all the same, of an instance that is not named
    line.say(event("m2", {"processInstanceId": ["a"], "processCode": {"b": 1}, "type": 9}))
    line.say(event("m3", {"processInstanceId": "x" * 5_000, "processCode": "a\nb"}))
    assert [answer(line)["headers"]["messageId"] for _ in range(3)] == ["m1", "m2", "m3"]
    assert ear.hints == [Hint("e-m1"), Hint("e-m2"), Hint("e-m3")]


@pytest.mark.parametrize("way", ["one frame", "a lie about its length", "without an end"])
def test_a_message_without_measure_ends_the_connection(listening, way: str, monkeypatch) -> None:
    ear, line = listening
    monkeypatch.setattr(stream_room, "MOST_BYTES", 4_096)
    line.say(event("m0"))  # the next message is measured anew
    answer(line)
    size = 5_000
    if way == "one frame":
        line.frame(b"x" * size)
    elif way == "a lie about its length":
        line.frame(b"x" * size, claims=1 << 62)
    else:
        line.frame(b"x", last=False)
        for _ in range(size // 100):
            line.frame(b"x" * 100, 0, last=False)
    assert ear.error().code is ErrorCode.NOT_JSON


def test_a_server_that_is_silent_is_pinged_and_then_given_up(bird, voice, monkeypatch) -> None:
    """As after a night asleep: the socket stands, and nobody is at its other end."""
    monkeypatch.setattr(stream_room, "TICK_S", 0.01)
    monkeypatch.setattr(stream_room, "PING_S", 0.05)
    monkeypatch.setattr(stream_room, "SILENT_S", 0.2)
    ear = Listening(ding_for(bird, voice.url))
    line = voice.next()
    assert line.hear()[0] == PING
    error = ear.error()
    assert error.code is ErrorCode.CONNECTION_LOST and "nothing came" in str(error.facts["said"])


def test_it_stops_at_once_and_a_lost_line_is_an_error(bird, voice) -> None:
    ear = Listening(ding_for(bird, voice.url))
    line = voice.next()
    assert ear.stands.wait(10)
    ear.stop.set()
    assert ear.over.wait(1.0) and ear.ended is None
    line.hang_up()
    for end in ("hung up", "closed"):
        ear = Listening(ding_for(bird, voice.url))
        line = voice.next()
        line.hang_up() if end == "hung up" else line.frame(b"\x03\xe8", CLOSE)
        assert ear.error().code is ErrorCode.CONNECTION_LOST
        ear.close()


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ((400, {"code": "invalidClientIdOrSecret", "message": f"bad {SECRET}"}), ErrorCode.SIGN_IN_REFUSED),
        ((403, {"code": "Forbidden.StreamNotEnabled", "message": "not in stream mode"}), ErrorCode.STREAM_REFUSED),
        ((404, {"message": "nothing here"}), ErrorCode.STREAM_REFUSED),
        ((403, {"code": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"}), ErrorCode.THROTTLED),
        ((500, {"code": "systemError"}), ErrorCode.SERVER_ERROR),
        ((200, "<html>sign in</html>"), ErrorCode.SERVER_ERROR),
        ((200, []), ErrorCode.NOT_JSON),
        ((200, {"endpoint": "ws://127.0.0.1:1"}), ErrorCode.NOT_JSON),
        ((200, {"endpoint": "ftp://127.0.0.1:1", "ticket": "t"}), ErrorCode.NOT_JSON),
        ((200, {"endpoint": "ws://127.0.0.1:99999", "ticket": "t"}), ErrorCode.NOT_JSON),
        ((200, {"endpoint": "ws://a b\r\nX: y", "ticket": "t"}), ErrorCode.NOT_JSON),
        ((200, {"endpoint": "ws://127.0.0.1:1", "ticket": "t"}), ErrorCode.UNREACHABLE),
    ],
)  # fmt: skip
def test_a_refusal_is_told_by_its_kind(bird: Parrot, told: Any, code: ErrorCode) -> None:
    ding = ding_for(bird, "")
    bird.told(OPEN, told)
    ear = Listening(ding)
    error = ear.error()
    assert error.code is code and not ear.stands.is_set()
    assert SECRET not in str(error.facts)


def test_a_handshake_that_is_refused_or_leads_elsewhere(bird: Parrot, voice: Whisper) -> None:
    for refusal in (
        b"HTTP/1.1 401 No\r\nContent-Length: 6\r\n\r\nticket", b"HTTP/1.1 403 No\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 2_000_000,
        b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/elsewhere\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\xff\xfe\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
    ):  # fmt: skip
        voice.refuse = refusal
        error = Listening(ding_for(bird, voice.url)).error()
        assert error.code in (ErrorCode.SERVER_ERROR, ErrorCode.CONNECTION_LOST, ErrorCode.NOT_JSON), refusal
        assert "ticket=" not in str(error.facts)


def test_certificates_are_verified_as_the_connection_says(bird: Parrot, tmp_path) -> None:
    certificate, key = make_certificate(tmp_path)
    with whisper((certificate, key)) as voice:
        error = Listening(ding_for(bird, voice.url)).error()
        assert error.code is ErrorCode.TLS_REFUSED and "ticket" not in str(error.facts)
        for verify in (certificate, "no"):
            ear = Listening(ding_for(bird, voice.url, verify_tls=verify))
            assert ear.stands.wait(10)
            line = voice.next()
            line.say(event("m1"))
            assert answer(line)["code"] == 200
            ear.close()


def test_what_is_encrypted_is_never_continued_in_the_open(bird: Parrot, tmp_path) -> None:
    """The company's connection is https, and the endpoint that it names is not."""
    line = ding_for(bird, "ws://127.0.0.1:1", "https://127.0.0.1:1")
    line._client.wire.call = lambda *_, **__: _Told()  # type: ignore[method-assign]
    assert Listening(line).error().code is ErrorCode.TLS_REFUSED


class _Told:
    status, text = 200, ""

    def json(self) -> Any:
        return {"endpoint": "ws://127.0.0.1:1", "ticket": TICKET}


@contextmanager
def _proxy() -> Iterator[tuple[str, list[str]]]:
    """An HTTP proxy that tells what it was asked and passes bytes on."""
    import socket

    asked: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def pump(one: socket.socket, other: socket.socket) -> None:
        try:
            while part := one.recv(4096):
                other.sendall(part)
        except OSError:
            pass

    def serve() -> None:
        near, _ = listening.accept()
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += near.recv(4096)
        asked.append(raw.decode())
        host, port = raw.split(b" ")[1].decode().split(":")
        far = socket.create_connection((host, int(port)))
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=pump, args=(near, far), daemon=True).start()
        threading.Thread(target=pump, args=(far, near), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}", asked
    finally:
        listening.close()


def test_it_goes_through_the_proxy_of_the_connection(bird: Parrot, voice: Whisper, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # the environment's is not ours
    with _proxy() as (place, asked):
        ding = ding_for(bird, voice.url, proxy=f"http://clerk:pass%21@{place}")
        ding._client.wire.call = lambda *_, **__: _Granted(voice.url)  # type: ignore[method-assign]
        ear = Listening(ding)
        line = voice.next()
        line.say(event("m1"))
        assert answer(line)["code"] == 200
        ear.close()
    assert asked[0].startswith(f"CONNECT {voice.url.removeprefix('ws://')} ")
    assert "Basic Y2xlcms6cGFzcyE=" in asked[0]


class _Granted(_Told):
    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def json(self) -> Any:
        return {"endpoint": self._endpoint, "ticket": TICKET}


def test_neither_ticket_nor_secret_is_kept_or_logged(bird: Parrot, voice: Whisper, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    kept: list[Any] = []
    ding = ding_for(bird, voice.url)
    real = ding.listen

    def listen(ear: Any, stop: threading.Event) -> None:
        exchanges.set(kept)
        real(ear, stop)

    ding.listen = listen  # type: ignore[method-assign]
    ear = Listening(ding)
    line = voice.next()
    line.say(event("m1"))
    answer(line)
    line.hang_up()
    told = str(ear.error().facts) + caplog.text + repr(kept)
    assert kept and kept[0].path.endswith("connections/open")
    assert SECRET not in told and TICKET not in told and "ticket%2Bwith" not in told
