"""Whence the prices of a bill come: each line with its lock, the inquiry behind it, who was compared and who agreed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.errors import SyncError
from desktop.views.bridge import Bridge
from desktop.views.look import Look
from desktop.views.widgets import Button, Mark, Words

if TYPE_CHECKING:
    from desktop.services.documents import Documents
    from desktop.services.provenance import InquiryTold, LinePrice, Provenance

WIDTH, HEIGHT = 620, 460


class PriceDialog(QDialog):
    """Opens over its window and reads the ERP at once; nothing of it waits on the GUI thread.

    open_document: shows the document of an inquiry, by its id."""

    def __init__(
        self, parent: QWidget, look: Look, bridge: Bridge, documents: Documents, document_id: int, number: str,
        open_document: Callable[[int], object],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._look, self._bridge, self._documents = look, bridge, documents
        self._document_id, self._open = document_id, open_document
        say, px = look.text.say, look.px
        self.setWindowTitle(say("prices-title", number=number))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(px(WIDTH))
        self.shown: Provenance | None = None
        self.sentences: list[Words] = []
        self.opens: list[Button] = []
        self.state = Words(say("prices-asking"), "muted", wrap=True)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(px(16))
        inner = QWidget()
        inner.setProperty("role", "area")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, px(8), 0)
        column.addWidget(self.state)
        column.addLayout(self._lines)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setMinimumHeight(px(HEIGHT))
        scroll.setWidget(inner)
        self.shut = Button(look, say("button-close"), self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.shut)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(px(24), px(20), px(24), px(16))
        whole.setSpacing(px(12))
        whole.addWidget(Words(say("prices-title", number=number), "section", selectable=True))
        whole.addWidget(scroll, 1)
        whole.addLayout(foot)
        self._ask()

    def _ask(self) -> None:
        documents, wanted = self._documents, self._document_id
        self._bridge.ask(
            lambda: documents.price_sources(wanted),
            then=self._show,
            failed=self._show_error,
            owner=self,
            slot="prices",
        )

    def _show_error(self, error: SyncError) -> None:
        text, code = self._look.text, error.code.id
        self.state.tell(f"{text.what(code, error.facts)} {text.do(code, error.facts)}", "stop")

    def _show(self, found: Provenance) -> None:
        self.shown = found
        self.state.setVisible(not found.lines)
        self.state.tell(self._look.text.say("prices-none"))
        for line in found.lines:
            self._lines.addLayout(self._line(line))
        self.shut.setFocus()

    def _line(self, line: LinePrice) -> QVBoxLayout:
        say, px = self._look.text.say, self._look.px
        box, head = QVBoxLayout(), QHBoxLayout()
        box.setSpacing(px(6))
        mark = Mark(
            self._look, *(("disc_tick", "ok") if line.kept and not line.why else ("triangle_mark", "warn"))
        )
        told = say(
            "prices-line",
            place=line.place,
            material=line.material,
            supplier=line.supplier or "–",
            price=line.price,
        )
        words = Words(told, "section", wrap=True, selectable=True)
        self.sentences.append(words)
        head.addWidget(mark, alignment=Qt.AlignmentFlag.AlignTop)
        head.addWidget(words, 1)
        box.addLayout(head)
        if line.why:
            box.addWidget(self._kept(Words(say(f"prices-left-{line.why}"), tone="stop", wrap=True)))
        box.addLayout(self._facts(line))
        if line.inquiry is not None:
            box.addLayout(self._inquiry(line.inquiry))
        return box

    def _kept(self, words: Words) -> Words:
        self.sentences.append(words)
        return words

    def _facts(self, line: LinePrice) -> QGridLayout:
        say, row, grid = self._look.text.say, line.row, QGridLayout()
        grid.setHorizontalSpacing(self._look.px(16))
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, self._look.px(64))
        if row is None:
            return grid
        tax = "prices-with-tax" if row.tax_included is not False else "prices-without-tax"
        price = row.price if row.tax_included is False else row.tax_price
        band = f"{row.from_qty:f} – {row.to_qty:f}" if row.to_qty else f"{row.from_qty:f} –"
        told = (
            ("prices-lock", f"{price:f} {row.currency} / {row.unit}  {say(tax)}"),
            ("prices-days", f"{row.begins} – {row.ends}"),
            ("prices-band", band),
            ("prices-whence", row.inquiry),
        )
        for place, (name, value) in enumerate(told):
            grid.addWidget(Words(say(name), "second"), place, 0)
            grid.addWidget(self._kept(Words(value, selectable=True, wrap=True)), place, 1)
        return grid

    def _inquiry(self, inquiry: InquiryTold) -> QGridLayout:
        say, grid = self._look.text.say, QGridLayout()
        grid.setHorizontalSpacing(self._look.px(16))
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, self._look.px(64))
        offers = "\n".join(
            say("prices-chosen" if each.chosen else "prices-offer", supplier=each.supplier, price=each.price)
            for each in inquiry.offers
        )
        agreed = "\n".join(
            f"{node}  {person}  {text}".strip() for node, person, _, text, _ in inquiry.opinions
        )
        for place, (name, value) in enumerate((("prices-offers", offers), ("prices-agreed", agreed))):
            if value:
                grid.addWidget(Words(say(name), "second"), place, 0, alignment=Qt.AlignmentFlag.AlignTop)
                grid.addWidget(self._kept(Words(value, selectable=True, wrap=True)), place, 1)
        button = Button(
            self._look,
            say("prices-open", request=inquiry.request),
            lambda: self._go(inquiry.document_id),
            icon="open",
        )
        self.opens.append(button)
        grid.addWidget(button, 2, 1, alignment=Qt.AlignmentFlag.AlignLeft)
        return grid

    def _go(self, document_id: int) -> None:
        self.close()
        self._open(document_id)
