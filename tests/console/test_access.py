"""Who may see the store's calls: this machine, or whoever knows the password; anything in between is refused."""

import base64

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from console.access import Verdict, access
from console.app import create_console
from console.settings import ConsoleSettings
from kit.bus import InProcessBus
from kit.clock import Clock
from kit.db import Database
from tests.console.conftest import STORE, a_browser

PASSWORD = "correct horse battery"
LOCAL = {"host": "127.0.0.1:8000"}


def settings(address: str = "127.0.0.1:8000", password: str | None = None) -> ConsoleSettings:
    secret = SecretStr(password) if password else None
    return ConsoleSettings(web_address=address, console_password=secret, console_rooftop=STORE)


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:8000", "[::1]:8000", "127.0.0.5"])
def test_this_machine_is_welcome_under_its_own_names(host: str) -> None:
    assert access(settings(), {"host": host}, "127.0.0.1").verdict is Verdict.WELCOME


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "0.0.0.0", "10.0.0.4:8000", "[::1"]
)
def test_a_rebound_name_is_refused(host: str) -> None:
    assert access(settings(), {"host": host}, "127.0.0.1").verdict is Verdict.REFUSED


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-forwarded-host", "via", "x-real-ip"])
def test_a_tunnel_on_this_machine_is_not_this_machine(header: str) -> None:
    assert access(settings(), {**LOCAL, header: "203.0.113.9"}, "127.0.0.1").verdict is Verdict.REFUSED


def test_another_machine_is_refused_even_when_the_address_says_loopback() -> None:
    assert access(settings(), LOCAL, "192.168.1.20").verdict is Verdict.REFUSED
    assert access(settings(), LOCAL, None).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    "address", ["0.0.0.0:8000", "192.168.1.4:8000", "[::]:8000", "store.example:8000", ":8000", ""]
)
def test_a_server_on_the_network_without_a_password_refuses_everybody(address: str) -> None:
    found = access(settings(address), LOCAL, "127.0.0.1")
    assert found.verdict is Verdict.REFUSED
    assert "LANEKEEPER_CONSOLE_PASSWORD" in found.remedy


@pytest.mark.parametrize(
    "given",
    [
        {},
        basic("store", "wrong"),
        basic("other", PASSWORD),
        basic("store", ""),
        {"authorization": "Basic !!!"},
        {"authorization": "Bearer " + PASSWORD},
    ],
)
def test_with_a_password_nothing_else_will_do(given: dict[str, str]) -> None:
    for address in ("127.0.0.1:8000", "0.0.0.0:8000"):
        assert access(settings(address, PASSWORD), {**LOCAL, **given}, "127.0.0.1").verdict is Verdict.ASK_PASSWORD


def test_the_password_opens_the_pages_from_anywhere() -> None:
    headers = {"host": "store.example", "x-forwarded-for": "203.0.113.9", **basic("store", PASSWORD)}
    assert access(settings("0.0.0.0:8000", PASSWORD), headers, "10.1.1.1").verdict is Verdict.WELCOME


def test_a_short_password_stops_the_server() -> None:
    with pytest.raises(ValidationError, match="LANEKEEPER_CONSOLE_PASSWORD"):
        settings(password="short")


async def test_every_address_is_behind_the_door(db: Database, clock: Clock, bus: InProcessBus) -> None:
    console = create_console(db, clock, bus, settings("0.0.0.0:8000", PASSWORD))
    async with a_browser(console) as browser:
        for path in ("/", "/calls", "/calls/x", "/calls/x/recording", "/live", "/assets/x", "/nowhere"):
            answer = await browser.get(path)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"].startswith("Basic")
        assert (await browser.get("/calls", headers=basic("store", PASSWORD))).status_code == 200


async def test_the_refusal_says_what_to_set(db: Database, clock: Clock, bus: InProcessBus) -> None:
    console = create_console(db, clock, bus, settings("0.0.0.0:8000"))
    async with a_browser(console) as browser:
        answer: httpx.Response = await browser.get("/calls")
    assert answer.status_code == 403
    assert "LANEKEEPER_CONSOLE_PASSWORD" in answer.text
    assert "Riverside" not in answer.text
