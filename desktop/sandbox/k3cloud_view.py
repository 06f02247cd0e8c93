"""Whole bills as View shows them, the fields that Save gives back, and the metadata of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from desktop.sandbox.erp_bill import ErpBill
from desktop.sandbox.erp_fields import Entity, Field, FieldKind, Form
from desktop.sandbox.erp_save import LINE_ID
from desktop.sandbox.erp_values import to_local

_CHINESE = 2052
_FIELD_TYPES = {
    FieldKind.TEXT: 231,
    FieldKind.NUMBER: 106,
    FieldKind.WHOLE: 56,
    FieldKind.YES_NO: 175,
    FieldKind.DATE: 61,
    FieldKind.TIME: 61,
    FieldKind.REF: 56,
    FieldKind.PARTY: 56,
    FieldKind.FLEX: 56,
}


def bill_tree(form: Form, bill: ErpBill) -> dict[str, Any]:
    """The object tree of a bill: property names without F, base data as objects, entries under their entry names."""
    tree: dict[str, Any] = {"Id": bill.id, "FFormId": form.id}
    for entity in form.entities:
        if entity.is_lines:
            tree[entity.name] = [
                {"Id": line[LINE_ID], "Seq": seq, **_properties(entity.fields, bill, line)}
                for seq, line in enumerate(bill.entries.get(entity.key, ()), start=1)
            ]
        elif entity is form.head:
            tree |= _properties(entity.fields, bill, bill.head)
        else:
            tree[entity.name] = [{"Id": bill.id, **_properties(entity.fields, bill, bill.head)}]
    return tree


def _properties(fields: Sequence[Field], bill: ErpBill, row: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for field in fields:
        if field.attr == "id":
            continue
        value = field_value(field, bill, row)
        if field.kind in (FieldKind.REF, FieldKind.PARTY):
            shown[f"{field.prop}_Id"] = value.id if value else 0
            shown[field.prop] = base_object(value)
        elif field.kind is FieldKind.FLEX:
            shown[field.prop] = {key: base_object(record) for key, record in value.items()} if value else None
        elif field.kind is FieldKind.TEXT:
            shown[field.prop] = value or (" " if field.blank == " " else "")
        else:
            shown[field.prop] = value
    return shown


def field_value(field: Field, bill: ErpBill, row: Mapping[str, Any]) -> Any:
    """What a field holds, wherever it is kept; times are local."""
    if not field.attr:
        return row.get(field.key)
    value = getattr(bill, field.attr)
    return to_local(value) if field.kind is FieldKind.TIME else value


def base_object(record: ErpBill | None) -> dict[str, Any] | None:
    """A record of base data as it stands in a tree."""
    if record is None:
        return None
    name = [{"Key": _CHINESE, "Value": record.name}]
    return {
        "Id": record.id,
        "msterID": record.id,
        "Number": record.number,
        "Name": name,
        "MultiLanguageText": [{"PkId": record.id, "LocaleId": _CHINESE, "Name": record.name}],
    }


def returned_fields(form: Form, bill: ErpBill, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """NeedReturnData of a Save: head fields at the top, entry fields ("EntryKey.FieldKey") as rows under their table."""
    if not wanted:
        return [{}]
    row: dict[str, Any] = {}
    for path in wanted:
        entity_key, _, field_key = path.partition(".")
        entity = form.entity(entity_key) if field_key else None
        if entity is not None and entity.is_lines:
            _return_lines(row, bill, entity, field_key)
            continue
        field = form.by_key.get(field_key or entity_key)
        if field is not None:
            row[path] = _returned(field, bill, bill.head)
    return [row]


def _return_lines(row: dict[str, Any], bill: ErpBill, entity: Entity, field_key: str) -> None:
    lines = bill.entries.get(entity.key, [])
    shown = row.setdefault(entity.key, [{} for _ in lines])
    field = next((each for each in entity.fields if each.key == field_key), None)
    for place, line in enumerate(lines):
        if field_key == LINE_ID:
            shown[place][LINE_ID] = line[LINE_ID]
        elif field is not None:
            shown[place][field_key] = _returned(field, bill, line)


def _returned(field: Field, bill: ErpBill, row: Mapping[str, Any]) -> Any:
    value = field_value(field, bill, row)
    return base_object(value) if isinstance(value, ErpBill) else value


def business_info(form: Form) -> dict[str, Any]:
    """The metadata of a form, as QueryBusinessInfo gives it."""
    return {
        "Id": form.id,
        "Name": _named(form.name),
        "PkFieldName": form.pk,
        "Entrys": [_entity_info(entity) for entity in form.entities],
        "Operations": [
            {"OperationId": place, "OperationNumber": number, "OperationName": _named(number)}
            for place, number in enumerate(form.operations, start=1)
        ],
    }


def _entity_info(entity: Entity) -> dict[str, Any]:
    return {
        "Key": entity.key,
        "ParentKey": None,
        "Name": _named(entity.label),
        "EntryName": entity.name,
        "EntityType": {"head": 0, "lines": 1, "sub": 2}[entity.shape],
        "PkFieldName": LINE_ID if entity.is_lines else "FID",
        "Fields": [_field_info(field) for field in entity.fields],
    }


def _field_info(field: Field) -> dict[str, Any]:
    return {
        "Key": field.key,
        "PropertyName": field.prop,
        "Name": _named(field.label),
        "MustInput": 1 if field.required else 0,
        "FieldType": _FIELD_TYPES[field.kind],
        "ElementType": field.kind.value,
        "LookUpObjectFormId": field.lookup if field.kind is FieldKind.REF else None,
    }


def _named(text: str) -> list[dict[str, Any]]:
    return [{"Key": _CHINESE, "Value": text}]
