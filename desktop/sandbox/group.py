"""The toy group of companies: who works there, what they buy and sell. Pure values that both sandbox systems share.

ERP codes and OA ids differ on purpose, as they do at a customer's: joining them is the product's job.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Company:
    """A subsidiary: ERP organisation number, and the OA's id of it (subcompany)."""

    number: str
    name: str
    oa_id: str


@dataclass(frozen=True, slots=True)
class Employee:
    """A person with an ERP user (may be "") and an OA id (HrmResource.id).

    boss: OA id of the approver one level up. left: no longer employed.
    """

    erp_user: str
    oa_id: str
    login: str
    name: str
    staff_number: str
    department: str
    company: str
    boss: str = ""
    mobile: str = ""
    left: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A record of base data: ERP code, name, OA id ("" = unknown in the OA), company number ("" = all)."""

    code: str
    name: str
    oa_id: str
    company: str = ""
    spec: str = ""
    price: Decimal = Decimal("0")
    disabled: bool = False


INTEGRATION_USER = "danqiao"
"""The ERP's integration user."""

INTEGRATION_OA_ID = "9"
"""The OA's integration account, which has the monitor right on all workflows."""

COMPANIES = (
    Company("100", "华东机电有限公司", "11"),
    Company("200", "南方精密制造有限公司", "12"),
)

EMPLOYEES = (
    Employee("danqiao", "9", "danqiao", "单桥集成", "SYS009", "IT", "100"),
    Employee("wangmin", "57", "wangmin", "王敏", "A0057", "销售部", "100", "40", "13800000057"),
    Employee("lihua", "58", "lihua", "李华", "A0058", "销售部", "100", "40", "13800000058"),
    Employee("zhouqi", "61", "zhouqi", "周琪", "A0061", "采购部", "100", "41", "13800000061"),
    Employee("", "40", "chenjie", "陈杰", "A0040", "销售部", "100", "30", "13800000040"),
    Employee("", "41", "sunlei", "孙磊", "A0041", "采购部", "100", "30", "13800000041"),
    Employee("", "30", "zhaoyun", "赵芸", "A0030", "总经办", "100", "", "13800000030"),
    Employee("huangwei", "71", "huangwei", "黄伟", "B0071", "销售部", "200", "45", "13800000071"),
    Employee("xiening", "72", "xiening", "谢宁", "B0072", "采购部", "200", "45", "13800000072"),
    Employee("", "45", "luojing", "罗静", "B0045", "总经办", "200", "", "13800000045"),
    Employee("gaofei", "", "", "高飞", "A0077", "销售部", "100"),
    Employee("", "66", "qianbo", "钱波", "A0066", "销售部", "100", "40", "13800000066", left=True),
)
"""高飞 has no OA account; 钱波 has left: both must end in a clear sentence, never in a wrong name."""

CUSTOMERS = (
    Item("CUST0001", "苏州精工科技有限公司", "3001"),
    Item("CUST0002", "上海宏远贸易有限公司", "3002"),
    Item("CUST0003", "宁波海天塑机集团", "3003"),
    Item("CUST0004", "杭州“西湖”电子 😀 有限公司", "3004"),
    Item("CUST0005", "无锡O'Neil联合设备", "3005"),
    Item("CUST0006", "常州新客户（未对应）", ""),
)

SUPPLIERS = (
    Item("VEN0001", "昆山恒泰金属材料有限公司", "4001"),
    Item("VEN0002", "东莞市立信电子", "4002"),
    Item("VEN0003", "青岛华丰轴承厂", "4003"),
    Item("VEN0004", "天津北辰包装（未对应）", ""),
)

MATERIALS = (
    Item("M0001", "内六角螺丝", "5001", spec="M6×20 304", price=Decimal("1.13")),
    Item("M0002", "深沟球轴承", "5002", spec="6204-2RS", price=Decimal("11.30")),
    Item("M0003", "伺服电机", "5003", spec="750W 220V", price=Decimal("1582.00")),
    Item("M0004", "铝型材", "5004", spec="4040 6m", price=Decimal("226.00")),
    Item("M0005", "停用物料", "5005", spec="旧", price=Decimal("9.99"), disabled=True),
)

UNITS = (Item("Pcs", "个", "1"), Item("kg", "千克", "2"), Item("m", "米", "3"))
CURRENCIES = (Item("PRE001", "人民币", "CNY"), Item("PRE007", "美元", "USD"))
DEPARTMENTS = (
    Item("BM000001", "销售部", "21", "100"),
    Item("BM000002", "采购部", "22", "100"),
    Item("BM000003", "总经办", "23", "100"),
    Item("BM000011", "销售部", "31", "200"),
    Item("BM000012", "采购部", "32", "200"),
    Item("BM000013", "总经办", "33", "200"),
)
