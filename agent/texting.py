"""The same agent over texts: one turn for what arrived together, the model or the house agent, one reply."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from agent import guardrails, text_form
from agent.breaker import Breaker
from agent.briefing import brief, instructions_for
from agent.guardrails import Backing
from agent.house.written import HOUSE, HouseThread, PastTurn
from agent.ports import HangUp, HeardTurn, ModelUnavailable, NextStep, Round, TextModel, TextRequest
from agent.settings import AgentSettings
from agent.tools.answers import as_output
from agent.tools.chosen import chosen
from agent.tools.context import ToolContext
from agent.tools.registry import ToolBox
from agent.tools.standing import caller_from
from followup.outreach import JOB
from followup.threads import owe_answer, owe_call
from kit.clock import Clock
from kit.db import Database
from kit.ids import CallSid
from kit.jobs import Jobs
from kit.logging import logger
from prompts import versions
from prompts.agents import FOLLOW_UP, TEXTS
from prompts.bundle import bundle_of
from prompts.versions import Version
from record import auto_replies, consent_ledger, text_outbox, texts, tool_calls
from record.consent import Purpose
from record.text_outbox import Reply
from record.texts import AI, Burst, Said, Thread
from record.tool_calls import ToolUse

log = logger("texting")

_LEASE = timedelta(seconds=150)
_TRY_AGAIN = timedelta(seconds=20)
_TRIES = 3
_QUIET_AFTER_BOTS = timedelta(hours=12)
_NOT_BY_TEXT = frozenset({"transfer_call", "send_code", "confirm_code"})
_NO_WORDS = "Sorry, I didn't get that. What can we help you with?"
_CLAIMED = "You wrote something no tool returned: {words} Write the reply again without it, or do it first."


@dataclass(slots=True)
class _Turn:
    """One turn at work: what it stands on, and what its tools did."""

    burst: Burst
    past: list[Said]
    uses: list[ToolUse]
    instructions: str
    prompt: Version
    store: str
    tools: ToolBox
    backing: Backing = field(default_factory=Backing)
    then: NextStep | None = None
    model: str = ""

    @property
    def heard(self) -> str:
        return text_form.as_one([each.body for each in self.burst.texts])

    @property
    def photos(self) -> int:
        return sum(each.photos for each in self.burst.texts)

    async def use(self, tool_call_id: str, name: str, arguments: str) -> str:
        """A tool, with what it came to remembered for what may be said."""
        outcome = await self.tools.run(tool_call_id, name, arguments)
        self.backing.add(outcome.output, outcome.decision)
        self.then = outcome.then or self.then
        return outcome.output


class TextAgent:
    """Answers conversations as jobs that look at an arrived text; two looks at one text make one reply."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        jobs: Jobs,
        settings: AgentSettings,
        model: TextModel | None,
        breaker: Breaker,
    ) -> None:
        self._database, self._clock, self._jobs = database, clock, jobs
        self._settings, self._model, self._breaker = settings, model, breaker
        self._links = frozenset(host.strip().lower() for host in settings.text_link_hosts.split(",") if host.strip())

    async def look(self, rooftop_id: str, text_id: str) -> None:
        now = self._clock.now()
        settings = self._settings
        async with self._database.writing(rooftop_id) as db:
            burst = await texts.claim_burst(
                db,
                text_id,
                now,
                pause=timedelta(seconds=settings.text_pause_seconds),
                longest=timedelta(seconds=settings.text_longest_pause_seconds),
                lease=_LEASE,
            )
            if isinstance(burst, datetime):
                await texts.answer_later(db, text_id, burst)
                await self._jobs.wake(db, JOB, text_id, rooftop_id=rooftop_id, delay=burst - now)
        if not isinstance(burst, Burst):
            return
        try:
            await self._answer(burst)
        except Exception as error:
            log.exception("text_not_answered", rooftop_id=rooftop_id, text_id=burst.last.id)
            await self._give_up_or_try_again(burst, type(error).__name__)

    # ---- one turn ----

    async def _answer(self, burst: Burst) -> None:
        if burst.thread.mode != AI:
            async with self._database.writing(burst.thread.rooftop_id) as db:
                await self._leave_to_person(db, burst.thread, burst)
            return
        if await self._is_quiet(burst) or await self._ends_with_a_bot(burst):
            return
        turn = await self._prepare(burst)
        agent, words = await self._words(turn)
        words = self._formed(turn, words)
        async with self._database.writing(burst.thread.rooftop_id) as db:
            await self._store(db, turn, agent, words)

    async def _prepare(self, burst: Burst) -> _Turn:
        thread = burst.thread
        context = ToolContext(
            thread.rooftop_id,
            None,
            CallSid(thread.source_key),
            self._clock,
            department=thread.department,
            caller=caller_from(thread.customer_e164, thread.standing),
            started_at=thread.session_began_at,
            conversation_id=thread.id,
        )
        async with self._database.reading(thread.rooftop_id) as db:
            facts = await brief(
                db,
                thread.rooftop_id,
                caller=thread.customer_e164,
                department=thread.department,
                now=burst.heard_at,
                disclosed=True,
            )
            past = await texts.session(db, thread, burst.turn)
            prompt = await self._prompt(db, past, thread.customer_e164)
            uses = await tool_calls.uses_of(db, context.occasion)
        bundle = bundle_of(prompt.text)
        tools = ToolBox(self._database, context, chosen(bundle), deadline_seconds=self._settings.tool_deadline_seconds)
        instructions = instructions_for(facts, prompt.text)
        turn = _Turn(
            burst, past, uses, instructions, prompt, facts.store, tools, model=bundle.settings.text_model or ""
        )
        for use in uses:
            turn.backing.add(use.result, use.decision)
        return turn

    async def _prompt(self, db: AsyncSession, past: Sequence[Said], customer: str) -> Version:
        """The version the session began on; a new session gets the one that is live, or the customer's canary."""
        began_on = next((said.prompt_version for said in past if said.prompt_version), "")
        if began_on:
            pinned = await versions.named(db, began_on)
            if pinned is not None:
                return pinned
        ours_first = bool(past) and past[0].author != "customer" and past[0].sent
        return await versions.for_conversation(db, FOLLOW_UP if ours_first else TEXTS, customer)

    async def _words(self, turn: _Turn) -> tuple[str, str]:
        """Who answers, and the words: the model while it can be had, else the house agent."""
        now = asyncio.get_running_loop().time()
        if self._model is not None and not self._breaker.is_open(now):
            try:
                words = await self._by_model(turn, self._model)
                self._breaker.succeeded()
                return self._model.name[:40], words
            except ModelUnavailable as gone:
                log.warning("text_model_unavailable", code=gone.code, terminal=gone.terminal)
                if gone.terminal:
                    self._breaker.trip(gone.code, now)
        return HOUSE, await self._by_house(turn)

    async def _by_model(self, turn: _Turn, model: TextModel) -> str:
        tools = [each for each in turn.tools.schemas() if each["name"] not in _NOT_BY_TEXT]
        history = _history(turn)
        rounds: list[Round] = []
        corrected = False
        for _ in range(self._settings.text_rounds):
            written = await model.write(TextRequest(turn.instructions, history, tools, rounds, turn.model))
            if written.wants:
                results = []
                for want in written.wants:
                    key = _key(turn.burst.turn, want.name, want.arguments)
                    results.append((want.id, await turn.use(key, want.name, want.arguments)))
                rounds.append(Round(written, tuple(results)))
                continue
            found = _unbacked(written.words, turn.backing)
            if not found or corrected:
                return written.words
            corrected = True
            rounds.append(Round(written, note=_CLAIMED.format(words=found[0].words)))
        raise ModelUnavailable("too_many_rounds", terminal=False)

    async def _by_house(self, turn: _Turn) -> str:
        if not turn.heard:
            return ""
        thread = turn.burst.thread
        answers = {use.tool_call_id: as_output(use.result) for use in turn.uses}
        began = thread.session_began_at or turn.burst.heard_at
        house = HouseThread(turn.instructions, began, _past_turns(turn.past), answers)
        return text_form.for_the_eye(await house.answer(turn.heard, turn.burst.heard_at, turn.use))

    # ---- the reply ----

    def _formed(self, turn: _Turn, words: str) -> str:
        """What may be sent of the words: nothing unbacked, no strange links, short, and opened as the first one is."""
        for finding in _unbacked(words, turn.backing):
            words = words.replace(finding.words, "")
        words = text_form.without_links(words, self._links)
        unsent, first = _unsent(turn.past)
        words = text_form.joined(text_form.without_opening(turn.store, unsent), words)
        if not words and not turn.photos:
            words = _NO_WORDS
        if turn.photos:
            thanks = "Thank you, we have your photo. An advisor will look at it."
            words = f"{thanks} {words}".strip()
        return text_form.opening(turn.store, words) if first else text_form.fitted(words)

    async def _store(self, db: Any, turn: _Turn, agent: str, words: str) -> None:
        """The reply and the mark that its texts were heard, together, unless a person took over meanwhile."""
        burst, now = turn.burst, self._clock.now()
        thread = await texts.thread(db, burst.thread.id, lock=True)
        if thread is None:
            return
        if thread.mode != AI or thread.epoch != burst.thread.epoch:
            await self._leave_to_person(db, thread, burst)
            return
        if turn.photos:
            await owe_call(db, thread, f"Sent a photo: {turn.heard or 'no words with it'}", now)
        gone = (await consent_ledger.standing(db, thread.customer_e164)).opted_out_at is not None
        reply = Reply(
            words,
            "system" if gone else "ai",
            f"reply:{burst.last.id}",
            Purpose.OPT_OUT_CONFIRMATION if gone else Purpose.REPLY,
            burst.last.id,
            burst.turn,
            agent,
            turn.prompt.name,
        )
        await text_outbox.write(db, thread, reply, now)
        await texts.handled(db, [each.id for each in burst.texts], "conversation", now, agent)
        await texts.let_go(db, thread.id)
        if isinstance(turn.then, HangUp):
            unlink = now if turn.then.reason == "wrong_number" else None
            await texts.end_session(db, thread.id, turn.then.reason, unlink=unlink)

    # ---- turns without an answer ----

    async def _is_quiet(self, burst: Burst) -> bool:
        thread, now = burst.thread, self._clock.now()
        if thread.quiet_until is None or thread.quiet_until <= now:
            return False
        async with self._database.writing(thread.rooftop_id) as db:
            await self._settle(db, burst, "quiet")
        return True

    async def _ends_with_a_bot(self, burst: Burst) -> bool:
        """Two machines would go on for ever; a person is told, and we fall silent."""
        thread, now, settings = burst.thread, self._clock.now(), self._settings
        async with self._database.writing(thread.rooftop_id) as db:
            hour = await texts.said_since(db, thread.id, now - timedelta(hours=1))
            lately = await texts.said_since(db, thread.id, now - timedelta(minutes=settings.text_bot_minutes))
            ours = [body for author, body in lately if author == "ai"]
            theirs = [body for author, body in lately if author == "customer"]
            bot = len(ours) >= settings.text_bot_replies and auto_replies.is_a_bot(
                theirs[-settings.text_bot_replies :], ours
            )
            if not bot and sum(author == "ai" for author, _ in hour) < settings.text_most_replies_an_hour:
                return False
            await texts.be_quiet(db, thread.id, now + _QUIET_AFTER_BOTS)
            await texts.end_session(db, thread.id, "bots")
            need = f"The text conversation looked like two machines and was ended. Last: {burst.last.body}"
            await owe_call(db, thread, need, now)
            await self._settle(db, burst, "bot")
        log.warning("text_loop_ended", rooftop_id=thread.rooftop_id, conversation_id=thread.id)
        return True

    async def _leave_to_person(self, db: Any, thread: Thread, burst: Burst) -> None:
        words = text_form.as_one([each.body for each in burst.texts]) or "a photo"
        await owe_answer(db, thread, f"Texted: {words}", self._clock.now())
        await self._settle(db, burst, "for_a_person")

    async def _settle(self, db: Any, burst: Burst, taken_as: str) -> None:
        await texts.handled(db, [each.id for each in burst.texts], taken_as, self._clock.now())
        await texts.let_go(db, burst.thread.id)

    async def _give_up_or_try_again(self, burst: Burst, error: str) -> None:
        rooftop_id, now = burst.thread.rooftop_id, self._clock.now()
        async with self._database.writing(rooftop_id) as db:
            await texts.let_go(db, burst.thread.id)
            if burst.tries >= _TRIES:
                words = text_form.as_one([each.body for each in burst.texts])
                await owe_call(db, burst.thread, f"A text could not be answered ({error}): {words}", now)
                await self._settle(db, burst, "for_a_person")
                return
            for each in burst.texts:
                await texts.answer_later(db, each.id, now + _TRY_AGAIN)
            await self._jobs.wake(db, JOB, burst.last.id, rooftop_id=rooftop_id, delay=_TRY_AGAIN)


