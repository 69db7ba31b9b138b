"""Whether a file has stopped growing: it looked the same at two looks far enough apart. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta


class Stillness:
    """Remembers how each file looked and since when; a process that starts anew looks twice again."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[object, datetime]] = {}

    def is_still(self, key: str, looks: object, now: datetime, for_at_least: timedelta) -> bool:
        """True once nothing about the file has changed for that long."""
        looked, since = self._since.setdefault(key, (looks, now))
        if looked != looks:
            self._since[key] = (looks, now)
            return False
        return now - since >= for_at_least

    def forget_all_but(self, keys: Collection[str]) -> None:
        self._since = {key: seen for key, seen in self._since.items() if key in keys}
