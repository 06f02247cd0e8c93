"""Kingdee K/3 Cloud: the protocol ErpConnector over the wire in client.py.

Translates, calls, translates back. No retry, no business rule, nothing kept but the sign-in.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.connectors.base import (
    Capabilities,
    Outcome,
    Secrets,
    SystemInfo,
    Vendor,
    VendorField,
)
from desktop.connectors.k3cloud import checking, shapes
from desktop.connectors.k3cloud.answers import Reply, conversion
from desktop.connectors.k3cloud.basedata import BaseForm, forms_of
from desktop.connectors.k3cloud.client import Client
from desktop.connectors.k3cloud.files import Files
from desktop.connectors.k3cloud.metadata import form_fields
from desktop.connectors.k3cloud.outcomes import Asked, Call, in_batches, outcomes
from desktop.connectors.k3cloud.reading import Reader
from desktop.connectors.k3cloud.tracing import Tracer
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import (
    BaseItem,
    Bill,
    BillDraft,
    BillHead,
    BillStatus,
    FieldInfo,
    FileHead,
    LinkedBill,
    Ref,
    Row,
    Value,
)
from desktop.domain.system import System, SystemRole

T = TypeVar("T")

CAPABILITIES = Capabilities(
    find_by_key=True,
    batch=50,
    parallel=2,
    look_up=True,
    list_audited=True,
    trace=True,
    list_files=True,
    take_files=True,
    find_file=True,
)

_SEND_BACK = {BillStatus.SUBMITTED: "CancelAssign", BillStatus.AUDITED: "UnAudit"}

_SAVE = {
    "IsDeleteEntry": True,
    "IsVerifyBaseDataField": True,
    "IsEntryBatchFill": True,
    "ValidateFlag": True,
    "NumberSearch": True,
    "IsAutoSubmitAndAudit": False,
}
"""IsVerifyBaseDataField: without it a code that the ERP does not know is silently left empty."""


_MANY_CODES, _CODES_AT_ONCE = 1_000, 40


class K3Cloud:
    """One account set as an ErpConnector. Options: those of Client, and batch, read_batch, filter_in, zone, base_forms."""

    def __init__(self, system: System, secrets: Secrets, client: Client | None = None) -> None:
        self.system = system
        self._client = client or Client(system, secrets)
        self._batch = max(1, int(system.number("batch", CAPABILITIES.batch)))
        self.capabilities = replace(
            CAPABILITIES,
            batch=self._batch,
            parallel=max(1, int(system.number("parallel", CAPABILITIES.parallel))),
        )
        self._reader = Reader(self._client, system, _zone(system))
        self._tracer = Tracer(self._client, system)
        self._files = Files(system, self._client)
        self._base_forms = forms_of(system.options.get("base_forms", ""))

    # Reads

    def check(self) -> SystemInfo:
        """Every step of the connection, in order, up to the first that fails. Never raises."""
        steps = tuple(checking.steps(self._client))
        return SystemInfo(steps, self._client.version, self.clock_skew_s())

    def realm(self) -> str:
        """The account set's id."""
        return self.system.options.get("acct_id", "")

    def clock_skew_s(self) -> float:
        """Server clock minus ours as last seen; 0.0 before the first call."""
        return self._client.wire.skew_s

    def fields(self, form: str) -> tuple[FieldInfo, ...]:
        """The form's fields, the header's under table "", each entity's (sub-heads too) under its entity key."""
        reply = self._client.metadata(form)
        fields = form_fields(reply.result.get("NeedReturnData"), self._base_forms)
        if not fields:
            raise SyncError(
                ErrorCode.UNREADABLE, system=self.system.id, number=form, said=str(reply.result)[:200]
            )
        return fields

    def objections(self, side: ErpSide) -> list[SyncError]:
        """None: a bill that was sent back is in another state here."""
        return []

    def submitted_bills(self, side: ErpSide) -> Iterator[BillHead]:
        """Heads of all bills in status B, in the order of their ids. Raises when a page is incomplete."""
        return self._reader.submitted(side)

    def bill_heads(self, side: ErpSide, keys: Sequence[str]) -> dict[str, BillHead]:
        """Heads by id. An id that the server does not show is absent."""
        return self._reader.heads(side, keys)

    def read_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, Bill]:
        """Whole bills by id. An id that the server does not show is absent."""
        return self._reader.bills(side, keys)

    def find_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[BillHead]]:
        """Bills whose key field equals one of `keys`, by that key. PER-702 where the form has no key field."""
        if not side.key_field:
            raise SyncError(
                ErrorCode.KEY_FIELD_MISSING, certain=True, system=self.system.id, form=side.form, field=""
            )
        if not all(key.strip() for key in keys):
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said="empty key")
        return self._reader.with_keys(side, keys)

    def find_numbers(self, side: ErpSide, numbers: Sequence[str]) -> list[BillHead]:
        """Heads by bill number, whatever their status."""
        return self._reader.numbered(side, numbers)

    def bills_with(self, side: ErpSide, field: str, values: Sequence[str]) -> list[Bill]:
        """Bills with the lines where `field` equals one of `values`."""
        return self._reader.with_value(side, field, values)

    def audited_bills(self, side: ErpSide, since: datetime) -> Iterator[BillHead]:
        """Heads of all bills in status C with an audit date from `since` on, in the order of their ids."""
        return self._reader.audited(side, since)

    def later_bills(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        """By the source fields of every form that a conversion leads to, see tracing.py."""
        return self._tracer.later(refs)

    def earlier_bills(self, refs: Sequence[Ref]) -> dict[str, list[LinkedBill]]:
        """By the bills' own source fields."""
        return self._tracer.earlier(refs)

    def bill_files(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[FileHead]]:
        """Files on the bills' heads, by bill id."""
        return self._files.of_bills(side.form, keys)

    def read_file(self, side: ErpSide, file: FileHead, most: int) -> bytes:
        """A file's content; DAT-404 above `most` bytes."""
        return self._files.read(file, most)

    def base_data(self, kind: str) -> Iterator[BaseItem]:
        """All records of one kind; PER-714 for a kind that this vendor lacks.

        disabled: forbidden or not audited. A code that several organisations share appears once, enabled if it is
        so anywhere, with the organisations in which it may be used: bills name it by code alone. An account set whose
        form has no field for mobile or tax numbers is asked without.
        """
        if kind not in self._base_forms:
            raise SyncError(ErrorCode.CANNOT, certain=True, system=self.system.id, what=f"base data {kind}")
        return iter(self._base_items(kind, self._base_forms[kind]))

    def changed_base_data(self, kind: str, since: datetime) -> Iterator[BaseItem]:
        """By FModifyDate; a code that several organisations share is read with all its rows, so that it is whole."""
        held = self._base_forms.get(kind)
        if held is None or not held.states:  # without it the form tells no change: all of it
            return self.base_data(kind)
        local = since.astimezone(_zone(self.system)).strftime("%Y-%m-%d %H:%M:%S")
        where = f"FModifyDate>={shapes.quoted(local)}"
        rows = self._client.rows_by_key(held.form, held.id, [held.id, held.code], where)
        codes = list(dict.fromkeys(code for code in (shapes.text_of(row[1]) for row in rows) if code))
        if len(codes) > _MANY_CODES:
            return self.base_data(kind)
        items: list[BaseItem] = []
        for start in range(0, len(codes), _CODES_AT_ONCE):
            part = codes[start : start + _CODES_AT_ONCE]
            these = shapes.one_of(held.code, part, use_in=False, written=shapes.quoted)
            items += self._base_items(kind, held, these)
        return iter(items)

    def _base_items(self, kind: str, held: BaseForm, where: str = "") -> list[BaseItem]:
        try:
            return self._marked_items(kind, held, where)
        except SyncError as error:
            if error.code is not ErrorCode.FIELD_MISSING or not held.mark:
                raise
        return self._marked_items(kind, replace(held, mark=""), where)

    def _marked_items(self, kind: str, held: BaseForm, where: str) -> list[BaseItem]:
        states = ("FDocumentStatus", "FForbidStatus") if held.states else ()
        more = [name for name in (held.company, held.mark) if name]
        columns = [held.id, held.code, held.name, *states, *more]
        items: dict[str, BaseItem] = {}
        for row in self._client.rows_by_key(held.form, held.id, columns, where):
            told = {name: shapes.text_of(value) for name, value in zip(columns[1:], row[1:], strict=True)}
            code = told[held.code]
            usable = not states or (told[states[0]] in ("C", "") and told[states[1]] != "B")
            company = told.get(held.company, "") if usable else ""
            known = items.get(code)
            used_by = (*(known.companies if known else ()), *((company,) if company else ()))
            if code and (known is None or (known.disabled and usable)):
                mark, key = told.get(held.mark, ""), shapes.text_of(row[0])
                known = BaseItem(kind, key, code, told[held.name], not usable, mark)
            if code and known is not None:
                items[code] = replace(known, companies=used_by)
        return list(items.values())

    def open_link(self, ref: Ref, user: str) -> str:
        """The address that opens the bill signed in as `user`, worth the user's password: at click time only."""
        token = self._client.link(ref.form, ref.key, user)
        return f"{self.system.base_url.rstrip('/')}/html5/index.aspx?ud={quote(token, safe='')}"

    def close(self) -> None:
        """Signs out and frees the sockets. Never raises."""
        self._client.sign_out()

    # Effects

    def save_bills(self, side: ErpSide, drafts: Sequence[BillDraft]) -> list[Outcome]:
        """*effect* New bills in status A, our key in the key field. Matched by their index in the request."""
        call = Call(self.system.id, side.form, "Save", new=True)

        def send(part: Sequence[BillDraft]) -> list[Outcome]:
            models = [_new_model(side, draft) for draft in part]
            reply = self._save(side.form, models, dict(_SAVE))
            return outcomes(call, [_asked_new(draft) for draft in part], reply)

        return self._in_batches(drafts, send, lambda draft: call.unknown(_asked_new(draft)))

    def _save(self, form: str, models: list[dict[str, Any]], order: dict[str, Any]) -> Reply:
        if len(models) == 1:
            return self._client.effect("Save", form, order | {"Model": models[0]})
        return self._client.effect("BatchSave", form, order | {"Model": models, "BatchCount": 0})

    def submit_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* A or D -> B."""
        return self._move(side.form, [("Submit", ref) for ref in refs])

    def audit_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* B -> C."""
        return self._move(side.form, [("Audit", ref) for ref in refs])

    def send_back_bills(
        self, side: ErpSide, heads: Sequence[BillHead], reasons: Sequence[str]
    ) -> list[Outcome]:
        """*effect* B -> CancelAssign, C -> UnAudit; a bill in any other status is with its maker already.

        The vendor takes no reasons here: they go in as notes afterwards. RUL-603 where later bills forbid it.
        """
        steps = [(_SEND_BACK.get(head.status), head.ref) for head in heads]
        moved = iter(self._move(side.form, [(step, ref) for step, ref in steps if step is not None]))
        return [Outcome(ref=ref) if step is None else next(moved) for step, ref in steps]

    def delete_bills(self, side: ErpSide, refs: Sequence[Ref]) -> list[Outcome]:
        """*effect* Z, A or D -> gone."""
        return self._move(side.form, [("Delete", ref) for ref in refs])

    def _move(self, form: str, work: Sequence[tuple[str, Ref]]) -> list[Outcome]:
        """One operation per step and slice, all bills of it by id in one call."""

        def send(part: Sequence[tuple[str, Ref]]) -> list[Outcome]:
            step, ids = part[0][0], ",".join(shapes.record_key(ref.key) for _, ref in part)
            reply = self._client.effect(step, form, {"Numbers": [], "Ids": ids})
            return outcomes(Call(self.system.id, form, step), [_asked(ref) for _, ref in part], reply)

        def unknown(each: tuple[str, Ref]) -> SyncError:
            return Call(self.system.id, form, each[0]).unknown(_asked(each[1]))

        return self._in_batches(work, send, unknown, kind=lambda each: each[0])

    def attach_file(self, side: ErpSide, ref: Ref, name: str, content: bytes) -> Ref:
        """*effect* One file more on the bill's head; answers its file id."""
        return self._files.attach(side.form, ref, name, content)

    def note_bills(self, side: ErpSide, notes: Sequence[tuple[Ref, Row]]) -> list[Outcome]:
        """*effect, best effort* Header fields of editable bills; only the named fields may change, no line is touched.

        Bills are saved together when their notes name the same fields: what a field named for one bill would do to
        another bill that does not carry it is not documented.
        """
        call = Call(self.system.id, side.form, "Save")
        keys = shapes.FormKeys.of(side)

        def send(part: Sequence[tuple[Ref, Row]]) -> list[Outcome]:
            models = [{keys.id: _id_value(ref.key)} | shapes.nested(_cleared(row)) for ref, row in part]
            order = _SAVE | {"IsDeleteEntry": False, "NeedUpDateFields": shapes.touched(part[0][1])}
            return outcomes(call, [_asked(ref) for ref, _ in part], self._save(side.form, models, order))

        return self._in_batches(
            notes, send, lambda note: call.unknown(_asked(note[0])), kind=lambda note: tuple(note[1])
        )

    def push_bill(self, side: ErpSide, ref: Ref, target: ErpSide, options: Mapping[str, str]) -> Ref:
        """*effect* The ERP's own conversion into `target.form`; answers the new bill.

        options: rule ("" = the default rule), target_bill_type, target_org, entry_ids.
        DBT-302 where it made several bills, DBT-301 where it made one and does not say which.
        """
        order: dict[str, Any] = {
            "Ids": shapes.record_key(ref.key),
            "Numbers": [],
            "EntryIds": options.get("entry_ids", ""),
            "RuleId": options.get("rule", ""),
            "TargetBillTypeId": options.get("target_bill_type", ""),
            "TargetOrgId": options.get("target_org", "") or 0,
            "TargetFormId": shapes.field_key(target.form),
            "IsEnableDefaultRule": not options.get("rule", ""),
            "IsDraftWhenSaveFail": False,
            "CustomParams": {},
        }
        reply = self._client.effect("Push", side.form, order)
        return self._pushed(Call(self.system.id, side.form, "Push"), ref, target, reply)

    def _pushed(self, call: Call, ref: Ref, target: ErpSide, reply: Reply) -> Ref:
        if len(reply.done) > 1:
            found = ", ".join(each.number or each.key for each in reply.done)
            raise SyncError(ErrorCode.KEY_NOT_UNIQUE, form=target.form, key=ref.number, found=found)
        if reply.ok and reply.done and reply.done[0].key:
            return Ref(self.system.id, target.form, reply.done[0].key, reply.done[0].number)
        said_no = [told for told in (reply, conversion(reply)) if told.stated and not told.ok]
        if said_no and not reply.done:
            told = next((each for each in said_no if each.said), said_no[0])
            raise call.refused(_asked(ref), told.msg_code, told.said)
        raise call.unknown(_asked(ref))

    def _in_batches(
        self,
        work: Sequence[T],
        send: Callable[[Sequence[T]], list[Outcome]],
        unknown: Callable[[T], SyncError],
        kind: Callable[[T], Hashable] = lambda _: None,
    ) -> list[Outcome]:
        return in_batches(work, self._batch, send, unknown, kind) if work else []


def _zone(system: System) -> ZoneInfo:
    """The server's local time zone, which its times do not tell."""
    name = system.options.get("zone", "") or "Asia/Shanghai"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"zone {name!r}") from None


