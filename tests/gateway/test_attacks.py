"""What attackers send: turned away with the right status and a short page, nothing in a log, and the engine goes on."""

from __future__ import annotations

import datetime
import logging
import select
import socket
import ssl
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from desktop.domain.document import DocumentState
from desktop.domain.system import GatewaySettings
from desktop.gateway import lines
from desktop.gateway.guard import BURST, PER_SECOND, Crowd, caller, household
from desktop.gateway.server import Gateway
from tests.conftest import House
from tests.gateway.conftest import delivered

MAKER = "57"


def place(gateway: Gateway) -> tuple[str, int]:
    host, port = urlsplit(gateway.address).netloc.split(":")
    return host, int(port)


def flood(gateway: Gateway, seconds: float, callers: int = 4) -> Counter[int]:
    """As many requests as these callers can send, with nothing but a socket; what came back, by status, 0 = nothing."""
    codes: Counter[int] = Counter()
    until, where = time.monotonic() + seconds, place(gateway)

    def call() -> None:
        mine: Counter[int] = Counter()
        while time.monotonic() < until:
            try:
                with socket.create_connection(where, timeout=10) as line:
                    line.sendall(b"GET /erp/x HTTP/1.1\r\nHost: x\r\n\r\n")
                    mine[int(line.recv(4096)[9:12] or 0)] += 1
            except OSError:
                mine[0] += 1
        codes.update(mine)

    with ThreadPoolExecutor(callers) as many:
        for _ in range(callers):
            many.submit(call)
    return codes


@pytest.mark.parametrize("seconds", [1.0, pytest.param(10.0, marks=pytest.mark.soak)])
def test_a_flood_is_turned_away_and_the_engine_goes_on(
    house: House, gateway: Gateway, seconds: float, caplog, capfd
) -> None:
    bill = delivered(house)
    house.approve(bill)
    for ours in ("urllib3", "peewee"):  # the engine's own calls and statements
        caplog.set_level(logging.WARNING, logger=ours)
    with caplog.at_level(logging.DEBUG):
        attack = ThreadPoolExecutor(1).submit(flood, gateway, seconds)
        house.calm()
        codes = attack.result()
    assert house.state(bill) is DocumentState.DONE
    house.assert_intact()
    with capfd.disabled():
        print(
            f"{sum(codes.values()) / seconds:.0f} requests a second: {dict(codes)}" if seconds > 5 else "",
            end="",
        )
    let_in = codes[404]
    assert let_in <= BURST + PER_SECOND * (seconds + 2), "only so many ever reached a page"
    assert codes[429] > 5 * let_in and set(codes) <= {404, 429, 0}
    assert gateway.tally.refused >= codes[429]
    told = caplog.text + "".join(capfd.readouterr())
    assert (
        gateway.address not in told
        and "Traceback" not in told
        and "127.0.0.1" not in told.replace(house.toy.erp_url, "")
    )


def test_who_sends_a_byte_now_and_then_is_hung_up_on(
    house: House, gateway: Gateway, browser, monkeypatch
) -> None:
    monkeypatch.setattr(lines, "LATE_S", 0.5)
    slow = [socket.create_connection(place(gateway), timeout=20) for _ in range(lines.SHARE)]
    ended = threading.Event()

    def drip() -> None:
        for each in slow:
            each.sendall(b"GET /erp/AAAA HTTP/1.1\r\nHost:")
        while not ended.wait(0.1):
            for each in slow:
                try:
                    each.sendall(b"x")
                except OSError:
                    return

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        for each in slow:
            while each.recv(4096):
                pass  # it ends, whatever it says
    except ConnectionError:
        pass
    finally:
        ended.set()
        dripping.join()
        for each in slow:
            each.close()
    assert browser.get(f"{gateway.address}/x", timeout=10).status_code == 404


def said_to(gateway: Gateway, told: bytes) -> bytes:
    """Everything that the gateway answers to these bytes until it closes the line."""
    with socket.create_connection(place(gateway), timeout=10) as line:
        try:
            line.sendall(told)
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65536), b""))
        except ConnectionError:
            return b""


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (b"GET //evil.example/x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /x HTTP/9.9\r\nHost: x\r\n\r\n", 505),
        (b"GET /x HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"POST /push/oa HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n", 413),
        (b"POST /push/oa HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /push/oa HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + b"x" * 0x20000 + b"\r\n0\r\n\r\n", 400),
    ],
    ids=["authority", "absolute", "nonsense", "version", "minus", "page", "large", "two lengths", "large in parts"],
)  # fmt: skip
def test_a_refusal_ends_the_line_and_says_so(gateway: Gateway, told: bytes, status: int) -> None:
    after = b"GET /erp/after HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = said_to(gateway, told + after)
    if not answer:  # the line was closed before all of it was sent
        assert len(told) > lines.MOST_HEAD
        return
    head = answer.partition(b"\r\n\r\n")[0].decode()
    assert head.startswith(f"HTTP/1.1 {status} ") and "connection: close" in head.lower()
    assert answer.count(b"HTTP/1.1 ") == 1, "what came behind it was no request"
    assert b"evil" not in answer


