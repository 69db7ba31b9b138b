"""The careful default: two names are one person only when name and a contact agree and nothing speaks against it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import bulk
from crm_sync.ports import ProposedPerson
from record.models import ContactPoint, Customer


@dataclass(slots=True)
class _Known:
    """A candidate, as far as the rule needs it."""

    id: str
    name: str
    postal_code: str
    birth_date: date | None
    contacts: set[str] = field(default_factory=set)


class ExactMatcher:
    """A `PeopleMatcher`: exactly one candidate with the same whole name and a phone or e-mail in common, whose birth
    date and ZIP do not differ. Two candidates are doubt, and doubt is a new record."""

    async def find(self, db: AsyncSession, people: Sequence[ProposedPerson]) -> list[str | None]:
        reach: dict[str, list[_Known]] = {}
        for candidate in await self._on_record(db, {value for person in people for value in _contacts(person)}):
            for value in candidate.contacts:
                reach.setdefault(value, []).append(candidate)
        found: list[str | None] = []
        for person in people:
            fitting = {one.id: one for value in _contacts(person) for one in reach.get(value, []) if _same(person, one)}
            found.append(next(iter(fitting)) if len(fitting) == 1 else None)
            if not fitting:
                new = _Known(
                    person.id, _name(person.first_name, person.last_name), person.postal_code, person.birth_date
                )
                for value in _contacts(person):
                    reach.setdefault(value, []).append(new)
        return found

    async def added(self, db: AsyncSession, people: Sequence[ProposedPerson]) -> None:
        """The rule reads the record itself, so there is nothing to remember."""

    async def _on_record(self, db: AsyncSession, contacts: set[str]) -> list[_Known]:
        points = await bulk.found(db, ContactPoint, ("customer_id", "value"), "value", contacts)
        ids = {point.customer_id for point in points}
        columns = ("id", "first_name", "last_name", "postal_code", "birth_date", "merged_into_id")
        known = {
            row.id: _Known(row.id, _name(row.first_name, row.last_name), row.postal_code or "", row.birth_date)
            for row in await bulk.found(db, Customer, columns, "id", ids)
            if row.merged_into_id is None
        }
        for point in points:
            if point.customer_id in known:
                known[point.customer_id].contacts.add(point.value)
        return list(known.values())


def _same(person: ProposedPerson, other: _Known) -> bool:
    if not other.name or _name(person.first_name, person.last_name) != other.name:
        return False
    if person.birth_date and other.birth_date and person.birth_date != other.birth_date:
        return False
    return not (person.postal_code and other.postal_code and person.postal_code[:5] != other.postal_code[:5])


def _name(first: str, last: str) -> str:
    return " ".join(f"{first} {last}".casefold().replace(".", "").split()) if last else ""


def _contacts(person: ProposedPerson) -> tuple[str, ...]:
    return (*person.phones, *person.emails)
