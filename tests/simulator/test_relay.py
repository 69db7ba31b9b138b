"""ConversationRelay: words out, words in, interruptions that say how much was heard, and a documented end."""

import asyncio
from typing import Any

import pytest

from simulator.carrier import Phone
from simulator.virtual_time import run_virtually
from tests.simulator.application import CALLER, STORE, Application, Socket
from tests.simulator.people import Does, Stays

RELAY = (
    '<Connect action="/after"><ConversationRelay url="wss://app.example.test/relay/x" dtmfDetection="true" '
    'welcomeGreeting="Riverside Honda service."><Parameter name="token" value="t-1"/></ConversationRelay></Connect>'
)


def test_setup_then_prompts_with_the_callers_words() -> None:
    async def main() -> None:
        heard: list[str] = []

        async def script(phone: Phone) -> None:
            heard.append((await phone.listen()).words)
            await phone.say("What time do you open tomorrow?")
            heard.append((await phone.listen()).words)
            await phone.press("7")

        def on_message(socket: Socket, message: dict[str, Any]) -> None:
            if message["type"] == "prompt":
                for token in ("We open ", "at seven ", "tomorrow."):
                    socket.send(type="text", token=token, last=token.endswith("."))

        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"], app.on_message = RELAY, on_message
            call = await carrier.call(CALLER, STORE, Does(script))
            await call.finished()
            await carrier.all_finished()
            socket = app.sockets[0]
            setup = socket.messages[0]
            assert setup["type"] == "setup" and setup["callSid"] == call.sid
            assert setup["customParameters"] == {"token": "t-1"} and setup["from"] == CALLER
            assert heard == ["Riverside Honda service.", "We open at seven tomorrow."]
            assert [m["voicePrompt"] for m in socket.events("prompt")] == ["What time do you open tomorrow?"]
            assert [m["digit"] for m in socket.events("dtmf")] == ["7"]
            assert app.asked("/after")[0]["SessionStatus"] == "ended"

    run_virtually(main())


def test_an_interruption_says_what_was_heard() -> None:
    async def main() -> None:
        async def script(phone: Phone) -> None:
            await phone.wait_for_speech(10)
            await phone.wait(2.5)
            await phone.say("Stop, I only want a wash.")
            await phone.wait(3)

        long = "We have a great many services on our menu and I will now read each of them out to you in full."

        def on_message(socket: Socket, message: dict[str, Any]) -> None:
            if message["type"] == "setup":
                socket.send(type="text", token=long, last=True)

        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = RELAY.replace('welcomeGreeting="Riverside Honda service."', "")
            app.on_message = on_message
            call = await carrier.call(CALLER, STORE, Does(script))
            await call.finished()
            cut = app.sockets[0].events("interrupt")[0]
            assert long.startswith(cut["utteranceUntilInterrupt"]) and len(cut["utteranceUntilInterrupt"]) > 10
            assert 2300 <= cut["durationUntilInterruptMs"] <= 3100
            prompts = app.sockets[0].events("prompt")
            assert prompts[-1]["voicePrompt"] == "Stop, I only want a wash." and prompts[-1]["last"] is True

    run_virtually(main())


def test_the_end_message_hands_its_data_to_the_action_after_the_last_word() -> None:
    async def main() -> None:
        def on_message(socket: Socket, message: dict[str, Any]) -> None:
            if message["type"] == "setup":
                socket.send(type="text", token="Goodbye then.", last=True)
                socket.send(type="end", handoffData='{"reason":"done"}')

        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": RELAY, "/after": "<Hangup/>"}
            app.on_message = on_message
            call = await carrier.call(CALLER, STORE, Stays())
            await call.finished()
            told = app.asked("/after")[0]
            assert told["HandoffData"] == '{"reason":"done"}' and told["SessionStatus"] == "ended"
            assert call.relays[0].spoken == ["Riverside Honda service.", "Goodbye then."]

    run_virtually(main())


@pytest.mark.parametrize("bad", ['{"type":"shout"}', "nonsense", '{"type":"text"}'])
def test_a_bad_message_is_64107_and_the_session_goes_on(bad: str) -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = RELAY
            app.on_message = lambda s, m: s.raw(bad) if m["type"] == "setup" else None
            call = await carrier.call(CALLER, STORE, Stays(6))
            await asyncio.sleep(3)
            assert [alert.code for alert in carrier.alerts] == [64107]
            assert app.sockets[0].messages[-1]["description"].startswith("Invalid message received")
            assert not app.sockets[0].closed
            await call.finished()

    run_virtually(main())


def test_a_lost_socket_is_told_to_the_action_as_a_failed_session() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": RELAY, "/after": "<Say>One moment.</Say>"}
            call = await carrier.call(CALLER, STORE, Stays())
            await asyncio.sleep(3)
            call.drop_socket()
            await call.finished()
            told = app.asked("/after")[0]
            assert told["SessionStatus"] == "failed" and told["ErrorCode"] == "64105"

    run_virtually(main())
