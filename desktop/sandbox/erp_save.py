"""Laying a packet of values onto a bill: which fields may change, what becomes of lines, which rules fire on the way.

Knows nothing of states, rights or HTTP: erp.py decides whether a bill may be changed at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.erp_fields import Entity, Field, FieldKind, Form
from desktop.sandbox.erp_totals import work_out
from desktop.sandbox.erp_values import Values

LINE_ID = "FEntryID"
_PRICES = ("FPrice", "FTaxPrice", "FEvaluatePrice")
_SUPPLIERS = ("FSupplierId", "FSUPPLIERID", "FSupplierID")
_REQUIRED_DIMENSIONS = {"2202": "FFLEX4", "6602": "FFLEX5"}


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How a packet is laid onto a bill; the names and defaults of the server's own options.

    need_update:    fields that may change, when not empty (updates only).
    delete_entries: lines that the packet does not name are deleted, in the tables that it names.
    verify:         a reference that is not found is refused instead of being left empty.
    by_number:      references are looked up by number; False allows names too.
    adjust_order:   fields are set in the form's order instead of the packet's.
    """

    need_update: frozenset[str] = frozenset()
    delete_entries: bool = True
    verify: bool = False
    by_number: bool = True
    adjust_order: bool = False
    validate: bool = True


@dataclass(slots=True)
class Packet:
    """A packet sorted by where its values belong.

    id: internal id of the bill to change, 0 for a new one; number: the bill's own number, "" = the sequence.
    head: fields of the head and sub-heads in the order sent; lines: by table, as sent.
    """

    id: int = 0
    number: str = ""
    head: list[tuple[Field, Any]] = field(default_factory=list)
    lines: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def read_packet(form: Form, model: Mapping[str, Any]) -> Packet:
    """Sorts a Model as the wire brings it. Unknown keys are ignored; a known key at the wrong level is refused."""
    packet = Packet()
    for key, raw in model.items():
        entity = form.entity(key)
        if entity is not None and entity.is_lines:
            packet.lines[key] = [row for row in raw or [] if isinstance(row, Mapping)]
        elif entity is not None and isinstance(raw, Mapping):
            for inner, value in raw.items():
                _take(packet, form, entity, inner, value)
        elif key == form.pk:
            packet.id = int(raw or 0)
        elif key == form.number_field:
            packet.number = str(raw or "").strip()
        else:
            _take(packet, form, form.head, key, raw)
    return packet


def _take(packet: Packet, form: Form, entity: Entity, key: str, raw: Any) -> None:
    known = form.by_key.get(key)
    if known is None:
        return
    if known.entity != entity.key:
        raise wrong_level(entity, key)
    if not known.attr:
        packet.head.append((known, raw))


def wrong_level(entity: Entity, key: str) -> Refusal:
    """The answer to a key that belongs to another entity."""
    name = "BillHead" if entity.key == "FBillHead" else entity.key
    return Refusal(f"实体不存在此属性！[EntityType：{name}，Property：{key}]", 9, key)


@dataclass(frozen=True, slots=True)
class _Laying:
    """One packet on its way onto a bill. allowed: the fields that may change, empty = all."""

    form: Form
    org: str
    options: SaveOptions
    allowed: frozenset[str]

    def may_change(self, key: str) -> bool:
        return not self.allowed or key in self.allowed

    def ordered(self, pairs: list[tuple[Field, Any]]) -> Iterable[tuple[Field, Any]]:
        """In the order sent, or in the form's where the server shall adjust it."""
        if not self.options.adjust_order:
            return pairs
        places = {key: place for place, key in enumerate(self.form.by_key)}
        return sorted(pairs, key=lambda pair: places[pair[0].key])


