"""The simulated carrier as its users see it: numbers, people who may be rung, calls, and everything that happened."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from simulator.carrier.calls import ENDED, Call, CallStatus, Goto, Hangup, Inline
from simulator.carrier.exchange import Alert, Exchange
from simulator.carrier.faults import CarrierFaults
from simulator.carrier.interpreter import CallRun
from simulator.carrier.messages import Message, MessageFaults, Messages
from simulator.carrier.phone import Caller, Phone
from simulator.carrier.recordings import Recording
from simulator.carrier.rest import RestApi
from simulator.carrier.settings import CarrierSettings, DialScript, PhoneNumber
from simulator.carrier.webhooks import WebhookRequest
from simulator.http_server import HttpServer
from simulator.mulaw import FRAME
from simulator.voice import line_noise
from simulator.words import Beside


class Carrier:
    """Use as `async with`: leaving hangs up every call and waits for its last callbacks."""

    def __init__(
        self, settings: CarrierSettings, beside: Beside | None = None, starts_at: datetime | None = None
    ) -> None:
        self._settings, self._beside, self._starts_at = settings, beside, starts_at

    async def __aenter__(self) -> Self:
        self.exchange = Exchange(self._settings, self._beside, self._starts_at)
        self._messages = Messages(self.exchange)
        self._rest = RestApi(self.exchange, self._messages, self)
        self._server = HttpServer(self._rest.answer)
        self.exchange.api_base = "http://" + await self._server.start(self._settings.listen)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for call in self.live_calls():
            call.hang_up("carrier")
        await self.exchange.settle()
        await self._server.close()
        await self.exchange.webhooks.close()
        if kind is None and self.exchange.failures:
            raise self.exchange.failures[0]

    # ---- the account -----------------------------------------------------------------------------------------------

    @property
    def api_base(self) -> str:
        """Where the REST API listens; a Twilio client is pointed here."""
        return self.exchange.api_base

    @property
    def people(self) -> dict[str, DialScript]:
        """Who answers when the application dials; numbers not in it never do."""
        return self.exchange.people

    def add_number(self, number: PhoneNumber) -> None:
        self.exchange.numbers[number.e164] = number

    # ---- calls -----------------------------------------------------------------------------------------------------

    async def call(
        self,
        from_: str,
        to: str,
        caller: Caller,
        faults: CarrierFaults | None = None,
        voice: str = "caller",
        background: bytes | None = None,
    ) -> Call:
        """Somebody rings one of our numbers. Returns while it rings; `await call.finished()` is the end of it."""
        number = self.exchange.numbers[to]
        call = self.exchange.new_call(from_, to, "inbound", faults)
        call.line.background = _whole_frames(line_noise() if background is None else background)
        if number.status_path:
            call.status_callback = self.exchange.public(number.status_path)
        self.exchange.calls[call.sid] = call
        fallback = self.exchange.public(number.fallback_path) if number.fallback_path else ""
        run = CallRun(self.exchange, call, fallback, fallback_bin=number.fallback_bin)
        run.on_answer.append(lambda: self._answered(call, caller, voice))
        self.exchange.spawn(self._ring(run, self.exchange.public(number.voice_path)), f"call {call.sid}")
        return call

    async def place(self, call: Call, start: Goto | Inline, fallback: str = "") -> None:
        """An outbound call of the REST API: rings the person, and runs the document when they answer."""
        exchange, script = self.exchange, self.exchange.people.get(call.to, DialScript())
        exchange.calls[call.sid] = call
        exchange.set_status(call, CallStatus.INITIATED)
        exchange.spawn(self._ring_out(CallRun(exchange, call, fallback), start, script), f"call {call.sid}")

    def live_calls(self) -> list[Call]:
        return [call for call in self.exchange.calls.values() if not call.over]

    async def all_finished(self) -> None:
        """Until no call is live and every callback has been answered."""
        for call in self.live_calls():
            await call.finished()
        await self.exchange.settle()

    # ---- what happened ---------------------------------------------------------------------------------------------

    @property
    def calls(self) -> dict[str, Call]:
        return self.exchange.calls

    @property
    def requests(self) -> Sequence[WebhookRequest]:
        return self.exchange.webhooks.sent

    @property
    def alerts(self) -> Sequence[Alert]:
        return self.exchange.alerts

    @property
    def recordings(self) -> dict[str, Recording]:
        return self.exchange.recordings

    @property
    def messages(self) -> dict[str, Message]:
        return self._messages.all

    async def text(self, from_: str, to: str, body: str, pictures: Sequence[tuple[bytes, str]] = ()) -> Message:
        """Somebody texts one of our numbers; a picture is its bytes and the type it is announced as."""
        return await self._messages.receive(from_, to, body, pictures)

    @property
    def text_faults(self) -> MessageFaults:
        """What goes wrong with texts from here on."""
        return self._messages.faults

    # ---- private ---------------------------------------------------------------------------------------------------

    async def _ring(self, run: CallRun, url: str) -> None:
        call = run.call
        self.exchange.set_status(call, CallStatus.RINGING)
        await asyncio.sleep(self._settings.rings_seconds)
        verified = call.from_.startswith("+") and self._settings.stir_verstat
        await run.run(Goto(url, fields={"StirVerstat": self._settings.stir_verstat} if verified else {}))

    async def _ring_out(self, run: CallRun, start: Goto | Inline, script: DialScript) -> None:
        call = run.call
        self.exchange.set_status(call, CallStatus.RINGING)
        pending = call.interruption()
        await asyncio.wait({pending}, timeout=60.0 if script.outcome == "no-answer" else script.rings_s)
        if script.outcome == "answered" and not pending.done():
            run.on_answer.append(lambda: self._answered(call, Listener(script), "advisor"))
            run.answer()
            return await run.run(start)
        status = {"busy": CallStatus.BUSY, "failed": CallStatus.FAILED}.get(script.outcome, CallStatus.NO_ANSWER)
        if pending.done() and isinstance(pending.result(), Hangup):
            status = CallStatus.CANCELED
        call.ended_at = self.exchange.time()
        if call.status not in ENDED:
            self.exchange.set_status(call, status)
        call.mark_over()

    def _answered(self, call: Call, caller: Caller, voice: str) -> None:
        self.exchange.spawn(self._talk(call, caller, voice), f"caller of {call.sid}")
        if call.faults.hang_up_after_s is not None:
            asyncio.get_running_loop().call_later(call.faults.hang_up_after_s, call.hang_up)

    async def _talk(self, call: Call, caller: Caller, voice: str) -> None:
        """The caller's side; stopped when the call ends, and the call ends when they have nothing more to say."""
        talking = asyncio.ensure_future(caller.talk(Phone(self.exchange, call, voice)))
        over = asyncio.ensure_future(call.wait_until_over())
        await asyncio.wait({talking, over}, return_when=asyncio.FIRST_COMPLETED)
        if talking.done() and not talking.cancelled() and talking.exception() is not None:
            call.caller_failure = talking.exception()
        for task in (talking, over):
            task.cancel()
        await asyncio.gather(talking, over, return_exceptions=True)
        call.hang_up("caller")


class Listener:
    """A person the application rang: says their lines, presses their keys, and hangs up when they have had enough."""

    def __init__(self, script: DialScript) -> None:
        self._script = script

    async def talk(self, phone: Phone) -> None:
        for line in self._script.says:
            await phone.say(line)
        for digit in self._script.presses:
            await phone.wait(2.0)
            await phone.press(digit)
        await phone.wait(self._script.talks_s)


def _whole_frames(audio: bytes) -> bytes:
    return audio[: max(len(audio) // FRAME, 1) * FRAME]
