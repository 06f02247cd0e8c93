"""Reading both systems' lists of base data: whole, or what changed since the last reading. Nothing is taken half.

The moment from which on changes are asked for moves only when a list was read to its end, and begins where that reading
began. What was deleted shows in a whole reading only, so that each list is read whole once a day.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from desktop.connectors.base import ChangedBaseData, ErpConnector, OaConnector, PeopleByMobile
from desktop.domain.courtesy import stand_aside
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BaseItem
from desktop.store.base_data import BaseChange

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

LOOK_S = 900.0
EVERY, WHOLE_EVERY = timedelta(hours=1), timedelta(hours=22)
METERED_EVERY = timedelta(days=7)
"""Where calls are metered a list is read by itself once a week: a company of thirty departments takes sixty calls for it."""
OVERLAP = timedelta(hours=1)
"""Asked for once more: the server's clock may differ, and a record may have been saved while the list was read."""
_WHOLE = "base.whole"
USER = "user"

Report = Callable[[int, int, str], None]
Line = ErpConnector | OaConnector | SyncError
log = logging.getLogger("danqiao.base")


@dataclass(frozen=True, slots=True)
class ListRead:
    """What came of reading one list. error: why it stays as it was; offered False: that system keeps no such list.

    whole: False where only what changed was read; records counts what was read.
    """

    system: str
    kind: str
    records: int = 0
    changes: tuple[BaseChange, ...] = ()
    error: SyncError | None = None
    offered: bool = True
    whole: bool = True


