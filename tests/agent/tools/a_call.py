"""One call at one small store, with the real tools on a real database."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agent.ports import ToolOutcome
from agent.tools.context import ToolContext, caller_of
from agent.tools.everything import SERVICE_INBOUND
from agent.tools.registry import Tool, ToolBox
from kit.clock import Clock
from kit.db import Database
from kit.ids import CallId, CallSid, RooftopId
from record.calls import NewCall, call, open_call
from record.models import RepairOrder, Staff, TransferTarget
from scheduling import setup
from scheduling.shop import Job, SafetyClass, Transport
from tests.builders import ANA, LINE, NOW, ROOFTOP, StandingClock, a_store
from tests.scheduling.a_store import EVERY_SKILL, every_day

OIL = Job(
    "LOF", "oil_change", "oil and filter change", 30, ("oil change",), "express", None, "from $79.95", waitable=True
)
BRAKES = Job("BRKF", "brakes", "brake inspection", 60, ("brakes",), "brakes", price_wording="from $249 per axle")
TIRES = Job("ROT", "tire_rotation", "tire rotation", 30, ("tire rotation", "rotate"), "express", waitable=True)
STEERING = Job(
    "STEER", "steering", "steering check", 60, ("steering",), "diagnosis", safety_class=SafetyClass.DO_NOT_DRIVE
)
DIAGNOSIS = Job("DIAG", "diagnostic", "diagnosis", 60, (), "diagnosis")
MENU = (OIL, BRAKES, TIRES, STEERING, DIAGNOSIS)


async def a_working_store(database: Database) -> None:
    """The builders' store, taking appointments, with a service desk to transfer to and Ana's Tahoe in the shop."""
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        from sqlalchemy import select

        from record.models import Customer, Vehicle

        db.add(
            TransferTarget(
                key="service", label="Service", e164="+15550100151", valid_from=datetime(2020, 1, 1, tzinfo=UTC)
            )
        )
        await setup.open_scheduling(db)
        for job in MENU:
            await setup.add_op_code(db, job)
        for number in range(2):
            await setup.add_technician(db, f"Tech {number}", EVERY_SKILL, every_day())
        for person in await db.scalars(select(Staff).where(Staff.role == "advisor")):
            await setup.set_advisor_shifts(db, person.id, every_day())
        for day in range(7):
            await setup.limit_transport(db, Transport.SHUTTLE, 2, weekday=day)
        ana = await db.scalar(select(Customer))
        tahoe = await db.scalar(select(Vehicle))
        assert ana is not None and tahoe is not None
        db.add(
            RepairOrder(
                ro_number="10234",
                customer_id=ana.id,
                vehicle_id=tahoe.id,
                status="awaiting_parts",
                concern="squeals",
                opened_at=NOW,
                status_at=NOW,
            )
        )


class ACall:
    """The tools of one call from one number."""

    def __init__(
        self, database: Database, call_id: CallId, sid: str, number: str, clock: Clock, *, attested: bool
    ) -> None:
        self.database = database
        self.context = ToolContext(
            rooftop_id=RooftopId(ROOFTOP),
            call_id=call_id,
            call_sid=CallSid(sid),
            clock=clock,
            caller=caller_of(number, attested=attested),
            started_at=NOW,
            texts_go_out=True,
        )
        self.box = ToolBox(database, self.context, SERVICE_INBOUND)
        self.used = 0

    async def use(
        self, name: str, arguments: Mapping[str, Any] | None = None, tool_call_id: str = ""
    ) -> dict[str, Any]:
        """What a tool answered, as the model reads it."""
        outcome = await self.outcome(name, arguments, tool_call_id)
        answer: dict[str, Any] = json.loads(outcome.output)
        return answer

    async def outcome(
        self, name: str, arguments: Mapping[str, Any] | None = None, tool_call_id: str = ""
    ) -> ToolOutcome:
        self.used += 1
        return await self.box.run(tool_call_id or f"t{self.used}", name, json.dumps(dict(arguments or {})))

    def with_tools(self, *tools: Tool, **limits: Any) -> ToolBox:
        return ToolBox(self.database, self.context, tools, **limits)


async def a_call(
    database: Database, number: str = ANA, sid: str = "CA1", clock: Clock | None = None, *, attested: bool = True
) -> ACall:
    """An open call at the working store; the carrier vouches for its number unless told otherwise."""
    new = NewCall(
        call_sid=CallSid(sid),
        account_sid="AC1",
        rooftop_id=RooftopId(ROOFTOP),
        from_e164=number,
        to_e164=LINE,
        department="service",
        customer_hint_id=None,
        caller_attested=attested,
        agent="house",
        prompt_version="",
        token_hash="",
        token_expires_at=NOW,
    )
    async with database.writing(ROOFTOP) as db:
        facts, _ = await open_call(db, new, NOW)
    return ACall(database, facts.id, sid, number, clock or StandingClock(), attested=attested)


async def known_as(database: Database, sid: str = "CA1") -> tuple[str | None, int]:
    """The customer and level the call's row has."""
    async with database.reading(ROOFTOP) as db:
        facts = await call(db, sid)
    assert facts is not None
    return (str(facts.customer_id) if facts.customer_id else None), facts.verified_level
