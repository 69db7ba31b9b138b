"""Lists of the REST API as Twilio documents them: filtered by day or moment, newest first, paged by token."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from simulator.http_server import HttpAnswer, HttpRequest

_MOST, _USUAL = 1000, 50
_PAGING = ("Page", "PageSize", "PageToken")


def within(at: datetime, query: Mapping[str, str], name: str) -> bool:
    """`name` is one day in GMT, `name>` and `name<` are inequalities that include the day, or moment, they name."""
    on, after, before = (query.get(key, "") for key in (name, f"{name}>", f"{name}<"))
    if on and not _start(on) <= at < _end(on):
        return False
    if after and at < _start(after):
        return False
    return not before or at < _end(before)


def listed(name: str, rows: list[dict[str, object]], request: HttpRequest) -> HttpAnswer:
    """One page. The next begins behind the last row shown, so that rows that came meanwhile shift nothing."""
    size = min(_MOST, int(request.query.get("PageSize") or _USUAL))
    page, token = int(request.query.get("Page") or 0), request.query.get("PageToken", "").removeprefix("PA")
    starts = next((number + 1 for number, row in enumerate(rows) if row["sid"] == token), 0) if token else page * size
    shown = rows[starts : starts + size]
    kept = {key: value for key, value in request.query.items() if key not in _PAGING}

    def address(**more: str) -> str:
        return f"{request.path}?{urlencode(kept | {'PageSize': str(size)} | more)}"

    more = len(rows) > starts + size
    following = address(Page=str(page + 1), PageToken=f"PA{shown[-1]['sid']}") if shown and more else None
    return HttpAnswer.of_json(
        {
            name: shown,
            "page": page,
            "page_size": size,
            "uri": address(Page=str(page)),
            "first_page_uri": address(Page="0"),
            "next_page_uri": following,
        }
    )


def _start(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=UTC)


def _end(text: str) -> datetime:
    span = timedelta(days=1) if len(text) == 10 else timedelta(microseconds=1)
    return _start(text) + span
