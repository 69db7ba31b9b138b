"""TwiML as documented: order, actions, fallbacks, dialling, voicemail, digits; and what the carrier reports."""

from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from simulator.carrier import Call, Carrier, CarrierFaults, DialScript, Phone
from simulator.carrier.twiml import TwimlRejected, parse
from simulator.virtual_time import run_virtually
from simulator.voice import spoken_ms
from tests.simulator.application import CALLER, ORIGIN, STORE, Application
from tests.simulator.people import Does, Stays

ADVISOR = "+15035550142"


async def ring(app: Application, carrier: Carrier, seconds: float = 600, **faults: Any) -> Call:
    call = await carrier.call(CALLER, STORE, Stays(seconds), CarrierFaults(**faults))
    return await call.finished()


def test_every_webhook_is_signed_over_the_public_url() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = "<Say>Hello</Say><Redirect>/next?x=1</Redirect>"
            app.documents["/next"] = "<Hangup/>"
            call = await ring(app, carrier)
            await carrier.all_finished()
            validator = RequestValidator("0123456789abcdef0123456789abcdef")
            assert [path for path, _, _ in app.requests] == ["/voice", "/next", "/status"]
            for (_, fields, headers), sent in zip(app.requests, carrier.requests, strict=True):
                assert validator.validate(sent.url, fields, headers["x-twilio-signature"])
                assert headers["host"] == "app.example.test"
                assert fields["CallSid"] == call.sid and fields["From"] == CALLER
            assert app.requests[-1][1]["CallStatus"] == "completed"

    run_virtually(main())


def test_a_forged_signature_is_wrong() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = "<Hangup/>"
            await ring(app, carrier, wrong_signature=True)
            _, fields, headers = app.requests[0]
            validator = RequestValidator("0123456789abcdef0123456789abcdef")
            assert not validator.validate(f"{ORIGIN}/voice", fields, headers["x-twilio-signature"])

    run_virtually(main())


def test_speech_lasts_as_long_as_its_words() -> None:
    async def main() -> None:
        words = "Thank you for calling. Our service department will be with you shortly."
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = f'<Say>{words}</Say><Pause length="2"/><Hangup/>'
            call = await ring(app, carrier)
            assert call.did() == ["Status", "Status", "Say", "Pause", "Hangup", "Ended", "Status"]
            assert call.answered_at is not None and call.ended_at is not None
            assert call.ended_at - call.answered_at == pytest.approx(spoken_ms(words) / 1000 + 2, abs=0.1)

    run_virtually(main())


@pytest.mark.parametrize(("failure", "code"), [(500, "11200"), ("not xml at all <", "12100")])
def test_a_failing_voice_url_leads_to_the_fallback_with_the_reason(failure: str | int, code: str) -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": failure, "/fallback": "<Say>One moment.</Say>"}
            call = await ring(app, carrier)
            told = app.asked("/fallback")[0]
            assert told["ErrorCode"] == code and told["ErrorUrl"] == f"{ORIGIN}/voice"
            assert "Say" in call.did()

    run_virtually(main())


def test_an_unknown_verb_is_12200_and_the_caller_hears_the_apology_when_the_fallback_fails_too() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": "<Teleport/>", "/fallback": 500}
            call = await ring(app, carrier)
            assert [alert.code for alert in carrier.alerts] == [12200, 11200]
            assert call.did()[-3:] == ["Apology", "Ended", "Status"] and call.ended_by == "carrier"

    run_virtually(main())


def test_nobody_listening_is_11205_after_one_retry() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            carrier.exchange.settings.web_address = "127.0.0.1:9"
            await ring(app, carrier)
            assert [r.code for r in carrier.requests if r.url.endswith("/voice")] == [11205, 11205]

    run_virtually(main())


def test_a_slow_answer_times_out_after_fifteen_seconds() -> None:
    import asyncio

    from simulator.http_server import HttpAnswer, HttpRequest, HttpServer

    async def main() -> None:
        async def never(request: HttpRequest) -> HttpAnswer:
            await asyncio.sleep(60)
            return HttpAnswer(204)

        async with Application() as app, app.carrier() as carrier:
            slow = HttpServer(never)
            carrier.exchange.settings.web_address = await slow.start("127.0.0.1:0")
            began = asyncio.get_running_loop().time()
            await ring(app, carrier)
            assert carrier.alerts[0].code == 11200
            assert carrier.alerts[0].at - began == pytest.approx(15.5, abs=0.3)
            await slow.close()

    run_virtually(main())


@pytest.mark.parametrize("outcome", ["busy", "no-answer", "failed", "answered"])
def test_dial_tells_its_action_how_it_went(outcome: str) -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            carrier.people[ADVISOR] = DialScript(outcome, rings_s=3, talks_s=20)
            app.documents |= {
                "/voice": f'<Dial timeout="12" action="/dialled"><Number statusCallback="/leg" '
                f'statusCallbackEvent="initiated ringing answered completed">{ADVISOR}</Number></Dial><Say>no</Say>',
                "/dialled": "<Hangup/>",
                "/leg": 204,
            }
            call = await ring(app, carrier)
            await carrier.all_finished()
            told = app.asked("/dialled")[0]
            assert told["DialCallStatus"] == ("completed" if outcome == "answered" else outcome)
            assert "Say" not in call.did()  # verbs after a Dial with an action are not reached
            statuses = [fields["CallStatus"] for fields in app.asked("/leg")]
            assert statuses[:2] == ["initiated", "ringing"]
            assert statuses[-1] == told["DialCallStatus"]
            if outcome == "answered":
                assert told["DialCallDuration"] == "20" and told["DialBridged"] == "true"
            assert app.asked("/leg")[0]["ParentCallSid"] == call.sid

    run_virtually(main())


