"""The forms of the toy ERP: standard delivery plus this installation's custom fields. Bills stand in two files beside this.

Keys follow the reference sheet; where the sheet leaves a key open, the installation chose one and QueryBusinessInfo tells. Forms that the sheet does not list (payment terms,
tax rate, warehouse, project) and the partners' tax numbers bear the names that the vendor's published examples use.
"""

from __future__ import annotations

from desktop.sandbox.erp_fields import Form, head, make_form
from desktop.sandbox.erp_forms_finance import EXPENSE, PAYABLE, PAYMENT_REQUEST, PURCHASE_INVOICE, VOUCHER
from desktop.sandbox.erp_forms_trade import (
    CLAIM,
    CONTRACT,
    INQUIRY,
    OUTSTOCK,
    PRICE_ADJUSTMENT,
    PRICE_LIST,
    PURCHASE_ORDER,
    REQUISITION,
    SALES_ORDER,
)

BILL_FORMS = (
    SALES_ORDER,
    OUTSTOCK,
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
    CONTRACT,
)


def _base(form_id: str, name: str, pk: str, table: str = "", *, by_company: bool = False) -> Form:
    org_row = "FUseOrgId 使用组织 ref:ORG_Organizations\n" if by_company else ""
    entity = head(f"FName 名称 text:255\n{org_row}{table}")
    org = "FUseOrgId" if by_company else ""
    return make_form(form_id, name, "", entity, pk=pk, number="FNumber", org=org, is_bill=False)


BASE_FORMS = (
    _base("ORG_Organizations", "组织机构", "FOrgID", "FOrgFunctions 组织职能 text:100"),
    _base(
        "BD_Customer",
        "客户",
        "FCUSTID",
        "FShortName 简称 text:100\nFTRADINGCURRID 结算币别 ref:BD_Currency\nFTAXREGISTERCODE 纳税登记号 text:50",
        by_company=True,
    ),
    _base(
        "BD_Supplier",
        "供应商",
        "FSupplierId",
        "FShortName 简称 text:100\nFPayCurrencyId 结算币别 ref:BD_Currency\nFTaxRegisterCode 纳税登记号 text:50",
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
    _base("BD_PaymentCondition", "付款条件", "FID"),
    _base("BD_TaxRate", "税率", "FID", "FTaxRate 税率% num:2"),
    _base("BD_STOCK", "仓库", "FStockId"),
    _base("BAS_PreBaseDataOne", "项目", "FID"),
    _base("FIN_OTHERS", "其他往来单位", "FID"),
    _base("BOS_BillType", "单据类型", "FBILLTYPEID", "FBillFormID 单据 text:50"),
)

ATTACHMENTS = make_form(
    "BOS_Attachment",
    "附件明细",
    "",
    head(
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
