"""What may be done to a loop in which state, as one table; pure."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a loop is. Only done and closed are over."""

    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_EVENT = "waiting_event"
    AI_DONE = "ai_done_unconfirmed"
    DONE = "done"
    CLOSED = "closed"


class Act(StrEnum):
    """Everything that can be done to a loop."""

    TAKE = "take"
    TRY = "try"
    HEAR = "hear"
    PROMISE = "promise"
    SNOOZE = "snooze"
    BIND = "bind"
    ARRIVE = "arrive"
    HAND_OVER = "hand_over"
    ASSIGN = "assign"
    AI_DO = "ai_do"
    ACKNOWLEDGE = "acknowledge"
    SEND_BACK = "send_back"
    FINISH = "finish"
    CLOSE = "close"
    REOPEN = "reopen"


class Illegal(ValueError):
    """That cannot be done to a loop in that state."""


_LIVE = (State.OPEN, State.WAITING_CUSTOMER, State.WAITING_EVENT, State.AI_DONE)
_STAYS = None


@dataclass(frozen=True, slots=True)
class Move:
    """One row: the act, the states it is legal in, and the state it leads to (None: it stays)."""

    act: Act
    legal_in: tuple[State, ...]
    leads_to: State | None


MOVES = {
    row.act: row
    for row in (
        Move(Act.TAKE, _LIVE, _STAYS),
        Move(Act.TRY, (State.OPEN, State.WAITING_CUSTOMER, State.WAITING_EVENT), _STAYS),
        Move(Act.HEAR, _LIVE, State.OPEN),
        Move(Act.PROMISE, _LIVE, _STAYS),
        Move(Act.SNOOZE, (State.OPEN, State.WAITING_CUSTOMER, State.WAITING_EVENT), _STAYS),
        Move(Act.BIND, (State.OPEN, State.WAITING_CUSTOMER), State.WAITING_EVENT),
        Move(Act.ARRIVE, (State.WAITING_EVENT,), State.OPEN),
        Move(Act.HAND_OVER, _LIVE, _STAYS),
        Move(Act.ASSIGN, _LIVE, _STAYS),
        Move(Act.AI_DO, (State.OPEN, State.WAITING_CUSTOMER, State.WAITING_EVENT), State.AI_DONE),
        Move(Act.ACKNOWLEDGE, (State.AI_DONE,), State.DONE),
        Move(Act.SEND_BACK, (State.AI_DONE,), State.OPEN),
        Move(Act.FINISH, (State.OPEN, State.WAITING_CUSTOMER, State.WAITING_EVENT), State.DONE),
        Move(Act.CLOSE, _LIVE, State.CLOSED),
        Move(Act.REOPEN, (State.DONE, State.CLOSED), State.OPEN),
    )
}
OVER = frozenset({State.DONE, State.CLOSED})

STAGES = ("inquiry", "qualification", "estimate", "scheduling", "confirmation", "completion")
"""The life of a need (S2-16)."""


def after(state: State | str, act: Act) -> State:
    """The state an act leads to; raises Illegal."""
    move = MOVES[act]
    if State(state) not in move.legal_in:
        raise Illegal(f"{act.value.replace('_', ' ')} is not possible once it is {State(state).value}")
    return move.leads_to or State(state)


def legal_acts(state: State | str) -> tuple[Act, ...]:
    """What a page may offer."""
    return tuple(move.act for move in MOVES.values() if State(state) in move.legal_in)
