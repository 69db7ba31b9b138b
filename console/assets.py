"""The few files a page needs, each under a name that changes with its content."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

_STATIC = Path(__file__).parent / "static"
# One stylesheet and one script reach the browser; the tokens are a file of their own for the test that reads them.
_PARTS = {
    "console.css": ("text/css; charset=utf-8", ("tokens.css", "console.css", "record.css")),
    "console.js": (
        "text/javascript; charset=utf-8",
        ("console.js", "keys.js", "composer.js", "upload.js", "runs.js"),
    ),
    "icon.svg": ("image/svg+xml", ("icon.svg",)),
}


@dataclass(frozen=True, slots=True)
class Asset:
    media_type: str
    content: bytes


class Assets:
    """Everything the pages load, read once."""

    def __init__(self) -> None:
        self._by_name: dict[str, Asset] = {}
        self._addresses: dict[str, str] = {}
        for name, (media_type, parts) in _PARTS.items():
            content = b"\n".join((_STATIC / part).read_bytes() for part in parts)
            stem, _, ending = name.rpartition(".")
            served = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
            self._by_name[served] = Asset(media_type, content)
            self._addresses[name] = f"/assets/{served}"

    def address(self, name: str) -> str:
        return self._addresses[name]

    def asset(self, served: str) -> Asset | None:
        return self._by_name.get(served)
