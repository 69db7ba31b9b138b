"""CSV files of unknown make: columns by the many names they have, rows that can't be read told apart. Pure."""

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_MOST_ROWS = 50_000
_DELIMITERS = ",;\t|"


class NoTable(Exception):
    """The file has no header we know; the message says which columns are needed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file; `number` is where it stands, counted as people do."""

    number: int
    values: Mapping[str, tuple[str, ...]]

    def get(self, name: str) -> str:
        """The first filled column of that meaning."""
        return next((value for value in self.values.get(name, ()) if value), "")

    def every(self, name: str) -> tuple[str, ...]:
        return tuple(value for value in self.values.get(name, ()) if value)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file and what is wrong with those left out. `named` are the meanings its header has."""

    rows: Sequence[Row]
    named: frozenset[str]
    problems: tuple[str, ...]


def table_of(body: bytes, aliases: Mapping[str, str]) -> Table:
    """Reads a file by its header; `aliases` maps a column's name in letters and digits to what it means."""
    text = _decoded(body).replace("\0", "")
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    lines = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter)
    rows: list[Row] = []
    problems: list[str] = []
    try:
        header = [aliases.get(_letters(name), "") for name in next(lines, [])]
        if not any(header):
            raise NoTable("the first line names no column we know")
        for number, cells in enumerate(lines, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                problems.append(f"line {number}: more cells than columns")
                continue
            if len(rows) >= _MOST_ROWS:
                problems.append(f"from line {number}: more than {_MOST_ROWS} rows")
                break
            rows.append(Row(number, _by_meaning(header, cells)))
    except csv.Error as error:
        problems.append(f"after line {len(rows) + 1}: {error}")
    return Table(rows, frozenset(name for name in header if name), tuple(problems))


def _by_meaning(header: Sequence[str], cells: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, cell in zip(header, cells, strict=False):
        if name:
            found[name] = (*found.get(name, ()), cell.strip())
    return found


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _decoded(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
