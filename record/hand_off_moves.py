"""How a hand-off may go: its stages, what can happen in each, and the outcomes it can have. Pure."""

from enum import StrEnum


class Stage(StrEnum):
    """Where a hand-off stands."""

    ASKED = "asked"
    RINGING = "ringing"
    BRIEFING = "briefing"
    TALKING = "talking"
    OVER = "over"


class Outcome(StrEnum):
    """How a try to reach a person came out. Only `CONNECTED` is a success."""

    CONNECTED = "connected"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    VOICEMAIL = "voicemail"
    DROPPED = "dropped"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Happened(StrEnum):
    """One thing that was heard of a hand-off."""

    RUNG = "rung"
    PICKED_UP = "picked_up"
    ACCEPTED = "accepted"
    JOINED = "joined"
    DECLINED = "declined"
    NO_KEY = "no_key"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    LINE_GONE = "line_gone"
    CALLER_LEFT = "caller_left"
    TALKED = "talked"


_S, _H, _O = Stage, Happened, Outcome

MOVES: dict[tuple[Stage, Happened], tuple[Stage, Outcome | None]] = {
    (_S.ASKED, _H.RUNG): (_S.RINGING, None),
    (_S.ASKED, _H.CALLER_LEFT): (_S.OVER, _O.CANCELLED),
    (_S.ASKED, _H.FAILED): (_S.OVER, _O.FAILED),
    (_S.RINGING, _H.PICKED_UP): (_S.BRIEFING, None),
    (_S.RINGING, _H.ACCEPTED): (_S.TALKING, _O.CONNECTED),  # what told of the pick-up was lost
    (_S.RINGING, _H.JOINED): (_S.TALKING, _O.CONNECTED),
    (_S.RINGING, _H.DECLINED): (_S.OVER, _O.DECLINED),
    (_S.RINGING, _H.NO_KEY): (_S.OVER, _O.VOICEMAIL),
    (_S.RINGING, _H.BUSY): (_S.OVER, _O.BUSY),
    (_S.RINGING, _H.NO_ANSWER): (_S.OVER, _O.NO_ANSWER),
    (_S.RINGING, _H.FAILED): (_S.OVER, _O.FAILED),
    (_S.RINGING, _H.LINE_GONE): (_S.OVER, _O.DROPPED),
    (_S.RINGING, _H.CALLER_LEFT): (_S.OVER, _O.CANCELLED),
    (_S.BRIEFING, _H.ACCEPTED): (_S.TALKING, _O.CONNECTED),
    (_S.BRIEFING, _H.JOINED): (_S.TALKING, _O.CONNECTED),
    (_S.BRIEFING, _H.DECLINED): (_S.OVER, _O.DECLINED),
    (_S.BRIEFING, _H.NO_KEY): (_S.OVER, _O.VOICEMAIL),
    (_S.BRIEFING, _H.BUSY): (_S.OVER, _O.DROPPED),
    (_S.BRIEFING, _H.NO_ANSWER): (_S.OVER, _O.DROPPED),
    (_S.BRIEFING, _H.FAILED): (_S.OVER, _O.DROPPED),
    (_S.BRIEFING, _H.LINE_GONE): (_S.OVER, _O.DROPPED),
    (_S.BRIEFING, _H.CALLER_LEFT): (_S.OVER, _O.CANCELLED),
    (_S.TALKING, _H.TALKED): (_S.OVER, _O.CONNECTED),
    (_S.TALKING, _H.LINE_GONE): (_S.OVER, _O.DROPPED),
}
"""Whatever is not here changes nothing: a second copy, a report that comes late, a key pressed after the end."""


def moved(stage: Stage, happened: Happened) -> tuple[Stage, Outcome | None] | None:
    """The next stage and the outcome known by then; None when this cannot happen there."""
    return MOVES.get((stage, happened))
