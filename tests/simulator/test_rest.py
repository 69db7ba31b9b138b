"""The REST API, driven by Twilio's own client where it can be, with the documented errors."""

import asyncio
import io
import wave
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.carrier import Carrier, DialScript, Phone
from simulator.virtual_time import run_virtually
from tests.simulator.application import CALLER, ORIGIN, STORE, Application
from tests.simulator.people import Does, Stays

T = TypeVar("T")
SID, TOKEN = "AC00000000000000000000000000000001", "0123456789abcdef0123456789abcdef"


class Redirected(TwilioHttpClient):  # type: ignore[misc,unused-ignore]  # untyped in some versions
    """Twilio's client, pointed at the simulator."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._base), *args, **more)


async def sdk(carrier: Carrier, ask: Callable[[Client], T]) -> T:
    """Runs the blocking client in a thread; virtual time waits for it."""
    client = Client(SID, TOKEN, http_client=Redirected(carrier.api_base))
    return await asyncio.to_thread(ask, client)


def test_a_live_call_is_fetched_redirected_and_completed() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/voice"] = '<Pause/><Say>Hello</Say><Pause length="60"/>'
            app.documents["/elsewhere"] = '<Say>Moved.</Say><Pause length="60"/>'
            call = await carrier.call(CALLER, STORE, Stays())
            await asyncio.sleep(5)
            assert (await sdk(carrier, lambda c: c.calls(call.sid).fetch())).status == "in-progress"
            await sdk(carrier, lambda c: c.calls(call.sid).update(url=f"{ORIGIN}/elsewhere"))
            await asyncio.sleep(2)
            assert [s.detail for s in call.steps if s.verb == "Say"] == ["Hello", "Moved."]
            inline = "<Response><Say>Inline.</Say><Pause length='60'/></Response>"
            await sdk(carrier, lambda c: c.calls(call.sid).update(twiml=inline))
            await asyncio.sleep(2)
            await sdk(carrier, lambda c: c.calls(call.sid).update(status="completed"))
            await call.finished()
            assert call.ended_by == "application"
            listed = await sdk(carrier, lambda c: c.calls.list(to=STORE, limit=5))
            assert [(c.sid, c.status) for c in listed] == [(call.sid, "completed")]
            with pytest.raises(TwilioRestException) as refused:
                await sdk(carrier, lambda c: c.calls(call.sid).update(status="completed"))
            assert refused.value.code == 21220

    run_virtually(main())


def test_an_outbound_call_rings_runs_its_document_and_reports_each_status() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents |= {"/outbound": "<Say>Your car is ready.</Say>", "/progress": 204}
            carrier.people[CALLER] = DialScript("answered", rings_s=4, says=("Hello?",))
            events = ["initiated", "ringing", "answered", "completed"]
            made = await sdk(
                carrier,
                lambda c: c.calls.create(
                    to=CALLER, from_=STORE, url=f"{ORIGIN}/outbound",
                    status_callback=f"{ORIGIN}/progress", status_callback_event=events,
                ),
            )  # fmt: skip
            await carrier.calls[made.sid or ""].finished()
            await carrier.all_finished()
            statuses = [fields["CallStatus"] for fields in app.asked("/progress")]
            assert sorted(statuses) == sorted(["initiated", "ringing", "in-progress", "completed"])
            assert app.asked("/outbound")[0]["Direction"] == "outbound-api"

    run_virtually(main())


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "banana", "from_": STORE, "body": "x"}, 21211),
        ({"to": CALLER, "from_": "+15035559999", "body": "x"}, 21606),
        ({"to": "+15035550177", "from_": STORE, "body": "x"}, 21610),
        ({"to": CALLER, "from_": STORE, "body": "x" * 1601}, 21617),
    ],
)
def test_a_message_that_twilio_refuses_is_refused(fields: dict[str, str], code: int) -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/message"] = 204
            await carrier.text("+15035550177", STORE, "STOP")
            with pytest.raises(TwilioRestException) as refused:
                await sdk(carrier, lambda c: c.messages.create(**fields))
            assert refused.value.code == code and refused.value.status == 400

    run_virtually(main())


def test_a_message_is_delivered_with_its_callbacks() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier:
            app.documents["/delivery"] = 204
            sent = await sdk(
                carrier,
                lambda c: c.messages.create(
                    to=CALLER, from_=STORE, body="See you Tuesday.", status_callback=f"{ORIGIN}/delivery"
                ),
            )
            assert sent.status == "queued"
            await carrier.all_finished()
            assert [fields["MessageStatus"] for fields in app.asked("/delivery")] == ["sent", "delivered"]
            assert (await sdk(carrier, lambda c: c.messages(sent.sid or "").fetch())).status == "delivered"

    run_virtually(main())


def test_bad_credentials_unknown_things_and_too_many_requests() -> None:
    async def main() -> None:
        async with Application() as app, app.carrier() as carrier, httpx.AsyncClient() as http:
            base = f"{carrier.api_base}/2010-04-01/Accounts/{SID}"
            wrong = await http.get(f"{base}/Calls.json", auth=(SID, "wrong"))
            assert wrong.status_code == 401 and wrong.json()["code"] == 20003
            unknown = await http.get(f"{base}/Calls/CAnope.json", auth=(SID, TOKEN))
            assert unknown.status_code == 404 and unknown.json()["code"] == 20404
            carrier._rest.requests_per_second = 2
            answers = [(await http.get(f"{base}/Calls.json", auth=(SID, TOKEN))).status_code for _ in range(4)]
            assert answers[-1] == 429
            assert app.web

    run_virtually(main())


def test_a_recording_has_the_caller_left_and_the_agent_right_and_can_be_deleted() -> None:
    async def main() -> None:
        async def script(phone: Phone) -> None:
            await phone.wait(3)
            await phone.say("This is the caller speaking.")
            await phone.wait(1)

        async with Application() as app, app.carrier() as carrier, httpx.AsyncClient() as http:
            app.documents |= {
                "/voice": '<Start><Recording recordingStatusCallback="/recorded"/></Start>'
                '<Say>Hello.</Say><Pause length="60"/>',
                "/recorded": 204,
            }
            call = await carrier.call(CALLER, STORE, Does(script))
            await call.finished()
            await carrier.all_finished()
            ready = app.asked("/recorded")[0]
            assert ready["RecordingChannels"] == "2" and ready["RecordingSource"] == "StartCallRecordingTwiML"
            url = ready["RecordingUrl"]
            media = await http.get(url + ".wav", params={"RequestedChannels": 2}, auth=(SID, TOKEN))
            with wave.open(io.BytesIO(media.content)) as file:
                assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
                samples = memoryview(file.readframes(file.getnframes())).cast("h")
            left, right = samples[0::2].tolist(), samples[1::2].tolist()
            assert max(map(abs, right[:8000])) > 2000  # the greeting
            assert max(map(abs, left[:8000])) < 500  # nobody else yet
            assert max(map(abs, left[25_000:])) > 2000 and max(map(abs, right[25_000:])) < 500
            assert (await http.delete(url + ".json", auth=(SID, TOKEN))).status_code == 204
            assert (await http.get(url + ".wav", auth=(SID, TOKEN))).status_code == 404

    run_virtually(main())
