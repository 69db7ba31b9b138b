"""A program's text that will not arrive: a person is owed the rest, as for any other text of the store's."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.program_models import Enrollment, ProgramRow, ProgramTouch
from followup.programs import keeping
from followup.programs.rules import TEXT
from followup.programs.taking import call_instead
from kit.ids import TextId


async def text_will_not_go(db: AsyncSession, text_id: TextId | str, why: str, now: datetime) -> None:
    """Opens the task where the text belongs to a program that has a person do it instead."""
    found = await db.execute(
        select(Enrollment, ProgramRow.kind, ProgramTouch.after)
        .join(ProgramTouch, ProgramTouch.enrollment_id == Enrollment.id)
        .join(ProgramRow, ProgramRow.id == Enrollment.program_id)
        .where(ProgramTouch.ref == str(text_id), ProgramTouch.by == TEXT)
    )
    for row, kind, after in found:
        program = await keeping.program(db, kind)
        if program is not None and program.kind.person_instead and program.paused_at is None:
            await call_instead(db, program, row, after, why, now)
