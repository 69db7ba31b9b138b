"""Evidence names a row that is really there."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from followup.closing import Proof
from record.contact_models import ContactEvent
from record.models import Call, RepairOrder, WriteBack
from record.text_models import TextMessage
from record.visit_models import SpecialOrderPart
from scheduling.models import AppointmentRow

_ROWS: dict[str, tuple[type[Any], ...]] = {
    "call": (Call, ContactEvent),
    "text": (TextMessage,),
    "appointment": (AppointmentRow,),
    "repair_order": (RepairOrder,),
    "part_order": (SpecialOrderPart,),
    "writeback": (WriteBack,),
}


async def exists(db: AsyncSession, proof: Proof) -> bool:
    """Whether the row is there; a note stands on the name of whoever wrote it."""
    tables = _ROWS.get(proof.kind)
    if tables is None:
        return bool(proof.says.strip())
    for table in tables:
        if await db.scalar(select(table.id).where(table.id == proof.ref)) is not None:
            return True
    return False
