"""Twilio's webhook forms as typed values; anything odd is refused here."""

import re
from collections.abc import Mapping
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

# A signature covers names and values run together, so a value that could hold the next field's name is refused:
# Twilio's field names all have capitals, a SID has none after its two.
Sid = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9a-z_-]{2,62}$")]
Number = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f]*$")]


class BadForm(Exception):
    """The form is not one Twilio sends."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)
    account_sid: Sid = Field(alias="AccountSid")


class _CallForm(_Form):
    call_sid: Sid = Field(alias="CallSid")


F = TypeVar("F", bound=_Form)


class InboundCall(_CallForm):
    """A call arriving. `stir` is the carrier's attestation of the caller's number, when it sends one."""

    from_number: Number = Field(alias="From")
    to_number: Number = Field(alias="To")
    stir: str = Field(default="", alias="StirVerstat", max_length=60)

    @property
    def attested(self) -> bool:
        """The carrier vouches that the caller may use that number (STIR level A)."""
        return self.stir == "TN-Validation-Passed-A"


class CallProgress(_CallForm):
    """Status callbacks and verb actions: all about a call we already know."""

    call_status: str = Field(default="", alias="CallStatus", max_length=30)
    parent_call_sid: str = Field(default="", alias="ParentCallSid", max_length=64)
    call_duration: int | None = Field(default=None, alias="CallDuration", ge=0)
    dial_status: str = Field(default="", alias="DialCallStatus", max_length=30)
    dial_call_sid: str = Field(default="", alias="DialCallSid", max_length=40)
    dial_seconds: int = Field(default=0, alias="DialCallDuration", ge=0)
    bridged: bool | None = Field(default=None, alias="DialBridged")
    digits: str = Field(default="", alias="Digits", max_length=20)
    sequence: str = Field(default="", alias="SequenceNumber", max_length=20)
    stream_sid: str = Field(default="", alias="StreamSid", max_length=40)
    session_id: str = Field(default="", alias="SessionId", max_length=40)
    session_status: str = Field(default="", alias="SessionStatus", max_length=20)
    recording_sid: str = Field(default="", alias="RecordingSid", max_length=64)
    recording_url: str = Field(default="", alias="RecordingUrl", max_length=400)
    recording_seconds: int = Field(default=0, alias="RecordingDuration", ge=0)
    recording_status: str = Field(default="", alias="RecordingStatus", max_length=20)
    recording_channels: int = Field(default=1, alias="RecordingChannels", ge=1, le=2)
    handoff: str = Field(default="", alias="HandoffData", max_length=4000)


class Gathered(_CallForm):
    """What a caller said or keyed in answer to a <Gather>; neither when they said nothing."""

    words: str = Field(default="", alias="SpeechResult", max_length=20_000)
    digits: str = Field(default="", alias="Digits", max_length=64, pattern=r"^[0-9*#A-D]*$")


class InboundText(_Form):
    """A text arriving. `opt_out_type` is set when the carrier acted on a keyword and answered it itself."""

    message_sid: Sid = Field(alias="MessageSid")
    from_number: Number = Field(alias="From")
    to_number: Number = Field(alias="To")
    body: str = Field(default="", alias="Body", max_length=4000)
    segments: int = Field(default=1, alias="NumSegments", ge=0, le=50)
    media_count: int = Field(default=0, alias="NumMedia", ge=0, le=10)
    opt_out_type: str = Field(default="", alias="OptOutType", max_length=20)
    media: tuple[tuple[str, str], ...] = ()
    """Sid and declared type of each picture. Its address is built from the sid, never taken from the form."""


class DeliveryStatus(_Form):
    """What became of a text of ours."""

    message_sid: Sid = Field(alias="MessageSid")
    status: str = Field(alias="MessageStatus", max_length=20)
    error_code: int = Field(default=0, alias="ErrorCode", ge=0)


_MEDIA_SID = re.compile(r"/Media/(ME[0-9a-f]{32})$")


def fields(body: bytes, most: int) -> list[tuple[str, str]]:
    """The form's fields in order; BadForm when it is not a form of at most `most` fields in UTF-8."""
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=most,
            errors="strict",
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise BadForm("not a form") from error


def parse_call(form: Mapping[str, str]) -> InboundCall:
    return _parsed(InboundCall, form)


def parse_gathered(form: Mapping[str, str]) -> Gathered:
    """A <Gather> action."""
    return _parsed(Gathered, form)


def parse_progress(form: Mapping[str, str]) -> CallProgress:
    return _parsed(CallProgress, {k: v for k, v in form.items() if v != ""})


def parse_text(form: Mapping[str, str]) -> InboundText:
    given = {k: v for k, v in form.items() if v != ""}
    count = int(given["NumMedia"]) if given.get("NumMedia", "").isdigit() else 0
    media = []
    for number in range(min(count, 10)):
        sid = _MEDIA_SID.search(form.get(f"MediaUrl{number}", ""))
        if sid is not None:
            media.append((sid[1], form.get(f"MediaContentType{number}", "")[:40]))
    return _parsed(InboundText, given | {"media": tuple(media)})


def parse_delivery(form: Mapping[str, str]) -> DeliveryStatus:
    return _parsed(DeliveryStatus, {k: v for k, v in form.items() if v != ""})


def _parsed(kind: type[F], form: Mapping[str, object]) -> F:
    try:
        return kind.model_validate(form)
    except ValidationError as error:
        raise BadForm(", ".join(str(e["loc"][0]) for e in error.errors())) from error
