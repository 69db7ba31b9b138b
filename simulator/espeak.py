"""Real speech for whoever installed the optional `speech` extra: espeak-ng, brought down to the telephone's 8 kHz."""

import array
import ctypes
import math
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from operator import mul

from simulator.mulaw import encode, padded
from simulator.voice import Speech

_SYNCHRONOUS, _DO_NOT_EXIT, _UTF8 = 2, 0x8000, 1
_RATE, _PITCH = 1, 3
_TAPS = 20
# Mean amplitude of speech on a telephone line, about -26 dBm0.
_LOUDNESS = 1_400
# Voice, words a minute, pitch.
VOICES = {
    "agent": (b"en-us+f3", 170, 52),
    "caller": (b"en-us+m3", 165, 42),
    "caller_high": (b"en-us+f2", 168, 60),
    "advisor": (b"en-us+m7", 170, 48),
    "say": (b"en-us", 165, 50),
}


def real_speech() -> Speech | None:
    """A voice that can be understood, or None when espeakng-loader is not installed or does not work here."""
    return _speak if _library() is not None else None


@lru_cache(maxsize=256)
def _speak(text: str, voice: str) -> bytes:
    library = _library()
    if library is None:
        raise RuntimeError("espeak-ng is not available")
    engine, rate, samples = library
    name, speed, pitch = VOICES.get(voice, VOICES["caller"])
    engine.espeak_SetVoiceByName(name)
    engine.espeak_SetParameter(_RATE, speed, 0)
    engine.espeak_SetParameter(_PITCH, pitch, 0)
    del samples[:]
    words = text.encode() + b"\0"
    engine.espeak_Synth(words, len(words), 0, 1, 0, _UTF8, None, None)
    return padded(encode(_to_8_khz(samples, rate)))


def _to_8_khz(samples: Sequence[int], rate: int) -> list[float]:
    """A windowed sinc at each of the output's phases; the band ends at 3.6 kHz, as on a telephone."""
    step = math.gcd(rate, 8000)
    up, down = 8000 // step, rate // step
    filters = _filters(up, down, rate)
    padding = [0] * _TAPS
    source = [*padding, *samples, *padding]
    wanted = len(samples) * up // down
    loud = []
    for n in range(wanted):
        at, phase = divmod(n * down, up)
        loud.append(sum(map(mul, filters[phase], source[at + _TAPS // 2 + 1 : at + _TAPS // 2 + 1 + _TAPS])))
    gain = _LOUDNESS * len(loud) / (sum(map(abs, loud)) or 1.0)
    return [max(-32_000.0, min(32_000.0, value * gain)) for value in loud]


@lru_cache(maxsize=4)
def _filters(up: int, down: int, rate: int) -> list[list[float]]:
    """One filter for each place an output sample can fall between two input samples."""
    cut = 2 * 3600 / rate
    filters = []
    for phase in range(up):
        taps = []
        for k in range(_TAPS):
            x = k - _TAPS / 2 + 1 - phase / up
            window = 0.54 + 0.46 * math.cos(2 * math.pi * x / _TAPS)
            taps.append(window * (cut if x == 0 else math.sin(math.pi * cut * x) / (math.pi * x)))
        filters.append(taps)
    return filters


@cache
def _library() -> tuple[ctypes.CDLL, int, "array.array[int]"] | None:
    try:
        import espeakng_loader

        engine = ctypes.CDLL(espeakng_loader.get_library_path())
        path = espeakng_loader.get_data_path().encode()
    except (ImportError, OSError, RuntimeError):
        return None
    rate = int(engine.espeak_Initialize(_SYNCHRONOUS, 0, path, _DO_NOT_EXIT))
    if rate <= 0:
        return None
    samples = array.array("h")
    callback = _collector(samples)
    engine.espeak_SetSynthCallback(callback)
    _KEPT.append(callback)
    return engine, rate, samples


# ctypes does not keep a callback alive for the library that was given it.
_KEPT: list[object] = []


def _collector(samples: "array.array[int]") -> object:
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

    def collect(sound: "ctypes._Pointer[ctypes.c_short]", count: int, events: Callable[[], None] | None) -> int:
        if sound and count > 0:
            samples.extend(sound[:count])
        return 0

    return kind(collect)
