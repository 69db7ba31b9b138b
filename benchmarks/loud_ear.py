"""A voice detector for an app that sends 24 kHz PCM: by loudness, with the same delays as the stamped script."""

import base64
import struct
from collections.abc import Iterator

from benchmarks.script import CLOSE_AFTER_FRAMES, OPEN_AFTER_FRAMES
from benchmarks.stamps import FRAME_MS

_BYTES_PER_MS = 48
_LOUD = 2000
_TONE = struct.pack("<48h", *([9000] * 24 + [-9000] * 24))

# 200 ms of a 500 Hz tone.
DELTA_PCM = base64.b64encode(_TONE * 100)


class LoudEar:
    """Tells when loud sound begins, when it has lasted long enough to be a turn, and when the turn is over."""

    def __init__(self) -> None:
        self._loud_ms = 0.0
        self._quiet_ms = 0.0
        self._open = False

    def hear(self, audio_b64: str) -> Iterator[str]:
        audio = base64.b64decode(audio_b64)
        usable = len(audio) // 2 * 2
        samples = memoryview(audio[:usable]).cast("h")[::6]
        length = usable / _BYTES_PER_MS
        if samples and max(samples) > _LOUD:
            if not self._loud_ms:
                yield "onset"
            self._loud_ms += length
            self._quiet_ms = 0.0
            if not self._open and self._loud_ms >= OPEN_AFTER_FRAMES * FRAME_MS:
                self._open = True
                yield "opens"
            return
        self._quiet_ms += length
        if self._quiet_ms >= CLOSE_AFTER_FRAMES * FRAME_MS:
            self._loud_ms = 0.0
            if self._open:
                self._open = False
                yield "closes"
