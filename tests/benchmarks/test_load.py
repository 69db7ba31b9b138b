"""The bench's own arithmetic, against cases worked out by hand, and that it notices what is planted in a bad relay."""

import asyncio
import base64
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from benchmarks import measure
from benchmarks.calls import Call, Rig, Troubles
from benchmarks.floor import Faults, Floor
from benchmarks.load import Endpoints, Phones
from benchmarks.loud_ear import LoudEar
from benchmarks.measure import Second, Spread, judged, mb_per_call, percentile
from benchmarks.playout import Playout
from benchmarks.report import show, write
from benchmarks.script import CLOSE_AFTER_FRAMES, OPEN_AFTER_FRAMES, SPEECH_FRAMES, Cue, Speaker
from benchmarks.stamps import (
    DELTA_BYTES,
    FRAME_BYTES,
    OPENS,
    QUIET,
    SPEECH,
    DownStamp,
    audio_bytes,
    delta_payload,
    frame_payload,
    plain_payload,
    read_delta,
    read_frame,
)
from benchmarks.steps import Run, Step, simulated_world
from benchmarks.twilio import sign, stream_of
from telephony.barge_in import EnergyGate
from telephony.media import is_base64, payload_bytes


class TestStamps:
    def test_a_frame_says_when_it_was_sent_and_which_it_is(self) -> None:
        message = b'{"audio":"' + frame_payload(299, OPENS) % (1_234_567_890_123, 4711)
        stamp = read_frame(message, 10)
        assert stamp is not None
        assert (stamp.sent_ns, stamp.seq, stamp.call, stamp.kind) == (1_234_567_890_123, 4711, 299, OPENS[0])

    @pytest.mark.parametrize("kind", [QUIET, SPEECH])
    def test_a_stamped_frame_is_20_ms_of_valid_base64(self, kind: bytes) -> None:
        payload = frame_payload(1, kind) % (2**62, 2**23)
        assert is_base64(payload)
        assert len(base64.b64decode(payload, validate=True)) == payload_bytes(payload) == FRAME_BYTES

    def test_a_delta_is_200_ms_and_says_whose_it_is(self) -> None:
        payload = delta_payload() % (77, 5, 19)
        assert len(base64.b64decode(payload, validate=True)) == DELTA_BYTES
        assert read_delta(b"xx" + payload, 2) == DownStamp(77, 5, 19)

    def test_a_later_piece_of_a_delta_has_no_stamp(self) -> None:
        assert read_delta(delta_payload() % (77, 5, 19), 400) is None

    def test_transcoded_audio_has_no_stamp(self) -> None:
        assert read_frame(plain_payload(SPEECH), 0) is None

    @pytest.mark.parametrize("size", [1, 2, 3, 160, 1600])
    def test_audio_is_counted_without_decoding_it(self, size: int) -> None:
        message = b"head" + base64.b64encode(bytes(size)) + b'"'
        assert audio_bytes(message, 4, len(message) - 1) == size

    def test_the_app_takes_quiet_frames_for_quiet_and_speech_for_speech(self) -> None:
        gate = EnergyGate()
        quiet = [gate.hears(base64.b64decode(frame_payload(7, QUIET) % (2**62 + n * 20_000_000, n))) for n in range(50)]
        loud = [gate.hears(base64.b64decode(frame_payload(7, SPEECH) % (2**62, n))) for n in range(3)]
        assert not any(quiet)
        assert loud[1:] == [True, True]


