"""Rows as a clerk would see them, for tests of the table and the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from desktop.views.desk import Desk, PageSpec
from desktop.views.look import Look
from desktop.views.page import Area, Page
from desktop.views.page_states import EmptyState
from desktop.views.table_view import Table
from desktop.views.tables import Cell, Column, ColumnKind, TableModel
from desktop.views.widgets import Button, Chip, Pill

COLUMNS = (
    Column("state", "state-person", 156, ColumnKind.STATE, least=148),
    Column("number", "palette-bills", 124, least=112, sortable=True),
    Column("flow", "kind-bill_type", 96, ColumnKind.MUTED, least=84),
    Column("company", "kind-organisation", 96, least=84, priority=1),
    Column("partner", "kind-customer", 196, least=150, stretch=2),
    Column("step", "step-open_request", 230, least=160, stretch=2),
    Column("maker", "kind-employee", 80, ColumnKind.MUTED, least=72, priority=2),
    Column("amount", "kind-currency", 130, ColumnKind.AMOUNT, least=116, sortable=True),
    Column("age", "column-age", 88, ColumnKind.MUTED, least=76, right=True, sortable=True),
)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One document, as documents.rows() might give it."""

    state: str
    round: int
    number: str
    flow: str
    company: str
    partner: str
    step: str
    who: str
    maker: str
    amount: str
    age: str
    token: str = ""


DOCUMENTS = (
    SampleRow("requested", 1, "CGDD000874", "采购订单", "苏州精密", "上海宝辰特钢有限公司", "财务复核", "李芸", "王敏", "¥356,200.00", "刚刚"),
    SampleRow("doubt", 1, "FKSQ000118", "付款申请", "华东机电", "宁波海辰铸造有限公司", "OA 超时未答，正在查证", "", "李芸", "¥480,000.00", "6 分钟"),
    SampleRow("approved", 1, "XSDD002217", "销售订单", "武汉华中", "中南重工装备有限公司", "等待 ERP 审核", "", "张帆", "¥1,268,000.00", "8 分钟"),
    SampleRow("requested", 1, "CGSQ001530", "采购申请", "宁波海工", "—", "部门经理", "何伟", "赵磊", "¥92,350.00", "21 分钟"),
    SampleRow("found", 1, "CGDD000873", "采购订单", "苏州精密", "无锡惠山电机有限公司", "附件上传 2 / 3", "", "王敏", "¥74,880.00", "26 分钟"),
    SampleRow("returned", 1, "FKSQ000112", "付款申请", "华东机电", "苏州精工轴承有限公司", "退回：收款账号与合同不符", "李芸", "李芸", "¥215,600.00", "1 小时"),
    SampleRow("requested", 3, "XSDD002214", "销售订单", "华东机电", "广州南沙船舶机械有限公司", "总经理", "周建国", "刘洋", "¥2,406,500.00", "3 小时"),
    SampleRow("requested", 1, "FKSQ000117", "付款申请", "成都西部", "常州天合紧固件有限公司", "出纳", "孙倩", "孙倩", "¥38,912.40", "4 小时"),
    SampleRow("person", 1, "CGDD000869", "采购订单", "华东机电", "苏州恒锐轴承有限公司", "供应商 S0231 在 OA 中没有对应", "", "王敏", "¥642,000.00", "2 天", "stop"),
    SampleRow("requested", 2, "CGDD000871", "采购订单", "华东机电", "苏州精工轴承有限公司", "总经理", "周建国", "王敏", "¥128,400.00", "2 天"),
    SampleRow("cancelled", 1, "CGSQ001522", "采购申请", "宁波海工", "—", "申请人撤回", "赵磊", "赵磊", "¥17,200.00", "2 天"),
    SampleRow("done", 1, "CGDD000866", "采购订单", "苏州精密", "杭州临平液压件有限公司", "已回写", "", "王敏", "¥54,300.00", "2 天"),
    SampleRow("handed_over", 1, "FYBX000341", "费用报销", "武汉华中", "刘洋", "记账凭证 记-118", "", "刘洋", "¥3,260.50", "3 天"),
    SampleRow("withdrawn", 1, "XSDD002208", "销售订单", "成都西部", "重庆渝北机床有限公司", "申请人撤回", "张帆", "张帆", "¥318,000.00", "3 天"),
    SampleRow("dismissed", 1, "CGSQ001498", "采购申请", "华东机电", "—", "重复录入", "", "赵磊", "¥9,800.00", "4 天"),
)  # fmt: skip


