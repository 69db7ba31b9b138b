"""The cars somebody may speak about with us: their own and those they signed for, never anybody else's of the house."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CustomerId, VehicleId
from record.customers import survivor
from record.households import Audience, may_tell
from record.models import Vehicle
from record.sales_models import Deal


@dataclass(frozen=True)
class Car:
    """A car as it is spoken of; `mileage_at` is when the mileage was read."""

    id: VehicleId
    year: int | None
    make: str
    model: str
    mileage: int | None
    mileage_at: datetime | None

    @property
    def spoken(self) -> str:
        return " ".join(str(part) for part in (self.year, self.make, self.model) if part)


async def cars_to_speak_of(db: AsyncSession, customer_id: CustomerId | str) -> list[Car]:
    """Every car whose details this customer may hear: the privacy wall of households is asked about each owner."""
    who = str(await survivor(db, customer_id))
    signed = select(Deal.vehicle_id).where(
        or_(Deal.customer_id == who, Deal.co_buyer_id == who), Deal.vehicle_id.is_not(None)
    )
    rows = await db.scalars(
        select(Vehicle).where(or_(Vehicle.customer_id == who, Vehicle.id.in_(signed))).order_by(Vehicle.id)
    )
    theirs = set(await db.scalars(signed))
    return list(_tellable(rows, who, theirs))


def _tellable(rows: Iterable[Vehicle], who: str, signed_for: set[str | None]) -> Iterable[Car]:
    for row in rows:
        if row.id in signed_for or may_tell(row.customer_id, who, Audience.CUSTOMER).details:
            yield Car(VehicleId(row.id), row.year, row.make, row.model, row.mileage, row.mileage_at)
