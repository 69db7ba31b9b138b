"""`lanekeeper feeds`: where a store's files come from, seen, added, turned off and on, and looked at now."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.delivery import sources
from crm_sync.delivery.sources import Source, SourceExists
from kit.clock import SystemClock
from kit.db import Database
from kit.errors import ConfigurationError
from lanekeeper.command_line import fail, run_or_exit, settings_or_exit
from lanekeeper.settings import Settings
from lanekeeper.wiring import deliveries
from record.rooftops import stores

Rooftop = Annotated[str, typer.Option(help="The store: its id or its name.")]
Name = Annotated[str, typer.Option(help="The source's name at this store.")]

app = typer.Typer(no_args_is_help=True, help="Where a store's files come from.")
_out = Console()


@app.command("list")
def list_sources(rooftop: Rooftop) -> None:
    """Each source, when it was last looked at, when a file last came, and what is wrong with it."""
    table = Table("Source", "Kind", "On", "Looked at", "Last file", "Wrong")

    async def look(db: AsyncSession) -> None:
        for each in await sources.sources(db):
            on = "yes" if each.active else "no"
            times = [f"{at:%Y-%m-%d %H:%M} UTC" if at else "never" for at in (each.last_looked_at, each.last_file_at)]
            table.add_row(each.name, each.kind, on, *times, each.last_error)

    run_or_exit(_at(settings_or_exit(), rooftop, look))
    _out.print(table)


@app.command()
def add(
    rooftop: Rooftop,
    name: Name,
    kind: Annotated[str, typer.Option(help=", ".join(sources.KINDS))],
    setting: Annotated[list[str] | None, typer.Option(help="name=value, once for each setting.")] = None,
    key_file: Annotated[Path | None, typer.Option(help="A private key, instead of a password.", exists=True)] = None,
) -> None:
    """Add a source. A password is asked for, not typed on the command line."""
    given: dict[str, object] = {}
    for each in setting or ():
        field, equals, value = each.partition("=")
        if not equals:
            fail(f"--setting: '{each}' is not name=value")
        given[field] = value
    if key_file is not None:
        given["private_key"] = key_file.read_text(encoding="utf-8")
    elif kind == sources.SFTP:
        given["password"] = typer.prompt("Password", hide_input=True)

    async def store_it(db: AsyncSession) -> None:
        try:
            await sources.add_source(db, name, kind, given, SystemClock().now())
        except SourceExists as error:
            raise ConfigurationError(f"--name: {error}") from error

    run_or_exit(_at(settings_or_exit(), rooftop, store_it))
    _out.print(f"{name} is added. Try it: lanekeeper feeds look --rooftop '{rooftop}' --name '{name}'")


@app.command()
def on(rooftop: Rooftop, name: Name) -> None:
    """Look at a source again."""
    _turn(rooftop, name, active=True)


@app.command()
def off(rooftop: Rooftop, name: Name) -> None:
    """Look at a source no more, and tell nobody of its silence."""
    _turn(rooftop, name, active=False)


@app.command()
def look(rooftop: Rooftop, name: Name) -> None:
    """Look at a source now, twice: a file must look the same both times before it is taken in."""
    settings = settings_or_exit()
    found: list[Source] = []

    async def find(db: AsyncSession) -> None:
        found.extend(each for each in await sources.sources(db) if each.name == name)

    async def ask() -> None:
        await _at(settings, rooftop, find)
        if not found:
            raise ConfigurationError(f"--name: the store has no source '{name}'")
        database = Database(settings.server.database_url)
        try:
            looking = deliveries(database, SystemClock(), settings.feeds)
            taken = await looking.look_at(found[0])
            await asyncio.sleep(float(found[0].settings["still_seconds"]))
            taken += await looking.look_at(found[0])
            found.clear()
            await _at(settings, rooftop, find)
        finally:
            await database.close()
        _out.print(f"{name}: {taken} files taken in. {found[0].last_error or 'Nothing is wrong.'}", markup=False)

    run_or_exit(ask())


def _turn(rooftop: str, name: str, *, active: bool) -> None:
    async def turn(db: AsyncSession) -> None:
        if not await sources.set_active(db, name, active):
            raise ConfigurationError(f"--name: the store has no source '{name}'")

    run_or_exit(_at(settings_or_exit(), rooftop, turn))
    _out.print(f"{name} is {'on' if active else 'off'}.")


async def _at(settings: Settings, rooftop: str, act: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Does one thing in one transaction of one store."""
    database = Database(settings.server.database_url)
    try:
        async with database.looking_across("finding a store by its name") as everywhere:
            found = [store.id for store in await stores(everywhere) if rooftop in (store.id, store.name)]
        if len(found) != 1:
            raise ConfigurationError(f"--rooftop: {len(found)} stores are called '{rooftop}'")
        async with database.writing(found[0]) as db:
            await act(db)
    finally:
        await database.close()
