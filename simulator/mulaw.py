"""G.711 mu-law: bytes to samples and back, and how loud a stretch is. Pure."""

from collections.abc import Iterable
from functools import cache

BYTES_PER_MS = 8
FRAME = 160
FRAME_MS = 20
FRAME_SECONDS = 0.02
SILENCE = b"\xff"

_BIAS = 0x84
_CLIP = 32635


def decode_byte(code: int) -> int:
    """One mu-law byte as a 16-bit sample (G.711, table 2a)."""
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << ((code & 0x70) >> 4)) - _BIAS
    return -magnitude if code & 0x80 else magnitude


def encode_sample(sample: int) -> int:
    """One 16-bit sample as a mu-law byte."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = max(magnitude.bit_length() - 8, 0)
    return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0F)) & 0xFF


def encode(samples: Iterable[float]) -> bytes:
    """Samples as mu-law; quarter precision is far below mu-law's own steps."""
    table = _encode_table()
    return bytes(table[(max(-32768, min(32767, int(sample))) + 32768) >> 2] for sample in samples)


def decode(audio: bytes) -> list[int]:
    """mu-law as 16-bit samples."""
    return [_DECODED[code] for code in audio]


def loudness(audio: bytes) -> int:
    """The mean absolute amplitude, 0 to about 32000; speech is in the thousands, line noise under a hundred."""
    return sum(audio.translate(_LEVEL)) * 128 // len(audio) if audio else 0


def silence(ms: int) -> bytes:
    """So many milliseconds of nothing."""
    return SILENCE * (ms * BYTES_PER_MS)


def padded(audio: bytes) -> bytes:
    """Filled with silence to whole 20 ms frames."""
    return audio + SILENCE * (-len(audio) % FRAME)


_DECODED = tuple(decode_byte(code) for code in range(256))
_LEVEL = bytes(min(abs(sample) >> 7, 255) for sample in _DECODED)


@cache
def _encode_table() -> bytes:
    return bytes(encode_sample((index << 2) - 32768) for index in range(16384))
