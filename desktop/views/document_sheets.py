"""A document's contents as it was read, mapped, sent and answered: read-only sheets whose words can be selected.

Everything shown comes from other systems: it is escaped, and nothing of it is ever loaded or followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from desktop.views.look import Look
from desktop.views.widgets import Button, Words

if TYPE_CHECKING:
    from desktop.domain.document import Round
    from desktop.services.text import Text

SHOWN_MOST = 40_000
"""Characters of a body that are laid out; more would hold the window up. The clipboard gets all."""


class Paper(QTextBrowser):
    """Shows our own markup around foreign words; opens and loads nothing."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setProperty("role", "paper")
        self.setLineWrapMode(QTextBrowser.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(0)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: N802
        """Foreign words may name pictures; none is fetched."""
        return None


class Sheet(QWidget):
    """One tab: a chooser (rounds or attempts), the sheet, and a button that copies the whole.

    picked: another entry was chosen by the person.
    """

    def __init__(self, look: Look, name: str, nothing: str, picked: Callable[[int], object]) -> None:
        super().__init__()
        self._look, self._nothing = look, nothing
        self._make: Callable[[], str] = str
        self._plain, self._any, self._stale = "", False, False
        self._paper: Paper | None = None
        self._name = name
        self.choice = QComboBox()
        self.choice.setAccessibleName(name)
        self.none = Words(look.text.say(nothing), "muted")
        self.copy = Button(look, look.text.say("panel-copy-all"), self._copy, role="quiet", icon="copy")
        self.choice.activated.connect(lambda at: picked(at))
        top, self._whole = QHBoxLayout(), QVBoxLayout(self)
        self._whole.setContentsMargins(0, look.px(8), 0, 0)
        self._whole.setSpacing(look.px(8))
        top.addWidget(self.choice)
        top.addWidget(self.none)
        top.addStretch(1)
        top.addWidget(self.copy)
        self._whole.addLayout(top)
        self._whole.addStretch(0)
        look.changed.connect(self._draw_anew)
        self.show_nothing()

    @property
    def paper(self) -> Paper:
        """Built when its tab is first turned to: four of them would make the panel wait."""
        if self._paper is None:
            self._paper = Paper(self._name)
            self._whole.addWidget(self._paper, 1)
        return self._paper

    def show_choices(self, names: Sequence[str], chosen: int) -> None:
        """What the chooser offers; one or none hides it."""
        if [self.choice.itemText(at) for at in range(self.choice.count())] != list(names):
            self.choice.clear()
            self.choice.addItems(list(names))
        self.choice.setCurrentIndex(chosen)
        self.choice.setVisible(len(names) > 1)

    def show_nothing(self, key: str = "") -> None:
        """Says why there is nothing to see."""
        self._plain, self._any, self._stale = "", False, False
        self.none.tell(self._look.text.say(key or self._nothing))
        self._show_parts()

    def show_sheet(self, make: Callable[[], str], plain: str) -> None:
        """make: the markup in the colours now in force; plain: what "copy all" puts on the clipboard."""
        if self._any and plain == self._plain:
            return  # the reader's place and selection stay
        self._make, self._plain, self._any = make, plain, True
        self._show_parts()
        self._draw_anew()

    def _show_parts(self) -> None:
        self.none.setVisible(not self._any)
        self.copy.setVisible(self._any)
        if self._paper is not None:
            self._paper.setVisible(self._any)

    def _draw_anew(self) -> None:
        """A sheet that nobody sees is laid out when its tab is turned to."""
        self._stale = self._any
        if self.isVisible():
            self._draw()

    def _draw(self) -> None:
        if self._stale:
            self._stale = False
            self.paper.setHtml(self._make())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._draw()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._plain)


# What stands on the sheets -------------------------------------------------------------------------------------


def record_html(
    look: Look, header: Mapping[str, Any], lines: Mapping[str, Sequence[Mapping[str, Any]]], pairs: int
) -> str:
    """A record: its header fields in `pairs` columns, then each table of lines."""
    text = look.text
    parts = [_title(look, text.say("panel-header-fields")), _pairs(look, header, pairs)]
    for table, rows in lines.items():
        parts.append(_title(look, text.say("panel-lines-of", table=table, count=len(rows))))
        parts.append(_table(look, rows))
    return "".join(parts)


def records_html(
    look: Look,
    parts: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Sequence[Mapping[str, Any]]]]],
    pairs: int,
) -> str:
    """Several records, each under its title."""
    told = []
    for title, header, lines in parts:
        heading = f'<p style="margin:12px 0 0 0; font-weight:600;">{escape(title)}</p>' if title else ""
        told.append(heading + record_html(look, header, lines, pairs))
    return "".join(told)


def _title(look: Look, words: str) -> str:
    return f'<p style="margin:6px 0 4px 0; color:{look.theme["muted"].name()};">{escape(words)}</p>'


def _pairs(look: Look, header: Mapping[str, Any], pairs: int) -> str:
    muted, rows = look.theme["muted"].name(), []
    fields = list(header.items())
    for start in range(0, len(fields), pairs):
        cells = "".join(
            f'<td style="color:{muted}; padding:2px 16px 2px 0;">{escape(str(key))}</td>'
            f'<td style="padding:2px 32px 2px 0;">{escape(shown(value))}</td>'
            for key, value in fields[start : start + pairs]
        )
        rows.append(f"<tr>{cells}</tr>")
    return f'<table cellspacing="0" cellpadding="0">{"".join(rows)}</table>'


