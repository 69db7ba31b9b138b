"""Media Streams as Twilio documents them: what is sent, when a mark comes back, what clear does."""

import asyncio
from typing import Any

import pytest

from simulator.carrier import Call, Carrier, CarrierFaults
from simulator.mulaw import silence
from simulator.virtual_time import run_virtually
from simulator.voice import babble
from tests.simulator.application import CALLER, ORIGIN, STORE, Application, Socket
from tests.simulator.people import Does, Stays

STREAM = (
    '<Connect action="/after"><Stream url="wss://app.example.test/media/x?lost=1">'
    '<Parameter name="token" value="t-1"/></Stream></Connect><Say>unreachable</Say>'
)


async def a_call(app: Application, carrier: Carrier, seconds: float = 3.0, **faults: Any) -> Call:
    call = await carrier.call(CALLER, STORE, Stays(seconds), CarrierFaults(**faults))
    await call.finished()
    return call


def test_the_stream_starts_with_connected_and_start_and_runs_at_fifty_frames_a_second() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = STREAM
            call = await a_call(app, carrier, seconds=2.0)
            messages = app.sockets[0].messages
            assert [m["event"] for m in messages[:3]] == ["connected", "start", "media"]
            start = messages[1]["start"]
            assert start["callSid"] == call.sid
            assert start["customParameters"] == {"token": "t-1"}
            assert start["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
            media = app.sockets[0].events("media")
            assert 98 <= len(media) <= 101
            assert media[9]["media"]["chunk"] == "10" and media[9]["media"]["timestamp"] == "180"
            numbers = [int(m["sequenceNumber"]) for m in messages[1:]]
            assert numbers == sorted(numbers)
            assert messages[-1]["event"] == "stop" and messages[-1]["stop"]["callSid"] == call.sid
            assert app.upgrades[0].path == b"/media/x"  # the query string did not survive

    run_virtually(main())


def test_a_mark_comes_back_only_when_everything_before_it_was_heard() -> None:
    async def main() -> None:
        def on_message(socket: Socket, message: dict[str, Any]) -> None:
            if message["event"] == "start":
                for n in range(5):
                    socket.play(babble("one two three")[:1600])
                    socket.mark(f"m{n}")

        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"], app.on_message = STREAM, on_message
            call = await a_call(app, carrier)
            marks = call.stream.marks
            assert [m.name for m in marks] == ["m0", "m1", "m2", "m3", "m4"]
            times = [(m.echoed_at or 0) - marks[0].sent_at for m in marks]
            assert all(m.played for m in marks)
            for n, passed in enumerate(times):
                assert 0.2 * (n + 1) <= passed <= 0.2 * (n + 1) + 0.045
            assert [m["mark"]["name"] for m in app.sockets[0].events("mark")] == ["m0", "m1", "m2", "m3", "m4"]

    run_virtually(main())


def test_a_mark_with_nothing_buffered_comes_back_at_once() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = STREAM
            app.on_message = lambda s, m: s.mark("now") if m["event"] == "start" else None
            call = await a_call(app, carrier)
            mark = call.stream.marks[0]
            assert mark.echoed_at == pytest.approx(mark.sent_at, abs=0.001)

    run_virtually(main())


def test_clear_empties_the_buffer_and_echoes_every_outstanding_mark() -> None:
    async def main() -> None:
        def on_message(socket: Socket, message: dict[str, Any]) -> None:
            if message["event"] == "start":
                for n in range(10):
                    socket.play(babble("one two three four")[:3200])
                    socket.mark(f"m{n}")
            if message["event"] == "media" and message["media"]["chunk"] == "50":
                socket.clear()

        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"], app.on_message = STREAM, on_message
            call = await a_call(app, carrier)
            played = [m.played for m in call.stream.marks]
            assert len(app.sockets[0].events("mark")) == 10
            assert played == [True, True] + [False] * 8
            cleared = call.stream.clears[0]
            assert cleared.marks == 8 and 2900 <= cleared.dropped_ms <= 3100
            after = bytes(call.line.agent_audio[int(1.2 * 8000) :])
            assert after.strip(b"\xff") == b""  # nothing was heard after the clear

    run_virtually(main())


@pytest.mark.parametrize(
    "bad",
    [
        '{"event":"speak","streamSid":"SID"}',
        "not json",
        '{"event":"media","streamSid":"SID","media":{"payload":"***"}}',
        '{"event":"media","streamSid":"MZ0","media":{"payload":"/////w=="}}',
        '{"event":"mark","streamSid":"SID","mark":{}}',
        '{"event":"media","streamSid":"SID","media":{"payload":"' + "A" * 1_100_000 + '"}}',
    ],
)
def test_a_message_twilio_cannot_take_is_31924_and_the_end_of_the_stream(bad: str) -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": STREAM, "/after": "<Hangup/>"}
            app.on_message = lambda s, m: s.raw(bad.replace("SID", s.sid)) if m["event"] == "start" else None
            call = await a_call(app, carrier, seconds=30)
            assert [alert.code for alert in carrier.alerts] == [31924]
            assert call.did()[-3:] == ["Hangup", "Ended", "Status"]

    run_virtually(main())


def test_the_application_closing_the_socket_leads_to_the_action_and_not_to_the_next_verb() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": STREAM, "/after": "<Say>Goodbye now.</Say>"}
            app.on_message = lambda s, m: s.close() if m["event"] == "start" else None
            call = await a_call(app, carrier, seconds=30)
            assert [s.detail for s in call.steps if s.verb == "Say"] == ["Goodbye now."]
            assert app.asked("/after")[0]["StreamSid"] == call.stream.sid
            assert not carrier.alerts

    run_virtually(main())


def test_without_an_action_the_next_verb_runs_when_the_socket_breaks() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = STREAM.replace(' action="/after"', "")
            call = await a_call(app, carrier, seconds=30, drop_socket_after_s=1.0)
            assert [alert.code for alert in carrier.alerts] == [31903]
            assert "Say" in call.did()

    run_virtually(main())


def test_a_refused_upgrade_is_31920() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": STREAM, "/after": "<Hangup/>"}
            app.refuse_upgrades = True
            await a_call(app, carrier, seconds=30)
            assert [alert.code for alert in carrier.alerts] == [31920]

    run_virtually(main())


def test_a_slow_reader_overflows_and_loses_audio_with_31930() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier(largest_backlog=20_000) as carrier:
            app.documents["/voice"] = STREAM

            def stop_reading(socket: Socket, message: dict[str, Any]) -> None:
                if message["event"] == "start" and socket.transport is not None:
                    socket.transport.underlying_transport.pause_reading()

            app.on_message = stop_reading
            call = await a_call(app, carrier, seconds=600)
            assert call.stream.frames_lost > 0
            assert 31930 in [alert.code for alert in carrier.alerts]

    run_virtually(main())


def test_what_the_caller_heard_is_known_to_the_byte() -> None:
    async def main() -> None:
        speech = babble("this is the whole of it")

        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = STREAM
            app.on_message = lambda s, m: s.play(speech) if m["event"] == "start" else None
            call = await a_call(app, carrier, seconds=5)
            heard = bytes(call.line.agent_audio)
            assert speech in heard
            assert heard.index(speech) % 160 == 0

    run_virtually(main())


def test_digits_reach_the_stream_as_dtmf_messages() -> None:
    async def main() -> None:
        async def script(phone: Any) -> None:
            await phone.wait(1)
            await phone.press("5#")

        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = STREAM
            call = await carrier.call(CALLER, STORE, Does(script))
            await call.finished()
            digits = [m["dtmf"] for m in app.sockets[0].events("dtmf")]
            assert digits == [{"track": "inbound_track", "digit": "5"}, {"track": "inbound_track", "digit": "#"}]

    run_virtually(main())


def test_jitter_delays_frames_but_never_reorders_them() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = STREAM
            await a_call(app, carrier, seconds=3, jitter_ms=90)
            chunks = [int(m["media"]["chunk"]) for m in app.sockets[0].events("media")]
            assert chunks == list(range(1, len(chunks) + 1)) and len(chunks) > 100

    run_virtually(main())


def test_a_socket_without_start_stays_silent_until_the_application_gives_up() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": STREAM, "/after": "<Hangup/>"}
            call = await carrier.call(CALLER, STORE, Stays(8), CarrierFaults(never_send_start=True))
            await asyncio.sleep(5)
            assert not app.sockets[0].events("start")
            await call.finished()

    run_virtually(main())


def test_the_padding_of_a_short_last_frame_is_silence() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = STREAM
            app.on_message = lambda s, m: s.play(b"\x00" * 100) if m["event"] == "start" else None
            call = await a_call(app, carrier)
            heard = bytes(call.line.agent_audio)
            assert b"\x00" * 100 + silence(20)[:60] in heard and heard.count(0) == 100
            assert ORIGIN.startswith("https://")

    run_virtually(main())
