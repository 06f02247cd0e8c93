"""The program's own log: a few files in the data folder, the oldest goes. Warnings and worse; never a value of a bill."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

FOLDER, MOST_BYTES, FILES = "logs", 1_000_000, 4


def keep_log(folder: Path, name: str) -> RotatingFileHandler | None:
    """From now on warnings go into `folder`/logs/<name>.log as well. None where it cannot be written: nobody is stopped.

    name: "engine" for a service, "window" for a window, so that two processes never turn the same file."""
    try:
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / FOLDER / f"{name}.log",
            maxBytes=MOST_BYTES,
            backupCount=FILES,
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    return handler
