"""What another system says of somebody after their record was joined into another one.

It reaches the record that stands, and is noted as if the joined record had had it all along: undoing the join leaves
what would stand had nobody joined them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import upsert
from kit.ids import new_id
from record.identity_models import MergeMove
from record.merging import FIELDS, as_text, live_merges, merges_into, names_moved, noted_move
from record.models import ContactPoint, Customer


@dataclass(frozen=True)
class Link:
    """One join on the way from a name to the record that stands."""

    merge_id: str
    absorbed_id: str
    survivor_id: str


@dataclass(frozen=True)
class Place:
    """Where what is said under one name belongs: the record of that name, and the joins from there to `standing_id`.

    Without links the name is the standing record's own.
    """

    named_id: str
    standing_id: str
    links: tuple[Link, ...] = ()

    @property
    def records(self) -> tuple[str, ...]:
        return (self.named_id, *(link.survivor_id for link in self.links))


async def places(db: AsyncSession, refs: Mapping[str, str]) -> dict[str, Place]:
    """The place of each name (an ExternalRef id) by the record that stands for it; only where something was joined."""
    merges = await merges_into(db, set(refs.values()))
    if not merges:
        return {}
    parts = {merge.survivor_id for merge in merges}
    touched = {ref: standing for ref, standing in refs.items() if standing in parts}
    moved = await names_moved(db, touched, merges)
    found = {}
    for ref, standing in touched.items():
        by_start = {noted.was: Link(noted.merge_id, str(noted.was), str(noted.now)) for noted in moved.get(ref, ())}
        starts = set(by_start) - {link.survivor_id for link in by_start.values()}
        links, at = [], min((str(start) for start in starts), default=standing)
        named = at
        while (link := by_start.get(at)) is not None:
            links.append(link)
            at = link.survivor_id
        found[ref] = Place(named, standing, tuple(links))
    return found


async def tell_survivor(db: AsyncSession, link: Link, said: Mapping[str, Any]) -> None:
    """Values said under the absorbed record's name reach the survivor, and are noted."""
    survivor = await db.get_one(Customer, link.survivor_id)
    notes = await _field_notes(db, survivor.id)
    moves = []
    for field in FIELDS:
        was = as_text(getattr(survivor, field))
        if field not in said or as_text(said[field]) == was:
            continue
        mine = next((noted for noted in notes[field] if noted.merge_id == link.merge_id), None)
        stood = was
        if mine is not None and mine.now == was:
            stood = mine.was
        elif mine is not None:
            for later in notes[field]:
                if later.was == mine.now:
                    later.was = mine.was
        moves.append(noted_move(link.merge_id, "customer", survivor.id, field, stood, as_text(said[field])))
        setattr(survivor, field, said[field])
    await db.flush()
    now = datetime.now(UTC)
    rows = [{**move, "created_at": now} for move in moves]
    await upsert(db, MergeMove, ("merge_id", "table_name", "row_id", "column_name"), rows)


async def said_under_own_name(db: AsyncSession, customer_id: str, fields: Iterable[str]) -> None:
    """The standing record's own values now: no undoing takes them away."""
    wanted = set(fields)
    notes = await _field_notes(db, customer_id)
    await _forget(db, [noted.id for field, some in notes.items() if field in wanted for noted in some])


async def tell_points(db: AsyncSession, place: Place, points: Sequence[Mapping[str, Any]]) -> None:
    """Numbers and addresses of mail said under one name: known of the record that stands, and kept by whoever they are
    of. Each of `points` has kind, value and label."""
    merges = await merges_into(db, {place.standing_id})
    here = {
        (point.kind, point.value): point.id
        for point in await db.scalars(select(ContactPoint).where(ContactPoint.customer_id == place.standing_id))
    }
    notes: defaultdict[str, list[MergeMove]] = defaultdict(list)
    for noted in await db.scalars(
        select(MergeMove).where(
            MergeMove.merge_id.in_([merge.id for merge in merges]),
            MergeMove.table_name == "contact_point",
            MergeMove.row_id.in_(list(here.values())),
        )
    ):
        notes[noted.row_id].append(noted)
    for point in points:
        row_id = here.get((point["kind"], point["value"]))
        if row_id is None:
            await _new_point(db, place, point)
        elif place.links and {noted.merge_id for noted in notes[row_id]} != {link.merge_id for link in place.links}:
            await _keep_too(db, place.named_id, point)
        elif not place.links and notes[row_id]:
            origin = {noted.was for noted in notes[row_id]} - {noted.now for noted in notes[row_id]}
            await _forget(db, [noted.id for noted in notes[row_id]])
            await _keep_too(db, str(min(origin, key=str)), point)


async def _new_point(db: AsyncSession, place: Place, point: Mapping[str, Any]) -> None:
    row_id = new_id()
    db.add(ContactPoint(id=row_id, customer_id=place.standing_id, **point))
    moves = [
        noted_move(link.merge_id, "contact_point", row_id, "customer_id", link.absorbed_id, link.survivor_id)
        for link in place.links
    ]
    await db.flush()
    await upsert(db, MergeMove, ("merge_id", "table_name", "row_id", "column_name"), moves)


async def _keep_too(db: AsyncSession, customer_id: str, point: Mapping[str, Any]) -> None:
    """The absorbed record keeps its own of what the survivor has already."""
    row = {"customer_id": customer_id, **point}
    await upsert(db, ContactPoint, ("rooftop_id", "customer_id", "kind", "value"), [row])


async def _field_notes(db: AsyncSession, customer_id: str) -> defaultdict[str, list[MergeMove]]:
    notes: defaultdict[str, list[MergeMove]] = defaultdict(list)
    for noted in await db.scalars(
        select(MergeMove).where(
            MergeMove.merge_id.in_([merge.id for merge in await live_merges(db, customer_id)]),
            MergeMove.table_name == "customer",
            MergeMove.row_id == customer_id,
        )
    ):
        notes[noted.column_name].append(noted)
    return notes


async def _forget(db: AsyncSession, note_ids: Sequence[str]) -> None:
    await db.execute(delete(MergeMove).where(MergeMove.id.in_(note_ids)))
