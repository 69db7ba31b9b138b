"""Which records are worth comparing: those that share a key, in time that grows with n log n; pure.

A key that more than a few dozen records share (a dealership's own number, a fleet's) is not compared all with all: its
records are put in order of name and each is compared with its neighbours.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator

from record.matching.names import sound
from record.matching.traits import Traits

BLOCK = 24
WINDOW = 6


def keys(one: Traits) -> list[str]:
    """Everything another record of the same person may have in common with this one."""
    found = [f"p{phone}" for phone in one.phones]
    found += [f"e{mail}" for mail in one.emails]
    found += [f"v{vin}" for vin in one.vins]
    first, last, zip5 = one.name.first, one.name.last, one.zip5
    house = one.home.number
    if one.is_business:
        return [*found, f"b{one.business[:12]}"] if one.business else found
    heard = sorted((sound(first), sound(last)))
    if first and last:
        found.append(f"n{heard[0]} {heard[1]} {zip5}")  # sorted, so that swapped names meet
        if one.born:
            found.append(f"m{heard[0]} {heard[1]} {one.born.year}")
    if one.born:
        found += [f"d{one.born:%Y%m%d} {start}" for start in {name[:2] for name in heard if name}]
        if house:
            found.append(f"h{one.born:%Y%m%d} {house}")
    if house and one.home.name:
        found.append(f"a{house} {one.home.name[0]} {zip5}")
        found.append(f"s{house} {sound(one.home.name.replace(' ', ''))} {(last or first)[:1]}")
    if zip5 and last:
        found.append(f"z{zip5} {sound(last)} {first[:1]}")
    return found


class PeopleIndex:
    """One store's records by key, in memory; about two kilobytes each."""

    def __init__(self) -> None:
        self.people: dict[str, Traits] = {}
        self._blocks: defaultdict[str, list[str]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self.people)

    def add(self, one: Traits) -> None:
        """Adds a record, or replaces what was known of it."""
        self.remove(one.id)
        self.people[one.id] = one
        for key in keys(one):
            block = self._blocks[key]
            if len(block) <= BLOCK:
                block.append(one.id)
                if len(block) > BLOCK:
                    block.sort(key=self._place)
            else:
                insort(block, one.id, key=self._place)

    def remove(self, person_id: str) -> None:
        known = self.people.get(person_id)
        if known is None:
            return
        for key in keys(known):
            self._blocks[key].remove(person_id)
        del self.people[person_id]

    def near(self, one: Traits) -> list[Traits]:
        """Every record that shares a key with this one, itself left out; of a crowd only the nearest by name."""
        found: dict[str, None] = {}
        for key in keys(one):
            block = self._blocks.get(key)
            if block is None:
                continue
            if len(block) > BLOCK:
                at = bisect_left(block, _order(one), key=self._place)
                block = block[max(0, at - WINDOW) : at + WINDOW + 1]
            found.update(dict.fromkeys(block))
        found.pop(one.id, None)
        return [self.people[person_id] for person_id in found]

    def pairs(self) -> Iterator[tuple[Traits, Traits]]:
        """Every two records worth comparing, once."""
        for one in self.people.values():
            for other in self.near(one):
                if one.id < other.id:
                    yield one, other

    def _place(self, person_id: str) -> tuple[str, str, str, str]:
        return _order(self.people[person_id])


def _order(one: Traits) -> tuple[str, str, str, str]:
    name = one.name
    return one.business or name.last, name.first, one.home.name, one.id
