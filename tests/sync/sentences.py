"""What a clerk reads of a failure, in both languages; for tests that end in one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from desktop.domain.errors import ErrorCode
from desktop.services.text import Text

TEXTS = tuple(Text(language, strict=True) for language in ("zh", "en"))


def assert_plain(code_id: str, facts: Mapping[str, Any]) -> str:
    """Both sentences in both languages are whole: a known code, every fact given, no placeholder, no markup, no trace.

    Answers the English one of what happened.
    """
    assert ErrorCode.named(code_id).id == code_id
    told = ""
    for text in TEXTS:
        for told in (text.do(code_id, facts), text.what(code_id, facts)):
            assert len(told) > 8, code_id
            assert told[-1] in ".。", told
            assert not re.search(r"[{}<>]|\\bNone\\b|Traceback|—|SyncError|\\$", told), told
    return told
