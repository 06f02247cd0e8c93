"""Systems and companies: what is joined to what, whether it answers, and which flows run.

A list at the left, the chosen one at the right. What a person has typed is never overwritten by news.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QVBoxLayout

from desktop.domain.errors import SyncError
from desktop.domain.system import GatewaySettings, Route, System, SystemRole
from desktop.services.systems import SystemState
from desktop.views.confirm import Confirm
from desktop.views.connection_tests import ConnectionTests
from desktop.views.desk import Command, Desk
from desktop.views.entry_list import EntryList
from desktop.views.gateway_panel import GatewayPanel
from desktop.views.page import Area, Page
from desktop.views.page_states import Banner, EmptyState
from desktop.views.pause_dialog import told_of
from desktop.views.rights_here import may_here, only_look
from desktop.views.route_panel import RoutePanel
from desktop.views.schedule_dialog import ScheduleDialog
from desktop.views.setup_lead import SetupLead
from desktop.views.site_entries import entries, first_entry
from desktop.views.site_view import Site, read_site
from desktop.views.system_panel import SystemPanel
from desktop.views.widgets import Button, Skeleton

LIST = 276
CALM_MS = 2000
"""A busy engine is followed this often: where secrets lie is asked of the keyring, which is slow."""
Panel = SystemPanel | RoutePanel | GatewayPanel
ROLES = {"erp": SystemRole.ERP, "oa": SystemRole.OA}


class SystemsPage(Page):
    """Reads through Systems; every order goes there too."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.look.text.say("page-systems"))
        self._systems, self._person = desk.house.systems, desk.house.person
        self.site: Site | None = None
        self.tests = ConnectionTests(desk.bridge, self._systems, self)
        self.tests.changed.connect(self._show_test)
        self.tests.failed.connect(self._refused)
        self.panel: Panel | None = None
        self._chosen = ""
        self._done = ""
        self._lead = ""
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self.refresh)
        self._build()

    # --- building ----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        look, text, px = self.look, self.look.text, self.look.px
        self.add_button = Button(look, text.say("system-add"), self._show_add_menu, icon="plus")
        self.test_all = Button(look, text.say("button-test-all"), self._test_all, icon="sync")
        for button in (self.add_button, self.test_all):
            self.add_action(button)
        self.engine_banner = Banner(look)
        self.lead = SetupLead(look, self._take_step)
        self.list = EntryList(look, text.say("page-systems"))
        self.list.chosen.connect(self.choose)
        self.right = QStackedWidget()
        self._nothing = EmptyState(
            look, text.say("systems-choose"), text.say("systems-choose-hint"), icon="systems"
        )
        self.right.addWidget(self._nothing)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.list.setMinimumWidth(px(220))
        self.split.addWidget(self.list)
        self.split.addWidget(self.right)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([px(LIST), px(900)])
        empty = EmptyState(look, text.say("systems-empty"), text.say("systems-empty-hint"), icon="systems")
        self.area = Area(look, self.split, empty, self.refresh)
        self.skeleton = Skeleton(look, 8)
        self.area.addWidget(self.skeleton)
        above = QVBoxLayout()
        above.setContentsMargins(px(24), 0, px(24), px(8))
        above.setSpacing(px(8))
        above.addWidget(self.engine_banner)
        above.addWidget(self.lead)
        self.lead.hide()
        self.body.addLayout(above)
        self.body.addWidget(self.area, 1)

    # --- asking ------------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Asks for everything anew; what is being typed stays."""
        house = self.desk.house
        self.desk.bridge.ask(
            lambda: read_site(self._systems, getattr(house, "engine_error", None)),
            then=self._show, failed=self._failed, busy=self._busy, owner=self, slot="site",
        )  # fmt: skip

    def hear(self, events: tuple[Any, ...]) -> None:
        """The engine went on: looked at soon, not at each of its steps."""
        if not self._calm.isActive():
            self._calm.start()

    def _busy(self, on: bool) -> None:
        if self.site is None:
            self.area.setCurrentWidget(self.skeleton if on else self.area.content)

    def _failed(self, error: SyncError) -> None:
        if self.site is None:
            self.area.show_error(error)
        else:
            self.desk.bridge.trouble.emit(error)

    def _show(self, site: Site) -> None:
        before, self.site = self.site, site
        text = self.look.text
        running = sum(switch.on for state in site.routes for switch in state.route.switches)
        told = {"systems": len(site.systems), "routes": len(site.routes), "flows": running}
        self.second.setText(text.say("systems-count", **told) if site.systems else "")
        may = may_here(self.desk.house, "set_up")
        self.add_button.setVisible(may)
        self.test_all.setVisible(bool(site.systems) and may)
        self.lead.show_steps(site.steps_done)
        self._show_engine(site)
        self.area.show_content(bool(site.systems) or self._chosen.startswith("new:"))
        self._show_list()
        if not self._chosen and site.systems:
            self._chosen = first_entry(site)
            self.list.choose(self._chosen)
        self._show_panel(before)
        self._lead_on()

    def _show_engine(self, site: Site) -> None:
        """Nothing, or one line: the engine runs elsewhere, stands still, or could not start."""
        text, house, engine = self.look.text, self.desk.house, site.engine
        if site.engine_error is not None:
            error = site.engine_error
            self.engine_banner.tell(
                "stop", f"{text.what(error.code.id, error.facts)} {text.do(error.code.id, error.facts)}",
                link=text.say("engine-take"), act=self._take_engine,
            )  # fmt: skip
        elif engine.paused and engine.running:
            told = f"{text.say('engine-paused')} {told_of(text, engine.pause)}".strip()
            self.engine_banner.tell("warn", told, link=text.say("order-resume"), act=self._resume)
        elif not engine.here and engine.running:
            self.engine_banner.tell("wait", text.say("engine-elsewhere"))
        elif not engine.here and hasattr(house, "start_engine"):
            self.engine_banner.tell(
                "warn", text.say("engine-none"), link=text.say("engine-take"), act=self._take_engine
            )
        else:
            self.engine_banner.hide()

    def _take_engine(self) -> None:
        self._order(self.desk.house.start_engine)

    def _resume(self) -> None:
        self._order(lambda: self.desk.house.documents.resume(self._person))

    # --- the list ----------------------------------------------------------------------------------------------------
    def _show_list(self) -> None:
        site = self.site
        if site is None:
            return
        found = entries(site, self.tests.results, self.tests.running, self.look.text)
        self.list.show_entries(found, self._chosen)

    # --- the panel ---------------------------------------------------------------------------------------------------
    def choose(self, chosen: str) -> None:
        """Shows a system ("system:id"), a company ("route:id") or a blank form ("new:vendor", "new:route")."""
        if self.panel is not None and self.panel.dirty and chosen != self._chosen:
            self._ask_to_leave(chosen)
            return
        self._go(chosen)

    def _go(self, chosen: str) -> None:
        self._chosen, self._done = chosen, ""
        if self.panel is not None:
            self.panel.dirty = False
        self.list.choose(chosen)
        self.area.show_content(True)
        self._show_panel(None)

    def _ask_to_leave(self, chosen: str) -> None:
        text = self.look.text
        self._show_list()
        Confirm(
            self, self.look, text.say("leave-title"), (text.say("leave-what"),), text.say("leave-do"),
            lambda: self._go(chosen),
        ).open()  # fmt: skip

    def _show_panel(self, before: Site | None) -> None:
        """Builds the chosen one's panel anew, unless somebody types in it or nothing of it changed."""
        site = self.site
        if site is None or (self.panel is not None and self.panel.dirty):
            return
        kind, _, name = self._chosen.partition(":")
        if before is not None and self.panel is not None and _same(before, site, kind, name):
            if isinstance(self.panel, RoutePanel | GatewayPanel):
                self.panel.show_news(site)
            elif isinstance(self.panel, SystemPanel):
                self.panel.show_news(_state(site, name))
            return
        panel = self._make_panel(site, kind, name)
        old, self.panel = self.panel, panel
        if panel is not None:
            self.right.addWidget(panel)
            if not may_here(self.desk.house, "set_up"):
                only_look(panel, self.look.text.say("cure-only-look"))
            if self._done:
                panel.show_done(self._done)
        self.right.setCurrentWidget(panel or self._nothing)
        if old is not None:
            self.right.removeWidget(old)
            old.deleteLater()

    def _make_panel(self, site: Site, kind: str, name: str) -> Panel | None:
        if kind == "system":
            state = _state(site, name)
            if state is not None and state.system.vendor in site.vendors:
                return self._system_panel(site, state.system, state)
        elif kind == "route":
            found = next((each for each in site.routes if each.route.id == name), None)
            if found is not None:
                return self._wired(RoutePanel(self.look, site, found.route, found))
        elif kind == "gateway":
            gateway = GatewayPanel(self.look, site)
            gateway.save_asked.connect(self._save_gateway)
            return gateway
        elif name == "route":
            return self._wired(RoutePanel(self.look, site, Route("", "", "", "", ""), None))
        elif kind == "new":
            return self._system_panel(site, self._blank_system(site, name), None)
        return None

    def _blank_system(self, site: Site, vendor: str) -> System:
        role = site.vendors[vendor].role
        taken = {state.system.id for state in site.systems}
        ids = (role.value, *(f"{role.value}{at}" for at in range(2, 100)))
        fresh = next(each for each in ids if each not in taken)
        return System(fresh, role, vendor, self.look.text.word("vendor", vendor), "", {})

    def _system_panel(self, site: Site, system: System, state: SystemState | None) -> SystemPanel:
        panel = SystemPanel(self.look, site.vendors[system.vendor], system, state)
        panel.save_asked.connect(self._save_system)
        panel.test_asked.connect(self.tests.start)
        panel.stop_asked.connect(partial(self.tests.stop, system.id))
        panel.register_asked.connect(self._ask_to_register)
        panel.delete_asked.connect(self._ask_to_delete)
        if system.id in self.tests.running:
            panel.show_running()
        else:
            panel.show_test(self.tests.results.get(system.id))
        return panel

    def _wired(self, panel: RoutePanel) -> RoutePanel:
        panel.save_asked.connect(self._save_route)
        panel.switch_asked.connect(self._switch)
        panel.release_asked.connect(self._release)
        panel.schedule_asked.connect(self._open_schedule)
        return panel

    def _open_schedule(self, flow_id: str) -> None:
        """When a flow of the company runs."""
        panel, systems, person = self.panel, self._systems, self._person
        if not isinstance(panel, RoutePanel):
            return
        route = panel.route()

        def run() -> None:
            self.desk.bridge.ask(
                lambda: systems.run_flow_now(person, route.id, flow_id), then=lambda _: None, failed=self._refused
            )  # fmt: skip

        text, switch = self.look.text, panel.rows[flow_id].switch
        title = text.say("schedule-title", flow=text.word("flow", flow_id), company=route.title)
        self.schedule = ScheduleDialog(
            self, self.look, self.desk.bridge, title, switch, systems.next_times,
            lambda every_s, schedule: panel.take_schedule(flow_id, every_s, schedule),
            run if panel.state is not None and switch.on else None,
        )  # fmt: skip
        self.schedule.open()

    # --- orders ------------------------------------------------------------------------------------------------------
    def _order(
        self, work: Callable[[], Any], then: Callable[[Any], None] | None = None, done: str = ""
    ) -> None:
        """Carries something out, says so in the panel, and reads anew. Where the person went on to another panel meanwhile
        (a keyring may take its time), that one stays, with what is typed there."""
        about = self._chosen

        def carried_out(answer: Any) -> None:
            if about != self._chosen:
                self.refresh()
                return
            if then is not None:
                then(answer)
            self._done = done
            self.site_changed()

        def refused(error: SyncError) -> None:
            if about == self._chosen:
                self._refused(error)
            else:
                self.desk.bridge.trouble.emit(error)

        self.desk.bridge.ask(work, then=carried_out, failed=refused, owner=self, deed=True)

    def site_changed(self) -> None:
        """The next answer builds the panel anew."""
        if self.panel is not None:
            self.panel.dirty = False
        self.site, before = self.site, self.site
        if before is not None:
            self.site = before._replace(systems=(), routes=())
        self.refresh()

    def _refused(self, error: SyncError) -> None:
        if self.panel is not None:
            self.panel.show_error(error)
        else:
            self.desk.bridge.trouble.emit(error)

    def _save_system(self, system: System, secrets: Mapping[str, str]) -> None:
        def saved(_: Any) -> None:
            if isinstance(self.panel, SystemPanel):
                self.panel.form.forget_typed()
            self._chosen = f"system:{system.id}"

        person, say = self._person, self.look.text.say
        self._order(lambda: self._systems.save_system(person, system, secrets), saved, say("system-saved"))

    def _save_gateway(self, settings: GatewaySettings) -> None:
        done = self.look.text.say("gateway-saved-on" if settings.on else "gateway-saved-off")
        self._order(lambda: self._systems.save_gateway(self._person, settings), done=done)

    def _ask_to_delete(self, system_id: str) -> None:
        say = self.look.text.say
        title = self._title(system_id)

        def deleted(_: Any) -> None:
            self._chosen = ""

        Confirm(
            self, self.look, say("delete-title", title=title), (say("delete-what"),), say("button-delete-system"),
            lambda: self._order(lambda: self._systems.delete_system(self._person, system_id), deleted),
        ).open()  # fmt: skip

    def _ask_to_register(self, system_id: str) -> None:
        say = self.look.text.say
        Confirm(
            self, self.look, say("register-title", title=self._title(system_id)),
            (say("register-what"), say("register-old")), say("register-deed"), lambda: self._register(system_id),
        ).open()  # fmt: skip

    def _register(self, system_id: str) -> None:
        self.tests.forget(system_id)
        person, done = self._person, self.look.text.say("register-ended")
        self._order(lambda: self._systems.register(person, system_id), done=done)

    def _title(self, system_id: str) -> str:
        found = (
            [state.system for state in self.site.systems if state.system.id == system_id] if self.site else []
        )
        return found[0].title if found else system_id

    def _save_route(self, route: Route) -> None:
        fresh = self._with_own_id(route)

        def saved(_: Any) -> None:
            self._chosen = f"route:{fresh.id}"

        done = self.look.text.say("route-saved")
        self._order(lambda: self._systems.save_route(self._person, fresh), saved, done)

    def _with_own_id(self, route: Route) -> Route:
        """A new company must not take the place of another that has the same number in another ERP."""
        taken = {state.route.id for state in self.site.routes} if self.site is not None else set()
        if not (isinstance(self.panel, RoutePanel) and self.panel.state is None):
            return route
        ids = (route.id, *(f"{route.id}-{at}" for at in range(2, 100)))
        return replace(route, id=next(each for each in ids if each not in taken))

    def _switch(self, route: Route, flow_id: str, on: bool) -> None:
        """Saves what is filled in, then switches: one question, so that the check sees the workflow just typed."""
        panel, fresh = self.panel, self._with_own_id(route)

        def work() -> list[SyncError]:
            self._systems.save_route(self._person, fresh)
            return list(self._systems.switch(self._person, fresh.id, flow_id, on=on))

        def answered(reasons: list[SyncError]) -> None:
            self._chosen = f"route:{fresh.id}"
            if reasons and isinstance(panel, RoutePanel) and panel is self.panel:
                panel.dirty = False
                panel.show_reasons(flow_id, reasons)
                if panel.state is not None:
                    self._done = ""
                    return
            word = self.look.text.word("flow", flow_id)
            self._done = (
                "" if reasons else self.look.text.say("flow-now-on" if on else "flow-now-off", flow=word)
            )
            self.site_changed()

        self.desk.bridge.ask(work, then=answered, failed=self._refused, owner=self)

    def _release(self, route_id: str) -> None:
        done = self.look.text.say("route-released")
        self._order(lambda: self._systems.release(self._person, route_id), done=done)

    # --- tests -------------------------------------------------------------------------------------------------------
    def _test_all(self) -> None:
        for state in self.site.systems if self.site is not None else ():
            self.tests.start(state.system, {})

    def _show_test(self, system_id: str) -> None:
        """A test began, ended or was stopped."""
        if isinstance(self.panel, SystemPanel) and self.panel.system_id == system_id:
            if system_id in self.tests.running:
                self.panel.show_running()
            else:
                self.panel.show_test(self.tests.results.get(system_id))
        self._show_list()

    def _lead_on(self) -> None:
        """The step that a link asked for, once it is known what there is; one that is done shows what stands."""
        step, self._lead, site = self._lead, "", self.site
        if site is None or not step:
            return
        there = {role: site.of_role(which) for role, which in ROLES.items()}
        if there.get(step):
            self.choose(f"system:{there[step][0].id}")
        elif step == "route" and site.routes:
            self.choose(f"route:{site.routes[0].route.id}")
        else:
            self._take_step(step)

    # --- the way in --------------------------------------------------------------------------------------------------
    def _take_step(self, step: str) -> None:
        if step in ROLES:
            self._add_system(ROLES[step])
        elif step == "route":
            self.choose("new:route")
        elif self.site is not None and self.site.routes:
            self.choose(f"route:{self.site.routes[0].route.id}")
            if isinstance(self.panel, RoutePanel):
                self.panel.show_flow()

    def _add_system(self, role: SystemRole) -> None:
        """With one vendor of that side there is nothing to choose."""
        vendors = [form.id for form in self.site.vendors.values() if form.role is role] if self.site else []
        if len(vendors) == 1:
            self.choose(f"new:{vendors[0]}")
        elif vendors:
            self._show_menu([(self.look.text.word("vendor", each), f"new:{each}") for each in vendors])

    def _show_add_menu(self) -> None:
        if self.site is None:
            return
        text = self.look.text
        found = [
            (f"{text.say(f'system-{form.role.value}')}  {text.word('vendor', form.id)}", f"new:{form.id}")
            for form in self.site.vendors.values()
        ]
        self._show_menu([*found, (text.say("route-add"), "new:route")])

    def _show_menu(self, offered: list[tuple[str, str]]) -> None:
        menu = QMenu(self)
        for words, chosen in offered:
            menu.addAction(words, partial(self.choose, chosen))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.add_button.mapToGlobal(self.add_button.rect().bottomLeft()))

    # --- what the window calls ---------------------------------------------------------------------------------------
    def arrive(self, facts: Mapping[str, Any]) -> None:
        """Opened by a link: {"system": id}, {"route": id}, {"new": "route"}, {"gateway": ""}, {"lead": a step of the
        set-up}."""
        if step := str(facts.get("lead") or ""):
            self._lead = step
            if self.site is not None:
                self._lead_on()
        if "gateway" in facts:
            self.choose("gateway:")
        for kind in ("system", "route", "new"):
            if facts.get(kind):
                self.choose(f"{kind}:{facts[kind]}")

    def step(self, by: int) -> None:
        """The next or previous entry of the list."""
        self.list.step(by)

    def focus_first(self) -> None:
        """The keyboard begins in the list."""
        self.list.setFocus()

    def commands(self) -> tuple[Command, ...]:
        """What this page can do."""
        return (
            Command("button-test-all", self._test_all, "", "sync"),
            Command("lead-erp-do", lambda: self._add_system(SystemRole.ERP), "", "plus"),
            Command("lead-oa-do", lambda: self._add_system(SystemRole.OA), "", "plus"),
            Command("route-add", lambda: self.choose("new:route"), "", "company"),
            Command("gateway-title", lambda: self.choose("gateway:"), "", "link"),
        )


def _state(site: Site, system_id: str) -> SystemState | None:
    return next((each for each in site.systems if each.system.id == system_id), None)


def _same(before: Site, site: Site, kind: str, name: str) -> bool:
    """True where nothing that the panel shows has changed."""
    if kind == "gateway":
        systems = [[each.system for each in one.systems] for one in (before, site)]
        return before.gateway.settings == site.gateway.settings and systems[0] == systems[1]
    if kind == "new":
        return [each.system.id for each in before.systems] == [each.system.id for each in site.systems]
    if kind == "system":
        old, new = _state(before, name), _state(site, name)
        return old == new or (
            old is not None
            and new is not None
            and replace(old, meter=None, stream=None) == replace(new, meter=None, stream=None)
        )
    first, second = (
        next((each for each in one.routes if each.route.id == name), None) for one in (before, site)
    )
    routes = [each.route if each is not None else None for each in (first, second)]
    return routes[0] == routes[1] and [each.system for each in before.systems] == [
        each.system for each in site.systems
    ]
