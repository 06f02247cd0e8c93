"""The toy OA's seven workflows with their forms. The texts in English quotes are the contract with the flow files."""

from __future__ import annotations

from collections.abc import Callable

from desktop.sandbox.oa_forms import OaField, OaNode, OaTable, OaWorkflow

FieldMaker = Callable[[int], OaField]

URGENCY = (("0", "普通"), ("1", "加急"))
SETTLE_MODES = (("1", "发票折让"), ("2", "实物补偿"), ("3", "抵扣货款"))


def workflows(erp_node_type: int = 1) -> tuple[OaWorkflow, ...]:
    """All workflows, first versions.

    erp_node_type: the type of the integration account's last node: 1 lets it send back, 2 only hand on.
    """
    return (
        _workflow(781, "销售订单审批", -118, SALES_ORDER, SALES_ORDER_LINES, 0),
        _workflow(782, "付款申请审批", -119, PAYMENT, PAYMENT_LINES, 0),
        _workflow(783, "采购申请审批", -120, REQUISITION, REQUISITION_LINES, 0),
        _workflow(784, "采购订单审批", -121, PURCHASE_ORDER, PURCHASE_ORDER_LINES, 0),
        _workflow(785, "询价单审批", -122, INQUIRY, INQUIRY_LINES, erp_node_type),
        _workflow(786, "费用报销审批", -123, EXPENSE, EXPENSE_LINES, erp_node_type),
        _workflow(787, "索赔折让审批", -124, CLAIM, CLAIM_LINES, erp_node_type),
    )


def _workflow(
    number: int,
    name: str,
    form_id: int,
    main: tuple[FieldMaker, ...],
    lines: tuple[FieldMaker, ...],
    erp_node_type: int,
) -> OaWorkflow:
    table = f"formtable_main_{-form_id}"
    nodes = [
        OaNode(number * 10, "创建", 0, "create"),
        OaNode(number * 10 + 1, "部门负责人审批", 1, "head"),
        OaNode(number * 10 + 2, "分管领导审批", 1, "boss"),
    ]
    if erp_node_type:
        nodes.append(OaNode(number * 10 + 3, "ERP处理", erp_node_type, "erp"))
    nodes.append(OaNode(number * 10 + 9, "归档", 3, "archive"))
    first = -form_id * 100
    return OaWorkflow(
        id=number,
        name=name,
        type_id=31 if erp_node_type else 30,
        type_name="业务申请" if erp_node_type else "ERP单据审批",
        form_id=form_id,
        main=_table(table, "", name, main, first),
        details=(_table(f"{table}_dt1", "detail_1", "明细", lines, first + 50),),
        nodes=tuple(nodes),
        family=number,
    )


def _table(db_name: str, alias: str, title: str, makers: tuple[FieldMaker, ...], first_id: int) -> OaTable:
    fields = [make(first_id + place) for place, make in enumerate(makers)]
    return OaTable(db_name, alias, title, {made.name: made for made in fields})


def _text(name: str, label: str, length: int, mandatory: bool = False) -> FieldMaker:
    return lambda number: OaField(number, name, label, 1, 1, f"varchar({length})", mandatory)


def _memo(name: str, label: str) -> FieldMaker:
    return lambda number: OaField(number, name, label, 2, 1, "text")


def _decimal(name: str, label: str, places: int, mandatory: bool = False) -> FieldMaker:
    return lambda number: OaField(number, name, label, 1, 3, f"decimal(15,{places})", mandatory)


def _rate(name: str, label: str) -> FieldMaker:
    return lambda number: OaField(number, name, label, 1, 3, "decimal(9,2)")


def _int(name: str, label: str) -> FieldMaker:
    return lambda number: OaField(number, name, label, 1, 2, "int")


def _date(name: str, label: str) -> FieldMaker:
    return lambda number: OaField(number, name, label, 3, 2, "char(10)")


def _pick(name: str, label: str, kind: str) -> FieldMaker:
    types = {"person": 1, "department": 4}
    return lambda number: OaField(number, name, label, 3, types.get(kind, 161), "int", picks=kind)


