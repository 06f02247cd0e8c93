"""Flow files: read, checked and remembered by version. A wrong one is refused with the place and the reason.

The flow in force is the shipped file (resources/flows/*.toml) or the file of the same name in the data folder's
`flows/`, which a consultant may lay over it, or what was published over both on the mapping page. A folder beside them is
named for a vendor: its files stand in the place of those of the same name for companies whose ERP or OA is of that vendor.
What a company has of its own (company_flows.py) is laid over that. Every version that a round began with is kept.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from desktop.domain.claim import ClaimForm, Gate, Settlement, SourceLink
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import (
    Attachments,
    Check,
    ErpSide,
    FieldMapping,
    Filter,
    Flow,
    FlowKind,
    Leg,
    LegBy,
    LegUntil,
    LineMapping,
    OaSide,
    PriceFit,
    PriceLock,
    SourceBill,
    Sources,
)
from desktop.store.company_flows import AT, laid_over, own_id, read_own
from desktop.store.database import Store
from desktop.store.flow_versions import published, published_for

SCHEMA = 1
NUMBER = "FBillNo"
"""The field with a bill's number, where a flow file names no other."""

OF = "/"
"""Between a vendor and its own version of a flow, in a path as in the name under which it is published."""

_TOP = {
    "schema", "id", "kind", "title", "rules", "erp", "oa", "list", "totals", "fields", "lines", "filters", "options",
    "sources", "lock", "offset", "claims", "attachments",
}  # fmt: skip
_ERP = {"form", "key_field", "company_field", "maker_field", "note_field", "options"}
_SOURCES = {"table", "form", "number", "amount", "bills"}
_SOURCE_BILL = {"form", "number", "payable", "unpaid", "options"}
_OA = {"form", "key_field", "title", "applicant", "options"}
_MAKES = {
    "schema", "id", "kind", "title", "oa", "list", "checks", "once", "legs", "write_back", "filters", "options",
    "attachments",
}  # fmt: skip
_WAITS = {"form", "company_field", "node", "options"}
_LEG = {
    "form", "by", "until", "key_field", "company_field", "source_field", "push", "balance", "options", "fields", "lines", "fits"
}  # fmt: skip

_FILES = {"on", "field", "leg", "most", "largest_mb", "kinds", "must"}
_LOCK = {"lists", "find", "row", "lines", "line", "otherwise"}
_FITS = {"lists", "lines", "list", "same", "band", "days"}
_LISTS = {"form", "table", "options"}
_ROW = {
    "company", "supplier", "material", "unit", "currency", "tax_included", "tax_rate", "from_qty", "to_qty", "price",
    "tax_price", "begins", "ends", "inquiry", "valid",
}  # fmt: skip
_LINE = {
    "company", "supplier", "material", "unit", "currency", "tax_included", "tax_rate", "qty", "price", "tax_price", "date",
}  # fmt: skip
_LEAST = {"supplier", "material", "tax_price"}
_CHECKS = {
    "schema", "id", "kind", "title", "rules", "erp", "invoice", "claims", "links", "list", "totals", "filters", "options"
}  # fmt: skip
_INVOICE = {
    "supplier", "currency", "total", "table", "claim", "deducted", "source_type", "source_number", "unchanged",
    "unchanged_lines",
}  # fmt: skip
_CLAIMS = {"form", "company", "supplier", "order", "currency", "amount", "mode", "modes", "options"}
_LINK = {"type", "form", "number", "table", "order"}


