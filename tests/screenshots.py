"""`python run.py screenshots`: every page of the window, in both languages and schemes, into docs/img/.

The toy company lives through two days first (its clocks run fast, its systems speak over real HTTP), so that the
pictures show states that mean something. Made without a screen; the same pages as a person opens.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from desktop.domain.document import DocumentState
from desktop.domain.system import Person, Role
from desktop.doors.toy import Toy
from desktop.doors.window_demo import SandboxPlay
from desktop.doors.window_door import WindowDoor, _play_page
from desktop.doors.window_house import WindowHouse
from desktop.sandbox.ecology import ecology_app
from desktop.sandbox.erp import Erp
from desktop.sandbox.k3cloud import k3cloud_app
from desktop.sandbox.living import KINDS, Living
from desktop.sandbox.oa import Oa
from desktop.sandbox.server import Server
from desktop.services.documents import Question
from desktop.services.workspace import Workspace
from desktop.store.catalog import BaseRow
from desktop.views.app import make_app
from desktop.views.audit_page import AuditPage
from desktop.views.base_page import GAP_TAB, LINE_TAB, BasePage
from desktop.views.mapping_page import MappingPage
from desktop.views.pages import pages
from desktop.views.reconcile_page import ReconcilePage
from desktop.views.system_panel import SystemPanel
from desktop.views.systems_page import SystemsPage
from desktop.views.theme import TOKENS
from desktop.views.users_page import UsersPage
from tests.conftest import Clock

OUT = Path(__file__).resolve().parents[1] / "docs" / "img"
SIZE = (1440, 900)
MOST_BYTES = 250_000
DAYS, STEP_S = 2, 40 * 60
PACE = 1 / 300
"""The people are this much slower than in the demo: they decide within hours, not seconds."""
AWAY_S = 14 * 3600.0
STUMBLE_S = 5 * 3600.0
"""Since then some bills have stopped, for several reasons."""
AWAY = frozenset({"40", "41"})
"""Two approvers have been away since then, so that some bills have waited longer than others."""
PERSON = {"zh": "陈静", "en": "Chen Jing"}
LOGIN = "chenjing"
QUIET_S = 0.35
FLOWS = {kind.flow for kind in KINDS}
OWN_WAY = ("systems", "failures", "base", "mapping", "users", "reconcile", "audit")
"""Pages that show something only after a person has pressed or chosen something."""
COLLEAGUES = (
    Person("liumei", "刘梅", Role.CLERK, ("c100",)),
    Person("hejun", "何军", Role.CLERK, ("c200",), sees_accounts=False),
    Person("xiening", "谢宁", Role.MAPPING),
    Person("tangli", "唐莉", Role.AUDITOR),
    Person("fangtao", "方涛", Role.CLERK, active=False),
)


class Company:
    """The toy company after two days, and the workspace that has carried its bills."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.clock._passed = -DAYS * 86_400.0
        erp, oa = Erp(self.clock.erp_now), Oa(clock=self.clock.oa_now)
        erp.settings.timestamp_window_s = 10 * 365 * 86_400  # signatures carry the true time
        erp.settings.session_ttl_s = oa.settings.token_ttl_s = 10 * 86_400  # a step is longer than a session
        self.toy = Toy(erp, oa, Server(k3cloud_app(erp)).start(), Server(ecology_app(oa)).start())
        self.toy.memory |= {
            ("k3", "app_secret"): erp.app_secret, ("oa", "secrit"): oa.secrit, ("oa", "spk"): oa.spk,
        }  # fmt: skip
        self.living = Living(erp, oa, seed=11, pace=PACE)
        self.workspace = Workspace.open_folder(
            folder, memory=self.toy.memory, now=self.clock.now, monotonic=self.clock.monotonic
        )
        self.workspace.catalog.set_preference("environment", "demo")
        self.toy.join(self.workspace, every_s=15.0)
        for route in self.workspace.catalog.routes():
            switches = tuple(replace(each, on=each.flow_id in FLOWS) for each in route.switches)
            self.workspace.catalog.put_route(replace(route, switches=switches), "demo")

    def live(self) -> None:
        """Two days, in steps of forty minutes; the engine passes after each."""
        self.living.open_day()
        while self.clock._passed < -STEP_S:
            self.clock.pass_s(STEP_S)
            self.living.played = AWAY if self.clock._passed > -AWAY_S else frozenset()
            self.living.tick(self.clock.monotonic())
            if -STUMBLE_S <= self.clock._passed < STEP_S - STUMBLE_S:
                self.stumble()
            self.workspace.engine.run_once()
        self.clock._passed = 0.0
        self.lack_base_data()
        self.workspace.engine.run_once()
        self.workspace.notices.look()

    def stumble(self) -> None:
        """A new customer and a new supplier that nobody has matched, a workflow that was switched off, an audit by hand."""
        erp, oa = self.toy.erp, self.toy.oa
        for company, maker, quantity in (
            ("100", "wangmin", 300),
            ("100", "lihua", 220),
            ("200", "huangwei", 145),
        ):
            erp.sales_order(company, "CUST0006", maker, (("M0003", quantity, "1582.00"),), submit=True)
        erp.sales_order(
            "100", "CUST0006", "wangmin", (("M0004", 90, "226.00"),), currency="PRE007", submit=True
        )
        for quantity in (1200, 640, 80):
            erp.purchase_order("100", "VEN0004", "zhouqi", (("M0004", quantity, "226.00"),), submit=True)
        by_hand = erp.sales_order("100", "CUST0002", "lihua", (("M0003", 42, "1582.00"),), submit=True)
        self.workspace.engine.run_once()
        erp.audit("SAL_SaleOrder", by_hand.id, "lihua")
        oa.change_workflow(782, in_force=False)
        erp.payment_request("100", "VEN0001", "zhouqi", ("86400.00", "12800.00"), submit=True)
        self.workspace.engine.run_once()
        oa.change_workflow(782, in_force=True)

    def lack_base_data(self) -> None:
        """The supplier that one company lacks is matched in the other already."""
        row = BaseRow("c200", "supplier", "VEN0004", "4004", "天津北辰包装", "天津北辰包装", "person")
        self.workspace.catalog.put_base_rows([row], "xiening")

    def stop(self) -> None:
        """The engine and both servers."""
        self.workspace.close()
        self.toy.stop()


