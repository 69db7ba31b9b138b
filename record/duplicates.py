"""Finds one person's several records: joins the certain ones, lets the doubtful wait for a person.

A whole store is read page by page into an index of who shares what, compared, and settled in parts; a few new or
changed people are compared only with those near them. A decision that two records are apart is kept for good.
Comparing runs in a thread: calls may be going on in the same process.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database
from record import merging, people
from record.customers import survivors
from record.identity_models import MatchPair
from record.matching.blocking import PeopleIndex
from record.matching.compare import Likeness, Verdict, compare
from record.matching.rarity import Rarity
from record.matching.traits import Person, Traits, traits
from record.models import Customer

MACHINE = "lanekeeper"
_AT_ONCE = 500

Pair = tuple[str, str]


@dataclass(frozen=True)
class Settled:
    """What a look for duplicates came to."""

    compared: int
    joined: int
    waiting: int


@dataclass(frozen=True)
class WaitingPair:
    """Two records for a person to decide on, the likeliest first."""

    id: str
    one_id: str
    other_id: str
    score: float
    reasons: tuple[dict[str, Any], ...]


@dataclass
class Findings:
    """Pairs worth something, by verdict, and what it takes to join them safely."""

    index: PeopleIndex
    rarity: Rarity
    apart: set[Pair]
    compared: int = 0
    certain: dict[Pair, Likeness] = field(default_factory=dict)
    doubtful: dict[Pair, Likeness] = field(default_factory=dict)

    def take_in(self, page: Sequence[Person]) -> None:
        for one in map(traits, page):
            self.index.add(one)
            self.rarity.count([one])

    def weigh_everybody(self) -> None:
        for one, other in self.index.pairs():
            self.weigh(one, other)

    def weigh(self, one: Traits, other: Traits) -> None:
        pair = pair_of(one.id, other.id)
        if pair in self.apart:
            return
        self.compared += 1
        likeness = compare(one, other, self.rarity)
        if likeness.verdict is Verdict.SAME:
            self.certain[pair] = likeness
        elif likeness.verdict is Verdict.MAYBE:
            self.doubtful[pair] = likeness

    def joins(self) -> list[merging.Join]:
        """The certain pairs as groups around their oldest record. A group with two members that something speaks
        against (father and son, each certain to be the record between them) is left to a person."""
        groups: dict[str, set[str]] = {}
        for pair, likeness in sorted(self.certain.items(), key=lambda found: (-found[1].score, found[0])):
            mine, theirs = (groups.get(one, {one}) for one in pair)
            if mine is theirs:
                continue
            if any(self._against(one, other) for one in mine for other in theirs):
                self.doubtful[pair] = likeness
                continue
            together = mine | theirs
            groups |= dict.fromkeys(together, together)
        joins = []
        for group in {min(group): group for group in groups.values()}.values():
            survivor = min(group)
            joins += [
                merging.Join(survivor, absorbed, self._reasons(survivor, absorbed, group))
                for absorbed in sorted(group - {survivor})
            ]
        return sorted(joins, key=lambda each: (each.survivor_id, each.absorbed_id))

    def _against(self, one: str, other: str) -> bool:
        pair = pair_of(one, other)
        if pair in self.certain:
            return False
        return pair in self.apart or compare(self.index.people[one], self.index.people[other], self.rarity).against

    def _reasons(self, survivor: str, absorbed: str, group: set[str]) -> tuple[dict[str, Any], ...]:
        """Why the absorbed record belongs: its own likeness to the survivor, or to whoever ties it to the group."""
        for other in (survivor, *sorted(group)):
            likeness = self.certain.get(pair_of(other, absorbed))
            if likeness is not None:
                return likeness.as_rows()
        return ()


async def check_store(database: Database, rooftop_id: str, now: datetime) -> Settled:
    """Looks through a whole store, joins what is certain in parts of its own transaction, and stores what waits."""
    async with database.reading(rooftop_id) as db:
        found = await _look_through(db)
    await asyncio.to_thread(found.weigh_everybody)
    joins = await asyncio.to_thread(found.joins)
    for part in _by_survivor(joins):
        async with database.writing(rooftop_id) as db:
            await merging.join_many(db, await _still_possible(db, part), MACHINE, now)
    async with database.writing(rooftop_id) as db:
        await merging.gather(db)
        waiting = await _store_waiting(db, found, joins)
        await _forget_waiting(db, waiting)
    return Settled(found.compared, len(joins), len(waiting))


async def check_people(db: AsyncSession, customer_ids: Iterable[str], now: datetime) -> Settled:
    """The same for a few new or changed people, against everybody near them."""
    these = await people.people(db, (await survivors(db, customer_ids)).values())
    if not these:
        return Settled(0, 0, 0)
    near = await people.people_near(db, these)
    rarity = await people.rarity_of(db, [*these, *near])
    found = Findings(PeopleIndex(), rarity, await decided_apart(db))
    ids = [one.id for one in these]
    joins = await asyncio.to_thread(_weigh_these, found, [*these, *near], ids)
    await merging.join_many(db, joins, MACHINE, now) if joins else None
    waiting = await _store_waiting(db, found, joins)
    await _forget_waiting(db, waiting, ids)
    return Settled(found.compared, len(joins), len(waiting))


async def waiting_pairs(db: AsyncSession, limit: int = 50) -> list[WaitingPair]:
    """Pairs a person must decide on; one whose record was absorbed meanwhile is no question any more."""
    absorbed = select(Customer.id).where(Customer.merged_into_id.is_not(None))
    rows = await db.scalars(
        select(MatchPair)
        .where(MatchPair.state == "waiting", MatchPair.one_id.not_in(absorbed), MatchPair.other_id.not_in(absorbed))
        .order_by(MatchPair.score.desc(), MatchPair.id)
        .limit(limit)
    )
    return [WaitingPair(row.id, row.one_id, row.other_id, row.score, tuple(row.reasons)) for row in rows]


async def keep_apart(db: AsyncSession, pair_id: str, by: str, now: datetime) -> None:
    """A person says these are two people: nobody asks again."""
    row = await db.get(MatchPair, pair_id)
    if row is not None:
        row.state, row.decided_by, row.decided_at = "apart", by, now


def _weigh_these(found: Findings, everybody: Sequence[Person], ids: Sequence[str]) -> list[merging.Join]:
    for one in map(traits, everybody):
        found.index.add(one)
        found.rarity.count_holders(one)
    for one in (found.index.people[person_id] for person_id in ids):
        for other in found.index.near(one):
            found.weigh(one, other)
    return found.joins()


async def _look_through(db: AsyncSession) -> Findings:
    found = Findings(PeopleIndex(), Rarity(), await decided_apart(db))
    async for page in people.everyone(db):
        await asyncio.to_thread(found.take_in, page)
    return found


async def decided_apart(db: AsyncSession) -> set[Pair]:
    """Decisions that two records are two people, said of whoever those records stand for now."""
    rows = (await db.execute(select(MatchPair.one_id, MatchPair.other_id).where(MatchPair.state == "apart"))).all()
    standing = await survivors(db, {one for row in rows for one in row})
    return {pair_of(standing[one], standing[other]) for one, other in rows if one in standing and other in standing}


async def _still_possible(db: AsyncSession, joins: Sequence[merging.Join]) -> list[merging.Join]:
    """Joins whose records nobody joined or parted since they were looked at."""
    ids = {one for each in joins for one in (each.survivor_id, each.absorbed_id)}
    standing = await survivors(db, ids)
    apart = await decided_apart(db)
    return [
        each
        for each in joins
        if standing.get(each.survivor_id) == each.survivor_id
        and standing.get(each.absorbed_id) == each.absorbed_id
        and pair_of(each.survivor_id, each.absorbed_id) not in apart
    ]


async def _store_waiting(db: AsyncSession, found: Findings, joins: Sequence[merging.Join]) -> set[Pair]:
    """Stores the doubtful pairs, said of the records that stand after the joins."""
    into = {each.absorbed_id: each.survivor_id for each in joins}
    waiting: dict[Pair, Likeness] = {}
    for (one, other), likeness in found.doubtful.items():
        one, other = into.get(one, one), into.get(other, other)
        pair = pair_of(one, other)
        if one != other and (pair not in waiting or likeness.score > waiting[pair].score):
            waiting[pair] = likeness
    await add_waiting(db, waiting)
    return set(waiting)


async def add_waiting(db: AsyncSession, waiting: dict[Pair, Likeness]) -> None:
    pairs = sorted(waiting)
    for at in range(0, len(pairs), _AT_ONCE):
        part = pairs[at : at + _AT_ONCE]
        known = {
            (row.one_id, row.other_id): row
            for row in await db.scalars(
                select(MatchPair).where(
                    MatchPair.one_id.in_({one for one, _ in part}), MatchPair.other_id.in_({other for _, other in part})
                )
            )
        }
        for pair in part:
            likeness, row = waiting[pair], known.get(pair)
            if row is None:
                one, other = pair
                db.add(MatchPair(one_id=one, other_id=other, score=likeness.score, reasons=list(likeness.as_rows())))
            elif row.state == "waiting" and row.score != likeness.score:
                row.score, row.reasons = likeness.score, list(likeness.as_rows())
        await db.flush()


async def _forget_waiting(db: AsyncSession, still: set[Pair], of: Sequence[str] | None = None) -> None:
    """Questions that answered themselves (a number was corrected) are asked no more."""
    query = select(MatchPair.id, MatchPair.one_id, MatchPair.other_id).where(MatchPair.state == "waiting")
    if of is not None:
        query = query.where(or_(MatchPair.one_id.in_(of), MatchPair.other_id.in_(of)))
    gone = [pair_id for pair_id, one, other in await db.execute(query) if (one, other) not in still]
    for at in range(0, len(gone), _AT_ONCE):
        await db.execute(delete(MatchPair).where(MatchPair.id.in_(gone[at : at + _AT_ONCE])))


def _by_survivor(joins: Sequence[merging.Join]) -> list[list[merging.Join]]:
    """Parts that keep the joins of one survivor together."""
    parts: list[list[merging.Join]] = []
    for each in joins:
        if not parts or (len(parts[-1]) >= _AT_ONCE and parts[-1][-1].survivor_id != each.survivor_id):
            parts.append([])
        parts[-1].append(each)
    return parts


def pair_of(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)
