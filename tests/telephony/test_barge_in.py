"""When speech over speech stops the agent: examples, one per rule."""

import math
import random

import pytest

from telephony.barge_in import BargeIn, BargeInLimits, EnergyGate, Verdict
from telephony.clips import mulaw

QUIET = b"\xff" * 160


def tone(amplitude: float, seed: int = 1) -> bytes:
    wave = random.Random(seed)
    samples = (int(amplitude * math.sin(n / 3.1) + wave.uniform(-1, 1) * amplitude / 4) for n in range(160))
    return bytes(mulaw(sample) for sample in samples)


SPEECH = tone(6000)


def frames(barge_in: BargeIn, audio: bytes, start: float, seconds: float, playing: bool = True) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for n in range(int(seconds / 0.02)):
        verdict = barge_in.frame(audio, start + n * 0.02, playing)
        if verdict is not Verdict.NOTHING:
            verdicts.append(verdict)
    return verdicts


def warmed(limits: BargeInLimits | None = None) -> BargeIn:
    barge_in = BargeIn(limits)
    assert frames(barge_in, QUIET, 0.0, 1.0) == []
    return barge_in


def test_the_models_word_alone_cuts_after_the_sustain_time_even_without_real_audio() -> None:
    barge_in = BargeIn()
    assert barge_in.speech_started(1.0, True) is Verdict.NOTHING
    assert barge_in.deadline == 1.25
    assert barge_in.due(1.2, True) is Verdict.NOTHING
    assert barge_in.due(1.25, True) is Verdict.CUT


def test_zero_sustain_cuts_at_once() -> None:
    assert BargeIn(BargeInLimits(sustain=0)).speech_started(1.0, True) is Verdict.CUT


def test_speech_that_ends_early_is_no_interruption() -> None:
    barge_in = BargeIn()
    barge_in.speech_started(1.0, True)
    barge_in.speech_stopped()
    assert barge_in.deadline is None
    assert barge_in.due(5.0, True) is Verdict.NOTHING


def test_nothing_is_cut_while_nothing_plays() -> None:
    barge_in = BargeIn()
    barge_in.speech_started(1.0, False)
    assert barge_in.due(9.0, False) is Verdict.NOTHING


def test_a_protected_window_is_not_cut_and_what_follows_it_is() -> None:
    barge_in = BargeIn()
    barge_in.protect(True)
    assert barge_in.speech_started(1.0, True) is Verdict.NOTHING
    assert barge_in.due(4.0, True) is Verdict.NOTHING and barge_in.deadline is None
    barge_in.protect(False)
    assert barge_in.due(4.1, True) is Verdict.CUT


def test_our_own_gate_pauses_and_the_models_word_makes_it_a_cut() -> None:
    barge_in = warmed()
    assert frames(barge_in, SPEECH, 1.0, 0.5) == [Verdict.PAUSE]
    assert barge_in.speech_started(1.5, False) is Verdict.NOTHING
    assert frames(barge_in, SPEECH, 1.5, 0.2, playing=False)[0] is Verdict.CUT


def test_speech_that_both_hear_pauses_at_once_and_is_cut_when_it_lasts() -> None:
    barge_in = warmed()
    frames(barge_in, SPEECH, 1.0, 0.1)
    barge_in.speech_started(1.1, True)
    assert frames(barge_in, SPEECH, 1.1, 0.3) == [Verdict.PAUSE]
    assert frames(barge_in, SPEECH, 1.4, 0.4, playing=False)[0] is Verdict.CUT


@pytest.mark.parametrize(("words", "verdict"), [(True, Verdict.CUT), (False, Verdict.RESUME)])
def test_of_a_short_sound_the_words_decide(words: bool, verdict: Verdict) -> None:
    barge_in = warmed()
    frames(barge_in, SPEECH, 1.0, 0.1)
    barge_in.speech_started(1.1, True)
    assert frames(barge_in, SPEECH, 1.1, 0.2) == [Verdict.PAUSE]
    assert frames(barge_in, QUIET, 1.3, 0.5, playing=False) == []
    barge_in.speech_stopped(1.8)
    assert barge_in.words(words, 2.1, False) is verdict


def test_without_words_the_reply_goes_on_after_a_while() -> None:
    barge_in = warmed()
    frames(barge_in, SPEECH, 1.0, 0.1)
    barge_in.speech_started(1.1, True)
    assert frames(barge_in, SPEECH, 1.1, 0.2) == [Verdict.PAUSE]
    barge_in.speech_stopped(1.8)
    assert barge_in.deadline == pytest.approx(2.5)
    assert barge_in.due(2.5, False) is Verdict.RESUME


def test_a_sound_that_was_over_in_time_silences_nobody() -> None:
    barge_in = warmed()
    frames(barge_in, SPEECH, 1.0, 0.1)
    barge_in.speech_started(1.1, True)
    assert frames(barge_in, QUIET, 1.1, 0.6) == []
    assert barge_in.due(1.25, True) is Verdict.NOTHING
    barge_in.speech_stopped(1.7)
    assert barge_in.words(False, 2.0, True) is Verdict.NOTHING
    assert barge_in.words(True, 2.0, True) is Verdict.CUT


def test_words_do_not_cut_into_a_protected_window() -> None:
    barge_in = warmed()
    barge_in.protect(True)
    assert barge_in.words(True, 2.0, True) is Verdict.NOTHING


def test_a_noise_the_model_does_not_confirm_is_resumed_and_not_paused_again_at_once() -> None:
    barge_in = warmed()
    assert frames(barge_in, SPEECH, 1.0, 2.5) == [Verdict.PAUSE, Verdict.RESUME]


def test_our_gate_gives_the_model_a_head_start() -> None:
    barge_in = warmed()
    assert frames(barge_in, SPEECH, 1.0, 0.2) == []
    assert barge_in.speech_started(1.2, True) is Verdict.NOTHING
    assert barge_in.deadline is not None and barge_in.deadline < 1.3


def test_the_gate_can_be_turned_off() -> None:
    barge_in = warmed(BargeInLimits(local_gate=False))
    assert frames(barge_in, SPEECH, 1.0, 3.0) == []


@pytest.mark.parametrize("amplitude", [60, 150])
def test_a_steady_line_hum_is_the_floor_and_speech_stands_out_of_it(amplitude: int) -> None:
    gate = EnergyGate()
    assert not any(gate.hears(tone(amplitude, seed)) for seed in range(100))
    assert any([gate.hears(tone(6000, seed)) for seed in range(5)])


def test_payloads_that_are_not_audio_do_not_look_like_speech_for_long() -> None:
    gate, noise = EnergyGate(), random.Random(3)
    assert not any(gate.hears(noise.randbytes(160)) for _ in range(500))


def test_an_empty_frame_changes_nothing() -> None:
    assert EnergyGate().hears(b"") is False
