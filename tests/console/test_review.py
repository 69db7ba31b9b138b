"""What a person decides: one or two, what a finding needs, what a code means; each can be taken back; both engines."""

import httpx
import pytest
from sqlalchemy import select

from crm_sync.models import CodeMap
from kit.db import Database
from record import duplicates, hygiene, merging
from record.identity_models import MatchPair
from record.models import RepairOrder
from record.visit_models import RepairOrderLine
from tests.console.conftest import ELSEWHERE, NOW, STORE, Counter
from tests.console.test_customers import XSS
from tests.record.people import a_person

WHY = [
    {"field": "last_name", "says": "Same rare surname, Ortega", "bits": 11.5},
    {"field": "phone", "says": "Phones different", "bits": -1.0},
    {"field": "birth_date", "says": "Different birth dates, 01/02/1980 and 01/02/1981", "bits": -6.0},
]


async def a_pair(db: Database, score: float = 0.8, rooftop: str = STORE, **names: str) -> str:
    async with db.writing(rooftop) as session:
        one = await a_person(session, names.get("one", "Ana"), "Ortega", phones=("+15035550142",), street="1 Main St")
        other = await a_person(session, names.get("other", "Anna"), "Ortega", vin="7XXABCDE0FG123456", street="2 Oak")
        row = MatchPair(one_id=min(one, other), other_id=max(one, other), score=score, reasons=WHY)
        session.add(row)
        await session.flush()
        return row.id


async def row(db: Database, pair_id: str) -> MatchPair:
    async with db.reading(STORE) as session:
        return await session.get_one(MatchPair, pair_id)


async def test_pairs_wait_the_likeliest_first(counter: Counter) -> None:
    await a_pair(counter.database, 0.5, one="Bea")
    await a_pair(counter.database, 0.95, one="Cleo")
    page = await counter.page("/review")
    assert page.index("Cleo Ortega and Anna Ortega") < page.index("Bea Ortega and Anna Ortega")
    assert "Very likely one" in page and "Perhaps one" in page
    assert 'Same person? <span class="count">2</span>' in page


async def test_both_records_are_shown_with_a_reason_for_every_field_in_plain_words(counter: Counter) -> None:
    page = await counter.page(f"/review/pairs/{await a_pair(counter.database)}")
    for words in (
        "Same rare surname, Ortega",
        "Speaks strongly for one person",
        "+11.5 bits",
        "Speaks a little for two people",
        "something speaks against it. So a person decides",
        "(503) 555-0142",
        "VIN 7XXABCDE0FG123456",
        "1 Main St",
    ):
        assert words in page, words


async def test_one_person_is_joined_with_what_was_picked_and_the_next_pair_follows(counter: Counter) -> None:
    first, then = await a_pair(counter.database, 0.9), await a_pair(counter.database, 0.8)
    pair = await row(counter.database, first)
    answer = await counter.post(f"/review/pairs/{first}/join", keep="other", take_first_name="one", take_street="other")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/review/pairs/{then}?done={first}")
    assert "Joined into one record by Mara Field" in await counter.page(answer.headers["location"])
    assert (await counter.browser.get(f"/customers/{pair.one_id}")).headers["location"] == f"/customers/{pair.other_id}"
    kept = await counter.page(f"/customers/{pair.other_id}/record")
    assert "Ana Ortega" in kept and "2 Oak" in kept and "Same rare surname, Ortega" in kept
    assert "Ana Ortega joined into" in await counter.page("/review/joined")


async def test_the_answer_is_taken_back_and_the_pair_waits_again(counter: Counter) -> None:
    pair_id = await a_pair(counter.database)
    pair = await row(counter.database, pair_id)
    assert (await counter.post(f"/review/pairs/{pair_id}/join", keep="one")).headers["location"].startswith("/review?")
    told = await counter.page(f"/review?done={pair_id}")
    assert "Undo" in told and "No two records wait" in told
    assert (await counter.post(f"/review/pairs/{pair_id}/again")).headers["location"] == f"/review/pairs/{pair_id}"
    assert (await row(counter.database, pair_id)).state == "waiting"
    assert "Anna Ortega" in await counter.page(f"/customers/{pair.other_id}")


async def test_two_people_are_never_asked_about_again_unless_somebody_says_so(counter: Counter) -> None:
    pair_id = await a_pair(counter.database)
    assert (await counter.post(f"/review/pairs/{pair_id}/apart")).status_code == 303
    assert "Kept as two people by Mara Field" in await counter.page(f"/review/pairs/{pair_id}")
    await duplicates.check_store(counter.database, STORE, NOW)
    assert "No two records wait" in await counter.page("/review")
    await counter.post(f"/review/pairs/{pair_id}/again")
    assert "Ana Ortega and Anna Ortega" in await counter.page("/review")


async def test_a_second_answer_changes_nothing(counter: Counter) -> None:
    """The button pressed twice, or somebody else was faster."""
    pair_id = await a_pair(counter.database)
    await counter.post(f"/review/pairs/{pair_id}/apart")
    again = await counter.post(f"/review/pairs/{pair_id}/join", keep="one")
    assert (again.status_code, again.headers["location"]) == (303, f"/review/pairs/{pair_id}")
    assert (await row(counter.database, pair_id)).state == "apart"


async def test_a_pair_whose_record_was_joined_elsewhere_is_no_question_any_more(counter: Counter) -> None:
    pair_id = await a_pair(counter.database)
    pair = await row(counter.database, pair_id)
    async with counter.database.writing(STORE) as db:
        await merging.join(db, merging.Join(await a_person(db, "Ann", "Ortega"), pair.one_id), "Dan", NOW)
    assert "nothing to decide here" in await counter.page(f"/review/pairs/{pair_id}")
    assert (await counter.post(f"/review/pairs/{pair_id}/join", keep="one")).status_code == 409


