"""The rows, as peewee sees them. Private to store/; built anew for each open store, so that two may stand side by side."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import peewee

from desktop.store.pen import Pen


class TimeField(peewee.BigIntegerField):
    """An aware UTC datetime as microseconds since 1970: sorts, compares and travels to any database."""

    def db_value(self, value: datetime | int | None) -> int | None:
        if value is None or isinstance(value, int):
            return value
        return round(value.timestamp() * 1_000_000)

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1_000_000, UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"$d": str(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _back(pairs: dict[str, Any]) -> Any:
    return Decimal(pairs["$d"]) if len(pairs) == 1 and "$d" in pairs else pairs


def dumps(value: Any) -> str:
    """JSON that keeps Decimal apart from text and never knows a float."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def loads(text: str) -> Any:
    """The inverse of dumps."""
    return json.loads(text, object_hook=_back, parse_float=Decimal)


class JsonField(peewee.TextField):
    """Small structured values."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else dumps(value)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else loads(value)


class PackedField(peewee.BlobField):
    """Large structured values, compressed."""

    def db_value(self, value: Any) -> bytes | None:
        return None if value is None else zlib.compress(dumps(value).encode(), 1)

    def python_value(self, value: bytes | None) -> Any:
        return None if value is None else loads(zlib.decompress(value).decode())


class WholeRows(peewee.ModelSelect):
    """A question for whole rows. The names of their columns are put together once for each table: peewee would do so for
    every question, which is half of what building it costs."""

    _is_default: bool
    names_of: ClassVar[dict[tuple[str, str], str]] = {}

    def __sql_selection__(self, ctx: Any, is_subquery: bool = False) -> Any:
        if not self._is_default or is_subquery:
            return super().__sql_selection__(ctx, is_subquery)
        meta = self.model._meta
        alias = ctx.alias_manager[meta.table]
        known = self.names_of.get((meta.table_name, alias))
        if known is None:
            known = ", ".join(f'"{alias}"."{field.column_name}"' for field in meta.sorted_fields)
            self.names_of[meta.table_name, alias] = known
        return ctx.literal(known)


class Tables:
    """All row classes, bound to one database."""

    def __init__(self, database: peewee.Database) -> None:
        class Row(peewee.Model):
            class Meta:
                legacy_table_names = False

            @classmethod
            def select(cls, *chosen: Any) -> Any:
                return WholeRows(cls, chosen or cls._meta.sorted_fields, is_default=not chosen)

        class Document(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            system_id = peewee.TextField()
            form = peewee.TextField()
            source_key = peewee.TextField()
            number = peewee.TextField()
            key_part = peewee.TextField()
            partner = peewee.TextField()
            amount = peewee.TextField(null=True)
            amount_sort = peewee.DoubleField(null=True)
            currency = peewee.TextField()
            state = peewee.TextField()
            round = peewee.IntegerField()
            request_number = peewee.TextField()
            created_at = TimeField()
            changed_at = TimeField()
            look_at = TimeField(null=True)
            number_tail = peewee.TextField()
            request_tail = peewee.TextField()
            needs_person = peewee.BooleanField()
            leg = peewee.IntegerField(default=0)

        class PartnerName(Row):
            name = peewee.TextField(primary_key=True)

        class Round(Row):
            document_id = peewee.BigIntegerField()
            number = peewee.IntegerField()
            flow_version = peewee.TextField()
            snapshot = PackedField()
            mapped = PackedField()
            digest = peewee.TextField()
            source_changed_at = TimeField(null=True)
            sent_as = peewee.TextField()
            decision = peewee.TextField()
            opinions = JsonField()
            opened_at = TimeField()
            closed_at = TimeField(null=True)
            seen_away_at = TimeField(null=True)

        class Link(Row):
            document_id = peewee.BigIntegerField()
            round = peewee.IntegerField()
            erp_system = peewee.TextField()
            erp_form = peewee.TextField()
            erp_key = peewee.TextField()
            erp_number = peewee.TextField()
            oa_system = peewee.TextField()
            oa_form = peewee.TextField()
            oa_key = peewee.TextField()
            oa_number = peewee.TextField()
            made_at = TimeField()
            leg = peewee.IntegerField(default=0)

        class Attempt(Row):
            document_id = peewee.BigIntegerField()
            round = peewee.IntegerField()
            step = peewee.TextField()
            number = peewee.IntegerField()
            key = peewee.TextField()
            sent_as = peewee.TextField()
            basis = JsonField()
            answered_key = peewee.TextField(null=True)
            answered_number = peewee.TextField(null=True)
            outcome = peewee.TextField()
            started_at = TimeField()
            ended_at = TimeField(null=True)
            leg = peewee.IntegerField(default=0)

        class Reserved(Row):
            kind = peewee.TextField()
            value = peewee.TextField()
            document_id = peewee.BigIntegerField()

            class Meta:
                primary_key = peewee.CompositeKey("kind", "value")

        class ClaimReserved(Row):
            document_id = peewee.BigIntegerField()
            system_id = peewee.TextField()
            claim_key = peewee.TextField()
            amount = peewee.TextField()
            at = TimeField()

            class Meta:
                primary_key = peewee.CompositeKey("document_id", "claim_key")

        class CarriedFile(Row):
            document_id = peewee.BigIntegerField()
            round = peewee.IntegerField()
            leg = peewee.IntegerField()
            source = peewee.TextField()
            name = peewee.TextField()
            size = peewee.BigIntegerField()
            digest = peewee.TextField()
            state = peewee.TextField()
            tries = peewee.IntegerField()
            target = peewee.TextField()
            why = peewee.TextField()
            at = TimeField()

            class Meta:
                primary_key = peewee.CompositeKey("document_id", "round", "leg", "source")
                table_name = "carried_file"

        class ExpectedRequest(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            place = peewee.TextField()
            request_key = peewee.TextField()
            state = peewee.TextField()
            opened_after = TimeField()
            asked_at = TimeField(null=True)
            company = peewee.TextField()

            class Meta:
                primary_key = peewee.CompositeKey("route_id", "flow_id", "place", "request_key")
                table_name = "expected_request"

        class Lookout(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            place = peewee.TextField()
            first_at = TimeField()
            looked_at = TimeField()
            wide_at = TimeField()

            class Meta:
                primary_key = peewee.CompositeKey("route_id", "flow_id", "place")

        class Exchange(Row):
            system_id = peewee.TextField()
            method = peewee.TextField()
            path = peewee.TextField()
            status = peewee.IntegerField()
            ms = peewee.IntegerField()
            at = TimeField()
            request = PackedField()
            answer = PackedField()

        class AttemptExchange(Row):
            attempt_id = peewee.BigIntegerField()
            exchange_id = peewee.BigIntegerField()

            class Meta:
                primary_key = peewee.CompositeKey("attempt_id", "exchange_id")

        class Failure(Row):
            document_id = peewee.BigIntegerField()
            attempt_id = peewee.BigIntegerField(null=True)
            code = peewee.TextField()
            facts = JsonField()
            cause = peewee.TextField()
            tries = peewee.IntegerField()
            revision = peewee.IntegerField()
            opened_at = TimeField()
            next_try_at = TimeField(null=True)
            closed_at = TimeField(null=True)
            closed_by = peewee.TextField()

        class Run(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            trigger = peewee.TextField()
            started_at = TimeField()
            ended_at = TimeField(null=True)
            found = peewee.IntegerField()
            moved = peewee.IntegerField()
            failed = peewee.IntegerField()
            code = peewee.TextField()

        class Watermark(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            at = TimeField()

            class Meta:
                primary_key = peewee.CompositeKey("route_id", "flow_id")

        class KeptOut(Row):
            flow_id = peewee.TextField()
            system_id = peewee.TextField()
            source_key = peewee.TextField()
            number = peewee.TextField()
            route_id = peewee.TextField()
            filter_name = peewee.TextField()
            at = TimeField()

            class Meta:
                primary_key = peewee.CompositeKey("flow_id", "system_id", "source_key")

        class Hold(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            code = peewee.TextField()
            facts = JsonField()
            since = TimeField()
            until_person = peewee.BooleanField()

            class Meta:
                primary_key = peewee.CompositeKey("route_id", "flow_id")

        class PersonOrder(Row):
            person = peewee.TextField()
            order = peewee.TextField()
            document_ids = JsonField()
            detail = JsonField()
            given_at = TimeField()
            taken_at = TimeField(null=True)
            result = peewee.TextField()

        class System(Row):
            id = peewee.TextField(primary_key=True)
            role = peewee.TextField()
            vendor = peewee.TextField()
            title = peewee.TextField()
            base_url = peewee.TextField()
            options = JsonField()

        class Route(Row):
            id = peewee.TextField(primary_key=True)
            company = peewee.TextField()
            title = peewee.TextField()
            erp_id = peewee.TextField()
            oa_id = peewee.TextField()
            applicant = peewee.TextField()

        class Switch(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            on = peewee.BooleanField()
            every_s = peewee.DoubleField()
            workflow = peewee.TextField()
            schedule = JsonField(default=dict)

            class Meta:
                primary_key = peewee.CompositeKey("route_id", "flow_id")

        class MissedRun(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            since = TimeField()
            until = TimeField()
            times = peewee.IntegerField()
            why = peewee.TextField()

        class Reconciliation(Row):
            at = TimeField()
            clean = peewee.BooleanField()
            documents = peewee.IntegerField()
            differences = peewee.IntegerField()
            file = peewee.TextField()
            content = PackedField()

        class BaseMapping(Row):
            route_id = peewee.TextField()
            kind = peewee.TextField()
            erp_code = peewee.TextField()
            erp_name = peewee.TextField()
            oa_key = peewee.TextField()
            oa_name = peewee.TextField()
            origin = peewee.TextField()
            changed_at = TimeField(default=0)
            changed_by = peewee.TextField(default="")

        class BaseRecord(Row):
            system_id = peewee.TextField()
            kind = peewee.TextField()
            key = peewee.TextField()
            code = peewee.TextField()
            name = peewee.TextField()
            mark = peewee.TextField()
            companies = JsonField()
            disabled = peewee.BooleanField()

            class Meta:
                primary_key = peewee.CompositeKey("system_id", "kind", "key")

        class BaseRefresh(Row):
            system_id = peewee.TextField()
            kind = peewee.TextField()
            at = TimeField()
            records = peewee.IntegerField()

            class Meta:
                primary_key = peewee.CompositeKey("system_id", "kind")

        class BaseChange(Row):
            system_id = peewee.TextField()
            kind = peewee.TextField()
            code = peewee.TextField()
            name = peewee.TextField()
            what = peewee.TextField()
            was = peewee.TextField()
            at = TimeField()

        class ScanRun(Row):
            scan = peewee.TextField()
            route_id = peewee.TextField()
            at = TimeField()
            since = TimeField()
            looked = peewee.IntegerField()
            found = peewee.IntegerField()
            code = peewee.TextField()
            facts = JsonField()

            class Meta:
                primary_key = peewee.CompositeKey("scan", "route_id")
                table_name = "scan_run"

        class ScanFinding(Row):
            scan = peewee.TextField()
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            system_id = peewee.TextField()
            form = peewee.TextField()
            source_key = peewee.TextField()
            number = peewee.TextField()
            maker = peewee.TextField()
            audited_at = TimeField(null=True)
            code = peewee.TextField()
            facts = JsonField()
            first_at = TimeField()
            last_at = TimeField()
            closed_at = TimeField(null=True)
            closed_by = peewee.TextField()
            reason = peewee.TextField()

        class Preference(Row):
            name = peewee.TextField(primary_key=True)
            value = JsonField()

        class FlowVersion(Row):
            version = peewee.TextField(primary_key=True)
            flow_id = peewee.TextField()
            content = peewee.TextField()
            first_used_at = TimeField()

        class FlowRelease(Row):
            flow_id = peewee.TextField()
            number = peewee.IntegerField()
            version = peewee.TextField()
            person = peewee.TextField()
            why = peewee.TextField()
            at = TimeField()

        class FlowDraft(Row):
            flow_id = peewee.TextField(primary_key=True)
            content = peewee.TextField()
            based_on = peewee.TextField()
            person = peewee.TextField()
            at = TimeField()

        class FormFields(Row):
            system_id = peewee.TextField()
            form = peewee.TextField()
            fields = PackedField()
            read_at = TimeField()

            class Meta:
                primary_key = peewee.CompositeKey("system_id", "form")

        class BaseCase(Row):
            route_id = peewee.TextField()
            kind = peewee.TextField()
            side = peewee.TextField()
            code = peewee.TextField()
            by_value = peewee.TextField()
            valid_from = peewee.TextField()
            valid_to = peewee.TextField()
            counterpart = peewee.TextField()
            name = peewee.TextField()
            note = peewee.TextField()
            changed_at = TimeField()
            changed_by = peewee.TextField()

        class BaseFallback(Row):
            document_id = peewee.BigIntegerField()
            round = peewee.IntegerField()
            route_id = peewee.TextField()
            kind = peewee.TextField()
            code = peewee.TextField()
            counterpart = peewee.TextField()
            at = TimeField()

        class Golden(Row):
            flow_id = peewee.TextField()
            route_id = peewee.TextField()
            title = peewee.TextField()
            note = peewee.TextField()
            version = peewee.TextField()
            record = PackedField()
            expected = PackedField()
            pinned_at = TimeField()
            pinned_by = peewee.TextField()

        class GoldenReason(Row):
            golden_id = peewee.BigIntegerField()
            digest = peewee.TextField()
            reason = peewee.TextField()
            person = peewee.TextField()
            at = TimeField()

        class FormAgreed(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            system_id = peewee.TextField()
            form = peewee.TextField()
            fields = PackedField()
            agreed_at = TimeField()

            class Meta:
                primary_key = peewee.CompositeKey("route_id", "flow_id", "system_id", "form")

        class FormChange(Row):
            route_id = peewee.TextField()
            flow_id = peewee.TextField()
            system_id = peewee.TextField()
            form = peewee.TextField()
            field = peewee.TextField()
            label = peewee.TextField()
            what = peewee.TextField()
            before = peewee.TextField()
            after = peewee.TextField()
            breaking = peewee.BooleanField()
            at = TimeField()
            seen_at = TimeField(null=True)
            seen_by = peewee.TextField()

        class Audit(Row):
            seq = peewee.BigIntegerField(primary_key=True)
            at = TimeField()
            actor = peewee.TextField()
            action = peewee.TextField()
            subject = peewee.TextField()
            detail = peewee.TextField()
            previous = peewee.TextField()
            hash = peewee.TextField()

        class GatePass(Row):
            document_id = peewee.BigIntegerField()
            digest = peewee.TextField()
            person = peewee.TextField()
            second = peewee.TextField()
            reason = peewee.TextField()
            code = peewee.TextField()
            said = peewee.TextField()
            given_at = TimeField()
            used_round = peewee.IntegerField(null=True)

        class Resend(Row):
            document_id = peewee.BigIntegerField(primary_key=True)
            round = peewee.IntegerField()
            version = peewee.TextField()
            edits = JsonField()

        class OwnTurn(Row):
            document_id = peewee.BigIntegerField(primary_key=True)
            turn = peewee.TextField()
            person = peewee.TextField()
            reason = peewee.TextField()
            at = TimeField()

        class Person(Row):
            login = peewee.TextField(primary_key=True)
            name = peewee.TextField()
            role = peewee.TextField()
            routes = JsonField()
            sees_accounts = peewee.BooleanField()
            secret = peewee.TextField()
            active = peewee.BooleanField()

        class Heartbeat(Row):
            name = peewee.TextField(primary_key=True)
            at = TimeField()
            detail = JsonField()

        class Notice(Row):
            key = peewee.TextField()
            code = peewee.TextField()
            facts = JsonField()
            count = peewee.IntegerField()
            money = JsonField()
            urgent = peewee.BooleanField()
            opened_at = TimeField()
            gone_at = TimeField(null=True)
            told_at = TimeField(null=True)
            over_at = TimeField(null=True)

        class NoticeMessage(Row):
            notice_id = peewee.BigIntegerField()
            what = peewee.TextField()
            channel = peewee.TextField()
            state = peewee.TextField()
            tries = peewee.IntegerField()
            next_try_at = TimeField()
            code = peewee.TextField()
            facts = JsonField()
            sent_at = TimeField(null=True)

        self.document: Any = Document
        self.partner_name: Any = PartnerName
        self.round: Any = Round
        self.link: Any = Link
        self.attempt: Any = Attempt
        self.reserved: Any = Reserved
        self.claim_reserved: Any = ClaimReserved
        self.carried_file: Any = CarriedFile
        self.expected_request: Any = ExpectedRequest
        self.lookout: Any = Lookout
        self.exchange: Any = Exchange
        self.attempt_exchange: Any = AttemptExchange
        self.failure: Any = Failure
        self.run: Any = Run
        self.watermark: Any = Watermark
        self.kept_out: Any = KeptOut
        self.hold: Any = Hold
        self.order: Any = PersonOrder
        self.system: Any = System
        self.route: Any = Route
        self.switch: Any = Switch
        self.missed_run: Any = MissedRun
        self.reconciliation: Any = Reconciliation
        self.base_mapping: Any = BaseMapping
        self.base_record: Any = BaseRecord
        self.base_refresh: Any = BaseRefresh
        self.base_change: Any = BaseChange
        self.scan_run: Any = ScanRun
        self.scan_finding: Any = ScanFinding
        self.preference: Any = Preference
        self.flow_version: Any = FlowVersion
        self.flow_release: Any = FlowRelease
        self.flow_draft: Any = FlowDraft
        self.form_fields: Any = FormFields
        self.base_case: Any = BaseCase
        self.base_fallback: Any = BaseFallback
        self.golden: Any = Golden
        self.golden_reason: Any = GoldenReason
        self.form_agreed: Any = FormAgreed
        self.form_change: Any = FormChange
        self.audit: Any = Audit
        self.gate_pass: Any = GatePass
        self.resend: Any = Resend
        self.own_turn: Any = OwnTurn
        self.person: Any = Person
        self.heartbeat: Any = Heartbeat
        self.notice: Any = Notice
        self.notice_message: Any = NoticeMessage
        rows = list(vars(self).values())
        database.bind(rows, bind_refs=False, bind_backrefs=False)
        self.pen = Pen(database)
