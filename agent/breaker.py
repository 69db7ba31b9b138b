"""Remembers that the model cannot be had, so that the next caller is not made to find out again; pure."""


class Breaker:
    """Open after a terminal refusal (key, quota, model retired); closes by itself, to try once more, after a while."""

    def __init__(self, open_seconds: float) -> None:
        self._open_seconds = open_seconds
        self._opened_at: float | None = None
        self.code = ""

    def trip(self, code: str, now: float) -> None:
        """`now` in seconds of any clock that never goes back."""
        self._opened_at = now
        self.code = code

    def succeeded(self) -> None:
        self._opened_at = None
        self.code = ""

    def is_open(self, now: float) -> bool:
        return self._opened_at is not None and now - self._opened_at < self._open_seconds
