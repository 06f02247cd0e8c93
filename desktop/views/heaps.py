"""How this process keeps its memory. Not for anything that a person sees."""

from __future__ import annotations

import sys

HEAPS, LARGE = 2, 1024 * 1024
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""mallopt(3)'s names, as <malloc.h> numbers them."""


def few_heaps() -> bool:
    """Call before the first thread begins. False where the C library is not glibc (Windows, macOS, musl): nothing is needed there.

    glibc gives each thread a heap of its own, and what one has freed is of no use to the others: 22 MB, with the engine's
    threads. Python runs one thread at a time, so that two are enough. And the first list of a million ids that goes makes it
    keep all later ones in those heaps, among rows that stay, where they leave holes: 14 MB. What is large comes and goes by
    itself instead.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(tell(_ARENA_MAX, HEAPS) and tell(_MMAP_THRESHOLD, LARGE))
