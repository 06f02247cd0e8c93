"""A plain PDF: a title, paragraphs and tables on A4, in Chinese and Latin, without any library.

The font is one that every reader of Chinese PDFs has at hand or replaces (Adobe-GB1, STSong-Light): nothing is embedded, so
that a service on a machine without fonts can write it. Widths are told to the reader, so that columns stand straight.
Source: ISO 32000-1, 9.7 (composite fonts), 9.7.5.2 (predefined CMaps).
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 842.0, 595.0
"""A4, lying, in points."""
EDGE, LEADING = 42.0, 1.55


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. right: columns that are aligned right. shares: widths, in parts of the whole."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[float]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words that are broken into lines."""

    words: str
    size: float = 10.0


def as_pdf(title: str, parts: Sequence[Paragraph | Table], *, foot: str, at: datetime) -> bytes:
    """The whole document. foot: what stands below every page, before its number."""
    paper = _Paper(foot)
    paper.put(Paragraph(title, 18.0))
    for part in parts:
        paper.put(part) if isinstance(part, Paragraph) else paper.put_table(part)
    return _document(paper.pages(), title, at)


class _Paper:
    """Fills pages from the top."""

    def __init__(self, foot: str) -> None:
        self._foot = foot
        self._pages: list[list[str]] = []
        self._turn()

    def _turn(self) -> None:
        self._page: list[str] = []
        self._pages.append(self._page)
        self._y = HEIGHT - EDGE

    def _room(self, height: float) -> bool:
        """True where the page had to be turned."""
        if self._y - height >= EDGE + 14:
            return False
        self._turn()
        return True

    def put(self, part: Paragraph) -> None:
        for line in _broken(part.words, part.size, WIDTH - 2 * EDGE):
            self._room(part.size * LEADING)
            self._y -= part.size * LEADING
            self._say(EDGE, line, part.size)
        self._y -= part.size * 0.4

    def put_table(self, table: Table, size: float = 8.5) -> None:
        whole = sum(table.shares)
        widths = [(WIDTH - 2 * EDGE) * share / whole for share in table.shares]
        self._y -= 6
        self._row(table, table.headings, widths, size, head=True)
        for row in table.rows:
            self._row(table, row, widths, size)
        self._y -= 8

    def _row(
        self, table: Table, row: Sequence[str], widths: Sequence[float], size: float, *, head: bool = False
    ) -> None:
        cells = [
            list(_broken(cell, size, width - 8)) or [""] for cell, width in zip(row, widths, strict=True)
        ]
        height = max(len(lines) for lines in cells) * size * LEADING + 4
        if self._room(height) and not head:
            self._row(table, table.headings, widths, size, head=True)
        x = EDGE
        for place, (lines, width) in enumerate(zip(cells, widths, strict=True)):
            for number, line in enumerate(lines, start=1):
                room = width - 8 - _measure(line, size) if place in table.right else 0.0
                self._say(x + 4 + max(0.0, room), line, size, self._y - number * size * LEADING)
            x += width
        self._y -= height
        grey, thick = ("0.2", 0.8) if head else ("0.8", 0.4)
        self._page.append(
            f"{grey} G {thick} w {EDGE:.1f} {self._y:.1f} m {WIDTH - EDGE:.1f} {self._y:.1f} l S"
        )

    def _say(self, x: float, line: str, size: float, y: float | None = None) -> None:
        told = "".join(each if ord(each) < 0x10000 else "\u25a1" for each in line).encode("utf-16-be").hex()
        at = self._y if y is None else y
        self._page.append(f"BT /F {size:.1f} Tf {x:.2f} {at:.2f} Td <{told}> Tj ET")

    def pages(self) -> Iterator[bytes]:
        for number, page in enumerate(self._pages, start=1):
            self._page, self._y = page, EDGE
            told = f"{self._foot}    {number} / {len(self._pages)}"
            self._say(EDGE, told, 8.0, EDGE - 14)
            yield "\n".join(page).encode("ascii")


def _width(character: str) -> float:
    """In thousandths of the size: what the reader is told below."""
    return 500.0 if " " <= character <= "~" else 1000.0


def _measure(words: str, size: float) -> float:
    return sum(_width(each) for each in words) * size / 1000


def _broken(words: str, size: float, room: float) -> Iterator[str]:
    """Lines that fit; Latin words stay whole where they can."""
    line = ""
    for whole in _pieces(words):
        piece = whole
        while line and _measure(line + piece, size) > room:
            yield line.rstrip()
            line, piece = "", piece.lstrip()
        while _measure(piece, size) > room and len(piece) > 1:
            cut = max(1, int(len(piece) * room / _measure(piece, size)))
            yield piece[:cut]
            piece = piece[cut:]
        line += piece
    if line.strip():
        yield line.rstrip()


def _pieces(words: str) -> Iterator[str]:
    """Latin words with the blank behind them, and each Chinese character by itself."""
    word = ""
    for each in " ".join(unicodedata.normalize("NFC", words).split()):
        if each > "\u2e7f":
            yield from filter(None, (word, each))
            word = ""
        else:
            word += each
            if each == " ":
                yield word
                word = ""
    if word:
        yield word


def _document(pages: Iterator[bytes], title: str, at: datetime) -> bytes:
    contents = list(pages)
    first = 7
    kids = " ".join(f"{first + 2 * place} 0 R" for place in range(len(contents)))
    stamp = at.strftime("%Y%m%d%H%M%SZ")
    told = title.encode("utf-16").hex() if title.isascii() else ("\ufeff" + title).encode("utf-16-be").hex()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        (
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) "
            b"/Ordering (GB1) /Supplement 2 >> /FontDescriptor 5 0 R /DW 1000 /W [1 [" + b" ".join([b"500"] * 95) + b"]] >>"
        ),
        (
            b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
            b"/Ascent 752 /Descent -271 /CapHeight 737 /StemV 58 >>"
        ),
        f"<< /Title <{told}> /Producer (DanQiao) /CreationDate (D:{stamp}) >>".encode(),
    ]  # fmt: skip
    for place, content in enumerate(contents):
        packed = zlib.compress(content)
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:.0f} {HEIGHT:.0f}] /Contents {first + 2 * place + 1} 0 R "
            "/Resources << /Font << /F 3 0 R >> >> >>".encode()
        )
        bodies.append(
            f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode() + packed + b"\nendstream"
        )
    return _numbered(bodies)


def _numbered(bodies: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.5\n%\xe5\x8d\x95\xe6\xa1\xa5\n")
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    trailer = f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return bytes(out) + trailer.encode()
