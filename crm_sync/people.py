"""Customer blocks into the record: known by number, else matched, else new; only what a file changes is changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk
from crm_sync.conflicts import CHANNELS_BLOCKED, applied, filled
from crm_sync.ports import ProposedPerson
from crm_sync.rows import PersonSeen, Said
from crm_sync.telling import Telling, remember, tellings
from kit.ids import new_id
from record.arrivals import Place, places, said_under_own_name, tell_points, tell_survivor
from record.contact_models import ConsentEntry
from record.identity_models import ExternalRef
from record.merging import merges_into
from record.models import ContactPoint, Customer
from record.strangers import PeopleMatcher

FEED = "customer"
DMS = "dms"


@dataclass(frozen=True, slots=True)
class Named:
    """Customer ids by key; of those whose record was joined with another, the name's own id and its place."""

    ids: dict[str, str]
    refs: dict[str, str]
    places: dict[str, Place]


async def settle(db: AsyncSession, seen: Sequence[PersonSeen], matcher: PeopleMatcher, run_id: str) -> Named:
    """Who the blocks are about, with everything they say in the record."""
    ids = await customer_ids(db, {one.key for one in seen})
    told = await tellings(db, FEED, seen)
    strangers = [one for one in told if one.key not in ids]
    made = await _introduced(db, strangers, matcher)
    ids |= made.ids
    named = await _named(db, ids)
    known = [one for one in told if one.key not in made.new]
    await _change_known(db, [one for one in known if one.key not in named.places], ids)
    await _change_joined(db, [one for one in known if one.key in named.places], named)
    await _retire(db, [(ids[one.key], one) for one in known if one.news and not one.first])
    await remember(db, FEED, told, run_id)
    await _block(db, seen, ids)
    return named


async def _named(db: AsyncSession, ids: dict[str, str]) -> Named:
    """Which of the names are of records that were joined; on most nights none is."""
    joined = {merge.survivor_id for merge in await merges_into(db, set(ids.values()))}
    if not joined:
        return Named(ids, {}, {})
    theirs = [key for key, customer_id in ids.items() if customer_id in joined]
    rows = await bulk.found(db, ExternalRef, ("id", "external_id"), "external_id", theirs, system=DMS, kind="customer")
    refs = {row.external_id: row.id for row in rows}
    found = await places(db, {ref: ids[key] for key, ref in refs.items()})
    return Named(ids, refs, {key: found[ref] for key, ref in refs.items() if ref in found})


async def customer_ids(db: AsyncSession, keys: Collection[str]) -> dict[str, str]:
    """The customers behind numbers of the store's system; a record that was joined to another is that other."""
    refs = await bulk.found(
        db, ExternalRef, ("external_id", "row_id"), "external_id", keys, system=DMS, kind="customer"
    )
    ids = {ref.external_id: ref.row_id for ref in refs}
    joined = select(Customer.id).where(Customer.merged_into_id.is_not(None)).limit(1)
    while ids and await db.scalar(joined) is not None:
        rows = await bulk.found(db, Customer, ("id", "merged_into_id"), "id", set(ids.values()))
        into = {row.id: row.merged_into_id for row in rows if row.merged_into_id}
        if not into:
            break
        ids = {key: into.get(customer_id, customer_id) for key, customer_id in ids.items()}
    return ids


@dataclass(frozen=True, slots=True)
class _Introduced:
    """Customer ids of those who had none, and which of them are new."""

    ids: dict[str, str]
    new: set[str]


async def _introduced(db: AsyncSession, strangers: Sequence[Telling], matcher: PeopleMatcher) -> _Introduced:
    people = [_proposed(one.said) for one in strangers]
    found = await matcher.find(db, people) if people else []
    ids = {one.key: known or person.id for one, person, known in zip(strangers, people, found, strict=True)}
    new = [(one, person) for one, person, known in zip(strangers, people, found, strict=True) if known is None]
    await bulk.add(
        db,
        Customer,
        [{"id": person.id, "first_name": "", "last_name": "", **_columns(one.said)} for one, person in new],
    )
    await bulk.add_missing(db, ContactPoint, [row for one, person in new for row in _points(person.id, one.said)])
    await bulk.add(
        db,
        ExternalRef,
        [{"system": DMS, "kind": "customer", "external_id": key, "row_id": row} for key, row in ids.items()],
    )
    if new:
        await matcher.added(db, [person for _, person in new])
    return _Introduced(ids, {one.key for one, _ in new})


async def _change_known(db: AsyncSession, told: Sequence[Telling], ids: dict[str, str]) -> None:
    """News of people on record: a block told for the first time fills blanks, a later one changes what it changes."""
    news = [one for one in told if one.news]
    first = {ids[one.key] for one in news if one.first}
    ours = {row.id: row for row in await bulk.found(db, Customer, ("id", *_PLAIN, "birth_date"), "id", first)}
    changes: dict[str, dict[str, Any]] = {}
    for one in news:
        customer_id = ids[one.key]
        said = applied(one.news)
        if one.first and customer_id in ours:
            row = ours[customer_id]
            said = filled(said, {name: str(getattr(row, name) or "") for name in (*_PLAIN, "birth_date")})
        columns = _columns(said)
        if columns:
            changes.setdefault(customer_id, {"id": customer_id}).update(columns)
    await bulk.change(db, Customer, list(changes.values()))
    await bulk.add_missing(db, ContactPoint, [row for one in news for row in _points(ids[one.key], one.news)])


