"""DingTalk: people and departments, on the old host. Names are believed for half a day: each question is metered.

Source: reference oa-dingtalk, section 9.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.connectors.dingtalk.answers import rows_of, says_nobody, text_of
from desktop.connectors.dingtalk.client import Client
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import BaseItem

_ROOT = 1
_ROOT_OF_FORMS = -1
"""The root department has one number for contacts and another for approvals."""

_BELIEVED_S = 43_200.0
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the directory knows him. departments: as approvals number them. union: who he is to the drive."""

    key: str
    name: str
    departments: tuple[int, ...]
    active: bool
    union: str = ""


class People:
    """Looks people up, each twice a day. Who left meanwhile is refused by the vendor, and nothing begins."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._held: dict[str, tuple[Person, float]] = {}

    def find(self, key: str) -> Person | None:
        """The person with this userid; None where the directory says that there is none. Raises PER-701, NET, SES."""
        held = self._held.get(key)
        if held and time.monotonic() - held[1] < _BELIEVED_S:
            return held[0]
        try:
            told = self._client.old("topapi/v2/user/get", {"userid": key, "language": "zh_CN"}, key)
        except SyncError as error:
            if says_nobody(error):
                return None
            raise
        if not isinstance(told, dict) or not told.get("userid"):
            return None
        person = _person(told)
        self._held[key] = (person, time.monotonic())
        return person

    def name(self, key: str) -> str:
        """What people call him; his userid where nothing more is known or the directory may not be read."""
        if not key:
            return ""
        try:
            found = self.find(key)
        except SyncError as error:
            if error.code not in (ErrorCode.NOT_PERMITTED, ErrorCode.REFUSED):
                raise
            return key
        return found.name if found and found.name else key

    def base_items(self, kind: str) -> Iterator[BaseItem]:
        """All people or departments. Raises PER-714 for a kind that DingTalk does not keep."""
        if kind == "department":
            yield from self._departments()
        elif kind == "user":
            yield from self._users()
        else:
            raise SyncError(
                ErrorCode.CANNOT, certain=True, system=self._client.system.id, what=f"base data {kind}"
            )

    def by_mobile(self, mobiles: Sequence[str]) -> Iterator[BaseItem]:
        """Each person who has one of these numbers, with his name where that may be read."""
        named = True
        for mobile in mobiles:
            try:
                told = self._client.old("topapi/v2/user/getbymobile", {"mobile": mobile}, mobile[-4:])
            except SyncError as error:
                if error.code is not ErrorCode.REFUSED:
                    raise
                continue  # nobody has it
            key = text_of(told.get("userid")) if isinstance(told, dict) else ""
            if not key:
                continue
            name = self.name(key) if named else key
            named = name != key
            yield BaseItem("user", key, "", name if named else "", False, mobile)

    def _departments(self) -> Iterator[BaseItem]:
        for number, name in self._tree():
            yield BaseItem("department", str(number), "", name)

    def _tree(self) -> Iterator[tuple[int, str]]:
        """Every department below the root, level by level."""
        level, seen = [_ROOT], {_ROOT}
        while level:
            below = []
            for parent in level:
                for row in rows_of(
                    self._client.old("topapi/v2/department/listsub", {"dept_id": parent}, str(parent))
                ):
                    number = _whole(row.get("dept_id"))
                    if number and number not in seen:
                        seen.add(number)
                        below.append(number)
                        yield number, text_of(row.get("name"))
            level = below

    def _users(self) -> Iterator[BaseItem]:
        """Everybody, each once although he may sit in several departments; who has left is not listed any more."""
        seen: set[str] = set()
        for number in [_ROOT, *(number for number, _ in self._tree())]:
            for row in self._members(number):
                key = text_of(row.get("userid"))
                if key and key not in seen:
                    seen.add(key)
                    code, mobile = text_of(row.get("job_number")), text_of(row.get("mobile"))
                    out = str(row.get("active", True)).lower() == "false"
                    yield BaseItem("user", key, code, text_of(row.get("name")), out, mobile)

    def _members(self, department: int) -> Iterator[Mapping[str, Any]]:
        """Page after page. Raises DAT-410 where one is missing: a list that is not whole replaces nothing."""
        cursor, asked = 0, set[int]()
        while cursor not in asked:
            asked.add(cursor)
            body = {"dept_id": department, "cursor": cursor, "size": _PAGE}
            told = self._client.old("topapi/v2/user/list", body, str(department))
            if not isinstance(told, dict):
                break
            yield from rows_of(told.get("list"))
            if str(told.get("has_more")).lower() != "true":
                return
            cursor = _whole(told.get("next_cursor"))
        said = f"page {cursor} of department {department}"
        raise SyncError(ErrorCode.UNREADABLE, system=self._client.system.id, number="", said=said)


def _whole(value: Any) -> int:
    text = text_of(value).strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else 0


def _person(told: Mapping[str, Any]) -> Person:
    numbers = told.get("dept_id_list")
    departments = tuple(
        _ROOT_OF_FORMS if number == _ROOT else number
        for number in map(_whole, numbers if isinstance(numbers, list) else ())
        if number
    )
    active = str(told.get("active", True)).lower() != "false"
    union = text_of(told.get("unionid"))
    return Person(text_of(told.get("userid")), text_of(told.get("name")), departments, active, union)
