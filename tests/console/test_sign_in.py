"""Once somebody has an account, the pages are for those who sign in with two factors, each for their own store."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.app import create_console
from console.devices import device
from console.rights import ALL, Right, asked_for, rights_of
from console.second_factor import SecondFactor
from console.settings import ConsoleSettings
from followup.loops import Promise, promise_callback
from kit import passwords
from kit.bus import InProcessBus
from kit.db import Database
from kit.secrets import new_key
from record import accounts
from record.account_models import SignIn
from record.accounts import NewPerson, Role
from tests.console.conftest import NOW, STORE, a_browser, a_rooftop, add_call, add_staff

OTHER = "other"
PASSWORD = "correct horse battery"
ORIGIN = {"Sec-Fetch-Site": "same-origin"}


class MovingClock:
    """It stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture(autouse=True)
def a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEKEEPER_SECRET_KEY", new_key())
    # Hashes that are cheap to make: what is tested here is who gets in, not how long a guess takes.
    cheap = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHES", PasswordHash((cheap,)))


@pytest.fixture
async def db(database: Database) -> Database:
    """Two stores, on each engine."""
    async with database.across_rooftops("test") as session:
        session.add_all([a_rooftop(STORE), a_rooftop(OTHER)])
    return database


@pytest.fixture
async def browser(db: Database, clock: MovingClock) -> AsyncIterator[httpx.AsyncClient]:
    console = create_console(db, clock, InProcessBus(clock), ConsoleSettings(console_rooftop=STORE))
    async with a_browser(console, headers=ORIGIN) as client:
        yield client


async def an_account(
    db: Database, email: str, role: Role, departments: tuple[str, ...] = (), rooftop: str = STORE
) -> str:
    """Somebody who was invited, and has chosen a password; their account's id."""
    async with db.looking_across("test") as session:
        home = await accounts.by_email(session, email)
    async with db.writing(rooftop) as session:
        person = NewPerson(email, email.split("@")[0].title(), role, departments)
        account_id, token = await accounts.invite(session, person, home, "test", NOW)
        if token:
            await accounts.accept(session, token, await passwords.hashed(PASSWORD), NOW)
    return account_id


async def sign_in(browser: httpx.AsyncClient, clock: MovingClock, email: str, secret: str = "") -> str:
    """Through both steps, setting the second up when there is none; the app's secret."""
    first = await browser.post("/login", data={"email": email, "password": PASSWORD})
    assert first.status_code == 303, first.text
    if first.headers["location"].startswith("/login/code"):
        done = await browser.post("/login/code", data={"code": pyotp.TOTP(secret).at(clock.now())})
        assert done.status_code == 303
        return secret
    page = await browser.get("/login/second-factor")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")  # type: ignore[index]
    done = await browser.post(
        "/login/second-factor",
        data={"proposed": hidden(page.text, "proposed"), "code": pyotp.TOTP(secret).at(clock.now())},
    )
    assert "Keep these ten codes" in done.text
    return secret


def hidden(page: str, name: str) -> str:
    return unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])  # type: ignore[index]


