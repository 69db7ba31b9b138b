"""A hand-off moves only along its table, ends typed, and tells of its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.hand_off_brief import Brief, missing
from record.hand_off_moves import MOVES, Happened, Outcome, Stage, moved
from telephony.after_hand_off import Dialled, Then, happened, then


@given(st.lists(st.sampled_from(Happened), max_size=12))
def test_whatever_is_heard_in_whatever_order_an_end_is_typed_and_final(heard: list[Happened]) -> None:
    stage, outcome = Stage.ASKED, None
    for each in heard:
        after = moved(stage, each)
        if after is None:
            continue
        assert stage is not Stage.OVER
        stage, outcome = after[0], after[1] or outcome
        assert (stage in (Stage.TALKING, Stage.OVER)) == (outcome is not None)


def test_only_a_person_who_took_the_call_makes_it_a_success() -> None:
    joins = {happened for (_, happened), (_, outcome) in MOVES.items() if outcome is Outcome.CONNECTED}
    assert joins == {Happened.ACCEPTED, Happened.JOINED, Happened.TALKED}


@given(
    st.sampled_from([Stage.RINGING, Stage.BRIEFING, Stage.TALKING]),
    st.booleans(),
    st.sampled_from(["completed", "answered", "busy", "no-answer", "failed", "canceled", "", "nonsense"]),
    st.sampled_from([None, True, False]),
    st.sampled_from(["in-progress", "completed"]),
    st.sampled_from([None, 0.0, 60.0]),
)
def test_every_report_of_a_dial_ends_the_hand_off(
    stage: Stage, warm: bool, dial: str, bridged: bool | None, call: str, talked: float | None
) -> None:
    """And nobody who was not taken is told goodbye while they are on the line."""
    at, outcome = stage, Outcome.CONNECTED if stage is Stage.TALKING else None
    report = Dialled(call, dial, bridged, talked)
    for each in happened(stage, warm, report):
        after = moved(at, each)
        assert after is not None
        at, outcome = after[0], after[1] or outcome
    assert at is Stage.OVER and outcome is not None
    told = then(
        outcome,
        caller_left=report.caller_left,
        was_last_resort=False,
        agent_available=True,
        resumes=0,
        most_resumes=3,
    )
    assert (told is Then.GOODBYE) == (outcome is Outcome.CONNECTED or report.caller_left)


@pytest.mark.parametrize(
    ("department", "brief", "lacking"),
    [
        ("service", Brief(), ("their name", "the car", "what it is about")),
        ("sales", Brief(name="Ana", reason="the new one"), ()),
        ("parts", Brief(name="Ana", reason="a filter"), ("the car",)),
        ("service", Brief(mood="urgent", reason="brakes gone"), ()),
    ],
)
def test_each_kind_of_hand_off_has_its_own_required_fields(
    department: str, brief: Brief, lacking: tuple[str, ...]
) -> None:
    assert missing(department, brief) == lacking
