"""What a form of the toy ERP is made of: fields, entities, forms. Read from small tables of text in erp_forms.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class FieldKind(Enum):
    """The value is the FieldType number that the metadata shows (the server's own numbering is not public)."""

    TEXT = 1
    NUMBER = 2
    WHOLE = 3
    YES_NO = 4
    DATE = 5
    TIME = 6
    REF = 7
    PARTY = 8
    FLEX = 9


_DEFAULT_PLACES = 2

KEY_FIELD = "F_DQ_KEY"
"""The custom text field on each bill's head that takes the bridge's key."""

NOTE_FIELD = "F_DQ_NOTE"
"""The custom text field on each bill's head that takes the OA's result."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    lookup:  REF: the form id that it refers to; PARTY: the key of the field that holds the form id.
    length:  characters of a TEXT; places: decimals of a NUMBER.
    attr:    the attribute of ErpBill that holds the value; "" = the head's or the line's own dict.
    entity:  key of its entity ("FBillHead" for the head).
    blank:   what a query shows for an empty text: " " for custom fields, "" for head fields, None in lines.
    """

    key: str
    label: str
    kind: FieldKind
    entity: str = ""
    required: bool = False
    length: int = 0
    places: int = _DEFAULT_PLACES
    lookup: str = ""
    default: str = ""
    attr: str = ""
    blank: str | None = None

    @property
    def prop(self) -> str:
        """The property's name in the object tree of View."""
        return self.key[1:] if self.key.startswith("F") and not self.key.startswith("F_") else self.key


@dataclass(frozen=True, slots=True)
class Entity:
    """The head, a sub-head or a table of lines. `name` is its name in View (EntryName)."""

    key: str
    label: str
    name: str
    shape: str
    fields: tuple[Field, ...]

    @property
    def is_lines(self) -> bool:
        """True for a table of lines."""
        return self.shape == "lines"


@dataclass(frozen=True)
class Form:
    """One kind of bill or of base data. Fields are found by exact key (`field`) or by any case (`any_case`)."""

    id: str
    name: str
    prefix: str
    pk: str
    number_field: str
    org_field: str
    is_bill: bool
    entities: tuple[Entity, ...]
    operations: tuple[str, ...]
    by_key: Mapping[str, Field] = field(init=False)
    by_lower: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        every = [each for entity in self.entities for each in entity.fields]
        object.__setattr__(self, "by_key", {each.key: each for each in every})
        object.__setattr__(self, "by_lower", {each.key.lower(): each for each in reversed(every)})

    @property
    def head(self) -> Entity:
        """The head entity, FBillHead."""
        return self.entities[0]

    @property
    def head_fields(self) -> tuple[Field, ...]:
        """Fields of the head and of all sub-heads."""
        return tuple(each for entity in self.entities if not entity.is_lines for each in entity.fields)

    @property
    def tables(self) -> tuple[Entity, ...]:
        """The tables of lines."""
        return tuple(entity for entity in self.entities if entity.is_lines)

    def entity(self, key: str) -> Entity | None:
        """The entity with this key, or None."""
        return next((entity for entity in self.entities if entity.key == key), None)


def read_fields(table: str, entity: str, *, is_lines: bool = False) -> list[Field]:
    """Fields from a table of text, one a line: `key[*] label type [=default]`; `*` marks a required one.

    Types: text:LENGTH, num:PLACES, int, bool, date, time, ref:FORM, party:TYPE_FIELD,
    flex (accounting dimensions).
    """
    return [
        _read_field(line.split(), entity, is_lines) for line in table.strip().splitlines() if line.strip()
    ]


def _read_field(words: list[str], entity: str, is_lines: bool) -> Field:
    key, label, type_word, *rest = words
    name, _, argument = type_word.partition(":")
    kind = _KINDS[name]
    return Field(
        key=key.rstrip("*"),
        label=label,
        kind=kind,
        entity=entity,
        required=key.endswith("*"),
        length=int(argument or 0) if kind is FieldKind.TEXT else 0,
        places=int(argument or 0) if kind is FieldKind.NUMBER else 0,
        lookup=argument if kind in (FieldKind.REF, FieldKind.PARTY) else "",
        default=rest[0][1:] if rest else "",
        blank=" " if key.startswith("F_") else None if is_lines else "",
    )


_KINDS = {
    "text": FieldKind.TEXT,
    "num": FieldKind.NUMBER,
    "int": FieldKind.WHOLE,
    "bool": FieldKind.YES_NO,
    "date": FieldKind.DATE,
    "time": FieldKind.TIME,
    "ref": FieldKind.REF,
    "party": FieldKind.PARTY,
    "flex": FieldKind.FLEX,
}

_BILL_SYSTEM = (
    ("FDocumentStatus", "单据状态", FieldKind.TEXT, "", "status"),
    ("FCancelStatus", "作废状态", FieldKind.TEXT, "", "cancel_status"),
    ("FCloseStatus", "关闭状态", FieldKind.TEXT, "", "close_status"),
    ("FCreatorId", "创建人", FieldKind.REF, "SEC_User", "creator"),
    ("FCreateDate", "创建日期", FieldKind.TIME, "", "created_at"),
    ("FModifierId", "修改人", FieldKind.REF, "SEC_User", "modifier"),
    ("FModifyDate", "修改日期", FieldKind.TIME, "", "modified_at"),
    ("FApproverId", "审核人", FieldKind.REF, "SEC_User", "approver"),
    ("FApproveDate", "审核日期", FieldKind.TIME, "", "approved_at"),
)
_BASE_SYSTEM = (
    ("FDocumentStatus", "数据状态", FieldKind.TEXT, "", "status"),
    ("FForbidStatus", "禁用状态", FieldKind.TEXT, "", "forbid_status"),
    ("FCreateDate", "创建日期", FieldKind.TIME, "", "created_at"),
    ("FModifyDate", "修改日期", FieldKind.TIME, "", "modified_at"),
)


def system_fields(*, is_bill: bool, upper: bool, pk: str, number_field: str) -> list[Field]:
    """What every form has, whatever its table says: id, number, states, who and when, and our two custom fields."""
    head = "FBillHead"
    known = [
        Field(pk, "内码", FieldKind.WHOLE, head, attr="id"),
        Field(
            number_field, "单据编号" if is_bill else "编码", FieldKind.TEXT, head, length=80, attr="number"
        ),
    ]
    for key, label, kind, lookup, attr in _BILL_SYSTEM if is_bill else _BASE_SYSTEM:
        spelt = key.upper() if upper else key
        known.append(Field(spelt, label, kind, head, lookup=lookup, attr=attr, blank=""))
    if is_bill:
        known.append(Field(KEY_FIELD, "单桥防重键", FieldKind.TEXT, head, length=40, blank=" "))
        known.append(Field(NOTE_FIELD, "单桥审批意见", FieldKind.TEXT, head, length=255, blank=" "))
    return known


_COMMON_OPERATIONS = ("Save", "Submit", "Audit", "UnAudit", "CancelAssign", "Delete", "Cancel", "Uncancel")


def make_form(
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
    """A form. entities: (key, label, name in View, shape "head" | "sub" | "lines", table of fields); the head comes first."""
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


def head(table: str) -> tuple[str, str, str, str, str]:
    """The head entity of a form, from its table of fields."""
    return ("FBillHead", "基本信息", "FBillHead", "head", table)
