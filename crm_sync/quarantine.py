"""Rows that were refused: a person lists them, corrects and retries one, or clears it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk, codes
from crm_sync.feeds import FEEDS, saved_headers, staff_by_name
from crm_sync.headers import columns_of
from crm_sync.intake import Intake, unpacked
from crm_sync.models import RefusedRow, SyncRun
from crm_sync.reading import Cells
from crm_sync.rows import FileMoment
from crm_sync.run import Run
from crm_sync.runs import Counts, Refusal
from kit.db import Database
from record.rooftops import store
from record.strangers import PeopleMatcher

OPEN, RETRIED, CLEARED = "open", "retried", "cleared"


@dataclass(frozen=True)
class Waiting:
    """A refused row as a person sees it; `cells` are its texts by header, or the line as it stood where it has none."""

    id: str
    feed: str
    file_name: str
    line: int
    column: str
    reason: str
    cells: Mapping[str, str]


class NothingThere(Exception):
    """No such row is waiting."""


async def waiting(db: AsyncSession, limit: int = 200) -> list[Waiting]:
    """Refused rows nobody has settled, newest first."""
    rows = await db.execute(
        select(RefusedRow, SyncRun)
        .join(SyncRun, SyncRun.id == RefusedRow.run_id)
        .where(RefusedRow.state == OPEN)
        .order_by(RefusedRow.created_at.desc(), RefusedRow.line)
        .limit(limit)
    )
    return [
        Waiting(row.id, row.feed, run.file_name, row.line, row.column, row.reason, _cells(row, run))
        for row, run in rows
    ]


async def retry(
    database: Database,
    rooftop_id: str,
    refused_id: str,
    corrected: Mapping[str, str],
    by: str,
    now: datetime,
) -> Refusal | None:
    """Takes the row in again with some cells corrected, by header; None when it is in now, else why not.

    It still speaks of the moment of its file: what a newer file said since stands.
    """
    try:
        async with database.writing(rooftop_id) as db:
            return await _retry(db, database, rooftop_id, refused_id, corrected, by, now)
    except bulk.REFUSED as error:
        return Refusal(0, "", f"the record refuses it ({type(error).__name__})")


async def clear(db: AsyncSession, refused_id: str, by: str, now: datetime) -> None:
    """The row is not wanted; the same row in another file stays cleared."""
    row, _ = await _waiting_row(db, refused_id)
    row.state, row.settled_at, row.settled_by = CLEARED, now, by


async def _retry(
    db: AsyncSession,
    database: Database,
    rooftop_id: str,
    refused_id: str,
    corrected: Mapping[str, str],
    by: str,
    now: datetime,
) -> Refusal | None:
    row, run = await _waiting_row(db, refused_id)
    home = await store(db, rooftop_id)
    feed = FEEDS.get(row.feed)
    if home is None or feed is None:
        raise NothingThere("its kind of file is not known any more")
    columns = columns_of(feed, run.headers, (await saved_headers(db)).get(feed.name, {}))
    cells = {**dict.fromkeys(run.headers, ""), **_cells(row, run), **corrected}
    context = Run(
        run.id,
        rooftop_id,
        feed.name,
        FileMoment(run.as_of, ZoneInfo(home.time_zone)),
        now,
        PeopleMatcher(),
        await codes.statuses(db),
        await staff_by_name(db),
    )
    intake = Intake(database, feed, columns, context)
    again = intake.raw(Cells(row.line, [cells[header] for header in run.headers]))
    if again.fault is not None:
        return Refusal(row.line, again.fault.column, again.fault.reason)
    row_hash = row.row_hash
    refused = await intake.settle(db, [again], Counts(), by_hand=True)
    if refused:
        why = refused[0][1]
        if again.row_hash != row_hash:
            row.state, row.settled_at, row.settled_by = RETRIED, now, by
        return Refusal(row.line, why.column, why.reason)
    row.state, row.settled_at, row.settled_by = RETRIED, now, by
    return None


async def _waiting_row(db: AsyncSession, refused_id: str) -> tuple[RefusedRow, SyncRun]:
    found = (
        await db.execute(
            select(RefusedRow, SyncRun)
            .join(SyncRun, SyncRun.id == RefusedRow.run_id)
            .where(RefusedRow.id == refused_id, RefusedRow.state == OPEN)
        )
    ).first()
    if found is None:
        raise NothingThere("no such row is waiting")
    return found[0], found[1]


def _cells(row: RefusedRow, run: SyncRun) -> dict[str, str]:
    cells = unpacked(row.raw)
    if len(cells) != len(run.headers):
        return {"": " ".join(cells)}
    return dict(zip(run.headers, cells, strict=True))
