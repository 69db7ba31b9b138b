"""Twilio's webhooks: only Twilio is believed, a call has one row, and every document leads to a person."""

import base64
import hmac
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from sqlalchemy import func, select

from followup.models import Loop
from kit.db import Database
from kit.ids import CallId
from record import calls
from record.models import Call, OutboxEvent
from telephony.signature import SignatureCheck
from telephony.tokens import StreamTokens
from tests.builders import ANA, LINE, PARTS, ROOFTOP, STORE_PHONE, StandingClock, a_customer, a_store
from tests.telephony.twilio import ACCOUNT, CALL, ORIGIN, TOKEN, Twilio, document, edge, twilio_for, verbs


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def twilio(database: Database, clock: StandingClock) -> Twilio:
    await a_store(database)
    return twilio_for(edge(database, clock))


async def the_call(database: Database) -> Call:
    async with database.reading(ROOFTOP) as db:
        row = await db.scalar(select(Call))
        assert row is not None
        return row


async def test_a_caller_is_told_of_ai_and_recording_before_anything_else(twilio: Twilio) -> None:
    """C11, C12."""
    answer = await twilio.ring()
    assert verbs(answer)[0] == "Say"
    said = answer[0].text or ""
    assert "AI" in said and "recorded" in said
    assert verbs(answer).index("Start") > 0


async def test_the_first_document_leads_to_a_person_without_us(twilio: Twilio) -> None:
    """A dead server still leaves the caller the store's phone, then a voicemail."""
    answer = await twilio.ring()
    after = verbs(answer)[verbs(answer).index("Connect") + 1 :]
    assert after[0] == "Dial" and "Record" in after
    dial = answer.find("Dial")
    assert dial is not None and dial.get("action") is None
    assert [n.text for n in dial] == [STORE_PHONE]


async def test_the_stream_carries_a_token_and_nothing_in_its_url(twilio: Twilio) -> None:
    stream = (await twilio.ring()).find("Connect/Stream")
    assert stream is not None
    assert stream.get("url") == "wss://lanekeeper.example/media/call"
    parameter = stream.find("Parameter")
    assert parameter is not None and parameter.get("name") == "token" and len(parameter.get("value") or "") >= 32


async def test_without_a_speech_model_the_house_agent_answers(database: Database, clock: StandingClock) -> None:
    await a_store(database)
    answer = await twilio_for(edge(database, clock, lambda: "relay")).ring()
    assert answer.find("Connect/ConversationRelay") is not None


async def test_a_draining_server_sends_new_calls_to_a_person(database: Database, clock: StandingClock) -> None:
    await a_store(database)
    answer = await twilio_for(edge(database, clock, lambda: None)).ring()
    assert "Connect" not in verbs(answer) and "Dial" in verbs(answer)


async def test_one_call_has_one_row_however_often_twilio_repeats(twilio: Twilio, database: Database) -> None:
    first = await twilio.ring()
    again = await twilio.ring()
    assert [e.attrib for e in first.iter()] == [e.attrib for e in again.iter()]
    async with database.reading(ROOFTOP) as db:
        assert await db.scalar(select(func.count()).select_from(Call)) == 1


async def test_the_calling_number_hints_at_the_customer_and_verifies_nothing(
    twilio: Twilio, database: Database
) -> None:
    """S7: caller ID is level 0."""
    await twilio.ring()
    row = await the_call(database)
    assert row.customer_hint_id is not None and row.customer_id is None and row.verified_level == 0


async def test_a_number_two_people_share_hints_at_nobody(twilio: Twilio, database: Database) -> None:
    async with database.writing(ROOFTOP) as db:
        await a_customer(db, "Luis", "Ortega", ANA)
    await twilio.ring()
    assert (await the_call(database)).customer_hint_id is None


async def test_an_unknown_number_gets_an_answer_not_an_error(twilio: Twilio) -> None:
    answer = await twilio.ring(to="+15550100999")
    assert verbs(answer) == ["Say", "Hangup"]


FORM = {"AccountSid": ACCOUNT, "CallSid": CALL, "To": LINE, "From": ANA, "CallStatus": "ringing"}


def sign(url: str, form: dict[str, str], token: str = TOKEN, algorithm: str = "sha1") -> str:
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), algorithm).digest()).decode()


