"""`lanekeeper programs` as a manager at a terminal uses it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lanekeeper.program_commands
from kit.db import Database
from lanekeeper.cli import app
from lanekeeper.migrate import upgrade
from tests.builders import a_store
from tests.conftest import Templates


@pytest.fixture
def _store(templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    async def make(url: str) -> None:
        database = Database(url)
        await a_store(database)
        await database.close()

    monkeypatch.setenv("LANEKEEPER_LOG_LEVEL", "CRITICAL")
    lanekeeper.program_commands._out.width = 200
    with templates.copy("sqlite", "migrated", upgrade, tmp_path) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        asyncio.run(make(url))
        yield


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["programs", *words])
    return done.exit_code, done.output


@pytest.mark.usefixtures("_store")
def test_programs_are_listed_previewed_paused_and_resumed() -> None:
    _, listed = run("list")
    assert "declined_red" in listed and "Work not done, red" in listed
    assert run("preview", "silent_buyer")[1].startswith("0 people today: 0 would be asked, 0 blocked.")
    assert run("pause", "silent_buyer", "--by", "Mara Field", "--why", "prices")[1] == "Paused.\n"
    assert run("pause", "silent_buyer", "--by", "Mara Field")[1] == "It was paused already.\n"
    paused = next(line for line in run("list")[1].splitlines() if "silent_buyer" in line)
    assert "paused" in paused
    assert run("resume", "silent_buyer", "--by", "Mara Field")[1] == "On.\n"
    code, told = run("preview", "nonsense")
    assert code != 0 and "is no program" in told
