"""Letters spoken one by one, however the recogniser wrote them down."""

from __future__ import annotations

import re

_NATO = {
    word: word[0]
    for word in """alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november
    oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu""".split()
}
_NAMED = {
    "ay": "a",
    "bee": "b",
    "be": "b",
    "see": "c",
    "sea": "c",
    "cee": "c",
    "dee": "d",
    "ee": "e",
    "eff": "f",
    "ef": "f",
    "gee": "g",
    "aitch": "h",
    "haitch": "h",
    "eye": "i",
    "jay": "j",
    "kay": "k",
    "okay": "k",
    "el": "l",
    "ell": "l",
    "em": "m",
    "en": "n",
    "oh": "o",
    "pee": "p",
    "pea": "p",
    "cue": "q",
    "queue": "q",
    "are": "r",
    "ar": "r",
    "ess": "s",
    "es": "s",
    "tee": "t",
    "tea": "t",
    "you": "u",
    "vee": "v",
    "ex": "x",
    "why": "y",
    "wye": "y",
    "zee": "z",
    "zed": "z",
    "and": "n",
    "apostrophe": "'",
    "dash": "-",
    "hyphen": "-",
    "space": " ",
    "blank": " ",
}
_AS_IN = frozenset({"as", "like", "for", "is"})
_MANY = {"double": 2, "triple": 3, "treble": 3}
_SKIPPED = frozenset({"capital", "letter", "then", "lowercase", "uppercase", "comma", "dot"})
_WORD = re.compile(r"[A-Za-z']+|[0-9]+")
_DASHED = re.compile(r"(?<![A-Za-z-])[A-Za-z](?:-[A-Za-z])+(?![A-Za-z-])")


def spelled_letters(text: str) -> tuple[str, ...]:
    """Letter strings the words spell ("b as in boy", "double l", "B E T H"), one per run; empty when nothing is."""
    words = _WORD.findall(_DASHED.sub(lambda match: match.group().replace("-", " "), text))
    runs: list[str] = []
    letters, sure, firm, i = "", 0, 0, 0
    while i <= len(words):
        step = _letter(words, i) if i < len(words) else None
        if step is None or (not letters and not step[2]):
            if sure >= 2 and firm >= 2:
                runs.append(letters[:firm].strip())
            letters, sure, firm, i = "", 0, 0, i + 1
            continue
        letters, sure, i = letters + step[0], sure + step[2], step[1]
        firm = len(letters) if step[2] else firm  # "n e s, and ..." does not end in an N
    return tuple(_trimmed(run) for run in runs if run)


def heard_letters(text: str) -> tuple[str, ...]:
    """Every letter string an attempt at spelling may hold, noise and all: short scraps count as the letters in them."""
    words = [word for word in _WORD.findall(text) if not word.isdigit()]
    if not words:
        return ()
    plain = "".join(_scrap(word, named=False) for word in words)
    named: list[str] = []
    i = 0
    while i < len(words):
        step = _letter(words, i)
        if step is not None:
            named.append(step[0].strip(" -"))
            i = step[1]
        else:
            named.append(_scrap(words[i], named=True))
            i += 1
    return tuple(dict.fromkeys(found for found in ("".join(named), plain) if len(found) >= 2))


def letter_at(words: list[str], i: int) -> tuple[str, int] | None:
    """The letter said at word `i` and what comes after it; a little word such as "you" counts as the letter it is."""
    found = _letter(words, i)
    return (found[0], found[1]) if found is not None and found[0] else None


def looks_spelled(text: str) -> bool:
    """Whether an attempt reads like letters rather than words."""
    words = _WORD.findall(text)
    if not words:
        return False
    short = sum(1 for word in words if len(word) <= 2 or word.lower() in _NATO)
    return len(words) >= 3 and short / len(words) >= 0.6


def _letter(words: list[str], i: int) -> tuple[str, int, int] | None:
    """Letters at word `i`, the index after them, and how sure it is that they were spelled (0 or more)."""
    word = words[i].lower()
    if word in _MANY and i + 1 < len(words):
        if word == "double" and words[i + 1].lower() in ("u", "you"):
            return "w", i + 2, 1
        after = _letter(words, i + 1)
        return (
            (after[0] * _MANY[word], after[1], max(after[2], 1)) if after is not None and after[0].isalpha() else None
        )
    if word in _SKIPPED and i + 1 < len(words):
        return "", i + 1, 0
    letter = word if len(word) == 1 and word.isalpha() else _NAMED.get(word)
    if letter is not None and i + 2 < len(words) and words[i + 1].lower() in _AS_IN:
        start = 3 if words[i + 1].lower() == "as" and words[i + 2].lower() == "in" else 2
        if words[i + 1].lower() != "is" and i + start < len(words) and words[i + start][:1].lower() == letter:
            return letter, i + start + 1, 2
    if word in _NATO:
        return _NATO[word], i + 1, 1
    if letter is None:
        return None
    return letter, i + 1, 1 if len(word) == 1 or letter in "'-" else 0


def _trimmed(run: str) -> str:
    return " ".join(run.split())


def _scrap(word: str, *, named: bool) -> str:
    lowered = word.lower().replace("'", "")
    if named and lowered in _NATO:
        return _NATO[lowered]
    if named and lowered in _NAMED:
        return _NAMED[lowered].strip(" -'")
    return lowered if len(lowered) <= 6 else ""
