"""kill -9 at any moment of a delivery: every system has every fact once, or saw the repeat under the same key."""

import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from kit.db import Database
from kit.secrets import KEY_SETTING
from record.models import WriteBack
from record.subjects import Proof
from tests.builders import NOW, ROOFTOP, a_store
from tests.crm_sync.a_desk import a_disposition, a_target, desk_for, loops, rows
from tests.crm_sync.the_world import KEY, KINDS, World, a_world
from tests.fakes.mortal import a_mortal
from tests.soak.seeds import many, seed

FACTS = 4


@dataclass
class Collector:
    """Takes files away all the while, so that a file shown twice is counted twice."""

    world: World
    taken: dict[str, Counter[str]] = field(default_factory=lambda: {"csv_folder": Counter(), "sftp_drop": Counter()})

    def collect(self) -> None:
        for file in (self.world.folder / "csv" / ROOFTOP).glob("*.csv"):
            self.taken["csv_folder"][file.stem] += 1
            file.unlink()
        for name, _ in self.world.sftp.collect():
            self.taken["sftp_drop"][name.removesuffix(".csv").partition("-")[2]] += 1


async def run_with_kills(database: Database, world: World, kills: int, dice: random.Random) -> int:
    """Delivers everything, dying `kills` times on the way; how often it was killed with work left."""
    collector, done = Collector(world), 0
    await set_out(database, world)
    async with a_mortal("tests.crm_sync.deliver_once", database.url, **{KEY_SETTING: KEY}) as delivering:
        while True:
            finished = await delivering.finishes(within=dice.uniform(0.0, 0.35) if done < kills else None)
            collector.collect()
            await no_waiting_for_the_schedule(database)
            if not finished:
                done += 1
            elif done < kills:
                await set_out(database, world, done)  # it was too fast for us: more work
            elif not await desk_for(database, None).work.due(datetime.now(UTC), 1):
                break
    await judge(database, world, collector)
    return done


async def set_out(database: Database, world: World, batch: int = -1) -> None:
    if batch < 0:
        await a_store(database)
        for kind in KINDS:
            await a_target(database, kind, kind.removeprefix("readable_"), world.settings(kind))
    desk = desk_for(database, None)
    for number in range(FACTS):
        await desk.plan(await a_disposition(database, (batch + 1) * 1000 + number + len(await rows(database))))


async def no_waiting_for_the_schedule(database: Database) -> None:
    async with database.writing(ROOFTOP) as db:
        await db.execute(update(WriteBack).where(WriteBack.next_try_at.is_not(None)).values(next_try_at=NOW))


async def judge(database: Database, world: World, collector: Collector) -> None:
    stored = await rows(database)
    assert Counter(row.state for row in stored) == {"acked": len(stored)}
    assert await loops(database) == []
    for kind in KINDS:
        wanted = dict.fromkeys((row.id for row in stored if row.target == kind), 1)
        if kind in collector.taken:
            assert collector.taken[kind] == wanted, kind
        elif kind == "adf_email":
            assert {key[1:].partition("@")[0] for key in world.smtp.messages} == set(wanted)
        elif kind == "star_rest":
            assert set(world.star.documents) == set(wanted)
        else:
            receiver = world.webhook if kind == "webhook" else world.readable_webhook
            assert (set(receiver.items), receiver.refused) == (set(wanted), 0)
    proofs = {row.target: row.proof for row in stored}
    assert {kind for kind, proof in proofs.items() if proof == Proof.ACKNOWLEDGED} == {"adf_email", "webhook"}


async def test_kill_9_at_any_moment_leaves_every_system_with_each_fact_once(database: Database, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert await run_with_kills(database, world, 3, random.Random(seed())) == 3


@pytest.mark.soak
async def test_fifty_kills_leave_every_system_with_each_fact_once(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_world(tmp_path) as world:
        kills = await run_with_kills(database, world, many("WRITEBACK_KILLS", 50), random.Random(seed()))
        stored = await rows(database)
        repeats = {
            "adf_email": sum(world.smtp.seen.values()) - len(world.smtp.seen),
            "webhook": sum(world.webhook.seen.values()) - len(world.webhook.seen),
            "readable_webhook": sum(world.readable_webhook.seen.values()) - len(world.readable_webhook.seen),
            "star_rest": sum(world.star.repeats.values()),
        }
        with capsys.disabled():
            sys.stdout.write(f"\n{kills} kills, {len(stored)} deliveries, repeats known by their key: {repeats}\n")
