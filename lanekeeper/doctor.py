"""What is missing or wrong in the configuration, one line each: the same checks at start and by `lanekeeper doctor`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import httpx
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection

from agent.realtime.deprecations import retirement_warnings
from kit.addresses import parse_address
from kit.clock import Clock, busy
from kit.db import Database
from kit.errors import ConfigurationError
from lanekeeper.migrate import migrations_folder
from lanekeeper.settings import Settings
from record.rooftops import stores
from record.staff import NobodyWorksHere, owner_for

_ASK_SECONDS = 3.0


class Level(StrEnum):
    """`ERROR` stops the server from starting."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """`setting` is what to change; `says` what is the matter and what to put there."""

    level: Level
    setting: str
    says: str

    @property
    def line(self) -> str:
        return f"{self.setting}: {self.says}"


async def findings(settings: Settings, database: Database, clock: Clock) -> list[Finding]:
    """Every check, errors first."""
    found = [f for f in offline(settings)]
    found += [f async for f in _database(database)]
    found += [f async for f in _redis(settings)]
    async with httpx.AsyncClient(timeout=_ASK_SECONDS) as client:
        found += [f async for f in _twilio(settings, client)]
        found += [f async for f in _openai(settings, client)]
    found += [
        Finding(Level.WARNING, "LANEKEEPER_MODEL", text)
        for text in retirement_warnings([settings.agent.model, settings.agent.transcription_model], clock.now().date())
    ]
    return sorted(found, key=lambda f: [Level.ERROR, Level.WARNING, Level.OK].index(f.level))


def offline(settings: Settings) -> list[Finding]:
    """What can be told from the settings alone."""
    found = []
    for name, value in (
        ("LANEKEEPER_WEB_ADDRESS", settings.server.web_address),
        ("LANEKEEPER_MEDIA_ADDRESS", settings.telephony.media_address),
        ("LANEKEEPER_SMTP_ADDRESS", settings.intake.smtp_address or "127.0.0.1:0"),
    ):
        try:
            parse_address(name, value)
        except ConfigurationError as error:
            found.append(Finding(Level.ERROR, name, str(error).partition(": ")[2]))
    found.append(_origin(settings))
    base = urlsplit(settings.agent.openai_base_url)
    if base.scheme not in ("http", "https") or not base.hostname:
        found.append(Finding(Level.ERROR, "OPENAI_BASE_URL", "not an address; for example https://api.openai.com/v1"))
    if settings.server.lease_seconds < 2 * settings.server.heartbeat_seconds:
        says = "must be at least twice LANEKEEPER_HEARTBEAT_SECONDS, or live calls look deserted"
        found.append(Finding(Level.ERROR, "LANEKEEPER_LEASE_SECONDS", says))
    if not settings.telephony.twilio_auth_token.get_secret_value():
        says = "not set; put the account's auth token here, or no webhook can be told from a forgery"
        found.append(Finding(Level.ERROR, "TWILIO_AUTH_TOKEN", says))
    if not settings.telephony.twilio_account_sid:
        says = "not set; without it lost calls cannot be looked up and recordings cannot be fetched"
        found.append(Finding(Level.WARNING, "TWILIO_ACCOUNT_SID", says))
    if settings.agent.openai_api_key is None:
        found.append(Finding(Level.WARNING, "OPENAI_API_KEY", "not set; the built-in house agent answers instead"))
    return found


def _origin(settings: Settings) -> Finding:
    name, origin = "LANEKEEPER_PUBLIC_ORIGIN", settings.telephony.public_origin
    if not origin:
        return Finding(
            Level.ERROR, name, "not set; put the address Twilio reaches you at, for example https://calls.example.com"
        )
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        return Finding(Level.ERROR, name, f"'{origin}' is not an origin; for example https://calls.example.com")
    sockets = urlsplit(settings.telephony.sockets_origin)
    if sockets.scheme not in ("ws", "wss") or not sockets.hostname:
        return Finding(Level.ERROR, "LANEKEEPER_MEDIA_ORIGIN", "not an origin; for example wss://calls.example.com")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return Finding(Level.WARNING, name, "is http; Twilio opens media sockets over wss only")
    return Finding(Level.OK, name, origin)


async def _database(database: Database) -> AsyncIterator[Finding]:
    try:
        await database.check()
        with busy():
            async with database.engine.connect() as connection:
                current = await connection.run_sync(_revision)
    except ConfigurationError as error:
        yield Finding(Level.ERROR, "DATABASE_URL", str(error).partition(": ")[2])
        return
    newest = ScriptDirectory(str(migrations_folder())).get_current_head()
    if current != newest:
        yield Finding(
            Level.WARNING, "DATABASE_URL", "the schema is not the newest; `lanekeeper serve` migrates it at start"
        )
        return
    yield Finding(Level.OK, "DATABASE_URL", "reachable, schema current")
    async with database.looking_across("doctor") as db:
        known = await stores(db)
    if not known:
        yield Finding(Level.WARNING, "store", "none yet; add one with `lanekeeper add-store`")
    for each in known:
        async with database.reading(each.id) as db:
            try:
                await owner_for(db, "service")
            except NobodyWorksHere:
                yield Finding(Level.ERROR, each.name, "has no people; add one with `lanekeeper add-person`")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def _redis(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.server.redis_url:
        return
    client: Redis = Redis.from_url(settings.server.redis_url, socket_connect_timeout=_ASK_SECONDS)
    try:
        with busy():
            await client.ping()
        yield Finding(Level.OK, "REDIS_URL", "reachable")
    except (RedisError, OSError) as error:
        yield Finding(Level.ERROR, "REDIS_URL", f"cannot be reached ({type(error).__name__}); unset it for one process")
    finally:
        await client.aclose()


async def _twilio(settings: Settings, client: httpx.AsyncClient) -> AsyncIterator[Finding]:
    sid, token = settings.telephony.twilio_account_sid, settings.telephony.twilio_auth_token.get_secret_value()
    if not sid or not token:
        return
    url = f"{settings.telephony.twilio_api_base.rstrip('/')}/2010-04-01/Accounts/{sid}.json"
    status = await _status(client, url, auth=(sid, token))
    if status in (401, 403):
        yield Finding(
            Level.ERROR,
            "TWILIO_AUTH_TOKEN",
            "Twilio refuses it for this TWILIO_ACCOUNT_SID; copy both from its console",
        )
    elif status is None:
        yield Finding(Level.WARNING, "TWILIO_API_BASE", "Twilio's API cannot be reached from here")
    elif status != 200:
        yield Finding(Level.WARNING, "TWILIO_AUTH_TOKEN", f"cannot be checked: the answer is {status}")
    else:
        yield Finding(Level.OK, "TWILIO_AUTH_TOKEN", "accepted")


async def _openai(settings: Settings, client: httpx.AsyncClient) -> AsyncIterator[Finding]:
    key = settings.agent.openai_api_key
    if key is None:
        return
    url = f"{settings.agent.openai_base_url.rstrip('/')}/models/{settings.agent.model}"
    status = await _status(client, url, headers={"Authorization": f"Bearer {key.get_secret_value()}"})
    if status in (401, 403):
        yield Finding(Level.ERROR, "OPENAI_API_KEY", "refused; put a working key here, or unset it for the house agent")
    elif status is None:
        yield Finding(Level.WARNING, "OPENAI_BASE_URL", "cannot be reached from here")
    elif status != 200:
        yield Finding(Level.WARNING, "OPENAI_API_KEY", f"cannot be checked: the answer is {status}")
    else:
        yield Finding(Level.OK, "OPENAI_API_KEY", "accepted")


async def _status(
    client: httpx.AsyncClient,
    url: str,
    *,
    auth: tuple[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> int | None:
    try:
        with busy():
            answer = await client.get(url, auth=auth or httpx.USE_CLIENT_DEFAULT, headers=headers)
        return answer.status_code
    except (httpx.HTTPError, ValueError):
        return None
