"""Colours that can be read, a palette and a sheet without holes, and one look for every state."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPalette
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from desktop.domain.document import DocumentState
from desktop.services.text import LANGUAGES, Text
from desktop.views.look import Look, base_font
from desktop.views.states import _SHAPES, STATES, paint_shape, state_look
from desktop.views.theme import GROUNDS, RESOURCES, TOKENS, WORDS, Theme, palette, scale, sheet

SCHEMES = ("light", "dark")


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def luminance(colour: QColor) -> float:
    """WCAG 2 relative luminance."""
    parts = [_linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF())]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast(QColor("#000000"), QColor("#FFFFFF")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("#FFFFFF")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("token", WORDS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_can_be_read_on_every_ground(scheme: str, token: str, ground: str) -> None:
    theme = Theme.named(scheme)
    assert contrast(theme[token], theme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("token", "ground"),
    [
        *((token, f"{token}_soft") for token in ("ok", "wait", "warn", "stop", "violet")),
        ("link", "accent_soft"),
        ("on_accent", "accent"),
        ("on_accent", "accent_hover"),
        *(
            (word, f"{soft}_soft")
            for word in ("text", "muted", "link")
            for soft in ("ok", "wait", "warn", "stop")
        ),
    ],
)
def test_words_can_be_read_on_their_tint(scheme: str, token: str, ground: str) -> None:
    theme = Theme.named(scheme)
    assert contrast(theme[token], theme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_edges_that_carry_meaning_can_be_seen(scheme: str) -> None:
    theme = Theme.named(scheme)
    assert contrast(theme["control"], theme["surface"]) >= 3
    assert contrast(theme["ring"], theme["surface"]) >= 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_sheet_has_no_unfilled_mark_and_no_bare_colour(scheme: str) -> None:
    source = (RESOURCES / "theme" / "theme.qss").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9A-Fa-f]{3,8}\b", source), "colours are tokens"
    filled = sheet(Theme.named(scheme), QFont("x", 10))
    assert "@" not in filled
    for file in re.findall(r'url\("([^"]+)"\)', filled):
        assert QSvgRenderer(file).isValid(), file


def test_the_sheet_grows_with_the_systems_font(qapp: QApplication) -> None:
    assert scale(QFont("x", 10)) == pytest.approx(1)
    assert scale(QFont("x", 15)) == pytest.approx(1.5)
    assert "min-height: 42px" in sheet(Theme.named("light"), QFont("x", 15))
    assert base_font(QFont("x", 7)).pointSizeF() == 10
    assert base_font(QFont("x", 12)).pointSizeF() == 12


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_palette_spells_out_what_is_painted(qapp: QApplication, scheme: str) -> None:
    made = palette(Theme.named(scheme))
    theme = Theme.named(scheme)
    assert made.color(QPalette.ColorRole.Window) == theme["window"]
    disabled = made.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert contrast(disabled, made.color(QPalette.ColorRole.Base)) >= 4.5


def test_no_colour_is_named_outside_the_table() -> None:
    for path in (RESOURCES.parent / "desktop" / "views").glob("*.py"):
        if path.name != "theme.py":
            assert not re.search(r"\"#[0-9A-Fa-f]{6}\"|QColor\(\d", path.read_text(encoding="utf-8")), (
                path.name
            )


def test_every_state_has_a_look_and_a_word() -> None:
    for name in [*(state.value for state in DocumentState), "doubt", "person"]:
        assert STATES[name].token in TOKENS and STATES[name].shape in _SHAPES
        for language in LANGUAGES:
            assert Text(language, strict=True).word("state", name) != name
    assert state_look("from the future") is STATES["person"]
    assert {name for name, seen in STATES.items() if seen.pill} == {
        "returned",
        "told",
        "held",
        "doubt",
        "person",
    }
    words = [
        (look.shape, look.token)
        for name, look in STATES.items()
        if name in ("found", "requested", "approved")
    ]
    assert len(set(words)) == 3


@pytest.mark.parametrize("shape", sorted(_SHAPES))
def test_every_shape_paints_something_of_its_own(qapp: QApplication, shape: str) -> None:
    def drawn(name: str) -> QImage:
        image = QImage(26, 26, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        paint_shape(painter, name, QRectF(0, 0, 26, 26), QColor("black"), QColor("white"))
        painter.end()
        return image

    own = drawn(shape)
    assert any(own.pixelColor(x, y).alpha() for x in range(26) for y in range(26))
    assert all(own != drawn(other) for other in _SHAPES if other != shape)


@pytest.mark.parametrize("file", sorted((RESOURCES / "icons").glob("*.svg")), ids=lambda file: file.stem)
def test_icons_take_the_colour_of_a_token(look: Look, file: object) -> None:
    name = file.stem  # type: ignore[attr-defined]
    image = look.icon_pixmap(name, "stop", 20, 2.0).toImage()
    assert image.width() == 40
    colours = {
        image.pixelColor(x, y).name()
        for x in range(40)
        for y in range(40)
        if image.pixelColor(x, y).alpha() > 250
    }
    assert look.theme["stop" if name != "app" else "on_accent"].name() in colours


def test_a_switch_of_scheme_reaches_everything(look: Look, qapp: QApplication) -> None:
    before = look.icon_pixmap("search", "text", 16, 1.0).toImage()
    told: list[str] = []
    look.changed.connect(lambda: told.append(look.theme.name))
    look.set_scheme("dark")
    look.set_scheme("dark")
    assert told == ["dark"]
    assert qapp.palette().color(QPalette.ColorRole.Window) == look.theme["window"]
    assert look.theme["surface"].name() in qapp.styleSheet()
    assert look.icon_pixmap("search", "text", 16, 1.0).toImage() != before


def test_figures_are_of_one_width(look: Look) -> None:
    assert look.font().isFeatureSet(QFont.Tag("tnum"))
    metrics = look.metrics()
    assert len({metrics.horizontalAdvance(figure * 10) for figure in "0123456789"}) == 1
