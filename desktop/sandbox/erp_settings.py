"""The switches of the toy ERP: where installations differ, and what an administrator can turn while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.sandbox.erp_bill import ErpBill


@dataclass
class ErpSettings:
    """Plain values; change them at any time, the next call sees them.

    Bills
    cancel_assign_to:        state after a withdrawal: "D", or "A" as other installations have it.
    modify_date_on_submit, modify_date_on_audit: whether these operations touch FModifyDate.
    submitted_is_open:       a submitted bill may still be edited, as where "submitted" is only a tick on a saved bill.
    isolated_base_data:      partners and materials stand once per organisation (read when the Erp is made).
    verify_base_data:        refuse unknown references whatever the request says.
    closed_until:            last day of the closed accounting periods; money bills up to it are refused.
    lock_code:               MsgCode of a lock conflict (0 or 13).
    workflow_forms:          forms whose submitted bills have a running instance of the ERP's own workflow.
    validators:              (form, operation) that this installation's own plug-in refuses, and its words.

    Queries
    max_query_rows:          rows of one call, 2000 or 10000.
    over_limit_refused:      a Limit above it is an error instead of being cut.
    v91_rights:              a form without query right gives [] instead of the error.
    in_operator:             False: `in (...)` fails, as reported of some installations.
    bill_query:              False plays an old server without BillQuery.

    Rights
    denied:                  (user, form, operation) that is refused with MsgCode 2; "*" stands for any.
    hidden_forms, hidden_orgs: data rights taken away: such bills are missing without a word.

    Sign-in
    session_ttl_s, timestamp_window_s, sign_hash ("sha256" | "sha1").
    max_sessions:            licences; the next sign-in gets MsgCode 7. None = no limit.
    disabled_users, locked_users, expiring_users: LoginResultType -2, -3, -5.
    lost_view_is_empty:      a View without session answers an empty object and no error.
    after_operation:         what a plug-in does once Submit, Audit, ... is done, by (operation, bill).
    oa_address:              where the bill's page links to, "{form}" and "{id}" filled in; "" = no link.
    sso_users:               who may come by link; None = everybody. sso_once: a link opens once only.

    Wire
    operation_spellings:     which of "ExecuteOperation" and "ExcuteOperation" work; the other gives a null reference.
    operation_tells_each:    False: the batch answer of that operation names no bill.
    view_status_object:      View tells its ResponseStatus as an object instead of null.
    server_error_as:         how SERVER_ERROR looks: "500", "503", "519" or "response_error".
    double_encoded:          every answer is a JSON string that holds JSON.
    repeat_window_s:         how long ValidateRepeatJson remembers a packet.
    """

    cancel_assign_to: str = "D"
    modify_date_on_submit: bool = True
    modify_date_on_audit: bool = True
    submitted_is_open: bool = False
    isolated_base_data: bool = True
    verify_base_data: bool = False
    closed_until: date | None = None
    lock_code: int = 0
    workflow_forms: set[str] = field(default_factory=set)
    validators: dict[tuple[str, str], str] = field(default_factory=dict)
    max_query_rows: int = 2000
    over_limit_refused: bool = False
    v91_rights: bool = False
    in_operator: bool = True
    bill_query: bool = True
    denied: set[tuple[str, str, str]] = field(default_factory=set)
    hidden_forms: set[str] = field(default_factory=set)
    hidden_orgs: set[str] = field(default_factory=set)
    session_ttl_s: float = 1200
    timestamp_window_s: float = 300
    sign_hash: str = "sha256"
    max_sessions: int | None = None
    disabled_users: set[str] = field(default_factory=set)
    locked_users: set[str] = field(default_factory=set)
    expiring_users: set[str] = field(default_factory=set)
    lost_view_is_empty: bool = False
    sso_users: set[str] | None = None
    sso_once: bool = False
    operation_spellings: set[str] = field(default_factory=lambda: {"ExecuteOperation"})
    operation_tells_each: bool = False
    view_status_object: bool = True
    server_error_as: str = "500"
    double_encoded: bool = False
    repeat_window_s: float = 60
    after_operation: Callable[[str, ErpBill], object] | None = None
    oa_address: str = ""

    def allows(self, user: str, form: str, operation: str) -> bool:
        """Whether the function right stands."""
        return not self.denied or not any(
            (who, what, how) in self.denied
            for who in (user, "*")
            for what in (form, "*")
            for how in (operation, "*")
        )
