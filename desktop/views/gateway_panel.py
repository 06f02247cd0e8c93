"""The gateway: on or off, where it listens, its certificate, how it does, and the addresses that both systems need."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import SyncError
from desktop.domain.system import GatewaySettings, SystemRole
from desktop.services.gateway import GatewayState
from desktop.services.text import Text
from desktop.views.form_frame import form_column, form_head
from desktop.views.look import Look
from desktop.views.page_states import Banner
from desktop.views.site_view import Site
from desktop.views.widgets import Button, NumberBox, Words, dressed

MOST_PORT = 65_535


class GatewayPanel(QWidget):
    """save_asked: with the settings as filled in. They are kept only where the service finds no obstacle."""

    save_asked = Signal(object)

    def __init__(self, look: Look, site: Site) -> None:
        super().__init__()
        self.look, self.dirty = look, False
        self._site, self._state = site, site.gateway
        self.status, self.banner = Banner(look), Banner(look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(self._scrolled(), 1)
        self._show_dirty()
        self._show_status()

    # --- building ----------------------------------------------------------------------------------------------------
    def _head(self) -> QHBoxLayout:
        look, text = self.look, self.look.text
        self.save = Button(look, text.say("button-save"), self._save, role="primary", icon="check")
        self.save.setFixedHeight(self.save.sizeHint().height())
        title, second = Words(text.say("gateway-title"), "panel"), Words(text.say("gateway-second"), "second")
        return form_head(look, title, second, buttons=(self.save,))

    def _scrolled(self) -> QScrollArea:
        px = self.look.px
        area, column = form_column(self.look, 820)
        column.addWidget(self.status)
        column.addWidget(self.banner)
        column.addLayout(self._fields(self._state.settings))
        column.addWidget(self._confirmation())
        self.places = QVBoxLayout()
        self.places.setSpacing(px(6))
        column.addWidget(Words(self.look.text.say("gateway-places"), "section"))
        column.addLayout(self.places)
        column.addStretch(1)
        self._show_places()
        self._show_confirmation()
        return area

    def _fields(self, settings: GatewaySettings) -> QGridLayout:
        text, px = self.look.text, self.look.px
        self.on = QCheckBox(text.say("gateway-on"))
        self.on.setChecked(settings.on)
        self.host, self.public_url = QLineEdit(settings.host), QLineEdit(settings.public_url)
        self.port = NumberBox(self.look, text.say("gateway-port"), 1, MOST_PORT, settings.port)
        self.certificate, self.private_key = QLineEdit(settings.certificate), QLineEdit(settings.private_key)
        self.proxies = QLineEdit(settings.proxies)
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(12))
        grid.addWidget(self.on, 0, 0, 1, 2)
        cells: Sequence[tuple[str, QWidget]] = (
            ("host", self.host), ("port", self.port), ("certificate", self._with_file(self.certificate)),
            ("private_key", self._with_file(self.private_key)), ("public_url", self.public_url), ("proxies", self.proxies),
        )  # fmt: skip
        for at, (name, box) in enumerate(cells):
            grid.addLayout(self._field(name, box), 1 + at // 2, at % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.on.clicked.connect(self._edited)
        self.port.valueChanged.connect(self._edited)
        for line in (self.host, self.public_url, self.certificate, self.private_key, self.proxies):
            line.textEdited.connect(self._edited)
        self.host.setPlaceholderText("127.0.0.1")
        self.public_url.setPlaceholderText(settings.address)
        return grid

    def _field(self, name: str, box: QWidget) -> QVBoxLayout:
        text, cell = self.look.text, QVBoxLayout()
        cell.setSpacing(self.look.px(4))
        words = Words(text.say(f"gateway-{name}"), "second")
        line = box if isinstance(box, QLineEdit | NumberBox) else box.findChild(QLineEdit)
        if line is not None:
            words.setBuddy(line)
            line.setAccessibleName(words.text())
        cell.addWidget(words)
        cell.addWidget(box)
        cell.addWidget(Words(text.say(f"gateway-{name}-note"), "caption", wrap=True))
        cell.addStretch(1)
        return cell

    def _with_file(self, line: QLineEdit) -> QWidget:
        """A path, and a button that looks for it."""
        box, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.look.px(4))
        row.addWidget(line, 1)
        row.addWidget(
            Button(
                self.look,
                self.look.text.say("gateway-find-file"),
                lambda: self._find(line),
                role="icon",
                icon="open",
            )
        )
        box.setLayout(row)
        return box

    def _confirmation(self) -> QFrame:
        """Beyond this machine without TLS: allowed to nobody who does not say in words what it means."""
        px, say = self.look.px, self.look.text.say
        self.open_frame, column = QFrame(), QVBoxLayout()
        self.open_frame.setProperty("role", "cure")
        column.setContentsMargins(px(12), px(8), px(12), px(8))
        column.setSpacing(px(4))
        self.words = QLineEdit()
        self.words.setAccessibleName(say("gateway-open-words"))
        self.words.setPlaceholderText(say("gateway-open-sentence"))
        if self._state.settings.unencrypted == GatewaySettings.UNENCRYPTED:
            self.words.setText(say("gateway-open-sentence"))
        self.words.textEdited.connect(self._edited)
        column.addWidget(Words(say("gateway-open-title"), "strong"))
        column.addWidget(Words(say("gateway-open-what"), "second", wrap=True))
        column.addWidget(Words(say("gateway-open-words"), "second", wrap=True))
        column.addWidget(self.words)
        self.open_frame.setLayout(column)
        return self.open_frame

    # --- what is shown -----------------------------------------------------------------------------------------------
    def show_news(self, site: Site) -> None:
        """It went on: its state in place, what is being typed stays."""
        self._site, self._state = site, site.gateway
        self._show_status()

    def _show_status(self) -> None:
        state, text = self._state, self.look.text
        if state.code:
            self.status.tell(
                "stop", f"{text.what(state.code, state.facts)} {text.do(state.code, state.facts)}"
            )
        elif state.running:
            self.status.tell(
                "ok", text.say("gateway-runs", address=state.address), second=counts(state, self._site, text)
            )
        elif state.settings.on:
            self.status.tell(
                "warn", text.say("gateway-waits" if self._site.engine.running else "gateway-no-engine")
            )
        else:
            self.status.tell("", text.say("gateway-off"))

    def _show_places(self) -> None:
        """What the administrators of both systems enter there, ready to be copied."""
        text, root = self.look.text, self.settings().address
        places = [("gateway-place-back", f"{root}/back")]
        for state in self._site.systems:
            system = state.system
            told = f"gateway-place-{system.role.value}-{system.vendor}"
            if text.has(told):  # a product whose forms cannot hold such a link: what to do instead
                places.append((text.say(told, system=system.title), ""))
            elif system.role is SystemRole.OA:
                places.append((text.say("gateway-place-form", system=system.title), f"{root}/erp/<erp_key>"))
            else:
                said = text.say("gateway-place-bill", system=system.title)
                places.append((said, f"{root}/oa/{system.id}/<form>/<bill id>"))
            if system.role is SystemRole.OA:
                said = text.say("gateway-place-request", system=system.title)
                places.append((said, f"{root}/erp/{system.id}/<request>"))
            places.append((text.say("gateway-place-push", system=system.title), f"{root}/push/{system.id}"))
        while (old := self.places.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for label, address in places:
            self.places.addWidget(self._place(text.say(label) if text.has(label) else label, address))

    def _place(self, label: str, address: str) -> QWidget:
        line, row, px = QWidget(), QHBoxLayout(), self.look.px
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        name = Words(label, "second", wrap=True)
        row.addWidget(name)
        if not address:
            line.setLayout(row)
            return line
        name.setFixedWidth(px(250))
        row.addWidget(Words(address, selectable=True, wrap=True), 1)
        copy = f"{self.look.text.say('gateway-copy')} {label}"
        row.addWidget(
            Button(
                self.look,
                copy,
                lambda: QGuiApplication.clipboard().setText(address),
                role="icon",
                icon="copy",
            )
        )
        line.setLayout(row)
        return line

    def _show_confirmation(self) -> None:
        settings = self.settings()
        self.open_frame.setVisible(not settings.is_local and not settings.certificate)

    def show_error(self, error: SyncError) -> None:
        """It was refused: the form keeps what was typed."""
        text, code = self.look.text, error.code.id
        self.save.setEnabled(True)
        self.banner.tell("stop", f"{text.what(code, error.facts)} {text.do(code, error.facts)}")

    def show_done(self, sentence: str) -> None:
        """It was kept."""
        self.banner.tell("ok", sentence)

    # --- what happens ------------------------------------------------------------------------------------------------
    def _find(self, line: QLineEdit) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, self.look.text.say("gateway-find-file"), line.text(), "PEM (*.pem *.crt *.key)"
        )
        if path:
            line.setText(path)
            self._edited()

    def _edited(self) -> None:
        self.dirty = True
        self.save.setEnabled(True)
        self.public_url.setPlaceholderText(replace(self.settings(), public_url="").address)
        self._show_dirty()
        self._show_places()
        self._show_confirmation()

    def _show_dirty(self) -> None:
        self.save.setVisible(self.dirty)

    def settings(self) -> GatewaySettings:
        """As filled in. The sentence counts only where it was typed as it stands there."""
        typed = self.words.text().strip() if hasattr(self, "words") else ""
        agreed = typed.strip(string.punctuation) == self.look.text.say("gateway-open-sentence")
        return GatewaySettings(
            self.on.isChecked(), self.host.text().strip() or "127.0.0.1", self.port.value(), self.public_url.text().strip(),
            self.certificate.text().strip(), self.private_key.text().strip(),
            GatewaySettings.UNENCRYPTED if agreed else "", self.proxies.text().strip(),
        )  # fmt: skip

    def _wrong(self) -> str:
        say, settings = self.look.text.say, self.settings()
        for box in (self.certificate, self.private_key, self.words, self.public_url):
            dressed(box, tone="")
        if bool(settings.certificate) != bool(settings.private_key):
            return self._marked(
                self.private_key if settings.certificate else self.certificate, say("gateway-both-files")
            )
        if settings.obstacle:
            return self._marked(self.words, say("gateway-not-agreed"))
        if settings.public_url and not settings.public_url.startswith(("http://", "https://")):
            return self._marked(self.public_url, say("form-address"))
        return ""

    def _marked(self, box: QLineEdit, sentence: str) -> str:
        dressed(box, tone="stop")
        box.setFocus()
        return sentence

    def _save(self) -> None:
        if wrong := self._wrong():
            self.banner.tell("stop", wrong)
            return
        self.banner.hide()
        self.save.setEnabled(False)
        self.save_asked.emit(self.settings())


def counts(state: GatewayState, site: Site, text: Text) -> str:
    """Who came so far, in one line."""
    parts = [text.say("gateway-passed", count=state.passed)]
    if state.passed_at is not None:
        seconds = (site.now - state.passed_at).total_seconds()
        when = text.say("ago", lapse=text.lapse(seconds)) if seconds >= 60 else text.lapse(0)
        parts.append(text.say("gateway-last-pass", when=when))
    parts += [
        text.say("gateway-pushes", count=state.pushes),
        text.say("gateway-refused", count=state.refused),
    ]
    return "    ".join(parts)
