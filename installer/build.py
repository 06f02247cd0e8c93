"""Builds the program as one folder, then starts what was built: `python run.py package`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def build() -> int:
    """dist/DanQiao/. Answers PyInstaller's exit code."""
    shutil.rmtree(ROOT / "dist" / "DanQiao", ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    places = ["--distpath", str(ROOT / "dist"), "--workpath", str(ROOT / "build")]
    return subprocess.run(
        [*command, *places, str(ROOT / "installer" / "danqiao.spec")], cwd=ROOT, check=False
    ).returncode


def main() -> int:
    """Builds, tests what was built, and says where it lies."""
    if code := build():
        return code
    checked = [sys.executable, "-m", "pytest", "-m", "package", "tests/test_package.py"]
    if code := subprocess.run(checked, cwd=ROOT, check=False).returncode:
        return code
    folder = ROOT / "dist" / "DanQiao"
    size = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
    print(f"{folder}  {size / 1_000_000:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