async def test_another_stores_pair_and_finding_are_not_here(counter: Counter) -> None:
    theirs = await a_pair(counter.database, rooftop=ELSEWHERE)
    async with counter.database.writing(ELSEWHERE) as db:
        await hygiene.look(db, NOW)
        finding = (await hygiene.open_findings(db))[0]
    await counter.page(f"/review/pairs/{theirs}", 404)
    for path in (
        f"pairs/{theirs}/join",
        f"pairs/{theirs}/apart",
        f"pairs/{theirs}/again",
        f"findings/{finding.id}/clear",
    ):
        assert (await counter.post(f"/review/{path}", keep="one", reason="x")).status_code == 404, path
    async with counter.database.reading(ELSEWHERE) as db:
        assert (await db.get_one(MatchPair, theirs)).state == "waiting"
        assert finding in await hygiene.open_findings(db)


async def test_a_finding_is_cleared_with_a_reason_or_not_at_all(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        await a_person(db, "Bo", "Larsen")
        await hygiene.look(db, NOW)
        (finding,) = await hygiene.open_findings(db)
    assert "Bo Larsen has no phone and no e-mail" in await counter.page("/review/findings?kind=no_contact")
    blank = await counter.post(f"/review/findings/{finding.id}/clear", reason="  ")
    assert blank.status_code == 422 and "Say why" in blank.text
    answer = await counter.post(f"/review/findings/{finding.id}/clear", reason="Moved away", kind="no_contact")
    assert answer.status_code == 303
    assert "Cleared: <bdi>Bo Larsen" in await counter.page(answer.headers["location"])
    async with counter.database.reading(STORE) as db:
        assert await hygiene.open_findings(db) == []


async def test_many_findings_are_paged(counter: Counter) -> None:
    async with counter.database.writing(STORE) as db:
        for at in range(53):
            await a_person(db, f"P{at}", "Larsen")
        await hygiene.look(db, NOW)
    first = await counter.page("/review/findings")
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert (first.count('class="card finding"'), (await counter.page(older)).count('class="card finding"')) == (50, 3)


async def some_codes(db: Database) -> None:
    async with db.writing(STORE) as session:
        who = await a_person(session)
        order = RepairOrder(
            ro_number="7001", customer_id=who, status="", source_status="ZQ", opened_at=NOW, status_at=NOW
        )
        session.add(order)
        await session.flush()
        session.add(
            RepairOrderLine(repair_order_id=order.id, position=1, op_code="01LOF", description="Lube oil filter")
        )


async def test_a_status_code_is_explained_once_and_every_order_that_carries_it_moves(counter: Counter) -> None:
    """S2-65"""
    await some_codes(counter.database)
    page = await counter.page("/review/codes")
    assert "<bdi>zq</bdi>" in page and "RO 7001" in page
    assert (await counter.post("/review/codes/status", code="zq", means="")).status_code == 422
    answer = await counter.post("/review/codes/status", code="zq", means="ready")
    page = await counter.page(answer.headers["location"])
    assert "now means Ready to be picked up" in page and "Every status code" in page
    async with counter.database.reading(STORE) as db:
        assert (await db.scalars(RepairOrder.__table__.select().with_only_columns(RepairOrder.status))).all() == [
            "ready"
        ]


async def test_an_op_code_is_explained_with_what_it_takes(counter: Counter) -> None:
    await some_codes(counter.database)
    assert "01LOF" in await counter.page("/review/codes")
    wrong = await counter.post("/review/codes/op", code="01LOF", family="oil_change", hours="half")
    assert wrong.status_code == 422 and "as a number" in wrong.text
    answer = await counter.post(
        "/review/codes/op", code="01LOF", family="oil_change", hours="0.5", skill="quick", safety_class="routine"
    )
    assert "now means Oil change" in await counter.page(answer.headers["location"])
    async with counter.database.reading(STORE) as db:
        assert list(await db.scalars(select(CodeMap.hours))) == [0.5]


FORMS = [
    "/review/joined/x/undo", "/review/pairs/x/join", "/review/pairs/x/apart", "/review/pairs/x/again",
    "/review/findings/x/clear", "/review/codes/status", "/review/codes/op", "/texts/x/reply", "/texts/x/take-over",
    "/texts/x/hand-back", "/leads/new",
]  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
async def test_no_form_is_taken_from_another_site(browser: httpx.AsyncClient, path: str) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}, {}):
        assert (await browser.post(path, data={"code": "x"}, headers=headers)).status_code == 403


async def test_no_reason_or_code_is_ever_markup(counter: Counter) -> None:
    pair_id = await a_pair(counter.database, one=XSS[:80])
    async with counter.database.writing(STORE) as db:
        (await db.get_one(MatchPair, pair_id)).reasons = [{"field": "x", "says": XSS, "bits": "odd"}]
        who = await a_person(db, XSS[:80], "")
        db.add(
            RepairOrder(ro_number="1", customer_id=who, status="", source_status=XSS[:40], opened_at=NOW, status_at=NOW)
        )
        await db.flush()
        await hygiene.look(db, NOW)
    for path in ("/review", f"/review/pairs/{pair_id}", "/review/findings", "/review/codes"):
        page = await counter.page(path)
        assert "<script>alert" not in page and "<img src=x" not in page, path
