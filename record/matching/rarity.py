"""How common a name or number is at this store: what many share proves little; pure."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from record.matching.traits import Traits

_CROWD = 8  # more people than a family behind one number or address: a switchboard, a fleet, a block of flats


@dataclass
class Rarity:
    """Counts over one store's people. An empty one takes every name for a middling one."""

    people: int = 0
    firsts: Counter[str] = field(default_factory=Counter)
    lasts: Counter[str] = field(default_factory=Counter)
    holders: Counter[str] = field(default_factory=Counter)

    def count(self, everyone: Iterable[Traits]) -> None:
        for one in everyone:
            self.people += 1
            self.firsts[one.name.first] += 1
            self.lasts[one.name.last] += 1
            self.count_holders(one)

    def count_holders(self, one: Traits) -> None:
        """Counts only who shares what, where names are counted elsewhere."""
        for values in (one.phones, one.emails, one.vins):
            self.holders.update(values)
        if one.home.number:
            self.holders[house(one)] += 1

    def first(self, name: str) -> float:
        """Bits of evidence in sharing this first name: 4 for the commonest, 10 for one nobody else has."""
        return _bits(self.firsts.get(name, 0), self.people, low=4.0, middling=6.5, high=10.0)

    def last(self, name: str) -> float:
        return _bits(self.lasts.get(name, 0), self.people, low=5.0, middling=9.0, high=13.0)

    def shared(self, value: str, bits: float) -> float:
        """What sharing a number, address or car is worth, less with every further holder, nothing for a crowd's."""
        holders = self.holders.get(value, 2)
        return 0.0 if holders > _CROWD else bits - math.log2(max(holders, 2) / 2)

    def only_these_two(self, value: str) -> bool:
        """Whether nobody but the two records compared has this number or lives in this house."""
        return self.holders.get(value, 2) <= 2

    def nobody_elses(self, name: str) -> bool:
        """Whether a first name is this record's alone, as slips of the pen are."""
        return self.firsts.get(name, 0) <= 1


def house(one: Traits) -> str:
    """A house as a value that people can share."""
    return f"{one.home.number} {one.home.name} {one.home.unit} {one.zip5}"


def _bits(count: int, people: int, low: float, middling: float, high: float) -> float:
    if people < 200 or count == 0:
        return middling
    return min(high, max(low, math.log2(people / count)))
