"""The hostile texts of our own writing, by what they are after."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "attacks.txt"


@dataclass(frozen=True)
class Attack:
    """One text; `number` is its place in the file."""

    number: int
    kind: str
    text: str


@cache
def attacks() -> tuple[Attack, ...]:
    found: list[Attack] = []
    kind = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if (
            line.startswith("[")
            and line.endswith("]")
            and line[1:2].isalpha()
            and len(line) < 40
            and "INST" not in line
        ):
            kind = line[1:-1]
        elif line and not line.startswith("# "):
            found.append(Attack(len(found), kind, line.replace("\\n", "\n")))
    return tuple(found)
