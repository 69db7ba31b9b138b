"""A storm of simulated calls on virtual time: every trouble the carrier, the model and people can make, by one seed."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simulator.callers import Scenario, caller_for, scenarios
from simulator.carrier import CarrierFaults, DialScript
from simulator.carrier.calls import Call
from simulator.carrier.phone import Phone
from simulator.model import ModelFaults
from tests.flows.world import World, running, virtually
from tests.soak.evidence import evidence, faults_of, unfinished

# Longer than any call: the carrier's longest story, two transfers and a voicemail included.
LONGEST_CALL = 1800.0
SETTLING = 300.0
# Connections that the HTTP clients and the database keep for later.
SPARE_FILES = 30
_FILES_OPEN = Path("/proc/self/fd")


@dataclass(frozen=True)
class Plan:
    """One call of the storm."""

    number: int
    scenario: str
    from_: str
    carrier: CarrierFaults
    hangs_up_at: float | None
    status_is_lost: bool

    def told(self) -> str:
        return f"call {self.number} ({self.scenario}, {self.carrier}, status lost: {self.status_is_lost})"


@dataclass
class Storm:
    """Runs `calls` calls, `at_once` at a time, and then looks for anything that is not as it must be."""

    seed: int
    calls: int
    at_once: int
    dice: random.Random = field(init=False)
    plans: dict[str, Plan] = field(default_factory=dict)
    talked: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    async def rage(self, world: World) -> None:
        tasks_before, files_before = len(running()), _files_open()
        world.model.settings.validate = False
        world.at_carrier.keeps_audio = False
        world.carrier.exchange.people = Whims(self.dice)
        world.model.fault_queue = Troubles(self.dice)
        numbers = iter(range(self.calls))
        callers = [asyncio.create_task(self._caller(world, numbers)) for _ in range(self.at_once)]
        try:
            await asyncio.gather(*callers)
        finally:
            for caller in callers:
                caller.cancel()
        await world.carrier.exchange.settle()
        self._nothing("never came to its end", await self._settled(world))
        await self._verdict(world, tasks_before, files_before)

    # ---- one call after the other ----

    async def _caller(self, world: World, numbers: Any) -> None:
        for number in numbers:
            plan = self._plan(number)
            await asyncio.sleep(self.dice.uniform(0, 4))
            call = await self._ring(world, plan)
            self.plans[call.sid] = plan
            try:
                async with asyncio.timeout(LONGEST_CALL):
                    await call.finished()
            except Exception as error:
                raise AssertionError(f"seed {self.seed}, {plan.told()}: {error!r}, {call.did()}") from error
            if "Bridged" in call.did():
                self.talked.add(call.sid)
            self._forget(world)

    async def _ring(self, world: World, plan: Plan) -> Call:
        story = scenarios()[plan.scenario]
        caller = Whoever(story, plan.hangs_up_at)
        call = await world.carrier.call(plan.from_, world.store.line, caller, plan.carrier, voice=story.voice)
        if plan.status_is_lost:
            call.status_callback = ""
        if plan.hangs_up_at is not None and plan.hangs_up_at < 1.0:
            asyncio.get_running_loop().call_later(plan.hangs_up_at, call.hang_up)
        return call

    def _plan(self, number: int) -> Plan:
        dice = random.Random(f"{self.seed}:{number}")
        name = dice.choice(sorted(scenarios()))
        from_ = scenarios()[name].from_ if dice.random() < 0.6 else f"+1503555{dice.randrange(1000, 9999)}"
        hangs_up_at = dice.uniform(0, 1) if dice.random() < 0.05 else None
        # Of a caller who gave up before we were asked, the last status is the only word there is.
        status_is_lost = hangs_up_at is None and dice.random() < 0.05
        return Plan(number, name, from_, a_fault(dice), hangs_up_at, status_is_lost)

    def _forget(self, world: World) -> None:
        """A thousand calls' audio and events would not fit; what matters of each is in `plans` and in the database."""
        for session in [session for session in world.model.sessions if session.closed]:
            self.violations += [f"{session.call_sid}: {wrong}" for wrong in session.violations]
            world.model.sessions.remove(session)
        for leg in [leg for leg in world.carrier.calls.values() if leg.over]:
            leg.forget_audio()
            leg.line.ear.frames.clear()
        sent = world.carrier.exchange.webhooks.sent
        self.violations += [f"{bad.fields['CallSid']}: {bad.url} answered {bad.status}" for bad in sent if bad.failed]
        sent.clear()
        for recording in list(world.carrier.recordings.values())[: -2 * self.at_once]:
            recording.caller = recording.agent = b""

    # ---- the reckoning ----

    async def _settled(self, world: World) -> list[str]:
        """Waits, on the storm's own clock, until every call's outcome is everywhere it has to be."""
        missing = [""]
        for _ in range(int(SETTLING / 10)):
            await asyncio.sleep(10)
            missing = await unfinished(world.database, self.plans)
            if not missing:
                break
        return [self._named(line) for line in missing]

    async def _verdict(self, world: World, tasks_before: int, files_before: int) -> None:
        folder = Path(world.settings.crm_sync.folder)
        known = await evidence(world.database, self.plans)
        self.outcomes = dict(Counter(code for call in known.values() for code in call.dispositions).most_common())
        wrong = await faults_of(world.database, self.plans, folder, world.clock.now(), self.talked)
        self._nothing("wrong in the records", [self._named(line) for line in wrong])
        self._nothing("sent against the protocol", self.violations)
        self._nothing("still held", [*world.service.media.live, *world.service.relay.live])
        left = running()
        if len(left) > tasks_before:
            self._nothing("still running", [repr(task) for task in left])
        more = _files_open() - files_before
        self._nothing("still open", [f"{more} files"] if more > SPARE_FILES else [])
        assert len(self.plans) == self.calls, f"seed {self.seed}: two calls had one CallSid"

    def _nothing(self, what: str, found: Sequence[str]) -> None:
        if found:
            raise AssertionError(f"seed {self.seed}: {len(found)} {what}:\n" + "\n".join(found[:20]))

    def _named(self, line: str) -> str:
        plan = next((plan for sid, plan in self.plans.items() if sid in line), None)
        return f"{line} [{plan.told()}]" if plan else line


