"""Qt. The only folder that imports PySide6 (beside doors/)."""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401

# PySide6 wraps every import, and reads the source of each module that comes after it, in search of a line `from __feature__`.
# We have none: without that the window's own modules cost 21 MB and a third of their time less.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
