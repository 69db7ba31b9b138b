"""Calls nobody holds any more: ended with the truth from the carrier, or with patience where it says nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from kit.db import Database
from kit.errors import ProviderError
from kit.ids import CallId
from lanekeeper.reaper import Patience, Reaper
from record import calls, hand_offs
from record.hand_off_moves import Happened
from record.hand_offs import NewHandOff
from tests.builders import ROOFTOP, STORE_PHONE, StandingClock, a_store
from tests.telephony.twilio import CALL, edge, twilio_for

PATIENCE = Patience(timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=3), timedelta(hours=1))


class Carrier:
    """Answers for every call as told."""

    def __init__(self, answer: str | ProviderError) -> None:
        self.answer = answer
        self.rescued: list[str] = []

    async def state(self, call_sid: str) -> tuple[str, int | None]:
        if isinstance(self.answer, ProviderError):
            raise self.answer
        return self.answer, 42 if self.answer == "completed" else None

    async def rescue(self, call_sid: str) -> None:
        self.rescued.append(call_sid)


SILENT = ProviderError("no answer", retryable=True)
UNKNOWN = ProviderError("never heard of it", retryable=False, code="404")


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


async def a_deserted_call(
    database: Database, clock: StandingClock, *, connected: bool = True, step: str | None = None, ringing: bool = False
) -> None:
    await a_store(database)
    await twilio_for(edge(database, clock)).ring()
    async with database.writing(ROOFTOP) as db:
        found = await calls.call(db, CALL)
        assert found is not None
        if connected:
            tokens = edge(database, clock).tokens
            claimed = await calls.claim_stream(
                db,
                call_sid=CALL,
                account_sid=found.account_sid,
                token_hash=tokens.hashed(tokens.token(CALL, 0)),
                stream_sid="MZ1",
                held_by="a dead process",
                now=clock.now(),
            )
            assert claimed is not None
        if step:
            await calls.stream_ended(
                db, CallId(found.id), reason="x", next_step=step, transfer_key=None, now=clock.now()
            )
        if ringing:
            rung = await hand_offs.ask(db, CallId(found.id), NewHandOff("store", STORE_PHONE, ""), clock.now())
            await hand_offs.move(db, rung.id, Happened.RUNG, clock.now())


async def after(
    database: Database, clock: StandingClock, carrier: Carrier | None, wait: timedelta
) -> tuple[bool, Callable[[], object]]:
    clock.at += wait
    ended = await Reaper(database, clock, carrier, PATIENCE).run_once()
    return ended == 1, lambda: carrier.rescued if carrier else None


async def test_a_call_the_carrier_says_is_over_is_over(database: Database, clock: StandingClock) -> None:
    await a_deserted_call(database, clock)
    ended, _ = await after(database, clock, Carrier("completed"), timedelta(seconds=11))
    assert ended


async def test_a_caller_still_on_the_line_is_fetched_back(database: Database, clock: StandingClock) -> None:
    await a_deserted_call(database, clock)
    ended, rescued = await after(database, clock, Carrier("in-progress"), timedelta(seconds=11))
    assert not ended and rescued() == [CALL]


async def test_a_caller_still_hearing_the_disclosure_is_left_alone(database: Database, clock: StandingClock) -> None:
    await a_deserted_call(database, clock, connected=False)
    ended, rescued = await after(database, clock, Carrier("in-progress"), timedelta(seconds=11))
    assert not ended and rescued() == []


@pytest.mark.parametrize("answer", [None, SILENT, UNKNOWN])
async def test_without_an_answer_a_dead_processs_call_ends_after_a_minute(
    database: Database, clock: StandingClock, answer: ProviderError | None
) -> None:
    await a_deserted_call(database, clock)
    carrier = Carrier(answer) if answer else None
    assert not (await after(database, clock, carrier, timedelta(seconds=50)))[0]
    assert (await after(database, clock, carrier, timedelta(seconds=11)))[0]


async def test_a_caller_talking_to_a_person_is_not_taken_for_lost(database: Database, clock: StandingClock) -> None:
    """An 85 s talk after a transfer once became an abandoned hand-off with a callback nobody needed."""
    await a_deserted_call(database, clock, step="transfer", ringing=True)
    assert not (await after(database, clock, Carrier(UNKNOWN), timedelta(minutes=50)))[0]
    assert (await after(database, clock, Carrier(UNKNOWN), timedelta(minutes=11)))[0]


async def test_a_call_somebody_vouches_for_is_not_looked_at(database: Database, clock: StandingClock) -> None:
    await a_deserted_call(database, clock)
    clock.at += timedelta(seconds=9)
    async with database.across_rooftops("test") as db:
        assert await calls.renew_leases(db, "a dead process", clock.now()) == 1
    assert not (await after(database, clock, Carrier("completed"), timedelta(seconds=9)))[0]