class BaseReading:
    """Reads lists for a person, and by itself while the engine runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = workspace.base_records

    def read(
        self, actor: str, wanted: Sequence[tuple[str, str]], report: Report, stopped: Callable[[], bool], *, whole: bool = True
    ) -> list[ListRead]:  # fmt: skip
        """Reads lists: (system id, the kind as that system calls it). whole: all of each, else what changed where that
        system tells it."""
        told: list[ListRead] = []
        lines: dict[str, Line] = {}
        try:
            for done, (system_id, kind) in enumerate(wanted):
                if stopped():
                    break
                report(done, len(wanted), kind)
                told.append(self._read_list(system_id, kind, lines, stopped, whole=whole))
        finally:
            for line in lines.values():
                _close_quietly(line)
        detail = {
            f"{each.system} {each.kind}": each.records for each in told if each.offered and not each.error
        }
        self._store.note(actor, "base_data.refreshed", detail)
        return told

    def read_if_due(self) -> bool:
        """For the scheduler: lists in use, once an hour what changed, once a day all; where calls are metered once a week.
        Never raises."""
        try:
            read, now = self._store.refreshed(), self._workspace.now()
            wanted = [
                each
                for each in self._workspace.base.wanted_lists()
                if each in read and now - read[each][0] >= self._every(each[0])
            ]
            if not wanted:
                return False
            self.read("engine", wanted, lambda *_: None, lambda: False, whole=False)
            return True
        except SyncError as error:
            log.warning("base data: %s", error)
        except Exception:
            log.exception("base data")
        return False

    def _every(self, system_id: str) -> timedelta:
        system = self._workspace.catalog.systems().get(system_id)
        metered = system is not None and self._workspace.systems.meter(system) is not None
        return METERED_EVERY if metered else EVERY

    def _read_list(
        self, system_id: str, kind: str, lines: dict[str, Line], stopped: Callable[[], bool], *, whole: bool
    ) -> ListRead:
        began = self._workspace.now()
        since = None if whole else self._since(system_id, kind, began)
        try:
            line = self._line(system_id, lines)
            items = self._items(line, kind, since, stopped, whole=whole)
            if items is None:
                return ListRead(system_id, kind, offered=False)
        except SyncError as error:
            if error.code is ErrorCode.CANNOT:
                return ListRead(system_id, kind, offered=False)
            if error.code.id.startswith(("NET", "SES")):
                _close_quietly(lines.get(system_id))
                lines[system_id] = error  # whoever does not answer is not asked for every list
            return ListRead(system_id, kind, error=error)
        partly = since is not None and isinstance(line, ChangedBaseData)
        kept = merged(self._store.records(system_id, kind), items) if partly else items
        changes = self._store.put_records(system_id, kind, kept, began)
        if not partly:
            self._workspace.catalog.set_preference(f"{_WHOLE}.{system_id}.{kind}", began.isoformat())
        return ListRead(system_id, kind, len(items), tuple(changes), whole=not partly)

    def _line(self, system_id: str, lines: dict[str, Line]) -> ErpConnector | OaConnector:
        line = lines.get(system_id)
        if line is None:
            line = lines[system_id] = self._workspace.connect(self._workspace.catalog.system(system_id))
        if isinstance(line, SyncError):
            raise line
        return line

    def _since(self, system_id: str, kind: str, now: datetime) -> datetime | None:
        """From when on changes are asked for; None where the whole list is due."""
        told = self._workspace.catalog.preference(f"{_WHOLE}.{system_id}.{kind}", "")
        read = self._store.refreshed().get((system_id, kind))
        if not told or read is None or now - datetime.fromisoformat(told) >= WHOLE_EVERY:
            return None
        return read[0] - OVERLAP

    def _items(
        self, line: ErpConnector | OaConnector, kind: str, since: datetime | None, stopped: Callable[[], bool],
        *, whole: bool,
    ) -> list[BaseItem] | None:  # fmt: skip
        """Read to the end; None where it was stopped."""
        try:
            return self._listed(line, kind, since, stopped)
        except SyncError as error:
            may_ask = kind == USER and isinstance(line, PeopleByMobile)
            if error.code is not ErrorCode.NOT_PERMITTED or not may_ask:
                raise
        return self._by_mobile(line, whole=whole)

    def _by_mobile(self, line: Any, *, whole: bool) -> list[BaseItem]:
        """Where the people may not be listed but looked up: by the mobile numbers of the ERP's users. Each is a call, so that
        by itself only numbers are asked for that nobody is known by. Who was matched by hand stays."""
        oa_id = line.system.id
        routes = [each for each in self._workspace.catalog.routes() if each.oa_id == oa_id]
        users = [
            item
            for erp_id in sorted({each.erp_id for each in routes})
            for item in self._store.records(erp_id, USER)
        ]
        held = {item.key: item for item in self._store.records(oa_id, USER)}
        known = set() if whole else {item.mark for item in held.values()}
        wanted = list(
            dict.fromkeys(
                item.mark for item in users if item.mark and not item.disabled and item.mark not in known
            )
        )
        found = {item.key: item for item in line.people_by_mobile(wanted)}
        ours = {route.id for route in routes}
        matched = {
            row.oa_key: BaseItem(USER, row.oa_key, "", row.oa_name)
            for row in self._store.mapped(kind=USER)
            if row.route_id in ours and row.oa_key
        }
        kept = {key: item for key, item in held.items() if item.mark not in wanted}
        return list({**matched, **kept, **found}.values())

    def _listed(
        self, line: ErpConnector | OaConnector, kind: str, since: datetime | None, stopped: Callable[[], bool]
    ) -> list[BaseItem] | None:
        told = (
            line.changed_base_data(kind, since)
            if since is not None and isinstance(line, ChangedBaseData)
            else line.base_data(kind)
        )
        items = []
        for item in told:
            stand_aside()
            if stopped():
                return None
            items.append(item)
        return items


def merged(held: Sequence[BaseItem], changed: Sequence[BaseItem]) -> list[BaseItem]:
    """The list with what changed: a changed code takes the place of whatever had it."""
    codes, keys = {item.code for item in changed if item.code}, {item.key for item in changed}
    return [
        item for item in held if item.key not in keys and (not item.code or item.code not in codes)
    ] + list(changed)


def _close_quietly(line: Line | None) -> None:
    if line is not None and not isinstance(line, SyncError):
        line.close()
