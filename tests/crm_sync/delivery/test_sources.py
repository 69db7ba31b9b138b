"""A source that fails or falls silent has an owner; one source's trouble is no other's."""

from datetime import timedelta
from pathlib import Path

import pytest

from crm_sync.delivery import sources
from crm_sync.delivery.sources import SourceExists
from kit.db import Database
from kit.errors import ConfigurationError
from record.models import Staff
from tests.builders import ROOFTOP
from tests.crm_sync.delivery.post_room import PostRoom, a_post_room, an_order


@pytest.fixture
async def room(database: Database, tmp_path: Path) -> PostRoom:
    return await a_post_room(database, tmp_path)


async def test_three_failures_in_a_row_are_owed_to_one_person_once(room: PostRoom) -> None:
    await room.has("folder", folder=str(room.folder / "gone"))
    await room.looks(times=2)
    assert await room.loops() == []
    await room.looks(times=4)
    [loop] = await room.loops()
    manager = next(person for person in await room.all(Staff) if person.role == "manager")
    assert loop.owner_id == manager.id and "cannot read the folder" in loop.need and "nightly" in loop.need


async def test_a_failure_that_passes_is_nobodys_business(room: PostRoom) -> None:
    folder = room.folder / "nightly"
    await room.has("folder", folder=str(folder))
    for _ in range(3):
        await room.looks(times=2)
        folder.mkdir()
        await room.looks()
        folder.rmdir()
    assert await room.loops() == []


async def test_no_file_for_twenty_six_hours_is_owed_to_a_person(room: PostRoom) -> None:
    folder = await room.watches()
    an_order(folder)
    await room.looks(times=2)
    await room.looks(after=timedelta(hours=25))
    assert await room.loops() == []
    await room.looks(after=timedelta(hours=1))
    [loop] = await room.loops()
    assert "nothing for 26 hours" in loop.need


async def test_a_source_that_is_off_is_neither_looked_at_nor_missed(room: PostRoom) -> None:
    folder = await room.watches()
    an_order(folder)
    async with room.database.writing(ROOFTOP) as db:
        assert await sources.set_active(db, "nightly", False)
    assert await room.looks(after=timedelta(hours=30), times=3) == 0
    assert await room.loops() == []


async def test_one_sources_failure_leaves_the_others_alone(room: PostRoom) -> None:
    await room.has("folder", "a", folder=str(room.folder / "gone"))
    await room.has("sftp", "b", host="10.0.0.8", username="u")
    folder = await room.watches("c")
    an_order(folder)
    assert await room.looks(times=2) == 1


async def test_two_processes_never_look_at_one_source_at_once(room: PostRoom) -> None:
    source = await room.has("folder", folder=str(room.folder))
    now = room.clock.now()
    claims = []
    for at in (now, now, now + timedelta(minutes=11)):
        async with room.database.writing(ROOFTOP) as db:
            claims.append(await sources.claim(db, source.id, at))
    assert claims == [True, False, True]


@pytest.mark.parametrize(
    ("kind", "settings", "says"),
    [
        ("ftp", {}, "kind"),
        ("folder", {}, "folder"),
        ("folder", {"folder": "x", "feed": "nonsense"}, "feed"),
        ("sftp", {"host": "h", "username": "u", "port": 0}, "port"),
        ("sftp", {"host": "h", "username": "u", "hostkey": "x"}, "hostkey"),
    ],
)
async def test_settings_that_make_no_sense_are_named(
    room: PostRoom, kind: str, settings: dict[str, object], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        await room.has(kind, **settings)


async def test_a_name_stands_for_one_source(room: PostRoom) -> None:
    await room.watches()
    with pytest.raises(SourceExists):
        await room.has("folder", folder="elsewhere")
