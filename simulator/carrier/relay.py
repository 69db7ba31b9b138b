"""ConversationRelay: the carrier listens and speaks, the application only sees words."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from simulator.carrier.calls import Call
from simulator.carrier.exchange import Exchange
from simulator.carrier.line import Spoken
from simulator.carrier.run import Clip
from simulator.carrier.socket import AppSocket, SocketFailed, open_socket
from simulator.carrier.twiml import Verb
from simulator.mulaw import FRAME
from simulator.voice import digit_tone
from simulator.words import Utterance

CONNECT_FAILED = 64102
INVALID_MESSAGE = 64107
DISCONNECTED = 64105
# How long a caller speaks before it counts as an interruption, and how long after a pause the words are sent.
INTERRUPT_S = 0.2
END_OF_SPEECH_S = 0.5
_SENTENCE = ".?!"


@dataclass(frozen=True, slots=True)
class RelayEnd:
    """What the action URL is told."""

    status: str
    handoff: str | None = None
    code: int = 0
    message: str = ""


@dataclass(slots=True)
class _Line:
    """One stretch of speech on its way to the caller."""

    text: str
    interruptible: bool
    clip: Clip | None = None
    utterance: Utterance | None = None


class RelaySession:
    """One session: setup, prompts and interruptions out; text to speak, digits and the end in."""

    def __init__(self, exchange: Exchange, call: Call, noun: Verb, url: str) -> None:
        self.sid = exchange.sid("VX")
        self.began = exchange.time()
        self.sent: list[dict[str, object]] = []
        self.received: list[dict[str, object]] = []
        self.spoken: list[str] = []
        self._exchange, self._call, self._noun, self._url = exchange, call, noun, url
        self._socket: AppSocket | None = None
        self._finished: asyncio.Future[RelayEnd] = asyncio.get_running_loop().create_future()
        self._speech: deque[_Line] = deque()
        self._partial = ""
        self._language = ""
        self._ending: RelayEnd | None = None
        self._words: list[str] = []
        self._cut_off = False
        self._said_since_prompt: list[tuple[str, int]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._prompt_timer: asyncio.TimerHandle | None = None

    async def run(self) -> RelayEnd:
        """From the upgrade to the end message, the caller's hang-up, or a lost socket."""
        try:
            self._socket = await open_socket(
                self._exchange.settings, self._url, self._on_text, self._call.faults.wrong_signature
            )
        except SocketFailed as failed:
            self._exchange.alert(CONNECT_FAILED, failed.why, self._call)
            return RelayEnd("failed", code=CONNECT_FAILED, message=failed.why)
        line = self._call.line
        try:
            self._set_up()
            ends: set[asyncio.Future[Any]] = {self._socket.ended, self._finished}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._finished.done():
                return self._finished.result()
            self._exchange.alert(DISCONNECTED, "the application closed the WebSocket", self._call)
            return RelayEnd("failed", code=DISCONNECTED, message="WebSocket disconnected")
        finally:
            for timer in self._timers:
                timer.cancel()
            if self._on_speech in line.on_speech:
                line.on_speech.remove(self._on_speech)
            if self._on_digit in line.on_digit:
                line.on_digit.remove(self._on_digit)
            if line.source is self:
                line.source = None
            self._socket.close()

    def drop(self) -> None:
        if self._socket is not None:
            self._socket.drop()

    def _set_up(self) -> None:
        call, line = self._call, self._call.line
        line.source = self
        line.on_speech.append(self._on_speech)
        line.on_digit.append(self._on_digit)
        parameters = {c.get("name"): c.get("value") for c in self._noun.children if c.name == "Parameter"}
        self._send(
            {
                "type": "setup",
                "sessionId": self.sid,
                "accountSid": self._exchange.settings.account_sid,
                "parentCallSid": call.parent_sid,
                "callSid": call.sid,
                "from": call.from_,
                "to": call.to,
                "forwardedFrom": "",
                "callType": "PSTN",
                "callerName": "",
                "direction": call.direction,
                "callStatus": "IN_PROGRESS",
                "customParameters": parameters,
            }
        )
        if self._noun.get("welcomeGreeting"):
            may = self._noun.get("welcomeGreetingInterruptible", "any") in ("any", "speech", "true")
            self._speech.append(_Line(self._noun.get("welcomeGreeting"), may))

    # ---- what the caller hears ---------------------------------------------------------------------------------

    def take(self) -> bytes:
        """The next 20 ms of what is being spoken."""
        while self._speech:
            line = self._speech[0]
            if line.clip is None:
                serial, audio = self._exchange.utter(line.text, "agent")
                line.clip, line.utterance = Clip(audio), Utterance(line.text, len(audio) // FRAME)
            frame = line.clip.take()
            if frame:
                return frame
            self._speech.popleft()
            self._heard(line)
        if self._ending is not None and not self._finished.done():
            self._finished.set_result(self._ending)
        return b""

    def _heard(self, line: _Line) -> None:
        if line.utterance is None or line.clip is None:
            return
        heard = line.utterance.part(line.clip.played_ms // 20)
        self.spoken.append(heard)
        self._said_since_prompt.append((heard, line.clip.played_ms))

    # ---- what the caller does ----------------------------------------------------------------------------------

    def _on_speech(self, spoken: Spoken, ended: bool) -> None:
        if not ended:
            if self._prompt_timer is not None:
                self._prompt_timer.cancel()
            self._after(INTERRUPT_S, self._maybe_interrupt, spoken)
            return
        words = spoken.text if spoken.position >= len(spoken.audio) else Utterance(
            spoken.text, len(spoken.audio) // FRAME).part(spoken.frames_sent)  # fmt: skip
        if words:
            self._words.append(words)
            if self._noun.get("partialPrompts") == "true":
                self._prompt(" ".join(self._words), last=False)
        self._prompt_timer = self._after(END_OF_SPEECH_S, self._send_prompt)

    def _maybe_interrupt(self, spoken: Spoken) -> None:
        """Speech that lasts stops what is being said, when that may be stopped."""
        if not self._call.line.caller_is_speaking or not self._speech:
            return
        if self._noun.get("interruptible", "any") not in ("any", "speech", "true") or not self._speech[0].interruptible:
            return
        line = self._speech[0]
        self._heard(line)
        self._speech.clear()
        self._partial = ""
        utterance = " ".join(text for text, _ in self._said_since_prompt)
        duration = sum(ms for _, ms in self._said_since_prompt)
        message = {"utteranceUntilInterrupt": utterance, "durationUntilInterruptMs": duration}
        self._send({"type": "interrupt"} | message)

    def _send_prompt(self) -> None:
        words, self._words = " ".join(self._words), []
        self._said_since_prompt = []
        if words:
            self._prompt(words, last=True)

    def _prompt(self, words: str, last: bool) -> None:
        language = self._language or self._noun.get("transcriptionLanguage") or self._noun.get("language") or "en-US"
        self._send({"type": "prompt", "voicePrompt": words, "lang": language, "last": last})

    def _on_digit(self, digit: str) -> None:
        if self._noun.get("dtmfDetection") == "true":
            self._send({"type": "dtmf", "digit": digit})

    # ---- what the application says -----------------------------------------------------------------------------

    def _on_text(self, raw: bytes) -> None:
        try:
            message = json.loads(raw)
        except ValueError:
            message = None
        if not isinstance(message, dict) or self._refuses(message):
            text = raw.decode(errors="replace")
            self._exchange.alert(INVALID_MESSAGE, f"invalid message: {text[:200]}", self._call)
            self._send({"type": "error", "description": f"Invalid message received: {text}"})
            return
        self.received.append(message)
        kind = message["type"]
        if kind == "text":
            self._token(
                str(message.get("token", "")), bool(message.get("last")), message.get("interruptible") is not False
            )
        elif kind == "sendDigits":
            for digit in str(message["digits"]):
                if digit in "0123456789*#":
                    self._speech.append(_Line("", False, Clip(digit_tone(digit))))
        elif kind == "language":
            self._language = str(message.get("transcriptionLanguage") or self._language)
        elif kind == "end":
            handoff = message.get("handoffData")
            self._flush(True)
            self._ending = RelayEnd("ended", None if handoff is None else str(handoff))

    def _refuses(self, message: dict[str, object]) -> bool:
        """What ConversationRelay answers with 64107; the session goes on."""
        needs = {"text": ("token", str), "sendDigits": ("digits", str), "play": ("source", str), "end": None}
        needs |= {"language": None, "config": None, "hints": None}
        kind = message.get("type")
        if not isinstance(kind, str) or kind not in needs:
            return True
        need = needs[kind]
        return need is not None and not isinstance(message.get(need[0]), need[1])

    def _token(self, token: str, last: bool, interruptible: bool) -> None:
        """Tokens are spoken sentence by sentence, as speech engines take them."""
        self._partial += token
        if last or (self._partial.rstrip() and self._partial.rstrip()[-1] in _SENTENCE):
            self._flush(interruptible)

    def _flush(self, interruptible: bool) -> None:
        text, self._partial = self._partial.strip(), ""
        if text:
            self._speech.append(_Line(text, interruptible))

    def _send(self, message: dict[str, object]) -> None:
        self.sent.append(message)
        if self._socket is not None:
            self._socket.send(json.dumps(message))

    def _after(self, seconds: float, action: object, *args: object) -> asyncio.TimerHandle:
        timer = asyncio.get_running_loop().call_later(seconds, action, *args)  # type: ignore[arg-type]
        self._timers.add(timer)
        return timer
