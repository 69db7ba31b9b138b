"""A posted HTML form as names and values, within limits. Pure."""

from urllib.parse import parse_qsl

_MOST_FIELDS = 60


class BadForm(Exception):
    """The body is no form we can read; the message says why."""


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a URL-encoded body; the last value of a repeated name counts."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadForm("not a form, or more than 60 fields") from error
    return dict(pairs)
