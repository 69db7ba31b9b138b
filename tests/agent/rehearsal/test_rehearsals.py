"""A rehearsal survives being killed, cancelled and disturbed, and no run is ever counted twice."""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agent.rehearsal import rehearsals
from agent.rehearsal.played import RunDone, RunTask
from agent.rehearsal.rehearsals import Candidate, Runner
from agent.rehearsal.rehearser import Player, Rehearser
from kit.db import Database
from kit.jobs import InlineJobs
from prompts import release, versions
from prompts.agents import SERVICE_LINE
from prompts.scenarios import Check, Judged, Scenario
from prompts.tuning_models import Rehearsal, RehearsalRun
from tests.builders import NOW, ROOFTOP, StandingClock, a_store

SCENARIOS = [
    Scenario(
        key, key.title(), "", "", openings=("Hi",), must=(Check("not_booked"),), judged=(Judged("Is kind", "yes"),)
    )
    for key in ("first", "second", "third")
]


@dataclass
class FakePlayer:
    """Plays nothing: says what `fails` says, and dies after so many runs when told to."""

    fails: dict[tuple[str, str], int] = field(default_factory=dict)
    must_fail: frozenset[tuple[str, str]] = frozenset()
    dies_after: int = 10_000
    problem: str = ""
    played: Counter[str] = field(default_factory=Counter)

    async def __call__(self, template: Path, rooftop_id: str) -> Player:
        return self

    async def play(self, task: RunTask) -> RunDone:
        if self.problem:
            return RunDone(task.id, problem=self.problem)
        if self.played.total() >= self.dies_after:
            raise RuntimeError("killed")
        self.played[task.id] += 1
        key, side, number = task.id.split("/")
        judged = int(number) >= self.fails.get((key, side), 0)
        results = [
            {"name": "not_booked", "must": True, "passed": (key, side) not in self.must_fail, "why": ""},
            {"name": "Is kind", "must": False, "passed": judged, "why": ""},
        ]
        return RunDone(task.id, [{"caller": "Hi", "agent": "Hello", "used": []}], results, 0.1)

    async def close(self) -> None:
        pass


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


def a_rehearser(database: Database, clock: StandingClock, folder: Path, player: FakePlayer) -> Rehearser:
    return Rehearser(database, clock, InlineJobs(clock), folder, player)


async def asked(database: Database, runner: Runner | None = None) -> str:
    await a_store(database)
    async with database.writing(ROOFTOP) as db:
        await versions.keep_shipped(db, SERVICE_LINE, NOW)
        draft = await versions.start_draft(db, SERVICE_LINE, "d", "Mara Field", NOW)
        await versions.save_draft(db, draft.id, draft.text + "\nBe brief.\n", 1, "Mara Field", NOW)
        made = await versions.freeze(db, SERVICE_LINE, draft.id, "briefer", "Mara Field", NOW)
        live = await versions.live(db, SERVICE_LINE)
        candidate = Candidate("v2", made.text, made.id)
        row = await rehearsals.ask(db, SERVICE_LINE, candidate, live, SCENARIOS, runner or Runner(), "Mara Field", NOW)
        return row.id


async def counted(database: Database, rehearsal_id: str) -> tuple[str, bool, int]:
    async with database.reading(ROOFTOP) as db:
        row = await db.get_one(Rehearsal, rehearsal_id)
        runs = await db.scalar(select(func.count()).select_from(RehearsalRun))
        return row.state, row.open, runs or 0


async def test_killed_in_the_middle_it_goes_on_and_counts_every_run_once(
    database: Database, clock: StandingClock, tmp_path: Path
) -> None:
    rehearsal_id = await asked(database)
    dying = FakePlayer(dies_after=11)
    await a_rehearser(database, clock, tmp_path, dying).look(ROOFTOP, rehearsal_id)
    state, _, kept = await counted(database, rehearsal_id)
    assert (state, kept) == ("paused", 8), "whole batches are kept, what was under way is not"
    clock.at += timedelta(minutes=1)
    again = FakePlayer()
    await a_rehearser(database, clock, tmp_path, again).look(ROOFTOP, rehearsal_id)
    assert await counted(database, rehearsal_id) == ("done", True, 30)
    assert again.played.total() == 22, "nothing that was kept is played again"
    assert not [name for name in os.listdir(tmp_path) if name.startswith(rehearsal_id)], "the copy is gone"


