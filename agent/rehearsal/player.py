"""`python -m agent.rehearsal.player COPY ROOFTOP`: plays runs in a process of its own, away from live calls.

A line with a task comes in, a line with what came of it goes out; it ends when its input does, so it never outlives
whoever started it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from agent.ports import TextModel
from agent.rehearsal import checking, judges
from agent.rehearsal.played import RunDone, RunTask, as_turns
from agent.rehearsal.playing import Setting, play
from agent.rehearsal.sandbox import Stage
from prompts.scenarios import from_dict

_POLITELY = 10


async def done(stage: Stage, task: RunTask, model: TextModel | None) -> RunDone:
    """One run, played and checked."""
    scenario = from_dict(task.scenario)
    setting = Setting(stage, task.prompt, task.agent, datetime.fromisoformat(task.pinned), model)
    played = await play(setting, scenario, task.number)
    results = list(checking.results(scenario, played))
    if model is not None and not played.problem:
        results += await judges.opinions(model, scenario, played)
    return RunDone(
        task.id,
        as_turns(played),
        [asdict(each) for each in results],
        played.seconds,
        played.tokens_in,
        played.tokens_out,
        played.problem,
    )


async def main(template: Path, rooftop_id: str) -> None:
    model: TextModel | None = None
    with tempfile.TemporaryDirectory(prefix="lanekeeper-stage-") as folder:
        stage = Stage(template, Path(folder), rooftop_id)
        try:
            while line := await asyncio.to_thread(sys.stdin.readline):
                task = RunTask(**json.loads(line))
                if task.by_model and model is None:
                    model = _model()
                came = await done(stage, task, model if task.by_model else None)
                sys.stdout.write(json.dumps(asdict(came)) + "\n")
                sys.stdout.flush()
        finally:
            await stage.close()


def _model() -> TextModel:
    """Only where a model plays: its library takes a second to load."""
    from agent.settings import AgentSettings
    from agent.text_model import ResponsesModel

    return ResponsesModel(AgentSettings())


if __name__ == "__main__":
    os.nice(_POLITELY)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
