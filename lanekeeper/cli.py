"""The `lanekeeper` command."""

import asyncio
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from kit.clock import SystemClock
from kit.db import Database
from kit.errors import ConfigurationError
from kit.logging import configure_logging
from kit.phone import to_e164
from lanekeeper import running, setup
from lanekeeper.doctor import Level, findings
from lanekeeper.invariants import breaches
from lanekeeper.migrate import upgrade
from lanekeeper.settings import Settings, read_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_out = Console()
_err = Console(stderr=True)


@app.command()
def demo(
    no_browser: Annotated[bool, typer.Option(help="Do not open the page.")] = False,
    once: Annotated[bool, typer.Option(help="Stop after the call instead of keeping the pages up.")] = False,
) -> None:
    """A caller rings the store on this machine; carrier and model are simulated."""
    from lanekeeper.demo import run_demo

    configure_logging("WARNING")
    _run(run_demo(open_browser=not no_browser, keep_serving=not once))


@app.command()
def call() -> None:
    """Ring the store yourself: type the caller's lines, read the agent's."""
    from lanekeeper.demo import run_typed_call

    configure_logging("WARNING")
    _run(run_typed_call())


@app.command()
def text() -> None:
    """Text the store yourself: type texts, read the replies."""
    from lanekeeper.typed_texts import run_typed_texts

    configure_logging("WARNING")
    _run(run_typed_texts())


@app.command()
def serve() -> None:
    """Answer real calls; settings come from the environment."""
    settings = _settings()
    _run(running.serve(settings))


@app.command()
def worker() -> None:
    """Do the background work beside `serve`."""
    settings = _settings()
    _run(running.work(settings))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    _run(upgrade(_settings().server.database_url))


@app.command()
def doctor() -> None:
    """List what is missing or wrong in the configuration."""
    settings = _settings()

    async def look() -> bool:
        database = Database(settings.server.database_url)
        try:
            found = await findings(settings, database, SystemClock())
        finally:
            await database.close()
        table = Table("", "Setting", "What")
        marks = {Level.OK: "[green]ok[/]", Level.WARNING: "[yellow]warning[/]", Level.ERROR: "[red]error[/]"}
        for finding in found:
            table.add_row(marks[finding.level], finding.setting, finding.says)
        _out.print(table)
        return all(finding.level is not Level.ERROR for finding in found)

    if not asyncio.run(look()):
        raise typer.Exit(1)


@app.command()
def verify() -> None:
    """Check the invariants against the database; each breach is named."""
    settings = _settings()

    async def look() -> int:
        database = Database(settings.server.database_url)
        try:
            async with database.across_rooftops("verify") as db:
                broken = await breaches(db, SystemClock().now())
        finally:
            await database.close()
        for invariant, rows in broken:
            _out.print(f"[red]{invariant.id}[/] {invariant.says}: {rows} row(s)")
        return len(broken)

    if asyncio.run(look()):
        raise typer.Exit(1)
    _out.print("Every invariant holds.")


@app.command("add-store")
def add_store(
    name: Annotated[str, typer.Option(prompt=True)],
    line: Annotated[str, typer.Option(prompt="Number customers dial (your Twilio number)")],
    store_phone: Annotated[str, typer.Option(prompt="Number that rings a person at the store")],
    time_zone: Annotated[str, typer.Option(prompt="IANA time zone")] = "America/New_York",
    address: Annotated[str, typer.Option(prompt="Street address")] = "",
    manager: Annotated[str, typer.Option(prompt="Service manager's name")] = "",
) -> None:
    """Set up a store: its numbers, usual hours, and the person who owns what is owed."""
    settings = _settings()
    numbers = [to_e164(line), to_e164(store_phone)]
    if None in numbers:
        _fail("A number is not one that can be dialled; write it as +1 555 010 0100")
    new = setup.NewStore(name, str(numbers[0]), str(numbers[1]), time_zone, address, manager)

    async def add() -> None:
        await upgrade(settings.server.database_url)
        database = Database(settings.server.database_url)
        try:
            await setup.add_store(database, new, SystemClock().now())
        finally:
            await database.close()

    _run(add())
    _out.print(f"{name} is set up. {_pointers(settings)}")


@app.command("demo-store")
def demo_store(
    line: Annotated[str, typer.Option(prompt="Number customers dial (your Twilio number)")],
    store_phone: Annotated[str, typer.Option(prompt="Number that rings a person")],
) -> None:
    """Furnish a made-up store (menu, technicians, customers) behind a real number, to try real calls with."""
    from simulator.store import build_store

    settings = _settings()
    numbers = [to_e164(line), to_e164(store_phone)]
    if None in numbers:
        _fail("A number is not one that can be dialled; write it as +1 555 010 0100")

    async def furnish() -> None:
        await upgrade(settings.server.database_url)
        database = Database(settings.server.database_url)
        try:
            made = await build_store(database, SystemClock().now())
            await setup.renumber(database, made.rooftop_id, str(numbers[0]), str(numbers[1]), SystemClock().now())
        finally:
            await database.close()

    _run(furnish())
    _out.print(f"Furnished. {_pointers(settings)}")


@app.command("fallback-twiml")
def fallback_twiml(store_phone: str) -> None:
    """Print the document to host off this machine as each number's fallback URL (a TwiML Bin)."""
    from telephony.twiml import standing_fallback

    number = to_e164(store_phone)
    if number is None:
        _fail("That number cannot be dialled; write it as +1 555 010 0100")
    typer.echo(standing_fallback(str(number)))


def _pointers(settings: Settings) -> str:
    origin = settings.telephony.public_origin
    return (
        f"Point the number's voice webhook at {origin}/twilio/voice and its message webhook at {origin}/twilio/message"
    )


def _settings() -> Settings:
    try:
        settings = read_settings()
    except ConfigurationError as error:
        _fail(str(error))
    configure_logging(settings.server.log_level, as_json=settings.server.log_json)
    return settings


def _run(main: running.Main) -> None:
    try:
        running.run(main)
    except (ConfigurationError, running.CannotStart) as error:
        _fail(str(error))


def _fail(line: str) -> NoReturn:
    _err.print(f"[red]{line}[/]", highlight=False, soft_wrap=True)
    raise typer.Exit(2)