def _new_model(side: ErpSide, draft: BillDraft) -> dict[str, Any]:
    key: dict[str, str] = {side.key_field: draft.key} if side.key_field else {}
    return shapes.model({**draft.header, **key}, draft.lines)


def _asked_new(draft: BillDraft) -> Asked:
    return Asked("", "", our_key=draft.key)


def _asked(ref: Ref) -> Asked:
    return Asked(ref.key, ref.number)


def _id_value(key: str) -> int | str:
    return int(key) if key.isascii() and key.isdigit() else shapes.record_key(key)


def _cleared(row: Row) -> dict[str, Value]:
    """A note may empty a field; a new bill simply does not name it."""
    return {field: "" if value is None else value for field, value in row.items()}


VENDOR = Vendor(
    id="k3cloud",
    role=SystemRole.ERP,
    fields=(
        VendorField("acct_id"),
        VendorField("user"),
        VendorField("sign_in", default="sign", choices=("sign", "headers", "app_secret", "password")),
        VendorField("app_id", required=False),
        VendorField("app_secret", secret=True, required=False),
        VendorField("password", secret=True, required=False),
        VendorField("push_secret", secret=True, required=False),
        VendorField("org_number", required=False),
        VendorField("lcid", default="2052", choices=("2052", "1033", "3076")),
        VendorField("sign_hash", default="sha256", choices=("sha256", "sha1")),
        VendorField("zone", default="Asia/Shanghai"),
    ),
    capabilities=CAPABILITIES,
    connect=K3Cloud,
    options=(
        VendorField("batch", required=False, default="50"),
        VendorField("read_batch", required=False, default="200"),
        VendorField("page_rows", required=False, default="2000"),
        VendorField("files_form", required=False, default="BOS_Attachment"),
        VendorField("filter_in", required=False, default="or", choices=("or", "in")),
        VendorField("link_forms", required=False),
        VendorField("base_forms", required=False),
        VendorField("link_hash", required=False, default="sha256", choices=("sha256", "sha1")),
        VendorField("link_permit", required=False, choices=("", "0", "1")),
    ),
)
