"""The command line: which door, which store. Every wrong word ends in one sentence and a non-zero exit."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from desktop import VERSION
from desktop.domain.errors import ErrorCode, SyncError

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

USAGE_ERROR, FAILED, OK = 2, 1, 0

ERPS, OAS = ("k3cloud", "k3wise"), ("ecology", "dingtalk")
"""What the sandbox can play; the first of each is the usual pair (toy.py serves them)."""


class _Parser(argparse.ArgumentParser):
    """Refuses with our own sentence instead of argparse's usage dump."""

    def error(self, message: str) -> NoReturn:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=message)


def parser() -> argparse.ArgumentParser:
    """Every door and its options."""
    root = _Parser(prog="main.py", description="DanQiao joins Kingdee bills and OA approvals.")
    root.add_argument("--version", action="version", version=f"DanQiao {VERSION}")
    root.add_argument("--data", metavar="DIR", help="the data folder (default: the user's application data)")
    root.add_argument("--store", metavar="URL", help="the store, such as sqlite:///path/danqiao.db")
    root.add_argument("--language", choices=("zh", "en"), default="", help="zh (default) or en")
    root.add_argument("--demo", action="store_true", help="the sandbox company; with --headless a finite run")
    root.add_argument("--headless", action="store_true", help="the engine as a service, without a window")
    root.add_argument("--once", action="store_true", help="one pass over every flow, then end")
    root.add_argument("--json", action="store_true", help="the result as one JSON object on stdout")
    root.add_argument("--tray", action="store_true", help="the window, hidden in the tray where there is one")
    root.add_argument(
        "--faults", metavar="SEED", type=int, help="with --demo: a server that loses answers, by a seed"
    )
    root.add_argument("--erp", choices=ERPS, default="", help="with --demo: which ERP the sandbox plays")
    root.add_argument("--oa", choices=OAS, default="", help="with --demo: which OA the sandbox plays")
    commands = root.add_subparsers(dest="command", metavar="command")
    site = commands.add_parser("site", help="import or export systems, routes and flows; register an OA")
    doing = site.add_subparsers(dest="doing", required=True, metavar="import|export|register")
    importing = doing.add_parser("import", help="read a site file into the store")
    importing.add_argument("file")
    exporting = doing.add_parser("export", help="write the site to a file (- for stdout)")
    exporting.add_argument("file")
    exporting.add_argument(
        "--keep-switches", action="store_true", help="leave switched-on flows on in the file"
    )
    register = doing.add_parser("register", help="have an OA register us; its two values go to the keyring")
    register.add_argument("system")
    sandbox = commands.add_parser("sandbox", help="serve the sandbox until stopped")
    sandbox.add_argument("--json", action="store_true", dest="sandbox_json")
    sandbox.add_argument("--faults", metavar="SEED", type=int, dest="sandbox_faults")
    sandbox.add_argument("--latency-ms", type=float, default=0.0)
    sandbox.add_argument("--erp-port", type=int, default=0)
    sandbox.add_argument("--oa-port", type=int, default=0)
    sandbox.add_argument("--erp", choices=ERPS, default="", dest="sandbox_erp", help="which ERP it plays")
    sandbox.add_argument("--oa", choices=OAS, default="", dest="sandbox_oa", help="which OA it plays")
    check = commands.add_parser("check", help="is all well? 1 where something failed")
    check.add_argument("--json", action="store_true", dest="check_json")
    commands.add_parser(
        "alarm", help="is the engine silent? tells it once through every channel; 1 where it is"
    )
    backup = commands.add_parser("backup", help="a proved copy of the store, also while the engine runs")
    backup.add_argument("--to", metavar="FILE", help="where to (default: backups/ in the data folder)")
    backup.add_argument("--keep", metavar="N", type=int, help="from now on keep N of the regular copies")
    restore = commands.add_parser("restore", help="put a copy in the store's place")
    restore.add_argument("file")
    why = commands.add_parser("why", help="why was this bill not sent?")
    why.add_argument("number")
    why.add_argument("--json", action="store_true", dest="why_json")
    send = commands.add_parser("send", help="send this bill now, as any other, after a check")
    send.add_argument("number")
    send.add_argument("--dry-run", action="store_true", help="only say what would be sent")
    send.add_argument("--json", action="store_true", dest="send_json")
    prices = commands.add_parser("prices", help="audited bills whose prices are outside their lock")
    prices.add_argument("doing", choices=("scan", "source"), metavar="scan|source")
    prices.add_argument("number", nargs="?", default="", help="source: a bill whose prices are asked about")
    prices.add_argument("--days", metavar="N", type=int, default=30, help="how far back (default: 30)")
    prices.add_argument("--json", action="store_true", dest="prices_json")
    invoices = commands.add_parser("invoices", help="audited invoices that did not deduct their claims")
    invoices.add_argument("doing", choices=("scan",), metavar="scan")
    invoices.add_argument("--days", metavar="N", type=int, default=30, help="how far back (default: 30)")
    invoices.add_argument("--json", action="store_true", dest="invoices_json")
    reconcile = commands.add_parser("reconcile", help="ERP x OA x store x money; 1 where anything differs")
    reconcile.add_argument("--days", metavar="N", type=int, default=1, help="how far back (default: 1)")
    reconcile.add_argument("--json", action="store_true", dest="reconcile_json")
    reconcile.add_argument("--to", metavar="FILE", help="the differences, or the certificate, as CSV or PDF")
    claims = commands.add_parser("claims", help="open claims, and what the next invoice must deduct")
    claims.add_argument("--supplier", default="", metavar="NUMBER")
    claims.add_argument("--order", default="", metavar="NUMBER")
    claims.add_argument("--gross", default="", metavar="AMOUNT", help="the invoice before any deduction")
    claims.add_argument("--passed", action="store_true", help="invoices that two persons let pass the gate")
    claims.add_argument("--json", action="store_true", dest="claims_json")
    company = commands.add_parser("company", help="what a company has of its own of a flow")
    company.add_argument("flow")
    company.add_argument("company", help="the company's id, as in the site file")
    company.add_argument(
        "--from", dest="file", default="", metavar="FILE", help="put this file in force for it"
    )
    company.add_argument("--like", default="", metavar="COMPANY", help="put another company's part in force")
    company.add_argument("--why", default="", metavar="TEXT", help="for the trail")
    diagnose = commands.add_parser(
        "diagnose", help="one file for support, without secrets, bills or partners"
    )
    diagnose.add_argument("--to", metavar="FILE", help="where to (default: the data folder)")
    departure = commands.add_parser(
        "departure", help="somebody leaves: what depends on him; hand it over; 1 while anything is left"
    )
    departure.add_argument("person", help="his OA id or his whole name")
    departure.add_argument("--to", default="", metavar="PERSON", help="who takes over")
    departure.add_argument("--day", default="", metavar="YYYY-MM-DD", help="from when (default: today)")
    tidy = commands.add_parser(
        "tidy", help="old calls to the archive, and the file's free room back to the disk"
    )
    tidy.add_argument("--json", action="store_true", dest="tidy_json")
    move = commands.add_parser("move", help="to another workstation: everything but the secrets in one file")
    move.add_argument("doing", choices=("out", "in"), metavar="out|in")
    move.add_argument("file")
    service = commands.add_parser("service", help="the engine as a service, or the window at sign-in")
    service.add_argument(
        "doing", choices=("install", "uninstall", "status"), metavar="install|uninstall|status"
    )
    which = service.add_mutually_exclusive_group()
    which.add_argument("--system", action="store_true", help="for the whole machine (as administrator)")
    which.add_argument("--window", action="store_true", help="the window in the tray when this user signs in")
    evidence = commands.add_parser("evidence", help="everything we know of one bill, as one zip")
    evidence.add_argument("number")
    evidence.add_argument("--to", metavar="FILE", default="", help="where to (default: here, by its number)")
    evidence.add_argument("--company", metavar="ROUTE", default="", help="where several have this number")
    clone = commands.add_parser("clone", help="a new company like one that is set up, with the list of gaps")
    clone.add_argument("source", help="the company's id, as in the site file")
    clone.add_argument("new", help="the new company's id")
    clone.add_argument("--company", required=True, metavar="NUMBER", help="its organisation number")
    clone.add_argument("--title", default="")
    clone.add_argument("--erp", default="", metavar="SYSTEM", help="another account set")
    clone.add_argument("--oa", default="", metavar="SYSTEM")
    clone.add_argument("--json", action="store_true", dest="clone_json")
    audit = commands.add_parser("audit", help="verify the trail")
    audit.add_argument("doing", choices=("verify",), metavar="verify")
    return root


