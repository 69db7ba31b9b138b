"""Joins one record into another and takes it back: nothing lost, nothing invented.

Rows of the absorbed record move to the survivor, each noted as a MergeMove; the absorbed row stays and names the
survivor. Undoing walks the notes backwards. What was changed since keeps the change; what came since stays with the
survivor, unless it came under the absorbed record's name in another system (see `remember_arrivals`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import upsert
from record import outbox
from record.identity_models import ExternalRef, MatchPair, Merge, MergeMove
from record.models import Customer, OutboxEvent
from record.references import move, reference, references

CUSTOMERS_MERGED = "customers_merged"
MERGE_UNDONE = "merge_undone"

ADDRESS = ("street", "city", "region", "postal_code")
FIELDS = ("first_name", "middle_name", "last_name", "birth_date", "language", *ADDRESS)
_AT_ONCE = 500


class CannotJoin(Exception):
    """These two records cannot become one; the message says why."""


class CannotUndo(Exception):
    """This merge cannot be taken back now; the message says why."""


@dataclass(frozen=True)
class Join:
    """One record to be absorbed by another. `take` names fields a person picked from the absorbed one; the address is
    picked whole, by the name of any of its parts."""

    survivor_id: str
    absorbed_id: str
    reasons: tuple[dict[str, Any], ...] = ()
    take: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Arrival:
    """A row just filed for a customer, and the other system's name (an ExternalRef id) it came under."""

    table: str
    column: str
    row_id: str
    external_ref_id: str


async def join(db: AsyncSession, wanted: Join, by: str, now: datetime) -> str:
    """Joins two records as a person decided; returns the merge's id. Raises CannotJoin."""
    return (await join_many(db, [wanted], by, now, automatic=False))[0]


async def join_many(
    db: AsyncSession, wanted: Sequence[Join], by: str, now: datetime, *, automatic: bool = True
) -> list[str]:
    """Joins many at once, set by set. No record may be both survivor and absorbed, or absorbed twice."""
    people = await _locked(db, {one for each in wanted for one in (each.survivor_id, each.absorbed_id)})
    for each in wanted:
        _check(each, people)
    absorbed = [each.absorbed_id for each in wanted]
    if len(set(absorbed)) < len(absorbed) or {each.survivor_id for each in wanted} & set(absorbed):
        raise CannotJoin("a record can be absorbed only once, and not by one that is absorbed itself")
    merges = [
        Merge(
            survivor_id=each.survivor_id,
            absorbed_id=each.absorbed_id,
            reasons=list(each.reasons),
            automatic=automatic,
            merged_by=by,
            created_at=now,
        )
        for each in wanted
    ]
    db.add_all(merges)
    await db.flush()
    moves = []
    for each, merge in zip(wanted, merges, strict=True):
        survivor, gone = people[each.survivor_id], people[each.absorbed_id]
        moves += _choose_fields(merge.id, survivor, gone, each.take)
        gone.merged_into_id = survivor.id
    await db.flush()
    await _note(db, moves)
    await _move_rows(db, merges)
    await _decide_pairs(db, [(each.survivor_id, each.absorbed_id) for each in wanted], "joined", by, now)
    db.add_all(_event(CUSTOMERS_MERGED, merge, now) for merge in merges)
    await db.flush()
    return [merge.id for merge in merges]


async def undo(db: AsyncSession, merge_id: str, by: str, now: datetime) -> None:
    """Takes one merge back. The two are then known to be apart and are not joined again by themselves."""
    merge = await db.get(Merge, merge_id, with_for_update=True)
    if merge is None:
        raise CannotUndo("there is no such merge")
    if merge.undone_at is not None:
        raise CannotUndo("this merge was taken back already")
    people = await _locked(db, {merge.survivor_id, merge.absorbed_id})
    survivor, absorbed = people[merge.survivor_id], people[merge.absorbed_id]
    if survivor.merged_into_id is not None:
        raise CannotUndo("the joined record was itself joined into another one later; take that merge back first")
    moves = list(await db.scalars(select(MergeMove).where(MergeMove.merge_id == merge.id)))
    blanked = await _restore_fields(db, merge, survivor, [one for one in moves if one.table_name == "customer"])
    absorbed.merged_into_id = None
    merge.undone_at, merge.undone_by = now, by
    await db.flush()
    await _restore_rows(db, merge, [one for one in moves if one.table_name != "customer"])
    await _decide_pairs(db, [(survivor.id, absorbed.id)], "apart", by, now)
    await _settle_others(db, survivor, blanked)
    db.add(_event(MERGE_UNDONE, merge, now))
    await db.flush()


async def gather(db: AsyncSession) -> int:
    """Moves rows that still reached an absorbed record (filed while it was being joined); how many there were."""
    return await _move_rows(db, await live_merges(db))