class TestPlayout:
    def test_sound_drains_at_eight_bytes_a_millisecond(self) -> None:
        ear = Playout()
        ear.media(1000.0, 1600, DownStamp(0, 1, 0))
        assert ear.remaining(1050.0) == 150.0
        assert ear.remaining(1200.0) == 0.0

    def test_what_was_heard_at_a_clear_is_what_came_less_what_was_left(self) -> None:
        ear = Playout()
        ear.media(1000.0, 1600, DownStamp(0, 1, 0))
        ear.media(1010.0, 1600, DownStamp(0, 1, 1))
        heard, _ = ear.clear(1130.0)
        assert (heard.serial, heard.heard_ms, heard.received_ms) == (1, 130.0, 400.0)

    def test_a_pause_between_deltas_is_not_heard(self) -> None:
        ear = Playout()
        ear.media(1000.0, 800, DownStamp(0, 1, 0))
        ear.media(1500.0, 800, DownStamp(0, 1, 1))
        heard, _ = ear.clear(1540.0)
        assert heard.heard_ms == 140.0
        assert ear.gaps == 1

    def test_marks_come_back_when_playback_gets_there(self) -> None:
        ear = Playout()
        ear.media(0.0, 960, DownStamp(0, 1, 0))
        assert ear.mark(5.0, b"one") == 120.0
        ear.media(6.0, 640, None)
        assert ear.mark(6.0, b"two") == 200.0
        assert ear.reached(119.0) == []
        assert ear.reached(120.0) == [b"one"]
        assert ear.reached(300.0) == [b"two"]

    def test_a_clear_gives_back_every_mark_and_silences_the_line(self) -> None:
        ear = Playout()
        ear.media(0.0, 1600, DownStamp(0, 1, 0))
        ear.mark(0.0, b"one")
        assert ear.clear(50.0)[1] == [b"one"]
        assert ear.remaining(50.0) == 0.0

    def test_sound_of_a_cleared_reply_is_stale_and_that_of_the_next_is_not(self) -> None:
        ear = Playout()
        ear.media(0.0, 1600, DownStamp(0, 1, 0))
        ear.clear(50.0)
        assert not ear.media(60.0, 1600, DownStamp(0, 1, 1))
        assert ear.media(70.0, 1600, DownStamp(0, 2, 0))
        assert ear.stale_bytes == 1600

    def test_a_delta_that_never_came_is_lost(self) -> None:
        ear = Playout()
        ear.media(0.0, 1600, DownStamp(0, 1, 0))
        ear.media(1.0, 1600, DownStamp(0, 1, 2))
        assert ear.lost == 1
        ear.complete(1, 5)
        assert ear.lost == 3

    def test_a_reply_of_which_nothing_came_is_lost_whole(self) -> None:
        ear = Playout()
        ear.complete(1, 20)
        assert ear.lost == 20

    def test_part_of_a_delta_that_never_came_is_lost(self) -> None:
        ear = Playout()
        ear.media(0.0, 960, DownStamp(0, 1, 0))
        ear.complete(1, 1)
        assert ear.lost == 1

    def test_what_was_cleared_cannot_be_lost(self) -> None:
        ear = Playout()
        ear.media(0.0, 1600, DownStamp(0, 1, 0))
        ear.clear(10.0)
        ear.complete(1, 20)
        assert ear.lost == 0


