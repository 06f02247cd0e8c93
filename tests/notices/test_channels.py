"""Each way of telling people, against a server that judges by itself: mail by aiosmtpd, robots by the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desktop.connectors import mail
from desktop.connectors.registry import CHANNELS
from desktop.domain.errors import SyncError
from desktop.domain.notice import Message
from tests.drawer import Drawer
from tests.notices.conftest import PASSWORD, Mailbox

SAID = Message(
    "单桥：连不上 K/3 Cloud\r\nBcc: evil@example.com",
    ("▲ 12 张单据", "   请管理员检查网络"),
    "0123456789abcdef",
)


def code_of(
    channel: str, options: dict[str, str], drawer: Drawer, message: Message = SAID
) -> tuple[str, bool, str]:
    with pytest.raises(SyncError) as told:
        CHANNELS[channel].send(options, drawer, message)
    return told.value.code.id, told.value.certain, str(dict(told.value.facts))


def test_a_mail_arrives_encrypted_and_signed_in_for_every_recipient(mailbox: Mailbox) -> None:
    CHANNELS["mail"].send(mailbox.options, Drawer(password=PASSWORD), SAID)
    (arrived,) = mailbox.mails
    assert arrived["Subject"] == "单桥：连不上 K/3 Cloud Bcc: evil@example.com" and arrived["Bcc"] is None
    assert (
        arrived["To"] == "chen@example.com, li@example.com"
        and arrived["Message-ID"] == "<0123456789abcdef@danqiao>"
    )
    assert "请管理员检查网络" in arrived.get_content() and arrived["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("options", "password", "code"),
    [
        ({}, "wrong", "SES-203"),
        ({"port": "five"}, PASSWORD, "PER-715"),
        ({"port": "99999"}, PASSWORD, "PER-715"),
        ({"port": "²5"}, PASSWORD, "PER-715"),
        ({"authority": ""}, PASSWORD, "NET-109"),
        ({"port": "1"}, PASSWORD, "NET-101"),
        ({"security": "none"}, PASSWORD, "DAT-401"),
        ({"security": "none", "host": "mail.example.com"}, PASSWORD, "PER-715"),
        ({"to": " ; "}, PASSWORD, "PER-715"),
        ({"from": "nobody\r\nTo: x"}, PASSWORD, "PER-715"),
        ({"authority": "/no/such.pem"}, PASSWORD, "PER-715"),
    ],
)
def test_a_mail_that_cannot_go_says_why(
    mailbox: Mailbox, options: dict[str, str], password: str, code: str
) -> None:
    found, certain, facts = code_of("mail", {**mailbox.options, **options}, Drawer(password=password))
    assert (found, certain) == (code, True) and PASSWORD not in facts and not mailbox.mails


def test_a_server_that_refuses_the_message_is_quoted(mailbox: Mailbox) -> None:
    mailbox.refuses = "554 5.7.1 Spam"
    assert code_of("mail", mailbox.options, Drawer(password=PASSWORD))[0] == "DAT-401"


def test_recipients_are_separated_as_people_type_them() -> None:
    assert mail.addresses("a@x.cn，b@x.cn; c@x.cn；,d@x.cn") == ["a@x.cn", "b@x.cn", "c@x.cn", "d@x.cn"]


@pytest.mark.parametrize("channel", ["dingtalk", "wecom", "feishu"])
def test_a_robot_says_it_in_its_group(robots: Any, addresses: dict[str, str], channel: str) -> None:
    drawer = Drawer(webhook=addresses[channel], secret=robots.secret)
    CHANNELS[channel].send({}, drawer, SAID)
    assert robots.heard == [(channel, SAID.text)]
    long = replace(SAID, lines=("很长" * 5000,))
    CHANNELS[channel].send({}, drawer, long)
    assert robots.heard[1][1].startswith("单桥") and len(robots.heard) == 2
    if channel != "wecom":  # whose address is all its key
        assert code_of(channel, {}, Drawer(webhook=addresses[channel], secret="wrong"))[0] == "SES-203"
        assert code_of(channel, {}, Drawer(webhook=addresses[channel]))[0] == "SES-203"
    wrong = Drawer(webhook=addresses[channel].replace(robots.key, "another-key-0001"), secret=robots.secret)
    assert code_of(channel, {}, wrong)[0] == "SES-203"
    robots.times = [robots.times[-1]] * 20
    assert code_of(channel, {}, drawer)[0] == "NET-106"
    robots.fails = 502
    found, certain, facts = code_of(channel, {}, drawer)
    assert (found, certain) == ("NET-104", False) and robots.key not in facts


@pytest.mark.parametrize("channel", ["dingtalk", "wecom", "feishu"])
@pytest.mark.parametrize(
    "address", ["http://robots.example.com/x?key=s3cret", "ftp://x", "no address", "https://"]
)
def test_a_robots_address_is_https_or_this_machine(channel: str, address: str) -> None:
    found, _, facts = code_of(channel, {}, Drawer(webhook=address))
    assert found == "PER-715" and "s3cret" not in facts


def test_an_address_is_in_no_error(robots: Any) -> None:
    gone = "http://127.0.0.1:9/cgi-bin/webhook/send?key=very-secret-key"
    found, _, facts = code_of("wecom", {}, Drawer(webhook=gone))
    assert found == "NET-101" and "very-secret-key" not in facts
