"""Where outcomes go, and how patiently."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CrmSyncSettings(BaseSettings):
    """Read from LANEKEEPER_WRITEBACK_FOLDER and the like; an empty folder name turns the CSV target off."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_WRITEBACK_", extra="ignore")

    folder: str = "var/writeback"
    lease_seconds: float = Field(default=60.0, gt=0)
    deliver_seconds: float = Field(default=15.0, gt=0)

    @property
    def csv_folder(self) -> Path | None:
        return Path(self.folder) if self.folder else None
