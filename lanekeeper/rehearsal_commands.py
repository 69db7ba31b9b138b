"""`lanekeeper prompts rehearse`, `scenarios` and what belongs to them: the same gate for a store's own git and CI."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from agent.rehearsal import recalled, rehearsals
from agent.rehearsal.rehearsals import Candidate
from agent.rehearsal.rehearser import ChildPlayer, Rehearser
from kit.clock import SystemClock
from kit.db import Database
from kit.errors import ConfigurationError
from kit.jobs import InlineJobs
from lanekeeper.command_line import run_or_exit, settings_or_exit
from lanekeeper.prompt_commands import AgentName, By, Number, Rooftop, Why, app, at_store, chosen_agent, read_text
from lanekeeper.setup import one_store
from lanekeeper.wiring import rehearsal_runner
from prompts import experiments, release, scenario_store, scenarios, versions
from prompts.agents import Agent
from prompts.figures import OUTCOMES
from prompts.scenarios import NotAScenario
from record import rooftops

__all__ = ["app"]

_out = Console()
Pick = Callable[[AsyncSession], Awaitable[tuple[Candidate, list[scenarios.Scenario], str | None, bool]]]


@app.command("scenarios")
def list_scenarios(
    agent: AgentName, rooftop: Rooftop = "", file: Annotated[bool, typer.Option(help="As a file to check in.")] = False
) -> None:
    """What a version of this agent is rehearsed with."""
    chosen = chosen_agent(agent)

    async def look(db: AsyncSession) -> None:
        every = await scenario_store.of_agent(db, chosen.name)
        if file:
            typer.echo(scenarios.to_file(every), nl=False)
            return
        lately = await scenario_store.lately(db, chosen.name)
        table = Table("Scenario", "Must pass", "Judged", "Live, lately")
        for each in every:
            known = lately.get(each.key)
            rate = f"{known.passed}/{known.runs}" if known else ""
            must, judged = ", ".join(check.name for check in each.must), ", ".join(one.says for one in each.judged)
            table.add_row(each.key, must, judged, rate)
        _out.print(table)

    at_store(rooftop, look)


@app.command("scenarios-import")
def take_in(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    rooftop: Rooftop = "",
    by: By = "the command line",
) -> None:
    """Take in scenarios from a file; one with a key that is there takes its place."""
    text, now = read_text(file), SystemClock().now()

    async def put(db: AsyncSession) -> None:
        try:
            number = await scenario_store.take_in(db, scenarios.from_file(text), by, now)
        except NotAScenario as refused:
            raise ConfigurationError(f"{file}: {refused}") from None
        typer.echo(f"{number} new or changed")

    at_store(rooftop, put)


@app.command()
def rehearse(
    agent: AgentName,
    number: Annotated[int, typer.Argument(help="The version's number.")] = 0,
    draft: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file instead of a version.")
    ] = None,
    tag: Annotated[str, typer.Option(help="Only scenarios of this suite.")] = "",
    resume: Annotated[str, typer.Option(help="Go on with a rehearsal that was begun, by its id.")] = "",
    rooftop: Rooftop = "",
    by: By = "the command line",
) -> None:
    """Play a version beside the live one on every scenario; exit code 1 when the gate stays shut."""
    chosen = chosen_agent(agent)

    async def pick(db: AsyncSession) -> tuple[Candidate, list[scenarios.Scenario], str | None, bool]:
        if draft is not None:
            candidate = Candidate(draft.name, read_text(draft))
        else:
            found = await versions.version(db, chosen, number)
            if found is None:
                raise ConfigurationError(f"version {number}: there is none")
            candidate = Candidate(f"v{found.number}", found.text, found.id)
        return candidate, await scenario_store.of_agent(db, chosen.name, tag), None, False

    run_or_exit(_rehearse(chosen, pick, rooftop, by, resume))


@app.command()
def replay(
    agent: AgentName,
    call: Annotated[str, typer.Option(help="The call's id.")],
    draft: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The prompt to try.")],
    rooftop: Rooftop = "",
    by: By = "the command line",
) -> None:
    """Say a real call's words again, masked, to the live version and to a file."""
    chosen = chosen_agent(agent)

    async def pick(db: AsyncSession) -> tuple[Candidate, list[scenarios.Scenario], str | None, bool]:
        found = await recalled.call(db, call)
        if found is None:
            raise ConfigurationError(f"call {call}: nothing was said on it")
        played = recalled.scenario(found, "The conversation as it was held", ())
        return Candidate(draft.name, read_text(draft)), [played], found.call_id, True

    run_or_exit(_rehearse(chosen, pick, rooftop, by, ""))


@app.command()
def waive(
    agent: AgentName,
    rehearsal: Annotated[str, typer.Argument(help="The rehearsal's id.")],
    label: Annotated[str, typer.Argument(help="The fault as the gate names it.")],
    why: Why,
    rooftop: Rooftop = "",
    by: By = "the command line",
) -> None:
    """Let a fault pass that live has as often; a new one is never waived."""
    chosen, now = chosen_agent(agent), SystemClock().now()

    async def put(db: AsyncSession) -> None:
        row = await rehearsals.one(db, rehearsal)
        if row is None or row.agent != chosen.name or not await rehearsals.waive(db, row, label, why, by, now):
            raise ConfigurationError("waive: only what live fails as often can be let pass")
        typer.echo("gate open" if row.open else "gate blocked")

    at_store(rooftop, put)


