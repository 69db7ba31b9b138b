"""Settings of the media line: how speech over speech is judged, and the limits of a carrier socket."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from telephony.barge_in import BargeInLimits


class LineSettings(BaseSettings):
    """Read from the environment as LANEKEEPER_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_", extra="ignore", populate_by_name=True)

    mark_every_ms: int = Field(default=120, ge=20, le=120)
    barge_in_sustain_ms: int = Field(default=250, ge=0)
    barge_in_certain_ms: int = Field(default=600, ge=0)
    barge_in_local_ms: int = Field(default=300, ge=0)
    barge_in_confirm_ms: int = Field(default=700, ge=0)
    barge_in_local_gate: bool = True

    stream_start_seconds: float = 5.0
    stream_claim_seconds: float = 3.0
    stream_idle_seconds: float = 15.0
    stream_stall_bytes: int = 1024 * 1024
    frames_per_second: float = 60.0
    frame_burst: int = 150
    malformed_frames: int = 200
    max_frame_bytes: int = 64 * 1024
    max_calls: int = Field(default=300, ge=0)
    max_pending_streams: int = 100
    clips_dir: Path | None = None

    def barge_in_limits(self) -> BargeInLimits:
        return BargeInLimits(
            sustain=self.barge_in_sustain_ms / 1000,
            certain=self.barge_in_certain_ms / 1000,
            local_sustain=self.barge_in_local_ms / 1000,
            confirm=self.barge_in_confirm_ms / 1000,
            local_gate=self.barge_in_local_gate,
        )