class FlowFiles:
    """The flows in force, by id."""

    def __init__(self, store: Store, shipped: Path, own: Path | None = None) -> None:
        self._store = store
        self._folders = [shipped, *([own] if own and own.is_dir() else [])]

    def all(self) -> dict[str, Flow]:
        """Every flow in force. Raises PER-703 with file and place."""
        found: dict[str, tuple[Path, str]] = {}
        for folder in self._folders:
            for path in sorted(folder.glob("*.toml")):
                found[path.name.split(".")[0]] = (path, path.read_text("utf-8"))
        flows = {}
        for flow_id, text in published(self._store).items():
            # Else what a company has of its own (of_company), or what is some vendor's (of_vendors).
            if AT not in flow_id and OF not in flow_id:
                found[flow_id] = (found.get(flow_id, (Path(flow_id), ""))[0], text)
        for path, text in found.values():
            flow = parse_flow(text, path.name)
            flows[flow.id] = flow
            self._remember(flow, text)
        return flows

    def of_vendors(self) -> dict[str, Flow]:
        """The flows that stand in the place of others for a vendor's systems, by "<vendor>/<flow>". Raises PER-703."""
        found: dict[str, tuple[str, str]] = {}
        for folder in self._folders:
            for path in sorted(folder.glob("*/*.toml")):
                name = f"{path.parent.name}{OF}{path.name.split('.')[0]}"
                found[name] = (f"{path.parent.name}{OF}{path.name}", path.read_text("utf-8"))
        for name, text in published(self._store).items():
            if OF in name and AT not in name:
                found[name] = (name, text)
        flows = {}
        for name, (file, text) in found.items():
            flows[name] = flow = parse_flow(text, file)
            if flow.id != name.rpartition(OF)[2]:
                raise _wrong(file, "id", f"{flow.id}: not {name.rpartition(OF)[2]}")
            self._remember(flow, text)
        return flows

    def of_company(self, flow: Flow, route_id: str) -> Flow:
        """A flow of the group as this company has it. Raises PER-703 where the company's part does not fit it."""
        name = own_id(flow.id, route_id)
        own = read_own(text, name) if (text := published_for(self._store, name)) else None
        if not own:
            return flow
        whole = laid_over(self.text_of(flow.version), own, name)
        company = parse_flow(whole, name)
        self._remember(company, whole)
        return company

    def text(self, flow_id: str) -> str:
        """The text in force of a flow: what was published, else its file."""
        flow = self.all()[flow_id]
        return self.text_of(flow.version)

    def text_of(self, version: str) -> str:
        """The text of a version that was once in force, or drafted and published."""
        with self._store.reading() as tables:
            return str(tables.flow_version.get(tables.flow_version.version == version).content)

    def version(self, version: str) -> Flow | None:
        """The flow that a round began with, or None where it was never seen here."""
        with self._store.reading() as tables:
            row = tables.flow_version.get_or_none(tables.flow_version.version == version)
        return parse_flow(row.content, version) if row else None

    def _remember(self, flow: Flow, text: str) -> None:
        with self._store.reading() as tables:
            known = tables.flow_version.get_or_none(tables.flow_version.version == flow.version)
        if known is None:
            with self._store.writing() as tables:
                tables.flow_version.insert(
                    version=flow.version, flow_id=flow.id, content=text, first_used_at=datetime.now(UTC)
                ).on_conflict_ignore().execute()


