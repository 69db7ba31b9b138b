"""A store's programs as rows: made with their defaults, edited, paused and resumed, each change with who and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from followup.program_models import Enrollment, ProgramChange, ProgramRow, ProgramTouch
from followup.programs.kinds import KINDS, Kind
from followup.programs.rules import TEXT, Rules
from record.text_models import TextMessage

_TEXTS_OF = timedelta(days=30)
SYSTEM = "Lanekeeper"


class Moved(Exception):
    """Somebody else changed the program since it was read; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the store as it stands."""

    id: str
    kind: Kind
    version: int
    rules: Rules
    paused_at: datetime | None
    look_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    number: int
    version: int
    act: str
    by: str
    why: str
    at: datetime
    rules: Rules


async def programs(db: AsyncSession, now: datetime) -> list[Program]:
    """All of them in their order, made where a release brought a new one."""
    rows = {row.kind: row for row in await db.scalars(select(ProgramRow))}
    for kind in KINDS.values():
        if kind.name not in rows:
            rows[kind.name] = await _made(db, kind, now)
    return [_program(rows[name]) for name in KINDS]


async def as_they_stand(db: AsyncSession) -> list[Program]:
    """All of them for a reader, who makes none: one without an id will be made as it is here."""
    rows = {row.kind: row for row in await db.scalars(select(ProgramRow))}
    return [
        _program(rows[kind.name]) if kind.name in rows else Program("", kind, 1, kind.rules, None, None)
        for kind in KINDS.values()
    ]


async def program(db: AsyncSession, kind: str, *, lock: bool = False) -> Program | None:
    query = select(ProgramRow).where(ProgramRow.kind == kind).execution_options(populate_existing=True)
    row = await db.scalar(query.with_for_update() if lock else query)
    return _program(row) if row is not None and row.kind in KINDS else None


async def ensured(db: AsyncSession, kind: str, now: datetime) -> Program:
    """One program, made with its defaults where a store has none yet."""
    return await program(db, kind) or {each.kind.name: each for each in await programs(db, now)}[kind]


async def edit(
    db: AsyncSession, kind: str, rules: Rules, version: int, by: str, why: str, now: datetime
) -> Program | None:
    """New rules from now on, for everybody in it; raises Moved when somebody was faster."""
    row = await _locked(db, kind)
    if row is None:
        return None
    if row.version != version:
        raise Moved
    row.rules, row.version, row.look_at = rules.to_json(), row.version + 1, now
    await _note(db, row, "edited", by, why, now)
    return _program(row)


async def pause(db: AsyncSession, kind: str, by: str, why: str, now: datetime) -> bool:
    """Nothing of it happens from this moment on: nobody new, no step, and a text that waits is held (`held`)."""
    row = await _locked(db, kind)
    if row is None or row.paused_at is not None:
        return False
    row.paused_at = now
    await _note(db, row, "paused", by, why, now)
    return True


async def resume(db: AsyncSession, kind: str, by: str, why: str, now: datetime) -> bool:
    """It goes on; what has become untrue or too late meanwhile is left out."""
    row = await _locked(db, kind)
    if row is None or row.paused_at is None:
        return False
    row.paused_at, row.look_at = None, now
    overdue = (Enrollment.program_id == row.id, Enrollment.next_at < now)
    await db.execute(
        update(Enrollment).where(*overdue).values(next_at=now).execution_options(synchronize_session=False)
    )
    await _let_go(db, row, now)
    await _note(db, row, "resumed", by, why, now)
    return True


async def held(db: AsyncSession, text_id: str) -> bool:
    """Whether a text belongs to a paused program, asked in the transaction that would claim it: it then stays here
    without a next moment until the program goes on."""
    paused = (
        select(ProgramRow.id)
        .join(ProgramTouch, ProgramTouch.program_id == ProgramRow.id)
        .join(TextMessage, TextMessage.id == ProgramTouch.ref)
        .where(
            ProgramTouch.ref == text_id,
            ProgramTouch.by == TEXT,
            ProgramRow.paused_at.is_not(None),
            TextMessage.state == "pending",
        )
    )
    if await db.scalar(paused.limit(1)) is None:
        return False
    await db.execute(
        update(TextMessage)
        .where(TextMessage.id == text_id, TextMessage.state == "pending")
        .values(next_try_at=None)
        .execution_options(synchronize_session=False)
    )
    return True


async def looked(db: AsyncSession, program: Program, next_at: datetime) -> None:
    await db.execute(update(ProgramRow).where(ProgramRow.id == program.id).values(look_at=next_at))


async def changes(db: AsyncSession, program: Program, limit: int = 30) -> Sequence[Change]:
    """The newest first."""
    rows = await db.scalars(
        select(ProgramChange)
        .where(ProgramChange.program_id == program.id)
        .order_by(ProgramChange.number.desc())
        .limit(limit)
    )
    default = program.kind.rules
    return [
        Change(row.number, row.version, row.act, row.by, row.why, row.at, Rules.from_json(row.rules, default))
        for row in rows
    ]


async def _made(db: AsyncSession, kind: Kind, now: datetime) -> ProgramRow:
    row = ProgramRow(kind=kind.name, version=1, rules=kind.rules.to_json(), look_at=now)
    db.add(row)
    await db.flush()
    await _note(db, row, "made", SYSTEM, "", now)
    return row


async def _locked(db: AsyncSession, kind: str) -> ProgramRow | None:
    row: ProgramRow | None = await db.scalar(
        select(ProgramRow).where(ProgramRow.kind == kind).with_for_update().execution_options(populate_existing=True)
    )
    return row


async def _note(db: AsyncSession, row: ProgramRow, act: str, by: str, why: str, now: datetime) -> None:
    last = await db.scalar(select(func.max(ProgramChange.number)).where(ProgramChange.program_id == row.id)) or 0
    db.add(
        ProgramChange(
            program_id=row.id,
            number=last + 1,
            version=row.version,
            act=act,
            by=by,
            why=why[:400],
            at=now,
            rules=row.rules,
        )
    )
    await db.flush()


async def _let_go(db: AsyncSession, row: ProgramRow, now: datetime) -> None:
    texts = select(ProgramTouch.ref).where(
        ProgramTouch.program_id == row.id, ProgramTouch.at > now - _TEXTS_OF, ProgramTouch.by == TEXT
    )
    await db.execute(
        update(TextMessage)
        .where(TextMessage.id.in_(texts), TextMessage.state == "pending", TextMessage.next_try_at.is_(None))
        .values(next_try_at=now)
        .execution_options(synchronize_session=False)
    )


def _program(row: ProgramRow) -> Program:
    kind = KINDS[row.kind]
    rules = Rules.from_json(row.rules, kind.rules)
    return Program(row.id, kind, row.version, rules, row.paused_at, row.look_at)
