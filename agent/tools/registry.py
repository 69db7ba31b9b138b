"""Tools from plain functions: schema from the signature, guards, one deadline, one shape, each use stored once."""

from __future__ import annotations

import asyncio
import inspect
import json
import traceback
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from agent.journal import CallJournal, ToolFailed
from agent.ports import HangUp, NextStep, ToolOutcome, TransferTo
from agent.tools.answers import Answer, Refused, as_output, clean
from agent.tools.context import Desk, ToolContext
from agent.tools.standing import as_standing
from kit.db import Database
from kit.logging import logger
from kit.redaction import redact
from record import texts, tool_calls
from record.tool_calls import ToolUse

log = logger("tools")

MAX_TOOL_CALLS = 24  # whatever a model was talked into, a call ends up with a person well before this
_LONGEST_ARGUMENTS = 8_000
_NEVER_KEPT = frozenset({"code"})  # a one-time code is nowhere but in the text and the caller's mouth
# What a use is stored with when the caller is off the record: which, never what was said.
_KEPT_OFF_RECORD = frozenset(
    {"slot_id", "appointment_id", "op_codes", "department", "transport", "kind", "topic", "wish"}
)


class Risk(StrEnum):
    """What can go wrong when a tool is used at the wrong time."""

    PUBLIC = "public"  # tells what is on the store's door
    PRIVATE = "private"  # tells something about one customer
    WRITES = "writes"  # changes the record of this caller
    LEAVES = "leaves"  # ends the agent's part of the call


@dataclass(frozen=True)
class Tool:
    """One thing the agent can do, with what it takes to be allowed to."""

    name: str
    description: str
    arguments: type[BaseModel]
    work: Callable[..., Awaitable[Answer]]
    risk: Risk
    level: int
    limit: int
    writes: tuple[str, ...]
    read_back: bool
    always: bool
    turned_away: Callable[[Desk], Answer] | None

    @cached_property
    def schema(self) -> dict[str, object]:
        """As the model's API wants it; made once, for all calls."""
        return {
            "type": "function",
            "name": self.name,
            "description": self.description,
            "parameters": _parameters(self.arguments),
        }


def tool(
    *,
    risk: Risk,
    level: int = 0,
    limit: int = 6,
    writes: tuple[str, ...] = (),
    read_back: bool = False,
    always: bool = False,
    turned_away: Callable[[Desk], Answer] | None = None,
) -> Callable[[Callable[..., Awaitable[Answer]]], Tool]:
    """Makes a tool of a function whose first parameter is the desk and whose others are what a caller can say.

    `always` keeps a tool usable past the call's overall limit: the ways to a person are never used up. `turned_away` is
    the answer below the required level, for tools where a plain refusal would tell whether there was something to find.
    """

    def make(work: Callable[..., Awaitable[Answer]]) -> Tool:
        text = inspect.getdoc(work) or ""
        return Tool(
            name=getattr(work, "__name__", ""),
            description=" ".join(text.split("\n\n")[0].split()),
            arguments=_arguments_of(work),
            work=work,
            risk=risk,
            level=level,
            limit=limit,
            writes=writes,
            read_back=read_back,
            always=always,
            turned_away=turned_away,
        )

    return make


