"""`lanekeeper targets`: the systems a store writes to, seen, added, paused, resumed and tried out."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.planning import CSV_FOLDER, targets_of
from kit.clock import SystemClock
from kit.db import Database
from kit.errors import ConfigurationError, ProviderError
from kit.secrets import seal
from lanekeeper.command_line import fail, run_or_exit, settings_or_exit
from lanekeeper.settings import Settings
from lanekeeper.wiring import TARGET_KINDS, target_builder, target_settings
from record import writeback_targets, writebacks
from record.rooftops import stores
from record.subjects import SubjectKind
from record.writeback_targets import NoSuchTarget, Target, TargetExists

Rooftop = Annotated[str, typer.Option(help="The store: its id or its name.")]
Name = Annotated[str, typer.Option(help="The target's name at this store.")]

app = typer.Typer(no_args_is_help=True, help="Where a store's outcomes, appointments, notes and leads are written.")
_out = Console()


@app.command("list")
def list_targets(rooftop: Rooftop) -> None:
    """What each target is told, how it is doing, and what waits for it."""
    settings = settings_or_exit()
    table = Table("Target", "Kind", "Told of", "State", "Write-backs")

    async def look(db: AsyncSession) -> None:
        for target in await targets_of(db, settings.crm_sync):
            counts = await writebacks.counts(db, target.name)
            told, rows = ", ".join(sorted(target.subjects)), ", ".join(f"{counts[s]} {s}" for s in sorted(counts))
            table.add_row(target.name, target.kind, told, _state(target), rows)

    run_or_exit(_at(settings, rooftop, look))
    _out.print(table)


@app.command()
def add(
    rooftop: Rooftop,
    name: Name,
    kind: Annotated[str, typer.Option(help=", ".join(TARGET_KINDS))],
    subjects: Annotated[str, typer.Option(help="What it is told of.")] = ",".join(SubjectKind),
    setting: Annotated[list[str] | None, typer.Option(help="name=value, once for each setting.")] = None,
) -> None:
    """Add a target; it is told what happens from now on. Secrets are asked for, not typed on the command line."""
    settings = settings_or_exit()
    if kind not in TARGET_KINDS:
        fail(f"--kind: '{kind}' is not one of {', '.join(TARGET_KINDS)}")
    try:
        told = frozenset(map(SubjectKind, filter(None, subjects.split(","))))
        given: dict[str, object] = dict(_pair(each) for each in setting or ())
        for secret in TARGET_KINDS[kind].settings.secrets:
            plain = typer.prompt(f"{secret} (empty for none)", default="", hide_input=True, show_default=False)
            if plain:
                given[secret] = seal(plain)
        checked = target_settings(kind, given).model_dump()
        target_builder(settings.crm_sync, SystemClock())(Target(name, kind, checked, told))
    except (ValueError, ConfigurationError) as error:
        fail(str(error))

    async def store_it(db: AsyncSession) -> None:
        is_first = not await writeback_targets.targets(db)
        await writeback_targets.add(db, name, kind, checked, told, SystemClock().now())
        if is_first and settings.crm_sync.csv_folder is not None and kind != CSV_FOLDER:
            _out.print("The files in LANEKEEPER_WRITEBACK_FOLDER end here; add a csv_folder target to keep them.")

    run_or_exit(_at(settings, rooftop, store_it))
    _out.print(f"{name} is added. Try it: lanekeeper targets test --rooftop '{rooftop}' --name {name}")


@app.command()
def pause(rooftop: Rooftop, name: Name, reason: str = "paused by hand") -> None:
    """Send nothing more to a target; what is meant for it is held."""

    async def do(db: AsyncSession) -> None:
        await writeback_targets.pause(db, name, reason, SystemClock().now())

    run_or_exit(_at(settings_or_exit(), rooftop, do))
    _out.print(f"{name} is paused.")


@app.command()
def resume(rooftop: Rooftop, name: Name) -> None:
    """Send to a target again, beginning with what was held."""
    released: list[str] = []

    async def do(db: AsyncSession) -> None:
        released.extend(await writeback_targets.resume(db, name, SystemClock().now()))

    run_or_exit(_at(settings_or_exit(), rooftop, do))
    _out.print(f"{name} is told again; {len(released)} held write-backs set out.")


@app.command()
def test(rooftop: Rooftop, name: Name) -> None:
    """Look into a target or send it something harmless, and say what came back."""
    settings = settings_or_exit()
    found: list[Target] = []

    async def look(db: AsyncSession) -> None:
        found.extend(each for each in await targets_of(db, settings.crm_sync) if each.name == name)

    async def ask() -> None:
        await _at(settings, rooftop, look)
        if not found:
            raise ConfigurationError(f"--name: the store has no target '{name}'")
        try:
            said = await target_builder(settings.crm_sync, SystemClock())(found[0]).probe()
        except ProviderError as error:
            raise ConfigurationError(f"{name}: {error}") from error
        _out.print(f"{name}: {said}", markup=False)

    run_or_exit(ask())


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
    except NoSuchTarget as error:
        raise ConfigurationError(f"--name: the store has no target '{error}'") from error
    except TargetExists as error:
        raise ConfigurationError(f"--name: the store has a target '{error}' already") from error
    finally:
        await database.close()


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals:
        raise ConfigurationError(f"--setting: '{given}' is not name=value")
    return name, value


def _state(target: Target) -> str:
    if not target.active:
        return f"paused: {target.pause_reason}"
    return f"failing since {target.failing_since:%Y-%m-%d %H:%M} UTC" if target.failing_since else "active"
