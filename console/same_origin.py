"""Does a form that changes something come from our own page? Pure.

A browser adds the password, or being on this machine, to whatever another site makes it send; so the page a form was
sent from must be ours, as the browser itself tells it.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_ours(headers: Mapping[str, str]) -> bool:
    """By Sec-Fetch-Site, else by Origin; a request that says neither is not from a browser's form, and is refused."""
    site = headers.get("sec-fetch-site", "")
    if site:
        return site == "same-origin"
    origin, host = headers.get("origin", ""), headers.get("host", "")
    return bool(host) and urlsplit(origin).netloc == host
