"""The headless demo: the toy company works for a minute, the engine joins its systems, and the worlds tell the truth.

Ends by itself; exit 0 only where every document is where it should be. Counts of duplicates and losses come from the
sandbox's two worlds, never from our own store.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.connectors.registry import VENDORS
from desktop.domain.document import Document, DocumentState
from desktop.domain.errors import ErrorCode
from desktop.doors.toy import Toy
from desktop.sandbox.story import Story, Tale
from desktop.sandbox.story_making import Making, MakingTale
from desktop.services.company_flows import Own
from desktop.services.workspace import Workspace

LONGEST_S = 150.0
_COUNTED = {
    DocumentState.DONE: "done",
    DocumentState.RETURNED: "returned",
    DocumentState.CANCELLED: "cancelled",
    DocumentState.DISMISSED: "cancelled",
    DocumentState.HANDED_OVER: "done",
}


@dataclass(slots=True)
class Verdict:
    """Where one document ended, and whether that is where it should be."""

    tale: Tale | MakingTale
    ended: str
    as_expected: bool


def headless_demo(
    language: str, *, as_json: bool, seed: int | None = None, pair: tuple[str, str] = ("", "")
) -> int:
    """Runs the whole demo. 0 = every document is where it should be. pair: ERP and OA, "" = the usual one."""
    with tempfile.TemporaryDirectory(prefix="danqiao-demo-") as folder:
        toy = Toy.serve(seed=seed, erp=pair[0], oa=pair[1])
        workspace = Workspace.open_folder(Path(folder), language=language, memory=toy.memory)
        try:
            toy.join(workspace)
            files = _carry_files(workspace, toy)
            story = Story(toy.erp, toy.oa, files=files)
            making = Making(toy.erp, toy.oa, toy.erp_play.unaudited, files=files)
            began = time.monotonic()
            _play(workspace, toy, story, making, began)
            told = _tell(workspace, toy, story, making, time.monotonic() - began)
        finally:
            workspace.close()
            toy.stop()
    print(json.dumps(told, ensure_ascii=False) if as_json else _table(workspace, told, story))
    if not told["ok"]:
        for tale in _tales(story, making):
            if tale.trouble or not tale.over:
                print(f"{tale.number} {tale.name}: {tale.trouble or 'not over'}", file=sys.stderr)
    return 0 if told["ok"] else 1


def _carry_files(workspace: Workspace, toy: Toy) -> bool:
    """Attachments travel from one company's orders and from another's claims, where both vendors can; the other companies
    keep the group's flow. True where they do."""
    erp, oa = (VENDORS[play.vendor].capabilities for play in (toy.erp_play, toy.oa_play))
    if not (erp.list_files and erp.take_files and oa.list_files and oa.take_files):
        return False
    own = Own({}, {"attachments.on": True})
    for flow, route in (("sales_order", "c100"), ("claim", "c200")):
        workspace.companies.publish("demo", flow, route, own, "demo")
    return True


def _play(workspace: Workspace, toy: Toy, story: Story, making: Making, began: float) -> None:
    """People and engine side by side until every tale is over and every document is at rest or waits for a person."""
    workspace.engine.start()
    while time.monotonic() - began < LONGEST_S:
        story.tick()
        making.tick()
        _accept_audits_by_hand(workspace)
        if story.over and making.over and _settled(workspace, toy, story, making):
            return
        time.sleep(0.05)


def _documents(workspace: Workspace, toy: Toy, story: Story, making: Making) -> dict[int, Document]:
    """Our document of each tale's bill or request, by the tale's place; the requests stand after the bills."""
    found: dict[int, Document] = {}
    for form, flow in sorted({(tale.bill.form, tale.flow) for tale in story.tales}):
        key_of, name = toy.erp_play.key, toy.erp_play.form(form)
        mine = {key_of(tale.bill): place for place, tale in enumerate(story.tales) if tale.bill.form == form}
        for key, document in workspace.ledger.by_source("k3", name, flow, list(mine)).items():
            found[mine[key]] = document
    for flow in sorted({tale.flow for tale in making.tales}):
        places = {
            toy.oa.shown_id(tale.request): place
            for place, tale in enumerate(making.tales, start=len(story.tales))
            if tale.flow == flow
        }
        form = workspace.flows[flow].oa.form
        for key, document in workspace.ledger.by_source("oa", form, flow, list(places)).items():
            found[places[key]] = document
    return found


