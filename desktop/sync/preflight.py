"""Before a flow sends anything: do both systems' forms hold what it reads and writes? Reads metadata only.

The systems page asks the same before it lets a person switch a flow on. What a vendor's metadata does not tell (a length,
or anything at all) is no objection: the other system refuses what does not fit, bill by bill.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.domain.document import round_key
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide, Flow, FlowKind, Leg, OaSide, PriceFit
from desktop.domain.record import FieldInfo
from desktop.sync.claim_book import Books
from desktop.sync.drafting import Drafting
from desktop.sync.health import concerns_system
from desktop.sync.rules import rules_of
from desktop.sync.translate import Translator

KEY_LENGTH = len(round_key("X" * 16, 9999) + "-L9")
"""Characters that the longest key takes; a shorter field would cut it, and a cut key finds nothing."""

_GOES_ON = (ErrorCode.FIELD_UNMAPPED, ErrorCode.NOT_PERMITTED)
"""Findings for the systems page that stop no engine: each bill shows whether the OA fills the field itself, and people may
open a workflow whose empty form the integration account may not see."""


def check_flow(
    translator: Translator, erp: ErpConnector, erp_side: ErpSide, oa: OaConnector, oa_side: OaSide
) -> list[SyncError]:
    """Everything that both systems' metadata objects to, the key fields first; empty = the flow may be switched on.

    PER-702: a key field is missing or too short. DAT-403: a field or table that the flow names is not there.
    MAP-501: the OA's form requires a field that the flow does not fill. PER-701, DAT-410: a form may not be seen, or
    there is none. A vendor without metadata (PER-714) cannot be asked. Raises NET and SES.
    """
    if translator.flow.kind is FlowKind.GENERATION:
        return _check_generation(Drafting(translator.flow), erp, oa, oa_side)
    if translator.flow.kind is FlowKind.GATE:
        return _check_gate(translator, erp, erp_side)
    found: list[SyncError] = erp.objections(erp_side)
    there = _form(erp.system.id, erp_side.form, lambda: erp.fields(erp_side.form), found)
    target = _form(oa.system.id, oa_side.workflow or oa_side.form, lambda: oa.fields(oa_side), found)
    if there is not None:
        found += _key_field(there, there.head(erp_side.tables), erp_side.key_field)
    if target is not None:
        found += _key_field(target, target.tables.get("", {}), oa_side.key_field)
    found += _sources(there, erp_side) if there is not None else []
    if translator.lock:
        lists = translator.lock.lists
        book = _form(erp.system.id, lists.form, lambda: erp.fields(lists.form), found)
        found += _sources(book, lists) if book is not None else []
    found += _check_forms(erp, _claim_sides(translator))
    if any(rule.wants for rule in rules_of(translator)) and not erp.capabilities.look_up:
        found.append(SyncError(ErrorCode.CANNOT, certain=True, system=erp.system.id, what="bills_with"))
    found += _attachments(translator.flow, erp, oa, target)
    for reading in translator.source_bills.values():
        other = _form(erp.system.id, reading.side.form, partial(erp.fields, reading.side.form), found)
        found += _sources(other, reading.side) if other is not None else []
    return found + (_targets(target, oa_side, translator) if target is not None else [])


def _check_gate(translator: Translator, erp: ErpConnector, erp_side: ErpSide) -> list[SyncError]:
    """The same for a gate: the invoice, the claim bills, and the bills that lead to the order. No OA has a part in it."""
    found: list[SyncError] = erp.objections(erp_side)
    if not erp.capabilities.look_up:
        found.append(SyncError(ErrorCode.CANNOT, certain=True, system=erp.system.id, what="bills_with"))
    return found + _check_forms(erp, [erp_side, *_claim_sides(translator)])


def _claim_sides(translator: Translator) -> list[ErpSide]:
    """The claim bills and the bills that lead to an order, where the flow takes claims off."""
    if translator.flow.gate is None:
        return []
    books = Books(translator)
    return [books.claim_side, *books.link_sides()]


def _check_forms(erp: ErpConnector, sides: Iterable[ErpSide]) -> list[SyncError]:
    found: list[SyncError] = []
    for side in sides:
        there = _form(erp.system.id, side.form, lambda form=side.form: erp.fields(form), found)  # type: ignore[misc]
        if there is not None:
            found += _sources(there, side)
    return found


def _check_generation(
    drafting: Drafting, erp: ErpConnector, oa: OaConnector, oa_side: OaSide
) -> list[SyncError]:
    """The same for a flow that begins in the OA: each bill's form, and the fields of the request that it is made of."""
    found: list[SyncError] = []
    if not (oa.capabilities.list_waiting or (oa.capabilities.waits_when_agreed and oa.capabilities.tell)):
        found.append(SyncError(ErrorCode.CANNOT, certain=True, system=oa.system.id, what="waiting_requests"))
    if not erp.capabilities.find_by_key:
        found.append(SyncError(ErrorCode.CANNOT, certain=True, system=erp.system.id, what="find_bills"))
    forms: dict[str, _Form | None] = {}
    for number in range(1, drafting.count + 1):
        leg, side = drafting.leg(number), drafting.side(number)
        if side.form not in forms:
            forms[side.form] = _form(erp.system.id, side.form, lambda form=side.form: erp.fields(form), found)  # type: ignore[misc]
        there = forms[side.form]
        if there is not None:
            found += _key_field(there, there.head(side.tables), side.key_field)
            found += _made_of(there, leg, side)
        if leg.fits:
            found += _fitting(erp, leg.fits, found)
    request = _form(oa.system.id, oa_side.workflow or oa_side.form, lambda: oa.fields(oa_side), found)
    found += _attachments(drafting.flow, erp, oa, None)
    if request is not None:
        head = request.tables.get("", {})
        for table, names in drafting.request_names().items():
            known = {**head, **request.tables.get(table, {})}
            lost = [name for name in sorted(names) if name not in known]
            found += [request.lacks(_path(table, name)) for name in lost]
            if table and table not in request.tables:
                found.append(request.lacks(table))
    return found


