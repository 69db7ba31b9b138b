"""S16: no file makes us fetch, grow or hang; each is refused with a reason or read for what it is."""

import socket
import time
import tracemalloc
import urllib.request
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_sync.lead_ports import LeadContext
from crm_sync.providers.adf import read_adf
from crm_sync.providers.adf.mail import read_adf_mail
from followup.lead_facts import ParseState
from followup.lead_needs import missing, need_of
from tests.crm_sync.providers.hostile_xml import FETCHING, FILES, GROWING, LYING

STORE = LeadContext("Riverside Motors", ZoneInfo("America/Los_Angeles"))
SECONDS = 1.0
"""Ten times what a file takes, so that a busy machine fails nothing."""
BYTES = 20 * 1024 * 1024


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setattr("builtins.open", refuse)


def test_there_are_sixty_files() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_costs_little_and_fetches_nothing(name: str) -> None:
    began = time.process_time()
    reading = read_adf(FILES[name], STORE)
    for lead in reading.leads:
        assert lead.parse_state is not ParseState.RAW or lead.reason
        assert "root:" not in f"{lead}"
        missing(lead), need_of(lead)
    assert reading.leads
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", GROWING)
def test_a_hostile_file_takes_little_memory(name: str) -> None:
    tracemalloc.start()
    read_adf(FILES[name], STORE)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < BYTES


@pytest.mark.parametrize("name", LYING)
def test_the_same_file_by_mail_is_no_worse(name: str) -> None:
    began = time.process_time()
    assert read_adf_mail(b"From: a@b.test\r\nContent-Type: text/plain\r\n\r\n" + FILES[name], STORE).leads
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", [name for name in FETCHING if name.startswith(("entity", "parameter", "doctype"))])
def test_a_dtd_is_refused_and_the_message_kept(name: str) -> None:
    (lead,) = read_adf(FILES[name], STORE).leads
    assert (lead.parse_state, lead.reason) == (ParseState.RAW, "has a DTD, which is never read")


MAILS = {
    "a thousand nested parts": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(1000)
    ),
    "parts without number": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 20_000,
    "mail in mail in mail": b"Content-Type: message/rfc822\r\n\r\n" * 2000,
    "a charset nobody has": b"Content-Type: text/plain; charset=nonsense-9\r\n\r\n<adf>",
    "an encoding nobody has": b"Content-Transfer-Encoding: zip\r\n\r\n<adf>",
    "a subject that lies": b"Subject: =?utf-16?B?////?= =?x-none?Q?=FF?=\r\nFrom: =?a?b?c?=\r\n\r\nhi",
    "headers only": b"Subject: x\r\n" * 20_000,
    "one endless header": b"Subject: " + b"x" * 200_000,
}


@pytest.mark.parametrize("name", MAILS)
def test_a_hostile_mail_is_a_lead_all_the_same(name: str) -> None:
    began = time.process_time()
    assert read_adf_mail(MAILS[name], STORE).leads
    assert time.process_time() - began < SECONDS
