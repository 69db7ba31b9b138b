"""The client of OpenAI Responses: one request a round, no retries hidden in it, every failure typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import openai
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseFunctionToolCall, ResponseOutputMessage

from agent.ports import HeardTurn, ModelUnavailable, Round, TextRequest, ToolRequest, Written
from agent.settings import AgentSettings

_TERMINAL = frozenset({"insufficient_quota", "invalid_api_key", "model_not_found", "account_deactivated"})


class ResponsesModel:
    """Nothing is stored at OpenAI: what the model should know goes with each request."""

    def __init__(self, settings: AgentSettings) -> None:
        key = settings.openai_api_key
        self._settings = settings
        self._client = AsyncOpenAI(
            api_key=key.get_secret_value() if key is not None else "",
            base_url=settings.text_base_url or settings.openai_base_url,
            timeout=settings.text_model_seconds,
            max_retries=0,
        )
        _readied()

    @property
    def name(self) -> str:
        return self._settings.text_model

    async def close(self) -> None:
        await self._client.close()

    async def write(self, request: TextRequest) -> Written:
        asked: dict[str, Any] = {
            "model": request.model or self._settings.text_model,
            "instructions": request.instructions,
            "input": list(_input(request)),
            "tools": [{**each, "strict": False} for each in request.tools],
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "max_output_tokens": 2_000,
        }
        if request.schema is not None:
            form = {"type": "json_schema", "name": "answer", "schema": dict(request.schema), "strict": True}
            asked["text"] = {"format": form}
        try:
            # `responses.create` goes through every tool and turn by its annotations: 35 ms in which no call is heard.
            answer = await self._client.post("/responses", cast_to=Response, body=asked)
        except openai.APIStatusError as refused:
            code = str(refused.code or refused.status_code)
            terminal = code in _TERMINAL or refused.status_code in (401, 403, 404)
            raise ModelUnavailable(code, terminal=terminal) from refused
        except openai.APIError as broken:
            raise ModelUnavailable(type(broken).__name__, terminal=False) from broken
        except ValueError as malformed:
            raise ModelUnavailable("malformed", terminal=False) from malformed
        return _written(cast(object, answer))


@cache
def _readied() -> None:
    """What the SDK makes when it first reads an answer takes a tenth of a second, which a call would hear."""
    text = {"type": "output_text", "text": "", "annotations": []}
    message = {"type": "message", "id": "", "role": "assistant", "status": "completed", "content": [text]}
    use = {"type": "function_call", "call_id": "", "name": "", "arguments": "{}"}
    answer: dict[str, Any] = {
        "id": "",
        "object": "response",
        "tool_choice": "auto",
        "tools": [],
        "output": [message, use],
    }
    Response.construct(**answer)


def _input(request: TextRequest) -> Iterator[dict[str, Any]]:
    for turn in request.history:
        yield _message(turn)
    for each in request.rounds:
        yield from _round(each)


def _message(turn: HeardTurn) -> dict[str, Any]:
    role = {"caller": "user", "agent": "assistant", "system": "developer"}[turn.speaker]
    return {"type": "message", "role": role, "content": turn.text}


def _round(each: Round) -> Iterator[dict[str, Any]]:
    for item in each.written.raw:
        yield cast(dict[str, Any], item)
    for call_id, output in each.results:
        yield {"type": "function_call_output", "call_id": call_id, "output": output}
    if each.note:
        yield {"type": "message", "role": "developer", "content": each.note}


def _written(answer: object) -> Written:
    """The SDK builds what it is sent without checking it: what is no response is refused here."""
    if not isinstance(answer, Response) or not isinstance(answer.output, list):
        raise ModelUnavailable("malformed", terminal=False)
    if answer.status not in (None, "completed"):
        raise ModelUnavailable(str(answer.status), terminal=False)
    words: list[str] = []
    wants: list[ToolRequest] = []
    for item in answer.output:
        if isinstance(item, ResponseFunctionToolCall):
            wants.append(ToolRequest(str(item.call_id), str(item.name), str(item.arguments)))
        elif isinstance(item, ResponseOutputMessage):
            words += [part.text for part in item.content if part.type == "output_text" and isinstance(part.text, str)]
    if not words and not wants:
        raise ModelUnavailable("empty", terminal=False)
    raw = tuple(json.loads(item.to_json()) for item in answer.output)
    used = answer.usage
    return Written(
        " ".join(words).strip(), tuple(wants), raw, used.input_tokens if used else 0, used.output_tokens if used else 0
    )
