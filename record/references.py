"""Every column that names a customer, read from the schema: a table added later is found without being listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Index, UniqueConstraint, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from kit.db import Base
from record.identity_models import ExternalRef

# They speak of records as records, so they keep naming the one they were written about.
ABOUT_RECORDS = frozenset({"customer", "merge", "match_pair", "household_link"})
_AT_ONCE = 500


@dataclass(frozen=True)
class Reference:
    """One column holding customer ids. `uniques` are the other columns of each unique key it is part of."""

    table: type[Any]
    column: str
    uniques: tuple[tuple[str, ...], ...] = ()
    only: ColumnElement[bool] | None = None

    @property
    def name(self) -> str:
        return str(self.table.__tablename__)

    @property
    def attribute(self) -> Any:
        return getattr(self.table, self.column)


def references() -> list[Reference]:
    """Foreign keys to customer in every mapped table, and the other systems' names for customers."""
    found = [Reference(ExternalRef, "row_id", only=ExternalRef.kind == "customer")]
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.local_table)):
        table = mapper.class_.__table__
        if table.name in ABOUT_RECORDS:
            continue
        found += [
            Reference(mapper.class_, key.parent.name, _uniques(table, key.parent.name))
            for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
            if key.column.table.name == "customer"
        ]
    return found


def reference(table: str, column: str) -> Reference | None:
    return next((one for one in references() if (one.name, one.column) == (table, column)), None)


@dataclass(frozen=True)
class Moved:
    """One row that now names another customer."""

    row_id: str
    was: str
    now: str


async def move(
    db: AsyncSession, found: Reference, to: Mapping[str, str], rows: Sequence[str] | None = None
) -> list[Moved]:
    """Makes every row (or only `rows`) that names a key of `to` name its value instead.

    A row the new owner has already, by a unique key (the same telephone), stays where it is: both are kept.
    """
    moved: list[Moved] = []
    for part in _parts(list(to) if rows is None else list(rows)):
        chosen = found.attribute.in_(part) if rows is None else found.table.id.in_(part)
        if rows is not None:
            chosen = chosen & found.attribute.in_(list(to))
        condition = chosen if found.only is None else chosen & found.only
        owners = (await db.execute(select(found.table.id, found.attribute).where(condition))).all()
        if not owners:
            continue
        staying = await _already_there(db, found, {row_id: to[owner] for row_id, owner in owners})
        going = [Moved(row_id, owner, to[owner]) for row_id, owner in owners if row_id not in staying]
        for some in _parts([one.row_id for one in going]):
            named = {one.was: one.now for one in going}
            await db.execute(
                update(found.table)
                .where(found.table.id.in_(some))
                .values({found.column: case(named, value=found.attribute)})
                .execution_options(synchronize_session=False)
            )
        _tell_loaded(db, found, going)
        moved += going
    return moved


async def _already_there(db: AsyncSession, found: Reference, going: Mapping[str, str]) -> set[str]:
    """Rows whose new owner has their like, or whose like goes to the same owner before them."""
    staying: set[str] = set()
    for others in found.uniques:
        columns = [getattr(found.table, name) for name in others]
        taken = {
            (owner, *values)
            for part in _parts(sorted(set(going.values())))
            for owner, *values in await db.execute(select(found.attribute, *columns).where(found.attribute.in_(part)))
        }
        for part in _parts(sorted(going)):
            for row_id, *values in await db.execute(
                select(found.table.id, *columns).where(found.table.id.in_(part)).order_by(found.table.id)
            ):
                key = (going[row_id], *values)
                if key in taken:
                    staying.add(row_id)
                taken.add(key)
    return staying


def _tell_loaded(db: AsyncSession, found: Reference, going: Sequence[Moved]) -> None:
    """Rows this session has loaded say the same as the database."""
    now = {one.row_id: one.now for one in going}
    for row in list(db.sync_session.identity_map.values()):
        if isinstance(row, found.table) and row.id in now:
            set_committed_value(row, found.column, now[row.id])


def _uniques(table: Any, column: str) -> tuple[tuple[str, ...], ...]:
    keys: list[Any] = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [one for one in table.indexes if isinstance(one, Index) and one.unique]
    named = [[part.name for part in key.columns] for key in keys]
    return tuple(sorted(tuple(name for name in names if name != column) for names in named if column in names))


def _parts(values: list[str]) -> list[list[str]]:
    return [values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE)]
