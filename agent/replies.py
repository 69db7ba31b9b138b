"""The replies of a call: which items they made, which are dead, and whether the model goes round in circles; pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.events import ReplyItem
from agent.ports import HeardItem
from agent.settings import AgentSettings
from agent.turns import Transcript


@dataclass(slots=True)
class _Reply:
    response_id: str
    items: list[str] = field(default_factory=list)
    sounded: set[str] = field(default_factory=set)
    audio_ms: int = 0
    dead: bool = False
    acted: bool = False


class Replies:
    """Late audio of a dead reply is not played, and items nobody heard do not stay in the model's memory."""

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        self._replies: dict[str, _Reply] = {}
        self._dead: set[str] = set()
        self._session_of: dict[str, int] = {}
        self._response_of: dict[str, str] = {}
        self._unsettled: dict[str, None] = {}
        self._without_audio = 0
        self._mute = 0
        self._last_text = ""
        self._last_item = ""
        self._same = 0

    def item(self, event: ReplyItem, session: int) -> None:
        if event.kind != "message":
            return
        self._reply(event.response_id).items.append(event.item_id)
        self._session_of[event.item_id] = session
        self._response_of[event.item_id] = event.response_id

    def sounded(self, response_id: str, item_id: str, audio_ms: int) -> bool:
        """Useful audio arrived; False when the reply has become longer than any reply should be."""
        reply = self._reply(response_id)
        reply.audio_ms += audio_ms
        if item_id not in reply.sounded:
            reply.sounded.add(item_id)
            self._unsettled[item_id] = None
            self._last_item = item_id
        return reply.audio_ms <= self._settings.max_reply_seconds * 1000

    def kill(self, response_id: str) -> None:
        self._dead.add(response_id)

    def is_dead(self, response_id: str) -> bool:
        return response_id in self._dead

    def cut(self, item: HeardItem) -> None:
        """An item the caller's voice cut: its reply has no more to say, and what was never heard is to be forgotten."""
        response_id = self._response_of.get(item.item_id)
        if response_id is None:
            return
        self.kill(response_id)
        if item.heard_ms == 0:
            self._reply(response_id).sounded.discard(item.item_id)

    def is_of(self, item_id: str, session: int) -> bool:
        """The item belongs to the session in use; those of an earlier one, and local clips, mean nothing to it."""
        return self._session_of.get(item_id) == session

    def response_of(self, item_id: str) -> str | None:
        return self._response_of.get(item_id)

    def items_of(self, response_id: str) -> list[str]:
        reply = self._replies.get(response_id)
        return list(reply.items) if reply is not None and response_id not in self._dead else []

    def never_heard(self, response_id: str) -> list[str]:
        """Items of a dead reply whose sound never reached the line."""
        reply = self._replies.get(response_id)
        if reply is None or response_id not in self._dead:
            return []
        return [item_id for item_id in reply.items if item_id not in reply.sounded]

    def has_sounded(self, response_id: str) -> bool:
        """The reply said something aloud, besides asking for a tool."""
        reply = self._replies.get(response_id)
        return reply is not None and reply.audio_ms > 0

    def acted(self, response_id: str) -> None:
        """The reply asked for a tool, which is an answer though it makes no sound."""
        self._reply(response_id).acted = True

    def mute(self, response_id: str) -> int:
        """How many replies in a row, this one included, ended well and had nothing in them."""
        reply = self._reply(response_id)
        empty = reply.audio_ms == 0 and not reply.acted and response_id not in self._dead
        self._mute = self._mute + 1 if empty else 0
        return self._mute

    def unsettled(self) -> list[str]:
        return list(self._unsettled)

    def settled(self, item_id: str) -> None:
        self._unsettled.pop(item_id, None)

    def asks(self, transcript: Transcript) -> bool:
        """The last thing the agent said is a question, so even a "yes" is an answer."""
        return transcript.text_of(self._last_item).rstrip().endswith("?")

    def done(self, response_id: str, transcript: Transcript) -> bool:
        """A reply ended; False when the model loops: reply after reply without sound, or the same words again."""
        reply = self._reply(response_id)
        if response_id in self._dead:
            return True
        if reply.audio_ms == 0:
            self._without_audio += 1
            return self._without_audio < self._settings.replies_without_audio
        self._without_audio = 0
        text = " ".join(transcript.text_of(item_id) for item_id in reply.items).strip()
        self._same = self._same + 1 if text and text == self._last_text else 1
        self._last_text = text
        return self._same < self._settings.same_reply_times

    def _reply(self, response_id: str) -> _Reply:
        reply = self._replies.get(response_id)
        if reply is None:
            reply = self._replies[response_id] = _Reply(response_id)
        return reply
