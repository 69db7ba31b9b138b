"""Leads present in one system and absent in the other: listed until both have them (S2-15)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.lead_facts import ListedLead
from followup.lead_models import Lead
from record.contact_models import HygieneFinding

KIND = "lead_in_one_system"
SAME_LEAD = timedelta(days=3)
"""Two systems date one lead this far apart at most."""

_ELSEWHERE = "listed_lead"


async def compare(db: AsyncSession, listed: Sequence[ListedLead], system: str, now: datetime) -> int:
    """Compares an export with our leads of the days it covers; files what only one has and returns how many that is."""
    if not listed:
        return 0
    since, until = min(each.at for each in listed), max(each.at for each in listed)
    rows = await db.scalars(
        select(Lead).where(Lead.received_at >= since - SAME_LEAD, Lead.received_at <= until + SAME_LEAD)
    )
    ours = list(rows)
    left = {row.id: row for row in ours}
    found = 0
    for each in listed:
        same = [row for row in ours if _same(row, each)]
        for row in same:
            left.pop(row.id, None)
            await _clear(db, "lead", row.id, now)
        key = f"{system}:{each.provider}:{each.external_id}"[:120]
        if same:
            await _clear(db, _ELSEWHERE, key, now)
            continue
        found += 1
        who, origin = each.name or "A lead", each.provider or "no provider"
        says = f"{who} of {each.at:%Y-%m-%d} ({origin}) is in {system}, not here"
        await _file(db, _ELSEWHERE, key, None, says, now)
    for row in left.values():
        if not since <= _at(row) <= until:
            continue
        found += 1
        name = f"{row.first_name} {row.last_name}".strip() or "A lead"
        says = f"{name} of {_at(row):%Y-%m-%d} ({row.provider or row.channel}) is here, not in {system}"
        await _file(db, "lead", row.id, row.customer_id, says, now)
    return found


def _same(row: Lead, listed: ListedLead) -> bool:
    """By the number its provider gave it, else by phone or e-mail within a few days."""
    if row.external_id and row.external_id == listed.external_id:
        return not (row.provider and listed.provider) or row.provider.casefold() == listed.provider.casefold()
    near = abs(_at(row) - listed.at) <= SAME_LEAD
    return near and bool((row.phone and row.phone in listed.phones) or (row.email and row.email in listed.emails))


def _at(row: Lead) -> datetime:
    return row.requested_at or row.received_at


async def _file(db: AsyncSession, table: str, subject: str, customer_id: str | None, says: str, now: datetime) -> None:
    row = await _finding(db, table, subject)
    if row is None:
        row = HygieneFinding(kind=KIND, subject_table=table, subject_id=subject, says=says, found_at=now)
        db.add(row)
    elif row.cleared_by == "":
        row.cleared_at, row.clear_reason = None, ""
    row.customer_id, row.says = customer_id, says
    await db.flush()


async def _clear(db: AsyncSession, table: str, subject: str, now: datetime) -> None:
    row = await _finding(db, table, subject)
    if row is not None and row.cleared_at is None:
        row.cleared_at, row.clear_reason = now, "both systems have it now"


async def _finding(db: AsyncSession, table: str, subject: str) -> HygieneFinding | None:
    found: HygieneFinding | None = await db.scalar(
        select(HygieneFinding).where(
            HygieneFinding.kind == KIND, HygieneFinding.subject_table == table, HygieneFinding.subject_id == subject
        )
    )
    return found
