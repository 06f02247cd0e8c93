"""The switches of the toy K/3 WISE: where installations and patches differ, and what its sheet leaves open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from desktop.sandbox import group


@dataclass(frozen=True, slots=True)
class Authority:
    """What an authority code stands for: a user in an account set. companies: those whose bills it sees; None = all."""

    user: str
    acct_id: int = 1
    companies: frozenset[str] | None = None


AUTHORITY_CODE = "3f1c9a7be2d04586a1b7c0d9e8f72635140918273645abcd"
"""The code of the integration user, for all companies of the account set."""

CODES = {
    AUTHORITY_CODE: Authority(group.INTEGRATION_USER),
    "100c9a7be2d04586a1b7c0d9e8f72635140918273645abcd": Authority(
        group.INTEGRATION_USER, 1, frozenset({"100"})
    ),
    "200c9a7be2d04586a1b7c0d9e8f72635140918273645abcd": Authority(
        group.INTEGRATION_USER, 2, frozenset({"200"})
    ),
}


@dataclass
class WiseSettings:
    """Plain values; change them at any time, the next call sees them.

    codes:           authority codes. validity_s: how long a token lives.
    multi_level:     bills are under multi-level review; False = one audit level only, direction 1 does nothing. Then "handed
                     in" is a tick: a bill is only saved, and whoever writes the tick field hands it in or takes it back.
    levels:          how many people must pass a bill that is in review.
    un_audit:        the FCheckDirection that un-audits; "" = by the ERP client only.
    old_patch:       GetList ignores its filter, as before PT127053.
    save_failure:    how a refused Save looks: StatusCode 500, 201 `Faild` with rows, or 200 with FStatus false.
    missing:         how GetDetail answers for a bill that is not there.
    base_save:       the form of a base-data answer: flat, or with FStatus below Data.
    base_detail:     base data in GetDetail: flat or in Page1.
    update_nesting:  where FBillNo stands in an Update: beside the inner Data, or beside the outer one; "any" takes both.
    lines_needed:    an Update without its lines is refused (they are replaced as a whole).
    empty_message:   errors come without a text.
    first_answer_s:  how long IIS needs to wake up for its first answer.
    """

    codes: dict[str, Authority] = field(default_factory=lambda: dict(CODES))
    validity_s: int = 3600
    multi_level: bool = True
    levels: int = 1
    un_audit: str = "3"
    old_patch: bool = False
    save_failure: Literal["500", "201", "row"] = "500"
    missing: Literal["500", "201", "empty"] = "500"
    base_save: Literal["flat", "nested"] = "flat"
    base_detail: Literal["flat", "page"] = "flat"
    update_nesting: Literal["inner", "outer", "any"] = "inner"
    lines_needed: bool = True
    empty_message: bool = False
    first_answer_s: float = 0.0
