"""Every setting, read from the environment once; each package keeps its own section."""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent.settings import AgentSettings
from console.settings import ConsoleSettings
from crm_sync.settings import CrmSyncSettings, FeedSettings
from intake.settings import IntakeSettings
from kit.errors import ConfigurationError
from telephony.line_settings import LineSettings
from telephony.pictures import PictureSettings
from telephony.recordings import RecordingSettings
from telephony.settings import TelephonySettings


class ServerSettings(BaseSettings):
    """The process itself: where it listens, what it stores in, how it ends."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_", extra="ignore", populate_by_name=True)

    database_url: str = Field(default="sqlite:///var/lanekeeper.db", validation_alias="DATABASE_URL")
    redis_url: str = Field(default="", validation_alias="REDIS_URL")
    web_address: str = "127.0.0.1:8000"
    embedded_worker: bool | None = None
    log_level: str = "INFO"
    log_json: bool = False

    journal_seconds: float = Field(default=0.2, gt=0)
    journal_facts: int = 200_000
    heartbeat_seconds: float = Field(default=2.0, gt=0)
    lease_seconds: float = Field(default=10.0, gt=0)
    reaper_seconds: float = Field(default=5.0, gt=0)
    stray_call_seconds: float = Field(default=60.0, gt=0)
    carrier_api_seconds: float = Field(default=5.0, gt=0)
    drain_seconds: float = Field(default=600.0, ge=0)
    drain_handover_seconds: float = Field(default=20.0, ge=0)


class Settings(BaseSettings):
    """All sections together."""

    model_config = SettingsConfigDict(extra="ignore")

    server: ServerSettings = Field(default_factory=ServerSettings)
    telephony: TelephonySettings = Field(default_factory=TelephonySettings)
    line: LineSettings = Field(default_factory=LineSettings)
    agent: AgentSettings = Field(default_factory=AgentSettings)
    console: ConsoleSettings = Field(default_factory=ConsoleSettings)
    intake: IntakeSettings = Field(default_factory=IntakeSettings)
    crm_sync: CrmSyncSettings = Field(default_factory=CrmSyncSettings)
    feeds: FeedSettings = Field(default_factory=FeedSettings)
    recordings: RecordingSettings = Field(default_factory=RecordingSettings)
    pictures: PictureSettings = Field(default_factory=PictureSettings)

    @property
    def embeds_worker(self) -> bool:
        """SQLite is one process, so it does its own background work; otherwise `lanekeeper worker` does."""
        if self.server.embedded_worker is not None:
            return self.server.embedded_worker
        return self.server.database_url.startswith("sqlite")


def read_settings() -> Settings:
    """Settings from the environment; one line names what is wrong and what to set."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        where = str(first["loc"][-1])
        name = where if where.isupper() else f"LANEKEEPER_{where.upper()}"
        raise ConfigurationError(f"{name}: {first['msg']}") from error
