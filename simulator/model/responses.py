"""A simulated OpenAI Responses endpoint: checked against the SDK's own types both ways; its mind is the house agent."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from openai.types.responses import Response
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter, ValidationError

from simulator.http_server import HttpAnswer, HttpRequest, HttpServer
from simulator.model.minds import CallTool, HangUp, HouseMind, Mind, MindFactory, Say, Thought, Transfer
from simulator.model.wire import Event, Violation, problem_of

_REQUEST = TypeAdapter(ResponseCreateParamsNonStreaming)
_KNOWN = frozenset(ResponseCreateParamsNonStreaming.__annotations__) | frozenset(
    name for base in ResponseCreateParamsNonStreaming.__mro__ for name in getattr(base, "__annotations__", {})
)
_TOKENS: dict[str, Any] = {
    "input_tokens": 900,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 60,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 960,
}


@dataclass
class ResponsesFaults:
    """What can go wrong with the next requests, as switches; `refuse` holds one HTTP status a request."""

    refuse: list[int] = field(default_factory=list)
    code: str = "server_error"
    slow_s: float = 0.0
    malformed: bool = False


@dataclass
class _Thread:
    """What the mind has of one conversation: itself, how many messages of the customer it heard, and what it awaits."""

    mind: Mind
    heard: int = 0
    words: list[str] = field(default_factory=list)
    waiting: list[Thought] = field(default_factory=list)


class ResponsesModel:
    """Use as `async with`. Conversations are told apart by the caller's line in the instructions."""

    def __init__(self, api_key: str = "sk-simulated", mind: MindFactory = HouseMind) -> None:
        self._key, self._mind = api_key, mind
        self._random = random.Random(1)
        self._threads: dict[str, _Thread] = {}
        self.faults = ResponsesFaults()
        self.requests: list[Event] = []
        self.violations: list[Violation] = []

    async def __aenter__(self) -> Self:
        self._server = HttpServer(self._answer)
        self._address = await self._server.start("127.0.0.1:0")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.close()

    @property
    def base_url(self) -> str:
        return f"http://{self._address}/v1"

    # ---- one request ---------------------------------------------------------------------------------------------

    async def _answer(self, request: HttpRequest) -> HttpAnswer:
        if request.method != "POST" or request.path != "/v1/responses":
            return _error(404, "not_found", f"Invalid URL ({request.method} {request.path})")
        if request.headers.get("authorization") != f"Bearer {self._key}":
            return _error(401, "invalid_api_key", "Incorrect API key provided.")
        if self.faults.refuse:
            return _error(self.faults.refuse.pop(0), self.faults.code, "Refused.")
        if self.faults.slow_s:
            await asyncio.sleep(self.faults.slow_s)
        body: Event = json.loads(request.body)
        self.requests.append(body)
        wrong = self._wrong_with(body)
        if wrong:
            self.violations.append(Violation("in", "responses.create", "", wrong, "invalid_value"))
            return _error(400, "invalid_value", wrong)
        if self.faults.malformed:
            return HttpAnswer(200, b'{"object": "response", "output": "none"}')
        answer = self._described(body, self._think(body))
        found = problem_of(Response, answer)
        if found is not None:
            self.violations.append(Violation("out", "response", *found))
        return HttpAnswer.of_json(answer)

    def _wrong_with(self, body: Event) -> str:
        unknown = sorted(set(body) - _KNOWN)
        if unknown:
            return f"Unknown parameter: '{unknown[0]}'."
        try:
            _REQUEST.validate_python(body)
        except ValidationError as error:
            first = error.errors()[0]
            return f"Invalid value for '{first['loc']}': {first['msg']}"
        return ""

    # ---- thinking --------------------------------------------------------------------------------------------------

    def _think(self, body: Event) -> list[Event]:
        """The output items: tools to call next, or the words once none is left."""
        items: list[Event] = body["input"]
        form = (body.get("text") or {}).get("format") or {}
        if form.get("type") == "json_schema":
            return [self._message(_filled_in(form["schema"], str(body.get("instructions") or "")))]
        said = [item for item in items if item.get("type") == "message" and item["role"] == "user"]
        thread = self._thread_of(body, len(said))
        names = {tool["name"] for tool in body.get("tools", [])}
        if len(said) > thread.heard:
            thread.heard, thread.words, thread.waiting = len(said), [], []
            self._take(thread, thread.mind.hear(said[-1]["content"], 0.0), names)
        answered = [item for item in items if item.get("type") == "function_call_output"]
        for item in answered:
            if any(isinstance(each, CallTool) and each.id == item["call_id"] for each in thread.waiting):
                thread.waiting = [
                    w for w in thread.waiting if not (isinstance(w, CallTool) and w.id == item["call_id"])
                ]
                self._take(thread, thread.mind.tool_result(item["call_id"], item["output"]), names)
        calls = [each for each in thread.waiting if isinstance(each, CallTool)]
        if calls:
            return [self._call(each) for each in calls]
        last = items[-1]
        if last.get("role") == "developer" and "no tool returned" in last["content"]:
            thread.words = [thought.text for thought in thread.mind.hear("", 0.0) if isinstance(thought, Say)]
        return [self._message(" ".join(thread.words) or "How can I help?")]

    def _take(self, thread: _Thread, thoughts: Sequence[Thought], names: set[str]) -> None:
        """Words are kept for the end; a tool the mind was not given is refused to it at once."""
        for thought in thoughts:
            if isinstance(thought, Say):
                thread.words.append(thought.text)
            elif isinstance(thought, CallTool) and thought.name in names:
                thread.waiting.append(thought)
            elif isinstance(thought, CallTool):
                self._take(thread, thread.mind.tool_result(thought.id, json.dumps({"error": "unknown_tool"})), names)
            elif isinstance(thought, HangUp | Transfer):
                continue

    def _thread_of(self, body: Event, said: int) -> _Thread:
        """A conversation that begins anew, or goes back behind what was heard, is a new one."""
        instructions = str(body.get("instructions") or "")
        key = next((line for line in instructions.splitlines() if line.startswith("Caller:")), "")
        known = self._threads.get(key)
        if known is None or said < known.heard:
            mind = self._mind(instructions)
            mind.begin()
            self._threads[key] = known = _Thread(mind)
            for item in body["input"][:-1]:
                if item.get("type") == "message" and item["role"] in ("user", "assistant"):
                    mind.recall("caller" if item["role"] == "user" else "agent", item["content"])
            known.heard = said - 1
        return known

    # ---- descriptions ----------------------------------------------------------------------------------------------

    def _call(self, thought: CallTool) -> Event:
        return {
            "type": "function_call",
            "id": self._id("fc"),
            "call_id": thought.id,
            "name": thought.name,
            "arguments": json.dumps(dict(thought.arguments)),
            "status": "completed",
        }

    def _message(self, words: str) -> Event:
        part = {"type": "output_text", "text": words, "annotations": []}
        return {
            "type": "message",
            "id": self._id("msg"),
            "role": "assistant",
            "status": "completed",
            "content": [part],
        }

    def _described(self, body: Event, output: list[Event]) -> Event:
        return {
            "id": self._id("resp"),
            "object": "response",
            "created_at": 1_790_000_000,
            "status": "completed",
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "metadata": {},
            "model": body["model"],
            "output": output,
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": body.get("tools", []),
            "top_p": 1.0,
            "usage": _TOKENS,
        }

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self._random.getrandbits(96):024x}"


def _error(status: int, code: str, message: str) -> HttpAnswer:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return HttpAnswer.of_json({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)


def _filled_in(schema: Event, instructions: str) -> str:
    """The form with what the instructions' record says, as a careful model fills it in."""
    record: Event = {}
    at = instructions.find("Record: ")
    if at >= 0:
        record, _ = json.JSONDecoder().raw_decode(instructions[at + len("Record: ") :])
    return json.dumps({name: record.get(name, "") for name in schema["properties"]})
