"""Runs the tools a reply asked for: off the read loop, never cancelled by speech, results given in the order asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.events import ToolAsked
from agent.ports import ToolOutcome, ToolRunner


@dataclass(slots=True)
class ToolTask:
    """One call of one tool. `session` is the model session that asked, which may be gone when the result comes."""

    asked: ToolAsked
    session: int
    outcome: ToolOutcome | None = None
    told: bool = False


class Hands:
    """The tools of one call. Results are kept by tool call id, so that a repeated request never acts twice."""

    def __init__(
        self,
        runner: ToolRunner,
        tasks: asyncio.TaskGroup,
        deadline: float,
        on_result: Callable[[ToolTask], None],
        on_all_done: Callable[[Sequence[ToolTask]], None],
        on_late: Callable[[ToolTask], None],
    ) -> None:
        self._runner = runner
        self._tasks = tasks
        self._deadline = deadline
        self._on_result = on_result
        self._on_all_done = on_all_done
        self._on_late = on_late
        self._known: dict[str, ToolTask] = {}
        self._batch: list[ToolTask] = []
        self._at_work: set[asyncio.Task[ToolOutcome] | asyncio.Task[None]] = set()

    @property
    def running(self) -> bool:
        """Somebody waits for a result."""
        return bool(self._batch)

    def ask(self, asked: ToolAsked, session: int) -> None:
        """Starts a tool; a second request with the same id is given the first one's result."""
        known = self._known.get(asked.tool_call_id)
        if known is not None and known in self._batch:
            return
        task = ToolTask(asked, session, known.outcome if known is not None else None)
        self._known[asked.tool_call_id] = task
        self._batch.append(task)
        if task.outcome is not None:
            self._hand_over()
            return
        self._own(self._tasks.create_task(self._run(task)))

    async def finish(self, seconds: float) -> None:
        """The call is over: work under way may still complete, then it is stopped."""
        if not self._at_work:
            return
        _, late = await asyncio.wait(self._at_work, timeout=seconds)
        for work in late:
            work.cancel()

    async def _run(self, task: ToolTask) -> None:
        asked = task.asked
        work = self._tasks.create_task(self._runner.run(asked.tool_call_id, asked.name, asked.arguments))
        self._own(work)
        done, _ = await asyncio.wait({work}, timeout=self._deadline)
        if not done:
            task.outcome = _timed_out()
            self._hand_over()
            task.outcome = await work
            self._on_late(task)
            return
        task.outcome = work.result()
        self._hand_over()

    def _own(self, work: asyncio.Task[ToolOutcome] | asyncio.Task[None]) -> None:
        self._at_work.add(work)
        work.add_done_callback(self._at_work.discard)

    def _hand_over(self) -> None:
        """Tells every result whose predecessors have been told."""
        for task in self._batch:
            if task.outcome is None:
                return
            if not task.told:
                task.told = True
                self._on_result(task)
        batch, self._batch = self._batch, []
        self._on_all_done(batch)


def _timed_out() -> ToolOutcome:
    output = {"result": "timed_out", "say": "That is taking longer than it should; somebody will follow up."}
    return ToolOutcome(json.dumps(output), "timed_out")
