"""K/3 WISE's pages over the toy ERP's forms: what a field of a page is, and a form written down as its template reads. No HTTP.

Custom fields (FHeadSelf..., FEntrySelf...) are this installation's own, as every customer has his own; GetTemplate tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.sandbox.erp_fields import KEY_FIELD, NOTE_FIELD, Field, FieldKind, Form
from desktop.sandbox.erp_forms import all_forms

HEAD, LINE = "Page1", "Page2"


@dataclass(frozen=True, slots=True)
class WiseField:
    """One field of a page.

    source: the world's field key; "@..." is worked out by the dialect; "=..." is always this number; "~" is kept as it was
            sent. known: the world's field where there is one.
    """

    key: str
    label: str
    source: str
    known: Field | None = None

    @property
    def is_reference(self) -> bool:
        """Shown as {"FNumber", "FName"}."""
        if self.source[0] == "=":
            return self.source[1:] not in _PLAIN_CONSTANTS
        if self.source[0] == "@":
            return self.source.partition(":")[0] in ("@maker", "@checker", "@employee")
        return self.known is not None and self.known.kind in (FieldKind.REF, FieldKind.PARTY)


_PLAIN_CONSTANTS = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True)
class WisePage:
    """Page1 (the head) or a page of lines. table: the world's table of lines, "" for the head."""

    name: str
    table: str
    fields: tuple[WiseField, ...]

    def field(self, key: str) -> WiseField | None:
        """The field with this name, in any case."""
        return next((each for each in self.fields if each.key.lower() == key.lower()), None)


@dataclass(frozen=True)
class WiseForm:
    """One kind of bill. tran: FTranType; self_name: the middle of its custom fields' names ("S01" in FHeadSelfS0131).

    fixed, fixed_line: what the world's form wants and WISE has no field for.
    """

    name: str
    label: str
    world: Form
    tran: int
    self_name: str
    pages: tuple[WisePage, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    fixed_line: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def head(self) -> WisePage:
        """Page1."""
        return self.pages[0]

    def custom(self, number: int) -> str:
        """The name of a custom head field: 31 key, 32 note, 33 tick, 34 company, 35 last change, 36 total."""
        return f"FHeadSelf{self.self_name}{number}"


KEY, NOTE, TICK, COMPANY, CHANGED, TOTAL = 31, 32, 33, 34, 35, 36
"""The last two digits of this installation's own head fields."""

_SYSTEM = """
FBillNo 单据编号 @number
FInterID 单据内码 @id
FTranType 单据类型 @tran
FBillerID 制单人 @maker
FStatus 审核标志 @status
FMultiCheckStatus 多级审核标志 @review
FCheckerID 审核人 @checker
FCheckDate 审核日期 @checked_at
FClosed 关闭标志 @closed
FCancellation 作废标志 @void
"""
_WORLD = all_forms()


def _page(name: str, world: Form, table: str, text: str) -> WisePage:
    made = []
    for line in filter(str.strip, text.splitlines()):
        key, label, source = line.split()
        plain = source if source[0] not in "@=~" else source.partition(":")[2]
        made.append(WiseField(key, label, source, world.by_key[plain] if plain else None))
    return WisePage(name, table, tuple(made))


def wise_form(
    name: str,
    label: str,
    world_id: str,
    tran: int,
    self_name: str,
    head: str,
    lines: Mapping[str, tuple[str, str]],
    *,
    total: str = "",
    fixed: Mapping[str, str] | None = None,
    fixed_line: Mapping[str, Mapping[str, str]] | None = None,
) -> WiseForm:
    """lines: page name -> (the world's table, fields)."""
    world = _WORLD[world_id]
    own = f"FHeadSelf{self_name}"
    customs = [
        f"{own}31 单桥防重键 {KEY_FIELD}",
        f"{own}32 单桥审批意见 {NOTE_FIELD}",
        f"{own}33 提交OA审批 @tick",
    ]
    if world.org_field:
        customs.append(f"{own}34 公司 {world.org_field}")
    customs.append(f"{own}35 最后修改时间 @changed_at")
    if total:
        customs.append(f"{own}36 价税合计 {total}")
    first = _page(HEAD, world, "", _SYSTEM + head.strip() + "\n" + "\n".join(customs))
    rest = [
        _page(page, world, table, f"FEntryID 行号 @line\n{text.strip()}")
        for page, (table, text) in lines.items()
    ]
    return WiseForm(name, label, world, tran, self_name, (first, *rest), fixed or {}, fixed_line or {})  # fmt: skip
