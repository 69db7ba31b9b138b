"""When something fails: a sound within 3 s, a person within 8 s, one disposition, a callback where one is owed."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kit.db import Database
from record.models import Call, Disposition
from simulator.callers import caller_for, scenarios
from simulator.carrier import CarrierFaults
from simulator.carrier.calls import Call as CarrierCall
from simulator.model import ModelFaults
from tests.flows.world import World, virtually

CALLER = "brake_job_known_customer"
HUMAN_WITHIN_SECONDS = 8.0
SOUND_WITHIN_SECONDS = 3.0

MODEL_FAILS = {
    "refuses": ModelFaults(refuse_connect=500),
    "is too slow to connect": ModelFaults(connect_delay_s=30),
    "is mute": ModelFaults(mute=True),
    "speaks without sound": ModelFaults(empty_audio=True),
    "has no quota left": ModelFaults(quota=True),
    "refuses the key": ModelFaults(refuse_connect=401, refuse_code="invalid_api_key"),
}


def at(call: CarrierCall, verb: str) -> float:
    return next(step.at for step in call.steps if step.verb.startswith(verb))


@pytest.mark.parametrize("failure", MODEL_FAILS)
def test_with_the_model_down_the_caller_reaches_a_person(sqlite_store: str, tmp_path: Path, failure: str) -> None:
    async def story(world: World) -> None:
        world.model.faults = MODEL_FAILS[failure]
        call = await world.call(CALLER)
        waited = at(call, "Dial") - at(call, "Connect")
        assert waited <= HUMAN_WITHIN_SECONDS
        record = await world.record(call.sid)
        assert record.line.outcome is not None
        assert len(await owed(world, call.sid)) == 1

    virtually(sqlite_store, tmp_path, story)


def test_after_the_key_is_refused_the_house_agent_answers_new_calls(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.model.faults = ModelFaults(refuse_connect=401, refuse_code="invalid_api_key")
        await world.call(CALLER)
        call = await world.call(CALLER)
        assert "Connect/ConversationRelay" in call.did()
        record = await world.record(call.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "appointment_set"
        await asyncio.sleep(world.settings.agent.breaker_seconds)
        world.model.faults = ModelFaults()
        assert "Connect/Stream" in (await world.call("hours_and_address")).did()

    virtually(store_url, tmp_path, story)


def test_without_any_key_the_house_agent_books(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        call = await world.call(CALLER)
        assert "Connect/ConversationRelay" in call.did()
        record = await world.record(call.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "appointment_set"
        assert record.line.customer == "Maria Alvarez"

    virtually(store_url, tmp_path, story, key=None)


def test_a_model_that_drops_in_mid_call_is_replaced_and_the_call_goes_on(store_url: str, tmp_path: Path) -> None:
    """Complaint 12: the model's socket drops and the caller hears nothing."""

    async def story(world: World) -> None:
        world.model.faults = ModelFaults(drop_after_s=20)
        call = await world.call(CALLER)
        assert len(world.model.sessions) >= 2
        record = await world.record(call.sid)
        assert record.line.outcome is not None
        assert call.heard.silent_between is not None

    virtually(store_url, tmp_path, story)


def test_a_socket_that_breaks_is_connected_again_with_what_was_said(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        call = await world.call(CALLER, CarrierFaults(drop_socket_after_s=15))
        assert call.did().count("Connect/Stream") == 2
        record = await world.record(call.sid)
        assert record.line.outcome is not None
        assert await count(world, Disposition) >= 1

    virtually(store_url, tmp_path, story)


def test_a_killed_server_leaves_the_caller_a_person(sqlite_store: str, tmp_path: Path) -> None:
    """Nothing of ours answers any more: the document in Twilio's hands rings the store by itself."""

    async def story(world: World) -> None:
        known = scenarios()[CALLER]
        call = await world.carrier.call(known.from_, world.store.line, caller_for(known))
        await asyncio.sleep(20)
        world.at_carrier.web_address = "127.0.0.1:9"
        call.drop_socket()
        await call.finished()
        assert "Dial" in call.did() and "Record" in call.did()

    virtually(sqlite_store, tmp_path, story)


def test_a_drained_server_hands_its_call_to_the_next(store_url: str, tmp_path: Path) -> None:
    """Complaint 25: deploys drop calls."""

    async def story(world: World) -> None:
        known = scenarios()[CALLER]
        old = world.service
        call = await world.carrier.call(known.from_, world.store.line, caller_for(known))
        await asyncio.sleep(20)
        await world.start_server()
        await old.drain()
        await old.stop()
        await call.finished()
        assert call.did().count("Connect/Stream") == 2
        assert "Dial" not in call.did()
        record = await world.record(call.sid)
        assert record.line.outcome is not None and record.line.outcome.code == "appointment_set"

    virtually(store_url, tmp_path, story, drain_seconds=2.0)


def test_while_draining_a_new_caller_reaches_a_person(sqlite_store: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.service.draining = True
        call = await world.call(CALLER)
        assert "Dial" in call.did() and "Connect/Stream" not in call.did()
        assert len(await owed(world, call.sid)) == 1

    virtually(sqlite_store, tmp_path, story)


def test_a_repeated_webhook_changes_nothing(store_url: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        before = await count(world, Call)
        call = await world.call(CALLER, CarrierFaults(duplicate_webhooks=True))
        await world.record(call.sid)
        assert await count(world, Call) == before + 1

    virtually(store_url, tmp_path, story)


@pytest.mark.parametrize(
    "fault",
    [
        CarrierFaults(never_send_start=True),
        CarrierFaults(wrong_call_sid="CA" + "9" * 32),
    ],
)
def test_a_socket_that_proves_nothing_opens_no_model_session(
    sqlite_store: str, tmp_path: Path, fault: CarrierFaults
) -> None:
    """Complaint 24, S3: anyone could open the media socket and burn tokens."""

    async def story(world: World) -> None:
        call = await world.call(CALLER, fault)
        assert world.model.sessions == []
        assert "Dial" in call.did()

    virtually(sqlite_store, tmp_path, story)


def test_the_caller_hanging_up_ends_everything(store_url: str, tmp_path: Path) -> None:
    """Complaint 15: zombie sessions after hang-up."""

    async def story(world: World) -> None:
        before = len(asyncio.all_tasks())
        call = await world.call(CALLER, CarrierFaults(hang_up_after_s=12))
        await world.record(call.sid)
        await asyncio.sleep(5)
        assert world.service.live == 0
        assert len(asyncio.all_tasks()) <= before

    virtually(store_url, tmp_path, story)


async def owed(world: World, call_sid: str) -> list[object]:
    from followup.loops import open_loops
    from record import calls

    await world.record(call_sid)
    async with world.database.reading(world.store.rooftop_id) as db:
        found = await calls.call(db, call_sid)
        assert found is not None
        return list(await open_loops(db, found.id))


async def count(world: World, table: type[Call] | type[Disposition]) -> int:
    async with Database(world.settings.server.database_url).reading(world.store.rooftop_id) as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0
