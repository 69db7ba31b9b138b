"""The model leg of one call: connected, reconnected within a budget, and recycled before its provider ends it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol

from agent.events import ModelEvent, SessionLost
from agent.ports import HeardTurn, ModelConnector, ModelSession, ModelUnavailable, SessionConfig
from agent.settings import AgentSettings

# Audio kept for a session that is still being opened: two seconds of 20 ms frames, the oldest dropped.
_WAITING_FRAMES = 100
# A turn of the caller's that no session has taken yet is played to the next one, from a little before its first sound.
_BEFORE_TURN_FRAMES = 25
_TURN_FRAMES = 1000
_ID_FIELDS = ("item_id", "response_id", "previous_item_id", "tool_call_id")


class LegOwner(Protocol):
    """The conversation, as its leg sees it."""

    def on_audio(self, item_id: str, response_id: str, payload_b64: bytes) -> None: ...

    def on_event(self, event: ModelEvent) -> None: ...

    def model_up(self, session: ModelSession) -> None: ...

    def model_down(self, code: str) -> None: ...

    def model_gone(self, code: str, terminal: bool) -> None: ...


class ModelLeg:
    """Which session hears the caller now. Whatever an earlier one still says is not passed on."""

    def __init__(
        self,
        owner: LegOwner,
        connector: ModelConnector,
        config: SessionConfig,
        settings: AgentSettings,
        tasks: asyncio.TaskGroup,
        connection: int = 0,
    ) -> None:
        self._connection = connection
        self._ears = 0
        self._owner = owner
        self._connector = connector
        self._config = config
        self._settings = settings
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque(maxlen=_WAITING_FRAMES)
        self._recent: deque[bytes] = deque(maxlen=_BEFORE_TURN_FRAMES)
        self._open_turn: deque[bytes] | None = None
        self._ear: _Ear | None = None
        self._opening: asyncio.Task[None] | None = None
        self._standby: tuple[ModelSession, _Ear, int] | None = None
        self._reconnects = 0
        self._appended = 0
        self._opened_at = 0.0
        self._closed = False
        self.session: ModelSession | None = None
        self.number = 0

    @property
    def opening(self) -> bool:
        return self.session is None and not self._closed

    def open(self, history: Sequence[HeardTurn] = ()) -> None:
        """Starts connecting; the owner hears `model_up` or `model_gone`."""
        self._opening = self._tasks.create_task(self._open(history))

    def append(self, payload_b64: bytes) -> None:
        """One frame of the caller, to the session or to those two seconds that wait for it."""
        session = self.session
        if session is None:
            self._waiting.append(payload_b64)
            return
        self._recent.append(payload_b64)
        if self._open_turn is not None:
            self._open_turn.append(payload_b64)
        self._appended += len(payload_b64) // 4 * 3 - payload_b64.count(b"=", -2)
        session.append_audio(payload_b64)

    def turn_opened(self) -> None:
        """The detector hears the caller: their audio is kept until a session has made a turn of it."""
        self._open_turn = deque(self._recent, maxlen=_TURN_FRAMES)

    def turn_closed(self) -> None:
        self._open_turn = None

    def heard_at(self, audio_ms: int, now: float) -> float:
        """The loop time at which that millisecond of this session's audio went to it."""
        appended_ms = self._appended // 8
        return now - max(appended_ms - audio_ms, 0) / 1000

    @property
    def recycle_at(self) -> float:
        return self._opened_at + self._settings.model_recycle_seconds

    def due_for_recycling(self, now: float) -> bool:
        """The session is old enough to be replaced at the next silent moment."""
        if self.session is None or self._standby is not None or (self._opening and not self._opening.done()):
            return False
        return now >= self.recycle_at

    def prepare_standby(self, history: Sequence[HeardTurn]) -> None:
        """Opens the next session beside this one, told what was heard so far."""
        self._opening = self._tasks.create_task(self._open_standby(list(history)))

    @property
    def standby_ready(self) -> bool:
        return self._standby is not None

    def swap(self, history: Sequence[HeardTurn]) -> None:
        """The standby takes over, with the turns that came since it was told; the old session is closed."""
        if self._standby is None:
            return
        session, ear, known = self._standby
        self._standby = None
        old, self.session = self.session, None
        for turn in history[known:]:
            session.tell(f"Meanwhile the {turn.speaker} said: {turn.text}")
        self._take(session, ear)
        if old is not None:
            self._tasks.create_task(old.close())

    def lost(self, event: SessionLost, history: Sequence[HeardTurn]) -> None:
        """The session in use ended. Another is opened with what was heard, unless that cannot help any more."""
        if self._closed:
            return
        old, self.session = self.session, None
        self._ear = None
        if old is not None:
            self._tasks.create_task(old.close())
        if event.terminal or self._reconnects >= self._settings.model_reconnects:
            self._owner.model_gone(event.code, event.terminal)
            return
        self._reconnects += 1
        self._owner.model_down(event.code)
        if self._standby is not None:
            standby, ear, known = self._standby
            self._standby = None
            for turn in history[known:]:
                standby.tell(f"Meanwhile the {turn.speaker} said: {turn.text}")
            self._take(standby, ear)
            self._owner.model_up(standby)
            return
        self.open(history)

    async def close(self) -> None:
        """Ends every session; idempotent."""
        self._closed = True
        if self._opening is not None and not self._opening.done():
            self._opening.cancel()
        self._ear = None
        session, self.session = self.session, None
        standby, self._standby = self._standby, None
        for open_session in (session, standby[0] if standby else None):
            if open_session is not None:
                await open_session.close()

    async def _open(self, history: Sequence[HeardTurn]) -> None:
        failed = ModelUnavailable("unknown", terminal=False)
        for attempt in range(self._settings.model_connect_attempts):
            if attempt:
                await asyncio.sleep(self._settings.model_connect_pause_seconds)
            ear = self._new_ear()
            try:
                session = await self._connect(ear, history)
            except ModelUnavailable as refused:
                failed = refused
                if refused.terminal:
                    break
                continue
            if self._closed:
                await session.close()
                return
            self._take(session, ear)
            self._owner.model_up(session)
            return
        self._owner.model_gone(failed.code, failed.terminal)

    async def _open_standby(self, history: list[HeardTurn]) -> None:
        ear = self._new_ear()
        try:
            session = await self._connect(ear, history)
        except ModelUnavailable:
            # The session in use still works; the next silent moment tries again after a minute.
            self._opened_at += 60.0
            return
        if self._closed:
            await session.close()
            return
        self._standby = (session, ear, len(history))

    def _new_ear(self) -> _Ear:
        self._ears += 1
        first = self._connection == 0 and self._ears == 1
        return _Ear(self, "" if first else f"{self._connection}.{self._ears}:")

    async def _connect(self, ear: _Ear, history: Sequence[HeardTurn]) -> ModelSession:
        session = await self._connector.connect(replace(self._config, history=tuple(history)), ear)
        return _Voice(session, ear) if ear.prefix else session

    def _take(self, session: ModelSession, ear: _Ear) -> None:
        self.number += 1
        self._ear = ear
        self._appended = 0
        self._opened_at = self._loop.time()
        self.session = session
        unheard, self._open_turn = self._open_turn or (), None
        for payload in unheard:
            self.append(payload)
        while self._waiting:
            self.append(self._waiting.popleft())
        if ear.lost is not None:
            self.on_event(ear, ear.lost)

    def on_event(self, ear: _Ear, event: ModelEvent) -> None:
        if isinstance(event, SessionLost) and self._standby is not None and self._standby[1] is ear:
            standby, self._standby = self._standby[0], None
            self._tasks.create_task(standby.close())
        if ear is self._ear:
            self._owner.on_event(event)
        elif isinstance(event, SessionLost):
            ear.lost = event

    def on_audio(self, ear: _Ear, item_id: str, response_id: str, payload_b64: bytes) -> None:
        if ear is self._ear:
            self._owner.on_audio(item_id, response_id, payload_b64)


