"""When something fails: a sound within 3 s, a person within 8 s, one disposition, a callback where one is owed.

The fault table of reliability.md, section 4, row by row. Not here: Redis (tests/kit/test_bus.py), kill -9 and restart
(tests/soak), a full disk and a clock that jumps (nothing of a call depends on either).
"""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from kit.db import Database
from record.models import Call, Disposition
from simulator.callers import SilentCaller
from simulator.carrier import CarrierFaults, Phone
from simulator.carrier.calls import Call as CarrierCall
from simulator.model import ModelFaults
from tests.flows.ears import connected_ms, first_sound, longest_silence
from tests.flows.world import World, virtually
from tests.longer import longer

BRAKES = "brake_job_known_customer"
HUMAN_WITHIN_MS = 8_000
SOUND_WITHIN_MS = 3_000
NOWHERE = "127.0.0.1:9"

MODEL_FAILS = {
    "refuses": ModelFaults(refuse_connect=500),
    "is too slow to connect": ModelFaults(connect_delay_s=30),
    "is mute": ModelFaults(mute=True),
    "speaks without sound": ModelFaults(empty_audio=True),
    "has no quota left": ModelFaults(quota=True),
    "limits our rate": ModelFaults(rate_limit=True),
    "refuses the key": ModelFaults(refuse_connect=401, refuse_code="invalid_api_key"),
}


# ---- the model


