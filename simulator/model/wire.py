"""Every event checked against the OpenAI SDK's own types, both ways, unknown fields included."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent, RealtimeSessionCreateResponse
from pydantic import BaseModel, ValidationError

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Violation:
    """Something in an event that the SDK's types do not have: where, and what is wrong."""

    direction: str
    event_type: str
    param: str
    problem: str
    code: str


def check_client(event: Event) -> Violation | None:
    """What is wrong with an event from the application, as the real service would say it."""
    return _check("in", event, _types(RealtimeClientEvent))


def check_server(event: Event) -> Violation | None:
    """What is wrong with an event of ours: then the simulator itself is at fault."""
    if str(event.get("type")) in ("session.created", "session.updated"):
        # The SDK types these by the request's model; what really comes back is the response's.
        problem = problem_of(RealtimeSessionCreateResponse, event["session"])
        if problem is not None:
            return Violation("out", event["type"], f"session.{problem[0]}", problem[1], problem[2])
        event = event | {"session": {"type": "realtime"}}
    return _check("out", event, _types(RealtimeServerEvent))


def _check(direction: str, event: Event, types: dict[str, type[BaseModel]]) -> Violation | None:
    kind = str(event.get("type"))
    model = types.get(kind)
    if model is None:
        return Violation(direction, kind, "type", f"Invalid value: '{kind}'.", "invalid_value")
    problem = problem_of(model, event)
    return None if problem is None else Violation(direction, kind, *problem)


def problem_of(model: type[BaseModel], value: Event) -> tuple[str, str, str] | None:
    """The first thing wrong: parameter, sentence, code."""
    try:
        parsed = model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"] if not _is_a_type_name(part))
        if first["type"] == "missing":
            return path, f"Missing required parameter: '{path}'.", "missing_required_parameter"
        return path, f"Invalid value for '{path}': {first['msg']}.", "invalid_value"
    for path in _unknown(parsed, ""):
        return path, f"Unknown parameter: '{path}'.", "unknown_parameter"
    return None


def _unknown(value: object, path: str) -> Iterator[str]:
    """Fields the SDK's types do not know; pydantic lets them through as extras."""
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            yield f"{path}{name}"
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name), f"{path}{name}.")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _unknown(entry, f"{path.rstrip('.')}[{index}].")


def _is_a_type_name(part: object) -> bool:
    """pydantic names union members in its paths; parameters are lower case."""
    return isinstance(part, str) and (part[:1].isupper() or "[" in part)


@cache
def _types(union: Any) -> dict[str, type[BaseModel]]:
    found: dict[str, type[BaseModel]] = {}
    for member in _members(union):
        for name in get_args(member.model_fields["type"].annotation):
            found[name] = member
    return found


def _members(union: Any) -> Iterator[type[BaseModel]]:
    if get_origin(union) is Annotated:
        union = get_args(union)[0]
    for member in get_args(union):
        if get_origin(member) is not None:
            yield from _members(member)
        else:
            yield member
