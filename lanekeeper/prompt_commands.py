"""`lanekeeper prompts`: versions seen, compared, checked, published and taken back from a shell or a store's own CI."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import SystemClock
from kit.db import Database
from kit.errors import ConfigurationError
from lanekeeper.command_line import fail, run_or_exit, settings_or_exit
from lanekeeper.setup import one_store
from prompts import checks, release, versions
from prompts.agents import AGENTS, Agent
from prompts.diffs import Change, changes

AgentName = Annotated[str, typer.Argument(help=", ".join(AGENTS))]
Rooftop = Annotated[str, typer.Option(help="The store's id; not needed when there is only one.")]
Number = Annotated[int, typer.Argument(help="The version's number.")]
By = Annotated[str, typer.Option(help="Who does this, for the ledger.")]
Why = Annotated[str, typer.Option(help="What changes and why, for the ledger.")]

app = typer.Typer(no_args_is_help=True, help="What the agents are told: versions, checks, publishing, taking back.")
_out = Console()
_MARKS = {Change.ADDED: ("[green]{+", "+}[/]"), Change.REMOVED: ("[red][-", "-][/]"), Change.SAME: ("", "")}


@app.command("list")
def list_versions(agent: AgentName, rooftop: Rooftop = "") -> None:
    """Every version, newest first, and which is live."""
    table = Table("Version", "Made", "By", "What and why", "")
    chosen = chosen_agent(agent)

    async def look(db: AsyncSession) -> None:
        now_live = await versions.live(db, chosen)
        for each in await versions.versions(db, chosen) or [now_live]:
            mark = "live" if each.id == now_live.id else ""
            made = f"{each.made_at:%Y-%m-%d %H:%M}" if each.made_at else ""
            table.add_row(each.name, made, each.made_by, each.why, mark)

    at_store(rooftop, look)
    _out.print(table)


@app.command()
def show(
    agent: AgentName,
    number: Annotated[int, typer.Argument(help="The version's number; live without.")] = 0,
    rooftop: Rooftop = "",
) -> None:
    """The text of a version, as it can be checked in."""
    chosen = chosen_agent(agent)

    async def look(db: AsyncSession) -> None:
        found = await versions.version(db, chosen, number) if number else await versions.live(db, chosen)
        if found is None:
            raise ConfigurationError(f"version {number}: there is none")
        typer.echo(found.text, nl=False)

    at_store(rooftop, look)


@app.command()
def diff(agent: AgentName, before: Number, after: Number, rooftop: Rooftop = "") -> None:
    """What changed between two versions, section by section."""
    chosen = chosen_agent(agent)

    async def look(db: AsyncSession) -> None:
        pair = [await versions.version(db, chosen, number) for number in (before, after)]
        if pair[0] is None or pair[1] is None:
            raise ConfigurationError("version: there is no such pair")
        for section in changes(pair[0].text, pair[1].text):
            if section.change is not Change.SAME:
                _out.print(f"[bold]# {section.title}[/] ({section.change})")
                parts = (f"{_MARKS[w.change][0]}{_plain(w.text)}{_MARKS[w.change][1]}" for w in section.words)
                _out.print("".join(parts), highlight=False)

    at_store(rooftop, look)


@app.command()
def check(agent: AgentName, file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """What a text would be told at saving; exit code 1 when it would be refused."""
    chosen = chosen_agent(agent)
    found = checks.findings(read_text(file), spoken=chosen.spoken)
    for finding in found:
        typer.echo(f"{file}:{finding.line}: {finding.weight}: {finding.says}")
    if not checks.may_freeze(found):
        raise typer.Exit(1)


@app.command("import")
def import_file(
    agent: AgentName,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    why: Why,
    rooftop: Rooftop = "",
    by: By = "the command line",
) -> None:
    """Make a version of a file. It is not live before it is published."""
    chosen, text, now = chosen_agent(agent), read_text(file), SystemClock().now()

    async def make(db: AsyncSession) -> None:
        draft = await versions.start_draft(db, chosen, file.name, by, now)
        await versions.save_draft(db, draft.id, text, draft.revision, by, now)
        try:
            made = await versions.freeze(db, chosen, draft.id, why, by, now)
        except versions.NotFit as refused:
            raise ConfigurationError(f"{file}: {refused}") from None
        typer.echo(made.name)

    at_store(rooftop, make)


@app.command()
def publish(agent: AgentName, number: Number, why: Why, rooftop: Rooftop = "", by: By = "the command line") -> None:
    """Put a version live; conversations that have begun end on theirs."""
    chosen, now = chosen_agent(agent), SystemClock().now()

    async def put(db: AsyncSession) -> None:
        found = await versions.version(db, chosen, number)
        if found is None:
            raise ConfigurationError(f"version {number}: there is none")
        try:
            await release.publish(db, chosen, found.id, by, why, now)
        except release.NotThroughTheGate as refused:
            raise ConfigurationError(f"{found.name}: {refused} (lanekeeper prompts rehearse)") from None
        typer.echo(f"{found.name} is live")

    at_store(rooftop, put)


@app.command("roll-back")
def roll_back(agent: AgentName, rooftop: Rooftop = "", by: By = "the command line", why: Why = "Rolled back") -> None:
    """Put the version live that was before."""
    chosen, now = chosen_agent(agent), SystemClock().now()

    async def put(db: AsyncSession) -> None:
        found = await release.roll_back(db, chosen, by, why, now)
        if found is None:
            raise ConfigurationError("roll-back: nothing was live before")
        typer.echo(f"{found.name} is live again")

    at_store(rooftop, put)


def chosen_agent(name: str) -> Agent:
    """The agent of that name; ends the command when there is none."""
    if name not in AGENTS:
        fail(f"agent: '{name}' is not one of {', '.join(AGENTS)}")
    return AGENTS[name]


def read_text(file: Path) -> str:
    """A file's text; ends the command when it is none."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        fail(f"{file}: not a text in UTF-8")


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def at_store(rooftop: str, act: Callable[[AsyncSession], Awaitable[None]]) -> None:
    settings = settings_or_exit()

    async def main() -> None:
        database = Database(settings.server.database_url)
        try:
            async with database.writing(await one_store(database, rooftop)) as db:
                await act(db)
        finally:
            await database.close()

    run_or_exit(main())
