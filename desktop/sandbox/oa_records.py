"""What the toy OA remembers of a request, and how its behaviour can be set. Plain values, no lock, no HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from desktop.sandbox.group import INTEGRATION_OA_ID
from desktop.sandbox.oa_forms import OaNode

LOCAL = ZoneInfo("Asia/Shanghai")
"""The zone in which the OA prints its times, without saying so."""

PENDING, DONE, FORWARDED, ARCHIVED, COPIED = 0, 2, 1, 4, 8
"""isremark: what a request is to one of its operators."""

LOG_TEXTS = {
    "0": "批准",
    "1": "保存",
    "2": "提交",
    "3": "退回",
    "7": "转发",
    "9": "批注",
    "a": "意见征询",
    "b": "意见征询回复",
    "e": "强制归档",
    "h": "转办",
    "i": "流程干预",
    "r": "撤回",
}


class OaRefusal(Exception):
    """The OA says no.

    code:   "PARAM_ERROR", "NO_PERMISSION", "SYSTEM_INNER_ERROR", "USER_EXCEPTION" or "FAIL".
    err:    the content of errMsg. failure, told: msgType and msgInfo of reqFailMsg.
    """

    def __init__(
        self, code: str, err: Mapping[str, Any], failure: str = "", told: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(code, dict(err), failure, dict(told or {}))
        self.code = code
        self.err = dict(err)
        self.failure = failure
        self.told = dict(told or {})


@dataclass(slots=True)
class OaSettings:
    """How this OA behaves; every value may be changed while it runs.

    visible_after_ms:      a change of state shows in reads and lists only so much later (effects know at once).
    node_name_after_ms:    the name of the current node may lag further behind.
    list_hides_ms:         a new request is missing from all lists at first.
    extended_items:        list items carry currentnodetype, isbereject, ... (newer patches).
    regist_renews:         each registration makes new keys, and kills the tokens (older patches).
    old_kb:                token troubles answer HTTP 500 with a page of HTML.
    strict:                requestId and requestid are told apart.
    versions_joined:       a list by workflow id shows the workflow's other versions too.
    chinese_counts:        how much of a varchar one Chinese character uses up.
    draw_back_to_create:   a monitor's doForceDrawBack leads to the creator; False = one node back.
    direct_value:          the value of isSubmitDirect that means "straight back to the node that returned it".
    type2_logtype:         how a node of type 2 is logged, "2" or "0".
    operate_texts:         other words for a log entry, by (node id, logtype); "" hides it.
    action_refuses:        node id -> the text with which the node's own action blocks the way out.
    monitors:              persons who may see and end all requests. revoked: persons who see nothing (any more).
    copied_at_archive:     persons who get a copy when a request is archived.
    read_denied:           how a read without right is answered: an error code, or canView false.
    missing_code:          how a read of a deleted request is answered.
    upload_directories:    attachment fields that have an upload directory; None = all have.
    sso_login_is:          what `loginid` means at ssologin/getToken.
    cas_attributes:        whether serviceValidate tells more of a person than his login name.
    after_move:            what a node's own action does once a request lies at another node.
    erp_address:           where the form's link field leads, "{erp_key}" filled in; "" = the form has none.
    """

    visible_after_ms: float = 0
    node_name_after_ms: float = 0
    list_hides_ms: float = 0
    extended_items: bool = True
    regist_renews: bool = False
    token_ttl_s: float = 1800
    old_kb: bool = False
    strict: bool = True
    status_without_code: bool = False
    code_as_object: bool = False
    versions_joined: bool = True
    chinese_counts: int = 1
    title_length: int = 400
    mandatory_at_create: bool = False
    submit_needs_workflow: bool = False
    draw_back_to_create: bool = True
    direct_value: str = "0"
    type2_logtype: Literal["0", "2"] = "2"
    operate_texts: dict[tuple[int, str], str] = field(default_factory=dict)
    action_refuses: dict[int, str] = field(default_factory=dict)
    monitors: set[str] = field(default_factory=lambda: {INTEGRATION_OA_ID, "1"})
    revoked: set[str] = field(default_factory=set)
    copied_at_archive: tuple[str, ...] = ()
    read_denied: Literal["code", "can_view"] = "code"
    missing_code: Literal["PARAM_ERROR", "NO_PERMISSION"] = "PARAM_ERROR"
    upload_directories: set[str] | None = None
    page_size: int = 10
    allowed_ips: set[str] | None = None
    hrm_ips: set[str] = field(default_factory=set)
    hrm_identifier: str = ""
    hrm_rows: bool = False
    sso_ips: set[str] = field(default_factory=lambda: {"127.0.0.1"})
    sso_login_is: Literal["loginid", "workcode"] = "loginid"
    sso_secret: str = ""
    sso_ttl_s: float = 60
    cas_attributes: bool = True
    after_move: Callable[[OaRequestRecord], object] | None = None
    erp_address: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """One person's place in a request. state: isremark; seen: has he opened it."""

    id: int
    person: str
    node: OaNode
    state: int
    received_at: datetime
    before: int = 0
    operated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the approval log. remark is HTML; received are the persons who have it next."""

    id: int
    logtype: str
    node: OaNode
    person: str
    at: datetime
    remark: str
    to_node: int
    received: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a request stood from `at` on, until the next moment.

    status: the text of the last link ("创建 至 部门负责人审批"), not a state.
    logs:   how many log entries there were. day: the local day of `at`.
    """

    at: datetime
    day: date
    node: OaNode
    status: str
    rejected: bool
    operators: tuple[Operator, ...]
    logs: int
    by: str

    @property
    def waiting(self) -> tuple[str, ...]:
        """Persons whose turn it is."""
        return tuple(operator.person for operator in self.operators if operator.state == PENDING)


