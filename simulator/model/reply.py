"""One response: what the mind decides, generated faster than it is spoken, with every event of its life."""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agent.house.acts import CallTool, HangUp, Say, Transfer
from simulator.model.conversation import Item
from simulator.model.minds import Mind, Sound, Thought
from simulator.mulaw import BYTES_PER_MS, FRAME
from simulator.stamps import stamped
from simulator.voice import babble

if TYPE_CHECKING:
    from simulator.model.session import ModelSession

Event = dict[str, Any]
_QUOTED = re.compile(r"[\"“]([^\"”]{3,})[\"”]")
_FAILURES = {
    "quota": ("insufficient_quota", "You exceeded your current quota, please check your plan and billing details."),
    "rate": ("rate_limit_exceeded", "Rate limit reached for the model. Please try again in 20s."),
    "model": ("model_not_found", "The model does not exist or you do not have access to it."),
}


class Reply:
    """Runs as one task of its session; `cancel` may come at any moment and is answered with response.done."""

    def __init__(self, session: "ModelSession", wanted: Event) -> None:
        self.id = session.new_id("resp")
        self.status = "in_progress"
        self.items: list[Item] = []
        self.aside = wanted.get("conversation") == "none"
        self.heard: list[str] = []
        self.usage: Event = {}
        self._session, self._wanted = session, wanted
        self._task: asyncio.Task[None] | None = None
        self._cancelled_because = ""
        self._open: Item | None = None
        self._left: list[Thought] = []

    # ---- life --------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        self._session.send({"type": "response.created", "response": self._described()})
        self._task = self._session.spawn(self._run())

    def cancel(self, reason: str) -> None:
        """Stops generating now; the half-made item is `incomplete`."""
        if self.status == "in_progress" and self._task is not None:
            self._task.cancel()
            self._session.unasked += [thought for thought in self._left if isinstance(thought, CallTool)]
            if self._open is not None:
                self._close_item(self._open, "incomplete")
            self._done("cancelled", {"type": "cancelled", "reason": reason})

    async def _run(self) -> None:
        session, faults = self._session, self._session.faults
        await asyncio.sleep(session.settings.think_ms / 1000 + faults.slow_think_s)
        if faults.mute:
            await asyncio.Event().wait()
        failure = self._failure()
        if failure is not None:
            code, message = failure
            error = {"type": "invalid_request_error" if code == "model_not_found" else code, "code": code}
            return self._done("failed", {"type": "failed", "error": error | {"message": message}})
        self._left = self._thoughts()
        while self._left:
            await self._perform(self._left[0])
            self._left.pop(0)
        self._done("completed", None)

    def _failure(self) -> tuple[str, str] | None:
        session = self._session
        if session.faults.quota:
            return _FAILURES["quota"]
        if session.faults.rate_limit:
            return _FAILURES["rate"]
        return _FAILURES["model"] if session.model in session.settings.forbidden_models else None

    def _done(self, status: str, details: Event | None) -> None:
        self.status = status
        self._session.reply_ended(self)
        self.usage = self._usage()
        response = self._described() | {"status": status, "status_details": details, "usage": self.usage}
        self._session.send({"type": "response.done", "response": response})
        limit = {"name": "tokens", "limit": 40_000, "remaining": 38_000, "reset_seconds": 3.0}
        self._session.send({"type": "rate_limits.updated", "rate_limits": [limit]})

    # ---- thinking ----------------------------------------------------------------------------------------------

    def _thoughts(self) -> list[Thought]:
        """What to say and do. Tools a cancelled reply never got to ask for are asked for now."""
        session = self._session
        if self.aside:
            return [Say(f"Noted: {_quoted(str(self._wanted.get('instructions') or 'nothing to add'))}")]
        if session.faults.loops and len(session.replies) > 1 and session.replies[0].items:
            return [Say(session.replies[0].items[0].text or "Let me check that for you.")]
        mind, new = session.mind_of()
        thoughts = list(self._answers(mind, new))
        if not thoughts and self._wanted.get("instructions"):
            thoughts = list(mind.told(str(self._wanted["instructions"])))
            thoughts = thoughts or [Say(_quoted(str(self._wanted["instructions"])))]
        thoughts = _joined(thoughts or list(mind.silence()) or [Say("Mm-hm.")])
        waiting, session.unasked = session.unasked, []
        return thoughts + waiting

    def _answers(self, mind: Mind, new: bool) -> Sequence[Thought]:
        """Everything unanswered in the conversation, in order."""
        session = self._session
        thoughts: list[Thought] = []
        history = session.conversation.history() if new else []
        for item in history:
            item.read = True
            mind.recall("agent" if item.role == "assistant" else "caller", item.text)
        # All of it is read before anything is answered: what a tool came to matters to whatever else there is.
        unread = sorted(session.conversation.unread(), key=lambda item: not item.text.startswith("The tool "))
        # A session that takes a conversation on greets nobody, unless its instructions say that it was broken off.
        if new and not any(item.role == "user" for item in unread) and (not history or session.resumes):
            thoughts += mind.begin()
        words: list[str] = []
        for item in unread:
            item.read = True
            if item.kind == "function_call_output":
                thoughts += mind.tool_result(session.call_ids.get(item.call_id, item.call_id), item.output)
            elif item.role == "system":
                thoughts += mind.told(item.text)
            else:
                words.append(item.text)
        if words:
            self.heard = words
            thoughts += mind.hear(" ".join(word for word in words if word), session.elapsed)
        return thoughts

    # ---- doing -------------------------------------------------------------------------------------------------

    async def _perform(self, thought: Thought) -> None:
        if isinstance(thought, Say):
            await self._say(thought.text)
        elif isinstance(thought, Sound):
            length = thought.ms * BYTES_PER_MS
            sound = babble("la la la la la la la la")
            await self._speak("(speech)", (sound * (length // len(sound) + 1))[:length])
        elif isinstance(thought, CallTool):
            await self._call(thought.id, thought.name, dict(thought.arguments))
        elif isinstance(thought, HangUp):
            await self._call(self._session.new_id("act"), "end_call", {"reason": thought.reason})
        elif isinstance(thought, Transfer):
            await self._call(self._session.new_id("act"), "transfer_call", {"department": thought.key})

    async def _say(self, text: str) -> None:
        session = self._session
        modalities = self._wanted.get("output_modalities") or session.config.fields["output_modalities"]
        if modalities == ["text"]:
            return self._write(text)
        await self._speak(text, session.settings.speech(text, "agent"))

    def _write(self, text: str) -> None:
        item, index = self._open_item(Item(self._session.new_id("item"), "message", "assistant", text, "text"))
        ids = self._ids(item, index)
        part = {"type": "text", "text": ""}
        self._session.send({"type": "response.content_part.added"} | ids | {"part": part})
        self._session.send({"type": "response.output_text.delta"} | ids | {"delta": text})
        self._session.send({"type": "response.output_text.done"} | ids | {"text": text})
        self._session.send({"type": "response.content_part.done"} | ids | {"part": part | {"text": text}})
        self._finish_item(item, index, "completed")

    async def _speak(self, text: str, audio: bytes) -> None:
        """Audio and its words, in pieces, at the settings' speed; the words run ahead of the sound."""
        session = self._session
        settings, faults = session.settings, session.faults
        serial = session.lexicon.new_serial()
        audio = b"" if faults.empty_audio else stamped(audio, serial)
        session.lexicon.remember(serial, text, len(audio) // FRAME)
        item, index = self._open_item(Item(session.new_id("item"), "message", "assistant", "", "audio"))
        item.serial = serial
        ids = self._ids(item, index)
        session.send({"type": "response.content_part.added"} | ids | {"part": {"type": "audio", "transcript": ""}})
        step = settings.delta_ms * BYTES_PER_MS
        words = re.findall(r"\S+\s*", text)
        pieces = max(1, -(-len(audio) // step))
        for piece in range(pieces):
            if faults.mute_after_ms is not None and piece * settings.delta_ms >= faults.mute_after_ms:
                await asyncio.Event().wait()
            delta = "".join(words[len(words) * piece // pieces : len(words) * (piece + 1) // pieces])
            if delta:
                item.text += delta
                session.send({"type": "response.output_audio_transcript.delta"} | ids | {"delta": delta})
            part = audio[piece * step : (piece + 1) * step]
            if part:
                item.audio_bytes += len(part)
                session.spoken_aloud = True
                session.send_audio(ids, part)
            await asyncio.sleep(len(part) / BYTES_PER_MS / 1000 / settings.speed)
        item.text = text
        self._close_item(item, "completed")

    def _close_item(self, item: Item, status: str) -> None:
        """The `done` events of a spoken item or a call, complete or not."""
        index = self.items.index(item)
        if item.kind == "message" and item.modality == "audio":
            ids, session = self._ids(item, index), self._session
            transcript = {"type": "audio", "transcript": item.text}
            session.send({"type": "response.output_audio.done"} | ids)
            session.send({"type": "response.output_audio_transcript.done"} | ids | {"transcript": item.text})
            session.send({"type": "response.content_part.done"} | ids | {"part": transcript})
        self._finish_item(item, index, status)

    async def _call(self, act_id: str, name: str, arguments: Event) -> None:
        """A function call, when the session offers that function; a mind cannot use what it was not given."""
        session = self._session
        if name not in session.config.tool_names:
            mind, _ = session.mind_of()
            refused = mind.tool_result(act_id, json.dumps({"error": "unknown_tool"}))
            return await self._say(_words(refused) or "I'm sorry, I can't do that from here.")
        item = Item(session.new_id("item"), "function_call", call_id=session.new_id("call"), name=name)
        session.call_ids[item.call_id] = act_id
        item, index = self._open_item(item)
        ids = {key: value for key, value in self._ids(item, index).items() if key != "content_index"}
        ids["call_id"] = item.call_id
        text = json.dumps(arguments)
        for start in range(0, len(text), 24):
            delta = {"delta": text[start : start + 24]}
            session.send({"type": "response.function_call_arguments.delta"} | ids | delta)
        item.arguments = text
        done = {"arguments": text, "name": name}
        session.send({"type": "response.function_call_arguments.done"} | ids | done)
        self._finish_item(item, index, "completed")
        await asyncio.sleep(0.02)

    # ---- items -------------------------------------------------------------------------------------------------

    def _open_item(self, item: Item) -> tuple[Item, int]:
        item.status = "in_progress"
        self.items.append(item)
        self._open = item
        index = len(self.items) - 1
        shown = item.described() | ({"content": []} if item.kind == "message" else {})
        ids = {"response_id": self.id, "output_index": index}
        self._session.send({"type": "response.output_item.added"} | ids | {"item": shown})
        if not self.aside:
            previous = self._session.conversation.add(item)
            self._session.send({"type": "conversation.item.added", "previous_item_id": previous, "item": shown})
        return item, index

    def _finish_item(self, item: Item, index: int, status: str) -> None:
        item.status = status
        self._open = None
        session = self._session
        if not self.aside and session.conversation.find(item.id) is not None:
            position = session.items.index(item)
            previous = session.items[position - 1].id if position else None
            place = {"previous_item_id": previous, "item": item.described()}
            session.send({"type": "conversation.item.done"} | place)
        ids = {"response_id": self.id, "output_index": index}
        session.send({"type": "response.output_item.done"} | ids | {"item": item.described()})

    def _ids(self, item: Item, index: int) -> Event:
        return {"response_id": self.id, "item_id": item.id, "output_index": index, "content_index": 0}

    # ---- descriptions ------------------------------------------------------------------------------------------

    def _described(self) -> Event:
        session = self._session
        output = {name: session.config.audio_output[name] for name in ("format", "voice")}
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status,
            "status_details": None,
            "output": [item.described() for item in self.items],
            "conversation_id": None if self.aside else session.conversation_id,
            "output_modalities": session.config.fields["output_modalities"],
            "max_output_tokens": session.config.fields["max_output_tokens"],
            "audio": {"output": output},
            "usage": None,
            "metadata": self._wanted.get("metadata"),
        }

    def _usage(self) -> Event:
        """Tokens by modality. What an earlier reply had already read is cached; cached is a part, not an addition."""
        session = self._session
        text, audio = session.conversation.tokens()
        out_audio = sum(item.audio_bytes // BYTES_PER_MS // 50 for item in self.items)
        out_text = sum(len(item.text + item.arguments) // 4 for item in self.items)
        text += (len(session.config.instructions) + len(json.dumps(session.config.fields["tools"]))) // 4
        cached_text, cached_audio = session.cached
        cached_text, cached_audio = min(cached_text, text), min(cached_audio, audio)
        session.cached = (text // 64 * 64, audio // 64 * 64)
        cached = {"text_tokens": cached_text, "audio_tokens": cached_audio, "image_tokens": 0}
        return {
            "total_tokens": text + audio + out_text + out_audio,
            "input_tokens": text + audio,
            "output_tokens": out_text + out_audio,
            "input_token_details": {
                "text_tokens": text,
                "audio_tokens": audio,
                "image_tokens": 0,
                "cached_tokens": cached_text + cached_audio,
                "cached_tokens_details": cached,
            },
            "output_token_details": {"text_tokens": out_text, "audio_tokens": out_audio},
        }


def _joined(thoughts: Sequence[Thought]) -> list[Thought]:
    """What is said without a break is one item."""
    joined: list[Thought] = []
    for thought in thoughts:
        if isinstance(thought, Say) and joined and isinstance(joined[-1], Say):
            joined[-1] = Say(f"{joined[-1].text} {thought.text}")
        else:
            joined.append(thought)
    return joined


def _words(thoughts: Sequence[Thought]) -> str:
    return " ".join(thought.text for thought in thoughts if isinstance(thought, Say))


def _quoted(instructions: str) -> str:
    """A model told to say something in quotes says it; else it says what it was told, near enough."""
    found = _QUOTED.search(instructions)
    return found[1] if found else instructions
