"""Repeating groups in a cell: `|` between operations, `^` inside one; unequal groups are never zipped. Pure."""

from collections.abc import Mapping

BETWEEN = "|"
INSIDE = "^"


def split(text: str) -> list[str]:
    """One text per operation; a blank cell has none."""
    return [part.strip() for part in text.split(BETWEEN)] if text and not text.isspace() else []


def inside(text: str) -> list[str]:
    """The values within one operation, blanks left out."""
    if INSIDE not in text:
        return [text] if text else []
    return [part.strip() for part in text.split(INSIDE) if part.strip()]


def aligned(count: int, cells: Mapping[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """For each field one text per operation, and the fields whose length differs and therefore belong to nobody.

    Blanks at the end are padding, not operations.
    """
    fitting: dict[str, list[str]] = {}
    uneven: list[str] = []
    for field, text in cells.items():
        parts = split(text)
        if len(parts) > count and not any(parts[count:]):
            parts = parts[:count]
        if not parts:
            fitting[field] = [""] * count
        elif len(parts) == count:
            fitting[field] = parts
        else:
            uneven.append(field)
    return fitting, uneven
