"""The house agent's mind: words in, acts out. Pure: it knows only what it was told and what tools returned."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from agent.house import phrases
from agent.house.acts import Act, CallTool, Say
from agent.house.agenda import Agenda
from agent.house.booking_talk import BookingTalk
from agent.house.facts import HouseFacts
from agent.house.leaving_talk import Filing, PersonTalk, SafetyTalk, back_from, key_for
from agent.house.memory import SAID_AGAIN, Ask, Memory, Talk
from agent.house.notes import Dropped, GiveUp, HeardOnly, Pressed, Silent, TakeBack, ToolAnswered, read_note
from agent.house.questions import ASKED_WITH, HINTS
from agent.house.reading import ends_within, learn_caller, read, wants_nothing_more, wants_person
from agent.house.tongue import Tongue
from agent.house.understanding import (
    Intent,
    Understood,
    WantedTime,
)

_MISSES_ALLOWED = 1
_LONGEST_TURN = 30


class HouseAgent:
    """One conversation. Feed it words, tool results and notes; do what it answers, in order."""

    def __init__(self, facts: HouseFacts) -> None:
        self.facts = facts
        self.m = Memory(facts, facts.now)
        self.agenda = Agenda(self.m)
        self.misses = 0
        self.silences = 0
        self.goodbye_said = False
        self.tongue = Tongue()
        self.helped = False  # something they called for was dealt with

    # -- what happens to it --------------------------------------------------------------------------------------

    def begin(self) -> list[Act]:
        """The first words, spoken before the caller has said anything."""
        if self.facts.not_reached is not None:
            self.agenda.put_nobody_through()
            return self._spoken(back_from(self.m, self.facts.not_reached))
        if self.facts.earlier.startswith("given back by"):
            self.agenda.put_nobody_through()
            return self._spoken([self.m.ask(Ask.HELP, "given_back")])
        if self.facts.earlier and self.m.asking and self.m.question:
            return self._spoken([self.m.say("back"), Say(self.m.question)])
        if self.facts.earlier and self.agenda.current() is not None:
            return self._spoken([self.m.say("back"), *self._advance()])
        if self.facts.earlier:
            return self._spoken([self.m.ask(Ask.HELP, "back_where")])
        if self.facts.greeting:
            return self._spoken(self._own_greeting(self.facts.greeting))
        who = self.m.say("greeting", protected=True, store=phrases.plain(self.facts.store, 80))
        return self._spoken([who, self.m.ask(Ask.HELP, "help")])

    def _own_greeting(self, words: str) -> list[Act]:
        """The store's own first words; its question, or ours, is the open one."""
        if not words.endswith("?"):
            return [Say(words, protected=True), self.m.ask(Ask.HELP, "help")]
        before, question = _before_question(words)
        first: list[Act] = [Say(before, protected=True)] if before else []
        return [*first, self.m.ask_in_words(Ask.HELP, question)]

    def hear(self, text: str, now: datetime | None = None) -> list[Act]:
        """What to do about something the caller said."""
        if now is not None:
            self.m.now = now.astimezone(self.facts.zone)
        if self.m.ended or not text.strip():
            return []
        self.silences = 0
        self.m.heard.append(text)
        switched = self._choose_language(text)
        u = read(text, self.m)
        urgent = self._urgent(u)
        if urgent is not None:
            return self._spoken(urgent)
        if self.m.pending:
            self._absorb(u)
            return self._spoken([self.m.say("still_checking")])
        aside = self._aside(u)
        if aside is not None:
            return self._spoken(aside)
        if not self._absorb(u):
            return self._spoken([self.m.say("speaking"), *self._say_again()] if switched else self._missed(u))
        self.misses = 0
        return self._spoken([*self.m.read_back(), *self._advance()])

    def _choose_language(self, text: str) -> bool:
        """True when the language changed because the caller asked for it."""
        language, asked = self.tongue.hear(text, self.m.language)
        if language is not self.m.language:
            self.m.speak(language)
        return asked

    def _say_again(self) -> list[Act]:
        """The open question in the language just switched to."""
        if self.m.asking in (None, Ask.HELP) or not self.m.question:
            return [self.m.ask(Ask.HELP, "help")]
        return self._again() if self.m.asking not in SAID_AGAIN else self._advance()

    def tool_result(self, tool_call_id: str, output: str) -> list[Act]:
        """What to do now that a tool answered; empty while other answers are awaited."""
        waiting = self.m.pending.pop(tool_call_id, None)
        if waiting is None:
            return []
        try:
            answer = json.loads(output)
        except ValueError:
            answer = {}
        said = waiting.then(answer if isinstance(answer, dict) else {})
        if self.m.pending or self.m.ended:
            return self._spoken(said)
        if any(isinstance(act, CallTool) for act in said):
            return self._spoken(said)
        return self._spoken(said + self._advance(said_something=any(isinstance(act, Say) for act in said)))

    def told(self, text: str) -> list[Act]:
        """A note from the system: digits pressed, what the caller really heard, a silence."""
        match read_note(text):
            case Pressed(digits=digits):
                return self._digits(digits)
            case HeardOnly(words=words):
                self.interrupted(words)
                return []
            case ToolAnswered(name=name, output=output):
                waiting = next((key for key, each in self.m.pending.items() if each.name == name), "")
                return self.tool_result(waiting, output) if waiting else self._settled_before(output)
            case GiveUp():
                self.m.ended = True
                return [self.m.say("let_you_go")]
            case Dropped():
                return self._spoken([self.m.say("cut_off"), *(self._again() or self._advance())])
            case Silent():
                return self.silence()
            case TakeBack():
                return self._spoken([self.m.say("take_back"), *self._again()])
            case None:
                return []

    def _settled_before(self, output: str) -> list[Act]:
        """A tool that an earlier session asked for has answered: what it settled is not done again."""
        try:
            answer = json.loads(output)
        except ValueError:
            return []
        if not isinstance(answer, dict) or answer.get("result") not in _SETTLES:
            return []
        self.agenda.talks = []
        return self._spoken([Say(self.m.told(answer, "done")), *self._advance(said_something=True)])

    def recall(self, speaker: str, text: str) -> None:
        """A turn from before this session: learned from, not answered."""
        if speaker == "caller":
            self._choose_language(text)
            self._absorb(read(text, self.m))
        elif speaker == "agent":
            self.m.said = text
            self.m.asking = next((ask for words, ask in ASKED_WITH if words in text.lower()), None)
            self.m.question = text.rsplit(". ", 1)[-1] if text.rstrip().endswith("?") else ""
            if self.m.asking is Ask.MORE:
                self.agenda.talks = []  # whatever it was about was settled

    def stay(self) -> None:
        """The caller spoke before we hung up: the conversation goes on."""
        self.m.ended = self.goodbye_said = False
        self.m.asking = Ask.MORE

    def interrupted(self, heard: str) -> None:
        """The caller spoke over us and heard only this much: a yes to a question they never heard means nothing."""
        if self.m.question and not ends_within(heard, self.m.question):
            self.m.unheard_question = True

    def silence(self) -> list[Act]:
        """The caller has been quiet for a while after hearing us."""
        if self.m.ended or self.m.pending:
            return []
        self.silences += 1
        if self.silences == 1:
            return self._spoken([self.m.say("still_there"), Say(self.m.question)])
        if self.silences == 2:
            return self._spoken([self.m.say("still_here")])
        return self._spoken(self._goodbye(self.m.say("let_you_go"), "silence"))

    # -- things that come before everything else -----------------------------------------------------------------

    def _urgent(self, u: Understood) -> list[Act] | None:
        if u.says(Intent.SAFETY, at_least=0.6):
            return self._leave_with(SafetyTalk(self.m, "service", u.said))
        if u.says(Intent.WRONG_NUMBER) and not _wants_something_after(u):
            self.m.asking = None
            return self._goodbye(self.m.say("wrong_number", store=phrases.plain(self.facts.store, 80)), "wrong_number")
        if wants_person(u):
            key, complaint = key_for(self.m, u.transfer_to), u.says(Intent.COMPLAINT, at_least=0.7)
            filing = Filing("log_complaint", {"words": phrases.plain(u.said, 600)}) if complaint else None
            return self._person(key, f"Asked for a person: {u.said}", "of_course", filing)
        return None

    def _person(self, key: str, reason: str, first_words: str, filing: Filing | None = None) -> list[Act]:
        return self._leave_with(PersonTalk(self.m, key, phrases.plain(reason, 280), first_words, filing))

    def _leave_with(self, talk: PersonTalk) -> list[Act]:
        if any(isinstance(each, PersonTalk) and not each.done for each in self.agenda.talks):
            return self._advance() if not self.m.pending else [self.m.say("getting_person")]
        self.agenda.talks.insert(0, talk)
        return talk.advance()

    def _aside(self, u: Understood) -> list[Act] | None:
        """Small things that change nothing about where we are; the open question is asked again."""
        if u.says(Intent.ARE_YOU_A_ROBOT):
            return [self.m.say(_what_i_am(u.text)), *self._again()]
        if u.says(Intent.REPEAT) and not u.wanted and not u.needs:
            return [Say(self.m.said or self.m.question)]
        if u.says(Intent.HOLD_ON) and not u.wanted and not u.needs and not u.vehicles:
            return [self.m.say("take_time")]
        return None

    def _again(self) -> list[Act]:
        return [Say(self.m.question)] if self.m.question and self.m.asking is not None else []

    # -- what was said -------------------------------------------------------------------------------------------

    def _absorb(self, u: Understood) -> bool:
        about_caller = self.m.news = learn_caller(self.m, u, asked_before=bool(self.misses))
        opened = self.agenda.open(u)
        current = self.agenda.current()
        if u.says(Intent.HOURS) and not u.says(Intent.BOOK, Intent.MOVE):
            u = replace(u, whens=(), wanted=WantedTime())  # "until when on Saturday?" asks, it does not choose
        taken = [talk.absorb(u) for talk in self._taking(current)]
        if u.says(Intent.THANKS, Intent.GREETING) and self.m.asking in (None, Ask.HELP, Ask.MORE):
            about_caller = about_caller or not self.agenda.talks
        small = self._small(u)
        return about_caller or opened or any(taken) or small

    def _taking(self, current: Talk | None) -> list[Talk]:
        """Who listens: the talk in hand, and a booking under way, which may learn from words said meanwhile."""
        bookings = (talk for talk in self.agenda.talks if isinstance(talk, BookingTalk))
        return ([current] if current else []) + [talk for talk in bookings if not talk.done and talk is not current]

    def _small(self, u: Understood) -> bool:
        """Answers to "anything else?" and to an offer of help; nodding along."""
        if self.m.asking is Ask.BOOK_IT and u.answer is not None:
            if u.answer is Intent.YES:
                self.agenda.talks.append(self.agenda.new_booking(says_what=False))
            self.agenda.priced = ""
            return True
        if self.m.asking in (Ask.MORE, Ask.HELP, None):
            if wants_nothing_more(u):
                self.goodbye_said = True
                return True
            if u.answer is Intent.YES:
                self.m.asking = Ask.HELP
                return True
        if u.says(Intent.GOODBYE):
            self.goodbye_said = True
            if u.answer is not Intent.YES:
                # They are leaving: what is unfinished becomes a callback when the call is wrapped up.
                self.agenda.talks = [talk for talk in self.agenda.talks if talk.done]
            return True
        return False

    # -- what next -----------------------------------------------------------------------------------------------

    def _advance(self, said_something: bool = False) -> list[Act]:
        acts: list[Act] = []
        for _ in range(_LONGEST_TURN):
            talk = self.agenda.current()
            if talk is None:
                break
            more = talk.advance()
            acts += more
            if any(isinstance(act, CallTool) for act in more) or (more and not talk.done):
                return acts
        if self.m.ended:
            return acts
        if self.goodbye_said:
            return acts + self._goodbye(self.m.goodbye(), "done")
        if self.agenda.priced and self.m.asking is not Ask.BOOK_IT:
            self.helped = True
            return [*acts, self.m.ask(Ask.BOOK_IT, "book_it")]
        settled = (bool(acts) or said_something or self.helped) and not self.agenda.unasked
        self.helped = self.helped or settled
        self.agenda.unasked = False
        return [*acts, self.m.ask(Ask.MORE, "more") if settled else self.m.ask(Ask.HELP, "help")]

    def _goodbye(self, words: Say, reason: str) -> list[Act]:
        self.m.ended = True
        return [words, self.m.tool("end_call", {"reason": reason}, lambda _: [])]

    def _missed(self, u: Understood) -> list[Act]:
        """Not understood: say so and ask again another way; lost twice in a row, a person helps."""
        self.misses += 1
        if self.misses > _MISSES_ALLOWED:
            self.misses = 0
            lost = self.agenda.current()
            if lost is not None:
                lost.done = True  # it is the person's now
            return self._person(key_for(self.m, None), f"Could not be understood: {u.said}", "lost")
        question = self.m.question if self.m.asking is not None else self.m.phrase("help")
        key = HINTS.get(self.m.asking or Ask.HELP)
        hint = self.m.phrase(key) if key else ""
        asked_again = hint if hint.endswith("?") else f"{hint} {question}".strip()
        return [self.m.say("missed", question=asked_again)]

    def _digits(self, digits: str) -> list[Act]:
        self.silences = 0
        if digits in ("0", "00") and self.m.asking not in (Ask.PHONE, Ask.VIN):
            return self._spoken(self._person(key_for(self.m, None), "Pressed 0 for a person", "of_course"))
        return self.hear(" ".join(digits) if self.m.asking is Ask.PHONE else digits)

    def _spoken(self, acts: Sequence[Act]) -> list[Act]:
        """Remembers what was said last, for "could you repeat that"."""
        words = " ".join(act.text for act in acts if isinstance(act, Say) and act.text)
        if words and words not in (self.m.phrase("still_checking"), self.m.phrase("one_moment")):
            self.m.said = words
        return [act for act in acts if not isinstance(act, Say) or act.text]


def _what_i_am(question: str) -> str:
    """The honest answer fits the question: yes to a robot, no to a person, neither when both were asked."""
    person, robot = bool(_PERSON_ASKED.search(question)), bool(_ROBOT_ASKED.search(question))
    return "machine" if person and robot else "machine_no" if person else "machine_yes"


def _wants_something_after(u: Understood) -> bool:
    """ "Wrong number? Oh well, I need an oil change": not the Lube in the name of the store they meant."""
    told = next((found.text for found in u.intents if found.intent is Intent.WRONG_NUMBER), "")
    at = u.text.lower().find(told)
    return any(need.start > at for need in u.needs)


_PERSON_ASKED = re.compile(r"\b(?:person|human|real|somebody|someone|live)\b", re.IGNORECASE)
_ROBOT_ASKED = re.compile(
    r"\b(?:robot|bot|chatbot|computer|machine|a\.?i|automated|recording|artificial)\b", re.IGNORECASE
)
_SETTLES = frozenset({"booked", "moved", "cancelled", "promised"})


def _before_question(words: str) -> tuple[str, str]:
    """A greeting's words and the question it ends with."""
    at = max((found.end() for found in re.finditer(r"[.!]\s+", words)), default=0)
    return words[:at].strip(), words[at:]
