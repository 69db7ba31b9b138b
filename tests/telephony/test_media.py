"""Media Streams frames: documented ones are read, everything else is refused, and only three kinds are ever sent."""

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import media

SID = "MZ" + "0" * 32
PAYLOAD = base64.b64encode(bytes(160)).decode()
START: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": SID,
        "callSid": "CA" + "1" * 32,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "t"},
    },
    "streamSid": SID,
}
MEDIA: dict[str, Any] = {
    "event": "media",
    "sequenceNumber": "3",
    "media": {"track": "inbound", "chunk": "2", "timestamp": "40", "payload": PAYLOAD},
    "streamSid": SID,
}


def frame(message: object) -> bytes:
    return json.dumps(message).encode()


def test_documented_messages_are_read() -> None:
    assert media.read(frame({"event": "connected", "protocol": "Call", "version": "1.0.0"}), None) == media.Connected()
    started = media.read(frame(START), None)
    assert started == media.Started(SID, "CA" + "1" * 32, "AC1", {"token": "t"})
    heard = media.read(frame(MEDIA), SID)
    assert isinstance(heard, media.CallerAudio)
    assert media.payload_of(heard) == PAYLOAD.encode() and media.sequence_of(heard) == 3
    mark = {"event": "mark", "sequenceNumber": "4", "streamSid": SID, "mark": {"name": "g1.1.0.0"}}
    assert media.read(frame(mark), SID) == media.MarkEchoed("g1.1.0.0")
    dtmf = {"event": "dtmf", "streamSid": SID, "sequenceNumber": "5", "dtmf": {"track": "inbound_track", "digit": "1"}}
    assert media.read(frame(dtmf), SID) == media.DigitPressed("1")
    stop = {"event": "stop", "sequenceNumber": "6", "streamSid": SID, "stop": {"accountSid": "AC1", "callSid": "CA1"}}
    assert media.read(frame(stop), SID) == media.Stopped()


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"media"',
        b"\xff\xfe",
        b'{"event":"media"}',
        frame({**MEDIA, "streamSid": "MZother000"}),
        frame({**MEDIA, "event": "clear"}),
        frame({**MEDIA, "sequenceNumber": [3]}),
        frame({**MEDIA, "sequenceNumber": 3.5}),
        frame({**MEDIA, "sequenceNumber": True}),
        frame({"event": "mark", "streamSid": SID, "mark": {"name": "x" * 300}}),
        frame({"event": "dtmf", "streamSid": SID, "dtmf": {"digit": "12"}}),
        frame({**START, "streamSid": "MZ" + "1" * 32}),
        frame({**START, "start": {**START["start"], "callSid": "CA'; drop"}}),
        frame(
            {**START, "start": {**START["start"], "mediaFormat": {"encoding": "pcm", "sampleRate": 1, "channels": 1}}}
        ),
        frame({**START, "start": {**START["start"], "customParameters": {"token": 7}}}),
    ],
)
def test_anything_else_is_refused(wrong: bytes) -> None:
    with pytest.raises(media.Malformed):
        media.read(wrong, SID)


@pytest.mark.parametrize(
    "payload", ["", "A", "AAA", "AA==AA==", "=AAA", "A===", "AAAA\n", 'AAA"', "AAA\\", "AAAé", "AA_-", "AAAA" * 3000]
)
def test_a_payload_that_is_not_plain_base64_is_refused(payload: str) -> None:
    heard = media.read(frame({**MEDIA, "media": {**MEDIA["media"], "payload": payload}}), SID)
    assert isinstance(heard, media.CallerAudio)
    with pytest.raises(media.Malformed):
        media.payload_of(heard)


def test_our_own_audio_looped_back_is_refused() -> None:
    heard = media.read(frame({**MEDIA, "media": {**MEDIA["media"], "track": "outbound"}}), SID)
    assert isinstance(heard, media.CallerAudio)
    with pytest.raises(media.Malformed):
        media.payload_of(heard)


def test_only_the_last_of_two_payloads_counts_and_none_can_escape_its_quotes() -> None:
    twice = frame(MEDIA).replace(b'"payload": "', b'"payload": "\\"},{", "payload": "')
    heard = media.read(twice, SID)
    assert isinstance(heard, media.CallerAudio) and media.payload_of(heard) == PAYLOAD.encode()


