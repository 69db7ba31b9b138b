"""Keys pressed on the telephone gather into one entry, ended by # or by a pause; pure."""

_MOST = 32


class Digits:
    """The keys not yet told to the model."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._keys = ""
        self.last_at = 0.0

    def press(self, key: str, now: float) -> bool:
        """Takes a key; True when the entry is complete."""
        self.last_at = now
        if key == "#":
            return bool(self._keys)
        self._keys = (self._keys + key)[-_MOST:]
        return False

    @property
    def pending(self) -> bool:
        return bool(self._keys)

    def due(self, now: float) -> bool:
        return bool(self._keys) and now - self.last_at >= self._pause

    def take(self) -> str:
        keys, self._keys = self._keys, ""
        return keys
