"""The background work of a process: woken jobs, the sweep behind them, and everything that is due by the clock."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import httpx
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

import crm_sync.writeback
import followup.callback_placing
import followup.outreach
import followup.programs.work
import followup.watch
import telephony.pictures
import telephony.recordings
from agent.breaker import Breaker
from agent.rehearsal import rehearsals
from agent.rehearsal.rehearser import ChildPlayer, Rehearser
from agent.summarizing import Summarizer
from agent.texting import TextAgent
from crm_sync.lead_desk import LeadDesk
from crm_sync.planning import Planner
from crm_sync.writeback import WriteBacks
from followup import lead_deliveries
from followup.callback_placing import CallbackPlacing
from followup.outreach import Outreach
from followup.programs.work import ProgramWork
from followup.watch import LoopWatch
from kit.clock import Clock
from kit.db import Database
from kit.jobs import Jobs
from kit.logging import logger
from lanekeeper import events
from lanekeeper.invariants import breaches
from lanekeeper.looking_ahead import LookingAhead
from lanekeeper.releases import keep_shipped_prompts
from lanekeeper.settings import Settings
from lanekeeper.subscriptions import effects, subscriptions
from lanekeeper.texts import TextDesk
from lanekeeper.watching import PromptDuties
from lanekeeper.wiring import (
    call_control,
    deliveries,
    dialer,
    lead_readers,
    reconciler,
    target_builder,
    text_model,
    text_sender,
)
from scheduling.booking import sweep_expired_holds
from telephony.pictures import PictureKeeper, TwilioPictures
from telephony.recordings import RecordingKeeper, TwilioRecordings

log = logger("worker")


class WorkerSettings(BaseSettings):
    """How often each duty is done; read from LANEKEEPER_WORKER_SWEEP_SECONDS and the like."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_WORKER_", extra="ignore")

    sweep_seconds: float = Field(default=5.0, gt=0)
    holds_seconds: float = Field(default=30.0, gt=0)
    retention_seconds: float = Field(default=3600.0, gt=0)
    sizes_seconds: float = Field(default=900.0, gt=0)
    verify_seconds: float = Field(default=60.0, gt=0)
    ahead_seconds: float = Field(default=60.0, gt=0)
    programs_seconds: float = Field(default=60.0, gt=0)
    reconcile_seconds: float = Field(default=120.0, gt=0)