@lru_cache(maxsize=64)
def parse_flow(text: str, file: str) -> Flow:
    """One flow file; kept, for the same few are asked for at every look at a version. `version` is the digest of its text. Raises PER-703."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SyncError(
            ErrorCode.FLOW_FILE_WRONG, file=file, line=str(error)[-40:], said=str(error)
        ) from None
    try:
        return _flow(content, file, hashlib.sha256(text.encode()).hexdigest()[:16])
    except SyncError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _wrong(file, "", f"{type(error).__name__}: {error}") from None


def _flow(content: Mapping[str, Any], file: str, version: str) -> Flow:
    if content.get("schema", 0) > SCHEMA:
        raise _wrong(file, "schema", f"schema {content['schema']} is newer than {SCHEMA}")
    if AT in str(content.get("id", "")):
        raise _wrong(file, "id", AT)
    if content.get("kind") == FlowKind.GENERATION.value:
        return _generation(content, file, version)
    if content.get("kind") == FlowKind.GATE.value:
        return _gate(content, file, version)
    _only(content, _TOP, file, "")
    for name in ("id", "kind", "title", "erp", "oa"):
        if name not in content:
            raise _wrong(file, name, "missing")
    erp, oa, shown = content["erp"], content["oa"], content.get("list", {})
    _only(erp, _ERP, file, "erp")
    _only(oa, _OA, file, "oa")
    totals = content.get("totals", {})
    fields = tuple(
        _field(row, file, f"fields[{index}]") for index, row in enumerate(content.get("fields", []))
    )
    _unique([row.target for row in fields], file, "fields")
    lines = tuple(_line(row, file, f"lines[{index}]") for index, row in enumerate(content.get("lines", [])))
    return Flow(
        id=str(content["id"]),
        kind=FlowKind(content["kind"]),
        title={str(name): str(value) for name, value in content["title"].items()},
        version=version,
        erp=ErpSide(
            form=str(erp["form"]), key_field=erp.get("key_field", ""), company_field=erp.get("company_field", ""),
            maker_field=erp.get("maker_field", ""), note_field=erp.get("note_field", ""),
            options={"number_field": NUMBER, **_texts(erp.get("options", {}))},
        ),
        oa=OaSide(form=str(oa["form"]), key_field=oa.get("key_field", ""), options=_texts(oa.get("options", {}))),
        title_expr=str(oa["title"]),
        applicant_expr=str(oa.get("applicant", "''")),
        partner_expr=str(shown.get("partner", "''")),
        amount_expr=str(shown.get("amount", "")),
        currency_expr=str(shown.get("currency", "''")),
        fields=fields,
        lines=lines,
        rules=tuple(content.get("rules", ())),
        filters=tuple(Filter(str(row["name"]), str(row["expr"])) for row in content.get("filters", [])),
        options={**_texts(content.get("options", {})), **{f"total_{name}": str(expr) for name, expr in totals.items()}},
        sources=_sources(content["sources"], file) if "sources" in content else None,
        lock=_lock(content["lock"], file) if "lock" in content else None,
        gate=_gate_of(erp, content["offset"], content, file) if "offset" in content else None,
        attachments=_attachments(content.get("attachments", {}), 0, file),
    )  # fmt: skip


def _files_of(row: Mapping[str, Any], legs: Sequence[Leg], file: str) -> Attachments | None:
    """A bill takes files while it is editable: it must be one that is submitted afterwards."""
    leg = int(row.get("leg", 1))
    if row.get("on") and not (0 < leg <= len(legs) and legs[leg - 1].until is not LegUntil.SAVED):
        raise _wrong(file, "attachments.leg", "a bill that we submit")
    return _attachments(row, leg, file)


def _attachments(row: Mapping[str, Any], leg: int, file: str) -> Attachments | None:
    """Which files travel along; None where the section is absent or switched off."""
    _only(row, _FILES, file, "attachments")
    usual = Attachments()
    most, largest = int(row.get("most", usual.most)), float(row.get("largest_mb", usual.largest / (1 << 20)))
    if most < 1 or largest <= 0:
        raise _wrong(file, "attachments", "most, largest_mb: above 0")
    if not row.get("on", False):
        return None
    if not leg and not row.get("field"):
        raise _wrong(file, "attachments.field", "missing")
    kinds = tuple(str(each).lower().lstrip(".") for each in row.get("kinds", ()))
    field, must = str(row.get("field", "")), bool(row.get("must", False))
    return Attachments(field, leg, most, int(largest * (1 << 20)), kinds, must)


def _lock(row: Mapping[str, Any], file: str) -> PriceLock:
    """Where locked prices stand, and which line asks for which. Refused without supplier, material and price on both sides."""
    lists, told = row["lists"], _texts(row["row"])
    for given, known, where in (
        (row, _LOCK, "lock"), (lists, _LISTS, "lock.lists"), (told, _ROW, "lock.row"), (row["line"], _LINE, "lock.line")
    ):  # fmt: skip
        _only(given, known, file, where)
    for name in sorted(_LEAST):
        if name not in told or name not in row["line"]:
            raise _wrong(file, "lock", f"missing: {name}")
    if row.get("otherwise", "refuse") not in ("refuse", "allow"):
        raise _wrong(file, "lock.otherwise", "refuse / allow")
    side = ErpSide(str(lists["form"]), options=_texts(lists.get("options", {})))
    return PriceLock(
        side, str(lists["table"]), str(row["find"]), told, str(row["lines"]), _texts(row["line"]),
        refuse=row.get("otherwise", "refuse") == "refuse",
    )  # fmt: skip


def _sources(row: Mapping[str, Any], file: str) -> Sources:
    """What a payment's lines pay, and how much of it is still open."""
    _only(row, _SOURCES, file, "sources")
    bills = []
    for index, each in enumerate(row["bills"]):
        _only(each, _SOURCE_BILL, file, f"sources.bills[{index}]")
        number, options = str(each.get("number", NUMBER)), _texts(each.get("options", {}))
        side = ErpSide(str(each["form"]), options={"number_field": number, **options})
        payable = str(each["payable"])
        bills.append(SourceBill(side, number, payable, str(each.get("unpaid", payable))))
    line = [str(row[name]) for name in ("table", "form", "number", "amount")]
    return Sources(line[0], line[1], line[2], line[3], tuple(bills))


