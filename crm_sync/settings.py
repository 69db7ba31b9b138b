"""Where facts go by default, and how patiently."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CrmSyncSettings(BaseSettings):
    """Read from LANEKEEPER_WRITEBACK_FOLDER and the like; an empty folder name turns the default CSV target off.

    `allow_loopback` lets targets be on this machine, for the simulated systems; nothing else inside is ever reached.
    """

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_WRITEBACK_", extra="ignore")

    folder: str = "var/writeback"
    lease_seconds: float = Field(default=60.0, gt=0)
    deliver_seconds: float = Field(default=15.0, gt=0)
    allow_loopback: bool = False

    @property
    def csv_folder(self) -> Path | None:
        return Path(self.folder) if self.folder else None
