"""Shows a call in the terminal while it happens, from the record alone: what is on screen is what was stored."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console as Screen
from rich.markup import escape

from followup.loops import OpenLoop, open_loops
from kit.db import Database
from kit.phone import spoken
from record import calls
from record.call_views import CallRecord, ToolUse, Turn, call_record
from simulator.store import DemoStore

_LOOK_SECONDS = 0.25
_SPEAKERS = {"caller": "[bold cyan]Caller[/]", "agent": "[bold magenta]Agent [/]"}


class CallOnScreen:
    """One call's lines, each printed once."""

    def __init__(self, database: Database, store: DemoStore, call_sid: str, screen: Screen, pages: str) -> None:
        self._database = database
        self._rooftop_id = store.rooftop_id
        self._zone = ZoneInfo(store.time_zone)
        self._call_sid = call_sid
        self._screen = screen
        self._pages = pages
        self._shown: set[str] = set()
        self._announced = False

    async def until_written(self) -> None:
        """Returns when the call is over and its outcome has been written and delivered."""
        while True:
            async with self._database.reading(self._rooftop_id) as db:
                call = await calls.call(db, self._call_sid)
                record = await call_record(db, call.id) if call else None
                owed = await open_loops(db, call.id) if call else []
            if record is not None and self._show(record, owed):
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _show(self, record: CallRecord, owed: list[OpenLoop]) -> bool:
        if not self._announced:
            self._announced = True
            known = record.line.on_file or record.line.customer
            whose = f", on file for {escape(known)}" if known else ", a number we have not seen"
            self._screen.print(f"[bold]Ringing:[/] {spoken(record.line.from_e164)}{whose}")
        over = record.line.ended_at is not None
        lines = [(t.started_ms or 0, 0, f"turn{t.seq}", self._turn(t)) for t in self._settled(record, over)]
        lines += [(use.started_ms, 1, use.id, self._tool(use)) for use in record.tools]
        for _, _, key, text in sorted(lines, key=lambda line: line[:3]):
            if key not in self._shown:
                self._shown.add(key)
                self._screen.print(text)
        on_its_way = not record.deliveries or any(d.state != "acked" for d in record.deliveries)
        if record.line.outcome is None or on_its_way:
            return False
        self._summary(record, owed)
        return True

    @staticmethod
    def _settled(record: CallRecord, over: bool) -> list[Turn]:
        """Turns nothing will be added to: all but the last while the call goes on."""
        turns = [turn for turn in record.turns if turn.text]
        return turns if over else turns[:-1]

    @staticmethod
    def _turn(turn: Turn) -> str:
        seconds = (turn.started_ms or 0) // 1000
        at = f"{seconds // 60}:{seconds % 60:02d}"
        who = _SPEAKERS.get(turn.speaker, "[dim]Note  [/]")
        heard = turn.heard if turn.speaker == "agent" and (turn.heard or turn.cut) else turn.text
        cut = f" [strike dim]{escape(turn.cut)}[/] [dim](not heard)[/]" if turn.cut else ""
        return f"{at} {who} {escape(heard)}{cut}"

    @staticmethod
    def _tool(use: ToolUse) -> str:
        return f"     [yellow]⚙ {use.tool}[/] [dim]{use.decision}, {use.took_ms} ms[/]"

    def _due(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        return f"{local:%a} {local:%I:%M %p}".replace(" 0", " ")

    def _summary(self, record: CallRecord, owed: list[OpenLoop]) -> None:
        screen = self._screen
        screen.print()
        outcome = record.line.outcome
        if outcome is not None:
            screen.print(f"[bold green]Outcome:[/] {outcome.code.replace('_', ' ')}. {escape(outcome.note)}")
        for text, at_ms in record.summary:
            screen.print(f"  • {escape(text)} [dim]({at_ms // 60000}:{at_ms // 1000 % 60:02d})[/]")
        for loop in owed:
            screen.print(f"  [yellow]Owed:[/] {escape(loop.need)}, by {self._due(loop.due_at)}")
        waits = sorted(
            t.first_heard_ms - t.speech_end_ms for t in record.timings if t.first_heard_ms and t.speech_end_ms
        )
        if waits:
            screen.print(
                f"  Caller waited for the first sound: median {waits[len(waits) // 2]} ms, longest {waits[-1]} ms"
            )
        cost = sum(c.microdollars for c in record.costs)
        screen.print(f"  Cost at list prices: ${cost / 1e6:.4f}")
        for delivery in record.deliveries:
            screen.print(f"  Written back to {delivery.target}: {delivery.state}")
        screen.print(f"  The whole call: {self._pages}/calls/{record.line.id}\n")
