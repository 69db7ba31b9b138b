"""One serving process, put together and taken apart: the same for real callers, the demo and the tests."""

import asyncio
import socket
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import httpx
from prometheus_client import CollectorRegistry

from agent.breaker import Breaker
from agent.model_health import GuardedConnector
from agent.ports import TransferTo
from agent.realtime.client import RealtimeConnector
from console.app import create_console
from intake.doors import lead_routers
from intake.smtp import MailServer
from kit.addresses import parse_address
from kit.bus import Bus
from kit.clock import Clock
from kit.db import Database
from kit.ids import new_id
from kit.jobs import Jobs
from kit.logging import logger
from lanekeeper.app import create_app
from lanekeeper.events import wakes_for_new_rows
from lanekeeper.figures import Figures
from lanekeeper.hints import CallHints
from lanekeeper.journal import JournalWriter
from lanekeeper.lease import keep_leases, reap
from lanekeeper.live_calls import LiveCalls
from lanekeeper.plans import Plans
from lanekeeper.reaper import Patience, Reaper
from lanekeeper.setting_up import SettingUp
from lanekeeper.settings import Settings
from lanekeeper.suggesting import Suggesting
from lanekeeper.web_server import WebServer
from lanekeeper.wiring import call_control, rehearsal_runner, text_model, text_sender, uploads
from lanekeeper.worker import BackgroundWork
from telephony.edge import TwilioEdge
from telephony.gather import GatherCalls
from telephony.relay_server import RelayServer
from telephony.stream import MediaServer

_log = logger("service")


