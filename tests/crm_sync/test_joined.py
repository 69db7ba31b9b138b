"""Files go on speaking under the numbers of people who were joined: undone, all is as if nobody had joined them."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.db import Database
from record import customers, merging
from record.identity_models import ExternalRef
from record.merging import CannotJoin, CannotUndo, Join
from record.models import ContactPoint, Customer, RepairOrder, Vehicle
from record.sales_models import Deal
from record.visit_models import Recommendation
from tests.builders import NOW
from tests.crm_sync import files
from tests.crm_sync.desk import Desk
from tests.record.people import a_rooftop

PEOPLE = {
    "1001": {"First Name": "MARIA", "Last Name": "ALVAREZ", "Zip": "97201", "Cell Phone": "(503) 555-0101"},
    "1002": {"First Name": "PETER", "Last Name": "NOVAK", "Zip": "97301", "Cell Phone": "(503) 555-0102"},
    "1003": {"First Name": "YOKO", "Last Name": "ITO", "Zip": "97401", "Cell Phone": "(503) 555-0103"},
}
CARS = ("1HGCM82633A004352", "1M8GDM9AXKP042788")
_PLAIN = {"Home Phone": "", "Cell Phone": "", "Email 1": "", "Address": ""}
_key = st.sampled_from(sorted(PEOPLE))
_step = st.one_of(
    st.tuples(
        st.just("file"),
        _key,
        st.sampled_from(["6001", "6002", "6003"]),
        st.sampled_from(CARS),
        st.fixed_dictionaries(
            {},
            optional={
                "Cell Phone": st.sampled_from(["(503) 555-0101", "(503) 555-0102", "(503) 555-0109"]),
                "Address": st.sampled_from(["1 OAK ST", "2 ELM ST"]),
                "First Name": st.sampled_from(["MARIA", "ANN"]),
            },
        ),
    ),
    st.tuples(st.just("deal"), _key, st.sampled_from(CARS)),
    st.tuples(st.just("join"), _key, _key),
    st.tuples(st.just("undo"), st.integers(0, 3)),
)


@settings(
    max_examples=int(os.environ.get("MERGE_EXAMPLES", "4")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_step, min_size=3, max_size=8))
def test_imports_between_a_join_and_its_undoing_end_where_they_would_have(
    database_url: str, steps: Sequence[tuple[Any, ...]]
) -> None:
    asyncio.run(_both_worlds(database_url, steps))


async def _both_worlds(url: str, steps: Sequence[tuple[Any, ...]]) -> None:
    database = Database(url)
    try:
        with TemporaryDirectory() as folder:
            name = os.urandom(5).hex()
            for world in ("j", "a"):
                os.mkdir(Path(folder, world))
            joined = await _live_through(database, f"j{name}", Path(folder, "j"), steps, joining=True)
            apart = await _live_through(database, f"a{name}", Path(folder, "a"), steps, joining=False)
        assert joined == apart
    finally:
        await database.close()


async def _live_through(
    database: Database, rooftop: str, folder: Path, steps: Sequence[tuple[Any, ...]], *, joining: bool
) -> dict[str, Any]:
    await a_rooftop(database, rooftop)
    desk = Desk(database, folder, rooftop)
    said = {key: {**_PLAIN, **person, "Customer Number": key} for key, person in PEOPLE.items()}
    no_car = dict.fromkeys(files.CAR, "")
    first = [{**said[key], **no_car, "RO Number": f"50{at}"} for at, key in enumerate(said)]
    await desk.sees(*first, at="20261001_0300")
    merges: list[str] = []
    for at, step in enumerate(steps):
        when = f"20261002_{at:02d}00"
        if step[0] == "file":
            _, key, number, vin, changes = step
            said[key] |= changes
            await desk.sees({**said[key], "RO Number": number, "VIN": vin}, at=when)
        elif step[0] == "deal":
            deal = {**files.DEAL, **said[step[1]], "Deal Number": f"D{at}", "VIN": step[2]}
            await desk.sees(deal, kind="SL", at=when)
        elif joining:
            await _join_or_undo(desk, step, merges)
        if joining:
            await _all_stand(desk)
    while merges:
        left = [merge for merge in merges if not await _undone(desk, merge)]
        assert len(left) < len(merges)
        merges = left
    return await _by_name(desk)


async def _join_or_undo(desk: Desk, step: tuple[Any, ...], merges: list[str]) -> None:
    if step[0] == "undo":
        if step[1] < len(merges):
            await _undone(desk, merges[step[1]])
        return
    by_key = {row.external_id: row.row_id for row in await desk.all(ExternalRef, kind="customer")}
    try:
        async with desk.database.writing(desk.rooftop_id) as db:
            merges.append(await merging.join(db, Join(by_key[step[1]], by_key[step[2]]), "Mara", NOW))
    except CannotJoin:
        pass


async def _undone(desk: Desk, merge: str) -> bool:
    """Whether it is taken back now, or was before."""
    try:
        async with desk.database.writing(desk.rooftop_id) as db:
            await merging.undo(db, merge, "Mara", NOW)
    except CannotUndo as refusal:
        return "already" in str(refusal)
    return True


async def _all_stand(desk: Desk) -> None:
    """Whatever files said is with records that stand, and every number is known of whoever stands for it."""
    standing = {row.id for row in await desk.all(Customer) if row.merged_into_id is None}
    for kind in (RepairOrder, Vehicle, Deal):
        assert {row.customer_id for row in await desk.all(kind)} <= standing
    async with desk.database.reading(desk.rooftop_id) as db:
        for point in await desk.all(ContactPoint):
            known = await customers.customer(db, point.customer_id)
            assert known is not None and point.value in (*known.phones, *known.emails)


async def _by_name(desk: Desk) -> dict[str, Any]:
    """Everything the store holds, each person by the number the files give them."""
    names = {row.row_id: row.external_id for row in await desk.all(ExternalRef, kind="customer")}
    people = {
        names[row.id]: (row.first_name, row.last_name, row.street, row.city, row.postal_code, row.merged_into_id)
        for row in await desk.all(Customer)
    }
    return {
        "people": people,
        "orders": {row.ro_number: names[row.customer_id] for row in await desk.all(RepairOrder)},
        "cars": sorted((row.vin or "", names[row.customer_id]) for row in await desk.all(Vehicle)),
        "deals": {row.deal_number: names[row.customer_id] for row in await desk.all(Deal)},
        "points": sorted((names[row.customer_id], row.value) for row in await desk.all(ContactPoint)),
        "advice": len(await desk.all(Recommendation)),
    }