def _tick(name: str, label: str) -> FieldMaker:
    return lambda number: OaField(number, name, label, 4, 1, "char(1)")


def _select(name: str, label: str, options: tuple[tuple[str, str], ...]) -> FieldMaker:
    return lambda number: OaField(number, name, label, 5, 1, "varchar(20)", options=options)


def _files(name: str, label: str) -> FieldMaker:
    return lambda number: OaField(number, name, label, 6, 1, "text")


_HEAD = (
    _text("erp_bill_no", "ERP单据编号", 80),
    _text("erp_key", "ERP集成键", 60),
    _text("company", "公司", 50, True),
    _date("bill_date", "单据日期"),
)
_TAIL = (_memo("note", "备注"), _text("erp_link", "ERP链接", 500))
_MORE = (_select("urgency", "紧急程度", URGENCY), _files("attachments", "附件"))
_MADE_BY = (_pick("applicant", "申请人", "person"), _pick("department", "申请部门", "department"))
_GOODS = (
    _text("material_code", "物料编码", 80, True),
    _text("material_name", "物料名称", 200),
    _text("spec", "规格型号", 200),
    _text("unit", "单位", 40),
)
_PRICED = (
    _decimal("qty", "数量", 4, True),
    _decimal("tax_price", "含税单价", 6),
    _rate("tax_rate", "税率%"),
    _decimal("amount", "价税合计", 2),
)

SALES_ORDER = (
    *_HEAD,
    _pick("customer_id", "客户", "customer"),
    _text("customer_name", "客户名称", 200),
    _text("salesperson", "销售员", 60),
    _text("currency", "币别", 20),
    _decimal("amount", "价税合计", 2, True),
    _int("line_count", "分录数"),
    *_TAIL,
    _files("attachments", "附件"),
)
SALES_ORDER_LINES = (
    _text("entry_id", "ERP分录内码", 40),
    *_GOODS,
    *_PRICED,
    _date("delivery_date", "要货日期"),
)

PAYMENT = (
    *_HEAD,
    _pick("supplier_id", "供应商", "supplier"),
    _text("supplier_name", "供应商名称", 200),
    _text("payee", "收款方", 200),
    _text("bank_name", "开户银行", 200),
    _text("bank_account", "银行账号", 60),
    _text("purpose", "付款用途", 200),
    _text("settle_method", "结算方式", 60),
    _text("currency", "币别", 20),
    _decimal("amount", "申请金额", 2, True),
    _text("amount_words", "大写金额", 200),
    _decimal("paid_amount", "已付金额", 2),
    _decimal("balance", "未付余额", 2),
    _date("due_date", "期望付款日"),
    _int("line_count", "分录数"),
    *_TAIL,
    *_MORE,
)
PAYMENT_LINES = (
    _text("entry_id", "ERP分录内码", 40),
    _text("source_bill_no", "源单编号", 80),
    _text("source_type", "源单类型", 60),
    _decimal("payable_amount", "应付金额", 2),
    _decimal("paid_amount", "已付金额", 2),
    _decimal("amount", "申请金额", 2),
    _text("note", "备注", 200),
)

REQUISITION = (
    *_HEAD,
    _text("applicant", "申请人", 60),
    _text("department", "申请部门", 100),
    _text("reason", "申请理由", 500),
    _date("need_date", "需求日期"),
    _text("currency", "币别", 20),
    _decimal("amount", "金额合计", 2, True),
    _int("line_count", "分录数"),
    *_TAIL,
    *_MORE,
)
REQUISITION_LINES = (
    _text("entry_id", "ERP分录内码", 40),
    *_GOODS,
    *_PRICED,
    _date("need_date", "需求日期"),
    _text("supplier_code", "建议供应商编码", 80),
    _text("supplier_name", "建议供应商", 200),
    _decimal("lock_price", "锁定价", 6),
    _text("price_source", "价格来源(询价单)", 80),
    _text("note", "备注", 200),
)

