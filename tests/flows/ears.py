"""What a call sounded like, measured at the caller's handset and nowhere else."""

from collections.abc import Sequence
from itertools import pairwise

from simulator.carrier.calls import Call
from simulator.model.conversation import Item
from simulator.mulaw import FRAME, FRAME_MS, loudness

_LOUD = 250
_SYLLABLE_GAP_MS = 500
_LEAST_MS = 60


def spans(audio: bytes | bytearray) -> list[tuple[int, int]]:
    """Where somebody speaks on one channel, in milliseconds since the answer; gaps inside speech are filled."""
    found: list[list[int]] = []
    for at in range(0, len(audio), FRAME):
        if loudness(bytes(audio[at : at + FRAME])) < _LOUD:
            continue
        ms = at // FRAME * FRAME_MS
        if found and ms - found[-1][1] <= _SYLLABLE_GAP_MS:
            found[-1][1] = ms + FRAME_MS
        else:
            found.append([ms, ms + FRAME_MS])
    return [(start, end) for start, end in found if end - start >= _LEAST_MS]


def connected_ms(call: Call, verb: str = "Connect") -> int:
    """When the call came to a verb, on the handset's clock."""
    step = next(step for step in call.steps if step.verb.startswith(verb))
    return round((step.at - call.line.answered_at) * 1000)


def waits(call: Call) -> list[int]:
    """After each thing the caller said, how long until they heard anything; nothing heard counts to the call's end."""
    after = connected_ms(call)
    agent, caller = spans(call.line.agent_audio), spans(call.line.caller_audio)
    end = len(call.line.agent_audio) // FRAME * FRAME_MS
    found = []
    for index, (_, stopped) in enumerate(caller):
        if stopped < after:
            continue
        if any(begins < stopped < ends for begins, ends in agent):
            continue
        heard_at = next((begins for begins, _ in agent if begins >= stopped), None)
        spoke_again = next((begins for begins, _ in caller[index + 1 :]), end)
        if heard_at is not None and heard_at <= spoke_again + 10_000:
            found.append(heard_at - stopped)
    return found


def first_sound(call: Call) -> int:
    """From the connected stream to the first thing the caller heard, in milliseconds."""
    after = connected_ms(call)
    return next(begins for begins, ends in spans(call.line.agent_audio) if ends > after) - after


def longest_silence(call: Call, until: str = "") -> int:
    """The longest stretch of the connected call in which nobody spoke."""
    begins = connected_ms(call)
    end = connected_ms(call, until) if until else len(call.line.agent_audio) // FRAME * FRAME_MS
    both = sorted([*spans(call.line.agent_audio), *spans(call.line.caller_audio)])
    reached, longest = begins, 0
    for start, stop in both:
        if stop <= begins or start >= end:
            continue
        longest, reached = max(longest, start - reached), max(reached, stop)
    return max(longest, end - reached)


def frames_of(call: Call, item: Item) -> list[int]:
    """Which 20 ms of an item reached the ear, in the order they did."""
    return [frame.frame for frame in call.heard.frames if frame.serial == item.serial]


def length_ms(item: Item) -> int:
    """How long an item was, before anything was cut of it."""
    return item.audio_bytes // 8


def is_whole(call: Call, item: Item) -> bool:
    """Heard from the first byte to the last: nothing lost, nothing twice, nothing out of order."""
    return frames_of(call, item) == list(range(length_ms(item) // FRAME_MS))


def heard_after_clear(call: Call, item: Item) -> int:
    """Milliseconds of an item that were still heard after the application silenced it."""
    clear = call.stream.clears[0]
    at_ms = round((clear.at - call.line.answered_at) * 1000)
    return FRAME_MS * sum(frame.serial == item.serial and frame.at_ms > at_ms for frame in call.heard.frames)


def widest_mark_gap_ms(call: Call) -> float:
    """The most audio the application ever sent without a mark in between."""
    widest = 0
    for stream in call.streams:
        positions: Sequence[int] = sorted({0, *(mark.position for mark in stream.marks), len(stream.audio)})
        widest = max(widest, *(second - first for first, second in pairwise(positions)), 0)
    return widest / 8
