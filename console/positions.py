"""Where a page of a list ends, as it stands in an address: a moment and an id; one nobody gave out is None. Pure."""

import re
from datetime import UTC, datetime, timedelta

_POSITION = re.compile(r"^(\d{1,17})-([0-9A-Za-z_:-]{1,80})$")


def written(at: datetime, key: str) -> str:
    return f"{int(at.timestamp()) * 1_000_000 + at.microsecond}-{key}"


def read(text: str) -> tuple[datetime, str] | None:
    found = _POSITION.match(text)
    if found is None:
        return None
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(found[1])), found[2]
    except OverflowError:
        return None
