"""One step of one person: looked at again, then a text, a task for a person, another day, or nothing with its reason.

All of it in one transaction; what was done is keyed by person and step, so that done again it changes nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices, sla
from followup.ending import BY_ITSELF, note
from followup.loops import Promise, promise_callback
from followup.models import Loop
from followup.notices import Notice
from followup.program_models import Enrollment, ProgramTouch
from followup.programs import asking, leaving_alone
from followup.programs.asking import Answer, Does
from followup.programs.finding import FINDERS
from followup.programs.joining import ACTIVE, DONE, HELD_OUT, STOPPED
from followup.programs.keeping import Program
from followup.programs.kinds import words_for
from followup.programs.people import Candidate, Look
from followup.programs.rules import PERSON, TEXT, Step, next_due
from followup.programs.standings import standings
from kit.ids import CustomerId, StaffId
from record import contact_policy
from record.hours import hours_of
from record.models import Customer

NOBODY = "nobody"
_TRY_AGAIN = timedelta(days=1)


async def look_of(db: AsyncSession, program: Program, now: datetime, only: str = "") -> Look:
    """What a finder needs: the store's hours and day."""
    hours = await hours_of(db, program.kind.department)
    return Look(program.kind, program.rules, program.id, now, hours, only)


async def take(db: AsyncSession, program: Program, row: Enrollment, now: datetime) -> None:
    """Brings one person up to date with the clock."""
    kind, rules = program.kind, program.rules
    after = next_due(rules, row.counts_from, row.taken, now, kind.fresh)
    if after is None:
        _over(row, DONE, "")
        return
    if row.counts_from + timedelta(minutes=after) > now:
        row.next_at = row.counts_from + timedelta(minutes=after)
        return
    # Two programs must not both find the week's one touch unused.
    await db.scalar(select(Customer.id).where(Customer.id == row.customer_id).with_for_update())
    still = await FINDERS[kind.name](db, await look_of(db, program, now, row.subject))
    candidate = next((each for each in still if each.subject == row.subject), None)
    if candidate is None or candidate.customer_id != row.customer_id:
        _over(row, STOPPED, "no longer so")
        return
    if await _left_alone(db, program, row, after, now):
        return
    if row.state == HELD_OUT:
        row.began_at, row.next_at, row.taken = now, None, after
        return
    reach = (await asking.reaches(db, kind, [row.customer_id], now))[row.customer_id]
    answers = [(step, _answer(program, step, reach, now)) for step in rules.at(after)]
    if all(answer.does is Does.LATER for _, answer in answers) and _another_day(program, row, after, now):
        return
    for step, answer in answers:
        await _do(db, program, row, candidate, step, answer, reach.number, now)
    row.began_at, row.taken = row.began_at or now, after
    following = next_due(rules, row.counts_from, after, now, kind.fresh)
    row.next_at = None if following is None else row.counts_from + timedelta(minutes=following)
    if following is None:
        _over(row, DONE, "")


async def call_instead(
    db: AsyncSession, program: Program, row: Enrollment, after: int, why: str, now: datetime
) -> None:
    """A text of a step did not get there: a person does it, if they may. It was one touch and stays one."""
    still = await FINDERS[program.kind.name](db, await look_of(db, program, now, row.subject))
    reach = (await asking.reaches(db, program.kind, [row.customer_id], now))[row.customer_id]
    candidate = next((each for each in still if each.subject == row.subject), None)
    if candidate is None or row.state == STOPPED:
        return
    if asking.by_person(program.kind, reach, now).does is Does.PERSON:
        ref = await _task(db, program, row, candidate, reach.number, why, now)
        await _touched(db, program, row, after, PERSON, ref, why, now, budgeted=False)


async def _left_alone(db: AsyncSession, program: Program, row: Enrollment, after: int, now: datetime) -> bool:
    policy = await contact_policy.in_force(db)
    standing = (await standings(db, [row.customer_id], now))[row.customer_id]
    why = leaving_alone.reason(program.kind, standing, policy.touches_week, policy.touches_month, now)
    if why is None:
        return False
    if why.for_good:
        _over(row, STOPPED, f"{why.id}: {why.says}")
        return True
    return _another_day(program, row, after, now)


