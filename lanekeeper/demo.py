"""A store on this machine, a telephone company and a model that are simulated, and one real product between them."""

import asyncio
import shutil
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console as Screen

from kit.clock import SystemClock
from kit.db import Database
from kit.phone import spoken
from lanekeeper.foundation import lay_foundation
from lanekeeper.migrate import upgrade
from lanekeeper.running import stop_signals
from lanekeeper.service import Service
from lanekeeper.settings import Settings
from lanekeeper.showing import CallOnScreen
from simulator.back_office import open_the_back_office
from simulator.callers import TypedCaller, caller_for, scenarios
from simulator.carrier import Carrier, CarrierSettings, DialScript, PhoneNumber
from simulator.carrier.phone import Caller
from simulator.espeak import real_speech
from simulator.model import HouseMind, ModelSettings, RealtimeModel, ResponsesModel
from simulator.store import DemoStore, build_store
from simulator.voice import babble

FOLDER = Path("var/demo")
FIRST, THEN = "brake_job_known_customer", ("repair_order_status", "transfer_to_parts", "oil_change_new_caller")
_PAUSE_SECONDS = 8

NOTICE = """[bold]Simulated on this machine:[/] the telephone company, the speech model and the callers.
[bold]Real:[/] everything between them: webhooks, sockets, agent, tools, database, pages.
For real callers set LANEKEEPER_PUBLIC_ORIGIN, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and OPENAI_API_KEY,
then `make serve` (README.md)."""


@dataclass(frozen=True)
class Stage:
    """The store, its server and the simulated world around it, all up."""

    service: Service
    carrier: Carrier
    store: DemoStore
    database: Database
    screen: Screen

    @property
    def pages(self) -> str:
        return f"http://127.0.0.1:{self.service.web.port}"


async def run_demo(*, open_browser: bool, keep_serving: bool) -> None:
    """`make demo`: one call to watch, a few more after it, and the pages until Ctrl-C."""
    told = stop_signals()
    async with a_stage() as stage:
        stage.screen.print(NOTICE)
        stage.screen.print(f"\nThe store's calls: [bold]{stage.pages}/calls[/]\n")
        if open_browser:
            await asyncio.to_thread(webbrowser.open, f"{stage.pages}/calls")
        known = scenarios()
        await _ring(stage, known[FIRST].from_, caller_for(known[FIRST]), told)
        if not keep_serving:
            return
        others = asyncio.create_task(_more_calls(stage, told))
        stage.screen.print(f"[dim]More callers ring now and then. Pages: {stage.pages}/calls. Ctrl-C ends the demo.[/]")
        await told.wait()
        others.cancel()
        await asyncio.gather(others, return_exceptions=True)


async def run_typed_call() -> None:
    """`make call`: a person types the caller's lines."""
    told = stop_signals()
    async with a_stage() as stage:
        stage.screen.print(NOTICE)
        stage.screen.print(
            f"\nYou are calling {stage.store.name} from {spoken(stage.store.known_caller.phone)}, the number of "
            f"{stage.store.known_caller.name} ({stage.store.known_caller.vehicle}).\n"
            f"Type what you say; an empty line hangs up. Pages: {stage.pages}/calls\n"
        )
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        answered = asyncio.Event()
        reading = asyncio.create_task(read_lines(lines, answered))
        caller = TypedCaller(lines, lambda _words: answered.set())
        await _ring(stage, stage.store.known_caller.phone, caller, told)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


@asynccontextmanager
async def a_stage() -> AsyncIterator[Stage]:
    """Everything of the demo, up on this machine, on a fresh database."""
    screen = Screen(highlight=False)
    shutil.rmtree(FOLDER, ignore_errors=True)
    url = f"sqlite:///{FOLDER / 'lanekeeper.db'}"
    await upgrade(url)
    database = Database(url)
    store = await build_store(database, SystemClock().now())
    await open_the_back_office(database, store, SystemClock().now(), FOLDER / "feeds")
    speech = real_speech() or babble
    speaking = RealtimeModel(ModelSettings(listen="127.0.0.1:0", speech=speech), mind=HouseMind)
    async with speaking as model, ResponsesModel(ModelSettings().api_key) as writer:
        at_carrier = CarrierSettings(speech=speech)
        # The carrier's address is needed by the server and the server's by the carrier: the carrier learns last.
        async with Carrier(at_carrier, beside=model, starts_at=SystemClock().now()) as carrier:
            settings = _settings(url, model.base_url, carrier.api_base, at_carrier)
            settings.agent.text_base_url = writer.base_url
            service = Service(lay_foundation(settings, works=True), works=True, simulated=True)
            await service.start()
            at_carrier.web_address = f"127.0.0.1:{service.web.port}"
            at_carrier.media_address = f"127.0.0.1:{service.media.port}"
            carrier.add_number(PhoneNumber(store.line, message_path="/twilio/message"))
            for number in (*store.transfer_numbers.values(), store.store_phone):
                carrier.people[number] = DialScript("answered", rings_s=3, talks_s=8)
            try:
                yield Stage(service, carrier, store, database, screen)
            finally:
                await service.stop()
                await database.close()


def _settings(url: str, model_url: str, carrier_url: str, carrier: CarrierSettings) -> Settings:
    settings = Settings()
    settings.server.database_url = url
    settings.server.redis_url = ""
    settings.server.web_address = f"127.0.0.1:{_free_port(8000)}"
    settings.telephony.media_address = f"127.0.0.1:{_free_port(8001)}"
    settings.telephony.public_origin = carrier.public_origin
    settings.telephony.media_origin = ""
    settings.telephony.twilio_account_sid = carrier.account_sid
    settings.telephony.twilio_auth_token = SecretStr(carrier.auth_token)
    settings.telephony.twilio_api_base = carrier_url
    settings.agent.openai_api_key = SecretStr(ModelSettings().api_key)
    settings.agent.openai_base_url = model_url
    settings.console.web_address = settings.server.web_address
    settings.console.public_origin = ""
    settings.console.console_password = None
    settings.crm_sync.folder = str(FOLDER / "writeback")
    settings.recordings.folder = settings.console.recordings_folder = FOLDER / "recordings"
    settings.pictures.folder = FOLDER / "pictures"
    settings.feeds.folder = str(FOLDER / "feeds")
    return settings


async def _ring(stage: Stage, number: str, caller: Caller, told: asyncio.Event) -> None:
    """One call, shown as it happens, to its last figure; ends early when the demo is stopped."""
    call = await stage.carrier.call(number, stage.store.line, caller)
    shown = CallOnScreen(stage.database, stage.store, call.sid, stage.screen, stage.pages)
    watching = asyncio.create_task(shown.until_written())
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (watching, stopping):
        task.cancel()
    await asyncio.gather(watching, stopping, return_exceptions=True)
    if told.is_set():
        call.hang_up()


async def _more_calls(stage: Stage, told: asyncio.Event) -> None:
    known = scenarios()
    for name in THEN:
        await asyncio.sleep(_PAUSE_SECONDS)
        scenario = known[name]
        await _ring(stage, scenario.from_, caller_for(scenario), told)


async def read_lines(lines: asyncio.Queue[str | None], answered: asyncio.Event) -> None:
    """Standard input line by line, without a thread that would outlive the call; nobody talks before the answer."""
    await answered.wait()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        text = line.decode(errors="replace").strip()
        lines.put_nowait(text or None)
    lines.put_nowait(None)


def _free_port(wanted: int) -> int:
    """The usual port, or any free one when something else has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
            return wanted
        except OSError:
            return 0
