"""What a simulated caller says and when, counted in frames of 20 ms; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

# The detector of the mock model needs 280 ms of speech to be sure: more than the app's own sustained-speech gate, so
# that what is measured after it is the app's path alone. 500 ms of silence end a turn.
OPEN_AFTER_FRAMES = 14
CLOSE_AFTER_FRAMES = 25
SPEECH_FRAMES = 75
# From one onset to the next: long enough to hear the whole reply (4 s), or short enough to talk into it.
WHOLE_FRAMES = 400
# The greeting (4 s) is heard out; nobody stays silent so long that the agent asks whether they are there.
FIRST_ONSET_FRAMES = 225
SPREAD_FRAMES = 200


class Cue(Enum):
    """What happens in this frame, besides its 20 ms of sound."""

    ONSET = auto()
    OPENS = auto()
    HUSH = auto()
    CLOSES = auto()


@dataclass(slots=True)
class Speaker:
    """Says in which frame something is due; every caller has another phase and another habit of interrupting."""

    number: int
    barge_every: int
    first_onset: int = FIRST_ONSET_FRAMES
    due: int = 0
    _cue: Cue = Cue.ONSET
    _onset: int = 0
    _turn: int = 0
    _barges_next: bool = False

    def __post_init__(self) -> None:
        self._onset = self.due = self.first_onset + self.number * 61 % SPREAD_FRAMES

    def take(self) -> Cue:
        """The cue of frame `due`; moves on to the next."""
        cue = self._cue
        match cue:
            case Cue.ONSET:
                self._turn += 1
                self._barges_next = (self._turn + self.number) % self.barge_every == 0
                self._cue, self.due = Cue.OPENS, self._onset + OPEN_AFTER_FRAMES
            case Cue.OPENS:
                self._cue, self.due = Cue.HUSH, self._onset + SPEECH_FRAMES
            case Cue.HUSH:
                self._cue, self.due = Cue.CLOSES, self._onset + SPEECH_FRAMES + CLOSE_AFTER_FRAMES
            case Cue.CLOSES:
                self._onset += self._until_next()
                self._cue, self.due = Cue.ONSET, self._onset
        return cue

    def _until_next(self) -> int:
        """Frames from this onset to the next."""
        if not self._barges_next:
            return WHOLE_FRAMES
        # 0.6 to 3.2 s into the reply: while it is being made, and after.
        into = 30 + (self.number * 37 + self._turn * 53) % 130
        return SPEECH_FRAMES + CLOSE_AFTER_FRAMES + into
