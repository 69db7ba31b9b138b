"""What every command does the same way: read the settings, run, and end with one line when something is wrong."""

from typing import NoReturn

import typer
from rich.console import Console

from kit.errors import ConfigurationError
from kit.logging import configure_logging
from lanekeeper import running
from lanekeeper.settings import Settings, read_settings

_err = Console(stderr=True)


def settings_or_exit() -> Settings:
    try:
        settings = read_settings()
    except ConfigurationError as error:
        fail(str(error))
    configure_logging(settings.server.log_level, as_json=settings.server.log_json)
    return settings


def run_or_exit(main: running.Main) -> None:
    try:
        running.run(main)
    except (ConfigurationError, running.CannotStart) as error:
        fail(str(error))


def fail(line: str) -> NoReturn:
    _err.print(f"[red]{line}[/]", highlight=False, soft_wrap=True)
    raise typer.Exit(2)
