"""Bank accounts and ID numbers: hidden wherever they stand, and nothing else with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Money, Ref
from desktop.domain.system import Person, Role, Route
from desktop.services.base_cases import CaseRow
from desktop.services.base_data import BaseQuestion, BaseRow, Gap
from desktop.services.base_suggestions import Suggestion
from desktop.services.masking import hidden, is_account
from desktop.services.workspace import Workspace
from desktop.store.change import Intention, KeptExchange, NewDocument

ACCOUNT, ID_CARD = "1001 2345 678", "32010619900101123X"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["bank_account", "FEACHBANKACCOUNT", "FBankAccountT", "BankNo", "收款账号", "id_card", "身份证号", "iban", "FBANKACNT"]
)  # fmt: skip
def test_fields_that_hold_an_account(name: str) -> None:
    assert is_account(name)


@pytest.mark.parametrize(
    "name", ["bank_name", "FEACHBANKNAME", "FACCOUNTID", "account_book", "amount", "FEACHCCOUNTNAME", "number", "FBankAccountName"]
)  # fmt: skip
def test_fields_that_do_not(name: str) -> None:
    assert not is_account(name)


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    sent: str
    found: str
    amount: Money


def test_an_account_is_hidden_by_its_field_and_then_wherever_else_it_stands() -> None:
    told = hidden(
        {
            "header": {"FEACHBANKACCOUNT": ACCOUNT, "FBILLNO": "FKSQ000118", "FAPPLYAMOUNTFOR_H": Decimal("480000.00")},
            "note": f"请付到 {ACCOUNT} 王敏",
            "lines": ({"1": {"FEACHBANKACCOUNT": "9988776655", "FNOTE": "货款"}},),
            "payee": ID_CARD, "card": "6222021234567890123", "request": json.dumps({"F": {"bank_account": "5544332211"}}),
            "error": SyncError(ErrorCode.CHANGED_AFTER_SENDING, number="1", field="bank_account", sent="AB12345678", found="AB12349999"),
        }
    )  # fmt: skip
    assert told["header"] == {"FEACHBANKACCOUNT": "**** 678", "FBILLNO": "FKSQ000118", "FAPPLYAMOUNTFOR_H": Decimal("480000.00")}  # fmt: skip
    assert told["note"] == "请付到 **** 678 王敏"
    assert told["lines"][0]["1"] == {"FEACHBANKACCOUNT": "****6655", "FNOTE": "货款"}
    assert (told["payee"], told["card"]) == ("****123X", "****0123")
    assert "5544332211" not in told["request"] and "****2211" in told["request"]
    assert (told["error"].facts["sent"], told["error"].facts["found"]) == ("****5678", "****9999")


def test_what_is_no_account_stays() -> None:
    row = Difference("amount", "480000.00", "480000.01", Money(Decimal("480000.01"), "CNY"))
    texts = ["XSDD000012", "2026-11-27T09:12:00.123456+00:00", "1234567890123.45", "13800138000", "ABCDEFGHIJKLMNOP-R1"]  # fmt: skip
    assert hidden(row) == row
    assert hidden(texts) == texts
    assert hidden(Difference("bank_account", "12345678", "87654321", row.amount)).sent == "****5678"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Workspace]:
    """A payment request that was sent, and refused with its account in the sentence."""
    with Workspace.open_folder(tmp_path, memory={}) as workspace:
        workspace.catalog.put_route(Route("c100", "100", "华东机电", "k3", "oa"), "chief")
        workspace.people.save("chief", Person("chief", "陈主管", Role.ADMIN))
        workspace.people.save("chief", Person("auditor", "审计", Role.AUDITOR, sees_accounts=False))
        yield workspace


def paid(workspace: Workspace) -> int:
    with workspace.ledger.change(NOW) as change:
        source = Ref("k3", "CN_PAYAPPLY", "7", "FKSQ000118")
        [made] = change.add([NewDocument("c100", "payment_request", source, "ABCDEFGHIJKLMNOP")])
        change.open_round(
            made, flow_version="v", snapshot={"header": {"FBILLNO": "FKSQ000118"}, "lines": {"T": {"1": {"FEACHBANKACCOUNT": ACCOUNT}}}},
            mapped={"fields": {"bank_account": ACCOUNT}, "details": {}}, digest="d", source_changed_at=None, sent_as="57",
        )  # fmt: skip
        [attempt] = change.intend("open_request", [Intention(made, made.key)])
        change.keep_exchanges(
            [attempt], [KeptExchange("oa", "POST", "/x", 200, 1.0, NOW, f"a={ACCOUNT}&b=1", "{}")]
        )
        error = SyncError(ErrorCode.REFUSED, system="oa", number="FKSQ000118", said=f"账号 {ACCOUNT} 无效")
        change.fail(made, error, next_try_at=None)
    return made.id


def test_an_auditor_reads_a_whole_story_without_an_account(site: Workspace) -> None:
    of = paid(site)
    for login, seen in (("chief", True), ("auditor", False)):
        site.people.arrive(login)
        story = site.documents.story(of)
        told = repr(
            (story.rounds, story.failures, story.events, site.documents.exchanges(story.attempts[0].id))
        )
        assert (ACCOUNT in told) == seen
        assert ("**** 678" in told) != seen
    assert site.documents.story(of).row.number == "FKSQ000118"


OWN, THEIRS = "3301-0001-7788", "OA-ACC-99887766"
"""An account as the ERP codes it, and the OA's key of the same one: no run of digits would give them away."""


