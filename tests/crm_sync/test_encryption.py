"""The connection goes to a number, the certificate is still the name's, and nothing is said before it is checked."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from crm_sync.ports import Outgoing
from crm_sync.providers.adf_email import AdfEmail, AdfEmailSettings
from kit.egress import Egress
from kit.errors import ProviderError
from kit.secrets import KEY_SETTING, new_key, seal
from record.subjects import Subject, SubjectKind
from simulator.receivers.smtp import PASSWORD, USER, SmtpSink
from tests.builders import ROOFTOP
from tests.crm_sync.certificates import contexts

ITEM = Outgoing("w1", ROOFTOP, Subject(SubjectKind.NOTE, "c1"), {"note": "x"})


async def everything_is_here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def an_egress(client: object) -> Egress:
    egress = Egress(allow_loopback=True, resolver=everything_is_here)
    egress._tls = client  # type: ignore[assignment]
    return egress


@pytest.mark.parametrize(("name", "is_believed"), [("crm.example", True), ("evil.example", False)])
async def test_a_server_is_believed_under_the_name_on_its_certificate(
    tmp_path: Path, name: str, is_believed: bool
) -> None:
    server_tls, client_tls = contexts(name, tmp_path)
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_tls)
    url = f"https://crm.example:{server.sockets[0].getsockname()[1]}/in"
    request = an_egress(client_tls).request("GET", url, headers={}, seconds=5)
    if is_believed:
        assert (await request).status == 204
    else:
        with pytest.raises(ProviderError, match="ConnectError"):
            await request
    server.close()
    assert len(asked) == is_believed


@pytest.mark.parametrize(
    ("name", "password", "says"),
    [
        ("crm.example", PASSWORD, ""),
        ("crm.example", "guess", "refused to sign us in"),
        ("evil.example", PASSWORD, "no session"),
    ],
)
async def test_mail_is_encrypted_and_signed_in_before_it_leaves(
    tmp_path: Path, name: str, password: str, says: str
) -> None:
    server_tls, client_tls = contexts(name, tmp_path)
    sink = SmtpSink(tls=server_tls)
    await sink.start()
    with patch.dict(os.environ, {KEY_SETTING: new_key()}):
        settings = AdfEmailSettings(
            host="crm.example", port=sink.port, username=USER, password=seal(password), sender="a@b.example",
            to="leads@crm.example",
        )  # fmt: skip
        target = AdfEmail("crm", settings, an_egress(client_tls))
    if says:
        with pytest.raises(ProviderError, match=says):
            await target.deliver(ITEM)
    else:
        assert (await target.deliver(ITEM)).startswith("250 ")
    await sink.close()
    assert len(sink.messages) == (0 if says else 1)