async def test_the_first_administrator_is_invited_and_from_then_on_everybody_signs_in(
    browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    assert (await browser.get("/calls")).status_code == 200
    made = await browser.post("/admin/people", data={"name": "Dana", "email": "dana@store.example", "role": "admin"})
    link = re.search(r"/invite/[\w-]+", made.text)[0]  # type: ignore[index]
    assert (await browser.get("/calls")).status_code == 200
    short = await browser.post(link, data={"password": "short", "again": "short"})
    assert short.status_code == 422
    assert (await browser.post(link, data={"password": PASSWORD, "again": PASSWORD})).headers["location"] == "/login"
    asked = await browser.get("/calls?live=1")
    assert parse_qs(urlsplit(asked.headers["location"]).query) == {"next": ["/calls?live=1"]}
    assert (await browser.get(link)).status_code == 404, "a link works once"
    await sign_in(browser, clock, "dana@store.example")
    assert (await browser.get("/calls")).status_code == 200


async def test_a_password_alone_opens_nothing(db: Database, browser: httpx.AsyncClient) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    await browser.post("/login", data={"email": "dana@store.example", "password": PASSWORD})
    for page in ("/calls", "/me", "/admin/people", "/leads/new", "/live"):
        assert (await browser.get(page)).headers["location"].startswith("/login"), page


async def test_a_wrong_password_an_unknown_name_and_a_locked_account_look_the_same(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    answers = [await browser.post("/login", data={"email": "nobody@store.example", "password": "x" * 12})]
    for _ in range(5):
        answers.append(await browser.post("/login", data={"email": "dana@store.example", "password": "x" * 12}))
    answers.append(await browser.post("/login", data={"email": "dana@store.example", "password": PASSWORD}))
    assert {answer.status_code for answer in answers} == {422}
    shown = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len(shown) == 1
    clock.time += timedelta(minutes=1)
    await sign_in(browser, clock, "dana@store.example")


async def test_a_code_is_good_once_and_a_recovery_code_too(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    first = await browser.post("/login", data={"email": "dana@store.example", "password": PASSWORD})
    assert first.headers["location"] == "/login/second-factor"
    page = await browser.get("/login/second-factor")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")  # type: ignore[index]
    code = pyotp.TOTP(secret).at(clock.now())
    shown = await browser.post("/login/second-factor", data={"proposed": hidden(page.text, "proposed"), "code": code})
    recovery = re.search(r"<li><code>([\w-]+)</code>", shown.text)[1]  # type: ignore[index]

    async def second_step(given: str) -> int:
        await browser.post("/logout")
        await browser.post("/login", data={"email": "dana@store.example", "password": PASSWORD})
        return (await browser.post("/login/code", data={"code": given})).status_code

    assert await second_step(code) == 422, "the code that set it up is used"
    assert await second_step(recovery.upper()) == 303
    assert await second_step(recovery) == 422
    clock.time += timedelta(seconds=30)
    assert await second_step(pyotp.TOTP(secret).at(clock.now())) == 303


async def test_somebody_elses_proposed_factor_cannot_be_set(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "eve@store.example", Role.ADVISOR)
    await an_account(db, "dana@store.example", Role.ADMIN)
    await browser.post("/login", data={"email": "eve@store.example", "password": PASSWORD})
    page = await browser.get("/login/second-factor")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")  # type: ignore[index]
    await browser.post("/login", data={"email": "dana@store.example", "password": PASSWORD})
    given = {"proposed": hidden(page.text, "proposed"), "code": pyotp.TOTP(secret).at(clock.now())}
    assert (await browser.post("/login/second-factor", data=given)).status_code == 422


async def test_signing_out_idling_and_time_end_a_sign_in(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    secret = await sign_in(browser, clock, "dana@store.example")
    cookie = browser.cookies["lanekeeper"]
    await browser.post("/logout")
    browser.cookies.set("lanekeeper", cookie)
    assert (await browser.get("/calls")).status_code == 303, "a signed-out cookie is worth nothing"
    for away in (timedelta(hours=2), timedelta(hours=12)):
        browser.cookies.clear()
        clock.time += timedelta(minutes=1)
        await sign_in(browser, clock, "dana@store.example", secret)
        for _ in range(int(away / timedelta(minutes=90))):
            clock.time += timedelta(minutes=90)
            await browser.get("/calls")
        clock.time += timedelta(hours=2)
        assert (await browser.get("/calls")).status_code == 303


async def test_every_role_may_do_what_the_table_says_and_nothing_else(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    may = {Role.ADVISOR: (200, 403), Role.BDC: (200, 403), Role.MANAGER: (200, 403), Role.ADMIN: (200, 200)}
    for role, expected in may.items():
        browser.cookies.clear()
        await an_account(db, f"{role}@store.example", role)
        await sign_in(browser, clock, f"{role}@store.example")
        got = tuple([(await browser.get(page)).status_code for page in ("/calls", "/admin/people")])
        assert got == expected, role
    refused = await browser.post("/leads/new", data={"first_name": "Ann"})
    assert refused.status_code == 403, "an administrator sets up and does not work leads"
    assert "an advisor, BDC, a manager or the GM" in refused.text


async def test_nobody_sees_a_store_they_were_not_let_into(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await add_call(db, "here", says=[("caller", "It is Ann.")])
    await add_call(db, "there", rooftop=OTHER, says=[("caller", "It is Bob.")])
    await an_account(db, "dana@store.example", Role.MANAGER, rooftop=OTHER)
    await sign_in(browser, clock, "dana@store.example")
    assert (await browser.get("/calls/there")).status_code == 200
    assert (await browser.get("/calls/here")).status_code == 404
    assert (await browser.post("/store", data={"rooftop": STORE})).status_code == 404
    await an_account(db, "dana@store.example", Role.MANAGER, rooftop=STORE)
    assert (await browser.post("/store", data={"rooftop": STORE})).status_code == 303
    assert (await browser.get("/calls/here")).status_code == 200
    assert (await browser.get("/calls/there")).status_code == 404


async def test_taking_access_away_ends_every_sign_in_and_the_last_administrator_stays(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    admin = await an_account(db, "dana@store.example", Role.ADMIN)
    lee = await an_account(db, "lee@store.example", Role.ADVISOR)
    await sign_in(browser, clock, "lee@store.example")
    lees = dict(browser.cookies)
    browser.cookies.clear()
    await sign_in(browser, clock, "dana@store.example")
    kept = await browser.post(f"/admin/people/{admin}", data={"do": "end"})
    assert "make another person an administrator first" in kept.text
    assert (await browser.post(f"/admin/people/{lee}", data={"do": "end"})).status_code == 303
    browser.cookies = httpx.Cookies(lees)
    assert (await browser.get("/calls")).status_code == 303
    async with db.reading(STORE) as session:
        signed = await session.get_one(SignIn, await _newest_of(session, lee))
    assert signed.revoked_at is not None


async def test_a_form_from_another_site_changes_nothing_whoever_is_signed_in(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    admin = await an_account(db, "dana@store.example", Role.ADMIN)
    await sign_in(browser, clock, "dana@store.example")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        for page in ("/admin/people", f"/admin/people/{admin}", "/leads/new", "/logout", "/store", "/login"):
            assert (await browser.post(page, data={"do": "end"}, headers=headers)).status_code == 403
    assert (await browser.get("/calls")).status_code == 200


async def test_a_link_to_sign_in_ends_on_no_other_site(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\nb"):
        page = await browser.get("/login", params={"next": elsewhere})
        assert hidden(page.text, "next") == "", elsewhere


async def test_nothing_in_the_database_signs_anybody_in(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    secret = await sign_in(browser, clock, "dana@store.example")
    async with db.looking_across("test") as session:
        account = await accounts.by_email(session, "dana@store.example")
    assert account is not None
    kept = " ".join(str(value) for value in vars(account).values())
    assert secret not in kept and PASSWORD not in kept
    token = browser.cookies["lanekeeper"].split(".")[1]
    async with db.reading(STORE) as session:
        row = await session.get_one(SignIn, await _newest_of(session, account.id))
    assert token not in " ".join(str(value) for value in vars(row).values())


def test_an_address_nobody_wrote_a_rule_for_is_refused() -> None:
    assert asked_for("GET", "/secrets") is None
    assert asked_for("GET", "/loginx") is None
    assert asked_for("POST", "/calls/1") is Right.WORK
    assert rights_of(Role.ADMIN) - {Right.SET_UP} < ALL


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
async def test_every_page_has_a_rule_and_none_but_the_door_is_public(db: Database, clock: MovingClock) -> None:
    console = create_console(db, clock, InProcessBus(clock), ConsoleSettings(console_rooftop=STORE))
    described = console.inside.openapi()["paths"]
    addresses = [(method.upper(), path) for path, methods in described.items() for method in methods]
    asked = {address: asked_for(address[0], re.sub(r"{[^}]*}", "x", address[1])) for address in addresses}
    assert len(asked) > 15
    assert [address for address, right in asked.items() if right is None] == []
    public = {path.split("/")[1] for (_, path), right in asked.items() if right is Right.PUBLIC}
    assert public == {"login", "invite", "assets"}


async def _newest_of(session: AsyncSession, account_id: str) -> str:
    found = await session.scalars(
        select(SignIn.id).where(SignIn.account_id == account_id).order_by(SignIn.created_at.desc())
    )
    return str(found.first())


def test_a_device_is_named_as_people_know_it() -> None:
    chrome = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36"
    )
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Safari/604.1"
    assert (device(chrome), device(chrome + " Edg/150"), device(phone), device("")) == (
        "Chrome on Windows",
        "Edge on Windows",
        "Safari on iPhone",
        "A browser",
    )


def test_a_password_that_is_easily_guessed_is_not_taken() -> None:
    for weak in ("short", "aaaaaaaaaaaaaaa", "dana@store.example", "Dana Ortiz 12"):
        assert passwords.objection(weak, "dana@store.example", "Dana Ortiz"), weak
    assert not passwords.objection(PASSWORD, "dana@store.example", "Dana Ortiz")


async def test_an_address_another_store_invited_gets_nothing_here_before_its_owner_signed_in(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    async with db.writing(OTHER) as session:
        person = NewPerson("gm@store.example", "Gm", Role.ADVISOR)
        _, kept_by_the_other_store = await accounts.invite(session, person, None, "test", NOW)
    await sign_in(browser, clock, "dana@store.example")
    sent = {"name": "Gm", "email": "gm@store.example", "role": "admin"}
    refused = await browser.post("/admin/people", data=sent)
    assert refused.status_code == 422 and "nobody has signed in with it yet" in refused.text
    await browser.post("/logout")
    link = f"/invite/{kept_by_the_other_store}"
    await browser.post(link, data={"password": PASSWORD, "again": PASSWORD})
    await sign_in(browser, clock, "gm@store.example")
    assert (await browser.post("/store", data={"rooftop": STORE})).status_code == 404


async def test_a_hundred_codes_at_once_are_counted_one_by_one(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    secret = await sign_in(browser, clock, "dana@store.example")
    async with db.looking_across("test") as session:
        account = await accounts.by_email(session, "dana@store.example")
    assert account is not None
    clock.time += timedelta(minutes=1)
    factor = SecondFactor(db, clock)
    wrong = [f"{n:06d}" for n in range(20)]
    assert not any(await asyncio.gather(*(factor.checked(account, code) for code in wrong)))
    async with db.looking_across("test") as session:
        counted = await accounts.by_email(session, "dana@store.example")
    assert counted is not None and counted.failures == 5, "the sixth finds the account locked"
    assert not await factor.checked(account, pyotp.TOTP(secret).at(clock.now()))


async def test_strangers_behind_the_proxy_shut_nobody_else_out(db: Database, clock: MovingClock) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    settings = ConsoleSettings(console_rooftop=STORE, public_origin="https://calls.example")
    console = create_console(db, clock, InProcessBus(clock), settings)
    async with a_browser(console, headers=ORIGIN) as browser:
        stranger = {"X-Forwarded-For": "10.0.0.1, 203.0.113.9"}
        for _ in range(61):
            shut = await browser.post("/login", data={"email": "x@y.example", "password": "x" * 12}, headers=stranger)
        assert shut.status_code == 429
        sent = {"email": "dana@store.example", "password": PASSWORD}
        honest = await browser.post("/login", data=sent, headers={"X-Forwarded-For": "198.51.100.7"})
        assert honest.status_code == 303


async def test_a_new_link_ends_the_old_one_and_the_last_administrator_is_not_invited_down(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    dana = await an_account(db, "dana@store.example", Role.ADMIN)
    await sign_in(browser, clock, "dana@store.example")
    links = []
    for _ in range(2):
        page = await browser.post(f"/admin/people/{dana}", data={"do": "link"})
        links.append(re.search(r"/invite/[\w-]+", page.text)[0])  # type: ignore[index]
    assert (await browser.get(links[0])).status_code == 404
    assert (await browser.get(links[1])).status_code == 200
    down = {"name": "Dana", "email": "dana@store.example", "role": "advisor"}
    assert (await browser.post("/admin/people", data=down)).status_code == 422
    assert (await browser.get("/admin/people")).status_code == 200


async def test_a_lost_telephone_is_an_administrators_matter(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    await an_account(db, "dana@store.example", Role.ADMIN)
    lee = await an_account(db, "lee@store.example", Role.BDC)
    await sign_in(browser, clock, "lee@store.example")
    lees = dict(browser.cookies)
    browser.cookies.clear()
    await sign_in(browser, clock, "dana@store.example")
    assert (await browser.post(f"/admin/people/{lee}", data={"do": "factor"})).status_code == 303
    browser.cookies = httpx.Cookies(lees)
    assert (await browser.get("/calls")).status_code == 303, "signed out"
    again = await browser.post("/login", data={"email": "lee@store.example", "password": PASSWORD})
    assert again.headers["location"] == "/login/second-factor"


async def test_whoever_is_signed_in_acts_as_nobody_else_and_only_in_their_departments(
    db: Database, browser: httpx.AsyncClient, clock: MovingClock
) -> None:
    boss = await add_staff(db, "Boss Person")
    async with db.writing(STORE) as session:
        given = Promise(source_key="CA1", need="Brakes", department="service", contact="+15035550142")
        owed = await promise_callback(session, given, NOW)
    await an_account(db, "lee@store.example", Role.ADVISOR, ("parts",))
    await sign_in(browser, clock, "lee@store.example")
    assert (await browser.get(f"/loops/{owed.id}")).status_code == 404
    assert (await browser.post(f"/loops/{owed.id}/take", data={"as": boss})).status_code == 404
    await an_account(db, "lee@store.example", Role.ADVISOR, ())
    refused = await browser.post(f"/loops/{owed.id}/take", data={"as": boss})
    assert refused.status_code == 422 and "nobody on the staff list" in refused.text


async def test_each_role_lands_where_its_work_is(db: Database, browser: httpx.AsyncClient, clock: MovingClock) -> None:
    assert (await browser.get("/")).headers["location"] == "/calls"
    for role, page in ((Role.ADVISOR, "/desk"), (Role.GM, "/morning")):
        browser.cookies.clear()
        await an_account(db, f"{role}@store.example", role)
        await sign_in(browser, clock, f"{role}@store.example")
        assert (await browser.get("/")).headers["location"] == page