def test_a_gap_in_the_correspondence_of_an_account_shows_none_of_it() -> None:
    gap = Gap(
        "c100", "华东机电", "bank_account", "erp", OWN, "基本户", (1,), (), "",
        Suggestion(THEIRS, "基本户", 90, "name"), (OWN,),
    )  # fmt: skip
    told = hidden(gap)
    assert (told.code, told.several, told.suggestion.key) == ("****7788", ("****7788",), "****7766")
    assert (told.kind, told.name, told.route_id) == ("bank_account", "基本户", "c100")
    facts = {"kind": "supplier", "erp_code": "VEN0004", "gaps": f"supplier VEN0004; bank_account {OWN}"}
    assert hidden(facts)["gaps"] == "supplier VEN0004; bank_account ****7788"
    assert hidden(facts)["erp_code"] == "VEN0004"


def test_base_data_of_accounts_is_masked_in_the_page_and_in_its_files(
    site: Workspace, tmp_path: Path
) -> None:
    site.people.save("chief", Person("mapper", "顾问", Role.MAPPING, sees_accounts=False))
    rows = [BaseRow("c100", "bank_account", OWN, THEIRS, "基本户", "基本户", "person"), BaseRow("c100", "supplier", "VEN0004", "OA-VEN-0004", "", "", "person")]  # fmt: skip
    site.base.put("chief", rows, {(row.route_id, row.kind, row.erp_code): "" for row in rows})
    case = CaseRow(0, "c100", "bank_account", "erp", OWN, THEIRS, "D01")
    site.cases.put("chief", case)
    for login, seen in (("chief", True), ("mapper", False)):
        site.people.arrive(login)
        ids = site.base.ids(BaseQuestion(), "kind")
        path = tmp_path / f"{login}.csv"
        assert site.base.write_sheet(path, BaseQuestion(), lambda *_: None, lambda: False) == 2
        for told in (repr(site.base.lines(ids)), path.read_text("utf-8-sig"), repr(site.cases.lines())):
            assert (OWN in told, THEIRS in told, "****7788" in told) == (seen, seen, not seen)
        assert "VEN0004" in path.read_text("utf-8-sig")
    (line,) = (each for each in site.base.lines(ids).values() if each.row.kind == "bank_account")
    for write in (
        lambda: site.base.change("mapper", line, "OA-ACC-1"), lambda: site.base.remove("mapper", line),
        lambda: site.cases.put("mapper", case),
    ):  # fmt: skip
        with pytest.raises(SyncError) as refused:
            write()
        assert refused.value.code is ErrorCode.NOT_ALLOWED
    preview = site.base.read_sheet(tmp_path / "mapper.csv", lambda *_: None, lambda: False)
    assert preview is not None and [each.reason for each in preview.faults] == ["account"]
    assert (preview.same, preview.changes) == (1, ())
