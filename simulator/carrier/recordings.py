"""Recordings: a stretch of a line, one channel or two, kept until somebody deletes it."""

from dataclasses import dataclass
from datetime import datetime

from simulator.carrier.line import Line
from simulator.carrier.wav import wav
from simulator.mulaw import BYTES_PER_MS


@dataclass
class Recording:
    """Starts somewhere on a line; what it holds is cut from the line's own channels when it ends."""

    sid: str
    call_sid: str
    created: datetime
    source: str
    channels: int
    callback: str = ""
    callback_method: str = "POST"
    starts_at: int = 0
    status: str = "in-progress"
    caller: bytes = b""
    agent: bytes = b""

    @classmethod
    def begin(cls, sid: str, call_sid: str, created: datetime, line: Line, source: str, channels: int) -> "Recording":
        return cls(sid, call_sid, created, source, channels, starts_at=len(line.caller_audio))

    def end(self, line: Line, only_caller: bool = False) -> None:
        """Cuts it from the line. A recording nobody is heard on has no seconds and is `absent`."""
        if self.status != "in-progress":
            return
        self.caller = bytes(line.caller_audio[self.starts_at :])
        self.agent = b"" if only_caller else bytes(line.agent_audio[self.starts_at :])
        self.status = "completed" if self.caller else "absent"

    @property
    def seconds(self) -> int:
        return round(max(len(self.caller), len(self.agent)) / BYTES_PER_MS / 1000)

    def media(self, channels: int) -> bytes:
        """The WAV file: two channels when they were recorded and asked for, else one."""
        if self.channels == 2 and channels == 2:
            return wav(self.caller, self.agent)
        return wav(self.caller) if not self.agent else wav(_mixed(self.caller, self.agent))


def _mixed(caller: bytes, agent: bytes) -> bytes:
    """Both voices on one channel. Turns rarely overlap, so the louder of the two stands for their sum."""
    length = max(len(caller), len(agent))
    caller, agent = caller.ljust(length, b"\xff"), agent.ljust(length, b"\xff")
    return bytes(min(a & 0x7F, b & 0x7F) | (a & 0x80 if a & 0x7F < b & 0x7F else b & 0x80) for a, b in zip(
        caller, agent, strict=True))  # fmt: skip
