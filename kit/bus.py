"""Live hints between processes: messages, who is present, and limits. Nothing here is the truth; the database is."""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kit.clock import Clock
from kit.ids import new_id
from kit.logging import logger

log = logger("bus")

Message = Mapping[str, Any]


class Subscription:
    """Messages of some channels, newest kept: a reader that falls behind loses the oldest hints, never blocks.

    `lost` grows whenever some may have been lost; a message without content then says so."""

    def __init__(self, channels: frozenset[str], most: int) -> None:
        self.channels = channels
        self.lost = 0
        self._waiting: deque[tuple[str, Message]] = deque(maxlen=most)
        self._arrived = asyncio.Event()

    def lost_some(self) -> None:
        """Some messages may never come."""
        self.lost += 1
        self.offer("", {})

    def offer(self, channel: str, message: Message) -> None:
        if len(self._waiting) == self._waiting.maxlen:
            self.lost += 1
        self._waiting.append((channel, message))
        self._arrived.set()

    def __aiter__(self) -> AsyncIterator[tuple[str, Message]]:
        return self._read()

    async def next(self) -> tuple[str, Message]:
        """The next message and its channel."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()

    async def _read(self) -> AsyncIterator[tuple[str, Message]]:
        while True:
            yield await self.next()


class Bus(Protocol):
    """What processes tell each other while they live. Messages may be lost or repeated: treat each as "look again"."""

    async def publish(self, channel: str, message: Message) -> None: ...

    def subscribe(self, *channels: str) -> AbstractAsyncContextManager[Subscription]: ...

    async def present(self, room: str, who: str, lasts: timedelta, note: str = "") -> None:
        """Says that `who` is in the room until it expires; say it again to stay."""
        ...

    async def absent(self, room: str, who: str) -> None: ...

    async def who(self, room: str) -> dict[str, str]:
        """Everyone in the room, each with their note."""
        ...

    async def take(self, key: str, limit: int, window: timedelta, *, fail_closed: bool = False) -> bool:
        """True for the first `limit` takers in any window. Without the shared store each process counts for itself,
        or refuses when `fail_closed` (marketing) says that too few is better than too many."""
        ...

    async def hold(self, key: str, holder: str, lasts: timedelta) -> bool:
        """True when `holder` has the key until it expires; holding again prolongs it."""
        ...

    async def let_go(self, key: str, holder: str) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass
class _Lease:
    until: float
    note: str = ""


@dataclass
class InProcessBus:
    """The whole bus inside one process: the default, and what a process falls back to."""

    clock: Clock
    queue: int = 256
    _subscriptions: set[Subscription] = field(default_factory=set)
    _rooms: dict[str, dict[str, _Lease]] = field(default_factory=dict)
    _taken: dict[str, deque[float]] = field(default_factory=dict)
    _windows: dict[str, float] = field(default_factory=dict)
    _held: dict[str, tuple[str, float]] = field(default_factory=dict)

    async def publish(self, channel: str, message: Message) -> None:
        self.deliver(channel, message)

    def deliver(self, channel: str, message: Message) -> None:
        for subscription in self._subscriptions:
            if channel in subscription.channels:
                subscription.offer(channel, message)

    def lost_some(self) -> None:
        """Tells every reader that messages of other processes may have been lost."""
        for subscription in self._subscriptions:
            subscription.lost_some()

    @asynccontextmanager
    async def subscribe(self, *channels: str) -> AsyncIterator[Subscription]:
        subscription = Subscription(frozenset(channels), self.queue)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def present(self, room: str, who: str, lasts: timedelta, note: str = "") -> None:
        self._rooms.setdefault(room, {})[who] = _Lease(self._now() + lasts.total_seconds(), note)

    async def absent(self, room: str, who: str) -> None:
        self._rooms.get(room, {}).pop(who, None)

    async def who(self, room: str) -> dict[str, str]:
        now = self._now()
        living = {who: lease for who, lease in self._rooms.get(room, {}).items() if lease.until > now}
        if living:
            self._rooms[room] = living
        else:
            self._rooms.pop(room, None)
        return {who: lease.note for who, lease in living.items()}

    async def take(self, key: str, limit: int, window: timedelta, *, fail_closed: bool = False) -> bool:
        now, seconds = self._now(), window.total_seconds()
        self._forget_idle(now)
        taken = self._taken.setdefault(key, deque())
        self._windows[key] = seconds
        while taken and taken[0] <= now - seconds:
            taken.popleft()
        if len(taken) >= limit:
            return False
        taken.append(now)
        return True

    async def hold(self, key: str, holder: str, lasts: timedelta) -> bool:
        other, until = self._held.get(key, (holder, 0.0))
        if other != holder and until > self._now():
            return False
        self._held[key] = (holder, self._now() + lasts.total_seconds())
        return True

    async def let_go(self, key: str, holder: str) -> None:
        if self._held.get(key, ("", 0.0))[0] == holder:
            del self._held[key]

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def _forget_idle(self, now: float) -> None:
        # Keys come from outside (callers' numbers), so their memory must not grow with every new one.
        if len(self._taken) < 10_000:
            return
        idle = [key for key, taken in self._taken.items() if not taken or taken[-1] <= now - self._windows[key]]
        for key in idle:
            del self._taken[key], self._windows[key]

    def _now(self) -> float:
        return self.clock.monotonic()


_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
_HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_LET_GO = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1"
_PRESENT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now + ARGV[2]) .. ' ' .. ARGV[3])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
_WHO = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local all, found = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
  local gap = string.find(all[i + 1], ' ', 1, true)
  if tonumber(string.sub(all[i + 1], 1, gap - 1)) > now then
    table.insert(found, all[i])
    table.insert(found, string.sub(all[i + 1], gap + 1))
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return found
"""


