"""Records that may be one person, for whoever decides: what waits, one pair, and a decision that can be undone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from record import merging
from record.customer_views import named
from record.identity_models import MatchPair, Merge
from record.models import Customer

WAITING, JOINED, APART = "waiting", "joined", "apart"


class Decided(Exception):
    """Somebody decided on this pair already."""


@dataclass(frozen=True, slots=True)
class PairLine:
    """One waiting pair in a list."""

    id: str
    one: str
    other: str
    score: float
    reasons: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair whole. `merge_id` is the joining that can be taken back, if it was joined; `asked` says that the
    question still makes sense: none of the two was absorbed elsewhere meanwhile."""

    id: str
    one_id: str
    other_id: str
    score: float
    reasons: tuple[dict[str, Any], ...]
    state: str
    decided_by: str
    decided_at: datetime | None
    merge_id: str | None
    asked: bool


async def waiting(db: AsyncSession, limit: int = 50) -> list[PairLine]:
    """The likeliest first."""
    one, other = aliased(Customer), aliased(Customer)
    rows = await db.execute(
        _waiting(select(MatchPair, one, other), one, other).order_by(MatchPair.score.desc(), MatchPair.id).limit(limit)
    )
    return [
        PairLine(pair.id, named(first), named(second), pair.score, tuple(pair.reasons)) for pair, first, second in rows
    ]


async def how_many(db: AsyncSession) -> int:
    one, other = aliased(Customer), aliased(Customer)
    return await db.scalar(_waiting(select(func.count(MatchPair.id)), one, other)) or 0


async def pair(db: AsyncSession, pair_id: str) -> Pair | None:
    one, other = aliased(Customer), aliased(Customer)
    both = or_(
        and_(Merge.survivor_id == MatchPair.one_id, Merge.absorbed_id == MatchPair.other_id),
        and_(Merge.survivor_id == MatchPair.other_id, Merge.absorbed_id == MatchPair.one_id),
    )
    found = (
        await db.execute(
            select(MatchPair, one.merged_into_id, other.merged_into_id, Merge.id)
            .join(one, one.id == MatchPair.one_id)
            .join(other, other.id == MatchPair.other_id)
            .outerjoin(Merge, and_(both, Merge.undone_at.is_(None)))
            .where(MatchPair.id == pair_id)
        )
    ).first()
    if found is None:
        return None
    row, one_into, other_into, merge_id = found
    return Pair(
        row.id,
        row.one_id,
        row.other_id,
        row.score,
        tuple(row.reasons),
        row.state,
        row.decided_by,
        row.decided_at,
        merge_id,
        one_into is None and other_into is None,
    )


async def neighbours(db: AsyncSession, of: Pair) -> tuple[str | None, str | None]:
    """The waiting pairs before and after one, in the order of the list."""
    one, other = aliased(Customer), aliased(Customer)
    ids = _waiting(select(MatchPair.id), one, other).where(MatchPair.id != of.id).limit(1)
    above = or_(MatchPair.score > of.score, and_(MatchPair.score == of.score, MatchPair.id < of.id))
    below = or_(MatchPair.score < of.score, and_(MatchPair.score == of.score, MatchPair.id > of.id))
    before = await db.scalar(ids.where(above).order_by(MatchPair.score, MatchPair.id.desc()))
    after = await db.scalar(ids.where(below).order_by(MatchPair.score.desc(), MatchPair.id))
    return before, after


async def join(db: AsyncSession, pair_id: str, survivor_id: str, take: frozenset[str], by: str, now: datetime) -> str:
    """A person says it is one; the other record is absorbed with what they picked from it. Returns the merge's id.

    Raises Decided, or CannotJoin with the reason.
    """
    row = await _still_waiting(db, pair_id)
    if survivor_id not in (row.one_id, row.other_id):
        raise merging.CannotJoin("say which of the two records is kept")
    absorbed_id = row.other_id if survivor_id == row.one_id else row.one_id
    wanted = merging.Join(survivor_id, absorbed_id, tuple(row.reasons), take)
    return await merging.join(db, wanted, by, now)


async def keep_apart(db: AsyncSession, pair_id: str, by: str, now: datetime) -> None:
    """A person says it is two: nobody asks again, unless they do."""
    row = await _still_waiting(db, pair_id)
    row.state, row.decided_by, row.decided_at = APART, by, now


async def ask_again(db: AsyncSession, pair_id: str) -> None:
    """Two people after all? The pair waits once more; one that is joined is taken apart first."""
    row = await _locked(db, pair_id)
    if row is not None and row.state == APART:
        row.state, row.decided_by, row.decided_at = WAITING, "", None


async def _still_waiting(db: AsyncSession, pair_id: str) -> MatchPair:
    row = await _locked(db, pair_id)
    if row is None or row.state != WAITING:
        raise Decided
    return row


async def _locked(db: AsyncSession, pair_id: str) -> MatchPair | None:
    found: MatchPair | None = await db.scalar(select(MatchPair).where(MatchPair.id == pair_id).with_for_update())
    return found


def _waiting(query: Select[*tuple[Any, ...]], one: Any, other: Any) -> Select[*tuple[Any, ...]]:
    return (
        query.join(one, one.id == MatchPair.one_id)
        .join(other, other.id == MatchPair.other_id)
        .where(MatchPair.state == WAITING, one.merged_into_id.is_(None), other.merged_into_id.is_(None))
    )