@dataclass(slots=True)
class OaRequestRecord:
    """One request. What `Oa.request` hands out is a copy; nobody changes the OA through it.

    fields:  main values by field name, as text.
    details: rows by alias ("detail_1") and row id; ids never change.
    history: every moment of its life, oldest first. keys: each value that its erp_key ever had.
    """

    id: int
    workflow_id: int
    title: str
    level: int
    creator: str
    fields: dict[str, str]
    details: dict[str, dict[int, dict[str, str]]]
    created_at: datetime
    history: list[Moment]
    log: list[LogEntry] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    straight_to: OaNode | None = None
    seen_by: set[str] = field(default_factory=set)

    @property
    def now(self) -> Moment:
        """Where it truly stands, whatever reads show yet."""
        return self.history[-1]

    @property
    def node(self) -> str:
        """Name of the current node."""
        return self.now.node.name

    @property
    def node_id(self) -> int:
        """Id of the current node."""
        return self.now.node.id

    @property
    def node_type(self) -> int:
        """0 create, 1 approve, 2 submit, 3 archive."""
        return self.now.node.type

    @property
    def is_rejected(self) -> bool:
        """True while it lies with its creator because somebody returned it."""
        return self.now.rejected

    @property
    def last_at(self) -> datetime:
        """When somebody last did something to it (aware UTC)."""
        return self.now.at

    @property
    def status(self) -> str:
        """The text of the last link."""
        return self.now.status

    @property
    def waiting(self) -> tuple[str, ...]:
        """OA ids of the persons whose turn it is."""
        return self.now.waiting

    def shown(self, now: datetime, after_ms: float) -> Moment:
        """The moment that reads show: the newest that is at least `after_ms` old, else the first."""
        if after_ms <= 0:
            return self.history[-1]
        limit = now - timedelta(milliseconds=after_ms)
        return next((moment for moment in reversed(self.history) if moment.at <= limit), self.history[0])

    def copy(self) -> OaRequestRecord:
        """The same values in new containers."""
        return OaRequestRecord(
            self.id,
            self.workflow_id,
            self.title,
            self.level,
            self.creator,
            dict(self.fields),
            {alias: {key: dict(row) for key, row in rows.items()} for alias, rows in self.details.items()},
            self.created_at,
            list(self.history),
            list(self.log),
            set(self.keys),
            self.straight_to,
            set(self.seen_by),
        )


@dataclass(frozen=True, slots=True)
class DetailEdit:
    """What a call does to one detail table.

    rows: (0 or the row's id, values); 0 makes a new row. deleted: ids of rows to go; everything: all rows go first.
    """

    table: str
    rows: Sequence[tuple[int, dict[str, Any]]] = ()
    deleted: Sequence[int] = ()
    everything: bool = False


def local_time(at: datetime) -> str:
    """`yyyy-MM-dd HH:mm:ss` in the OA's zone."""
    return at.astimezone(LOCAL).isoformat(" ", "seconds")[:19]


def local_day(at: datetime) -> date:
    """The day of `at` in the OA's zone."""
    return at.astimezone(LOCAL).date()
