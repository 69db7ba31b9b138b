"""Finds the ADF inside whatever it was sent in: encodings, HTML pages, escaped markup, transfer encodings. Pure."""

import base64
import binascii
import codecs
import html
import quopri
import re
from dataclasses import dataclass

MOST_BYTES = 256 * 1024

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']?([A-Za-z0-9._-]{1,30})", re.I)
_READABLE = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16", "utf-16-le", "utf-16-be"})
_START = re.compile(r"<(?:adf|prospect)\b", re.I)
_END = re.compile(r"</(?:adf|prospect)\s*>", re.I)
_ESCAPED_START = re.compile(r"&(?:amp;)?lt;(?:\?adf|adf|prospect)\b", re.I)
_DOCTYPE = re.compile(r"<!\s*(?:DOCTYPE(?!\s+html\b)|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.I)
_HTML_DOCTYPE_WITH_SUBSET = re.compile(r"<!\s*DOCTYPE\s+html\b[^<>\[]{0,300}\[", re.I)
_HTML_TAG = re.compile(r"</?(?:html|body|head|meta|pre|p|div|span|br|font|code|table|tbody|tr|td)\b[^<>]{0,500}>", re.I)
_LONG_REFERENCE = re.compile(r"&#x?[0-9a-f]{8,};?", re.I)
_QUOTED = re.compile(r"=3D[\"'\u201c]|=\r?\n|=20\r?\n", re.I)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]{60,}")


class Unreadable(Exception):
    """There is no ADF in it, or one that is not read; the message says why."""


@dataclass(frozen=True, slots=True)
class AdfText:
    """The markup from its first ADF tag on, and what had to be undone to get at it."""

    text: str
    undone: tuple[str, ...]


def adf_text(body: bytes) -> AdfText:
    """The ADF in a message body; raises Unreadable."""
    if len(body) > MOST_BYTES:
        raise Unreadable("larger than 256 KiB")
    text, undone = _decoded(body)
    for step, undo in _STEPS:
        if _START.search(text):
            break
        changed = undo(text)
        if changed is not None:
            text, undone = changed, [*undone, step]
    if _DOCTYPE.search(text) or _HTML_DOCTYPE_WITH_SUBSET.search(text):
        raise Unreadable("has a DTD, which is never read")
    found = _START.search(text)
    if found is None:
        raise Unreadable("has no ADF in it")
    if _QUOTED.search(text) and "=3D" in text.upper():
        text, undone = _unquoted(text) or text, [*undone, "quoted-printable"]
        found = _START.search(text) or found
    return AdfText(_cut(text, found.start()), tuple(undone))


def unescaped(text: str) -> str:
    """Character references resolved; one too long to be a character becomes nothing."""
    return html.unescape(_LONG_REFERENCE.sub("", text))


def _cut(text: str, start: int) -> str:
    """From the first ADF tag to the last: what a mail program put around it is no part of the lead."""
    end = None
    for end in _END.finditer(text, start):  # noqa: B007 - the last one counts
        pass
    return text[start : end.end() if end else len(text)]


def _decoded(body: bytes) -> tuple[str, list[str]]:
    for bom, name in _BOMS:
        if body.startswith(bom):
            text = body[len(bom) :].decode(name, "replace")
            return _without_nuls(text, ["a byte order mark"] if name != "utf-8" else [])
    if body[:2] == b"<\0":
        return _without_nuls(body.decode("utf-16-le", "replace"), ["utf-16 without a mark"])
    if body[:2] == b"\0<":
        return _without_nuls(body.decode("utf-16-be", "replace"), ["utf-16 without a mark"])
    for name in (_declared(body), "utf-8", "cp1252"):
        try:
            if name:
                return _without_nuls(body.decode(name), [] if name == "utf-8" or _declared(body) == name else [name])
        except UnicodeDecodeError:
            continue
    return _without_nuls(body.decode("cp1252", "replace"), ["bytes that are no text"])


def _declared(body: bytes) -> str:
    """The encoding an XML declaration names, when it is one we read; a wide one in single bytes is a slip."""
    found = _DECLARED.search(body[:2000])
    try:
        name = codecs.lookup(found[1].decode()).name if found else ""
    except LookupError:
        return ""
    return name if name in _READABLE and not name.startswith("utf-16") else ""


def _without_nuls(text: str, undone: list[str]) -> tuple[str, list[str]]:
    return (text.replace("\0", ""), [*undone, "NUL characters"]) if "\0" in text else (text, undone)


def _unquoted(text: str) -> str | None:
    return quopri.decodestring(text.encode()).decode("utf-8", "replace") if "=" in text else None


def _from_entities(text: str) -> str | None:
    """Markup sent as text of a page: `&lt;adf&gt;`, perhaps twice over."""
    if not _ESCAPED_START.search(text):
        return None
    text = unescaped(_HTML_TAG.sub("\n", text))
    return unescaped(text) if _ESCAPED_START.search(text) else text


def _from_base64(text: str) -> str | None:
    packed = text.strip().encode("ascii", "ignore")
    if not _BASE64.fullmatch(packed):
        return None
    try:
        return base64.b64decode(b"".join(packed.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


_STEPS = (
    ("escaped markup", _from_entities),
    ("base64", _from_base64),
    ("quoted-printable", lambda text: _unquoted(text) if "=3C" in text.upper() else None),
)
