"""Attachments: each file its own step, both ways; what cannot go stays behind with its reason and holds up nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from desktop.connectors.ecology.connector import EcologyConnector
from desktop.connectors.k3cloud.connector import K3Cloud
from desktop.domain.document import AttemptOutcome, DocumentState, FileState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.sandbox.dingtalk_play import PLAY as DINGTALK
from desktop.sandbox.ecology_play import PLAY as ECOLOGY
from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.faults import Fault
from desktop.sandbox.k3cloud_play import PLAY as K3CLOUD
from desktop.sandbox.k3wise_play import PLAY as K3WISE
from desktop.services.company_flows import Own
from desktop.store.flows import parse_flow
from desktop.sync import approval, generation
from desktop.views.document_life import facts, timeline
from tests.conftest import FLOW, FORM, Clock, House, Stage, staged
from tests.sync.making import Works
from tests.sync.test_crash_matrix import MOMENTS

HARDEST = [
    moment if moment in ("reply lost", "inside the commit") else pytest.param(moment, marks=pytest.mark.soak)
    for moment in MOMENTS
]
"""The moments that hurt most; all others are in the soak."""

ON = {"attachments.on": True, "oa.options.upload_folder": "77"}
PAIRS = {"k3cloud-ecology": (K3CLOUD, ECOLOGY), "k3cloud-dingtalk": (K3CLOUD, DINGTALK)}
on_each_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())

SCAN, SHEET = b"%PDF" + bytes(range(256)) * 40, "附件".encode() * 900


@pytest.fixture
def pair() -> Any:
    return PAIRS["k3cloud-ecology"]


@pytest.fixture
def toy(served: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, pair: Any) -> Iterator[Stage]:
    """Both worlds on the test's clocks, as the pair speaks."""
    yield staged(served, clock, monkeypatch, pair)
    for server in served[:2]:
        server.app, server.latency_ms = (lambda environ, start: []), 0.0


def travels(house: House, flow: str = FLOW, **more: object) -> None:
    """Attachments are switched on for company 100, with other settings of the section."""
    settings = {**ON, **{f"attachments.{name}": value for name, value in more.items()}}
    house.workspace.companies.publish("chief", flow, "c100", Own({}, settings), "test")


def attached(house: House, bill: ErpBill, files: Mapping[str, bytes]) -> ErpBill:
    for name, content in files.items():
        house.toy.erp.attach(bill.form, bill.id, name, content)
    return bill


def on_request(house: House, bill: ErpBill, number: int = 1) -> dict[str, bytes]:
    """What the OA's people see on the bill's n-th request."""
    ids = house.requests(bill)[number - 1].fields.get("attachments", "")
    found = [house.toy.oa.files.find(int(each)) for each in ids.split(",") if each]
    return {each.name: each.content for each in found if each is not None}


def on_bill(house: House, bill: ErpBill) -> list[tuple[str, bytes]]:
    rows = [row.head for _, row in sorted(house.toy.erp.tables["BOS_Attachment"].by_id.items())]
    mine = [row for row in rows if (row["FBillType"], row["FInterID"]) == (bill.form, str(bill.id))]
    return [(row["FAttachmentName"], house.toy.erp.files[row["FFileId"]][1]) for row in mine]


def told(house: House, document_id: int) -> dict[str, tuple[FileState, str]]:
    files = house.workspace.documents.story(document_id).files
    return {each.name: (each.state, each.why) for each in files}


def asked(works: Works, files: Mapping[str, bytes]) -> int:
    """A request with files, to which everybody has agreed."""
    ids = [
        works.toy.oa.files.store(name, content, "61", works.clock.oa_now()) for name, content in files.items()
    ]
    return works.agreed(attachments=",".join(map(str, ids)))


