"""The systems page's list: each connection and company with its shape and one sentence about how it is doing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from desktop.services.gateway import GatewayState
from desktop.services.systems import RouteState, SystemState
from desktop.services.text import Text
from desktop.views.entry_list import Entry
from desktop.views.site_view import Site, Tested


def entries(site: Site, results: Mapping[str, Tested], running: Collection[str], text: Text) -> list[Entry]:
    """results: the last test of each system, by id.  running: systems that are being tested now."""
    found = [Entry("", text.say("systems-group"))]
    for state in site.systems:
        health = _health(site, state.system.id, results, running, text)
        found.append(_system_entry(state, health, text))
    if site.routes:
        found.append(Entry("", text.say("routes-group")))
    found += [_route_entry(site, state, text) for state in site.routes]
    return (
        [*found, Entry("", text.say("gateway-group")), _gateway_entry(site.gateway, text)]
        if site.systems
        else found
    )


def first_entry(site: Site) -> str:
    """What is in trouble, else the first connection; "" where there is nothing."""
    held = [f"route:{state.route.id}" for state in site.routes if state.held_code]
    systems = [f"system:{state.system.id}" for state in site.systems]
    return next(iter((*held, *systems)), "")


def _system_entry(state: SystemState, health: tuple[str, str, str], text: Text) -> Entry:
    system, (shape, token, second) = state.system, health
    side = text.say(f"system-{system.role.value}")
    return Entry(f"system:{system.id}", system.title or system.id, second, shape, token, side)


def _health(
    site: Site, system_id: str, results: Mapping[str, Tested], running: Collection[str], text: Text
) -> tuple[str, str, str]:
    """Shape, colour and sentence: being tested, held, as last tested, as the last run found it, or unknown."""
    code, facts = site.held_code(system_id)
    result, answered = results.get(system_id), site.answered_at(system_id)
    if system_id in running:
        return "ring_half", "wait", text.say("health-testing")
    if code:
        return "square", "stop", text.what(code, site.named(facts))
    if result is not None and result.failed is not None:
        return "square", "stop", text.say("health-failed", step=text.word("check", result.failed.name))
    if result is not None:
        return "disc_tick", "ok", text.say("health-tested", seconds=f"{result.seconds:.2f}")
    if answered is not None:
        lapse = text.lapse((site.now - answered).total_seconds())
        return "disc_tick", "ok", text.say("health-ran", lapse=lapse)
    return "ring_dashed", "muted", text.say("health-unknown")


def _gateway_entry(state: GatewayState, text: Text) -> Entry:
    title = text.say("gateway-title")
    if state.code:
        return Entry("gateway:", title, text.what(state.code, state.facts), "square", "stop")
    if state.running:
        return Entry("gateway:", title, state.address, "disc_tick", "ok")
    key, shape = ("gateway-waiting", "ring_half") if state.settings.on else ("gateway-is-off", "ring_bar")
    return Entry("gateway:", title, text.say(key), shape, "wait" if state.settings.on else "muted")


def _route_entry(site: Site, state: RouteState, text: Text) -> Entry:
    route, running = state.route, sum(switch.on for switch in state.route.switches)
    name = f"route:{route.id}"
    if state.held_code:
        told = text.what(state.held_code, site.named(state.held_facts))
        return Entry(name, route.title, told, "square", "stop", route.company)
    if running:
        second = text.say("route-running", count=running)
        return Entry(name, route.title, second, "disc_tick", "ok", route.company)
    return Entry(name, route.title, text.say("route-idle"), "ring_bar", "muted", route.company)
