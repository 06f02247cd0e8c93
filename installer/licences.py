"""Writes resources/licences.txt: every library that the program is made of, its version, licence and licence text.

python -m installer.licences        after a change of requirements.txt; tests/test_licences.py says when that is due.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "resources" / "licences.txt"
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_FILES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS")
KNOWN = {"peewee": "MIT"}
"""Licences that a package's own data leaves out."""
MOST = 14_000
"""Characters of one library's texts; the longest are bundles of other people's notices."""


def wanted() -> list[str]:
    """Names in requirements.txt and all that they need on this system, in order."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    todo = [found[0] for line in lines if (found := _NAME.match(line))]
    done: dict[str, None] = {}
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in done:
            continue
        try:
            found_one = distribution(name)
        except PackageNotFoundError:
            continue  # for another system only
        done[name] = None
        for line in found_one.requires or ():
            if "extra ==" not in line and (match := _NAME.match(line)):
                todo.append(match[0])
    return sorted(done)


def licence_of(found: Distribution) -> str:
    """Its short name: the expression, the old field where it is short, or the classifiers."""
    told = found.metadata.get("License-Expression") or ""
    old = (found.metadata.get("License") or "").strip()
    if not told and old and "\n" not in old and len(old) < 60:
        told = old
    kinds = [
        each.rpartition(" :: ")[2]
        for each in found.metadata.get_all("Classifier") or ()
        if each.startswith("License")
    ]
    return told or ", ".join(kinds) or KNOWN.get(found.metadata["Name"].lower(), "?")


def texts(found: Distribution) -> Iterator[str]:
    """Its licence files."""
    for file in found.files or ():
        inside = ".dist-info" in str(file)
        if inside and file.name.upper().startswith(_FILES) and not file.name.endswith((".py", ".pyc")):
            path = Path(str(file.locate()))
            if path.is_file():
                yield path.read_text("utf-8", "replace").strip()


def told(name: str) -> str:
    """One library's part."""
    found = distribution(name)
    head = f"{found.metadata['Name']} {found.version}    {licence_of(found)}"
    whole = "\n\n".join(dict.fromkeys(texts(found)))
    cut = whole if len(whole) <= MOST else whole[:MOST] + "\n[...]"
    return f"{'=' * 100}\n{head}\n{'=' * 100}\n\n{cut or '(no licence file in the package)'}\n"


def main() -> int:
    """Writes the file; 1 where a library tells no licence."""
    names = wanted()
    unknown = [name for name in names if licence_of(distribution(name)) == "?"]
    icons = (ROOT / "resources" / "icons" / "LICENSE").read_text("utf-8").strip()
    python = "Python, PSF-2.0: https://docs.python.org/3/license.html\nQt, LGPL-3.0: as separate libraries beside the program; "
    python += "they may be replaced by others of the same interface. Sources: https://download.qt.io/official_releases/qt/"
    parts = [python, *(told(name) for name in names), f"{'=' * 100}\nIcons\n{'=' * 100}\n\n{icons}\n"]
    FILE.write_text("\n\n".join(parts), "utf-8")
    print(f"{FILE}: {len(names)} libraries", *unknown)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