# --- ERP -> OA -----------------------------------------------------------------------------------------------------------
@on_each_pair
def test_a_bill_s_files_stand_on_its_request_round_after_round(house: House) -> None:
    travels(house)
    house.run()
    bill = attached(house, house.order(), {"合同.pdf": SCAN, "清单.xlsx": SHEET})
    plain = house.order()
    house.calm()
    assert (
        on_request(house, bill) == {"合同.pdf": SCAN, "清单.xlsx": SHEET} and on_request(house, plain) == {}
    )
    document = house.document(bill)
    assert set(told(house, document.id).values()) == {(FileState.CARRIED, "")}
    tries = [each for each in house.workspace.ledger.attempts(document.id) if each.step == "upload"]
    assert len(tries) == 2 and len({each.key for each in tries}) == 2
    assert all(each.key.startswith(f"{document.key}-F") for each in tries), "what is in it is part of the key"
    house.reject(bill)
    house.calm()
    attached(house, bill, {"补充.jpg": b"\xff\xd8" * 9})
    house.submit(bill)
    house.calm()
    assert set(on_request(house, bill, 2)) == {"合同.pdf", "清单.xlsx", "补充.jpg"}
    house.approve(bill, 2)
    house.calm()
    assert house.state(bill) is DocumentState.DONE
    house.assert_intact()


@on_each_pair
def test_what_is_above_a_limit_stays_behind_and_the_clerk_sees_which_and_why(house: House) -> None:
    travels(house, most=4, largest_mb=0.01)
    house.run()
    files = {"好.pdf": b"1", "大.pdf": SCAN * 2, "病毒.EXE": b"MZ", "空.txt": b"", "第五.pdf": b"5"}
    bill = attached(house, house.order(), files)
    house.calm()
    assert house.state(bill) is DocumentState.REQUESTED and on_request(house, bill) == {"好.pdf": b"1"}
    why = {name: reason for name, (_, reason) in told(house, house.document(bill).id).items()}
    assert why == {
        "好.pdf": "",
        "大.pdf": "20 KB > 10 KB",
        "病毒.EXE": ".exe",
        "空.txt": "0 B",
        "第五.pdf": "5 > 4",
    }
    events = house.workspace.documents.story(house.document(bill).id).events
    assert sum(each.action == "file_left_out" for each in events) == 4
    story, text = house.workspace.documents.story(house.document(bill).id), house.workspace.text
    shown = [each.value for each in facts(story, text) if each.label == text.say("fact-files-left")]
    assert len(shown) == 4 and any("病毒.EXE" in each and ".exe" in each for each in shown)
    assert any("病毒.EXE" in line.said for line in timeline(story, text))


def test_where_the_flow_says_so_nothing_goes_without_its_files(house: House) -> None:
    travels(house, must=True, kinds=["pdf"])
    house.run()
    bill = attached(house, house.order(), {"合同.pdf": SCAN, "图.dwg": b"AC"})
    house.calm()
    assert (house.failure(bill), house.requests(bill)) == (ErrorCode.FILES_NOT_CARRIED.id, [])
    travels(house, must=True, kinds=["pdf", "dwg"])
    house.workspace.documents.retry("chief", [house.document(bill).id])
    house.calm()
    assert set(on_request(house, bill)) == {"合同.pdf", "图.dwg"} and house.failure(bill) == ""


@on_each_pair
def test_a_server_that_never_takes_a_file_holds_up_nothing(house: House) -> None:
    travels(house)
    house.run()
    bill = attached(house, house.order(), {"合同.pdf": SCAN})
    house.toy.oa_faults.force(Fault.REPLY_LOST, house.toy.oa_play.words["upload"], times=3)
    house.calm()
    assert house.state(bill) is DocumentState.REQUESTED and on_request(house, bill) == {}
    ((state, why),) = told(house, house.document(bill).id).values()
    assert state is FileState.LEFT_OUT and why.startswith("NET-103")
    other = attached(house, house.order(), {"合同.pdf": SCAN})
    house.toy.oa_faults.force(Fault.REPLY_LOST, house.toy.oa_play.words["upload"])
    house.calm()
    assert on_request(house, other) == {"合同.pdf": SCAN}, "one lost answer is a try, no more"


