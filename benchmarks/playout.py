"""What a caller's ear would hear: a buffer that drains at 8 bytes a millisecond, whatever is put into it; pure."""

from dataclasses import dataclass, field

from benchmarks.stamps import BYTES_PER_MS, DELTA_BYTES, DownStamp


@dataclass(slots=True)
class Heard:
    """How much of a reply the caller heard, and how much had come."""

    serial: int
    heard_ms: float
    received_ms: float


# Every delta of a reply opens with a stamp; what of one was already on its way is here well within its own length.
STALE_WITHIN_MS = 250.0


@dataclass(slots=True)
class Playout:
    """One call's buffer. Times are milliseconds of any one clock.

    `lost` are deltas of a reply that never came, `stale` bytes of a reply that was cleared, `gaps` moments at which the
    buffer ran dry in the middle of a reply.
    """

    serial: int = -1
    lost: int = 0
    stale_bytes: int = 0
    gaps: int = 0
    _received: int = 0
    _next_index: int = 0
    _end: float = 0.0
    _cleared: int = -1
    _cleared_at: float = 0.0
    _marks: list[tuple[float, bytes]] = field(default_factory=list)

    def media(self, now: float, size: int, stamp: DownStamp | None) -> bool:
        """Takes audio; False when it belongs to a reply that was cleared."""
        if stamp is not None:
            self._begin(stamp.serial, stamp.index)
        if self.serial == self._cleared:
            # Sound without a stamp long after the clear is no reply: the app fills a silence with a clip of its own.
            if stamp is None and now - self._cleared_at > STALE_WITHIN_MS:
                return True
            self.stale_bytes += size
            return False
        if now > self._end:
            if self._received and self._end:
                self.gaps += 1
            self._end = now
        self._end += size / BYTES_PER_MS
        self._received += size
        return True

    def begin(self, serial: int) -> None:
        """A reply whose audio carries no stamps begins."""
        self.serial, self._received, self._next_index = serial, 0, 0

    def mark(self, now: float, message: bytes) -> float:
        """A mark arrives behind what was sent so far; when it is due."""
        due = max(now, self._end)
        self._marks.append((due, message))
        return due

    def reached(self, now: float) -> list[bytes]:
        """The marks that playback has passed, in order."""
        passed = 0
        for due, _ in self._marks:
            if due > now:
                break
            passed += 1
        reached = [message for _, message in self._marks[:passed]]
        del self._marks[:passed]
        return reached

    def remaining(self, now: float) -> float:
        """Milliseconds of sound still to come."""
        return max(0.0, self._end - now)

    def clear(self, now: float) -> tuple[Heard, list[bytes]]:
        """Silence at once: what was heard of the reply, and every outstanding mark, as the carrier echoes them."""
        received = self._received / BYTES_PER_MS
        heard = Heard(self.serial, max(0.0, received - self.remaining(now)), received)
        flushed = [message for _, message in self._marks]
        self._marks.clear()
        self._end = now
        self._received = int(heard.heard_ms * BYTES_PER_MS)
        self._cleared = self.serial
        self._cleared_at = now
        return heard, flushed

    def complete(self, serial: int, deltas: int) -> None:
        """The model has sent all `deltas` of a reply that was not cut, a while ago: all of them must be here."""
        if serial == self._cleared or self.serial > serial:
            return
        if self.serial < serial:
            self.lost += deltas
            self.begin(serial)
        elif self._next_index < deltas:
            self.lost += deltas - self._next_index
        elif self._received != deltas * DELTA_BYTES:
            self.lost += 1
        self._next_index = deltas

    def _begin(self, serial: int, index: int) -> None:
        if serial != self.serial:
            self.begin(serial)
        if index > self._next_index:
            self.lost += index - self._next_index
        self._next_index = index + 1