def _attachments(flow: Flow, erp: ErpConnector, oa: OaConnector, target: _Form | None) -> list[SyncError]:
    """The field that takes the files; and, where they must go, whether both vendors can do it."""
    rules = flow.attachments
    if rules is None:
        return []
    gives, takes = (oa, erp) if rules.leg else (erp, oa)
    found = []
    if rules.must and not (gives.capabilities.list_files and takes.capabilities.take_files):
        lacking = takes if gives.capabilities.list_files else gives
        found.append(SyncError(ErrorCode.CANNOT, certain=True, system=lacking.system.id, what="attachments"))
    if target is not None and rules.field and rules.field not in target.tables.get("", {}):
        found.append(target.lacks(rules.field))
    return found


def _fitting(erp: ErpConnector, fits: PriceFit, found: list[SyncError]) -> list[SyncError]:
    """The price lists that an adjustment is compared with."""
    if not erp.capabilities.look_up:
        return [SyncError(ErrorCode.CANNOT, certain=True, system=erp.system.id, what="bills_with")]
    lists = replace(fits.lists, tables={fits.table: (*fits.same, *fits.band, *fits.days)})
    form = _form(erp.system.id, lists.form, lambda: erp.fields(lists.form), found)
    return _sources(form, lists) if form is not None else []


def _made_of(form: _Form, leg: Leg, side: ErpSide) -> list[SyncError]:
    """Every field that a leg writes into its bill, or reads of it."""
    tables = {lines.target: lines for lines in leg.lines}
    head = form.head(tables)
    wanted = dict.fromkeys((*(row.target for row in leg.fields), *side.header))
    missing = [name for name in wanted if not _has(head, name)]
    missing += [table for table in tables if table not in form.tables]
    every = {key for fields in form.tables.values() for key in fields}
    if leg.source_field and leg.source_field not in every:
        missing.append(leg.source_field)
    for lines in leg.lines:
        known = form.tables.get(lines.target, {})
        lost = [row.target for row in lines.fields if not _has(known, row.target)]
        missing += [_path(lines.target, name) for name in lost if lines.target in form.tables]
    return [form.lacks(name) for name in dict.fromkeys(missing)]