def _generation(content: Mapping[str, Any], file: str, version: str) -> Flow:
    """OA -> ERP: the request's fields, and one leg for each bill that is made of it."""
    _only(content, _MAKES, file, "")
    for name in ("id", "title", "oa", "legs"):
        if name not in content:
            raise _wrong(file, name, "missing")
    oa, shown = content["oa"], content.get("list", {})
    _only(oa, _WAITS, file, "oa")
    legs = tuple(_leg(row, file, f"legs[{index}]") for index, row in enumerate(content["legs"]))
    if not legs or legs[0].by is LegBy.PUSH:
        raise _wrong(file, "legs", "the first bill is made by our own mapping")
    own = {name: str(oa[name]) for name in ("company_field", "node") if name in oa}
    back = tuple(
        _field(row, file, f"write_back[{index}]") for index, row in enumerate(content.get("write_back", []))
    )
    _unique([row.target for row in back], file, "write_back")
    return Flow(
        id=str(content["id"]), kind=FlowKind.GENERATION,
        title={str(name): str(value) for name, value in content["title"].items()}, version=version, erp=legs[0].erp,
        oa=OaSide(str(oa["form"]), options={**_texts(oa.get("options", {})), **own}), title_expr="''",
        applicant_expr="''", partner_expr=str(shown.get("partner", "''")), amount_expr=str(shown.get("amount", "")),
        currency_expr=str(shown.get("currency", "''")), fields=(), lines=(),
        filters=tuple(Filter(str(row["name"]), str(row["expr"])) for row in content.get("filters", [])),
        options=_texts(content.get("options", {})), legs=legs,
        checks=tuple(
            Check(str(row["name"]), str(row["expr"]), str(row["said"])) for row in content.get("checks", [])
        ),
        write_back=back, once=_texts(content.get("once", {})),
        attachments=_files_of(content.get("attachments", {}), legs, file),
    )  # fmt: skip


def _gate(content: Mapping[str, Any], file: str, version: str) -> Flow:
    """ERP -> check -> audit or send back. Whatever the gate reads of the invoice must not change around its audit."""
    _only(content, _CHECKS, file, "")
    for name in ("id", "title", "erp", "invoice", "claims"):
        if name not in content:
            raise _wrong(file, name, "missing")
    erp, invoice, shown = content["erp"], content["invoice"], content.get("list", {})
    _only(erp, _ERP - {"key_field"}, file, "erp")
    gate = _gate_of(erp, invoice, content, file)
    head = [gate.company, gate.supplier, gate.currency, gate.total, *invoice.get("unchanged", [])]
    lines = [
        gate.claim,
        gate.source_type,
        gate.source_number,
        gate.deducted,
        *invoice.get("unchanged_lines", []),
    ]
    totals = content.get("totals", {})
    return Flow(
        id=str(content["id"]), kind=FlowKind.GATE,
        title={str(name): str(value) for name, value in content["title"].items()}, version=version,
        erp=ErpSide(
            form=str(erp["form"]), company_field=gate.company, maker_field=erp.get("maker_field", ""),
            note_field=erp.get("note_field", ""), options=_texts(erp.get("options", {})),
        ),
        oa=OaSide(""), title_expr="''", applicant_expr="''", partner_expr=str(shown.get("partner", "''")),
        amount_expr=str(shown.get("amount", "")), currency_expr=str(shown.get("currency", "''")),
        fields=_unchanged(head), lines=(LineMapping(gate.table, gate.table, _unchanged(lines)),),
        rules=tuple(content.get("rules", ())),
        filters=tuple(Filter(str(row["name"]), str(row["expr"])) for row in content.get("filters", [])),
        options={**_texts(content.get("options", {})), **{f"total_{name}": str(expr) for name, expr in totals.items()}},
        gate=gate,
    )  # fmt: skip


def _gate_of(
    erp: Mapping[str, Any], invoice: Mapping[str, Any], content: Mapping[str, Any], file: str
) -> Gate:
    if "claims" not in content:
        raise _wrong(file, "claims", "missing")
    claims, links = content["claims"], content.get("links", [])
    _only(invoice, _INVOICE, file, "invoice")
    _only(claims, _CLAIMS, file, "claims")
    for index, row in enumerate(links):
        _only(row, _LINK, file, f"links[{index}]")
        if row.get("form") and not (row.get("number") and row.get("order")):
            raise _wrong(file, f"links[{index}]", "number, order: how is the order found?")
    modes = {str(value): Settlement(means) for value, means in claims["modes"].items()}
    if not modes:
        raise _wrong(file, "claims.modes", "missing")
    told: dict[str, Any] = {**{name: str(value) for name, value in claims.items()}, "modes": modes}
    told["options"] = _texts(claims.get("options", {}))
    own = {name: str(value) for name, value in invoice.items() if not name.startswith("unchanged")}
    sources = {name: own.pop(name, "") for name in ("source_type", "source_number")}
    return Gate(
        company=str(erp["company_field"]), **own, **sources, claims=ClaimForm(**told),
        links=tuple(SourceLink(**_texts(row)) for row in links),
    )  # fmt: skip


