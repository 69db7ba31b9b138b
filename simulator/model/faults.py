"""What a model can do to a call, as switches."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelFaults:
    """All off by default. Times count from the session's start."""

    refuse_connect: int = 0
    """Answer the upgrade with this HTTP status."""
    refuse_code: str = "server_error"
    connect_delay_s: float = 0.0
    mute: bool = False
    """Responses are created and never produce anything."""
    mute_after_ms: int | None = None
    """Audio stops in mid-reply, and nothing follows."""
    speaks_unasked: bool = False
    """A response begins by itself whenever the caller's turn ends, as in a race with another client."""
    loops: bool = False
    """Every reply is the first reply again."""
    empty_audio: bool = False
    """Replies complete without any audio."""
    slow_think_s: float = 0.0
    drop_after_s: float | None = None
    """The connection is cut without a close."""
    quota: bool = False
    rate_limit: bool = False
    late_transcript_s: float = 0.0
    no_transcript: bool = False
    error_on_truncate: bool = False
    expire_after_s: float | None = None
    stops_reading_after_s: float | None = None
