"""Many rows at once: the one place of crm_sync where statements bypass the session's scope, and put it back by hand."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import ColumnElement, String, Table, any_, bindparam, cast, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect, Row
from sqlalchemy.exc import DataError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from kit.db import ScopeMissing
from kit.ids import new_id

Values = dict[str, Any]

REFUSED = (DataError, IntegrityError, StatementError, psycopg.DataError, psycopg.IntegrityError, OverflowError)
"""How the database says that a value or row is not to be had, whichever driver and way it was sent."""


def scope(db: AsyncSession) -> str:
    """The rooftop this session works for; one that works for none or for all is refused."""
    rooftop_id = db.info.get("rooftop_id")
    if rooftop_id in (None, "*"):
        raise ScopeMissing("bulk work is for one rooftop")
    return str(rooftop_id)


async def found(
    db: AsyncSession, kind: type[Any], columns: Sequence[str], key: str, keys: Collection[str], /, **equal: Any
) -> Sequence[Row[Any]]:
    """The named columns of the rooftop's rows whose `key` is one of `keys`."""
    if not keys:
        return []
    table = _table(kind)
    wanted = [table.c[name] for name in columns]
    conditions = [table.c[name] == bindparam(f"is_{name}", value) for name, value in equal.items()]
    connection = await ready(db)
    statement = select(*wanted).where(
        table.c.rooftop_id == bindparam("scope", scope(db)), *conditions, among(connection, table.c[key], keys)
    )
    return (await connection.execute(statement)).all()


def among(connection: AsyncConnection, column: ColumnElement[Any], keys: Collection[str]) -> ColumnElement[bool]:
    """The column is one of the keys, which travel as one value however many they are."""
    if connection.dialect.name == "sqlite":
        return column.in_(
            select(func.json_each(bindparam("keys", json.dumps(list(keys)))).table_valued("value").c.value)
        )
    return column == any_(cast(bindparam("keys", list(keys)), ARRAY(String)))


async def add(db: AsyncSession, kind: type[Any], rows: Sequence[Values]) -> None:
    """Inserts rows of the same columns; one that exists already is an error.

    The values go to the driver as they are stored, PostgreSQL's by COPY: this is where an import spends its time.
    """
    if not rows:
        return
    connection = await ready(db)
    plan = _plan(_table(kind), connection.dialect, frozenset(name for row in rows for name in row))
    values = plan.stored(rows, scope(db))
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(plan.insert, values)
        return
    raw = await connection.get_raw_connection()
    async with raw.driver_connection.cursor() as cursor, cursor.copy(plan.copy) as copy:  # type: ignore[union-attr]
        for row in values:
            await copy.write_row(row)


async def add_missing(db: AsyncSession, kind: type[Any], rows: Sequence[Values]) -> None:
    """Inserts rows of the same columns; those that exist already stay as they are."""
    if not rows:
        return
    connection = await ready(db)
    build = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    await connection.execute(build(_table(kind)).on_conflict_do_nothing(), _whole(db, kind, rows))


async def replace(db: AsyncSession, kind: type[Any], keys: Sequence[str], rows: Sequence[Values]) -> None:
    """Inserts rows of the same columns, or overwrites those columns where the keys exist."""
    if not rows:
        return
    connection = await ready(db)
    statement = (sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert)(_table(kind))
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    conflict = statement.on_conflict_do_update(index_elements=["rooftop_id", *keys], set_=changed)
    await connection.execute(conflict, _whole(db, kind, rows))


async def change(db: AsyncSession, kind: type[Any], rows: Sequence[Values]) -> None:
    """Updates rows by their `id`; rows may name different columns."""
    table = _table(kind)
    alike: dict[tuple[str, ...], list[Values]] = {}
    for row in rows:
        alike.setdefault(tuple(row), []).append(row)
    connection = await ready(db)
    for columns, group in alike.items():
        values: Values = {name: bindparam(f"to_{name}") for name in columns if name != "id"}
        if not values:
            continue
        statement = update(table).where(
            table.c.id == bindparam("at_id"), table.c.rooftop_id == bindparam("scope", scope(db))
        )
        changes = [
            {"at_id": row["id"], "scope": scope(db)} | {f"to_{name}": row[name] for name in values} for row in group
        ]
        await connection.execute(statement.values(values), changes)