class _Ear:
    """Hears one session, and knows which. A provider's ids are unique within a session only: those of every session
    after a call's first carry its number from here on, until `_Voice` takes it off again."""

    __slots__ = ("_leg", "lost", "ours", "prefix")

    def __init__(self, leg: ModelLeg, prefix: str) -> None:
        self._leg = leg
        self.prefix = prefix
        self.ours: set[str] = set()
        self.lost: SessionLost | None = None

    def on_audio(self, item_id: str, response_id: str, payload_b64: bytes) -> None:
        prefix = self.prefix
        self._leg.on_audio(self, prefix + item_id, prefix + response_id, payload_b64)

    def on_event(self, event: ModelEvent) -> None:
        self._leg.on_event(self, self._qualified(event) if self.prefix else event)

    def _qualified(self, event: ModelEvent) -> ModelEvent:
        ids: dict[str, Any] = {}
        for name in _ID_FIELDS:
            known = getattr(event, name, None)
            if known and known not in self.ours:
                ids[name] = self.prefix + known
        return replace(event, **ids) if ids else event


class _Voice:
    """Speaks to a session whose ids carry its number here."""

    def __init__(self, session: ModelSession, ear: _Ear) -> None:
        self._session = session
        self._ear = ear
        self.append_audio = session.append_audio
        self.respond = session.respond
        self.close = session.close

    @property
    def model(self) -> str:
        return self._session.model

    def cancel(self, response_id: str) -> None:
        self._session.cancel(self._bare(response_id))

    def truncate(self, item_id: str, heard_ms: int) -> None:
        self._session.truncate(self._bare(item_id), heard_ms)

    def delete_item(self, item_id: str) -> None:
        self._session.delete_item(self._bare(item_id))

    def tool_result(self, tool_call_id: str, output: str) -> None:
        self._session.tool_result(self._bare(tool_call_id), output)

    def tell(self, text: str, role: Literal["system", "user"] = "system", item_id: str = "") -> None:
        if item_id:
            self._ear.ours.add(item_id)
        self._session.tell(text, role, item_id)

    def _bare(self, known: str) -> str:
        return known.removeprefix(self._ear.prefix)
