"""ConversationRelay sockets on the carrier listener: claimed like media sockets, then one `RelayCall` each."""

from __future__ import annotations

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest

from agent.ports import CallOutcome, CallPlan
from agent.settings import AgentSettings
from kit.clock import Clock
from telephony.line_settings import LineSettings
from telephony.pace import Pace
from telephony.relay import RelayCall, Setup, end_message, parse
from telephony.roster import TEXT, CarrierSocket, Claim, Hello, Roster

_CLAIMING_MESSAGES = 20
# People do not speak or press keys faster than this; a socket that does is not a telephone.
_MESSAGES_A_SECOND = 50.0
_MESSAGE_BURST = 200


class RelayServer(Roster[RelayCall]):
    """Every live relay call of this process; `listener` is a route behind the carrier listener's signature check."""

    def __init__(self, *, agent: AgentSettings, line: LineSettings, clock: Clock, claim: Claim) -> None:
        super().__init__(agent=agent, line=line, claim=claim)
        self.clock = clock

    def listener(self, request: WSUpgradeRequest) -> WSListener:
        """A socket that may claim a call within the start deadline."""
        return RelaySocket(self)


class RelaySocket(CarrierSocket[RelayCall]):
    """One conversation in text (`telephony.relay.Wire`)."""

    __slots__ = ("_named", "_pace", "_server")

    def __init__(self, server: RelayServer) -> None:
        super().__init__(server, _CLAIMING_MESSAGES)
        self._server = server
        self._named = False
        self._pace = Pace(_MESSAGES_A_SECOND, _MESSAGE_BURST)

    def call_of(self, plan: CallPlan) -> RelayCall:
        return RelayCall(plan, self, self._server.clock, self._server.agent)

    def turned_away(self, outcome: CallOutcome) -> None:
        """ConversationRelay is told what is next before its socket closes."""
        self.send(end_message(outcome.then, outcome.reason))
        self.close()

    def _came_early(self, call: RelayCall, frame: bytes) -> None:
        call.message(frame)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One frame: text is a message, a close is answered, anything else is not a telephone."""
        kind = frame.msg_type
        if kind is TEXT and frame.fin:
            self._take(frame.get_payload_as_bytes())
        elif kind is WSMsgType.CLOSE:
            self._closed_by(transport)
        elif kind is not WSMsgType.PING and kind is not WSMsgType.PONG:
            self._refuse_frame("not a whole text message")

    def _take(self, message: bytes) -> None:
        if not self._pace.allows(self._loop.time()):
            self._refuse_frame("too many messages")
        elif not self._named:
            self._start(message)
        elif self._call is None or self._early:
            self._early.append(message)
        else:
            self._call.message(message)

    def _start(self, message: bytes) -> None:
        setup = parse(message)
        if not isinstance(setup, Setup):
            self._refuse_frame("not a setup message")
            return
        self._named = True
        self._names(Hello(setup.call_sid, setup.account_sid, setup.token))
