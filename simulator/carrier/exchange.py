"""What every call of the simulated carrier shares: numbers, people, recordings, the application, and the troubles."""

import asyncio
import random
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urljoin, urlsplit

from simulator.carrier.calls import ENDED, Call, CallStatus
from simulator.carrier.faults import CarrierFaults
from simulator.carrier.line import Line
from simulator.carrier.recordings import Recording
from simulator.carrier.settings import CarrierSettings, DialScript, PhoneNumber
from simulator.carrier.webhooks import WebhookRequest, Webhooks
from simulator.mulaw import FRAME
from simulator.stamps import stamped
from simulator.words import CARRIER_SERIALS, Beside, Lexicon, Utterance

STARTED = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Alert:
    """An entry of Twilio's debugger."""

    code: int
    message: str
    call_sid: str
    at: float


class Exchange:
    """Shared by the interpreter, the REST API and the carrier's own face."""

    def __init__(self, settings: CarrierSettings, beside: Beside | None, starts_at: datetime | None) -> None:
        self.settings = settings
        self.beside = beside
        self.random = random.Random(settings.seed)
        self.lexicon = Lexicon(CARRIER_SERIALS)
        self.webhooks = Webhooks(settings)
        self.numbers: dict[str, PhoneNumber] = dict(settings.numbers)
        self.people: dict[str, DialScript] = {}
        self.calls: dict[str, Call] = {}
        self.recordings: dict[str, Recording] = {}
        self.alerts: list[Alert] = []
        self.api_base = "https://api.twilio.com"
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures: list[BaseException] = []
        self._origin = asyncio.get_running_loop().time()
        self._starts_at = starts_at or datetime.now(UTC)

    # ---- small services ---------------------------------------------------------------------------------

    def time(self) -> float:
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """Wall time, moved by the loop's clock."""
        return self._starts_at + timedelta(seconds=self.time() - self._origin)

    def sid(self, prefix: str) -> str:
        return prefix + f"{self.random.getrandbits(128):032x}"

    def alert(self, code: int, message: str, call: Call) -> None:
        self.alerts.append(Alert(code, message, call.sid, self.time()))
        call.step("Alert", f"{code} {message}")

    def spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """A task of the carrier; its failure is kept and raised when the carrier closes."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failures.append(task.exception() or RuntimeError())

    async def settle(self) -> None:
        """Waits for callbacks still on their way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def new_call(
        self, from_: str, to: str, direction: str, faults: CarrierFaults | None = None, parent_sid: str = ""
    ) -> Call:
        faults = faults or CarrierFaults()
        return Call(self.sid("CA"), from_, to, direction, self.now(), Line(faults), faults, parent_sid)

    # ---- speech ---------------------------------------------------------------------------------

    def utter(self, text: str, voice: str) -> tuple[int, bytes]:
        """Speech under a serial of its own, so that whoever hears it knows what it says."""
        serial = self.lexicon.new_serial()
        audio = stamped(self.settings.speech(text, voice), serial)
        self.lexicon.remember(serial, text, len(audio) // FRAME)
        return serial, audio

    async def said(self, serial: int) -> Utterance | None:
        """What was said under a serial, by this carrier or by the model."""
        if serial >= CARRIER_SERIALS or self.beside is None:
            return self.lexicon.find(serial)
        return await self.beside.agent_said(serial)

    # ---- talking to the application ---------------------------------------------------------------------------------

    def public(self, path: str) -> str:
        return urljoin(self.settings.public_origin.rstrip("/") + "/", path)

    def fields(self, call: Call, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The form fields of every request about a call."""
        fields = {
            "AccountSid": self.settings.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": call.sid,
            "CallStatus": str(call.status),
            "Direction": call.direction,
            "From": call.from_,
            "To": call.to,
            "Caller": call.from_,
            "Called": call.to,
        }
        if call.parent_sid:
            fields["ParentCallSid"] = call.parent_sid
        return fields | dict(more or {})

    async def ask(self, call: Call, url: str, method: str, more: Mapping[str, str] | None = None) -> WebhookRequest:
        faults, fields = call.faults, self.fields(call, more)
        if urlsplit(url).path in faults.unreachable_paths:
            answer = self.webhooks.turned_away(url, fields, method or "POST")
        else:
            answer = await self.webhooks.send(
                url, fields, method or "POST", faults.duplicate_webhooks, faults.wrong_signature
            )
        if answer.failed:
            self.alert(answer.code, f"{method} {url} answered {answer.status}", call)
        return answer

    async def notify(self, call: Call, url: str, more: Mapping[str, str], method: str = "POST") -> None:
        """A callback whose answer nobody reads; it may come late."""
        if call.faults.late_status_callbacks_s:
            await asyncio.sleep(call.faults.late_status_callbacks_s * self.random.random())
        await self.ask(call, urljoin(self.settings.public_origin, url), method, more)

    def set_status(self, call: Call, status: CallStatus) -> None:
        """Moves a call on and tells whoever asked to know."""
        call.status = status
        call.step("Status", status)
        event = {"in-progress": "answered"}.get(status, "completed" if status in ENDED else str(status))
        if call.status_callback and event in call.status_events:
            number = sum(step.verb == "Status" for step in call.steps) - 1
            more = {
                "CallbackSource": "call-progress-events",
                "SequenceNumber": str(number),
                "Timestamp": format_datetime(self.now(), usegmt=True),
            }
            if status in ENDED:
                more |= {"CallDuration": str(call.seconds), "Duration": str(-(-call.seconds // 60))}
            self.spawn(self._status(call, dict(self.fields(call, more))), f"status of {call.sid}")

    async def _status(self, call: Call, fields: Mapping[str, str]) -> None:
        await self.notify(call, call.status_callback, fields)

    # ---- recordings ---------------------------------------------------------------------------------

    def begin_recording(self, call: Call, source: str, channels: int, callback: str = "") -> Recording:
        recording = Recording.begin(self.sid("RE"), call.sid, self.now(), call.line, source, channels)
        recording.callback = callback
        self.recordings[recording.sid] = recording
        call.step("Recording", recording.sid)
        return recording

    def end_recording(self, call: Call, recording: Recording, only_caller: bool = False) -> None:
        if recording.status != "in-progress":
            return
        recording.end(call.line, only_caller)
        if recording.callback:
            self.spawn(self._recording_ready(call, recording), f"recording {recording.sid}")

    def recording_url(self, recording: Recording) -> str:
        return f"{self.api_base}/2010-04-01/Accounts/{self.settings.account_sid}/Recordings/{recording.sid}"

    async def _recording_ready(self, call: Call, recording: Recording) -> None:
        await asyncio.sleep(1.0)  # Twilio needs a moment to process one
        more = {
            "RecordingSid": recording.sid,
            "RecordingUrl": self.recording_url(recording),
            "RecordingStatus": recording.status,
            "RecordingDuration": str(recording.seconds),
            "RecordingChannels": str(recording.channels),
            "RecordingSource": recording.source,
            "RecordingTrack": "both",
            "RecordingStartTime": format_datetime(recording.created, usegmt=True),
            "ErrorCode": "0",
        }
        await self.notify(call, recording.callback, more, recording.callback_method)