def test_fifty_thousand_fuzzed_frames_are_refused_or_harmless() -> None:
    chance = random.Random(7)
    seeds = [frame(START), frame(MEDIA), frame({"event": "mark", "streamSid": SID, "mark": {"name": "g1.1.0.0"}})]
    for _ in range(50_000):
        wrong = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(wrong))
            wrong[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        try:
            event = media.read(bytes(wrong), SID)
            if isinstance(event, media.CallerAudio):
                assert media.is_base64(media.payload_of(event))
                media.sequence_of(event)
        except media.Malformed:
            pass


@given(st.binary(min_size=1, max_size=500))
def test_every_base64_is_accepted_and_measured(audio: bytes) -> None:
    encoded = base64.b64encode(audio)
    assert media.is_base64(encoded) and media.payload_bytes(encoded) == len(audio)


def test_we_send_media_mark_and_clear_exactly_as_documented() -> None:
    out = media.Outgoing(SID)
    assert json.loads(out.media(b"AAAA")) == {"event": "media", "streamSid": SID, "media": {"payload": "AAAA"}}
    assert json.loads(out.mark(b"g1.1.0.0")) == {"event": "mark", "streamSid": SID, "mark": {"name": "g1.1.0.0"}}
    assert json.loads(out.clear) == {"event": "clear", "streamSid": SID}
    with pytest.raises(media.Malformed):
        out.mark(b'x"}')
    with pytest.raises(media.Malformed):
        media.Outgoing('MZ"},{')


def test_a_carrier_may_count_in_numbers_or_not_at_all() -> None:
    body = {**MEDIA["media"], "chunk": 2, "timestamp": 40}
    numbers = media.read(frame({**MEDIA, "sequenceNumber": 3, "media": body}), SID)
    assert isinstance(numbers, media.CallerAudio) and media.sequence_of(numbers) == 3
    none = media.read(frame({"event": "media", "media": {"payload": PAYLOAD}, "streamSid": SID}), SID)
    assert isinstance(none, media.CallerAudio) and media.sequence_of(none) is None
    assert media.payload_of(none) == PAYLOAD.encode()


@pytest.mark.parametrize("number", [-1, 10**12, "-1", "", "x", "1" * 13])
def test_a_count_that_cannot_be_is_refused(number: object) -> None:
    heard = media.read(frame({**MEDIA, "sequenceNumber": number}), SID)
    assert isinstance(heard, media.CallerAudio)
    with pytest.raises(media.Malformed):
        media.sequence_of(heard)


def test_a_refusal_names_the_field_and_never_what_it_held() -> None:
    with pytest.raises(media.Malformed, match="sequenceNumber"):
        media.read(frame({**MEDIA, "sequenceNumber": ["hush"]}), SID)
    with pytest.raises(media.Malformed) as refused:
        media.read(frame({**MEDIA, "event": "hush"}), SID)
    assert "hush" not in str(refused.value)


def plain(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def test_a_frame_as_twilio_writes_it_is_read_in_one_pass() -> None:
    assert media.AudioFrames(SID).read(plain(MEDIA)) == (3, PAYLOAD.encode())


@pytest.mark.parametrize(
    "other",
    [
        {**MEDIA, "streamSid": "MZ" + "1" * 32},
        {**MEDIA, "media": {**MEDIA["media"], "track": "outbound"}},
        {**MEDIA, "media": {**MEDIA["media"], "payload": "AA_-"}},
        {**MEDIA, "media": {**MEDIA["media"], "payload": "AAAA" * 3000}},
        {**MEDIA, "media": {**MEDIA["media"], "payload": 'AAA",'}},
        {**MEDIA, "sequenceNumber": 3},
        {**MEDIA, "more": 1},
        START,
    ],
)
def test_anything_but_the_plain_shape_is_left_to_the_full_reader(other: dict[str, Any]) -> None:
    assert media.AudioFrames(SID).read(plain(other)) is None


def test_the_short_way_never_says_anything_else_than_the_long_one() -> None:
    chance = random.Random(11)
    frames, same = media.AudioFrames(SID), 0
    for _ in range(20_000):
        wrong = bytearray(plain(MEDIA))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(wrong))
            wrong[at : at + chance.randint(0, 2)] = chance.choice((b"", b"A", b"0", b'"', b"\\", chance.randbytes(1)))
        found = frames.read(bytes(wrong))
        if found is not None:
            heard = media.read(bytes(wrong), SID)
            assert isinstance(heard, media.CallerAudio)
            assert (media.sequence_of(heard), media.payload_of(heard)) == found
            same += 1
    assert same > 1000
