"""Opens the gateway beside a running engine, where the site has switched it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.services.site import gateway_settings
from desktop.services.workspace import Workspace

if TYPE_CHECKING:
    from desktop.gateway.server import Gateway


def open_gateway(workspace: Workspace) -> Gateway | None:
    """The opened gateway, or None where it is off. Raises PER-710 for settings under which it must not be opened."""
    settings = gateway_settings(workspace)
    if not settings.on:
        return None
    from desktop.gateway.server import Gateway  # the web server is loaded where somebody wants it

    return Gateway(workspace, settings)