class CompanyDoor(WindowDoor):
    """The window on that company."""

    company: Company

    def __init__(self, app: QApplication, given: argparse.Namespace, company: Company) -> None:
        self.company = company
        super().__init__(app, given)
        self._person = LOGIN
        self.starter.window.show_person(PERSON[given.language], "")

    def _open_house(self) -> WindowHouse:
        people = self.company.workspace.people
        people.arrive(LOGIN)
        people.save(LOGIN, Person(LOGIN, PERSON[self._given.language], Role.ADMIN))
        for person in COLLEAGUES:
            people.save(LOGIN, person)
        house = WindowHouse(self.company.workspace, self.preferences, self._person)
        house.speak(self._given.language)
        house.play = SandboxPlay(self.company.toy, self.company.workspace, self.company.living)
        house.go = self.starter.window.go
        return house

    def leave(self) -> None:
        """The window goes, the company stays for the next picture."""
        self.starter.window.hide()
        self.starter._asked_status.stop()
        self.starter.bridge.stop()
        self.starter.window.deleteLater()


class Photographer:
    """One window in one language, asked for pages in both schemes."""

    def __init__(
        self, app: QApplication, door: WindowDoor, language: str, folder: Path, size: tuple[int, int] = SIZE
    ) -> None:
        self._app, self._language = app, language
        self.door = door
        self.window = self.door.starter.window
        self.folder = folder
        self.made: list[Path] = []
        self.door.show()
        self.window.showNormal()
        self.window.resize(*size)
        self.wait(lambda: self.window.current_page() is not None)

    def wait(self, ready: Callable[[], object], within_s: float = 30.0) -> None:
        """Until something is true; says what it waited for in vain."""
        end = time.monotonic() + within_s
        while not ready():
            if time.monotonic() > end:
                raise TimeoutError(f"{self._language}: the page was not ready")
            self._app.processEvents()
            time.sleep(0.005)

    def settle(self) -> None:
        """Until no question is on its way, for a while: everything asked has been painted."""
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_S:
            self._app.processEvents()
            if self.door.starter.bridge._open:
                quiet_since = time.monotonic()
            time.sleep(0.005)

    def go(self, page: str, facts: dict[str, Any] | None = None) -> Any:
        """A page, as a person opens it."""
        self.window.go(page, facts)
        self.settle()
        return self.window.current_page()

    def shoot(self, name: str, schemes: tuple[str, ...] = ("light", "dark")) -> None:
        """The window as it stands now, in these schemes."""
        for scheme in schemes:
            self.door.starter.look.set_scheme(scheme)
            self.settle()
            path = self.folder / f"{name}-{self._language}-{scheme}.png"
            picture = few_colours(self.window.grab().toImage())
            if not picture.save(str(path), "PNG", 0):
                raise OSError(f"{path} could not be written")
            self.made.append(path)
        self.door.starter.look.set_scheme("light")


