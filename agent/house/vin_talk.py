"""The vehicle identification number: read out or keyed in, put together, read back, and left to a person if need be."""

from __future__ import annotations

from agent.house.acts import Act
from agent.house.memory import Ask, Memory, Talk
from agent.house.understanding import Intent, Understood, find_vin, make_and_year, mended

_LENGTH = 17
_TRIES = 2
_ENDING = 6  # the digits people find on their registration and can key in


class VinTalk(Talk):
    """Takes down one VIN; nothing is written down as one that was not read back and agreed to."""

    quick = True

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.heard = ""
        self.checks = False
        self.failed = 0
        self.again = False

    def absorb(self, u: Understood) -> bool:
        """Characters, more of them, or yes and no to the read-back."""
        if self.m.asking is Ask.VIN_OK and u.answer in (Intent.YES, Intent.NO):
            if u.answer is Intent.YES:
                self._settle()
            else:
                self._once_more()
            return True
        said = find_vin(u.text, asked=True)
        if said is None or (self.m.asking is not Ask.VIN and len(said.characters) != _LENGTH):
            if self.m.asking is Ask.VIN and u.answer is Intent.NO:
                self.failed = _TRIES
                return True
            return False
        if not self.heard and len(said.characters) == _ENDING and said.characters.isdigit():
            self.m.vin_ending, self.done = said.characters, True
            return True
        joined = self.heard + said.characters if len(said.characters) < _LENGTH else said.characters
        whole = mended(joined) if len(joined) == _LENGTH else None
        self.heard, self.checks = (whole.characters, whole.complete) if whole else (joined, False)
        if len(self.heard) >= _LENGTH and not self.checks:
            self._once_more()
        return True

    def advance(self) -> list[Act]:
        """Ask, ask for the rest, read back."""
        if self.done:
            return [self.m.say("vin_noted")]
        if self.failed >= _TRIES:
            self.done = True
            return [self.m.say("vin_skipped")]
        if self.checks:
            return [self.m.ask(Ask.VIN_OK, "have_vin", protected=True, vin=_spoken(self.heard))]
        if self.heard:
            return [self.m.ask(Ask.VIN, "vin_more", protected=True, vin=_spoken(self.heard))]
        return [self.m.ask(Ask.VIN, "vin_again" if self.failed else "ask_vin")]

    def _settle(self) -> None:
        self.done, self.m.vin = True, self.heard
        make, year = make_and_year(self.heard, self.m.now.year)
        if self.m.car.make in (None, make):
            self.m.car.make, self.m.car.year = make, self.m.car.year or year

    def _once_more(self) -> None:
        self.failed += 1
        self.heard, self.checks = "", False


def _spoken(characters: str) -> str:
    """Character by character, in threes."""
    return ", ".join(" ".join(characters[at : at + 3]) for at in range(0, len(characters), 3))
