"""What the AI would answer to a text, for a person to send or not (console.ports.Suggests): no tools, no promises."""

import asyncio

from agent import guardrails, text_form
from agent.briefing import brief, instructions_for
from agent.guardrails import Backing
from agent.ports import HeardTurn, ModelUnavailable, TextModel, TextRequest
from console.ports import CannotDo
from kit.clock import Clock
from kit.db import Database
from kit.ids import RooftopId
from kit.logging import logger
from prompts import versions
from prompts.agents import TEXTS
from record import text_views, texts
from record.text_views import ThreadRecord

_log = logger("suggesting")

_SECONDS = 12.0
_LAST_TEXTS = 20
_NOTE = (
    "A person of the store will read, change and send this answer under their own name. You have no tools now: do not "
    "say that anything was booked, sent, checked or promised. Ask for what is missing, or say what they will find out."
)


class Suggesting:
    """One question to the text model per wish."""

    def __init__(self, database: Database, clock: Clock, model: TextModel) -> None:
        self._database, self._clock, self._model = database, clock, model

    async def suggest(self, rooftop_id: RooftopId, conversation_id: str) -> tuple[str, str]:
        """See `console.ports.Suggests`."""
        async with self._database.reading(rooftop_id) as db:
            record = await text_views.thread_record(db, conversation_id)
            thread = await texts.thread(db, conversation_id)
            if record is None or thread is None:
                raise CannotDo("there is no such conversation")
            now, where = self._clock.now(), record.department
            facts = await brief(db, rooftop_id, caller=record.number, department=where, now=now, disclosed=True)
            prompt = await versions.for_conversation(db, TEXTS, record.number)
        request = TextRequest(instructions_for(facts, prompt.text), _history(record))
        try:
            async with asyncio.timeout(_SECONDS):
                written = await self._model.write(request)
        except (ModelUnavailable, TimeoutError) as gone:
            _log.warning("no_suggestion", error=type(gone).__name__)
            raise CannotDo("the AI is not available now") from None
        words = written.words
        for found in guardrails.findings(words, Backing()):
            words = words.replace(found.words, "")
        words = text_form.fitted(" ".join(words.split()))
        if not words:
            raise CannotDo("the AI has nothing to suggest that it could stand for")
        return words, self._model.name[:60]


def _history(record: ThreadRecord) -> list[HeardTurn]:
    said = [
        HeardTurn("caller" if line.author == "customer" else "agent", line.body)
        for line in record.lines[-_LAST_TEXTS:]
        if line.body
    ]
    return [HeardTurn("system", _NOTE), *said]
