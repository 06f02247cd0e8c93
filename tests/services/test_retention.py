"""What is old goes to the archive and can still be read; the file on the disk really gets smaller."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from desktop.domain.document import DocumentState as S
from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.retention import EXCHANGE_DAYS, ROUND_DAYS, RUN_DAYS
from tests.conftest import FORM, House

DAY = 86_400


def rows(house: House, table: str) -> int:
    with house.workspace.store.reading():
        return int(house.workspace.store.execute(f"SELECT count(*) FROM {table}")[0][0])


def test_old_calls_and_rounds_move_and_stay_readable_and_nothing_is_sent_twice(house: House) -> None:
    workspace = house.workspace
    bills = [house.order() for _ in range(3)]
    house.calm()
    house.approve(bills[0])
    house.calm()
    done = house.document(bills[0])
    assert done.state is S.DONE
    before = workspace.documents.story(done.id)
    calls = {each.id: workspace.documents.exchanges(each.id) for each in before.attempts}
    assert any(calls.values()) and before.rounds[-1].snapshot
    house.clock.pass_s(1200 * DAY)
    house.run()  # the listing of today; the two in approval go on as they are
    tidied = workspace.retention.tidy()
    assert tidied.moved.exchanges and tidied.moved.rounds == 1 and tidied.runs
    after = workspace.documents.story(done.id)
    assert after == before
    assert {each.id: workspace.documents.exchanges(each.id) for each in after.attempts} == calls
    assert not workspace.ledger.exchanges(before.attempts[0].id)
    assert workspace.retention.tidy().moved.rounds == 0
    house.approve(bills[1])  # what was under way all the time is finished with the contents it was sent with
    house.clock.pass_s(1200)
    house.calm()
    assert house.state(bills[1]) is S.DONE and house.audits(bills[1]) == 1 and len(house.all_requests()) == 3
    house.assert_intact()
    house.clock.pass_s(1200)
    result = workspace.reconcile.run(2000)
    assert sum(each.documents for each in result.compared) == 3 and not [
        r for r in result.rows if r.number == bills[0].number
    ]


def test_a_crash_between_archive_and_store_costs_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = house.workspace
    bill = house.order()
    house.calm()
    attempt = workspace.ledger.attempts(house.document(bill).id)[0]
    kept = workspace.documents.exchanges(attempt.id)
    house.clock.pass_s(200 * DAY)
    whole = workspace.archive._store.writing
    monkeypatch.setattr(workspace.store, "writing", lambda: (_ for _ in ()).throw(OSError("power")))
    with pytest.raises(OSError, match="power"):
        workspace.retention.tidy()
    monkeypatch.setattr(workspace.store, "writing", whole)
    assert workspace.documents.exchanges(attempt.id) == kept
    workspace.retention.tidy()
    assert workspace.documents.exchanges(attempt.id) == kept and not rows(house, "exchange")


def test_two_calls_of_one_moment_are_kept_apart(house: House) -> None:
    """Some clocks tick sixty times a second only, and requests are read by several lines at once."""
    workspace = house.workspace
    bill = house.order()
    house.calm()
    attempt = workspace.ledger.attempts(house.document(bill).id)[0]
    at = attempt.started_at
    with workspace.store.writing() as tables:
        for number in range(3):
            row = tables.exchange.create(
                system_id="oa", method="GET", path="/read", status=200, ms=1, at=at, request=f"asked {number}",
                answer=f"told {number}",
            )  # fmt: skip
            tables.attempt_exchange.create(attempt_id=attempt.id, exchange_id=row.id)
    before = sorted(each.answer for each in workspace.documents.exchanges(attempt.id))
    house.clock.pass_s(200 * DAY)
    workspace.retention.tidy()
    assert not rows(house, "exchange")
    assert sorted(each.answer for each in workspace.documents.exchanges(attempt.id)) == before
    assert {"told 0", "told 1", "told 2"} <= set(before)


def test_the_file_shrinks(house: House) -> None:
    workspace = house.workspace
    with workspace.store.writing() as tables:
        for number in range(300):
            tables.exchange.create(
                system_id="k3", method="POST", path="/x", status=200, ms=1, at=workspace.now(),
                request="".join(f"{number * 7919 + each * 104729:x}" for each in range(400)), answer="",
            )  # fmt: skip
    workspace.store.shrink()
    house.clock.pass_s(200 * DAY)
    tidied = workspace.retention.tidy(whole=True)
    assert tidied.moved.exchanges >= 300 and tidied.after < tidied.before * 0.7
    assert workspace.store.path.stat().st_size <= tidied.after
    workspace.store.check()


def test_a_file_of_old_shrinks_once_it_was_written_anew(house: House) -> None:
    path = house.workspace.store.path
    house.workspace.close()
    with closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA journal_mode = delete")
        old.execute("PRAGMA auto_vacuum = 0")
        old.execute("VACUUM")
    house.workspace = house.open(house.folder)
    house.workspace.retention.tidy(whole=True)
    with house.workspace.store.reading():
        assert house.workspace.store.execute("PRAGMA auto_vacuum") == [(2,)]


def test_how_long_is_set_by_who_may_and_never_too_short(house: House) -> None:
    retention = house.workspace.retention
    house.workspace.settings.put("chief", EXCHANGE_DAYS, 0)
    assert (retention.days(EXCHANGE_DAYS), retention.days(ROUND_DAYS), retention.days(RUN_DAYS)) == (
        0,
        1095,
        400,
    )
    with pytest.raises(SyncError) as refused:
        house.workspace.settings.put("chief", EXCHANGE_DAYS, 3)
    assert refused.value.code is ErrorCode.ARGUMENT_WRONG
    bill = house.order()
    house.calm()
    house.clock.pass_s(5000 * DAY)
    kept = rows(house, "exchange")
    assert (
        house.toy.erp.tables[FORM].by_id[bill.id]
        and retention.tidy().moved.exchanges == 0
        and rows(house, "exchange") == kept
    )
