"""An inaudible stamp in the low bits of mu-law speech: whose utterance this is, and which 20 ms of it.

No recogniser is shipped, and the product forwards audio untouched; so a stamp tells the far side exactly which part of
which utterance really arrived. It is the measuring tape for what was heard. A low bit of mu-law is about -38 dB.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.mulaw import FRAME, padded

_MAGIC = bytes((0xB5A3C7 >> shift) & 1 for shift in range(23, -1, -1))
_FIELDS = 40
_LENGTH = len(_MAGIC) + _FIELDS
_WITHOUT_LOW = bytes(code & 0xFE for code in range(256))
_LOW = bytes(code & 1 for code in range(256))
_DIGITS = bytes(ord("0") + (code & 1) for code in range(256))
SERIALS = 1 << 16


@dataclass(frozen=True, slots=True)
class Stamp:
    """Frame `frame` of utterance `serial`, found `offset` bytes into what was read."""

    serial: int
    frame: int
    offset: int


def stamped(audio: bytes, serial: int) -> bytes:
    """The same speech, each 20 ms of it signed. Padded to whole frames."""
    audio = padded(audio)
    return b"".join(
        _sign(audio[start : start + FRAME], serial, start // FRAME & 0xFFFF) for start in range(0, len(audio), FRAME)
    )


class StampReader:
    """Reads the stamps of a stream that arrives in pieces of any size."""

    def __init__(self) -> None:
        self._tail = b""
        self._passed = 0

    def feed(self, audio: bytes) -> Sequence[Stamp]:
        """The stamps completed by these bytes; offsets count from the stream's first byte."""
        bits = self._tail + audio.translate(_LOW)
        found = []
        at = bits.find(_MAGIC)
        while at >= 0 and at + _LENGTH <= len(bits):
            stamp = _read(bits[at + len(_MAGIC) : at + _LENGTH], self._passed + at)
            if stamp is not None:
                found.append(stamp)
            at = bits.find(_MAGIC, at + 1)
        keep = min(len(bits), _LENGTH - 1) if at < 0 else len(bits) - at
        self._passed += len(bits) - keep
        self._tail = bits[len(bits) - keep :]
        return found


def _sign(frame: bytes, serial: int, number: int) -> bytes:
    fields = (serial & 0xFFFF) << 24 | number << 8 | _check(serial & 0xFFFF, number)
    bits = _MAGIC + bytes((fields >> shift) & 1 for shift in range(_FIELDS - 1, -1, -1))
    head = int.from_bytes(frame[:_LENGTH].translate(_WITHOUT_LOW), "big") | int.from_bytes(bits, "big")
    return head.to_bytes(_LENGTH, "big") + frame[_LENGTH:]


def _read(bits: bytes, offset: int) -> Stamp | None:
    fields = int(bits.translate(_DIGITS), 2)
    serial, number = fields >> 24, fields >> 8 & 0xFFFF
    return Stamp(serial, number, offset) if fields & 0xFF == _check(serial, number) else None


def _check(serial: int, number: int) -> int:
    return (serial * 31 + number * 7 + 0x5A ^ serial >> 8 ^ number >> 8) & 0xFF