class TestFigures:
    def test_percentiles_are_values_that_occurred(self) -> None:
        values = [float(n) for n in range(1, 101)]
        assert (percentile(values, 0.5), percentile(values, 0.99)) == (50.0, 99.0)
        assert math.isnan(percentile([], 0.5))

    def test_memory_per_call_is_the_slope(self) -> None:
        assert mb_per_call([(10, 101.0), (100, 110.0), (200, 120.0)]) == pytest.approx(0.1)
        assert math.isnan(mb_per_call([(10, 101.0)]))

    def test_truncation_error_is_what_the_model_was_told_against_what_was_heard(self) -> None:
        rig, call = Rig(), Call(0, "CA0", "MZ0")
        call.playout.media(0.0, 1600, DownStamp(0, 4, 0))
        rig.model_told(call, 4, 120.0)
        rig.carrier_cleared(call, call.playout.clear(130.0)[0])
        assert rig.meter.now.truncation == [10.0]

    def test_seconds_in_which_others_ran_are_left_out_when_enough_remain(self) -> None:
        noisy, quiet = Second(others=0.5), [Second() for _ in range(4)]
        assert judged([noisy, *quiet]) == (quiet, True)
        assert judged([noisy, quiet[0]]) == ([noisy, quiet[0]], False)

    def test_cpu_per_call_minute(self) -> None:
        assert _step(calls=100, seconds=30.0, cpu_seconds=10.0).cpu_per_call_minute == pytest.approx(0.2)

    @pytest.mark.parametrize(
        ("trouble", "held"),
        [({}, True), ({"frames_lost_up": 1}, False), ({"stale_bytes": 160}, False), ({"calls_failed": 1}, False)],
    )
    def test_a_step_is_held_only_when_nobody_was_harmed(self, trouble: dict[str, int], held: bool) -> None:
        assert _step(troubles=Troubles(**trouble)).held is held

    def test_a_step_is_not_held_when_one_way_is_slow(self) -> None:
        assert not _step(down=Spread(100, 1.0, 21.0, 30.0)).held

    def test_the_report_can_be_read_and_written_without_a_machine(self, tmp_path, capsys) -> None:
        from rich.console import Console

        run = Run("lanekeeper", steps=[_step(calls=10), _step(calls=100)], calls_held=100)
        show(Console(width=200), [run, Run("floor", steps=[_step(calls=100, cpu_seconds=2.0)])], ["a note"])
        write(tmp_path / "bench.json", [run], [])
        assert "0.20" in capsys.readouterr().out
        assert '"lanekeeper"' in (tmp_path / "bench.json").read_text()

    def test_a_run_that_held_nothing_does_not_pass_for_clean(self, capsys) -> None:
        from rich.console import Console

        stale = _step(calls=100, troubles=Troubles(stale_bytes=4711))
        show(Console(width=200), [Run("lanekeeper", steps=[stale], first_not_held=100)], [])
        row = next(line for line in capsys.readouterr().out.splitlines() if "stale audio" in line)
        assert "4711" in row and "FAIL" in row


class TestScript:
    def test_a_turn_opens_after_the_detectors_delay_and_closes_after_silence(self) -> None:
        speaker = Speaker(0, barge_every=3)
        cues = [(speaker.due, speaker.take()) for _ in range(4)]
        onset = cues[0][0]
        assert cues == [
            (onset, Cue.ONSET),
            (onset + OPEN_AFTER_FRAMES, Cue.OPENS),
            (onset + SPEECH_FRAMES, Cue.HUSH),
            (onset + SPEECH_FRAMES + CLOSE_AFTER_FRAMES, Cue.CLOSES),
        ]

    def test_one_turn_in_three_is_talked_into(self) -> None:
        speaker = Speaker(5, barge_every=3)
        onsets = []
        for _ in range(10 * 4):
            due, cue = speaker.due, speaker.take()
            if cue is Cue.ONSET:
                onsets.append(due)
        gaps = [after - before for before, after in zip(onsets, onsets[1:], strict=False)]
        assert sum(gap < 400 for gap in gaps) == 3

    def test_the_loud_ear_opens_and_closes_like_the_script(self) -> None:
        ear = LoudEar()
        loud = base64.b64encode(b"\x00\x40" * 480).decode()
        quiet = base64.b64encode(bytes(960)).decode()
        heard = [what for _ in range(OPEN_AFTER_FRAMES) for what in ear.hear(loud)]
        assert heard == ["onset", "opens"]
        assert [what for _ in range(CLOSE_AFTER_FRAMES) for what in ear.hear(quiet)] == ["closes"]


