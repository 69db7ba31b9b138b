"""Turns a claimed token into everything one call needs: briefing, tools, journal, and what to store when it ends."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from agent.briefing import brief, instructions_for, keywords
from agent.guardrails import SpeechGuard
from agent.not_reached import NotReached
from agent.ports import (
    CallOutcome,
    CallPlan,
    Greeting,
    HangUp,
    HeardTurn,
    HumanPath,
    NextStep,
    Reconnect,
    SessionConfig,
    Speaker,
    TransferTo,
)
from agent.tools.chosen import chosen
from agent.tools.context import ToolContext, caller_of
from agent.tools.registry import ToolBox
from followup.loop_views import owed_from_calls
from followup.loops import CALLBACK
from kit.clock import Clock
from kit.db import Database
from kit.ids import CallSid
from kit.logging import logger
from lanekeeper.journal import JournalWriter
from prompts import versions
from prompts.bundle import bundle_of
from record import call_log, calls, hand_offs, recordings
from record.calls import CallFacts
from record.hours import hours_of
from record.rooftops import departments
from telephony import after_stream
from telephony.tokens import StreamTokens

_log = logger("plans")

GREETING = "Greet the caller now, in one short sentence, and ask how you can help. They have just heard the disclosure."
RETURNING = (
    "Nobody took the call you put through; why, and who calls back by when, is under Earlier in this call. Say both "
    "first, in two short sentences, then ask whether that suits them and what else you can do."
)
GIVEN_BACK = (
    "Somebody from the store has just talked with the caller and gave the call back to you; who, and what they say, is "
    "under Earlier in this call. Say in one short sentence that you are back with them, and go on from there."
)
_GAVE_BACK = "given back by"
RESUMING = "The line dropped for a moment. Say sorry for that in one short sentence and go on where you were."


@dataclass(frozen=True)
class Plans:
    """The `claim` of both carrier sockets; `held_by` names this process in the leases of its calls."""

    database: Database
    clock: Clock
    journal: JournalWriter
    held_by: str
    tool_deadline_seconds: float
    texts_go_out: bool = False

    async def claim(self, token: str, call_sid: CallSid, account_sid: str, stream_sid: str = "") -> CallPlan | None:
        """The plan of the call the token was made for; None, and nothing started, when anything does not fit."""
        async with self.database.across_rooftops("a token decides the rooftop") as db:
            call = await calls.claim_stream(
                db,
                call_sid=call_sid,
                account_sid=account_sid,
                token_hash=StreamTokens.hashed(token),
                stream_sid=stream_sid,
                held_by=self.held_by,
                now=self.clock.now(),
            )
        if call is None:
            _log.warning("token_refused", call_sid=call_sid)
            return None
        return await self._plan(call)

    async def _plan(self, call: CallFacts) -> CallPlan:
        resumed = call.resumes > 0
        if resumed:
            await self.journal.flush()
        async with self.database.reading(call.rooftop_id) as db:
            tried = await self._put_through(db, call)
            context = await brief(
                db,
                call.rooftop_id,
                caller=call.from_e164,
                department=call.department,
                now=self.clock.now(),
                disclosed=True,
                earlier=tried or ("The call was interrupted and goes on here." if resumed else ""),
            )
            prompt = await versions.text_of(db, call.prompt_version)
            bundle = bundle_of(prompt)
            words = await keywords(db, context.store)
            story = await calls.story_so_far(db, call.id) if resumed else []
            so_far = await call_log.so_far(db, call.id, self.clock.now()) if resumed else call_log.SoFar()
            off_record = resumed and await recordings.refused(db, call.id)
        standing = self._standing(call, so_far, off_record=off_record)
        journal = self.journal.for_call(call.rooftop_id, so_far, lambda: standing.off_record)
        tools = ToolBox(
            self.database,
            standing,
            chosen(bundle),
            deadline_seconds=self.tool_deadline_seconds,
            journal=journal,
        )
        config = SessionConfig(
            call_sid=call.call_sid,
            instructions=instructions_for(context, prompt),
            tools=tools.schemas(),
            history=[HeardTurn(_speaker(who), text) for who, text in story if text],
            keywords=words,
            model=bundle.settings.model or "",
            voice=bundle.settings.voice or "",
            speed=bundle.settings.speed,
            pause_ms=bundle.settings.pause_ms,
        )

        async def finish(outcome: CallOutcome) -> None:
            await self._finish(call, outcome)

        return CallPlan(
            call_id=call.id,
            call_sid=call.call_sid,
            session=config,
            tools=tools,
            journal=journal,
            finish=finish,
            greeting=Greeting(instructions=_greeting(tried, resumed)),
            guard=SpeechGuard(),
            resumed=resumed,
            silence_seconds=bundle.settings.silence_seconds,
            connection=call.resumes,
        )

    def _standing(self, call: CallFacts, so_far: call_log.SoFar, *, off_record: bool) -> ToolContext:
        """Who calls and where we stand, for every tool of the call."""
        return ToolContext(
            call.rooftop_id,
            call.id,
            call.call_sid,
            self.clock,
            department=call.department,
            caller=caller_of(call.from_e164, call.verified_level, call.customer_id, attested=call.caller_attested),
            started_at=self.clock.now() - timedelta(milliseconds=so_far.ms),
            off_record=off_record,
            texts_go_out=self.texts_go_out,
        )

    async def _put_through(self, db: AsyncSession, call: CallFacts) -> str:
        """The hand-off that brought the caller back on this connection, and the callback promised for it."""
        tried = await hand_offs.came_back_from(db, call.id, call.resumes) if call.resumes else None
        if tried is not None and tried.handed_back is not None:
            return f"{_GAVE_BACK} {tried.asked_by or 'the store'}: {tried.handed_back or 'nothing more to say'}"
        owed = await owed_from_calls(db, [call.id]) if tried else {}
        promised = next((each for each in owed.get(call.id, ()) if each.kind == CALLBACK), None)
        if tried is None or promised is None:
            return ""
        label = next((each.label for each in await departments(db, self.clock.now()) if each.key == tried.key), "")
        hours = await hours_of(db, promised.department)
        due = hours.local(promised.due_at)
        return str(NotReached(label or tried.key, str(tried.outcome or "no_answer"), promised.owner, due))

    async def _finish(self, call: CallFacts, outcome: CallOutcome) -> None:
        """Everything the call left is stored before the carrier is let go, so that what follows can rely on it."""
        await self.journal.flush()
        now = self.clock.now()
        async with self.database.writing(call.rooftop_id) as db:
            if outcome.then is None and outcome.reason == "socket_closed":
                await calls.line_lost(db, call.id, now)
                return
            if outcome.then is None and await hand_offs.is_taken_over(db, call.id):
                # The carrier took the caller to the person already: nobody hung up.
                await calls.stream_ended(
                    db,
                    call.id,
                    reason="taken_over",
                    next_step=after_stream.NextStep.TRANSFER,
                    transfer_key=None,
                    now=now,
                )
                return
            step, key = _stored(outcome.then)
            await calls.stream_ended(db, call.id, reason=outcome.reason, next_step=step, transfer_key=key, now=now)
            if outcome.then is None:
                await calls.end_call(db, call.call_sid, reason=outcome.reason, status="", seconds=None, now=now)


def _greeting(tried: str, resumed: bool) -> str:
    if tried.startswith(_GAVE_BACK):
        return GIVEN_BACK
    return RETURNING if tried else RESUMING if resumed else GREETING


def _stored(then: NextStep | None) -> tuple[str, str | None]:
    steps = after_stream.NextStep
    match then:
        case TransferTo(key):
            return steps.TRANSFER, key
        case HumanPath():
            return steps.HUMAN, None
        case Reconnect():
            return steps.RESUME, None
        case HangUp() | None:
            return steps.HANG_UP, None


def _speaker(who: str) -> Speaker:
    return "caller" if who == "caller" else "agent" if who == "agent" else "system"