def few_colours(picture: QImage) -> QImage:
    """The picture in the theme's colours and its own most frequent ones, 256 in all: a fourth as large, and nobody
    sees it."""
    plain = picture.convertToFormat(QImage.Format.Format_RGB32)
    pixels = Counter(memoryview(plain.constBits()).cast("I"))  # type: ignore[call-overload]
    seen = {pixel & 0xFFFFFF for pixel in pixels}
    tokens = [QColor(name).rgb() for pair in TOKENS.values() for name in pair]
    own = [colour for colour in tokens if colour & 0xFFFFFF in seen]
    often = [pixel | 0xFF000000 for pixel, _ in pixels.most_common(256)]
    table = list(dict.fromkeys([*own, *often]))[:256]
    return plain.convertToFormat(QImage.Format.Format_Indexed8, table, Qt.ImageConversionFlag.ThresholdDither)


def telling_document(workspace: Workspace) -> tuple[int, str]:
    """The document whose life says most: in its second round, or at least in approval."""
    documents = workspace.documents
    rows = documents.rows(list(documents.first_ids(Question(), "changed_at", descending=True)))
    chosen = max(rows, key=lambda row: (row.round, row.state is DocumentState.REQUESTED, row.changed_at))
    return chosen.id, chosen.number


def shoot_all(camera: Photographer, workspace: Workspace) -> None:
    """Every registered page, the document panel, and what an administrator meets on the systems page."""
    for page in pages():
        if page.id not in OWN_WAY:
            camera.go(page.id)
            camera.shoot(page.id)
    shoot_base(camera)
    shoot_users(camera)
    shoot_reconcile(camera)
    shoot_audit(camera)
    document, _number = telling_document(workspace)
    panel = camera.go("queue", {"document": document})
    camera.wait(lambda: panel.panel.isVisible())
    camera.settle()
    camera.shoot("document")
    panel.arrive({})
    shoot_failures(camera)
    shoot_mapping(camera)
    shoot_systems(camera)
    camera.go(_play_page().id)
    page = camera.window.current_page()
    page._take("40")  # type: ignore[union-attr]
    camera.settle()
    camera.shoot("demo")


def shoot_mapping(camera: Photographer) -> None:
    """The sales order's rules beside a real bill, one of them wrong; then the versions."""
    page = camera.go("mapping")
    assert isinstance(page, MappingPage)
    camera.wait(lambda: page.preview is not None and page.opened.forms.read_at is not None)
    place = next(at for at, row in enumerate(page.rows) if row.target == "salesperson")
    page.table.choose(place)
    camera.settle()
    page.form.rule.setText("FSalerName")
    page.form.rule.textEdited.emit("FSalerName")
    camera.wait(lambda: page.opened.stops is not None and not page.edit.is_typing)
    camera.settle()
    camera.shoot("mapping")
    page.form.committed.emit()
    camera.settle()
    page.edit.undo()
    camera.wait(lambda: not page.is_saving and page.opened.draft is None)
    camera.settle()


def shoot_failures(camera: Photographer) -> None:
    """The costliest cause with its bills, and what a code means."""
    page = camera.go("failures")
    camera.wait(lambda: page.rows.rowCount())
    camera.settle()
    camera.shoot("failures")
    page.show_help("")
    camera.settle()
    camera.shoot("codes", ("light",))
    page.show_cause()


def shoot_base(camera: Photographer) -> None:
    """What keeps bills waiting, a proposal ticked, the costliest gap open; then every correspondence."""
    page = camera.go("base")
    assert isinstance(page, BasePage)
    if page.found is not None and page.found.read_at is None:
        page.files.read_both()
        camera.wait(lambda: not page.work.busy)
        camera.settle()
    page.work.hide()
    page.tick_sure()
    chosen = next((at for at, gap in enumerate(page._gaps.values()) if gap.suggestion), 0)
    page.gap_table.selectRow(chosen)
    camera.settle()
    camera.shoot("base")
    page.tabs.setCurrentIndex(LINE_TAB)
    camera.settle()
    camera.shoot("matches", ("light",))
    page.tabs.setCurrentIndex(GAP_TAB)


def shoot_users(camera: Photographer) -> None:
    """Both directories read: everybody, and one person open."""
    page = camera.go("users")
    assert isinstance(page, UsersPage)
    page.read_both()
    camera.wait(lambda: not page.work.busy and page.found is not None and page.found.read_at)
    camera.settle()
    page.work.hide()
    page.tabs.setCurrentIndex(page.tabs.count() - 1)
    page.table.selectRow(1)
    camera.settle()
    camera.shoot("users")


