"""The forms of the toy ERP, as tables: standard delivery plus this installation's custom fields.

Keys follow the reference sheet; where the sheet leaves a key open, the installation chose one and QueryBusinessInfo tells.
"""

from __future__ import annotations

from desktop.sandbox.erp_fields import Entity, Field, Form, read_fields, system_fields

_COMMON_OPERATIONS = ("Save", "Submit", "Audit", "UnAudit", "CancelAssign", "Delete", "Cancel", "Uncancel")


def _form(
    form_id: str,
    name: str,
    prefix: str,
    *entities: tuple[str, str, str, str, str],
    pk: str = "FID",
    number: str = "FBillNo",
    org: str = "",
    is_bill: bool = True,
    upper: bool = False,
    operations: tuple[str, ...] = (),
) -> Form:
    """entities: (key, label, name in View, shape "head" | "sub" | "lines", table of fields); the head comes first."""
    made: list[Entity] = []
    for key, label, entry_name, shape, table in entities:
        fields = read_fields(table, key, is_lines=shape == "lines")
        if shape == "head":
            written = {field.key.lower() for field in fields}
            system = system_fields(is_bill=is_bill, upper=upper, pk=pk, number_field=number)
            fields = [field for field in system if field.key.lower() not in written] + fields
        made.append(Entity(key, label, entry_name, shape, tuple(fields)))
    every = (*_COMMON_OPERATIONS, *operations) if is_bill else ("Save", "Forbid", "Enable")
    return Form(form_id, name, prefix, pk, number, org, is_bill, tuple(made), every)


def _head(table: str) -> tuple[str, str, str, str, str]:
    return ("FBillHead", "基本信息", "FBillHead", "head", table)


def _base(form_id: str, name: str, pk: str, table: str = "", *, by_company: bool = False) -> Form:
    org_row = "FUseOrgId 使用组织 ref:ORG_Organizations\n" if by_company else ""
    head = _head(f"FName 名称 text:255\n{org_row}{table}")
    org = "FUseOrgId" if by_company else ""
    return _form(form_id, name, "", head, pk=pk, number="FNumber", org=org, is_bill=False)


SALES_ORDER = _form(
    "SAL_SaleOrder",
    "销售订单",
    "XSDD",
    _head(
        """
        FBillTypeID* 单据类型 ref:BOS_BillType
        FDate* 日期 date
        FSaleOrgId* 销售组织 ref:ORG_Organizations
        FCustId* 客户 ref:BD_Customer
        FSalerId* 销售员 ref:BD_Saler
        FSaleDeptId 销售部门 ref:BD_Department
        FSaleGroupId 销售组 ref:BD_Department
        FNote 备注 text:255
        """
    ),
    (
        "FSaleOrderFinance",
        "财务信息",
        "SaleOrderFinance",
        "sub",
        """
        FSettleCurrId* 结算币别 ref:BD_Currency
        FExchangeTypeId 汇率类型 ref:BD_RateType
        FExchangeRate 汇率 num:6 =1
        FRecConditionId 收款条件 text:50
        FSettleModeId 结算方式 ref:BD_SETTLETYPE
        FIsIncludedTax 是否含税 bool =true
        FIsPriceExcludeTax 价外税 bool =true
        FBillAmount 金额 num:2
        FBillTaxAmount 税额 num:2
        FBillAllAmount 价税合计 num:2
        """,
    ),
    (
        "FSaleOrderEntry",
        "订单明细",
        "SaleOrderEntry",
        "lines",
        """
        FRowType 产品类型 text:20 =Standard
        FMaterialId* 物料编码 ref:BD_MATERIAL
        FUnitID* 销售单位 ref:BD_UNIT
        FPriceUnitId* 计价单位 ref:BD_UNIT
        FQty 销售数量 num:4
        FPrice 单价 num:6
        FTaxPrice 含税单价 num:6
        FEntryTaxRate 税率% num:2
        FDiscountRate 折扣率% num:2
        FEntryTaxAmount 税额 num:2
        FAmount 金额 num:2
        FAllAmount 价税合计 num:2
        FIsFree 是否赠品 bool =false
        FDeliveryDate* 要货日期 time
        FStockOrgId 库存组织 ref:ORG_Organizations
        FSettleOrgIds* 结算组织 ref:ORG_Organizations
        FSupplyOrgId 供应组织 ref:ORG_Organizations
        FOwnerTypeId 货主类型 text:20 =BD_OwnerOrg
        FOwnerId 货主 ref:ORG_Organizations
        FReserveType* 预留类型 text:10
        FStockUnitID* 库存单位 ref:BD_UNIT
        FOUTLMTUNIT* 超发控制单位类型 text:10
        FMrpTerminateStatus 业务终止 text:1 =A
        FMrpCloseStatus 业务关闭 text:1 =A
        FMrpFreezeStatus 冻结状态 text:1 =A
        FEntryNote 备注 text:255
        """,
    ),
    org="FSaleOrgId",
    operations=(
        "YLBillClose",
        "YLUnBillClose",
        "YLTerminate",
        "YLUnTerminate",
        "YLMRPClose",
        "YLUnMRPClose",
        "YLFreeze",
        "YLUnFreeze",
    ),
)

