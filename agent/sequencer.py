"""The one place that decides when the model is asked for a reply; pure.

A conversation may have one active response, and a second `response.create` is refused. So every cause for a reply (a
caller's turn, tool results, keys pressed, silence) is a want; wants gather while a response is active or something
holds them back, and one request answers all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Want(StrEnum):
    """Why the agent should speak."""

    GREETING = "greeting"
    TURN = "turn"
    TOOLS = "tools"
    DIGITS = "digits"
    SILENCE = "silence"
    NOTE = "note"


class Hold(StrEnum):
    """Why it should not speak yet."""

    NO_MODEL = "no_model"
    CALLER_SPEAKING = "caller_speaking"
    TOOLS_RUNNING = "tools_running"
    STILL_PLAYING = "still_playing"
    BACKING_OFF = "backing_off"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Ask:
    """Send one response.create with this event id."""

    event_id: str
    wants: frozenset[Want]


@dataclass(slots=True)
class Sequencer:
    """Every method returns the request to send now, if there is one."""

    active: str | None = None
    _asked: Ask | None = None
    _last: Ask | None = None
    _adopted: bool = False
    _foreign: bool = False
    _wants: set[Want] = field(default_factory=set)
    _holds: set[Hold] = field(default_factory=set)
    _count: int = 0

    @property
    def owes(self) -> bool:
        """A reply is wanted, asked for or under way."""
        return bool(self._wants) or self._asked is not None or self.active is not None

    @property
    def busy(self) -> bool:
        """A reply is asked for or under way."""
        return self._asked is not None or self.active is not None

    @property
    def answering(self) -> frozenset[Want]:
        """What the request in flight, or the reply under way, was asked for."""
        return self._last.wants if self._last is not None and self.busy else frozenset()

    def want(self, why: Want) -> Ask | None:
        self._wants.add(why)
        return self._next()

    def unwant(self, why: Want) -> None:
        self._wants.discard(why)

    def hold(self, why: Hold) -> None:
        self._holds.add(why)

    def release(self, why: Hold) -> Ask | None:
        self._holds.discard(why)
        return self._next()

    def started(self, response_id: str, request_id: str = "") -> Ask | None:
        """A response began. One that we did not ask for is adopted: it answers the caller's turn that was waiting."""
        ours = self._asked is not None and request_id in ("", self._asked.event_id)
        self._adopted = not ours
        self.active = response_id
        self._foreign = False
        if ours:
            self._asked = None
        else:
            self._wants -= {Want.TURN, Want.GREETING}
        return None

    def done(self, response_id: str) -> Ask | None:
        """A response ended; of an unknown one we learn at least that nothing is active."""
        if self.active in (None, response_id):
            self.active = None
            self._foreign = False
        return self._next()

    def refused(self, event_id: str, *, already_active: bool) -> Ask | None:
        """The server did not take a request of ours. Harmless when another reply is under way: asked again after it."""
        if self._last is None or event_id != self._last.event_id:
            return None
        wants = set(self._last.wants)
        self._asked = None
        if already_active:
            if self.active is None:
                # Somebody's response that we never heard begin: its end will be the time to ask again.
                self._foreign = True
            else:
                wants -= {Want.TURN, Want.GREETING}
        else:
            self._holds.add(Hold.BACKING_OFF)
        self._wants |= wants
        return self._next()

    def unstick(self) -> Ask | None:
        """Time has passed: a response we only suspected is over, and a refused request may be tried again."""
        self._foreign = False
        return self.release(Hold.BACKING_OFF)

    def forget(self) -> frozenset[Want]:
        """The session is gone, and its replies with it; what was owed and must be asked of the next one."""
        owed = frozenset(self._wants) | self.answering
        self.active = None
        self._asked = None
        self._foreign = False
        self._wants.clear()
        self._holds &= {Hold.NO_MODEL, Hold.LEAVING, Hold.TOOLS_RUNNING}
        return owed

    def _next(self) -> Ask | None:
        if not self._wants or self._holds or self.busy or self._foreign:
            return None
        self._count += 1
        self._asked = self._last = Ask(f"reply_{self._count}", frozenset(self._wants))
        self._wants.clear()
        return self._asked