def _table(look: Look, rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    muted, line = look.theme["muted"].name(), look.theme["line"].name()
    head = "".join(
        f'<td style="color:{muted}; padding:3px 20px 3px 0;">{escape(str(key))}</td>' for key in columns
    )
    body = [
        "<tr>" + "".join(_cell(row.get(key, ""), line) for key in columns) + "</tr>"
        for row in rows
    ]  # fmt: skip
    return f'<table cellspacing="0" cellpadding="0"><tr>{head}</tr>{"".join(body)}</table>'


def _cell(value: Any, line: str) -> str:
    side = "right" if isinstance(value, Decimal | int | float) else "left"
    return f'<td align="{side}" style="padding:3px 20px 3px 0; border-top:1px solid {line};">{escape(shown(value))}</td>'


def shown(value: Any) -> str:
    """A value as it stands: amounts keep their places, nothing is None."""
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def bill_parts(round_: Round) -> tuple[Mapping[str, Any], dict[str, Sequence[Mapping[str, Any]]]]:
    """(header, lines by table) of the bill as it was read; each line begins with its entry id."""
    kept = round_.snapshot
    lines: dict[str, Sequence[Mapping[str, Any]]] = {
        str(table): [{"id": entry, **row} for entry, row in rows.items()]
        for table, rows in dict(kept.get("lines", {})).items()
    }
    return dict(kept.get("header", {})), lines


def mapped_parts(round_: Round) -> tuple[Mapping[str, Any], dict[str, Sequence[Mapping[str, Any]]]]:
    """(fields, details by table) as they were made for the OA, the title first."""
    kept = round_.mapped
    header = {"title": kept.get("title", ""), **dict(kept.get("fields", {}))} if kept else {}
    return header, {str(table): list(rows) for table, rows in dict(kept.get("details", {})).items()}


def record_text(header: Mapping[str, Any], lines: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The same as plain text with tabs, for a spreadsheet."""
    parts = [f"{key}\t{shown(value)}" for key, value in header.items()]
    for table, rows in lines.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        parts += ["", table, "\t".join(map(str, columns))]
        parts += ["\t".join(shown(row.get(key)) for key in columns) for row in rows]
    return "\n".join(parts)


def records_text(
    parts: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Sequence[Mapping[str, Any]]]]],
) -> str:
    """Several records as plain text, each under its title."""
    return "\n\n".join(
        "\n".join(filter(None, (title, record_text(header, lines)))) for title, header, lines in parts
    )


class Call:
    """One kept call, its bodies made readable: built on a pool thread."""

    def __init__(self, kept: Any) -> None:
        self.head = f"{kept.method} {kept.path}"
        self.status, self.ms, self.at = kept.status, kept.ms, kept.at
        self.sent, self.answer = readable(kept.request), readable(kept.answer)


def calls_html(look: Look, calls: Sequence[Call], side: str) -> str:
    """side: "sent" or "answer"."""
    text, muted = look.text, look.theme["muted"].name()
    size = f"{look.font('code').pointSizeF():.1f}pt"
    families = ",".join(f"'{family}'" for family in look.font("code").families())
    parts = []
    for call in calls:
        body = getattr(call, side)
        second = "   ".join(
            (str(call.status), text.say("panel-took", ms=round(call.ms)), _clock(text, call.at))
        )
        parts.append(
            f'<p style="margin:8px 0 2px 0;">{escape(call.head)}&nbsp;&nbsp;<span style="color:{muted};">{escape(second)}</span></p>'
        )
        cut = body[:SHOWN_MOST]
        parts.append(
            f'<pre style="margin:0; font-family:{families}; font-size:{size}; white-space:pre-wrap;">{escape(cut)}</pre>'
        )
        if len(cut) < len(body):
            parts.append(f'<p style="color:{muted};">{escape(text.say("panel-cut", count=SHOWN_MOST))}</p>')
    return "".join(parts)


def calls_text(calls: Sequence[Call], side: str) -> str:
    """The same as plain text, whole."""
    return "\n\n".join(f"{call.head}  {call.status}\n{getattr(call, side)}" for call in calls)


def _clock(text: Text, at: datetime) -> str:
    return text.clock(at, datetime.now(UTC))


def readable(body: str) -> str:
    """JSON set out line by line, a form's fields each on its own; every character of the values stays as it was."""
    body = body.strip()
    if body[:1] in "{[":
        return _set_out(body)
    import re

    fields = re.split(r"&(?=[A-Za-z_][A-Za-z0-9_]*=)", body)
    if len(fields) == 1:
        return body
    told = []
    for field in fields:
        name, _, value = field.partition("=")
        told.append(f"{name} = {_set_out(value) if value[:1] in ('{', '[') else value}")
    return "\n".join(told)


def _set_out(json_text: str) -> str:
    """Line breaks and indents outside of strings: no number is read and written again."""
    out: list[str] = []
    depth, quoted, escaped = 0, False, False
    for at, char in enumerate(json_text):
        if quoted:
            out.append(char)
            quoted, escaped = (escaped or char != '"'), (char == "\\" and not escaped)
        elif char == '"':
            quoted = True
            out.append(char)
        elif char in "{[":
            depth += 1
            empty = json_text[at + 1 : at + 2] in ("}", "]")
            out.append(char if empty else char + "\n" + "  " * depth)
        elif char in "}]":
            depth = max(0, depth - 1)
            empty = json_text[at - 1 : at] in ("{", "[")
            out.append(char if empty else "\n" + "  " * depth + char)
        elif char == ",":
            out.append(",\n" + "  " * depth)
        elif char == ":":
            out.append(": ")
        elif not char.isspace():
            out.append(char)
    return "".join(out)
