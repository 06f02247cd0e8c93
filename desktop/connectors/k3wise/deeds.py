"""Kingdee K/3 WISE: effects on one bill. One call where one is enough; each says what it may leave behind.

CheckBill starts the review (1), passes a level (2) or rejects (4). What un-audits is told nowhere: a setting, and without
it the deed is refused before anything is sent. An Update replaces all lines, so it sends them as they were just read, and
never those of a bill that is in approval. Source: reference kingdee-k3wise, sections 4.4 to 4.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.connectors.k3wise.answers import Reply, refusal
from desktop.connectors.k3wise.client import Client
from desktop.connectors.k3wise.reading import Reader
from desktop.connectors.k3wise.shapes import HEAD, FormKeys, Trigger, nested, pages, text_of
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import BillDraft, BillHead, BillStatus, Ref, Row, Value
from desktop.domain.system import System

START, PASS, REJECT = "1", "2", "4"


class Deeds:
    """Changes bills of one account set.

    Options of the system: checker (the user's name in whose right it reviews; several, comma-separated, where a bill goes
    through several levels), un_audit (the direction that un-audits, "" = unknown), update_nesting ("inner": the number
    stands beside the inner Data; "outer": beside the outer one).
    """

    def __init__(self, client: Client, reader: Reader, system: System) -> None:
        self._client, self._reader, self._system = client, reader, system
        names = [each.strip() for each in system.options.get("checker", "").split(",")]
        self._checkers = [name for name in names if name] or [""]
        self._un_audit = system.options.get("un_audit", "").strip()
        self._outer = system.options.get("update_nesting", "") == "outer"

    def save(self, side: ErpSide, draft: BillDraft) -> Ref:
        """A new bill with our key. The answer's number is all that the interface knows a bill by."""
        key: dict[str, Value] = {side.key_field: draft.key} if side.key_field else {}
        body = {"Data": pages({**draft.header, **key}, draft.lines)}
        reply = self._client.effect(side.form, "Save", body)
        if not reply.ok:
            raise refusal(self._system.id, side.form, "", reply)
        number = _made(reply)
        if not number:
            raise SyncError(ErrorCode.OUTCOME_UNKNOWN, step="Save", number="", key=draft.key)
        return Ref(self._system.id, side.form, number, number)

    def submit(self, side: ErpSide, ref: Ref) -> Ref:
        """Hands it in, whatever that is here: starts the review, or ticks the box."""
        keys = FormKeys.of(side, self._system)
        if keys.trigger is Trigger.REVIEW:
            self._check(side, ref, START, "", self._checkers[0])
        elif keys.trigger is Trigger.TICK:
            self._set_tick(side, ref, keys, on=True)
        else:
            raise self._cannot("submit_bills")
        return ref

    def audit(self, side: ErpSide, ref: Ref) -> Ref:
        """Passes every level. A level that was passed before is refused, and that is no harm as long as the last one is not."""
        keys = FormKeys.of(side, self._system)
        if keys.trigger is not Trigger.REVIEW:
            self._only_submitted(side, ref, "CheckBill")
        passed, refused = False, None
        for checker in self._checkers:
            try:
                self._check(side, ref, PASS, "", checker)
            except SyncError as error:
                if not error.certain:
                    raise
                refused = error
            else:
                passed, refused = True, None
        if refused is not None:
            raise refused if not passed else SyncError(refused.code, certain=False, **refused.facts)
        return ref

    def send_back(self, side: ErpSide, head: BillHead, reason: str) -> Ref:
        """With its maker again: rejected, or its box cleared; an audited one is un-audited first. Once that is done no
        later refusal is certain any more."""
        keys, ref = FormKeys.of(side, self._system), head.ref
        if head.status not in (BillStatus.SUBMITTED, BillStatus.AUDITED):
            return ref
        if head.status is BillStatus.SUBMITTED:
            return self._take_back(side, ref, keys, reason)
        if not self._un_audit:
            raise self._cannot("un_audit")
        self._check(side, ref, self._un_audit, reason, self._checkers[-1], un_audit=True)
        try:
            told = self._reader.detail(side, ref.number)
            if told and self._reader.head(side, told[HEAD][0]).status is BillStatus.SUBMITTED:
                self._take_back(side, ref, keys, reason)
        except SyncError as error:
            raise SyncError(error.code, certain=False, **error.facts) from None
        return ref

    def _take_back(self, side: ErpSide, ref: Ref, keys: FormKeys, reason: str) -> Ref:
        if keys.trigger is Trigger.REVIEW:
            self._check(side, ref, REJECT, reason, self._checkers[0])
        elif keys.trigger is Trigger.TICK:
            self._set_tick(side, ref, keys, on=False)
        else:
            raise self._cannot("send_back_bills")
        return ref

    def note(self, side: ErpSide, ref: Ref, row: Row) -> Ref:
        """Head fields of a bill that lies with its maker."""
        told = self._detail(side, ref)
        status = self._reader.head(side, told[HEAD][0]).status
        if status not in (BillStatus.CREATED, BillStatus.REOPENED, BillStatus.DRAFT):
            raise self._refused(ref, f"Update: {status.value}")
        values: Row = {name: "" if value is None else value for name, value in row.items()}
        self._update(side, ref, nested(values), told)
        return ref

    def delete(self, side: ErpSide, ref: Ref) -> Ref:
        """Gone."""
        keys = FormKeys.of(side, self._system)
        self._only(side, ref, self._client.effect(side.form, "Delete", {"Data": {keys.number: ref.number}}))
        return ref

    # --- below -----------------------------------------------------------------------------------------------------------
    def _check(
        self, side: ErpSide, ref: Ref, direction: str, comment: str, checker: str, *, un_audit: bool = False
    ) -> None:
        keys = FormKeys.of(side, self._system)
        order = {
            keys.number: ref.number,
            "FChecker": checker,
            "FCheckDirection": direction,
            "FDealComment": comment,
        }
        reply = self._client.effect(side.form, "CheckBill", {"Data": order})
        if not reply.ok:
            raise refusal(self._system.id, side.form, ref.number, reply, un_audit=un_audit)

    def _only_submitted(self, side: ErpSide, ref: Ref, deed: str) -> None:
        """A bill that is not handed in could be audited all the same here; nobody asked for that."""
        told = self._detail(side, ref)
        status = self._reader.head(side, told[HEAD][0]).status
        if status is not BillStatus.SUBMITTED:
            raise self._refused(ref, f"{deed}: {status.value}")

    def _set_tick(self, side: ErpSide, ref: Ref, keys: FormKeys, *, on: bool) -> None:
        if not keys.tick:
            raise self._cannot("tick_field")
        told = self._detail(side, ref)
        status = self._reader.head(side, told[HEAD][0]).status
        if status is not (BillStatus.CREATED if on else BillStatus.SUBMITTED):
            raise self._refused(ref, f"{keys.tick}: {status.value}")
        self._update(side, ref, {keys.tick: keys.tick_on if on else keys.tick_off}, told)

    def _detail(self, side: ErpSide, ref: Ref) -> dict[str, Any]:
        """The bill as it is now. Whatever fails here fails before the effect left."""
        try:
            told = self._reader.detail(side, ref.number)
        except SyncError as error:
            raise SyncError(error.code, certain=True, **error.facts) from None
        if told is None:
            raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=self._system.id, number=ref.number)
        return told

    def _update(
        self, side: ErpSide, ref: Ref, values: Mapping[str, Any], told: Mapping[str, Any]
    ) -> None:  # fmt: skip
        keys = FormKeys.of(side, self._system)
        lines = {page: rows for page, rows in told.items() if page != HEAD and isinstance(rows, list)}
        whole = {HEAD: [dict(values)], **lines}
        named = {keys.number: ref.number}
        body = {**named, "Data": {"Data": whole}} if self._outer else {"Data": {**named, "Data": whole}}
        self._only(side, ref, self._client.effect(side.form, "Update", body))

    def _only(self, side: ErpSide, ref: Ref, reply: Reply) -> None:
        if not reply.ok:
            raise refusal(self._system.id, side.form, ref.number, reply)

    def _refused(self, ref: Ref, said: str) -> SyncError:
        return SyncError(
            ErrorCode.REFUSED, certain=True, system=self._system.id, number=ref.number, said=said
        )

    def _cannot(self, what: str) -> SyncError:
        return SyncError(ErrorCode.CANNOT, certain=True, system=self._system.id, what=what)


def _made(reply: Reply) -> str:
    """The number of a new record: bills answer BillNo, base data a row with FNumber."""
    told = reply.data[0] if isinstance(reply.data, list) and reply.data else reply.data
    if not isinstance(told, dict):
        return ""
    return text_of(told.get("BillNo") or told.get("FBillNo") or told.get("FNumber"))
