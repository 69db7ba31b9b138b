"""A posted HTML form as names and values, within limits. Pure."""

from urllib.parse import parse_qsl

_MOST_FIELDS = 60


class BadForm(Exception):
    """The body is no form we can read; the message says why."""


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a URL-encoded body; the last value of a repeated name counts."""
    return dict(_pairs(body, _MOST_FIELDS))


def read_lists(body: bytes, most: int) -> dict[str, list[str]]:
    """The fields of a URL-encoded body with every value of a repeated name."""
    found: dict[str, list[str]] = {}
    for name, value in _pairs(body, most):
        found.setdefault(name, []).append(value)
    return found


def _pairs(body: bytes, most: int) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=most)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadForm(f"not a form, or more than {most} fields") from error
