"""Twilio Media Streams messages to and from typed values; pure, no socket.

Every frame is read in full: the caller's audio by the one shape in which Twilio sends it, everything else by a typed
decoder. A frame that is not exactly what Twilio documents is refused, and what reaches the model or the carrier can be
spliced without escaping.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

MAX_FRAME_BYTES = 64 * 1024
_MAX_PAYLOAD = 8192
_MAX_NAME = 256
_MAX_SEQUENCE = 10**12
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PADDING = (b"", b"=", b"==")
_STREAM_SID = re.compile(r"MZ[0-9A-Za-z]{8,64}\Z")
_CALL_SID = re.compile(r"CA[0-9A-Za-z]{8,64}\Z")
_MARK_NAME = re.compile(rb"[A-Za-z0-9_.:-]{1,200}\Z")
_DIGITS = frozenset("0123456789*#ABCD")
# As Twilio writes it: no space, the fields in this order. Another order, or a number that is not a string, is as good,
# only slower: `read` takes it.
_AUDIO_HEAD = re.compile(
    rb'\{"event":"media","sequenceNumber":"([0-9]{1,12})","media":\{"track":"inbound",'
    rb'"chunk":"[0-9]{1,12}","timestamp":"[0-9]{1,12}","payload":"'
).match


class Malformed(Exception):
    """A frame that Twilio would not send; the message says what was wrong with it, never what it held."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket speaks the Media Streams protocol; nothing is known of the call yet."""


@dataclass(frozen=True, slots=True)
class Started:
    """Which call this stream carries, with the parameters our TwiML gave it."""

    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MarkEchoed:
    """Playback reached a mark, or a clear flushed it: the name alone tells which."""

    name: str


@dataclass(frozen=True, slots=True)
class DigitPressed:
    digit: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream ended at the carrier's side."""


class CallerAudio(msgspec.Struct, tag_field="event", tag="media", gc=False):
    """20 ms of the caller, as decoded: the one hot message, so it is not turned into anything else."""

    media: _Media
    streamSid: str
    sequenceNumber: str | int | None = None


class _Media(msgspec.Struct, gc=False):
    payload: str
    track: str = "inbound"


class _ConnectedFrame(msgspec.Struct, tag_field="event", tag="connected"):
    protocol: str = ""
    version: str = ""


class _MediaFormat(msgspec.Struct):
    encoding: str
    sampleRate: int
    channels: int


class _Start(msgspec.Struct):
    callSid: str
    accountSid: str
    streamSid: str
    mediaFormat: _MediaFormat
    customParameters: dict[str, str] = {}  # noqa: RUF012 - msgspec copies an empty default


class _StartFrame(msgspec.Struct, tag_field="event", tag="start"):
    start: _Start
    streamSid: str


class _Mark(msgspec.Struct):
    name: str


class _MarkFrame(msgspec.Struct, tag_field="event", tag="mark"):
    mark: _Mark
    streamSid: str


class _Dtmf(msgspec.Struct):
    digit: str
    track: str = "inbound_track"


class _DtmfFrame(msgspec.Struct, tag_field="event", tag="dtmf"):
    dtmf: _Dtmf
    streamSid: str


class _StopFrame(msgspec.Struct, tag_field="event", tag="stop"):
    streamSid: str


_FRAME = msgspec.json.Decoder(
    CallerAudio | _ConnectedFrame | _StartFrame | _MarkFrame | _DtmfFrame | _StopFrame, strict=True
)

CarrierEvent = CallerAudio | Connected | Started | MarkEchoed | DigitPressed | Stopped