REQUISITION = _form(
    "PUR_Requisition",
    "采购申请单",
    "CGSQ",
    _head(
        """
        FBillTypeID* 单据类型 ref:BOS_BillType
        FApplicationDate* 申请日期 date
        FRequestType 申请类型 text:20 =Material
        FApplicationOrgId* 申请组织 ref:ORG_Organizations
        FApplicationDeptId 申请部门 ref:BD_Department
        FApplicantId 申请人 ref:BD_Empinfo
        FCurrencyId 币别 ref:BD_Currency =PRE001
        FNote 备注 text:255
        """
    ),
    (
        "FEntity",
        "明细信息",
        "ReqEntry",
        "lines",
        """
        FRequireOrgId* 需求组织 ref:ORG_Organizations
        FMaterialId* 物料编码 ref:BD_MATERIAL
        FUnitId* 申请单位 ref:BD_UNIT
        FReqQty 申请数量 num:4
        FApproveQty 批准数量 num:4
        FPriceUnitId 计价单位 ref:BD_UNIT
        FArrivalDate 到货日期 time
        FPurchaseOrgId 采购组织 ref:ORG_Organizations
        FReceiveOrgId 收料组织 ref:ORG_Organizations
        FSuggestSupplierId 建议供应商 ref:BD_Supplier
        FEvaluatePrice 单价 num:6
        FReqAmount 金额 num:2
        FORDERJOINQTY 订单关联数量 num:4
        FPURCHASERID 采购员 ref:BD_Buyer
        FMRPTERMINATESTATUS 业务终止 text:1 =A
        FMrpCloseStatus 业务关闭 text:1 =A
        FEntryNote 备注 text:255
        """,
    ),
    org="FApplicationOrgId",
    operations=("BillClose", "BillUnClose", "MRPClose", "UnMRPClose", "Terminate", "UnTerminate"),
)

PURCHASE_ORDER = _form(
    "PUR_PurchaseOrder",
    "采购订单",
    "CGDD",
    _head(
        """
        FBillTypeID* 单据类型 ref:BOS_BillType
        FDate* 采购日期 date
        FSupplierId* 供应商 ref:BD_Supplier
        FPurchaseOrgId* 采购组织 ref:ORG_Organizations
        FPurchaseDeptId 采购部门 ref:BD_Department
        FPurchaserId 采购员 ref:BD_Buyer
        FNote 备注 text:255
        """
    ),
    (
        "FPOOrderFinance",
        "财务信息",
        "POOrderFinance",
        "sub",
        """
        FSettleCurrId* 结算币别 ref:BD_Currency
        FExchangeTypeId 汇率类型 ref:BD_RateType
        FExchangeRate 汇率 num:6 =1
        FPayConditionId 付款条件 text:50
        FSettleModeId 结算方式 ref:BD_SETTLETYPE
        FIsIncludedTax 含税 bool =true
        FBillAmount 金额 num:2
        FBillTaxAmount 税额 num:2
        FBillAllAmount 价税合计 num:2
        """,
    ),
    (
        "FPOOrderEntry",
        "订单明细",
        "POOrderEntry",
        "lines",
        """
        FMaterialId* 物料编码 ref:BD_MATERIAL
        FUnitId* 采购单位 ref:BD_UNIT
        FQty 采购数量 num:4
        FPriceUnitId 计价单位 ref:BD_UNIT
        FPrice 单价 num:6
        FTaxPrice 含税单价 num:6
        FEntryTaxRate 税率% num:2
        FDiscountRate 折扣率% num:2
        FEntryTaxAmount 税额 num:2
        FEntryAmount 金额 num:2
        FAllAmount 价税合计 num:2
        FDeliveryDate 交货日期 time
        FRequireOrgId 需求组织 ref:ORG_Organizations
        FReceiveOrgId 收料组织 ref:ORG_Organizations
        FEntrySettleOrgId 结算组织 ref:ORG_Organizations
        FSrcBillTypeId 源单类型 text:50
        FSrcBillNo 源单编号 text:80
        FSrcEntryId 源单分录内码 int
        FMRPTerminateStatus 业务终止 text:1 =A
        FMRPCloseStatus 业务关闭 text:1 =A
        FMRPFreezeStatus 冻结状态 text:1 =A
        FEntryNote 备注 text:255
        """,
    ),
    org="FPurchaseOrgId",
    operations=(
        "BillClose",
        "BillUnClose",
        "MRPClose",
        "UnMRPClose",
        "Terminate",
        "UnTerminate",
        "Freeze",
        "UnFreeze",
    ),
)

