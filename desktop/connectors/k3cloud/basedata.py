"""Kingdee K/3 Cloud: which form holds which kind of base data, and under which keys. Standard delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BaseForm:
    """One kind's form. `states` is False for the form without FDocumentStatus and FForbidStatus.

    company: the field with the organisation that uses the record, "" where all do.  mark: a person's mobile number.
    """

    form: str
    id: str
    code: str = "FNumber"
    name: str = "FName"
    states: bool = True
    company: str = ""
    mark: str = ""


_USE = "FUseOrgId.FNumber"

FORMS = {
    "customer": BaseForm("BD_Customer", "FCUSTID", company=_USE),
    "supplier": BaseForm("BD_Supplier", "FSupplierId", company=_USE),
    "material": BaseForm("BD_MATERIAL", "FMATERIALID", company=_USE),
    "unit": BaseForm("BD_UNIT", "FUNITID"),
    "department": BaseForm("BD_Department", "FDEPTID", company=_USE),
    "employee": BaseForm("BD_Empinfo", "FID", company=_USE, mark="FMobile"),
    "currency": BaseForm("BD_Currency", "FCURRENCYID"),
    "organisation": BaseForm("ORG_Organizations", "FOrgID"),
    "expense_item": BaseForm("BD_Expense", "FEXPID"),
    "settlement_method": BaseForm("BD_SETTLETYPE", "FID"),
    "bank_account": BaseForm("CN_BANKACNT", "FBANKACNTID"),
    "bill_type": BaseForm("BOS_BillType", "FBILLTYPEID"),
    "account": BaseForm("BD_Account", "FACCTID"),
    "user": BaseForm("SEC_User", "FUserID", code="FUserAccount", states=False, mark="FPhone"),
}
"""Kind -> form. The kinds' names are ours, shared with the OA connectors and the flow files."""

KIND_OF = {held.form: kind for kind, held in FORMS.items()}
"""Form -> kind: what a field that refers to the form is about."""

CONTROL = FORMS["currency"]
"""What every integration user may read and every account set holds: the record that proves the right to query."""
