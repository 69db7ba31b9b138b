"""The table of legal moves: what is over is over, and the AI's work is finished by a person or a proof."""

import pytest

from followup.lifecycle import MOVES, OVER, Act, Illegal, State, after, legal_acts


def test_every_act_has_a_row_and_leads_somewhere_real() -> None:
    assert set(MOVES) == set(Act)
    assert all(move.legal_in for move in MOVES.values())


@pytest.mark.parametrize("state", sorted(OVER))
def test_what_is_over_can_only_be_reopened(state: State) -> None:
    assert legal_acts(state) == (Act.REOPEN,)


@pytest.mark.parametrize(
    ("state", "act", "leads_to"),
    [
        (State.OPEN, Act.AI_DO, State.AI_DONE),
        (State.AI_DONE, Act.ACKNOWLEDGE, State.DONE),
        (State.AI_DONE, Act.SEND_BACK, State.OPEN),
        (State.WAITING_EVENT, Act.ARRIVE, State.OPEN),
        (State.WAITING_CUSTOMER, Act.HEAR, State.OPEN),
        (State.OPEN, Act.FINISH, State.DONE),
        (State.AI_DONE, Act.TAKE, State.AI_DONE),
    ],
)
def test_a_legal_move(state: State, act: Act, leads_to: State) -> None:
    assert after(state, act) is leads_to


@pytest.mark.parametrize(
    ("state", "act"),
    [(State.AI_DONE, Act.FINISH), (State.OPEN, Act.ACKNOWLEDGE), (State.DONE, Act.TRY), (State.AI_DONE, Act.SNOOZE)],
)
def test_what_the_ai_did_is_not_done_by_saying_so(state: State, act: Act) -> None:
    """S2-114: nobody may assume the AI handled it without proof."""
    with pytest.raises(Illegal):
        after(state, act)
