"""<Say>, <Play>, <Pause> and <Gather>."""

import asyncio
from dataclasses import dataclass, field

from simulator.carrier.line import Spoken
from simulator.carrier.run import Next, Run
from simulator.carrier.twiml import Verb
from simulator.voice import digit_tone

FOREVER = 1000


async def say(run: Run, verb: Verb) -> Next:
    run.call.step("Say", verb.text)
    for _ in range(verb.number("loop", 1) or FOREVER):
        await run.say(verb.text, "say")
    return None


async def play(run: Run, verb: Verb) -> Next:
    run.call.step("Play", verb.text or verb.get("digits"))
    if verb.get("digits"):
        for digit in verb.get("digits"):
            await (asyncio.sleep(0.5) if digit == "w" else run.play(digit_tone(digit)))
        return None
    audio = await run.fetch_audio(verb.text)
    for _ in range((verb.number("loop", 1) or FOREVER) if audio else 0):
        await run.play(audio)
    return None


async def pause(run: Run, verb: Verb) -> Next:
    run.call.step("Pause", verb.get("length", "1"))
    await asyncio.sleep(verb.number("length", 1))
    return None


@dataclass
class _Input:
    """What the caller gave so far, and when they last gave something."""

    digits: str = ""
    speech: list[str] = field(default_factory=list)
    speaking: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def digit(self, key: str) -> None:
        self.digits += key
        self.news.set()

    def spoken(self, spoken: Spoken, ended: bool) -> None:
        self.speaking = not ended
        if ended and spoken.text:
            self.speech.append(spoken.text)
        self.news.set()


async def gather(run: Run, verb: Verb) -> Next:
    """Digits, speech or both; silence goes on to the next verb unless actionOnEmptyResult says otherwise."""
    run.call.step("Gather", verb.get("input", "dtmf"))
    line, given = run.call.line, _Input()
    kinds = verb.get("input", "dtmf").split()
    if "dtmf" in kinds:
        line.on_digit.append(given.digit)
    if "speech" in kinds:
        line.on_speech.append(given.spoken)
    try:
        await _prompt_until_input(run, verb, given)
        await _collect(verb, given)
    finally:
        for listeners, mine in ((line.on_digit, given.digit), (line.on_speech, given.spoken)):
            if mine in listeners:
                listeners.remove(mine)  # type: ignore[arg-type]  # each is only ever in its own list
    digits = given.digits.rstrip(verb.get("finishOnKey", "#") or "")
    if digits or given.digits:
        return run.goto(verb, "action", {"Digits": digits})
    if given.speech:
        return run.goto(verb, "action", {"SpeechResult": " ".join(given.speech), "Confidence": "0.93"})
    if verb.get("actionOnEmptyResult") == "true":
        return run.goto(verb, "action", {"Digits": ""} if "dtmf" in kinds else {"SpeechResult": ""})
    return None


async def _prompt_until_input(run: Run, verb: Verb, given: _Input) -> None:
    """The nested prompts; the first key or word silences them."""

    async def prompts() -> None:
        for child in verb.children:
            await {"Say": say, "Play": play, "Pause": pause}[child.name](run, child)

    prompting = asyncio.ensure_future(prompts())
    input_came = asyncio.ensure_future(given.news.wait())
    try:
        await asyncio.wait({prompting, input_came}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (prompting, input_came):
            task.cancel()
        await asyncio.gather(prompting, input_came, return_exceptions=True)


async def _collect(verb: Verb, given: _Input) -> None:
    finish, most = verb.get("finishOnKey", "#"), verb.number("numDigits", 0)
    while not (given.digits and (given.digits[-1] in finish or (most and len(given.digits) >= most))):
        if given.speech and not given.speaking:
            return
        given.news.clear()
        try:
            async with asyncio.timeout(60 if given.speaking else verb.number("timeout", 5)):
                await given.news.wait()
        except TimeoutError:
            return
