"""The transcript as it grows: turns in the order of their items, the agent's split into words heard and words cut.

Words of the caller arrive after the reply they caused, so order comes from each item's predecessor and a turn is handed
to the journal more than once: when it takes its place, and again whenever more is known. The latest wins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.journal import CallJournal, TurnSpeaker, TurnSpoken
from agent.ports import HeardTurn
from kit.ids import CallId, new_id


@dataclass(slots=True)
class _Turn:
    speaker: TurnSpeaker
    item_id: str
    previous_item_id: str | None
    text: str = ""
    started_ms: int = -1
    ended_ms: int = -1
    heard_ms: int = -1
    received_ms: int = 0
    cut: bool = False
    settled: bool = False


class Transcript:
    """One call's turns. Item ids of a model session that was replaced simply stand before those of the next."""

    def __init__(self, call_id: CallId, journal: CallJournal) -> None:
        self._call_id = call_id
        self._journal = journal
        self._order: list[str] = []
        self._turns: dict[str, _Turn] = {}
        self._told: dict[str, TurnSpoken] = {}

    def place(self, item_id: str, previous_item_id: str | None) -> None:
        """An item of any kind takes its place; one that is not spoken only keeps the chain whole."""
        if not item_id or item_id in self._order:
            return
        if previous_item_id is not None and previous_item_id in self._order:
            self._order.insert(self._order.index(previous_item_id) + 1, item_id)
        else:
            self._order.append(item_id)

    def caller_turn(self, item_id: str, previous_item_id: str | None, started_ms: int, ended_ms: int) -> None:
        self.place(item_id, previous_item_id)
        turn = self._turn(item_id, "caller", previous_item_id)
        turn.started_ms, turn.ended_ms = started_ms, ended_ms
        self._tell(turn)

    def caller_words(self, item_id: str, text: str) -> None:
        turn = self._turn(item_id, "caller", None)
        turn.text, turn.settled = text.strip(), True
        self._tell(turn)

    def agent_words(self, item_id: str, text: str, started_ms: int) -> None:
        """More words; they are ahead of the sound, so nothing is claimed as heard yet."""
        turn = self._turns.get(item_id) or self._turn(item_id, "agent", None)
        if turn.started_ms < 0:
            turn.started_ms = started_ms
        turn.text += text

    def agent_text(self, item_id: str, text: str) -> None:
        """All the words of the item. A reply that was cut keeps the longer of what we and the server know."""
        turn = self._turn(item_id, "agent", None)
        if len(text) >= len(turn.text):
            turn.text = text.strip()
        self._tell(turn)

    def heard(self, item_id: str, heard_ms: int, received_ms: int, at_ms: int, *, cut: bool, last: bool) -> None:
        """How far the caller got with an agent turn; `last` when that will not change any more."""
        if item_id not in self._turns:
            return
        turn = self._turns[item_id]
        turn.heard_ms, turn.received_ms, turn.ended_ms = heard_ms, received_ms, at_ms
        turn.cut = turn.cut or cut
        turn.settled = last
        if last:
            self._tell(turn)

    def note(self, text: str, at_ms: int) -> str:
        """Something that happened and nobody said: keys pressed. Its item's id, by which what follows is placed."""
        item_id = new_id()
        turn = self._turn(item_id, "system", None)
        turn.text, turn.started_ms, turn.ended_ms, turn.settled = text, at_ms, at_ms, True
        self._tell(turn)
        return item_id

    def text_of(self, item_id: str) -> str:
        turn = self._turns.get(item_id)
        return turn.text if turn is not None else ""

    def history(self) -> list[HeardTurn]:
        """What was said and heard so far, for a session that takes over: a cut reply is only what the caller heard."""
        turns = []
        for turn in self._in_order():
            spoken = self._spoken(turn, 0)
            text = spoken.heard_text if turn.speaker == "agent" and turn.cut else turn.text
            if text:
                turns.append(HeardTurn("system" if turn.speaker == "staff" else turn.speaker, text))
        return turns

    def close(self) -> None:
        """The call is over: every turn is handed over as it finally stands, in its final place."""
        for turn in self._turns.values():
            turn.settled = True
        for seq, turn in enumerate(self._in_order(), start=1):
            self._take(self._spoken(turn, seq))

    def _turn(self, item_id: str, speaker: TurnSpeaker, previous_item_id: str | None) -> _Turn:
        self.place(item_id, previous_item_id)
        turn = self._turns.get(item_id)
        if turn is None:
            turn = self._turns[item_id] = _Turn(speaker, item_id, previous_item_id)
        if previous_item_id is not None:
            turn.previous_item_id = previous_item_id
        return turn

    def _in_order(self) -> list[_Turn]:
        return [self._turns[item_id] for item_id in self._order if item_id in self._turns]

    def _tell(self, turn: _Turn) -> None:
        for seq, other in enumerate(self._in_order(), start=1):
            if other is turn:
                self._take(self._spoken(turn, seq))

    def _take(self, spoken: TurnSpoken) -> None:
        if self._told.get(spoken.item_id) != spoken:
            self._told[spoken.item_id] = spoken
            self._journal.take(spoken)

    def _spoken(self, turn: _Turn, seq: int) -> TurnSpoken:
        spoken = TurnSpoken(
            call_id=self._call_id,
            seq=seq,
            speaker=turn.speaker,
            item_id=turn.item_id,
            previous_item_id=turn.previous_item_id,
            text=turn.text,
            heard_text=turn.text,
            cut_text="",
            started_ms=turn.started_ms,
            ended_ms=turn.ended_ms,
            heard_ms=turn.heard_ms,
            settled=turn.settled,
        )
        if turn.speaker != "agent":
            return spoken
        heard, cut = split_at_heard(turn.text, turn.heard_ms, turn.received_ms)
        return replace(spoken, heard_text=heard, cut_text=cut)


def split_at_heard(text: str, heard_ms: int, received_ms: int) -> tuple[str, str]:
    """The words heard and the words cut. Transcripts carry no word times, so the audio's share is the words' share,
    rounded down to a whole word: better to believe too little was heard than too much."""
    if heard_ms >= received_ms > 0:
        return text, ""
    if heard_ms <= 0 or received_ms <= 0:
        return "", text
    at = len(text) * heard_ms // received_ms
    if at < len(text) and not text[at].isspace():
        at = text.rfind(" ", 0, at + 1)
    at = max(at, 0)
    return text[:at].rstrip(), text[at:].lstrip()
