"""Who may what: every order of every service has its rule, and nobody gets past it by calling the service."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.domain.document import DocumentState
from desktop.domain.errors import ErrorCode, SyncError
from desktop.domain.record import Ref
from desktop.domain.system import Person, Role, Route
from desktop.services.base_cases import CaseRow
from desktop.services.base_data import BaseQuestion, BaseRow
from desktop.services.rights import RIGHTS, may
from desktop.services.text import LANGUAGES, Text
from desktop.services.workspace import Workspace
from desktop.store.change import NewDocument
from desktop.store.search import Question
from desktop.sync import orders

CHIEF, MAPPER, CLERK, AUDITOR = "chief", "mapper", "clerk", "auditor"
OWN = {
    "people.set_passphrase",
    "nightly.make",
    "documents.open_link",
    "evidence.make",
    "guide.note_tried",
    "documents.take_evidence",
}
"""One's own is everybody's right, another's is in a test of its own; to reconcile is to look; in the other system everybody
comes as himself; an auditor may take evidence."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Two companies with a bill each; the clerk works for the first one only."""
    folder: Path = tmp_path_factory.mktemp("rights")
    with Workspace.open_folder(folder, memory={}) as workspace:
        for route in ("c100", "c200"):
            workspace.catalog.put_route(Route(route, route[1:], route, "k3", "oa"), CHIEF)
            with workspace.ledger.change(workspace.now()) as change:
                source = Ref("k3", "SAL_SaleOrder", f"1{route}", f"XSDD-{route}")
                [made] = change.add([NewDocument(route, "sales_order", source, f"PART{route}")])
                change.fail(
                    made, SyncError(ErrorCode.REFUSED, system="k3", number=route, said="no"), next_try_at=None
                )
        workspace.people.save(CHIEF, Person(CHIEF, "陈主管", Role.ADMIN))
        workspace.people.save(CHIEF, Person(MAPPER, "顾问", Role.MAPPING))
        workspace.people.save(CHIEF, Person(CLERK, "李芸", Role.CLERK, ("c100",)))
        workspace.people.save(CHIEF, Person(AUDITOR, "审计", Role.AUDITOR))
        yield workspace


def services(workspace: Workspace) -> dict[str, Any]:
    """Whatever hangs on a workspace and is written in services/."""
    return {
        name: value for name, value in vars(workspace).items()
        if type(value).__module__.startswith("desktop.services.") and not name.startswith("_")
    }  # fmt: skip


def orders_of(workspace: Workspace) -> dict[str, Callable[..., Any]]:
    """Every public method that a person orders by: its first word is who."""
    found = {}
    for name, service in services(workspace).items():
        for method, call in inspect.getmembers(service, inspect.ismethod):
            if not method.startswith("_") and "person" in inspect.signature(call).parameters:
                found[f"{name}.{method}"] = call
    return found


class Anything:
    """Has whatever an order asks of it before it asks who may."""

    def __getattr__(self, name: str) -> str:
        return "x"


def called(call: Callable[..., Any], person: str) -> Any:
    """Calls an order with something in each of its places."""
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(call).parameters.items():
        told = str(parameter.annotation)
        if name == "person":
            given[name] = person
        elif parameter.default is not inspect.Parameter.empty:
            continue
        elif told == "int":
            given[name] = 1
        elif told == "bool":
            given[name] = True
        elif told.startswith("Sequence[int]"):
            given[name] = (1,)
        elif told.startswith("Callable") or told == "Report":
            given[name] = lambda *_: False
        else:
            given[name] = "x" if told == "str" else Anything()
    return call(**given)


def test_there_are_orders_to_ask_about(site: Workspace) -> None:
    found = orders_of(site)
    assert {"documents.dismiss", "failures.resend", "base.put", "mapping.publish", "systems.switch"} <= set(
        found
    )
    assert len(found) >= 30


def test_no_order_of_a_service_is_open_to_one_who_only_looks(site: Workspace) -> None:
    """An order that is added without asking for the right fails here, by its name."""
    open_ones = []
    for name, call in orders_of(site).items():
        if name in OWN:
            continue
        try:
            called(call, AUDITOR)
        except SyncError as error:
            if error.code is ErrorCode.NOT_ALLOWED:
                continue
        except Exception:  # it got as far as its work
            pass
        open_ones.append(name)
    assert not open_ones, "these never ask people.demand(person, ...) first"


def test_every_word_the_engine_takes_has_its_line() -> None:
    plain = {"pause", "resume", "reschedule", "run_now", "release", "send_now"}
    assert not (set(orders.DEEDS) | plain) - set(RIGHTS)


def test_every_order_has_a_name_that_a_person_can_read() -> None:
    for language in LANGUAGES:
        text = Text(language, strict=True)
        assert not [order for order in RIGHTS if not text.has(f"order-{order}")]


