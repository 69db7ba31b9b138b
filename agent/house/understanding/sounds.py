"""How alike two names sound or look: for names a telephone recogniser got nearly right."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

_RULES = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"[^a-z]", ""), (r"^(kn|gn|pn)", "n"), (r"^wr", "r"), (r"^ps", "s"), (r"^x", "z"), (r"tch|ch|sh|sch|sci", "C"),
        (r"ph", "f"), (r"ough", "of"), (r"gh(?=[aeiou])", "g"), (r"gh", ""), (r"ck|cq|q", "k"), (r"c(?=[eiy])", "s"),
        (r"c", "k"), (r"x", "ks"), (r"dg|g(?=[eiy])|j", "J"), (r"th", "t"), (r"wh", "w"), (r"mb$", "m"), (r"z", "s"),
        (r"h", ""), (r"(?<=[aeiou])[wy]", ""), (r"y", "i"), (r"(.)\1+", r"\1"), (r"[aeiou]+", "a"), (r"(?<=.)a$", ""),
        (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
_BLUNT = str.maketrans("bdvgJzmp", "ptfkCsnp")


@lru_cache(maxsize=65536)
def sound_of(name: str) -> str:
    """What is left of a name once spelling is forgotten."""
    key = name.lower()
    for pattern, to in _RULES:
        key = pattern.sub(to, key)
    return key


@lru_cache(maxsize=262_144)
def likeness(heard: str, name: str) -> float:
    """0 to 1: equal letters are 1, equal sound nearly so, then by how much must change."""
    if heard == name:
        return 1.0
    if not heard or not name:
        return 0.0
    written = OSA.normalized_similarity(heard, name)
    leading = JaroWinkler.similarity(heard, name) - 0.12
    a, b = sound_of(heard), sound_of(name)
    if not a or not b:
        return max(written, leading)
    if a == b:
        return 0.9 + 0.07 * written
    spoken = 0.93 * OSA.normalized_similarity(a, b)
    blunt = 0.88 * OSA.normalized_similarity(a.translate(_BLUNT), b.translate(_BLUNT))
    ends = 0.04 if heard[0] == name[0] else 0.0
    return min(0.94, max(written, spoken, blunt, leading) + ends)


_ALIKE = ("bcdegptvz", "mn", "sfx", "ajkh", "iy", "qu", "or", "aeiou", "lmn")
_CONFUSED = frozenset((a, b) for group in _ALIKE for a in group for b in group if a != b)


@lru_cache(maxsize=131_072)
def spelled_likeness(letters: str, name: str) -> float:
    """Likeness of letters read out to a name; letters that sound alike over a telephone cost half."""
    if not letters or not name:
        return 0.0
    if letters == name:
        return 1.0
    plain = Levenshtein.normalized_similarity(letters, name)
    if plain < 0.4:
        return plain
    previous = [float(k) for k in range(len(name) + 1)]
    for i, a in enumerate(letters, start=1):
        row = [float(i)]
        for j, b in enumerate(name, start=1):
            swap = 0.0 if a == b else 0.5 if (a, b) in _CONFUSED else 1.0
            row.append(min(previous[j] + 0.8, row[j - 1] + 0.9, previous[j - 1] + swap))
        previous = row
    return max(0.0, 1.0 - previous[-1] / max(len(letters), len(name)))
