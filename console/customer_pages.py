"""`/customers` and `/customers/{id}`: finding people, one person's needs and story, and what is on record of them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from console import customer_presenter as shown
from console import words
from console.workbench import Workbench, then
from followup.customer_needs import open_counts, open_with
from followup.customer_story import customer_story
from record import customer_views, directory
from record.customer_views import CustomerHead
from record.customers import survivor
from record.merging import CannotUndo, undo

_PAGE = 50

Typed = Annotated[str, Query(max_length=120)]
Place = Annotated[str, Query(max_length=220)]


@dataclass(frozen=True)
class CustomerPages:
    """The pages about people."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/customers", self.people, methods=["GET"])
        router.add_api_route("/customers/{customer_id}", self.one, methods=["GET"])
        router.add_api_route("/customers/{customer_id}/record", self.record, methods=["GET"])
        router.add_api_route("/review/joined/{merge_id}/undo", self.take_apart, methods=["POST"])
        return router

    async def people(self, request: Request, q: Typed = "", after: Place = "") -> Response:
        """The list by name, or whoever fits what was typed; a single hit opens at once."""
        store = await self.bench.store()
        query, place = directory.understood(q), shown.named_place(after)
        async with self.bench.reading(store.id) as db:
            found = await directory.search(db, query, place, _PAGE)
            if q and place is None and len(found.people) == 1 and query.asked is not directory.Asked.NAME:
                return then(f"/customers/{found.people[0].id}")
            owed = await open_counts(db, [one.id for one in found.people])
            frame = await self.bench.frame(db, store)
        page = shown.people_list(found, query, " ".join(q.split()), owed, first_page=place is None)
        return self.bench.page(request, "customers.html", frame, page=page)

    async def one(self, request: Request, customer_id: str, show: Typed = "", before: Place = "") -> Response:
        """What they need from us now and who knows, and everything that happened, newest first."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        place = shown.place_read(before)
        async with self.bench.reading(store.id) as db:
            person = await self._person(db, customer_id)
            if isinstance(person, Response):
                return person
            who = person.id
            reaches = (await customer_views.reaches(db, [who]))[who]
            cars = (await customer_views.cars(db, [who]))[who]
            kin = await customer_views.kin(db, who)
            needs = await open_with(db, who, now)
            kinds = shown.SHOWN[show][1] if show in shown.SHOWN else ()
            page = await customer_story(db, who, place, _PAGE, kinds)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "customer.html", frame,
            customer=person, here_tab="now", first_page=place is None,
            reaches=[shown.reach_line(one, now, zone) for one in reaches],
            cars=[shown.car_line(one, now, zone) for one in cars],
            kin=[shown.kin_line(one) for one in kin],
            needs=[shown.need_line(need, now, zone) for need in needs],
            chips=shown.chips(who, show), days=shown.story(page, now, zone),
            older=shown.further_back(who, show, page.next),
        )  # fmt: skip

    async def record(self, request: Request, customer_id: str) -> Response:
        """What is on record, where it came from, and which records were joined."""
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.reading(store.id) as db:
            person = await self._person(db, customer_id)
            if isinstance(person, Response):
                return person
            who = person.id
            reaches = (await customer_views.reaches(db, [who]))[who]
            cars = (await customer_views.cars(db, [who]))[who]
            said = await customer_views.said_about_contact(db, who, [one.value for one in reaches])
            joined = await customer_views.joinings(db, who)
            names = await customer_views.other_names(db, who)
            questions = await customer_views.questions(db, who)
            frame = await self.bench.frame(db, store)
        return self.bench.page(
            request, "customer_record.html", frame,
            customer=person, here_tab="record", address=shown.address_words(person),
            reaches=[shown.reach_line(one, now, zone) for one in reaches],
            cars=[shown.car_line(one, now, zone) for one in cars],
            said=[shown.said_line(one, now, zone) for one in said],
            joined=[shown.join_line(one, now, zone) for one in joined],
            names=names, questions=questions, language=words.LANGUAGES.get(person.language, person.language),
        )  # fmt: skip

    async def take_apart(self, request: Request, merge_id: str) -> Response:
        """Takes one joining back; the page of the record that was kept shows both again."""
        store = await self.bench.store()
        async with self.bench.database.writing(store.id) as db:
            ids = await customer_views.joined_ids(db, merge_id)
            if ids is None:
                raise HTTPException(404)
            try:
                await undo(db, merge_id, self.bench.person, self.bench.clock.now())
            except CannotUndo as error:
                return self.bench.not_done(str(error))
        return then(f"/customers/{ids[0]}/record#joined")

    async def _person(self, db: AsyncSession, customer_id: str) -> CustomerHead | Response:
        """Somebody of this store; whoever was joined into another record is shown there."""
        person = await customer_views.head(db, customer_id[:32])
        if person is None:
            raise HTTPException(404)
        if person.merged_into_id is not None:
            return then(f"/customers/{await survivor(db, customer_id[:32])}")
        return person
