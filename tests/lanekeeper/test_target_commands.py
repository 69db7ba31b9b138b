"""`lanekeeper targets` as somebody at the store's desk uses it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import lanekeeper.target_commands
from kit.db import Database
from kit.secrets import KEY_SETTING, new_key
from lanekeeper.cli import app
from record.models import WriteBack
from tests.builders import NOW, ROOFTOP, a_store
from tests.crm_sync.a_desk import rows


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("LANEKEEPER_WRITEBACK_FOLDER", str(tmp_path / "default"))
    monkeypatch.setenv("LANEKEEPER_LOG_LEVEL", "CRITICAL")
    monkeypatch.setenv(KEY_SETTING, new_key())
    monkeypatch.setenv("COLUMNS", "200")
    lanekeeper.target_commands._out.width = 200

    async def make() -> None:
        database = Database(sqlite_url)
        await a_store(database)
        await database.close()

    asyncio.run(make())
    return sqlite_url


def run(*words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, ["targets", *words, "--rooftop", "Riverside Motors"], input=typed)
    return done.exit_code, done.output


def in_the_store(url: str, act: Any) -> Any:
    async def look() -> Any:
        database = Database(url)
        try:
            return await act(database)
        finally:
            await database.close()

    return asyncio.run(look())


def test_a_target_is_added_tried_paused_and_resumed(url: str, tmp_path: Path) -> None:
    assert "csv_folder" in run("list")[1]
    code, said = run("add", "--name", "dms", "--kind", "csv_folder", "--setting", f"folder={tmp_path / 'dms'}")
    assert code == 0, said
    assert run("test", "--name", "dms") == (0, f"dms: the folder {tmp_path / 'dms'} can be written to\n")
    assert run("pause", "--name", "dms", "--reason", "new vendor")[0] == 0

    async def file(database: Database) -> None:
        async with database.writing(ROOFTOP) as db:
            db.add(
                WriteBack(
                    target="dms", subject_kind="note", subject_id="c1", payload={}, state="held", created_at=NOW
                )
            )  # fmt: skip

    in_the_store(url, file)
    listed = run("list")[1]
    assert "paused: new vendor" in listed and "1 held" in listed
    assert "1 held write-backs set out" in run("resume", "--name", "dms")[1]
    assert [row.state for row in in_the_store(url, rows)] == ["pending"]


def test_secrets_are_asked_for_and_stored_sealed(url: str) -> None:
    said = run(
        "add", "--name", "crm", "--kind", "star_rest", "--setting", "url=https://crm.example/v1", typed="s3cret\n"
    )  # fmt: skip
    assert said[0] == 0 and "s3cret" not in said[1] and "The files in" in said[1]

    async def stored(database: Database) -> str:
        from sqlalchemy import text

        async with database.engine.connect() as connection:
            return str((await connection.execute(text("select settings from writeback_target"))).scalar_one())

    assert "s3cret" not in in_the_store(url, stored) and "crm.example" in in_the_store(url, stored)


@pytest.mark.parametrize(
    ("words", "typed", "says"),
    [
        (("add", "--name", "x", "--kind", "fax"), "", "'fax' is not one of"),
        (("add", "--name", "x", "--kind", "csv_folder"), "", "folder: Field required"),
        (("add", "--name", "x", "--kind", "csv_folder", "--setting", "folder"), "", "not name=value"),
        (("add", "--name", "x", "--kind", "csv_folder", "--setting", "floder=y"), "", "folder: Field required"),
        (("add", "--name", "x", "--kind", "webhook", "--setting", "url=https://a.example"), "short\n", "24 bytes"),
        (("add", "--name", "x", "--kind", "csv_folder", "--subjects", "gossip"), "", "gossip"),
        (("pause", "--name", "x"), "", "no target 'x'"),
        (("test", "--name", "x"), "", "no target 'x'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(url: str, words: tuple[str, ...], typed: str, says: str) -> None:
    code, said = run(*words, typed=typed)
    assert (code, says in said) == (2, True), said
    assert "Traceback" not in said


def test_a_name_is_given_once(url: str, tmp_path: Path) -> None:
    add = ("add", "--name", "dms", "--kind", "csv_folder", "--setting", f"folder={tmp_path}")
    assert [run(*add)[0], run(*add)[0]] == [0, 2]


def test_a_target_inside_is_refused_when_it_is_tried(url: str) -> None:
    add = ("add", "--name", "in", "--kind", "star_rest", "--setting", "url=https://169.254.169.254/v1")
    assert run(*add, typed="s3cret\n")[0] == 0
    code, said = run("test", "--name", "in")
    assert code == 2 and "link-local" in said