def test_dial_without_an_action_goes_on_to_voicemail() -> None:
    async def main() -> None:
        async def leave_a_message(phone: Phone) -> None:
            await phone.wait(14)
            await phone.say("Hi, this is Maria. Please call me back.")
            await phone.wait(60)

        async with Application() as app, app.carrier() as carrier:
            app.documents |= {
                "/voice": f'<Dial timeout="10">{ADVISOR}</Dial><Say>Leave a message.</Say>'
                '<Record maxLength="120" action="/recorded-action" recordingStatusCallback="/recorded"/>',
                "/recorded-action": "<Hangup/>",
            }
            call = await carrier.call(CALLER, STORE, Does(leave_a_message))
            await call.finished()
            await carrier.all_finished()
            told, ready = app.asked("/recorded-action")[0], app.asked("/recorded")[0]
            assert told["RecordingSid"] == ready["RecordingSid"] and ready["RecordingStatus"] == "completed"
            assert 5 <= int(told["RecordingDuration"]) <= 14

    run_virtually(main())


def test_hanging_up_on_the_voicemail_still_delivers_it() -> None:
    async def main() -> None:
        async def leave_a_message(phone: Phone) -> None:
            await phone.wait(2)
            await phone.say("Call me back please, it is urgent.")

        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": '<Record action="/a" recordingStatusCallback="/recorded"/>', "/a": "<Hangup/>"}
            call = await carrier.call(CALLER, STORE, Does(leave_a_message))
            await call.finished()
            await carrier.all_finished()
            assert app.asked("/a")[0]["Digits"] == "hangup"
            assert app.asked("/a")[0]["CallStatus"] == "completed"
            assert app.asked("/recorded")

    run_virtually(main())


def test_an_empty_recording_goes_on_without_the_action() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": '<Record action="/a"/><Say>We heard nothing.</Say>', "/a": "<Hangup/>"}
            call = await ring(app, carrier)
            assert not app.asked("/a") and call.did()[-3] == "Say"

    run_virtually(main())


def test_gather_sends_digits_and_speech_and_silence_goes_on() -> None:
    async def main() -> None:
        async def keys(phone: Phone) -> None:
            await phone.wait(2)
            await phone.press("12")
            await phone.wait(30)

        async def words(phone: Phone) -> None:
            await phone.listen()
            await phone.say("Service please.")
            await phone.wait(30)

        gather = '<Gather input="{}" numDigits="2" action="/got"><Say>Press or say.</Say></Gather><Say>Nothing.</Say>'
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/voice": gather.format("dtmf speech"), "/got": "<Hangup/>"}
            await (await carrier.call(CALLER, STORE, Does(keys))).finished()
            await (await carrier.call(CALLER, STORE, Does(words))).finished()
            silent = await ring(app, carrier)
            assert [fields.get("Digits") or fields.get("SpeechResult") for fields in app.asked("/got")] == [
                "12",
                "Service please.",
            ]
            assert [step.detail for step in silent.steps if step.verb == "Say"] == ["Press or say.", "Nothing."]

    run_virtually(main())


def test_reject_never_answers() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = '<Reject reason="busy"/>'
            call = await ring(app, carrier)
            assert call.answered_at is None and call.status == "busy"

    run_virtually(main())


def test_a_whisper_is_heard_by_the_advisor_alone_and_may_be_declined() -> None:
    async def main() -> None:
        whisper = '<Gather numDigits="1" action="/accept" timeout="8"><Say>A customer. Press 1.</Say></Gather><Hangup/>'
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {
                "/voice": f'<Dial action="/dialled"><Number url="/whisper">{ADVISOR}</Number></Dial>',
                "/whisper": whisper,
                "/accept": "<Say>Connecting.</Say>",
                "/dialled": "<Hangup/>",
            }
            carrier.people[ADVISOR] = DialScript("answered")
            await ring(app, carrier)
            carrier.people[ADVISOR] = DialScript("voicemail")
            await ring(app, carrier)
            assert [f["DialCallStatus"] for f in app.asked("/dialled")] == ["completed", "no-answer"]

    run_virtually(main())


def test_a_duplicate_webhook_arrives_twice_with_one_idempotency_token() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = "<Hangup/>"
            await ring(app, carrier, duplicate_webhooks=True)
            tokens = [h["i-twilio-idempotency-token"] for path, _, h in app.requests if path == "/voice"]
            assert len(tokens) == 2 and len(set(tokens)) == 1

    run_virtually(main())


def test_nouns_outside_their_verb_and_foreign_roots_are_refused() -> None:
    for text, code in (("<Response><Stream/></Response>", 12200), ("<Reply/>", 12100), ("", 12100)):
        with pytest.raises(TwimlRejected) as rejected:
            parse(text)
        assert rejected.value.code == code
    document = parse('<Response><Say voice="x" speed="9">a <break/> b</Say></Response>')
    assert document.verbs[0].text == "a b" and document.warnings == ["attribute 'speed' is not allowed in <Say>"]