def test_a_folder_that_nobody_named_is_a_reason_not_a_stop(house: House) -> None:
    house.join(upload_folder="")
    house.workspace.companies.publish("chief", FLOW, "c100", Own({}, {"attachments.on": True}), "test")
    house.run()
    bill = attached(house, house.order(), {"合同.pdf": SCAN, "合同二.pdf": SCAN})
    house.calm()
    assert house.state(bill) is DocumentState.REQUESTED
    assert {why for _, why in told(house, house.document(bill).id).values()} == {"PER-714 upload_folder"}


@on_each_pair
def test_the_same_file_twice_travels_once(house: House) -> None:
    travels(house)
    house.run()
    bill = house.order()
    for _ in range(2):
        attached(house, bill, {"合同.pdf": SCAN})
    house.calm()
    assert on_request(house, bill) == {"合同.pdf": SCAN}
    assert len(house.requests(bill)[0].fields["attachments"].split(",")) == 1
    assert house.state(bill) is DocumentState.REQUESTED


def test_a_name_goes_over_without_a_path_or_a_disguise(house: House) -> None:
    travels(house, kinds=[])
    house.run()
    names = {
        "../../合同.pdf": "_.._合同.pdf",
        "账单\u202efdp.exe": "账单fdp.exe",
        f"{'长' * 300}.pdf": f"{'长' * 116}.pdf",
    }
    bill = attached(house, house.order(), dict.fromkeys(names, SCAN))
    house.calm()
    assert on_request(house, bill) == dict.fromkeys(names.values(), SCAN)


@pytest.mark.parametrize("pair", [PAIRS["k3cloud-dingtalk"]], ids=["k3cloud-dingtalk"])
def test_the_place_where_an_oa_keeps_its_files_may_be_away_and_the_oa_is_not(house: House, pair: Any) -> None:
    travels(house)
    house.run()
    once, never = (attached(house, house.order(), {"合同.pdf": SCAN, "清单.xlsx": SHEET}) for _ in range(2))
    house.toy.oa_faults.force(Fault.RESET_BEFORE, "keep", times=9)
    house.run(2)
    house.toy.oa_faults.clear()
    house.run(2)
    assert on_request(house, once) == on_request(house, never) == {"合同.pdf": SCAN, "清单.xlsx": SHEET}
    blocked, plain = attached(house, house.order(), {"合同.pdf": SCAN}), house.order()
    house.toy.oa_faults.force(Fault.RESET_BEFORE, "keep", times=30)
    house.run(4)
    assert on_request(house, blocked) == {} and house.state(blocked) is DocumentState.REQUESTED
    assert house.state(plain) is DocumentState.REQUESTED and not house.hold(), "only the files are concerned"
    ((state, why),) = told(house, house.document(blocked).id).values()
    assert state is FileState.LEFT_OUT and why.startswith("NET-111 NET-103")
    story, text = house.workspace.documents.story(house.document(blocked).id), house.workspace.text
    assert any(text.say("short-NET-111") in each.value for each in facts(story, text))


# --- OA -> ERP -----------------------------------------------------------------------------------------------------------
@on_each_pair
def test_a_request_s_files_hang_on_the_bill_before_it_is_submitted(works: Works) -> None:
    travels(works, "claim")
    request = asked(works, {"照片.jpg": SCAN, "报告.pdf": SHEET})
    works.calm()
    (bill,) = works.made()
    assert sorted(on_bill(works, bill)) == sorted([("照片.jpg", SCAN), ("报告.pdf", SHEET)])
    assert works.stands(request) == (DocumentState.DONE, "")
    steps = [each.step for each in works.workspace.ledger.attempts(works.of(request).id)]
    assert steps == ["save_bill", "attach", "attach", "submit_bill", "audit_bill", "write_back"]


