"""Telephone-band voices for both sides: speech as long as its words, coughs, noise. Nothing here understands speech."""

import math
import random
import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import resources

from simulator.mulaw import BYTES_PER_MS, SILENCE, encode, padded, silence

# Words and a voice's name in, mu-law out. Babble by default; simulator.espeak offers real speech.
Speech = Callable[[str, str], bytes]

PITCHES = {"agent": 205.0, "caller": 118.0, "caller_high": 190.0, "advisor": 140.0, "say": 165.0}
_FORMANTS = ((730, 1090), (270, 2290), (300, 870), (530, 1840), (570, 840), (660, 1720), (490, 1350), (390, 1990))
_WORD_GAP_MS = 40
# Shorter than a voice detector's patience, as a person's pauses inside one turn mostly are.
_PAUSES_MS = {",": 160, ";": 200, ":": 160, ".": 260, "?": 260, "!": 260}
_TOKENS = re.compile(r"[^\W_]+(?:'[a-z]+)?|[.,;:?!]", re.IGNORECASE)


@lru_cache(maxsize=512)
def babble(text: str, voice: str = "caller") -> bytes:
    """Speech-like sound, as long as a person would need for the words; always the same for the same words."""
    bank, parts = _syllables(PITCHES.get(voice, 130.0)), []
    for token in _TOKENS.findall(text):
        if token in _PAUSES_MS:
            parts.append(silence(_PAUSES_MS[token]))
            continue
        for index in range(_syllable_count(token)):
            parts.append(bank[(sum(token.lower().encode()) + 5 * index) % len(bank)])
        parts.append(silence(_WORD_GAP_MS))
    while parts and not parts[-1].strip(SILENCE):
        parts.pop()
    return padded(b"".join(parts))


def spoken_ms(text: str) -> int:
    """How long the words take."""
    return len(babble(text)) // BYTES_PER_MS


@cache
def cough() -> bytes:
    """Two short bursts, 0.3 s in all: loud, and not speech."""
    noise = random.Random(11)
    burst = encode(noise.gauss(0, 9000) * math.exp(-n / 500) for n in range(1_120))
    return padded(burst + silence(60) + burst)


@cache
def line_noise() -> bytes:
    """One second of the hiss of a quiet line, about -62 dBFS."""
    noise = random.Random(5)
    return encode(noise.gauss(0, 24) for _ in range(8_000))


@cache
def room_noise() -> bytes:
    """Two seconds of a workshop behind the caller, about -38 dBFS: louder than hiss, quieter than a voice."""
    noise, value = random.Random(7), 0.0
    samples = []
    for n in range(16_000):
        value = 0.85 * value + noise.gauss(0, 170)
        samples.append(value + 120 * _tone(120, n))
    return encode(samples)


@cache
def beep() -> bytes:
    """The tone before a voicemail is recorded."""
    return padded(encode(8000 * _tone(1000, n) for n in range(4_000)))


@cache
def ringback() -> bytes:
    """Six seconds of North American ringback: 440 and 480 Hz, two on and four off."""
    return encode(3000 * (_tone(440, n) + _tone(480, n)) for n in range(16_000)) + silence(4_000)


@cache
def digit_tone(digit: str) -> bytes:
    """100 ms of a telephone key."""
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477)
    place = "123456789*0#".index(digit)
    low, high = rows[place // 3], columns[place % 3]
    return padded(encode(5000 * (_tone(low, n) + _tone(high, n)) for n in range(800)))


@cache
def clip(name: str) -> bytes:
    """A committed telephone-band recording, simulator/audio/<name>.ulaw."""
    return padded((resources.files("simulator") / "audio" / f"{name}.ulaw").read_bytes())


def _tone(hertz: float, n: int) -> float:
    return math.sin(2 * math.pi * hertz * n / 8000)


def _syllable_count(word: str) -> int:
    if any(c.isdigit() for c in word):
        return len(word)
    return max(1, len(re.findall(r"[aeiouyáéíóúü]+", word.lower())))


@cache
def _syllables(pitch: float) -> tuple[bytes, ...]:
    noise = random.Random(int(pitch))
    return tuple(
        _syllable(pitch * (0.92 + 0.03 * (n % 6)), formants, 150 + 15 * (n % 4), noise)
        for n, formants in enumerate(_FORMANTS * 2)
    )


def _syllable(pitch: float, formants: tuple[int, int], ms: int, noise: random.Random) -> bytes:
    """A short burst of noise, then a vowel: harmonics of the voice, loud where the mouth resonates."""
    count = ms * BYTES_PER_MS
    harmonics = []
    for k in range(1, int(3400 / pitch)):
        gain = sum(1 / (1 + ((k * pitch - formant) / 110) ** 2) for formant in formants)
        if gain > 0.05:
            harmonics.append((2 * math.pi * k * pitch / 8000, gain))
    vowel = [sum(gain * math.sin(step * n) for step, gain in harmonics) for n in range(count)]
    peak = max(abs(value) for value in vowel)
    samples = []
    for n, value in enumerate(vowel):
        envelope = min(1.0, n / 160, (count - n) / 320)
        onset = noise.gauss(0, 1500) if n < 160 else 0.0
        samples.append(9_000 * envelope * value / peak + onset)
    return encode(samples)
