"""Voices: as long as their words, loud enough to be heard, and stamped without being changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.espeak import real_speech
from simulator.model.vad import SpeechStarted, SpeechStopped, VoiceDetector
from simulator.mulaw import FRAME, decode_byte, encode, encode_sample, loudness, silence
from simulator.stamps import Stamp, StampReader, stamped
from simulator.voice import babble, clip, cough, line_noise, room_noise, spoken_ms
from simulator.words import Utterance, words_between

CLIPS = ("hello", "uh_huh", "squealing_brakes", "a_real_person", "cambio_de_aceite")


def test_mulaw_codes_survive_a_round_trip() -> None:
    for code in range(256):
        sample = decode_byte(code)
        assert decode_byte(encode_sample(sample)) == sample
    assert encode([0, 0]) == b"\xff\xff"


def test_longer_words_take_longer_and_repeat_exactly() -> None:
    assert spoken_ms("Yes.") < spoken_ms("Yes, please.") < spoken_ms("Yes, please, on Tuesday morning at nine.")
    assert babble("Good morning.") == babble("Good morning.")
    assert 2000 < spoken_ms("I would like to bring my car in for an oil change.") < 5000


@given(st.integers(0, 65535), st.integers(1, 700), st.lists(st.integers(1, 900), min_size=1, max_size=12))
def test_every_stamp_is_found_however_the_stream_is_cut(serial: int, offset: int, cuts: list[int]) -> None:
    audio = stamped(babble("Where are you located, please?"), serial)
    stream = silence(1)[:offset] * 1 + audio
    reader, at, turn = StampReader(), 0, 0
    found: list[Stamp] = []
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        found += reader.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert [stamp.frame for stamp in found] == list(range(len(audio) // FRAME))
    assert {stamp.serial for stamp in found} == {serial}


def test_a_stamp_is_inaudible_and_noise_holds_none() -> None:
    plain = babble("Where are you located?")
    marked = stamped(plain, 77)
    assert abs(loudness(plain) - loudness(marked)) < 40
    assert not StampReader().feed(plain + room_noise() + line_noise() + cough())


@pytest.mark.parametrize("name", CLIPS)
def test_each_recorded_clip_is_one_turn_for_the_voice_detector(name: str) -> None:
    events = VoiceDetector().feed(silence(400) + clip(name) + silence(900))
    assert isinstance(events[0], SpeechStarted) and isinstance(events[-1], SpeechStopped)
    assert len(events) == 2 and len(clip(name)) < 40_000


def test_the_workshop_behind_a_caller_is_not_taken_for_speech() -> None:
    assert not VoiceDetector().feed(clip("workshop") * 3)


def test_words_between_frames_are_each_heard_once() -> None:
    utterance = Utterance("one two three four five six seven eight", 160)
    for cut in range(10, 150):
        first, second = words_between(utterance, 0, cut), words_between(utterance, cut + 1, 159)
        assert f"{first} {second}".split() == utterance.text.split()


def test_real_speech_is_loud_enough_when_it_is_installed() -> None:
    speech = real_speech()
    if speech is None:
        pytest.skip("the optional espeakng-loader is not installed")
    events = VoiceDetector().feed(speech("How can I help you today?", "agent") + silence(900))
    assert len(events) == 2
