"""Where facts go by default and files lie, and how patiently."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from crm_sync.opening import Unpacking


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


class FeedSettings(BaseSettings):
    """Read from LANEKEEPER_FEEDS_FOLDER and the like: where a store's files are kept, and how large they may be."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_FEEDS_", extra="ignore")

    folder: str = "var/feeds"
    look_seconds: float = Field(default=60.0, gt=0)
    largest_bytes: int = Field(default=2 << 30, gt=0)
    upload_bytes: int = Field(default=512 << 20, gt=0)
    allow_loopback: bool = False

    @property
    def unpacking(self) -> Unpacking:
        return Unpacking(Path(self.folder) / "unpacking", most=self.largest_bytes)
