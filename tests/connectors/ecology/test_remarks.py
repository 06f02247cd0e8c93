"""Remarks are HTML in the OA and plain text with us."""

from __future__ import annotations

import pytest

from desktop.connectors.ecology.remarks import plain_text, remark_html, with_breaks, without_breaks


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>同意，<b>请尽快</b>发货</p>", "同意，请尽快发货"),
        ("<p>第一行</p><p>第二行</p>", "第一行\n第二行"),
        ("一<br>二<br/>三", "一\n二\n三"),
        ("价格&nbsp;&lt;&nbsp;100 &amp; 含税", "价格 < 100 & 含税"),
        ("<script>alert('x')</script><style>p{}</style>同意", "同意"),
        ("<img src=x onerror=alert(1)>好", "好"),
        ("3 < 5，数量 > 2", "3 < 5，数量 > 2"),
        ("“引号” 😀 O'Neil", "“引号” 😀 O'Neil"),
        ("&lt;b&gt;", "<b>"),
        ("<p>没有<i>收尾", "没有收尾"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_person_reads(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    "text", ["同意", "a < b & c", "第一行\n第二行", "“引号” 😀 <script>alert(1)</script>"]
)
def test_our_remark_survives_the_round_trip(text: str) -> None:
    assert plain_text(remark_html(text)) == text
    assert "<script>" not in remark_html(text)


def test_a_multi_line_field_keeps_its_lines() -> None:
    assert with_breaks("一\r\n二\n三") == "一<br>二<br>三"
    assert without_breaks("一<br>二<BR/>三<br />四") == "一\n二\n三\n四"