@pytest.mark.parametrize("order", sorted(RIGHTS))
def test_the_clerk_reaches_his_own_company_and_no_further(order: str) -> None:
    clerk = Person(CLERK, "李芸", Role.CLERK, ("c100",))
    assert may(clerk, order, "c100") == (Role.CLERK in RIGHTS[order])
    assert not may(clerk, order, "c200")
    assert not may(Person(CLERK, "李芸", Role.CLERK, ("c100",), active=False), order, "c100")


def test_an_order_without_a_line_is_nobodys() -> None:
    assert not may(Person(CHIEF, "", Role.ADMIN), "make_coffee")


@pytest.mark.parametrize(
    ("order", "detail"),
    [
        ("pause", {}), ("release", {"route_id": "c100"}), ("reschedule", {}), ("dismiss", {"reason": "x"}),
        ("retry", {}), ("make_coffee", {}),
    ],
)  # fmt: skip
def test_the_order_table_itself_is_guarded(site: Workspace, order: str, detail: dict[str, str]) -> None:
    """Not even by going round the services: whoever writes an order is asked."""
    foreign = site.ledger.numbered("XSDD-c200")[0].id
    ids = (foreign,) if order in orders.DEEDS else ()
    before = len(site.ledger.waiting_orders())
    with pytest.raises(SyncError) as refused:
        site.order(CLERK, order, ids, **detail)
    assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert len(site.ledger.waiting_orders()) == before
    assert site.trail.entries(f"person:{CLERK}")[-1].action == "right.refused"


def test_a_bulk_order_with_one_foreign_bill_is_refused_whole(site: Workspace) -> None:
    both = [site.ledger.numbered(f"XSDD-{route}")[0].id for route in ("c100", "c200")]
    before = len(site.ledger.waiting_orders())
    with pytest.raises(SyncError) as refused:
        site.failures.dismiss(CLERK, both, "x", lambda told: None, lambda: False)
    assert refused.value.code is ErrorCode.NOT_ALLOWED
    assert len(site.ledger.waiting_orders()) == before
    assert site.order(CLERK, "dismiss", (both[0],), reason="on paper")


@pytest.fixture
def seated(site: Workspace) -> Iterator[Workspace]:
    """The clerk sits at the window."""
    site.people.arrive(CLERK)
    yield site
    site.people.arrive(CHIEF)


def test_whoever_sits_at_the_window_sees_his_own_companies(seated: Workspace) -> None:
    own, foreign = (seated.ledger.numbered(f"XSDD-{route}")[0].id for route in ("c100", "c200"))
    documents = seated.documents
    assert (documents.count(Question()), documents.count_needing_a_person()) == (1, 1)
    assert [row.number for row in documents.rows([own, foreign])] == ["XSDD-c100"]
    assert documents.count(Question(routes=("c200",))) == 0
    assert [row.number for row in documents.find("XSDD")] == ["XSDD-c100"]
    assert list(documents.all_ids(Question(), "number", descending=False)) == [own]
    assert [cause.routes for cause in seated.failures.overview().causes] == [("c100",)]
    assert [tally.route_id for tally in seated.overview.look().tallies] == ["c100"]
    assert documents.story(own).row.state is DocumentState.FOUND
    with pytest.raises(SyncError) as refused:
        documents.story(foreign)
    assert refused.value.code is ErrorCode.NOT_ALLOWED


def test_every_page_keeps_to_the_companies_of_whoever_sits_there(site: Workspace) -> None:
    """What reads without a bill in hand: base data, users, departures, systems, health, notices, findings."""
    base, put = site.base, site.people.save
    for route, key in (("c100", "57"), ("c200", "58")):
        site.catalog.put_base_rows(
            [BaseRow(route, "user", "wangmin", key, "王敏", f"王敏-{route}", "x")], CHIEF
        )
        site.catalog.put_base_rows([BaseRow(route, "customer", f"CUST-{route}", key, "", "", "x")], CHIEF)
        site.cases.put(CHIEF, CaseRow(0, route, "customer", "erp", f"CUST-{route}", key, "D01"))
    site.notices.look()
    foreign = base.id_of("c200", "customer", "CUST-c200")
    assert foreign is not None
    site.people.arrive(CHIEF)
    whole = told_everywhere(site)
    site.people.arrive(CLERK)
    try:
        seen = told_everywhere(site)
        assert base.lines([foreign]) == {}
        for read in (lambda: base.propose("c200", "customer"), lambda: base.counterparts("c200", "customer", "erp", "x")):  # fmt: skip
            with pytest.raises(SyncError) as refused:
                read()
            assert refused.value.code is ErrorCode.NOT_ALLOWED
    finally:
        site.people.arrive(CHIEF)
        put(CHIEF, Person(CLERK, "李芸", Role.CLERK, ("c100",)))
    assert not [name for name, told in whole.items() if "c200" not in told], (
        "each of them has something to hide"
    )
    assert not [name for name, told in seen.items() if "c200" in told]
    assert not [name for name, told in seen.items() if "c100" not in told]


