"""Kingdee K/3 Cloud: bills and their heads out of list queries, in as few calls as the server allows.

A list query repeats the head on every line, knows one entity at a time, and hides a bill that has no lines in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from desktop.connectors.k3cloud import shapes
from desktop.connectors.k3cloud.answers import key_text
from desktop.connectors.k3cloud.client import Client
from desktop.connectors.k3cloud.outcomes import batches
from desktop.connectors.k3cloud.shapes import FormKeys
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide
from desktop.domain.record import Bill, BillHead, BillStatus, Ref, Row
from desktop.domain.system import System

Lines = dict[str, dict[str, Row]]
"""Of one table: rows by bill id, then by entry id, in the ERP's order."""


class Reader:
    """Reads bills of one account set. Options of the system: read_batch (ids per query), filter_in ("or", "in")."""

    def __init__(self, client: Client, system: System, zone: tzinfo) -> None:
        self._client, self._system_id, self._zone = client, system.id, zone
        self._batch = max(1, int(system.number("read_batch", 200)))
        self._use_in = system.options.get("filter_in", "") == "in"

    def submitted(self, side: ErpSide) -> Iterator[BillHead]:
        """Heads of all bills in status B; a void one, whatever its status, is in nobody's approval."""
        where = f"{shapes.field_key(FormKeys.of(side).status)}='B'"
        return (head for head in self._listed(side, where) if head.status is BillStatus.SUBMITTED)

    def audited(self, side: ErpSide, since: datetime) -> Iterator[BillHead]:
        """Heads of all bills in status C that were audited from `since` on; a void one counts as such."""
        dated = replace(
            side, options={**side.options, "changed_field": side.options.get("audited_field", "FApproveDate")}
        )
        local = since.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
        keys = FormKeys.of(dated)
        where = f"{shapes.field_key(keys.status)}='C' and {shapes.field_key(keys.changed)}>={shapes.quoted(local)}"
        return (head for head in self._listed(dated, where) if head.status is BillStatus.AUDITED)

    def with_keys(self, side: ErpSide, keys: Sequence[str]) -> dict[str, list[BillHead]]:
        """Heads of the bills whose key field (of the head, or of any line) equals one of `keys`, each bill once.

        Compared letter by letter: databases tend to compare without case or end blanks.
        """
        wanted, found = list(dict.fromkeys(keys)), dict[str, dict[str, BillHead]]()
        for part in batches(wanted, self._batch):
            where = shapes.one_of(side.key_field, part, use_in=self._use_in, written=shapes.quoted)
            for head in self._listed(side, where):
                if head.our_key in part:
                    found.setdefault(head.our_key, {})[head.ref.key] = head
        return {key: list(heads.values()) for key, heads in found.items()}

    def numbered(self, side: ErpSide, numbers: Sequence[str]) -> list[BillHead]:
        """Heads by number; a person may type another case, as the database compares."""
        field, told = (
            shapes.field_key(FormKeys.of(side).number),
            [number for number in numbers if number.strip()],
        )
        if not told:
            return []
        return list(self._listed(side, " or ".join(f"{field}={shapes.quoted(number)}" for number in told)))

    def heads(self, side: ErpSide, keys: Sequence[str]) -> dict[str, BillHead]:
        """Heads by id."""
        return {
            head.ref.key: head
            for part in batches(list(dict.fromkeys(keys)), self._batch)
            for head in self._listed(side, self._any_of(side, part))
        }

    def _listed(self, side: ErpSide, where: str) -> Iterator[BillHead]:
        columns = _head_columns(side)
        for row in self._client.rows_by_key(side.form, columns[0], columns, where):
            yield self._head(side, dict(zip(columns, row, strict=True)))

    def _any_of(self, side: ErpSide, keys: Sequence[str]) -> str:
        return shapes.one_of(FormKeys.of(side).id, keys, use_in=self._use_in)

    def _head(self, side: ErpSide, row: dict[str, Any]) -> BillHead:
        keys = FormKeys.of(side)
        number = shapes.text_of(row[keys.number])
        return BillHead(
            ref=Ref(self._system_id, side.form, key_text(row[keys.id]), number),
            status=shapes.bill_status(self._system_id, number, row[keys.status], row.get(keys.cancel)),
            maker=shapes.text_of(row.get(side.maker_field)),
            changed_at=shapes.moment(row.get(keys.changed), self._zone),
            our_key=shapes.text_of(row.get(side.key_field)),
            company=shapes.text_of(row.get(side.company_field)),
        )

    def bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, Bill]:
        """Whole bills by id: one query per batch for headers with the first table, one for each further table."""
        found: dict[str, Bill] = {}
        for part in batches(list(dict.fromkeys(keys)), self._batch):
            found |= self._some_bills(side, part)
        return found

    def with_value(self, side: ErpSide, field: str, values: Sequence[str]) -> list[Bill]:
        """Bills with the lines of the side's one table where `field` equals a value; compared again, as in `with_key`."""
        table = next(iter(side.tables), "")
        found: list[Bill] = []
        for part in batches(list(dict.fromkeys(value for value in values if value)), self._batch):
            where = " or ".join(f"{shapes.field_key(field)}={shapes.quoted(value)}" for value in part)
            heads, lines = self._query(side, where, table=table, head=True, only=(field, frozenset(part)))
            found += [
                self._bill(side, told, {table: lines.get(key, {})} if table else {})
                for key, told in heads.items()
            ]
        return found

    def _some_bills(self, side: ErpSide, keys: Sequence[str]) -> dict[str, Bill]:
        first, *further = tuple(side.tables) or ("",)
        heads, lines = self._query(side, self._any_of(side, keys), table=first, head=True)
        if first and (hidden := [key for key in keys if key not in heads]):
            heads |= self._query(side, self._any_of(side, hidden), table="", head=True)[0]
        tables = {first: lines} if first else {}
        for table in further:
            where = self._any_of(side, list(heads))
            tables[table] = self._query(side, where, table=table, head=False)[1] if heads else {}
        return {
            key: self._bill(side, told, {table: rows.get(key, {}) for table, rows in tables.items()})
            for key, told in heads.items()
        }

    def _bill(self, side: ErpSide, told: dict[str, Any], lines: dict[str, dict[str, Row]]) -> Bill:
        head = self._head(side, told)
        header = {name: shapes.plain(told[name]) for name in side.header}
        return Bill(head.ref, head.status, header, lines, head.maker, head.changed_at)

    def _query(
        self, side: ErpSide, where: str, *, table: str, head: bool,
        only: tuple[str, frozenset[str]] | None = None,
    ) -> tuple[dict[str, dict[str, Any]], Lines]:  # fmt: skip
        """Raw rows of the heads by id, and the lines of `table` ("" = heads only). only: a field and its values."""
        names = FormKeys.of(side)
        columns = [*(_head_columns(side) if head else [names.id]), *(side.header if head else ())]
        columns += [only[0]] if only else []
        order = f"{names.id} asc"
        if table:
            columns += _line_columns(names, table, side.tables[table])
            order += f",{table}_{names.entry_id} asc"
        columns = list(dict.fromkeys(columns))
        heads: dict[str, dict[str, Any]] = {}
        places: dict[str, dict[str, dict[str, Any]]] = {}
        for row in self._client.rows(side.form, columns, where, order=order):
            told = dict(zip(columns, row, strict=True))
            if only and shapes.text_of(told[only[0]]) not in only[1]:
                continue
            key = key_text(told[names.id])
            heads.setdefault(key, told)
            if table:
                self._place(places.setdefault(key, {}), told, names, table)
        return heads, {key: _in_order(names, table, side.tables[table], rows) for key, rows in places.items()}

    def _place(
        self, rows: dict[str, dict[str, Any]], told: dict[str, Any], names: FormKeys, table: str
    ) -> None:
        """Keeps one line; a bill without lines may come as one line without an id. DAT-410 for a line told twice."""
        entry = key_text(told[f"{table}_{names.entry_id}"])
        if entry in rows:
            said = f"{table}: line {entry} twice; a header field of this query may belong to another entity"
            raise SyncError(
                ErrorCode.UNREADABLE, system=self._system_id, number=key_text(told[names.id]), said=said
            )
        if entry:
            rows[entry] = told


def _head_columns(side: ErpSide) -> list[str]:
    names = FormKeys.of(side)
    told = (names.id, names.number, names.status, names.changed, names.cancel)
    return list(
        dict.fromkeys(name for name in (*told, side.maker_field, side.key_field, side.company_field) if name)
    )


def _line_columns(names: FormKeys, table: str, fields: Sequence[str]) -> list[str]:
    seq = [f"{table}_{names.entry_seq}"] if names.entry_seq else []
    return [f"{table}_{names.entry_id}", *seq, *fields]


def _in_order(
    names: FormKeys, table: str, fields: Sequence[str], rows: dict[str, dict[str, Any]]
) -> dict[str, Row]:  # fmt: skip
    """Lines as people see them: by their place in the bill, and by id where the form tells none."""

    def place(entry: str) -> Decimal:
        told = shapes.plain(rows[entry].get(f"{table}_{names.entry_seq}"))
        return told if isinstance(told, Decimal) else Decimal(0)

    return {
        entry: {name: shapes.plain(rows[entry][name]) for name in fields} for entry in sorted(rows, key=place)
    }
