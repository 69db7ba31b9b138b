"""Each kind of system gets each fact once, or knows the repeat by its key, whatever goes wrong on the way."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from crm_sync.ports import Outgoing, WriteBackTarget
from crm_sync.settings import CrmSyncSettings
from kit.db import Database
from kit.egress import AddressRefused
from kit.errors import ConfigurationError, ProviderError
from kit.ids import new_id
from kit.secrets import seal
from lanekeeper.wiring import target_builder
from record.subjects import Proof, Subject, SubjectKind
from record.writeback_targets import Target
from simulator.receivers.faults import Fault, Script
from tests.builders import NOW, ROOFTOP, StandingClock, a_store
from tests.crm_sync.a_desk import Desk, a_disposition, a_target, loops, rows
from tests.crm_sync.the_world import KINDS, World, a_world

TAKEN = (Fault.NONE, Fault.SLOW, Fault.DROP_AFTER, Fault.ERROR_AFTER, Fault.SILENCE_AFTER)
NOT_TAKEN = (Fault.DROP_BEFORE, Fault.ERROR_BEFORE, Fault.SILENCE_BEFORE)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, now=NOW.timestamp()) as running:
        yield running


def the_target(world: World, kind: str, *, allow_loopback: bool = True, **changes: object) -> WriteBackTarget:
    build = target_builder(CrmSyncSettings(allow_loopback=allow_loopback), StandingClock())
    return build(Target(kind, kind.removeprefix("readable_"), world.settings(kind) | changes, frozenset()))


def an_item(kind: SubjectKind = SubjectKind.DISPOSITION, version: int = 1, **values: str) -> Outgoing:
    item_id = new_id()
    return Outgoing(item_id, ROOFTOP, Subject(kind, "s1", version), {"writeback_id": item_id, "note": "x", **values})


def script_of(world: World, kind: str) -> Script:
    receivers: dict[str, Any] = {
        "sftp_drop": world.sftp,
        "adf_email": world.smtp,
        "webhook": world.webhook,
        "readable_webhook": world.readable_webhook,
        "star_rest": world.star,
    }
    script: Script = receivers[kind].script
    return script


def kept(world: World, kind: str) -> list[str]:
    """The ids of what a receiver has, once for each time it has it."""
    if kind == "csv_folder":
        return [path.stem for path in (world.folder / "csv" / ROOFTOP).rglob("*.csv")]
    if kind == "sftp_drop":
        return [name.removesuffix(".csv").partition("-")[2] for name, _ in world.sftp.collect()]
    if kind == "adf_email":
        return [key[1:].partition("@")[0] for key in world.smtp.messages]
    if kind == "star_rest":
        return list(world.star.documents)
    return list((world.webhook if kind == "webhook" else world.readable_webhook).items)


async def tried(attempt: Coroutine[Any, Any, str], script: Script) -> str:
    """What a sender sees who gives up once the other side has fallen silent."""
    sending, silence = asyncio.create_task(attempt), asyncio.create_task(script.silent.wait())
    await asyncio.wait({sending, silence}, return_when=asyncio.FIRST_COMPLETED)
    answered = sending.done()
    for task in (sending, silence):
        task.cancel()
    sent, _ = await asyncio.gather(sending, silence, return_exceptions=True)
    if not answered:
        return "no answer"
    if isinstance(sent, ProviderError):
        assert sent.retryable
        return "failed"
    if isinstance(sent, BaseException):
        raise sent
    return "ok"


@pytest.mark.parametrize("kind", ["sftp_drop", "readable_webhook", "star_rest"])
@pytest.mark.parametrize("fault", [*TAKEN, *NOT_TAKEN])
async def test_a_readable_system_gets_a_fact_once_whatever_the_answer_was(
    world: World, kind: str, fault: Fault
) -> None:
    """A lost answer is looked up: what was taken is not sent again, what was not taken is."""
    script_of(world, kind).then(fault)
    target, item = the_target(world, kind), an_item()
    assert target.readable and await target.find(item) is None
    assert (await tried(target.deliver(item), script_of(world, kind)) == "ok") == (fault in (Fault.NONE, Fault.SLOW))
    if await target.find(item) is None:
        await target.deliver(item)
    assert await target.find(item) is not None
    assert len(script_of(world, kind).met) == (1 if fault in TAKEN else 2)
    assert kept(world, kind) == [item.id]


@pytest.mark.parametrize("kind", ["adf_email", "webhook"])
@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.ERROR_AFTER, Fault.SILENCE_AFTER])
async def test_a_system_that_cannot_be_read_knows_the_repeat_by_its_key(world: World, kind: str, fault: Fault) -> None:
    script_of(world, kind).then(fault)
    target, item = the_target(world, kind), an_item()
    assert not target.readable
    assert await tried(target.deliver(item), script_of(world, kind)) != "ok"
    await target.deliver(item)
    seen = world.smtp.seen if kind == "adf_email" else world.webhook.seen
    assert (list(seen.values()), kept(world, kind)) == ([2], [item.id])


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_fact_reaches_every_kind_of_system(world: World, kind: str) -> None:
    target = the_target(world, kind)
    change = {"change": "moved", "op_codes": "LOF", "visit": "waiter", "transport": "none"}
    items = [an_item(each, **(change if each is SubjectKind.APPOINTMENT else {})) for each in SubjectKind]
    for item in items:
        await target.deliver(item)
        if target.readable:
            assert await target.find(item) is not None
    assert sorted(kept(world, kind)) == sorted(item.id for item in items)


@pytest.mark.parametrize("kind", ["adf_email", "webhook", "star_rest"])
async def test_a_system_that_will_never_take_a_fact_is_not_asked_again(world: World, kind: str) -> None:
    script_of(world, kind).then(Fault.REFUSAL)
    with pytest.raises(ProviderError) as caught:
        await the_target(world, kind).deliver(an_item())
    assert not caught.value.retryable


@pytest.mark.parametrize("kind", ["webhook", "star_rest"])
async def test_a_redirect_is_a_failure_and_is_not_followed(world: World, kind: str) -> None:
    script_of(world, kind).then(Fault.REDIRECT)
    with pytest.raises(ProviderError, match="HTTP 30") as caught:
        await the_target(world, kind).deliver(an_item())
    assert caught.value.retryable


@pytest.mark.parametrize("kind", KINDS)
async def test_trying_a_system_out_says_what_came_back_and_leaves_nothing(world: World, kind: str) -> None:
    said = await the_target(world, kind).probe()
    assert any(word in said for word in ("signed in", "can be written", "HTTP 200", "answers"))
    assert kept(world, kind) == []


@pytest.mark.parametrize("kind", ["sftp_drop", "adf_email", "webhook", "star_rest"])
async def test_no_store_can_point_a_target_at_this_machine(world: World, kind: str) -> None:
    with pytest.raises(AddressRefused):
        await the_target(world, kind, allow_loopback=False).deliver(an_item())
    assert script_of(world, kind).met == []


async def test_a_server_with_another_key_gets_nothing(world: World, tmp_path: Path) -> None:
    async with a_world(tmp_path / "other") as other:
        target = the_target(world, "sftp_drop", host_key=other.sftp.host_key)
        with pytest.raises(ProviderError, match="another key"):
            await target.deliver(an_item())
    assert kept(world, "sftp_drop") == []


async def test_a_private_key_signs_in_where_the_server_wants_one(world: World) -> None:
    key = seal(world.sftp.client_key.export_private_key().decode())
    item = an_item()
    await the_target(world, "sftp_drop", password="", private_key=key).deliver(item)
    assert kept(world, "sftp_drop") == [item.id]
    with pytest.raises(ConfigurationError, match="private_key"):
        the_target(world, "sftp_drop", private_key=seal("-----BEGIN NONSENSE-----"))


async def test_a_wrong_password_is_said_in_words(world: World) -> None:
    with pytest.raises(ProviderError, match="refused to sign us in"):
        await the_target(world, "sftp_drop", password=seal("guess")).probe()
    with pytest.raises(ProviderError, match="HTTP 401"):
        await the_target(world, "star_rest", token=seal("guess")).probe()


async def test_a_wrongly_signed_webhook_is_not_believed(world: World) -> None:
    secret = seal("whsec_" + "QUJD" * 8)
    with pytest.raises(ProviderError, match="HTTP 401"):
        await the_target(world, "webhook", secret=secret).deliver(an_item())
    with pytest.raises(ConfigurationError, match="24 bytes"):
        the_target(world, "webhook", secret=seal("password"))


async def test_a_collected_sftp_file_is_not_dropped_again(world: World) -> None:
    target, item = the_target(world, "sftp_drop"), an_item(note="=SUM(A1)")
    await target.deliver(item)
    [(name, text)] = world.sftp.collect()
    assert next(csv.DictReader(io.StringIO(text)))["note"] == "'=SUM(A1)"
    await target.deliver(item)
    assert await target.find(item) == f"{name} (collected)"
    assert world.sftp.collect() == []


async def test_the_mail_is_plain_text_and_nothing_but_xml(world: World) -> None:
    values = {"rooftop_name": "Autohaus Müller & Söhne", "note": "é" * 400, "recorded_at": "2026-11-20T10:00:00-08:00"}
    item = an_item(**values)
    said = await the_target(world, "adf_email").deliver(item)
    assert said.startswith("250 ")
    [(key, message)] = world.smtp.messages.items()
    assert key == f"<{item.id}@store.example>"
    assert message.get_content_type() == "text/plain"
    assert message["Date"].datetime.isoformat() == values["recorded_at"]
    raw = world.smtp.raw[key].partition(b"\r\n\r\n")[2]
    assert raw.isascii() and raw.startswith(b"<?xml ") and raw.rstrip().endswith(b"</adf>")
    adf = ElementTree.fromstring(raw)
    assert adf.findtext("prospect/vendor/vendorname") == values["rooftop_name"]
    ids = {each.get("source"): each.text for each in adf.findall("prospect/id")}
    assert ids == {"Lanekeeper": "s1"}
    assert adf.findtext("prospect/provider/id") == item.id


@pytest.mark.parametrize(
    "sender", ["x@y.example\r\nBcc: all@z.example", "no address", "a@b.example, c@d.example", "<x@y.example>"]
)
async def test_an_address_that_is_more_than_one_is_refused(world: World, sender: str) -> None:
    with pytest.raises(ConfigurationError, match="sender"):
        the_target(world, "adf_email", sender=sender)


async def test_a_body_is_the_same_bytes_on_every_try(world: World) -> None:
    from crm_sync.providers.webhook import body_of

    item = an_item(b="2", a="1")
    again = Outgoing(item.id, item.rooftop_id, item.subject, dict(reversed(item.values.items())))
    assert body_of(item) == body_of(again)


async def test_a_whole_store_reaches_all_its_systems_through_faults(database: Database, world: World) -> None:
    """Each system with its own run of bad luck; on the schedule, each fact arrives once and with its proof."""
    await a_store(database)
    for kind in KINDS:
        await a_target(database, kind, kind.removeprefix("readable_"), world.settings(kind))
    for kind in KINDS[1:]:
        script_of(world, kind).then(Fault.ERROR_AFTER, Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.ERROR_BEFORE)
    build = target_builder(CrmSyncSettings(allow_loopback=True), StandingClock())
    desk = Desk(database, build)
    for number in range(2):
        await desk.plan(await a_disposition(database, number))
    await desk.until_settled()
    stored = await rows(database)
    assert {row.state for row in stored} == {"acked"}
    assert await loops(database) == []
    for kind in KINDS:
        mine = [row for row in stored if row.target == kind]
        proof = Proof.ACKNOWLEDGED if kind in ("adf_email", "webhook") else Proof.READ_BACK
        assert {row.proof for row in mine} == {proof}
        assert sorted(kept(world, kind)) == sorted(row.id for row in mine), kind
    assert max(world.smtp.seen.values()) > 1 and max(world.webhook.seen.values()) > 1
