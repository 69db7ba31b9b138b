"""The simulated service: a WebSocket address like OpenAI's, and a door beside it for the words no recogniser hears."""

import asyncio
import json
import random
from types import TracebackType
from typing import Self, get_args
from urllib.parse import parse_qs, urlsplit

from openai.types.realtime import RealtimeSessionCreateRequest
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from simulator.http_server import HttpAnswer, HttpRequest, HttpServer
from simulator.model.faults import ModelFaults
from simulator.model.hearing import Notebook
from simulator.model.minds import HouseMind, MindFactory
from simulator.model.session import ModelSession
from simulator.model.settings import ModelSettings
from simulator.model.wire import Violation
from simulator.mulaw import FRAME_MS
from simulator.words import Lexicon, Utterance

_JSON = {"Content-Type": "application/json"}


class RealtimeModel:
    """Use as `async with`. `faults` applies to every session, `fault_queue` first, one entry a session."""

    def __init__(self, settings: ModelSettings | None = None, mind: MindFactory = HouseMind) -> None:
        self.settings = settings or ModelSettings()
        self.faults = ModelFaults()
        self.fault_queue: list[ModelFaults] = []
        self.sessions: list[ModelSession] = []
        self.refusals: list[int] = []
        self.lexicon = Lexicon(0)
        self._mind = mind
        self._notebook = Notebook()
        self._random = random.Random(self.settings.seed)
        self._address = self._beside_address = ""

    async def __aenter__(self) -> Self:
        host, _, port = self.settings.listen.rpartition(":")
        self._server = await ws_create_server(
            self._upgrade, host, int(port), websocket_handshake_timeout=None, max_frame_size=16 * 1024 * 1024
        )
        host, port = self._server.sockets[0].getsockname()[:2]
        self._address = f"{host}:{port}"
        self._beside = HttpServer(self._answer_beside)
        self._beside_address = await self._beside.start(self.settings.beside_listen)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for session in self.sessions:
            session.close(1001, "going away")
            session.disconnected()
        await self._beside.close()

    @property
    def base_url(self) -> str:
        """For OPENAI_BASE_URL."""
        return f"http://{self._address}/v1"

    @property
    def beside_url(self) -> str:
        return f"http://{self._beside_address}"

    @property
    def violations(self) -> list[Violation]:
        """Every event, in or out, that the SDK's types refuse. A test asserts that it is empty."""
        return [violation for session in self.sessions for violation in session.violations]

    def session_of(self, call_sid: str) -> ModelSession:
        """The latest session of a call."""
        return next(session for session in reversed(self.sessions) if session.call_sid == call_sid)

    # ---- words beside the audio ----------------------------------------------------------------------------------

    async def caller_says(
        self, call_sid: str, text: str, starts_ms: int, ends_ms: int, serial: int | None = None
    ) -> None:
        """What an utterance says that this call's session is about to receive."""
        self._notebook.note(call_sid, text, max(ends_ms - starts_ms, 0) // FRAME_MS, serial)

    async def agent_said(self, serial: int) -> Utterance | None:
        """What the model said under a serial."""
        return self.lexicon.find(serial)

    async def _answer_beside(self, request: HttpRequest) -> HttpAnswer:
        if request.path == "/beside/health":
            return HttpAnswer.of_json({"sessions": sum(not session.closed for session in self.sessions)})
        if request.path == "/beside/words" and request.method == "POST":
            given = json.loads(request.body)
            serial = given.get("serial")
            await self.caller_says(given["call_sid"], given["text"], given["starts_ms"], given["ends_ms"], serial)
            return HttpAnswer(204)
        if request.path.startswith("/beside/speech/"):
            said = self.lexicon.find(int(request.path.rpartition("/")[2]))
            if said is not None:
                return HttpAnswer.of_json({"text": said.text, "frames": said.frames})
        return HttpAnswer.of_json({"error": "not found"}, 404)

    # ---- sockets ---------------------------------------------------------------------------------------------------

    def _upgrade(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener | None:
        target = urlsplit(request.path.decode())
        if target.path.startswith("/v1/models/"):
            return self._described(request, target.path.rpartition("/")[2])
        if target.path != "/v1/realtime":
            return _refuse(404, "invalid_request_error", "not_found", f"Invalid URL (GET {target.path})")
        faults = self.fault_queue.pop(0) if self.fault_queue else self.faults
        if faults.refuse_connect:
            self.refusals.append(faults.refuse_connect)
            return _refuse(faults.refuse_connect, "server_error", faults.refuse_code, "The server is unavailable.")
        if request.headers.get("Authorization") != f"Bearer {self.settings.api_key}":
            self.refusals.append(401)
            return _refuse(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
        model = parse_qs(target.query).get("model", [""])[0]
        if not model:
            return _refuse(400, "invalid_request_error", "missing_model", "You must provide a model parameter.")
        session = ModelSession(
            self.settings, faults, model, self._new_id, self.lexicon, self._notebook, self._mind
        )  # fmt: skip
        self.sessions.append(session)
        return _SessionSocket(session)

    def _described(self, request: WSUpgradeRequest, model: str) -> WSUpgradeResponseWithListener:
        if request.headers.get("Authorization") != f"Bearer {self.settings.api_key}":
            return _refuse(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
        if model not in known_models():
            return _refuse(404, "invalid_request_error", "model_not_found", f"The model '{model}' does not exist.")
        body = json.dumps({"id": model, "object": "model", "owned_by": "system"}).encode()
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_ok_response(body, _JSON), None)

    def _new_id(self, prefix: str) -> str:
        return f"{prefix}_{self._random.getrandbits(96):024x}"


class _SessionSocket(WSListener):
    """Carries whole messages between one socket and its session."""

    def __init__(self, session: ModelSession) -> None:
        self._session = session
        self._parts: list[bytes] = []
        self._opening: asyncio.TimerHandle | None = None
        self._waiting: list[bytes] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        delay = self._session.faults.connect_delay_s
        if delay:
            # The service has accepted but says nothing yet: what the application sends meanwhile waits.
            self._waiting = []
            self._opening = asyncio.get_running_loop().call_later(delay, self._open, transport)
        else:
            self._open(transport)

    def _open(self, transport: WSTransport) -> None:
        if self._session.model not in known_models():
            session = self._session
            session.connected(transport)
            message = f'Model "{session.model}" is not supported in realtime mode.'
            session.fail("invalid_model", message)
            return session.close(4000, "invalid_request_error.invalid_model")
        self._session.connected(transport)
        waiting, self._waiting = self._waiting or [], None
        for text in waiting:
            self._session.on_text(text)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        if frame.msg_type not in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            return
        text = frame.get_payload_as_bytes()
        if not frame.fin or self._parts:
            self._parts.append(text)
            if not frame.fin:
                return
            text, self._parts = b"".join(self._parts), []
        if self._waiting is not None:
            self._waiting.append(text)
        else:
            self._session.on_text(text)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self._opening is not None:
            self._opening.cancel()
        self._session.disconnected()


def known_models() -> frozenset[str]:
    """The names in the SDK's own literal."""
    found: set[str] = set()
    for part in get_args(RealtimeSessionCreateRequest.model_fields["model"].annotation):
        found.update(name for name in get_args(part) if isinstance(name, str))
    return frozenset(found)


def _refuse(status: int, kind: str, code: str, message: str) -> WSUpgradeResponseWithListener:
    body = json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, body, _JSON), None)
