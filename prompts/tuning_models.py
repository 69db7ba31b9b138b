"""How a prompt is tried before and after it is live: scenarios, rehearsals, plans, watches, experiments."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, RooftopRow


class PromptScenario(RooftopRow, Base):
    """A store's own scenario, or its own form of a shipped one (the same key). `source` is hand, call or file."""

    __tablename__ = "prompt_scenario"
    __table_args__ = (UniqueConstraint("rooftop_id", "key"),)
    key: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(String(10))
    from_call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"))
    updated_by: Mapped[str] = mapped_column(String(120))
    updated_at: Mapped[datetime]
    off_at: Mapped[datetime | None]


class Rehearsal(RooftopRow, Base):
    """A candidate and the live version, side by side on the same scenarios and day.

    `version_id` is None for a draft. `runner` is house or a model's name; `evidence` says whether its runs may open the
    gate. `kind` is gate or replay (one real conversation). `gate` is what it came to, kept as it was decided.
    """

    __tablename__ = "rehearsal"
    __table_args__ = (
        Index("ix_rehearsal_agent", "rooftop_id", "agent", "asked_at"),
        Index("ix_rehearsal_look", "state", "next_look_at"),
    )
    agent: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(10), default="gate")
    version_id: Mapped[str | None] = mapped_column(ForeignKey("prompt_version.id"), index=True)
    candidate: Mapped[str] = mapped_column(String(120))
    candidate_text: Mapped[str] = mapped_column(Text)
    live_version_id: Mapped[str | None] = mapped_column(ForeignKey("prompt_version.id"))
    live: Mapped[str] = mapped_column(String(120))
    live_text: Mapped[str] = mapped_column(Text)
    scenarios: Mapped[list[Any]]
    runner: Mapped[str] = mapped_column(String(60))
    evidence: Mapped[bool]
    pinned_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    asked_by: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    runs_planned: Mapped[int]
    seconds_estimate: Mapped[int]
    microdollars_estimate: Mapped[int] = mapped_column(BigInteger, default=0)
    trouble: Mapped[str] = mapped_column(String(200), default="")
    from_call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"))
    gate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    open: Mapped[bool] = mapped_column(default=False, server_default=false())


class RehearsalRun(RooftopRow, Base):
    """One run of one side, counted once whatever was killed meanwhile: its four names are unique."""

    __tablename__ = "rehearsal_run"
    __table_args__ = (UniqueConstraint("rehearsal_id", "scenario_key", "side", "number"),)
    rehearsal_id: Mapped[str] = mapped_column(ForeignKey("rehearsal.id"))
    scenario_key: Mapped[str] = mapped_column(String(60), index=True)
    side: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    passed: Mapped[bool]
    results: Mapped[list[Any]]
    turns: Mapped[list[Any]]
    seconds: Mapped[float]
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)


class PromptWaiver(RooftopRow, Base):
    """An administrator's reason to let a fault pass that live has too; shown on the version for ever."""

    __tablename__ = "prompt_waiver"
    __table_args__ = (UniqueConstraint("rehearsal_id", "label"),)
    rehearsal_id: Mapped[str] = mapped_column(ForeignKey("rehearsal.id"))
    version_id: Mapped[str] = mapped_column(ForeignKey("prompt_version.id"), index=True)
    label: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(String(400))
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class JudgeLabel(RooftopRow, Base):
    """What a person says of an opinion the judge gave: a judge counts once it agrees with people."""

    __tablename__ = "judge_label"
    __table_args__ = (UniqueConstraint("run_id", "says", "by"),)
    run_id: Mapped[str] = mapped_column(ForeignKey("rehearsal_run.id"))
    says: Mapped[str] = mapped_column(String(200))
    judge: Mapped[str] = mapped_column(String(60), index=True)
    judge_said: Mapped[bool]
    person_said: Mapped[bool]
    by: Mapped[str] = mapped_column(String(120))


class PromptPlan(RooftopRow, Base):
    """A version to go live at a time. `outcome` says what came of it: published, cancelled, or why not."""

    __tablename__ = "prompt_plan"
    __table_args__ = (Index("ix_prompt_plan_due", "done_at", "at"),)
    agent: Mapped[str] = mapped_column(String(40))
    version_id: Mapped[str] = mapped_column(ForeignKey("prompt_version.id"))
    percent: Mapped[int] = mapped_column(default=100)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(String(400))
    done_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(300), default="")


class PromptWatch(RooftopRow, Base):
    """A version watched for a day after it went live. `ended` is over, returned, or replaced."""

    __tablename__ = "prompt_watch"
    __table_args__ = (Index("ix_prompt_watch_open", "ended_at", "until"),)
    agent: Mapped[str] = mapped_column(String(40))
    version_id: Mapped[str] = mapped_column(ForeignKey("prompt_version.id"))
    before_id: Mapped[str | None] = mapped_column(ForeignKey("prompt_version.id"))
    by: Mapped[str] = mapped_column(String(120))
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended: Mapped[str] = mapped_column(String(10), default="")
    why: Mapped[str] = mapped_column(String(300), default="")


class PromptExperiment(RooftopRow, Base):
    """Two gated versions, each for half of the customers, until the size that was planned before it began.

    `standing` is what came of it once it ended; `harm` the guardrail that stopped it early.
    """

    __tablename__ = "prompt_experiment"
    __table_args__ = (Index("ix_prompt_experiment_open", "rooftop_id", "agent", "ended_at"),)
    agent: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    control_id: Mapped[str] = mapped_column(ForeignKey("prompt_version.id"))
    trial_id: Mapped[str] = mapped_column(ForeignKey("prompt_version.id"))
    outcome: Mapped[str] = mapped_column(String(20))
    rate: Mapped[float]
    hoped: Mapped[float]
    planned_per_arm: Mapped[int]
    by: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(120), default="")
    harm: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
