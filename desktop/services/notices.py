"""Notices: people are told of a root cause once, and once when it is over, by mail, in their group, or in the tray.

What is wrong is read from the store, never remembered: holds of flows, causes that wait for a person, a backup that failed, an
engine that is silent. Several that begin together are one message. A message that may not have arrived is sent again.
"""

from __future__ import annotations

import hashlib
import logging
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from desktop.connectors.base import VendorField
from desktop.connectors.registry import CHANNELS
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.events import NoticeTold
from desktop.domain.notice import Message, Notice, Told, Trouble
from desktop.domain.schedule import clock_of
from desktop.services.backups import TROUBLE as BACKUP_TROUBLE
from desktop.services.bypass import SCANS
from desktop.services.masking import hidden
from desktop.services.story import named
from desktop.store.notices import Due, NoticeRecords
from desktop.store.search import Search
from desktop.sync.planner import QUIET as HOUSE_QUIET
from desktop.sync.planner import Planner

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

ON, OPTIONS = "notices.on", "notices.options"
QUIET, AFTER, SILENT = "notices.quiet", "notices.after_minutes", "notices.silent_minutes"
AFTER_DEFAULT, SILENT_DEFAULT = 2, 10
LOOK_S, WATCH_S = 20.0, 30.0
CALM = timedelta(seconds=60)
"""What was not seen for so long is over: a line that comes and goes is one trouble."""
SHOWN_MOST = 12
LADDER_S = (60, 300, 900, 3600, 3600, 3600, 3600)
log = logging.getLogger("danqiao.notices")
SILENCE = "silent"
"""The key of the engine's own silence."""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel as its page shows it. kept: by secret field where it lies ("" = missing)."""

    id: str
    on: bool
    options: Mapping[str, str]
    fields: tuple[VendorField, ...]
    kept: Mapping[str, str]
    trouble: tuple[str, Mapping[str, Any]] = ("", {})


class Notices:
    """Looks, decides, tells. `sources` answers what else is wrong; others may add theirs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._records = NoticeRecords(workspace.store)
        self._search = Search(workspace.store)
        self._one_at_a_time = threading.Lock()
        self.sources: list[Callable[[], Iterable[Trouble]]] = [self._holds, self._causes, self._backup]

    # --- what the engine does ----------------------------------------------------------------------------------------
    def look(self) -> None:
        """One look at everything; the engine's own chore, so that its silence is over. Never raises: what cannot be told
        now is told later."""
        with self._one_at_a_time:
            try:
                self._judge([each for source in self.sources for each in source()], "")
            except SyncError:
                return

    def look_at_silence(self) -> None:
        """The engine's silence alone: by whoever watches it, in another process, too."""
        with self._one_at_a_time:
            try:
                self._judge(list(self._silence()), SILENCE)
            except SyncError:
                return

    def _judge(self, troubles: Sequence[Trouble], scope: str) -> None:
        now = self._workspace.now()
        over = self._records.take(troubles, now, CALM, scope)
        on = [state.id for state in self.channels() if state.on]
        told = [
            each for each in self._records.untold() if each.key.startswith(scope) and self._is_time(each, now)
        ]
        for each in told:
            self._records.hand_over(each, Told.TROUBLE, on, now)
        ended = [each for each in over if each.told_at is not None]
        for each in ended:
            self._records.hand_over(each, Told.OVER, self._records.told_by(each.id), now)
        for what, some in ((Told.TROUBLE, told), (Told.OVER, ended)):
            if mine := self._seen(
                some
            ):  # to the window of this process, so as much as who sits there may see
                message = self._message([(what, each) for each in mine])
                self._workspace.publish(
                    NoticeTold(message.title, "\n".join(message.lines), what is Told.TROUBLE)
                )
        if told or ended:
            self._records.forget_old()
        self._deliver(now, scope)

    def _is_time(self, notice: Notice, now: datetime) -> bool:
        """It stands long enough to be no blip, and the hours are not quiet."""
        if notice.gone_at is not None:
            return False
        if notice.urgent:
            return True
        after = (
            timedelta(minutes=self._number(AFTER, AFTER_DEFAULT))
            if notice.key.startswith("hold")
            else timedelta()
        )
        return now - notice.opened_at >= after and not self.is_quiet(now)

    def is_quiet(self, now: datetime) -> bool:
        """Nobody is to be woken: the notices' own quiet hours, else those of the house."""
        preference = self._workspace.catalog.preference
        kept = preference(QUIET, None) or preference(HOUSE_QUIET, None) or []
        first, last = (clock_of(str(each)) for each in kept) if len(kept) == 2 else (None, None)
        if first is None or last is None:
            return False
        at = now.astimezone(self._zone()).time()
        return first <= at < last if first < last else at >= first or at < last

    def _zone(self) -> tzinfo:
        workspace = self._workspace
        return Planner(workspace.catalog, workspace.ledger, workspace.calendars.in_force).zone()

    # --- what is wrong -----------------------------------------------------------------------------------------------
    def _holds(self) -> Iterator[Trouble]:
        """What holds flows: one for each code and system, however many flows it holds."""
        found: dict[str, Trouble] = {}
        for code, facts, since, _ in self._workspace.ledger.holds():
            key = f"hold|{code}|{facts.get('system', '')}"
            if key not in found or since < found[key].since:
                found[key] = Trouble(key, code, facts, since, urgent=False)
        yield from found.values()

    def _causes(self) -> Iterator[Trouble]:
        """Causes that wait for a person."""
        for each in self._search.blocked(needs_person=True):
            money = {currency: str(amount) for currency, amount in each.money.items()}
            facts = dict(each.example.facts)
            yield Trouble(f"cause|{each.cause}", each.example.code, facts, each.oldest_at, each.count, money)

    def _backup(self) -> Iterator[Trouble]:
        kept = self._workspace.catalog.preference(BACKUP_TROUBLE)
        if isinstance(kept, dict) and kept:
            facts = dict(kept.get("facts") or {})
            yield Trouble("backup", str(kept.get("code", "")), facts, self._workspace.now())

    def _silence(self) -> Iterator[Trouble]:
        """The engine has not run although a flow is on: told in quiet hours, too."""
        workspace = self._workspace
        beat = workspace.catalog.last_beat("engine")
        on = any(switch.on for route in workspace.catalog.routes() for switch in route.switches)
        minutes = self._number(SILENT, SILENT_DEFAULT)
        if beat is None or not on or not minutes or workspace.now() - beat[0] <= timedelta(minutes=minutes):
            return
        since = workspace.text.moment(beat[0])
        yield Trouble(SILENCE, ErrorCode.ENGINE_SILENT.id, {"since": since}, beat[0], urgent=True)

    @property
    def is_silent(self) -> bool:
        """The engine has not run for too long."""
        return any(self._silence())

    def _number(self, name: str, default: int) -> int:
        kept = self._workspace.catalog.preference(name, default)
        return int(kept) if isinstance(kept, int | float) else default

    # --- the messages ------------------------------------------------------------------------------------------------
    def _deliver(self, now: datetime, scope: str) -> None:
        """Everything that is due, one message for each channel."""
        due = self._records.claim(now, scope)
        for channel in sorted({each.channel for each in due}):
            mine = [each for each in due if each.channel == channel]
            self._send(channel, mine, now)

    def _send(self, channel: str, due: Sequence[Due], now: datetime) -> None:
        ids = [each.id for each in due]
        try:
            self._through(channel, self._message([(each.what, each.notice) for each in due]))
        except Exception as trouble:  # a channel's own bug mutes neither the others nor this one for ever
            if not isinstance(trouble, SyncError):
                log.exception("notice by %s", channel)
            error = trouble if isinstance(trouble, SyncError) else _bug(trouble)
            tries = max(each.tries for each in due)
            again = now + timedelta(seconds=LADDER_S[tries]) if tries < len(LADDER_S) else None
            self._records.failed(ids, error.code.id, error.facts, again)
        else:
            self._records.sent(ids, now)

    def announce(self, message: Message, channel: str = "mail") -> bool:
        """A message that tells of no trouble (a report), through one channel; False where that is switched off. Raises what
        stands in its way: whoever asked tries again."""
        if not any(state.id == channel and state.on for state in self.channels()):
            return False
        self._through(channel, message)
        return True

    def _through(self, channel: str, message: Message, options: Mapping[str, str] | None = None) -> None:
        found = CHANNELS.get(channel)
        if found is None:
            raise SyncError(ErrorCode.SYSTEM_UNKNOWN, certain=True, system=channel)
        kept = dict(self._workspace.catalog.preference(OPTIONS, {})).get(channel, {})
        found.send(
            kept if options is None else options, self._workspace.vault.drawer(drawer_of(channel)), message
        )

    def _message(self, told: Sequence[tuple[Told, Notice]]) -> Message:
        say = self._workspace.text.say
        told = [
            (what, replace(each, facts=hidden(each.facts))) for what, each in told
        ]  # who reads it, nobody knows
        wrong, over = ([each for what, each in told if what is kind] for kind in (Told.TROUBLE, Told.OVER))
        if len(told) == 1:
            key = "notice-title-one" if wrong else "notice-title-over"
            title = say(key, what=self.sentence(told[0][1]))
        else:
            title = say("notice-title-many", count=len(wrong), over=len(over))
        lines: list[str] = []
        for each in wrong[:SHOWN_MOST]:
            lines += [f"▲ {self._held(each)}", f"   {self.cure(each)}"]
        lines += [f"√ {say('notice-over', what=self.sentence(each))}" for each in over[:SHOWN_MOST]]
        if more := max(0, len(wrong) - SHOWN_MOST) + max(0, len(over) - SHOWN_MOST):
            lines.append(say("notice-more", count=more))
        lines.append(
            say(
                "notice-from",
                host=platform.node() or "DanQiao",
                when=self._workspace.text.moment(self._workspace.now()),
            )
        )
        once = hashlib.sha256(
            repr(sorted((what.value, each.id) for what, each in told)).encode()
        ).hexdigest()[:24]
        return Message(title, tuple(lines), once)

    def sentence(self, notice: Notice) -> str:
        """What is wrong, of the cause as a whole."""
        text, facts = self._workspace.text, self._facts(notice)
        if notice.key.startswith("cause|"):
            key = f"cause-{notice.code}"
            said = text.say(key, **facts) if text.has(key) else text.say(f"short-{notice.code}")
            return said[:1].upper() + said[1:]
        return text.what(notice.code, facts)

    def cure(self, notice: Notice) -> str:
        """What to do about it."""
        return self._workspace.text.do(notice.code, self._facts(notice))

    def _facts(self, notice: Notice) -> Mapping[str, Any]:
        names = {each.id: each.title or each.id for each in self._workspace.catalog.systems().values()}
        return named(notice.facts, names)

    def _held(self, notice: Notice) -> str:
        say, what = self._workspace.text.say, self.sentence(notice)
        return say("notice-held", what=what, count=notice.count) if notice.count else what

    # --- what the page asks and orders -------------------------------------------------------------------------------
    def channels(self) -> list[ChannelState]:
        """Every channel, and how it is set up."""
        preference, vault = self._workspace.catalog.preference, self._workspace.vault
        on, options, failing = preference(ON, []), dict(preference(OPTIONS, {})), self._records.failing()
        return [
            ChannelState(
                each.id, each.id in on, dict(options.get(each.id, {})), each.fields,
                {field.name: vault.where(drawer_of(each.id), field.name) for field in each.fields if field.secret},
                failing.get(each.id, ("", {})) if each.id in on else ("", {}),
            )
            for each in CHANNELS.values()
        ]  # fmt: skip

    def save(
        self, person: str, channel: str, on: bool, options: Mapping[str, str], secrets: Mapping[str, str]
    ) -> None:
        """Keeps a channel; its secrets go to the keyring first. Raises PER-706, and PER-715 where something is missing."""
        self._workspace.people.demand(person, "set_up")
        found = CHANNELS[channel]
        for name, value in secrets.items():
            if value:
                self._workspace.vault.put(drawer_of(channel), name, value)
        for field in found.fields:
            kept = (
                self._workspace.vault.where(drawer_of(channel), field.name)
                if field.secret
                else options.get(field.name, field.default)
            )
            if on and field.required and not kept:
                raise SyncError(
                    ErrorCode.ARGUMENT_WRONG,
                    certain=True,
                    said=self._workspace.text.label(channel, field.name),
                )
        catalog = self._workspace.catalog
        others = {
            name: kept for name, kept in dict(catalog.preference(OPTIONS, {})).items() if name != channel
        }
        catalog.set_preference(OPTIONS, {**others, channel: dict(options)}, actor=person)
        rest = [each for each in catalog.preference(ON, []) if each != channel]
        catalog.set_preference(ON, [*rest, channel] if on else rest, actor=person)
        self._records.try_now(channel, self._workspace.now())

    def test(self, person: str, channel: str, options: Mapping[str, str]) -> None:
        """Sends a message now, as the form is filled in; secrets as kept. Raises what stands in the way."""
        self._workspace.people.demand(person, "set_up")
        text = self._workspace.text
        when = text.moment(self._workspace.now())
        line = text.say("notice-from", host=platform.node() or "DanQiao", when=when)
        once = hashlib.sha256(f"{channel}{self._workspace.now().isoformat()}".encode()).hexdigest()[:24]
        self._through(
            channel, Message(text.say("notice-test"), (text.say("notice-test-what"), line), once), options
        )

    def history(self, limit: int = 200) -> list[tuple[Notice, str, str]]:
        """The same with what is wrong and what to do, in words."""
        return [(each, self.sentence(each), self.cure(each)) for each in self.newest(limit)]

    def now(self) -> datetime:
        """The moment that ages are counted from."""
        return self._workspace.now()

    def newest(self, limit: int = 100) -> list[Notice]:
        """What was noticed, newest first."""
        return self._seen(self._records.newest(limit))

    def _seen(self, notices: Sequence[Notice]) -> list[Notice]:
        """Those about the companies of whoever sits here, with his companies' bills and money alone. What kept bills once and
        does no more is not known to be his."""
        people = self._workspace.people
        if not people.seat.routes:
            return people.shown(list(notices))
        systems = {system for route in people.routes_seen() for system in (route.erp_id, route.oa_id, "")} | {
            ""
        }
        causes = {
            f"cause|{each.cause}": each
            for each in Search(self._workspace.store, lambda: people.seat.routes).blocked(needs_person=True)
        }
        bypassed = {f"bypass:{each.id}" for scan in SCANS for each in self._workspace.bypass.open(scan)}
        found = []
        for each in notices:
            if each.key in causes:
                mine = causes[each.key]
                money = {currency: str(amount) for currency, amount in mine.money.items()}
                found.append(replace(each, facts=dict(mine.example.facts), count=mine.count, money=money))
            elif each.key.startswith("hold|"):
                found += [each] if str(each.facts.get("system", "")) in systems else []
            elif not each.key.startswith(("cause|", "bypass:")) or each.key in bypassed:
                found.append(each)
        return people.shown(found)

    def told_since(self, seen: int) -> tuple[int, NoticeTold | None]:
        """For windows that hear no events: the id of the newest notice told, and what to say where it is newer than `seen`."""
        last = self._records.last_told()
        if last <= seen or seen < 0:
            return last, None
        new = [each for each in self.newest(SHOWN_MOST) if each.id > seen and each.told_at is not None]
        message = self._message([(Told.TROUBLE, each) for each in new]) if new else None
        return last, NoticeTold(
            message.title, "\n".join(message.lines), True
        ) if message is not None else None

    def forget_old(self) -> None:
        """Keeps the latest ones."""
        self._records.forget_old()


class SilenceWatch:
    """Watches the engine from a thread of its own: neither a hung scheduler nor a dead process can keep it from telling."""

    def __init__(self, notices: Notices, every_s: float = WATCH_S) -> None:
        self._notices, self._every_s = notices, every_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="danqiao-silence", daemon=True)

    def start(self) -> SilenceWatch:
        """From now on."""
        self._thread.start()
        return self

    def _watch(self) -> None:
        """Twice in a row: a machine that slept sees an old sign of life first."""
        before = False
        while not self._ending.wait(self._every_s):
            try:
                silent = self._notices.is_silent
                if silent == before:
                    self._notices.look_at_silence()
                before = silent
            except Exception:  # a store that is locked for a while must not end the watch for good
                log.exception("watching the engine")

    def close(self) -> None:
        """Ends the thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(5)


def _bug(error: Exception) -> SyncError:
    return SyncError(ErrorCode.INTERNAL, said=type(error).__name__)


def drawer_of(channel: str) -> str:
    """Where a channel's secrets lie: DANQIAO_NOTICE_<CHANNEL>_<FIELD>, or the keyring."""
    return f"notice-{channel}"
