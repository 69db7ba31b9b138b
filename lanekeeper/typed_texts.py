"""`make text`: somebody at a keyboard texts the simulated store and reads what its phone would show."""

import asyncio

from kit.phone import spoken
from lanekeeper.demo import NOTICE, Stage, a_stage, read_lines
from lanekeeper.running import stop_signals


async def run_typed_texts() -> None:
    """Each line is a text; replies are shown as they arrive. An empty line or Ctrl-C ends it."""
    told = stop_signals()
    async with a_stage() as stage:
        caller = stage.store.known_caller
        stage.screen.print(NOTICE)
        stage.screen.print(
            f"\nYou are texting {stage.store.name} from {spoken(caller.phone)}, the number of {caller.name} "
            f"({caller.vehicle}).\nType a text and press Enter; an empty line ends it.\n"
        )
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        begun = asyncio.Event()
        begun.set()
        tasks = [
            asyncio.create_task(read_lines(lines, begun)),
            asyncio.create_task(_show_replies(stage, caller.phone)),
            asyncio.create_task(_send(stage, caller.phone, lines, told)),
        ]
        await told.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send(stage: Stage, number: str, lines: asyncio.Queue[str | None], told: asyncio.Event) -> None:
    while (line := await lines.get()) is not None:
        await stage.carrier.text(number, stage.store.line, line)
    # What was asked last is still answered.
    await asyncio.sleep(8)
    told.set()


async def _show_replies(stage: Stage, number: str) -> None:
    shown: set[str] = set()
    while True:
        for message in list(stage.carrier.messages.values()):
            if message.to == number and message.sid not in shown:
                shown.add(message.sid)
                who = "carrier" if message.direction == "outbound-reply" else stage.store.name
                stage.screen.print(f"[bold]{who}:[/] {message.body}")
        await asyncio.sleep(0.2)
