"""Local sound for the moments when no model can speak: short mu-law files, or a chime where none was recorded."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from pathlib import Path

_RATE = 8000
_BUNDLED = Path(__file__).parent / "sounds"
# 120 ms per frame, so that clips are marked like everything else.
_CHUNK = 960


@dataclass(frozen=True, slots=True)
class Clip:
    """One sound, ready to be spliced into media frames."""

    chunks: tuple[bytes, ...]
    seconds: float


class Clips:
    """Every clip by name (`<name>.ulaw`, raw 8 kHz mu-law, no header); an unknown name is a short, soft chime."""

    def __init__(self, folder: Path | None = None) -> None:
        self._clips: dict[str, Clip] = {}
        for place in (_BUNDLED, folder):
            if place is not None and place.is_dir():
                for path in sorted(place.glob("*.ulaw")):
                    self._clips[path.stem] = _clip(path.read_bytes())
        self._chime = _clip(_chime())

    def get(self, name: str) -> Clip:
        return self._clips.get(name, self._chime)


def _clip(audio: bytes) -> Clip:
    chunks = tuple(base64.b64encode(audio[at : at + _CHUNK]) for at in range(0, len(audio), _CHUNK))
    return Clip(chunks, len(audio) / _RATE)


def _chime() -> bytes:
    """Two soft falling notes, 0.6 s: unmistakably "please hold", and no language."""
    samples = []
    for pitch, seconds in ((660.0, 0.25), (550.0, 0.35)):
        count = int(_RATE * seconds)
        for n in range(count):
            fade = math.sin(math.pi * n / count)
            samples.append(int(2600 * fade * math.sin(2 * math.pi * pitch * n / _RATE)))
    return bytes(mulaw(sample) for sample in samples)


def mulaw(sample: int) -> int:
    """One 16-bit sample as G.711 mu-law."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample) >> 2, 8158) + 33
    segment = max(magnitude.bit_length() - 6, 0)
    return ~(sign | segment << 4 | magnitude >> (segment + 1) & 0x0F) & 0xFF
