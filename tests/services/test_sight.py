"""A person of one company: what is counted, kept, mailed and written down tells him nothing of another, and whoever sits
there changes nothing of what the engine writes for the whole house."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import NoticeTold
from desktop.domain.record import Money, Ref
from desktop.domain.system import Person, Role, Route
from desktop.doors import site_door
from desktop.doors.command_line import main
from desktop.services.matching import Gap
from desktop.services.nightly import to_plain
from desktop.services.reconcile import Compared, Reconciliation, Row
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow
from desktop.store.change import NewDocument
from desktop.store.reconciliations import Entry

CHIEF, CLERK, AUDITOR = "chief", "clerk", "auditor"
ACCOUNT = "3100152031"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Two companies; a bill of the second one waits for a bank account that nobody matched."""
    folder: Path = tmp_path_factory.mktemp("sight")
    with Workspace.open_folder(folder, memory={}) as workspace:
        for route in ("c100", "c200"):
            workspace.catalog.put_route(Route(route, route[1:], route, "k3", "oa"), CHIEF)
            workspace.catalog.put_base_rows([BaseRow(route, "customer", "C1", "1", "", "", "x")], CHIEF)
            with workspace.ledger.change(workspace.now()) as change:
                source = Ref("k3", "SAL_SaleOrder", f"1{route}", f"XSDD-{route}")
                [made] = change.add([NewDocument(route, "sales_order", source, f"PART{route}")])
                change.describe(made, "partner", Money(Decimal("12.50"), "CNY"), f"XSDD-{route}")
                if route == "c200":
                    gap = SyncError(
                        ErrorCode.BASE_DATA_UNMAPPED, kind="bank_account", erp_code=ACCOUNT, number="XSDD-c200",
                        gaps=f"bank_account {ACCOUNT}",
                    )  # fmt: skip
                    change.fail(made, gap, next_try_at=None)
        people = workspace.people
        people.arrive(CHIEF)
        people.save(CHIEF, Person(CLERK, "李芸", Role.CLERK, ("c100",)))
        people.save(CHIEF, Person(AUDITOR, "审计", Role.AUDITOR, ("c100",)))
        yield workspace


@pytest.fixture(autouse=True)
def chief_sits(site: Workspace) -> Iterator[None]:
    yield
    site.people.arrive(CHIEF)


def test_the_health_check_and_the_guide_count_his_companies(site: Workspace) -> None:
    def gaps() -> int:
        found = {each.name: each for each in site.health.check()}
        return int(found["correspondences"].facts["count"])

    whole = gaps(), site.guide.look()
    site.people.arrive(CLERK)
    mine = gaps(), site.guide.look()
    assert (whole[0], mine[0]) == (1, 0)
    assert [(way.companies, way.matches, way.gaps) for _, way in (whole, mine)] == [(2, 2, 1), (1, 1, 0)]


def test_the_nights_before_tell_his_companies_and_open_no_certificate_of_all(site: Workspace) -> None:
    now = site.now()
    gap = Row("c200", "c200", "sales_order", Gap.UNAPPROVED, None, "XSDD-c200", "", "", "", "", None)
    compared = tuple(Compared(route, route, "sales_order", 3) for route in ("c100", "c200"))
    result = Reconciliation(now, now, compared, (gap,))
    site.nightly._kept.put(Entry(0, now, False, 6, 1, "differences-x"), to_plain(result), CHIEF)
    [whole] = site.nightly.entries()
    assert (whole.clean, whole.documents, whole.differences, whole.file) == (False, 6, 1, "differences-x")
    site.people.arrive(CLERK)
    [mine] = site.nightly.entries()
    assert (mine.clean, mine.documents, mine.differences, mine.file) == (True, 3, 0, "")


def test_a_line_of_the_trail_by_its_number_is_no_way_round(site: Workspace) -> None:
    lines = {each.seq: each.subject for each in site.trail.entries()}
    subjects = {
        route: f"document:{site.ledger.numbered(f'XSDD-{route}')[0].id}" for route in ("c100", "c200")
    }
    assert len(site.trail_book.lines(list(lines))) == len(lines)
    site.people.arrive(AUDITOR)
    seen = {each.entry.subject for each in site.trail_book.lines(list(lines))}
    assert seen == {subjects["c100"]}


def test_the_tray_tells_him_nothing_of_another_company_and_nobody_an_account(site: Workspace) -> None:
    heard: list[NoticeTold] = []
    drop = site.subscribe(lambda event: heard.append(event) if isinstance(event, NoticeTold) else None)
    site.people.arrive(CLERK)
    site.notices.look()
    assert site.notices.newest() == [] == heard
    site.people.arrive(CHIEF)
    [notice] = site.notices.newest()
    told = site.notices.told_since(0)[1]
    drop()
    assert notice.told_at is not None and told is not None
    assert ACCOUNT not in told.title + told.text and ACCOUNT[-4:] in told.title + told.text


def test_a_report_written_by_itself_is_the_whole_houses_whoever_sits_there(site: Workspace) -> None:
    site.catalog.set_preference("report.every", "day")
    site.people.arrive(CLERK)
    assert site.reports.write_if_due()
    mine = site.reports.write(site.reports.folder / "mine.xlsx")
    [by_itself] = site.reports.folder.glob("overview-*.xlsx")
    texts = {path: cells(path) for path in (mine, by_itself)}
    assert "c200" in texts[by_itself] and "c200" not in texts[mine]
    assert ACCOUNT not in texts[by_itself]
    assert any("1" in line for line in site.reports.message(by_itself).lines)


def cells(path: Path) -> str:
    return repr(
        [list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(path).worksheets]
    )


def test_another_companys_own_rules_are_not_read_from_the_command_line(
    site: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site_door, "person", lambda: CLERK)
    base = ["--store", f"sqlite:///{site.store.path}", "company", "sales_order"]
    assert main([*base, "c100"]) == 0 and "schema = 1" in capsys.readouterr().out
    for asked in ([*base, "c200"], [*base, "c100", "--like", "c200"]):
        assert main(asked) == 1
        assert "PER-716" in capsys.readouterr().err


def test_the_check_on_the_command_line_takes_a_seat(
    site: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def checked(login: str) -> str:
        monkeypatch.setattr(site_door, "person", lambda: login)
        main(["--store", f"sqlite:///{site.store.path}", "--language", "en", "check"])
        return capsys.readouterr().out

    whole, mine, nobody = checked(CHIEF), checked(CLERK), checked("stranger")
    told = [line for line in whole.splitlines() if line.startswith("warn")]
    assert any("correspondence" in line.casefold() for line in told)
    assert not any(
        "correspondence" in line.casefold() for line in mine.splitlines() if line.startswith("warn")
    )
    assert "PER-716" in nobody and "correspondence" not in nobody.casefold()
