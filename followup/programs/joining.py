"""People into programs: once for each thing, some held out, and their next step with its time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.program_models import Enrollment
from followup.programs.keeping import Program
from followup.programs.people import Candidate
from followup.programs.rules import held_out, next_due
from record.customers import survivors

ACTIVE, HELD_OUT, DONE, STOPPED = "active", "held_out", "done", "stopped"
_AT_ONCE = 400


async def new_only(db: AsyncSession, program: Program, found: Sequence[Candidate]) -> list[Candidate]:
    """Those who are not in it yet, by the record that stands for each."""
    known: set[str] = set()
    for at in range(0, len(found), _AT_ONCE):
        subjects = [each.subject for each in found[at : at + _AT_ONCE]]
        known |= set(
            await db.scalars(
                select(Enrollment.subject).where(Enrollment.program_id == program.id, Enrollment.subject.in_(subjects))
            )
        )
    standing = await survivors(db, {each.customer_id for each in found})
    fresh = [each for each in found if each.subject not in known and each.customer_id in standing]
    return list({each.subject: each for each in fresh if standing[each.customer_id] == each.customer_id}.values())


async def join(db: AsyncSession, program: Program, found: Sequence[Candidate], now: datetime) -> int:
    """Takes in those who are new; how many of them will be asked. Asked again with the same people it takes in none."""
    asked = 0
    for each in await new_only(db, program, found):
        if each.subject and _enrollment(db, program, each, now):
            asked += 1
    await db.flush()
    return asked


async def join_or_return(db: AsyncSession, program: Program, candidate: Candidate, now: datetime) -> None:
    """Something happened again (a visit was moved back): whoever is in it for that begins again from the first step."""
    row = await db.scalar(
        select(Enrollment).where(Enrollment.program_id == program.id, Enrollment.subject == candidate.subject)
    )
    if row is None:
        _enrollment(db, program, candidate, now)
    elif row.state in (STOPPED, DONE):
        row.state, row.taken, row.stop_reason, row.counts_from = ACTIVE, None, "", candidate.counts_from
        row.next_at = _next_at(program, candidate.counts_from, None, now)
    await db.flush()


def _enrollment(db: AsyncSession, program: Program, candidate: Candidate, now: datetime) -> bool:
    """Adds the row; True when they will be asked. Who has been taken in late does not get what is past."""
    kind, rules = program.kind, program.rules
    out = kind.offers and held_out(candidate.customer_id, rules.holdout_percent)
    taken = _passed(program, candidate.counts_from, now)
    after = next_due(rules, candidate.counts_from, taken, now, kind.fresh)
    db.add(
        Enrollment(
            program_id=program.id,
            version=program.version,
            customer_id=candidate.customer_id,
            subject=candidate.subject,
            reason=candidate.reason,
            state=HELD_OUT if out else ACTIVE if after is not None or not rules.steps else DONE,
            counts_from=candidate.counts_from,
            taken=taken,
            next_at=_next_at(program, candidate.counts_from, taken, now),
            enrolled_at=now,
            began_at=now if after is None and not rules.steps else None,
        )
    )
    return not out


def is_due(program: Program, counts_from: datetime, taken: int | None, now: datetime) -> bool:
    """Whether a step comes within a day; a program without steps is a list, and takes in at once."""
    if not program.rules.steps:
        return True
    at = _next_at(program, counts_from, taken, now)
    return at is not None and at <= now + timedelta(days=1)


def _passed(program: Program, counts_from: datetime, now: datetime) -> int | None:
    """Reminders that were due before anybody knew of the visit: the booking itself has just told them."""
    if not program.kind.before or program.kind.offers:
        return None
    past = [step.after for step in program.rules.steps if counts_from + timedelta(minutes=step.after) <= now]
    return max(past, default=None)


def _next_at(program: Program, counts_from: datetime, taken: int | None, now: datetime) -> datetime | None:
    after = next_due(program.rules, counts_from, taken, now, program.kind.fresh)
    return None if after is None else max(now, counts_from + timedelta(minutes=after))
