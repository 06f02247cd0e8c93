"""What a node's own action of the toy OA does when a request moves: it tells an address outside.

Source: Weaver e-cology 9, node actions (weaver.interfaces.workflow.action.Action) and the integration centre's HTTP
actions. The vendor has no form of its own; this is the one that its reference tells to agree on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from desktop.sandbox.oa_records import OaRequestRecord
from desktop.sandbox.ringing import Ringer


class NodeAction:
    """Set as `settings.after_move`. A Java action signs; an action without code (`plain`) sends the secret itself."""

    def __init__(self, url: str, secret: str, clock: Callable[[], datetime], *, plain: bool = False) -> None:
        self.ringer = Ringer(url)
        self._secret, self._clock, self._plain = secret, clock, plain

    def __call__(self, record: OaRequestRecord) -> None:
        told = {
            "event": "archived" if record.node_type == 3 else "moved", "requestId": record.id,
            "workflowId": record.workflow_id, "nodeType": record.node_type, "result": "",
            "erpKey": record.fields.get("erp_key", ""), "time": str(int(self._clock().timestamp())),
        }  # fmt: skip
        if self._plain:
            headers = {
                "Authorization": f"Bearer {self._secret}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            self.ringer.post(urlencode(told).encode(), headers)
            return
        body = json.dumps(told, ensure_ascii=False).encode()
        signed = hmac.new(
            self._secret.encode(), str(told["time"]).encode() + body, hashlib.sha256
        ).hexdigest()
        headers = {
            "Content-Type": "application/json", "X-Ecology-Time": str(told["time"]), "X-Ecology-Signature": signed,
        }  # fmt: skip
        self.ringer.post(body, headers)
