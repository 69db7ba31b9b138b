"""How leads come in: where mail is taken, and how much of anything from one place."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IntakeSettings(BaseSettings):
    """Read from the environment as LANEKEEPER_<FIELD>.

    `lead_proxies` is how many reverse proxies stand before this server and add to X-Forwarded-For: with 0 the
    connection's own address counts as the visitor's.
    """

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_", extra="ignore", populate_by_name=True)

    smtp_address: str = ""
    smtp_mail_bytes: int = Field(default=2 * 1024 * 1024, ge=1024)
    smtp_mails_per_minute: int = Field(default=120, ge=1)
    smtp_connections: int = Field(default=50, ge=1)
    smtp_idle_seconds: float = Field(default=60, gt=0)
    lead_file_bytes: int = Field(default=1024 * 1024, ge=1024)
    lead_form_per_visitor: int = Field(default=20, ge=1)
    lead_form_per_number: int = Field(default=3, ge=1)
    lead_form_seconds: float = Field(default=2, ge=0)
    lead_proxies: int = Field(default=0, ge=0)