def told_everywhere(site: Workspace) -> dict[str, str]:
    """What each of these reads tells, as one text."""
    reads: dict[str, Any] = {
        "base": lambda: site.base.lines(site.base.ids(BaseQuestion(), "kind")),
        "cases": site.cases.lines,
        "pairs": site.users.pairs,
        "leavers": site.departures.people,
        "departure": lambda: site.departures.check(CHIEF, "王敏-c100").strands + site.departures.check(CHIEF, "王敏-c200").strands,
        "systems": site.systems.routes,
        "notices": site.notices.newest,
        "evidence": lambda: site.evidence.find("XSDD-c100") + site.evidence.find("XSDD-c200"),
    }  # fmt: skip
    told = {}
    for name, read in reads.items():
        try:
            told[name] = repr(read())
        except SyncError as error:
            assert error.code is ErrorCode.RECORD_MISSING, name
            told[name] = repr(site.departures.check(CHIEF, "王敏-c100").strands)
    return told


def test_a_command_reads_as_whoever_runs_it(site: Workspace) -> None:
    try:
        for login in ("nobody", "engine "):
            with pytest.raises(SyncError) as refused:
                site.people.attend(login)
            assert refused.value.code is ErrorCode.NOT_ALLOWED
        site.people.attend(CLERK)
        assert site.evidence.find("XSDD-c200") == [] != site.evidence.find("XSDD-c100")
    finally:
        site.people.arrive(CHIEF)


def test_what_changes_about_the_person_at_the_window_counts_at_once(seated: Workspace) -> None:
    seated.people.save(CHIEF, Person(CLERK, "李芸", Role.CLERK, ("c100",), active=False))
    seated.people.refresh_seat()
    assert seated.documents.count(Question()) == 0
    assert not seated.people.may(CLERK, "retry", "c100")
    seated.people.save(CHIEF, Person(CLERK, "李芸", Role.CLERK, ("c100",)))
    seated.people.refresh_seat()
    assert seated.documents.count(Question()) == 1


# --- people ----------------------------------------------------------------------------------------------------------------
def test_the_first_one_at_a_new_store_is_its_administrator(tmp_path: Path) -> None:
    with Workspace.open_folder(tmp_path, memory={}) as workspace:
        assert workspace.people.may("anybody", "set_up")
        first = workspace.people.arrive("wangmin")
        assert first is not None and first.role is Role.ADMIN
        assert not workspace.people.may("anybody", "read")
        assert workspace.people.arrive("anybody") is None
        assert workspace.people.seat.person == first


def test_the_last_administrator_stays(tmp_path: Path) -> None:
    with Workspace.open_folder(tmp_path, memory={}) as workspace:
        people = workspace.people
        people.arrive(CHIEF)
        for changed in (
            Person(CHIEF, "chief", Role.CLERK), Person(CHIEF, "chief", Role.ADMIN, active=False),
        ):  # fmt: skip
            with pytest.raises(SyncError) as refused:
                people.save(CHIEF, changed)
            assert refused.value.code is ErrorCode.LAST_ADMIN
        people.save(CHIEF, Person("second", "second", Role.ADMIN))
        people.save(CHIEF, Person(CHIEF, "chief", Role.CLERK))
        [line] = [
            each for each in workspace.trail.entries(f"person:{CHIEF}") if each.action == "person.changed"
        ]
        assert (line.detail["before"]["role"], line.detail["after"]["role"]) == ("admin", "clerk")
        with pytest.raises(SyncError):
            people.save(CHIEF, Person(CHIEF, "chief", Role.ADMIN))


def test_a_passphrase_is_asked_for_and_kept_as_a_hash(tmp_path: Path) -> None:
    now = [0.0]
    with Workspace.open_folder(tmp_path, memory={}, monotonic=lambda: now[0]) as workspace:
        people = workspace.people
        people.arrive(CHIEF)
        with pytest.raises(SyncError) as short:
            people.set_passphrase(CHIEF, CHIEF, "1234567")
        assert short.value.code is ErrorCode.PASSPHRASE_SHORT
        people.set_passphrase(CHIEF, CHIEF, "马 电池 订书钉 correct")
        assert people.arrive(CHIEF) is None, "the operating system's word is no longer enough"
        assert people.sign_in(CHIEF, "马 电池 订书钉 correct").login == CHIEF
        kept = workspace.store.path.read_bytes() + b"".join(
            path.read_bytes() for path in tmp_path.glob("*.db-wal")
        )
        assert "订书钉".encode() not in kept and b"$argon2id$" in kept
        for _ in range(5):
            with pytest.raises(SyncError) as wrong:
                people.sign_in(CHIEF, "guess")
            assert wrong.value.code is ErrorCode.PASSPHRASE_WRONG
        with pytest.raises(SyncError):
            people.sign_in(CHIEF, "马 电池 订书钉 correct")
        now[0] += 61
        assert people.sign_in(CHIEF, "马 电池 订书钉 correct").login == CHIEF


def test_another_persons_passphrase_is_the_administrators(site: Workspace) -> None:
    with pytest.raises(SyncError) as refused:
        site.people.set_passphrase(CLERK, AUDITOR, "something long")
    assert refused.value.code is ErrorCode.NOT_ALLOWED
