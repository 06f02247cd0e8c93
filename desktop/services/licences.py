"""The licences of everything that the program is made of, for the page that shows them. Offline; read from what is shipped."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "resources" / "licences.txt"


def licences() -> str:
    """The whole text, as installer/licences.py wrote it."""
    return FILE.read_text("utf-8")