async def change_where(
    db: AsyncSession, kind: type[Any], to: Mapping[str, Any], key: str, keys: Collection[str], /, **equal: Any
) -> int:
    """Sets the same values on every row of the rooftop whose `key` is one of `keys`; returns how many."""
    if not keys:
        return 0
    table = _table(kind)
    conditions = [table.c[name] == value for name, value in equal.items()]
    connection = await ready(db)
    statement = update(table).where(table.c.rooftop_id == scope(db), *conditions, among(connection, table.c[key], keys))
    return int((await connection.execute(statement.values(dict(to)))).rowcount)


async def remove(db: AsyncSession, kind: type[Any], key: str, keys: Collection[str]) -> None:
    """Deletes the rooftop's rows whose `key` is one of `keys`."""
    if not keys:
        return
    table = _table(kind)
    connection = await ready(db)
    await connection.execute(
        table.delete().where(table.c.rooftop_id == scope(db), among(connection, table.c[key], keys))
    )


async def one_at_a_time(db: AsyncSession) -> None:
    """Whoever else takes files in for this rooftop waits until this transaction ends. SQLite has one writer anyway."""
    connection = await ready(db)
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"ingest {scope(db)}"))))


async def ready(db: AsyncSession) -> AsyncConnection:
    """The session's connection, with what the session still holds written first."""
    scope(db)
    await db.flush()
    return await db.connection()


def _table(kind: type[Any]) -> Table:
    table: Table = kind.__table__
    return table


@dataclass(frozen=True)
class _Plan:
    """How rows of one shape are handed to the driver."""

    names: tuple[str, ...]
    turn: tuple[Callable[[Any], Any] | None, ...]
    blank: Values
    insert: str
    copy: str

    def stored(self, rows: Sequence[Values], rooftop_id: str) -> list[tuple[Any, ...]]:
        """The rows as the driver takes them: everything spelled out, in column order."""
        fixed = self.blank | {"created_at": datetime.now(UTC), "rooftop_id": rooftop_id}
        turned = [(place, turn) for place, turn in enumerate(self.turn) if turn is not None]
        made = []
        for row in rows:
            whole = {**fixed, **row}
            whole["id"] = whole["id"] or new_id()
            values = [whole[name] for name in self.names]
            for place, turn in turned:
                values[place] = turn(values[place])
            made.append(tuple(values))
        return made


@cache
def _plan(table: Table, dialect: Dialect, said: frozenset[str]) -> _Plan:
    names = tuple(sorted({"id", "rooftop_id", "created_at", *said, *_defaults(table)}))
    turn = tuple(table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names)
    columns = ", ".join(dialect.identifier_preparer.quote(name) for name in names)
    into = f"{dialect.identifier_preparer.format_table(table)} ({columns})"
    blank: Values = dict.fromkeys(names) | _defaults(table)
    marks = ", ".join("?" for _ in names)
    return _Plan(names, turn, blank, f"insert into {into} values ({marks})", f"copy {into} from stdin")  # noqa: S608


def _whole(db: AsyncSession, kind: type[Any], rows: Sequence[Values]) -> list[Values]:
    """The rows with all the same columns: what every row has, the table's defaults, and null where one says nothing."""
    rooftop_id, now = scope(db), datetime.now(UTC)
    names = {name for row in rows for name in row}
    fixed: Values = dict.fromkeys(names) | {"created_at": now} | _defaults(_table(kind))
    return [{**fixed, **row, "id": row.get("id") or new_id(), "rooftop_id": rooftop_id} for row in rows]


@cache
def _defaults(table: Table) -> Values:
    """What the table's columns hold when nobody says."""
    known: Values = {}
    for column in table.columns:
        default = column.default
        if default is None or column.name in ("id", "created_at"):
            continue
        made: Any = default
        known[column.name] = made.arg if made.is_scalar else made.arg(None)
    return known
