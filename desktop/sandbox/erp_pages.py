"""A person's view of the toy ERP in a browser: bills with their state, and buttons to work on them by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_fields import Field, FieldKind, Form
from desktop.sandbox.erp_save import LINE_ID
from desktop.sandbox.erp_states import STATE_NAMES

_NEWEST = 200
_TOTALS = (
    "FBillAllAmount",
    "FAPPLYAMOUNTFOR_H",
    "FReqReimbAmountSum",
    "FALLAMOUNTFOR",
    "F_PAEZ_Amount",
    "FDEBITTOTAL",
)
_PARTNERS = (
    "FCustId",
    "FSupplierId",
    "FCONTACTUNIT",
    "FProposerID",
    "FSUPPLIERID",
    "FSupplierID",
    "F_PAEZ_Supplier",
)
_COMPUTED = ("AMOUNT", "TAXAMT", "_D")


@dataclass(frozen=True, slots=True)
class Button:
    """One act of a person. label: on the button; states: where it is offered."""

    name: str
    label: str
    states: str
    act: Callable[[Erp, str, int, str], object]


BUTTONS = (
    Button("submit", "提交", "AD", lambda erp, form, bill_id, user: erp.submit(form, bill_id, user)),
    Button("withdraw", "撤销", "B", lambda erp, form, bill_id, user: erp.withdraw(form, bill_id, user)),
    Button("audit", "审核", "B", lambda erp, form, bill_id, user: erp.audit(form, bill_id, user)),
    Button("un_audit", "反审核", "C", lambda erp, form, bill_id, user: erp.un_audit(form, bill_id, user)),
    Button("delete", "删除", "ZAD", lambda erp, form, bill_id, user: erp.delete(form, bill_id, user)),
    Button("void", "作废", "ZAD", lambda erp, form, bill_id, user: erp.void(form, bill_id, user)),
    Button("lock", "打开编辑(锁定)", "ZABCD", lambda erp, form, bill_id, user: erp.lock(form, bill_id, user)),
    Button("unlock", "关闭编辑(解锁)", "ZABCD", lambda erp, form, bill_id, user: erp.unlock(form, bill_id)),
    Button(
        "downstream", "生成下游单据", "C", lambda erp, form, bill_id, user: erp.add_downstream(form, bill_id)
    ),
)


def erp_pages(
    erp: Erp, labels: Mapping[str, str] | None = None, states: Mapping[str, str] | None = None
) -> Blueprint:
    """GET /sandbox/ and what hangs below it.

    labels: what this vendor writes on a button, by the button's name. states: what it calls a bill's states.
    """
    words = states or {code: f"{code} {name}" for code, name in STATE_NAMES.items()}
    shown = [replace(each, label=(labels or {}).get(each.name, each.label)) for each in BUTTONS]
    pages = Blueprint("erp_pages", __name__, url_prefix="/sandbox")

    @pages.get("/")
    def listing() -> str:
        forms = [form for form in erp.forms.values() if form.is_bill]
        chosen = erp.forms.get(request.args.get("form", ""), forms[0])
        bills = erp.bills(chosen.id)[-_NEWEST:][::-1]
        counts = {form.id: len(erp.tables[form.id].by_id) for form in forms}
        return render_template(
            "erp_listing.html",
            erp=erp,
            forms=forms,
            counts=counts,
            chosen=chosen,
            bills=bills,
            states=words,
            partner=_partner,
            total=_total,
        )

    @pages.get("/<form_id>/<int:bill_id>")
    def one(form_id: str, bill_id: int) -> str | tuple[str, int]:
        bill = _bill(erp, form_id, bill_id)
        if bill is None:
            return render_template("erp_sso.html", refused="单据不存在"), 404
        return render_template(
            "erp_bill.html",
            erp=erp,
            form=erp.forms[form_id],
            bill=bill,
            states=words,
            buttons=[button for button in shown if bill.status in button.states],
            users=[record.number for record in erp.bills("SEC_User")],
            tables=_tables(erp.forms[form_id]),
            said=request.args.get("said", ""),
            user=request.args.get("user", bill.maker),
            oa_address=erp.settings.oa_address.replace("{form}", form_id).replace("{id}", str(bill_id)),
        )

    @pages.post("/<form_id>/<int:bill_id>/<act>")
    def work(form_id: str, bill_id: int, act: str) -> AnyResponse | tuple[str, int]:
        bill, user = _bill(erp, form_id, bill_id), request.form.get("user", "")
        if bill is None or erp.user_record(user) is None:
            return render_template("erp_sso.html", refused="单据或用户不存在"), 404
        said = _work(erp, bill, user, act)
        if form_id in erp.forms and bill_id not in erp.tables[form_id].by_id:
            return redirect(url_for(".listing", form=form_id))
        return redirect(url_for(".one", form_id=form_id, bill_id=bill_id, said=said, user=user))

    return pages


def _work(erp: Erp, bill: ErpBill, user: str, act: str) -> str:
    """Carries out what a person ordered; answers what the ERP said."""
    button = next((each for each in BUTTONS if each.name == act), None)
    try:
        if act == "edit":
            return _edit(erp, bill, user)
        if button is None:
            return "没有这个操作"
        button.act(erp, bill.form, bill.id, user)
    except Refusal as refusal:
        return refusal.text
    return f"{button.label}成功"


def _edit(erp: Erp, bill: ErpBill, user: str) -> str:
    """Lays the changed boxes of the page onto the bill; boxes are named `<line id>/<field key>`."""
    changes: dict[int, dict[str, str]] = {}
    known = {line[LINE_ID]: line for line in bill.lines()}
    for name, text in request.form.items():
        line_id, slash, key = name.partition("/")
        line = known.get(int(line_id)) if slash and line_id.isdigit() else None
        if line is not None and text.strip() != _box(line.get(key)):
            changes.setdefault(line[LINE_ID], {})[key] = text.strip()
    if not changes:
        return "没有改动"
    erp.edit(bill.form, bill.id, user, {}, changes)
    return "修改成功"


def _box(value: object) -> str:
    return "" if value is None else str(value)


def _bill(erp: Erp, form_id: str, bill_id: int) -> ErpBill | None:
    table = erp.tables.get(form_id)
    return table.by_id.get(bill_id) if table else None


def _tables(form: Form) -> list[tuple[str, str, list[Field], set[str]]]:
    """For each table of lines: key, label, columns worth showing, and the keys that a person may change."""
    shown = []
    for entity in form.tables:
        columns = [field for field in entity.fields if field.kind is not FieldKind.FLEX]
        numbers = [field.key for field in columns if field.kind is FieldKind.NUMBER]
        shown.append((entity.key, entity.label, columns, {key for key in numbers if _is_typed(form, key)}))
    return shown


def _is_typed(form: Form, key: str) -> bool:
    """Amounts that the ERP works out are not typed; those of payments, expenses and vouchers are."""
    if form.id in ("CN_PAYAPPLY", "ER_ExpReimbursement", "GL_VOUCHER"):
        return True
    return not any(part in key.upper() for part in _COMPUTED)


def _partner(bill: ErpBill) -> str:
    found = next((bill.head[key] for key in _PARTNERS if bill.head.get(key)), None)
    return found.name if isinstance(found, ErpBill) else ""


def _total(bill: ErpBill) -> str:
    return next((str(bill.head[key]) for key in _TOTALS if bill.head.get(key) is not None), "")