def _tales(story: Story, making: Making) -> list[Tale | MakingTale]:
    return [*story.tales, *making.tales]


def _settled(workspace: Workspace, toy: Toy, story: Story, making: Making) -> bool:
    documents = list(_documents(workspace, toy, story, making).values())
    failures = workspace.ledger.open_failures([document.id for document in documents])
    asked = {each for each, (failure, _) in failures.items() if failure.next_try_at is None}  # of a person
    unfinished = [
        each
        for route in workspace.catalog.routes()
        for switch in route.switches
        for each in workspace.ledger.unfinished(route.id, switch.flow_id)
    ]
    return (
        len(documents) == len(story.tales) + len(making.tales)
        and not unfinished
        and all(document.state.at_rest or document.id in asked for document in documents)
    )


def _accept_audits_by_hand(workspace: Workspace) -> None:
    """The demo's administrator: what was audited by hand is accepted, so that its request ends."""
    moving = [
        each.id
        for route in workspace.catalog.routes()
        for switch in route.switches
        for each in workspace.ledger.moving(route.id, switch.flow_id)
    ]
    for document_id, (failure, _) in workspace.ledger.open_failures(moving).items():
        if failure.code == ErrorCode.AUDITED_BY_HAND.id:
            workspace.order("demo", "accept", (document_id,), reason="demo")


def _tell(
    workspace: Workspace, toy: Toy, story: Story, making: Making, seconds: float
) -> dict[str, Any]:  # fmt: skip
    documents = _documents(workspace, toy, story, making)
    failures = workspace.ledger.open_failures([document.id for document in documents.values()])
    verdicts = [
        _verdict(story, making, tale, documents.get(place), failures)
        for place, tale in enumerate(_tales(story, making))
    ]
    flows = []
    for flow, company in dict.fromkeys((each.tale.flow, each.tale.company) for each in verdicts):
        mine = [each for each in verdicts if (each.tale.flow, each.tale.company) == (flow, company)]
        counts = {
            name: sum(each.ended == name for each in mine)
            for name in ("done", "returned", "cancelled", "failed")
        }
        flows.append(
            {
                "flow": flow, "company": company, "documents": len(mine), **counts,
                "as_expected": all(each.as_expected for each in mine),
            }
        )  # fmt: skip
    duplicates, lost = story.duplicates() + making.duplicates(), story.lost() + making.lost()
    calls = toy.erp_server.calls + toy.oa_server.calls
    broken = workspace.trail.broken_at()
    return {
        "flows": flows,
        "rounds": sum(len(story.requests_of(tale.bill)) for tale in story.tales)
        + sum(making.rounds(tale) for tale in making.tales),
        "duplicates": duplicates,
        "lost": lost,
        "calls_per_document": round(calls / max(1, len(verdicts)), 2),
        "seconds": round(seconds, 2),
        "ok": all(each.as_expected for each in verdicts) and not duplicates and not lost and broken is None,
    }


def _verdict(
    story: Story, making: Making, tale: Tale | MakingTale, document: Document | None, failures: dict[int, Any]
) -> Verdict:  # fmt: skip
    """Our store's word and the worlds' own truth must both say what the tale says."""
    if document is None:
        return Verdict(tale, "missing", False)
    ended = "failed" if document.id in failures else _COUNTED.get(document.state, document.state.value)
    stands = making.stands(tale) if isinstance(tale, MakingTale) else story.stands(tale)
    return Verdict(tale, ended, ended == tale.ends and stands)


def _table(workspace: Workspace, told: dict[str, Any], story: Story) -> str:
    names = ("documents", "done", "returned", "cancelled", "failed")
    say = workspace.text.say
    head = [
        say("demo-flow"),
        say("demo-company"),
        *(say(f"demo-{name}") for name in names),
        say("demo-as-expected"),
    ]
    rows = [
        [
            say(f"flow-{each['flow']}"),
            each["company"],
            *(str(each[name]) for name in names),
            "✓" if each["as_expected"] else "✗",
        ]
        for each in told["flows"]
    ]
    widths = [max(_width(row[index]) for row in [head, *rows]) for index in range(len(head))]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        for row in [head, *rows]
    ]
    lines.append(
        say(
            "demo-sum", rounds=told["rounds"], duplicates=told["duplicates"], lost=told["lost"],
            calls=str(told["calls_per_document"]), seconds=str(told["seconds"]),
        )
    )  # fmt: skip
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if ord(each) > 0x2E80 else 1 for each in text)