def shoot_reconcile(camera: Photographer) -> None:
    """Both systems compared now, over the two days."""
    page = camera.go("reconcile")
    assert isinstance(page, ReconcilePage)
    page.days.setValue(DAYS + 1)
    page.reconcile()
    camera.wait(lambda: page.go.isEnabled() and page.looked is not None and page.looked.result)
    camera.settle()
    camera.shoot("reconcile")


def shoot_audit(camera: Photographer) -> None:
    """The trail proved whole, and what one line changed."""
    page = camera.go("audit")
    assert isinstance(page, AuditPage)
    page.prove()
    camera.wait(lambda: page.verifying is None)
    page.table.selectRow(0)
    camera.settle()
    camera.shoot("audit")


def shoot_systems(camera: Photographer) -> None:
    """Both connections tested; then a company's flows, and a sign-in that was refused."""
    page = camera.go("systems")
    assert isinstance(page, SystemsPage)
    page.test_all.click()
    camera.wait(lambda: len(page.tests.results) == 2)
    page.choose("system:oa")
    camera.settle()
    camera.shoot("systems")
    page.choose("route:c100")
    camera.settle()
    camera.shoot("company", ("light",))
    page.choose("system:k3")
    camera.settle()
    assert isinstance(page.panel, SystemPanel)
    box = page.panel.form._boxes["app_secret"]
    box.setText("not the key")  # type: ignore[union-attr]
    box.textEdited.emit("not the key")  # type: ignore[union-attr]
    page.panel.test_typed.click()
    camera.wait(lambda: page.tests.results["k3"].failed is not None)
    camera.settle()
    camera.shoot("connection", ("light",))
    page.panel.dirty = False
    page.tests.results.clear()


@contextmanager
def machine_time(clock: Clock) -> Iterator[None]:
    """The HTTP client measures servers' clocks against the company's time, and the trail is written in it."""

    class Machine(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.now()

    with patch("desktop.connectors.http.datetime", Machine), patch("desktop.store.audit.datetime", Machine):
        yield


def shoot_empty(app: QApplication, language: str, folder: Path, size: tuple[int, int]) -> list[Path]:
    """What a new administrator meets: nothing yet, and four steps."""
    with tempfile.TemporaryDirectory(prefix="danqiao-shots-") as data:
        given = argparse.Namespace(
            demo=False, faults=None, data=data, store=None, language=language, erp="", oa=""
        )
        door = WindowDoor(app, given)
        camera = Photographer(app, door, language, folder, size)
        camera.window.show_person(PERSON[language], "")
        camera.go("systems")
        camera.shoot("setup", ("light",))
        camera.window.hide()
        door.close()
        camera.window.deleteLater()
    return camera.made


def picture(company: Company, folder: Path, languages: Sequence[str], size: tuple[int, int]) -> list[Path]:
    """Lets the company live, then pictures it in each language."""
    print("the company lives through two days ...", file=sys.stderr, flush=True)
    company.live()
    company.workspace.engine.start()
    app, made = make_app(["danqiao"]), list[Path]()
    for language in languages:
        given = argparse.Namespace(
            demo=True, faults=None, data=None, store=None, language=language, erp="", oa=""
        )
        door = CompanyDoor(app, given, company)
        camera = Photographer(app, door, language, folder, size)
        try:
            shoot_all(camera, company.workspace)
        finally:
            door.leave()
        made += [*camera.made, *shoot_empty(app, language, folder, size)]
    return made


def main(arguments: list[str]) -> int:
    """Makes all pictures; 1 where one is too large for a README."""
    told = argparse.ArgumentParser(prog="run.py screenshots", description=__doc__)
    told.add_argument("--out", type=Path, default=OUT, help="the folder for the pictures")
    told.add_argument("--language", choices=("zh", "en"), action="append", help="only this language")
    told.add_argument(
        "--size", default=f"{SIZE[0]}x{SIZE[1]}", help="1280x720; twice as sharp with QT_SCALE_FACTOR=2"
    )
    given = told.parse_args(arguments)
    wide, high = (int(each) for each in given.size.split("x"))
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["TZ"] = "Asia/Shanghai"
    if hasattr(time, "tzset"):
        time.tzset()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="danqiao-shots-") as folder:
        company = Company(Path(folder))
        try:
            with machine_time(company.clock):
                made = picture(company, given.out, given.language or ("zh", "en"), (wide, high))
        finally:
            company.stop()
    for path in made:
        print(f"{path.name}  {path.stat().st_size // 1000} kB")
    return 1 if any(path.stat().st_size > MOST_BYTES for path in made) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
