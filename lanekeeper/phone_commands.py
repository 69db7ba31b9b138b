"""`lanekeeper phones`: the numbers callers are put through to, whose they are, and who is away."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import SystemClock
from kit.db import Database
from kit.errors import ConfigurationError
from kit.phone import to_e164
from lanekeeper.command_line import run_or_exit, settings_or_exit
from lanekeeper.setup import one_store
from record import phone_book
from record.phone_book import Entry, NobodyOfThatName
from record.rooftops import store

Rooftop = Annotated[str, typer.Option(help="The store's id; not needed when there is only one.")]

app = typer.Typer(no_args_is_help=True, help="Whom callers are put through to.")
_out = Console()

Act = Callable[[AsyncSession, datetime, ZoneInfo], Awaitable[None]]


@app.command("list")
def list_phones(rooftop: Rooftop = "") -> None:
    """Every number on the list."""
    table = Table("Key", "Called", "Number", "Person", "How", "Away until")

    async def look(db: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
        for each in await phone_book.entries(db, now):
            how = "cold" if each.cold else "warm"
            until = f"{each.away_until.astimezone(zone):%a %d %b %H:%M}" if each.away_until else ""
            number = f"{each.e164} ext. {each.extension}" if each.extension else str(each.e164)
            table.add_row(each.key, each.label, number, each.person, how, until)

    _at(rooftop, look)
    _out.print(table)


@app.command()
def add(
    key: Annotated[str, typer.Argument(help="The department's key (service, parts), or a person's own.")],
    number: Annotated[str, typer.Argument(help="With area code.")],
    label: Annotated[str, typer.Option(help="What callers call it.")] = "",
    person: Annotated[str, typer.Option(help="Whose phone it is: it rings only while they are at work.")] = "",
    cold: Annotated[bool, typer.Option(help="Put through without a word: a phone menu cannot press 1.")] = False,
    extension: Annotated[str, typer.Option(help="Keyed once the number answers.")] = "",
    rooftop: Rooftop = "",
) -> None:
    """Put a number on the list, in place of what that key was."""

    async def put(db: AsyncSession, now: datetime, _zone: ZoneInfo) -> None:
        e164 = to_e164(number)
        if e164 is None:
            raise ConfigurationError(f"number: '{number}' is not one, for example +15035550181")
        if not all(each in "0123456789*#w" for each in extension):
            raise ConfigurationError("--extension: digits, *, # and w (half a second) only")
        called = label or person or key.replace("_", " ").capitalize()
        await phone_book.put(db, Entry(key.lower(), called, e164, person, cold, extension), now)

    _at(rooftop, put)


@app.command()
def remove(key: Annotated[str, typer.Argument()], rooftop: Rooftop = "") -> None:
    """Take a number off the list."""

    async def take_off(db: AsyncSession, now: datetime, _zone: ZoneInfo) -> None:
        if not await phone_book.take_off(db, key, now):
            raise ConfigurationError(f"'{key}' is not on the list")

    _at(rooftop, take_off)


@app.command()
def away(
    person: Annotated[str, typer.Argument(help="Their name.")],
    until: Annotated[str, typer.Option(help="2026-11-30T13:00, store time; empty brings them back.")] = "",
    rooftop: Rooftop = "",
) -> None:
    """Put nobody through to a person until a moment."""

    async def go(db: AsyncSession, now: datetime, zone: ZoneInfo) -> None:
        try:
            moment = datetime.fromisoformat(until).replace(tzinfo=zone) if until else None
        except ValueError:
            raise ConfigurationError(f"--until: '{until}' is not a time") from None
        await phone_book.away(db, person, moment, now)

    _at(rooftop, go)


def _at(rooftop: str, act: Act) -> None:
    settings = settings_or_exit()

    async def work() -> None:
        database = Database(settings.server.database_url)
        try:
            found = await one_store(database, rooftop)
            async with database.writing(found) as db:
                home = await store(db, found)
                await act(db, SystemClock().now(), ZoneInfo(home.time_zone if home else "UTC"))
        except NobodyOfThatName as error:
            raise ConfigurationError(f"nobody at the store is called {error}") from None
        finally:
            await database.close()

    run_or_exit(work())
