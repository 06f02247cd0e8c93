"""The switches of the toy DingTalk: its app, what it may do, its limits, and where tenants differ."""

from __future__ import annotations

from dataclasses import dataclass, field

WRITE, READ, FORM, CONTACT, MOBILE = (
    "Workflow.Instance.Write",
    "Workflow.Instance.Read",
    "Workflow.Form.Read",
    "Contact.User.Read",
    "Contact.User.mobile",
)
"""Permission points of the console."""


@dataclass
class DingSettings:
    """Plain values; change them at any time, the next call sees them.

    corp_id, client_id, client_secret, agent_id: the one internal app.
    token_s:           how long an access token lives.
    permissions:       points that the app has been given. allowed_ips: None = everybody.
    qps:               calls a second for each API; 0 = without limit. quota: metered calls a calendar month.
    withdraw_after_s:  how old an instance must be before the interface may withdraw it.
    no_withdrawal:     templates (workflow ids) that do not allow it. disabled: templates switched off.
    suites:            templates that are suites (leave, reimbursement): the interface cannot start them.
    offset_h:          the tenant's clock; its times are printed with a Z that is not true.
    success_as_text:   "true" instead of true in a read.
    ip_banned:         every answer is the page of the fire wall.
    paid:              the paid edition (bizDetailPageUrl).
    redirects:         addresses to which the sign-in page may send a browser on; None = any.
    storage_version:   what the paths of storage begin with.
    """

    corp_id: str = "ding5a9db0c5danqiao"
    client_id: str = "dingdanqiaosandbox01"
    client_secret: str = "Sandbox-5a9db0c5a9db0c5a9db0c5a9db0c5a9d"
    agent_id: int = 2000001
    token_s: int = 7200
    permissions: set[str] = field(default_factory=lambda: {WRITE, READ, FORM, CONTACT, MOBILE})
    allowed_ips: set[str] | None = None
    qps: int = 20
    quota: int = 10000
    withdraw_after_s: float = 15
    no_withdrawal: set[int] = field(default_factory=set)
    disabled: set[int] = field(default_factory=set)
    suites: set[int] = field(default_factory=set)
    offset_h: int = 8
    success_as_text: bool = False
    ip_banned: bool = False
    paid: bool = False
    redirects: set[str] | None = None
    storage_version: str = "v1.0"
