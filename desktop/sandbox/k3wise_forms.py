"""K/3 WISE's forms over the toy ERP's: what each page of a bill shows, and where the world keeps it. No HTTP.

Source: Kingdee K/3 WISE API platform, forms and field rules. Custom bills (Bill10001xx) and custom fields (FHeadSelf...,
FEntrySelf...) are this installation's own, as every customer has his own; GetTemplate tells them.
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


def _page(name: str, world: Form, table: str, text: str) -> WisePage:
    made = []
    for line in filter(str.strip, text.splitlines()):
        key, label, source = line.split()
        plain = source if source[0] not in "@=~" else source.partition(":")[2]
        made.append(WiseField(key, label, source, world.by_key[plain] if plain else None))
    return WisePage(name, table, tuple(made))


def _form(
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


_WORLD = all_forms()

SALES_ORDER = _form(
    "SO",
    "销售订单",
    "SAL_SaleOrder",
    81,
    "S01",
    """
    Fdate 日期 FDate
    FCustID 购货单位 FCustId
    FAreaPS 销售范围 =1
    FCurrencyID 币别 FSettleCurrId
    FExchangeRateType 汇率类型 FExchangeTypeId
    FExchangeRate 汇率 FExchangeRate
    FSettleID 结算方式 FSettleModeId
    FPlanCategory 计划类别 =STD
    FDeptID 部门 FSaleDeptId
    FEmpID 业务员 @employee:FSalerId
    FExplanation 摘要 FNote
    """,
    {
        LINE: (
            "FSaleOrderEntry",
            """
            FItemID 产品代码 FMaterialId
            FItemModel 规格型号 @spec:FMaterialId
            FUnitID 单位 FUnitID
            FPlanMode 计划模式 =MTS
            Fauxqty 数量 FQty
            Fauxprice 单价 FPrice
            FAuxTaxPrice 含税单价 FTaxPrice
            FCESS 税率 FEntryTaxRate
            FAmount 金额 FAmount
            FTaxAmt 税额 FEntryTaxAmount
            FAllAmount 价税合计 FAllAmount
            FAdviceConsignDate 建议交货日期 FDeliveryDate
            FEntryNote 备注 FEntryNote
            """,
        )
    },
    total="FBillAllAmount",
    fixed={"FBillTypeID": "XSDD01_SYS"},
    fixed_line={
        LINE: {
            "FPriceUnitId": "Pcs",
            "FStockUnitID": "Pcs",
            "FSettleOrgIds": "@company",
            "FReserveType": "1",
            "FOUTLMTUNIT": "SAL",
            "FDeliveryDate": "@today",
        }
    },
)

PURCHASE_ORDER = _form(
    "PO",
    "采购订单",
    "PUR_PurchaseOrder",
    71,
    "P02",
    """
    Fdate 日期 FDate
    FSupplyID 供应商 FSupplierId
    FAreaPS 采购范围 =1
    FCurrencyID 币别 FSettleCurrId
    FExchangeRateType 汇率类型 FExchangeTypeId
    FExchangeRate 汇率 FExchangeRate
    FSettleID 结算方式 FSettleModeId
    FPayCondition 付款条件 FPayConditionId
    FPlanCategory 计划类别 =STD
    FDeptID 部门 FPurchaseDeptId
    FEmpID 业务员 @employee:FPurchaserId
    FExplanation 摘要 FNote
    """,
    {
        LINE: (
            "FPOOrderEntry",
            """
            FItemID 物料代码 FMaterialId
            FItemModel 规格型号 @spec:FMaterialId
            FUnitID 单位 FUnitId
            FPlanMode 计划模式 =MTS
            Fauxqty 数量 FQty
            Fauxprice 单价 FPrice
            FAuxTaxPrice 含税单价 FTaxPrice
            FCess 税率 FEntryTaxRate
            FAmount 金额 FEntryAmount
            FTaxAmount 税额 FEntryTaxAmount
            FAllAmount 价税合计 FAllAmount
            FDeliveryDate 交货日期 FDeliveryDate
            FSourceBillNo 源单单号 FSrcBillNo
            FEntryNote 备注 FEntryNote
            """,
        )
    },
    total="FBillAllAmount",
    fixed={"FBillTypeID": "CGDD01_SYS"},
)

REQUISITION = _form(
    "Purchase_Requisition",
    "采购申请单",
    "PUR_Requisition",
    70,
    "P01",
    """
    Fdate 日期 FApplicationDate
    FDeptID 使用部门 FApplicationDeptId
    FRequesterID 申请人 FApplicantId
    FBizType 业务类型 =FPLX01
    FPlanCategory 计划类别 =STD
    FSelTranType 源单类型 @sel_tran
    FCurrencyID 币别 FCurrencyId
    Fnote 备注 FNote
    """,
    {
        LINE: (
            "FEntity",
            """
            FItemID 物料代码 FMaterialId
            FItemModel 规格型号 @spec:FMaterialId
            FUnitID 单位 FUnitId
            FPlanMode 计划模式 =MTS
            Fauxqty 数量 FReqQty
            FAPurchTime 建议采购日期 ~
            FFetchTime 到货日期 FArrivalDate
            FSupplyID 供应商 FSuggestSupplierId
            FEntrySelfP0131 参考含税单价 FEvaluatePrice
            FEntrySelfP0132 参考金额 FReqAmount
            FEntryNote 备注 FEntryNote
            """,
        )
    },
    fixed={"FBillTypeID": "CGSQD01_SYS", "FRequestType": "Material"},
    fixed_line={LINE: {"FRequireOrgId": "@company", "FPurchaseOrgId": "@company"}},
)

PAYMENT_REQUEST = _form(
    "Bill1000040",
    "付款申请单",
    "CN_PAYAPPLY",
    1000040,
    "B40",
    """
    FDate 申请日期 FDATE
    FContactUnitType 往来单位类型 @class:FCONTACTUNITTYPE
    FContactUnit 往来单位 FCONTACTUNIT
    FReceiver 收款单位 FRECTUNIT
    FCurrencyID 币别 FCURRENCYID
    FExchangeRate 汇率 FEXCHANGERATE
    FDepartment 申请部门 FDEPARTMENT
    FExplanation 摘要 FREMARK
    """,
    {
        LINE: (
            "FPAYAPPLYENTRY",
            """
            FPayPurpose 付款用途 FPAYPURPOSEID
            FSettleType 结算方式 FSETTLETYPEID
            FExpenseItem 费用项目 FCOSTID
            FExpenseDept 费用承担部门 FEXPENSEDEPTID
            FEndDate 到期日 FENDDATE
            FExpectPayDate 期望付款日期 FEXPECTPAYDATE
            FApplyAmountFor 申请付款金额 FAPPLYAMOUNTFOR
            FPayAmountFor 应付金额 FPAYAMOUNTFOR
            FUnpaidAmountFor 未付款金额 FUnpaidAmount
            FBankAcctNo 收款银行账号 FEACHBANKACCOUNT
            FBankAcctName 收款账户名称 FEACHCCOUNTNAME
            FBankName 收款开户行 FEACHBANKNAME
            FSourceType 源单类型 @form:FSOURCETYPE
            FSourceBillNo 源单单号 FSRCBILLNO
            FEntrySelfB4031 索赔单号 F_DQ_CLAIMNO
            FEntryNote 备注 FDescription
            """,
        )
    },
    total="FAPPLYAMOUNTFOR_H",
    fixed={
        "FBILLTYPEID": "FKSQ01_SYS",
        "FSETTLEORGID": "@company",
        "FAPPLYORGID": "@company",
        "FRECTUNITTYPE": "=FCONTACTUNITTYPE",
        "FRECTUNIT": "=FCONTACTUNIT",
    },
)

PURCHASE_INVOICE = _form(
    "Bill1000004",
    "采购发票",
    "IV_PURCHASEIC",
    1000004,
    "B04",
    """
    FDate 日期 FDATE
    FInvoiceNo 发票号码 FINVOICENO
    FInvoiceDate 开票日期 FINVOICEDATE
    FSupplyID 供应商 FSUPPLIERID
    FCurrencyID 币别 FCURRENCYID
    FRedBlue 红蓝字 FREDBLUE
    FExplanation 摘要 FREMARK
    """,
    {
        LINE: (
            "FPURCHASEICENTRY",
            """
            FItemID 物料代码 FMATERIALID
            FUnitID 单位 FPRICEUNITID
            FQty 数量 FPRICEQTY
            FTaxPrice 含税单价 FAUXTAXPRICE
            FTaxRate 税率 FTAXRATE
            FAllAmountFor 价税合计 FALLAMOUNTFOR_D
            FSourceType 源单类型 @form:FSOURCETYPE
            FSourceBillNo 源单单号 FSRCBILLNO
            FEntrySelfB0431 索赔单号 F_DQ_CLAIMNO
            FEntryNote 备注 FCOMMENT
            """,
        )
    },
    total="FALLAMOUNTFOR",
    fixed={"FBillTypeID": "CGZYFP01_SYS"},
)

PAYABLE = _form(
    "Bill1000107",
    "应付单",
    "AP_Payable",
    1000107,
    "C07",
    """
    FDate 日期 FDATE
    FEndDate 到期日 FENDDATE_H
    FSupplyID 供应商 FSUPPLIERID
    FCurrencyID 币别 FCURRENCYID
    FExplanation 摘要 FREMARK
    """,
    {
        LINE: (
            "FEntityDetail",
            """
            FItemID 物料代码 FMATERIALID
            FUnitID 单位 FPRICEUNITID
            FQty 数量 FPriceQty
            FTaxPrice 含税单价 FTaxPrice
            FTaxRate 税率 FEntryTaxRate
            FAllAmountFor 价税合计 FALLAMOUNTFOR_D
            FOrderNo 采购订单号 FORDERNUMBER
            FSourceType 源单类型 @form:FSOURCETYPE
            FSourceBillNo 源单单号 FSourceBillNo
            """,
        ),
        "Page3": (
            "FEntityPlan",
            """
            FPlanDate 应付日期 FENDDATE
            FPayRate 应付比例 FPAYRATE
            FPayAmountFor 应付金额 FPAYAMOUNTFOR
            FWrittenOffFor 已核销金额 FWRITTENOFFAMOUNTFOR
            """,
        ),
    },
    total="FALLAMOUNTFOR",
    fixed={
        "FBillTypeID": "YFD01_SYS",
        "FPAYORGID": "@company",
        "FBUSINESSTYPE": "CG",
        "FMAINBOOKSTDCURRID": "PRE001",
        "FEXCHANGETYPE": "HLTX01_SYS",
        "FACCNTTIMEJUDGETIME": "@today",
    },
)

_PRICE_LINES = """
FItemID 物料代码 FMaterialId
FUnitID 单位 FUnitID
FFromQty 从 FFromQty
FToQty 至 FToQty
FPrice 单价 FPrice
FTaxPrice 含税单价 FTaxPrice
FTaxRate 税率 FTaxRate
FBegDate 生效日期 FEntryEffectiveDate
FEndDate 失效日期 FEntryExpiryDate
FEntryNote 备注 FNote
"""

INQUIRY = _form(
    "Bill1000101",
    "询价单",
    "SVM_InquiryBill",
    1000101,
    "C01",
    """
    FDate 日期 FDate
    FSupplyID 供应商 FSupplierId
    FCurrencyID 币别 FCurrencyId
    FTitle 主题 FTitle
    FExplanation 摘要 FNote
    """,
    {
        LINE: (
            "FEntity",
            """
            FItemID 物料代码 FMaterialId
            FUnitID 单位 FUnitId
            FEntrySupplyID 供应商 FEntrySupplierId
            FQty 数量 FQuantity
            FFromQty 从 FFromQty
            FToQty 至 FToQty
            FPrice 单价 FPrice
            FTaxPrice 含税单价 FTaxPrice
            FTaxRate 税率 FTaxRate
            FBegDate 生效日期 FEntryEffectiveDate
            FEndDate 失效日期 FEntryExpiryDate
            FEntryNote 备注 FEntryNote
            """,
        )
    },
)

PRICE_ADJUSTMENT = _form(
    "Bill1000102",
    "采购调价单",
    "PUR_PAT",
    1000102,
    "C02",
    """
    FDate 日期 FDate
    FName 名称 FName
    FSupplyID 供应商 FSupplierID
    FCurrencyID 币别 FCurrencyID
    FExplanation 摘要 FDescription
    """,
    {LINE: ("FPATEntry", "FPriceListID 价目表 FPriceListId\n" + _PRICE_LINES)},
)

PRICE_LIST = _form(
    "Bill1000103",
    "采购价目表",
    "PUR_PriceCategory",
    1000103,
    "C03",
    """
    FName 名称 FName
    FSupplyID 供应商 FSupplierID
    FCurrencyID 币别 FCurrencyID
    FIsIncludedTax 含税 FIsIncludedTax
    FExplanation 摘要 FDescription
    """,
    {LINE: ("FPriceListEntry", _PRICE_LINES)},
)

EXPENSE = _form(
    "Bill1000104",
    "费用报销单",
    "ER_ExpReimbursement",
    1000104,
    "C04",
    """
    FDate 申请日期 FDate
    FEmpID 申请人 FProposerID
    FDeptID 申请部门 FRequestDeptID
    FExpenseDeptID 费用承担部门 FExpenseDeptID
    FCurrencyID 币别 FCurrencyID
    FContactUnitType 往来单位类型 @class:FCONTACTUNITTYPE
    FContactUnit 往来单位 FCONTACTUNIT
    FBankName 开户银行 FBankBranchT
    FBankAcctName 账户名称 FBankAccountNameT
    FBankAcctNo 银行账号 FBankAccountT
    FExplanation 事由 FCausa
    """,
    {
        LINE: (
            "FEntity",
            """
            FExpenseItem 费用项目 FExpID
            FTaxRate 税率 FTaxRate
            FTaxAmount 税额 FTaxAmt
            FTaxApproved 核定税额 FTaxSubmitAmt
            FAmount 申报金额 FExpenseAmount
            FAmountApproved 核定金额 FExpSubmitAmount
            FPayApply 申请付款金额 FRequestAmount
            FPayApproved 核定付款金额 FReqSubmitAmount
            FEntryDeptID 费用承担部门 FExpenseDeptEntryID
            FEntryNote 备注 FRemark
            """,
        )
    },
    total="FReqReimbAmountSum",
    fixed={"FBillTypeID": "FYBXD001_SYS", "FExpenseOrgId": "@company", "FPayOrgId": "@company", "FRequestType": "1"},
)  # fmt: skip

CLAIM = _form(
    "Bill1000105",
    "索赔折让单",
    "PAEZ_ClaimBill",
    1000105,
    "C05",
    """
    FDate 日期 FDate
    FSupplyID 供应商 F_PAEZ_Supplier
    FOrderNo 采购订单号 F_PAEZ_OrderNo
    FCurrencyID 币别 F_PAEZ_Currency
    FAmount 索赔金额 F_PAEZ_Amount
    FNetAmount 不含税金额 F_PAEZ_NetAmount
    FDeducted 已扣金额 F_PAEZ_Deducted
    FBalance 未扣余额 F_PAEZ_Balance
    FMode 结算方式 F_PAEZ_Mode
    FOaNo OA流程号 F_PAEZ_OaId
    FReason 索赔原因 F_PAEZ_Reason
    FExplanation 备注 F_PAEZ_Remark
    """,
    {
        LINE: (
            "F_PAEZ_Entity",
            """
            FItemID 物料代码 F_PAEZ_Material
            FQty 数量 F_PAEZ_Qty
            FTaxPrice 含税单价 F_PAEZ_Price
            FLineAmount 金额 F_PAEZ_LineAmount
            FEntryNote 说明 F_PAEZ_LineNote
            """,
        )
    },
)

CONTRACT = _form(
    "Bill1000019",
    "合同",
    "PUR_Contract",
    1000019,
    "B19",
    """
    FDate 签订日期 FDate
    FContractName 合同名称 FName
    FSupplyID 供应商 FSupplierID
    FCurrencyID 币别 FCurrencyID
    FBegDate 生效日期 FEffectiveDate
    FEndDate 失效日期 FExpiryDate
    FAmount 合同金额 FAmount
    FExplanation 摘要 FDescription
    """,
    {
        "Page3": (
            "FContractEntry",
            """
            FItemID 产品代码 FMaterialId
            FUnitID 单位 FUnitID
            FQty 数量 FQty
            FTaxPrice 含税单价 FTaxPrice
            FEntryNote 备注 FNote
            """,
        )
    },
)
"""Its lines stand in Page3, as the vendor has it."""

FORMS: Mapping[str, WiseForm] = {
    form.name.lower(): form
    for form in (
        SALES_ORDER,
        PURCHASE_ORDER,
        REQUISITION,
        PAYMENT_REQUEST,
        PURCHASE_INVOICE,
        PAYABLE,
        INQUIRY,
        PRICE_ADJUSTMENT,
        PRICE_LIST,
        EXPENSE,
        CLAIM,
        CONTRACT,
    )
}
"""The bills by name in lower case: IIS does not mind."""

BASE: Mapping[str, tuple[str, str]] = {
    "material": ("Material", "BD_MATERIAL"),
    "supplier": ("Supplier", "BD_Supplier"),
    "customer": ("Customer", "BD_Customer"),
    "department": ("Department", "BD_Department"),
    "employee": ("Employee", "BD_Empinfo"),
}
"""Base data by name in lower case: its name, and the world's form."""

CLASSES = {"BD_Supplier": "供应商", "BD_Customer": "客户", "BD_Empinfo": "职员", "BD_Department": "部门", "FIN_OTHERS": "其他"}  # fmt: skip
"""Classes of a multi-class reference, as people read them."""


def wise_name(world_id: str) -> str:
    """The WISE name of a form of the world; the same text where there is none."""
    return next((form.name for form in FORMS.values() if form.world.id == world_id), world_id)


def world_name(name: str) -> str:
    """The other way round."""
    form = FORMS.get(name.lower())
    return form.world.id if form else name
