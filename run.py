#!/usr/bin/env python3
"""One command for everything. Standard library only: makes .venv, installs what is missing, passes the rest on.

python run.py              the window            python run.py test         checks and tests
python run.py --demo       the demo              python run.py bench        the benchmark
python run.py --help       all doors of main.py  python run.py screenshots  the pictures of the README
                                                 python run.py browser      sign-on, clicked in a real Chromium
                                                 python run.py package      one folder for customers, started
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
DEVELOPING = {"test", "bench", "screenshots", "browser", "package"}
QT_LIBRARIES = (
    "libGL.so.1",
    "libEGL.so.1",
    "libglib-2.0.so.0",
    "libdbus-1.so.3",
    "libfontconfig.so.1",
    "libxkbcommon.so.0",
)
QT_PACKAGES = ["libgl1", "libegl1", "libglib2.0-0", "libdbus-1-3", "libfontconfig1", "libxkbcommon0"]
X11_LIBRARIES = (
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-image.so.0",
    "libxcb-keysyms.so.1",
    "libxcb-render-util.so.0",
    "libxkbcommon-x11.so.0",
)
X11_PACKAGES = [
    "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-render-util0", "libxkbcommon-x11-0"
]  # fmt: skip
"""What Qt needs besides to open a window on an X screen; without them it ends the process."""
FONT_PACKAGE = "fonts-noto-cjk"


def say(text: str) -> None:
    """Progress goes to stderr: stdout belongs to the command."""
    print(text, file=sys.stderr, flush=True)


def install_debian(packages: list[str], why: str) -> bool:
    """Installs Debian packages when it may; otherwise prints the exact line. True = installed."""
    line = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    may = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    if not may:
        say(
            f"{why} Please run:  sudo sh -c '{line}'"
            if shutil.which("apt-get")
            else f"{why} Please install: {' '.join(packages)}"
        )
        return False
    say(f"{why} Installing {' '.join(packages)} ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = subprocess.DEVNULL
    subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=quiet, env=environment)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return subprocess.run(command, check=False, stdout=quiet, env=environment).returncode == 0


def missing(libraries: tuple[str, ...]) -> bool:
    """True where one of them cannot be loaded on this Linux."""
    for name in libraries:
        try:
            ctypes.CDLL(name)
        except OSError:
            return True
    return False


def has_chinese_font() -> bool:
    """True where some font can show Chinese; without one the window shows empty boxes and no error."""
    if not shutil.which("fc-list"):
        return False
    found = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


def prepare_linux(developing: bool) -> None:
    """System libraries for Qt, and a Chinese font, where the command shows or tests windows."""
    if not sys.platform.startswith("linux"):
        return
    shows = developing or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if shows and missing(QT_LIBRARIES):
        packages = list(QT_PACKAGES)
        if not install_debian(packages, "Qt needs system libraries."):
            install_debian(
                ["libglib2.0-0t64" if name == "libglib2.0-0" else name for name in packages],
                "Trying newer names.",
            )
    if os.environ.get("DISPLAY") and missing(X11_LIBRARIES):
        install_debian(X11_PACKAGES, "Windows on an X screen need system libraries.")
    if shows and not has_chinese_font():
        install_debian([FONT_PACKAGE, "fontconfig"], "No Chinese font found.")


def make_venv() -> None:
    """The virtual environment; Debian ships the module in a package of its own."""
    if PYTHON.exists():
        return
    say("Creating .venv ...")
    command = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(command, check=False, capture_output=True).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not install_debian([version], "Python's venv module is missing."):
        sys.exit(1)
    subprocess.run(command, check=True)


def install_requirements(developing: bool) -> None:
    """Installs the pinned requirements when they or Python changed. The stamp is written last."""
    name = "requirements-dev.txt" if developing else "requirements.txt"
    text = "".join((HERE / file).read_text("utf-8") for file in ("requirements.txt", name))
    wanted = hashlib.sha256(f"{sys.version}{text}".encode()).hexdigest()
    stamp = VENV / f"installed-{name}"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    say(f"Installing {name} (once; a minute or two) ...")
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        str(HERE / name),
    ]
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode != 0:
        say(
            "The requirements could not be installed: see the lines above; check the network, then run the command again."
        )
        sys.exit(1)
    stamp.write_text(wanted, "utf-8")


def run(*command: str, **environment: str) -> int:
    """Runs a command with the environment's Python, in this folder."""
    return subprocess.run(
        [str(PYTHON), *command], cwd=HERE, check=False, env={**os.environ, **environment}
    ).returncode


def in_memory() -> dict[str, str]:
    """Temporary files of the tests in memory, where there is room: every transaction of ours waits for the disk, and that
    is half of a test's time."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30
    return {"TMPDIR": str(memory)} if roomy else {}


def test(arguments: list[str]) -> int:
    """Format, lint, types, tests. With arguments: pytest alone, with them."""
    if arguments:
        return run("-m", "pytest", *arguments, **in_memory())
    for check in (("-m", "ruff", "format", "--check", "."), ("-m", "ruff", "check", "."), ("-m", "mypy")):
        if code := run(*check):
            return code
    # Three processes on two cores: tests wait for servers and windows. A file's tests share servers: they stay together.
    code = run("-m", "pytest", "-n", "3", "--dist", "loadfile", **in_memory())
    if code == 1:  # windows under load may miss a moment: what failed is run once more by itself, and said so
        say("Some tests failed; running those once more, alone ...")
        code = run("-m", "pytest", "--last-failed", "--last-failed-no-failures", "none", **in_memory())
    return code


def browser(arguments: list[str]) -> int:
    """The tests that click through a real Chromium; it and its driver are Debian packages."""
    if not shutil.which("chromedriver") and not install_debian(
        ["chromium", "chromium-driver"], "No Chromium found."
    ):
        return 1
    return run("-m", "pytest", "-m", "browser", "tests/browser", *arguments)


def main() -> int:
    """Prepares, then passes on."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- this very file is what an older Python starts
        say("DanQiao needs Python 3.11 or later.  单桥需要 Python 3.11 或更高版本。")
        return 1
    command, *rest = sys.argv[1:] or [""]
    developing = command in DEVELOPING
    make_venv()
    install_requirements(developing)
    prepare_linux(developing)
    try:
        if command == "test":
            return test(rest)
        if command == "browser":
            return browser(rest)
        if command == "bench":
            return run("-m", "tests.bench", *rest)
        if command == "package":
            return run("-m", "installer.build", *rest)
        if command == "screenshots":
            return run("-m", "tests.screenshots", *rest)
        code = subprocess.run([str(PYTHON), str(HERE / "main.py"), *sys.argv[1:]], check=False).returncode
        if command in ("-h", "--help"):  # main.py does not know what only this file offers
            print("", *(__doc__ or "").splitlines()[2:], sep="\n")
        return code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
