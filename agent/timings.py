"""The seven stamps of a turn, all on the loop's clock, counted from the moment the call's socket opened."""

from __future__ import annotations

from dataclasses import dataclass

from agent.journal import CallJournal, TurnTimed
from kit.ids import CallId


@dataclass(slots=True)
class _Stamps:
    speech_end: int = -1
    stop_event: int = -1
    response_create: int = -1
    created: int = -1
    first_delta: int = -1
    first_sent: int = -1
    first_heard: int = -1
    item_id: str = ""


class TurnStamps:
    """Collects the stamps of the turn being answered; a turn is handed over once heard, or when the next one begins."""

    def __init__(self, call_id: CallId, journal: CallJournal) -> None:
        self._call_id = call_id
        self._journal = journal
        self._now = _Stamps()
        self._turn = 0

    def speech_stopped(self, speech_end_ms: int, now_ms: int) -> None:
        self.close()
        self._now.speech_end, self._now.stop_event = speech_end_ms, now_ms

    def asked(self, now_ms: int) -> None:
        if self._now.first_delta < 0:
            self._now.response_create = now_ms

    def created(self, now_ms: int) -> None:
        if self._now.first_delta < 0:
            self._now.created = now_ms

    @property
    def awaits_audio(self) -> bool:
        """A reply has begun that has not been heard of yet."""
        return self._now.created >= 0 and self._now.first_delta < 0

    def first_audio(self, item_id: str, delta_ms: int, sent_ms: int) -> None:
        if self._now.first_delta < 0:
            self._now.item_id, self._now.first_delta, self._now.first_sent = item_id, delta_ms, sent_ms

    def heard(self, item_id: str, now_ms: int) -> None:
        if self._now.first_heard < 0 and item_id and item_id == self._now.item_id:
            self._now.first_heard = now_ms
            self.close()

    def close(self) -> None:
        """Hands over what is known of the turn and begins the next."""
        stamps, self._now = self._now, _Stamps()
        if stamps.first_delta < 0 and stamps.stop_event < 0:
            return
        self._turn += 1
        self._journal.take(
            TurnTimed(
                self._call_id,
                self._turn,
                stamps.speech_end,
                stamps.stop_event,
                stamps.response_create,
                stamps.created,
                stamps.first_delta,
                stamps.first_sent,
                stamps.first_heard,
            )
        )