PAYMENT_REQUEST = _form(
    "CN_PAYAPPLY",
    "付款申请单",
    "FKSQ",
    _head(
        """
        FBILLTYPEID* 单据类型 ref:BOS_BillType
        FDATE* 申请日期 date
        FPAYORGID* 付款组织 ref:ORG_Organizations
        FCONTACTUNITTYPE* 往来单位类型 text:30
        FCONTACTUNIT* 往来单位 party:FCONTACTUNITTYPE
        FRECTUNITTYPE* 收款单位类型 text:30
        FRECTUNIT* 收款单位 party:FRECTUNITTYPE
        FCURRENCYID* 币别 ref:BD_Currency
        FSETTLECUR 结算币别 ref:BD_Currency =PRE001
        FEXCHANGERATE 汇率 num:6 =1
        FSETTLERATE 结算汇率 num:6 =1
        FSETTLEORGID* 结算组织 ref:ORG_Organizations
        FPURCHASEORGID 采购组织 ref:ORG_Organizations
        FAPPLYORGID 申请组织 ref:ORG_Organizations
        FDEPARTMENT 申请部门 ref:BD_Department
        FPURCHASEDEPTID 采购部门 ref:BD_Department
        FPURCHASERID 采购员 ref:BD_Buyer
        FIsCredit 信贷业务 bool =false
        FREMARK 备注 text:255
        FAPPLYAMOUNTFOR_H 申请付款金额 num:2
        FPAYAMOUNTFOR_H 应付金额 num:2
        """
    ),
    (
        "FPAYAPPLYENTRY",
        "明细",
        "FPAYAPPLYENTRY",
        "lines",
        """
        FCOSTID 费用项目 ref:BD_Expense
        FPAYPURPOSEID 付款用途 ref:CN_RECPAYPURPOSE
        FSETTLETYPEID 结算方式 ref:BD_SETTLETYPE
        FENDDATE* 到期日 date
        FEXPECTPAYDATE* 期望付款日期 date
        FAPPLYAMOUNTFOR* 申请付款金额 num:2
        FPAYAMOUNTFOR 应付金额 num:2
        FUnpaidAmount 未付款金额 num:2
        FEACHBANKACCOUNT* 对方银行账号 text:50
        FEACHCCOUNTNAME* 对方账户名称 text:100
        FEACHBANKNAME* 对方开户行 text:100
        FEXPENSEDEPTID 费用承担部门 ref:BD_Department
        FDescription 备注 text:255
        FSOURCETYPE 源单类型 text:50
        FSRCBILLNO 源单编号 text:80
        FSRCBILLID 源单内码 int
        FSRCROWID 源单行内码 int
        """,
    ),
    number="FBILLNO",
    org="FPAYORGID",
    upper=True,
    operations=("CloseBill", "UnCloseBill", "CloseEntry", "UnCloseEntry"),
)

