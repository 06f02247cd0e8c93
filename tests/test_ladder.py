"""The ladder of imports (docs/architecture.md, section 2): every import in the tree, function bodies included."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from desktop.connectors.registry import VENDORS

ROOT = Path(__file__).resolve().parents[1]
FOREIGN = {
    "PySide6", "requests", "peewee", "playhouse", "apscheduler", "keyring", "flask", "cheroot", "cryptography", "lark",
    "fluent", "tomlkit", "filelock", "platformdirs", "jinja2", "werkzeug", "urllib3",
    "openpyxl", "argon2", "websocket",
}  # fmt: skip

ALLOWED: dict[str, set[str]] = {
    "desktop/domain": {"desktop.domain"},
    "desktop/store": {"desktop.domain", "desktop.store", "peewee", "filelock"},
    "desktop/connectors": {"desktop.domain", "desktop.connectors.base", "desktop.connectors.http", "desktop.connectors.stream", "desktop.connectors.reach", "desktop.connectors.handed", "desktop.connectors.tokens", "desktop.connectors.webhook", "cryptography"},
    "desktop/sync": {"desktop.domain", "desktop.connectors.base", "desktop.store", "desktop.sync", "apscheduler", "lark"},
    "desktop/services": {
        "desktop.domain", "desktop.sync", "desktop.store", "desktop.connectors.registry", "desktop.connectors.base",
        "desktop.services", "fluent", "tomlkit", "openpyxl", "argon2",
    },
    "desktop/views": {"desktop.domain", "desktop.services", "desktop.views", "PySide6"},
    "desktop/gateway": {"desktop.domain", "desktop.services", "desktop.gateway", "flask", "cheroot", "werkzeug"},
    "desktop/sandbox": {"desktop.domain", "desktop.sandbox", "flask", "cheroot", "jinja2", "werkzeug", "cryptography"},
    "desktop/doors": {
        "desktop.domain", "desktop.services", "desktop.store", "desktop.connectors.registry", "desktop.sandbox",
        "desktop.views", "desktop.gateway", "desktop.doors", "platformdirs", "PySide6",
    },
}  # fmt: skip
EXTRA: dict[str, set[str]] = {
    "desktop/connectors/http.py": {"requests", "urllib3"},
    "desktop/connectors/stream.py": {"websocket"},
    "desktop/connectors/registry.py": {"desktop.connectors"},
    "desktop/store/vault.py": {"keyring"},
    "desktop/store/company_flows.py": {"tomlkit"},
}


def imports_of(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def offences(path: Path) -> list[str]:
    """Imports of a file that its room may not have."""
    place = path.relative_to(ROOT).as_posix()
    room = "/".join(place.split("/")[:2])
    allowed = ALLOWED[room] | EXTRA.get(place, set())
    if room == "desktop/connectors" and place.count("/") > 2:
        allowed = allowed | {
            ".".join(place.split("/")[:3])
        }  # a vendor may import its own folder, never another's
    bad = []
    for name in imports_of(path):
        top = name.split(".")[0]
        ours = name == "desktop" or name.startswith("desktop.")
        if not ours and top not in FOREIGN:
            continue
        if name in ("desktop.VERSION", "desktop"):
            continue
        if not any(name == each or name.startswith(f"{each}.") for each in allowed):
            bad.append(name)
    return bad


FILES = sorted(path for path in (ROOT / "desktop").rglob("*.py") if len(path.relative_to(ROOT).parts) > 2)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_imports_upward(path: Path) -> None:
    assert offences(path) == []


def test_the_ladder_bites(tmp_path: Path) -> None:
    """The check itself: a rung taken upward inside a function is seen."""
    file = tmp_path / "bad.py"
    file.write_text("def f():\n    from desktop.views import app\n    import requests\n")
    assert imports_of(file) == {"desktop.views.app", "requests"}


def test_every_room_is_on_the_ladder() -> None:
    rooms = {
        path.name for path in (ROOT / "desktop").iterdir() if path.is_dir() and path.name != "__pycache__"
    }
    assert rooms == {room.split("/")[1] for room in ALLOWED}


def test_main_and_run_stay_thin() -> None:
    assert imports_of(ROOT / "main.py") <= {
        "__future__.annotations",
        "sys",
        "desktop.doors.command_line.main",
    }
    assert not any(name.split(".")[0] in FOREIGN | {"desktop"} for name in imports_of(ROOT / "run.py"))


NAMES = re.compile(
    "|".join(
        (
            "kingdee",
            r"k/3\b",
            r"e-?cology",
            "weaver",
            "ding ?talk",
            "k3cloud",
            "k3wise",
            "f_dq",
            "钉钉",
            "泛微",
            "金蝶",
        )
    ),
    re.IGNORECASE,
)
"""What vendors and their products are called, and the custom fields of the sandbox's own site."""
WORDLESS = ("domain", "store", "sync", "services", "views")


@pytest.mark.parametrize("room", WORDLESS)
def test_no_vendors_word_outside_its_own_folder(room: str) -> None:
    names = re.compile("|".join((NAMES.pattern, *(rf"\b{each}\b" for each in VENDORS))), re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number}: {line.strip()}"
        for path in sorted((ROOT / "desktop" / room).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if names.search(line)
    ]
    assert found == []


def test_the_search_for_vendors_words_bites() -> None:
    assert NAMES.search("# K/3 Cloud says A") and NAMES.search("钉钉审批")
    assert not NAMES.search("otherwise, likewise, weave")
