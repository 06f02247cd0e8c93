"""Colours and measures: one token table for light and dark, and what Qt needs of it (a QPalette and one style sheet).

Nothing else in views/ names a colour. Ratios are proved in tests/views/test_theme.py (WCAG 2, at least 4.5 : 1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtGui import QColor, QFont, QPalette

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
LIGHT, DARK = "light", "dark"

TOKENS: dict[str, tuple[str, str]] = {
    # grounds
    "window": ("#F3F4F6", "#14171C"),
    "surface": ("#FFFFFF", "#1A1E24"),
    "raised": ("#FFFFFF", "#232830"),
    "sunken": ("#F8F9FB", "#1E2229"),
    "hover": ("#EEF0F3", "#262B34"),
    "select": ("#EAF0FE", "#212E4B"),
    # edges
    "line": ("#E5E8EC", "#2C323B"),
    "line_strong": ("#C3C9D2", "#48505D"),
    "control": ("#868F9D", "#727B8A"),
    "scroll": ("#C5CAD2", "#454C58"),
    # words
    "text": ("#1A202A", "#E4E7EC"),
    "muted": ("#59626F", "#A3ABB8"),
    "faint": ("#646D7B", "#8E97A5"),
    "link": ("#2553CC", "#8DB1FF"),
    # the one accent
    "accent": ("#2757D6", "#3A69DB"),
    "accent_hover": ("#1F48B5", "#3260CE"),
    "accent_mid": ("#B9CBF5", "#34497A"),
    "accent_soft": ("#EAF0FE", "#212E4B"),
    "on_accent": ("#FFFFFF", "#FFFFFF"),
    "ring": ("#2757D6", "#8DB1FF"),
    # what a state is worth
    "ok": ("#146C43", "#66C391"),
    "ok_soft": ("#E5F3EB", "#1B3127"),
    "wait": ("#1D6788", "#70B9D8"),
    "wait_soft": ("#E4F0F6", "#1A2F3B"),
    "warn": ("#875000", "#E0AD5E"),
    "warn_soft": ("#FCF0DA", "#362A17"),
    "stop": ("#B3261E", "#F2918A"),
    "stop_soft": ("#FCEAE8", "#40221F"),
    "violet": ("#6941B8", "#B9A0F4"),
    "violet_soft": ("#F0EBFB", "#2C2543"),
}
GROUNDS = ("surface", "window", "sunken", "raised", "hover", "select")
WORDS = ("text", "muted", "faint", "link", "ok", "wait", "warn", "stop", "violet")
ENVIRONMENTS = {"production": "", "test": "warn", "demo": "violet"}
"""The token of an environment's colour; production is neutral."""

SCALES = {
    "sentence": 1.85,
    "number": 1.5,
    "title": 1.45,
    "panel": 1.2,
    "section": 1.1,
    "body": 1.0,
    "second": 0.93,
    "caption": 0.87,
    "hint": 0.8,
    "code": 0.86,
}
"""Type sizes, times the base."""

LEAST_POINTS = 10.0
_BASE_PX = 40 / 3  # the measures of the design were drawn at 10 pt = 13.33 px
_MARK = re.compile(r"@([a-z_]+)(?:\((\d+)\))?")


class Theme:
    """One scheme: every token as a colour."""

    __slots__ = ("colours", "name")

    def __init__(self, name: str, colours: Mapping[str, QColor]) -> None:
        self.name, self.colours = name, colours

    @classmethod
    def named(cls, name: str) -> Theme:
        """The light or the dark scheme; any other name reads as light."""
        side = 1 if name == DARK else 0
        return cls((LIGHT, DARK)[side], {token: QColor(colours[side]) for token, colours in TOKENS.items()})

    def __getitem__(self, token: str) -> QColor:
        return self.colours[token]

    def soft(self, token: str) -> QColor:
        """The ground of a pill in this colour; tokens without one sit on `hover`."""
        return self.colours.get(f"{token}_soft", self.colours["hover"])


def palette(theme: Theme) -> QPalette:
    """Every role that Fusion and our sheet read, spelled out: nothing is left to the system's guess."""
    roles = {
        QPalette.ColorRole.Window: "window",
        QPalette.ColorRole.Base: "surface",
        QPalette.ColorRole.AlternateBase: "sunken",
        QPalette.ColorRole.Button: "surface",
        QPalette.ColorRole.ToolTipBase: "raised",
        QPalette.ColorRole.Highlight: "select",
        QPalette.ColorRole.Accent: "accent",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.BrightText: "stop",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.HighlightedText: "text",
        QPalette.ColorRole.PlaceholderText: "faint",
        QPalette.ColorRole.Link: "link",
        QPalette.ColorRole.LinkVisited: "link",
        QPalette.ColorRole.Light: "surface",
        QPalette.ColorRole.Midlight: "line",
        QPalette.ColorRole.Mid: "line_strong",
        QPalette.ColorRole.Dark: "control",
        QPalette.ColorRole.Shadow: "line_strong",
    }
    made = QPalette()
    for role, token in roles.items():
        made.setColor(role, theme[token])
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, theme["faint"])
    return made


def scale(base: QFont) -> float:
    """How much larger than the drawn 10 pt this base font is."""
    pixels = base.pixelSize() if base.pixelSize() > 0 else base.pointSizeF() * 96 / 72
    return max(1.0, pixels / _BASE_PX)


def sheet(theme: Theme, base: QFont) -> str:
    """The one style sheet: resources/theme/theme.qss with its marks filled in.

    Marks: @token a colour; @px(n) a measure at the base font's size; @type_name a font size; @folder the theme folder.
    """
    factor = scale(base)
    points = base.pointSizeF() if base.pointSizeF() > 0 else LEAST_POINTS * factor

    def filled(mark: re.Match[str]) -> str:
        name, size = mark.groups()
        if name == "px":
            return f"{round(int(size) * factor)}px"
        if name.startswith("type_"):
            return f"{points * SCALES[name[5:]]:.2f}pt"
        if name == "folder":
            return (RESOURCES / "theme").as_posix()
        return theme.name if name == "scheme" else theme[name].name()

    return _MARK.sub(filled, (RESOURCES / "theme" / "theme.qss").read_text(encoding="utf-8"))
