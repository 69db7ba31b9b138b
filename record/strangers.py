"""Finds who the people of a store file are among those on record, before they get a record of their own.

A few are held against those near them, looked up by what they have in common; for thousands the whole store is read
into an index once. Both decide the same.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from record import people
from record.customers import survivors
from record.duplicates import Pair, add_waiting, decided_apart, pair_of
from record.matching.blocking import PeopleIndex
from record.matching.compare import Likeness, Verdict, compare
from record.matching.rarity import Rarity
from record.matching.traits import Person, Traits, traits


class Proposed(Protocol):
    """Somebody a store file names who has no record yet; `id` is the record they get if they are nobody we know."""

    @property
    def id(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def middle_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def is_business(self) -> bool: ...
    @property
    def phones(self) -> tuple[str, ...]: ...
    @property
    def emails(self) -> tuple[str, ...]: ...
    @property
    def street(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def postal_code(self) -> str: ...
    @property
    def birth_date(self) -> date | None: ...


@dataclass
class _Known:
    """One store's people in memory: everybody as of the last id read, or only those near somebody asked about."""

    rooftop_id: str
    index: PeopleIndex = field(default_factory=PeopleIndex)
    rarity: Rarity = field(default_factory=Rarity)
    last_id: str = ""
    nearby_only: bool = True

    def come_near(self, near: Sequence[Person]) -> None:
        """Takes in people whose names are counted with the whole store's."""
        for one in map(traits, near):
            if one.id not in self.index.people:
                self.rarity.count_holders(one)
            self.index.add(one)

    def take_in(self, page: Sequence[Person]) -> None:
        for one in map(traits, page):
            if one.id not in self.index.people:
                self.rarity.count([one])
            self.index.add(one)
        self.last_id = page[-1].id


class PeopleMatcher:
    """Who the people of a store file are. A few strangers are held against those near them; an importer that brings
    thousands keeps one store's people in memory, and decides the same."""

    worth = 400
    """Looking up those near one stranger costs about as much as reading this many people of the store."""

    def __init__(self) -> None:
        self._known = _Known("")
        self._asked = 0
        self._doubts: dict[str, dict[str, Likeness]] = {}

    async def find(self, db: AsyncSession, people: Sequence[Proposed]) -> list[str | None]:
        """For each the customer they certainly are: one on record, or one before them in `people`; else None."""
        known = await self._up_to_date(db, people)
        apart = await decided_apart(db)
        found = await asyncio.to_thread(self._match_all, known, people, apart)
        here = {one.id for one in people}
        standing = await survivors(db, {one for one in found if one and one not in here})
        return [one if one is None or one in here else standing.get(one) for one in found]

    async def added(self, db: AsyncSession, people: Sequence[Proposed]) -> None:
        """These became customers: what they might be the same as waits for a person."""
        pairs: dict[Pair, Likeness] = {}
        for one in people:
            for other, likeness in self._doubts.pop(one.id, {}).items():
                pairs[pair_of(one.id, other)] = likeness
        standing = await survivors(db, {one for pair in pairs for one in pair})
        await add_waiting(db, {pair: found for pair, found in pairs.items() if all(one in standing for one in pair)})

    async def _up_to_date(self, db: AsyncSession, proposed: Sequence[Proposed]) -> _Known:
        rooftop = str(db.info["rooftop_id"])
        if self._known.rooftop_id != rooftop:
            self._known, self._asked = _Known(rooftop), 0
        self._asked += len(proposed)
        if self._known.nearby_only and self._asked * self.worth <= await people.how_many(db):
            await self._come_near(db, self._known, proposed)
            return self._known
        if self._known.nearby_only:
            self._known = _Known(rooftop, nearby_only=False)
        known = self._known
        async for page in people.everyone(db, after=known.last_id):
            await asyncio.to_thread(known.take_in, page)
        return known

    async def _come_near(self, db: AsyncSession, known: _Known, proposed: Sequence[Proposed]) -> None:
        near = await people.people_near(db, [_person_of(one) for one in proposed])
        await asyncio.to_thread(known.come_near, near)
        if not known.rarity.people:
            names = await people.how_common(db)
            known.rarity = replace(names, holders=known.rarity.holders)

    def _match_all(self, known: _Known, proposed: Sequence[Proposed], apart: set[Pair]) -> list[str | None]:
        self._doubts = {}
        found: list[str | None] = []
        for one in map(traits, map(_person_of, proposed)):
            known.rarity.count([one])
            found.append(self._match(known, one, apart))
            if found[-1] is None:
                known.index.add(one)
        return found

    def _match(self, known: _Known, one: Traits, apart: set[Pair]) -> str | None:
        certain: list[tuple[float, str]] = []
        doubts: dict[str, Likeness] = {}
        for other in known.index.near(one):
            likeness = compare(one, other, known.rarity)
            if likeness.verdict is Verdict.SAME:
                certain.append((likeness.score, other.id))
                doubts[other.id] = likeness
            elif likeness.verdict is Verdict.MAYBE:
                doubts[other.id] = likeness
        best = max(certain)[1] if certain else None
        if best is not None and all(self._alike(known, best, other, apart) for _, other in certain):
            return best
        # Certain to be two people who are not one: somebody must look.
        self._doubts[one.id] = doubts
        return None

    def _alike(self, known: _Known, one: str, other: str, apart: set[Pair]) -> bool:
        if one == other:
            return True
        people_known = known.index.people
        return (
            pair_of(one, other) not in apart
            and not compare(people_known[one], people_known[other], known.rarity).against
        )


def _person_of(one: Proposed) -> Person:
    return Person(
        one.id,
        one.first_name,
        one.last_name,
        one.middle_name,
        one.is_business,
        one.street,
        one.city,
        one.postal_code,
        one.birth_date,
        one.phones,
        one.emails,
    )
