"""What is kept of a call never holds a secret, however the wire spells it."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest

from desktop.connectors.http import masked

SECRET = 'pa"ss\\wörd 密码&1'


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"given": ["acct", "user", SECRET, 2052]}),
        json.dumps({"given": ["acct", "user", SECRET, 2052]}, ensure_ascii=False),
        json.dumps({"data": json.dumps({"login": SECRET})}),
        urlencode({"login": SECRET}),
        f"https://host/x?login={quote(SECRET, safe='')}",
    ],
)
def test_a_secret_is_hidden_in_every_spelling(body: str) -> None:
    kept = masked(body, [SECRET])
    assert "***" in kept
    assert not any(part in kept for part in ("pa", "ss\\", "rd", "密", "%E5%AF%86", "\\u5bc6"))


def test_a_quote_in_a_secret_does_not_end_what_is_hidden_by_its_name() -> None:
    assert masked(json.dumps({"password": 'ab"cd', "note": "x"})) == '{"password": "***", "note": "x"}'
