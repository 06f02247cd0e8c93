"""The mapping page's papers: a record as the approver will see it, versions beside each other, what a dry run found, the
golden documents, and the help page of the rules' language. Plain HTML out of plain values; no widgets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from desktop.views.look import Look

MOST_DIFFERING = 400
MOST_LINES = 60
TINTS = {"long": "warn", "rounded": "warn", "empty": "stop", "gap": "stop", "error": "stop"}


class Papers:
    """Makes the papers in the colours and the language of a look."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def _ink(self, token: str) -> str:
        return self.look.theme[token].name()

    def nothing(self, key: str) -> str:
        """A muted sentence where there is nothing to show."""
        return f"<p style='color:{self._ink('muted')}'>{escape(self.look.text.say(key))}</p>"

    def approver(self, preview: Any) -> str:
        """The form, two fields beside each other; what would be cut, rounded or empty is framed in place."""
        text = self.look.text
        cells = [self._form_cell(each) for each in preview.form]
        rows = "".join(f"<tr>{''.join(cells[at : at + 2])}</tr>" for at in range(0, len(cells), 2))
        parts = [
            f"<p style='margin-top: 10px'><b>{escape(preview.title)}</b></p>" if preview.title else "",
            f"<table width='100%' cellspacing='6' cellpadding='0'>{rows}</table>",
        ]
        for table in preview.tables:
            parts.append(
                f"<p><b>{escape(text.say('mapping-lines', count=len(table.rows)))}</b> {escape(table.name)}</p>"
            )
            parts.append(self._lines(table))
        return "".join(parts)

    def _form_cell(self, shown: Any) -> str:
        tint = TINTS.get(shown.state, "")
        value = escape(shown.value) or "&nbsp;"
        if shown.name and shown.name != shown.value:
            value += f" <span style='color:{self._ink('muted')}'>{escape(shown.name)}</span>"
        if tint:
            value = f"<span style='color:{self._ink(tint)}'>{escape(self._said(shown))}</span>"
            if shown.value:
                value = f"{escape(shown.value)}<br>{value}"
        frame = (
            f"border: 1px dashed {self._ink(tint)}; background-color: {self._ink(tint + '_soft')};"
            if tint
            else ""
        )
        return (
            f"<td width='50%' style='padding: 4px; {frame}'><span style='color:{self._ink('muted')}'>{escape(shown.label)}</span>"
            f"<br>{value}</td>"
        )

    def _said(self, shown: Any) -> str:
        text = self.look.text
        if shown.error is not None:
            return text.what(shown.error.code.id, shown.error.facts)
        return text.say(f"mapping-shown-{shown.state}")

    def _lines(self, table: Any) -> str:
        line, muted = self._ink("line"), self._ink("muted")
        head = "".join(
            f"<td style='color:{muted}; padding: 3px 12px 3px 0'>{_whole(each)}</td>" for each in table.labels
        )
        rows = []
        for row in table.rows[:MOST_LINES]:
            cells = []
            for each in row:
                tint = TINTS.get(each.state, "")
                style = (
                    f"border: 1px dashed {self._ink(tint)}; background-color: {self._ink(tint + '_soft')};"
                    if tint
                    else f"border-bottom: 1px solid {line};"
                )
                words = each.value or (self._said(each) if tint else "")
                cells.append(f"<td style='padding: 3px 12px 3px 0; {style}'>{_whole(words)}</td>")
            rows.append(f"<tr>{''.join(cells)}</tr>")
        return f"<table width='100%' cellspacing='0' cellpadding='0'><tr>{head}</tr>{''.join(rows)}</table>"

    def field_by_field(self, preview: Any, labels: Callable[[str, str], str]) -> str:
        """Source value -> result -> target, row by row."""
        muted, line, rows = self._ink("muted"), self._ink("line"), []
        for (group, target), values in preview.values.items():
            for value in values[:1]:
                sources = "<br>".join(
                    f"<span style='color:{muted}'>{escape(name)}</span> {escape(found) or '-'}"
                    for name, found in value.sources
                )
                result = escape(value.value) or "-"
                if value.error is not None:
                    said = escape(self.look.text.what(value.error.code.id, value.error.facts))
                    result = f"<span style='color:{self._ink('stop')}'>{said}</span>"
                cells = (
                    sources or "&nbsp;",
                    f"→ {result}",
                    f"<span style='color:{muted}'>{escape(labels(group, target))}</span>",
                )
                rows.append(
                    "<tr>"
                    + "".join(
                        f"<td style='padding: 4px 8px 4px 0; border-bottom: 1px solid {line}'>{each}</td>"
                        for each in cells
                    )
                    + "</tr>"
                )
        return f"<table width='100%' cellspacing='0' cellpadding='0'>{''.join(rows)}</table>"

    # --- versions ------------------------------------------------------------------------------------------------------
    def diff(self, compared: Any, older: str, newer: str) -> str:
        """Two versions side by side; each difference is an anchor: d0, d1 ..."""
        muted, line = self._ink("muted"), self._ink("line")
        if not compared.changes:
            said = self.look.text.say("mapping-same" if not compared.unified else "mapping-same-rows")
            return f"<p>{escape(said)}</p>{self.unified(compared)}"
        code = "font-family: monospace; padding: 4px 6px; border-bottom: 1px solid"
        rows = [
            f"<tr><td></td><td style='color:{muted}'>{escape(older)}</td><td style='color:{muted}'>{escape(newer)}</td></tr>"
        ]
        for at, each in enumerate(compared.changes):
            before, after = _told(each.before, each.after), _told(each.after, each.before)
            rows.append(
                f"<tr><td style='padding: 4px 6px 4px 0; border-bottom: 1px solid {line}'><a name='d{at}'></a>{escape(each.target)}</td>"
                f"<td style='{code} {line}; background-color: {self._ink('stop_soft')}'>{escape(before)}</td>"
                f"<td style='{code} {line}; background-color: {self._ink('ok_soft')}'>{escape(after)}</td></tr>"
            )
        return f"<table width='100%' cellspacing='0' cellpadding='0'>{''.join(rows)}</table>"

    def unified(self, compared: Any) -> str:
        """Both texts as one; each hunk is an anchor."""
        told, at = [], 0
        for line in compared.unified.splitlines():
            tint = {"+": "ok_soft", "-": "stop_soft"}.get(line[:1], "")
            anchor = ""
            if line.startswith("@@"):
                anchor, at = f"<a name='d{at}'></a>", at + 1
            ground = f"background-color: {self._ink(tint)};" if tint else f"color: {self._ink('muted')};"
            told.append(
                f"<div style='font-family: monospace; white-space: pre-wrap; {ground}'>{anchor}{escape(line) or '&nbsp;'}</div>"
            )
        return "".join(told)

    # --- dry run -------------------------------------------------------------------------------------------------------
    def ran(self, ran: Any, label: Callable[[str], str]) -> str:
        """Grouped by rule: the field's name and rule, then each document's value: sent then, would be sent now."""
        muted, parts = self._ink("muted"), []
        for number, error in ran.failed[:MOST_LINES]:
            said = escape(self.look.text.what(error.code.id, error.facts))
            parts.append(f"<p>{escape(number)} <span style='color:{self._ink('stop')}'>{said}</span></p>")
        counts = Counter(row_of(each.target) for each in ran.differing)
        for field, count in counts.most_common():
            rows = [each for each in ran.differing[:MOST_DIFFERING] if row_of(each.target) == field]
            parts.append(f"<p><b>{escape(label(field))}</b> <span style='color:{muted}'>{count}</span></p>")
            parts.append(
                self._differing(
                    [(f"{each.number} {place_of(each.target)}", each.before, each.after) for each in rows]
                )
            )
        return "".join(parts)

    def _differing(self, rows: Sequence[tuple[str, str, str]]) -> str:
        muted, line = self._ink("muted"), self._ink("line")
        body = "".join(
            f"<tr><td style='color:{muted}; padding: 3px 8px 3px 0'>{escape(where)}</td>"
            f"<td style='padding: 3px 8px 3px 0; border-bottom: 1px solid {line}'>{escape(before) or '-'}</td>"
            f"<td style='padding: 3px 0; border-bottom: 1px solid {line}'>→ {escape(after) or '-'}</td></tr>"
            for where, before, after in rows
        )
        return f"<table width='100%' cellspacing='0' cellpadding='0'>{body}</table>"

    # --- golden documents ----------------------------------------------------------------------------------------------
    def judged(self, judged: Any, label: Callable[[str], str]) -> str:
        """One golden document that differs: field by field, expected and now."""
        text, parts = self.look.text, []
        if judged.failed is not None:
            said = escape(text.what(judged.failed.code.id, judged.failed.facts))
            parts.append(f"<p style='color:{self._ink('stop')}'>{said}</p>")
        rows = [
            (f"{label(row_of(target))} {place_of(target)}".strip(), before, after)
            for target, before, after in judged.differing[:MOST_DIFFERING]
        ]
        parts.append(self._differing(rows) if rows else "")
        if judged.unjudged:
            named = text.joined(label(each) for each in judged.unjudged)
            parts.append(
                f"<p style='color:{self._ink('muted')}'>{escape(text.say('golden-unjudged', fields=named))}</p>"
            )
        return "".join(parts) or self.nothing("golden-same")

    # --- help ----------------------------------------------------------------------------------------------------------
    def functions(self, told: Mapping[str, Sequence[Any]]) -> str:
        """Every function with its sentence and its examples: the same that are its tests."""
        text, muted, line = self.look.text, self._ink("muted"), self._ink("line")
        parts = [self.nothing("functions-hint")]
        for name in ("copy", "constant", "compare"):
            parts.append(f"<p>{escape(text.say(f'function-{name}'))}</p>")
        for name, examples in told.items():
            parts.append(
                f"<p style='margin-top: 12px'><a name='{name}'></a><b>{name}</b> {escape(text.say(f'function-{name}'))}</p>"
            )
            rows = "".join(
                f"<tr><td width='44%' style='font-family: monospace; padding: 3px 8px 3px 0; border-bottom: 1px solid {line}'>{escape(each.expr)}</td>"
                f"<td width='30%' style='color:{muted}; padding: 3px 8px 3px 0; border-bottom: 1px solid {line}'>{escape(self._given(each))}</td>"
                f"<td style='padding: 3px 0; border-bottom: 1px solid {line}'>→ {escape(self._brought(each.result))}</td></tr>"
                for each in examples
            )
            parts.append(f"<table width='100%' cellspacing='0' cellpadding='0'>{rows}</table>")
        return "".join(parts)

    def _given(self, example: Any) -> str:
        text = self.look.text
        told = []
        if example.header:
            values = ", ".join(f"{name} = {self._brought(value)}" for name, value in example.header.items())
            told.append(text.say("functions-given", values=values))
        for rows in example.lines.values():
            values = "; ".join(
                "/".join(self._brought(value) for value in row.values()) for row in rows.values()
            )
            told.append(text.say("functions-lines", values=values))
        return " ".join(told)

    def _brought(self, value: Any) -> str:
        if isinstance(value, bool):
            return self.look.text.say("answer-yes") if value else self.look.text.say("answer-no")
        return str(value) or self.look.text.say("functions-nothing")


def row_of(path: str) -> str:
    """The row that a path belongs to: "detail_1[2].qty" -> "detail_1.qty"."""
    table, _, rest = path.partition("[")
    return f"{table}{rest.partition(']')[2]}" if rest else path


def place_of(path: str) -> str:
    """The line of a path: "detail_1[2].qty" -> "[2]", "" for the header."""
    _, found, rest = path.partition("[")
    return f"[{rest.partition(']')[0]}]" if found else ""


def _whole(words: str) -> str:
    """Words that are not broken: a wide table is scrolled."""
    return f"<p style='white-space: nowrap; margin: 0'>{escape(words)}</p>"


def _told(row: Any, other: Any) -> str:
    """A row in a comparison: its rule, and of the rest what differs from the other side."""
    if row is None:
        return "-"
    parts = [row.expr]
    for name in ("required", "default", "key", "note"):
        if other is None or getattr(row, name) != getattr(other, name):
            value = getattr(row, name)
            parts += [name if value is True else f"{name}={value}"] if value else []
    return "  ".join(parts)
