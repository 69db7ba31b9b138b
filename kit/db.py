"""The database: one code path for SQLite and PostgreSQL, every query scoped to one rooftop."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, ForeignKey, MetaData, String, Table, event, make_url, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.types import JSON, TypeDecorator

from kit.clock import busy
from kit.errors import ConfigurationError
from kit.ids import RooftopId, new_id

JSONValue = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on both engines; a naive one is refused where it is written."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored aware; this one has no zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSONValue, list[Any]: JSONValue}


class RooftopRow:
    """What every stored row has: an id, the rooftop it belongs to, and when it was made."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    rooftop_id: Mapped[str] = mapped_column(String(32), ForeignKey("rooftop.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))


class ScopeMissing(Exception):
    """A query ran without saying for which rooftop; nothing was read or written."""


class ScopeViolation(Exception):
    """A row of one rooftop was about to be written while working for another."""


_EVERY_ROOFTOP = "*"


@lru_cache(maxsize=1024)
def _only(scope: str) -> tuple[Any, ...]:
    """The criteria added to every query of a rooftop's session; making them costs more than running a small query.

    Every mapped class has a `rooftop_id`; one that had none would raise here, before any row is read.
    """
    kinds: list[type[Any]] = [RooftopRow]
    kinds += [mapper.class_ for mapper in Base.registry.mappers if not issubclass(mapper.class_, RooftopRow)]
    return tuple(
        with_loader_criteria(kind, lambda row: row.rooftop_id == scope, include_aliases=True) for kind in kinds
    )


@event.listens_for(Session, "do_orm_execute")
def _limit_to_scope(state: ORMExecuteState) -> None:
    scope = state.session.info.get("rooftop_id")
    if scope is None:
        raise ScopeMissing("open the session with Database.reading, writing or across_rooftops")
    if scope == _EVERY_ROOFTOP or state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(*_only(scope), *state.session.info.get("limits", ()))


@event.listens_for(Session, "before_flush")
def _refuse_foreign_rows(session: Session, *_: object) -> None:
    scope = session.info.get("rooftop_id")
    if scope is None:
        raise ScopeMissing("open the session with Database.reading, writing or across_rooftops")
    for row in [*session.new, *session.dirty]:
        if not isinstance(row, RooftopRow):
            continue
        if row.rooftop_id is None and scope != _EVERY_ROOFTOP:
            row.rooftop_id = scope
        if scope != _EVERY_ROOFTOP and row.rooftop_id != scope:
            raise ScopeViolation(f"{type(row).__name__} belongs to another rooftop")


class Database:
    """Sessions on one database; `url` is SQLAlchemy's, without a driver or with ours."""

    def __init__(self, url: str) -> None:
        self.url = normalised_url(url)
        self.is_sqlite = make_url(self.url).get_backend_name() == "sqlite"
        path = make_url(self.url).database
        if self.is_sqlite and path and path != ":memory:":
            try:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                reason = f"cannot make the folder of {path} ({error.strerror})"
                raise ConfigurationError(f"DATABASE_URL: {reason}") from error
        self.engine = _engine(self.url)
        self._one_writer = asyncio.Lock()

    @asynccontextmanager
    async def writing(self, rooftop_id: RooftopId | str) -> AsyncIterator[AsyncSession]:
        """A transaction for one rooftop: committed once at the end, rolled back on any exception."""
        async with self._transaction(rooftop_id) as db:
            yield db

    @asynccontextmanager
    async def reading(self, rooftop_id: RooftopId | str, **limited: Any) -> AsyncIterator[AsyncSession]:
        """A session for one rooftop whose changes are thrown away. What it is `limited` by goes with it; `limits` of
        that are criteria for every query."""
        async with self._session(rooftop_id) as db:
            db.info.update(limited)
            yield db

    @asynccontextmanager
    async def across_rooftops(self, reason: str) -> AsyncIterator[AsyncSession]:
        """A transaction over every rooftop, for the system's own work; `reason` says why, for the reader."""
        async with self._transaction(_EVERY_ROOFTOP) as db:
            yield db

    @asynccontextmanager
    async def looking_across(self, reason: str) -> AsyncIterator[AsyncSession]:
        """A session over every rooftop whose changes are thrown away; `reason` says why, for the reader."""
        async with self._session(_EVERY_ROOFTOP) as db:
            yield db

    async def learn_sizes(self) -> None:
        """Tells SQLite how its rows are spread, which PostgreSQL finds out by itself: without it a list of customers is
        looked up by their store, which is everybody."""
        if self.is_sqlite:
            async with self._one_writer, self.engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA analysis_limit=1000")
                await connection.exec_driver_sql("ANALYZE")

    async def close(self) -> None:
        await self.engine.dispose()

    async def check(self) -> None:
        """Raises ConfigurationError when the database does not answer."""
        try:
            with busy():
                async with self.engine.connect() as connection:
                    await connection.execute(text("select 1"))
        except (SQLAlchemyError, OSError) as error:
            reason = re.sub(r"\s+", " ", str(getattr(error, "orig", None) or error))[:160]
            raise ConfigurationError(
                f"DATABASE_URL: cannot reach {make_url(self.url).render_as_string(hide_password=True)} ({reason})"
            ) from error

    @asynccontextmanager
    async def _session(self, scope: str) -> AsyncIterator[AsyncSession]:
        if not scope:
            raise ScopeMissing("a rooftop id is needed")
        with busy():
            async with AsyncSession(self.engine, expire_on_commit=False, info={"rooftop_id": scope}) as db:
                yield db

    @asynccontextmanager
    async def _transaction(self, scope: str) -> AsyncIterator[AsyncSession]:
        if not self.is_sqlite:
            async with self._session(scope) as db, db.begin():
                yield db
            return
        async with self._one_writer, self._session(scope) as db, db.begin():
            # SQLite: take the write lock before reading, or two readers that both want to write deadlock.
            await (await db.connection()).exec_driver_sql("BEGIN IMMEDIATE")
            yield db


