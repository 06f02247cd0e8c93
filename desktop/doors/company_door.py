"""`main.py company FLOW COMPANY`: what a company has of its own of a flow, out of a file and into one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from desktop.domain.errors import ErrorCode, SyncError
from desktop.doors.site_door import opened, person
from desktop.services.company_flows import own_id, read_own
from desktop.services.site import read_file


def company(given: argparse.Namespace, url: str) -> int:
    """Prints the company's part, or puts a file (or another company's part) in force."""
    with opened(given, url) as workspace:
        if given.flow not in workspace.flows or given.company not in [
            route.id for route in workspace.catalog.routes()
        ]:
            raise SyncError(ErrorCode.ARGUMENT_WRONG, certain=True, said=f"{given.flow} {given.company}")
        companies = workspace.companies
        for each in filter(None, (given.company, given.like)):
            workspace.people.demand_seat("read", each)
        if not (given.file or given.like):
            sys.stdout.write(companies.own_text(given.flow, given.company))
            return 0
        if given.like:
            own = companies.own(given.flow, given.like)
        else:
            own = read_own(read_file(Path(given.file)), own_id(given.flow, given.company))
        release = companies.publish(person(), given.flow, given.company, own, given.why)
        told = {"flow": given.flow, "company": given.company, "number": release.number}
        print(workspace.text.say("door-company", rows=len(own.rows), settings=len(own.settings), **told))
    return 0
