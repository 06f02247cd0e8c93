"""`main.py service`: the engine as a service, or the window at sign-in; put in, taken out, looked at."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from desktop.services import service as services
from desktop.services.service import Plan
from desktop.services.text import Text


def service(given: argparse.Namespace, url: str, folder: Path) -> int:
    """install, uninstall or status. Answers 0 where it is as it should be; status: 0 while an engine runs."""
    text = Text(given.language or "zh")
    plan = plan_of(given, folder)
    if given.doing == "status":
        return _status(plan, url, text)
    if given.doing == "uninstall":
        done = services.uninstall(plan)
        print(text.say("service-out" if done else "service-none", path=str(plan.path)))
        return 0
    done = services.install(plan)
    print(text.say("service-in", path=str(done.path)))
    for command in done.left:
        print(text.say("service-left", command=command))
    if plan.kind == "systemd-user":
        print(text.say("service-linger"))
    return 0


def plan_of(given: argparse.Namespace, folder: Path) -> Plan:
    """The same data folder that the window on this command line would open."""
    where = ("--store", str(given.store)) if given.store else ("--data", str(folder))
    language = ("--language", given.language) if given.language else ()
    if given.window:
        return services.window_plan(services.own_command("--tray", *where, *language))
    return services.service_plan(services.own_command("--headless", *where, *language), system=given.system)


def _status(plan: Plan, url: str, text: Text) -> int:
    from desktop.services.workspace import Workspace, path_of

    print(text.say("service-is-in" if services.is_installed(plan) else "service-none", path=str(plan.path)))
    running = services.is_running(plan)
    if running is not None:
        print(text.say("service-system-runs" if running else "service-system-stands"))
    if not path_of(url).exists():
        print(text.say("service-no-store", path=str(path_of(url))), file=sys.stderr)
        return 1
    with Workspace.open(url, language=text.language, create=False) as workspace:
        beat, alive = workspace.catalog.last_beat("engine"), workspace.systems.engine().running
        when = text.moment(beat[0]) if beat else "-"
        print(text.say("service-engine-runs" if alive else "service-engine-stands", when=when))
    return 0 if alive else 1
