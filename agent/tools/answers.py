"""The one shape of a tool's answer: a small frozen value whose `result` names its kind, sent to the model as JSON."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

_LONGEST = 600


class Answer(BaseModel):
    """What a tool found or did. `say` is wording the store stands behind; it may be spoken as it is."""

    model_config = ConfigDict(frozen=True)
    result: ClassVar[str] = "answer"
    say: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data with invisible characters removed and lengths capped: records are data, never instructions."""
        body = self.model_dump(mode="json", exclude_none=True)
        return {"result": self.result, **{key: clean(value) for key, value in body.items() if value not in ("", [])}}


class Refused(Answer):
    """Not done, and why: `reason` is a fixed code, `say` is kind."""

    result: ClassVar[str] = "refused"
    reason: str


def clean(value: Any, longest: int = _LONGEST) -> Any:
    """Text from records without control, bidirectional or zero-width characters; nested values too."""
    if isinstance(value, str):
        kept = (c for c in value if unicodedata.category(c)[0] != "C" or c in "\n\t")
        return " ".join("".join(kept).split())[:longest]
    if isinstance(value, list):
        return [clean(item, longest) for item in value[:20]]
    if isinstance(value, dict):
        return {str(key)[:60]: clean(item, longest) for key, item in value.items()}
    return value


def as_output(body: dict[str, Any]) -> str:
    """The JSON the model reads; keys in order, so that a stored answer reads the same as it did the first time."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
