"""A lead is not called about once the record says that it is over, and the systems it came from are told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from followup.lead_endings import ending_of
from followup.lead_facts import Channel, LeadCar, LeadPerson, NewLead
from followup.lead_models import Lead, LeadDelivery, Opportunity
from followup.leads import take
from followup.models import Loop
from kit.db import Database
from record.models import OutboxEvent
from record.writeback_subjects import LEAD_CHANGED
from tests.builders import NOW, ROOFTOP, a_store
from tests.crm_sync import files
from tests.crm_sync.desk import Desk

MARIA = LeadPerson("Maria", last_name="Alvarez", phones=("+15035550112",), emails=("maria@example.com",))
CAR = LeadCar(year=2021, make="Honda", model="CR-V")


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await a_store(database)
    return Desk(database, tmp_path)


async def asks(desk: Desk, department: str, closed_as: str = "") -> None:
    """A lead of Maria's comes through a CRM's list."""
    lead = NewLead(Channel.CRM_CSV, MARIA, provider="Cars.com", external_id="77", department=department, cars=(CAR,))
    async with desk.database.writing(ROOFTOP) as db:
        message = LeadDelivery(door="crm_leads", body=b"", received_at=NOW, state="taken")
        db.add(message)
        await db.flush()
        await take(db, replace(lead, closed_as=closed_as), message.id, NOW - timedelta(days=3))


async def states(desk: Desk) -> tuple[list[str], list[tuple[str, str]], list[str | None]]:
    leads, needs = await desk.all(Lead), await desk.all(Opportunity)
    loops = await desk.all(Loop)
    return (
        [one.status for one in leads],
        [(one.state, one.close_reason) for one in needs],
        [one.close_reason for one in loops],
    )


async def told(desk: Desk) -> list[tuple[str, str, str]]:
    async with desk.database.reading(ROOFTOP) as db:
        rows = await db.scalars(select(OutboxEvent).where(OutboxEvent.kind == LEAD_CHANGED))
        return [(row.payload["status"], row.payload["reason"], row.payload["source_id"]) for row in rows]


async def test_a_lead_the_crm_lists_as_lost_is_closed_here_and_told_once(desk: Desk) -> None:
    await asks(desk, "sales")
    assert await states(desk) == (["open"], [("open", "")], [None])
    for _ in range(2):
        await asks(desk, "sales", closed_as="lost - bought elsewhere")
    assert await states(desk) == (["closed"], [("lost", "bought_elsewhere_other")], ["ended_in_crm"])
    assert await told(desk) == [("lost", "bought_elsewhere_other", "77")]


async def test_a_booked_deal_wins_the_need_and_an_older_one_does_not(desk: Desk) -> None:
    await desk.sees({**files.DEAL, "Deal Number": "D1", "Contract Date": "01/31/2026"}, kind="SL", at="20261118_0300")
    await asks(desk, "sales")
    await desk.sees({"RO Status": "Closed", "Open Date": "11/20/2026", "Close Date": "11/20/2026"}, at="20261120_0100")
    assert (await states(desk))[1] == [("open", "")]
    await desk.sees({**files.DEAL, "Deal Number": "D2", "Contract Date": "11/19/2026"}, kind="SL", at="20261120_0300")
    assert await states(desk) == (["closed"], [("won", "sold")], ["bought_since"])
    assert await told(desk) == [("won", "sold", "77")]


async def test_a_finished_visit_wins_a_service_need(desk: Desk) -> None:
    await desk.sees({"RO Status": "Closed", "Close Date": "11/12/2026"}, at="20261113_0300")
    await asks(desk, "service")
    await desk.sees({"RO Number": "6002", "Open Date": "11/19/2026", "RO Status": "In Shop"}, at="20261119_0300")
    assert (await states(desk))[1] == [("open", "")]
    done = {"RO Number": "6002", "Open Date": "11/19/2026", "RO Status": "Closed", "Close Date": "11/20/2026"}
    await desk.sees(done, at="20261120_0300")
    assert (await states(desk))[1] == [("won", "completed")]


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [("Sold", "won", "sold"), ("Bad lead", "closed", "bad_contact"), ("Dead", "lost", ""), ("Closed", "closed", ""),
     ("Duplicate", "closed", "duplicate"), ("Lost: no response", "lost", "no_response")],
)  # fmt: skip
def test_a_crms_word_for_the_end_is_read_as_ours(status: str, state: str, reason: str) -> None:
    ending = ending_of(status)
    assert (ending.state, ending.reason) == (state, reason)
