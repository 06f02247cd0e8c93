"""K/3 WISE's bills over the toy ERP's: orders, prices, claims and contracts. Custom bills (Bill10001xx) are this installation's own.

Source: Kingdee K/3 WISE API platform, forms and field rules.
"""

from __future__ import annotations

from desktop.sandbox.k3wise_pages import LINE, wise_form

SALES_ORDER = wise_form(
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

PURCHASE_ORDER = wise_form(
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

REQUISITION = wise_form(
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

INQUIRY = wise_form(
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

PRICE_ADJUSTMENT = wise_form(
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

PRICE_LIST = wise_form(
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

CLAIM = wise_form(
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

CONTRACT = wise_form(
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
