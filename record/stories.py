"""Many kinds of rows as one story, newest first, a page at a time and in one query.

Each source says which of its rows belong to it, in columns all sources share; the database merges one page of each.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    Text,
    and_,
    cast,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import UtcDateTime
from kit.ids import CustomerId

PAGE = 50
DETAILS = ("a", "b", "c", "d", "e", "f")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a page ends: the next one is strictly older."""

    at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind` and `ref_id` say which row it is; `says` is one plain line."""

    at: datetime
    kind: str
    ref_id: str
    department: str
    says: str
    who: str = ""
    detail: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place(self.at, f"{self.kind}:{self.ref_id}")


@dataclass(frozen=True)
class Page:
    entries: tuple[Entry, ...]
    next: Place | None


Seen = Row[Any]
"""A row as the database merged it: `at`, `id`, `department`, `who` and the details `a` to `f`, which are texts."""


@dataclass(frozen=True)
class Source:
    """One kind of thing that happens: which rows are a customer's (`drawn` makes them), and how each reads."""

    kind: str
    rows: Callable[[str, str], Select[*tuple[Any, ...]]]
    says: Callable[[Seen], str]
    detail: Callable[[Seen], dict[str, str]] = lambda _row: {}
    bound: bool = False
    """Only those of the row's own department see it, where a session is limited to departments."""


async def told(
    db: AsyncSession, who: CustomerId | str, sources: Iterable[Source], after: Place | None = None, limit: int = PAGE
) -> Page:
    """One page of the story of that customer, whose id stands for itself."""
    by_kind = {source.kind: source for source in sources}
    rooftop = str(db.info["rooftop_id"])
    limited: frozenset[str] = db.info.get("departments", frozenset())
    parts = [_newest(source, rooftop, str(who), after, limit + 1, limited) for source in by_kind.values()]
    merged = union_all(*(select(*part.c) for part in parts)).subquery()
    rows = await db.execute(
        select(*merged.c).order_by(merged.c.at.desc(), merged.c.kind.desc(), merged.c.id.desc()).limit(limit + 1)
    )
    entries = [_entry(by_kind[row.kind], row) for row in rows]
    shown = tuple(entries[:limit])
    return Page(shown, shown[-1].place if len(entries) > limit else None)


def drawn(
    row_id: Any, at: Any, department: Any = "", who: Any = "", details: tuple[Any, ...] = ()
) -> Select[*tuple[Any, ...]]:
    """The columns all sources share, of any row."""
    filled = (*details, *(null() for _ in range(len(DETAILS) - len(details))))
    return select(
        cast(row_id, Text).label("id"),
        type_coerce(at, UtcDateTime).label("at"),
        _text(department).label("department"),
        _text(who).label("who"),
        *(_text(value).label(name) for name, value in zip(DETAILS, filled, strict=True)),
    )


def _text(value: Any) -> ColumnElement[Any]:
    return cast(literal(value) if isinstance(value, str) else value, Text)


def _newest(
    source: Source, rooftop: str, who: str, after: Place | None, limit: int, limited: frozenset[str]
) -> FromClause:
    """One page of a source. The rooftop is in each source's own words: what scopes a session does not reach in here."""
    rows = source.rows(rooftop, who).add_columns(cast(literal(source.kind), Text).label("kind")).subquery()
    query = select(*rows.c)
    if source.bound and limited:
        query = query.where(rows.c.department.in_(("", *sorted(limited))))
    if after is not None:
        query = query.where(_before(rows.c.at, rows.c.id, source.kind, after))
    return query.order_by(rows.c.at.desc(), rows.c.id.desc()).limit(limit).subquery()


def _before(at: ColumnElement[Any], row_id: ColumnElement[Any], kind: str, after: Place) -> ColumnElement[bool]:
    """Kinds share one order: at the same moment, by kind and then by id."""
    last_kind, _, last_id = after.key.partition(":")
    if kind < last_kind:
        return at <= after.at
    if kind > last_kind:
        return at < after.at
    return or_(at < after.at, and_(at == after.at, row_id < last_id))


def _entry(source: Source, row: Seen) -> Entry:
    detail = {name: value for name, value in source.detail(row).items() if value}
    return Entry(row.at, row.kind, row.id, row.department or "", source.says(row), row.who or "", detail)