async def test_two_workers_never_play_the_same_rehearsal(
    database: Database, clock: StandingClock, tmp_path: Path
) -> None:
    rehearsal_id = await asked(database)
    async with database.writing(ROOFTOP) as db:
        row = await db.get_one(Rehearsal, rehearsal_id)
        row.state, row.lease_until = "running", clock.at + timedelta(seconds=10)
    player = FakePlayer()
    await a_rehearser(database, clock, tmp_path, player).look(ROOFTOP, rehearsal_id)
    assert not player.played
    clock.at += timedelta(seconds=11)
    await a_rehearser(database, clock, tmp_path, player).look(ROOFTOP, rehearsal_id)
    assert (await counted(database, rehearsal_id))[0] == "done", "a worker that died is followed by another"


async def test_what_the_candidate_alone_gets_wrong_blocks_and_cannot_be_let_pass(
    database: Database, clock: StandingClock, tmp_path: Path
) -> None:
    rehearsal_id = await asked(database)
    player = FakePlayer(must_fail=frozenset({("second", "candidate")}))
    await a_rehearser(database, clock, tmp_path, player).look(ROOFTOP, rehearsal_id)
    async with database.writing(ROOFTOP) as db:
        row = await db.get_one(Rehearsal, rehearsal_id)
        assert not row.open
        assert not await rehearsals.waive(db, row, "Second: not_booked", "I insist", "An admin", NOW)
        state = await release.gate_state(db, SERVICE_LINE, row.version_id or "")
        assert state.gate is release.Gate.BLOCKED
        with pytest.raises(release.NotThroughTheGate):
            await release.publish(db, SERVICE_LINE, row.version_id or "", "Mara Field", "why", NOW)


async def test_what_live_gets_wrong_as_often_passes_with_a_reason_that_stays(
    database: Database, clock: StandingClock, tmp_path: Path
) -> None:
    rehearsal_id = await asked(database)
    player = FakePlayer(must_fail=frozenset({("second", "candidate"), ("second", "live")}))
    await a_rehearser(database, clock, tmp_path, player).look(ROOFTOP, rehearsal_id)
    async with database.writing(ROOFTOP) as db:
        row = await db.get_one(Rehearsal, rehearsal_id)
        assert not row.open
        assert not await rehearsals.waive(db, row, "Second: not_booked", " ", "An admin", NOW), "it takes a reason"
        assert await rehearsals.waive(db, row, "Second: not_booked", "Known since spring", "An admin", NOW)
        assert row.open
        assert [each.reason for each in await release.waivers_of(db, row.version_id or "")] == ["Known since spring"]


async def test_doubt_is_played_twenty_times_on_both_sides(
    database: Database, clock: StandingClock, tmp_path: Path
) -> None:
    rehearsal_id = await asked(database)
    player = FakePlayer(fails={("third", "candidate"): 1})
    await a_rehearser(database, clock, tmp_path, player).look(ROOFTOP, rehearsal_id)
    assert await counted(database, rehearsal_id) == ("done", True, 60), "10 + 10 + 40 runs; 19 of 20 pass"


async def test_a_cancelled_one_stops_and_goes_on_where_it_was(
    database: Database, clock: StandingClock, tmp_path: Path
) -> None:
    rehearsal_id = await asked(database)
    async with database.writing(ROOFTOP) as db:
        await rehearsals.cancel(db, rehearsal_id, NOW)
    player = FakePlayer()
    await a_rehearser(database, clock, tmp_path, player).look(ROOFTOP, rehearsal_id)
    assert not player.played
    async with database.writing(ROOFTOP) as db:
        await rehearsals.go_on(db, rehearsal_id, NOW)
    await a_rehearser(database, clock, tmp_path, player).look(ROOFTOP, rehearsal_id)
    assert (await counted(database, rehearsal_id))[0] == "done"


async def test_a_model_that_is_away_pauses_and_half_counts_nothing(
    database: Database, clock: StandingClock, tmp_path: Path
) -> None:
    rehearsal_id = await asked(database, Runner("gpt-5.4-mini"))
    await a_rehearser(database, clock, tmp_path, FakePlayer(problem="rate_limit")).look(ROOFTOP, rehearsal_id)
    assert await counted(database, rehearsal_id) == ("paused", False, 0)
    async with database.looking_across("test") as db:
        assert await rehearsals.due(db, clock.at + timedelta(minutes=1), 5) == [(ROOFTOP, rehearsal_id)]


async def test_runs_of_a_simulated_model_open_no_gate(database: Database, clock: StandingClock, tmp_path: Path) -> None:
    rehearsal_id = await asked(database, Runner("gpt-5.4-mini", serves=False))
    rehearser = a_rehearser(database, clock, tmp_path, FakePlayer())
    await rehearser.look(ROOFTOP, rehearsal_id)
    assert await counted(database, rehearsal_id) == ("done", False, 30)
