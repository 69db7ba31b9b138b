"""The console's settings: who may open the pages, from where, and which store they show."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_SHORTEST_PASSWORD = 12


class ConsoleSettings(BaseSettings):
    """Read from the environment as LANEKEEPER_<FIELD>.

    Without a password the pages are for this machine only: they answer on a loopback address, to a loopback name, and
    to nobody that came through a proxy.
    """

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_", extra="ignore", populate_by_name=True)

    web_address: str = "127.0.0.1:8000"
    public_origin: str = ""
    console_password: SecretStr | None = None
    console_user: str = Field(default="store", min_length=1, pattern=r"^[^:]+$")
    console_rooftop: str = ""
    recordings_folder: Path = Path("var/recordings")
    live_comment_seconds: float = Field(default=15.0, gt=0)
    live_streams: int = Field(default=100, ge=1)

    @field_validator("console_password", mode="before")
    @classmethod
    def _long_enough(cls, value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not text:
            return None
        if isinstance(text, str) and len(text) < _SHORTEST_PASSWORD:
            raise ValueError(f"LANEKEEPER_CONSOLE_PASSWORD needs at least {_SHORTEST_PASSWORD} characters")
        return value

    @property
    def only_this_machine(self) -> bool:
        """Whether the server listens on a loopback address alone; a name we cannot judge counts as the network."""
        return is_loopback(host_of(self.web_address))

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_origin).hostname or ""


def host_of(authority: str) -> str:
    """The host of `host:port`, lower case, without the brackets of an IPv6 address; "" when it is none."""
    try:
        return (urlsplit(f"//{authority.strip()}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
