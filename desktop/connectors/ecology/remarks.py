"""Weaver e-cology 9: text and HTML. Remarks and multi-line fields are HTML there and plain text with us."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_BREAKS = frozenset(("br", "p", "div", "li", "tr"))
_SILENT = frozenset(("script", "style"))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BREAKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain_text(markup: str) -> str:
    """What a person reads on the page: no tags, no scripts, entities as characters, paragraphs as lines."""
    if not _TAG.search(markup):
        return _tidy(html.unescape(markup))  # "3 < 5" is no tag
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return _tidy("".join(parser.parts))


def remark_html(text: str) -> str:
    """Our text as the HTML of a remark."""
    return html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>")


def with_breaks(text: str) -> str:
    """Our text for a multi-line field: only line breaks are markup there."""
    return text.replace("\r\n", "\n").replace("\n", "<br>")


def without_breaks(value: str) -> str:
    """The way back from `with_breaks`."""
    return re.sub(r"<br\s*/?>", "\n", value, flags=re.IGNORECASE)


def _tidy(text: str) -> str:
    lines = (line.strip() for line in text.replace("\xa0", " ").splitlines())
    return "\n".join(line for line in lines if line)