def main(arguments: Sequence[str]) -> int:
    """Opens the door that the arguments name. Answers the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    language = _language(arguments)
    try:
        given = parser().parse_args(list(arguments))
        _refuse_what_means_nothing(given)
        return _open(given)
    except SyncError as error:
        _say_error(error, language)
        return USAGE_ERROR if error.code is ErrorCode.ARGUMENT_WRONG else FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stdout = None
        return FAILED
    except Exception as error:
        _say_error(_bug(error), language)
        return FAILED


def _refuse_what_means_nothing(given: argparse.Namespace) -> None:
    """Options that the chosen door would pass over in silence. Raises PER-715."""
    doors = [f"--{name}" for name in ("demo", "once", "headless") if getattr(given, name)]
    scene = [f"--{name}" for name in ("faults", "erp", "oa") if getattr(given, name) not in (None, "")]
    tray = ["--tray"] if given.tray else []
    if given.command:
        wrong = [*doors, *scene, *tray]
        wrong = [*wrong, given.command] if wrong else []
    elif given.demo:
        wrong = ["--demo", "--once"] if given.once else []
    else:
        wrong = scene or (doors if len(doors) > 1 else []) or ([*doors, *tray] if doors and tray else [])
    if wrong:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=" ".join(wrong))


def _open(given: argparse.Namespace) -> int:
    if given.command == "sandbox":
        from desktop.doors.sandbox_door import serve

        return serve(given)
    if given.command == "site":
        from desktop.doors.site_door import site

        return site(given, store_url(given))
    if given.command == "prices":
        from desktop.doors import prices_door, source_door

        return (source_door.source if given.doing == "source" else prices_door.prices)(
            given, store_url(given)
        )
    if given.command == "invoices":
        from desktop.doors.prices_door import invoices

        return invoices(given, store_url(given))
    if given.command == "claims":
        from desktop.doors.claims_door import claims

        return claims(given, store_url(given))
    if given.command == "clone":
        from desktop.doors.clone_door import clone

        return clone(given, store_url(given))
    if given.command == "company":
        from desktop.doors.company_door import company

        return company(given, store_url(given))
    if given.command == "audit":
        return _verify(given)
    if given.command == "evidence":
        from desktop.doors.evidence_door import evidence

        return evidence(given, store_url(given))
    if given.command == "service":
        from desktop.doors.service_door import service

        url = store_url(given)
        from desktop.services.workspace import path_of

        return service(given, url, path_of(url).parent)
    if given.command in ("why", "send"):
        from desktop.doors import why_door

        return (why_door.why if given.command == "why" else why_door.send)(given, store_url(given))
    if given.command == "reconcile":
        from desktop.doors.reconcile_door import reconcile

        return reconcile(given, store_url(given))
    if given.command == "alarm":
        return _alarm(given)
    if given.command in ("check", "backup", "restore", "diagnose", "tidy", "move", "departure"):
        from desktop.doors import keeping_door

        doors = {
            "check": keeping_door.check,
            "backup": keeping_door.backup,
            "restore": keeping_door.put_back,
            "diagnose": keeping_door.diagnose,
            "tidy": keeping_door.tidy,
            "move": keeping_door.move,
            "departure": keeping_door.departure,
        }
        return doors[given.command](given, store_url(given))
    if given.demo:
        return _demo(given)
    if given.once:
        return _once(given)
    if given.headless:
        return _serve(given)
    return _window(given)


def store_url(given: argparse.Namespace) -> str:
    """Where the store is: --store, else --data, else the user's application data."""
    if given.store and given.data:
        raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said="--data / --store")
    if given.store:
        return str(given.store)
    from desktop.services.workspace import url_of

    return url_of(Path(given.data).expanduser().resolve() if given.data else default_folder())


