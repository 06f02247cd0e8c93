"""What can be set for the whole house, as data: key, kind, default and limits. The settings page is made from it.

Settings of one window (language, scheme, tray) are kept by the window itself; they are named here so that they are found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import Enum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.schedule import Schedule, clock_of
from desktop.services.backups import KEEP, KEEP_DEFAULT
from desktop.services.nightly import AT, AT_DEFAULT
from desktop.services.notices import AFTER, AFTER_DEFAULT, SILENT, SILENT_DEFAULT
from desktop.services.notices import QUIET as NOTICES_QUIET
from desktop.services.reports import CHOICES, EVERY
from desktop.services.retention import DEFAULTS, EXCHANGE_DAYS, ROUND_DAYS, RUN_DAYS
from desktop.sync.planner import QUIET, ZONE

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace


class Kind(Enum):
    """How a setting is entered. HOURS: "22:00-06:00", TIME: "05:30"; both may be empty."""

    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    TIME = "time"
    HOURS = "hours"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. window: kept by each window for itself. least, most: of a number."""

    key: str
    group: str
    kind: Kind
    default: Any = ""
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 36_500
    window: bool = False

    @property
    def name(self) -> str:
        """For the catalogue: `set-<name>` and `set-<name>-note`."""
        return self.key.replace(".", "-").replace("_", "-")


SETTINGS = (
    Setting("window.language", "look", Kind.CHOICE, "zh", ("zh", "en"), window=True),
    Setting("window.scheme", "look", Kind.CHOICE, "light", ("light", "dark"), window=True),
    Setting("window.tray", "look", Kind.YES, "no", window=True),
    Setting("environment", "running", Kind.CHOICE, "production", ("production", "test")),
    Setting(QUIET, "running", Kind.HOURS),
    Setting(ZONE, "running", Kind.TEXT),
    Setting(AT, "running", Kind.TIME, AT_DEFAULT),
    Setting(EVERY, "running", Kind.CHOICE, "", CHOICES),
    Setting("window.notices", "notices", Kind.YES, "yes", window=True),
    Setting(AFTER, "notices", Kind.NUMBER, AFTER_DEFAULT, most=240),
    Setting(SILENT, "notices", Kind.NUMBER, SILENT_DEFAULT, most=1440),
    Setting(NOTICES_QUIET, "notices", Kind.HOURS),
    Setting(KEEP, "keeping", Kind.NUMBER, KEEP_DEFAULT, least=1, most=366),
    Setting(EXCHANGE_DAYS, "keeping", Kind.NUMBER, DEFAULTS[EXCHANGE_DAYS]),
    Setting(ROUND_DAYS, "keeping", Kind.NUMBER, DEFAULTS[ROUND_DAYS]),
    Setting(RUN_DAYS, "keeping", Kind.NUMBER, DEFAULTS[RUN_DAYS]),
)
BY_KEY: Mapping[str, Setting] = {each.key: each for each in SETTINGS}


class Settings:
    """Reads and keeps the settings of the house."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def values(self) -> dict[str, Any]:
        """Every setting of the house as it is entered: numbers, or text."""
        found: dict[str, Any] = {}
        for each in SETTINGS:
            if each.window:
                continue
            kept = self._workspace.catalog.preference(each.key, None)
            if each.kind is Kind.HOURS:
                kept = "-".join(kept) if isinstance(kept, list) and len(kept) == 2 else ""
            found[each.key] = each.default if kept is None else kept
        return found

    def put(self, person: str, key: str, value: Any) -> None:
        """Keeps one setting. Raises PER-715 for what cannot be meant, PER-716."""
        self._workspace.people.demand(person, "set_up")
        setting = BY_KEY.get(key)
        if setting is None or setting.window:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=key)
        kept = _checked(setting, value)
        self._workspace.catalog.set_preference(key, kept, actor=person)
        if key in (QUIET, ZONE):
            self._workspace.order(person, "reschedule")


def _checked(setting: Setting, value: Any) -> Any:
    wrong = SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"{setting.key} = {value}")
    if setting.kind is Kind.NUMBER:
        if type(value) is not int or not setting.least <= value <= setting.most:
            raise wrong
        if setting.key in DEFAULTS and 0 < value < 30:
            raise wrong
        return value
    told = str(value).strip()
    if setting.kind is Kind.CHOICE and told not in setting.choices:
        raise wrong
    if setting.kind is Kind.TIME and told:
        try:
            return time.fromisoformat(told).strftime("%H:%M")
        except ValueError:
            raise wrong from None
    if setting.kind is Kind.HOURS:
        if not told:
            return []
        first, _, last = (each.strip() for each in told.replace("\u2013", "-").partition("-"))
        if Schedule(quiet=(first, last)).wrong():
            raise wrong
        return [f"{clock:%H:%M}" for clock in map(clock_of, (first, last)) if clock is not None]
    if setting.key == ZONE and told:
        try:
            ZoneInfo(told)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise wrong from None
    return told