async def _change_joined(db: AsyncSession, told: Sequence[Telling], named: Named) -> None:
    """News of people whose record was joined with another: each record of theirs says what its own name says of it."""
    for one in told:
        place, said = named.places[one.key], applied(one.news)
        for at, customer_id in enumerate(place.records):
            row = await db.get_one(Customer, customer_id)
            ours = {name: str(getattr(row, name) or "") for name in (*_PLAIN, "birth_date")}
            columns = _columns(filled(said, ours) if one.first else said)
            if at:
                await tell_survivor(db, place.links[at - 1], columns)
                continue
            for name, value in columns.items():
                setattr(row, name, value)
            await said_under_own_name(db, customer_id, columns)
        points = [{name: row[name] for name in ("kind", "value", "label")} for row in _points("", one.news)]
        await tell_points(db, place, points)
    await db.flush()


async def _retire(db: AsyncSession, news: Sequence[tuple[str, Telling]]) -> None:
    """Numbers a file no longer names are kept, marked old: a caller may still use one, nobody should be sent to it."""
    news = [(customer_id, one) for customer_id, one in news if any(name.startswith(_REACHED) for name in one.news)]
    dropped = {(customer_id, value) for customer_id, one in news for value in one.dropped}
    labels = {
        (customer_id, value): name.partition(":")[2] if name.startswith("phone:") else ""
        for customer_id, one in news
        for name, value in one.said.items()
        if name.startswith(_REACHED) and value
    }
    told = {customer_id for customer_id, _ in (*dropped, *labels)}
    points = await bulk.found(db, ContactPoint, ("id", "customer_id", "kind", "value", "label"), "customer_id", told)
    changes = []
    for point in points:
        which = (point.customer_id, point.value)
        label = "old" if which in dropped and which not in labels else labels.get(which, point.label)
        # A number without a label came from the customer, not from a file.
        if label != point.label and (which in labels or point.label or point.kind == "email"):
            changes.append({"id": point.id, "label": label})
    await bulk.change(db, ContactPoint, changes)


async def _block(db: AsyncSession, seen: Sequence[PersonSeen], ids: dict[str, str]) -> None:
    """Flags of a store system, each once, for good: taking the flag away there opens nothing here."""
    entries: dict[str, dict[str, Any]] = {}
    for one in seen:
        for flag in one.blocks:
            for channel, scope in CHANNELS_BLOCKED[flag]:
                key = f"{DMS}:{one.key}:{flag}:{channel}"[:160]
                entries[key] = {
                    "entry_key": key,
                    "customer_id": ids[one.key],
                    "kind": "block",
                    "channel": channel,
                    "scope": scope,
                    "source": f"{DMS} {flag}",
                    "at": one.spoken_at,
                }
    await bulk.add_missing(db, ConsentEntry, list(entries.values()))


_REACHED = ("phone:", "email:")
_PLAIN = (
    "first_name",
    "middle_name",
    "last_name",
    "is_business",
    "street",
    "city",
    "region",
    "postal_code",
    "language",
)


def _columns(said: Said) -> dict[str, Any]:
    columns: dict[str, Any] = {name: said[name] for name in _PLAIN if name in said}
    if "is_business" in columns:
        columns["is_business"] = bool(columns["is_business"])
    if "postal_code" in columns:
        columns["postal_code"] = columns["postal_code"] or None
    if "language" in columns:
        columns["language"] = columns["language"] or "en"
    if "birth_date" in said:
        columns["birth_date"] = date.fromisoformat(said["birth_date"]) if said["birth_date"] else None
    return columns


def _points(customer_id: str, said: Said) -> list[dict[str, Any]]:
    points: dict[str, dict[str, Any]] = {}
    for name, value in said.items():
        kind, _, label = name.partition(":")
        if kind in ("phone", "email") and value:
            points.setdefault(
                value,
                {
                    "customer_id": customer_id,
                    "kind": kind,
                    "value": value,
                    "label": label if kind == "phone" else "",
                },
            )
    return list(points.values())


def _proposed(said: Said) -> ProposedPerson:
    def every(kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for name, value in said.items() if name.startswith(kind) and value))

    born = said.get("birth_date")
    return ProposedPerson(
        id=new_id(),
        first_name=said.get("first_name", ""),
        middle_name=said.get("middle_name", ""),
        last_name=said.get("last_name", ""),
        is_business=bool(said.get("is_business")),
        phones=every("phone:"),
        emails=every("email:"),
        street=said.get("street", ""),
        city=said.get("city", ""),
        region=said.get("region", ""),
        postal_code=said.get("postal_code", ""),
        birth_date=date.fromisoformat(born) if born else None,
    )