def _history(turn: _Turn) -> list[HeardTurn]:
    """The session as the model reads it; what never left is not part of it, what tools did is."""
    told: list[HeardTurn] = []
    done = [f"{use.tool}: {as_output(use.result)}" for use in turn.uses if use.decision == "allowed"]
    if done:
        told.append(HeardTurn("system", "What tools returned earlier in this conversation:\n" + "\n".join(done[-12:])))
    for said in turn.past:
        if said.sent and said.body:
            told.append(HeardTurn("caller" if said.author == "customer" else "agent", said.body))
    unsent, _ = _unsent(turn.past)
    if unsent:
        told.append(HeardTurn("system", f"This was written but not sent, because the customer wrote again: {unsent}"))
    if turn.photos:
        told.append(
            HeardTurn("system", f"{turn.photos} photo(s) came with it and are stored for an advisor to look at.")
        )
    told.append(HeardTurn("caller", turn.heard or "(a photo, no words)"))
    return told


def _past_turns(past: Sequence[Said]) -> list[PastTurn]:
    """What was heard together, turn by turn; a person's texts are between them as words only."""
    turns: list[PastTurn] = []
    for number in dict.fromkeys(said.turn for said in past):
        of_turn = [said for said in past if said.turn == number]
        heard = [said for said in of_turn if said.author == "customer"]
        answer = " ".join(said.body for said in of_turn if said.author != "customer" and said.sent)
        agent = heard[0].agent if heard and number is not None else ""
        at = (heard[0].heard_at if heard else None) or of_turn[0].at
        turns.append(PastTurn(text_form.as_one([said.body for said in heard]), at, agent, answer))
    return turns


def _unsent(past: Sequence[Said]) -> tuple[str, bool]:
    """Our words that never left since something did, and whether nothing has left in this session yet."""
    unsent: list[str] = []
    first = True
    for said in past:
        if said.author == "customer":
            continue
        if said.sent:
            unsent, first = [], False
        elif said.author == "ai":
            unsent.append(said.body)
    return " ".join(unsent), first


def _unbacked(words: str, backing: Backing) -> list[guardrails.Finding]:
    return [each for each in guardrails.findings(words, backing) if each.kind is not guardrails.Claim.LINK]


def _key(turn: int, name: str, arguments: str) -> str:
    """The same use in the same turn is the same use, also when the turn is gone through again after a crash."""
    try:
        arguments = json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        pass
    digest = hashlib.sha256(f"{name}\n{arguments}".encode()).hexdigest()[:16]
    return f"t{turn}-{digest}"
