"""`make bench`: what a call costs, on this machine, now."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import uvloop
from rich.console import Console

from benchmarks import app, report
from benchmarks.steps import Bench, Run, simulated_world
from benchmarks.tls import Certificate, make_certificate


@dataclass(frozen=True, slots=True)
class Plan:
    """Calls and seconds of every step; `settle` lets new calls get past their greeting."""

    steps: Sequence[tuple[int, float]]
    tls: Sequence[tuple[int, float]]
    floor: Sequence[tuple[int, float]]
    settle: float
    refine: int


_WHOLE = Plan(
    steps=[(10, 15), (50, 6), (100, 25), (150, 8), (200, 12), *((n, 10.0) for n in range(250, 501, 50))],
    tls=[(10, 6), (100, 10)],
    floor=[(10, 6), (100, 8)],
    settle=6,
    refine=25,
)
_QUICK = Plan(steps=[(10, 8), (100, 12), (200, 8)], tls=[], floor=[], settle=4, refine=0)
_PIPECAT = [(2, 10.0), (10, 10.0), (15, 10.0), (20, 10.0)]


def main() -> None:
    asked = _arguments()
    if not sys.platform.startswith("linux"):
        sys.exit("The bench reads /proc and pins processes to cores: it needs Linux.")
    app_core, rig_core = app.cores()
    os.sched_setaffinity(0, {rig_core})
    console = Console(width=None if sys.stdout.isatty() else 160)
    notes = [f"app on core {app_core}, callers and model on core {rig_core}"]
    if app_core == rig_core:
        notes.append("[red]One core only: callers, model and app share it, and no figure here means much.[/]")
    runs: list[Run] = []
    try:
        uvloop.run(_bench(asked, console, runs, notes))
    except app.DidNotStart as failed:
        console.print(f"[red]The app did not start.[/] The end of its log:\n{failed}", markup=True, highlight=False)
        sys.exit(1)
    report.show(console, runs, notes)
    report.write(Path(asked.json), runs, notes)


async def _bench(asked: argparse.Namespace, console: Console, runs: list[Run], notes: list[str]) -> None:
    plan = _QUICK if asked.quick else _WHOLE
    if asked.calls:
        plan = Plan([(calls, asked.seconds) for calls in asked.calls], [], [], plan.settle, 0)
    only = asked.only
    if only in (None, "app"):
        runs.append(await _run(console, "lanekeeper", plan.steps, plan, asked, climb=True))
    if only == "tls" or (only is None and plan.tls):
        with tempfile.TemporaryDirectory() as folder:
            certificate = make_certificate(Path(folder))
            if certificate is None:
                notes.append("No openssl command here: the row with TLS was left out.")
            else:
                steps = plan.tls or plan.steps
                runs.append(await _run(console, "with TLS", steps, plan, asked, certificate=certificate))
    if only == "floor" or (only is None and (plan.floor or asked.peers)):
        runs.append(await _run(console, "floor", plan.floor or plan.steps, plan, asked, climb=only == "floor"))
    if only == "pipecat" or asked.peers:
        notes.append(f"pipecat-ai {app.install_pipecat()}: up is the beginning of speech, for it transcodes")
        steps = _PIPECAT if not asked.calls else plan.steps
        runs.append(await _run(console, "pipecat", steps, plan, asked))


async def _run(
    console: Console,
    name: str,
    steps: Sequence[tuple[int, float]],
    plan: Plan,
    asked: argparse.Namespace,
    *,
    climb: bool = False,
    certificate: Certificate | None = None,
) -> Run:
    """One app from start to end."""
    async with simulated_world(certificate) as (rig, port):
        rig.script.tool_every = asked.tool_every or rig.script.tool_every
        if asked.think is not None:
            rig.script.think_ms = asked.think
        started: AbstractAsyncContextManager[app.UnderTest]
        if name == "floor":
            started = app.floor(port)
        elif name == "pipecat":
            started = app.pipecat(port)
        else:
            told = dict(each.split("=", 1) for each in asked.set)
            started = app.lanekeeper(port, tls_ca=certificate.certificate if certificate else None, settings=told)
        async with started as under_test:
            bench = Bench(rig, under_test, plan.settle, lambda line: console.print(line, highlight=False, style="dim"))
            # Pipecat never passes at 20 ms, so there is nothing to try again for.
            bench.run.name, bench.tries = name, 1 if name == "pipecat" else asked.tries
            # The rig's own garbage collector must not be what is measured.
            gc.collect()
            gc.freeze()
            gc.disable()
            try:
                await bench.warm_up()
                await bench.climb(steps, refine=plan.refine if climb else 0)
            finally:
                gc.enable()
            return bench.run


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three steps, under 90 s")
    parser.add_argument("--peers", action="store_true", help="also Pipecat's latest release (installed on demand)")
    parser.add_argument("--only", choices=["app", "tls", "floor", "pipecat"], help="one of the runs")
    parser.add_argument("--calls", type=int, nargs="+", help="these steps instead")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each step given by --calls")
    parser.add_argument("--tries", type=int, default=3, help="how often a disturbed step is taken again")
    parser.add_argument("--tool-every", type=int, help="one turn in so many asks for a tool (4)")
    parser.add_argument("--think", type=float, metavar="MS", help="the model's pause before its first sound (350)")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="environment for the app")
    parser.add_argument("--json", default="var/bench.json", help="where the figures go")
    return parser.parse_args()


if __name__ == "__main__":
    main()
