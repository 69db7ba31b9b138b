"""The `lanekeeper` command."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from crm_sync.feeds import UnknownFeed
from followup.ledger import broken_links
from kit.clock import SystemClock
from kit.db import Database
from kit.logging import configure_logging
from kit.phone import to_e164
from kit.secrets import new_key
from lanekeeper import (
    feed_commands,
    phone_commands,
    program_commands,
    rehearsal_commands,
    running,
    setup,
    target_commands,
)
from lanekeeper.command_line import fail as _fail
from lanekeeper.command_line import run_or_exit as _run
from lanekeeper.command_line import settings_or_exit as _settings
from lanekeeper.doctor import Level, findings
from lanekeeper.invariants import breaches
from lanekeeper.migrate import upgrade
from lanekeeper.settings import Settings
from lanekeeper.tidying import tidy_stores
from record.accounts import Role

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(target_commands.app, name="targets")
app.add_typer(rehearsal_commands.app, name="prompts")
app.add_typer(feed_commands.app, name="feeds")
app.add_typer(phone_commands.app, name="phones")
app.add_typer(program_commands.app, name="programs")
_out = Console()


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
def tidy() -> None:
    """Join certain duplicates, list what a person should decide or put right; once a night is often enough."""
    settings = _settings()

    async def look() -> None:
        database = Database(settings.server.database_url)
        try:
            done = await tidy_stores(database, SystemClock().now())
        finally:
            await database.close()
        table = Table("Store", "Joined", "Waiting for a person", "Household links", "Open findings")
        for one in done:
            table.add_row(one.rooftop, str(one.joined), str(one.waiting), str(one.links), str(one.findings))
        _out.print(table)

    _run(look())


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
            async with database.looking_across("verify") as db:
                broken = await breaches(db, SystemClock().now())
                changed = await broken_links(db)
        finally:
            await database.close()
        for invariant, rows in broken:
            _out.print(f"[red]{invariant.id}[/] {invariant.says}: {rows} row(s)")
        for entry in changed:
            _out.print(f"[red]I20[/] The ledger's entry {entry} is not what it was when it was written")
        return len(broken) + len(changed)

    if asyncio.run(look()):
        raise typer.Exit(1)
    _out.print("Every invariant holds.")


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="Files, or a folder or zip of a whole set.", exists=True)],
    rooftop: Annotated[str, typer.Option(help="The store's name.")],
    feed: Annotated[str, typer.Option(help="What kind of file; auto tells by its name and headers.")] = "auto",
) -> None:
    """Take a store system's files in; exit code 1 when one of them could not be read at all."""
    from lanekeeper.ingesting import take_in

    settings = _settings()
    kind = None if feed == "auto" else feed
    read: list[bool] = []

    async def take() -> None:
        read.append(await take_in(settings.server.database_url, files, rooftop, kind, settings.feeds.unpacking, _out))

    try:
        _run(take())
    except UnknownFeed as error:
        _fail(str(error))
    if not all(read):
        raise typer.Exit(1)


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


@app.command("add-person")
def add_person(
    email: Annotated[str, typer.Option(prompt="Their e-mail address")],
    name: Annotated[str, typer.Option(prompt="Their name")],
    role: Annotated[str, typer.Option(help=", ".join(Role))] = Role.ADMIN,
    rooftop: Annotated[str, typer.Option(help="The store's id; not needed when there is only one.")] = "",
) -> None:
    """Let somebody sign in to the pages; prints the link with which they choose a password."""
    settings = _settings()
    origin = settings.telephony.public_origin or f"http://{settings.server.web_address}"

    async def invite() -> None:
        await upgrade(settings.server.database_url)
        database = Database(settings.server.database_url)
        try:
            token = await setup.add_person(database, rooftop, email, name, role, SystemClock().now())
        finally:
            await database.close()
        typer.echo(f"{origin}/invite/{token}" if token else "They have an account already and may now open this store.")

    _run(invite())


@app.command("lead-door")
def lead_door(
    rooftop: Annotated[str, typer.Option(help="The store's id; not needed when there is only one.")] = "",
    address: Annotated[str, typer.Option(help="An e-mail address leads are sent to.")] = "",
    department: Annotated[str, typer.Option(help="sales, service or parts, when the address is for one.")] = "",
) -> None:
    """Give a store its lead form, a key for machines that post leads, and an address to mail them to."""
    settings = _settings()

    origin = settings.telephony.public_origin or f"http://{settings.server.web_address}"

    async def make() -> None:
        await upgrade(settings.server.database_url)
        database = Database(settings.server.database_url)
        try:
            made = await setup.add_lead_door(database, rooftop, address, department)
        finally:
            await database.close()
        typer.echo(f"Form:  {origin}/lead/{made.store_key}")
        typer.echo(f"Posts: {origin}/leads/adf with the header X-Lanekeeper-Key: {made.machine_key}")
        if address:
            typer.echo(f"Mail:  {address}, once LANEKEEPER_SMTP_ADDRESS is set")
        typer.echo("The key is shown this once.")

    _run(make())


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


@app.command("new-secret-key")
def new_secret_key() -> None:
    """Print a key for LANEKEEPER_SECRET_KEY, which seals the passwords kept in the database."""
    typer.echo(new_key())


def _pointers(settings: Settings) -> str:
    origin = settings.telephony.public_origin
    return (
        f"Point the number's voice webhook at {origin}/twilio/voice and its message webhook at {origin}/twilio/message"
    )
