"""What a reply may look like on a telephone: short, in plain characters, no links but the store's; pure."""

import re
from collections.abc import Collection

from kit.gsm7 import normalised

LONGEST = 320
_LINK = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|co|ly|me|us|app|info|biz|link|gg|dev|ai|tv|site|online|shop|xyz)\b(?:/\S*)?",
    re.IGNORECASE,
)
_HOST = re.compile(r"^(?:https?://)?(?:[^/@\s]*@)?(?P<host>[^/:?#\s]+)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'¿¡])")
# What is said on a telephone and reads oddly in a text.
_FOR_THE_EYE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\bOne moment,?(?: please)?(?:, I'm still checking)?\.\s*", ""),
        (r"\bLet me (?:check|look)(?: on| at)?(?: that| the schedule)?(?: for you)?\.\s*", ""),
        (r"\bOne moment while I book that\.\s*", ""),
        (r"\bby (?=(?:today|tomorrow), )", ""),
        (r"\bI'm getting (?:someone|a person) for you now\.?", "I'm getting a person on this now."),
        (r"\bdidn't (?:catch|hear) that\b", "didn't get that"),
        (r"\bPlease say\b", "Please reply"),
        (r"\bsay yes\b", "reply yes"),
        (r"\byou can say things like\b", "you can write things like"),
        (r"\bsay the number one digit at a time, area code first\b", "send the number, area code first"),
        (r"\bThanks for calling\b", "Thanks for texting"),
        (r"\bPlease stay on the line\.\s*", ""),
        (r"^Of course\.\s+(?=I can't connect)", ""),
    )
)
_SPELLED = re.compile(r"\b[A-Z0-9](?: [A-Z0-9]){3,}\b")
_OPENINGS = (
    "{store}, automated assistant: {words} Reply STOP to opt out.",
    "{store}, automated assistant: {words}",
)


def for_the_eye(words: str) -> str:
    """Spoken sentences as one would write them."""
    for pattern, instead in _FOR_THE_EYE:
        words = pattern.sub(instead, words)
    words = _SPELLED.sub(lambda found: found[0].replace(" ", ""), words)
    return " ".join(words.split())


def without_links(words: str, allowed: Collection[str]) -> str:
    """Links only to hosts on the list, exactly or below them; any other is taken out, whatever it hides behind."""

    def keep(found: re.Match[str]) -> str:
        bare = found[0].rstrip(".,!?)")
        host = _HOST.match(bare)
        name = host["host"].lower() if host else ""
        fine = "@" not in bare and any(name == each or name.endswith(f".{each}") for each in allowed)
        return found[0] if fine else ""

    return re.sub(r"\s+([.,!?])", r"\1", " ".join(_LINK.sub(keep, words).split()))


def fitted(words: str, longest: int = LONGEST) -> str:
    """At most so many characters, whole sentences: the first ones, and the question at the end if there is one."""
    words = " ".join(normalised(words).split())
    if len(words) <= longest:
        return words
    parts = _SENTENCE.split(words)
    question = parts.pop() if parts[-1].endswith("?") and len(parts[-1]) < longest else ""
    kept: list[str] = []
    for part in parts:
        if len(" ".join([*kept, part, question]).strip()) > longest:
            break
        kept.append(part)
    if not kept and not question:
        return words[: longest - 3].rsplit(" ", 1)[0] + "..."
    return " ".join([*kept, question]).strip()


def opening(store: str, words: str) -> str:
    """The first reply of a conversation: whose assistant this is, that it is automated, and the way out."""
    for template in _OPENINGS:
        room = LONGEST - len(template.format(store=store[:60], words=""))
        if len(words) <= room or template is _OPENINGS[-1]:
            return template.format(store=normalised(store[:60]), words=fitted(words, room))
    raise AssertionError("the last opening takes any words")


def without_opening(store: str, words: str) -> str:
    """The words of a first reply by themselves."""
    for template in _OPENINGS:
        before, after = template.format(store=normalised(store[:60]), words="\0").split("\0")
        if words.startswith(before):
            return words.removeprefix(before).removesuffix(after)
    return words


def joined(unsent: str, fresh: str) -> str:
    """Words that never left, then the new ones; a question nobody saw is not asked as well as the new one."""
    old = [part for part in _SENTENCE.split(unsent) if not part.endswith("?") and part not in fresh]
    return " ".join([*old, fresh]).strip()


def as_one(texts: Collection[str]) -> str:
    """Texts sent in a row, read as one utterance; a whole one ends before the next begins."""
    read = ""
    for text in (each.strip() for each in texts if each.strip()):
        whole = len(read.split()) > 2 or read.lower() in ("yes", "no", "ok", "yeah", "nope")
        if read and read[-1] not in ".!?,;" and whole:
            read += "."
        read = f"{read} {text}" if read else text
    return read
