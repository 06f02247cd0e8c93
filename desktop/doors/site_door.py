"""`main.py site`: the site file in and out, and the one-time registration with an OA."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop.connectors.registry import VENDORS
from desktop.domain.errors import ErrorCode, SyncError
from desktop.services.site import export_site, import_site, read_file
from desktop.services.workspace import Workspace


def site(given: argparse.Namespace, url: str) -> int:
    """Carries out one of import, export, register."""
    if given.doing == "import":
        text = read_file(Path(given.file))
        with Workspace.open(url, language=given.language or "zh") as workspace:
            counts = import_site(workspace, text, Path(given.file).name, person())
            print(workspace.text.say("door-imported", **counts))
        return 0
    with Workspace.open(url, language=given.language or "zh", create=False) as workspace:
        if given.doing == "register":
            return _register(workspace, given.system)
        workspace.people.demand(person(), "set_up")
        text = export_site(workspace, keep_switches=given.keep_switches)
    if given.file == "-":
        sys.stdout.write(text)
        return 0
    try:
        Path(given.file).write_text(text, "utf-8")
    except OSError as error:
        said = f"{given.file}: {error.strerror or type(error).__name__}"
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=said) from None
    return 0


def _register(workspace: Workspace, system_id: str) -> int:
    system = workspace.catalog.system(system_id)
    vendor = VENDORS[system.vendor]
    if vendor.prepare is None:
        raise SyncError(ErrorCode.CANNOT, certain=True, system=system_id, what="register")
    workspace.systems.register(person(), system_id)
    print(workspace.text.say("door-registered", system=system_id))
    return 0


@contextmanager
def opened(given: argparse.Namespace, url: str) -> Iterator[Workspace]:
    """The store for a command that reads: as whoever runs it may see it. Raises PER-704, PER-705, PER-716."""
    with Workspace.open(url, language=given.language or "zh", create=False) as workspace:
        workspace.people.attend(person())
        yield workspace


def person() -> str:
    """Who is at the keyboard, as the trail names him."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "operator"
