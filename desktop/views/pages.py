"""The pages of the window, in the order of the sidebar. A page that is not built yet is absent, not empty.

Each is imported when it is first shown: nothing here may be heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.views.desk import Desk, PageSpec

if TYPE_CHECKING:
    from desktop.views.page import Page


def pages() -> list[PageSpec]:
    """Every page that stands."""
    return [
        PageSpec("overview", "page-overview", "overview", _overview, "nav-work"),
        PageSpec("queue", "page-queue", "queue", _queue, "nav-work"),
        PageSpec("failures", "page-failures", "failures", _failures, "nav-work"),
        PageSpec("reconcile", "page-reconcile", "proved", _reconcile, "nav-work"),
        PageSpec("mapping", "page-mapping", "mapping", _mapping, "nav-setup"),
        PageSpec("base", "page-base", "base", _base, "nav-setup"),
        PageSpec("users", "page-users", "link", _users, "nav-setup"),
        PageSpec("systems", "page-systems", "systems", _systems, "nav-setup"),
        PageSpec("guide", "page-guide", "pin", _guide, "nav-setup"),
        PageSpec("notices", "page-notices", "info", _notices, "nav-setup", "set_up"),
        PageSpec("people", "page-people", "user", _people, "nav-setup", "manage_people"),
        PageSpec("settings", "page-settings", "settings", _settings, "nav-setup"),
        PageSpec("audit", "page-audit", "audit", _audit, "nav-review", "read_trail"),
    ]


def warm() -> None:
    """Imports what the first page is made of; on a pool thread, while the house is being opened."""
    import desktop.views.document_panel
    import desktop.views.overview_page
    import desktop.views.queue_page  # noqa: F401


def _overview(desk: Desk) -> Page:
    from desktop.views.overview_page import OverviewPage

    return OverviewPage(desk)


def _queue(desk: Desk) -> Page:
    from desktop.views.queue_page import QueuePage

    return QueuePage(desk)


def _mapping(desk: Desk) -> Page:
    from desktop.views.mapping_page import MappingPage

    return MappingPage(desk)


def _failures(desk: Desk) -> Page:
    from desktop.views.failures_page import FailuresPage

    return FailuresPage(desk)


def _guide(desk: Desk) -> Page:
    from desktop.views.guide_page import GuidePage

    return GuidePage(desk)


def _settings(desk: Desk) -> Page:
    from desktop.views.settings_page import SettingsPage

    return SettingsPage(desk)


def _reconcile(desk: Desk) -> Page:
    from desktop.views.reconcile_page import ReconcilePage

    return ReconcilePage(desk)


def _base(desk: Desk) -> Page:
    from desktop.views.base_page import BasePage

    return BasePage(desk)


def _users(desk: Desk) -> Page:
    from desktop.views.users_page import UsersPage

    return UsersPage(desk)


def _systems(desk: Desk) -> Page:
    from desktop.views.systems_page import SystemsPage

    return SystemsPage(desk)


def _audit(desk: Desk) -> Page:
    from desktop.views.audit_page import AuditPage

    return AuditPage(desk)


def _notices(desk: Desk) -> Page:
    from desktop.views.notices_page import NoticesPage

    return NoticesPage(desk)


def _people(desk: Desk) -> Page:
    from desktop.views.people_page import PeoplePage

    return PeoplePage(desk)