def _unchanged(expressions: Sequence[str]) -> tuple[FieldMapping, ...]:
    """Tamper rows: what they read must be the same at the check and at the audit."""
    return tuple(FieldMapping(expr, expr, key=True) for expr in dict.fromkeys(expressions) if expr)


def _leg(row: Mapping[str, Any], file: str, where: str) -> Leg:
    _only(row, _LEG, file, where)
    by = LegBy(row.get("by", "save"))
    fields = tuple(
        _field(each, file, f"{where}.fields[{index}]") for index, each in enumerate(row.get("fields", []))
    )
    _unique([each.target for each in fields], file, f"{where}.fields")
    lines = tuple(
        _line(each, file, f"{where}.lines[{index}]") for index, each in enumerate(row.get("lines", []))
    )
    if by is LegBy.SAVE and not row.get("key_field"):
        raise _wrong(file, where, "key_field: without it a lost answer could not be looked up")
    if by is LegBy.PUSH and not row.get("source_field"):
        raise _wrong(file, where, "source_field: without it a pushed bill could not be found again")
    side = ErpSide(
        str(row["form"]), key_field=row.get("key_field", ""), options=_texts(row.get("options", {}))
    )
    return Leg(
        side, by, LegUntil(row.get("until", "audited")), str(row.get("source_field", "")), _texts(row.get("push", {})),
        tuple(row.get("balance", ())), fields, lines,
        _fits(row["fits"], file, f"{where}.fits") if "fits" in row else None, str(row.get("company_field", "")),
    )  # fmt: skip


def _fits(row: Mapping[str, Any], file: str, where: str) -> PriceFit:
    """What the lines of a price adjustment must fit between."""
    _only(row, _FITS, file, where)
    _only(row["lists"], _LISTS, file, f"{where}.lists")
    same, band, days = ([str(each) for each in row[name]] for name in ("same", "band", "days"))
    if not same or len(band) != 2 or len(days) != 2:
        raise _wrong(file, where, "same: 1 or more; band, days: 2")
    side = ErpSide(str(row["lists"]["form"]), options=_texts(row["lists"].get("options", {})))
    return PriceFit(
        side, str(row["lists"]["table"]), str(row["lines"]), str(row["list"]), tuple(same), (band[0], band[1]),
        (days[0], days[1]),
    )  # fmt: skip


def _field(row: Mapping[str, Any], file: str, where: str) -> FieldMapping:
    _only(row, {"target", "expr", "required", "default", "key", "note"}, file, where)
    return FieldMapping(
        str(row["target"]), str(row["expr"]), bool(row.get("required", False)), str(row.get("default", "")),
        bool(row.get("key", False)),
    )  # fmt: skip


def _line(row: Mapping[str, Any], file: str, where: str) -> LineMapping:
    _only(row, {"source", "target", "fields", "required", "only"}, file, where)
    fields = tuple(_field(each, file, f"{where}.fields[{index}]") for index, each in enumerate(row["fields"]))
    _unique([each.target for each in fields], file, where)
    return LineMapping(
        str(row["source"]),
        str(row["target"]),
        fields,
        bool(row.get("required", True)),
        str(row.get("only", "")),
    )


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}


def _only(given: Mapping[str, Any], known: set[str], file: str, where: str) -> None:
    if unknown := sorted(set(given) - known):
        raise _wrong(file, where, f"unknown: {', '.join(unknown)}")


def _unique(targets: list[str], file: str, where: str) -> None:
    if doubled := sorted({target for target in targets if targets.count(target) > 1}):
        raise _wrong(file, where, f"twice: {', '.join(doubled)}")


def _wrong(file: str, where: str, said: str) -> SyncError:
    return SyncError(ErrorCode.FLOW_FILE_WRONG, file=file, line=where, said=said)