@dataclass(frozen=True)
class Foundation:
    """What a process stands on; tests give their own clock and job engine."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    jobs: Jobs


class Service:
    """Listens for webhooks, pages and carrier sockets, and holds the calls that come through them."""

    def __init__(self, foundation: Foundation, *, works: bool, simulated: bool = False) -> None:
        settings = foundation.settings
        self._foundation = foundation
        self._settings = settings
        self.held_by = f"{socket.gethostname()[:24]}-{new_id()}"
        self.draining = False
        self._breaker = Breaker(settings.agent.breaker_seconds)
        self._relay_breaker = Breaker(settings.agent.breaker_seconds)
        self._http = httpx.AsyncClient(timeout=settings.server.carrier_api_seconds)
        self.journal = JournalWriter(foundation.database, foundation.bus, foundation.clock, settings.server)
        plans = Plans(
            foundation.database,
            foundation.clock,
            self.journal,
            self.held_by,
            settings.agent.tool_deadline_seconds,
            texts_go_out=text_sender(settings.telephony, self._http) is not None,
        )
        self.gathers = GatherCalls(agent=settings.agent, clock=foundation.clock, claim=plans.claim)
        self.edge = TwilioEdge(
            foundation.database,
            foundation.clock,
            settings.telephony,
            self.agent_kind,
            gathers=self.gathers,
            relay_failed=self._relay_failed,
        )
        self.relay = RelayServer(agent=settings.agent, line=settings.line, clock=foundation.clock, claim=plans.claim)
        self.media = MediaServer(
            agent=settings.agent,
            line=settings.line,
            connector=GuardedConnector(RealtimeConnector(settings.agent), self._breaker),
            verify_upgrade=self.edge.signature.upgrade,
            claim=plans.claim,
            routes={"/relay/": self.relay.listener},
        )
        self._uploads = uploads(foundation.database, foundation.clock, settings.feeds)
        carrier = call_control(settings.telephony, self._http)
        self._live_calls = LiveCalls(foundation.database, foundation.clock, foundation.bus, carrier, self._leave_to)
        self._text_model = text_model(settings.agent)
        suggests = Suggesting(foundation.database, foundation.clock, self._text_model) if self._text_model else None
        self._console = create_console(
            foundation.database,
            foundation.clock,
            foundation.bus,
            settings.console,
            simulated=simulated,
            uploads=self._uploads,
            live_calls=self._live_calls,
            suggests=suggests,
            setup=SettingUp(settings, foundation.database, foundation.clock),
            rehearsed_by=rehearsal_runner(settings.agent, simulated=simulated),
        )
        figures = CollectorRegistry()
        figures.register(Figures(self))
        leads = lead_routers(foundation.database, foundation.clock, settings.intake)
        self.web = WebServer(create_app(self.edge, leads, self._console.app, lambda: not self.draining, figures))
        self.mail = MailServer(foundation.database, foundation.clock, settings.intake)
        self._reaper = Reaper(foundation.database, foundation.clock, carrier, _patience(settings))
        self._work = BackgroundWork(foundation, self._http) if works else None
        self._wakes = wakes_for_new_rows(foundation.database, foundation.jobs, foundation.clock)
        self._hints = CallHints(foundation.database, foundation.bus)
        self._tasks: list[asyncio.Task[None]] = []

    # ---- what others ask ----

    @property
    def live(self) -> int:
        """Calls held now."""
        return len(self.media.live) + len(self.relay.live) + len(self.gathers.live)

    def agent_kind(self) -> str | None:
        """Who would answer a call now: the speech model, the house agent, or (draining, full) a person."""
        if self.draining or self.live >= self._settings.line.max_calls:
            return None
        has_key = self._settings.agent.openai_api_key is not None
        now = asyncio.get_running_loop().time()
        if not has_key or self._breaker.is_open(now):
            return "gather" if self._relay_breaker.is_open(now) else self._settings.telephony.house_line
        return "stream"

    def _relay_failed(self) -> None:
        self._relay_breaker.trip("conversation_relay", asyncio.get_running_loop().time())

    def _leave_to(self, call_sid: str, to: TransferTo) -> bool:
        """The agent leaves a call of this process to a person; False when it is not here."""
        return any(held.hand_over(call_sid, to) for held in (self.media, self.relay, self.gathers))

    # ---- the process's life ----

    async def start(self) -> None:
        """Listening when this returns; raises ConfigurationError when an address cannot be had."""
        server = self._settings.server
        await self._foundation.bus.start()
        await self._foundation.jobs.start()
        self.journal.start()
        self._hints.start()
        if self._work is not None:
            await self._work.start()
        else:
            self._wakes.begin()
        await self.media.start(*parse_address("LANEKEEPER_MEDIA_ADDRESS", self._settings.telephony.media_address))
        await self.web.start(*parse_address("LANEKEEPER_WEB_ADDRESS", server.web_address))
        if self._settings.intake.smtp_address:
            await self.mail.start()
        database, clock = self._foundation.database, self._foundation.clock
        for work in (
            partial(keep_leases, database, clock, self.held_by, timedelta(seconds=server.heartbeat_seconds)),
            partial(reap, self._reaper, timedelta(seconds=server.reaper_seconds)),
            self._live_calls.listen,
        ):
            self._tasks.append(asyncio.create_task(work()))
        _log.info("listening", web=self.web.port, media=self.media.port)

    async def drain(self) -> None:
        """No new calls; live ones finish, then are handed to another process at a pause, then must go."""
        self.draining = True
        server = self._settings.server
        _log.info("drain_began", live=self.live)
        both = (self.media, self.relay)
        await asyncio.gather(*(calls.settle(server.drain_seconds) for calls in both))
        await self.gathers.stop()
        await asyncio.gather(*(calls.drain(server.drain_handover_seconds, hand_over=True) for calls in both))

    async def stop(self) -> None:
        """Closes everything in the order that loses nothing; leaves no task."""
        self.draining = True
        self._console.streams.close()
        await self.media.stop()
        await self.relay.stop()
        await self.gathers.stop()
        await self.journal.stop()
        await self.mail.stop()
        await self.web.stop()
        await self._live_calls.stop()
        if self._text_model is not None:
            await self._text_model.close()
        await self._uploads.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._work is not None:
            await self._work.stop()
        else:
            self._wakes.end()
        await self._foundation.jobs.stop()
        await self._hints.stop()
        await self._http.aclose()
        await self._foundation.bus.stop()
        await self._foundation.database.close()


def _patience(settings: Settings) -> Patience:
    """A caller being rung may hear our ring and then leave a message; one put through may talk to the limit."""
    server, telephony = settings.server, settings.telephony
    ringing = timedelta(seconds=telephony.dial_seconds + telephony.voicemail_seconds + server.stray_call_seconds)
    return Patience(
        lease=timedelta(seconds=server.lease_seconds),
        stray=timedelta(seconds=server.stray_call_seconds),
        ringing=ringing,
        talking=ringing + timedelta(seconds=telephony.transfer_limit_seconds),
    )
