"""The connector of the invented OA: every capability flag is off. Written as a vendor's folder would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from desktop.connectors.base import Capabilities, Secrets, SystemInfo, Vendor, VendorField
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.flow import OaSide
from desktop.domain.record import (
    BaseItem,
    Decision,
    FieldInfo,
    FileHead,
    OaRequest,
    Opinion,
    Ref,
    RequestDraft,
    RequestHead,
    RequestStatus,
    Row,
)
from desktop.domain.system import System, SystemRole
from tests.invented.door import Door

CAPABILITIES = Capabilities()
_STATES = {
    "running": RequestStatus.RUNNING, "approved": RequestStatus.APPROVED, "returned": RequestStatus.REJECTED,
    "withdrawn": RequestStatus.WITHDRAWN, "ended": RequestStatus.ENDED,
}  # fmt: skip
_DEEDS = {
    "handed_in": Decision.SUBMITTED, "agreed": Decision.APPROVED, "returned": Decision.RETURNED,
    "withdrew": Decision.WITHDRAWN, "ended": Decision.FORCED,
}  # fmt: skip

Fields = Mapping[tuple[str, str], FieldInfo]


class Quill:
    """One tenant of the invented OA."""

    def __init__(self, system: System, secrets: Secrets) -> None:
        self.system = system
        self.capabilities = CAPABILITIES
        self._door = Door(system, secrets, self._refusal)
        self._forms: dict[str, Fields] = {}

    def check(self) -> SystemInfo:
        return self._door.check()

    def realm(self) -> str:
        return self._door.realm()

    def clock_skew_s(self) -> float:
        return self._door.wire.skew_s

    def close(self) -> None:
        self._door.close()

    # --- reads
    def fields(self, side: OaSide) -> tuple[FieldInfo, ...]:
        told = self._door.read("GET", f"forms/{quote(side.workflow, safe='')}")["fields"]
        fields = tuple(
            FieldInfo(
                each["table"], each["name"], each["title"], each["type"], bool(each.get("must")), each.get("most"),
                each.get("places"),
            )
            for each in told
        )  # fmt: skip
        self._forms[side.workflow] = {(each.table, each.key): each for each in fields}
        return fields

    def base_data(self, kind: str) -> Iterator[BaseItem]:
        if kind != "user":
            raise self._cannot(f"base data {kind}")
        for row in self._door.read("GET", "people")["rows"]:
            yield BaseItem(kind, row["id"], row["staff"], row["name"], row["left"])

    def requests(self, side: OaSide, since: datetime) -> Iterator[RequestHead]:
        raise self._cannot("list_requests")

    def waiting_requests(self, side: OaSide, since: datetime | None = None) -> Iterator[RequestHead]:
        raise self._cannot("waiting_requests")

    def request_files(self, side: OaSide, ref: Ref) -> list[FileHead]:
        raise self._cannot("request_files")

    def read_file(self, side: OaSide, ref: Ref, file: FileHead, most: int) -> bytes:
        raise self._cannot("read_file")

    def upload_file(self, side: OaSide, name: str, content: bytes, sent_as: str) -> Ref:
        raise self._cannot("upload_file")

    def read_request(self, side: OaSide, ref: Ref) -> OaRequest:
        told = self._door.read("GET", f"papers/{quote(ref.key, safe='')}")
        form = self._form(side)
        opinions = [
            Opinion(each["node"], each["who"], _DEEDS[each["did"]], each["text"], _when(each["at"]))
            for each in told["log"]
        ]
        return OaRequest(
            ref=ref,
            title=told["title"],
            status=_STATES[told["state"]],
            fields=_values(form, "", told["fields"]),
            details={
                table: tuple(_values(form, table, row) for row in rows)
                for table, rows in told["rows"].items()
            },
            applicant=told["by"],
            opinions=tuple(opinions),
            node=told["state"],
            changed_at=_when(told["touched"]),
            waiting_on=(told["turn"],) if told["turn"] else (),
        )

    def find_requests(self, side: OaSide, key: str, sent_as: str, since: datetime | None) -> list[Ref]:
        raise self._cannot("find_requests")

    def find_rounds(self, side: OaSide, document_key: str, sent_as: str) -> list[tuple[str, Ref]]:
        raise self._cannot("find_rounds")

    def open_link(self, ref: Ref, user: str) -> str:
        told = self._door.read("POST", f"papers/{quote(ref.key, safe='')}/link", {"for": user})
        return f"{self.system.base_url.rstrip('/')}/{told['link']}"

    def remarks(self, side: OaSide, ref: Ref) -> list[str]:
        raise self._cannot("remarks")

    def sign_on_address(self, back: str, state: str) -> str:
        raise self._cannot("sign_on_address")

    def signed_on(self, code: str, back: str, state: str) -> str:
        raise self._cannot("signed_on")

    def may_see(self, ref: Ref, person: str) -> bool:
        raise self._cannot("may_see")

    def _form(self, side: OaSide) -> Fields:
        if side.workflow not in self._forms:
            self.fields(side)
        return self._forms[side.workflow]

    # --- effects
    def tell_applicant(self, side: OaSide, ref: Ref, sent_as: str, text: str) -> None:
        raise self._cannot("tell_applicant")

    def open_request(self, side: OaSide, draft: RequestDraft) -> Ref:
        values = {**draft.fields, side.key_field: draft.key}
        form = self._form(side)
        for table, rows in {"": (values,), **draft.details}.items():
            for row in rows:
                for name, value in row.items():
                    _check(form, side, table, name, value)
        told = self._door.effect(
            "papers",
            {
                "form": side.workflow, "by": draft.sent_as, "title": draft.title[:200], "fields": values,
                "rows": {table: [dict(row) for row in rows] for table, rows in draft.details.items()},
            },
            draft.sent_as,
        )  # fmt: skip
        return Ref(self.system.id, side.form, str(told["id"]), str(told["id"]))

    def cancel_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        raise self._cannot("cancel_request")

    def close_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        raise self._cannot("close_request")

    def submit_request(
        self, side: OaSide, ref: Ref, sent_as: str, values: Mapping[str, str], opinion: str
    ) -> None:
        self._turn(ref, {"by": sent_as, "yes": True, "fields": dict(values), "text": opinion})

    def return_request(self, side: OaSide, ref: Ref, sent_as: str, reason: str) -> None:
        self._turn(ref, {"by": sent_as, "yes": False, "text": reason})

    def calls_made(self) -> int:
        return 0

    def _turn(self, ref: Ref, body: Mapping[str, Any]) -> None:
        self._door.effect(f"papers/{quote(ref.key, safe='')}/turn", body, ref.number)

    def _cannot(self, what: str) -> SyncError:
        return SyncError(ErrorCode.CANNOT, certain=True, system=self.system.id, what=what)

    def _refusal(self, word: str, text: str, number: str, answer: Mapping[str, Any]) -> SyncError:
        own = self.system.id
        if word == "no_such_person":
            return SyncError(ErrorCode.APPLICANT_UNMAPPED, certain=True, person=number, number="")
        if word == "no_such_field":
            return SyncError(
                ErrorCode.FIELD_MISSING, certain=True, form="", field=str(answer["field"]), said=text
            )
        if word == "not_there":
            return SyncError(ErrorCode.RECORD_MISSING, certain=True, system=own, number=number)
        if word == "no_right":
            return SyncError(ErrorCode.NOT_PERMITTED, certain=True, system=own, number=number, said=text)
        return SyncError(ErrorCode.REFUSED, certain=True, system=own, number=number, said=text)


def _check(form: Fields, side: OaSide, table: str, name: str, value: str) -> None:
    """Raises DAT-403, 404, 405, 408 before anything is sent."""
    path, known = f"{table}.{name}" if table else name, form.get((table, name))
    if known is None:
        raise SyncError(ErrorCode.FIELD_MISSING, certain=True, form=side.form, field=path, said="")
    if known.length is not None and len(value) > known.length:
        raise SyncError(ErrorCode.TOO_LONG, certain=True, field=path, length=len(value), limit=known.length)
    if known.type != "number" or not value:
        return
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise SyncError(ErrorCode.NOT_A_NUMBER, certain=True, field=path, value=value) from None
    if known.places is not None and number != round(number, known.places):
        raise SyncError(ErrorCode.TOO_PRECISE, certain=True, field=path, value=value, places=known.places)


def _values(form: Fields, table: str, told: Mapping[str, str]) -> Row:
    numbers = {key for (place, key), known in form.items() if place == table and known.type == "number"}
    return {name: Decimal(value) if name in numbers and value else value for name, value in told.items()}


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


VENDOR = Vendor(
    id="quill",
    role=SystemRole.OA,
    fields=(VendorField("user"), VendorField("secret", secret=True)),
    capabilities=CAPABILITIES,
    connect=Quill,
)
