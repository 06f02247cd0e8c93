"""Who may speak with the toy K/3 Cloud: sign-in operations, sessions that end, signature headers, licences."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import Headers

from desktop.sandbox import group
from desktop.sandbox.erp import Erp
from desktop.sandbox.k3cloud_sign import joined_hash, same, signed_caller
from desktop.sandbox.k3cloud_wire import Call, failure, lost_session

COOKIE = "kdservice-sessionid"
ASP_COOKIE = "ASP.NET_SessionId"
_MANY = 500

SIGN_IN_PARAMETERS: dict[str, tuple[str, ...]] = {
    "ValidateUser": ("acctID", "username", "password", "lcid"),
    "LoginByAppSecret": ("acctID", "username", "appId", "appSecret", "lcid"),
    "LoginBySign": ("acctID", "username", "appId", "timestamp", "sign", "lcid"),
}


@dataclass(slots=True)
class Session:
    """One session. org: number of the current organisation; epoch: the sign-out of everybody that it survived."""

    id: str
    user: str
    org: str
    epoch: int
    used_at: float


class Gate:
    """Sessions of one account set."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp
        self._sessions: dict[str, Session] = {}

    def sign_in(self, call: Call) -> tuple[dict[str, Any], Session | None]:
        """The answer of a sign-in operation, and the session where it succeeded."""
        erp, data = self._erp, call.data
        if str(data.get("acctID") or "") != erp.acct_id:
            return lost_session(), None
        user = str(data.get("username") or "")
        result, text = self._judge(call.operation, user, data)
        if result not in (1, -5):
            return _sign_in_answer(erp, result, text, None), None
        if user.lower() == "administrator":
            return failure("不允许使用管理员登录", 15), None
        if self._licences_used_up():
            return failure("登录失败，并发用户数已达到许可上限", 7), None
        session = self._open(user)
        return _sign_in_answer(erp, result, text, session), session if result == 1 else None

    def _judge(self, operation: str, user: str, data: Mapping[str, Any]) -> tuple[int, str | None]:
        """LoginResultType and Message."""
        erp = self._erp
        if erp.user_record(user) is None or not self._proved(operation, user, data):
            return 0, "用户名或密码错误"
        if user in erp.settings.disabled_users:
            return -2, "用户已被禁用"
        if user in erp.settings.locked_users:
            return -3, "用户已被锁定"
        if user in erp.settings.expiring_users:
            return -5, "密码即将过期，请修改密码"
        return 1, None

    def _proved(self, operation: str, user: str, data: Mapping[str, Any]) -> bool:
        erp = self._erp
        if operation == "ValidateUser":
            return user == erp.user and same(str(data.get("password") or ""), erp.password)
        if str(data.get("appId") or "") != erp.app_id:
            return False
        if operation == "LoginByAppSecret":
            return same(str(data.get("appSecret") or ""), erp.app_secret)
        stamp = str(data.get("timestamp") or "")
        parts = [erp.acct_id, user, erp.app_id, erp.app_secret, stamp]
        expected = joined_hash(parts, erp.settings.sign_hash)
        return self.is_fresh(stamp) and same(str(data.get("sign") or ""), expected)

    def is_fresh(self, stamp: str) -> bool:
        """Whether a timestamp in Unix seconds is near enough to the server's clock."""
        if not stamp.isdigit():
            return False
        return abs(self._erp.now().timestamp() - int(stamp)) <= self._erp.settings.timestamp_window_s

    def by_headers(self, headers: Headers, path: str, session_id: str) -> Session | None:
        """The session of signature headers: no sign-in call goes before them. None where they do not hold."""
        erp = self._erp
        caller = signed_caller(headers, path, erp.app_id, erp.app_secret)
        if caller is None or caller.acct_id != erp.acct_id or not self.is_fresh(caller.timestamp):
            return None
        blocked = erp.settings.disabled_users | erp.settings.locked_users
        if erp.user_record(caller.user) is None or caller.user in blocked:
            return None
        standing = self.find(session_id)
        if standing is not None and standing.user == caller.user:
            return standing
        session = self._open(caller.user)
        if caller.org not in ("", "0") and erp.base("ORG_Organizations", caller.org):
            session.org = caller.org
        return session

    def find(self, session_id: str) -> Session | None:
        """The living session with this id, or None; finding it keeps it alive."""
        session = self._sessions.get(session_id)
        if session is None:
            return None
        now = self._erp.now().timestamp()
        if (
            session.epoch != self._erp.session_epoch
            or now - session.used_at > self._erp.settings.session_ttl_s
        ):
            del self._sessions[session_id]
            return None
        session.used_at = now
        return session

    def end(self, session: Session) -> None:
        """Signed out."""
        self._sessions.pop(session.id, None)

    def _open(self, user: str) -> Session:
        if len(self._sessions) > _MANY:
            self._sweep()
        home = next((person.company for person in group.EMPLOYEES if person.erp_user == user), "100")
        now = self._erp.now().timestamp()
        session = Session(str(uuid.uuid4()), user, home, self._erp.session_epoch, now)
        self._sessions[session.id] = session
        return session

    def _licences_used_up(self) -> bool:
        limit = self._erp.settings.max_sessions
        if limit is None:
            return False
        self._sweep()
        return len(self._sessions) >= limit

    def _sweep(self) -> None:
        oldest = self._erp.now().timestamp() - self._erp.settings.session_ttl_s
        for session in list(self._sessions.values()):
            if session.used_at < oldest or session.epoch != self._erp.session_epoch:
                self.end(session)


def _sign_in_answer(erp: Erp, result: int, text: str | None, session: Session | None) -> dict[str, Any]:
    return {
        "Message": text,
        "MessageCode": "CheckPasswordPolicy",
        "LoginResultType": result,
        "Context": _context(erp, session) if session else None,
        "KDSVCSessionId": session.id if session else "",
        "FormId": None,
        "RedirectFormParam": None,
        "FormInputObject": None,
        "ErrorStackTrace": None,
        "Lcid": 0,
        "AccessToken": None,
        "CustomParam": None,
        "KdAccessResult": None,
        "IsSuccessByAPI": result == 1,
    }


def _context(erp: Erp, session: Session) -> dict[str, Any]:
    user = erp.user_record(session.user)
    org = erp.base("ORG_Organizations", session.org)
    return {
        "UserLocale": "zh-CN",
        "LogLocale": "zh-CN",
        "DBid": erp.acct_id,
        "DatabaseType": 3,
        "SessionId": session.id,
        "UseLanguages": [{"LocaleId": 2052, "LocaleName": "中文(简体)", "Alias": "CN"}],
        "UserId": user.id if user else 0,
        "UserName": session.user,
        "CurrentOrganizationInfo": {
            "ID": org.id if org else 0,
            "AcctOrgType": "1",
            "Name": org.name if org else "",
            "FunctionIds": [101, 102, 103],
        },
        "IsCH_ZH_AutoTrans": False,
        "ClientType": 16,
        "UserToken": session.id,
        "TenantId": "",
        "DataCenterNumber": erp.acct_number,
        "DataCenterName": erp.acct_name,
        "Gsid": "",
        "DisplayVersion": "8.2.0",
        "ProductEdition": 0,
    }
