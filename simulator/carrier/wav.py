"""Recordings as Twilio serves them: 16-bit PCM WAV at 8 kHz, one channel or caller and agent side by side. Pure."""

import struct

from simulator.mulaw import SILENCE, decode_byte

_LOW = bytes(decode_byte(code) & 0xFF for code in range(256))
_HIGH = bytes(decode_byte(code) >> 8 & 0xFF for code in range(256))


def wav(*channels: bytes) -> bytes:
    """One WAV file from mu-law channels; a shorter channel ends in silence."""
    length = max(len(channel) for channel in channels)
    width = 2 * len(channels)
    data = bytearray(length * width)
    for index, channel in enumerate(channels):
        full = channel + SILENCE * (length - len(channel))
        data[2 * index :: width] = full.translate(_LOW)
        data[2 * index + 1 :: width] = full.translate(_HIGH)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, len(channels), 8000,
                       8000 * width, width, 16, b"data", len(data))  # fmt: skip
    return head + bytes(data)


def mulaw_of(file: bytes) -> bytes:
    """The mu-law inside a WAV file of format 7 (what <Play> is usually given), or raw mu-law as it is."""
    if file[:4] != b"RIFF":
        return file
    at, form = 12, 0
    while at + 8 <= len(file):
        name, size = struct.unpack_from("<4sI", file, at)
        if name == b"fmt ":
            form = struct.unpack_from("<H", file, at + 8)[0]
        if name == b"data":
            return file[at + 8 : at + 8 + size] if form == 7 else b""
        at += 8 + size + (size & 1)
    return b""
