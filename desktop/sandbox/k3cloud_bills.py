"""What K/3 Cloud's DynamicFormService does with bills: one method for each operation, answers in the vendor's shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_fields import Form
from desktop.sandbox.erp_filter import filter_text, parse_filter, uses_in
from desktop.sandbox.erp_push import find_rule, push
from desktop.sandbox.erp_query import Column, Query
from desktop.sandbox.erp_save import LINE_ID, SaveOptions
from desktop.sandbox.erp_states import DONE_TEXTS
from desktop.sandbox.k3cloud_session import Session
from desktop.sandbox.k3cloud_view import bill_tree, business_info, returned_fields
from desktop.sandbox.k3cloud_wire import (
    NULL_REFERENCE,
    Call,
    error_row,
    failure,
    is_true,
    refused,
    status,
    whole,
    write,
    write_objects,
    write_rows,
)

Answer = dict[str, Any] | list[Any] | str
"""A value to be written as JSON, or JSON text that is written already."""

_NOT_FOUND = 10


class _Tally:
    """What became of each bill of a call: the raw material of a ResponseStatus."""

    def __init__(self) -> None:
        self.errors: list[dict[str, Any]] = []
        self.done: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.code = 0

    def refuse(self, refusal: Refusal, place: int) -> None:
        self.errors.append(error_row(refusal.text, refusal.field_name, place))
        self.code = self.code or refusal.code

    def add(self, bill: ErpBill, place: int, text: str = "", *, lines: bool = False) -> None:
        row: dict[str, Any] = {"Id": bill.id, "Number": bill.number or None, "DIndex": place}
        if lines:
            row["EntryIds"] = {
                table: [line[LINE_ID] for line in rows] for table, rows in bill.entries.items()
            }
        self.done.append(row)
        if text:
            self.messages.append({"FieldName": None, "Message": text, "DIndex": place})

    def answer(self, **more: Any) -> dict[str, Any]:
        told = status(self.errors, self.done, self.messages, self.code)
        return {"Result": {"ResponseStatus": told, **more}}


class Bills:
    """The bill operations of one account set."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    # --- saving

    def save(self, call: Call, session: Session) -> Answer:
        """Save: one Model."""
        return self._save_one(call, session, draft=False)

    def draft(self, call: Call, session: Session) -> Answer:
        """Draft: one Model, kept without checks, often without number."""
        return self._save_one(call, session, draft=True)

    def _save_one(self, call: Call, session: Session, *, draft: bool) -> Answer:
        form = self._form(call)
        tally = _Tally()
        try:
            bill = self._lay(form, call, call.data.get("Model"), session, draft)
        except Refusal as refusal:
            tally.refuse(refusal, 0)
            return tally.answer(Id="", Number="", NeedReturnData=[{}])
        tally.add(bill, 0, lines=True)
        wanted = call.data.get("NeedReturnFields") or []
        return tally.answer(
            Id=bill.id, Number=bill.number, NeedReturnData=returned_fields(form, bill, wanted)
        )

    def batch_save(self, call: Call, session: Session) -> Answer:
        """BatchSave: a list of Models; the good ones stay, whatever becomes of the others."""
        form = self._form(call)
        models = call.data.get("Model")
        if not isinstance(models, list):
            raise Refusal("参数Model不正确，必须是数组", 8)
        tally, returned = _Tally(), []
        for place, model in enumerate(models):
            try:
                bill = self._lay(form, call, model, session, False)
            except Refusal as refusal:
                tally.refuse(refusal, place)
                continue
            tally.add(bill, place, lines=True)
            returned += returned_fields(form, bill, call.data.get("NeedReturnFields") or [])
        answer = tally.answer(NeedReturnData=returned)
        if str(call.extra.get("beginmethod") or ""):
            return {"Status": 2, "TaskId": f"task-{session.id}", "Result": answer}
        return answer

    def _lay(self, form: Form, call: Call, model: Any, session: Session, draft: bool) -> ErpBill:
        if not isinstance(model, dict):
            raise Refusal("参数Model不能为空", 8)
        data = call.data
        options = SaveOptions(
            need_update=frozenset(data.get("NeedUpDateFields") or ()),
            delete_entries=is_true(data.get("IsDeleteEntry"), True),
            verify=is_true(data.get("IsVerifyBaseDataField")),
            by_number=is_true(data.get("NumberSearch"), True),
            adjust_order=is_true(data.get("IsAutoAdjustField")),
            validate=is_true(data.get("ValidateFlag"), True),
        )
        return self._erp.save(
            form.id,
            model,
            session.user,
            options,
            draft=draft,
            audit_at_once=is_true(data.get("IsAutoSubmitAndAudit")) and not draft,
            refuse_repeat=is_true(data.get("ValidateRepeatJson")),
        )

    # --- states

    def operate(self, call: Call, session: Session) -> Answer:
        """Submit, CancelAssign, Audit, UnAudit, Delete: by Ids or Numbers, each bill for itself."""
        form, erp = self._form(call), self._erp
        heed = is_true(call.data.get("IsVerifyProcInst"), True)
        done_text = DONE_TEXTS[call.operation]

        def work(bill: ErpBill) -> str:
            erp.operate(call.operation, form.id, bill.id, session.user, heed_workflow=heed)
            return erp.told(bill, done_text)

        return self._each(form, call, work).answer()

    def execute(self, call: Call, session: Session) -> Answer:
        """ExecuteOperation in its two spellings: any other operation of the form, by bill or by line."""
        spellings = {name.lower() for name in self._erp.settings.operation_spellings}
        number = str(call.extra.get("opnumber") or "")
        if call.operation.lower() not in spellings or (not number and "opNumber" in call.data):
            return failure(NULL_REFERENCE, 4)
        if not number:
            return failure("操作标识不能为空", 3)
        form = self._form(call)
        by_line = call.data.get("PkEntryIds") or []
        lines = {
            whole(row.get("Id")): _id_list(row.get("EntryIds")) for row in by_line if isinstance(row, dict)
        }
        known = next((each for each in _operations(form) if each.lower() == number.lower()), number)

        def work(bill: ErpBill) -> str:
            self._erp.switch(known, form.id, bill.id, session.user, lines.get(bill.id, ()))
            return ""

        targets = list(lines) or None
        tally = self._each(form, call, work, targets)
        if not self._erp.settings.operation_tells_each:
            tally.done.clear()
        return tally.answer()

    def _each(
        self, form: Form, call: Call, work: Callable[[ErpBill], str], ids: Sequence[int] | None = None
    ) -> _Tally:
        tally = _Tally()
        for place, (bill, label) in enumerate(self._targets(form, call, ids)):
            try:
                if bill is None:
                    raise Refusal(f"编码或内码为“{label}”的{form.name}不存在，传递的编码值不存在", _NOT_FOUND)
                tally.add(bill, place, work(bill))
            except Refusal as refusal:
                tally.refuse(refusal, place)
        return tally

    def _targets(
        self, form: Form, call: Call, ids: Sequence[int] | None
    ) -> Iterable[tuple[ErpBill | None, str]]:
        """The bills that a call names; Ids win over Numbers."""
        erp = self._erp
        chosen = list(ids) if ids is not None else _id_list(call.data.get("Ids"))
        if chosen:
            return [(erp.seen(form.id, bill_id), str(bill_id)) for bill_id in chosen]
        numbers = call.data.get("Numbers") or []
        if isinstance(numbers, str):
            numbers = numbers.split(",")
        if not numbers:
            raise Refusal("参数Ids和Numbers不能同时为空", 8)
        return [(self._with_number(form, str(number)), str(number)) for number in numbers]

    def _with_number(self, form: Form, number: str) -> ErpBill | None:
        found = self._erp.find(form.id, number.strip())
        return self._erp.seen(form.id, found.id) if found else None

    # --- reading

    def view(self, call: Call, session: Session) -> Answer:
        """View: one bill as an object tree."""
        form, erp = self._form(call), self._erp
        if not erp.settings.allows(session.user, form.id, "View"):
            raise Refusal("您没有该功能的操作权限", 2)
        bill_id, number = whole(call.data.get("Id")), str(call.data.get("Number") or "")
        with erp.guard:
            bill = erp.seen(form.id, bill_id) if bill_id else self._with_number(form, number)
            if bill is None:
                raise Refusal(f"传递的编码值不存在：{number or bill_id}", _NOT_FOUND)
            told = status([], [], [], 0) if erp.settings.view_status_object else None
            return write({"Result": {"ResponseStatus": told, "Result": bill_tree(form, bill)}})

    def query_rows(self, call: Call, session: Session) -> Answer:
        """ExecuteBillQuery: rows as arrays."""
        return write_rows(*self._query(call, session))

    def query_objects(self, call: Call, session: Session) -> Answer:
        """BillQuery: rows as objects."""
        return write_objects(*self._query(call, session))

    def _query(self, call: Call, session: Session) -> tuple[list[Column], list[list[Any]]]:
        data, settings = call.data, self._erp.settings
        where = data.get("FilterString") or ""
        if isinstance(where, list):
            where = filter_text(where)
        if not settings.in_operator and uses_in(parse_filter(str(where))):
            raise Refusal("数据库执行异常", 6)
        limit = whole(data.get("Limit"))
        if limit > settings.max_query_rows and settings.over_limit_refused:
            raise Refusal(f"单次查询的行数不能超过{settings.max_query_rows}", 8)
        fields = data.get("FieldKeys") or ""
        names = fields.split(",") if isinstance(fields, str) else [str(name) for name in fields]
        query = Query(
            form=str(data.get("FormId") or data.get("formid") or ""),
            fields=tuple(filter(None, (name.strip() for name in names))),
            where=str(where),
            order=str(data.get("OrderString") or ""),
            start=whole(data.get("StartRow")),
            limit=limit,
            top=whole(data.get("TopRowCount")),
        )
        return self._erp.query(query, session.user)

    def business_info(self, call: Call, session: Session) -> Answer:
        """QueryBusinessInfo: the metadata of a form."""
        wanted = str(call.data.get("FormId") or call.form or "")
        form = self._erp.forms.get(wanted)
        if form is None:
            raise Refusal(f"业务对象不存在：{wanted}", 4)
        return {"Result": {"ResponseStatus": status([], [], [], 0), "NeedReturnData": business_info(form)}}

    # --- pushing and the rest

    def push(self, call: Call, session: Session) -> Answer:
        """Push: the ERP's own conversion of bills into next bills."""
        form, data, erp = self._form(call), call.data, self._erp
        rule = find_rule(
            erp.forms,
            form.id,
            str(data.get("TargetFormId") or ""),
            str(data.get("RuleId") or ""),
            by_default=is_true(data.get("IsEnableDefaultRule")),
        )
        if not erp.settings.allows(session.user, rule.target, "Save"):
            raise Refusal("您没有该功能的操作权限", 2)
        made: dict[int, ErpBill] = {}

        def work(bill: ErpBill) -> str:
            wanted = is_true(data.get("IsDraftWhenSaveFail"))
            made[bill.id] = push(erp, rule, bill, session.user, draft_when_refused=wanted)
            return ""

        converted = self._each(form, call, work)
        saved = _Tally()
        for place, bill in enumerate(made.values()):
            saved.add(bill, place, lines=True)
        saved.errors, saved.code = converted.errors, converted.code
        told = status(converted.errors, converted.done, [], converted.code)
        return saved.answer(ConvertResponseStatus=told)

    def switch_org(self, call: Call, session: Session) -> Answer:
        """SwitchOrg: the session's current organisation."""
        number = str(call.data.get("OrgNumber") or "")
        if self._erp.base("ORG_Organizations", number) is None:
            raise Refusal(f"组织编码“{number}”不存在", 9)
        session.org = number
        return {"Result": {"ResponseStatus": status([], [], [], 0)}}

    def _form(self, call: Call) -> Form:
        if not call.form:
            raise Refusal("业务对象标识不能为空", 5)
        form = self._erp.forms.get(call.form)
        if form is None:
            raise Refusal(f"业务对象不存在：{call.form}", 4)
        return form


def _operations(form: Form) -> tuple[str, ...]:
    return (*form.operations, "CloseEntry", "UnCloseEntry")


def _id_list(value: Any) -> list[int]:
    """Ids as the server takes them: one comma-separated text."""
    if isinstance(value, list):
        return [whole(each) for each in value]
    return [whole(part) for part in str(value or "").split(",") if part.strip()]


def query_error(refusal: Refusal) -> list[Any]:
    """A refusal as list queries give it: a result object where rows should be."""
    return [[refused(refusal)]]
