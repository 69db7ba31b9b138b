"""What the person who takes the call is told: put together from what this call and the record know."""

from __future__ import annotations

from agent.house import phrases
from agent.house.understanding import find_vehicles
from agent.moods import mood_of
from agent.tools.context import Desk
from followup.loops import open_loops
from kit.redaction import redact
from record import calls, customers, tool_calls
from record.customers import KnownCustomer
from record.hand_off_brief import Brief
from record.repair_orders import open_repair_orders

_LONGEST = 200


async def gather(desk: Desk, reason: str, mood: str) -> Brief:
    """The caller's words are left out once they are off the record: they would be kept with the hand-off."""
    quiet = desk.context.off_record or desk.off_record
    said = "" if quiet else phrases.plain(redact(reason), _LONGEST)
    known, sure = await _who(desk)
    return Brief(
        name=_name(desk, known, sure),
        number=desk.caller.reachable_at,
        car=await _car(desk, known, said),
        repair_order=await _repair_order(desk, known) if sure else "",
        reason=said,
        promised=await _promised(desk),
        mood=mood_of(reason, mood),
    )


async def _who(desk: Desk) -> tuple[KnownCustomer | None, bool]:
    """The record of the caller, and whether they gave a name that fits it: a number alone is only a hint."""
    if desk.caller.customer_id is not None:
        return await customers.customer(desk.db, desk.caller.customer_id), desk.caller.level >= 1
    call = await calls.call(desk.db, desk.context.call_sid)
    hint = call.customer_hint_id if call else None
    return (await customers.customer(desk.db, hint), False) if hint and not desk.caller.first else (None, False)


def _name(desk: Desk, known: KnownCustomer | None, sure: bool) -> str:
    if desk.caller.name or known is None:
        return desk.caller.name
    return known.name if sure else f"perhaps {known.name}, by the number"


async def _car(desk: Desk, known: KnownCustomer | None, reason: str) -> str:
    for use in reversed(await tool_calls.uses_of(desk.db, desk.context.occasion)):
        said = find_vehicles(str(use.arguments.get("vehicle") or ""))
        if said:
            return said[0].label
    mentioned = [car for car in find_vehicles(reason) if car.model or car.make]
    if mentioned:
        return mentioned[0].label
    return known.vehicles[0].spoken if known is not None and len(known.vehicles) == 1 else ""


async def _repair_order(desk: Desk, known: KnownCustomer | None) -> str:
    orders = await open_repair_orders(desk.db, known.id) if known else []
    return f"{orders[0].ro_number}, {orders[0].status.replace('_', ' ')}" if orders else ""


async def _promised(desk: Desk) -> str:
    if desk.context.call_id is None:
        return ""
    made = [
        str(use.result.get("say") or use.result.get("starts") or "")
        for use in await tool_calls.uses_of(desk.db, desk.context.occasion)
        if use.decision == "allowed" and use.result.get("result") in ("booked", "moved", "promised")
    ]
    if made:
        return phrases.plain(made[-1], _LONGEST)
    owed = await open_loops(desk.db, desk.context.call_id)
    return "a call back" if owed else ""
