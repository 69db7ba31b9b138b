"""A PostgreSQL database emptied after one test for the next: creating one costs ten times as much."""

import psycopg

ONLY_ROWS_HERE = ["alembic_version"]

_WITH_ROWS = """
    select relname from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0
    order by 1
"""
_SHAPE = """
    select (select array_agg(version_num) from alembic_version), (select max(oid::bigint) from pg_class),
        (select count(*) from pg_class), (select count(*) from pg_attribute), (select count(*) from pg_constraint),
        (select count(*) from pg_sequences where last_value is not null)
"""
_END_OTHERS = """
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""

Shape = tuple[object, ...]


def shape(url: str) -> Shape | None:
    """What has to be the same after a test; None when the database has rows from the start and cannot be emptied."""
    with psycopg.connect(url, autocommit=True) as connection:
        if [name for (name,) in connection.execute(_WITH_ROWS)] != ONLY_ROWS_HERE:
            return None
        return connection.execute(_SHAPE).fetchone()


def emptied(url: str, before: Shape) -> bool:
    """Whether it is as it was: no connection, no row and nothing changed but rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_END_OTHERS)
        if connection.execute(_SHAPE).fetchone() != before:
            return False
        filled = [name for (name,) in connection.execute(_WITH_ROWS) if name not in ONLY_ROWS_HERE]
        if filled:
            connection.execute("set session_replication_role = replica")
            connection.execute(";".join(f'delete from "{name}"' for name in filled).encode())
            # Takes the dead rows' pages away too: the next test's rows lie in the order in which they come.
            connection.execute(("vacuum " + ", ".join(f'"{name}"' for name in filled)).encode())
        return [name for (name,) in connection.execute(_WITH_ROWS)] == ONLY_ROWS_HERE
