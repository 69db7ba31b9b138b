"""`lanekeeper ingest`: what a person at the terminal sees."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kit.db import Database
from lanekeeper.cli import app
from lanekeeper.migrate import upgrade
from tests.builders import a_store
from tests.conftest import Templates
from tests.crm_sync import files


@pytest.fixture
def terminal(templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    async def furnish(url: str) -> None:
        database = Database(url)
        await a_store(database)
        await database.close()

    with templates.copy("sqlite", "migrated", upgrade, tmp_path) as url:
        asyncio.run(furnish(url))
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("COLUMNS", "200")
        yield CliRunner()


def test_the_report_names_each_refused_row(terminal: CliRunner, tmp_path: Path) -> None:
    path = files.sv(tmp_path, {}, {"RO Number": "2", "Open Date": "someday"})
    result = terminal.invoke(app, ["ingest", str(path), "--rooftop", "riverside motors"])
    assert result.exit_code == 0, result.output
    assert "2 read, 1 new, 0 changed, 0 the same, 1 refused" in result.output
    assert "Open Date" in result.output and "someday" in result.output


def test_a_file_nobody_can_read_is_exit_code_1_and_the_others_are_taken_in(terminal: CliRunner, tmp_path: Path) -> None:
    bad = tmp_path / "odd.csv"
    bad.write_text("x,y\n1,2\n", encoding="utf-8")
    result = terminal.invoke(app, ["ingest", str(bad), str(files.sv(tmp_path)), "--rooftop", "Riverside Motors"])
    assert result.exit_code == 1
    assert "could not be read" in result.output and "1 new" in result.output


def test_an_unknown_store_or_feed_is_said(terminal: CliRunner, tmp_path: Path) -> None:
    path = str(files.sv(tmp_path))
    assert terminal.invoke(app, ["ingest", path, "--rooftop", "Nowhere"]).exit_code == 2
    assert terminal.invoke(app, ["ingest", path, "--rooftop", "Riverside Motors", "--feed", "tea"]).exit_code == 2
