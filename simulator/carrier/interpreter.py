"""Runs one call's TwiML: fetch, perform verb by verb, follow actions, fall back when the application fails."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urljoin

from simulator.carrier import verbs_connect, verbs_dial, verbs_record, verbs_talk
from simulator.carrier.calls import ENDED, Call, CallStatus, Goto, Hangup, Inline
from simulator.carrier.exchange import Exchange
from simulator.carrier.run import END, Clip, End, Next
from simulator.carrier.settings import DialScript
from simulator.carrier.twiml import PARSE_FAILURE, Document, TwimlRejected, Verb, parse
from simulator.carrier.wav import mulaw_of
from simulator.carrier.webhooks import WebhookRequest

APOLOGY = "We're sorry, an application error has occurred. Goodbye."
BAD_CONTENT_TYPE = 12300
_XML = ("text/xml", "application/xml", "text/html", "application/xhtml+xml")


class CallRun:
    """The life of one call from the first request to its last status."""

    def __init__(
        self, exchange: Exchange, call: Call, fallback_url: str = "", answers: bool = True, fallback_bin: str = ""
    ) -> None:
        self.exchange = exchange
        self.call = call
        self.base_url = ""
        self._fallback_url = fallback_url
        self._fallback_bin = fallback_bin
        self._answers = answers
        self.on_answer: list[Callable[[], None]] = []

    # ---- the whole call ---------------------------------------------------------------------------------

    async def run(self, start: Goto | Inline) -> None:
        """Until somebody hangs up or there is nothing more to do."""
        document: Goto | Inline = start
        while True:
            work = asyncio.ensure_future(self._play_out(document))
            interruption = self.call.interruption()
            either: set[asyncio.Future[Any]] = {work, interruption}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            if not work.cancelled() and work.exception() is not None:
                self._end("simulator failure")
                raise work.exception() or RuntimeError()
            if not interruption.done():
                return self._end("carrier")
            change = interruption.result()
            if isinstance(change, Hangup):
                return self._end(change.by)
            self.call.interruption_taken()
            self.call.step("Interrupted", type(change).__name__)
            document = change

    def _end(self, by: str) -> None:
        call = self.call
        if call.status in ENDED:
            call.mark_over()
            return
        call.ended_at, call.ended_by = self.exchange.time(), by
        call.line.hang_up()
        for recording in list(self.exchange.recordings.values()):
            if recording.call_sid == call.sid:
                self.exchange.end_recording(call, recording)
        if not self.exchange.settings.keeps_audio:
            call.forget_audio()
        call.step("Ended", by)
        if call.answered_at is not None:
            status = CallStatus.COMPLETED
        else:
            status = CallStatus.NO_ANSWER if by == "caller" else CallStatus.FAILED
        self.exchange.set_status(call, status)
        call.mark_over()

    async def _play_out(self, start: Goto | Inline) -> None:
        following: Next = start
        while isinstance(following, Goto | Inline):
            document = await self._document(following)
            if document is None:
                return
            following = await self.perform(document)

    # ---- documents ---------------------------------------------------------------------------------

    async def _document(self, wanted: Goto | Inline) -> Document | None:
        if isinstance(wanted, Inline):
            return self._parsed(wanted.twiml.encode()) or await self._apology()
        url = urljoin(self.base_url or self.exchange.settings.public_origin, wanted.url)
        answer = await self.exchange.ask(self.call, url, wanted.method, wanted.fields)
        document, code = self._read(answer)
        if document is not None:
            self.base_url = url
            return document
        return await self._fall_back(url, code)

    async def _fall_back(self, failed_url: str, code: int) -> Document | None:
        """The number's fallback URL is told what failed; when that fails as well the caller hears Twilio's apology."""
        if not self._fallback_url and not self._fallback_bin:
            return await self._apology()
        self.call.step("Fallback", str(code))
        if self._fallback_bin:
            return self._parsed(self._fallback_bin.encode()) or await self._apology()
        more = {"ErrorCode": str(code), "ErrorUrl": failed_url}
        answer = await self.exchange.ask(self.call, self._fallback_url, "POST", more)
        document, _ = self._read(answer)
        if document is None:
            return await self._apology()
        self.base_url = self._fallback_url
        return document

    def _read(self, answer: WebhookRequest) -> tuple[Document | None, int]:
        if answer.failed:
            return None, answer.code
        kind = answer.content_type.partition(";")[0].strip().lower()
        if answer.status == 204:
            return Document([], []), 0
        if kind == "text/plain":
            return Document([Verb("Say", {}, answer.answer.decode())], []), 0
        if kind not in _XML:
            self.exchange.alert(BAD_CONTENT_TYPE, f"content type {kind!r} is not TwiML", self.call)
            return None, BAD_CONTENT_TYPE
        document = self._parsed(answer.answer)
        return document, PARSE_FAILURE if document is None else 0

    def _parsed(self, text: bytes) -> Document | None:
        try:
            document = parse(text)
        except TwimlRejected as rejected:
            self.exchange.alert(rejected.code, str(rejected), self.call)
            return None
        for warning in document.warnings:
            self.exchange.alert(12200, warning, self.call)
        return document

    async def _apology(self) -> Document | None:
        """What a caller hears from Twilio itself when the application has nothing to say."""
        self.answer()
        self.call.step("Apology")
        await self.say(APOLOGY, "say")
        return None

    # ---- verbs ---------------------------------------------------------------------------------

    async def perform(self, document: Document) -> Next:
        """One document, top to bottom, until a verb sends the call elsewhere."""
        for position, verb in enumerate(document.verbs):
            if verb.name == "Reject" and position == 0 and self.call.answered_at is None:
                self.call.step("Reject", verb.get("reason", "rejected"))
                self.exchange.set_status(
                    self.call, CallStatus.BUSY if verb.get("reason") == "busy" else CallStatus.NO_ANSWER
                )
                return END
            if not (verb.name == "Pause" and position == 0):  # a leading pause is before the answer
                self.answer()
            following = await _PERFORM[verb.name](self, verb)
            if following is not None:
                return following
        return END

    def answer(self) -> None:
        """Picks up, once."""
        if self.call.answered_at is not None:
            return
        self.call.answered_at = self.exchange.time()
        self.call.line.answer()
        self.exchange.set_status(self.call, CallStatus.IN_PROGRESS)
        for listener in self.on_answer:
            listener()

    # ---- what verbs use ---------------------------------------------------------------------------------

    async def say(self, text: str, voice: str) -> None:
        """Speaks to the caller, as long as the words take."""
        _, audio = self.exchange.utter(text, voice)
        await self.play(audio)

    async def play(self, audio: bytes) -> None:
        """Plays sound to the caller until its last byte was heard."""
        line = self.call.line
        clip = Clip(audio)
        line.source = clip
        try:
            await clip.done
        finally:
            if line.source is clip:
                line.source = None

    async def fetch_audio(self, url: str) -> bytes:
        """The sound behind a <Play>; nothing when it cannot be had, which Twilio reports and passes over."""
        answer = await self.exchange.ask(self.call, urljoin(self.base_url, url), "GET")
        return b"" if answer.failed else mulaw_of(answer.answer)

    def goto(self, verb: Verb, attribute: str, fields: Mapping[str, str]) -> Goto:
        return Goto(urljoin(self.base_url, verb.get(attribute) or self.base_url), verb.get("method") or "POST", fields)

    def new_leg(self, from_: str, to: str) -> Call:
        """A call this one places, as its child."""
        leg = self.exchange.new_call(from_, to, "outbound-dial", self.call.faults, parent_sid=self.call.sid)
        self.exchange.calls[leg.sid] = leg
        return leg

    async def whisper(self, leg: Call, url: str, script: DialScript) -> bool:
        """The called party's private document. They accept when it ends without <Hangup>; their keys come by and by.

        A document that cannot be had ends the leg, and so does a person who hangs up.
        """
        leg.line.answer()
        hears = asyncio.Event()
        listening = asyncio.ensure_future(self._listens(leg, url, hears))
        keys = asyncio.ensure_future(_press_slowly(leg, script, hears))
        gone = asyncio.ensure_future(_hangs_up(script))
        try:
            await asyncio.wait({listening, gone}, return_when=asyncio.FIRST_COMPLETED)
            return listening.done() and listening.result()
        finally:
            for task in (listening, keys, gone):
                task.cancel()
            await asyncio.gather(listening, keys, gone, return_exceptions=True)

    async def _listens(self, leg: Call, url: str, hears: asyncio.Event) -> bool:
        run = CallRun(self.exchange, leg)
        document = await run._document(Goto(url))
        if document is None:
            return False
        hears.set()
        following: Next = await run.perform(document)
        while isinstance(following, Goto):
            document = await run._document(following)
            if document is None:
                return False
            following = await run.perform(document)
        return leg.did()[-1] != "Hangup"

    def after_hang_up(self, verb: Verb, fields: Mapping[str, str]) -> None:
        """An action URL is told its result even when the caller has gone; what it answers is not run."""
        if verb.get("action") and self.call.hung_up:
            self.exchange.spawn(self._tell(self.goto(verb, "action", fields)), "action after hang-up")

    async def _tell(self, goto: Goto) -> None:
        await self.call.finished()
        await self.exchange.ask(self.call, goto.url, goto.method, goto.fields)


async def _press_slowly(leg: Call, script: DialScript, hears: asyncio.Event) -> None:
    """Keys are pressed because of what is heard, however long that took to arrive."""
    if script.outcome == "voicemail":
        return
    await hears.wait()
    for digit in script.presses:
        await asyncio.sleep(script.presses_after_s)
        leg.press(digit)


async def _hangs_up(script: DialScript) -> None:
    await (asyncio.sleep(script.hangs_up_after_s) if script.hangs_up_after_s is not None else asyncio.Event().wait())


async def _redirect(run: CallRun, verb: Verb) -> Next:
    run.call.step("Redirect", verb.text)
    return Goto(urljoin(run.base_url, verb.text or run.base_url), verb.get("method") or "POST")


async def _hangup(run: CallRun, verb: Verb) -> Next:
    run.call.step("Hangup")
    return END


async def _reject(run: CallRun, verb: Verb) -> Next:
    return END


_PERFORM: dict[str, Callable[[CallRun, Verb], Awaitable[Next]]] = {
    "Say": verbs_talk.say,
    "Play": verbs_talk.play,
    "Pause": verbs_talk.pause,
    "Gather": verbs_talk.gather,
    "Record": verbs_record.record,
    "Dial": verbs_dial.dial,
    "Connect": verbs_connect.connect,
    "Start": verbs_connect.start,
    "Stop": verbs_connect.stop,
    "Redirect": _redirect,
    "Hangup": _hangup,
    "Reject": _reject,
}

__all__ = ["CallRun", "End"]