class Ground(Protocol):
    """What the work stands on; `lanekeeper.service.Foundation` is one."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def database(self) -> Database: ...

    @property
    def jobs(self) -> Jobs: ...


@dataclass(frozen=True)
class Duty:
    """Something done again and again; one failure is logged and the next round tries again."""

    name: str
    every: timedelta
    do: Callable[[], Awaitable[object]]


class BackgroundWork:
    """Registers every job's handler when it is built (before the engine starts), and does the duties once started."""

    def __init__(
        self,
        ground: Ground,
        http: httpx.AsyncClient,
        *,
        more: Sequence[Duty] = (),
        worker: WorkerSettings | None = None,
    ) -> None:
        self._ground = ground
        self._http = http
        self._text_model = text_model(ground.settings.agent)
        self._keeper = self._recordings()
        self._register_calls()
        self._register_texts()
        self._register_store()
        self._duties = (*self._own_duties(worker or WorkerSettings()), *more)
        self._wakes = events.wakes_for_new_rows(ground.database, ground.jobs, ground.clock)
        self._running: asyncio.Task[None] | None = None
        self._own_http: httpx.AsyncClient | None = None

    @classmethod
    def alone(cls, ground: Ground) -> "BackgroundWork":
        """The work of a process that does nothing else, with a client of its own."""
        http = httpx.AsyncClient(timeout=httpx.Timeout(15.0, connect=5.0))
        work = cls(ground, http)
        work._own_http = http
        return work

    async def start(self) -> None:
        await keep_shipped_prompts(self._ground.database, self._ground.clock.now())
        self._wakes.begin()
        self._running = asyncio.create_task(self.run(), name="background-work")

    async def stop(self) -> None:
        """Ends the duties where they stand; every one of them repeats safely."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
            self._wakes.end()
        if self._text_model is not None:
            await self._text_model.close()
        if self._own_http is not None:
            await self._own_http.aclose()

    async def run(self) -> None:
        """All duties in one task group, until cancelled."""
        async with asyncio.TaskGroup() as duties:
            for duty in self._duties:
                duties.create_task(_again_and_again(duty), name=f"duty-{duty.name}")

    def _recordings(self) -> RecordingKeeper:
        ground, twilio = self._ground, self._ground.settings.telephony
        provider = TwilioRecordings(
            self._http, twilio.twilio_api_base, twilio.twilio_account_sid, twilio.twilio_auth_token.get_secret_value()
        )
        return RecordingKeeper(ground.database, ground.clock, ground.jobs, provider, ground.settings.recordings)

    def _register_calls(self) -> None:
        """What a call leaves: its events acted on, its recording and pictures kept, its outcome written back."""
        ground, http = self._ground, self._http
        database, clock, jobs, settings = ground.database, ground.clock, ground.jobs, ground.settings
        summarize = Summarizer(database, clock, self._text_model) if self._text_model is not None else None
        acts = effects(call_control(settings.telephony, http), summarize)
        dispatcher = events.EventDispatcher(database, clock, jobs, subscriptions(Planner(settings.crm_sync)), acts)
        jobs.on(events.JOB, dispatcher.handle, dispatcher.due)
        targets = target_builder(settings.crm_sync, clock)
        writebacks = WriteBacks(database, clock, jobs, targets, settings.crm_sync)
        jobs.on(crm_sync.writeback.JOB, writebacks.deliver, writebacks.due)
        jobs.on(telephony.recordings.JOB, self._keeper.look, self._keeper.due)
        pictures = PictureKeeper(database, clock, jobs, TwilioPictures(http, settings.telephony), settings.pictures)
        jobs.on(telephony.pictures.JOB, pictures.look, pictures.due)

    def _register_texts(self) -> None:
        """Texts answered and sent, and calls placed to those who are owed one."""
        ground, twilio = self._ground, self._ground.settings.telephony
        database, clock, jobs, agent = ground.database, ground.clock, ground.jobs, ground.settings.agent
        texts = TextDesk(
            database,
            TextAgent(database, clock, jobs, agent, self._text_model, Breaker(agent.breaker_seconds)),
            Outreach(database, clock, jobs, text_sender(twilio, self._http)),
        )
        jobs.on(followup.outreach.JOB, texts.look, texts.due)
        placing = CallbackPlacing(database, clock, dialer(twilio, self._http))
        jobs.on(followup.callback_placing.JOB, placing.look, placing.due)

    def _register_store(self) -> None:
        """The store's own work: leads, programs, what is owed, rehearsals."""
        ground = self._ground
        database, clock, jobs, agent = ground.database, ground.clock, ground.jobs, ground.settings.agent
        leads = LeadDesk(database, clock, jobs, lead_readers())
        jobs.on(lead_deliveries.JOB, leads.look, leads.due)
        programs = ProgramWork(database, clock)
        jobs.on(followup.programs.work.JOB, programs.step, programs.due)
        watch = LoopWatch(database, clock)
        jobs.on(followup.watch.JOB, watch.look, watch.due)
        rehearser = Rehearser(database, clock, jobs, agent.rehearsal_folder, ChildPlayer.begin, agent.rehearsal_players)
        jobs.on(rehearsals.JOB, rehearser.look, rehearser.due)

    def _own_duties(self, times: WorkerSettings) -> Iterator[Duty]:
        ground = self._ground
        database, clock, feeds = ground.database, ground.clock, ground.settings.feeds
        yield Duty("sweep", timedelta(seconds=times.sweep_seconds), ground.jobs.sweep)
        yield Duty("expired_holds", timedelta(seconds=times.holds_seconds), self._free_expired_holds)
        yield Duty("retention", timedelta(seconds=times.retention_seconds), self._keeper.sweep_retention)
        yield Duty("look_ahead", timedelta(seconds=times.ahead_seconds), LookingAhead(database, clock).soon)
        people = ProgramWork(database, clock).look_for_people
        yield Duty("programs", timedelta(seconds=times.programs_seconds), people)
        yield Duty("prompts", timedelta(seconds=times.ahead_seconds), PromptDuties(database, clock).look)
        yield Duty("learn_sizes", timedelta(seconds=times.sizes_seconds), database.learn_sizes)
        yield Duty("verify", timedelta(seconds=times.verify_seconds), self._verify)
        files = deliveries(database, clock, feeds)
        yield Duty("look_for_files", timedelta(seconds=feeds.look_seconds), files.look_for_files)
        every = timedelta(seconds=times.reconcile_seconds)
        compare = reconciler(database, clock, ground.settings.telephony, self._http, every)
        if compare is not None:
            yield Duty("reconcile", every, compare.run_once)

    async def _free_expired_holds(self) -> int:
        async with self._ground.database.across_rooftops("holds that ran out, whichever store's") as db:
            return await sweep_expired_holds(db, self._ground.clock.now())

    async def _verify(self) -> None:
        """What must hold at any moment is looked at every minute; whatever does not is an error in the log."""
        async with self._ground.database.looking_across("invariants of every store") as db:
            for invariant, rows in await breaches(db, self._ground.clock.now()):
                log.error("invariant_broken", invariant=invariant.id, says=invariant.says, rows=rows)


async def _again_and_again(duty: Duty) -> None:
    while True:
        try:
            await duty.do()
        except Exception:
            log.exception("duty_failed", duty=duty.name)
        await asyncio.sleep(duty.every.total_seconds())
