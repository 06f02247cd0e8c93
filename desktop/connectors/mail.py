"""Mail: one plain message by SMTP, encrypted. The only file that speaks it.

Knows nothing of what it says. Source: RFC 5321, 3207 (STARTTLS), 8314 (TLS from the start).
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from desktop.connectors.base import Channel, Secrets, VendorField
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.notice import Message

SYSTEM = "notice-mail"
TIMEOUT_S = 20.0
_LOCAL = ("127.0.0.1", "localhost", "::1")
_SAID = 200


def send(options: Mapping[str, str], secrets: Secrets, message: Message) -> None:
    """Sends the message to every recipient. security "none" is refused for any host but this machine.

    Raises NET-101 unreachable, NET-102 too slow, NET-103 lost on the way (it may have arrived), NET-109 TLS,
    SES-203 sign-in refused, DAT-401 refused, PER-715 for options that cannot be meant.
    """
    host, security = options.get("host", "").strip(), options.get("security", "") or "starttls"
    if security == "none" and host not in _LOCAL:
        raise _wrong("security = none")
    mail = _mail(options, message)
    try:
        with _opened(options, host, security) as line:
            _sign_in(line, options, secrets)
            line.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=SYSTEM, said=_said(error)) from None
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError) as error:
        raise SyncError(ErrorCode.CONNECTION_LOST, system=SYSTEM, said=str(error)[:_SAID]) from None
    except smtplib.SMTPException as error:
        raise SyncError(
            ErrorCode.REFUSED, certain=True, system=SYSTEM, number=options.get("to", ""), said=_said(error)
        ) from None
    except ssl.SSLError as error:
        raise SyncError(ErrorCode.TLS_REFUSED, certain=True, system=SYSTEM, said=str(error)[:_SAID]) from None
    except TimeoutError:
        raise SyncError(ErrorCode.TOO_SLOW, system=SYSTEM, seconds=round(TIMEOUT_S)) from None
    except OSError as error:
        said = f"{host}: {error.strerror or error}"
        raise SyncError(ErrorCode.UNREACHABLE, certain=True, system=SYSTEM, said=said[:_SAID]) from None


def _opened(options: Mapping[str, str], host: str, security: str) -> smtplib.SMTP:
    port = _port(options.get("port", "").strip() or ("465" if security == "tls" else "587"))
    context = _context(options)
    name = socket.gethostname() or "danqiao"
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=TIMEOUT_S, context=context)
    line = smtplib.SMTP(host, port, local_hostname=name, timeout=TIMEOUT_S)
    try:
        if security == "starttls":
            line.starttls(
                context=context
            )  # a server that does not offer it is refused, never spoken to in the open
    except BaseException:
        line.close()
        raise
    return line


def _port(told: str) -> int:
    if not (told.isascii() and told.isdigit() and 0 < int(told) < 65_536):
        raise _wrong(f"port {told}")
    return int(told)


def _context(options: Mapping[str, str]) -> ssl.SSLContext:
    """Certificates are verified, by the system's authorities or by a file of the site's own."""
    own = options.get("authority", "").strip()
    try:
        return ssl.create_default_context(cafile=own or None)
    except OSError as error:
        raise _wrong(f"{own}: {error.strerror or error}") from None


def _sign_in(line: smtplib.SMTP, options: Mapping[str, str], secrets: Secrets) -> None:
    """By the one way that both know best: a second try with another way would count as a second wrong password."""
    user = options.get("user", "").strip()
    if not user:
        return
    line.user, line.password = user, secrets.get("password")
    line.ehlo_or_helo_if_needed()
    offered = line.esmtp_features.get("auth", "").upper().split()
    way = next((each for each in ("PLAIN", "LOGIN", "CRAM-MD5") if each in offered), None)
    if way is None:
        raise smtplib.SMTPNotSupportedError(f"AUTH {' '.join(offered)}")
    try:
        line.auth(way, getattr(line, f"auth_{way.lower().replace('-', '_')}"))
    except UnicodeError:
        raise SyncError(ErrorCode.SIGN_IN_REFUSED, certain=True, system=SYSTEM, said="password") from None


def _mail(options: Mapping[str, str], message: Message) -> EmailMessage:
    mail = EmailMessage()
    try:
        recipients = [Address(addr_spec=each) for each in addresses(options.get("to", ""))]
        mail["From"] = Address("DanQiao", addr_spec=options.get("from", "").strip())
    except (ValueError, IndexError) as error:
        raise _wrong(str(error)) from None
    if not recipients:
        raise _wrong("to")
    mail["To"] = recipients
    mail["Subject"] = " ".join(message.title.split())
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{message.once}@danqiao>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(message.lines) or message.title)
    return mail


def addresses(text: str) -> list[str]:
    """Recipients by commas, semicolons or lines."""
    return [
        each.strip()
        for each in text.replace(";", ",").replace("\uff1b", ",").replace("\uff0c", ",").split(",")
        if each.strip()
    ]


def _said(error: smtplib.SMTPException) -> str:
    told = getattr(error, "smtp_error", b"") or str(error)
    return (told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told))[:_SAID]


def _wrong(said: str) -> SyncError:
    return SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=said[:_SAID])


CHANNEL = Channel(
    id="mail",
    fields=(
        VendorField("host"),
        VendorField("port", required=False, default="587"),
        VendorField("security", default="starttls", choices=("starttls", "tls", "none")),
        VendorField("user", required=False),
        VendorField("password", secret=True, required=False),
        VendorField("from"),
        VendorField("to"),
        VendorField("authority", required=False),
    ),
    send=send,
)
