"""Set-up and care: the store's hours, its phones, the same checks as the doctor, the log, and the first store."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from console.app import create_console
from console.ports import CannotDo, Check
from console.settings import ConsoleSettings
from kit.bus import InProcessBus
from kit.clock import Clock
from kit.db import Database
from lanekeeper.doctor import findings
from lanekeeper.setting_up import SettingUp
from lanekeeper.settings import Settings
from record import audit, hours
from record.audit_models import AuditEntry, OnlyAdded
from record.models import Customer, Staff, Vehicle
from record.visit_models import StoreAppointment
from tests.console.conftest import NOW, STORE, Counter, a_browser


async def test_hours_are_kept_as_typed_and_what_cannot_be_read_changes_nothing(counter: Counter) -> None:
    week = {f"day{day}": "7:30-12:00, 13:00-18:00" for day in range(5)}
    assert (await counter.post("/admin/rooftops/hours", department="service", **week)).status_code == 303
    page = await counter.page("/admin/rooftops")
    assert page.count('value="7:30-12:00, 13:00-18:00"') == 5
    for bad in ("7-18", "18:00-7:30", "25:00-26:00", "7:30-12:00, 11:00-13:00"):
        answer = await counter.post("/admin/rooftops/hours", department="service", day0=bad)
        assert answer.status_code == 422 and "Monday" in answer.text and "Nothing was changed" in answer.text
    nothing = await counter.post("/admin/rooftops/hours", department="service")
    assert "at least one day" in nothing.text
    async with counter.database.reading(STORE) as db:
        kept = await hours.hours_of(db, "service")
    assert kept.open_at(NOW) and not kept.open_at(NOW + timedelta(hours=1))


async def test_the_stores_facts_change_on_every_page_and_are_in_the_log(counter: Counter) -> None:
    facts = {
        "name": "Hillside <Motors>",
        "time_zone": "America/Chicago",
        "phone": "(503) 555-0180",
        "recording_days": "30",
    }
    assert (await counter.post("/admin/rooftops", **facts)).status_code == 303
    assert "Hillside &lt;Motors&gt;" in await counter.page("/calls")
    for wrong in ({"time_zone": "Mars/Base"}, {"phone": "12"}, {"recording_days": "0"}, {"name": ""}):
        assert (await counter.post("/admin/rooftops", **{**facts, **wrong})).status_code == 422
    log = await counter.page("/admin/audit")
    assert "name: Riverside Motors → Hillside &lt;Motors&gt;" in log and log.count('<th scope="row">') == 1
    day = {"day": "2026-12-24", "name": "Christmas Eve"}
    assert (await counter.post("/admin/rooftops/holidays", **day)).status_code == 303
    page = await counter.page("/admin/rooftops")
    assert "Christmas Eve" in page
    holiday = re.search(r'name="remove" value="(\w+)"', page)[1]  # type: ignore[index]
    await counter.post("/admin/rooftops/holidays", remove=holiday)
    assert "Christmas Eve" not in await counter.page("/admin/rooftops")


async def test_only_a_listed_phone_can_be_rung(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        db.add(Staff(name="Dana Ortiz", role="advisor", department="service"))
    assert "no call taken over" in await counter.page("/admin/phones")
    put = {"key": "Dana", "number": "(503) 555-0123", "person": "Dana Ortiz", "label": "Dana"}
    assert (await counter.post("/admin/phones", **put)).status_code == 303
    page = await counter.page("/admin/phones")
    assert "(503) 555-0123" in page and "Dana Ortiz</bdi>’s phone" in page
    assert (await counter.post("/admin/phones", **{**put, "number": "1"})).status_code == 422
    assert (await counter.post("/admin/phones", **{**put, "person": "Nobody"})).status_code == 422
    await counter.post("/admin/phones/remove", key="dana")
    assert "(503) 555-0123" not in await counter.page("/admin/phones")


async def test_the_log_is_narrowed_paged_exported_and_never_changed(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        for number in range(60):
            by = "=cmd()" if number % 2 else "Dana"
            await audit.note(db, by, "gave", "loop", f"loop-{number}", NOW - timedelta(hours=number), f"says {number}")
    page = await counter.page("/admin/audit")
    assert page.count('<th scope="row">') == 50 and 'rel="next"' in page
    older = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
    assert (await counter.page(older)).count('<th scope="row">') == 10
    assert (await counter.page("/admin/audit?by=Dana")).count('<th scope="row">') == 30
    assert (await counter.page("/admin/audit?day=2026-07-14")).count('<th scope="row">') == 12
    rows = list(csv.reader(io.StringIO(await counter.page("/admin/audit.csv?kind=loop"))))
    assert len(rows) == 61 and rows[2][1] == "'=cmd()", "no spreadsheet takes a name for a formula"
    async with counter.database.writing(STORE) as db:
        row = (await db.scalars(select(AuditEntry).limit(1))).one()
        row.says = "something else"
        with pytest.raises(OnlyAdded):
            await db.flush()
        await db.rollback()


async def test_the_calendar_shows_a_day_as_the_store_has_it(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        ana = Customer(first_name="Ana", last_name="Ortega")
        db.add(ana)
        await db.flush()
        car = Vehicle(customer_id=ana.id, year=2019, make="Chevrolet", model="Tahoe")
        db.add(car)
        await db.flush()
        visit = {"customer_id": ana.id, "vehicle_id": car.id, "status": "confirmed", "concern": "Brakes squeal"}
        for number, day in enumerate((0, 1)):
            at = NOW + timedelta(days=day)
            db.add(StoreAppointment(appointment_number=f"A{number}", starts_at=at, **visit))
    page = await counter.page("/calendar")
    assert (
        page.count('class="row"') == 1
        and "Ana Ortega" in page
        and "2019 Chevrolet Tahoe" in page
        and "11:30 am" in page
    )
    assert "No visits on this day" in await counter.page("/calendar?day=2026-07-20")
    assert "11:30 am" in await counter.page("/calendar?day=2026-07-15")


async def test_health_is_what_the_doctor_says(database: Database, clock: Clock, counter: Counter) -> None:
    settings = Settings()
    setup = SettingUp(settings, database, clock)
    said = [(each.level.value, each.setting, each.says) for each in await findings(settings, database, clock)]
    assert [(each.level, each.code, each.says) for each in await setup.checks()] == said
    console = create_console(database, clock, InProcessBus(clock), ConsoleSettings(console_rooftop=STORE), setup=setup)
    async with a_browser(console) as browser:
        page = (await browser.get("/admin/health")).text
        assert page.count("<code>TWILIO_AUTH_TOKEN</code>") == 1 and "checks need you" in page
        steps = (await browser.get("/setup")).text
        assert "steps left" in steps and steps.index("Owner account") < steps.index("Go live")


class Begins:
    """A program that can begin a store."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}

    async def checks(self) -> list[Check]:
        return []

    async def add_store(self, given: dict[str, str]) -> None:
        if given.get("line") == "1":
            raise CannotDo("Give both numbers with their area code")
        self.given = dict(given)


async def test_an_empty_server_opens_set_up(url: str, clock: Clock, tmp_path: Path) -> None:
    begins, database = Begins(), Database(url)
    settings = ConsoleSettings(web_address="127.0.0.1:8000", recordings_folder=tmp_path)
    console = create_console(database, clock, InProcessBus(clock), settings, setup=begins)
    async with a_browser(console, headers={"Sec-Fetch-Site": "same-origin"}) as browser:
        none: httpx.Response = await browser.get("/calls")
        assert none.status_code == 503 and "/setup" in none.text
        assert "Set up your store" in (await browser.get("/setup")).text
        wrong = await browser.post("/setup", data={"line": "1", "name": "Kept <name>"})
        assert wrong.status_code == 422 and "area code" in wrong.text and "Kept &lt;name&gt;" in wrong.text
        assert (await browser.post("/setup", data={"line": "+15035550100"})).status_code == 303
        assert begins.given["line"] == "+15035550100"
    await database.close()