class TestTwilio:
    def test_signature_is_the_documented_one(self) -> None:
        form = {
            "CallSid": "CA1234567890ABCDE",
            "Caller": "+14158675310",
            "Digits": "1234",
            "From": "+14158675310",
            "To": "+18005551212",
        }
        url = "https://mycompany.com/myapp.php?foo=1&bar=2"
        from twilio.request_validator import RequestValidator

        assert RequestValidator("12345").validate(url, form, sign("12345", url, form))

    def test_the_stream_of_an_answer(self) -> None:
        stream = stream_of(
            "<Response><Say>Hello</Say><Connect action='/x'><Stream url='wss://a.example/media/call'>"
            "<Parameter name='token' value='t'/></Stream></Connect><Dial>+1</Dial></Response>"
        )
        assert (stream.path, dict(stream.parameters)) == ("/media/call", {"token": "t"})

    def test_an_answer_without_a_stream_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no <Connect>"):
            stream_of("<Response><Dial>+1</Dial></Response>")


class TestThroughTheFloor:
    """Two short calls over real sockets; what is asserted are counts, never times."""

    async def test_an_honest_relay_loses_nothing(self) -> None:
        async with _calls(Faults(), until=lambda rig: bool(rig.meter.now.barge_in and rig.meter.now.turn)) as rig:
            found = rig.counted()
            assert rig.meter.now.up and rig.meter.now.down and rig.meter.now.turn
            assert (found.frames_lost_up, found.deltas_lost, found.stale_bytes, found.calls_failed) == (0, 0, 0, 0)

    async def test_a_lost_caller_frame_is_reported(self) -> None:
        async with _calls(Faults(lose_frame_every=50), until=lambda rig: rig.counted().frames_lost_up > 0) as rig:
            assert rig.counted().frames_lost_up > 0

    async def test_a_lost_delta_is_reported(self) -> None:
        async with _calls(Faults(lose_delta_every=2), until=lambda rig: rig.counted().deltas_lost > 0) as rig:
            assert rig.counted().deltas_lost > 0

    async def test_a_relay_that_plays_on_after_a_clear_is_reported(self) -> None:
        async with _calls(Faults(play_on=True), until=lambda rig: rig.counted().stale_bytes > 0) as rig:
            assert rig.counted().stale_bytes > 0


@asynccontextmanager
async def _calls(faults: Faults, until: Callable[[Rig], bool]) -> AsyncIterator[Rig]:
    """Callers who interrupt at every turn, through a relay, until something was seen (20 s at most)."""
    async with simulated_world() as (rig, port):
        rig.script.barge_every, rig.script.first_onset_frames = 1, 10
        rig.script.real_time_factor, rig.script.think_ms = 1.0, 0.0
        floor = Floor(f"ws://127.0.0.1:{port}/v1", faults)
        await floor.start()
        phones = Phones(rig, Endpoints(floor.web_port, floor.media_port, "https://a.example", "t", "AC", "+1"))
        seen = asyncio.Event()

        def look() -> None:
            if until(rig):
                seen.set()
            else:
                rig.wheel.at(_soon(), look)

        try:
            await phones.hold(2)
            look()
            async with asyncio.timeout(20):
                await seen.wait()
            yield rig
        finally:
            await phones.hang_up_all()
            await floor.stop()


def _soon() -> float:
    from benchmarks.wheel import milliseconds

    return milliseconds() + 20


def _step(
    *,
    calls: int = 10,
    seconds: float = 10.0,
    cpu_seconds: float = 1.0,
    down: Spread | None = None,
    troubles: Troubles | None = None,
) -> Step:
    fine = Spread(100, 0.2, 1.0, 2.0)
    return Step(
        calls=calls, seconds=seconds, up=fine, down=down or fine, first_audio=fine, turn=fine, barge_in=fine,
        truncation=fine, rig_late=fine, cpu_seconds=cpu_seconds, rig_core=0.2, rss_mb=100.0 + calls / 10, stolen=0.0,
        others=0.0, quiet=True, troubles=troubles or Troubles(),
    )  # fmt: skip


def test_the_kernel_is_read_for_this_very_process() -> None:
    import os

    assert measure.cpu_seconds(os.getpid()) > 0
    assert measure.rss_mb(os.getpid()) > 1
    assert measure.core_times(min(os.sched_getaffinity(0))).busy > 0
