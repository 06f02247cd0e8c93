"""Before a flow sends anything: do both systems' forms hold what it reads and writes? Reads metadata only.

The systems page asks the same before it lets a person switch a flow on. What a vendor's metadata does not tell (a length,
or anything at all) is no objection: the other system refuses what does not fit, bill by bill.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from desktop.connectors.base import ErpConnector, OaConnector
from desktop.domain.document import round_key
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide, OaSide
from desktop.domain.record import FieldInfo
from desktop.sync.translate import Translator

KEY_LENGTH = len(round_key("X" * 16, 9999) + "-L9")
"""Characters that the longest key takes; a shorter field would cut it, and a cut key finds nothing."""

_NOTHING_WORKS = (ErrorCode.KEY_FIELD_MISSING, ErrorCode.FIELD_MISSING)


def check_flow(
    translator: Translator, erp: ErpConnector, erp_side: ErpSide, oa: OaConnector, oa_side: OaSide
) -> list[SyncError]:
    """Everything that both systems' metadata objects to, the key fields first; empty = the flow may be switched on.

    PER-702: a key field is missing or too short. DAT-403: a field or table that the flow names is not there.
    MAP-501: the OA's form requires a field that the flow does not fill. Raises what reading the metadata raises (NET,
    SES, PER-701, DAT-4xx), save PER-714: a vendor without metadata cannot be asked.
    """
    there = _Form(erp.system.id, erp_side.form, _told(lambda: erp.fields(erp_side.form)))
    target = _Form(oa.system.id, oa_side.workflow or oa_side.form, _told(lambda: oa.fields(oa_side)))
    found = _key_field(there, there.head(erp_side.tables), erp_side.key_field)
    found += _key_field(target, target.tables.get("", {}), oa_side.key_field)
    return [
        *found,
        *_sources(there, erp_side),
        *_targets(target, translator),
        *_unfilled(target, oa_side, translator),
    ]


def first_obstacle(found: Iterable[SyncError]) -> SyncError | None:
    """The first finding with which no bill could ever go through; a field that is not filled shows on each bill."""
    return next((error for error in found if error.code in _NOTHING_WORKS), None)


class _Form:
    """One form's fields by table and key. known: False where the vendor has no metadata."""

    def __init__(self, system_id: str, form: str, fields: Iterable[FieldInfo] | None) -> None:
        self.system_id, self.form = system_id, form
        self.known = fields is not None
        self.tables: dict[str, dict[str, FieldInfo]] = {}
        for each in fields or ():
            self.tables.setdefault(each.table, {})[each.key] = each

    def head(self, lines: Collection[str]) -> Mapping[str, FieldInfo]:
        """Header fields, those of sub-heads too (they come with a table of their own), line tables left out."""
        sub_heads = [fields for table, fields in self.tables.items() if table and table not in lines]
        return {key: each for fields in (*sub_heads, self.tables.get("", {})) for key, each in fields.items()}

    def lacks(self, field: str) -> SyncError:
        """The finding that `field` is not there."""
        return SyncError(ErrorCode.FIELD_MISSING, certain=True, form=self.form, field=field, said="")


def _told(ask: Callable[[], tuple[FieldInfo, ...]]) -> tuple[FieldInfo, ...] | None:
    try:
        return ask()
    except SyncError as error:
        if error.code is ErrorCode.CANNOT:
            return None
        raise


def _key_field(form: _Form, head: Mapping[str, FieldInfo], name: str) -> list[SyncError]:
    """A form without a key field is the flow's own choice; one that is named must be there, and long enough."""
    if not name or not form.known:
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
    if not form.known:
        return []
    head = form.head(side.tables)
    named = dict.fromkeys((*side.header, side.company_field, side.maker_field, side.note_field))
    missing = [name for name in named if name and not _has(head, name)]
    for table, names in side.tables.items():
        if table not in form.tables:
            missing.append(table)
            continue
        missing += [f"{table}.{name}" for name in names if not _has(form.tables[table], name)]
    return [form.lacks(name) for name in missing]


def _has(fields: Mapping[str, FieldInfo], name: str) -> bool:
    return name in fields or name.split(".")[0] in fields


def _targets(form: _Form, translator: Translator) -> list[SyncError]:
    if not form.known:
        return []
    flow = translator.flow
    missing = [row.target for row in flow.fields if row.target not in form.tables.get("", {})]
    for lines in flow.lines:
        if lines.target not in form.tables:
            missing.append(lines.target)
            continue
        there = form.tables[lines.target]
        missing += [f"{lines.target}.{row.target}" for row in lines.fields if row.target not in there]
    return [form.lacks(name) for name in missing]


def _unfilled(form: _Form, side: OaSide, translator: Translator) -> list[SyncError]:
    """Fields that the OA's form requires and the flow does not fill, in the tables that the flow fills."""
    flow = translator.flow
    filled = {"": {side.key_field, *(row.target for row in flow.fields)}}
    filled |= {lines.target: {row.target for row in lines.fields} for lines in flow.lines}
    return [
        SyncError(
            ErrorCode.FIELD_UNMAPPED, certain=True, flow=flow.id, target=f"{table}.{key}" if table else key
        )
        for table, targets in filled.items()
        for key, field in form.tables.get(table, {}).items()
        if field.required and key not in targets
    ]
