"""So many a second, with room for a burst after a stall; pure."""

# Fractions of a second add up to a hair more than they should.
_HAIR = 1e-9


class Pace:
    """A bucket of tokens, kept as the moment at which it was, or would have been, empty."""

    __slots__ = ("_each", "_empty_at", "_room")

    def __init__(self, per_second: float, burst: int) -> None:
        self._each = 1.0 / per_second
        self._room = burst / per_second
        self._empty_at = float("-inf")

    def allows(self, now: float) -> bool:
        """Takes a token, if there is one."""
        full = now - self._room
        empty_at = (self._empty_at if self._empty_at > full else full) + self._each
        if empty_at > now + _HAIR:
            return False
        self._empty_at = empty_at
        return True
