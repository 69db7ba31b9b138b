"""What the carrier does once the agent's stream is over; pure."""

from dataclasses import dataclass
from enum import StrEnum

TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class NextStep(StrEnum):
    """What a call's row says should follow its stream. `HUMAN` is also what it says while the stream is live."""

    HUMAN = "human"
    HANG_UP = "hang_up"
    TRANSFER = "transfer"
    RESUME = "resume"


class Verb(StrEnum):
    FINISH = "finish"
    DIAL = "dial"
    RECONNECT = "reconnect"
    HUMAN = "human"


@dataclass(frozen=True)
class Situation:
    """The call when the carrier asks; `stream_ended` is False when the process that held it never said goodbye."""

    call_status: str
    next_step: str
    stream_ended: bool
    resumes: int
    transfers: int
    agent_available: bool


def decide(at: Situation, *, most_resumes: int, most_transfers: int) -> Verb:
    """The verb to answer with. When anything is unclear, a person."""
    if at.call_status in TERMINAL:
        return Verb.FINISH
    if at.next_step == NextStep.HANG_UP:
        return Verb.FINISH
    if at.next_step == NextStep.TRANSFER:
        return Verb.DIAL if at.transfers < most_transfers else Verb.HUMAN
    if at.resumes >= most_resumes:
        return Verb.HUMAN
    if at.next_step == NextStep.RESUME:
        # Handed over: whichever process takes the new stream. If it is this one, full or draining, it says so and the
        # next question ends with a person.
        return Verb.RECONNECT
    broken = at.next_step == NextStep.HUMAN and not at.stream_ended
    return Verb.RECONNECT if broken and at.agent_available else Verb.HUMAN
