"""One Realtime session: client events in, the documented events out, and the documented refusals."""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from picows import WSMsgType, WSTransport

from agent.house.facts import HouseFacts
from simulator.model.config import SessionConfig, refuse_config
from simulator.model.conversation import Conversation, Item
from simulator.model.faults import ModelFaults
from simulator.model.hearing import Hearing, Notebook
from simulator.model.minds import Mind, MindFactory, Thought
from simulator.model.reply import Reply
from simulator.model.settings import ModelSettings
from simulator.model.vad import SpeechStarted
from simulator.model.wire import Event, Violation, check_client, check_server
from simulator.words import Lexicon

_APPEND = b'{"type":"input_audio_buffer.append","audio":"'
_SHORTEST_COMMIT_MS = 100


class Refused(Exception):
    """An `error` event is the answer."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.param = code, message, param


class ModelSession:
    """What one WebSocket is connected to."""

    def __init__(
        self,
        settings: ModelSettings,
        faults: ModelFaults,
        model: str,
        new_id: Callable[[str], str],
        lexicon: Lexicon,
        notebook: Notebook,
        make_mind: MindFactory,
    ) -> None:
        self.settings, self.faults, self.model = settings, faults, model
        self.new_id, self.lexicon = new_id, lexicon
        self.id = new_id("sess")
        self.conversation_id = new_id("conv")
        self.config = SessionConfig(model)
        self.conversation = Conversation()
        self.hearing = Hearing(notebook)
        self.reply: Reply | None = None
        self.replies: list[Reply] = []
        self.received: list[Event] = []
        self.errors: list[Event] = []
        self.violations: list[Violation] = []
        self._append_checked = self._delta_checked = False
        self.spoken_aloud = False
        self.began = asyncio.get_running_loop().time()
        self.closed = False
        self.mind: Mind | None = None
        self.call_ids: dict[str, str] = {}
        self.unasked: list[Thought] = []
        self.cached = (0, 0)
        self._make_mind = make_mind
        self._transport: WSTransport | None = None
        self._turn_id = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: list[asyncio.TimerHandle] = []

    # ---- life --------------------------------------------------------------------------------------------------

    def connected(self, transport: WSTransport) -> None:
        self._transport = transport
        faults, loop = self.faults, asyncio.get_running_loop()
        self.send({"type": "session.created", "session": self.described()})
        expires = self.settings.session_seconds if faults.expire_after_s is None else faults.expire_after_s
        self._timers.append(loop.call_later(expires, self._expire))
        if faults.drop_after_s is not None:
            self._timers.append(loop.call_later(faults.drop_after_s, self.drop))
        if faults.stops_reading_after_s is not None:
            pause = transport.underlying_transport.pause_reading
            self._timers.append(loop.call_later(faults.stops_reading_after_s, pause))

    def disconnected(self) -> None:
        self.closed = True
        for timer in self._timers:
            timer.cancel()
        for task in list(self._tasks):
            task.cancel()

    def close(self, code: int, reason: str) -> None:
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.send_close(code, reason.encode())  # type: ignore[arg-type]  # private codes are numbers
            self._transport.disconnect()

    def drop(self) -> None:
        """The network breaks."""
        if self._transport is not None:
            self._transport.disconnect(False)

    def _expire(self) -> None:
        self.fail("session_expired", "Your session hit the maximum duration of 60 minutes.")
        self.close(1001, "session_expired")

    def spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            problem = f"the simulator failed: {task.exception()!r}"
            self.violations.append(Violation("out", "task", "", problem, "simulator"))
            self.fail("server_error", problem, kind="server_error")

    @property
    def call_sid(self) -> str:
        """The call this session serves: the application names it in its tracing configuration."""
        return self.config.group_id

    @property
    def items(self) -> list[Item]:
        return self.conversation.items

    def described(self) -> Event:
        now = int(self.began + self.settings.session_seconds)
        return {"id": self.id, "object": "realtime.session", "expires_at": now} | self.config.described()

    # ---- out ---------------------------------------------------------------------------------------------------

    def send(self, event: Event) -> None:
        """Sends one event, checked against the SDK's types first."""
        event = {"type": event["type"], "event_id": self.new_id("event")} | event
        if self.settings.validate:
            violation = check_server(event)
            if violation is not None:
                self.violations.append(violation)
        # Compact, as the real service writes: clients look for `"type":"…"` in the first bytes.
        self._write(json.dumps(event, separators=(",", ":")))

    def send_audio(self, ids: Event, audio: bytes) -> None:
        """One audio delta; once one of them is checked the rest, alike but for their sound, go the fast way out."""
        delta = base64.b64encode(audio).decode()
        if self.settings.validate and not self._delta_checked:
            self._delta_checked = True
            return self.send({"type": "response.output_audio.delta"} | ids | {"delta": delta})
        self._write(
            f'{{"type":"response.output_audio.delta","event_id":"{self.new_id("event")}",'
            f'"response_id":"{ids["response_id"]}","item_id":"{ids["item_id"]}","output_index":{ids["output_index"]},'
            f'"content_index":0,"delta":"{delta}"}}'
        )

    def _write(self, text: str) -> None:
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.send(WSMsgType.TEXT, text)

    def fail(
        self, code: str, message: str, param: str | None = None, about: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:  # fmt: skip
        error = {"type": kind, "code": code, "message": message, "param": param, "event_id": about}
        self.errors.append(error)
        self.send({"type": "error", "error": error})

    # ---- in ----------------------------------------------------------------------------------------------------

    def on_text(self, text: bytes) -> None:
        """One client event."""
        audio = self._plain_audio(text)
        if audio is not None:
            return self._append(audio)
        try:
            event = json.loads(text)
        except ValueError:
            return self.fail("invalid_json", "We could not parse the JSON body of your event.")
        if not isinstance(event, dict):
            return self.fail("invalid_event", "Your event must be a JSON object.")
        if event.get("type") != "input_audio_buffer.append":
            self.received.append(event)
        about = event.get("event_id")
        if self.settings.validate:
            violation = check_client(event)
            if violation is not None:
                self.violations.append(violation)
                return self.fail(violation.code, violation.problem, violation.param, about)
            self._append_checked = self._append_checked or text.startswith(_APPEND)
        try:
            self._handle(event)
        except Refused as refused:
            self.fail(refused.code, refused.message, refused.param, about)

    def _plain_audio(self, text: bytes) -> bytes | None:
        """The sound of an append event written like one that was checked already."""
        if not text.startswith(_APPEND) or (self.settings.validate and not self._append_checked):
            return None
        try:
            return base64.b64decode(text[len(_APPEND) : -2], validate=True)
        except binascii.Error:
            return None

    def _handle(self, event: Event) -> None:
        handlers: dict[str, Callable[[Event], None]] = {
            "input_audio_buffer.append": self._on_append,
            "input_audio_buffer.commit": self._on_commit,
            "input_audio_buffer.clear": self._on_clear,
            "session.update": self._on_update,
            "conversation.item.create": self._on_item_create,
            "conversation.item.truncate": self._on_item_truncate,
            "conversation.item.delete": self._on_item_delete,
            "conversation.item.retrieve": self._on_item_retrieve,
            "response.create": self._on_response_create,
            "response.cancel": self._on_response_cancel,
        }
        handler = handlers.get(str(event.get("type")))
        if handler is None:
            raise Refused("invalid_value", f"Invalid value: '{event.get('type')}'.", "type")
        handler(event)

    def _on_update(self, event: Event) -> None:
        wanted = event["session"]
        refusal = refuse_config(self.config, wanted, self.spoken_aloud)
        if refusal is not None:
            raise Refused(*refusal)
        detection_given = self.config.update(wanted)
        if detection_given:
            self.hearing.configure(self.config.turn_detection)
        self.send({"type": "session.updated", "session": self.described()})

    # ---- the caller's audio --------------------------------------------------------------------------------------

    def _on_append(self, event: Event) -> None:
        try:
            audio = base64.b64decode(event["audio"], validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise Refused("invalid_value", "Invalid 'audio'. Expected base64-encoded audio bytes.", "audio") from None
        self._append(audio)

    def _append(self, audio: bytes) -> None:
        for found in self.hearing.feed(audio):
            if isinstance(found, SpeechStarted):
                self._turn_id = self.new_id("item")
                ids = {"item_id": self._turn_id, "audio_start_ms": found.audio_start_ms}
                self.send({"type": "input_audio_buffer.speech_started"} | ids)
                if self.reply is not None and self.config.interrupts:
                    self.reply.cancel("turn_detected")
            else:
                ids = {"item_id": self._turn_id, "audio_end_ms": found.audio_end_ms}
                self.send({"type": "input_audio_buffer.speech_stopped"} | ids)
                self._commit(self._turn_id)
                if (self.config.answers_by_itself or self.faults.speaks_unasked) and self.reply is None:
                    self._start_reply({})

    def _on_commit(self, event: Event) -> None:
        if self.hearing.buffered_ms < _SHORTEST_COMMIT_MS:
            raise Refused(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
                f"but buffer only has {self.hearing.buffered_ms:.2f}ms of audio.",
            )
        self._commit(self.new_id("item"))

    def _commit(self, item_id: str) -> None:
        item = Item(item_id, "message", "user", self.hearing.take_words(self.call_sid), "audio")
        item.audio_bytes = self.hearing.buffered_bytes
        self.hearing.clear()
        previous = self.conversation.add(item)
        self.send({"type": "input_audio_buffer.committed", "previous_item_id": previous, "item_id": item_id})
        self.added(item, previous)
        if self.config.transcriber and not self.faults.no_transcript:
            self.spawn(self._transcribe(item))

    def _on_clear(self, event: Event) -> None:
        self.hearing.clear()
        self.send({"type": "input_audio_buffer.cleared"})

    async def _transcribe(self, item: Item) -> None:
        """The recogniser works beside the model, and may be later than the reply."""
        await asyncio.sleep(self.settings.transcript_ms / 1000 + self.faults.late_transcript_s)
        audio, text = item.audio_ms // 100, len(item.text) // 4
        usage = {
            "type": "tokens",
            "total_tokens": audio + text,
            "input_tokens": audio,
            "input_token_details": {"text_tokens": 0, "audio_tokens": audio},
            "output_tokens": text,
        }
        kind = "conversation.item.input_audio_transcription.completed"
        self.send({"type": kind, "item_id": item.id, "content_index": 0, "transcript": item.text, "usage": usage})

    # ---- items ---------------------------------------------------------------------------------------------------

    def added(self, item: Item, previous: str | None, done: bool = True) -> None:
        place = {"previous_item_id": previous, "item": item.described()}
        self.send({"type": "conversation.item.added"} | place)
        if done:
            self.send({"type": "conversation.item.done"} | place)

    def _on_item_create(self, event: Event) -> None:
        given, after = event["item"], event.get("previous_item_id")
        if after not in (None, "root") and self.conversation.find(after) is None:
            raise Refused(
                "item_create_invalid_previous_item_id",
                f"Error adding item: the previous item with id '{after}' does not exist.",
                "previous_item_id",
            )
        item_id = given.get("id") or self.new_id("item")
        if self.conversation.find(item_id) is not None:
            raise Refused("item_create_duplicate_item_id", f"Error adding item: the id '{item_id}' exists.", "item.id")
        item = Item(item_id, given["type"], given.get("role", ""))
        if item.kind == "function_call_output":
            known = {other.call_id for other in self.items if other.kind == "function_call"}
            if given["call_id"] not in known:
                raise Refused(
                    "item_create_invalid_call_id",
                    f"Error adding item: no function call with call_id '{given['call_id']}'.",
                    "item.call_id",
                )
            item.call_id, item.output = given["call_id"], given["output"]
        elif item.kind == "message":
            item.text = " ".join(str(part.get("text", "")) for part in given["content"]).strip()
        else:
            item.call_id, item.name = given.get("call_id") or self.new_id("call"), given["name"]
            item.arguments = given["arguments"]
        self.added(item, self.conversation.add(item, after))

    def _on_item_truncate(self, event: Event) -> None:
        item = self.conversation.find(event["item_id"])
        if self.faults.error_on_truncate:
            raise Refused("server_error", "The server had an error while processing your request.")
        if item is None:
            raise Refused(
                "item_truncate_invalid_item_id",
                f"Error truncating item: the item with id '{event['item_id']}' does not exist.",
                "item_id",
            )
        if not item.is_agent_speech or item.audio_bytes == 0:
            raise Refused("invalid_value", "Only model output audio messages can be truncated", "item_id")
        if event["content_index"] != 0:
            raise Refused("invalid_value", "content_index must be 0", "content_index")
        wanted = event["audio_end_ms"]
        if wanted > item.audio_ms or wanted < 0:
            raise Refused(
                "invalid_value",
                f"Audio content of {item.audio_ms}ms is already shorter than {wanted}ms",
                "audio_end_ms",
            )
        item.truncated_ms = wanted
        item.text = ""  # the transcript goes: text the caller did not hear must not stay in context
        ids = {"item_id": item.id, "content_index": 0, "audio_end_ms": wanted}
        self.send({"type": "conversation.item.truncated"} | ids)

    def _on_item_delete(self, event: Event) -> None:
        item = self._existing(event, "delete", "deleting")
        self.conversation.delete(item)
        self.send({"type": "conversation.item.deleted", "item_id": item.id})

    def _on_item_retrieve(self, event: Event) -> None:
        item = self._existing(event, "retrieve", "retrieving")
        self.send({"type": "conversation.item.retrieved", "item": item.described()})

    def _existing(self, event: Event, verb: str, doing: str) -> Item:
        item = self.conversation.find(event["item_id"])
        if item is None:
            message = f"Error {doing} item: the item with id '{event['item_id']}' does not exist."
            raise Refused(f"item_{verb}_invalid_item_id", message, "item_id")
        return item

    # ---- replies -------------------------------------------------------------------------------------------------

    def _on_response_create(self, event: Event) -> None:
        wanted = event.get("response") or {}
        if self.reply is not None and wanted.get("conversation") != "none":
            raise Refused(
                "conversation_already_has_active_response",
                f"Conversation already has an active response in progress: {self.reply.id}. "
                "Wait until the response is finished before creating a new one.",
            )
        self._start_reply(wanted)

    def _start_reply(self, wanted: Event) -> None:
        reply = Reply(self, wanted)
        self.replies.append(reply)
        if not reply.aside:
            self.reply = reply
        reply.begin()

    def _on_response_cancel(self, event: Event) -> None:
        wanted = event.get("response_id")
        if self.reply is None or (wanted and wanted != self.reply.id):
            raise Refused("response_cancel_not_active", "Cancellation failed: no active response found")
        self.reply.cancel("client_cancelled")

    def reply_ended(self, reply: Reply) -> None:
        if self.reply is reply:
            self.reply = None

    def mind_of(self) -> tuple[Mind, bool]:
        """The mind, and whether it has just been made."""
        if self.mind is not None:
            return self.mind, False
        self.mind = self._make_mind(self.config.instructions)
        return self.mind, True

    @property
    def resumes(self) -> bool:
        """The instructions tell of an earlier part of this call."""
        return HouseFacts.from_instructions(self.config.instructions).earlier != ""

    @property
    def elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self.began