class ToolBox:
    """The tools of one call (the `ToolRunner` port). `run` never raises and a repeated id repeats its answer."""

    def __init__(
        self,
        database: Database,
        context: ToolContext,
        tools: Iterable[Tool],
        *,
        deadline_seconds: float = 10.0,
        max_calls: int = MAX_TOOL_CALLS,
        journal: CallJournal | None = None,
    ) -> None:
        self.context = context
        self._journal = journal
        self._database = database
        self._tools = {each.name: each for each in tools}
        self._deadline = deadline_seconds
        self._max_calls = max_calls
        self._running: dict[str, asyncio.Future[ToolOutcome]] = {}
        self._turn = asyncio.Lock()

    def schemas(self) -> list[dict[str, object]]:
        """Every tool, as the model is told of it."""
        return [each.schema for each in self._tools.values()]

    async def run(self, tool_call_id: str, name: str, arguments: str) -> ToolOutcome:
        """Uses a tool once per id; asking again, even at the same time, gives the same answer."""
        running = self._running.get(tool_call_id)
        if running is not None:
            return await asyncio.shield(running)
        mine: asyncio.Future[ToolOutcome] = asyncio.get_running_loop().create_future()
        self._running[tool_call_id] = mine
        try:
            outcome = await self._guarded(tool_call_id, name, arguments)
        except BaseException:
            self._running.pop(tool_call_id, None)
            mine.cancel()
            raise
        mine.set_result(outcome)
        return outcome

    async def _guarded(self, tool_call_id: str, name: str, arguments: str) -> ToolOutcome:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._use(tool_call_id, name, arguments)
        except TimeoutError:
            late = Refused(reason="timed_out", say="That's taking too long. I'll have someone follow up with you.")
            return await self._stored_after_all(tool_call_id, name, "timed_out", late)
        except Exception as error:  # the registry is one of the four places where everything is caught
            log.error("tool_failed", tool=name, error=type(error).__name__, where=_where(error))
            failed = Refused(reason="failed", say="Something went wrong on our side. I'll have someone confirm.")
            return await self._stored_after_all(tool_call_id, name, "failed", failed)

    async def _use(self, tool_call_id: str, name: str, arguments: str) -> ToolOutcome:
        """One transaction: look for an earlier use, check, work, store. Uses of one call are taken one at a time."""
        async with self._turn, self._database.writing(self.context.rooftop_id) as db:
            earlier = await tool_calls.stored_use(db, self.context.occasion, tool_call_id)
            if earlier is not None:
                return self._outcome(earlier.tool, earlier.decision, earlier.result)
            clock = self.context.clock
            desk = Desk(db, self.context, clock.now(), tool_call_id, self.context.caller)
            began = clock.monotonic()
            found = self._tools.get(name)
            given = _without_secrets(_as_mapping(arguments))
            async with db.begin_nested() as attempt:
                answer = await self._decide(desk, found, name, given)
                if found is not None and found.risk is Risk.WRITES and isinstance(answer, Refused):
                    # A refused change leaves nothing behind, in the record or in what we believe about the caller.
                    await attempt.rollback()
                    desk.caller, desk.subject = self.context.caller, None
            use = ToolUse(
                tool_call_id=tool_call_id[:80],
                tool=redact(name)[:40],
                arguments=self._kept(desk, given),
                decision=desk.decision,
                result=_without_secrets(answer.to_json()),
                required_level=found.level if found else 0,
                verified_level=max(desk.caller.level, desk.context.caller.level),
                subject_customer_id=desk.subject,
                started_ms=self._since_start(desk),
                took_ms=round((clock.monotonic() - began) * 1000),
            )
            await tool_calls.store_use(db, self.context.occasion, use, desk.now)
            if self.context.conversation_id is not None:
                await texts.keep_standing(db, self.context.conversation_id, as_standing(desk.caller))
        self.context.caller = desk.caller
        self.context.off_record |= desk.off_record
        return self._outcome(name, use.decision, use.result)

    def _kept(self, desk: Desk, given: Mapping[str, object] | None) -> dict[str, Any]:
        """The arguments as they are stored: no secrets, and none of the caller's words once they are off the record."""
        if given is None:
            return {"unreadable": True}
        # A second time, for a number only recognised once the invisible characters in it are gone.
        kept: dict[str, Any] = clean(_without_secrets(clean(given, _LONGEST_ARGUMENTS)), 500)
        kept |= {name: "[removed]" for name in _NEVER_KEPT & kept.keys()}
        if self.context.off_record or desk.off_record:
            return {key: value for key, value in kept.items() if key in _KEPT_OFF_RECORD and _is_code(value)}
        return kept

    async def _decide(self, desk: Desk, found: Tool | None, name: str, given: Mapping[str, object] | None) -> Answer:
        if found is None:
            desk.decision = "unknown_tool"
            return Refused(reason="unknown_tool", say="I can't do that here.")
        refusal = await self._guard(desk, found)
        if refusal is not None:
            desk.decision = "refused"
            return refusal
        try:
            arguments = found.arguments.model_validate(given)
        except ValidationError as error:
            desk.decision = "refused"
            where = ", ".join(".".join(map(str, e["loc"])) or "arguments" for e in error.errors()[:4])
            return Refused(reason="invalid_arguments", say=f"These arguments are not usable: {where}.")
        answer = await found.work(desk, **{key: getattr(arguments, key) for key in type(arguments).model_fields})
        if isinstance(answer, Refused) and desk.decision == "allowed":
            desk.decision = "refused"
        return answer

    async def _guard(self, desk: Desk, found: Tool) -> Answer | None:
        """Deny by default: any doubt in here is an exception, and an exception is a refusal."""
        used = await tool_calls.uses_so_far(desk.db, self.context.occasion)
        if used[found.name] >= found.limit or (not found.always and used.total() >= self._max_calls):
            return Refused(reason="limit", say="I've done that as often as I can on this call. Let me get a person.")
        if desk.caller.level < found.level:
            if found.turned_away is not None:
                return found.turned_away(desk)
            return Refused(reason="not_verified", say="I can't look that up yet.")
        return None

    async def _stored_after_all(self, tool_call_id: str, name: str, decision: str, answer: Answer) -> ToolOutcome:
        """After a failure: what was committed counts; else the failure itself is stored, now or when the database is
        back, so that wrap-up finds what the caller is owed."""
        use = ToolUse(tool_call_id[:80], redact(name)[:40], {}, decision, answer.to_json())
        try:
            async with asyncio.timeout(self._deadline), self._database.writing(self.context.rooftop_id) as db:
                earlier = await tool_calls.stored_use(db, self.context.occasion, tool_call_id)
                if earlier is not None:
                    use = earlier
                else:
                    await tool_calls.store_use(db, self.context.occasion, use, self.context.clock.now())
        except Exception as error:
            log.error("tool_use_not_stored", tool=name, error=type(error).__name__)
            if self._journal is not None and self.context.call_id is not None:
                self._journal.take(ToolFailed(self.context.call_id, use.tool_call_id, use.tool, decision, use.result))
        return self._outcome(use.tool, use.decision, use.result)

    def _outcome(self, name: str, decision: str, result: dict[str, Any]) -> ToolOutcome:
        found = self._tools.get(name)
        allowed = decision == "allowed"
        return ToolOutcome(
            output=as_output(result),
            decision=decision,
            then=next_step(result) if allowed else None,
            read_back=bool(found and found.read_back and allowed),
        )

    def _since_start(self, desk: Desk) -> int:
        started = self.context.started_at
        return max(0, round((desk.now - started).total_seconds() * 1000)) if started else 0


