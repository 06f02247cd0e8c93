"""What every widget needs to look and speak right: theme, fonts, icons, shapes and words. Handed down, never global."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from desktop.services.text import Text
from desktop.views.states import SHAPE_SIDE, paint_shape, tabular
from desktop.views.theme import LEAST_POINTS, RESOURCES, SCALES, Theme, palette, scale, sheet

FAMILIES = (
    "Microsoft YaHei UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
"""Chinese first: the first family that this machine has carries Latin letters too, so that lines sit level."""
FIXED = ("Cascadia Mono", "Consolas", "Menlo", "DejaVu Sans Mono", "Noto Sans Mono CJK SC")


class Look(QObject):
    """Theme, language and fonts now in force. GUI thread only.

    changed: the theme changed; everything painted or coloured by us repaints.
    spoken:  the language changed; the window builds its pages anew.
    """

    changed = Signal()
    spoken = Signal()

    def __init__(self, app: QApplication, text: Text, scheme: str = "light") -> None:
        super().__init__(app)
        self._app = app
        self.text = text
        self.base = base_font(app.font())
        self.theme = Theme.named(scheme)
        self._fonts: dict[tuple[str, bool], QFont] = {}
        self._pixmaps: dict[tuple[object, ...], QPixmap] = {}
        self._sources: dict[str, bytes] = {}
        app.setFont(self.base)
        self._dress()

    def set_scheme(self, name: str) -> None:
        """Switches to "light" or "dark" at once."""
        if name != self.theme.name:
            self.theme = Theme.named(name)
            self._pixmaps.clear()
            self._dress()
            self.changed.emit()

    def set_language(self, language: str) -> None:
        """Switches to "zh" or "en" at once."""
        if language != self.text.language:
            self.text = Text(language)
            self.spoken.emit()

    def _dress(self) -> None:
        self._app.setPalette(palette(self.theme))
        self._app.setStyleSheet(sheet(self.theme, self.base))
        dark = self.theme.name == "dark"
        QGuiApplication.styleHints().setColorScheme(  # the system's own frame follows where it can
            Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light
        )

    def px(self, drawn: float) -> int:
        """A measure of the design at this base font's size."""
        return round(drawn * scale(self.base))

    def font(self, role: str = "body", *, strong: bool = False) -> QFont:
        """The font of a role of theme.SCALES, with tabular figures. Shared: do not change it."""
        key = (role, strong)
        if key not in self._fonts:
            font = QFont(self.base)
            if role == "code":
                font.setFamilies([*FIXED, *FAMILIES])
            font.setPointSizeF(self.base.pointSizeF() * SCALES[role])
            font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
            self._fonts[key] = tabular(font)
        return self._fonts[key]

    def metrics(self, role: str = "body", *, strong: bool = False) -> QFontMetrics:
        """The metrics of the very font that paints."""
        return QFontMetrics(self.font(role, strong=strong))

    def icon(self, name: str, token: str = "muted", drawn: int = 16) -> QIcon:
        """An icon of resources/icons in the colour of a token, sharp on every screen of this machine."""
        made = QIcon()
        sharpness = self._app.devicePixelRatio()
        made.addPixmap(self.icon_pixmap(name, token, drawn, sharpness))
        made.addPixmap(self.icon_pixmap(name, "faint", drawn, sharpness), QIcon.Mode.Disabled)
        return made

    def icon_pixmap(self, name: str, token: str, drawn: int, sharpness: float) -> QPixmap:
        """The same as a pixmap; sharpness: device pixels per logical pixel of the widget that shows it."""
        key = ("icon", name, token, drawn, sharpness)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._render(name, token, drawn, sharpness)
        return self._pixmaps[key]

    def shape_pixmap(self, shape: str, token: str, on: str, sharpness: float) -> QPixmap:
        """A state's shape, 13 px at the drawn size, with its inner mark in the token `on`."""
        key = ("shape", shape, token, on, sharpness)
        if key not in self._pixmaps:
            pixmap = _blank(self.px(SHAPE_SIDE), sharpness)
            painter = QPainter(pixmap)
            side = self.px(SHAPE_SIDE)
            paint_shape(painter, shape, QRectF(0, 0, side, side), self.theme[token], self.theme[on])
            painter.end()
            self._pixmaps[key] = pixmap
        return self._pixmaps[key]

    def _render(self, name: str, token: str, drawn: int, sharpness: float) -> QPixmap:
        from PySide6.QtSvg import QSvgRenderer

        if name not in self._sources:
            self._sources[name] = (RESOURCES / "icons" / f"{name}.svg").read_bytes()
        coloured = self._sources[name].replace(b"currentColor", self.theme[token].name().encode())
        pixmap = _blank(self.px(drawn), sharpness)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(coloured)).render(painter, QRectF(0, 0, self.px(drawn), self.px(drawn)))
        painter.end()
        return pixmap


def _blank(side: int, sharpness: float) -> QPixmap:
    pixmap = QPixmap(QSize(round(side * sharpness), round(side * sharpness)))
    pixmap.setDevicePixelRatio(sharpness)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def base_font(system: QFont) -> QFont:
    """The system's size, at least 10 pt, in the first Chinese family present, then in the system's own."""
    font = QFont(system)
    present = [family for family in FAMILIES if QFontDatabase.hasFamily(family)]
    font.setFamilies([*present, *system.families()])
    size = system.pointSizeF()
    font.setPointSizeF(max(LEAST_POINTS, size if size > 0 else LEAST_POINTS))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return tabular(font)
