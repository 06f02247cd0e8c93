"""The demo in the window: both toy systems on loopback, people who act by themselves, and a hand on each of them."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from desktop.domain.document import Document
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Money
from desktop.doors.toy import Toy
from desktop.doors.window_house import WindowHouse
from desktop.doors.window_preferences import WindowPreferences
from desktop.sandbox import group
from desktop.sandbox.erp_bill import ErpBill, Refusal
from desktop.sandbox.faults import Fault, Faults
from desktop.sandbox.living import BUYERS, KIND_OF, KINDS, SELLERS, Living, approvers, name_of
from desktop.sandbox.oa_records import OaRefusal, OaRequestRecord
from desktop.services.workspace import Workspace
from desktop.views.play import PlayBill, PlayDeed, PlayPerson, PlayRequest, PlayScene

EVERY_S = 3.0
TICK_S = 0.5
SHOWN_BILLS, SHOWN_DEEDS = 60, 30
MAY = {"A": frozenset({"submit", "edit"}), "D": frozenset({"submit", "edit"}), "B": frozenset({"withdraw"})}
MAKERS = frozenset(account for _, account in (*SELLERS, *BUYERS)) | {"gaofei"}
CREATES = {"ecology": "doCreateRequest", "dingtalk": "processInstances"}
"""The call that opens a request, by dialect: its answer is the one that gets lost."""
PARTNERS = ("FCustId", "FSupplierId", "FCONTACTUNIT")


def open_demo(
    preferences: WindowPreferences,
    language: str,
    *,
    seed: int | None = None,
    person: str,
    pair: tuple[str, str] = ("", ""),
) -> WindowHouse:
    """Serves the toy company, joins it in a temporary data folder, and lets its people live."""
    folder = Path(tempfile.mkdtemp(prefix="danqiao-demo-"))
    toy = Toy.serve(seed=seed, erp=pair[0], oa=pair[1])
    try:
        workspace = Workspace.open_folder(folder, language=language, memory=toy.memory)
        workspace.catalog.set_preference("environment", "demo")
        toy.join(workspace, every_s=EVERY_S)
        workspace.users.sit("demo", person, group.INTEGRATION_OA_ID)
        house = WindowHouse(workspace, preferences, person)
    except BaseException:
        toy.stop()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    play = SandboxPlay(toy, workspace)
    house.play = play
    house.before.append(play.stop)
    house.after += [toy.stop, lambda: shutil.rmtree(folder, ignore_errors=True)]
    play.start()
    return house


class SandboxPlay:
    """views.play.Play on the toy company, and the timer thread that lets its people act."""

    def __init__(self, toy: Toy, workspace: Workspace, living: Living | None = None) -> None:
        self._toy, self._workspace = toy, workspace
        self.living = living or Living(toy.erp, toy.oa)
        self._made = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._live, name="living", daemon=True)

    # --- people by themselves ----------------------------------------------------------------------------------------
    def start(self) -> None:
        """The day begins."""
        self.living.open_day()
        self._thread.start()

    def stop(self) -> None:
        """The day ends."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def _live(self) -> None:
        while not self._stopped.wait(TICK_S):
            self.living.tick(time.monotonic())

    def pause(self, on: bool) -> None:
        """Stops or wakes the people who act by themselves."""
        self.living.paused = on

    def addresses(self) -> tuple[str, str]:
        """The web pages of the toy ERP and the toy OA."""
        return f"{self._toy.erp_server.url}/sandbox/", f"{self._toy.oa_server.url}/sandbox/"

    # --- people by hand ----------------------------------------------------------------------------------------------
    def decide(self, person: str, request_id: int, *, yes: bool, opinion: str) -> None:
        """Approves a request or returns it to its maker."""
        try:
            number = self._toy.oa.request(request_id).fields.get("erp_bill_no", "")
            decide = self._toy.oa.approve if yes else self._toy.oa.reject
            decide(request_id, person, opinion)
        except OaRefusal as refusal:
            said = f"{refusal.code} {refusal.failure}".strip()
            raise SyncError(ErrorCode.RULE_REFUSED, certain=True, number=str(request_id), said=said) from None
        self.living.note(person, "approve" if yes else "reject", number, opinion)

    def make(self, person: str) -> str:
        """A new bill, submitted; answers its number. Who sells makes orders; who buys makes all others in turn."""
        maker = _employee(person)
        kinds = [kind for kind in KINDS if (maker.company, maker.erp_user) in kind.makers] or [KINDS[0]]
        self._made += 1
        try:
            kind = kinds[self._made % len(kinds)]
            return self.living.hand_in(kind, maker.company, maker.erp_user).number
        except Refusal as refusal:
            raise SyncError(ErrorCode.RULE_REFUSED, certain=True, number="", said=refusal.text) from None

    def act(self, person: str, bill_id: int, act: str, quantity: int = 0) -> None:
        """ "submit", "withdraw" or "edit" (the first line's number) on a bill of his."""
        erp, maker = self._toy.erp, _employee(person).erp_user
        bill = next(each for each in self.living.bills() if each.id == bill_id)
        try:
            if act == "edit":
                self.living.change_number(bill, number=quantity)
                return
            {"submit": erp.submit, "withdraw": erp.withdraw}[act](bill.form, bill_id, maker)
        except Refusal as refusal:
            raise SyncError(
                ErrorCode.RULE_REFUSED, certain=True, number=bill.number, said=refusal.text
            ) from None
        self.living.note(maker, act, bill.number)

    # --- scenes for training -----------------------------------------------------------------------------------------
    def stage(self, name: str) -> str:
        """Sets one of views.play.SCENES up; answers the number of the bill to watch. Seconds."""
        erp_wire, oa_wire = self._toy.wires or (Faults(), Faults())
        maker = SELLERS[0]
        if name == "later_bills":
            return self._block(self._requested(maker))
        if name == "reply_lost":
            oa_wire.force(Fault.REPLY_LOST, CREATES.get(self._toy.oa_play.vendor, "*"))
        else:
            erp_wire.force(Fault.SESSION_LOST)
        return self.living.hand_in(KINDS[0], *maker).number

    def _requested(self, maker: tuple[str, str]) -> ErpBill:
        """A new order, once its request runs. Raises NET-102 where the engine does not come round to it."""
        bill, ledger = self.living.hand_in(KINDS[0], *maker), self._workspace.ledger
        for _ in range(60):
            found = ledger.by_source("k3", bill.form, KINDS[0].flow, [str(bill.id)])
            if any(each.request_number for each in found.values()):
                return bill
            if self._stopped.wait(0.5):
                break
        raise SyncError(ErrorCode.TOO_SLOW, certain=True, system="demo", seconds=30)

    def _block(self, bill: ErpBill) -> str:
        """Audited by hand and delivered already; then an approver returns it: it cannot be un-audited any more."""
        auditor = BUYERS[0][1]
        try:
            self._toy.erp.audit(bill.form, bill.id, auditor)
            self._toy.erp.add_downstream(bill.form, bill.id)
            request = next(
                each for each in self._toy.oa.requests() if each.fields.get("erp_bill_no") == bill.number
            )
            self._toy.oa.reject(request.id, request.waiting[0], "scene")
        except (Refusal, OaRefusal, StopIteration) as refusal:
            raise SyncError(
                ErrorCode.RULE_REFUSED, certain=True, number=bill.number, said=str(refusal)
            ) from None
        self.living.note(auditor, "submit", bill.number)
        return bill.number

    # --- what there is -----------------------------------------------------------------------------------------------
    def scene(self, person: str) -> PlayScene:
        """What there is; `person` is in hand from now on and does nothing by himself. "" lets everybody go."""
        hand = _employee(person) if person else None
        self.living.played = frozenset(filter(None, (hand.oa_id, hand.erp_user))) if hand else frozenset()
        living = self.living
        deeds = [PlayDeed(deed.at, deed.who, deed.act, deed.number, deed.text) for deed in list(living.deeds)]
        return PlayScene(
            self._people(), person, self._requests(hand.oa_id) if hand else (), self._bills(hand),
            tuple(reversed(deeds))[:SHOWN_DEEDS], living.paused, self._workspace.now(),
        )  # fmt: skip

    def _people(self) -> tuple[PlayPerson, ...]:
        companies = {company.number: company.name for company in group.COMPANIES}
        deciding = approvers()
        return tuple(
            PlayPerson(
                each.oa_id or each.erp_user, each.name, f"{companies[each.company][:4]} {each.department}",
                sum(1 for request in self._toy.oa.pending(each.oa_id) if request.node_type == 1), each.erp_user in MAKERS,
            )
            for each in group.EMPLOYEES
            if not each.left and (each.erp_user in MAKERS or each.oa_id in deciding)
        )  # fmt: skip

    def _requests(self, oa_id: str) -> tuple[PlayRequest, ...]:
        pending = self._toy.oa.pending(oa_id) if oa_id else []
        return tuple(_request(record) for record in reversed(pending) if record.node_type == 1)

    def _bills(self, hand: group.Employee | None) -> tuple[PlayBill, ...]:
        """His own bills, or everybody's; newest first."""
        bills = [
            bill
            for bill in reversed(self.living.bills())
            if hand is None or not hand.erp_user or bill.maker == hand.erp_user
        ][:SHOWN_BILLS]
        known: dict[str, Document] = {}
        ledger, play = self._workspace.ledger, self._toy.erp_play
        for kind in KINDS:
            keys = [play.key(bill) for bill in bills if bill.form == kind.form]
            known.update(ledger.by_source("k3", play.form(kind.form), kind.flow, keys))
        nodes, failed = self._nodes(), ledger.open_failures([document.id for document in known.values()])
        return tuple(
            _bill(bill, known.get(play.key(bill)), failed, nodes.get(bill.number, ""), hand) for bill in bills
        )

    def _nodes(self) -> dict[str, str]:
        """Where each order lies in the OA now, by its number; the newest request of an order counts."""
        records = self._toy.oa.requests()
        return {record.fields.get("erp_bill_no", ""): self._where(record) for record in records}

    def _where(self, record: OaRequestRecord) -> str:
        who = name_of(record.waiting[0]) if record.waiting and record.node_type != 3 else ""
        return f"{self._toy.oa.place(record)} {who}".strip()


