"""Brings a database to the newest schema; the same history serves SQLite and PostgreSQL."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from kit.clock import busy
from kit.db import Database


class MigrationBroken(Exception):
    """A migration left rows that belong to nothing; go back to the copy made before it."""


async def upgrade(url: str, revision: str = "head") -> None:
    """Applies every migration up to `revision`; does nothing when already there."""
    await _run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> None:
    """Takes migrations back down to `revision`."""
    await _run(url, lambda config: command.downgrade(config, revision))


def migrations_folder() -> Path:
    return Path(__file__).parent.parent / "migrations"


async def _run(url: str, action: Callable[[Config], None]) -> None:
    database = Database(url)

    def with_connection(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(migrations_folder()))
        config.attributes["connection"] = connection
        action(config)

    try:
        with busy():
            async with database.engine.begin() as connection:
                if not database.is_sqlite:
                    await connection.run_sync(with_connection)
                    return
                # SQLite changes a table by making it anew; while the old one is away, rows that name it must not mind.
                await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                await connection.run_sync(with_connection)
                orphans = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
                if orphans:
                    raise MigrationBroken(f"{len(orphans)} row(s) name a row that is gone, first in {orphans[0][0]}")
                await connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    finally:
        await database.close()
