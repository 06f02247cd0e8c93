"""The licence page names everything that the program is made of."""

from __future__ import annotations

import re

from desktop.services.licences import licences
from installer.licences import wanted


def test_every_library_is_named_with_its_licence() -> None:
    told = licences()
    named = {re.sub(r"[-_.]+", "-", each).lower() for each in re.findall(r"(?m)^=+\n(\S+) \S+    \S", told)}
    assert set(wanted()) <= named, "run: python -m installer.licences"
    assert re.search(r"(?m)^PySide6\S* \S+    LGPL-3.0", told), (
        "the licence that we take Qt under comes first"
    )
