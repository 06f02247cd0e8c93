"""Whose "yes" and whose "no": answers to batches, whole, partial, misnumbered and silent."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.connectors.base import Outcome
from desktop.connectors.k3cloud.answers import reply_of
from desktop.connectors.k3cloud.outcomes import Asked, Call, in_batches, outcomes
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Ref

AUDIT = Call("erp", "PUR_PurchaseOrder", "Audit")
SAVE = Call("erp", "PUR_PurchaseOrder", "Save", new=True)
THREE = [Asked("1", "CG1"), Asked("2", "CG2"), Asked("3", "CG3")]
NEW = [Asked("", "", "K1"), Asked("", "", "K2"), Asked("", "", "K3")]


def said(number: str, text: str = "单据已经审核！") -> str:
    return f"单据编号为“{number}”的采购订单，{text}"


def told(*, ok: bool, code: int = 0, errors: Any = (), done: Any = ()) -> Any:
    status = {
        "IsSuccess": ok,
        "MsgCode": code,
        "Errors": [{"FieldName": "", "Message": message, "DIndex": at} for at, message in errors],
        "SuccessEntitys": [{"Id": key, "Number": number, "DIndex": at} for at, key, number in done],
    }
    return reply_of("erp", {"Result": {"ResponseStatus": status}})


def short(made: list[Outcome]) -> list[Any]:
    """Per bill: its id, or the code and whether it is certain."""
    return [each.ref.key if each.ref else (each.error.code.id, each.error.certain) for each in made]


def test_every_bill_confirmed():
    made = outcomes(AUDIT, THREE, told(ok=True, done=[(0, 1, "CG1"), (1, 2, "CG2"), (2, 3, "CG3")]))
    assert [each.ref for each in made] == [Ref("erp", "PUR_PurchaseOrder", key, f"CG{key}") for key in "123"]


def test_confirmations_match_by_id_whatever_their_order_and_index():
    made = outcomes(AUDIT, THREE, told(ok=True, done=[(0, 3, "CG3"), (0, 1, "CG1"), (0, 2, "CG2")]))
    assert short(made) == ["1", "2", "3"]


def test_one_of_three_refused():
    made = outcomes(
        AUDIT, THREE, told(ok=False, code=11, errors=[(1, said("CG2"))], done=[(0, 1, "CG1"), (2, 3, "CG3")])
    )
    assert short(made) == ["1", ("DAT-401", True), "3"]
    assert "单据已经审核" in made[1].error.facts["said"]


def test_the_number_in_the_message_corrects_a_default_index():
    reply = told(ok=False, code=11, errors=[(0, said("CG2")), (0, said("CG3"))], done=[(0, 1, "CG1")])
    assert short(outcomes(AUDIT, THREE, reply)) == ["1", ("DAT-401", True), ("DAT-401", True)]


def test_a_bill_that_nobody_speaks_of_is_unknown():
    made = outcomes(AUDIT, THREE, told(ok=False, code=11, errors=[(1, said("CG2"))], done=[(0, 1, "CG1")]))
    assert short(made) == ["1", ("DAT-401", True), ("DBT-301", False)]
    assert made[2].error.facts == {"step": "Audit", "number": "CG3", "key": "3"}


def test_an_index_alone_proves_nothing_while_another_bill_is_unaccounted_for():
    made = outcomes(AUDIT, THREE, told(ok=False, code=11, errors=[(0, "网络繁忙")], done=[(1, 2, "CG2")]))
    assert short(made) == [("DAT-401", False), "2", ("DBT-301", False)]


def test_a_message_that_names_a_bill_of_nobody_is_tied_to_nobody():
    made = outcomes(
        AUDIT, THREE, told(ok=False, code=11, errors=[(1, said("XX9"))], done=[(0, 1, ""), (2, 3, "")])
    )
    assert short(made) == ["1", ("DBT-301", False), "3"]


def test_success_without_confirmation_is_unknown():
    assert short(outcomes(AUDIT, THREE, told(ok=True))) == [("DBT-301", False)] * 3
    assert short(outcomes(AUDIT, THREE[:1], told(ok=True))) == [("DBT-301", False)]


def test_a_batch_refused_as_a_whole_raises_so_that_the_caller_tries_singly():
    with pytest.raises(SyncError) as raised:
        outcomes(AUDIT, THREE, told(ok=False, code=2, errors=[(0, "您没有该功能的操作权限")]))
    assert (raised.value.code, raised.value.certain) == (ErrorCode.NOT_PERMITTED, True)


def test_a_batch_that_ended_in_an_exception_leaves_all_unknown_or_unsure():
    made = outcomes(AUDIT, THREE, told(ok=False, code=4, errors=[(0, "异常")]))
    assert short(made) == [("DAT-401", False), ("DBT-301", False), ("DBT-301", False)]


def test_a_single_bill_is_refused_in_its_own_name():
    made = outcomes(AUDIT, THREE[:1], told(ok=False, code=11, errors=[(5, "no index, no number")]))
    assert short(made) == [("DAT-401", True)]
    assert made[0].error.facts["number"] == "CG1"


def test_a_single_refusal_without_words_but_with_a_code_is_certain():
    assert short(outcomes(AUDIT, THREE[:1], told(ok=False, code=11))) == [("DAT-401", True)]
    assert short(outcomes(AUDIT, THREE[:1], told(ok=False, code=0))) == [("DBT-301", False)]


def test_all_complaints_about_a_bill_are_kept():
    made = outcomes(AUDIT, THREE[:1], told(ok=False, code=11, errors=[(0, "缺客户"), (0, "缺日期")]))
    assert made[0].error.facts["said"] == "缺客户 / 缺日期"


def test_new_bills_match_by_their_index():
    reply = told(ok=False, code=11, errors=[(1, "字段“供应商”是必填项")], done=[(0, 11, "N1"), (2, 13, "N3")])
    made = outcomes(SAVE, NEW, reply)
    assert short(made) == ["11", ("DAT-401", True), "13"]


def test_new_bills_confirmed_under_one_index_are_unknown_all():
    reply = told(ok=True, done=[(0, 11, "N1"), (0, 12, "N2"), (0, 13, "N3")])
    assert short(outcomes(SAVE, NEW, reply)) == [("DBT-301", False)] * 3


def test_new_bills_left_unnamed_are_unknown_rather_than_sent_again():
    made = outcomes(SAVE, NEW, told(ok=False, code=11, errors=[(1, "字段“供应商”是必填项")]))
    assert short(made) == [("DBT-301", False), ("DAT-401", False), ("DBT-301", False)]
    assert made[0].error.facts["key"] == "K1"


def test_a_single_new_bill_needs_no_index():
    assert short(outcomes(SAVE, NEW[:1], told(ok=True, done=[(None, 11, "N1")]))) == ["11"]
    assert short(outcomes(SAVE, NEW[:1], told(ok=True, done=[(0, 11, "N1"), (1, 12, "N2")]))) == [
        ("DBT-301", False)
    ]


# Slices


def ok(part: Any) -> list[Outcome]:
    return [Outcome(ref=Ref("erp", "F", each, "")) for each in part]


def lost(each: str) -> SyncError:
    return SyncError(ErrorCode.OUTCOME_UNKNOWN, step="s", number=each, key=each)


def test_slices_keep_the_order_asked_across_kinds():
    sent: list[list[str]] = []
    made = in_batches(
        ["a1", "b1", "a2", "b2", "a3"],
        2,
        lambda part: sent.append(list(part)) or ok(part),
        lost,
        lambda e: e[0],
    )
    assert sent == [["a1", "a2"], ["a3"], ["b1", "b2"]]
    assert short(made) == ["a1", "b1", "a2", "b2", "a3"]


def test_what_was_done_is_kept_when_a_later_call_is_lost_and_nothing_more_is_sent():
    def send(part: Any) -> list[Outcome]:
        if "c" in part:
            raise SyncError(ErrorCode.TOO_SLOW, system="erp", seconds=60)
        return ok(part)

    made = in_batches(list("abcdef"), 2, send, lost)
    assert short(made) == [
        "a",
        "b",
        ("NET-102", False),
        ("NET-102", False),
        ("NET-102", True),
        ("NET-102", True),
    ]


def test_a_slice_refused_whole_among_others_is_unknown_and_the_rest_goes_on():
    def send(part: Any) -> list[Outcome]:
        if "a" in part:
            raise SyncError(ErrorCode.REFUSED, certain=True, system="erp", number="", said="no")
        return ok(part)

    assert short(in_batches(list("abc"), 2, send, lost)) == [("DBT-301", False), ("DBT-301", False), "c"]


def test_the_only_slice_raises_what_it_raises():
    def send(part: Any) -> list[Outcome]:
        raise SyncError(ErrorCode.TOO_SLOW, system="erp", seconds=60)

    with pytest.raises(SyncError):
        in_batches(list("ab"), 2, send, lost)
