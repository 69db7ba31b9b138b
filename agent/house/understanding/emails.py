"""E-mail addresses as typed or spoken: "maria dot alvarez at gmail dot com". Pure."""

from __future__ import annotations

import re

_TYPED = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_SPOKEN = re.compile(
    r"((?:[a-z0-9]+(?:[ ]?(?:\.|-|_|dot|period|dash|hyphen|underscore)[ ]?|[ ]))*[a-z0-9]+) (?:at|@|arroba) "
    r"([a-z0-9-]+(?: ?(?:dot|\.|punto) ?[a-z0-9]+)+)",
    re.IGNORECASE,
)
_MARKS = (
    (r" ?(?:dot|period|punto) ?", "."),
    (r" ?(?:dash|hyphen|guion) ?", "-"),
    (r" ?(?:underscore|guion bajo) ?", "_"),
)
_LEADS = re.compile(
    r"^.*\b(?:e-?mail(?: address)?|address|it|that|my|new|one)(?:'s| is| as| to)?\b[: ]+"
    r"|^(?:it's|its|uh|um|yes|sure|ok|okay) ",
    re.IGNORECASE,
)


def find_email(text: str) -> str:
    """The one address in the words, in lower case; "" when there is none."""
    typed = _TYPED.search(text)
    if typed is not None:
        return typed[0].lower().rstrip(".")
    spoken = _SPOKEN.search(text.replace("'s ", " is "))
    if spoken is None:
        return ""
    name, host = (_joined(part) for part in (_without_leads(spoken[1]), spoken[2]))
    return f"{name}@{host}" if name and "." in host else ""


def _without_leads(words: str) -> str:
    shorter = _LEADS.sub("", words)
    return shorter if shorter != words else words


def _joined(words: str) -> str:
    plain = words.lower()
    for spoken, mark in _MARKS:
        plain = re.sub(spoken, mark, plain)
    return plain.replace(" ", "")
