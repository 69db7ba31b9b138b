"""A person of the store takes a call from the agent, and gives it back: what is possible, and what is noted."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallId
from record import calls, hand_offs
from record.calls import CallFacts
from record.hand_off_brief import Brief
from record.hand_off_moves import Happened, Stage
from record.hand_offs import HandOff, NewHandOff
from record.models import CallTransfer, CallTurn, Customer, Vehicle
from record.rooftops import Destination

_TRANSFER, _RESUME = "transfer", "resume"
_FEWEST_WORDS = 4
_LONGEST_REASON = 200


class NotPossible(Exception):
    """The call is not where that could be done; the words say why."""


async def take_over(db: AsyncSession, call_id: CallId | str, ring: Destination, by: str, now: datetime) -> HandOff:
    """Files the wish to have the caller on `ring`'s phone; the agent's process, or the carrier, is told after it."""
    call = await _going_on(db, call_id)
    if await hand_offs.is_with_a_person(db, call.id):
        raise NotPossible("somebody has the caller, or is being rung for them")
    if not call.connected or call.stream_ended:
        raise NotPossible("the AI does not have this call")
    brief = await _brief(db, call)
    wanted = NewHandOff(
        key=ring.department or ring.key,
        to_e164=ring.e164,
        reason=brief.reason or "Taken over",
        warm=not ring.cold,
        staff_id=ring.staff_id,
        extension=ring.extension,
        brief=brief,
        asked_by=by,
    )
    asked = await hand_offs.ask(db, call.id, wanted, now)
    await calls.told_next(db, call.id, _TRANSFER, ring.key)
    return asked


async def give_back(db: AsyncSession, call_id: CallId | str, words: str) -> CallFacts:
    """The agent is to have the caller again, with a word on where things stand; true once the carrier asks."""
    call = await _going_on(db, call_id)
    to = await hand_offs.newest(db, call.id)
    if to is None or to.stage not in (Stage.RINGING, Stage.BRIEFING, Stage.TALKING):
        raise NotPossible("nobody has the caller")
    row = await db.get_one(CallTransfer, to.id)
    row.handed_back = words
    await calls.told_next(db, call.id, _RESUME)
    return call


async def keep(db: AsyncSession, call_id: CallId | str) -> None:
    """The carrier did not give it back: the person still has the caller."""
    to = await hand_offs.newest(db, CallId(call_id))
    if to is not None:
        (await db.get_one(CallTransfer, to.id)).handed_back = None
        await calls.told_next(db, CallId(call_id), _TRANSFER, to.key)


async def given_back(db: AsyncSession, call: CallFacts, now: datetime) -> HandOff | None:
    """The carrier asks for the agent again: the talk with the person is over. None when nobody gave the call back."""
    to = await hand_offs.newest(db, call.id)
    if to is None or to.handed_back is None or to.returned_on is not None:
        return None
    ended = Happened.TALKED if to.stage is Stage.TALKING else Happened.CALLER_LEFT
    to = await hand_offs.move(db, to.id, ended, now) or to
    await hand_offs.returned(db, to.id, call.resumes + 1)
    return to


async def _going_on(db: AsyncSession, call_id: CallId | str) -> CallFacts:
    await calls.in_turn(db, CallId(call_id))
    call = await calls.call_by_id(db, CallId(call_id))
    if call is None or call.ended_at is not None:
        raise NotPossible("the call is over")
    return call


async def _brief(db: AsyncSession, call: CallFacts) -> Brief:
    """What the record knows of the caller, and the longest thing they said."""
    sure = call.customer_id is not None
    who = await db.get(Customer, call.customer_id or call.customer_hint_id or "")
    cars = (await db.scalars(select(Vehicle).where(Vehicle.customer_id == who.id).limit(2))).all() if who else []
    said = await db.scalars(select(CallTurn.text).where(CallTurn.call_id == call.id, CallTurn.speaker == "caller"))
    reason = max((text for text in said if len(text.split()) >= _FEWEST_WORDS), key=len, default="")
    name = f"{who.first_name} {who.last_name}".strip() if who else ""
    car = cars[0] if len(cars) == 1 else None
    return Brief(
        name=name if sure or not name else f"perhaps {name}, by the number",
        number=call.from_e164,
        car=" ".join(str(part) for part in (car.year, car.make, car.model) if part) if car else "",
        reason=reason[:_LONGEST_REASON],
    )
