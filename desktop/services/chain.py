"""The bills around a document: what it was made of, what was made of it, and which of them we carry. Read live.

Own links come from the store, all else from the ERP's source fields; where the vendor cannot tell, only our own links show.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from desktop.connectors.base import ErpConnector
from desktop.domain.document import Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import ErpSide, Flow, FlowKind
from desktop.domain.record import BillHead, BillStatus, LinkedBill, Money, Ref
from desktop.sync.blockers import later_tree

if TYPE_CHECKING:
    from desktop.services.workspace import Workspace

HIGHEST = 4
"""So many bills back, from a payment to its requisition and one to spare."""


@dataclass(frozen=True, slots=True)
class ChainBill:
    """One bill of the chain.

    depth:   how far from the first bill; each stands behind the one it was made of.
    status:  None where it could not be read.
    document_id, request: our document of this bill or the one that made it, and its OA request; None, "" = not ours.
    here:    the bill that was asked about, or (of a generation) one of its bills.
    """

    ref: Ref
    depth: int
    status: BillStatus | None
    owner: str = ""
    amount: Money | None = None
    day: str = ""
    document_id: int | None = None
    request: str = ""
    here: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """All of it, top to bottom. blind: the name of the ERP that cannot tell what belongs together, else "". shut: no address
    opens a bill there."""

    bills: tuple[ChainBill, ...]
    blind: str = ""
    shut: bool = False


class Chains:
    """Answers for one document at a time."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def of(self, document_id: int) -> Chain:
        """The chain of a document's bill(s). Raises DAT-402, PER-716, and what the ERP's line raises."""
        found = self._workspace.ledger.by_ids([document_id])
        if not found:
            raise SyncError(ErrorCode.RECORD_MISSING, system="", number=str(document_id))
        document = found[0]
        self._workspace.people.demand_seat("read", document.route_id)
        own = self._own(document)
        if not own:
            return Chain(())
        system = self._workspace.catalog.system(own[0][0].system_id)
        erp = cast(ErpConnector, self._workspace.connect(system))
        try:
            bills = self._read(erp, document, own)
        finally:
            erp.close()
        able = erp.capabilities
        return Chain(tuple(self._known(bills)), "" if able.trace else system.title, able.no_links)

    def open_bill(self, document_id: int, ref: Ref) -> str:
        """A short-lived address of any bill of the chain. Made on the click, never kept. Raises PER-716."""
        document = self._workspace.ledger.by_ids([document_id])[0]
        self._workspace.people.demand_seat("open_side", document.route_id)
        return self._workspace.documents.link_to(document, ref, "erp")

    def _own(self, document: Document) -> list[tuple[Ref, ErpSide]]:
        """The document's bill, or those that its generation made, with the side that reads each."""
        flow: Flow | None = None
        with suppress(SyncError):
            flow = self._workspace.flow_for(document.route_id, document.flow_id)
        if flow is None:
            return []
        if flow.kind is not FlowKind.GENERATION:
            return [(document.source, flow.erp)]
        made = self._workspace.ledger.leg_links([document]).get(document.id, {})
        return [(made[leg].erp, flow.legs[leg - 1].erp) for leg in sorted(made) if leg <= len(flow.legs)]

    def _read(
        self, erp: ErpConnector, document: Document, own: Sequence[tuple[Ref, ErpSide]]
    ) -> list[ChainBill]:
        heads = {ref.key: erp.bill_heads(side, [ref.key]).get(ref.key) for ref, side in own}
        mine = [_own_bill(ref, heads[ref.key], document) for ref, _ in own]
        if not erp.capabilities.trace:
            return [replace(each, depth=at) for at, each in enumerate(mine)]
        above = _above(erp, own[0][0])
        at = len(above)
        told = [_told(bill, depth) for depth, bill in enumerate(above)]
        told.append(replace(mine[0], depth=at))
        told += [_told(branch.bill, at + branch.depth) for branch in later_tree(erp, own[0][0])]
        shown = {(each.ref.form, each.ref.key) for each in told}
        own_keys = {(ref.form, ref.key) for ref, _ in own}
        told = [replace(each, here=(each.ref.form, each.ref.key) in own_keys) for each in told]
        further = [each for each in mine if (each.ref.form, each.ref.key) not in shown]
        return [*told, *(replace(each, depth=at + 1 + place) for place, each in enumerate(further))]

    def _known(self, bills: Sequence[ChainBill]) -> list[ChainBill]:
        """With our documents, where the person at the window may see them."""
        documents = self._workspace.ledger.about([each.ref for each in bills])
        seen = self._workspace.people.seat.routes
        known = []
        for each in bills:
            document = documents.get((each.ref.form, each.ref.key))
            if document is not None and (not seen or document.route_id in seen):
                known.append(replace(each, document_id=document.id, request=document.request_number))
            else:
                known.append(each)
        return known


def _above(erp: ErpConnector, ref: Ref) -> list[LinkedBill]:
    """What it was made of, the first bill first. Of several sources the first is followed: one line back can be read."""
    found: list[LinkedBill] = []
    seen = {(ref.form, ref.key)}
    for _ in range(HIGHEST):
        before = erp.earlier_bills([ref]).get(ref.key, [])
        fresh = [each for each in before if (each.ref.form, each.ref.key) not in seen]
        if not fresh:
            break
        ref = fresh[0].ref
        seen.add((ref.form, ref.key))
        found.insert(0, fresh[0])
    return found


def _told(bill: LinkedBill, depth: int) -> ChainBill:
    return ChainBill(bill.ref, depth, bill.status, bill.owner, bill.amount, bill.day)


def _own_bill(ref: Ref, head: BillHead | None, document: Document) -> ChainBill:
    return ChainBill(
        head.ref if head else ref, 0, head.status if head else None, head.maker if head else "",
        document.amount if ref == document.source else None, here=True,
    )  # fmt: skip
