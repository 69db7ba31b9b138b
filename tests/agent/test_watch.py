"""The clocks that keep a caller out of silence, one rule at a time."""

from dataclasses import replace

from agent.settings import AgentSettings
from agent.watch import Alarm, Scene, Watch

QUIET = Scene(
    now=0.0,
    quiet_at=0.0,
    audible=False,
    agent_audible=False,
    caller_speaking=False,
    tools_running=False,
    owed=False,
)


def alarms(scene: Scene, until: float, watch: Watch | None = None) -> list[tuple[float, Alarm]]:
    watch = watch or Watch(AgentSettings(), 0.0)
    found = []
    for tenth in range(1, round(until * 10) + 1):
        alarm = watch.look(replace(scene, now=tenth / 10))
        if alarm is not None:
            found.append((tenth / 10, alarm))
    return found


def test_a_reply_owed_but_not_heard_is_filled_once_then_given_to_a_person() -> None:
    assert alarms(replace(QUIET, owed=True), 6.0) == [(2.5, Alarm.FILLER), (6.0, Alarm.HUMAN)]


def test_sound_still_in_the_carriers_buffer_is_not_silence() -> None:
    assert alarms(replace(QUIET, owed=True, audible=True, agent_audible=True), 20) == []


def test_a_filler_is_not_an_answer() -> None:
    watch = Watch(AgentSettings(), 0.0)
    assert alarms(replace(QUIET, owed=True), 3.0, watch) == [(2.5, Alarm.FILLER)]
    playing = replace(QUIET, owed=True, audible=True, now=4.0)
    assert watch.look(playing) is None
    assert watch.look(replace(playing, audible=False, quiet_at=4.5, now=6.0)) is Alarm.HUMAN


def test_a_tool_is_bridged_sooner_and_again_and_never_taken_for_a_mute_model() -> None:
    found = alarms(replace(QUIET, owed=True, tools_running=True), 9.0)
    assert found[0] == (1.2, Alarm.TOOL_FILLER)
    assert all(alarm is Alarm.TOOL_FILLER for _, alarm in found)


def test_a_silent_caller_is_asked_twice_then_let_go() -> None:
    watch = Watch(AgentSettings(), 0.0)
    answers = [watch.look(replace(QUIET, quiet_at=at, now=at + 8.0)) for at in (0.0, 10.0, 20.0)]
    assert answers == [Alarm.REPROMPT, Alarm.REPROMPT, Alarm.GIVE_UP]
    watch.caller_acted()
    assert watch.look(replace(QUIET, quiet_at=40.0, now=48.0)) is Alarm.REPROMPT


def test_nobody_is_asked_while_they_speak_or_while_we_leave() -> None:
    assert alarms(replace(QUIET, caller_speaking=True), 30) == []
    assert alarms(replace(QUIET, leaving=True), 30) == []


def test_a_call_is_told_of_its_limit_then_ended() -> None:
    watch = Watch(AgentSettings(max_call_seconds=100, wrap_up_before_seconds=20), 0.0)
    talking = replace(QUIET, caller_speaking=True)
    assert watch.look(replace(talking, now=80)) is Alarm.WRAP_UP
    assert watch.look(replace(talking, now=81)) is None
    assert watch.look(replace(talking, now=100)) is Alarm.TOO_LONG


def test_a_caller_who_keeps_talking_to_a_mute_model_still_gets_a_person() -> None:
    watch = Watch(AgentSettings(), 0.0)
    found = []
    for tenth in range(1, 200):
        now = tenth / 10
        turn, into = divmod(tenth - 1, 20)
        speaking = into < 10
        scene = replace(QUIET, now=now, owed=True, caller_speaking=speaking, quiet_at=turn * 2.0, turns=1)
        found.append((now, watch.look(scene)))
    person = next(now for now, alarm in found if alarm is Alarm.HUMAN)
    assert person < 14
    assert [alarm for now, alarm in found if now <= person and alarm] == [Alarm.FILLER, Alarm.HUMAN]


def test_a_caller_who_had_to_ask_again_waits_less_the_second_time() -> None:
    assert alarms(replace(QUIET, owed=True, turns=2), 4.0)[-1] == (4.0, Alarm.HUMAN)
    heard = Watch(AgentSettings(), 0.0)
    heard.look(replace(QUIET, owed=True, turns=2, sounds=1, now=0.5, quiet_at=0.5))
    assert Alarm.HUMAN not in [alarm for _, alarm in alarms(replace(QUIET, owed=True, turns=2, sounds=1), 4.5, heard)]


def test_audio_of_the_model_is_what_ends_the_wait() -> None:
    watch = Watch(AgentSettings(), 0.0)
    for tenth in range(1, 56):
        watch.look(replace(QUIET, owed=True, now=tenth / 10))
    assert watch.look(replace(QUIET, owed=True, sounds=1, now=5.9, quiet_at=5.9)) is None
    assert watch.look(replace(QUIET, owed=True, sounds=1, now=7.0, quiet_at=5.9)) is None


def test_a_reprompt_nobody_heard_is_not_followed_by_the_next_at_once() -> None:
    assert alarms(QUIET, 15.9) == [(8.0, Alarm.REPROMPT)]
    assert alarms(QUIET, 24.0) == [(8.0, Alarm.REPROMPT), (16.0, Alarm.REPROMPT), (24.0, Alarm.GIVE_UP)]


def test_a_caller_whose_last_turn_got_no_answer_is_never_hung_up_on() -> None:
    assert alarms(replace(QUIET, turns=1), 24.0)[-1] == (24.0, Alarm.HUMAN)


def test_a_call_in_which_nothing_happens_is_left_alone_until_something_is_due() -> None:
    settings = AgentSettings(max_call_seconds=100, wrap_up_before_seconds=20)
    for scene in (QUIET, replace(QUIET, audible=True, agent_audible=True, owed=True)):
        watch = Watch(settings, 0.0)
        calm = watch.calm_until(scene)
        assert calm > 0 and watch.look(replace(scene, now=calm - 0.01)) is None
        assert watch.look(replace(scene, now=calm)) is not None


def test_a_call_in_which_somebody_waits_is_always_looked_at() -> None:
    watch = Watch(AgentSettings(), 0.0)
    for waiting in ("owed", "caller_speaking", "tools_running", "leaving", "audible"):
        assert watch.calm_until(replace(QUIET, **{waiting: True})) == 0.0
