"""Files on a store's server are fetched once, from the server we know, and never touched there."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_sync.delivery_models import FeedSource, FeedTaken
from kit.db import Database
from kit.errors import ConfigurationError
from kit.secrets import KEY_SETTING, new_key
from tests.crm_sync.delivery.post_room import PostRoom, a_post_room, an_order
from tests.crm_sync.delivery.sftp_server import PASSWORD, USER, SftpServer, an_sftp_server


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SftpServer]:
    monkeypatch.setenv(KEY_SETTING, new_key())
    async with an_sftp_server(tmp_path / "server") as running:
        yield running


@pytest.fixture
async def room(database: Database, tmp_path: Path) -> PostRoom:
    return await a_post_room(database, tmp_path)


async def asks(room: PostRoom, server: SftpServer, **changes: object) -> None:
    usual = {"host": "127.0.0.1", "port": server.port, "username": USER, "password": PASSWORD, "folder": "/"}
    await room.has("sftp", **{**usual, "host_key": server.fingerprint, **changes})


async def test_a_file_is_fetched_and_taken_in_once_and_stays_on_the_server(room: PostRoom, server: SftpServer) -> None:
    await asks(room, server)
    file = an_order(server.folder)
    before = file.stat()
    assert [await room.looks() for _ in range(4)] == [0, 1, 0, 0]
    assert await room.orders() == {"6001"}
    assert (file.stat().st_mtime_ns, server.writes) == (before.st_mtime_ns, [])
    [kept] = (room.folder / "feeds").glob("*/*/done/*")
    assert kept.read_bytes() == file.read_bytes()
    [mark] = await room.all(FeedTaken)
    assert (mark.name, mark.size, mark.run_id) == (file.name, before.st_size, (await room.runs())[0].id)


async def test_the_same_name_with_other_content_is_another_delivery(room: PostRoom, server: SftpServer) -> None:
    await asks(room, server)
    an_order(server.folder)
    assert await room.looks(times=2) == 1
    file = an_order(server.folder, "600222")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert await room.looks(times=2) == 1
    assert await room.orders() == {"6001", "600222"}


async def test_a_fetch_that_broke_off_goes_on_where_it_stopped(room: PostRoom, server: SftpServer) -> None:
    await asks(room, server)
    padding = "x" * 600_000
    file = an_order(server.folder, **{"Labor Complaint": padding[:60_000]})
    file.write_bytes(file.read_bytes() + b"\n" * 600_000)
    server.drop_at = 500_000
    assert await room.looks(times=2) == 0
    assert "SFTP failed" in (await room.source()).last_error
    server.reads.clear()
    assert await room.looks() == 1
    assert min(server.reads) >= 262_144, "what had been fetched was fetched again"
    assert await room.orders() == {"6001"}


async def test_a_file_still_growing_on_the_server_is_left(room: PostRoom, server: SftpServer) -> None:
    await asks(room, server)
    file = an_order(server.folder)
    whole = file.read_bytes()
    for share in (0.3, 0.6, 1.0):
        file.write_bytes(whole[: int(len(whole) * share)])
        assert await room.looks() == 0
    assert await room.looks() == 1


@pytest.mark.parametrize("on_file", ["", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
async def test_a_server_we_do_not_know_is_refused_with_the_fingerprint_it_showed(
    room: PostRoom, server: SftpServer, on_file: str
) -> None:
    await asks(room, server, host_key=on_file)
    an_order(server.folder)
    assert await room.looks(times=2) == 0
    said = (await room.source()).last_error
    assert server.fingerprint in said and ("not known" if not on_file else "another key") in said
    assert server.sign_ins == 0, "a password was on its way to a stranger"


async def test_a_private_key_signs_in_as_well(room: PostRoom, server: SftpServer) -> None:
    key = server.customer_key.export_private_key().decode()
    await asks(room, server, password="", private_key=key)
    an_order(server.folder)
    assert await room.looks(times=2) == 1


async def test_a_wrong_password_is_told_and_nothing_else_is_tried(room: PostRoom, server: SftpServer) -> None:
    await asks(room, server, password="wrong")
    await room.looks()
    assert (await room.source()).last_error == "the server refused to sign us in"


async def test_secrets_are_stored_sealed_and_not_at_all_without_a_key(
    room: PostRoom, server: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asks(room, server)
    [row] = await room.all(FeedSource)
    assert PASSWORD not in str(row.settings) and row.settings["password"]
    monkeypatch.delenv(KEY_SETTING)
    with pytest.raises(ConfigurationError, match="LANEKEEPER_SECRET_KEY"):
        await room.has("sftp", "other", host="h", username="u", password="p")
    assert len(await room.all(FeedSource)) == 1


async def test_an_address_inside_is_never_connected_to(database: Database, tmp_path: Path, server: SftpServer) -> None:
    room = await a_post_room(database, tmp_path, allow_loopback=False)
    for number, host in enumerate(("127.0.0.1", "localhost", "169.254.169.254", "10.0.0.8", "::ffff:127.0.0.1")):
        await room.has("sftp", str(number), host=host, port=server.port, username=USER, password=PASSWORD)
        await room.looks()
        assert "address refused" in (await room.source(str(number))).last_error, host
    assert server.sign_ins == 0


def odd(folder: Path) -> None:
    (folder / "link_SV.txt").symlink_to("/etc/passwd")
    (folder / "folder").mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.csv")).write_text("nothing\n")
    (folder / "huge.csv").write_bytes(b"a,b\n" * 300_000)


async def test_names_links_and_sizes_no_store_should_have_do_no_harm(room: PostRoom, server: SftpServer) -> None:
    await asks(room, server)
    order = an_order(server.folder)
    order.rename(server.folder / "C:\\..\\..\\DV1_20261120_0300_SV.txt")
    odd(server.folder)
    await room.looks(times=2)
    assert sorted(room.taken) == ["DV1_20261120_0300_SV.txt", "_.csv"]
    assert await room.orders() == {"6001"}
    assert "huge.csv is larger than" in (await room.source()).last_error
    inside = [path for path in room.folder.rglob("*SV.txt") if server.folder not in path.parents]
    assert inside and all((room.folder / "feeds") in path.parents for path in inside)


async def test_a_server_that_is_gone_is_told_within_its_deadline(room: PostRoom, server: SftpServer) -> None:
    await asks(room, server, port=1)
    await room.looks()
    assert "SFTP failed" in (await room.source()).last_error
