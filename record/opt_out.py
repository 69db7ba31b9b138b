"""What a text wants of our texting itself: no more of it, more again, or help. Any reasonable wording, in English and
Spanish; pure.

Three kinds of evidence say "no more": a whole message that is nothing but such a word; a clause that ends something
which is our texting ("quit sending me these", "ya no me escriban"); and words that can mean nothing else ("take me
off your list", "leave me alone"). What speaks of cars, appointments or other people is no evidence, and a wish turned
round ("don't stop calling until you reach me") is the opposite.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from record import opt_out_words as words


class Wish(StrEnum):
    """What is wanted. YES means something only to a number that had opted out."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    YES = "yes"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reading:
    """`keyword`: one of the words the carrier itself acts on and answers, so that we need not answer as well.
    `cancels`: the word was cancel, which a customer with an appointment may mean for that."""

    wish: Wish
    keyword: bool = False
    cancels: bool = False


# What Twilio handles by itself (its default opt-out handling): single words, any case.
_CARRIER_STOP = frozenset("stop stopall unsubscribe cancel end quit revoke optout".split())
_CARRIER_START = frozenset("start unstop".split())
_CARRIER_HELP = frozenset("help info".split())
_SIGN = re.compile(r"^\W*(?:🛑|⛔|🚫)\W*$")
_CLAUSES = re.compile(
    r"[.!;\n]+|\?+|,|\s-+\s|\b(?:but|pero)\b"
    r"| (?:and|so) (?=i |my |also|please|the |then |now |stop|leave|lose|remove|take )| y (?=mi |el |la |tambien)"
)


def read(text: str) -> Reading:
    """What one text wants of our texting."""
    raw = re.sub(r"[\s.!]+$", "", text.strip().lower())
    plain = _plain(text)
    bare = _bare(plain)
    if bare in words.HELP or raw in _CARRIER_HELP:
        return Reading(Wish.HELP, raw in _CARRIER_HELP)
    if _SIGN.search(text) or _opts_out(plain, bare):
        return Reading(Wish.OPT_OUT, raw in _CARRIER_STOP, bare in words.CANCEL)
    if bare in words.START or words.AGAIN.search(plain):
        return Reading(Wish.OPT_IN, raw in _CARRIER_START)
    return Reading(Wish.YES if bare in words.YES else Wish.NONE)


def _opts_out(plain: str, bare: str) -> bool:
    if bare in words.ENOUGH or re.sub(r"\bya\b", "", bare).strip() in words.ENOUGH:
        return True
    if any(pattern.search(plain) for pattern in words.WHOLE_NOT_OUT) and not _complains(plain):
        return False
    elsewhere = bool(words.OTHER_THINGS.search(plain))
    wants_texts = bool(words.PREFERS_TEXT.search(plain))
    clauses = [part for part in (each.strip() for each in _CLAUSES.split(plain)) if part]
    return any(_ends_texting(clause, wants_texts=wants_texts) or _only_stop(clause, elsewhere) for clause in clauses)


def _complains(plain: str) -> bool:
    """ "Why don't you stop" asks for it, whatever its grammar."""
    return bool(re.search(r"\bwhy (?:dont|wont|will|cant|can)\b", plain))


def _only_stop(clause: str, elsewhere: bool) -> bool:
    """A clause that is nothing but the wish. Where the message speaks of a car, a lone "enough" may be about that."""
    bare = _bare(clause)
    if bare in words.ALONE:
        return not (elsewhere and bare in ("enough", "quit", "no more", "no mas", "basta"))
    return not elsewhere and bool(words.ASKED_TO_STOP.search(clause))


def _ends_texting(clause: str, *, wants_texts: bool) -> bool:
    if any(pattern.search(clause) for pattern in words.NOT_OUT):
        return False
    for pattern in (*words.FUERA, *words.OUT):
        found = pattern.search(clause)
        if found is None or (wants_texts and not _names_texts(found[0])):
            continue
        if not words.OTHER_THINGS.search(clause) or words.CONTACT.search(found[0]):
            return True
    return False


def _names_texts(found: str) -> bool:
    """Of somebody who asks to be texted, "stop calling" ends calls and not texts."""
    return bool(re.search(r"\b(?:text|messag|sms|list|number|mensaj|escrib|mand|envi)", found))


def _plain(text: str) -> str:
    """Lower case, no accents, no apostrophes, chat spellings written out, one space between words."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    folded = "".join(c for c in folded if not unicodedata.combining(c)).lower().replace("'", "")
    folded = re.sub(r"\b(\w)(?:[ .*_-]+(\w)\b){3,}", lambda found: re.sub(r"[ .*_-]", "", found[0]), folded)
    folded = re.sub(r"([a-z])\1{2,}", r"\1", folded)
    for pattern, word in words.SPELLINGS:
        folded = pattern.sub(word, folded)
    return re.sub(r"[^\S\n]+", " ", folded).strip()


def _bare(plain: str) -> str:
    """The message without politeness and punctuation; the same word several times is that word."""
    kept = re.sub(r"[^a-z0-9 ]+", " ", plain)
    parts = words.COURTESY.sub(" ", kept).split() or kept.split()
    return parts[0] if len(parts) > 1 and len(set(parts)) == 1 else " ".join(parts)
