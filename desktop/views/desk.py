"""What the window and its pages hand each other: plain values and protocols, light to import before the first paint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from desktop.views.bridge import Bridge
    from desktop.views.look import Look
    from desktop.views.page import Page


class Preferences(Protocol):
    """What the window remembers. get() must be instant; put() may be slow and is called on a pool thread."""

    def get(self, key: str) -> str | None:
        """The value kept under a key, or None."""
        ...

    def put(self, key: str, value: str) -> None:
        """Keeps a value."""
        ...


class Desk(NamedTuple):
    """What a page is given.

    house: what the services hang on (the workspace).  go: opens a page with facts for its `arrive`.
    remember: keeps a preference, from the GUI thread, without waiting.
    """

    look: Look
    bridge: Bridge
    house: Any
    preferences: Preferences
    go: Callable[[str, Mapping[str, Any]], None]
    remember: Callable[[str, str], None]


class PageSpec(NamedTuple):
    """A page as the sidebar knows it; `make` imports and builds it when it is first shown.

    title: key of its name.  icon: a file of resources/icons.  group: key of the sidebar's heading.
    needs: a right (services/rights.py) without which the page is absent; "" = none.
    """

    id: str
    title: str
    icon: str
    make: Callable[[Desk], Page]
    group: str = "nav-work"
    needs: str = ""


class Command(NamedTuple):
    """Something the palette and the menus can do: key of its words, the act, and its shortcut as Qt writes it."""

    words: str
    act: Callable[[], object]
    shortcut: str = ""
    icon: str = ""


class Hit(NamedTuple):
    """A bill that the palette's provider found."""

    title: str
    second: str
    open: Callable[[], object]
