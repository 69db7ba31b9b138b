"""The bench's table and its file."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.steps import Run, Step

_AT_LEAST = 100
Row = tuple[str, str, str, str]
_GOOD, _BAD, _NONE = "[green]pass[/]", "[red]FAIL[/]", ""


def show(console: Console, runs: Sequence[Run], notes: Sequence[str]) -> None:
    """Bars first, then every step, then the peers."""
    product = next((run for run in runs if run.name == "lanekeeper"), None)
    if product is not None:
        table = Table("measure", "figure", "bar", "", title="Lanekeeper, one process on one core")
        for row in _bars(product, next((run for run in runs if run.name == "with TLS"), None)):
            table.add_row(*row)
        console.print(table)
    console.print(_steps(runs))
    ratios = list(_ratios(runs))
    if ratios:
        table = Table("beside it, same run", "calls", "CPU-s/call-min", "x of ours", "MB/call", "calls held")
        for ratio in ratios:
            table.add_row(*ratio)
        console.print(table)
    for note in notes:
        console.print(note, highlight=False)


def write(path: Path, runs: Sequence[Run], notes: Sequence[str]) -> None:
    """Everything, for whoever compares two days."""
    path.parent.mkdir(exist_ok=True)
    body = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "python": platform.python_version()},
        "runs": [{**asdict(run), "mb_per_call": run.mb_per_call} for run in runs],
        "notes": list(notes),
    }
    path.write_text(json.dumps(body, indent=1, default=str).replace("NaN", "null"))


def _bars(run: Run, tls: Run | None) -> Iterator[Row]:
    ten, hundred = run.at(10), run.at(100)
    more = "" if run.first_not_held else " or more"
    yield _row("calls held, p99 under 20 ms each way", f"{run.calls_held}{more}", ">= 200", run.calls_held >= 200)
    if hundred is not None:
        cpu = hundred.cpu_per_call_minute
        yield _row("CPU-s per call-minute, 100 calls", f"{cpu:.3f}", "<= 0.30", cpu <= 0.30)
    if ten is not None:
        up = ten.up
        yield _row("caller to model p50 / p99, 10 calls", _two(ten), "<= 0.5 / 2 ms", up.p50 <= 0.5 and up.p99 <= 2)
    if hundred is not None:
        cut = hundred.barge_in
        yield _row(
            "barge-in to clear p50 / p99, 100 calls", f"{cut.p50:.2f} / {cut.p99:.2f} ms ({cut.count})", "p99 <= 5 ms",
            cut.p99 <= 5,
        )  # fmt: skip
        off = hundred.truncation
        error = f"{off.p50:.0f} / {off.most:.0f} ms ({off.count})"
        yield _row("truncation error p50 / max, 100 calls", error, "max <= 120 ms", off.most <= 120)
        yield "turn end to first audio p50 / p99", f"{hundred.turn.p50:.2f} / {hundred.turn.p99:.2f} ms", "", _NONE
    yield _row("MB per call", f"{run.mb_per_call:.3f}", "<= 0.2", run.mb_per_call <= 0.2)
    # Also of steps that were not held: a bar is not passed by failing before it.
    held = [step for step in run.steps if step.calls <= max(run.calls_held, _AT_LEAST)]
    for name, count in (
        ("stale audio after clear, bytes", sum(step.troubles.stale_bytes for step in held)),
        ("frames lost, either way", sum(s.troubles.frames_lost_up + s.troubles.deltas_lost for s in held)),
        ("interruptions not obeyed", sum(step.troubles.missed_clears for step in held)),
    ):
        yield _row(name, str(count), "0", count == 0)
    yield "a call answered and ended, CPU-s", f"{run.cpu_per_call_answered:.3f}", "", _NONE
    yield "webhook to model hearing audio p50 / p99", f"{run.answer_ms.p50:.0f} / {run.answer_ms.p99:.0f} ms", "", _NONE
    yield "idle: MB, share of a core", f"{run.idle_mb:.0f}, {run.idle_core:.3f}", "", _NONE
    if tls is not None and (under_tls := tls.at(100)) is not None:
        text = f"{under_tls.cpu_per_call_minute:.3f}; {_two(under_tls)}"
        yield "with TLS to the model, 100 calls: CPU-s, up p50 / p99", text, "", _NONE


def _row(name: str, figure: str, bar: str, good: bool) -> Row:
    return name, figure, bar, _GOOD if good else _BAD


def _two(step: Step) -> str:
    return f"{step.up.p50:.2f} / {step.up.p99:.2f} ms"


def _steps(runs: Sequence[Run]) -> Table:
    table = Table(
        "app", "calls", "up p50/p99", "down p50/p99", "first audio p99", "barge-in p50/p99", "trunc. p50/max",
        "core", "CPU-s/c-min", "RSS MB", "rig core", "rig late p99", "stolen", "others", "held",
    )  # fmt: skip
    for run in runs:
        for step in run.steps:
            table.add_row(
                run.name,
                str(step.calls),
                f"{_ms(step.up.p50)}/{_ms(step.up.p99)}",
                f"{_ms(step.down.p50)}/{_ms(step.down.p99)}",
                _ms(step.first_audio.p99),
                f"{_ms(step.barge_in.p50)}/{_ms(step.barge_in.p99)}",
                f"{_ms(step.truncation.p50)}/{_ms(step.truncation.most)}",
                f"{step.core:.2f}",
                f"{step.cpu_per_call_minute:.3f}",
                f"{step.rss_mb:.0f}",
                f"{step.rig_core:.2f}",
                _ms(step.rig_late.p99),
                f"{step.stolen:.2f}",
                f"{step.others:.2f}",
                ("yes" if step.held else "no") + ("" if step.quiet else " *"),
            )
    table.caption = "* fewer than four seconds without others or the hypervisor on the cores; times in ms"
    return table


def _ratios(runs: Sequence[Run]) -> Iterator[Sequence[str]]:
    ours = next((run for run in runs if run.name == "lanekeeper"), None)
    for run in runs:
        if ours is None or run.name in ("lanekeeper", "with TLS"):
            continue
        for step in run.steps:
            same = ours.at(step.calls)
            ratio = "" if same is None else f"{step.cpu_per_call_minute / same.cpu_per_call_minute:.2f}"
            mb = "" if math.isnan(run.mb_per_call) else f"{run.mb_per_call:.2f}"
            yield run.name, str(step.calls), f"{step.cpu_per_call_minute:.3f}", ratio, mb, str(run.calls_held)


def _ms(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