async def remember_arrivals(db: AsyncSession, arrivals: Sequence[Arrival]) -> None:
    """Notes rows that came under an absorbed record's name in another system, so that undoing gives them back to it.

    A row is given back to the name it came under last: what was noted of it for others is forgotten.
    """
    refs: dict[str, str] = {}
    for part in _parts(sorted({one.external_ref_id for one in arrivals})):
        found = await db.execute(select(ExternalRef.id, ExternalRef.row_id).where(ExternalRef.id.in_(part)))
        refs |= {ref: row for ref, row in found}
    merges = await merges_into(db, set(refs.values()))
    if not merges:
        return
    moved = await names_moved(db, refs, merges)
    columns: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in arrivals:
        columns[one.table, one.column].append(one.row_id)
    for (table, column), rows in columns.items():
        for part in _parts(sorted(set(rows))):
            await db.execute(
                delete(MergeMove).where(
                    MergeMove.merge_id.in_([merge.id for merge in merges]),
                    MergeMove.table_name == table,
                    MergeMove.row_id.in_(part),
                    MergeMove.column_name == column,
                )
            )
    rows_noted = [
        noted_move(noted.merge_id, one.table, one.row_id, one.column, noted.was, noted.now)
        for one in arrivals
        for noted in moved.get(one.external_ref_id, ())
    ]
    await _note(db, rows_noted)


async def names_moved(db: AsyncSession, refs: Iterable[str], merges: Sequence[Merge]) -> dict[str, list[MergeMove]]:
    """For each name (an ExternalRef id) that came with an absorbed record, the notes of its way to the survivor."""
    moved: dict[str, list[MergeMove]] = defaultdict(list)
    for part in _parts(sorted(refs)):
        for noted in await db.scalars(
            select(MergeMove).where(
                MergeMove.merge_id.in_([merge.id for merge in merges]),
                MergeMove.table_name == "external_ref",
                MergeMove.row_id.in_(part),
            )
        ):
            moved[noted.row_id].append(noted)
    return moved


async def merges_into(db: AsyncSession, customer_ids: Iterable[str]) -> list[Merge]:
    """The merges those records are made of, and those of the records they absorbed."""
    if await db.scalar(select(Merge.id).where(Merge.undone_at.is_(None)).limit(1)) is None:
        return []
    found: list[Merge] = []
    wanted = sorted(set(customer_ids))
    while wanted:
        some: list[Merge] = []
        for part in _parts(wanted):
            some += await db.scalars(select(Merge).where(Merge.survivor_id.in_(part), Merge.undone_at.is_(None)))
        found += some
        wanted = sorted({merge.absorbed_id for merge in some})
    return found


def _check(wanted: Join, people: Mapping[str, Customer]) -> None:
    survivor, absorbed = people.get(wanted.survivor_id), people.get(wanted.absorbed_id)
    if survivor is None or absorbed is None:
        raise CannotJoin("this store has no such record")
    if survivor.id == absorbed.id:
        raise CannotJoin("a record cannot be joined into itself")
    for one in (survivor, absorbed):
        if one.merged_into_id is not None:
            raise CannotJoin(f"{one.first_name} {one.last_name}".strip() + " was already joined into another record")
    unknown = wanted.take - set(FIELDS)
    if unknown:
        raise CannotJoin(f"no such field: {', '.join(sorted(unknown))}")


def _choose_fields(
    merge_id: str, survivor: Customer, absorbed: Customer, take: frozenset[str], among: Iterable[str] = FIELDS
) -> list[dict[str, Any]]:
    """The survivor's values stay; blanks are filled and picked fields taken. An address goes whole or not at all."""
    taken = {field for field in FIELDS if field not in ADDRESS and (field in take or not getattr(survivor, field))}
    same_place = not survivor.postal_code or survivor.postal_code == absorbed.postal_code
    if take & set(ADDRESS) or (not survivor.street and same_place and absorbed.street):
        taken |= set(ADDRESS)
    taken &= set(among)
    moves = []
    for field in FIELDS:
        was, now = getattr(survivor, field), getattr(absorbed, field)
        if field in taken and was != now and (now or field in take or field in ADDRESS):
            moves.append(noted_move(merge_id, "customer", survivor.id, field, as_text(was), as_text(now)))
            setattr(survivor, field, now)
    return moves


async def _restore_fields(db: AsyncSession, merge: Merge, survivor: Customer, moves: Sequence[MergeMove]) -> set[str]:
    """Puts back values nobody changed since; returns the fields put back. Where a later merge noted ours as what stood
    there, its note is mended instead."""
    if not moves:
        return set()
    others = list(
        await db.scalars(
            select(MergeMove)
            .join(Merge, Merge.id == MergeMove.merge_id)
            .where(
                MergeMove.table_name == "customer",
                MergeMove.row_id == survivor.id,
                Merge.undone_at.is_(None),
                Merge.id != merge.id,
            )
            .order_by(MergeMove.created_at.desc())
        )
    )
    address_changed = any(
        as_text(getattr(survivor, noted.column_name)) != noted.now for noted in moves if noted.column_name in ADDRESS
    )
    restored = set()
    for noted in moves:
        field = noted.column_name
        later = [
            other
            for other in others
            if (other.column_name, other.was) == (field, noted.now) and other.created_at > noted.created_at
        ]
        if later:
            later[-1].was = noted.was
        elif as_text(getattr(survivor, field)) == noted.now and not (field in ADDRESS and address_changed):
            setattr(survivor, field, _value(field, noted.was))
            restored.add(field)
    return restored


