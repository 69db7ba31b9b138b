"""The conversation's settings: which model, how turns are taken, and every timing of a live call."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class AgentSettings(BaseSettings):
    """Read from the environment: OPENAI_* where the field has a name for it, LANEKEEPER_<FIELD> otherwise."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_", extra="ignore", populate_by_name=True)

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str = Field(default="https://api.openai.com/v1", validation_alias="OPENAI_BASE_URL")

    model: str = "gpt-realtime-2.1"
    voice: str = "marin"
    voice_speed: float = Field(default=1.0, ge=0.25, le=1.5)
    transcription_model: str = "gpt-transcribe"
    noise_reduction: Literal["near_field", "far_field", "off"] = "near_field"
    reasoning_effort: Literal["", "minimal", "low", "medium", "high", "xhigh"] = ""
    max_output_tokens: int = Field(default=4096, ge=1, le=4096)

    # Turn taking. The server only tells us where speech starts and stops: when to interrupt or answer is ours.
    vad: Literal["server_vad", "semantic_vad"] = "server_vad"
    vad_threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    vad_prefix_ms: int = Field(default=300, ge=0)
    vad_silence_ms: int = Field(default=500, ge=100)
    vad_eagerness: Literal["low", "medium", "high", "auto"] = "auto"

    # Texts. The model that writes them, and how a conversation is kept from going on by itself.
    text_model: str = "gpt-5.4-mini"
    text_base_url: str = ""
    text_model_seconds: float = Field(default=20.0, gt=0)
    text_rounds: int = Field(default=6, ge=1, le=20)
    text_pause_seconds: float = Field(default=4.0, ge=0)
    text_longest_pause_seconds: float = Field(default=20.0, ge=0)
    text_bot_replies: int = Field(default=4, ge=2)
    text_bot_minutes: float = Field(default=30.0, gt=0)
    text_most_replies_an_hour: int = Field(default=30, ge=1)
    text_link_hosts: str = ""

    # Rehearsals of a prompt: where copies of the store are kept meanwhile, and how many runs are played at once.
    rehearsal_folder: Path = Path("var/rehearsals")
    rehearsal_players: int = Field(default=1, ge=1, le=16)

    # The model leg. Two connects and the filler must fit in the 8 s within which a caller has a human path.
    model_connect_seconds: float = 2.5
    model_connect_attempts: int = Field(default=2, ge=1)
    model_connect_pause_seconds: float = 0.2
    model_reconnects: int = Field(default=2, ge=0)
    breaker_seconds: float = 60.0
    model_recycle_seconds: float = 55 * 60.0

    # Dead air, counted from what the caller hears and not from what the server sends.
    filler_after_seconds: float = 2.5
    tool_filler_after_seconds: float = 1.2
    tool_filler_again_seconds: float = 5.0
    human_after_seconds: float = 6.0
    human_when_asked_again_seconds: float = 4.0
    tool_deadline_seconds: float = 10.0
    max_reply_seconds: float = 60.0
    replies_without_audio: int = 6
    same_reply_times: int = 3

    # Silence, the end of a call, and its limits.
    silence_reprompt_seconds: float = 8.0
    silence_reprompts: int = 2
    speech_stuck_seconds: float = 20.0
    digits_pause_seconds: float = 2.0
    goodbye_deadline_seconds: float = 15.0
    max_call_seconds: float = 15 * 60.0
    wrap_up_before_seconds: float = 60.0
    finish_seconds: float = 2.0
    tools_at_end_seconds: float = 10.0

    def tuned(self, pause_ms: int | None, silence_seconds: float | None) -> "AgentSettings":
        """With the turn taking a prompt's version asks for."""
        asked = {"vad_silence_ms": pause_ms, "silence_reprompt_seconds": silence_seconds}
        changed = {name: value for name, value in asked.items() if value is not None}
        return self.model_copy(update=changed) if changed else self

    @property
    def heard_before_speech_ms(self) -> int:
        """`audio_start_ms` counts from the padding before the voice, not from the voice."""
        return self.vad_prefix_ms if self.vad == "server_vad" else 0

    @property
    def heard_after_speech_ms(self) -> int:
        """`audio_end_ms` includes the silence that closed the turn."""
        return self.vad_silence_ms if self.vad == "server_vad" else 0