def test_a_head_without_end_fills_no_memory(gateway: Gateway) -> None:
    with socket.create_connection(place(gateway), timeout=10) as line:
        line.sendall(b"GET /x HTTP/1.1\r\n")
        sent = 0
        try:
            while sent < 64 * lines.MOST_HEAD and not select.select([line], [], [], 0)[0]:
                sent += line.send(b"X-Filler: " + b"x" * 1000 + b"\r\n")
            answer = line.recv(4096)
        except ConnectionError:
            answer = b"HTTP/1.1 413 "
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_one_address_does_not_get_all_lines(house: House, gateway: Gateway) -> None:
    slow = [socket.create_connection(place(gateway), timeout=10) for _ in range(lines.SHARE + 2)]
    for each in slow:
        each.sendall(b"POST /push/oa HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
    until, refused = time.monotonic() + 10, dict[socket.socket, bytes]()
    while len(refused) < 2 and time.monotonic() < until:
        silent = [
            each for each in slow if each not in refused
        ]  # one that was refused is at its end, and readable again
        refused |= {each: each.recv(4096) for each in select.select(silent, [], [], 0.2)[0]}
    for each in slow:
        each.close()
    assert len(refused) == 2 and all(answer.startswith(b"HTTP/1.1 429") for answer in refused.values())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate for 127.0.0.1, signed by nobody else, and its key."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2)).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_with_a_certificate_it_speaks_tls_and_a_silent_caller_stops_nobody(house: House, certificate) -> None:
    settings = GatewaySettings(
        on=True, host="0.0.0.0", port=0, certificate=certificate[0], private_key=certificate[1],
        public_url="https://127.0.0.1:0",
    )  # fmt: skip
    bill = delivered(house)
    opened = Gateway(house.workspace, settings)
    try:
        port = opened._server.bind_addr[1]
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10),  # says nothing, not even TLS
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        ):
            plain.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            context = ssl.create_default_context(cafile=certificate[0])
            context.check_hostname = False
            with context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=5)) as line:
                line.sendall(
                    f"GET /erp/{house.document(bill).key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
                )
                answer = b"".join(iter(lambda: line.recv(65536), b"")).decode()
        assert (
            answer.startswith("HTTP/1.1 302") and "Secure" in answer and "/sso/oauth2.0/authorize" in answer
        )
    finally:
        opened.close()


def test_only_the_sites_own_proxies_are_believed_about_who_calls() -> None:
    told = {"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 2.2.2.2, 10.0.0.6"}
    assert caller(told, frozenset()) == "10.0.0.5"
    assert caller(told, frozenset({"10.0.0.5", "10.0.0.6"})) == "2.2.2.2"
    assert caller({"REMOTE_ADDR": "10.0.0.5"}, frozenset({"10.0.0.5"})) == "10.0.0.5"


def test_a_network_of_billions_is_one_caller() -> None:
    one, other = household("2001:db8:1:2::1"), household("2001:db8:1:2:ffff::9%eth0")
    assert one == other != household("2001:db8:1:3::1")
    for each in ("10.0.0.5", "::ffff:10.0.0.5", "proxy.example", ""):
        assert household(each) == each


def test_the_sites_own_proxy_has_no_share_whatever_its_address() -> None:
    class Caller:
        remote_addr = "2001:db8::5"

        def hang_up(self) -> None:
            raise AssertionError

    for trusted, most in ((frozenset({"2001:db8::5"}), lines.SHARE + 1), (frozenset(), lines.SHARE)):
        held = lines.Lines(trusted)
        assert sum(held.begins(Caller()) for _ in range(lines.SHARE + 1)) == most  # type: ignore[arg-type]


def test_who_knocks_too_often_comes_in_at_the_rate_and_no_rarer() -> None:
    now = [0.0]
    crowd = Crowd(lambda: now[0], per_s=10, burst=40)
    came = 0
    for _ in range(2000):  # for ten seconds, 200 a second
        came += crowd.lets_in("a")
        now[0] += 0.005
    assert 135 <= came <= 141, "a flood through one door does not shut it for all"
    while crowd.lets_in("a"):
        came += 1
    assert crowd.has_room("b") and crowd.has_room("b") and not crowd.has_room("a")


def test_no_ticket_code_or_signed_address_is_kept_anywhere(
    house: House, gateway: Gateway, signed_in, caplog, tmp_path
) -> None:
    bill = delivered(house)
    seen: list[str] = []
    browser = signed_in(MAKER)
    browser.hooks["response"].append(lambda answer, *_, **__: seen.append(answer.headers.get("Location", "")))
    with caplog.at_level(logging.DEBUG, logger="danqiao"):
        assert browser.get(f"{gateway.address}/erp/{house.document(bill).key}", timeout=10).ok
        forged = browser.get(f"{gateway.address}/back?state=<script>alert(1)</script>&code=evil", timeout=10)
    assert forged.status_code == 403 and "evil" not in forged.text and "<script" not in forged.text
    signed = next(each for each in seen if "ud=" in each)
    secrets = [
        signed.partition("ud=")[2][:60],
        *(each.partition("code=")[2][:30] for each in seen if "code=" in each),
    ]
    house.workspace.close()
    kept = caplog.text.encode() + b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )
    assert secrets and not [secret for secret in secrets if secret and secret.encode() in kept]