async def _restore_rows(db: AsyncSession, merge: Merge, moves: Sequence[MergeMove]) -> None:
    columns: dict[tuple[str, str], list[str]] = defaultdict(list)
    for noted in moves:
        columns[noted.table_name, noted.column_name].append(noted.row_id)
    for (table, column), rows in columns.items():
        found = reference(table, column)
        if found is None:
            raise CannotUndo(f"rows were moved in {table}.{column}, which this program no longer knows")
        await move(db, found, {merge.survivor_id: merge.absorbed_id}, rows)


async def _settle_others(db: AsyncSession, survivor: Customer, restored: set[str]) -> None:
    """What other merges left aside because of the one taken back (the same telephone, a field filled already) is
    settled anew."""
    others = await live_merges(db, survivor.id)
    gone = await _locked(db, {merge.absorbed_id for merge in others})
    for merge in others:
        moves = _choose_fields(merge.id, survivor, gone[merge.absorbed_id], frozenset(), among=restored)
        await db.flush()
        await _note(db, moves)
    await _move_rows(db, others)


async def _move_rows(db: AsyncSession, merges: Sequence[Merge]) -> int:
    """Moves all rows of the absorbed to their survivors, once more for every further link of a chain."""
    ids = {merge.absorbed_id: merge.id for merge in merges}
    to = {merge.absorbed_id: merge.survivor_id for merge in merges}
    total = 0
    for found in references() if merges else ():
        moved = await move(db, found, to)
        while moved:
            total += len(moved)
            noted = [noted_move(ids[one.was], found.name, one.row_id, found.column, one.was, one.now) for one in moved]
            await _note(db, noted)
            onward = {one.row_id: one.now for one in moved if one.now in to}
            moved = await move(db, found, to, list(onward)) if onward else []
    return total


async def live_merges(db: AsyncSession, survivor_id: str | None = None) -> list[Merge]:
    query = select(Merge).where(Merge.undone_at.is_(None)).order_by(Merge.id)
    if survivor_id is not None:
        query = query.where(Merge.survivor_id == survivor_id)
    return list(await db.scalars(query))


async def _locked(db: AsyncSession, ids: Iterable[str]) -> dict[str, Customer]:
    """Those customers, held until the transaction ends, always in the same order."""
    found: dict[str, Customer] = {}
    for part in _parts(sorted(ids)):
        query = select(Customer).where(Customer.id.in_(part)).order_by(Customer.id)
        rows = await db.scalars(query.with_for_update().execution_options(populate_existing=True))
        found |= {row.id: row for row in rows}
    return found


async def _decide_pairs(db: AsyncSession, pairs: Sequence[tuple[str, str]], state: str, by: str, now: datetime) -> None:
    """Stores the decision on each two records; a waiting pair keeps its score and reasons."""
    for part in [pairs[at : at + _AT_ONCE] for at in range(0, len(pairs), _AT_ONCE)]:
        wanted = {(min(pair), max(pair)) for pair in part}
        known = select(MatchPair.one_id, MatchPair.other_id, MatchPair.id).where(
            MatchPair.one_id.in_({one for one, _ in wanted}), MatchPair.other_id.in_({other for _, other in wanted})
        )
        found = {(one, other): pair_id for one, other, pair_id in await db.execute(known)}
        decided = [pair_id for pair, pair_id in found.items() if pair in wanted]
        await db.execute(
            update(MatchPair).where(MatchPair.id.in_(decided)).values(state=state, decided_by=by, decided_at=now)
        )
        db.add_all(
            MatchPair(one_id=one, other_id=other, score=1.0, state=state, decided_by=by, decided_at=now)
            for one, other in sorted(wanted - set(found))
        )
    await db.flush()


def _event(kind: str, merge: Merge, now: datetime) -> OutboxEvent:
    payload = {
        "merge_id": merge.id,
        "survivor_id": merge.survivor_id,
        "absorbed_id": merge.absorbed_id,
        "automatic": merge.automatic,
    }
    return outbox.event(merge.rooftop_id, kind, f"{kind}:{merge.id}", payload, due_at=now)


def noted_move(merge_id: str, table: str, row_id: str, column: str, was: str | None, now: str | None) -> dict[str, Any]:
    return {
        "merge_id": merge_id,
        "table_name": table,
        "row_id": row_id,
        "column_name": column,
        "was": was,
        "now": now,
    }


async def _note(db: AsyncSession, moves: list[dict[str, Any]]) -> None:
    await upsert(db, MergeMove, ("merge_id", "table_name", "row_id", "column_name"), moves)


def as_text(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


def _value(field: str, text: str | None) -> str | date | None:
    return date.fromisoformat(text) if field == "birth_date" and text else text


def _parts(values: list[str]) -> list[list[str]]:
    return [values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE)]