def _another_day(program: Program, row: Enrollment, after: int, now: datetime) -> bool:
    """Tomorrow, while the step is still worth taking; then it is left out and the next one waits for its time."""
    tomorrow = now + _TRY_AGAIN
    due = next_due(program.rules, row.counts_from, row.taken, tomorrow, program.kind.fresh)
    if due == after:
        row.next_at = tomorrow
        return True
    row.taken = after
    row.next_at = None if due is None else row.counts_from + timedelta(minutes=due)
    if due is None:
        _over(row, DONE, "")
    return True


def _answer(program: Program, step: Step, reach: asking.Reach, now: datetime) -> Answer:
    return (asking.by_text if step.by == TEXT else asking.by_person)(program.kind, reach, now)


async def _do(
    db: AsyncSession,
    program: Program,
    row: Enrollment,
    candidate: Candidate,
    step: Step,
    answer: Answer,
    number: str,
    now: datetime,
) -> None:
    why = f"{' '.join(answer.rules)}: {answer.says}" if answer.says else ""
    if answer.does in (Does.TEXT, Does.WAITS):
        by, ref = TEXT, await _text(db, program, row, candidate, step, number, now)
    elif answer.does is Does.PERSON and (step.by == PERSON or program.kind.person_instead):
        by, ref = PERSON, await _task(db, program, row, candidate, number, why, now)
    else:
        by, ref = NOBODY, ""
    await _touched(db, program, row, step.after, by, ref, why, now, budgeted=program.kind.offers and by != NOBODY)


async def _touched(
    db: AsyncSession,
    program: Program,
    row: Enrollment,
    after: int,
    by: str,
    ref: str,
    why: str,
    now: datetime,
    *,
    budgeted: bool,
) -> None:
    known = select(ProgramTouch.id).where(
        ProgramTouch.enrollment_id == row.id, ProgramTouch.after == after, ProgramTouch.by == by
    )
    if await db.scalar(known) is not None:
        return
    db.add(
        ProgramTouch(
            enrollment_id=row.id,
            program_id=program.id,
            customer_id=row.customer_id,
            after=after,
            by=by,
            at=now,
            budgeted=budgeted,
            ref=ref,
            says=why[:240],
        )
    )
    await db.flush()


async def _text(
    db: AsyncSession, program: Program, row: Enrollment, candidate: Candidate, step: Step, number: str, now: datetime
) -> str:
    key = owed_as(row, candidate)
    stale = min(at for at in (now + program.kind.fresh, candidate.true_until) if at is not None)
    notice = Notice(
        words_for(program.kind, step, candidate.wording),
        f"program:{row.id}:{step.after}",
        key,
        CustomerId(row.customer_id),
        number=number,
        department=program.kind.department,
        facts=candidate.facts,
        stale_after=stale,
    )
    return str(await notices.send(db, notice, now) or "")


async def _task(
    db: AsyncSession, program: Program, row: Enrollment, candidate: Candidate, number: str, why: str, now: datetime
) -> str:
    """A loop with an owner. One that is open for the same stays due when it is: asking twice is no new time. Of offers
    one call of a kind is enough, whichever program or visit it comes from."""
    kind, key = program.kind, owed_as(row, candidate)
    same = Loop.customer_id == row.customer_id if kind.offers else Loop.source_key == key
    open_one = select(Loop).where(Loop.kind == kind.loop_kind, same, Loop.closed_at.is_(None))
    owed = await db.scalar(open_one.order_by(Loop.due_at).limit(1))
    if owed is not None:
        note(db, owed, "asked_again", BY_ITSELF, why or candidate.reason, now)
        return owed.id
    hours = await hours_of(db, kind.department)
    made = await promise_callback(
        db,
        Promise(
            source_key=key,
            need=f"{candidate.need} (no text: {why})" if why else candidate.need,
            department=kind.department,
            contact=number,
            customer_id=CustomerId(row.customer_id),
            kind=kind.loop_kind,
            due_at=sla.after(hours, now, kind.within),
            promised=kind.promised,
            source="program",
            requested_service=candidate.wanted,
            vehicle=candidate.car,
            stage=candidate.stage,
            advisor_id=StaffId(candidate.advisor_id) if candidate.advisor_id else None,
            value_cents=candidate.value_cents,
        ),
        now,
    )
    return made.id


def owed_as(row: Enrollment, candidate: Candidate) -> str:
    """What the texts and the task of one person are about: they find each other by it."""
    return (candidate.owed_as or f"program:{row.id}")[:80]


def _over(row: Enrollment, state: str, why: str) -> None:
    if row.state == ACTIVE or state == STOPPED:
        row.state = state
    row.next_at, row.stop_reason = None, why[:120]