class Whims(dict[str, DialScript]):
    """Whether the store's people pick up, as the day goes."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice

    def get(self, number: str, default: Any = None) -> DialScript:  # noqa: ARG002
        outcome = self._dice.choice(["answered", "answered", "busy", "no-answer", "failed"])
        return DialScript(outcome, rings_s=self._dice.uniform(1, 8), talks_s=self._dice.uniform(2, 15))


class Troubles(list[ModelFaults]):
    """A fresh fault, or none, for each connection to the model."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__([ModelFaults()])
        self._dice = dice

    def pop(self, _index: Any = 0) -> ModelFaults:
        return a_model_fault(self._dice)


class Whoever:
    """A scenario's person; one who hangs up while it rings has nothing to say."""

    def __init__(self, story: Scenario, hangs_up_at: float | None) -> None:
        self._person = caller_for(story)
        self._gone = hangs_up_at is not None

    async def talk(self, phone: Phone) -> None:
        if not self._gone:
            await self._person.talk(phone)


def a_fault(dice: random.Random) -> CarrierFaults:
    """What happens to one call at the carrier: often nothing, sometimes several things."""
    faults = CarrierFaults()
    possible: list[Callable[[], dict[str, Any]]] = [
        lambda: {"hang_up_after_s": dice.uniform(0, 60)},
        lambda: {"drop_socket_after_s": dice.uniform(0, 40)},
        lambda: {"slow_reader_after_s": dice.uniform(0, 30), "slow_reader_for_s": dice.uniform(1, 6)},
        lambda: {"jitter_ms": dice.choice([20, 60, 150])},
        lambda: {"duplicate_webhooks": True},
        lambda: {"late_status_callbacks_s": dice.uniform(1, 90)},
        lambda: {"hang_up_without_stop": True, "hang_up_after_s": dice.uniform(2, 40)},
        lambda: {"start_delay_s": dice.uniform(0.1, 7)},
        lambda: {"never_send_start": True},
        lambda: {"wrong_call_sid": f"CA{dice.getrandbits(128):032x}"},
    ]
    weights = [6, 4, 2, 3, 4, 4, 3, 2, 1, 1]
    for _ in range(dice.choice([0, 1, 1, 2, 3])):
        (fault,) = dice.choices(possible, weights)
        faults = replace(faults, **fault())
    return faults


def a_model_fault(dice: random.Random) -> ModelFaults:
    """What is wrong with one connection to the model. Terminal refusals are rare: each turns a minute's calls away."""
    kinds: list[tuple[float, Callable[[], ModelFaults]]] = [
        (60, ModelFaults),
        (4, lambda: ModelFaults(mute=True)),
        (3, lambda: ModelFaults(mute_after_ms=dice.randrange(100, 3000))),
        (5, lambda: ModelFaults(drop_after_s=dice.uniform(0, 40))),
        (4, lambda: ModelFaults(refuse_connect=dice.choice([429, 500, 503]))),
        (3, lambda: ModelFaults(connect_delay_s=dice.uniform(0.5, 12))),
        (3, lambda: ModelFaults(slow_think_s=dice.uniform(0.5, 9))),
        (4, lambda: ModelFaults(late_transcript_s=dice.uniform(0.5, 8))),
        (2, lambda: ModelFaults(no_transcript=True)),
        (2, lambda: ModelFaults(empty_audio=True)),
        (2, lambda: ModelFaults(loops=True)),
        (2, lambda: ModelFaults(rate_limit=True)),
        (2, lambda: ModelFaults(error_on_truncate=True)),
        (2, lambda: ModelFaults(expire_after_s=dice.uniform(5, 40))),
        (2, lambda: ModelFaults(stops_reading_after_s=dice.uniform(1, 30))),
        (0.5, lambda: ModelFaults(quota=True)),
        (0.5, lambda: ModelFaults(refuse_connect=401, refuse_code="invalid_api_key")),
    ]
    (chosen,) = dice.choices([make for _, make in kinds], [weight for weight, _ in kinds])
    return chosen()


def storm(url: str, folder: Path, *, seed: int, calls: int, at_once: int) -> Storm:
    """Runs one in a fresh world; anything wrong raises with the seed."""
    raging = Storm(seed, calls, at_once)
    virtually(url, folder, raging.rage)
    return raging


def _files_open() -> int:
    return len(os.listdir(_FILES_OPEN)) if _FILES_OPEN.is_dir() else 0
