"""`/policy`: every rule about being in touch with its source and date, and the store's own numbers."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from console.form_body import posted
from console.times import moment
from console.workbench import Workbench, then
from followup.programs import leaving_alone
from record import contact_policy, contact_rules
from record.contact_policy import NUMBERS, NotAllowed, PolicyChange
from record.contact_rules import StateHours, Window

_LABELS = {
    "offers_week": "Offers by text in 7 days",
    "offers_month": "Offers by text in 30 days",
    "touches_week": "Touches of all programs in 7 days",
    "touches_month": "Touches of all programs in 30 days",
    "texts_day": "Automatic texts in 24 hours",
    "offers_open": "Offers from (store may only be later)",
    "offers_close": "Offers until (store may only be earlier)",
}
_HOURS = ("offers_open", "offers_close")
_SET_BY = {
    contact_rules.BUDGET_WEEK.id: "offers_week",
    contact_rules.BUDGET_MONTH.id: "offers_month",
    contact_rules.TEXTS_A_DAY.id: "texts_day",
    leaving_alone.BUDGET_WEEK.id: "touches_week",
    leaving_alone.BUDGET_MONTH.id: "touches_month",
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as it is in force."""

    id: str
    says: str
    number: str
    source: str
    since: date


@dataclass(frozen=True)
class PolicyPages:
    """The page and its form."""

    bench: Workbench

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/policy", self.page, methods=["GET"])
        router.add_api_route("/policy", self.change, methods=["POST"])
        return router

    async def page(self, request: Request) -> Response:
        return await self._show(request)

    async def change(self, request: Request) -> Response:
        """New numbers, with a reason; what no store may choose is refused and what was typed stays."""
        form = await posted(request)
        store = await self.bench.store()
        try:
            numbers = {name: _value(name, form.get(name, "")) for name in NUMBERS}
            async with self.bench.database.writing(store.id) as db:
                now = self.bench.clock.now()
                await contact_policy.change(db, numbers, self.bench.person, form.get("why", ""), now)
        except NotAllowed as error:
            return await self._show(request, f"Nothing was changed: {error}.", form)
        return then("/policy")

    async def _show(self, request: Request, problem: str = "", typed: dict[str, str] | None = None) -> Response:
        store = await self.bench.store()
        now, zone = self.bench.times(store)
        async with self.bench.database.reading(store.id) as db:
            numbers = await contact_policy.numbers_in_force(db)
            history = await contact_policy.history(db)
            frame = await self.bench.frame(db, store)
        given = typed or {}
        fields = [
            (name, label, given.get(name, _shown(name, numbers[name])), name in _HOURS, *_limits(name))
            for name, label in _LABELS.items()
        ]
        return self.bench.page(
            request, "policy.html", frame, 422 if problem else 200,
            problem=problem, fields=fields, why=given.get("why", ""), version=contact_rules.VERSION,
            rules=_rules(numbers),
            alone=[RuleLine(each.id, each.says, _number(each.id, numbers), each.source, each.since)
                   for each in leaving_alone.RULES],
            states=[_state(each) for each in (contact_rules.OFFERS, *contact_rules.STATES.values())],
            history=[(moment(each.at, now, zone), each.by, each.why, _numbers(each)) for each in history],
        )  # fmt: skip


def _rules(numbers: dict[str, int]) -> list[RuleLine]:
    return [
        RuleLine(
            each.id,
            each.says,
            _number(each.id, numbers) or (str(each.number) if each.number else ""),
            each.source,
            each.since,
        )
        for each in contact_rules.RULES
    ]


def _numbers(change: PolicyChange) -> str:
    return ", ".join(f"{_LABELS[name].lower()} {_shown(name, value)}" for name, value in change.numbers.items())


def _number(rule_id: str, numbers: dict[str, int]) -> str:
    return str(numbers[_SET_BY[rule_id]]) if rule_id in _SET_BY else ""


def _state(hours: StateHours) -> tuple[str, str, str, str, str, date]:
    name = hours.state or "Everywhere"
    return name, _window(hours.weekday), _window(hours.saturday), _window(hours.sunday), hours.source, hours.since


def _window(window: Window | None) -> str:
    return f"{window.opens:%H:%M} – {window.closes:%H:%M}" if window is not None else "never"


def _shown(name: str, value: int) -> str:
    return "{:02d}:{:02d}".format(*divmod(value, 60)) if name in _HOURS else str(value)


def _limits(name: str) -> tuple[str, str]:
    low, high, _ = NUMBERS[name]
    return _shown(name, low), _shown(name, high)


def _value(name: str, typed: str) -> int:
    typed = typed.strip()
    hour, colon, minute = typed.partition(":")
    if name in _HOURS and colon and hour.isdecimal() and minute.isdecimal() and len(typed) <= 5 and int(minute) < 60:
        return int(hour) * 60 + int(minute)
    if name not in _HOURS and typed.isascii() and typed.isdecimal() and len(typed) < 6:
        return int(typed)
    raise NotAllowed(f"{_LABELS[name].split(' (')[0].lower()} is {'a time' if name in _HOURS else 'a whole number'}")