@on_each_pair
def test_the_invoices_of_an_expense_hang_on_the_expense_bill(payroll: Works, pair: Any) -> None:
    travels(payroll, "expense")
    request = asked(payroll, {"发票24110001.pdf": SCAN, "发票24110002.ofd": SHEET, "录像.mp4": b"0"})
    payroll.calm()
    (bill,) = payroll.made()
    assert sorted(on_bill(payroll, bill)) == [("发票24110001.pdf", SCAN), ("发票24110002.ofd", SHEET)]
    assert payroll.stands(request) == (DocumentState.DONE, "")
    assert told(payroll, payroll.of(request).id)["录像.mp4"] == (FileState.LEFT_OUT, ".mp4")


@pytest.mark.parametrize("pair", [(K3WISE, DINGTALK)], ids=["k3wise-dingtalk"])
def test_where_an_erp_takes_no_files_they_stay_in_the_oa_and_the_clerk_is_told(
    works: Works, pair: Any
) -> None:
    travels(works, "claim")
    request = asked(works, {"照片.jpg": SCAN})
    works.calm()
    assert works.stands(request) == (DocumentState.DONE, "") and works.made()
    documents, text = works.workspace.documents, works.workspace.text
    story = documents.story(works.of(request).id)
    assert (story.files_stay, story.files) == ("oa", ())
    assert text.say("fact-files-stay-oa") in [each.value for each in facts(story, text)]
    works.workspace.companies.publish("chief", "claim", "c100", Own({}, {"attachments.on": False}), "test")
    assert documents.story(works.of(request).id).files_stay == "", "nobody meant them to travel"


@pytest.mark.parametrize("pair", [PAIRS["k3cloud-dingtalk"]], ids=["k3cloud-dingtalk"])
@pytest.mark.parametrize("times", [2, 9])
def test_a_file_that_does_not_come_down_is_tried_again_and_then_left_in_the_oa(
    works: Works, pair: Any, times: int
) -> None:
    travels(works, "claim")
    works.toy.oa_faults.force(Fault.SERVER_ERROR, "fetch", times=times)
    request = asked(works, {"照片.jpg": SCAN})
    works.run(5)
    (bill,) = works.made()
    assert on_bill(works, bill) == ([("照片.jpg", SCAN)] if times < 3 else [])
    works.calm()
    assert works.stands(request) == (DocumentState.DONE, "") and not works.hold()


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.REPLY_LOST, Fault.SESSION_LOST])
def test_a_lost_answer_is_looked_up_before_the_file_is_sent_again(works: Works, fault: Fault) -> None:
    travels(works, "claim")
    request = asked(works, {"照片.jpg": SCAN})
    works.toy.erp_faults.force(fault, "AttachmentUpLoad")
    works.calm(passes=60)
    (bill,) = works.made()
    assert on_bill(works, bill) == [("照片.jpg", SCAN)]
    assert works.stands(request) == (DocumentState.DONE, "")