class RedisBus:
    """The bus across processes. When Redis does not answer, this process goes on alone and says so once.

    Times are Redis's own clock, so processes with different clocks agree.
    """

    def __init__(self, url: str, clock: Clock, *, redis: Redis | None = None, answer_seconds: float = 0.5) -> None:
        self._redis = redis or Redis.from_url(
            url, socket_timeout=answer_seconds, socket_connect_timeout=answer_seconds, decode_responses=True
        )
        self._answer_seconds = answer_seconds
        self._local = InProcessBus(clock)
        self._me = new_id()
        self._listener: asyncio.Task[None] | None = None
        self._silent_until = 0.0
        self.listening = asyncio.Event()

    async def start(self) -> None:
        self._listener = asyncio.create_task(self._listen(), name="bus-listener")

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        with suppress(RedisError, OSError):
            await self._redis.aclose()

    async def publish(self, channel: str, message: Message) -> None:
        # Our own subscribers never wait for Redis and hear us without it.
        self._local.deliver(channel, message)
        await self._ask("publish", _key("bus", channel), json.dumps({"from": self._me, "message": message}))

    def subscribe(self, *channels: str) -> AbstractAsyncContextManager[Subscription]:
        return self._local.subscribe(*channels)

    async def present(self, room: str, who: str, lasts: timedelta, note: str = "") -> None:
        await self._local.present(room, who, lasts, note)
        await self._run(_PRESENT, _key("room", room), who, _ms(lasts), note)

    async def absent(self, room: str, who: str) -> None:
        await self._local.absent(room, who)
        await self._ask("hdel", _key("room", room), who)

    async def who(self, room: str) -> dict[str, str]:
        local = await self._local.who(room)
        answered, found = await self._run(_WHO, _key("room", room))
        return dict(zip(found[::2], found[1::2], strict=True)) if answered else local

    async def take(self, key: str, limit: int, window: timedelta, *, fail_closed: bool = False) -> bool:
        answered, taken = await self._run(_TAKE, _key("take", key), limit, _ms(window), new_id())
        if answered:
            return bool(taken)
        return False if fail_closed else await self._local.take(key, limit, window)

    async def hold(self, key: str, holder: str, lasts: timedelta) -> bool:
        answered, held = await self._run(_HOLD, _key("hold", key), holder, _ms(lasts))
        return bool(held) if answered else await self._local.hold(key, holder, lasts)

    async def let_go(self, key: str, holder: str) -> None:
        await self._local.let_go(key, holder)
        await self._run(_LET_GO, _key("hold", key), holder)

    async def _run(self, script: str, key: str, *arguments: object) -> tuple[bool, Any]:
        return await self._ask("eval", script, 1, key, *arguments)

    async def _ask(self, command: str, *arguments: object) -> tuple[bool, Any]:
        """Whether Redis answered, and what. After a failure it is left alone for a moment, so that a dead Redis
        costs one short wait and not one per call."""
        if time.monotonic() < self._silent_until:
            return False, None
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await getattr(self._redis, command)(*arguments)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return False, None
        if self._silent_until:
            self._silent_until = 0.0
            log.info("redis_answers_again")
        return True, answer

    def _failed(self, error: Exception) -> None:
        if not self._silent_until:
            log.warning("redis_not_answering", error=type(error).__name__, then="this process goes on alone")
        self._silent_until = time.monotonic() + 2.0

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=False) as messages:
                    await messages.psubscribe(_key("bus", "*"))
                    while True:
                        # Bounded, because a connection that died silently gives no message and no error.
                        arrived = await messages.get_message(timeout=5.0)
                        if arrived is None:
                            await messages.ping()
                        elif arrived["type"] == "psubscribe":
                            self.listening.set()
                            self._local.lost_some()
                        elif arrived["type"] == "pmessage":
                            self._hear(arrived["channel"], arrived["data"])
            except (RedisError, OSError, ValueError) as error:
                self._failed(error)
            self.listening.clear()
            await asyncio.sleep(1.0)

    def _hear(self, channel: str, data: str) -> None:
        heard = json.loads(data)
        if heard["from"] != self._me:
            self._local.deliver(channel.removeprefix(_key("bus", "")), heard["message"])


def open_bus(redis_url: str, clock: Clock) -> Bus:
    """The bus as configured: across processes with REDIS_URL, inside this one without."""
    return RedisBus(redis_url, clock) if redis_url else InProcessBus(clock)


def _key(kind: str, name: str) -> str:
    return f"lanekeeper:{kind}:{name}"


def _ms(lasts: timedelta) -> int:
    return max(1, round(lasts.total_seconds() * 1000))
