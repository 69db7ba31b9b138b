"""Which column of a file is which of our fields: by the header's words, never by position. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from crm_sync.rows import FileMoment, Seen, Texts

Spellings = Mapping[str, tuple[str, ...]]
"""Our field -> how headers spell it; letter case, spaces and signs do not matter."""


@dataclass(frozen=True)
class Feed:
    """One kind of file: how its columns are called, which make a row's key, which it cannot do without.

    `named` are the types its file names end in; `read` gives a row its meaning and raises BadCell. Where the whole key
    is blank, `instead` makes it. `marks` tell the feed from others with the same needs; one of `any_of` must be there.
    """

    name: str
    named: tuple[str, ...]
    key: tuple[str, ...]
    required: tuple[str, ...]
    fields: Spellings
    read: Callable[[Texts, FileMoment], Seen]
    marks: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileColumns:
    """The columns of one file that mean something to us, in a fixed order, so that a moved column changes no row."""

    fields: tuple[str, ...]
    places: tuple[int, ...]
    ignored: tuple[str, ...]

    def pick(self) -> Callable[[Sequence[str]], tuple[str, ...]]:
        if len(self.places) == 1:
            only = self.places[0]
            return lambda cells: (cells[only],)
        return itemgetter(*self.places)


def columns_of(feed: Feed, headers: Sequence[str], saved: Mapping[str, str]) -> FileColumns:
    """The file's columns as a person mapped them (`saved`: header -> field), else as their words say."""
    spelled = {plain(word): field for field, words in feed.fields.items() for word in (field, *words)}
    by_hand = {plain(header): field for header, field in saved.items()}
    found: dict[str, int] = {}
    ignored: list[str] = []
    for place, header in enumerate(headers):
        field = by_hand.get(plain(header)) or spelled.get(plain(header))
        if field is None or field in found:
            ignored.append(header)
            continue
        found[field] = place
    fields = tuple(sorted(found))
    return FileColumns(fields, tuple(found[field] for field in fields), tuple(ignored))


def lacking(feed: Feed, columns: FileColumns) -> list[str]:
    """The fields without which this feed's rows have no meaning here, by their usual header."""
    missing = [feed.fields[field][0] for field in feed.required if field not in columns.fields]
    if feed.any_of and not any(field in columns.fields for field in feed.any_of):
        missing.append(" or ".join(feed.fields[field][0] for field in feed.any_of))
    return missing


def likeliest(feeds: Sequence[Feed], headers: Sequence[str], saved: Mapping[str, Mapping[str, str]]) -> Feed | None:
    """The feed these headers belong to: none of what it needs is missing, and most of what it knows is there. `saved`
    is what a person said of the store's own headers, by feed."""
    fitting: list[tuple[int, int, Feed]] = []
    for feed in feeds:
        columns = columns_of(feed, headers, saved.get(feed.name, {}))
        if columns.fields and not lacking(feed, columns) and all(mark in columns.fields for mark in feed.marks):
            fitting.append((len(columns.fields), -len(columns.ignored), feed))
    return max(fitting, key=lambda fit: fit[:2])[2] if fitting else None


def plain(header: str) -> str:
    """Letters and digits only, in lower case."""
    return re.sub(r"[^a-z0-9]+", "", header.lower())
