"""`/login`, `/invite/…` and `/logout`: password, then second factor; and the link with which somebody chooses both."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from console.at_screen import at_screen
from console.client_address import client_of
from console.door import Door
from console.form_body import posted
from console.rendering import Pages
from console.second_factor import SecondFactor
from console.sign_in_cookie import give, take_back
from kit import passwords
from kit.bus import Bus
from record import accounts, sign_ins
from record.account_models import Account
from record.sign_ins import Known

_TRIES, _CODES, _WINDOW = 60, 10, timedelta(minutes=5)
_WRONG = "That e-mail and password do not go together, or there were too many tries. Wait a minute and try again."
_WRONG_CODE = "That code is not right, or was used already. Wait for the next one."
Next = Annotated[str, Query(max_length=500)]


@dataclass(frozen=True)
class SignInPages:
    """The pages, and what they need to be made."""

    door: Door
    bus: Bus
    pages: Pages

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/login", self.form, methods=["GET"])
        router.add_api_route("/login", self.password, methods=["POST"])
        router.add_api_route("/login/code", self.code_form, methods=["GET"])
        router.add_api_route("/login/code", self.code, methods=["POST"])
        router.add_api_route("/login/second-factor", self.factor_form, methods=["GET"])
        router.add_api_route("/login/second-factor", self.factor, methods=["POST"])
        router.add_api_route("/invite/{token}", self.invitation, methods=["GET"])
        router.add_api_route("/invite/{token}", self.accept, methods=["POST"])
        router.add_api_route("/logout", self.leave, methods=["POST"])
        return router

    # ---- first factor ----

    async def form(self, next: Next = "") -> Response:
        if not await self.door.has_accounts():
            return RedirectResponse("/", 303)
        return self._form(next)

    async def password(self, request: Request) -> Response:
        """Wrong names, wrong passwords and locked accounts look and take alike."""
        sent = await posted(request)
        email, wanted = sent.get("email", "")[:254], _own_page(sent.get("next", ""))
        host = client_of(request, self.door.settings)
        if not await self.bus.take(f"sign-in:{host}", _TRIES, _WINDOW):
            return self._form(wanted, email, "Too many tries from here. Wait five minutes.", 429)
        now = self.door.clock.now()
        async with self.door.database.looking_across("whose e-mail that is") as db:
            account = await accounts.by_email(db, email)
            places = await accounts.places(db, account.id) if account else []
        kept = account.password_hash if account and not account.disabled_at and places else ""
        right = await passwords.fits(sent.get("password", ""), kept)
        if account is None or not right or accounts.is_locked(account, now):
            if account is not None and not right:
                async with self.door.database.writing(account.rooftop_id) as db:
                    await accounts.failed(db, account.id, now)
            return self._form(wanted, email, _WRONG, 422)
        async with self.door.database.writing(places[0].rooftop_id) as db:
            token = await sign_ins.start(db, account.id, _device(request), host, now)
        there = "/login/code" if account.totp_sealed else "/login/second-factor"
        answer = RedirectResponse(f"{there}?next={quote(wanted, safe='')}" if wanted else there, 303)
        give(request, answer, places[0].rooftop_id, token)
        return answer

    # ---- second factor ----

    async def code_form(self, next: Next = "") -> Response:
        return self._code(next) if _halfway() else RedirectResponse("/login", 303)

    async def code(self, request: Request) -> Response:
        known = _halfway()
        if known is None:
            return RedirectResponse("/login", 303)
        sent = await posted(request)
        wanted = _own_page(sent.get("next", ""))
        account = await self._account(known)
        if not await self.bus.take(f"code:{known.account_id}", _CODES, _WINDOW):
            return self._code(wanted, "Too many tries. Wait five minutes.", 429)
        if account is None or not await self._factor().checked(account, sent.get("code", "")):
            return self._code(wanted, _WRONG_CODE, 422)
        return await self._finish(request, known, wanted)

    async def factor_form(self, next: Next = "") -> Response:
        known = _halfway()
        if known is None:
            return RedirectResponse("/login", 303)
        return self._set_up(known, self._factor().propose(known.account_id), next)

    async def factor(self, request: Request) -> Response:
        """Sets the second factor, once; another is set after an administrator took the first away."""
        known = _halfway()
        if known is None:
            return RedirectResponse("/login", 303)
        sent = await posted(request)
        wanted, proposed = _own_page(sent.get("next", "")), sent.get("proposed", "")[:400]
        account = await self._account(known)
        codes = await self._factor().set(account, proposed, sent.get("code", "")) if account else None
        if codes is None:
            return self._set_up(known, proposed or self._factor().propose(known.account_id), wanted, _WRONG_CODE, 422)
        finished = await self._finish(request, known, wanted)
        shown = self.pages.bare("recovery_codes.html", codes=codes, next=finished.headers["location"])
        for name, value in finished.raw_headers:
            if name == b"set-cookie":
                shown.raw_headers.append((name, value))
        return shown

    # ---- invitation ----

    async def invitation(self, token: str) -> Response:
        account = await self._invited(token)
        return self._choose(account, token)

    async def accept(self, request: Request, token: str) -> Response:
        account = await self._invited(token)
        sent = await posted(request)
        password = sent.get("password", "")
        problem = passwords.objection(password, account.email, account.name)
        if not problem and password != sent.get("again", ""):
            problem = "The two do not match."
        if problem:
            return self._choose(account, token, problem, 422)
        kept = await passwords.hashed(password)
        now = self.door.clock.now()
        async with self.door.database.writing(account.rooftop_id) as db:
            done = await accounts.accept(db, token, kept, now)
        if done is None:
            raise HTTPException(404)
        async with self.door.database.across_rooftops("a new password ends old sign-ins") as db:
            await sign_ins.end_all(db, account.id, now)
        return RedirectResponse("/login", 303)

    async def leave(self, request: Request) -> Response:
        person = at_screen()
        if person.known is not None and person.rooftop_id is not None:
            async with self.door.database.writing(person.rooftop_id) as db:
                await sign_ins.end(db, person.known.sign_in_id, self.door.clock.now())
        answer = RedirectResponse("/login", 303)
        take_back(request, answer)
        return answer

    # ---- parts ----

    def _factor(self) -> SecondFactor:
        return SecondFactor(self.door.database, self.door.clock)

    async def _account(self, known: Known) -> Account | None:
        async with self.door.database.looking_across("the account behind a sign-in") as db:
            account = await accounts.by_email(db, known.email)
        return None if account is None or account.disabled_at else account

    async def _invited(self, token: str) -> Account:
        async with self.door.database.looking_across("whose invitation that is") as db:
            account = await accounts.invited(db, token[:64], self.door.clock.now())
        if account is None:
            raise HTTPException(404)
        return account

    async def _finish(self, request: Request, known: Known, wanted: str) -> Response:
        """A complete sign-in with a token of its own: one seen before the second factor opens nothing."""
        now, rooftop_id = self.door.clock.now(), at_screen().rooftop_id or ""
        host = client_of(request, self.door.settings)
        async with self.door.database.writing(rooftop_id) as db:
            await sign_ins.end(db, known.sign_in_id, now)
            token = await sign_ins.start(db, known.account_id, _device(request), host, now, second_factor=True)
        answer = RedirectResponse(wanted or "/", 303)
        give(request, answer, rooftop_id, token)
        return answer

    def _form(self, wanted: str, email: str = "", problem: str = "", status: int = 200) -> Response:
        return self.pages.bare("login.html", status, next=_own_page(wanted), email=email, problem=problem)

    def _code(self, wanted: str, problem: str = "", status: int = 200) -> Response:
        return self.pages.bare("login_code.html", status, next=_own_page(wanted), problem=problem)

    def _set_up(self, known: Known, proposed: str, wanted: str, problem: str = "", status: int = 200) -> Response:
        picture, secret = self._factor().shown(proposed, known.email)
        values = {"picture": picture, "secret": secret, "proposed": proposed, "next": _own_page(wanted)}
        return self.pages.bare("second_factor.html", status, problem=problem, **values)

    def _choose(self, account: Account, token: str, problem: str = "", status: int = 200) -> Response:
        return self.pages.bare("invite.html", status, account=account, token=token, problem=problem)


def _halfway() -> Known | None:
    """Who has given a password and not yet the second factor."""
    known = at_screen().known
    return known if known is not None and not known.complete else None


def _own_page(wanted: str) -> str:
    """The page to go on to, if it is one of ours; a link to sign in may not end elsewhere."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return ""
    ours = not parts.scheme and not parts.netloc and wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if ours and wanted.isprintable() else ""


def _device(request: Request) -> str:
    return request.headers.get("user-agent", "")[:120]
