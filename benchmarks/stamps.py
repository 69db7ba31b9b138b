"""Time and place written into the audio itself, so that the far side can say when a frame left and whether one is gone.

Stamps are hexadecimal digits spliced into the base64 of a frame: valid audio for whatever carries it, and no decoding
for whoever reads it. They are a few loud samples in 20 ms, too few for the app's energy gate to take them for speech.
"""

import base64
from dataclasses import dataclass

FRAME_BYTES = 160
FRAME_MS = 20
BYTES_PER_MS = 8

# The last letter of an upward stamp tells the mock model what its voice detector finds in the frame.
QUIET, SPEECH, OPENS, CLOSES = b"q", b"s", b"B", b"E"

_UP_CHARS = 28
_TIME, _SEQ, _CALL, _KIND = slice(0, 16), slice(16, 22), slice(22, 26), 26
_DOWN_MAGIC = b"LKdn"
_DOWN_CHARS = 32
DELTA_BYTES = 1600

# 250 Hz at a speaking level, and the line's silence.
LOUD = (b"\x10" * 16 + b"\x90" * 16) * 5
SILENT = b"\xff" * FRAME_BYTES


@dataclass(frozen=True, slots=True)
class UpStamp:
    """Frame `seq` of call number `call`, sent at `sent_ns` of the machine's monotonic clock."""

    sent_ns: int
    seq: int
    call: int
    kind: int


@dataclass(frozen=True, slots=True)
class DownStamp:
    """Delta `index` of reply `serial`, sent by the model at `sent_ns`."""

    sent_ns: int
    serial: int
    index: int


def frame_payload(call: int, kind: bytes) -> bytes:
    """The base64 of one frame with two blanks for `%`: time and sequence number."""
    body = _sound(kind)
    rest = base64.b64encode(body[_UP_CHARS // 4 * 3 :])
    return b"%016x%06x" + b"%04x" % call + kind + b"K" + rest


def plain_payload(kind: bytes) -> bytes:
    """The same without a stamp, which would be noise to an app that decodes it."""
    return base64.b64encode(_sound(kind))


def _sound(kind: bytes) -> bytes:
    return SILENT if kind in (QUIET, CLOSES) else LOUD


def read_frame(message: bytes, at: int) -> UpStamp | None:
    """The stamp of an upward frame whose base64 begins at `at`; None for audio that was transcoded or cut up."""
    stamp = message[at : at + _UP_CHARS]
    if stamp[_UP_CHARS - 1 :] != b"K":
        return None
    try:
        return UpStamp(int(stamp[_TIME], 16), int(stamp[_SEQ], 16), int(stamp[_CALL], 16), stamp[_KIND])
    except ValueError:
        return None


def delta_payload() -> bytes:
    """The base64 of 200 ms of agent speech with three blanks for `%`: time, reply and index."""
    body = (LOUD * 10)[_DOWN_CHARS // 4 * 3 :]
    return _DOWN_MAGIC + b"%016x%06x%04xAA" + base64.b64encode(body)


def read_delta(message: bytes, at: int) -> DownStamp | None:
    """The stamp of a delta whose base64 begins at `at`; None for a later piece of one."""
    if message[at : at + 4] != _DOWN_MAGIC:
        return None
    stamp = message[at + 4 : at + _DOWN_CHARS]
    try:
        return DownStamp(int(stamp[:16], 16), int(stamp[16:22], 16), int(stamp[22:26], 16))
    except ValueError:
        return None


def audio_bytes(message: bytes, start: int, end: int) -> int:
    """How much audio the base64 in `message[start:end]` stands for."""
    size = (end - start) // 4 * 3
    if message[end - 2 : end] == b"==":
        return size - 2
    return size - 1 if message[end - 1 : end] == b"=" else size
