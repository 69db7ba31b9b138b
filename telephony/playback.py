"""How much of the agent's speech the caller has heard, known from the carrier's marks; pure.

Sent is not heard: the carrier buffers seconds of audio. So each reply is sent in stretches of at most `mark_every_ms`
with a mark behind each. A mark that comes back means that playback got there, unless we cleared in between: `clear`
flushes every mark back at once. Names therefore carry the generation of playback they belong to, the position is frozen
the moment we clear, and echoes of an older generation say nothing.
"""

from __future__ import annotations

import binascii
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from telephony.media import is_base64, payload_bytes

BYTES_PER_MS = 8
# Padding ends base64, so it may be split only where whole quartets meet: 3 bytes.
_QUARTET = 3
# With more marks than this outstanding, the carrier still has audio to play: no need to work out whether it ran dry.
_MAY_HAVE_RUN_DRY = 3
# A carrier that has echoed nothing for this long after it must have played everything keeps its marks to itself.
_MARKS_LATE = 2.0
# One that never echoed anything is not waited for as long: its first mark stands where the sound begins.
_FIRST_MARK_LATE = 1.5


class Send(NamedTuple):
    """One step for the wire: audio (may be empty), then a mark when there is one."""

    payload: bytes
    mark: bytes | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Of one item: how far the caller got, of how much there was."""

    item_id: str
    heard_ms: int
    received_ms: int


@dataclass(frozen=True, slots=True)
class Echo:
    """Playback reached a mark of an item; `finished` are the items now heard to their end."""

    item_id: str
    heard_ms: int
    finished: Sequence[str]


@dataclass(slots=True)
class _Item:
    item_id: str
    index: int
    received: int = 0
    heard: int = 0
    complete: bool = False
    dead: bool = False


@dataclass(slots=True)
class _Stretch:
    """Audio between two marks, kept until it was heard so that a false alarm can be made good."""

    item: _Item
    start: int
    end: int
    payloads: list[bytes] = field(default_factory=list)
    mark: bytes | None = None


class Playback:
    """The ledger of one line: what was received, sent and heard of every item, in playing order."""

    def __init__(self, mark_every_ms: int = 120) -> None:
        self._interval = max(mark_every_ms * BYTES_PER_MS // _QUARTET * _QUARTET, _QUARTET)
        self._generation = 1
        self._items: dict[str, _Item] = {}
        self._playing: deque[_Stretch] = deque()
        self._held: list[_Stretch] | None = None
        self._anchor = 0.0
        self._next_mark = 0
        self._dry_at = 0.0
        self._echoes = False
        self._unmarked = False
        self._presumed: set[bytes] = set()
        self.last_heard_at = 0.0

    # ---- what is known ----

    @property
    def outstanding(self) -> bool:
        """Sound is on its way to the caller's ear."""
        return bool(self._playing)

    @property
    def paused(self) -> bool:
        """Playback was silenced and what was unheard is kept."""
        return self._held is not None

    @property
    def audible(self) -> bool:
        """Either of the two: there is sound of ours that the caller has yet to hear."""
        return bool(self._playing) or self._held is not None

    @property
    def generation(self) -> int:
        return self._generation

    def heard(self, item_id: str, now: float) -> Heard | None:
        """The best knowledge of one item; between two marks the clock fills in, never past the mark not yet echoed."""
        item = self._items.get(item_id)
        return None if item is None else self._told(item, now)

    def is_dead(self, item_id: str) -> bool:
        item = self._items.get(item_id)
        return item is not None and item.dead

    # ---- audio in ----

    def offer(self, item_id: str, payload_b64: bytes, now: float) -> list[Send]:
        """Takes audio of an item: what to send now. Audio of a dead item and whatever is not base64 is dropped."""
        item = self._item(item_id)
        if item.dead or not is_base64(payload_b64):
            return []
        size = payload_bytes(payload_b64)
        if self._held is not None:
            self._held.append(_Stretch(item, item.received, item.received + size, [payload_b64]))
            item.received += size
            return []
        return self._stretch_out(item, payload_b64, size, now)

    def complete(self, item_id: str, now: float) -> list[Send]:
        """No more audio for the item: its end gets a mark."""
        item = self._items.get(item_id)
        if item is None or item.dead:
            return []
        item.complete = True
        return self.settle(now)

    def settle(self, now: float) -> list[Send]:
        """A mark behind audio that has none yet (its item ended, or the model paused)."""
        if not self._playing or self._playing[-1].mark is not None:
            return []
        return [Send(b"", self._close(self._playing[-1]))]

    # ---- the carrier's word ----

    def echoed(self, name: str, now: float) -> Echo | None:
        """A mark came back. Names of an older generation, and names never given, say nothing."""
        stretches = self._playing
        mark = name.encode("utf-8", "replace")
        if self._presumed and mark in self._presumed:
            # It does echo, only late: its word counts again.
            self._echoes, self._unmarked = True, False
            self._presumed.clear()
            return None
        # Nearly always the first one; an echo that skips some says that all before it were heard.
        if not stretches or (stretches[0].mark != mark and not any(stretch.mark == mark for stretch in stretches)):
            return None
        finished: list[str] = []
        while True:
            reached = self._reached(finished)
            if reached.mark == mark:
                break
        self._anchor = self.last_heard_at = now
        self._echoes, self._unmarked = True, False
        return Echo(reached.item.item_id, reached.item.heard // BYTES_PER_MS, finished)

    def presume(self, now: float) -> Echo | None:
        """Without the carrier's word: once it is overdue, the clock says what was heard."""
        if not self._playing:
            return None
        if not self._unmarked:
            if (self._echoes and now < self._dry_at) or now < self._overdue_at():
                return None
            self._unmarked = True
        finished: list[str] = []
        reached: _Stretch | None = None
        while self._playing:
            first = self._playing[0]
            ends = self._anchor + (first.end - first.start) / (1000 * BYTES_PER_MS)
            if first.mark is None or ends > now:
                break
            reached = self._reached(finished)
            self._presumed.add(first.mark)
            self._anchor = ends
        if reached is None:
            return None
        self.last_heard_at = self._anchor if self._playing else max(self._anchor, min(self._dry_at, now))
        return Echo(reached.item.item_id, reached.item.heard // BYTES_PER_MS, finished)

    # ---- silence, and its undoing ----

    def pause(self, now: float) -> list[Heard]:
        """Freezes what was heard and starts a new generation; the caller must send `clear` with it.

        Returns every item that had sound outstanding. What was unheard is kept for `resume`, until `drop`.
        """
        if self._held is None:
            self._held = self._unheard(now)
            self._playing.clear()
            self._generation += 1
            self._dry_at = self.last_heard_at = now
        return self._outstanding_items()

    def resume(self, now: float) -> list[Send]:
        """A false alarm: sends again what had not been heard, from where it stopped."""
        held, self._held = self._held or [], None
        sends: list[Send] = []
        for stretch in held:
            item = stretch.item
            received, item.received = item.received, stretch.start
            for payload in stretch.payloads:
                sends += self._stretch_out(item, payload, payload_bytes(payload), now)
            item.received = received
        if held and held[-1].item.complete:
            sends += self.settle(now)
        return sends

    def drop(self) -> list[Heard]:
        """The interruption was real: what is held is discarded, and its items take no more audio."""
        items = self._outstanding_items()
        for item in self._items.values():
            if not item.complete or item.heard < item.received:
                item.dead = True
        self._held = None
        return items

    def cut(self, now: float) -> list[Heard]:
        """Pause and drop in one."""
        self.pause(now)
        return self.drop()

    # ---- inside ----

    def _overdue_at(self) -> float:
        if not self._echoes:
            return self._anchor + _FIRST_MARK_LATE
        left = sum(stretch.end - stretch.start for stretch in self._playing) / (1000 * BYTES_PER_MS)
        return max(self._anchor + left, self._dry_at) + _MARKS_LATE

    def _reached(self, finished: list[str]) -> _Stretch:
        """The first outstanding stretch was heard; adds its item when that was the end of it."""
        reached = self._playing.popleft()
        item = reached.item
        item.heard = max(item.heard, reached.end)
        if item.complete and item.heard >= item.received:
            finished.append(item.item_id)
        return reached

    def _item(self, item_id: str) -> _Item:
        item = self._items.get(item_id)
        if item is None:
            item = self._items[item_id] = _Item(item_id, len(self._items))
        return item

    def _stretch_out(self, item: _Item, payload: bytes, size: int, now: float) -> list[Send]:
        sends: list[Send] = []
        if not self._playing:
            self._anchor = now
        else:
            self._catch_up(now)
        self._dry_at = max(self._dry_at, now) + size / (1000 * BYTES_PER_MS)
        last = self._playing[-1] if self._playing else None
        if last is None or last.item is not item or last.mark is not None:
            if item.received == 0 or (last is not None and last.item is not item):
                sends += self._opening(item, last)
            last = self._open(item)
        at = 0
        while True:
            room = self._interval - (last.end - last.start)
            if size <= room:
                break
            quartets = room // _QUARTET
            piece = payload[at : at + quartets * 4]
            at += quartets * 4
            size -= quartets * _QUARTET
            self._fill(last, piece, quartets * _QUARTET)
            sends.append(Send(piece, self._close(last)))
            last = self._open(item)
        piece = payload[at:]
        self._fill(last, piece, size)
        sends.append(Send(piece, self._close(last) if room - size < _QUARTET else None))
        return sends

    @staticmethod
    def _fill(stretch: _Stretch, piece: bytes, size: int) -> None:
        if size:
            stretch.payloads.append(piece)
            stretch.end += size
            if stretch.end > stretch.item.received:
                stretch.item.received = stretch.end

    def _opening(self, item: _Item, before: _Stretch | None) -> list[Send]:
        """A mark where the item begins: its echo is the moment the caller starts to hear it."""
        sends = []
        if before is not None and before.mark is None:
            sends.append(Send(b"", self._close(before)))
        start = self._open(item)
        sends.append(Send(b"", self._close(start)))
        return sends

    def _open(self, item: _Item) -> _Stretch:
        stretch = _Stretch(item, item.received, item.received)
        self._playing.append(stretch)
        return stretch

    def _close(self, stretch: _Stretch) -> bytes:
        self._next_mark += 1
        stretch.mark = b"g%d.%d.%d.%d" % (
            self._generation,
            self._next_mark,
            stretch.item.index,
            stretch.end // BYTES_PER_MS,
        )
        return stretch.mark

    def _catch_up(self, now: float) -> None:
        """When everything sent must have been played, the next sound starts now, not where the clock would put it."""
        if len(self._playing) > _MAY_HAVE_RUN_DRY:
            return
        waiting = sum(stretch.end - stretch.start for stretch in self._playing) / (1000 * BYTES_PER_MS)
        self._anchor = max(self._anchor, now - waiting)

    def _position(self, now: float) -> int:
        """Bytes of the first outstanding stretch that the clock says were played."""
        first = self._playing[0]
        played = int((now - self._anchor) * 1000) * BYTES_PER_MS
        return min(first.start + max(played, 0), first.end)

    def _told(self, item: _Item, now: float) -> Heard:
        heard = item.heard
        if self._playing and self._playing[0].item is item:
            heard = max(heard, self._position(now))
        return Heard(item.item_id, heard // BYTES_PER_MS, item.received // BYTES_PER_MS)

    def _unheard(self, now: float) -> list[_Stretch]:
        """What is left of the outstanding audio once the position is frozen."""
        left: list[_Stretch] = []
        for place, stretch in enumerate(self._playing):
            if place == 0:
                at = self._position(now)
                stretch.item.heard = max(stretch.item.heard, at)
                stretch = _from(stretch, at)
            if stretch.end > stretch.start:
                left.append(stretch)
        return left

    def _outstanding_items(self) -> list[Heard]:
        seen: dict[str, Heard] = {}
        for item in self._items.values():
            if not item.dead and (item.heard < item.received or not item.complete) and item.received:
                seen[item.item_id] = Heard(item.item_id, item.heard // BYTES_PER_MS, item.received // BYTES_PER_MS)
        return list(seen.values())


def _from(stretch: _Stretch, at: int) -> _Stretch:
    """The part of a stretch after a position; audio is decoded only here, where it must be split anywhere."""
    audio = b"".join(binascii.a2b_base64(payload) for payload in stretch.payloads)[at - stretch.start :]
    payloads: Sequence[bytes] = [binascii.b2a_base64(audio, newline=False)] if audio else []
    return _Stretch(stretch.item, at, stretch.end, list(payloads))