def default_folder() -> Path:
    """The user's application data folder for DanQiao."""
    import platformdirs

    return Path(platformdirs.user_data_dir("DanQiao", appauthor=False))


def has_screen() -> bool:
    """False on Linux with neither X nor Wayland: Qt would abort the process there."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(
        os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
        or os.environ.get("QT_QPA_PLATFORM") == "offscreen"
    )


def _demo(given: argparse.Namespace) -> int:
    from desktop.doors.demo import headless_demo

    if not given.headless and has_screen() and not given.json:
        return _window(given)
    if not given.headless and not given.json:
        _say("door-no-screen-demo", given.language)
    return headless_demo(
        given.language or "zh", as_json=given.json, seed=given.faults, pair=(given.erp, given.oa)
    )


def _once(given: argparse.Namespace) -> int:
    from desktop.services.workspace import Workspace

    with Workspace.open(store_url(given), language=given.language or "zh") as workspace:
        codes = workspace.engine.run_once()
        for name, code in codes.items():
            print(f"{name}: {_told(workspace, name, code)}")
        if not codes:
            print(workspace.text.say("door-nothing-on"), file=sys.stderr)
    return FAILED if any(codes.values()) or not codes else OK


def _told(workspace: Workspace, name: str, code: str) -> str:
    """How one flow's pass ended, with the facts of whatever ended or holds it."""
    route_id, _, flow_id = name.partition("/")
    held, trouble = (
        workspace.ledger.hold(route_id, flow_id),
        workspace.engine.troubles.get((route_id, flow_id)),
    )
    if trouble is not None and trouble.code.id == code:
        return f"{code} {workspace.text.what(code, trouble.facts)}"
    pause = workspace.catalog.pause()
    if code == "paused" and pause is not None:
        who = workspace.text.say("pause-told", by=pause.by, when=workspace.text.moment(pause.at))
        return f"{workspace.text.say('engine-paused')} {who}{': ' if pause.why else ''}{pause.why}"
    if held is not None and code in (held[0], "held"):
        return f"{held[0]} {workspace.text.what(held[0], held[1])}"
    return code or "ok"


