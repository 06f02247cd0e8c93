"""The sidebar: brand, pages with what waits there, the way to anything (Ctrl+K) and who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.views.desk import PageSpec
from desktop.views.look import Look
from desktop.views.paint_guard import guarded_paint
from desktop.views.widgets import Button, Words, as_tip, badge_size, paint_badge

WIDTH = 208


class NavButton(QAbstractButton):
    """One line of the sidebar: icon, word, and a badge or a dot."""

    def __init__(self, look: Look, words: str, icon: str, *, checkable: bool = True) -> None:
        super().__init__()
        self._look, self._icon, self._hover = look, icon, False
        self._count, self._tone, self._news, self._key = 0, "stop", False, ""
        self.setText(words)
        self.setAccessibleName(words)
        self.setCheckable(checkable)
        self.setAutoExclusive(checkable)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(max(look.px(32), look.metrics().height() + 8))
        look.changed.connect(self.update)

    def show_badge(self, count: int, tone: str) -> None:
        """The count of what waits there; 0 = none."""
        self._count, self._tone = count, tone
        self.setAccessibleName(f"{self.text()} {count}" if count else self.text())
        self.update()

    def show_news(self, on: bool) -> None:
        """A dot for something new."""
        self._news = on
        self.update()

    def show_key(self, key: str) -> None:
        """A key at the right, framed."""
        self._key = key
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._look.px(WIDTH - 24), self.height())

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        self._hover = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._hover = False
        self.update()

    @guarded_paint
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        look, theme, painter = self._look, self._look.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box, on = QRectF(self.rect()), self.isChecked()
        painter.setPen(QPen(theme["ring"], 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        if on or self._hover or self.hasFocus():
            painter.setBrush(theme["accent_soft" if on else "hover" if self._hover else "window"])
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1) if self.hasFocus() else box, 6, 6)
        side = look.px(16)
        icon = look.icon_pixmap(self._icon, "link" if on else "muted", 16, self.devicePixelRatioF())
        painter.drawPixmap(look.px(10), (self.height() - side) // 2, icon)
        quiet = not self.isCheckable()
        painter.setFont(look.font("second" if quiet else "body", strong=on))
        painter.setPen(theme["muted" if quiet else "text"])
        words = box.adjusted(look.px(38), 0, -look.px(8), 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, self.text())
        self._paint_right(painter, box)

    def _paint_right(self, painter: QPainter, box: QRectF) -> None:
        look = self._look
        right = box.right() - look.px(8)
        if self._count:
            words = str(self._count) if self._count < 1000 else "999+"
            size = badge_size(look, words)
            at = QRectF(right - size.width(), (box.height() - size.height()) / 2, size.width(), size.height())
            paint_badge(painter, look, at, words, self._tone)
        elif self._news:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.theme["link"])
            side = look.px(6)
            painter.drawEllipse(QRectF(right - side - 4, (box.height() - side) / 2, side, side))
        elif self._key:
            paint_key(
                painter, look, QRectF(box.left(), box.top(), right - box.left(), box.height()), self._key
            )


def paint_key(painter: QPainter, look: Look, box: QRectF, key: str) -> None:
    """A key hint, framed, at the right of a box."""
    metrics = look.metrics("hint")
    width, height = metrics.horizontalAdvance(key) + look.px(8), metrics.height()
    frame = QRectF(box.right() - width, box.center().y() - height / 2, width, height)
    painter.setPen(look.theme["line_strong"])
    painter.setBrush(look.theme["surface"])
    painter.drawRoundedRect(frame, 4, 4)
    painter.setFont(look.font("hint"))
    painter.setPen(look.theme["muted"])
    painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, key)


class Sidebar(QFrame):
    """The pages that are registered, in their groups.

    asked:  a page was chosen: its id.
    scoped: another company was chosen: its id, "" = all.
    """

    asked = Signal(str)
    scoped = Signal(str)

    def __init__(self, look: Look, pages: Sequence[PageSpec], find: Callable[[], object]) -> None:
        super().__init__()
        self._look = look
        self.setObjectName("sidebar")
        self.setFixedWidth(look.px(WIDTH))
        self.buttons: dict[str, NavButton] = {}
        self._headings: dict[str, Words] = {}
        self._groups: dict[str, str] = {}
        self.companies: QComboBox | None = None
        self.more = Button(look, look.text.say("menu-more"), role="icon", icon="more")
        self._person, self._role = Words(), Words(role="second")
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(12), look.px(12), look.px(12), look.px(8))
        column.setSpacing(look.px(2))
        column.addLayout(self._brand())
        column.addSpacing(look.px(8))
        self._column = column
        self._add_pages(column, pages)
        column.addStretch(1)
        self.finder = NavButton(look, look.text.say("palette-open"), "search", checkable=False)
        self.finder.show_key("Ctrl K")
        self.finder.clicked.connect(lambda: find())
        column.addWidget(self.finder)
        column.addLayout(self._foot())

    def _brand(self) -> QHBoxLayout:
        look, row, sign = self._look, QHBoxLayout(), QLabel()
        sign.setPixmap(look.icon_pixmap("app", "accent", 26, self.devicePixelRatioF()))
        row.setContentsMargins(look.px(4), 0, 0, 0)
        row.setSpacing(look.px(8))
        name, latin = look.text.say("app-name"), look.text.say("app-latin")
        row.addWidget(sign)
        row.addWidget(Words(name, "section"))
        if latin != name:
            row.addWidget(Words(latin, "caption"))
        row.addStretch(1)
        return row

    def _add_pages(self, column: QVBoxLayout, pages: Sequence[PageSpec]) -> None:
        look, group = self._look, ""
        for page in pages:
            if page.group != group:
                group = page.group
                heading = self._headings[group] = Words(look.text.say(group), "caption")
                heading.setContentsMargins(look.px(10), look.px(10), 0, look.px(2))
                column.addWidget(heading)
            button = NavButton(look, look.text.say(page.title), page.icon)
            button.clicked.connect(lambda _=False, page_id=page.id: self.asked.emit(page_id))
            self.buttons[page.id] = button
            self._groups[page.id] = page.group
            column.addWidget(button)

    def _foot(self) -> QHBoxLayout:
        look, row = self._look, QHBoxLayout()
        self._sign = QLabel()
        self._draw_sign()
        look.changed.connect(self._draw_sign)
        row.setContentsMargins(look.px(10), look.px(2), 0, 0)
        row.setSpacing(look.px(8))
        row.addWidget(self._sign)
        row.addWidget(self._person)
        row.addWidget(self._role)
        row.addStretch(1)
        row.addWidget(self.more)
        return row

    def _draw_sign(self) -> None:
        self._sign.setPixmap(self._look.icon_pixmap("user", "muted", 16, self.devicePixelRatioF()))

    def show_only(self, page_ids: Collection[str]) -> None:
        """The pages that whoever sits here may see; a group without one loses its heading."""
        for page_id, button in self.buttons.items():
            button.setVisible(page_id in page_ids)
        kept = {self._groups[page_id] for page_id in page_ids}
        for group, heading in self._headings.items():
            heading.setVisible(group in kept)

    def show_page(self, page_id: str) -> None:
        """Marks a page as the one on screen."""
        if page_id in self.buttons:
            self.buttons[page_id].setChecked(True)

    def show_person(self, name: str, role: str) -> None:
        """Who is signed in, and as what (a word; where it does not fit whole it stands in the tip alone)."""
        look, px = self._look, self._look.px
        room = px(WIDTH - 24 - 10 - 16 - 3 * 8) - self.more.sizeHint().width()
        shown = look.metrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
        self._person.setText(shown)
        left = room - look.metrics().horizontalAdvance(shown)
        self._role.setText(role if look.metrics("second").horizontalAdvance(role) <= left else "")
        for label in (self._person, self._role):
            label.setToolTip(as_tip(f"{name}  {role}".strip()))

    def show_companies(self, companies: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """(id, name) of the companies to choose from; fewer than two show no box."""
        if self.companies is not None:
            self.companies.deleteLater()
            self.companies = None
        if len(companies) < 2:
            return
        box = self.companies = QComboBox()
        box.setAccessibleName(self._look.text.say("kind-organisation"))
        for company_id, name in companies:
            box.addItem(self._look.icon("company"), name, company_id)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.activated.connect(lambda at: self.scoped.emit(box.itemData(at)))
        self._column.insertWidget(2, box)
        box.show()
