"""The forms that each flow of each company was agreed on, and what changed in them since: with who has seen it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from desktop.domain.record import FieldInfo
from desktop.store.audit import Trail
from desktop.store.database import Store


@dataclass(frozen=True, slots=True)
class FormChange:
    """One change of a form. field: its path ("amount", "detail_1.qty").

    what: "removed", "renamed", "shortened", "retyped", "required", "added", "lengthened", "optional", "relabelled".
    breaking: the flow stands until the mapping or the form is mended, or a person agrees.
    """

    system_id: str
    form: str
    field: str
    label: str
    what: str
    before: str
    after: str
    breaking: bool
    at: datetime | None = None


class FormDrift:
    """Reads and writes; what a person agrees to is in the trail."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store, self._trail = store, trail

    def agreed(self, route_id: str, flow_id: str) -> dict[tuple[str, str], tuple[FieldInfo, ...]]:
        """(system, form) -> fields."""
        with self._store.reading() as tables:
            rows = tables.form_agreed
            found = rows.select().where(rows.route_id == route_id, rows.flow_id == flow_id)
            return {
                (row.system_id, row.form): tuple(FieldInfo(**each) for each in row.fields) for row in found
            }

    def agree(
        self,
        route_id: str,
        flow_id: str,
        system_id: str,
        form: str,
        fields: Iterable[FieldInfo],
        at: datetime,
    ) -> None:
        """This is the form from now on."""
        with self._store.writing() as tables:
            tables.form_agreed.replace(
                route_id=route_id, flow_id=flow_id, system_id=system_id, form=form,
                fields=[asdict(each) for each in fields], agreed_at=at,
            ).execute()  # fmt: skip

    def forget(self, flow_id: str, route_id: str, person: str, why: str) -> None:
        """The next look agrees on the forms as they are then; what was told is seen. route_id "" = every company's."""
        now = datetime.now(UTC)
        with self._store.writing() as tables:
            agreed, told = tables.form_agreed, tables.form_change
            tests = [agreed.flow_id == flow_id] + ([agreed.route_id == route_id] if route_id else [])
            agreed.delete().where(*tests).execute()
            seen = [told.flow_id == flow_id, told.seen_at.is_null()]
            seen += [told.route_id == route_id] if route_id else []
            if told.update(seen_at=now, seen_by=person).where(*seen).execute():
                detail = {"route": route_id, "reason": why}
                self._trail.append(tables, [(person, "forms.agreed", f"flow:{flow_id}", detail)])

    def note(self, route_id: str, flow_id: str, found: Sequence[FormChange], at: datetime) -> None:
        """Remembers what is not told yet."""
        if not found:
            return
        told = {
            (each.system_id, each.form, each.field, each.what, each.after)
            for each in self.unseen(flow_id, route_id)
        }
        with self._store.writing() as tables:
            for each in found:
                if (each.system_id, each.form, each.field, each.what, each.after) not in told:
                    values = asdict(each) | {"at": at, "seen_at": None, "seen_by": ""}
                    tables.form_change.create(route_id=route_id, flow_id=flow_id, **values)

    def unseen(self, flow_id: str = "", route_id: str = "") -> list[FormChange]:
        """What nobody has seen yet, what breaks first."""
        with self._store.reading() as tables:
            rows = tables.form_change
            found = rows.select().where(rows.seen_at.is_null()).order_by(rows.breaking.desc(), rows.id)
            if flow_id:
                found = found.where(rows.flow_id == flow_id)
            if route_id:
                found = found.where(rows.route_id == route_id)
            return [
                FormChange(
                    row.system_id, row.form, row.field, row.label, row.what, row.before, row.after, bool(row.breaking), row.at
                )
                for row in found
            ]  # fmt: skip
