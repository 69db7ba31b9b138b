"""What a program would do today: everybody it would ask, how, and everybody it would not, by rule."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.program_models import Enrollment
from followup.programs import asking, leaving_alone
from followup.programs.asking import Answer, Does, Reach
from followup.programs.finding import FINDERS
from followup.programs.joining import ACTIVE, is_due, new_only
from followup.programs.keeping import Program
from followup.programs.leaving_alone import Standing
from followup.programs.people import MOST_FOUND
from followup.programs.rules import TEXT, Rules, held_out, next_due
from followup.programs.standings import standings
from followup.programs.taking import look_of
from record import contact_policy
from record.contact_policy import ContactPolicy
from record.models import Customer

HELD_OUT, LISTED, TOO_MANY = "held_out", "listed", "over_the_days_number"
BLOCKED = (Does.BLOCKED.value, Does.LATER.value)
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Seen:
    """One person of the preview: why they qualify, what would be done, and the rules when it is not what was planned.

    `new` ones are not in the program yet. `does` is one of `Does`, or held_out, listed, over_the_days_number.
    """

    customer_id: str
    name: str
    reason: str
    does: str
    rules: tuple[str, ...] = ()
    says: str = ""
    new: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """Every count is the length of a list of `people`; `more` says that no more than so many were looked at."""

    people: tuple[Seen, ...]
    more: bool

    @property
    def by_deed(self) -> Counter[str]:
        return Counter(each.does for each in self.people)

    @property
    def by_rule(self) -> Counter[str]:
        """How many each rule keeps from being asked, or from being texted; one person may be kept by several."""
        return Counter(rule for each in self.people for rule in each.rules if each.does != Does.TEXT)

    def of(self, deed: str = "", rule: str = "") -> list[Seen]:
        """The list behind a count."""
        return [
            each
            for each in self.people
            if (not deed or each.does == deed) and (not rule or (rule in each.rules and each.does != Does.TEXT))
        ]


@dataclass(frozen=True, slots=True)
class _Due:
    customer_id: str
    reason: str
    counts_from: datetime
    taken: int | None
    new: bool


async def preview(db: AsyncSession, program: Program, now: datetime, rules: Rules | None = None) -> Preview:
    """Looks without touching anything; with `rules`, as if they were in force."""
    shown = replace(program, rules=rules) if rules is not None else program
    found = await FINDERS[program.kind.name](db, await look_of(db, shown, now))
    fresh = await new_only(db, shown, found)
    due = [
        _Due(each.customer_id, each.reason, each.counts_from, None, True)
        for each in fresh
        if is_due(shown, each.counts_from, None, now)
    ]
    due += await _inside(db, shown, now)
    customers = sorted({each.customer_id for each in due})
    names = await _names(db, customers)
    where = await standings(db, customers, now)
    reach = await asking.reaches(db, shown.kind, customers, now)
    policy = await contact_policy.in_force(db)
    people = [
        _seen(
            shown, each, names.get(each.customer_id, ""), where[each.customer_id], reach[each.customer_id], policy, now
        )
        for each in due
    ]
    return Preview(tuple(_up_to(people, shown.rules.a_day)), len(found) >= MOST_FOUND)


async def _inside(db: AsyncSession, program: Program, now: datetime) -> list[_Due]:
    """Those already in it whose next step is due within a day."""
    rows = await db.scalars(
        select(Enrollment)
        .where(
            Enrollment.program_id == program.id,
            Enrollment.state == ACTIVE,
            Enrollment.next_at <= now + timedelta(days=1),
        )
        .order_by(Enrollment.next_at)
        .limit(MOST_FOUND)
    )
    return [_Due(row.customer_id, row.reason, row.counts_from, row.taken, False) for row in rows]


def _seen(
    program: Program, due: _Due, name: str, standing: Standing, reach: Reach, policy: ContactPolicy, now: datetime
) -> Seen:
    kind, rules = program.kind, program.rules
    made = Seen(due.customer_id, name, due.reason, LISTED, new=due.new)
    if kind.offers and due.new and held_out(due.customer_id, rules.holdout_percent):
        return replace(made, does=HELD_OUT)
    why = leaving_alone.reason(kind, standing, policy.touches_week, policy.touches_month, now)
    if why is not None:
        return replace(made, does=(Does.BLOCKED if why.for_good else Does.LATER).value, rules=(why.id,), says=why.says)
    if not rules.steps:
        return made
    after = next_due(rules, due.counts_from, due.taken, now, kind.fresh)
    if after is None:
        return made
    step = rules.at(after)[0]
    answer: Answer = (asking.by_text if step.by == TEXT else asking.by_person)(kind, reach, now)
    if answer.does is Does.PERSON and step.by == TEXT and not kind.person_instead:
        answer = replace(answer, does=Does.BLOCKED)
    return replace(
        made, does=answer.does.value, rules=answer.rules if answer.does is not Does.TEXT else (), says=answer.says
    )


def _up_to(people: Sequence[Seen], a_day: int) -> list[Seen]:
    """New people beyond the day's number wait for another day."""
    left = a_day
    shown = []
    for each in people:
        if each.new and each.does in (Does.TEXT, Does.WAITS, Does.PERSON, LISTED):
            shown.append(each if left > 0 else replace(each, does=TOO_MANY, rules=(), says=""))
            left -= 1
        else:
            shown.append(each)
    return shown


async def _names(db: AsyncSession, customers: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for at in range(0, len(customers), _AT_ONCE):
        rows = await db.execute(
            select(Customer.id, Customer.first_name, Customer.last_name).where(
                Customer.id.in_(customers[at : at + _AT_ONCE])
            )
        )
        found |= {row.id: f"{row.first_name} {row.last_name}".strip() for row in rows}
    return found
