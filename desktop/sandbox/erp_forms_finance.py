"""Forms of money: payment requests, expenses, vouchers, payables, invoices."""

from __future__ import annotations

from desktop.sandbox.erp_fields import head, make_form

PAYMENT_REQUEST = make_form(
    "CN_PAYAPPLY",
    "付款申请单",
    "FKSQ",
    head(
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
        F_DQ_CLAIMNO 索赔单号 text:40
        """,
    ),
    number="FBILLNO",
    org="FPAYORGID",
    upper=True,
    operations=("CloseBill", "UnCloseBill", "CloseEntry", "UnCloseEntry"),
)

EXPENSE = make_form(
    "ER_ExpReimbursement",
    "费用报销单",
    "FYBX",
    head(
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

VOUCHER = make_form(
    "GL_VOUCHER",
    "凭证",
    "PZ",
    head(
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

PAYABLE = make_form(
    "AP_Payable",
    "应付单",
    "AP",
    head(
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
    (
        "FEntityPlan",
        "付款计划",
        "AP_PAYABLEPLAN",
        "lines",
        """
        FENDDATE 到期日 date
        FPAYRATE 应付比例 num:2
        FPAYAMOUNTFOR 应付金额 num:2
        FWRITTENOFFAMOUNTFOR 已核销金额 num:2
        """,
    ),
    org="FSETTLEORGID",
)

PURCHASE_INVOICE = make_form(
    "IV_PURCHASEIC",
    "采购增值税专用发票",
    "CGZP",
    head(
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
