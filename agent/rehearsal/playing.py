"""Plays one scenario against one prompt on a stage: a caller, an agent, real tools, and what the record says after."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent.briefing import brief, instructions_for
from agent.ports import ModelUnavailable, TextModel
from agent.rehearsal.answers import Answers
from agent.rehearsal.cast import CAST
from agent.rehearsal.played import BookedVisit, EndState, Played, Turn
from agent.rehearsal.sandbox import PinnedClock, Stage, moment_of
from agent.rehearsal.talkers import NOT_BY_TEXT, HouseTalker, ModelTalker, Talker, Tools
from agent.tools.chosen import chosen
from agent.tools.context import ToolContext, caller_of
from agent.tools.registry import Tool, ToolBox
from followup.models import Loop
from kit.ids import CallSid
from prompts.agents import AFTER_HOURS, AGENTS, Agent
from prompts.bundle import bundle_of
from prompts.scenarios import Scenario
from record import consent_ledger
from record.calls import CallFacts, NewCall, open_call
from record.hours import hours_of
from record.models import Customer, Vehicle
from scheduling.appointments import Appointment, booked_in_call
from scheduling.models import AppointmentChangeRow

MOST_TURNS = 30
_DEPARTMENTS = {"sales_inbound": "sales", "parts_inbound": "parts"}
# Spoken when an agent asks what nobody prepared an answer for.
_ANY_ANSWER = "Yes."


@dataclass(frozen=True)
class Setting:
    """What every run of one side shares."""

    stage: Stage
    prompt: str
    agent: str
    pinned: datetime
    model: TextModel | None = None


async def play(setting: Setting, scenario: Scenario, number: int) -> Played:
    """One run. `number` chooses among the scenario's openings, so that both sides hear the same in the same run."""
    began = time.perf_counter()
    await setting.stage.set_anew()
    run = await _Run.prepared(setting, scenario, number)
    problem = ""
    try:
        await run.talk()
    except ModelUnavailable as gone:
        problem = gone.code
    end = await run.end_state()
    return Played(
        tuple(run.turns),
        end,
        run.tools.over,
        round(time.perf_counter() - began, 3),
        run.talker.tokens_in,
        run.talker.tokens_out,
        problem,
    )


class _Run:
    """One conversation under way."""

    def __init__(
        self, setting: Setting, scenario: Scenario, number: int, now: datetime, call: CallFacts, tools: Tools
    ) -> None:
        self._setting, self._scenario, self._number = setting, scenario, number
        self._now, self._call, self.tools = now, call, tools
        self.turns: list[Turn] = []
        self.talker: Talker

    @classmethod
    async def prepared(cls, setting: Setting, scenario: Scenario, number: int) -> _Run:
        agent, database, rooftop = AGENTS[setting.agent], setting.stage.database, setting.stage.rooftop_id
        department = _DEPARTMENTS.get(agent.name, "service")
        async with database.writing(rooftop) as db:
            when = "closed" if agent is AFTER_HOURS else scenario.when
            now = moment_of(await hours_of(db, "service"), setting.pinned, when)
            call, _ = await open_call(db, _new_call(setting, scenario, department, now), now)
            facts = await brief(db, rooftop, caller=scenario.caller, department=department, now=now, disclosed=True)
        bundle = bundle_of(setting.prompt)
        clock = PinnedClock(now)
        context = ToolContext(
            rooftop,
            call.id,
            call.call_sid,
            clock,
            department=department,
            caller=caller_of(call.from_e164, attested=call.caller_attested),
            started_at=now,
            texts_go_out=False,
        )
        run = cls(
            setting, scenario, number, now, call, Tools(ToolBox(database, context, _tools(agent, setting.prompt)))
        )
        instructions = instructions_for(facts, setting.prompt)
        if setting.model is None:
            run.talker = HouseTalker(instructions, run.tools, clock, facts.store, spoken=agent.spoken)
        else:
            name = bundle.settings.text_model or ""
            run.talker = ModelTalker(instructions, run.tools, setting.model, name, facts.store, spoken=agent.spoken)
        return run

    async def talk(self) -> None:
        first = await self.talker.open()
        if first:
            self.turns.append(Turn("", first, self.tools.taken()))
        if self._scenario.lines:
            for said in self._scenario.lines:
                if self.tools.over:
                    return
                await self._exchange(said)
            return
        opening = self._scenario.openings[self._number % len(self._scenario.openings)]
        knows = {topic: [each.strip() for each in said.split("|")] for topic, said in self._scenario.knows.items()}
        answers = Answers(opening, knows, self._scenario.then)
        line: str | None = opening
        while line and not self.tools.over and len(self.turns) < MOST_TURNS:
            heard = await self._exchange(line)
            line = answers.to(heard)
            if line is None:
                line = self._scenario.knows.get("own", _ANY_ANSWER) if heard.rstrip().endswith("?") else "Okay."

    async def _exchange(self, line: str) -> str:
        said = line.removeprefix("keys:").strip()
        words = await self.talker.hear(said)
        self.turns.append(Turn(said, words, self.tools.taken()))
        return words

    async def end_state(self) -> EndState:
        async with self._setting.stage.database.reading(self._setting.stage.rooftop_id) as db:
            visits = await booked_in_call(db, self._call.call_sid)
            hours = await hours_of(db, "service")
            changed = (
                await db.execute(
                    select(AppointmentChangeRow.kind, AppointmentChangeRow.now_at).where(
                        AppointmentChangeRow.call_sid == self._call.call_sid
                    )
                )
            ).all()
            loops = await db.scalars(select(Loop.department).where(Loop.call_id == self._call.id))
            standing = await consent_ledger.standing(db, self._call.from_e164)
            people = await db.scalar(select(func.count()).select_from(Customer)) or 0
            return EndState(
                tuple([await _visit(db, each, hours.open_at(each.starts_at)) for each in visits if _stands(each)]),
                moved=any(kind == "moved" for kind, _ in changed),
                cancelled=any(kind == "cancelled" for kind, _ in changed),
                inside_hours=all(at is None or hours.open_at(at) for kind, at in changed if kind == "moved"),
                owed=tuple(sorted(set(loops))),
                opted_out=standing.opted_out_at is not None,
                new_customers=people - len(CAST),
            )


async def _visit(db: AsyncSession, visit: Appointment, inside: bool) -> BookedVisit:
    car = await db.get(Vehicle, visit.vehicle_id) if visit.vehicle_id else None
    label = " ".join(str(part) for part in (car.year, car.make, car.model) if part) if car else ""
    return BookedVisit(visit.op_codes, visit.concern, label, inside)


def _stands(visit: Appointment) -> bool:
    return visit.state == "booked"


def _tools(agent: Agent, prompt: str) -> list[Tool]:
    """What the version leaves; what cannot be done in writing is not there for an agent that writes."""
    return [each for each in chosen(bundle_of(prompt)) if agent.spoken or each.name not in NOT_BY_TEXT]


def _new_call(setting: Setting, scenario: Scenario, department: str, now: datetime) -> NewCall:
    sid = hashlib.sha256(f"{scenario.key}\0{setting.agent}".encode()).hexdigest()[:32]
    return NewCall(
        call_sid=CallSid(f"CA{sid}"),
        account_sid="rehearsal",
        rooftop_id=setting.stage.rooftop_id,
        from_e164=scenario.caller if scenario.caller.startswith("+") else "+266696687",
        to_e164="+15550100000",
        department=department,
        customer_hint_id=None,
        caller_attested=scenario.caller.startswith("+"),
        agent="house",
        prompt_version="",
        token_hash="",
        token_expires_at=now,
    )
