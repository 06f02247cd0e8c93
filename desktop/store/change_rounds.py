"""Writes about a round: what is sent, what was answered, and what the round holds meanwhile. Part of Change (change.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from desktop.domain.claim import GatePass
from desktop.domain.document import Attempt, AttemptOutcome, CarriedFile, Document, Turn, Wish
from desktop.domain.record import Ref
from desktop.store.change_base import Writes

_TOLD_TURN: Mapping[Turn | None, str] = {Turn.HELD: "turn_held", Turn.FIRST: "turn_first", None: "turn_usual"}
"""How the trail tells a person's word about a document's turn."""


class RoundWrites(Writes):
    """Rounds, their links and bills, and what is reserved for them."""

    def open_round(
        self, document: Document, *, flow_version: str, snapshot: Mapping[str, Any], mapped: Mapping[str, Any],
        digest: str, source_changed_at: datetime | None, sent_as: str,
    ) -> None:  # fmt: skip
        """What is about to be sent; written again when a first try came to nothing."""
        rows = self._tables.round
        values: dict[str, Any] = {
            "flow_version": flow_version, "snapshot": snapshot, "mapped": mapped, "digest": digest,
            "source_changed_at": source_changed_at, "sent_as": sent_as, "decision": "", "opinions": [],
            "opened_at": self.at, "closed_at": None, "seen_away_at": None,
        }  # fmt: skip
        self._pen.upsert(rows, {"document_id": document.id, "number": document.round}, values)
        self._note_fallbacks(document, mapped)

    def map_leg(self, document: Document, mapped: Mapping[str, Any]) -> None:
        """What was sent in this round, with the bill that is about to be sent."""
        self._update_round(document, mapped=mapped)
        self._note_fallbacks(document, mapped)

    def map_value(self, document: Document, leg: int, field: str, value: Any) -> None:
        """One header value of a bill that was sent is another one from now on: we changed it, by a person's order."""
        rows = self._tables.round
        row = rows.get(rows.document_id == document.id, rows.number == document.round)
        sent = dict(row.mapped.get(str(leg), {}))
        sent["header"] = {**sent.get("header", {}), field: value}
        self._update_round(document, mapped={**row.mapped, str(leg): sent})

    def _note_fallbacks(self, document: Document, mapped: Mapping[str, Any]) -> None:
        """Base data for which a stand-in is sent, of a request or of each bill: counted, and told with the document."""
        drafts = [mapped, *(each for each in mapped.values() if isinstance(each, Mapping))]
        for kind, code, found in (row for each in drafts for row in each.get("fallbacks", ())):
            keys = {"document_id": document.id, "round": document.round, "kind": kind, "code": code}
            values = {"route_id": document.route_id, "counterpart": found, "at": self.at}
            self._pen.upsert(self._tables.base_fallback, keys, values)

    def unsettle_digest(self, document: Document) -> None:
        """Marks an adopted round whose request says something else than the bill: the sweep will find it changed."""
        rows = self._tables.round
        rows.update(digest="", source_changed_at=None).where(
            rows.document_id == document.id, rows.number == document.round
        ).execute()

    def decide(
        self, document: Document, decision: str, opinions: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """What the approvers said, kept whole. None = nothing new was said."""
        said = {} if opinions is None else {"opinions": list(opinions)}
        self._update_round(document, decision=decision, **said)

    def stand_for(self, document: Document, digest: str) -> None:
        """The round stands for this content from now on; the snapshot stays what was sent."""
        self._update_round(document, digest=digest)

    def close_round(self, document: Document, *, seen_away: bool = False) -> None:
        """The round is over; seen_away where the same look proved the bill not SUBMITTED."""
        values: dict[str, Any] = {"closed_at": self.at}
        if seen_away:
            values["seen_away_at"] = self.at
        self._update_round(document, **values)

    def see_away(self, documents: Sequence[Document], at: datetime) -> None:
        """The bills of these documents at rest were seen not SUBMITTED by a read begun at `at`."""
        rows = self._tables.round
        for document in documents:
            self._pen.update(
                rows, {"seen_away_at": at}, document_id=document.id, number=document.round, seen_away_at=None
            )

    # --- links and bills ----------------------------------------------------------------------
    def link(self, document: Document, request: Ref) -> None:
        """Binds the round to its request; one request belongs to one round."""
        source = document.source
        self._pen.insert(
            self._tables.link,
            document_id=document.id, round=document.round, erp_system=source.system_id, erp_form=source.form,
            erp_key=source.key, erp_number=source.number, oa_system=request.system_id, oa_form=request.form,
            oa_key=request.key, oa_number=request.number, made_at=self.at,
        )  # fmt: skip

    def unlink(self, document: Document) -> None:
        """Takes the current round's link away (a person bound the document elsewhere)."""
        rows = self._tables.link
        rows.delete().where(rows.document_id == document.id, rows.round == document.round).execute()

    def link_leg(self, document: Document, leg: int, bill: Ref) -> None:
        """Binds a bill that a generation made to its request; one bill belongs to one document."""
        source = document.source
        self._pen.insert(
            self._tables.link,
            document_id=document.id, round=document.round, leg=leg, erp_system=bill.system_id, erp_form=bill.form,
            erp_key=bill.key, erp_number=bill.number, oa_system=source.system_id, oa_form=source.form,
            oa_key=source.key, oa_number=source.number, made_at=self.at,
        )  # fmt: skip

    def unlink_leg(self, document: Document, leg: int) -> None:
        """The bill of this leg is gone again (we deleted it before it was audited)."""
        rows = self._tables.link
        rows.delete().where(
            rows.document_id == document.id, rows.round == document.round, rows.leg == leg
        ).execute()

    def make_way(self, document: Document, deleted: Attempt) -> None:
        """The bill is gone on a person's order, to be made anew under the same key: what was done to it is undone."""
        rounds, rows = self._tables.round, self._tables.attempt
        round_ = rounds.get_or_none(rounds.document_id == document.id, rounds.number == document.round)
        if round_ is not None and round_.decision == "make_again":
            files = (
                self._tables.carried_file
            )  # they hung on the bill that is gone; the new one gets them anew
            files.delete().where(
                files.document_id == document.id, files.round == document.round, files.leg == deleted.leg
            ).execute()
            rows.update(outcome=AttemptOutcome.LOST.value).where(
                rows.document_id == document.id, rows.round == document.round, rows.leg == deleted.leg,
                rows.outcome == AttemptOutcome.DONE.value, rows.id != deleted.id,
            ).execute()  # fmt: skip

    def forget_undoing(self, document: Document) -> None:
        """An earlier taking back and deleting of this round is over; it may be done once more."""
        rows = self._tables.attempt
        rows.update(outcome=AttemptOutcome.LOST.value).where(
            rows.document_id == document.id, rows.round == document.round,
            rows.step.in_(["send_back", "delete_bill"]), rows.outcome == AttemptOutcome.DONE.value,
        ).execute()  # fmt: skip

    def put_file(self, document: Document, file: CarriedFile) -> None:
        """How far an attachment of the document's round has come."""
        self._tables.carried_file.replace(
            document_id=document.id, round=file.round, leg=file.leg, source=file.source, name=file.name, size=file.size,
            digest=file.digest, state=file.state.value, tries=file.tries, target=file.target, why=file.why, at=self.at,
        ).execute()  # fmt: skip

    # --- reserved, wished, let pass ----------------------------------------------------------------------
    def reserve(self, document: Document, values: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Takes (kind, value) pairs for this document; answers those that another document holds, with its id.
        Where there is one, nothing was taken."""
        rows, held = self._tables.reserved, {}
        wanted = list(dict.fromkeys(values))
        for kind, value in wanted:
            row = rows.get_or_none(rows.kind == kind, rows.value == value)
            if row is not None and row.document_id != document.id:
                held[kind, value] = int(row.document_id)
        for kind, value in wanted if not held else ():
            rows.replace(kind=kind, value=value, document_id=document.id).execute()
        return held

    def free(self, document: Document) -> None:
        """Gives back whatever this document reserved."""
        rows = self._tables.reserved
        rows.delete().where(rows.document_id == document.id).execute()

    def set_aside(self, document: Document, system_id: str, claims: Mapping[str, Decimal]) -> None:
        """What this invoice is about to take off each claim (by the ERP's id), instead of what was set aside before."""
        rows = self._tables.claim_reserved
        rows.delete().where(rows.document_id == document.id).execute()
        for claim_key, amount in claims.items():
            rows.create(
                document_id=document.id,
                system_id=system_id,
                claim_key=claim_key,
                amount=str(amount),
                at=self.at,
            )

    def wish(self, document: Document, wish: Wish, person: str, reason: str) -> None:
        """How this round is sent the next time; with neither a version nor edits: as the mapping in force says."""
        rows = self._tables.resend
        rows.delete().where(rows.document_id == document.id).execute()
        if wish.version or wish.edits:
            rows.create(
                document_id=document.id, round=document.round, version=wish.version, edits=dict(wish.edits)
            )
        told = {"version": wish.version, "edits": dict(wish.edits), "reason": reason}
        self.note(person, "resend", document, round=document.round, **told)

    def give_turn(self, document: Document, turn: Turn | None, person: str, reason: str) -> None:
        """Held back, let go before the others, or (None) treated like any other again."""
        rows = self._tables.own_turn
        rows.delete().where(rows.document_id == document.id).execute()
        if turn is not None:
            rows.create(document_id=document.id, turn=turn.value, person=person, reason=reason, at=self.at)
        self.moved.append(document.id)
        self.note(person, _TOLD_TURN[turn], document, reason=reason)

    def let_pass(self, given: GatePass) -> None:
        """Two persons let an invoice pass the gate as it is; of several the latest counts."""
        self._tables.gate_pass.create(
            document_id=given.document_id, digest=given.digest, person=given.person, second=given.second,
            reason=given.reason, code=given.code, said=given.said, given_at=given.given_at, used_round=None,
        )  # fmt: skip
        told = {"second": given.second, "reason": given.reason, "code": given.code}
        self.lines.append((given.person, "gate_pass_given", f"document:{given.document_id}", told))

    def use_pass(self, document: Document, given: GatePass) -> None:
        """The round that takes it; another round wants another."""
        rows = self._tables.gate_pass
        rows.update(used_round=document.round).where(
            rows.document_id == document.id, rows.given_at == given.given_at
        ).execute()
        self.note(
            given.person, "gate_passed", document, second=given.second, reason=given.reason, code=given.code
        )
