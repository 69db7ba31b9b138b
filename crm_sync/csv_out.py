"""A fact as a CSV file of one line, as spreadsheets and importers read it. Pure."""

import csv
import io
import re
from collections.abc import Mapping, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def csv_text(columns: Sequence[str], values: Mapping[str, str]) -> str:
    """A header and one line (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerow([cell(values.get(column, "")) for column in columns])
    return text.getvalue()


def cell(value: str) -> str:
    """The value on one line, and never a formula: a caller can say anything, and a spreadsheet would run it."""
    plain = _CONTROL.sub(" ", value).strip()
    return f"'{plain}" if plain.startswith(_FORMULA) else plain
