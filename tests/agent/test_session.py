"""One conversation, end to end but for the sockets: a scripted model on one side, a playout buffer on the other."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps

from agent.events import (
    AgentAudioDone,
    AgentWords,
    CallerHeard,
    ItemAdded,
    ModelFault,
    ReplyDone,
    ReplyItem,
    ReplyStarted,
    SessionLost,
    SpeechStarted,
    SpeechStopped,
    ToolAsked,
    TurnCommitted,
)
from agent.ports import Greeting, HangUp, HumanPath, ModelUnavailable, ToolOutcome, TransferTo
from agent.settings import AgentSettings
from simulator.virtual_time import run_virtually
from telephony.line_settings import LineSettings
from tests.fakes.live_call import SPEECH, FakeTools, Stage, a_live_call
from tests.fakes.model_session import FakeModelSession, Step

ALREADY = "conversation_already_has_active_response"


def virtually(test: Callable[[], Coroutine[object, object, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        run_virtually(test())

    del run.__wrapped__
    return run


def saying(response: str, item: str, text: str, ms: int) -> Callable[[FakeModelSession], None]:
    return lambda session: session.replies(response, item, text, ms)


GREETED = Step("respond", then=[saying("r1", "i1", "Thanks for calling.", 1000)])


def asking(response: str, *names: str) -> Callable[[FakeModelSession], None]:
    tools = [ToolAsked(response, f"f{n}", f"c{n}", name, "{}") for n, name in enumerate(names, start=1)]
    return lambda session: session.replies(response, "", "", 0, tools)


@virtually
async def test_the_agent_greets_as_soon_as_the_model_is_there() -> None:
    tell = Step("tell", contains="Greet")
    async with a_live_call([tell, GREETED], greeting=Greeting(instructions="Greet the caller.")) as stage:
        await stage.passes(1.5)
        assert stage.wire.heard_seconds() > 0.95
        assert stage.journal.turns()["i1"].heard_text == "Thanks for calling."
        assert len(stage.model.audio) >= 70


@virtually
async def test_one_reply_answers_a_turn_and_its_seven_stamps_are_on_one_clock() -> None:
    script = [GREETED, Step("respond", then=[saying("r2", "i2", "Sure.", 600)])]
    async with a_live_call(script) as stage:
        await stage.passes(2)
        stage.model.says(SpeechStarted("u1", 1800))
        await stage.passes(0.6)
        stage.model.ends_turn("u1", "I need brakes", "i1", ends=2600)
        await stage.passes(1)
    timed = stage.journal.timed()[-1]
    stamps = [
        timed.speech_end_ms,
        timed.stop_event_ms,
        timed.response_create_ms,
        timed.created_ms,
        timed.first_delta_ms,
        timed.first_sent_ms,
        timed.first_heard_ms,
    ]
    assert stamps == sorted(stamps) and stamps[0] > 0
    assert 450 <= timed.stop_event_ms - timed.speech_end_ms <= 550


@virtually
async def test_the_callers_late_words_stand_before_the_reply_they_caused() -> None:
    script = [GREETED, Step("respond", then=[saying("r2", "i2", "Yes.", 400)])]
    async with a_live_call(script) as stage:
        await stage.passes(1.5)
        stage.model.says(SpeechStarted("u1", 1400), SpeechStopped("u1", 1900), TurnCommitted("u1", "i1"))
        await stage.passes(1)
        stage.model.says(CallerHeard("u1", "Do you do brakes?"))
        assert stage.journal.turns()["u1"].text == "Do you do brakes?"
    turns = stage.journal.turns()
    assert turns["i1"].seq < turns["u1"].seq < turns["i2"].seq


@virtually
async def test_sustained_speech_cuts_the_reply_and_the_model_learns_what_was_heard() -> None:
    script = [
        Step("respond", then=[saying("r1", "i1", "one two three four five six seven eight nine ten", 5000)]),
        Step("truncate", about="i1"),
        Step("respond", then=[saying("r2", "i2", "Go ahead.", 300)]),
    ]
    async with a_live_call(script) as stage:
        await stage.passes(2)
        stage.model.says(SpeechStarted("u1", 1900))
        began = asyncio.get_running_loop().time()
        await stage.passes(1)
        assert len(stage.wire.cleared_at) == 1
        assert abs(stage.wire.cleared_at[0] - began - 0.25) < 0.002
        truncated = next(sent for sent in stage.model.sent if sent.kind == "truncate")
        assert abs(truncated.number - 2250) <= 20
        stage.model.ends_turn("u1", "Actually, wait", "i1")
        await stage.passes(1)
        assert not stage.wire.audible
    cut = stage.journal.turns()["i1"]
    assert cut.heard_text.startswith("one two three four") and cut.cut_text.endswith("nine ten")


@virtually
async def test_a_reply_still_being_made_is_cancelled_and_its_late_audio_never_played() -> None:
    def half(session: FakeModelSession) -> None:
        session.says(ReplyStarted("r1", session.last_request), ReplyItem("r1", "i1", "message"))
        session.plays("i1", "r1", 3000)

    script = [Step("respond", then=[half]), Step("cancel", about="r1"), Step("truncate", about="i1")]
    async with a_live_call(script) as stage:
        await stage.passes(1)
        stage.model.says(SpeechStarted("u1", 900))
        await stage.passes(0.5)
        media = stage.wire.kinds.count("media")
        stage.model.plays("i1", "r1", 1000)
        stage.model.says(AgentAudioDone("r1", "i1"), ReplyDone("r1", "cancelled"))
        await stage.passes(0.5)
        assert stage.wire.kinds.count("media") == media


@virtually
async def test_zero_sustain_cuts_in_the_same_turn_of_the_loop() -> None:
    script = [Step("respond", then=[saying("r1", "i1", "Hello there.", 4000)]), Step("truncate", about="i1")]
    async with a_live_call(script, line=LineSettings(barge_in_sustain_ms=0)) as stage:
        await stage.passes(1)
        stage.model.says(SpeechStarted("u1", 900))
        assert stage.wire.kinds[-1] == "clear"


@virtually
async def test_a_cough_does_not_stop_the_reply() -> None:
    async with a_live_call([Step("respond", then=[saying("r1", "i1", "Hello there.", 3000)])]) as stage:
        await stage.passes(1)
        stage.model.says(SpeechStarted("u1", 900))
        await stage.passes(0.15)
        stage.model.says(SpeechStopped("u1", 1000))
        await stage.passes(2.5)
        assert stage.wire.cleared_at == []
        assert stage.journal.turns()["i1"].cut_text == ""


@virtually
async def test_a_noise_the_model_does_not_take_for_speech_only_pauses_the_reply() -> None:
    async with a_live_call([Step("respond", then=[saying("r1", "i1", "Hello there.", 3000)])]) as stage:
        await stage.passes(1)
        stage.caller = SPEECH
        await stage.passes(0.5)
        assert len(stage.wire.cleared_at) == 1 and not stage.wire.audible
        await stage.passes(3.5)
        assert stage.journal.notes().count("false_alarm") == 1
        assert abs(stage.wire.heard_seconds() - 3.0) < 0.05
        assert stage.journal.turns()["i1"].cut_text == ""


@virtually
async def test_uh_huh_during_a_reply_is_not_answered() -> None:
    async with a_live_call([Step("respond", then=[saying("r1", "i1", "Let me tell you.", 3000)])]) as stage:
        await stage.passes(1)
        stage.model.says(SpeechStarted("u1", 900))
        await stage.passes(0.2)
        stage.model.ends_turn("u1", "Uh-huh.", "i1")
        await stage.passes(3)
        assert "backchannel" in stage.journal.notes()


@virtually
async def test_yes_said_over_the_end_of_a_question_is_answered_once_it_was_heard() -> None:
    script = [
        Step("respond", then=[saying("r1", "i1", "Shall I book it?", 2000)]),
        Step("respond", then=[saying("r2", "i2", "Booked.", 400)]),
    ]
    async with a_live_call(script) as stage:
        await stage.passes(1.7)
        stage.model.says(SpeechStarted("u1", 1600))
        await stage.passes(0.1)
        stage.model.ends_turn("u1", "Yes", "i1")
        assert len(stage.model.sent) == 1
        await stage.passes(1)
        assert stage.wire.cleared_at == []


@virtually
async def test_tools_run_beside_the_call_and_one_reply_follows_all_results_in_order() -> None:
    tools = FakeTools(seconds={"slow": 0.8, "quick": 0.1})
    script = [
        Step("respond", then=[asking("r1", "slow", "quick")]),
        Step("tool_result", about="c1"),
        Step("tool_result", about="c2"),
        Step("respond", then=[saying("r2", "i2", "Here is what I found.", 500)]),
    ]
    async with a_live_call(script, tools=tools) as stage:
        await stage.passes(2)
        assert tools.finished == ["c2", "c1"]


@virtually
async def test_speech_never_cancels_a_tool_and_a_repeated_request_does_not_run_it_twice() -> None:
    tools = FakeTools(seconds={"book": 1.0})
    again = ToolAsked("r1", "f1", "c1", "book", "{}")
    script = [
        Step("respond", then=[asking("r1", "book")]),
        Step("tool_result", about="c1"),
        Step("respond", then=[saying("r2", "i2", "Done.", 300)]),
    ]
    async with a_live_call(script, tools=tools) as stage:
        await stage.passes(0.3)
        stage.model.says(again, SpeechStarted("u1", 200))
        await stage.passes(0.5)
        stage.model.ends_turn("u1", "Hello?", None)
        await stage.passes(2)
        assert tools.finished == ["c1"] and tools.runs == [("c1", "book")]


@virtually
async def test_a_slow_tool_is_bridged_by_a_filler_after_heard_silence() -> None:
    tools = FakeTools(seconds={"look": 3.0})
    script = [
        Step("respond", then=[asking("r1", "look")]),
        Step("tool_result"),
        Step("respond", then=[saying("r2", "i2", "Found it.", 300)]),
    ]
    async with a_live_call(script, tools=tools) as stage:
        await stage.passes(1.0)
        assert "media" not in stage.wire.kinds
        await stage.passes(0.5)
        assert "filler_played" in stage.journal.notes()
        await stage.passes(3)


@virtually
async def test_a_tool_past_its_deadline_is_reported_and_its_late_result_told() -> None:
    tools = FakeTools(seconds={"look": 4.0})
    script = [
        Step("respond", then=[asking("r1", "look")]),
        Step("tool_result", contains="timed_out"),
        Step("respond", then=[saying("r2", "i2", "I will call you back.", 300)]),
        Step("tell", contains="finished after all"),
    ]
    async with a_live_call(script, tools=tools, agent=AgentSettings(tool_deadline_seconds=2)) as stage:
        await stage.passes(6)


@virtually
async def test_the_goodbye_is_heard_before_the_call_hangs_up() -> None:
    tools = FakeTools({"end_call": ToolOutcome("{}", "allowed", HangUp("done"))})
    script = [
        Step("respond", then=[asking("r1", "end_call")]),
        Step("tool_result"),
        Step("respond", then=[saying("r2", "i2", "Goodbye!", 1500)]),
    ]
    async with a_live_call(script, tools=tools) as stage:
        await stage.passes(5)
        outcome = await stage.ends()
        assert outcome.then == HangUp("done")
        assert abs(stage.wire.heard_seconds() - 1.5) < 0.05


@virtually
async def test_a_goodbye_said_with_the_request_is_not_said_twice() -> None:
    tools = FakeTools({"end_call": ToolOutcome("{}", "allowed", HangUp("done"))})

    def goodbye(session: FakeModelSession) -> None:
        session.replies("r1", "i1", "Bye now.", 800, [ToolAsked("r1", "f1", "c1", "end_call", "{}")])

    async with a_live_call([Step("respond", then=[goodbye]), Step("tool_result")], tools=tools) as stage:
        await stage.passes(3)
        assert (await stage.ends()).reason == "done"


@virtually
async def test_a_caller_who_speaks_up_during_the_goodbye_stays_on_the_line() -> None:
    tools = FakeTools({"end_call": ToolOutcome("{}", "allowed", HangUp("done"))})
    script = [
        Step("respond", then=[asking("r1", "end_call")]),
        Step("tool_result"),
        Step("respond", then=[saying("r2", "i2", "Goodbye!", 2500)]),
        Step("truncate", about="i2"),
        Step("respond", then=[saying("r3", "i3", "Of course.", 400)]),
    ]
    async with a_live_call(script, tools=tools) as stage:
        await stage.passes(1)
        stage.model.says(SpeechStarted("u1", 900))
        await stage.passes(0.6)
        stage.model.ends_turn("u1", "Oh, one more thing", "i2")
        await stage.passes(4)
        assert not stage.running.done()


@virtually
async def test_a_transfer_is_announced_then_made() -> None:
    tools = FakeTools({"transfer_call": ToolOutcome("{}", "allowed", TransferTo("service"))})
    script = [
        Step("respond", then=[asking("r1", "transfer_call")]),
        Step("tool_result"),
        Step("respond", then=[saying("r2", "i2", "Connecting you.", 900)]),
    ]
    async with a_live_call(script, tools=tools) as stage:
        await stage.passes(3)
        assert (await stage.ends()).then == TransferTo("service")


@virtually
async def test_a_price_read_back_is_not_talked_over() -> None:
    tools = FakeTools({"menu": ToolOutcome("{}", "allowed", read_back=True)})
    script = [
        Step("respond", then=[asking("r1", "menu")]),
        Step("tool_result"),
        Step("respond", then=[saying("r2", "i2", "That is 149 dollars.", 2000)]),
        Step("respond", then=[saying("r3", "i3", "Yes, all in.", 400)]),
    ]
    async with a_live_call(script, tools=tools) as stage:
        await stage.passes(0.5)
        stage.model.says(SpeechStarted("u1", 400))
        await stage.passes(0.8)
        stage.model.ends_turn("u1", "Is that all in?", "i2")
        await stage.passes(3)
        assert stage.wire.cleared_at == []


@virtually
async def test_a_second_active_response_is_asked_for_again_after_the_first() -> None:
    def refused(session: FakeModelSession) -> None:
        session.says(ModelFault(ALREADY, "invalid_request_error", "", session.last_request))

    script = [Step("respond", then=[refused]), Step("respond", then=[saying("r2", "i2", "Hello.", 300)])]
    async with a_live_call(script) as stage:
        await stage.passes(0.1)
        stage.model.says(ReplyDone("r0", "completed"))
        await stage.passes(1)


@virtually
async def test_a_reply_nobody_asked_for_is_adopted() -> None:
    async with a_live_call([GREETED]) as stage:
        await stage.passes(1.5)
        stage.model.says(SpeechStarted("u1", 1400), ReplyStarted("server", ""))
        stage.model.ends_turn("u1", "Hi", "i1")
        stage.model.says(ReplyItem("server", "i2", "message"), AgentWords("server", "i2", "Hi!"))
        stage.model.plays("i2", "server", 400)
        stage.model.says(AgentAudioDone("server", "i2"))
        stage.connector.sessions[-1]._script.append(Step("respond", then=[saying("r3", "i3", "So.", 300)]))
        stage.model.says(ReplyDone("server", "completed"))
        await stage.passes(2)


@virtually
async def test_a_mute_model_is_filled_in_for_within_three_seconds_and_replaced_by_a_person_within_eight() -> None:
    async with a_live_call([GREETED, Step("respond")]) as stage:
        await stage.passes(1.5)
        stage.model.hears("u1", "Hello?", "i1")
        loop = asyncio.get_running_loop()
        asked = loop.time()
        await stage.passes(3)
        assert "filler_played" in stage.journal.notes()
        outcome = await asyncio.wait_for(_until_over(stage), 10)
        assert isinstance(outcome.then, HumanPath) and loop.time() - asked < 8


async def _until_over(stage: Stage):  # type: ignore[no-untyped-def]
    await stage.passes(20)
    return await stage.ends()


@virtually
async def test_a_model_that_only_makes_empty_replies_is_taken_for_a_loop() -> None:
    def empty(session: FakeModelSession) -> None:
        session.says(ReplyStarted("rx", session.last_request), ReplyDone("rx", "failed", error_code="server_error"))

    script = [Step("respond", then=[empty])] * 12
    async with a_live_call(script) as stage:
        outcome = await _until_over(stage)
        assert isinstance(outcome.then, HumanPath)
        stage.model._script.clear()


@virtually
async def test_quota_errors_end_in_a_person_at_once_and_are_not_retried() -> None:
    async with a_live_call(ModelUnavailable("insufficient_quota", terminal=True)) as stage:
        outcome = await stage.ends()
        assert outcome.then == HumanPath("insufficient_quota") and stage.connector.attempts == 1


@virtually
async def test_a_lost_session_is_replaced_by_one_that_knows_what_was_heard() -> None:
    script = [Step("tell", contains="dropped"), Step("respond", then=[saying("r2", "i2", "Sorry. Brakes, yes.", 500)])]
    async with a_live_call([GREETED, Step("respond")], script) as stage:
        await stage.passes(1.5)
        stage.model.hears("u1", "I need brakes", "i1")
        stage.model.says(SessionLost("closed_1011"))
        await stage.passes(2)
        history = stage.connector.sessions[1].config.history
        assert [turn.text for turn in history] == ["Thanks for calling.", "I need brakes"]
        assert "filler_played" in stage.journal.notes()
        assert stage.wire.heard_seconds() > 1.4


@virtually
async def test_reconnects_are_a_budget() -> None:
    agent = AgentSettings(model_reconnects=1)
    script = [Step("tell"), Step("respond")]
    async with a_live_call([Step("respond")], script, agent=agent) as stage:
        await stage.passes(0.2)
        stage.model.says(SessionLost("closed_1006"))
        await stage.passes(0.2)
        stage.model.says(SessionLost("closed_1006"))
        assert isinstance((await stage.ends()).then, HumanPath)


@virtually
async def test_silence_is_counted_from_what_was_heard_then_reprompted_then_ended() -> None:
    script = [
        Step("respond", then=[saying("r1", "i1", "Thanks for calling.", 5000)]),
        Step("tell", contains="silent"),
        Step("respond", then=[saying("r2", "i2", "Are you there?", 1000)]),
        Step("tell", contains="silent"),
        Step("respond", then=[saying("r3", "i3", "Hello?", 1000)]),
        Step("tell", contains="goodbye"),
        Step("respond", then=[saying("r4", "i4", "Goodbye.", 1000)]),
    ]
    async with a_live_call(script) as stage:
        await stage.passes(12.8)
        assert len(stage.model.sent) == 1
        await stage.passes(0.5)
        assert len(stage.model.sent) == 3
        outcome = await _until_over(stage)
        assert outcome.then == HangUp("silence")


@virtually
async def test_keys_are_gathered_and_told() -> None:
    script = [GREETED, Step("tell", contains="4 7 1"), Step("respond", then=[saying("r2", "i2", "Thanks.", 300)])]
    async with a_live_call(script) as stage:
        await stage.passes(1.5)
        for digit in "471":
            stage.call.digit(digit)
            await stage.passes(0.3)
        await stage.passes(2.5)


@virtually
async def test_a_call_has_a_length_limit_and_is_told_before_it() -> None:
    script = [GREETED, Step("tell", contains="limit")]
    agent = AgentSettings(max_call_seconds=6, wrap_up_before_seconds=2)
    async with a_live_call(script, agent=agent) as stage:
        outcome = await _until_over(stage)
        assert outcome.then == HumanPath("max_length")


@virtually
async def test_an_old_session_is_replaced_at_a_silent_moment_without_the_caller_noticing() -> None:
    agent = AgentSettings(model_recycle_seconds=3)
    after = [Step("respond", then=[saying("r2", "i2", "Sure.", 300)])]
    async with a_live_call([GREETED], after, agent=agent) as stage:
        await stage.passes(4)
        assert stage.connector.sessions[0].closed
        assert [turn.text for turn in stage.model.config.history] == ["Thanks for calling."]
        stage.model.hears("u1", "Hi again")
        await stage.passes(1)


@virtually
async def test_a_claim_no_tool_backs_is_corrected() -> None:
    class Guard:
        def tool_finished(self, name: str, outcome: ToolOutcome) -> None: ...

        def said(self, text: str) -> str | None:
            return "You have booked nothing." if "booked" in text else None

    script = [
        Step("respond", then=[saying("r1", "i1", "You are booked.", 600)]),
        Step("tell", contains="booked nothing"),
        Step("respond", then=[saying("r2", "i2", "Let me correct that.", 600)]),
    ]
    async with a_live_call(script, guard=Guard()) as stage:
        await stage.passes(2)
        assert "claim_flagged" in stage.journal.notes()


@virtually
async def test_ending_twice_is_ending_once() -> None:
    async with a_live_call([GREETED]) as stage:
        await stage.passes(0.5)
        stage.call.carrier_left("carrier_stopped")
        stage.call.carrier_left("socket_closed")
        stage.call.end("max_length", HumanPath("max_length"))
        outcome = await stage.ends()
        assert outcome.reason == "carrier_stopped" and outcome.then is None


@virtually
async def test_a_caller_who_keeps_talking_to_a_mute_model_gets_a_person_and_not_ten_fillers() -> None:
    async with a_live_call([GREETED, Step("respond")]) as stage:
        await stage.passes(1.5)
        began = asyncio.get_running_loop().time()
        for turn in range(6):
            at = 1600 + turn * 3500
            stage.model.says(SpeechStarted(f"u{turn}", at))
            await stage.passes(1)
            if stage.running.done():
                break
            stage.model.ends_turn(f"u{turn}", "Hello?", "i1", ends=at + 1000)
            await stage.passes(2.5)
            if stage.running.done():
                break
        outcome = await stage.ends()
        assert outcome.then == HumanPath("model_mute")
        assert asyncio.get_running_loop().time() - began < 9
        assert stage.journal.notes().count("filler_played") <= 2


@virtually
async def test_a_reply_with_nothing_in_it_is_asked_for_once_more_then_a_person_answers() -> None:
    def empty(response: str) -> Callable[[FakeModelSession], None]:
        return lambda session: session.replies(response, "", "", 0)

    script = [
        GREETED,
        Step("respond", then=[empty("r2")]),
        Step("respond", then=[saying("r3", "i3", "Yes, we do.", 500)]),
        Step("respond", then=[empty("r4")]),
        Step("respond", then=[empty("r5")]),
    ]
    async with a_live_call(script) as stage:
        await stage.passes(1.5)
        stage.model.hears("u1", "Do you do brakes?", "i1", starts=1000, ends=1500)
        await stage.passes(2)
        assert stage.wire.heard_seconds() > 1.4
        stage.model.hears("u2", "Hello?", "i3", starts=3000, ends=3500)
        assert (await stage.ends()).then == HumanPath("model_mute")


@virtually
async def test_a_reply_cut_before_its_first_byte_is_forgotten_by_the_model() -> None:
    def begun(session: FakeModelSession) -> None:
        session.says(ReplyStarted("r2", session.last_request), ReplyItem("r2", "i2", "message"))

    script = [
        GREETED,
        Step("respond", then=[begun]),
        Step("cancel", about="r2"),
        Step("delete_item", about="i2"),
        Step("respond", then=[saying("r3", "i3", "Brakes, yes.", 300)]),
    ]
    async with a_live_call(script) as stage:
        await stage.passes(1.5)
        stage.model.hears("u1", "I need", "i1", starts=900, ends=1400)
        await stage.passes(0.2)
        stage.model.says(SpeechStarted("u2", 1700))
        await stage.passes(1)
        media = stage.wire.kinds.count("media")
        stage.model.says(AgentWords("r2", "i2", "What do you need?"))
        stage.model.plays("i2", "r2", 1000)
        assert stage.wire.kinds.count("media") == media and not stage.call._conversation.agent_audible  # type: ignore[union-attr]
        stage.model.says(ReplyDone("r2", "cancelled"))
        stage.model.ends_turn("u2", "brakes", "i2", ends=2700)
        await stage.passes(1)
    assert stage.journal.turns()["i2"].heard_text == ""


@virtually
async def test_a_reply_whose_next_words_were_cut_unheard_is_truncated_where_it_was_heard() -> None:
    def begun(session: FakeModelSession) -> None:
        session.says(ReplyStarted("r2", session.last_request), ReplyItem("r2", "i2", "message"))
        session.plays("i2", "r2", 400)

    script = [
        GREETED,
        Step("respond", then=[begun]),
        Step("cancel", about="r2"),
        Step("truncate", about="i2", number=400),
    ]
    async with a_live_call(script) as stage:
        await stage.passes(1.5)
        stage.model.hears("u1", "I need", "i1", starts=900, ends=1400)
        await stage.passes(1)
        stage.model.says(SpeechStarted("u2", 2400))
        await stage.passes(0.5)
        stage.model.plays("i2", "r2", 1000)
        stage.model.says(ReplyDone("r2", "cancelled"))
        await stage.passes(0.2)


@virtually
async def test_a_session_that_numbers_its_ids_from_one_again_is_not_taken_for_the_one_before() -> None:
    def half(session: FakeModelSession) -> None:
        session.says(ReplyStarted("r1", session.last_request), ReplyItem("r1", "i1", "message"))
        session.says(AgentWords("r1", "i1", "Thanks for calling."))
        session.plays("i1", "r1", 2000)

    first = [Step("respond", then=[half]), Step("cancel", about="r1"), Step("truncate", about="i1")]
    tool = ToolAsked("r1", "f1", "c1", "look_up", "{}")
    second = [
        Step("tell", contains="dropped"),
        Step("respond", then=[lambda session: session.replies("r1", "i1", "Sure, brakes.", 600, [tool])]),
        Step("tool_result", about="c1"),
        Step("respond", then=[saying("r2", "i2", "one two three four five six seven eight", 4000)]),
        Step("truncate", about="i2"),
        Step("respond", then=[saying("r3", "i3", "All right.", 300)]),
    ]
    async with a_live_call(first, second) as stage:
        await stage.passes(1)
        stage.model.says(SpeechStarted("u1", 900))
        await stage.passes(0.5)
        stage.model.ends_turn("u1", "I need brakes", "i1", ends=1400)
        stage.model.says(SessionLost("closed_1011"))
        heard = stage.wire.heard_seconds()
        await stage.passes(3)
        assert stage.wire.heard_seconds() > heard + 2
        stage.model.says(SpeechStarted("u1", 2900))
        await stage.passes(1)
        stage.model.ends_turn("u1", "Are you there?", "i2", ends=3900)
        await stage.passes(1)
    texts = [turn.text for turn in sorted(stage.journal.turns().values(), key=lambda turn: turn.seq)]
    assert "Thanks for calling." in texts and "Sure, brakes." in texts and "Are you there?" in texts


@virtually
async def test_a_call_taken_up_again_keeps_its_first_turns() -> None:
    keys = []
    for connection in (0, 1, 2):
        async with a_live_call([GREETED], connection=connection) as stage:
            await stage.passes(1.5)
        keys += list(stage.journal.turns())
    assert len(set(keys)) == 3


@virtually
async def test_a_note_of_ours_keeps_its_place_in_a_later_session() -> None:
    def placed(session: FakeModelSession) -> None:
        note = session.notes[-1]
        session.says(ItemAdded(note, None, "system", "message"))

    tell = Step("tell", contains="4", then=[placed])
    script = [GREETED, tell, Step("respond", then=[saying("r2", "i2", "Four.", 300)])]
    async with a_live_call(script, connection=1) as stage:
        await stage.passes(1.5)
        stage.call.digit("4")
        await stage.passes(3)
        order = stage.call._conversation.transcript._order  # type: ignore[union-attr]
        assert stage.model.notes[-1] in order and len(order) == len({each.removeprefix("1.1:") for each in order})


@virtually
async def test_a_carrier_that_never_echoes_a_mark_freezes_no_clock() -> None:
    script = [
        Step("respond", then=[saying("r1", "i1", "Thanks for calling.", 3000)]),
        Step("tell", contains="silent"),
        Step("respond", then=[saying("r2", "i2", "one two three four five six seven eight nine ten", 4000)]),
        Step("truncate", about="i2"),
    ]
    async with a_live_call(script) as stage:
        stage.wire.call = None
        await stage.passes(5.5)
        assert stage.journal.notes().count("marks_missing") == 1
        assert stage.journal.turns()["i1"].heard_text == "Thanks for calling."
        await stage.passes(7)
        assert "silence" in stage.journal.notes()
        stage.model.says(SpeechStarted("u1", 12400))
        await stage.passes(1)
        truncated = next(sent for sent in stage.model.sent if sent.kind == "truncate")
        assert 1200 <= truncated.number <= 1900
        assert stage.journal.notes().count("marks_missing") == 1