def test_a_yes_of_a_server_that_kept_nothing_is_no_yes(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    travels(works, "claim")
    true, lost = works.toy.erp.attach, []

    def forgetful(*given: object, **more: object) -> str:
        lost.append(given)
        return "f" * 32 if len(lost) < 2 else true(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(works.toy.erp, "attach", forgetful)
    request = asked(works, {"照片.jpg": SCAN})
    works.calm(passes=60)
    (bill,) = works.made()
    assert on_bill(works, bill) == [("照片.jpg", SCAN)] and len(lost) == 2
    assert works.stands(request) == (DocumentState.DONE, "")


def test_a_no_to_the_question_which_files_there_are_undoes_no_bill(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels(works, "claim")
    request = asked(works, {"照片.jpg": SCAN})

    def refuse(*_: object) -> object:
        raise SyncError(ErrorCode.REFUSED, certain=True, system="oa", number="", said="formDataError")

    with monkeypatch.context() as patched:
        patched.setattr(EcologyConnector, "request_files", refuse)
        works.calm()
    (bill,) = works.made()
    assert works.stands(request) == (DocumentState.SAVED, ErrorCode.UNREADABLE.id)
    works.workspace.order("clerk", "retry", (works.of(request).id,))
    works.calm()
    assert (works.stands(request), works.made()) == ((DocumentState.DONE, ""), [bill])


def test_a_no_to_the_question_how_a_bill_stands_undoes_no_bill(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = works.agreed()
    with works.dying("submit_bill", "before the promise"):
        works.run()
    real, asked_before = K3Cloud.read_bills, list[object]()

    def refuse_once(self: K3Cloud, side: Any, keys: Any) -> Any:
        if not asked_before:
            asked_before.append(keys)
            raise SyncError(ErrorCode.REFUSED, certain=True, system="k3", number="", said="元数据已更新")
        return real(self, side, keys)

    works.restart()
    monkeypatch.setattr(K3Cloud, "read_bills", refuse_once)
    works.run()
    (bill,) = works.made()
    assert works.stands(request) == (DocumentState.SAVED, ErrorCode.REFUSED.id) and asked_before
    works.workspace.order("clerk", "retry", (works.of(request).id,))
    works.calm()
    assert (works.stands(request), works.made()) == ((DocumentState.DONE, ""), [bill])


def test_after_a_restored_copy_a_file_that_hangs_there_is_not_sent_again(works: Works, tmp_path) -> None:
    travels(works, "claim")
    request = asked(works, {"照片.jpg": SCAN})
    copy = works.workspace.backups.make()[0]
    with works.dying("submit_bill", "before the promise"):
        works.run()
    works.restore(copy)
    works.calm()
    (bill,) = works.made()
    assert on_bill(works, bill) == [("照片.jpg", SCAN)]
    assert works.stands(request) == (DocumentState.DONE, "")


# --- crashes -------------------------------------------------------------------------------------------------------------
def test_both_steps_stand_in_their_tables() -> None:
    assert "upload" in {step.name for step in approval.STEPS} and "attach" in {
        step.name for step in generation.STEPS
    }


@on_each_pair
@pytest.mark.parametrize("moment", HARDEST)
def test_a_crash_around_an_upload_leaves_one_request_with_its_file(house: House, moment: str) -> None:
    travels(house)
    house.run()
    bill = attached(house, house.order(), {"合同.pdf": SCAN})
    with house.dying("upload", moment):
        house.run(2)
    house.restart(after_s=200)
    house.calm()
    assert (house.state(bill), len(house.requests(bill))) == (DocumentState.REQUESTED, 1)
    assert on_request(house, bill) == {"合同.pdf": SCAN} and not house.intents()
    house.assert_intact()


@on_each_pair
@pytest.mark.parametrize("moment", HARDEST)
def test_a_crash_around_an_attachment_leaves_one_file_on_one_bill(works: Works, moment: str) -> None:
    travels(works, "claim")
    request = asked(works, {"照片.jpg": SCAN})
    with works.dying("attach", moment):
        works.run(2)
    works.restart(after_s=200)
    works.calm(passes=60)
    (bill,) = works.made()
    assert on_bill(works, bill) == [("照片.jpg", SCAN)]
    assert works.stands(request) == (DocumentState.DONE, "") and not works.intents()
    attempts = works.workspace.ledger.attempts(works.of(request).id)
    assert [each.outcome for each in attempts if each.step == "attach"][-1] is AttemptOutcome.DONE
    works.assert_intact()


@pytest.mark.parametrize(
    "words",
    [
        'on = true\nfield = ""', "on = true\nfield = 'a'\nmost = 0", "on = true\nfield = 'a'\nlargest_mb = 0",
        "on = true\nfield = 'a'\nsize = 3", "on = true\nfield = 'a'\nmost = 'many'",
    ],
)  # fmt: skip
def test_a_section_that_says_nonsense_is_refused(house: House, words: str) -> None:
    text = house.workspace.flow_files.text(FLOW)
    start = text.index("[attachments]")
    end = text.index("\n[", start)
    with pytest.raises(Exception) as refused:
        parse_flow(f"{text[:start]}[attachments]\n{words}\n{text[end:]}", "x")
    assert getattr(refused.value, "code", None) is ErrorCode.FLOW_FILE_WRONG and FORM
