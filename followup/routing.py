"""Who should own a loop: department, skill, the advisor who knows the customer, who is there, who has least; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.ids import StaffId

_LEADS = ("manager", "director")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works here. `there` is None where the store does not say when they work."""

    id: StaffId
    name: str
    department: str
    role: str
    skills: frozenset[str] = frozenset()
    there: bool | None = None
    load: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a loop needs."""

    department: str
    skill: str = ""
    advisor_id: StaffId | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Who it is, and why, in words for the loop's history."""

    who: Colleague
    why: str


def choose(wanted: Wanted, people: Sequence[Colleague]) -> Choice | None:
    """The owner. Where a department's working hours are not known, its manager answers for it; None without people."""
    if not people:
        return None
    advisor = next((each for each in people if each.id == wanted.advisor_id), None)
    if advisor is not None and advisor.there is not False:
        return Choice(advisor, "knows the customer")
    team = [each for each in people if each.department == wanted.department and each.role not in _LEADS]
    here = [each for each in team if each.there]
    skilled = [each for each in here if wanted.skill in each.skills] if wanted.skill else []
    if skilled:
        return Choice(_least_loaded(skilled), f"is there and can do {wanted.skill}")
    if here:
        return Choice(_least_loaded(here), "is there and has least to do")
    return Choice(_in_charge(wanted.department, people), "answers for the department")


def in_charge(department: str, level: int, people: Sequence[Colleague]) -> Colleague | None:
    """Who hears of it at a level above the owner: the department's manager, then the director."""
    if not people:
        return None
    if level >= 2:
        directors = [each for each in people if each.role == "director"]
        if directors:
            return min(directors, key=lambda each: (each.department != department, each.id))
    return _in_charge(department, people)


def _in_charge(department: str, people: Sequence[Colleague]) -> Colleague:
    def rank(each: Colleague) -> tuple[int, str]:
        own, leads = each.department == department, each.role == "manager"
        return (0 if own and leads else 1 if own else 2 if each.role in _LEADS else 3, each.id)

    return min(people, key=rank)


def _least_loaded(team: Sequence[Colleague]) -> Colleague:
    return min(team, key=lambda each: (each.load, each.id))