@app.command()
def schedule(
    agent: AgentName,
    number: Number,
    at: Annotated[datetime, typer.Option(help="When, in the store's own time.")],
    why: Why,
    rooftop: Rooftop = "",
    by: By = "the command line",
) -> None:
    """Put a version live at a time; it has to be through the gate now, and again then."""
    chosen = chosen_agent(agent)

    async def put(db: AsyncSession) -> None:
        found = await versions.version(db, chosen, number)
        store = await rooftops.store(db, db.info["rooftop_id"])
        if found is None or store is None:
            raise ConfigurationError(f"version {number}: there is none")
        moment = at.replace(tzinfo=ZoneInfo(store.time_zone))
        try:
            await release.plan(db, chosen, found.id, moment, by, why)
        except release.NotThroughTheGate as refused:
            raise ConfigurationError(f"{found.name}: {refused}") from None
        typer.echo(f"{found.name} goes live at {moment:%Y-%m-%d %H:%M %Z}")

    at_store(rooftop, put)


@app.command()
def experiment(
    agent: AgentName,
    number: Number,
    name: Annotated[str, typer.Option(help="What is tried.")],
    rate: Annotated[float, typer.Option(help="How often the outcome happens now, of 100.")],
    hoped: Annotated[float, typer.Option(help="The smallest rate worth having, of 100.")],
    outcome: Annotated[str, typer.Option(help=", ".join(OUTCOMES))] = "booked",
    begin: Annotated[bool, typer.Option(help="Begin it; else only what it would take is said.")] = False,
    rooftop: Rooftop = "",
    by: By = "the command line",
) -> None:
    """What an experiment would take at this store's volume; with --begin, half of the customers get the version."""
    chosen, now = chosen_agent(agent), SystemClock().now()

    async def put(db: AsyncSession) -> None:
        volume = await experiments.volume(db, chosen, outcome, now)
        try:
            size = experiments.size(rate / 100, hoped / 100, volume.customers_a_week)
        except ValueError as refused:
            raise ConfigurationError(f"rates: {refused}") from None
        weeks = f"about {size.weeks} weeks" if size.weeks else "too few customers to say how long"
        typer.echo(f"{size.per_arm} customers on each side, {weeks}")
        if not begin:
            return
        found = await versions.version(db, chosen, number)
        if found is None:
            raise ConfigurationError(f"version {number}: there is none")
        try:
            row = await experiments.begin(db, chosen, name, found.id, outcome, rate / 100, hoped / 100, by, now)
        except experiments.CannotBegin as refused:
            raise ConfigurationError(str(refused)) from None
        typer.echo(f"begun: {row.id}")

    at_store(rooftop, put)


@app.command("experiments")
def list_experiments(agent: AgentName, rooftop: Rooftop = "") -> None:
    """What was tried and what came of it."""
    chosen, now = chosen_agent(agent), SystemClock().now()

    async def look(db: AsyncSession) -> None:
        for row in await experiments.all_of(db, chosen):
            stands = await experiments.as_it_stands(db, row, now)
            typer.echo(f"{row.id} {row.name}: {stands.result.words}")

    at_store(rooftop, look)


async def _rehearse(agent: Agent, pick: Pick, rooftop: str, by: str, resume: str) -> None:
    """Plays it here and now; a worker that looks at the same row meanwhile finds it taken."""
    settings = settings_or_exit()
    database, clock = Database(settings.server.database_url), SystemClock()
    try:
        store = await one_store(database, rooftop)
        async with database.writing(store) as db:
            await versions.keep_shipped(db, agent, clock.now())
            if resume:
                found = await rehearsals.go_on(db, resume, clock.now()) or await rehearsals.one(db, resume)
                if found is None:
                    raise ConfigurationError(f"rehearsal {resume}: there is none")
                row = found
            else:
                candidate, played, call_id, is_replay = await pick(db)
                live, runner = await versions.live(db, agent), rehearsal_runner(settings.agent)
                row = await rehearsals.ask(
                    db, agent, candidate, live, played, runner, by, clock.now(), is_replay=is_replay, replay_of=call_id
                )
        typer.echo(f"rehearsal {row.id}: {row.runs_planned} runs, about {row.seconds_estimate} s, by {row.runner}")
        rehearser = Rehearser(
            database,
            clock,
            InlineJobs(clock),
            settings.agent.rehearsal_folder,
            ChildPlayer.begin,
            settings.agent.rehearsal_players,
        )
        await _until_done(database, rehearser, store, row.id)
        await _told(database, store, row.id)
    finally:
        await database.close()


async def _until_done(database: Database, rehearser: Rehearser, store: str, rehearsal_id: str) -> None:
    while True:
        await rehearser.look(store, rehearsal_id)
        async with database.reading(store) as db:
            row = await rehearsals.one(db, rehearsal_id)
            if row is None or row.state not in rehearsals.UNFINISHED:
                return
            done = await rehearsals.progress(db, row)
        typer.echo(f"{done.done} of {done.planned} runs{f', paused: {row.trouble}' if row.trouble else ''}", err=True)
        await asyncio.sleep(1)


async def _told(database: Database, store: str, rehearsal_id: str) -> None:
    async with database.reading(store) as db:
        row = await rehearsals.one(db, rehearsal_id)
        if row is None:
            return
        gate = await rehearsals.gate_of(db, row)
    for outcome in gate.outcomes:
        if outcome.standing != "same":
            typer.echo(f"{outcome.standing}: {outcome.name} ({outcome.why})")
    if row.kind == "replay":
        return
    for said in gate.blocked_by:
        typer.echo(f"blocks: {said}")
    typer.echo("gate open" if gate.open else "gate blocked")
    if not gate.open:
        raise typer.Exit(1)
