"""Where the price of a line comes from (X13): its lock as the ERP's price lists say it now, the inquiry that brought it, who
was compared, who agreed; and in which way a line left its lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from desktop.connectors.base import ErpConnector
from desktop.domain.document import Document, DocumentState, Round
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import Flow, FlowKind
from desktop.sync import price_lock
from desktop.sync.days import day_of
from desktop.sync.expression import text_of
from desktop.sync.price_lock import LineLook
from desktop.sync.prices import LockBook, PriceRow
from desktop.sync.reader import Reader
from desktop.sync.translate import Translator

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

_COMPARED = ("table", "supplier", "price", "chosen")


@dataclass(frozen=True, slots=True)
class Offer:
    """One supplier that an inquiry compared."""

    supplier: str
    price: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class InquiryTold:
    """The inquiry behind a price, as it was agreed to. opinions: (node, person, decision, text, ISO time), oldest first."""

    document_id: int
    number: str
    request: str
    state: DocumentState
    offers: tuple[Offer, ...]
    opinions: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LinePrice:
    """One line of a bill and its lock. kept: at its locked price. why: in which way it left it, as rules name it ("price",
    "currency", "unit", "tax_rate", "day", "band", "none", ...), "" = it did not. inquiry None: not made through us."""

    place: int
    material: str
    supplier: str
    price: str
    row: PriceRow | None
    kept: bool
    why: str
    told: str
    inquiry: InquiryTold | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """A bill's lines with whence their prices come."""

    document_id: int
    number: str
    lines: tuple[LinePrice, ...]


class Provenances:
    """Reads the bill and the price lists now, and the inquiries from what was kept."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def of_number(self, number: str) -> list[Provenance]:
        """Of every document with this number whose flow locks prices; [] where there is none."""
        sees = self._workspace.people.seat.sees
        found = [
            each
            for each in self._workspace.ledger.numbered(number.strip())
            if sees(each.route_id) and self._book(each)
        ]
        return [self.of(each.id) for each in found]

    def of(self, document_id: int) -> Provenance:
        """Of one document. Raises PER-714 where its flow locks no prices, DAT-402 where the bill is gone, NET, SES."""
        workspace = self._workspace
        document = next(iter(workspace.ledger.by_ids([document_id])), None)
        if document is not None:
            workspace.people.demand_seat("read", document.route_id)
        translator = self._book(document) if document else None
        if document is None or translator is None:
            raise SyncError(ErrorCode.CANNOT, certain=True, system="", what="price_lock")
        route = next(each for each in workspace.catalog.routes() if each.id == document.route_id)
        erp = cast(ErpConnector, workspace.connect(workspace.catalog.system(route.erp_id)))
        try:
            bill = erp.read_bills(translator.erp_side, [document.source.key]).get(document.source.key)
            if bill is None:
                number = document.source.number
                raise SyncError(ErrorCode.RECORD_MISSING, certain=True, system=route.erp_id, number=number)
            book, reader = cast(LockBook, translator.lock), Reader(erp, day_of(erp.system, workspace.now()))
            reader.gather(price_lock.wants(bill, book))
            looks = price_lock.look(bill, book, reader, reader.today)
        finally:
            erp.close()
        known: dict[str, InquiryTold | None] = {}
        lines = tuple(self._line(each, book, known) for each in looks)
        return Provenance(document.id, bill.ref.number, lines)

    def _book(self, document: Document) -> Translator | None:
        flow = self._workspace.flow_for(document.route_id, document.flow_id)
        return Translator(flow) if flow is not None and flow.lock is not None else None

    def _line(self, look: LineLook, book: LockBook, known: dict[str, InquiryTold | None]) -> LinePrice:
        row = look.found.row or look.found.nearest
        number = row.inquiry if row else ""
        if number not in known:
            known[number] = self._inquiry(number) if number else None
        kept = look.is_kept(refuse=book.lock.refuse)
        missing = look.found.missing
        why = "" if look.found.row is not None and kept else (missing.value if missing else "price")
        return LinePrice(
            look.place, look.ask.material, look.ask.supplier, text_of(look.ask.tax_price), row, kept, why,
            look.told(), known[number],
        )  # fmt: skip

    def _inquiry(self, number: str) -> InquiryTold | None:
        """The document that made the inquiry bill of this number, with what was agreed to in that round."""
        ledger = self._workspace.ledger
        for document in ledger.makers_of_number(number):
            flow = self._workspace.flow_for(document.route_id, document.flow_id)
            round_ = ledger.round(document.id, document.round)
            seen = self._workspace.people.seat.sees(document.route_id)
            if flow is None or flow.kind is not FlowKind.GENERATION or round_ is None or not seen:
                continue
            return InquiryTold(
                document.id, number, document.source.number, document.state, _offers(flow, round_),
                tuple(_opinion(each) for each in round_.opinions),
            )  # fmt: skip
        return None


def _offers(flow: Flow, round_: Round) -> tuple[Offer, ...]:
    """Whom the inquiry compared, by the names that its flow file gives in `[options]`: compared_table, compared_supplier,
    compared_price, compared_chosen."""
    table, supplier, price, chosen = (flow.options.get(f"compared_{name}", "") for name in _COMPARED)
    rows: Mapping[str, Any] = round_.snapshot.get("lines", {}).get(table, {})
    return tuple(
        Offer(
            text_of(row.get(supplier)),
            _plain(text_of(row.get(price))),
            text_of(row.get(chosen)).strip().lower() in ("1", "true"),
        )
        for row in rows.values()
    )


def _plain(price: str) -> str:
    """A price without the places that only its column has."""
    return price.rstrip("0").rstrip(".") if "." in price else price


def _opinion(kept: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    return (
        str(kept.get("node", "")), str(kept.get("person", "")), str(kept.get("decision", "")), str(kept.get("text", "")),
        str(kept.get("at", "")),
    )  # fmt: skip