@pytest.mark.parametrize("failure", MODEL_FAILS)
def test_with_the_model_down_the_caller_reaches_a_person(sqlite_store: str, tmp_path: Path, failure: str) -> None:
    """Rows 2 to 4 and 7; the caller says nothing, so that every second counts from the connected stream."""

    async def story(world: World) -> None:
        world.people_answer()
        world.model.faults = MODEL_FAILS[failure]
        call = await (await world.ring(SilentCaller(40.0))).finished()
        assert first_sound(call) <= SOUND_WITHIN_MS
        assert longest_silence(call, until="Bridged") <= SOUND_WITHIN_MS
        assert connected_ms(call, "Dial") - connected_ms(call) <= HUMAN_WITHIN_MS
        assert "Bridged" in call.did()
        await one_outcome(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_with_the_model_down_and_nobody_there_a_call_is_owed(sqlite_store: str, tmp_path: Path) -> None:
    """Row "the store does not answer": a message, or none, and in both cases somebody has to call back."""

    async def story(world: World) -> None:
        world.model.faults = MODEL_FAILS["refuses"]
        call = await world.call(BRAKES)
        assert "Record" in call.did()
        assert len(await world.owed(call.sid)) == 1
        await one_outcome(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_after_the_key_is_refused_the_house_agent_answers_new_calls(sqlite_store: str, tmp_path: Path) -> None:
    """Row 4: key and quota errors are terminal. Nobody else is made to find out, until it is time to try again."""

    async def story(world: World) -> None:
        world.model.faults = MODEL_FAILS["refuses the key"]
        await world.call(BRAKES)
        call = await world.call(BRAKES)
        assert "Connect/ConversationRelay" in call.did()
        assert len(world.model.refusals) == 1
        assert await outcome(world, call) == "appointment_set"
        await asyncio.sleep(world.settings.agent.breaker_seconds)
        world.model.faults = ModelFaults()
        assert "Connect/Stream" in (await world.call("hours_and_address")).did()

    virtually(sqlite_store, tmp_path, story)


def test_a_rate_limit_passes_and_so_does_a_refusal(sqlite_store: str, tmp_path: Path) -> None:
    """Row 4: what may pass is tried again, in the same call; the breaker stays closed."""

    async def story(world: World) -> None:
        world.model.fault_queue = [ModelFaults(refuse_connect=503), ModelFaults()]
        call = await world.call(BRAKES)
        assert await outcome(world, call) == "appointment_set"
        assert world.service.agent_kind() == "stream"

    virtually(sqlite_store, tmp_path, story)


def test_a_model_that_goes_round_in_circles_is_left(sqlite_store: str, tmp_path: Path) -> None:
    """Row 7: the same reply for the third time."""

    async def story(world: World) -> None:
        world.people_answer()
        world.model.faults = ModelFaults(loops=True)
        call = await world.talk(insists)
        assert "Bridged" in call.did()
        assert len(await world.notes(call.sid, "model_loops")) == 1
        await one_outcome(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_a_model_that_stops_reading_costs_no_memory_and_no_call(sqlite_store: str, tmp_path: Path) -> None:
    """Row 7 again: what it cannot take is dropped, and when it answers nothing any more a person takes over."""

    async def story(world: World) -> None:
        world.people_answer()
        world.model.fault_queue = [ModelFaults(stops_reading_after_s=6.0, mute_after_ms=6_000)]
        call = await world.call(BRAKES)
        assert "Bridged" in call.did()
        await world.record(call.sid)
        assert world.service.live == 0

    virtually(sqlite_store, tmp_path, story)


async def insists(phone: Phone) -> None:
    for _ in range(4):
        await phone.listen()
        await phone.say("I need an oil change, please.")


# ---- the carrier


def test_a_socket_that_breaks_is_connected_again_with_what_was_said(sqlite_store: str, tmp_path: Path) -> None:
    """Row 8 with us alive: the action asks, and the agent asks its last question again."""

    async def story(world: World) -> None:
        call = await world.ring_as(BRAKES)
        await asyncio.sleep(25)
        call.drop_socket()
        await call.finished()
        assert call.did().count("Connect/Stream") == 2
        assert await outcome(world, call) == "appointment_set"
        record = await world.record(call.sid)
        assert [turn.seq for turn in record.turns] == list(range(1, len(record.turns) + 1))
        assert any(turn.text.startswith("Sorry about that, I'm back.") for turn in record.turns)
        turns = [timing.turn for timing in record.timings]
        assert turns == list(range(1, len(turns) + 1))
        assert longest_silence(call) <= SOUND_WITHIN_MS

    virtually(sqlite_store, tmp_path, story)


def test_a_socket_that_keeps_breaking_ends_with_a_person(sqlite_store: str, tmp_path: Path) -> None:
    """Row 8: the number of resumes is bounded, so that nobody is sent round in circles."""

    async def story(world: World) -> None:
        world.people_answer()
        call = await world.call(BRAKES, CarrierFaults(drop_socket_after_s=6.0))
        assert call.did().count("Connect/Stream") == 1 + world.settings.telephony.resumes_per_call
        assert "Bridged" in call.did()
        await one_outcome(world, call)

    virtually(sqlite_store, tmp_path, story)


@pytest.mark.parametrize("after_s", [longer(2.0), 20.0])
def test_a_dead_server_leaves_the_caller_a_person(sqlite_store: str, tmp_path: Path, after_s: float) -> None:
    """Row 8: nothing of ours answers any more; the document kept at Twilio rings the store by itself."""

    async def story(world: World) -> None:
        call = await world.ring_as(BRAKES)
        await asyncio.sleep(after_s)
        world.at_carrier.web_address = NOWHERE
        world.at_carrier.media_address = NOWHERE
        call.drop_socket()
        await call.finished()
        assert "Dial" in call.did() and "Record" in call.did()
        assert "Apology" not in call.did()
        # Whichever way Twilio goes on from a broken stream: the first document leads to a person by itself as well.
        document = world.carrier.requests[0].answer.decode()
        assert document.index("</Connect>") < document.index("<Dial") < document.index("<Record ")

    virtually(sqlite_store, tmp_path, story)


def test_a_server_that_is_not_there_at_all_still_leaves_a_person(sqlite_store: str, tmp_path: Path) -> None:
    """Row 1: the webhook is down when the call comes."""

    async def story(world: World) -> None:
        world.people_answer()
        world.at_carrier.web_address = NOWHERE
        call = await world.call(BRAKES)
        assert call.did()[:1] == ["Status"] and "Fallback" in call.did() and "Bridged" in call.did()

    virtually(sqlite_store, tmp_path, story)


@pytest.mark.parametrize("fault", [CarrierFaults(never_send_start=True), CarrierFaults(wrong_call_sid="CA" + "9" * 32)])
def test_a_socket_that_proves_nothing_leads_to_a_person(
    sqlite_store: str, tmp_path: Path, fault: CarrierFaults
) -> None:
    async def story(world: World) -> None:
        world.people_answer()
        call = await (await world.ring(SilentCaller(60.0), faults=fault)).finished()
        assert world.model.sessions == []
        assert "Dial" in call.did()
        await one_outcome(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_a_repeated_webhook_changes_nothing(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        before = await count(world, Call)
        call = await world.call(BRAKES, CarrierFaults(duplicate_webhooks=True, late_status_callbacks_s=3.0))
        assert await outcome(world, call) == "appointment_set"
        assert await count(world, Call) == before + 1
        await one_outcome(world, call)

    virtually(store_url, tmp_path, story)


# ---- our own


def test_the_record_of_a_call_survives_an_absent_database(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "database down": the call goes on, a tool that cannot store says so, no turn is lost."""

    async def story(world: World) -> None:
        call = await world.ring_as("hours_and_address")
        await asyncio.sleep(9)
        with monkeypatch.context() as away:
            away.setattr(Database, "_transaction", _no_database)
            away.setattr(Database, "_session", _no_database)
            await asyncio.sleep(16)
        await call.finished()
        record = await world.record(call.sid)
        said = [turn.text for turn in record.turns]
        assert "What time do you close on Saturday?" in said
        assert [turn.seq for turn in record.turns] == list(range(1, len(said) + 1))
        assert longest_silence(call) <= SOUND_WITHIN_MS
        assert "Apology" not in call.did()
        await one_outcome(world, call)

    virtually(sqlite_store, tmp_path, story)


def test_with_the_database_away_a_new_caller_rings_the_store(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "database down": the webhook still serves a document that leads to a person."""

    async def story(world: World) -> None:
        world.people_answer()
        await world.call("hang_up_mid_sentence")  # since when the store's phone is known by heart
        with monkeypatch.context() as away:
            away.setattr(Database, "_transaction", _no_database)
            away.setattr(Database, "_session", _no_database)
            call = await world.call(BRAKES)
        assert "Bridged" in call.did() and "Apology" not in call.did()

    virtually(sqlite_store, tmp_path, story)


@pytest.mark.parametrize("seconds", [longer(2.0), 45.0])
def test_a_drained_server_hands_its_call_to_the_next(sqlite_store: str, tmp_path: Path, seconds: float) -> None:
    """Row "drain": asked something, or booked already: the next process goes on from there."""
    _drained(sqlite_store, tmp_path, seconds)


def test_a_drained_server_hands_over_the_times_it_offered(store_url: str, tmp_path: Path) -> None:
    _drained(store_url, tmp_path, 22.0)


def _drained(store_url: str, tmp_path: Path, seconds: float) -> None:

    async def story(world: World) -> None:
        old = world.service
        call = await world.ring_as(BRAKES)
        await asyncio.sleep(20)
        await world.start_server()
        await old.drain()
        await old.stop()
        await call.finished()
        assert call.did().count("Connect/Stream") == 2
        assert "Dial" not in call.did()
        assert await outcome(world, call) == "appointment_set"
        record = await world.record(call.sid)
        assert len({use.result["confirmation"] for use in record.tools if use.result["result"] == "booked"}) == 1
        assert longest_silence(call) <= SOUND_WITHIN_MS

    virtually(store_url, tmp_path, story, drain_seconds=seconds)


def test_while_draining_a_new_caller_reaches_a_person(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.service.draining = True
        call = await world.call(BRAKES)
        assert "Dial" in call.did() and "Connect/Stream" not in call.did()
        assert len(await world.owed(call.sid)) == 1

    virtually(sqlite_store, tmp_path, story)


def test_a_caller_a_person_picked_up_for_while_draining_is_owed_nothing(store_url: str, tmp_path: Path) -> None:
    async def talks_and_hangs_up(phone: Phone) -> None:
        await asyncio.sleep(15)
        phone.hang_up()

    async def story(world: World) -> None:
        world.people_answer()
        world.service.draining = True
        call = await world.talk(talks_and_hangs_up)
        assert "Bridged" in call.did()
        assert await world.owed(call.sid) == []
        assert await outcome(world, call) == "transferred_cold"

    virtually(store_url, tmp_path, story)


def test_what_a_tool_could_not_do_while_the_database_was_away_is_owed_afterwards(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller is told that somebody will confirm: once the database is back, somebody owes them that."""

    async def story(world: World) -> None:
        call = await world.ring_as("hours_and_address")
        await asyncio.sleep(15)
        with monkeypatch.context() as away:
            away.setattr(Database, "_transaction", _no_database)
            await asyncio.sleep(20)
        await call.finished()
        record = await world.record(call.sid)
        assert "failed" in {use.decision for use in record.tools}
        assert len(await world.owed(call.sid)) == 1

    virtually(sqlite_store, tmp_path, story)


def test_the_longest_call_ends_with_a_person(sqlite_store: str, tmp_path: Path) -> None:
    """Row "session cap": our own limit comes first, is announced to the model, and hands the caller on."""

    async def story(world: World) -> None:
        world.people_answer()
        call = await world.call(BRAKES)
        assert "Bridged" in call.did()
        assert len(await world.notes(call.sid, "nearly_too_long")) == 1
        assert abs(connected_ms(call, "StreamEnded") - connected_ms(call) - 45_000) < 500
        await one_outcome(world, call)

    virtually(sqlite_store, tmp_path, story, max_call_seconds=45.0, wrap_up_before_seconds=15.0)


# ---- what every call must come to


async def outcome(world: World, call: CarrierCall) -> str:
    record = await world.record(call.sid)
    return record.line.outcome.code if record.line.outcome else ""


async def one_outcome(world: World, call: CarrierCall) -> None:
    """Exactly one disposition, and no session, socket or task that outlives the call."""
    record = await world.record(call.sid)
    async with world.database.reading(world.store.rooftop_id) as db:
        query = select(func.count()).select_from(Disposition).where(Disposition.call_id == record.line.id)
        assert await db.scalar(query) == 1
    assert world.service.live == 0
    assert all(session.closed for session in world.model.sessions)


async def count(world: World, table: type[Call]) -> int:
    async with world.database.reading(world.store.rooftop_id) as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


def _no_database(*_: object) -> None:
    raise OperationalError("select", {}, OSError("the database is away"))
