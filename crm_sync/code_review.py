"""Codes of the store's systems as a person reviews them: those nobody has explained, how often they come, the rest."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.codes import OP_CODE, RO_STATUS, statuses
from crm_sync.models import CodeMap
from record.models import RepairOrder
from record.visit_models import RepairOrderLine
from scheduling.models import OpCodeRow

_MOST = 200


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A code nobody has explained: on how many repair orders or lines it stands, and one example."""

    code: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """What somebody said a code means."""

    code: str
    means: str
    hours: float | None
    skill: str
    safety_class: str
    by: str


@dataclass(frozen=True)
class Codes:
    """All codes of the store, the most frequent unexplained ones first."""

    statuses: tuple[Unmapped, ...]
    op_codes: tuple[Unmapped, ...]
    mapped_statuses: tuple[Mapped, ...]
    mapped_op_codes: tuple[Mapped, ...]


async def review(db: AsyncSession) -> Codes:
    known = await statuses(db)
    mapped: dict[str, list[Mapped]] = {RO_STATUS: [], OP_CODE: []}
    for row in await db.scalars(select(CodeMap).order_by(CodeMap.code)):
        mapped.setdefault(row.kind, []).append(
            Mapped(row.code, row.means, row.hours, row.skill, row.safety_class, row.mapped_by)
        )
    explained = {one.code for one in mapped[OP_CODE]} | set(await db.scalars(select(func.upper(OpCodeRow.code))))
    return Codes(
        tuple(one for one in await _status_codes(db) if one.code not in known),
        tuple(one for one in await _op_codes(db) if one.code not in explained)[:_MOST],
        tuple(mapped[RO_STATUS]),
        tuple(mapped[OP_CODE]),
    )


async def _status_codes(db: AsyncSession) -> list[Unmapped]:
    code = func.lower(func.trim(RepairOrder.source_status))
    rows = await db.execute(
        select(code, func.count(), func.max(RepairOrder.ro_number))
        .where(RepairOrder.source_status != "")
        .group_by(code)
        .order_by(func.count().desc(), code)
    )
    return [Unmapped(name, number, f"RO {example}") for name, number, example in rows]


async def _op_codes(db: AsyncSession) -> list[Unmapped]:
    code = func.upper(func.trim(RepairOrderLine.op_code))
    rows = await db.execute(
        select(code, func.count(), func.max(RepairOrderLine.description))
        .where(RepairOrderLine.op_code != "")
        .group_by(code)
        .order_by(func.count().desc(), code)
        .limit(_MOST * 5)
    )
    return [Unmapped(name, number, example or "") for name, number, example in rows]
