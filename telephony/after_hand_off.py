"""What a finished dial means for the hand-off, and what the caller gets next. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from record.hand_off_moves import Happened, Outcome, Stage
from telephony.after_stream import TERMINAL

# Put through and cut off within this time, nobody has been helped.
HARDLY_TALKED_SECONDS = 8

_NOT_PICKED_UP = {
    "busy": Happened.BUSY,
    "no-answer": Happened.NO_ANSWER,
    "canceled": Happened.CALLER_LEFT,
    "failed": Happened.FAILED,
}


@dataclass(frozen=True)
class Dialled:
    """The carrier's report of a dial, and how long ago the person took the call, where that is known.

    `bridged` is None where the carrier does not say. Its own duration is no use: the whisper is part of it.
    """

    call_status: str
    dial_status: str
    bridged: bool | None
    talked_seconds: float | None = None

    @property
    def caller_left(self) -> bool:
        return self.call_status in TERMINAL


def happened(stage: Stage, warm: bool, dialled: Dialled) -> tuple[Happened, ...]:
    """What the report adds to what was known. A warm call counts as taken only with the key that took it, or when the
    carrier says that the two were connected."""
    if stage is Stage.OVER:
        return ()
    picked_up = dialled.dial_status in ("completed", "answered")
    if stage is Stage.TALKING or (picked_up and (not warm or dialled.bridged)):
        joined = () if stage is Stage.TALKING else (Happened.JOINED,)
        return (*joined, Happened.TALKED if _talked(dialled) else Happened.LINE_GONE)
    if picked_up:
        return (Happened.CALLER_LEFT if dialled.caller_left else Happened.LINE_GONE,)
    return (_NOT_PICKED_UP.get(dialled.dial_status, Happened.FAILED),)


def _talked(dialled: Dialled) -> bool:
    if dialled.bridged is False:
        return False
    if dialled.caller_left or dialled.talked_seconds is None:
        return True
    return dialled.talked_seconds >= HARDLY_TALKED_SECONDS


class Then(StrEnum):
    """What the caller hears next."""

    GOODBYE = "goodbye"
    AGENT = "agent"
    MESSAGE = "message"


def then(
    outcome: Outcome | None,
    *,
    caller_left: bool,
    was_last_resort: bool,
    agent_available: bool,
    resumes: int,
    most_resumes: int,
) -> Then:
    """Whoever was not helped goes back to the agent; where that cannot be, to a voicemail."""
    if outcome is Outcome.CONNECTED or caller_left:
        return Then.GOODBYE
    if was_last_resort or not agent_available or resumes >= most_resumes:
        return Then.MESSAGE
    return Then.AGENT