def read(message: bytes, stream_sid: str | None) -> CarrierEvent:
    """What one frame says; Malformed unless it is of a documented shape and, once started, of this stream.

    A CallerAudio still has to pass `payload_of`.
    """
    try:
        frame = _FRAME.decode(message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Malformed(f"not a media streams message{_where(wrong)}") from wrong
    if type(frame) is CallerAudio:
        if frame.streamSid != stream_sid:
            raise Malformed("media of another stream")
        return frame
    if isinstance(frame, _ConnectedFrame):
        return Connected()
    if isinstance(frame, _StartFrame):
        return _started(frame)
    if stream_sid is None or frame.streamSid != stream_sid:
        raise Malformed("message of another stream")
    if isinstance(frame, _MarkFrame):
        if len(frame.mark.name) > _MAX_NAME:
            raise Malformed("mark name too long")
        return MarkEchoed(frame.mark.name)
    if isinstance(frame, _DtmfFrame):
        if frame.dtmf.digit not in _DIGITS:
            raise Malformed("not a key of a telephone")
        return DigitPressed(frame.dtmf.digit)
    return Stopped()


class AudioFrames:
    """The audio frames of one stream, read in one pass: fifty a second for every call."""

    __slots__ = ("_tail", "_tail_size")

    def __init__(self, stream_sid: str) -> None:
        self._tail = b'"},"streamSid":"%b"}' % stream_sid.encode()
        self._tail_size = len(self._tail)

    def read(self, message: bytes) -> tuple[int, bytes] | None:
        """Sequence number and base64, both proven; None for anything that is not plainly that, which `read` judges."""
        head = _AUDIO_HEAD(message)
        if head is None or not message.endswith(self._tail):
            return None
        payload = message[head.end() : -self._tail_size]
        if len(payload) > _MAX_PAYLOAD or not is_base64(payload):
            return None
        return int(head[1]), payload


def _where(wrong: Exception) -> str:
    """Which field was not as documented; the field's name is ours, what it held stays out of the log."""
    _, at, path = str(wrong).partition(" - at `$")
    return at + path if at and isinstance(wrong, msgspec.ValidationError) else ""


def payload_of(audio: CallerAudio) -> bytes:
    """The base64 of an inbound frame, proven to be nothing but base64, so that it can be spliced as it is."""
    media = audio.media
    payload = media.payload.encode("utf-8", "replace")
    if media.track != "inbound" or len(payload) > _MAX_PAYLOAD or not is_base64(payload):
        raise Malformed("not base64 audio of the caller")
    return payload


def sequence_of(audio: CallerAudio) -> int | None:
    """The message's place in the stream, when the carrier counts; frames that were here before are replays."""
    number = audio.sequenceNumber
    if number is None:
        return None
    if isinstance(number, int):
        if not 0 <= number < _MAX_SEQUENCE:
            raise Malformed("sequence number")
        return number
    if not number.isascii() or not number.isdigit() or len(number) > 12:
        raise Malformed("sequence number")
    return int(number)


def is_base64(payload: bytes) -> bool:
    """Whole quartets of the base64 alphabet, padding only at the end, and no larger than a frame may be."""
    size = len(payload)
    if size % 4 or not 0 < size <= MAX_FRAME_BYTES:
        return False
    left = payload.translate(None, _BASE64)
    return not left or (left in _PADDING and payload.endswith(left))


def payload_bytes(payload_b64: bytes) -> int:
    """How many audio bytes valid base64 stands for."""
    size = len(payload_b64) // 4 * 3
    if payload_b64.endswith(b"=="):
        return size - 2
    if payload_b64.endswith(b"="):
        return size - 1
    return size


class Outgoing:
    """Builds the only three frames we ever send for one stream: media, mark and clear."""

    def __init__(self, stream_sid: str) -> None:
        if not _STREAM_SID.match(stream_sid):
            raise Malformed("not a stream sid")
        sid = stream_sid.encode()
        self._media = b'{"event":"media","streamSid":"' + sid + b'","media":{"payload":"%b"}}'
        self._mark = b'{"event":"mark","streamSid":"' + sid + b'","mark":{"name":"%b"}}'
        self.clear = b'{"event":"clear","streamSid":"' + sid + b'"}'

    def media(self, payload_b64: bytes) -> bytes:
        """Agent audio; the payload must have passed `is_base64`."""
        return self._media % payload_b64

    def mark(self, name: bytes) -> bytes:
        if not _MARK_NAME.match(name):
            raise Malformed("mark name")
        return self._mark % name


def _started(frame: _StartFrame) -> Started:
    start = frame.start
    if start.streamSid != frame.streamSid or not _STREAM_SID.match(start.streamSid):
        raise Malformed("stream sid")
    if not _CALL_SID.match(start.callSid):
        raise Malformed("call sid")
    form = start.mediaFormat
    if (form.encoding, form.sampleRate, form.channels) != ("audio/x-mulaw", 8000, 1):
        raise Malformed("not 8 kHz mono mu-law")
    return Started(start.streamSid, start.callSid, start.accountSid, start.customParameters)