class Saver:
    """Lays packets onto bills. new_line_id: gives the internal id of a new line; today: the server's local date."""

    def __init__(self, values: Values, new_line_id: Callable[[], int], today: Callable[[], datetime]) -> None:
        self._values = values
        self._new_line_id = new_line_id
        self._today = today

    def lay(self, form: Form, bill: ErpBill, packet: Packet, options: SaveOptions, *, is_new: bool) -> None:
        """Changes `bill` as the packet says and works out its totals. Raises Refusal: then the bill is half changed,
        and the caller throws it away or puts it back."""
        allowed = frozenset() if is_new else options.need_update
        org = self._own_org(form, bill, packet, options, allowed)
        laying = _Laying(form, org, options, allowed)
        for known, raw in laying.ordered(packet.head):
            if laying.may_change(known.key):
                self._set(laying, bill.head, known, raw)
        if is_new:
            self._defaults(form.head_fields, bill.head, org)
        for key, rows in packet.lines.items():
            entity = form.entity(key)
            if entity is not None and rows and laying.may_change(key):
                bill.entries[key] = self._lines(laying, entity, bill.entries.get(key, []), rows)
        if options.validate:
            check_required(form, bill)
        work_out(bill)
        if form.id == "GL_VOUCHER":
            check_dimensions(bill)

    def _own_org(
        self, form: Form, bill: ErpBill, packet: Packet, options: SaveOptions, allowed: frozenset[str]
    ) -> str:
        """The organisation decides which base data can be found, so it is set before anything else."""
        for known, raw in packet.head:
            if known.key == form.org_field and (not allowed or known.key in allowed):
                bill.head[known.key] = self._values.convert(known, raw, bill.head, "", verify=options.verify)
        org = bill.head.get(form.org_field)
        return org.number if isinstance(org, ErpBill) else ""

    def _set(self, laying: _Laying, row: dict[str, Any], known: Field, raw: Any) -> None:
        options = laying.options
        value = self._values.convert(
            known, raw, row, laying.org, verify=options.verify, by_number=options.by_number
        )
        changed = row.get(known.key) is not value
        row[known.key] = value
        if changed and isinstance(value, ErpBill | datetime):
            self._fire(laying.form, row, known, value)

    def _fire(self, form: Form, row: dict[str, Any], known: Field, value: Any) -> None:
        """What setting a field does to others: a material brings its unit and clears the price, a supplier brings
        its currency, an account book and a date bring the period."""
        if known.lookup == "BD_MATERIAL":
            self._bring_material(form, row, known, value)
        elif known.key in _SUPPLIERS and known.entity == "FBillHead":
            for other in form.head_fields:
                if other.lookup == "BD_Currency" and other.required:
                    row[other.key] = value.head.get("FPayCurrencyId") or row.get(other.key)
        elif known.key in ("FAccountBookID", "FDate") and form.id == "GL_VOUCHER":
            at = value if isinstance(value, datetime) else self._today()
            row["FYEAR"], row["FPERIOD"] = at.year, at.month

    def _bring_material(self, form: Form, row: dict[str, Any], known: Field, material: ErpBill) -> None:
        entity = form.entity(known.entity)
        for other in entity.fields if entity else ():
            if other.lookup == "BD_UNIT" and row.get(other.key) is None and not other.required:
                row[other.key] = material.head.get("FBaseUnitId")
            elif other.key in _PRICES and row.get(other.key):
                row[other.key] = self._values.convert(other, 0, row, "", verify=False)

    def _lines(
        self,
        laying: _Laying,
        entity: Entity,
        standing: Sequence[dict[str, Any]],
        rows: Sequence[Mapping[str, Any]],
    ) -> list[dict[str, Any]]:
        """The lines of a table after the packet: `standing` are those before."""
        known = {line[LINE_ID]: line for line in standing}
        kept: list[dict[str, Any]] = [] if laying.options.delete_entries else list(standing)
        for row in filter(None, rows):
            line_id = int(_line_id(row) or 0)
            if line_id and line_id not in known:
                raise Refusal(f"单据体“{entity.label}”中不存在内码为{line_id}的分录", 9, entity.key)
            line = known[line_id] if line_id else {LINE_ID: self._new_line_id()}
            self._fill_line(laying, entity, line, row, is_new=not line_id)
            if laying.options.delete_entries or not line_id:
                kept.append(line)
        return kept

    def _fill_line(
        self, laying: _Laying, entity: Entity, line: dict[str, Any], row: Mapping[str, Any], *, is_new: bool
    ) -> None:
        form = laying.form
        known_here = {known.key: known for known in entity.fields}
        pairs: list[tuple[Field, Any]] = []
        for key, raw in row.items():
            if key in known_here:
                pairs.append((known_here[key], raw))
            elif key in form.by_key and key != form.pk:
                raise wrong_level(entity, key)
        for known, raw in laying.ordered(pairs):
            if is_new or laying.may_change(known.key):
                self._set(laying, line, known, raw)
        if is_new:
            self._defaults(entity.fields, line, laying.org)

    def _defaults(self, fields: Iterable[Field], row: dict[str, Any], org: str) -> None:
        for known in fields:
            if known.default and row.get(known.key) is None:
                raw: Any = {"FNumber": known.default} if known.kind is FieldKind.REF else known.default
                row[known.key] = self._values.convert(known, raw, row, org, verify=False)


def _line_id(row: Mapping[str, Any]) -> Any:
    return next((value for key, value in row.items() if key.lower() == "fentryid"), 0)


def check_required(form: Form, bill: ErpBill) -> None:
    """Raises Refusal for the first required field that is empty, the head before the lines."""
    for known in form.head_fields:
        if known.required and bill.head.get(known.key) in (None, ""):
            raise Refusal(f"字段“{known.label}”是必填项", 11, known.key)
    for entity in form.tables:
        needed = [known for known in entity.fields if known.required]
        for line in bill.entries.get(entity.key, ()):
            for known in needed:
                if line.get(known.key) in (None, ""):
                    raise Refusal(f"字段“{known.label}”是必填项", 11, known.key)


def check_dimensions(bill: ErpBill) -> None:
    """Raises Refusal where an account wants a dimension that its line does not give."""
    for line in bill.entries.get("FEntity", ()):
        account = line.get("FACCOUNTID")
        if account is None:
            continue
        needed = _REQUIRED_DIMENSIONS.get(account.number)
        if needed and needed not in (line.get("FDetailID") or {}):
            raise Refusal(f"科目“{account.number}”的核算维度{needed}不能为空", 11, "FDetailID")