EXPENSE = _form(
    "ER_ExpReimbursement",
    "费用报销单",
    "FYBX",
    _head(
        """
        FBillTypeID* 单据类型 ref:BOS_BillType
        FDate* 申请日期 date
        FOrgID* 申请组织 ref:ORG_Organizations
        FCausa 事由 text:255
        FProposerID* 申请人 ref:BD_Empinfo
        FRequestDeptID* 申请部门 ref:BD_Department
        FExpenseOrgId* 费用承担组织 ref:ORG_Organizations
        FPayOrgId 付款组织 ref:ORG_Organizations
        FExpenseDeptID* 费用承担部门 ref:BD_Department
        FCurrencyID* 币别 ref:BD_Currency
        FLocCurrencyID 本位币 ref:BD_Currency =PRE001
        FExchangeTypeID 汇率类型 ref:BD_RateType
        FExchangeRate 汇率 num:6 =1
        FRequestType 申请付款 text:1 =0
        FRealPay 实报实付 bool =false
        FCONTACTUNITTYPE* 往来单位类型 text:30
        FCONTACTUNIT* 往来单位 party:FCONTACTUNITTYPE
        FBankBranchT 开户银行 text:100
        FBankAccountNameT 账户名称 text:100
        FBankAccountT 银行账号 text:50
        FExpAmountSum 申报报销金额汇总 num:2
        FLocExpAmountSum 报销金额本位币 num:2
        FReqAmountSum 申请退付款金额汇总 num:2
        FReqReimbAmountSum 核定报销金额汇总 num:2
        FReqPayReFoundAmountSum 核定退付款金额汇总 num:2
        """
    ),
    (
        "FEntity",
        "明细",
        "ER_ExpenseReimbEntry",
        "lines",
        """
        FExpID* 费用项目 ref:BD_Expense
        FInvoiceType 发票类型 text:1 =0
        FTaxRate 税率% num:2
        FTaxAmt 税额 num:2
        FTaxSubmitAmt 核定税额 num:2
        FExpenseAmount 申报报销金额 num:2
        FExpSubmitAmount 核定报销金额 num:2
        FRequestAmount 申请付款金额 num:2
        FReqSubmitAmount 核定付款金额 num:2
        FLocExpSubmitAmount 核定报销金额本位币 num:2
        FLocReqSubmitAmount 核定付款金额本位币 num:2
        FLOCNOTAXAMOUNT 不含税金额本位币 num:2
        FLOCTAXAMOUNT 税额本位币 num:2
        FReimbNotPayAmount 已报销未付款 num:2
        FExpenseDeptEntryID 费用承担部门 ref:BD_Department
        FSettlleTypeID 结算方式 ref:BD_SETTLETYPE
        FRemark 备注 text:255
        """,
    ),
    (
        "FRecInvInfo",
        "收票信息",
        "RecInvInfo",
        "lines",
        """
        FRecInv 收票单号 text:80
        """,
    ),
    org="FOrgID",
    operations=("CloseBill", "UnCloseBill"),
)

VOUCHER = _form(
    "GL_VOUCHER",
    "凭证",
    "PZ",
    _head(
        """
        FAccountBookID* 账簿 ref:BD_AccountBook
        FDate* 日期 date
        FBUSDATE 业务日期 date
        FYEAR 会计年度 int
        FPERIOD 期间 int
        FVOUCHERGROUPID* 凭证字 ref:BD_VOUCHERGROUP
        FVOUCHERGROUPNO* 凭证号 text:20
        FATTACHMENTS 附件数 int =0
        FISADJUSTVOUCHER 是否调整期凭证 bool =false
        FSourceBillKey 业务类型 ref:GL_SYSTEM
        FDEBITTOTAL 借方总金额 num:2
        FCREDITTOTAL 贷方总金额 num:2
        """
    ),
    (
        "FEntity",
        "分录",
        "GLVoucherEntry",
        "lines",
        """
        FEXPLANATION 摘要 text:255
        FACCOUNTID* 科目编码 ref:BD_Account
        FDetailID 核算维度 flex
        FCURRENCYID* 币别 ref:BD_Currency
        FEXCHANGERATETYPE* 汇率类型 ref:BD_RateType
        FEXCHANGERATE 汇率 num:6 =1
        FAMOUNTFOR 原币金额 num:2
        FDEBIT 借方金额 num:2
        FCREDIT 贷方金额 num:2
        FSettleTypeID 结算方式 ref:BD_SETTLETYPE
        FSETTLENO 结算号 text:50
        """,
    ),
    pk="FVOUCHERID",
)

