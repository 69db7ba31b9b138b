"""What every kind of target keeps in its settings: plain values, and secrets that are stored sealed."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class TargetSettings(BaseModel):
    """A kind's own settings; `secrets` names the fields that are sealed before they are stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secrets: ClassVar[tuple[str, ...]] = ()
