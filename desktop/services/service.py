"""The engine as a service of the operating system, and the window at sign-in: the files, the commands, the state.

On Linux a systemd unit (the user's, or the machine's), on Windows a scheduled task. What is written is plain text that an
administrator can read and change; docs/service.md tells the same by hand. No secret is ever written.
"""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from xml.sax.saxutils import escape

from desktop.domain.errors import ErrorCode, SyncError

NAME = "danqiao"
WAIT_S = 30.0

Run = Callable[[Sequence[str]], "Ran"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended; code 127: there is no such command here."""

    code: int
    said: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written and called. files: text by path. begin, end: commands that switch it on and off.

    state: a command that succeeds while it runs. remove: files that go with it."""

    kind: str
    files: Mapping[Path, str]
    begin: tuple[tuple[str, ...], ...]
    end: tuple[tuple[str, ...], ...]
    state: tuple[str, ...]
    encoding: str = "utf-8"

    @property
    def path(self) -> Path:
        """The file that makes it."""
        return next(iter(self.files))


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: the file, and the commands that are left for a person because this machine has no such tool."""

    path: Path
    left: tuple[str, ...]


def own_command(*arguments: str) -> tuple[str, ...]:
    """How this very program is started: the built one, or Python with main.py."""
    if getattr(sys, "frozen", False):
        return (sys.executable, *arguments)
    main = Path(__file__).resolve().parents[2] / "main.py"
    return (sys.executable, str(main), *arguments)


def service_plan(
    command: Sequence[str], *, system: bool, windows: bool | None = None, home: Path | None = None
) -> Plan:
    """The engine without a window. system: for the whole machine, else for this user."""
    if windows if windows is not None else os.name == "nt":
        return _task("DanQiao", command, system=system, at_start=True, home=home)
    return _unit(command, system=system, home=home)


def window_plan(command: Sequence[str], *, windows: bool | None = None, home: Path | None = None) -> Plan:
    """The window, in the tray, when this user signs in."""
    if windows if windows is not None else os.name == "nt":
        return _task("DanQiao window", command, system=False, at_start=False, home=home)
    path = (home or Path.home()) / ".config" / "autostart" / f"{NAME}.desktop"
    line = " ".join(_desktop_word(each) for each in command)
    text = f"[Desktop Entry]\nType=Application\nName=DanQiao\nExec={line}\nX-GNOME-Autostart-enabled=true\n"
    return Plan("desktop", {path: text}, (), (), ())


def install(plan: Plan, run: Run | None = None) -> Done:
    """Writes the files and switches it on. Raises PER-705 for a file that cannot be written, PER-731 where a command fails."""
    for path, text in plan.files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, plan.encoding)
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise SyncError(ErrorCode.STORE_UNREADABLE, certain=True, where=str(path), said=said) from None
    return Done(plan.path, _call(plan.begin, run))


def uninstall(plan: Plan, run: Run | None = None) -> Done | None:
    """Switches it off and takes the files away; None where there was none."""
    if not plan.path.exists():
        return None
    left = _call(plan.end, run, strict=False)
    for path in plan.files:
        path.unlink(missing_ok=True)
    if plan.kind.startswith("systemd"):
        _call((plan.begin[0],), run, strict=False)
    return Done(plan.path, left)


def is_installed(plan: Plan) -> bool:
    """True where its file lies."""
    return plan.path.exists()


def is_running(plan: Plan, run: Run | None = None) -> bool | None:
    """True while the operating system runs it; None where that cannot be asked."""
    if not plan.state:
        return None
    ran = (run or _run)(plan.state)
    return None if ran.code == 127 else ran.code == 0


def _call(commands: Sequence[Sequence[str]], run: Run | None, *, strict: bool = True) -> tuple[str, ...]:
    """Calls one after the other; answers those that this machine has no tool for."""
    left = []
    for command in commands:
        ran = (run or _run)(command)
        if ran.code == 127:
            left.append(subprocess.list2cmdline(command))
        elif ran.code and strict:
            told = subprocess.list2cmdline(command)
            raise SyncError(ErrorCode.SERVICE_REFUSED, certain=True, command=told, said=ran.said)
    return tuple(left)


def _run(command: Sequence[str]) -> Ran:
    if shutil.which(command[0]) is None:
        return Ran(127, "")
    try:
        done = subprocess.run(
            list(command), capture_output=True, text=True, timeout=WAIT_S, check=False, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Ran(1, str(error))
    return Ran(done.returncode, (done.stderr or done.stdout).strip())


# Linux --------------------------------------------------------------------------------------------------------------
def _unit(command: Sequence[str], *, system: bool, home: Path | None) -> Plan:
    house = home or Path.home()
    folder = Path("/etc/systemd/system") if system else house / ".config" / "systemd" / "user"
    secrets = Path(f"/etc/{NAME}/service.env") if system else house / ".config" / NAME / "service.env"
    control = ("systemctl",) if system else ("systemctl", "--user")
    unit = f"{NAME}.service"
    text = _UNIT.format(
        command=" ".join(_unit_word(each) for each in command), secrets=_percent(str(secrets)),
        target="multi-user.target" if system else "default.target",
        user=f"User={os.environ.get('SUDO_USER') or getpass.getuser()}\n" if system else "",
    )  # fmt: skip
    return Plan(
        "systemd" if system else "systemd-user", {folder / unit: text},
        ((*control, "daemon-reload"), (*control, "enable", "--now", unit)), ((*control, "disable", "--now", unit),),
        (*control, "is-active", "--quiet", unit),
    )  # fmt: skip


_UNIT = """\
[Unit]
Description=DanQiao engine
After=network-online.target
Wants=network-online.target

[Service]
{user}ExecStart={command}
# Secrets as DANQIAO_<SYSTEM>_<FIELD>=..., readable by the service's account only; the keyring is asked after them.
EnvironmentFile=-{secrets}
Environment=PYTHONUNBUFFERED=1
Restart=on-failure
RestartSec=15
TimeoutStopSec=90
NoNewPrivileges=yes
PrivateTmp=yes

[Install]
WantedBy={target}
"""


def _unit_word(word: str) -> str:
    """A word of ExecStart: quoted, with systemd's own specifiers and variables made plain."""
    inner = _percent(word).replace("$", "$$").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _percent(word: str) -> str:
    return word.replace("%", "%%")


def _desktop_word(word: str) -> str:
    inner = word.replace("\\", "\\\\\\\\").replace('"', '\\\\"').replace("`", "\\\\`").replace("$", "\\\\$")
    return f'"{inner.replace("%", "%%")}"'


# Windows ------------------------------------------------------------------------------------------------------------
def _task(name: str, command: Sequence[str], *, system: bool, at_start: bool, home: Path | None) -> Plan:
    root = home or Path(os.environ.get("ProgramData" if system else "LOCALAPPDATA", str(Path.home())))
    path = root / "DanQiao" / f"{name.replace(' ', '-').lower()}-task.xml"
    trigger = "<BootTrigger><Enabled>true</Enabled></BootTrigger>" if system else (
        f"<LogonTrigger><Enabled>true</Enabled><UserId>{escape(_account())}</UserId></LogonTrigger>"
    )  # fmt: skip
    principal = (
        "<UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel>"
        if system
        else f"<UserId>{escape(_account())}</UserId><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel>"
    )
    program = _without_console(command[0]) if at_start else command[0]
    text = _TASK.format(
        trigger=trigger, principal=principal, command=escape(program),
        arguments=escape(subprocess.list2cmdline(list(command[1:]))), folder=escape(str(PureWindowsPath(command[0]).parent)),
    )  # fmt: skip
    task = ("schtasks",)
    begin: list[tuple[str, ...]] = [(*task, "/Create", "/TN", name, "/XML", str(path), "/F")]
    if at_start:
        begin.append((*task, "/Run", "/TN", name))
    return Plan(
        "schtasks", {path: text}, tuple(begin),
        ((*task, "/End", "/TN", name), (*task, "/Delete", "/TN", name, "/F")), (*task, "/Query", "/TN", name),
        "utf-16",
    )  # fmt: skip


def _without_console(program: str) -> str:
    """Python without a black window, where it lies beside."""
    return (
        program[: -len("python.exe")] + "pythonw.exe" if program.lower().endswith("\\python.exe") else program
    )


def _account() -> str:
    domain = os.environ.get("USERDOMAIN", "")
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = os.environ.get("USERNAME", "")
    return f"{domain}\\{user}" if domain else user


_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>DanQiao</Description></RegistrationInfo>
  <Triggers>{trigger}</Triggers>
  <Principals><Principal id="Author">{principal}</Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>{command}</Command><Arguments>{arguments}</Arguments><WorkingDirectory>{folder}</WorkingDirectory></Exec>
  </Actions>
</Task>
"""
