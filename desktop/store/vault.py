"""Secrets: an environment variable (for a service), then the operating system's keyring. Never a file of ours.

The only user of keyring. It is imported late: on some desktops finding the backend takes a second.
"""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping

from desktop.domain.errors import ErrorCode, SyncError

_SERVICE = "DanQiao"


def variable(system_id: str, field: str) -> str:
    """The environment variable that may hold a system's secret: DANQIAO_<SYSTEM_ID>_<FIELD>."""
    return re.sub(r"[^A-Z0-9]", "_", f"DANQIAO_{system_id}_{field}".upper())


class Vault:
    """All drawers. `memory` is where the sandbox's own secrets live; it goes before everything else."""

    def __init__(self, *, memory: MutableMapping[tuple[str, str], str] | None = None) -> None:
        self._memory = memory

    def drawer(self, system_id: str) -> Drawer:
        """One system's secrets."""
        return Drawer(self, system_id)

    def find(self, system_id: str, field: str) -> str | None:
        """The secret, wherever it is, or None."""
        if self._memory is not None and (system_id, field) in self._memory:
            return self._memory[system_id, field]
        if (given := os.environ.get(variable(system_id, field))) is not None:
            return given
        return _from_keyring(system_id, field)

    def where(self, system_id: str, field: str) -> str:
        """ "memory", "environment", "keyring" or "": what the systems page says of a secret."""
        if self._memory is not None and (system_id, field) in self._memory:
            return "memory"
        if variable(system_id, field) in os.environ:
            return "environment"
        return "keyring" if _from_keyring(system_id, field) is not None else ""

    def put(self, system_id: str, field: str, value: str) -> None:
        """Into the keyring (or the memory of a sandbox). Raises PER-706 where there is none: never a plain file."""
        if self._memory is not None:
            self._memory[system_id, field] = value
            return
        import keyring
        import keyring.errors

        try:
            if keyring.get_keyring().priority < 1:
                raise keyring.errors.NoKeyringError
            keyring.set_password(_SERVICE, f"{system_id}/{field}", value)
        except (keyring.errors.KeyringError, RuntimeError, OSError):
            raise _missing(system_id, field) from None

    def forget(self, system_id: str, field: str) -> None:
        """Removes a secret from where put() had laid it."""
        if self._memory is not None:
            self._memory.pop((system_id, field), None)
            return
        import keyring
        import keyring.errors

        try:
            keyring.delete_password(_SERVICE, f"{system_id}/{field}")
        except (keyring.errors.KeyringError, RuntimeError, OSError):
            return


class Drawer:
    """One system's secrets, as a connector sees them."""

    def __init__(self, vault: Vault, system_id: str) -> None:
        self._vault = vault
        self._system_id = system_id

    def get(self, name: str) -> str:
        """The secret. Raises PER-706."""
        found = self.find(name)
        if not found:
            raise _missing(self._system_id, name)
        return found

    def find(self, name: str) -> str | None:
        """The secret or None."""
        return self._vault.find(self._system_id, name)

    def put(self, name: str, value: str) -> None:
        """Stores the secret. Raises PER-706."""
        self._vault.put(self._system_id, name, value)


def _missing(system_id: str, field: str) -> SyncError:
    return SyncError(
        ErrorCode.SECRET_MISSING,
        certain=True,
        system=system_id,
        field=field,
        variable=variable(system_id, field),
    )


def _from_keyring(system_id: str, field: str) -> str | None:
    import keyring
    import keyring.errors

    try:
        if keyring.get_keyring().priority < 1:
            return None
        kept: str | None = keyring.get_password(_SERVICE, f"{system_id}/{field}")
        return kept
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        return None


def keyring_in_use() -> str:
    """The name of the keyring that this machine keeps secrets in, or "" where it has none."""
    import keyring
    import keyring.errors

    try:
        found = keyring.get_keyring()
        return str(found.name) if found.priority >= 1 else ""
    except (keyring.errors.KeyringError, RuntimeError, OSError):
        return ""