def next_step(result: Mapping[str, Any]) -> NextStep | None:
    """What the call does after a stored result, so that a repeated answer leads the same way as the first."""
    if result.get("result") == "transferring":
        return TransferTo(str(result.get("department", "")))
    if result.get("result") == "ending":
        return HangUp(str(result.get("reason", "done")))
    return None


def _without_secrets(value: Any) -> Any:
    """Every text in it without card, social security and account numbers; our own ids stay as they are."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        plain = str(value)
        return value if redact(plain) == plain else redact(plain)
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    if isinstance(value, Mapping):
        return {redact(key): each if _is_own_id(key, each) else _without_secrets(each) for key, each in value.items()}
    return value


def _is_own_id(key: str, value: object) -> bool:
    """An id the store made: digits in it mean nothing. Anything with a space in it was made by somebody else."""
    return key.endswith("_id") and _is_code(value) and any(c.isalpha() for c in str(value))


def _is_code(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_code(each) for each in value)
    return isinstance(value, str) and not any(c.isspace() for c in value)


def _where(error: BaseException) -> str:
    """The line that failed, without the values it failed on: those are a caller's."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""


def _arguments_of(work: Callable[..., Awaitable[Answer]]) -> type[BaseModel]:
    hints = typing.get_type_hints(work, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(work).parameters.items())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], default)
    title = getattr(work, "__name__", "arguments")
    return create_model(title, __config__=ConfigDict(extra="forbid", str_strip_whitespace=True), **fields)


def _parameters(model: type[BaseModel]) -> dict[str, Any]:
    """The schema in as few words as say the same: every call pays for each. What is not required may be left out."""
    schema = model.model_json_schema()
    named = schema.pop("$defs", {})

    def lean(value: dict[str, Any]) -> dict[str, Any]:
        for some in value.get("anyOf", [value]):
            if some.get("type") != "null":
                value = {**some, **{name: each for name, each in value.items() if name != "anyOf"}}
        reference = value.get("$ref")
        if reference is not None:
            value = {**value, "type": "string", "enum": named[reference.rsplit("/", 1)[-1]]["enum"]}
        said = {name: each for name, each in value.items() if name not in ("title", "$ref")}
        if said.get("default") in (None, "", []):
            said.pop("default", None)
        return {**said, "items": lean(said["items"])} if "items" in said else said

    properties = {name: lean(each) for name, each in schema.get("properties", {}).items()}
    return {**{name: each for name, each in schema.items() if name != "title"}, "properties": properties}


def _as_mapping(arguments: str) -> dict[str, object] | None:
    if len(arguments) > _LONGEST_ARGUMENTS:
        return None
    try:
        value = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
