"""One notice for each root cause, and one when it is over; not in quiet hours, never twice, tried until it arrives."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from desktop.connectors.registry import CHANNELS
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import NoticeTold
from desktop.doors.command_line import main
from desktop.services.notices import AFTER, CALM, QUIET, SILENT, Notices, SilenceWatch
from tests.conftest import House
from tests.notices.conftest import PASSWORD, Mailbox


@pytest.fixture
def notices(house: House, robots, addresses) -> Notices:
    """One group robot is on."""
    found = house.workspace.notices
    found.save("chief", "dingtalk", True, {}, {"webhook": addresses["dingtalk"], "secret": robots.secret})
    return found


def look(house: House, after_s: float = 0.0) -> None:
    house.clock.pass_s(after_s)
    house.workspace.notices.look()


def texts(robots) -> list[str]:
    return [text for _, text in robots.heard]


def stuck(house: House, count: int = 3):
    """Orders of a customer that the OA does not know."""
    bills = [house.order(customer="CUST0006") for _ in range(count)]
    house.run(2)
    return bills


def test_many_documents_of_one_cause_are_one_notice_and_one_when_it_is_over(house, notices, robots) -> None:
    house.run()
    told: list[NoticeTold] = []
    house.workspace.subscribe(lambda event: told.append(event) if isinstance(event, NoticeTold) else None)
    stuck(house)
    look(house)
    assert len(texts(robots)) == 1 and "CUST0006" in texts(robots)[0] and "（3 张单据）" in texts(robots)[0]
    assert [each.grave for each in told] == [True]
    stuck(house, 2)
    look(house, 30)
    look(house, 600)
    assert len(robots.heard) == 1, "told once, however many follow"
    row = {"kind": "customer", "erp_code": "CUST0006"}
    from desktop.store.catalog import BaseRow

    house.workspace.catalog.put_base_rows(
        [BaseRow("c100", row["kind"], row["erp_code"], "3006", "", "", "x")], "chief"
    )
    house.calm()
    look(house)
    assert len(robots.heard) == 1, "it may come back"
    look(house, CALM.total_seconds() + 1)
    assert (
        len(robots.heard) == 2
        and "已恢复" in texts(robots)[1]
        and [each.grave for each in told] == [True, False]
    )
    look(house, 3600)
    assert len(robots.heard) == 2
    newest = notices.newest()[0]
    assert newest.over_at is not None and newest.channels == {"dingtalk": "sent"}


def test_a_broken_line_is_told_after_a_while_once_for_all_its_flows(house, notices, robots) -> None:
    house.run()
    house.switch("c200", on=True)
    house.workspace.catalog.put_system(_broken(house), "chief")
    house.run(4)
    assert house.hold() and house.hold("c200"), "several in a row"
    look(house)
    assert not robots.heard, "it may be a blip"
    look(house, 121)
    assert len(robots.heard) == 1 and "K/3 Cloud" in texts(robots)[0]
    look(house, 300)
    assert len(robots.heard) == 1


def _broken(house: House):
    from dataclasses import replace

    return replace(house.workspace.catalog.system("k3"), base_url="http://127.0.0.1:9/k3cloud/")


def test_a_blip_that_is_over_before_anybody_was_told_is_told_to_nobody(house, notices, robots) -> None:
    house.run()
    before = house.workspace.catalog.system("k3")
    house.workspace.catalog.put_system(_broken(house), "chief")
    house.run(4)
    assert house.hold()
    look(house)
    house.workspace.catalog.put_system(before, "chief")
    house.clock.pass_s(30)
    house.run(2)
    look(house)
    look(house, CALM.total_seconds() + 1)
    look(house, 600)
    assert not robots.heard and all(each.told_at is None for each in notices.newest())


def test_quiet_hours_hold_back_what_still_stands_afterwards(house, notices, robots) -> None:
    house.run()
    now = house.clock.now().astimezone(notices._zone())
    house.workspace.catalog.set_preference("schedule.zone", "")
    first, last = (now - timedelta(minutes=5)), (now + timedelta(minutes=55))
    house.workspace.catalog.set_preference(QUIET, [first.strftime("%H:%M"), last.strftime("%H:%M")])
    stuck(house)
    look(house)
    look(house, 1800)
    assert not robots.heard
    look(house, 3600)
    assert len(robots.heard) == 1


def test_hours_without_their_nought_are_quiet_hours_and_never_the_end_of_all_notices(
    house, notices, robots
) -> None:
    house.run()
    settings, zone = house.workspace.settings, notices._zone()
    settings.put("chief", QUIET, "9:00-18:30")
    assert house.workspace.catalog.preference(QUIET) == ["09:00", "18:30"]
    for kept in (["9:00", "18:30"], ["noon", "night"], ["9:00"]):  # as an older window may have left them
        house.workspace.catalog.set_preference(QUIET, kept)
        noon = house.clock.now().astimezone(zone).replace(hour=12)
        assert notices.is_quiet(noon) == (kept[0] == "9:00" and len(kept) == 2)
    stuck(house)
    look(house)
    look(house, 180)
    assert len(robots.heard) == 1


def test_what_did_not_arrive_is_tried_again_and_comes_once(house, notices, robots) -> None:
    house.run()
    robots.fails = 502
    stuck(house)
    look(house)
    state = next(each for each in notices.channels() if each.id == "dingtalk")
    assert state.trouble[0] == "NET-104" and notices.newest()[0].channels == {"dingtalk": "NET-104"}
    robots.fails = 0
    look(house, 30)
    assert not robots.heard, "not before its time"
    look(house, 40)
    look(house, 4000)
    assert len(robots.heard) == 1
    assert next(each for each in notices.channels() if each.id == "dingtalk").trouble[0] == ""


def test_several_that_begin_together_are_one_message_in_each_channel(
    house, notices, robots, mailbox: Mailbox
) -> None:
    notices.save("chief", "mail", True, mailbox.options, {"password": PASSWORD})
    house.run()
    for customer in ("CUST0006", "CUST0001", "CUST0002"):
        house.order(customer=customer, maker="gaofei" if customer != "CUST0006" else "wangmin")
    house.run(2)
    look(house)
    assert len(robots.heard) == 1 and len(mailbox.mails) == 1
    assert ("2 个问题需要处理" in texts(robots)[0] and "高飞" in texts(robots)[0]) or "gaofei" in texts(
        robots
    )[0]
    assert mailbox.mails[0]["Subject"] == "单桥：2 个问题需要处理，0 个已恢复"


def test_a_process_that_dies_while_sending_leaves_it_to_the_next(house, notices, robots, monkeypatch) -> None:
    house.run()
    stuck(house)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(notices, "_through", die)
        with pytest.raises(KeyboardInterrupt):
            notices.look()
    look(house, 60)
    assert not robots.heard, "another process may be about it"
    look(house, 400)
    assert len(robots.heard) == 1


def test_a_silent_engine_is_told_by_whoever_watches_in_quiet_hours_too(house, notices, robots) -> None:
    house.run()
    house.workspace.catalog.set_preference(QUIET, ["00:00", "23:59"])
    house.workspace.catalog.beat("engine", {}, house.clock.now())
    watcher = house.open(house.folder)  # another process on the same store
    try:
        watcher.notices.look_at_silence()
        assert not watcher.notices.is_silent and not robots.heard
        house.clock.pass_s(11 * 60)
        watcher.notices.look_at_silence()
        watcher.notices.look_at_silence()
        notices.look_at_silence()
        assert len(robots.heard) == 1 and "引擎" in texts(robots)[0]
        house.workspace.catalog.beat("engine", {}, house.clock.now())
        look(house)  # the engine itself is back
        look(house, CALM.total_seconds() + 1)
        assert len(robots.heard) == 2 and "已恢复" in texts(robots)[1]
    finally:
        watcher.close()


def test_nobody_is_alarmed_where_no_flow_is_on_or_nobody_wants_it(house, notices) -> None:
    house.workspace.catalog.beat("engine", {}, house.clock.now() - timedelta(hours=5))
    assert notices.is_silent
    house.workspace.catalog.set_preference(SILENT, 0)
    assert not notices.is_silent
    house.workspace.catalog.set_preference(SILENT, 10)
    house.switch("c100", on=False)
    assert not notices.is_silent


def test_a_store_that_cannot_be_read_for_a_while_ends_no_watch(house, notices, robots, monkeypatch) -> None:
    house.run()
    house.workspace.catalog.beat("engine", {}, house.clock.now() - timedelta(hours=1))
    left, read = [3], house.workspace.catalog.last_beat

    def locked(name: str):
        left[0] -= 1
        if left[0] >= 0:
            raise sqlite3.OperationalError("database is locked")
        return read(name)

    monkeypatch.setattr(house.workspace.catalog, "last_beat", locked)
    watch = SilenceWatch(notices, every_s=0.05).start()
    try:
        until = time.monotonic() + 10
        while not robots.heard and time.monotonic() < until:
            watch._ending.wait(0.05)
    finally:
        watch.close()
    assert left[0] < 0 and len(robots.heard) == 1


def test_a_watch_looks_twice_before_it_cries(house, notices, robots) -> None:
    house.run()
    house.workspace.catalog.beat("engine", {}, house.clock.now() - timedelta(hours=1))
    watch = SilenceWatch(notices, every_s=0.05).start()
    try:
        until = time.monotonic() + 10
        while not robots.heard and time.monotonic() < until:
            watch._ending.wait(0.05)
    finally:
        watch.close()
    assert len(robots.heard) == 1


def test_secrets_lie_in_the_vault_alone(house, notices, robots, addresses, tmp_path) -> None:
    house.run()
    robots.fails = 502
    stuck(house, 1)
    look(house)
    house.workspace.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert robots.key.encode() not in kept and robots.secret.encode() not in kept
    assert (
        sqlite3.connect(house.folder / "danqiao.db").execute("SELECT count(*) FROM notice").fetchone()[0] == 1
    )


def test_a_channel_without_what_it_needs_is_not_switched_on(house) -> None:
    notices = house.workspace.notices
    with pytest.raises(SyncError) as told:
        notices.save("chief", "wecom", True, {}, {})
    assert told.value.code.id == "PER-715" and not [each for each in notices.channels() if each.on]
    assert house.workspace.catalog.preference(AFTER, None) is None


def test_a_report_by_itself_is_mailed_once(house: House, mailbox: Mailbox) -> None:
    workspace = house.workspace
    workspace.notices.save("chief", "mail", True, mailbox.options, {"password": PASSWORD})
    workspace.settings.put("chief", "report.every", "day")
    house.order()
    house.calm()
    mailbox.refuses = "451 not now"
    assert not workspace.reports.write_if_due() and not mailbox.mails
    mailbox.refuses = ""
    workspace.reports.write_if_due()
    workspace.reports.write_if_due()
    (mail,) = mailbox.mails
    assert "报表" in str(mail["subject"]) and "overview-" in mail.get_content()


def test_health_names_a_way_that_did_not_work_and_a_mended_one_is_tried_at_once(
    house, notices, robots, addresses
) -> None:
    house.run()
    robots.fails = 502
    stuck(house, 1)
    look(house)
    found = [each for each in house.workspace.health.check() if each.name == "notices"]
    assert [(each.subject, each.level.value, each.error.code.id) for each in found] == [
        ("dingtalk", "fail", "NET-104")
    ]
    robots.fails = 0
    notices.save("chief", "dingtalk", True, {}, {})
    look(house)
    assert len(robots.heard) == 1
    assert [each.level.value for each in notices._workspace.health.check() if each.name == "notices"] == [
        "ok"
    ]


def test_the_alarm_door_tells_it_and_ends_with_one(
    house, notices, robots, addresses, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("DANQIAO_NOTICE_DINGTALK_WEBHOOK", addresses["dingtalk"])
    monkeypatch.setenv("DANQIAO_NOTICE_DINGTALK_SECRET", robots.secret)
    told = ["--data", str(house.folder), "alarm"]
    house.workspace.catalog.beat("engine", {}, datetime.now(UTC))
    assert main(told) == 0 and not robots.heard
    house.workspace.catalog.beat("engine", {}, datetime.now(UTC) - timedelta(hours=1))
    assert main(told) == 1 and main(told) == 1
    assert len(robots.heard) == 1 and "引擎没有运行" in capsys.readouterr().err


def test_a_channel_that_breaks_in_a_way_of_its_own_mutes_no_other(
    house, notices, robots, addresses, monkeypatch
) -> None:
    def broken(*_given: object) -> None:
        raise ValueError("port")

    monkeypatch.setitem(CHANNELS, "dingtalk", replace(CHANNELS["dingtalk"], send=broken))
    notices.save("chief", "wecom", True, {}, {"webhook": addresses["wecom"]})
    house.run()
    stuck(house)
    look(house)
    state = next(each for each in notices.channels() if each.id == "dingtalk")
    assert (state.trouble[0], [where for where, _ in robots.heard]) == (ErrorCode.INTERNAL.id, ["wecom"])
