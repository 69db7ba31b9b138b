"""One active response: examples, and a random walk against a server that refuses a second one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sequencer import Ask, Hold, Sequencer, Want


def test_one_request_answers_everything_wanted() -> None:
    sequencer = Sequencer()
    sequencer.hold(Hold.CALLER_SPEAKING)
    assert sequencer.want(Want.TURN) is None
    assert sequencer.want(Want.TOOLS) is None
    ask = sequencer.release(Hold.CALLER_SPEAKING)
    assert ask is not None and ask.wants == {Want.TURN, Want.TOOLS}
    assert sequencer.want(Want.DIGITS) is None


def test_the_next_request_waits_for_the_end_of_the_reply() -> None:
    sequencer = Sequencer()
    ask = sequencer.want(Want.TURN)
    assert ask is not None
    sequencer.started("r1", ask.event_id)
    assert sequencer.want(Want.TURN) is None
    assert sequencer.done("another") is None
    following = sequencer.done("r1")
    assert following is not None and following.event_id != ask.event_id


def test_a_refusal_over_a_reply_we_adopted_is_answered_by_it() -> None:
    sequencer = Sequencer()
    ask = sequencer.want(Want.TURN)
    assert ask is not None
    sequencer.started("server", "not ours")
    assert sequencer.refused(ask.event_id, already_active=True) is None
    assert sequencer.done("server") is None


def test_tool_results_refused_over_another_reply_are_asked_for_again() -> None:
    sequencer = Sequencer()
    ask = sequencer.want(Want.TOOLS)
    assert ask is not None
    sequencer.started("server", "")
    sequencer.refused(ask.event_id, already_active=True)
    again = sequencer.done("server")
    assert again is not None and again.wants == {Want.TOOLS}


def test_a_refusal_over_a_reply_we_never_saw_waits_for_its_end_or_for_time() -> None:
    sequencer = Sequencer()
    ask = sequencer.want(Want.TURN)
    assert ask is not None
    assert sequencer.refused(ask.event_id, already_active=True) is None
    assert sequencer.unstick() is not None


def test_a_refusal_of_something_else_is_not_ours() -> None:
    sequencer = Sequencer()
    sequencer.want(Want.TURN)
    assert sequencer.refused("truncate_3", already_active=False) is None
    assert sequencer.busy


def test_any_other_refusal_is_tried_again_after_a_pause() -> None:
    sequencer = Sequencer()
    ask = sequencer.want(Want.TURN)
    assert ask is not None
    assert sequencer.refused(ask.event_id, already_active=False) is None
    assert sequencer.owes
    assert sequencer.unstick() is not None


def test_a_lost_session_hands_on_what_it_owed() -> None:
    sequencer = Sequencer()
    ask = sequencer.want(Want.TURN)
    assert ask is not None
    sequencer.started("r1", ask.event_id)
    sequencer.want(Want.DIGITS)
    assert sequencer.forget() == {Want.TURN, Want.DIGITS}
    assert not sequencer.owes


OPS = st.lists(
    st.sampled_from(["want", "tools", "created", "done", "hold", "release", "server", "unstick"]), max_size=120
)


@settings(max_examples=300, deadline=None)
@given(OPS)
def test_whatever_happens_there_is_never_a_request_over_a_reply_we_know_of_and_no_want_is_forgotten(
    ops: list[str],
) -> None:
    sequencer = Sequencer()
    in_flight: list[Ask] = []
    active: str | None = None
    count = 0

    def sent(ask: Ask | None) -> None:
        if ask is not None:
            assert active is None and not in_flight
            in_flight.append(ask)

    for op in ops:
        count += 1
        if op in ("want", "tools"):
            sent(sequencer.want(Want.TURN if op == "want" else Want.TOOLS))
        elif op == "created" and in_flight and active is None:
            active = f"r{count}"
            sequencer.started(active, in_flight.pop().event_id)
        elif op == "created" and in_flight and active is not None:
            sent(sequencer.refused(in_flight.pop().event_id, already_active=True))
        elif op == "server" and active is None:
            active = f"s{count}"
            sequencer.started(active, "server")
        elif op == "done" and active is not None:
            ended, active = active, None
            if in_flight:
                sequencer.refused(in_flight.pop().event_id, already_active=True)
            sent(sequencer.done(ended))
        elif op == "hold":
            sequencer.hold(Hold.CALLER_SPEAKING)
        elif op == "release":
            sent(sequencer.release(Hold.CALLER_SPEAKING))
    sent(sequencer.release(Hold.CALLER_SPEAKING))
    if active is not None and not in_flight:
        ended, active = active, None
        sent(sequencer.done(ended))
    assert in_flight or active or not sequencer.owes
