"""What K/3 WISE's operations do: templates, lists, details, saves, updates, deletes and audits of the world's bills.

Source: Kingdee K/3 WISE API platform, operations. Knows no HTTP; k3wise.py does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.k3wise_forms import BASE, FORMS
from desktop.sandbox.k3wise_list import FilterError, Row, chosen, ordered, page_of, parse_filter
from desktop.sandbox.k3wise_pages import WiseForm
from desktop.sandbox.k3wise_settings import Authority, WiseSettings
from desktop.sandbox.k3wise_view import KEPT, LEVEL, View, base_row
from desktop.sandbox.k3wise_voucher import SAVED_PREFIX, Vouchers
from desktop.sandbox.k3wise_write import Writing

OK = "Successful"

START, PASS, REJECT = "1", "2", "4"


@dataclass(frozen=True, slots=True)
class Told:
    """What an operation answers."""

    code: int
    message: str
    data: Any = None


class Wise:
    """The operations of one account set."""

    def __init__(self, erp: Erp, settings: WiseSettings) -> None:
        self._erp, self._settings = erp, settings
        self._view = View(settings)
        self._writing = Writing(erp, settings)
        self._vouchers = Vouchers(erp)

    def run(self, form: str, operation: str, body: Mapping[str, Any], caller: Authority) -> Told | None:
        """The answer of an operation; None where there is no such form or operation."""
        with self._erp.guard:
            try:
                return self._run(form.lower(), operation.lower(), body, caller)
            except FilterError as error:
                return Told(500, str(error))
            except Refusal as refusal:
                if operation.lower() == "save":
                    return self._refused_save(refusal)
                return Told(500, refusal.text)

    def _run(self, form: str, operation: str, body: Mapping[str, Any], caller: Authority) -> Told | None:
        if form == "voucherdata":
            return self._voucher(operation, body, caller)
        if form in BASE:
            return self._base(form, operation, body, caller)
        known, work = FORMS.get(form), self._works().get(operation)
        if known is None or work is None:
            return None
        if not self._erp.settings.allows(caller.user, known.world.id, "View"):
            raise Refusal("当前用户没有该单据的查看权限")
        return work(known, body, caller)

    def _works(self) -> Mapping[str, Callable[[WiseForm, Mapping[str, Any], Authority], Told]]:
        return {
            "gettemplate": self._template,
            "getlist": self._list,
            "getdetail": self._detail,
            "save": self._save,
            "update": self._update,
            "delete": self._delete,
            "checkbill": self._check,
        }

    # --- reads

    def _template(self, form: WiseForm, _body: Mapping[str, Any], _caller: Authority) -> Told:
        return Told(200, OK, self._view.template(form))

    def _list(self, form: WiseForm, body: Mapping[str, Any], caller: Authority) -> Told:
        asked = _data(body)
        with_lines = str(asked.get("SelectPage") or "1") == "2"
        rows = [
            row
            for bill in self._erp.bills(form.world.id)
            if self._seen(form, bill, caller)
            for row in self._view.listed(form, bill, with_lines=with_lines)
        ]
        columns = {
            key: value for page in self._view.template(form).values() for key, value in page[0].items()
        }
        shown = columns if with_lines else self._view.template(form)[form.head.name][0]
        return Told(200, OK, self._page(rows, asked, shown))  # fmt: skip

    def _page(self, rows: list[Row], asked: Mapping[str, Any], columns: Row) -> dict[str, Any]:
        test = parse_filter("" if self._settings.old_patch else str(asked.get("Filter") or ""))
        test(columns)  # an unknown column is refused though there is no row
        chosen([columns], str(asked.get("Fields") or ""))
        found = ordered([row for row in rows if test(row)], str(asked.get("OrderBy") or ""))
        size, index = _whole(asked.get("PageSize")), _whole(asked.get("PageIndex")) or 1
        page = page_of(found, _whole(asked.get("Top")), size, index)
        return {
            "ROWCOUNT": len(found),
            "PAGESIZE": size,
            "PAGEINDEX": index,
            "DATA": chosen(page, str(asked.get("Fields") or "")),
        }

    def _detail(self, form: WiseForm, body: Mapping[str, Any], caller: Authority) -> Told:
        asked = _data(body)
        bill = self._bill(form, asked, caller, needed=False)
        if bill is None:
            return self._missing()
        shown: dict[str, Any] = dict(self._view.detail(form, bill))
        if str(body.get("GetProperty") or "").lower() == "true":
            shown["Property"] = self._view.described(form)
        return Told(200, OK, shown)

    def _missing(self) -> Told:
        if self._settings.missing == "empty":
            return Told(200, OK, {})
        if self._settings.missing == "201":
            return Told(201, "Faild", [{"FStatus": False, "FMessage": "单据不存在"}])
        return Told(500, "单据不存在")

    def _bill(
        self, form: WiseForm, asked: Mapping[str, Any], caller: Authority, *, needed: bool = True
    ) -> ErpBill | None:
        number = str(asked.get("FBillNo") or "").strip()
        found = self._erp.find(form.world.id, number) if number else None
        if found is not None and not self._seen(form, found, caller):
            found = None
        if found is None and needed:
            raise Refusal(f"单据“{number}”不存在")
        return found

    def _seen(self, form: WiseForm, bill: ErpBill, caller: Authority) -> bool:
        """Nobody sees drafts; data rights hide a form or a company without a word."""
        settings = self._erp.settings
        org = bill.head.get(form.world.org_field)
        company = org.number if isinstance(org, ErpBill) else ""
        hidden = form.world.id in settings.hidden_forms or company in settings.hidden_orgs
        theirs = caller.companies is None or not company or company in caller.companies
        return bill.status != "Z" and theirs and not hidden

    # --- effects

    def _save(self, form: WiseForm, body: Mapping[str, Any], caller: Authority) -> Told:
        bill = self._writing.save(form, body.get("Data"), caller.user, caller.companies)
        return Told(200, OK, {"BillInterID": bill.id, "BillNo": bill.number})

    def _refused_save(self, refusal: Refusal) -> Told:
        row = {"FStatus": False, "FItemID": 0, "FMessage": refusal.text}
        if self._settings.save_failure == "201":
            return Told(201, "Faild", [row])
        if self._settings.save_failure == "row":
            return Told(200, OK, [row])
        return Told(500, refusal.text)

    def _update(self, form: WiseForm, body: Mapping[str, Any], caller: Authority) -> Told:
        number, pages = self._nested(body)
        bill = self._bill(form, {"FBillNo": number}, caller)
        assert bill is not None
        if not self._erp.settings.allows(caller.user, form.world.id, "Save"):
            raise Refusal("当前用户没有该单据的修改权限")
        self._writing.update(form, bill, pages, caller.user)
        return Told(200, OK, {"BillInterID": bill.id, "BillNo": bill.number})

    def _nested(self, body: Mapping[str, Any]) -> tuple[str, Any]:
        """FBillNo and the pages: {"Data": {"FBillNo", "Data": pages}}, or FBillNo on the outer level, with or without the
        inner Data."""
        outer, nesting = _data(body), self._settings.update_nesting
        if nesting in ("inner", "any") and "FBillNo" in outer and "Data" in outer:
            return str(outer["FBillNo"]), outer["Data"]
        if nesting in ("outer", "any") and body.get("FBillNo"):
            return str(body["FBillNo"]), outer.get("Data", outer)
        raise Refusal("更新数据格式不正确，缺少FBillNo")

    def _delete(self, form: WiseForm, body: Mapping[str, Any], caller: Authority) -> Told:
        bill = self._bill(form, _data(body), caller)
        assert bill is not None
        if bill.status == "C":
            raise Refusal(f"单据{bill.number}已审核，不允许删除")
        self._erp.delete(form.world.id, bill.id, caller.user)
        return Told(200, OK, {"BillNo": bill.number})

    def _check(self, form: WiseForm, body: Mapping[str, Any], caller: Authority) -> Told:
        asked = _data(body)
        bill = self._bill(form, asked, caller)
        assert bill is not None
        checker = self._checker(str(asked.get("FChecker") or caller.user))
        direction = str(asked.get("FCheckDirection", "")).strip()
        self._turn(form, bill, checker, direction)
        if comment := str(asked.get("FDealComment") or ""):
            bill.head[KEPT + "comment"] = comment
        return Told(200, OK, {"BillNo": bill.number})

    def _turn(self, form: WiseForm, bill: ErpBill, checker: str, direction: str) -> None:
        if direction == START:
            self._start(form, bill, checker)
        elif direction == PASS:
            self._pass(form, bill, checker)
        elif direction == REJECT:
            if bill.status != "B" or not self._settings.multi_level:
                raise Refusal(f"单据{bill.number}不在审核中，不能驳回")
            self._erp.withdraw(form.world.id, bill.id, checker)
            bill.head.pop(LEVEL, None)
        elif direction and direction == self._settings.un_audit:
            if bill.status != "C":
                raise Refusal(f"单据{bill.number}未审核，不能反审核")
            self._erp.un_audit(form.world.id, bill.id, checker)
        else:
            raise Refusal(f"FCheckDirection“{direction}”不支持")

    def _start(self, form: WiseForm, bill: ErpBill, checker: str) -> None:
        if not self._settings.multi_level:
            return
        if bill.status == "B":
            raise Refusal(f"单据{bill.number}已启动多级审核")
        if bill.status == "C":
            raise Refusal(f"单据{bill.number}已审核")
        self._erp.submit(form.world.id, bill.id, checker)
        bill.head[LEVEL] = 0

    def _pass(self, form: WiseForm, bill: ErpBill, checker: str) -> None:
        if bill.status == "C":
            raise Refusal(f"单据{bill.number}已审核，不能重复审核")
        if self._settings.multi_level:
            if bill.status != "B":
                raise Refusal(f"单据{bill.number}未启动多级审核，不能审核")
            passed = int(bill.head.get(LEVEL) or 0) + 1
            if passed < self._settings.levels:
                bill.head[LEVEL] = passed
                return
        elif bill.status != "B":
            self._erp.submit(form.world.id, bill.id, checker)
        self._erp.audit(form.world.id, bill.id, checker)
        bill.head.pop(LEVEL, None)

    def _checker(self, name: str) -> str:
        """The account of a user, by account or by name."""
        users = self._erp.bills("SEC_User")
        found = next((each for each in users if name in (each.number, each.name)), None)
        if found is None:
            raise Refusal(f"审核人“{name}”不存在")
        return found.number

    # --- base data

    def _base(self, form: str, operation: str, body: Mapping[str, Any], caller: Authority) -> Told | None:
        name, world = BASE[form]
        records = self._erp.bills(world)
        if operation == "gettemplate":
            return Told(200, OK, dict.fromkeys(base_row(records[0]), "") if records else {})
        if operation == "getlist":
            return Told(
                200, OK, self._page([base_row(each) for each in records], _data(body), _columns(records))
            )
        number = str(_data(body).get("FNumber") or "").strip()
        found = next((each for each in records if each.number.lower() == number.lower()), None)
        if operation == "getdetail":
            if found is None:
                return self._missing()
            shown = base_row(found)
            return Told(200, OK, {"Page1": [shown]} if self._settings.base_detail == "page" else shown)
        if operation == "save":
            return self._save_base(name, world, _data(body))
        return None  # fmt: skip

    def _save_base(self, name: str, world: str, sent: Mapping[str, Any]) -> Told:
        number, title = str(sent.get("FNumber") or "").strip(), str(sent.get("FName") or "").strip()
        if not number or not title:
            row = {"FStatus": False, "FItemID": 0, "FMessage": f"{name}的代码和名称不能为空"}
            return Told(201, "Faild", [row])
        if self._erp.find(world, number) is not None:
            return Told(201, "Faild", [{"FStatus": False, "FItemID": 0, "FMessage": f"代码“{number}”已存在"}])
        made = self._erp.add_base(world, number, {"FName": title})
        if self._settings.base_save == "nested":
            return Told(200, OK, [{"FNumber": number, "Data": {"FStatus": True, "FItemID": made.id}}])
        return Told(200, OK, [{"FStatus": True, "FItemID": made.id, "FNumber": number}])

    # --- vouchers

    def _voucher(self, operation: str, body: Mapping[str, Any], caller: Authority) -> Told | None:
        if operation == "updatevoucher":
            made = self._vouchers.update(body, caller.user, caller.companies)
            return Told(200, f"{SAVED_PREFIX}{made.id}")
        if operation == "queryvoucher":
            return Told(200, OK, self._vouchers.query(body))
        return None


def _columns(records: list[ErpBill]) -> Row:
    return {key: value for each in records for key, value in base_row(each).items()}


def _data(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found = body.get("Data")
    return found if isinstance(found, Mapping) else {}


def _whole(value: Any) -> int:
    try:
        return int(str(value or 0))
    except ValueError as error:
        raise Refusal(f"“{value}”不是有效的整数") from error
