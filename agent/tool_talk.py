"""Tells the model what its tools came to, whichever of its sessions is listening by then."""

from __future__ import annotations

from agent.hands import ToolTask
from agent.leg import ModelLeg
from agent.ports import ClaimGuard


class ToolTalk:
    """No result is lost: what finds no session is told to the next one, as a note since it knows no such request."""

    def __init__(self, leg: ModelLeg, guard: ClaimGuard | None) -> None:
        self._leg = leg
        self._guard = guard
        self._untold: list[str] = []
        self._unspoken: list[tuple[str, str]] = []

    def result(self, task: ToolTask) -> None:
        """A result in its turn."""
        outcome = task.outcome
        if outcome is None:
            return
        if self._guard is not None:
            self._guard.tool_finished(task.asked.name, outcome)
        session = self._leg.session
        note = f"The tool {task.asked.name}, asked for earlier, returned: {outcome.output}"
        if session is not None and task.session == self._leg.number:
            session.tool_result(task.asked.tool_call_id, outcome.output)
            self._unspoken.append((task.asked.response_id, note))
        else:
            self._say(note)

    def late(self, task: ToolTask) -> None:
        """A tool finished after its deadline, when the model had been told that it had not."""
        if task.outcome is None:
            return
        if self._guard is not None:
            self._guard.tool_finished(task.asked.name, task.outcome)
        self._say(f"The tool {task.asked.name} has finished after all: {task.outcome.output}")

    def spoke(self, response_id: str | None) -> None:
        """The caller heard a reply: what was known before it was made is told. The reply that asked is not that."""
        self._unspoken = [(asked_by, note) for asked_by, note in self._unspoken if asked_by == response_id]

    def session_up(self) -> None:
        """Another session listens: it is told what no session was, and what the one before never came to speak of."""
        untold, self._untold = [note for _, note in self._unspoken] + self._untold, []
        self._unspoken = []
        for note in untold:
            self._say(note)

    def _say(self, note: str) -> None:
        session = self._leg.session
        if session is None:
            self._untold.append(note)
        else:
            session.tell(note)
