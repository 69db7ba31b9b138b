"""Names as people write them: folded, split into parts, heard as sounds, and related by nickname; pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from nicknames import name_triplets
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

_SIGNS = re.compile(r"[^a-z0-9]+")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "rev", "sra", "srta"})
_GENERATIONS = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "2nd": "ii"}
_GENERATIONS |= {"iii": "iii", "3rd": "iii", "iv": "iv", "4th": "iv"}
_LEGAL_FORMS = frozenset({"inc", "llc", "corp", "corporation", "co", "company", "ltd", "llp", "lp", "pc", "plc", "the"})
_TRADE_WORDS = frozenset(
    {"rentals", "rental", "construction", "plumbing", "roofing", "landscaping", "enterprises", "services", "auto"}
    | {"motors", "trucking", "logistics", "electric", "church", "school", "district", "city", "county", "fleet"}
)
_BUSINESS_WORDS = _LEGAL_FORMS - {"the", "co"} | _TRADE_WORDS
_NOT_NAMES = frozenset({"unknown", "none", "na", "test", "customer", "cash", "guest", "nmn", "nfn", "noname"})
LEFT_OUT = _TITLES | _NOT_NAMES
"""Words that stand where a name should begin and are none of it."""

_SOUNDS = str.maketrans({"b": "1", "f": "1", "p": "1", "v": "1"} | dict.fromkeys("cgjkqsxz", "2"))
_SOUNDS |= str.maketrans(dict.fromkeys("dt", "3") | {"l": "4", "m": "5", "n": "5", "r": "6"})
_STARTS = (("kn", "n"), ("gn", "n"), ("wr", "r"), ("ph", "f"), ("ps", "s"), ("sch", "s"), ("c", "k"), ("q", "k"))


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of one name, folded; `generation` is jr, sr, ii, iii, iv or ""."""

    first: str
    middle: str
    last: str
    generation: str = ""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without accents and punctuation, single spaces: "O'Brien-Núñez" is "obrien nunez"."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = text.lower().replace("'", "").replace("’", "").replace("`", "")
    return " ".join(_SIGNS.sub(" ", text).split())


@lru_cache(maxsize=65536)
def parts(first: str, middle: str, last: str) -> Name:
    """A person's name from the three columns: titles dropped, generations set apart, "Smith, John" turned round."""
    if not first.strip() and "," in last:
        last, _, first = last.partition(",")
        if fold(first) in _GENERATIONS:
            last, first = f"{last} {first}", ""
    generation = ""
    kept: list[list[str]] = []
    for column in (first, middle, last):
        words = [word for word in fold(column).split() if word not in _TITLES and word not in _NOT_NAMES]
        while len(words) > 1 and words[-1] in _GENERATIONS:
            generation = _GENERATIONS[words.pop()]
        kept.append(words)
    firsts, middles, lasts = kept
    if middles and middles[-1] in _GENERATIONS:
        generation = _GENERATIONS[middles.pop()]
    if len(firsts) > 1 and not middles and (len(firsts[-1]) == 1 or len(firsts) == 2 and min(map(len, firsts)) > 2):
        firsts, middles = firsts[:-1], firsts[-1:]
    return Name("".join(firsts), " ".join(middles), "".join(lasts), generation)


def looks_like_business(first: str, last: str) -> bool:
    """Whether a name carries a legal form or trade: nobody is called "LLC"."""
    words = [*fold(first).split(), *fold(last).split()]
    return len(words) > 1 and not _BUSINESS_WORDS.isdisjoint(words)


def business_name(first: str, last: str) -> str:
    """A business's name without its legal form, words in order."""
    return " ".join(word for word in fold(f"{first} {last}").split() if word not in _LEGAL_FORMS)


@lru_cache(maxsize=65536)
def sound(name: str) -> str:
    """A key that names heard alike share: Catherine and Kathryn, Meyer and Meier."""
    if not name:
        return ""
    for written, heard in _STARTS:
        if name.startswith(written) and not name.startswith("ch"):
            name = heard + name[len(written) :]
            break
    codes = [code for code in name[0] + name[1:].translate(_SOUNDS).replace("h", "").replace("w", "")]
    heard = codes[0]
    last = codes[0].translate(_SOUNDS)
    for code in codes[1:]:
        if code.isdigit() and code != last:
            heard += code
        last = code
    return heard[:4]


def openings(name: str) -> frozenset[str]:
    """The letters a name that sounds like this one may begin with: Catherine is Kathryn."""
    heard = sound(name)[:1]
    return frozenset({heard} | {written[0] for written, as_heard in _STARTS if as_heard == heard}) - {""}


@lru_cache(maxsize=1)
def _formal_names() -> dict[str, frozenset[str]]:
    """Every name of the nickname list with the formal names it can stand for, none for one that is only formal."""
    found: dict[str, set[str]] = {}
    for triplet in name_triplets():
        found.setdefault(triplet.name1, set())
        found.setdefault(triplet.name2, set()).add(triplet.name1)
    return {name: frozenset(formal) for name, formal in found.items()}


@lru_cache(maxsize=1)
def _with_short_forms() -> frozenset[str]:
    return frozenset(triplet.name1 for triplet in name_triplets())


def known(name: str) -> bool:
    """Whether the name is on the list of given names, so that it is hardly a slip of the pen."""
    return name in _formal_names()


@lru_cache(maxsize=65536)
def are_nicknames(one: str, other: str) -> bool:
    """Whether one is short for the other (Bill, William), or both are short for a third (Bill, Will)."""
    formal = _formal_names()
    mine, theirs = formal.get(one, frozenset()), formal.get(other, frozenset())
    if one in theirs or other in mine:
        return True
    return not mine.isdisjoint(theirs) and _with_short_forms().isdisjoint((one, other))


@lru_cache(maxsize=131072)
def slip(one: str, other: str) -> bool:
    """Whether the two differ by no more than a slip of the pen."""
    longer = max(len(one), len(other))
    if longer < 4 or abs(len(one) - len(other)) > 2:
        return False
    distance = DamerauLevenshtein.distance(one, other, score_cutoff=2)
    return distance <= (1 if longer < 6 else 2) or JaroWinkler.similarity(one, other) >= 0.94


@lru_cache(maxsize=65536)
def letters_apart(one: str, other: str) -> int:
    return DamerauLevenshtein.distance(one, other)