def first_obstacle(found: Iterable[SyncError]) -> SyncError | None:
    """The first finding with which no bill could ever go through, or None."""
    return next((error for error in found if error.code not in _GOES_ON), None)


class _Form:
    """One form's fields by table and key."""

    def __init__(self, system_id: str, form: str, fields: Iterable[FieldInfo]) -> None:
        self.system_id, self.form = system_id, form
        self.tables: dict[str, dict[str, FieldInfo]] = {}
        for each in fields:
            self.tables.setdefault(each.table, {})[each.key] = each

    def head(self, lines: Collection[str]) -> Mapping[str, FieldInfo]:
        """Header fields, those of sub-heads too (they come with a table of their own), line tables left out."""
        sub_heads = [fields for table, fields in self.tables.items() if table and table not in lines]
        return {key: each for fields in (*sub_heads, self.tables.get("", {})) for key, each in fields.items()}

    def lacks(self, field: str) -> SyncError:
        """The finding that `field` is not there."""
        return SyncError(ErrorCode.FIELD_MISSING, certain=True, form=self.form, field=field, said="")


def _form(
    system_id: str, form: str, ask: Callable[[], Iterable[FieldInfo]], found: list[SyncError]
) -> _Form | None:
    """The form; None where it cannot be seen, with the reason among the findings."""
    try:
        return _Form(system_id, form, ask())
    except SyncError as error:
        if concerns_system(error):
            raise
        if error.code is not ErrorCode.CANNOT:
            code = error.code if error.code is ErrorCode.NOT_PERMITTED else ErrorCode.UNREADABLE
            said = str(error.facts.get("said", ""))
            found.append(SyncError(code, certain=True, system=system_id, number=form, said=said))
        return None


def _key_field(form: _Form, head: Mapping[str, FieldInfo], name: str) -> list[SyncError]:
    """A form without a key field is the flow's own choice; one that is named must be there, and long enough."""
    if not name:
        return []
    found = head.get(name)
    if found is not None and (found.length is None or found.length >= KEY_LENGTH):
        return []
    error = SyncError(
        ErrorCode.KEY_FIELD_MISSING, certain=True, system=form.system_id, form=form.form, field=name
    )
    return [error]


def _sources(form: _Form, side: ErpSide) -> list[SyncError]:
    """Every field that the flow reads or writes in the ERP. A dotted name reaches into what its first part refers to."""
    head = form.head(side.tables)
    named = dict.fromkeys((*side.header, side.company_field, side.maker_field, side.note_field))
    missing = [name for name in named if name and not _has(head, name)]
    for table, names in side.tables.items():
        if table not in form.tables:
            missing.append(table)
            continue
        there = {**head, **form.tables[table]}  # a line reads its header's fields, too
        missing += [_path(table, name) for name in names if not _has(there, name)]
    return [form.lacks(name) for name in missing]


def _has(fields: Mapping[str, FieldInfo], name: str) -> bool:
    return name in fields or name.split(".")[0] in fields


def _targets(form: _Form, side: OaSide, translator: Translator) -> list[SyncError]:
    """Every field that the flow fills in the OA, and every one that the OA requires and the flow does not fill."""
    flow, missing = translator.flow, []
    for table, targets in _filled(translator).items():
        if table and table not in form.tables:
            missing.append(table)
            continue
        there = form.tables.get(table, {})
        missing += [_path(table, target) for target in targets if target not in there]
    unfilled = [
        SyncError(ErrorCode.FIELD_UNMAPPED, certain=True, flow=flow.id, target=_path(table, key))
        for table, targets in _filled(translator).items()
        for key, field in form.tables.get(table, {}).items()
        if field.required and key not in targets and (table, key) != ("", side.key_field)
    ]
    return [*(form.lacks(name) for name in missing), *unfilled]


def _filled(translator: Translator) -> dict[str, list[str]]:
    """Targets by table, "" = the main form."""
    flow = translator.flow
    return {
        "": [row.target for row in flow.fields],
        **{lines.target: [row.target for row in lines.fields] for lines in flow.lines},
    }


def _path(table: str, field: str) -> str:
    return f"{table}.{field}" if table else field
