"""Kingdee K/3 Cloud: which form holds which kind of base data, and under which keys. Standard delivery; the connection's
option `base_forms` says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from desktop.domain.errors import ErrorCode, SyncError


@dataclass(frozen=True, slots=True)
class BaseForm:
    """One kind's form. `states` is False for the form without FDocumentStatus and FForbidStatus.

    company: the field with the organisation that uses the record, "" where all do.
    mark:    a person's mobile number, a partner's tax number.
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
    "customer": BaseForm("BD_Customer", "FCUSTID", company=_USE, mark="FTAXREGISTERCODE"),
    "supplier": BaseForm("BD_Supplier", "FSupplierId", company=_USE, mark="FTaxRegisterCode"),
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
    "exchange_rate": BaseForm("BD_RateType", "FID"),
    "payment_terms": BaseForm("BD_PaymentCondition", "FID"),
    "tax_rate": BaseForm("BD_TaxRate", "FID"),
    "warehouse": BaseForm("BD_STOCK", "FStockId"),
    "project": BaseForm("BAS_PreBaseDataOne", "FID"),
    "user": BaseForm("SEC_User", "FUserID", code="FUserAccount", states=False, mark="FPhone"),
}
"""Kind -> form. The kinds' names are ours, shared with the OA connectors and the flow files. Of exchange rates, bills refer
to the type (FExchangeTypeId); projects are whatever a site keeps them as, mostly the first of the preset forms."""

CONTROL = FORMS["currency"]
"""What every integration user may read and every account set holds: the record that proves the right to query."""

_PARTS = ("form", "id", "code", "name", "company", "mark")
_NEEDED = _PARTS[:4]


def forms_of(option: str) -> dict[str, BaseForm]:
    """Kind -> form of one account set.

    option: `kind=form:id:code:name:company:mark` by comma; what is left out or empty stays as delivered, "-" stands for "no
            such field".  Raises ARGUMENT_WRONG for anything else.
    """
    forms = dict(FORMS)
    for part in filter(None, (each.strip() for each in option.split(","))):
        kind, _, told = part.partition("=")
        words = [word.strip() for word in told.split(":")]
        held = forms.get(kind.strip())
        if held is None or not any(words) or len(words) > len(_PARTS) or not all(map(_may_stand, words)):
            raise _wrong(part)
        other: dict[str, Any] = {
            name: word.strip("-") for name, word in zip(_PARTS, words, strict=False) if word
        }
        if not all(other.get(name, "-") for name in _NEEDED):
            raise _wrong(part)
        forms[kind.strip()] = replace(held, **other)
    return forms


def _wrong(part: str) -> SyncError:
    return SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"base_forms {part[:80]!r}")


def kinds_of(forms: Mapping[str, BaseForm]) -> dict[str, str]:
    """Form -> kind: what a field that refers to the form is about."""
    return {held.form: kind for kind, held in forms.items()}


def _may_stand(word: str) -> bool:
    """A form's or a field's key, dotted where it reaches into what a field refers to."""
    return word in ("", "-") or word.replace(".", "").replace("_", "").isalnum()
