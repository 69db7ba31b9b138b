"""What a person does with a loop: take, try, promise, put off, hand over, confirm the AI's work, finish or close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup import closing, handoffs, lifecycle, sla
from followup.attempts import TEXT, mentions
from followup.closing import DONE, NotClosed, Proof
from followup.ending import end, keep_evidence, note
from followup.lifecycle import Act, State
from followup.loop_facts import facts_of
from followup.loop_models import LoopHandoff, LoopPromise, LoopTouch
from followup.loops import promise_by
from followup.models import Loop
from followup.paired import other_half
from followup.policies import policy_of
from followup.proofs import exists, kept_evidence
from kit.ids import LoopId, StaffId
from kit.redaction import redact
from record.hours import hours_of
from record.models import Customer, Staff

LONGEST_SNOOZE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts."""

    id: StaffId
    name: str


class NoSuchLoop(LookupError):
    """There is no such loop in this store."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try to reach the customer. `channel`: call, text, voicemail, email or note; `ref`: the row that proves it."""

    channel: str
    outcome: str = ""
    seconds: int = 0
    note: str = ""
    ref: str = ""
    next_step: str = ""


async def take(db: AsyncSession, loop_id: LoopId | str, who: Person, now: datetime) -> None:
    """`who` owns it from here on."""
    row = await _acting(db, loop_id, Act.TAKE)
    row.taken_at, row.owner_id, row.last_action_at, row.next_look_at = now, who.id, now, now
    note(db, row, Act.TAKE, who.name, f"{who.name} has it", now)


async def tried(db: AsyncSession, loop_id: LoopId | str, did: Try, who: Person, key: str, now: datetime) -> None:
    """Notes one try; the same `key` is the same try. Whether it adds up to an attempt is for `followup.attempts`."""
    row = await _acting(db, loop_id, Act.TRY)
    known = select(LoopTouch.id).where(LoopTouch.loop_id == row.id, LoopTouch.touch_key == key[:80])
    if await db.scalar(known) is not None:
        return
    words = redact(did.note)
    db.add(
        LoopTouch(
            loop_id=row.id,
            touch_key=key[:80],
            channel=did.channel,
            outcome=did.outcome,
            at=now,
            by_id=who.id,
            seconds=did.seconds,
            names_concern=did.channel == TEXT and mentions(words, f"{row.need} {row.requested_service}"),
            ref=did.ref,
            note=words,
        )
    )
    row.last_action_at, row.next_look_at = now, now
    row.next_step = did.next_step[:200] or row.next_step
    said = f"{did.channel}: {did.outcome or 'tried'}".replace("_", " ")
    note(db, row, Act.TRY, who.name, f"{said}. {words}".strip(), now)


async def promised(
    db: AsyncSession, loop_id: LoopId | str, words: str, due_at: datetime, who: Person, now: datetime
) -> None:
    """The customer was told this, with this time; it is due then, and the loop cannot be closed before it is kept."""
    if due_at <= now:
        raise ValueError("a promise is for a time to come")
    row = await _acting(db, loop_id, Act.PROMISE)
    await promise_by(db, row, redact(words), due_at, who.name, now, moves=False)
    row.last_action_at = now
    row.due_at, row.due_for = min(due_at, row.due_at), "promise"
    note(db, row, Act.PROMISE, who.name, f"{redact(words)} (by {due_at.isoformat(timespec='minutes')})", now)


async def kept(db: AsyncSession, loop_id: LoopId | str, proof: Proof, who: Person, now: datetime) -> None:
    """What was promised was done; the evidence says how."""
    row = await _acting(db, loop_id, Act.PROMISE)
    await _proven(db, row, (proof,))
    open_ones = await db.scalars(
        select(LoopPromise).where(LoopPromise.loop_id == row.id, LoopPromise.settled_at.is_(None))
    )
    for promise in open_ones:
        promise.settled_at, promise.settled_as = now, "kept" if now <= promise.due_at else "late"
    await keep_evidence(db, row, (proof,), who.name, now)
    row.last_action_at, row.next_look_at = now, now
    note(db, row, "keep", who.name, f"{proof.kind} {proof.ref or proof.says}", now)


async def snooze(
    db: AsyncSession, loop_id: LoopId | str, until: datetime, why: str, who: Person, now: datetime
) -> None:
    """Off the list until then; the clocks run on, and once it is late it is back whatever was wished."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise ValueError("put it off to a time to come, within two weeks")
    row = await _acting(db, loop_id, Act.SNOOZE)
    row.snoozed_until = until
    note(db, row, Act.SNOOZE, who.name, f"until {until.isoformat(timespec='minutes')}: {redact(why)}", now)


async def hand_over(
    db: AsyncSession,
    loop_id: LoopId | str,
    to_id: StaffId | str,
    facts: dict[str, str],
    who: Person,
    now: datetime,
) -> None:
    """Offers it to somebody with what they need to know, or raises Incomplete. `who` owns it until they accept."""
    row = await _acting(db, loop_id, Act.HAND_OVER)
    to = await db.scalar(select(Staff).where(Staff.id == to_id, Staff.disabled_at.is_(None)))
    if to is None:
        raise LookupError("nobody of that name works here")
    told = {**await _known(db, row), **{name: redact(words) for name, words in facts.items() if words.strip()}}
    handoffs.check(to.department, told)
    offer = LoopHandoff(
        loop_id=row.id, from_id=row.owner_id, to_id=to.id, to_department=to.department, facts=told, asked_at=now
    )
    pending = await _pending(db, row)
    if pending is not None:
        pending.answered_at, pending.says = now, "offered to somebody else"
        await db.flush()
    db.add(offer)
    row.next_step, row.last_action_at, row.next_look_at = told["next_step"][:200], now, now
    note(db, row, Act.HAND_OVER, who.name, f"offered to {to.name}: {told['next_step']}", now)


async def give_to(db: AsyncSession, loop_id: LoopId | str, to_id: StaffId | str, who: Person, now: datetime) -> None:
    """A manager's word: it is theirs from here on, taken or not."""
    row = await _acting(db, loop_id, Act.ASSIGN)
    to = await db.scalar(select(Staff).where(Staff.id == to_id, Staff.disabled_at.is_(None)))
    if to is None:
        raise LookupError("nobody of that name works here")
    row.owner_id, row.taken_at, row.next_look_at = to.id, None, now
    note(db, row, Act.ASSIGN, who.name, f"given to {to.name} by {who.name}", now)


