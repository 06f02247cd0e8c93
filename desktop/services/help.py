"""The help of each page, offline, in both languages: resources/help/<page>.<language>.md."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "help"


def help_text(page_id: str, language: str) -> str:
    """A page's help as Markdown; "" where there is none. Small files beside the program."""
    path = FOLDER / f"{page_id}.{language}.md"
    return path.read_text("utf-8") if path.exists() else ""