def _request(record: OaRequestRecord) -> PlayRequest:
    fields = record.fields
    amount = Money(Decimal(fields.get("amount") or "0"), "CNY")
    partner = fields.get("customer_name") or fields.get("supplier_name") or ""
    number, maker = fields.get("erp_bill_no", ""), name_of(record.creator)
    return PlayRequest(record.id, number, partner, amount, maker, record.node, record.last_at)


def _bill(
    bill: ErpBill,
    document: Document | None,
    failed: Mapping[int, object],
    node: str,
    hand: group.Employee | None,
) -> PlayBill:
    kind = KIND_OF[bill.form]
    refs = [bill.head.get(name) for name in PARTNERS]
    partner = next((ref.name for ref in refs if isinstance(ref, ErpBill)), "")
    ours = "" if document is None else "person" if document.id in failed else document.state.value
    own = hand is not None and bill.maker == hand.erp_user
    return PlayBill(
        bill.id, kind.flow, bill.number, partner, _amount(document), bill.status, ours,
        node, MAY.get(bill.status, frozenset()) if own else frozenset(), int(bill.entries[kind.lines][0][kind.number]),
    )  # fmt: skip


def _amount(document: Document | None) -> Money | None:
    """In the group's one currency; the ERP's own code of it means nothing to a person."""
    return (
        Money(document.amount.amount, "CNY") if document is not None and document.amount is not None else None
    )


def _employee(person: str) -> group.Employee:
    return next(each for each in group.EMPLOYEES if person in (each.oa_id, each.erp_user) and person)