async def answer_handoff(
    db: AsyncSession, loop_id: LoopId | str, who: Person, now: datetime, *, accept: bool, says: str = ""
) -> None:
    """The receiver accepts, and owns it; or says why not, and it stays where it was."""
    row = await _acting(db, loop_id, Act.HAND_OVER)
    pending = await _pending(db, row)
    if pending is None or pending.to_id != who.id:
        raise LookupError("nothing was offered to you")
    pending.answered_at, pending.accepted, pending.says = now, accept, redact(says)[:200]
    if accept:
        row.owner_id, row.taken_at = who.id, now
        row.department = pending.to_department
    row.last_action_at, row.next_look_at = now, now
    note(db, row, "accept" if accept else "decline", who.name, redact(says), now)


async def finish(
    db: AsyncSession, loop_id: LoopId | str, outcome: str, proofs: Sequence[Proof], who: Person, now: datetime
) -> None:
    """Done with all four parts proven, or closed with a reason from the list; raises NotClosed with what is missing.

    Evidence kept since it was last opened counts; a promise open is kept by what proves that the customer was reached.
    """
    act = Act.FINISH if outcome == DONE else Act.CLOSE
    row = await _acting(db, loop_id, act)
    await _proven(db, row, proofs)
    if outcome == DONE and any(proof.part == "reached" for proof in proofs):
        reached = next(proof for proof in proofs if proof.part == "reached")
        await kept(db, row.id, reached, who, now)
        await db.flush()
    hours, policy = await hours_of(db, row.department), await policy_of(db, row.department)
    facts = await facts_of(db, row, policy, hours)
    before = [Proof(each.part, each.kind, each.ref, each.says) for each in await kept_evidence(db, row.id)]
    everything = list(dict.fromkeys([*before, *proofs]))
    closing.check(row.kind, row.department, outcome, everything, policy, facts, now)
    await end(db, row, act, outcome, who.name, everything, now)
    await other_half(db, row, everything, who.id, who.name, now)


async def acknowledge(db: AsyncSession, loop_id: LoopId | str, who: Person, says: str, now: datetime) -> None:
    """A person stands for what the AI did; from here on it counts as done."""
    row = await _acting(db, loop_id, Act.ACKNOWLEDGE)
    proof = Proof("confirmed", "note", says=redact(says) or f"looked over by {who.name}")
    await end(db, row, Act.ACKNOWLEDGE, DONE, who.name, (proof,), now)


async def send_back(db: AsyncSession, loop_id: LoopId | str, why: str, who: Person, now: datetime) -> None:
    """What the AI did was not it: a person has it to do."""
    row = await _acting(db, loop_id, Act.SEND_BACK)
    row.state, row.ai_done_at, row.last_action_at, row.next_look_at = State.OPEN, None, now, now
    row.due_at = min(row.due_at, sla.after(await hours_of(db, row.department), now, timedelta(minutes=15)))
    note(db, row, Act.SEND_BACK, who.name, redact(why), now)


async def reopen(db: AsyncSession, loop_id: LoopId | str, why: str, who: Person, now: datetime) -> None:
    """It was not over."""
    row = await _acting(db, loop_id, Act.REOPEN)
    row.state, row.closed_at, row.close_reason = State.OPEN, None, None
    row.last_action_at, row.next_look_at = now, now
    hours, policy = await hours_of(db, row.department), await policy_of(db, row.department)
    row.due_at = row.first_due_at = sla.after(hours, now, policy.first_contact)
    note(db, row, Act.REOPEN, who.name, redact(why), now)


async def _acting(db: AsyncSession, loop_id: LoopId | str, act: Act) -> Loop:
    """The loop, locked; raises NoSuchLoop, or Illegal when its state does not allow the act."""
    row = await db.scalar(
        select(Loop).where(Loop.id == loop_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise NoSuchLoop(loop_id)
    lifecycle.after(row.state, act)
    return row


async def _pending(db: AsyncSession, row: Loop) -> LoopHandoff | None:
    found: LoopHandoff | None = await db.scalar(
        select(LoopHandoff).where(LoopHandoff.loop_id == row.id, LoopHandoff.answered_at.is_(None))
    )
    return found


async def _known(db: AsyncSession, row: Loop) -> dict[str, str]:
    """What the loop itself says; whoever hands over adds the rest."""
    person = await db.get(Customer, row.customer_id) if row.customer_id else None
    return {
        "customer": f"{person.first_name} {person.last_name}".strip() if person else "",
        "contact": row.contact,
        "need": row.need,
        "vehicle": row.vehicle,
        "next_step": row.next_step,
    }


async def _proven(db: AsyncSession, row: Loop, proofs: Sequence[Proof]) -> None:
    missing = [proof for proof in proofs if not await exists(db, proof, row)]
    if missing:
        since = "of this customer since it was opened"
        raise NotClosed([f"there is no {proof.kind} '{proof.ref}' {since}" for proof in missing])
