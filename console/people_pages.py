"""`/admin/people`: who may open these pages, and what for; `/me`: where I am signed in, and my stores."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from console.at_screen import at_screen
from console.client_address import client_of
from console.devices import device
from console.door import Door
from console.form_body import posted
from console.presenters import live_pill
from console.rendering import Frame, Pages, ShownStore
from console.shown_store import StoreOnScreen
from console.sign_in_cookie import give
from console.times import moment
from console.words import DEPARTMENT_NAMES, ROLE_NAMES
from kit.secrets import can_seal
from record import accounts, call_views, sign_ins
from record.accounts import NewPerson, Role
from record.staff import on_staff_list

_NO_KEY = (
    "Second factors are kept sealed, and there is no key yet: put one that “lanekeeper new-secret-key” prints into "
    "LANEKEEPER_SECRET_KEY and restart."
)
_NOT_YET = (
    "Another store invited this address, and nobody has signed in with it yet. Once they have, invite them here too."
)
_LAST_ADMIN = "Somebody has to be able to set this store up: make another person an administrator first."


@dataclass(frozen=True)
class PeoplePages:
    """The pages, and what they need to be made."""

    door: Door
    pages: Pages
    shown: StoreOnScreen
    simulated: bool

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/admin/people", self.everybody, methods=["GET"])
        router.add_api_route("/admin/people", self.invite, methods=["POST"])
        router.add_api_route("/admin/people/{account_id}", self.change, methods=["POST"])
        router.add_api_route("/me", self.me, methods=["GET"])
        router.add_api_route("/me/sign-out-elsewhere", self.sign_out_elsewhere, methods=["POST"])
        router.add_api_route("/store", self.switch, methods=["POST"])
        return router

    async def everybody(self, request: Request) -> Response:
        return await self._people(request)

    async def invite(self, request: Request) -> Response:
        """Lets somebody in; the link is shown once, to be handed over."""
        sent = await posted(request)
        email, name, role = sent.get("email", "").strip(), sent.get("name", "").strip(), sent.get("role", "")
        if "@" not in email[1:] or not name or role not in list(Role) or len(email) > 254 or len(name) > 120:
            return await self._people(request, sent, "Give a name, an e-mail address and a role.")
        if not can_seal():
            return await self._people(request, sent, _NO_KEY)
        if role != Role.ADMIN and not await self.door.has_accounts() and not await self._admin_invited():
            return await self._people(request, sent, "The first person has to be an administrator.")
        departments = _departments(sent)
        store = await self.shown.store()
        async with self.door.database.looking_across("whether they have an account at another store") as db:
            home = await accounts.by_email(db, email)
        try:
            async with self.door.database.writing(store.id) as db:
                staff_id = await on_staff_list(db, name, Role(role), departments)
                person = NewPerson(email, name, Role(role), departments, _may_publish(sent), staff_id)
                _, token = await accounts.invite(db, person, home, at_screen().name, self.door.clock.now())
        except accounts.NotYetTheirs:
            return await self._people(request, sent, _NOT_YET)
        except accounts.LastAdmin:
            return await self._people(request, sent, _LAST_ADMIN)
        return await self._people(request, told=name, link=f"{self._origin(request)}/invite/{token}" if token else "")

    async def change(self, request: Request, account_id: str) -> Response:
        """Another role, a new link, or nothing any more here."""
        sent = await posted(request)
        store, now, what = await self.shown.store(), self.door.clock.now(), sent.get("do", "")
        link, problem = "", ""
        async with self.door.database.writing(store.id) as db:
            grant = await accounts.grant_of(db, account_id[:32])
            if grant is None:
                raise HTTPException(404)
            if what == "link":
                token = await accounts.invite_again(db, grant.account_id, at_screen().name, now)
                link = f"{self._origin(request)}/invite/{token}" if token else ""
                problem = "" if token else "Another store invited them; a new link has to come from there."
            elif what == "factor":
                gone = await accounts.reset_second_factor(db, grant.account_id)
                problem = "" if gone else "Another store invited them; that has to be done there."
            elif what == "end":
                problem = "" if await accounts.end(db, grant.account_id, now) else _LAST_ADMIN
                if not problem:
                    await sign_ins.end_all(db, grant.account_id, now)
            elif sent.get("role") in list(Role):
                role = Role(sent["role"])
                changed = await accounts.change(
                    db, grant.account_id, role, _departments(sent), may_publish=_may_publish(sent)
                )
                problem = "" if changed else _LAST_ADMIN
        if what == "factor" and not problem:
            async with self.door.database.across_rooftops("without a second factor nobody stays signed in") as db:
                await sign_ins.end_all(db, grant.account_id, now)
        if link or problem:
            return await self._people(request, problem=problem, told=grant.name if link else "", link=link)
        return RedirectResponse("/admin/people", 303)

    async def me(self, request: Request) -> Response:
        """Where I am signed in, and the stores I may look at."""
        person, now = at_screen(), self.door.clock.now()
        store = await self.shown.store()
        zone = ZoneInfo(store.time_zone)
        devices, places = [], []
        if person.known is not None:
            async with self.door.database.looking_across("one's own sign-ins and stores") as db:
                places = await accounts.places(db, person.known.account_id)
                devices = [
                    {
                        "device": device(row.device),
                        "address": row.address,
                        "seen": moment(row.seen_at, now, zone),
                        "this": row.id == person.known.sign_in_id,
                    }
                    for row in await sign_ins.of_account(db, person.known.account_id, now)
                ]
        async with self.door.database.reading(store.id) as db:
            frame = await self._frame(db, store)
        return self.pages.page(
            request, "me.html", frame, devices=devices, places=places, roles=ROLE_NAMES, here_id=store.id
        )

    async def sign_out_elsewhere(self) -> Response:
        person = at_screen()
        if person.known is not None:
            async with self.door.database.across_rooftops("one's own sign-ins") as db:
                known = person.known
                await sign_ins.end_all(db, known.account_id, self.door.clock.now(), but=known.sign_in_id)
        return RedirectResponse("/me", 303)

    async def switch(self, request: Request) -> Response:
        """Another store of mine: a sign-in there takes the place of the one here."""
        person, now = at_screen(), self.door.clock.now()
        wanted = (await posted(request)).get("rooftop", "")
        if person.known is None or person.rooftop_id is None:
            raise HTTPException(404)
        known = person.known
        async with self.door.database.looking_across("one's own stores") as db:
            if wanted not in [place.rooftop_id for place in await accounts.places(db, known.account_id)]:
                raise HTTPException(404)
        async with self.door.database.writing(person.rooftop_id) as db:
            await sign_ins.end(db, known.sign_in_id, now)
        agent = request.headers.get("user-agent", "")
        host = client_of(request, self.door.settings)
        async with self.door.database.writing(wanted) as db:
            token = await sign_ins.start(db, known.account_id, agent, host, now, second_factor=True)
        answer = RedirectResponse("/", 303)
        give(request, answer, wanted, token)
        return answer

    async def _people(
        self,
        request: Request,
        form: dict[str, str] | None = None,
        problem: str = "",
        told: str = "",
        link: str = "",
    ) -> Response:
        store = await self.shown.store()
        async with self.door.database.reading(store.id) as db:
            grants = await accounts.people(db)
            frame = await self._frame(db, store)
        page = self.pages.page(
            request,
            "people.html",
            frame,
            people=grants,
            roles=ROLE_NAMES,
            departments=DEPARTMENT_NAMES,
            form=form or {},
            problem=problem,
            told=told,
            link=link,
            nobody_yet=not await self.door.has_accounts(),
        )
        page.status_code = 422 if problem else 200
        return page

    async def _admin_invited(self) -> bool:
        store = await self.shown.store()
        async with self.door.database.reading(store.id) as db:
            return any(grant.role == Role.ADMIN and not grant.ended_at for grant in await accounts.people(db))

    def _origin(self, request: Request) -> str:
        return self.door.settings.public_origin or str(request.base_url).rstrip("/")

    async def _frame(self, db: AsyncSession, store: ShownStore) -> Frame:
        return Frame(store.name, live_pill(await call_views.live_call_ids(db)), self.simulated)


def _departments(sent: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for name in DEPARTMENT_NAMES if sent.get(f"department_{name}") == "on")


def _may_publish(sent: dict[str, str]) -> bool:
    return sent.get("may_publish") == "on"
