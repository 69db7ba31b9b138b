"""Vehicle blocks into the record: known by VIN, else the customer's own car without one, else new."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk
from crm_sync.conflicts import applied, filled
from crm_sync.people import DMS, customer_ids
from crm_sync.rows import CarSeen, Said
from crm_sync.telling import Telling, remember, tellings
from kit.ids import new_id
from record.identity_models import ExternalRef
from record.models import Vehicle

FEED = "vehicle"


async def settle(
    db: AsyncSession, seen: Sequence[CarSeen], customers: Mapping[str, str], run_id: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Vehicle ids by key, with everything the blocks say in the record, and the owner's key of each that was told of
    now. A car nobody is known to own has no id."""
    told = await tellings(db, FEED, seen)
    elsewhere = {one.said["owner"] for one in told if one.said.get("owner")} - set(customers)
    owners = dict(customers) | await customer_ids(db, elsewhere)
    ids = await _known(db, {one.key for one in seen})
    strangers = [one for one in told if one.key not in ids]
    adopted = await _adopted(db, strangers, owners)
    made = [one for one in strangers if one.key not in adopted and one.said.get("owner", "") in owners]
    new = {one.key: new_id() for one in made}
    await bulk.add(db, Vehicle, [{"id": new[one.key], **_as_new(one.said, owners)} for one in made])
    refs = [
        {"system": DMS, "kind": "vehicle", "external_id": key, "row_id": row} for key, row in (adopted | new).items()
    ]
    await bulk.add(db, ExternalRef, refs)
    ids |= adopted | new
    await _change(db, [one for one in told if one.key in ids and one.key not in new and one.news], ids, owners)
    await remember(db, FEED, [one for one in told if one.key in ids], run_id)
    await _read_mileage(db, seen, ids)
    return ids, {ids[one.key]: one.said["owner"] for one in told if one.key in ids and one.said.get("owner")}


async def _known(db: AsyncSession, keys: set[str]) -> dict[str, str]:
    refs = await bulk.found(db, ExternalRef, ("external_id", "row_id"), "external_id", keys, system=DMS, kind="vehicle")
    return {ref.external_id: ref.row_id for ref in refs}


async def _adopted(db: AsyncSession, strangers: Sequence[Telling], owners: Mapping[str, str]) -> dict[str, str]:
    """Cars on record no file spoke of: the same VIN, or a customer's only car of that year and model without one."""
    by_vin = {
        row.vin: row.id
        for row in await bulk.found(
            db, Vehicle, ("id", "vin"), "vin", {one.said.get("vin", "") for one in strangers} - {""}
        )
    }
    ids = {one.key: by_vin[vin] for one in strangers if (vin := one.said.get("vin", "")) in by_vin}
    people = {owners[owner] for one in strangers if (owner := one.said.get("owner", "")) in owners}
    without: dict[tuple[str, str], list[str]] = {}
    for row in await bulk.found(
        db, Vehicle, ("id", "customer_id", "vin", "year", "make", "model"), "customer_id", people
    ):
        if row.vin is None:
            without.setdefault((row.customer_id, _looks(row.year, row.make, row.model)), []).append(row.id)
    for one in strangers:
        said = one.said
        looks = _looks(said.get("year"), said.get("make", ""), said.get("model", ""))
        mine = without.pop((owners.get(said.get("owner", ""), ""), looks), [])
        if one.key not in ids and len(mine) == 1:
            ids[one.key] = mine[0]
    return ids


async def _change(db: AsyncSession, told: Sequence[Telling], ids: Mapping[str, str], owners: Mapping[str, str]) -> None:
    first = {ids[one.key] for one in told if one.first}
    ours = {row.id: row for row in await bulk.found(db, Vehicle, ("id", *_PLAIN, "year", "vin"), "id", first)}
    changes: dict[str, dict[str, Any]] = {}
    for one in told:
        said = applied(one.news)
        owner = said.pop("owner", "")
        if one.first and (row := ours.get(ids[one.key])):
            said = filled(said, {name: str(getattr(row, name) or "") for name in (*_PLAIN, "year", "vin")})
        columns = _columns(said)
        if owner in owners:
            columns["customer_id"] = owners[owner]
        if columns:
            changes.setdefault(ids[one.key], {"id": ids[one.key]}).update(columns)
    await bulk.change(db, Vehicle, list(changes.values()))


async def _read_mileage(db: AsyncSession, seen: Sequence[CarSeen], ids: Mapping[str, str]) -> None:
    """The newest reading stands."""
    newest: dict[str, tuple[datetime, int]] = {}
    for one in seen:
        if one.mileage and one.key in ids:
            miles, at = one.mileage
            newest[ids[one.key]] = max(newest.get(ids[one.key], (at, miles)), (at, miles))
    rows = await bulk.found(db, Vehicle, ("id", "mileage_at"), "id", newest)
    await bulk.change(
        db,
        Vehicle,
        [
            {"id": row.id, "mileage": newest[row.id][1], "mileage_at": newest[row.id][0]}
            for row in rows
            if row.mileage_at is None or row.mileage_at < newest[row.id][0]
        ],
    )


_PLAIN = ("make", "model", "stock_number", "plate")


def _as_new(said: Said, owners: Mapping[str, str]) -> dict[str, Any]:
    return {"make": "", "model": "", **_columns(said), "customer_id": owners[said["owner"]]}


def _columns(said: Said) -> dict[str, Any]:
    columns: dict[str, Any] = {name: said[name] for name in ("make", "model") if name in said}
    columns |= {name: said[name] or None for name in ("stock_number", "plate", "vin") if name in said}
    if "year" in said:
        columns["year"] = int(said["year"]) if said["year"] else None
    return columns


def _looks(year: object, make: str, model: str) -> str:
    return f"{year or ''} {make} {model}".casefold()
