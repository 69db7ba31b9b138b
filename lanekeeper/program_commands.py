"""`lanekeeper programs`: the store's outreach, what it would do today, pause and resume."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from console.program_presenter import preview_view
from followup.programs import keeping, outcomes
from followup.programs.figures import Inside, inside
from followup.programs.keeping import Program
from followup.programs.kinds import KINDS
from followup.programs.preview import preview as preview_of
from kit.clock import SystemClock
from kit.db import Database
from kit.errors import ConfigurationError
from lanekeeper.command_line import run_or_exit, settings_or_exit
from lanekeeper.setup import one_store

Rooftop = Annotated[str, typer.Option(help="The store's id; not needed when there is only one.")]
Name = Annotated[str, typer.Argument(help="A program's name, as `list` shows it.")]
By = Annotated[str, typer.Option(help="Your name, for the program's history.")]
Why = Annotated[str, typer.Option(help="Why, for the program's history.")]

app = typer.Typer(no_args_is_help=True, help="Who is written to or called by itself.")
_out = Console()

Act = Callable[[AsyncSession, datetime], Awaitable[None]]


@app.command("list")
def list_programs(rooftop: Rooftop = "") -> None:
    """Every program, whether it is on, who is in it, and what came."""
    table = Table("Name", "What", "", "In it", "Held out", "Asked", "Came")

    async def look(db: AsyncSession, now: datetime) -> None:
        programs = await keeping.programs(db, now)
        people, came = await inside(db, now), await outcomes.outcomes(db, programs)
        for each in programs:
            here, result = people.get(each.id, Inside()), came[each.kind.name]
            state = "paused" if each.paused_at else "on"
            numbers = (here.active, here.held_out, result.asked.people, result.asked.came)
            table.add_row(each.kind.name, each.kind.title, state, *(f"{number:,}" for number in numbers))

    _at(rooftop, look)
    _out.print(table)


@app.command()
def preview(name: Name, rooftop: Rooftop = "") -> None:
    """How many it would ask today, how many not, and by which rules. Nothing is done."""

    async def look(db: AsyncSession, now: datetime) -> None:
        program = await _known(db, name, now)
        view = preview_view(await preview_of(db, program, now), program, "", "")
        _out.print(view.headline)
        for each in (*view.deeds, *view.rules):
            _out.print(f"  {each.number:>6,}  {each.words}")

    _at(rooftop, look)


@app.command()
def pause(name: Name, by: By, why: Why = "", rooftop: Rooftop = "") -> None:
    """Stop a program at once: nobody new, no step, and what waits does not leave."""

    async def act(db: AsyncSession, now: datetime) -> None:
        await _known(db, name, now)
        _out.print("Paused." if await keeping.pause(db, name, by, why, now) else "It was paused already.")

    _at(rooftop, act)


@app.command()
def resume(name: Name, by: By, why: Why = "", rooftop: Rooftop = "") -> None:
    """Let a program go on; what is untrue or too late by now is left out."""

    async def act(db: AsyncSession, now: datetime) -> None:
        await _known(db, name, now)
        _out.print("On." if await keeping.resume(db, name, by, why, now) else "It was on already.")

    _at(rooftop, act)


async def _known(db: AsyncSession, name: str, now: datetime) -> Program:
    if name not in KINDS:
        raise ConfigurationError(f"'{name}' is no program; there are {', '.join(KINDS)}")
    return await keeping.ensured(db, name, now)


def _at(rooftop: str, act: Act) -> None:
    settings = settings_or_exit()

    async def do() -> None:
        database = Database(settings.server.database_url)
        try:
            store = await one_store(database, rooftop)
            async with database.writing(store) as db:
                await act(db, SystemClock().now())
        finally:
            await database.close()

    run_or_exit(do())
