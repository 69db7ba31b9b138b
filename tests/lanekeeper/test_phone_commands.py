"""`lanekeeper phones` as somebody at the store's desk uses it."""

import asyncio

import pytest
from typer.testing import CliRunner

import lanekeeper.phone_commands
from kit.db import Database
from lanekeeper.cli import app
from tests.builders import a_store


@pytest.fixture
def _store(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("LANEKEEPER_LOG_LEVEL", "CRITICAL")
    lanekeeper.phone_commands._out.width = 200

    async def make() -> None:
        database = Database(sqlite_url)
        await a_store(database)
        await database.close()

    asyncio.run(make())


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["phones", *words])
    return done.exit_code, done.output


@pytest.mark.usefixtures("_store")
def test_a_store_says_whom_callers_are_put_through_to_and_who_is_away() -> None:
    assert run("add", "dan", "503 555 0161", "--person", "Dan Osei", "--extension", "204")[0] == 0
    assert run("add", "parts", "503 555 0162", "--label", "Parts desk", "--cold")[0] == 0
    assert run("away", "Dan Osei", "--until", "2099-11-30T13:00")[0] == 0
    _, listed = run("list")
    dan, parts = (next(line for line in listed.splitlines() if key in line) for key in ("dan", "parts"))
    assert "+15035550161 ext. 204" in dan and "warm" in dan and "30 Nov 13:00" in dan
    assert "Parts desk" in parts and "cold" in parts
    assert run("remove", "dan")[0] == 0 and "dan" not in run("list")[1]


@pytest.mark.usefixtures("_store")
def test_what_cannot_be_rung_is_refused_with_the_reason() -> None:
    assert run("add", "x", "not a number")[0] == 2
    assert run("add", "x", "503 555 0161", "--person", "Nobody Known")[0] == 2
    assert run("add", "x", "503 555 0161", "--extension", "2;4")[0] == 2
    assert run("remove", "x")[0] == 2
