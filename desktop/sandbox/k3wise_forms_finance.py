"""K/3 WISE's bills over the toy ERP's: payments, invoices, payables and expenses. Custom bills (Bill10001xx) are this installation's own.

Source: Kingdee K/3 WISE API platform, forms and field rules.
"""

from __future__ import annotations

from desktop.sandbox.k3wise_pages import LINE, wise_form

PAYMENT_REQUEST = wise_form(
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

PURCHASE_INVOICE = wise_form(
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

PAYABLE = wise_form(
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

EXPENSE = wise_form(
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
