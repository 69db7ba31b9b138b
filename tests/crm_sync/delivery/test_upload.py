"""What is uploaded on a page never takes more than it may, and is taken in like any other file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_sync.delivery.upload import UploadTooLarge, upload
from kit.db import Database
from tests.builders import ROOFTOP
from tests.crm_sync.delivery.post_room import PostRoom, a_post_room, an_order


@pytest.fixture
async def room(database: Database, tmp_path: Path) -> PostRoom:
    return await a_post_room(database, tmp_path)


async def in_chunks(content: bytes, size: int = 100) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def test_an_upload_is_taken_in_and_kept_under_its_run(room: PostRoom) -> None:
    file, folder = an_order(room.folder / "desk"), room.folder / "uploads"
    name = f"..\\..\\{file.name}"
    report = await upload(room.ingest, ROOFTOP, name, in_chunks(file.read_bytes()), None, folder, 1 << 20)
    assert (report.error, await room.orders()) == ("", {"6001"})
    assert (folder / "done" / f"{report.run_id}-{file.name}").read_bytes() == file.read_bytes()
    assert list((folder / "incoming").iterdir()) == []


async def test_an_upload_that_cannot_be_read_is_kept_with_its_reason(room: PostRoom) -> None:
    folder = room.folder / "uploads"
    report = await upload(room.ingest, ROOFTOP, "a.csv", in_chunks(b"%PDF-1.7 ..."), None, folder, 1 << 20)
    assert "a PDF" in report.error
    assert [path.name for path in (folder / "failed").iterdir()] == [f"{report.run_id}-a.csv"]


async def test_an_endless_upload_is_stopped_at_the_limit_and_leaves_nothing(room: PostRoom) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1_000
            yield bytes(1_000)

    with pytest.raises(UploadTooLarge):
        await upload(room.ingest, ROOFTOP, "a.csv", endless(), None, room.folder / "uploads", 50_000)
    assert sent == 51_000
    assert list((room.folder / "uploads" / "incoming").iterdir()) == []


async def test_an_upload_that_breaks_off_is_not_taken_in(room: PostRoom) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"RO Number,Open Date\n6001,"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await upload(room.ingest, ROOFTOP, "a.csv", breaks(), None, room.folder / "uploads", 1 << 20)
    assert (room.taken, list((room.folder / "uploads" / "incoming").iterdir())) == ([], [])
