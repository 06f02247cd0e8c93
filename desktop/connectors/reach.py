"""A connection test, step by step up to the first that fails: whether the server can be reached at all, then what a vendor
asks it.

Knows no vendor and speaks no HTTP.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from desktop.connectors.base import CheckStep
from desktop.connectors.http import certificates
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.system import System

SKEW_LIMIT_S = 60.0
Act = tuple[str, Callable[[], str]]
"""A step's name, and what it does; what it answers stands beside the step."""


def examine(system: System, acts: Iterable[Act]) -> Iterator[CheckStep]:
    """dns, tcp, tls, then these. Never raises: a connection test ends in a sentence, whatever the server sent."""
    ok = True
    for step in reach(system):
        yield step
        ok = step.ok
    for name, act in acts if ok else ():
        step = _tried(name, act)
        yield step
        if not step.ok:
            return


def _tried(name: str, act: Callable[[], str]) -> CheckStep:
    try:
        return CheckStep(name, True, detail=act())
    except SyncError as error:
        return CheckStep(name, False, error)
    except Exception as error:
        return CheckStep(name, False, SyncError(ErrorCode.INTERNAL, said=f"{type(error).__name__}: {error}"))


def clock(system: System, skew_s: float) -> str:
    """The step "clock": how far the server's clock is ahead of ours. Raises PER-707 beyond a minute."""
    if abs(skew_s) > SKEW_LIMIT_S:
        raise SyncError(ErrorCode.CLOCK_SKEW, certain=True, system=system.id, seconds=round(skew_s))
    return f"{skew_s:+.1f} s"


def reach(system: System) -> tuple[CheckStep, ...]:
    """The steps "dns", "tcp" and, for https, "tls", up to the first that fails. Never raises.

    Through a proxy nothing of this can be seen from here, and the answer is empty: the sign-in step tells.
    """
    if system.options.get("proxy", ""):
        return ()
    steps: list[CheckStep] = []
    for name, step in (("dns", _dns), ("tcp", _tcp), ("tls", _tls)):
        if name == "tls" and not system.base_url.lower().startswith("https:"):
            continue
        try:
            steps.append(CheckStep(name, True, detail=step(system)))
        except SyncError as error:
            steps.append(CheckStep(name, False, error))
            break
    return tuple(steps)


def _address(system: System) -> tuple[str, int]:
    try:
        parts = urlsplit(system.base_url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port = "", 0
    if not host:
        raise SyncError(ErrorCode.NAME_UNKNOWN, certain=True, system=system.id, host=system.base_url)
    return host, port


def _dns(system: System) -> str:
    host, port = _address(system)
    try:
        return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        raise SyncError(ErrorCode.NAME_UNKNOWN, certain=True, system=system.id, host=host) from None


def _tcp(system: System) -> str:
    host, port = _address(system)
    try:
        with socket.create_connection((host, port), timeout=system.number("connect_s", 5)):
            return f"{host}:{port}"
    except OSError as error:
        raise SyncError(ErrorCode.UNREACHABLE, certain=True, system=system.id, said=str(error)) from None


def _tls(system: System) -> str:
    host, port = _address(system)
    try:
        context = tls_context(system.options.get("verify_tls", "yes"))
        with (
            socket.create_connection((host, port), timeout=system.number("connect_s", 5)) as plain,
            context.wrap_socket(plain, server_hostname=host) as safe,
        ):
            return safe.version() or ""
    except OSError as error:
        raise SyncError(
            ErrorCode.TLS_REFUSED, certain=True, system=system.id, said=str(error)[:200]
        ) from None


def tls_context(option: str) -> ssl.SSLContext:
    """As Wire verifies: "yes", "no", or the path of a certificate file."""
    context = ssl.create_default_context(cafile=certificates() if option in ("yes", "", "no") else option)
    if option == "no":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