PAYABLE = _form(
    "AP_Payable",
    "应付单",
    "AP",
    _head(
        """
        FBillTypeID* 单据类型 ref:BOS_BillType
        FDATE* 业务日期 date
        FENDDATE_H* 到期日 date
        FSETTLEORGID* 结算组织 ref:ORG_Organizations
        FPAYORGID* 付款组织 ref:ORG_Organizations
        FPURCHASEORGID 采购组织 ref:ORG_Organizations
        FSUPPLIERID* 供应商 ref:BD_Supplier
        FCURRENCYID* 币别 ref:BD_Currency
        FBUSINESSTYPE* 业务类型 text:10
        FALLAMOUNTFOR 价税合计 num:2
        FREMARK 备注 text:255
        """
    ),
    (
        "FsubHeadFinc",
        "财务",
        "AP_PAYABLEFIN",
        "sub",
        """
        FMAINBOOKSTDCURRID* 本位币 ref:BD_Currency
        FEXCHANGETYPE* 汇率类型 ref:BD_RateType
        FACCNTTIMEJUDGETIME* 到期日计算日期 date
        """,
    ),
    (
        "FEntityDetail",
        "明细",
        "AP_PAYABLEENTRY",
        "lines",
        """
        FMATERIALID 物料编码 ref:BD_MATERIAL
        FPRICEUNITID 计价单位 ref:BD_UNIT
        FPriceQty 计价数量 num:4
        FTaxPrice 含税单价 num:6
        FEntryTaxRate 税率% num:2
        FALLAMOUNTFOR_D 价税合计 num:2
        FORDERNUMBER 订单号 text:80
        FSOURCETYPE 源单类型 text:50
        FSourceBillNo 源单编号 text:80
        FSRCROWID 源单行内码 int
        """,
    ),
    org="FSETTLEORGID",
)

PURCHASE_INVOICE = _form(
    "IV_PURCHASEIC",
    "采购增值税专用发票",
    "CGZP",
    _head(
        """
        FBillTypeID* 单据类型 ref:BOS_BillType
        FDATE* 业务日期 date
        FINVOICENO 发票号 text:80
        FINVOICEDATE 发票日期 date
        FSETTLEORGID* 结算组织 ref:ORG_Organizations
        FPURCHASEORGID 采购组织 ref:ORG_Organizations
        FSUPPLIERID* 供应商 ref:BD_Supplier
        FCURRENCYID* 币别 ref:BD_Currency
        FREDBLUE 红蓝字 text:1 =0
        FALLAMOUNTFOR 价税合计 num:2
        FALLAMOUNT 价税合计本位币 num:2
        FAFTERTOTALTAXFOR 折后价税合计 num:2
        FREMARK 备注 text:255
        """
    ),
    (
        "FPURCHASEICENTRY",
        "明细",
        "PURCHASEICENTRY",
        "lines",
        """
        FMATERIALID 物料编码 ref:BD_MATERIAL
        FPRICEUNITID 计价单位 ref:BD_UNIT
        FPRICEQTY 计价数量 num:4
        FAUXTAXPRICE 含税单价 num:6
        FTAXRATE 税率% num:2
        FALLAMOUNTFOR_D 价税合计 num:2
        FSOURCETYPE 源单类型 text:50
        FSRCBILLNO 源单编号 text:80
        FSRCROWID 源单行内码 int
        F_DQ_CLAIMNO 索赔单号 text:40
        FCOMMENT 备注 text:255
        """,
    ),
    org="FSETTLEORGID",
)

