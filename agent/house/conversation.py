"""The house agent on a line that carries text: prompts in, sentences out, the same tools, the same journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from agent.digits import Digits
from agent.house.acts import Act, CallTool, HangUp, Say, Transfer
from agent.house.facts import HouseFacts
from agent.house.policy import HouseAgent
from agent.house.understanding import Language
from agent.journal import CallNoted, TurnSpeaker, TurnSpoken, TurnTimed
from agent.ports import CallOutcome, CallPlan, HumanPath, NextStep, Reconnect, TransferTo
from agent.ports import HangUp as HangUpStep
from agent.settings import AgentSettings
from kit.clock import Clock

# How fast a telephone voice reads; only used to guess when a sentence has been heard, where the line cannot tell.
_WORDS_A_SECOND = 2.6
_TAIL_SECONDS = 0.4


class TextLine(Protocol):
    """A caller reached by text, whoever makes it into speech."""

    def say(self, text: str, *, interruptible: bool) -> None: ...

    def speak(self, language: Language) -> None:
        """From here on what is said and heard is in this language."""
        ...


class HouseConversation:
    """One call. Everything but the tools runs in plain callbacks; whoever owns the task group owns the tools' tasks."""

    def __init__(
        self,
        plan: CallPlan,
        line: TextLine,
        clock: Clock,
        settings: AgentSettings,
        tasks: asyncio.TaskGroup,
        leave: Callable[[CallOutcome], None],
    ) -> None:
        self.agent = HouseAgent(HouseFacts.from_instructions(plan.session.instructions))
        settings = settings.tuned(None, plan.silence_seconds)
        self._plan, self._line, self._clock, self._settings = plan, line, clock, settings
        self._tasks, self._leave = tasks, leave
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._digits = Digits(settings.digits_pause_seconds)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._language = self.agent.m.language
        self._then: NextStep | None = None
        self._ended = False
        self._tools_running = 0
        self._quiet = asyncio.Event()
        self._seq = 0
        self._turns = 0
        self._heard_by = self._began
        self._spoken: list[TurnSpoken] = []
        self._heard_at_ms = -1

    # ---- the call's life ----

    def start(self) -> None:
        """The socket was claimed: greet, or go on where another process left off."""
        for turn in self._plan.session.history:
            self.agent.recall(turn.speaker, turn.text)
        self._after("length", self._settings.max_call_seconds, self._too_long)
        self._do(self.agent.begin())

    def prompt(self, text: str) -> None:
        """The caller said this."""
        if self._ended or not text.strip():
            return
        self._cancel("silence")
        if isinstance(self._then, HangUpStep):
            self._stay()
        self._heard_at_ms = self._ms()
        self._turn("caller", text, text)
        self._do(self.agent.hear(text, self._clock.now()))

    def silent(self) -> None:
        """The line says that the caller says nothing."""
        if not self._ended and self._then is None:
            self._do(self.agent.silence())

    @property
    def leaving(self) -> bool:
        """Whether what follows this conversation is decided."""
        return self._ended or self._then is not None

    async def settled(self) -> None:
        """Returns once no tool is awaited: everything there is to say now was said."""
        await self._quiet.wait()

    def interrupted(self, heard: str) -> None:
        """The caller spoke over us and heard only this much; sentences after that one were not heard at all."""
        if self._ended or not self._spoken:
            return
        words = heard.strip()
        where = next((i for i in range(len(self._spoken) - 1, -1, -1) if words and words in self._spoken[i].text), -1)
        for index in range(max(where, 0) if where >= 0 else len(self._spoken) - 1, len(self._spoken)):
            turn = self._spoken[index]
            split = turn.text.find(words) + len(words) if index == where else 0
            self._spoken[index] = self._said_again(turn, turn.text[:split], turn.text[split:])
        self._heard_by = self._loop.time()
        self.agent.interrupted(words)
        self._note("barge_in", {"heard_characters": len(words)})

    def digit(self, digit: str) -> None:
        """A key was pressed: keys gather until a pause or a #; a lone 0 asks for a person at once."""
        if self._ended:
            return
        if self._digits.press(digit, self._loop.time()):
            self._tell_digits()
        else:
            self._after("digits", self._settings.digits_pause_seconds, self._tell_digits)

    def hand_over(self, then: NextStep | None = None) -> None:
        """Leaves once our words were heard: for another process (drain), or for a person, whom nothing goes before."""
        if not self._ended and (then is not None or self._then is None):
            self._go(then or Reconnect())

    def end(self, reason: str, then: NextStep | None) -> None:
        """Leaves the call; only the first reason counts."""
        if self._ended:
            return
        self._ended = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._quiet.set()
        self._leave(CallOutcome(reason, then, self._loop.time() - self._began))

    # ---- acts ----

    def _do(self, acts: Sequence[Act]) -> None:
        words = [act for act in acts if isinstance(act, Say)]
        if words:
            self._say(words)
        for act in acts:
            match act:
                case CallTool():
                    self._tools_running += 1
                    self._tasks.create_task(self._use(act))
                case HangUp(reason=reason):
                    self._go(HangUpStep(reason))
                case Transfer(key=key):
                    self._go(TransferTo(key))
                case Say():
                    pass
        if self._tools_running:
            self._quiet.clear()
            return
        self._quiet.set()
        self._wait_for_caller()

    async def _use(self, act: CallTool) -> None:
        """One tool; speech never cancels it, and its answer is told even when the caller has moved on."""
        filler = self._loop.call_later(self._settings.tool_filler_after_seconds, self._fill)
        try:
            tool_call_id = f"{self._plan.connection}-{act.id}"
            outcome = await self._plan.tools.run(tool_call_id, act.name, json.dumps(dict(act.arguments)))
        finally:
            filler.cancel()
            self._tools_running -= 1
        if self._ended:
            return
        if outcome.then is not None:
            self._go(outcome.then)
        self._do(self.agent.tool_result(act.id, outcome.output))

    def _fill(self) -> None:
        if not self._ended and self._loop.time() >= self._heard_by:
            self._say([self.agent.m.say("one_moment_please")])
            self._note("filler_played", {"why": "slow_tool"})

    def _say(self, acts: Sequence[Say]) -> None:
        text = " ".join(act.text for act in acts)
        guard = self._plan.guard
        if guard is not None and guard.said(text) is not None:
            self._note("claim_flagged", {"turn": self._seq})
        if self.agent.m.language is not self._language:
            self._language = self.agent.m.language
            self._line.speak(self._language)
        for act in acts:
            self._line.say(act.text, interruptible=not act.protected)
        now = self._loop.time()
        self._heard_by = max(self._heard_by, now) + len(text.split()) / _WORDS_A_SECOND + _TAIL_SECONDS
        self._spoken.append(self._turn("agent", text, text))
        if self._heard_at_ms >= 0:
            self._time_turn()
        if self._then is not None:
            self._go(self._then)

    # ---- leaving, silence, limits ----

    def _go(self, then: NextStep) -> None:
        """Leaves once the last words can have been heard."""
        self._then = then
        self._cancel("silence")
        wait = min(max(0.0, self._heard_by - self._loop.time()), self._settings.goodbye_deadline_seconds)
        self._after("leave", wait, lambda: self.end(_reason(then), then))

    def _stay(self) -> None:
        """The caller spoke before we hung up: the call goes on."""
        self._then = None
        self.agent.stay()
        self._cancel("leave")

    def _wait_for_caller(self) -> None:
        if self._then is None and not self._ended:
            wait = max(0.0, self._heard_by - self._loop.time()) + self._settings.silence_reprompt_seconds
            self._after("silence", wait, lambda: self._do(self.agent.silence()))

    def _too_long(self) -> None:
        self.end("max_length", HumanPath("max_length"))

    def _tell_digits(self) -> None:
        self._cancel("digits")
        digits = self._digits.take()
        if not digits or self._ended:
            return
        note = f"The caller pressed these keys on their telephone: {' '.join(digits)}"
        self._turn("system", note, note)
        self._note("digits", {"count": len(digits)})
        self._do(self.agent.told(note))

    # ---- what it leaves ----

    def _turn(self, speaker: TurnSpeaker, text: str, heard: str) -> TurnSpoken:
        self._seq += 1
        now = self._ms()
        turn = TurnSpoken(
            call_id=self._plan.call_id,
            seq=self._seq,
            speaker=speaker,
            item_id=f"{self._key}-{self._seq}",
            previous_item_id=f"{self._key}-{self._seq - 1}" if self._seq > 1 else None,
            text=text,
            heard_text=heard if speaker == "agent" else "",
            cut_text="",
            started_ms=now,
            ended_ms=now,
            heard_ms=-1,
        )
        self._plan.journal.take(turn)
        return turn

    @property
    def _key(self) -> str:
        """A call taken up again may begin by the same clock: its turns and tools are told apart by its sockets."""
        return f"house-{self._plan.connection}-{int(self.agent.facts.now.timestamp() * 1000):x}"

    def _said_again(self, turn: TurnSpoken, heard: str, cut: str) -> TurnSpoken:
        corrected = replace(turn, heard_text=heard, cut_text=cut, ended_ms=self._ms())
        self._plan.journal.take(corrected)
        return corrected

    def _time_turn(self) -> None:
        """What can be known here: when the words came in and when ours went out. The rest happens at the carrier."""
        self._turns += 1
        came, went = self._heard_at_ms, self._ms()
        self._heard_at_ms = -1
        self._plan.journal.take(TurnTimed(self._plan.call_id, self._turns, -1, came, came, came, went, went, -1))

    def _note(self, kind: str, data: dict[str, str | int | float | bool]) -> None:
        self._plan.journal.take(CallNoted(self._plan.call_id, kind, {"at_ms": self._ms(), **data}))

    # ---- time ----

    def _after(self, name: str, seconds: float, then: Callable[[], None]) -> None:
        self._cancel(name)
        self._timers[name] = self._loop.call_later(seconds, then)

    def _cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _ms(self) -> int:
        return round((self._loop.time() - self._began) * 1000)


def _reason(then: NextStep) -> str:
    match then:
        case HangUpStep(reason=reason) | HumanPath(reason=reason):
            return reason
        case TransferTo():
            return "transferred"
        case Reconnect():
            return "handed_over"
