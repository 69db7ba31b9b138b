"""A session's conversation: items in order, what each holds, and what nobody has answered yet. Pure."""

from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.mulaw import BYTES_PER_MS

Json = dict[str, Any]


@dataclass
class Item:
    """One conversation item. For spoken ones `audio_bytes` grows while it is generated."""

    id: str
    kind: Literal["message", "function_call", "function_call_output"]
    role: str = ""
    text: str = ""
    modality: Literal["audio", "text"] = "text"
    status: str = "completed"
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    output: str = ""
    audio_bytes: int = 0
    serial: int | None = None
    truncated_ms: int | None = None
    read: bool = False

    @property
    def audio_ms(self) -> int:
        """How much audio there is; nothing past it can be truncated."""
        length = self.audio_bytes // BYTES_PER_MS
        return length if self.truncated_ms is None else min(length, self.truncated_ms)

    @property
    def is_agent_speech(self) -> bool:
        return self.kind == "message" and self.role == "assistant" and self.modality == "audio"

    def described(self) -> Json:
        """The item as events show it; audio itself is never repeated."""
        item: Json = {"id": self.id, "object": "realtime.item", "type": self.kind, "status": self.status}
        if self.kind == "function_call":
            return item | {"call_id": self.call_id, "name": self.name, "arguments": self.arguments}
        if self.kind == "function_call_output":
            return item | {"call_id": self.call_id, "output": self.output}
        return item | {"role": self.role, "content": [self._content()]}

    def _content(self) -> Json:
        if self.role == "assistant":
            key = "transcript" if self.modality == "audio" else "text"
            return {"type": "output_audio" if self.modality == "audio" else "output_text", key: self.text}
        if self.modality == "audio":
            return {"type": "input_audio", "transcript": None}
        return {"type": "input_text", "text": self.text}

    def tokens(self) -> tuple[int, int]:
        """(text, audio) tokens: a tenth of a second heard or a twentieth spoken is one, four letters are one."""
        if self.modality == "audio":
            return 0, self.audio_ms // (50 if self.role == "assistant" else 100)
        return len(self.text + self.arguments + self.output) // 4 + 4, 0


@dataclass
class Conversation:
    """Ordered items."""

    items: list[Item] = field(default_factory=list)
    deleted: list[Item] = field(default_factory=list)

    def find(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def last_id(self) -> str | None:
        return self.items[-1].id if self.items else None

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Places an item at the end, or after another ("root": first). Returns the id it follows."""
        if after == "root":
            self.items.insert(0, item)
            return None
        position = len(self.items)
        if after is not None:
            position = next(index for index, other in enumerate(self.items) if other.id == after) + 1
        self.items.insert(position, item)
        return self.items[position - 1].id if position else None

    def delete(self, item: Item) -> None:
        self.items.remove(item)
        self.deleted.append(item)

    def history(self) -> list[Item]:
        """Turns written down rather than heard or spoken: those of a session before this one."""
        return [item for item in self.items if item.role in ("user", "assistant") and item.modality == "text"]

    def unread(self) -> list[Item]:
        """What a reply has to answer: the caller's turns, notes and tool results since the agent last spoke."""
        answers = [item for item in self.items if item.role != "assistant" and item.kind != "function_call"]
        return [item for item in answers if not item.read]

    def tokens(self) -> tuple[int, int]:
        counted = [item.tokens() for item in self.items]
        return sum(text for text, _ in counted), sum(audio for _, audio in counted)
