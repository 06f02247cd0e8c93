"""What the window remembers: language, scheme, size, columns. It lives in the catalog, as one preference.

A copy lies beside the store, so that the first paint knows the language and the size before the store is open; where
the two differ, the catalog is right.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the store is imported after the first paint
    from desktop.store.catalog import Catalog

NAME = "window"
COPY = "window.json"


class WindowPreferences:
    """get() is instant, put() writes. Safe for several threads; two windows on one store keep each other's values."""

    def __init__(self, folder: Path | None) -> None:
        self._copy = folder / COPY if folder is not None else None
        self._values = _read(self._copy)
        self._unsaved: set[str] = set()
        self._this_time: dict[str, str] = {}
        self._catalog: Catalog | None = None
        self._held = False
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """The value kept under a key, or None."""
        return self._this_time.get(key) or self._values.get(key)

    def use(self, key: str, value: str) -> None:
        """A value of the command line: in force until the person chooses another, and not kept."""
        self._this_time[key] = value

    def put(self, key: str, value: str) -> None:
        """Keeps a value: in the catalog where it is open, else when it opens."""
        with self._lock:
            self._this_time.pop(key, None)
            self._values[key] = value
            self._unsaved.add(key)
        if not self._held:
            self.save()

    def hold(self) -> None:
        """From now on put() only notes: the window closes, and whoever closes the store saves."""
        self._held = True

    def attach(self, catalog: Catalog) -> None:
        """The store is open: its values go before the copy's, those put meanwhile before its."""
        kept = catalog.preference(NAME, {})
        with self._lock:
            fresh = {key: self._values[key] for key in self._unsaved}
            self._values = {**kept, **fresh} if kept else self._values
            self._unsaved = set(self._values) - set(kept) | self._unsaved
            self._catalog = catalog
        self.save()

    def save(self) -> None:
        """Writes what is not written yet."""
        with self._lock:
            if self._catalog is None or not self._unsaved:
                return
            fresh = {key: self._values[key] for key in self._unsaved}
            told = {**self._catalog.preference(NAME, {}), **fresh}
            self._catalog.set_preference(NAME, told)
            self._unsaved.clear()
            self._write_copy(told)

    def _write_copy(self, told: dict[str, str]) -> None:
        """A copy that cannot be written costs the first paint its size, nothing else."""
        if self._copy is None:
            return
        with contextlib.suppress(OSError):
            fresh = self._copy.with_suffix(".new")
            fresh.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
            os.replace(fresh, self._copy)  # noqa: PTH105


def _read(copy: Path | None) -> dict[str, str]:
    if copy is None:
        return {}
    try:
        told = json.loads(copy.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}
