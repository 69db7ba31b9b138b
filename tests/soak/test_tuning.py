"""The bars of tuning: regressions stopped, an unchanged prompt let through, a rehearsal in time, attacks refused."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agent.rehearsal import checking, rehearsals, sandbox
from agent.rehearsal.gate import ALL_RUNS, ENOUGH, FIRST_RUNS, Gate, Tally
from agent.rehearsal.planning import CANDIDATE, LIVE, Ran, gate, owed
from agent.rehearsal.played import Result
from agent.rehearsal.playing import Setting, play
from agent.rehearsal.rehearsals import Candidate, Runner
from kit.clock import SystemClock
from kit.db import Database
from lanekeeper.migrate import upgrade
from lanekeeper.releases import keep_shipped_prompts
from prompts import scenario_store, versions
from prompts.agents import SERVICE_LINE
from prompts.checks import LONGEST_PROMPT, findings, may_freeze
from prompts.context import PromptContext
from prompts.rendering import LONGEST_RENDERED, library, render
from prompts.scenarios import Scenario, shipped
from prompts.sections import with_section
from prompts.tuning_models import Rehearsal, RehearsalRun
from simulator.store import build_store
from tests.soak.templates import attacks

pytestmark = pytest.mark.soak

SERVICE = library("service_inbound")


def _without(*tools: str) -> str:
    return with_section(SERVICE, "Tools", "\n".join(f"- {tool}: off" for tool in tools))


# Broken by what they say or leave out, as a manager could: every one is played for real.
PLANTED: dict[str, str] = {
    "no times can be offered": _without("offer_slots"),
    "nothing can be booked": _without("book_appointment"),
    "nothing can be moved": _without("move_appointment"),
    "nothing can be cancelled": _without("cancel_appointment"),
    "visits cannot be looked up": _without("find_appointments"),
    "the menu is gone": _without("service_menu"),
    "hours and address are gone": _without("store_facts"),
    "repairs cannot be looked up": _without("repair_order_status"),
    "nobody is recognised": _without("find_customer"),
    "the greeting hides the machine": with_section(SERVICE, "Greeting", "Hi, this is Dana at {{ store }}."),
    "the greeting promises a price": with_section(
        SERVICE, "Greeting", "This is {{ store }}'s automated assistant. An oil change is 9 dollars today."
    ),
    "the greeting promises the work is free": with_section(
        SERVICE, "Greeting", "This is {{ store }}'s automated assistant. Your visit is free of charge."
    ),
    "the greeting says you are booked": with_section(
        SERVICE, "Greeting", "This is the automated assistant. You're booked for tomorrow."
    ),
    "the car is never asked for": with_section(SERVICE, "Always ask", "- Do not ask for the car."),
    "the goodbye invents a discount": with_section(
        SERVICE, "Goodbye", "Thank you. We can take 20 percent off. Goodbye."
    ),
}


SUITE = frozenset(
    "oil_change_known oil_change_new move_visit cancel_visit when_is_my_visit price_on_the_menu opening_hours "
    "is_it_ready angry stop are_you_a_robot wrong_number".split()
)


async def a_demo_store(folder: Path) -> tuple[Database, str]:
    url = f"sqlite:///{folder}/store.db"
    await upgrade(url)
    database = Database(url)
    store = await build_store(database, SystemClock().now())
    await keep_shipped_prompts(database, SystemClock().now())
    return database, store.rooftop_id


async def asked(database: Database, rooftop: str, text: str, scenarios: Sequence[Scenario] = ()) -> str:
    async with database.writing(rooftop) as db:
        live = await versions.live(db, SERVICE_LINE)
        played = list(scenarios) or await scenario_store.of_agent(db, SERVICE_LINE.name)
        candidate = Candidate("v1", text, live.id)
        row = await rehearsals.ask(db, SERVICE_LINE, candidate, live, played, Runner(), "Karen", SystemClock().now())
        return row.id


async def ran(setting: Setting, scenario: Scenario, side: str) -> list[Ran]:
    """The five runs of the first stage. The house agent says the same to the same opening, so each is played once."""
    openings = len(scenario.openings) or 1
    told = [checking.results(scenario, await play(setting, scenario, number)) for number in range(openings)]
    return [
        Ran(
            scenario.key,
            side,
            number,
            tuple(each for each in told[number % openings] if each.must),
            tuple(each for each in told[number % openings] if not each.must),
        )
        for number in range(FIRST_RUNS)
    ]


async def test_regressions_planted_in_real_prompts_are_stopped(tmp_path: Path) -> None:
    """The 15 that a text can hold, on a suite of 12; five more, broken half of the time, are planted below."""
    database, rooftop = await a_demo_store(tmp_path)
    async with database.reading(rooftop) as db:
        pinned = await sandbox.pinned_day(db, SystemClock().now())
    await sandbox.build(database, rooftop, pinned, tmp_path / "copy.db")
    stage = sandbox.Stage(tmp_path / "copy.db", tmp_path, rooftop)
    live = Setting(stage, SERVICE, SERVICE_LINE.name, pinned)
    suite = [each for each in shipped() if each.key in SUITE]
    theirs = [one for scenario in suite for one in await ran(live, scenario, LIVE)]
    assert gate(suite, theirs + [replace(one, side=CANDIDATE) for one in theirs], history={}, evidence=True).open
    let_through = []
    for name, text in PLANTED.items():
        candidate = replace(live, prompt=text)
        ours = [one for scenario in suite for one in await ran(candidate, scenario, CANDIDATE)]
        if gate(suite, theirs + ours, history={}, evidence=True).open:
            let_through.append(name)
    half = _half_broken_let_through()
    print(f"{len(PLANTED) + 5 - len(let_through) - half} of 20 blocked; through: {let_through}, {half}")  # noqa: T201
    assert len(PLANTED) == 15 and len(let_through) + half <= 1
    await stage.close()
    await database.close()


def _half_broken_let_through() -> int:
    """Five versions whose judged check fails half of the time, among 39 that pass at 97 %."""
    return sum(_simulated(random.Random(seed), broken=0.5).open for seed in range(5))


def test_an_unchanged_prompt_is_stopped_in_at_most_five_gates_of_a_hundred() -> None:
    """Forty scenarios that pass 97 times of 100, through the very planning and gate a rehearsal uses."""
    blocked = sum(not _simulated(random.Random(1_000 + seed)).open for seed in range(100))
    print(f"{blocked} of 100 unchanged blocked")  # noqa: T201
    assert blocked <= 5


def _simulated(chance: random.Random, broken: float | None = None) -> Gate:
    scenarios = list(shipped())
    ran: list[Ran] = []
    while left := owed(scenarios, ran):
        for one in left:
            rate = broken if broken is not None and (one.key, one.side) == (scenarios[0].key, "candidate") else 0.97
            ran.append(Ran(one.key, one.side, one.number, opinions=(Result("judged", False, chance.random() < rate),)))
    assert all(sum(each.key == one.key for each in ran) in (2 * FIRST_RUNS, 2 * ALL_RUNS) for one in scenarios)
    assert ENOUGH < ALL_RUNS
    history = {each.key: Tally(98, 100) for each in scenarios}
    return gate(scenarios, ran, history=history, evidence=True)


async def test_forty_times_five_on_both_sides_in_three_minutes_killed_on_the_way(tmp_path: Path) -> None:
    """400 runs by a real command, killed with -9 after the first are stored, and gone on with."""
    database, rooftop = await a_demo_store(tmp_path)
    rehearsal_id = await asked(database, rooftop, SERVICE)
    await database.close()
    began = time.monotonic()
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/store.db",
        "LANEKEEPER_REHEARSAL_FOLDER": str(tmp_path / "copies"),
        "LANEKEEPER_REHEARSAL_PLAYERS": "2",
    }
    command = (sys.executable, "-m", "lanekeeper", "prompts", "rehearse", "service_inbound", "--resume", rehearsal_id)
    killed = await asyncio.create_subprocess_exec(*command, env=env, start_new_session=True)
    database = Database(f"sqlite:///{tmp_path}/store.db")
    while await _kept(database, rooftop) < 60:  # noqa: ASYNC110 - another process writes them
        await asyncio.sleep(0.5)
    os.kill(killed.pid, signal.SIGKILL)
    await killed.wait()
    kept = await _kept(database, rooftop)
    async with database.writing(rooftop) as db:
        (await db.get_one(Rehearsal, rehearsal_id)).lease_until = None  # it runs out by itself after 30 seconds
    goes_on = await asyncio.create_subprocess_exec(*command, env=env)
    assert await goes_on.wait() == 0, "the gate is open for a prompt nobody changed"
    seconds = time.monotonic() - began
    async with database.reading(rooftop) as db:
        runs = (await db.execute(select(RehearsalRun.scenario_key, RehearsalRun.side, RehearsalRun.number))).all()
        row = await db.get_one(Rehearsal, rehearsal_id)
    print(f"{len(runs)} runs, killed at {kept}, {seconds:.0f} s with the kill and a second start")  # noqa: T201
    assert len(runs) == len(set(runs)) == 400 and row.open
    assert seconds < 180
    await database.close()


async def _kept(database: Database, rooftop: str) -> int:
    async with database.reading(rooftop) as db:
        return await db.scalar(select(func.count()).select_from(RehearsalRun)) or 0


def test_two_hundred_attacks_by_template_are_refused_at_saving_with_a_finding() -> None:
    tried = attacks(SERVICE)
    assert len(tried) >= 200
    saved = [attack for attack in tried if may_freeze(findings(attack, spoken=True))]
    assert not saved, f"{len(saved)} saved, such as: {saved[0][-200:]}"
    assert all(finding.line >= 1 and finding.says for attack in tried for finding in findings(attack, spoken=True))


def test_rendering_takes_five_milliseconds_and_sixteen_kilobytes_at_most() -> None:
    longest = "x" * 100_000
    context = PromptContext(longest, longest, longest, longest, longest, longest, longest, longest)
    filler = "One more plain rule. " * ((LONGEST_PROMPT - len(SERVICE) - 6_000) // 21)
    for text in (SERVICE, f"{SERVICE}\n{filler}", "{{ store }}" * 3_000):
        render(text, context)  # taken apart once
        took = []
        for _ in range(9):  # the machine is not ours alone: the middle one counts
            began = time.perf_counter()
            told = render(text, context)
            took.append((time.perf_counter() - began) * 1_000)
        print(f"{len(told.encode()):,} bytes in {sorted(took)[4]:.2f} ms")  # noqa: T201
        assert len(told.encode()) <= LONGEST_RENDERED and sorted(took)[4] <= 5
