"""The telephone side's settings: the account, our public origins, and how long each step may take."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class TelephonySettings(BaseSettings):
    """Read from the environment: TWILIO_* as Twilio's own tools name them, LANEKEEPER_<FIELD> otherwise."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_", extra="ignore", populate_by_name=True)

    twilio_account_sid: str = Field(default="", validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(default=SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN")
    twilio_next_auth_token: SecretStr = Field(default=SecretStr(""), validation_alias="TWILIO_NEXT_AUTH_TOKEN")
    twilio_api_base: str = Field(default="https://api.twilio.com", validation_alias="TWILIO_API_BASE")

    public_origin: str = ""
    media_origin: str = ""
    media_address: str = "127.0.0.1:8001"
    say_voice: str = ""
    relay_voice: str = ""
    house_line: Literal["relay", "gather"] = "relay"

    stream_token_seconds: float = 60.0
    dial_seconds: int = Field(default=20, ge=5, le=600)
    transfer_limit_seconds: int = Field(default=3600, ge=60)
    transfers_per_call: int = 2
    resumes_per_call: int = 3
    voicemail_seconds: int = Field(default=120, ge=10, le=3600)
    webhook_bytes: int = 65536
    webhook_fields: int = 200

    @field_validator("public_origin", "media_origin")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.strip().rstrip("/")

    @property
    def sockets_origin(self) -> str:
        """Where Twilio opens its sockets: the media origin, or the public one with its scheme changed."""
        if self.media_origin:
            return self.media_origin
        return self.public_origin.replace("https://", "wss://", 1).replace("http://", "ws://", 1)