PRICE_LIST = _form(
    "PUR_PriceCategory",
    "采购价目表",
    "CGJM",
    _head(
        """
        FName* 名称 text:255
        FCreateOrgId* 创建组织 ref:ORG_Organizations
        FSupplierID 供应商 ref:BD_Supplier
        FCurrencyID* 币别 ref:BD_Currency
        FPricer 定价员 text:50
        FPriceObject 价格对象 text:1 =A
        FPriceType 价格类型 text:1 =2
        FIsIncludedTax 含税 bool =false
        FEffectiveDate 生效日 time
        FExpiryDate 失效日 time
        FDescription 描述 text:255
        FForbidStatus 禁用状态 text:1 =A
        """
    ),
    (
        "FPriceListEntry",
        "价格明细",
        "PriceListEntry",
        "lines",
        """
        FMaterialId* 物料编码 ref:BD_MATERIAL
        FUnitID* 计价单位 ref:BD_UNIT
        FFromQty 从 num:4
        FToQty 至 num:4
        FPrice 单价 num:6
        FTaxPrice 含税单价 num:6
        FTaxRate 税率% num:2
        FEntryEffectiveDate 生效日期 time
        FEntryExpiryDate 失效日期 time
        FNote 备注 text:255
        """,
    ),
    number="FNumber",
    org="FCreateOrgId",
)

PRICE_ADJUSTMENT = _form(
    "PUR_PAT",
    "采购调价表",
    "CGTJ",
    _head(
        """
        FName 名称 text:255
        FDate* 日期 date
        FCreateOrgId* 创建组织 ref:ORG_Organizations
        FSupplierID 供应商 ref:BD_Supplier
        FCurrencyID 币别 ref:BD_Currency =PRE001
        FIsIncludedTax 含税 bool =true
        FDescription 描述 text:255
        """
    ),
    (
        "FPATEntry",
        "调价明细",
        "PATEntry",
        "lines",
        """
        FPriceListId 价目表 ref:PUR_PriceCategory
        FMaterialId* 物料编码 ref:BD_MATERIAL
        FUnitID* 计价单位 ref:BD_UNIT
        FFromQty 从 num:4
        FToQty 至 num:4
        FPrice 单价 num:6
        FTaxPrice 含税单价 num:6
        FTaxRate 税率% num:2
        FEntryEffectiveDate 生效日期 time
        FEntryExpiryDate 失效日期 time
        FNote 备注 text:255
        """,
    ),
    org="FCreateOrgId",
)

INQUIRY = _form(
    "SVM_InquiryBill",
    "询价单",
    "XJ",
    _head(
        """
        FDate* 日期 date
        FPurchaseOrgId* 采购组织 ref:ORG_Organizations
        FSupplierId 供应商 ref:BD_Supplier
        FCurrencyId 币别 ref:BD_Currency =PRE001
        FIsIncludedTax 含税 bool =true
        FExpiryDate 截止日期 time
        FTitle 主题 text:255
        FNote 备注 text:255
        """
    ),
    (
        "FEntity",
        "询价明细",
        "InquiryEntry",
        "lines",
        """
        FMaterialId* 物料编码 ref:BD_MATERIAL
        FUnitId* 单位 ref:BD_UNIT
        FEntrySupplierId 供应商 ref:BD_Supplier
        FQuantity 数量 num:4
        FFromQty 从 num:4
        FToQty 至 num:4
        FPrice 单价 num:6
        FTaxPrice 含税单价 num:6
        FTaxRate 税率% num:2
        FDeliveryDate 交货日期 time
        FEntryEffectiveDate 生效日期 time
        FEntryExpiryDate 失效日期 time
        FEntryNote 备注 text:255
        """,
    ),
    org="FPurchaseOrgId",
)

CLAIM = _form(
    "PAEZ_ClaimBill",
    "索赔折让单",
    "SPZR",
    _head(
        """
        FDate* 日期 date
        F_PAEZ_OrgId* 组织 ref:ORG_Organizations
        F_PAEZ_Supplier* 供应商 ref:BD_Supplier
        F_PAEZ_OrderNo 采购订单号 text:80
        F_PAEZ_Currency 币别 ref:BD_Currency =PRE001
        F_PAEZ_Amount 索赔金额(含税) num:2
        F_PAEZ_NetAmount 索赔金额(不含税) num:2
        F_PAEZ_Deducted 已扣金额 num:2
        F_PAEZ_Balance 未扣余额 num:2
        F_PAEZ_Mode 结算方式 text:20
        F_PAEZ_OaId OA流程号 text:50
        F_PAEZ_Reason 索赔原因 text:255
        F_PAEZ_Remark 备注 text:255
        """
    ),
    (
        "F_PAEZ_Entity",
        "索赔明细",
        "PAEZ_ClaimEntry",
        "lines",
        """
        F_PAEZ_Material 物料编码 ref:BD_MATERIAL
        F_PAEZ_Qty 数量 num:4
        F_PAEZ_Price 含税单价 num:6
        F_PAEZ_LineAmount 金额 num:2
        F_PAEZ_LineNote 说明 text:255
        """,
    ),
    org="F_PAEZ_OrgId",
)

