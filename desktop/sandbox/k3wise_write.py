"""Pages as they are sent to the toy K/3 WISE, turned into what the world takes; and how saves and updates are laid down.

Source: Kingdee K/3 WISE API platform, Save and Update.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from desktop.sandbox.erp import Erp
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_fields import FieldKind
from desktop.sandbox.erp_save import LINE_ID
from desktop.sandbox.k3wise_forms import CLASSES, world_name
from desktop.sandbox.k3wise_pages import WiseField, WiseForm, WisePage
from desktop.sandbox.k3wise_settings import WiseSettings
from desktop.sandbox.k3wise_view import KEPT

Pages = Mapping[str, Sequence[Mapping[str, Any]]]

_COMPUTED = frozenset({"@number", "@id", "@tran", "@line", "@maker", "@checker", "@status", "@review"})


class Writing:
    """Saves and updates of one account set."""

    def __init__(self, erp: Erp, settings: WiseSettings) -> None:
        self._erp, self._settings = erp, settings

    def save(self, form: WiseForm, sent: Any, user: str, companies: frozenset[str] | None) -> ErpBill:
        """A new bill. Raises Refusal."""
        pages = read_pages(form, sent)
        head = pages[form.head.name][0]
        company = self._company(form, head, companies)
        header, kept = self._row(form, form.head, head, company)
        fixed = {key: value for key, value in self._fixed(form.fixed, company, header).items() if value}
        header = {**fixed, **header}
        number = str(head.get("FBillNo") or "").strip()
        if number:
            header[form.world.number_field] = number
        lines: dict[str, list[dict[str, Any]]] = {}
        extras: dict[str, list[dict[str, Any]]] = {}
        for page in form.pages[1:]:
            made = [self._row(form, page, row, company) for row in pages.get(page.name, ())]
            fixed_here = form.fixed_line.get(page.name, {})
            lines[page.table] = [{**self._fixed(fixed_here, company, row), **row} for row, _ in made]
            extras[page.table] = [more for _, more in made]
        with self._erp.guard:
            self._right(form, user, companies, company)
            bill = self._erp.make(form.world.id, header, lines, user)
            bill.head.update(kept)
            for table, rows in extras.items():
                for line, more in zip(bill.entries.get(table, ()), rows, strict=False):
                    line.update(more)
            if self._ticked(form, head) and not self._settings.multi_level:
                self._erp.submit(form.world.id, bill.id, user)
        return bill

    def update(self, form: WiseForm, bill: ErpBill, sent: Any, user: str) -> None:
        """Lays pages onto a bill; its lines are replaced as a whole. Raises Refusal."""
        pages = read_pages(form, sent, new=False)
        head = pages[form.head.name][0] if pages.get(form.head.name) else {}
        if not head and not any(pages.get(page.name) for page in form.pages[1:]):
            raise Refusal("没有需要更新的数据")
        for page in form.pages[1:]:
            if self._settings.lines_needed and bill.entries.get(page.table) and not pages.get(page.name):
                raise Refusal(f"单据分录({page.name})不能为空")
        company = self._org(form, bill)
        changes, kept = self._row(form, form.head, head, company)
        with self._erp.guard:
            self._check_editable(bill)
            line_changes: dict[int, Mapping[str, Any] | None] = {}
            new_lines: dict[str, list[dict[str, Any]]] = {}
            for page in form.pages[1:]:
                if page.name in pages:
                    self._lines(form, page, bill, pages[page.name], company, line_changes, new_lines)
            self._erp.edit(form.world.id, bill.id, user, changes, line_changes, new_lines)
            bill.head.update(kept)
            self._tick(form, bill, head, user)

    def _lines(
        self,
        form: WiseForm,
        page: WisePage,
        bill: ErpBill,
        rows: Sequence[Mapping[str, Any]],
        company: str,
        line_changes: dict[int, Mapping[str, Any] | None],
        new_lines: dict[str, list[dict[str, Any]]],
    ) -> None:
        """The world keeps what WISE does not show: a row at the place of an old one (FEntryID, else its order) changes it."""
        standing = list(bill.entries.get(page.table, ()))
        fixed = form.fixed_line.get(page.name, {})
        for place, row in enumerate(rows):
            made, kept = self._row(form, page, row, company)
            number = int(row.get("FEntryID") or place + 1)
            if 1 <= number <= len(standing) and standing[number - 1][LINE_ID] not in line_changes:
                line_changes[standing[number - 1][LINE_ID]] = made
                standing[number - 1].update(kept)
            else:
                new_lines.setdefault(page.table, []).append({**self._fixed(fixed, company, made), **made})
        for line in standing:
            line_changes.setdefault(line[LINE_ID], None)

    def _check_editable(self, bill: ErpBill) -> None:
        if bill.status == "C":
            raise Refusal(f"单据{bill.number}已审核，不允许修改")
        if bill.status == "B" and self._settings.multi_level:
            raise Refusal(f"单据{bill.number}已启动多级审核，不允许修改")

    # --- the tick that hands a bill in where there is no review

    def _ticked(self, form: WiseForm, head: Mapping[str, Any]) -> bool | None:
        """What a head says of the tick; None where it says nothing."""
        found = next((field for field in form.head.fields if field.source == "@tick"), None)
        if found is None or (value := _value_of(head, found.key)) is None:
            return None
        return str(value).strip().upper() in ("Y", "1", "TRUE")

    def _tick(self, form: WiseForm, bill: ErpBill, head: Mapping[str, Any], user: str) -> None:
        wanted = self._ticked(form, head)
        if wanted is None:
            return
        if self._settings.multi_level:
            bill.head["~tick"] = "Y" if wanted else "N"
        elif wanted and bill.status in "AD":
            self._erp.submit(form.world.id, bill.id, user)
        elif not wanted and bill.status == "B":
            self._erp.withdraw(form.world.id, bill.id, user)

    # --- values

    def _row(
        self, form: WiseForm, page: WisePage, row: Mapping[str, Any], company: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A row's values by world field, and what is only kept. Names that nobody knows are ignored, custom ones kept."""
        made: dict[str, Any] = {}
        kept: dict[str, Any] = {}
        for key, value in row.items():
            field = page.field(key)
            if field is None:
                if key.startswith(("FHeadSelf", "FEntrySelf")):
                    kept[KEPT + key] = value
                continue
            source, _, inner = field.source.partition(":")
            if source == KEPT:
                kept[KEPT + field.key] = value
            elif source[0] not in "@=":
                made[source] = self._value(field, value)
            elif inner and source in ("@employee", "@class", "@form"):
                made[inner] = self._special(source, inner, value, company)
        return made, kept

    def _value(self, field: WiseField, value: Any) -> Any:
        known = field.known
        assert known is not None
        if known.kind in (FieldKind.REF, FieldKind.PARTY):
            number = value.get("FNumber") if isinstance(value, Mapping) else value
            return {"FNumber": str(number or "").strip()}
        if known.kind is FieldKind.YES_NO:
            return str(value).strip().upper() in ("Y", "1", "TRUE")
        return value

    def _special(self, source: str, inner: str, value: Any, company: str) -> Any:
        if source == "@class":
            text = str(value or "")
            return next((key for key, name in CLASSES.items() if name == text), text)
        if source == "@form":
            return world_name(str(value or ""))
        number = str((value.get("FNumber") if isinstance(value, Mapping) else value) or "").strip()
        if not number:
            return {"FNumber": ""}
        operators = "BD_Saler" if inner == "FSalerId" else "BD_Buyer"
        found = next((each for each in self._erp.bills(operators) if _staff(each) == number), None)
        if found is None:
            raise Refusal(f"职员“{number}”不存在或不是业务员", 9, inner)
        return {"FNumber": found.number}

    def _fixed(self, fixed: Mapping[str, str], company: str, row: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in fixed.items():
            if value == "@company":
                made[key] = company
            elif value == "@today":
                made[key] = self._erp.today()
            elif value[0] == "=":
                made[key] = row.get(value[1:])
            else:
                made[key] = value
        return made

    # --- companies

    def _company(self, form: WiseForm, head: Mapping[str, Any], companies: frozenset[str] | None) -> str:
        found = next((each for each in form.head.fields if each.source == form.world.org_field), None)
        value = _value_of(head, found.key) if found is not None else None
        number = str((value.get("FNumber") if isinstance(value, Mapping) else value) or "").strip()
        return number or (min(companies) if companies else "100")

    def _org(self, form: WiseForm, bill: ErpBill) -> str:
        org = bill.head.get(form.world.org_field)
        return org.number if isinstance(org, ErpBill) else ""

    def _right(self, form: WiseForm, user: str, companies: frozenset[str] | None, company: str) -> None:
        if not self._erp.settings.allows(user, form.world.id, "Save"):
            raise Refusal("当前用户没有该单据的新增权限")
        if companies is not None and company not in companies:
            raise Refusal(f"公司“{company}”不属于当前账套")


def read_pages(form: WiseForm, sent: Any, *, new: bool = True) -> Pages:
    """The pages of a body. Raises Refusal where they are not lists of objects, or a new bill has no head or no lines."""
    if not isinstance(sent, Mapping):
        raise Refusal("数据格式不正确，缺少Page1")
    known = {page.name.lower(): page.name for page in form.pages}
    pages: dict[str, list[Mapping[str, Any]]] = {}
    for key, rows in sent.items():
        name = known.get(str(key).lower())
        if name is None:
            continue
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise Refusal(f"数据格式不正确，{name}必须是数组")
        pages[name] = list(rows)
    if new and not pages.get(form.head.name):
        raise Refusal("数据格式不正确，缺少Page1")
    return pages


def _value_of(row: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in row.items() if key.lower() == name.lower()), None)


def _staff(operator: ErpBill) -> str:
    staff = operator.head.get("FStaffId")
    return staff.number if staff is not None else ""
