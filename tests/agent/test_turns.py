"""The transcript: order by ancestry, words split where hearing stopped, latest statement wins."""

from hypothesis import given
from hypothesis import strategies as st

from agent.backchannel import is_backchannel
from agent.digits import Digits
from agent.turns import Transcript, split_at_heard
from kit.ids import CallId
from tests.fakes.live_call import FakeJournal


def test_an_item_named_late_takes_its_place_after_its_predecessor() -> None:
    journal = FakeJournal()
    transcript = Transcript(CallId("c"), journal)
    transcript.place("a1", None)
    transcript.agent_text("a1", "Hello.")
    transcript.place("tool", "u1")
    transcript.agent_words("a2", "Sure.", 900)
    transcript.caller_turn("u1", "a1", 100, 500)
    transcript.caller_words("u1", "Brakes, please")
    transcript.close()
    turns = sorted(journal.turns().values(), key=lambda turn: turn.seq)
    assert [turn.item_id for turn in turns] == ["a1", "u1", "a2"]
    assert all(turn.settled for turn in turns)


def test_a_replacement_session_is_told_only_what_was_heard() -> None:
    transcript = Transcript(CallId("c"), FakeJournal())
    transcript.agent_text("a1", "We can see you on Tuesday at nine or on Friday at two.")
    transcript.heard("a1", 1000, 4000, 1500, cut=True, last=True)
    (turn,) = transcript.history()
    assert turn.text == "We can see"


@given(st.text(), st.integers(-1, 5000), st.integers(0, 5000))
def test_the_words_are_split_and_never_lost_or_invented(text: str, heard_ms: int, received_ms: int) -> None:
    heard, cut = split_at_heard(text, heard_ms, received_ms)
    assert "".join((heard + cut).split()) == "".join(text.split())
    if 0 < heard_ms < received_ms:
        assert len(heard) <= len(text) * heard_ms / received_ms


def test_listening_noises_are_told_from_answers() -> None:
    assert all(is_backchannel(text) for text in ("Uh-huh.", "Okay, right.", "", "Mm-hmm"))
    assert not any(is_backchannel(text) for text in ("No", "Tuesday", "yes please do that", "wait"))


def test_keys_gather_until_a_hash_or_a_pause() -> None:
    digits = Digits(2.0)
    assert not digits.press("4", 1.0) and not digits.press("2", 1.5)
    assert not digits.due(3.0) and digits.due(3.5)
    assert digits.press("#", 3.6) and digits.take() == "42"
    assert not digits.press("#", 4.0)