VOICE = f"{ORIGIN}/twilio/voice"
FORGERIES = {
    "no signature": (FORM, ""),
    "garbage": (FORM, "x" * 28),
    "another token": (FORM, sign(VOICE, FORM, token="guess")),
    "empty token": (FORM, sign(VOICE, FORM, token="")),
    "http instead of https": (FORM, sign(VOICE.replace("https", "http"), FORM)),
    "wss": (FORM, sign(VOICE.replace("https", "wss"), FORM)),
    "another port": (FORM, sign(VOICE.replace(".example", ".example:8443"), FORM)),
    "trailing slash": (FORM, sign(VOICE + "/", FORM)),
    "another case": (FORM, sign(VOICE.replace("voice", "Voice"), FORM)),
    "another host": (FORM, sign(VOICE.replace("lanekeeper", "evil"), FORM)),
    "another route": (FORM, sign(f"{ORIGIN}/twilio/status", FORM)),
    "a query that was not there": (FORM, sign(VOICE + "?a=b", FORM)),
    "a field changed": (FORM | {"To": "+15550100101"}, sign(VOICE, FORM)),
    "a field added": (FORM | {"Extra": "1"}, sign(VOICE, FORM)),
    "a field dropped": ({k: v for k, v in FORM.items() if k != "From"}, sign(VOICE, FORM)),
    "a field emptied": (FORM | {"From": ""}, sign(VOICE, FORM)),
    "fields run together": (
        {k: v for k, v in FORM.items() if k != "CallStatus"} | {"CallSid": CALL + "CallStatusringing"},
        sign(VOICE, FORM),
    ),
    "another account, well signed": (
        FORM | {"AccountSid": "AC" + "9" * 32},
        sign(VOICE, FORM | {"AccountSid": "AC" + "9" * 32}),
    ),
    "the right words under SHA-256 unannounced": (FORM, sign(VOICE, FORM, algorithm="sha256")),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_webhook_is_refused_and_leaves_nothing(twilio: Twilio, database: Database, forgery: str) -> None:
    """S1."""
    form, signature = FORGERIES[forgery]
    answer = await twilio.raw("/twilio/voice", urlencode(form).encode(), signature)
    assert answer.status_code in (403, 422)
    async with database.reading(ROOFTOP) as db:
        assert await db.scalar(select(func.count()).select_from(Call)) == 0


async def test_a_repeated_field_is_refused_though_the_signature_ignores_it(twilio: Twilio) -> None:
    body = urlencode([*FORM.items(), ("From", ANA)]).encode()
    assert (await twilio.raw("/twilio/voice", body, sign(VOICE, FORM))).status_code == 403


async def test_host_headers_change_nothing(twilio: Twilio) -> None:
    """S2: the signature is checked over the configured origin."""
    body = urlencode(FORM).encode()
    good = await twilio.raw("/twilio/voice", body, sign(VOICE, FORM), Host="evil.example")
    assert good.status_code == 200
    hostile = VOICE.replace("lanekeeper.example", "evil.example")
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert (await twilio.raw("/twilio/voice", body, sign(hostile, FORM), **forged)).status_code == 403


async def test_a_shared_key_signature_is_accepted_when_announced(twilio: Twilio) -> None:
    settings = {"X-Twilio-Webhooks-Signature-Settings": "key=k1,algorithm=HMAC_SHA256"}
    body = urlencode(FORM).encode()
    answer = await twilio.raw("/twilio/voice", body, sign(VOICE, FORM, algorithm="sha256"), **settings)
    assert answer.status_code == 200


async def test_an_oversized_or_broken_body_is_refused(twilio: Twilio) -> None:
    assert (await twilio.raw("/twilio/voice", b"a=" + b"x" * 70_000, "s")).status_code == 413
    assert (await twilio.raw("/twilio/voice", b"\xff\xfe=1", "s")).status_code == 422


async def test_the_agents_goodbye_ends_the_call(twilio: Twilio, database: Database, clock: StandingClock) -> None:
    await twilio.ring()
    await leave(database, clock, "hang_up")
    answer = document(await twilio.post("after-stream", CallStatus="in-progress"))
    assert verbs(answer) == ["Hangup"]
    assert (await the_call(database)).ended_at is not None


async def test_a_transfer_rings_only_an_allow_listed_number(
    twilio: Twilio, database: Database, clock: StandingClock
) -> None:
    """S5, I19: a key, never digits."""
    await twilio.ring()
    await leave(database, clock, "transfer", "parts")
    answer = document(await twilio.post("after-stream", CallStatus="in-progress"))
    assert [n.text for n in answer.findall("Dial/Number")] == [PARTS]
    await leave(database, clock, "transfer", "+19005551234")
    answer = document(await twilio.post("after-stream", CallStatus="in-progress"))
    assert [n.text for n in answer.findall("Dial/Number")] == [STORE_PHONE]


async def test_a_transfer_nobody_picks_up_is_owed_a_callback(
    twilio: Twilio, database: Database, clock: StandingClock
) -> None:
    await twilio.ring()
    await leave(database, clock, "transfer", "parts")
    await twilio.post("after-stream", CallStatus="in-progress")
    answer = document(await twilio.post("after-dial", CallStatus="in-progress", DialCallStatus="no-answer"))
    assert "Record" in verbs(answer)
    await twilio.post("after-dial", CallStatus="in-progress", DialCallStatus="no-answer")
    async with database.reading(ROOFTOP) as db:
        owed = list(await db.scalars(select(Loop)))
    assert len(owed) == 1
    assert owed[0].owner_id and owed[0].due_at == clock.now() + timedelta(hours=1)


async def test_a_stream_that_died_is_connected_again_and_then_gives_up(
    twilio: Twilio, database: Database, clock: StandingClock
) -> None:
    """The process that held the call was killed: nobody wrote that the stream ended."""
    root = await twilio.ring()
    tokens = [parameter_of(root)]
    for _ in range(3):
        await claim(database, clock, tokens[-1])
        root = document(await twilio.post("after-stream", CallStatus="in-progress"))
        assert verbs(root)[0] == "Connect"
        assert parameter_of(root) not in tokens
        tokens.append(parameter_of(root))
    await claim(database, clock, tokens[-1])
    root = document(await twilio.post("after-stream", CallStatus="in-progress"))
    assert root.find("Connect") is None and [n.text for n in root.findall("Dial/Number")] == [STORE_PHONE]


async def test_a_token_is_spent_once_and_only_for_its_call(
    twilio: Twilio, database: Database, clock: StandingClock
) -> None:
    """S3, S4."""
    token = parameter_of(await twilio.ring())
    assert not await claim(database, clock, token, call_sid="CA" + "2" * 32)
    assert not await claim(database, clock, token, account_sid="AC" + "9" * 32)
    assert not await claim(database, clock, token + "x")
    assert await claim(database, clock, token)
    assert not await claim(database, clock, token)


async def test_a_token_expires(twilio: Twilio, database: Database, clock: StandingClock) -> None:
    token = parameter_of(await twilio.ring())
    clock.at += timedelta(seconds=61)
    assert not await claim(database, clock, token)


async def test_the_last_status_ends_the_call_once_in_any_order(
    twilio: Twilio, database: Database, clock: StandingClock
) -> None:
    await twilio.ring()
    for sequence, status in ((2, "completed"), (1, "in-progress"), (2, "completed"), (0, "ringing")):
        answer = await twilio.post("status", CallStatus=status, SequenceNumber=str(sequence), CallDuration="42")
        assert answer.status_code == 204
    row = await the_call(database)
    assert (row.carrier_status, row.duration_seconds, row.ended_at) == ("completed", 42, clock.now())
    async with database.reading(ROOFTOP) as db:
        assert await db.scalar(select(func.count()).select_from(OutboxEvent)) == 1


def test_the_signature_of_a_socket_is_over_the_socket_url() -> None:
    check = SignatureCheck([TOKEN], ORIGIN, "wss://lanekeeper.example")
    for url, good in (
        ("wss://lanekeeper.example/media/call", True),
        ("wss://lanekeeper.example:443/media/call", True),
        ("wss://lanekeeper.example:80/media/call", False),
        ("https://lanekeeper.example/media/call", False),
        ("wss://lanekeeper.example/media/other", False),
    ):
        assert check.upgrade("/media/call", {"x-twilio-signature": sign(url, {})}) is good, url


def test_a_server_without_a_token_believes_nobody() -> None:
    check = SignatureCheck([""], ORIGIN, "wss://lanekeeper.example")
    assert not check.webhook("/twilio/voice", list(FORM.items()), {"x-twilio-signature": sign(VOICE, FORM, token="")})


@budget(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.lists(st.tuples(st.text(), st.text())), st.text(), st.text())
def test_noise_is_never_a_signature(path: str, fields: list[tuple[str, str]], signature: str, header: str) -> None:
    check = SignatureCheck([TOKEN], ORIGIN, "wss://lanekeeper.example")
    headers = {"x-twilio-signature": signature, "x-twilio-webhooks-signature-settings": header}
    assert not check.webhook("/" + path, fields, headers)


def parameter_of(root: object) -> str:
    parameter = root.find(".//Parameter")  # type: ignore[attr-defined]
    return str(parameter.get("value"))


async def claim(
    database: Database, clock: StandingClock, token: str, call_sid: str = CALL, account_sid: str = ACCOUNT
) -> bool:
    async with database.across_rooftops("test") as db:
        found = await calls.claim_stream(
            db,
            call_sid=call_sid,
            account_sid=account_sid,
            token_hash=StreamTokens.hashed(token),
            stream_sid="MZ1",
            held_by="test",
            now=clock.now(),
        )
    return found is not None


async def leave(database: Database, clock: StandingClock, step: str, key: str | None = None) -> None:
    call_id = CallId((await the_call(database)).id)
    async with database.writing(ROOFTOP) as db:
        await calls.stream_ended(db, call_id, reason="finished", next_step=step, transfer_key=key, now=clock.now())