async def upsert(
    db: AsyncSession, table: type[Any], keys: tuple[str, ...], rows: list[dict[str, Any]], adding: tuple[str, ...] = ()
) -> None:
    """Inserts rows or replaces those with the same keys, in one statement; `adding` columns are summed instead.

    Core statements bypass the scope hooks, so the rooftop is taken from the session itself and from nowhere else.
    """
    if rows:
        await _execute_many(
            db, _upsert(db.get_bind().dialect.name, table.__table__, keys, tuple(rows[0]), adding), rows
        )


async def insert(db: AsyncSession, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Inserts rows in one batch, without making an object of each."""
    if rows:
        await _execute_many(db, table.__table__.insert(), rows)


async def insert_missing(
    db: AsyncSession, table: type[Any], keys: tuple[str, ...], rows: Sequence[dict[str, Any]]
) -> None:
    """Inserts rows whose keys are not there yet; two that do so at once make one."""
    if rows:
        make = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
        await _execute_many(db, make(table.__table__).on_conflict_do_nothing(index_elements=list(keys)), rows)


async def _execute_many(db: AsyncSession, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    scope = db.info.get("rooftop_id")
    if scope in (None, _EVERY_ROOFTOP):
        raise ScopeMissing("rows are written in bulk for one rooftop")
    values = [{"id": new_id(), "created_at": datetime.now(UTC), **row, "rooftop_id": scope} for row in rows]
    await (await db.connection()).execute(statement, values)


@lru_cache(maxsize=256)
def _upsert(dialect: str, table: Table, keys: tuple[str, ...], names: tuple[str, ...], adding: tuple[str, ...]) -> Any:
    """The statement without its values: made and compiled once, its rows then go to the driver in one batch."""
    statement = (sqlite_insert if dialect == "sqlite" else postgresql_insert)(table)
    changed = {
        name: table.c[name] + statement.excluded[name] if name in adding else statement.excluded[name]
        for name in names
        if name not in keys
    }
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)


def normalised_url(url: str) -> str:
    """The URL with the async driver we use for its database."""
    parsed = make_url(url)
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    name = parsed.get_backend_name() if "+" in parsed.drivername else parsed.drivername
    if name not in driver:
        raise ConfigurationError(f"DATABASE_URL: '{parsed.drivername}' is not supported; use sqlite or postgresql")
    return parsed.set(drivername=driver[name]).render_as_string(hide_password=False)


def _engine(url: str) -> AsyncEngine:
    if not url.startswith("sqlite"):
        pool = {"pool_size": 10, "max_overflow": 10, "pool_timeout": 120, "pool_pre_ping": True}
        return create_async_engine(url, hide_parameters=True, **pool)
    engine = create_async_engine(url, connect_args={"timeout": 30, "isolation_level": None}, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _tune(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
