"""Mail with leads, over a real socket: known recipients only, nothing acknowledged that is not stored."""

import asyncio
import smtplib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import TypeVar

import pytest
from sqlalchemy.exc import OperationalError

from followup.lead_doors import add_address
from followup.lead_views import one_lead
from intake import smtp
from intake.settings import IntakeSettings
from intake.smtp import MailServer
from kit.clock import SystemClock
from tests.builders import NOW, ROOFTOP, a_store
from tests.intake.a_door import ADDRESS, SERVICE_ADDRESS, LeadStore, adf

T = TypeVar("T")


@asynccontextmanager
async def listening(store: LeadStore, **changes: object) -> AsyncIterator[MailServer]:
    settings = IntakeSettings.model_validate({"smtp_address": "127.0.0.1:0", **changes})
    server = MailServer(store.database, store.clock, settings)
    await server.start()
    yield server
    await server.stop()


async def mailing(server: MailServer, talk: Callable[[smtplib.SMTP], T]) -> T:
    """A mail program's side, in a thread, as the loop must serve it."""

    def conversation() -> T:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
            return talk(client)

    return await asyncio.to_thread(conversation)


def a_mail(text: str = "", **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "noreply@autotrader.test", ADDRESS, "Lead"
    mail.set_content(text or adf(number="1"), cte="base64")
    return mail.as_bytes()


def send(to: list[str], body: bytes) -> Callable[[smtplib.SMTP], object]:
    return lambda client: client.sendmail("bounce@autotrader.test", to, body)


async def test_a_mailed_lead_becomes_a_lead_of_the_addresss_store(store: LeadStore) -> None:
    async with listening(store) as server:
        await mailing(server, send([ADDRESS.upper()], a_mail()))
        (message,) = await store.messages()
        assert (message.door, message.state, message.sender) == ("email", "waiting", "bounce@autotrader.test")
        await store.work()
    (lead,) = await store.leads()
    assert (lead.name, lead.department, lead.owner) == ("Maria Alvarez", "sales", "Mara Field")
    async with store.database.reading(ROOFTOP) as db:
        record = await one_lead(db, lead.id)
    assert record is not None and b"noreply@autotrader.test" in record.body, "the mail is kept whole"


async def test_the_address_names_the_department(doors: LeadStore) -> None:
    async with listening(doors) as server:
        await mailing(server, send([SERVICE_ADDRESS], a_mail()))
        await doors.work()
    assert [lead.department for lead in await doors.leads()] == ["service"]


async def test_an_unknown_recipient_is_refused_before_any_message(doors: LeadStore) -> None:
    async with listening(doors) as server:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            await mailing(server, send(["ceo@riverside.test"], a_mail()))
    assert refused.value.recipients["ceo@riverside.test"][0] == 550
    assert await doors.messages() == []


async def test_one_mail_to_two_stores_is_kept_for_each(store: LeadStore) -> None:
    await a_store(store.database, "north", "+15550100900")
    async with store.database.writing("north") as db:
        await add_address(db, "leads@north.test")
    async with listening(store) as server:
        await mailing(server, send([ADDRESS, "leads@north.test", "nobody@north.test"], a_mail()))
    assert len(await store.messages()) == 1
    assert await store.work() == 2


async def test_a_mail_that_is_too_large_is_refused_and_says_so(doors: LeadStore) -> None:
    async with listening(doors, smtp_mail_bytes=20_000) as server:
        with pytest.raises(smtplib.SMTPException) as refused:
            await mailing(server, send([ADDRESS], a_mail("x" * 40_000)))
        assert "552" in str(refused.value)
    assert await doors.messages() == []


async def test_a_peer_that_floods_is_told_to_come_later(doors: LeadStore) -> None:
    async with listening(doors, smtp_mails_per_minute=2) as server:
        await mailing(server, send([ADDRESS], a_mail()))
        await mailing(server, send([ADDRESS], a_mail()))
        with pytest.raises(smtplib.SMTPException) as refused:
            await mailing(server, send([ADDRESS], a_mail()))
        assert "450" in str(refused.value)
        doors.clock.at = NOW.replace(minute=NOW.minute + 2)
        await mailing(server, send([ADDRESS], a_mail()))
    assert len(await doors.messages()) == 3


async def test_while_the_database_is_away_the_sender_keeps_the_mail(
    store: LeadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> str:
        raise OperationalError("insert", {}, OSError("gone"))

    async with listening(store) as server:
        with monkeypatch.context() as broken:
            broken.setattr(smtp, "keep", away)
            with pytest.raises(smtplib.SMTPDataError) as later:
                await mailing(server, send([ADDRESS], a_mail()))
        assert later.value.smtp_code == 451
        await mailing(server, send([ADDRESS], a_mail()))
    assert len(await store.messages()) == 1


async def test_a_server_killed_right_after_its_250_has_lost_nothing(store: LeadStore) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.intake.mail_server", store.database.url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await asyncio.wait_for(process.stdout.readline(), 30))

    def talk() -> None:
        client = smtplib.SMTP("127.0.0.1", port, timeout=10)
        client.sendmail("a@b.test", [ADDRESS], a_mail())
        process.kill()

    await asyncio.to_thread(talk)
    await process.wait()
    store.clock.at = SystemClock().now()
    assert await store.work() == 1
    assert [lead.name for lead in await store.leads()] == ["Maria Alvarez"]


async def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(doors: LeadStore) -> None:
    async with listening(doors) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for line in ("HELO there", "MAIL FROM:<a@b.test>", f"RCPT TO:<{ADDRESS}>", "DATA"):
            await reader.readline()
            writer.write(f"{line}\r\n".encode())
        assert (await reader.readline()).startswith(b"354")
        writer.write(b"half a lead")
        writer.close()
        await writer.wait_closed()
        await mailing(server, send([ADDRESS], a_mail()))
    assert len(await doors.messages()) == 1


async def test_a_smuggled_second_message_stays_inside_the_first(doors: LeadStore) -> None:
    """A bare line feed before the dot ends no message (CVE-2024-27305)."""
    async with listening(doors) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for line in ("HELO there", "MAIL FROM:<a@b.test>", f"RCPT TO:<{ADDRESS}>", "DATA"):
            await reader.readline()
            writer.write(f"{line}\r\n".encode())
        await reader.readline()
        writer.write(b"first\n.\nMAIL FROM:<x@y.test>\r\nRCPT TO:<other@z.test>\r\nDATA\r\nsecond\r\n.\r\n")
        answer = await reader.readline()
        writer.write(b"QUIT\r\n")
        rest = await reader.read()
        writer.close()
    assert answer.startswith((b"250", b"501", b"521")) and rest.count(b"250") == 0
    assert len(await doors.messages()) <= 1


async def test_too_many_connections_are_closed_and_the_rest_are_served(doors: LeadStore) -> None:
    async with listening(doors, smtp_connections=2) as server:
        held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
        for reader, _ in held:
            await reader.readline()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            assert await reader.read() == b""
        except ConnectionResetError:
            pass
        writer.close()
        held[0][1].close()
        await held[0][1].wait_closed()
        await asyncio.sleep(0)
        await mailing(server, send([ADDRESS], a_mail()))
        held[1][1].close()
    assert len(await doors.messages()) == 1