def _serve(given: argparse.Namespace) -> int:
    """The engine as a service, until SIGTERM or Ctrl+C."""
    from desktop.doors.gateway_door import GatewayKeeper
    from desktop.doors.log_file import keep_log
    from desktop.services.notices import SilenceWatch
    from desktop.services.workspace import Workspace

    stop = threading.Event()
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    with Workspace.open(store_url(given), language=given.language or "zh") as workspace:
        keep_log(workspace.store.path.parent, "engine")
        workspace.store.check()
        workspace.engine.start()
        keeper, silence = GatewayKeeper(workspace).start(), SilenceWatch(workspace.notices).start()
        try:
            print(workspace.text.say("door-serving"), file=sys.stderr, flush=True)
            if keeper.gateway is not None:
                told = workspace.text.say("door-gateway", address=keeper.gateway.address)
                print(told, file=sys.stderr, flush=True)
            elif keeper.error is not None:
                _say_error(keeper.error, given.language or "zh")
            while not stop.wait(1.0):
                pass
        finally:
            silence.close()
            keeper.close()
    return OK


def _alarm(given: argparse.Namespace) -> int:
    """For a timer of its own, or another monitor: the engine cannot tell that it is dead. Looks twice, so that a message
    goes out at once and one that did not arrive is tried on."""
    from desktop.services.workspace import Workspace

    with Workspace.open(store_url(given), language=given.language or "zh", create=False) as workspace:
        silent = workspace.notices.is_silent
        workspace.notices.look_at_silence()
        print(workspace.text.say("door-silent" if silent else "door-not-silent"), file=sys.stderr)
    return FAILED if silent else OK


def _verify(given: argparse.Namespace) -> int:
    from desktop.services.workspace import Workspace

    with Workspace.open(store_url(given), language=given.language or "zh", create=False) as workspace:
        broken = workspace.trail.broken_at()
        key = "door-trail-whole" if broken is None else "door-trail-broken"
        print(workspace.text.say(key, number=str(broken)))
    return OK if broken is None else FAILED


def _window(given: argparse.Namespace) -> int:
    if not has_screen():
        _say("door-no-screen", given.language)
        return _serve(given)
    try:
        from desktop.doors.window_door import open_window
    except ImportError as error:
        raise SyncError(ErrorCode.INTERNAL, said=str(error)) from None
    return open_window(given)


def _language(arguments: Sequence[str]) -> str:
    """The language for a sentence about arguments that could not be read as a whole."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return "en" if ("--language", "en") in pairs or "--language=en" in arguments else "zh"


def _bug(error: Exception) -> SyncError:
    """What support needs of our own failure, on one line instead of a trace."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    said = f"{type(error).__name__}: {error} ({Path(at.filename).name}:{at.lineno})"
    return SyncError(ErrorCode.INTERNAL, said=said)


def _say(key: str, language: str) -> None:
    from desktop.services.text import Text

    print(Text(language or "zh").say(key), file=sys.stderr, flush=True)


def _say_error(error: SyncError, language: str) -> None:
    from desktop.services.text import Text

    text = Text(language)
    print(
        f"{error.code.id}: {text.what(error.code.id, error.facts)} {text.do(error.code.id, error.facts)}",
        file=sys.stderr,
    )
