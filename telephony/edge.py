"""What the webhooks need, gathered once: the database, the clock, our addresses, and whether the agent can answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kit.clock import Clock
from kit.db import Database
from record.rooftops import Store
from telephony.gather import GatherCalls
from telephony.settings import TelephonySettings
from telephony.signature import SignatureCheck
from telephony.tokens import StreamTokens
from telephony.twiml import Urls


@dataclass
class LinesSeen:
    """Dialled numbers we have looked up, so that a call finds its store's phone while the database is away."""

    by_number: dict[str, tuple[Store, str]] = field(default_factory=dict)


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class TwilioEdge:
    """`agent_kind()`: stream (speech model), relay or gather (house agent), None while draining or full: a person."""

    database: Database
    clock: Clock
    settings: TelephonySettings
    agent_kind: Callable[[], str | None]
    lines: LinesSeen = field(default_factory=LinesSeen)
    gathers: GatherCalls | None = None
    relay_failed: Callable[[], None] = _nothing
    """ConversationRelay was refused or failed: `agent_kind` says gather for a while."""

    @property
    def urls(self) -> Urls:
        return Urls(self.settings.public_origin, self.settings.sockets_origin)

    @property
    def signature(self) -> SignatureCheck:
        tokens = (
            self.settings.twilio_auth_token.get_secret_value(),
            self.settings.twilio_next_auth_token.get_secret_value(),
        )
        return SignatureCheck(tokens, self.settings.public_origin, self.settings.sockets_origin)

    @property
    def tokens(self) -> StreamTokens:
        return StreamTokens(self.settings.twilio_auth_token.get_secret_value())
