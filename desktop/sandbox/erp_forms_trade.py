"""Forms of selling and buying: orders, requisitions, price lists, inquiries, and the custom claim bill."""

from __future__ import annotations

from desktop.sandbox.erp_fields import head, make_form

SALES_ORDER = make_form(
    "SAL_SaleOrder",
    "销售订单",
    "XSDD",
    head(
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

OUTSTOCK = make_form(
    "SAL_OUTSTOCK",
    "销售出库单",
    "XSCKD",
    head(
        """
        FBillTypeID* 单据类型 ref:BOS_BillType
        FDate* 日期 date
        FSaleOrgId* 销售组织 ref:ORG_Organizations
        FStockOrgId* 发货组织 ref:ORG_Organizations
        FCustomerID* 客户 ref:BD_Customer
        FNote 备注 text:255
        """
    ),
    (
        "SubHeadEntity",
        "财务信息",
        "SAL_OUTSTOCKFIN",
        "sub",
        """
        FSettleCurrID* 结算币别 ref:BD_Currency
        FBillAllAmount 价税合计 num:2
        """,
    ),
    (
        "FEntity",
        "明细信息",
        "SAL_OUTSTOCKENTRY",
        "lines",
        """
        FMaterialID* 物料编码 ref:BD_MATERIAL
        FUnitID* 库存单位 ref:BD_UNIT
        FRealQty 实发数量 num:4
        FTaxPrice 含税单价 num:6
        FEntryTaxRate 税率% num:2
        FAllAmount 价税合计 num:2
        FSrcType 源单类型 text:50
        FSrcBillNo 源单编号 text:80
        FSoorDerno 订单单号 text:80
        FEntrynote 备注 text:255
        """,
    ),
    org="FSaleOrgId",
)
"""Keys as public integrations use them; the vendor's sheet at hand does not list this form."""

REQUISITION = make_form(
    "PUR_Requisition",
    "采购申请单",
    "CGSQ",
    head(
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

PURCHASE_ORDER = make_form(
    "PUR_PurchaseOrder",
    "采购订单",
    "CGDD",
    head(
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

PRICE_LIST = make_form(
    "PUR_PriceCategory",
    "采购价目表",
    "CGJM",
    head(
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

PRICE_ADJUSTMENT = make_form(
    "PUR_PAT",
    "采购调价表",
    "CGTJ",
    head(
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

INQUIRY = make_form(
    "SVM_InquiryBill",
    "询价单",
    "XJ",
    head(
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

CLAIM = make_form(
    "PAEZ_ClaimBill",
    "索赔折让单",
    "SPZR",
    head(
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

CONTRACT = make_form(
    "PUR_Contract",
    "采购合同",
    "CGHT",
    head(
        """
        FDate* 签订日期 date
        FCreateOrgId* 组织 ref:ORG_Organizations
        FSupplierID* 供应商 ref:BD_Supplier
        FCurrencyID* 币别 ref:BD_Currency
        FName 合同名称 text:255
        FEffectiveDate 生效日 date
        FExpiryDate 失效日 date
        FAmount 合同金额 num:2
        FDescription 备注 text:255
        """
    ),
    (
        "FContractEntry",
        "合同明细",
        "ContractEntry",
        "lines",
        """
        FMaterialId* 物料编码 ref:BD_MATERIAL
        FUnitID 单位 ref:BD_UNIT
        FQty 数量 num:4
        FTaxPrice 含税单价 num:6
        FNote 备注 text:255
        """,
    ),
    org="FCreateOrgId",
)