BILL_FORMS = (
    SALES_ORDER,
    REQUISITION,
    PURCHASE_ORDER,
    PAYMENT_REQUEST,
    EXPENSE,
    VOUCHER,
    PAYABLE,
    PURCHASE_INVOICE,
    PRICE_LIST,
    PRICE_ADJUSTMENT,
    INQUIRY,
    CLAIM,
)

BASE_FORMS = (
    _base("ORG_Organizations", "组织机构", "FOrgID", "FOrgFunctions 组织职能 text:100"),
    _base(
        "BD_Customer",
        "客户",
        "FCUSTID",
        "FShortName 简称 text:100\nFTRADINGCURRID 结算币别 ref:BD_Currency",
        by_company=True,
    ),
    _base(
        "BD_Supplier",
        "供应商",
        "FSupplierId",
        "FShortName 简称 text:100\nFPayCurrencyId 结算币别 ref:BD_Currency",
        by_company=True,
    ),
    _base(
        "BD_MATERIAL",
        "物料",
        "FMATERIALID",
        "FSpecification 规格型号 text:255\nFBaseUnitId 基本单位 ref:BD_UNIT\nFErpClsID 物料属性 text:10 =1",
        by_company=True,
    ),
    _base("BD_Department", "部门", "FDEPTID", "FParentID 上级部门 int", by_company=True),
    _base(
        "BD_Empinfo",
        "员工",
        "FID",
        "FStaffNumber 员工编号 text:50\nFMobile 移动电话 text:30\nFPostDept 部门 ref:BD_Department",
        by_company=True,
    ),
    _base("BD_Saler", "销售员", "FENTRYID", "FStaffId 员工 ref:BD_Empinfo", by_company=True),
    _base("BD_Buyer", "采购员", "FENTRYID", "FStaffId 员工 ref:BD_Empinfo", by_company=True),
    _base("SEC_User", "用户", "FUserID", "FUserAccount 用户账号 text:50\nFPhone 移动电话 text:30"),
    _base("BD_Currency", "币别", "FCURRENCYID", "FCODE 货币代码 text:10"),
    _base("BD_UNIT", "计量单位", "FUNITID", "FUnitGroupId 计量单位组 int"),
    _base("BD_RateType", "汇率类型", "FID"),
    _base("BD_SETTLETYPE", "结算方式", "FID"),
    _base("BD_Expense", "费用项目", "FEXPID"),
    _base("BD_Account", "科目", "FACCTID"),
    _base("BD_AccountBook", "账簿", "FBOOKID", "FAccountOrgId 核算组织 ref:ORG_Organizations"),
    _base("BD_VOUCHERGROUP", "凭证字", "FVCHGROUPID"),
    _base("GL_SYSTEM", "凭证来源", "FID"),
    _base("CN_RECPAYPURPOSE", "收付款用途", "FID"),
    _base("CN_BANKACNT", "银行账号", "FBANKACNTID"),
    _base("FIN_OTHERS", "其他往来单位", "FID"),
    _base("BOS_BillType", "单据类型", "FBILLTYPEID", "FBillFormID 单据 text:50"),
)

ATTACHMENTS = _form(
    "BOS_Attachment",
    "附件明细",
    "",
    _head(
        """
        FBillType 业务对象 text:50
        FInterID 单据内码 text:50
        FBillNo 单据编号 text:80
        FEntryKey 实体 text:50
        FEntryInterID 分录内码 text:50
        FAttachmentName 附件名 text:255
        FAttachmentSize 附件大小 num:2
        FFileId 文件编码 text:80
        """
    ),
    number="FNumber",
    is_bill=False,
)


def all_forms() -> dict[str, Form]:
    """Every form by id."""
    return {form.id: form for form in (*BILL_FORMS, *BASE_FORMS, ATTACHMENTS)}


def line_field(entity: Entity, key: str) -> Field | None:
    """The field of a table with exactly this key, or None."""
    return next((field for field in entity.fields if field.key == key), None)
