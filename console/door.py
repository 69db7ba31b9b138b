"""Decides who a request is from: by a sign-in once anybody has an account, by machine or store password before."""

from dataclasses import dataclass

from starlette.requests import Request

from console.access import Access, Verdict, access
from console.at_screen import NOBODY, Person, signed_in, whoever_runs_it
from console.settings import ConsoleSettings
from console.sign_in_cookie import given
from kit.clock import Clock
from kit.db import Database
from record import accounts, sign_ins


@dataclass
class Door:
    """Asks the record once per request. Whether anybody has an account is asked until somebody has one."""

    database: Database
    clock: Clock
    settings: ConsoleSettings
    _anybody: bool = False

    async def has_accounts(self) -> bool:
        """Whether anybody can sign in; from then on everybody must."""
        if not self._anybody:
            async with self.database.looking_across("whether anybody has an account") as db:
                self._anybody = await accounts.anybody(db)
        return self._anybody

    async def who(self, request: Request) -> Person | Access:
        """Who it is; `NOBODY` is to sign in. An `Access` is a refusal from before there were accounts."""
        if await self.has_accounts():
            return await self._by_cookie(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        found = access(self.settings, headers, request.client.host if request.client else None)
        return whoever_runs_it(self.settings.console_user) if found.verdict is Verdict.WELCOME else found

    async def _by_cookie(self, request: Request) -> Person:
        cookie = given(request)
        if cookie is None:
            return NOBODY
        rooftop_id, token = cookie
        now = self.clock.now()
        async with self.database.reading(rooftop_id) as db:
            found = await sign_ins.who(db, token, now)
        if found is None:
            return NOBODY
        known, is_news = found
        if is_news:
            async with self.database.writing(rooftop_id) as db:
                await sign_ins.seen(db, known.sign_in_id, now)
        return signed_in(rooftop_id, known)
