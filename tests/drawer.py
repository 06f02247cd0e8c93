"""A system's secrets in memory, as the vault hands them to a connector."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.domain.errors import ErrorCode, SyncError


class Drawer:
    """One system's drawer of a vault: secrets by name."""

    def __init__(self, held: Mapping[str, str] | None = None, **more: str) -> None:
        self.held = {**(held or {}), **more}

    def get(self, name: str) -> str:
        if name not in self.held:
            raise SyncError(ErrorCode.SECRET_MISSING, certain=True, system="s", field=name, variable="")
        return self.held[name]

    def find(self, name: str) -> str | None:
        return self.held.get(name)

    def put(self, name: str, value: str) -> None:
        self.held[name] = value