def read(ids: Sequence[int]) -> Mapping[int, SampleRow]:
    """Any number of documents, made from the few above."""
    return {row_id: DOCUMENTS[row_id % len(DOCUMENTS)] for row_id in ids}


def cells_of(look: Look, row: SampleRow) -> Sequence[Cell]:
    """The row's cells, one per column."""
    again = look.text.say("state-round", round=row.round) if row.round > 1 else ""
    return (
        Cell(look.text.word("state", row.state), again, state=row.state),
        Cell(row.number),
        Cell(row.flow),
        Cell(row.company),
        Cell(row.partner),
        Cell(row.step, row.who, token=row.token, tip=f"{row.step} <{row.who}>"),
        Cell(row.maker),
        Cell(row.amount),
        Cell(row.age, tip="2026-11-16 09:12"),
    )


class Memory:
    """Preferences that live as long as the test."""

    def __init__(self, **kept: str) -> None:
        self.kept = {key.replace("_", "."): value for key, value in kept.items()}

    def get(self, key: str) -> str | None:
        """The value kept under a key, or None."""
        return self.kept.get(key)

    def put(self, key: str, value: str) -> None:
        """Keeps a value."""
        self.kept[key] = value


class SamplePage(Page):
    """A queue of the documents above, as a page would be written."""

    def __init__(self, desk: Desk, title: str = "page-queue", count: int = 218) -> None:
        super().__init__(desk, desk.look.text.say(title))
        look, text = desk.look, desk.look.text
        self.count, self.steps, self.refreshed, self.facts = count, list[int](), 0, dict[str, Any]()
        self.second.setText("218 条未了结   在途 ¥18,640,220.00")
        self.add_search(text.say("palette-hint"))
        self.add_action(Button(look, text.say("order-pause"), icon="pause"))
        self.add_action(Button(look, text.say("order-run_now"), role="primary", icon="sync"))
        self.rows = TableModel(COLUMNS, desk.bridge, read, lambda row: cells_of(look, row), self)
        self.table = Table(look, self.rows, "queue")
        empty = EmptyState(look, text.say("empty-title"), text.say("empty-hint"))
        self.area = Area(look, self.table, empty, self.refresh)
        self.body.addLayout(self._chips())
        self.body.addWidget(self.area)
        self.panel_open = False

    def _chips(self) -> QHBoxLayout:
        row, px = QHBoxLayout(), self.look.px
        row.setContentsMargins(px(24), 0, px(24), px(8))
        row.setSpacing(px(8))
        row.addWidget(Chip(self.look, "公司", "全部"))
        row.addWidget(Chip(self.look, "流程", "采购订单、付款申请 +2", on=True))
        row.addWidget(Chip(self.look, "状态", "未了结", on=True))
        row.addWidget(Chip(self.look, "", "近 7 天"))
        pill = Pill(self.look)
        pill.show_state("requested", "审批中")
        row.addStretch(1)
        row.addWidget(pill)
        row.addWidget(Button(self.look, self.look.text.say("column-choose"), role="icon", icon="columns"))
        return row

    def refresh(self) -> None:
        self.refreshed += 1
        self.rows.show_ids(range(self.count))
        self.area.show_content(bool(self.count))
        self.badge.emit(12, "stop")

    def arrive(self, facts: Mapping[str, Any]) -> None:
        self.facts = dict(facts)

    def step(self, by: int) -> None:
        self.steps.append(by)
        self.table.step(by)

    def close_panel(self) -> bool:
        was, self.panel_open = self.panel_open, False
        return was

    def focus_first(self) -> None:
        self.table.setFocus()


def specs() -> tuple[PageSpec, ...]:
    """All eight pages of the house."""
    pages = (
        ("overview", "nav-work"),
        ("queue", "nav-work"),
        ("failures", "nav-work"),
        ("mapping", "nav-setup"),
        ("base", "nav-setup"),
        ("systems", "nav-setup"),
        ("audit", "nav-review"),
        ("settings", "nav-review"),
    )
    return tuple(
        PageSpec(name, f"page-{name}", name, partial(SamplePage, title=f"page-{name}"), group)
        for name, group in pages
    )
