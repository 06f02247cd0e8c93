"""Who has an account in the toy OA: the group's employees, and the odd records that every real staff list holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from desktop.sandbox.group import COMPANIES, DEPARTMENTS, EMPLOYEES, Employee

ADMIN_OA_ID = "1"
"""The system administrator: may sign in, but stands in no staff list."""

MAY_WORK = ("0", "1", "2", "3")


@dataclass(frozen=True, slots=True)
class OaPerson:
    """A record of the OA's staff list.

    status:  0 probation, 1 regular, 2 temporary, 3 extended probation, 4 dismissed, 5 left, 6 retired, 7 invalid.
    main_id: for a secondary account, the id of the person's main account; "" otherwise.
    """

    id: str
    login: str
    name: str
    work_code: str
    department_id: str
    department: str
    company_id: str
    company: str
    boss: str
    mobile: str
    status: str = "1"
    main_id: str = ""
    listed: bool = True

    @property
    def active(self) -> bool:
        """True while the person may work, and so sign in."""
        return self.status in MAY_WORK


class OaPeople:
    """The staff list by id. Read only, so it needs no lock."""

    def __init__(self, persons: Iterable[OaPerson] | None = None) -> None:
        everyone = tuple(persons) if persons is not None else _everyone()
        self._by_id = {person.id: person for person in everyone}

    def find(self, oa_id: str) -> OaPerson | None:
        """The person with this id, whoever it is."""
        return self._by_id.get(oa_id)

    def active(self, oa_id: str) -> OaPerson | None:
        """The person with this id if he may work."""
        person = self._by_id.get(oa_id)
        return person if person is not None and person.active else None

    def name(self, oa_id: str) -> str:
        """The person's name; "" for nobody."""
        person = self._by_id.get(oa_id)
        return person.name if person is not None else ""

    def boss(self, oa_id: str) -> str:
        """The id of the active approver one level up; "" where there is none."""
        person = self._by_id.get(oa_id)
        return person.boss if person is not None and self.active(person.boss) is not None else ""

    def by_login(self, login: str) -> OaPerson | None:
        """The active person with this login name."""
        return next((p for p in self._by_id.values() if p.active and login and p.login == login), None)

    def by_work_code(self, code: str) -> OaPerson | None:
        """The active main account with this staff number."""
        found = (
            p for p in self._by_id.values() if p.active and not p.main_id and code and p.work_code == code
        )
        return next(found, None)

    def staff(self) -> list[OaPerson]:
        """Everybody in the staff list, by id."""
        return sorted((p for p in self._by_id.values() if p.listed), key=lambda person: int(person.id))


def _everyone() -> tuple[OaPerson, ...]:
    employed = tuple(_person(employee) for employee in EMPLOYEES if employee.oa_id)
    return (_admin(), *employed, *_odd_ones())


def _person(employee: Employee) -> OaPerson:
    departments = {(item.name, item.company): item.oa_id for item in DEPARTMENTS}
    company = next(company for company in COMPANIES if company.number == employee.company)
    return OaPerson(
        id=employee.oa_id,
        login=employee.login,
        name=employee.name,
        work_code=employee.staff_number,
        department_id=departments.get((employee.department, employee.company), "20"),
        department=employee.department,
        company_id=company.oa_id,
        company=company.name,
        boss=employee.boss,
        mobile=employee.mobile,
        status="5" if employee.left else "1",
    )


def _admin() -> OaPerson:
    return OaPerson(ADMIN_OA_ID, "sysadmin", "系统管理员", "", "0", "", "0", "", "", "", listed=False)


def _odd_ones() -> tuple[OaPerson, ...]:
    """One record per status, a second account of 王敏 with the same staff number, two people without any number."""
    company = COMPANIES[0]
    names = ("试用员", "正式员", "临时员", "延期员", "解聘员", "离职员", "退休员", "无效员")
    place = ("21", "销售部", company.oa_id, company.name)
    one_each = tuple(
        OaPerson(str(80 + n), f"status{n}", name, f"A008{n}", *place, "40", "", status=str(n))
        for n, name in enumerate(names)
    )
    second = OaPerson("157", "wangmin2", "王敏", "A0057", *place, "40", "13800000057", main_id="57")
    unnumbered = (
        OaPerson("90", "temp01", "临时工甲", "", *place, "40", ""),
        OaPerson("91", "", "外协乙", "", *place, "40", ""),
    )
    return (*one_each, second, *unnumbered)
