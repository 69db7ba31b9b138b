"""A folder another system collects from: every fact once, whatever dies when, and never a formula."""

import csv
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.csv_out import cell, csv_text
from crm_sync.facts import COLUMNS
from crm_sync.ports import Outgoing
from crm_sync.providers.csv_folder import CsvFolder, CsvFolderSettings
from kit.db import Database
from kit.errors import ProviderError
from kit.ids import new_id
from record.subjects import Subject, SubjectKind
from tests.builders import ROOFTOP, a_store
from tests.crm_sync.a_desk import a_disposition, desk_for, rows

OUTCOME_COLUMNS = COLUMNS[SubjectKind.DISPOSITION]


def a_folder(path: Path) -> CsvFolder:
    return CsvFolder("csv_folder", CsvFolderSettings(folder=str(path)))


def an_item(item_id: str | None = None, kind: SubjectKind = SubjectKind.DISPOSITION) -> Outgoing:
    return Outgoing(item_id or new_id(), ROOFTOP, Subject(kind, "s1"), {"note": "x"})


@pytest.mark.parametrize("kind", [kind for kind in SubjectKind if kind is not SubjectKind.DISPOSITION])
async def test_other_facts_lie_in_folders_of_their_own_with_their_own_columns(
    tmp_path: Path, kind: SubjectKind
) -> None:
    target, item = a_folder(tmp_path), an_item(kind=kind)
    await target.deliver(item)
    assert await target.find(item) == f"{ROOFTOP}/{kind}/{item.id}.csv"
    [header, _] = list(csv.reader((tmp_path / ROOFTOP / kind / f"{item.id}.csv").open(newline="")))
    assert tuple(header) == COLUMNS[kind]


async def test_trying_a_folder_out_leaves_nothing_in_it(tmp_path: Path) -> None:
    assert "can be written to" in await a_folder(tmp_path / "new").probe()
    assert [path.name for path in (tmp_path / "new").rglob("*")] == [".lanekeeper"]


async def test_the_file_says_what_the_call_came_to(database: Database, tmp_path: Path) -> None:
    await a_store(database)
    desk = desk_for(database, a_folder(tmp_path))
    note = '=HYPERLINK("http://evil")\nsecond line'
    writeback_id = await desk.plan_one(await a_disposition(database, note=note))
    await desk.work.deliver(ROOFTOP, writeback_id)
    [row] = await rows(database)
    assert row.external_ref == f"{ROOFTOP}/{writeback_id}.csv"
    [line] = list(csv.DictReader((tmp_path / row.external_ref).open(newline="")))
    assert tuple(line) == COLUMNS[SubjectKind.DISPOSITION]
    assert line["disposition"] == "appointment_set"
    assert line["star_activity_code"] == "CustomerMeetingCreated"
    assert line["call_started_at"] == "2026-11-20T10:00:00-08:00"
    assert line["note"] == '\'=HYPERLINK("http://evil") second line'


async def test_a_file_the_collector_took_away_is_not_written_again(tmp_path: Path) -> None:
    target = a_folder(tmp_path)
    outgoing = an_item()
    assert await target.find(outgoing) is None
    await target.deliver(outgoing)
    reference = await target.find(outgoing)
    assert reference is not None
    (tmp_path / reference).unlink()
    await target.deliver(outgoing)
    assert await target.find(outgoing) == reference
    assert not (tmp_path / reference).exists()


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("collector", [True, False])
def test_dying_before_or_after_any_single_step_shows_the_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collector: bool
) -> None:
    """Every file operation of a delivery in turn is the last one a process does, or the first it does not do."""
    steps = {"left": 0}

    def mortal(act: Any) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            steps["left"] -= 1
            if steps["left"] == 0:
                raise Died
            done = act(*args, **kwargs)
            steps["left"] -= 1
            if steps["left"] == 0:
                raise Died
            return done

        return step

    with monkeypatch.context() as patched:
        for name in ("open", "replace", "rename", "mkdir", "exists"):
            patched.setattr(Path, name, mortal(getattr(Path, name)))
        patched.setattr(os, "fsync", mortal(os.fsync))
        for last in range(1, 200):
            target = a_folder(tmp_path / f"{collector}{last}")
            outgoing = an_item()
            shown = tmp_path / f"{collector}{last}" / ROOFTOP / f"{outgoing.id}.csv"
            seen = 0
            steps["left"] = last
            try:
                target._deliver(outgoing)
                died = False
            except Died:
                died = True
            steps["left"] = 0
            if os.path.exists(shown):
                seen += 1
                if collector:
                    os.unlink(shown)
            if target._find(outgoing) is None:
                target._deliver(outgoing)
                seen += os.path.exists(shown)
            assert (seen, target._find(outgoing) is not None) == (1, True), f"died at step {last}"
            if not died:
                break
    assert last > 40


async def test_a_folder_that_cannot_be_written_is_the_worlds_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProviderError, match="cannot write") as caught:
        await a_folder(tmp_path / "file").deliver(an_item())
    assert caught.value.retryable
    with pytest.raises(ProviderError, match="file name"):
        await a_folder(tmp_path).deliver(an_item("../up"))


@given(st.text())
def test_no_cell_is_a_formula_or_a_second_line(value: str) -> None:
    safe = cell(value)
    assert not safe.startswith(("=", "+", "-", "@"))
    assert "\n" not in safe and "\r" not in safe and "\x00" not in safe


@given(st.dictionaries(st.sampled_from(OUTCOME_COLUMNS), st.text()))
def test_a_file_is_read_back_as_one_line_with_every_column(values: dict[str, str]) -> None:
    header, line = list(csv.reader(csv_text(OUTCOME_COLUMNS, values).splitlines(keepends=True)))
    assert tuple(header) == OUTCOME_COLUMNS
    assert line == [cell(values.get(column, "")) for column in OUTCOME_COLUMNS]
