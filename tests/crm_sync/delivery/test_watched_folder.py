"""A file in a watched folder is taken in once, when it is whole, and lies in done/ or failed/ under its run."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from kit.db import Database
from tests.builders import NOW
from tests.crm_sync.delivery.post_room import PostRoom, a_post_room, an_order


@pytest.fixture
async def room(database: Database, tmp_path: Path) -> PostRoom:
    return await a_post_room(database, tmp_path)


async def test_a_file_still_being_written_is_left_until_it_stands_still(room: PostRoom) -> None:
    folder = await room.watches()
    whole = an_order(room.folder / "elsewhere").read_bytes()
    file = folder / "DV1_20261120_0300_SV.txt"
    for share in (0.3, 0.6, 1.0):
        file.write_bytes(whole[: int(len(whole) * share)])
        assert await room.looks() == 0
    assert await room.looks() == 1
    [run] = await room.runs()
    assert [path.name for path in (folder / "done").iterdir()] == [f"{run.id}-{file.name}"]
    assert await room.orders() == {"6001"}


async def test_a_file_renamed_into_place_is_as_still_as_it_was_before(room: PostRoom) -> None:
    folder = await room.watches()
    file = an_order(folder)
    part = file.rename(file.with_name(file.name + ".part"))
    assert await room.looks(times=3) == 0
    part.rename(file)
    assert await room.looks() == 1


async def test_a_file_that_cannot_be_read_lies_in_failed_and_the_next_is_taken_in(room: PostRoom) -> None:
    folder = await room.watches()
    (folder / "A_report.pdf").write_bytes(b"%PDF-1.7\n" + bytes(50))
    (folder / "B_link.csv").symlink_to("/etc/passwd")
    an_order(folder)
    assert await room.looks(times=2) == 3
    failed = {path.name.split("-", 1)[1]: path.name.split("-", 1)[0] for path in (folder / "failed").iterdir()}
    runs = {run.id: run.error for run in await room.runs()}
    assert "a PDF" in runs[failed["A_report.pdf"]] and "a link" in runs[failed["B_link.csv"]]
    assert await room.orders() == {"6001"}
    assert "A_report.pdf: the file is a PDF" in (await room.source()).last_error
    assert await room.loops() == []


async def test_a_folder_inside_is_taken_in_as_one_set(room: PostRoom) -> None:
    folder = await room.watches()
    for number, at in (("6001", "20261120_0300"), ("6002", "20261119_0300")):
        an_order(folder / "drop", number, at)
    assert await room.looks(times=2) == 1
    assert await room.orders() == {"6001", "6002"}
    assert [path.is_dir() for path in (folder / "done").iterdir()] == [True]


async def test_the_same_file_put_there_again_changes_nothing_and_is_kept_twice(room: PostRoom) -> None:
    folder = await room.watches()
    for _ in range(2):
        an_order(folder)
        assert await room.looks(times=2) == 1
    assert len(await room.runs()) == 1
    assert len(list((folder / "done").iterdir())) == 2


async def test_a_file_that_could_not_be_taken_in_stays_and_is_tried_again(room: PostRoom) -> None:
    folder = await room.watches()
    file = an_order(folder)
    room.broken = True
    assert await room.looks(times=2) == 0
    assert file.exists() and "could not be taken in" in (await room.source()).last_error
    room.broken = False
    assert await room.looks() == 1
    assert ((await room.source()).last_error, await room.orders()) == ("", {"6001"})


async def test_a_folder_that_is_not_there_is_told_as_it_is(room: PostRoom) -> None:
    await room.has("folder", folder=str(room.folder / "gone"))
    await room.looks()
    assert "cannot read the folder" in (await room.source()).last_error


async def test_killed_between_taking_in_and_putting_away_it_ends_the_same(room: PostRoom, database_url: str) -> None:
    folder = await room.watches()
    file = an_order(folder)
    script = [sys.executable, "-m", "tests.crm_sync.delivery.die_before_putting_away", database_url, NOW.isoformat()]
    process = await asyncio.create_subprocess_exec(*script)
    assert await process.wait() == -signal.SIGKILL
    assert file.exists() and await room.orders() == {"6001"}
    assert await room.looks(times=2) == 0, "the dead process's lease still holds"
    assert await room.looks(after=timedelta(minutes=11), times=2) == 1
    [run] = await room.runs()
    assert (run.state, run.new, [path.name for path in (folder / "done").iterdir()]) == (
        "done",
        1,
        [f"{run.id}-{file.name}"],
    )