PURCHASE_ORDER = (
    *_HEAD,
    _pick("supplier_id", "供应商", "supplier"),
    _text("supplier_name", "供应商名称", 200),
    _text("buyer", "采购员", 60),
    _text("payment_terms", "付款条件", 100),
    _text("currency", "币别", 20),
    _decimal("amount", "价税合计", 2, True),
    _int("line_count", "分录数"),
    *_TAIL,
    *_MORE,
)
PURCHASE_ORDER_LINES = (
    _text("entry_id", "ERP分录内码", 40),
    *_GOODS,
    *_PRICED,
    _date("delivery_date", "交货日期"),
    _decimal("lock_price", "锁定价", 6),
    _decimal("price_gap", "与锁定价之差", 6),
    _text("price_source", "价格来源(询价单)", 80),
)

INQUIRY = (
    *_HEAD,
    *_MADE_BY,
    _text("inquiry_no", "询价单号", 80),
    _text("currency", "币别", 20),
    _decimal("amount", "金额合计", 2),
    _date("valid_from", "生效日期"),
    _date("valid_to", "失效日期"),
    _text("erp_result", "ERP处理结果", 500),
    *_TAIL,
    *_MORE,
)
INQUIRY_LINES = (
    _pick("material_id", "物料", "material"),
    *_GOODS,
    _pick("supplier_id", "供应商", "supplier"),
    _text("supplier_code", "供应商编码", 80),
    _text("supplier_name", "供应商名称", 200),
    _decimal("qty_from", "数量从", 4),
    _decimal("qty_to", "数量至", 4),
    _decimal("price", "不含税单价", 6),
    _decimal("tax_price", "含税单价", 6),
    _rate("tax_rate", "税率%"),
    _text("currency", "币别", 20),
    _date("valid_from", "生效日期"),
    _date("valid_to", "失效日期"),
    _tick("chosen", "中选"),
)

EXPENSE = (
    *_HEAD,
    *_MADE_BY,
    _text("project", "项目", 80),
    _text("currency", "币别", 20),
    _decimal("amount", "报销金额", 2, True),
    _decimal("approved_amount", "核定金额", 2),
    _decimal("advance_amount", "冲借款金额", 2),
    _text("payee", "收款人", 100),
    _text("bank_name", "开户银行", 100),
    _text("bank_account", "银行账号", 50),
    _text("payment_no", "付款申请单号", 80),
    _text("voucher_word", "凭证字", 20),
    _text("voucher_no", "凭证号", 80),
    _int("voucher_year", "凭证年度"),
    _int("voucher_period", "凭证期间"),
    _text("erp_result", "ERP处理结果", 500),
    *_TAIL,
    *_MORE,
)
EXPENSE_LINES = (
    _date("expense_date", "费用日期"),
    _text("expense_item", "费用项目编码", 80, True),
    _text("expense_item_name", "费用项目", 200),
    _text("project", "项目", 80),
    _pick("department", "承担部门", "department"),
    _decimal("amount", "报销金额", 2, True),
    _decimal("approved_amount", "核定金额", 2),
    _rate("tax_rate", "税率%"),
    _decimal("tax_amount", "税额", 2),
    _text("invoice_no", "发票号码", 60),
    _text("note", "备注", 200),
)

CLAIM = (
    *_HEAD,
    *_MADE_BY,
    _pick("supplier_id", "供应商", "supplier"),
    _text("supplier_code", "供应商编码", 80),
    _text("supplier_name", "供应商名称", 200),
    _text("order_no", "采购订单号", 80),
    _select("settle_mode", "结算方式", SETTLE_MODES),
    _text("currency", "币别", 20),
    _decimal("amount", "索赔金额(含税)", 2, True),
    _decimal("amount_no_tax", "索赔金额(不含税)", 2),
    _rate("tax_rate", "税率%"),
    _memo("reason", "索赔原因"),
    _text("erp_result", "ERP处理结果", 500),
    *_TAIL,
    *_MORE,
)
CLAIM_LINES = (
    _text("order_no", "采购订单号", 80),
    _text("order_line", "订单分录内码", 40),
    *_GOODS,
    *_PRICED,
    _decimal("amount_no_tax", "不含税金额", 2),
    _text("reason", "索赔原因", 200),
)
