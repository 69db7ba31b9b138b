"""Markup into a tree: by the book where it is well formed, else as well as it can be understood. Pure.

Neither way reads a DTD, resolves an entity beyond characters, or fetches anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError  # noqa: S405 - only the exception's name; parsing is defusedxml's

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from crm_sync.providers.adf.unwrap import Unreadable, unescaped

DEEPEST = 32
_MOST_NODES = 8_000

_INSIDE = {
    "prospect": ("adf",),
    "vehicle": ("prospect",),
    "customer": ("prospect",),
    "vendor": ("prospect",),
    "provider": ("prospect",),
    "requestdate": ("prospect",),
    "contact": ("customer", "vendor", "provider"),
    "timeframe": ("customer",),
    "address": ("contact",),
    "name": ("contact", "provider", "vendor"),
    "email": ("contact", "provider"),
    "phone": ("contact", "provider"),
    "vendorname": ("vendor",),
    "year": ("vehicle",),
    "make": ("vehicle",),
    "model": ("vehicle",),
    "vin": ("vehicle",),
    "stock": ("vehicle",),
    "trim": ("vehicle",),
    "odometer": ("vehicle",),
    "condition": ("vehicle",),
    "price": ("vehicle", "option"),
    "street": ("address",),
    "city": ("address",),
    "regioncode": ("address",),
    "postalcode": ("address",),
    "comments": ("customer", "vehicle", "prospect"),
    "id": ("prospect", "customer", "vehicle", "vendor", "provider"),
}
"""Where ADF's tags belong: one that opens elsewhere closes what was left open."""

_PAGE_TAGS = frozenset(
    "a b br body center div em font head hr html i img li meta ol p pre span strong table tbody td tr u ul".split()
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]{0,60})((?:\s[^<>]*)?)>")
_SPANS = (("<!--", "-->", "remark"), ("<![CDATA[", "]]>", "data"), ("<?", "?>", "remark"))
_MARKS = {kinds: re.compile(f"<(?=[{kinds}])") for kinds in ("/A-Za-z!?", "/A-Za-z!", "/A-Za-z?", "/A-Za-z")}
_ATTRIBUTE = re.compile(r"([A-Za-z][\w:.-]{0,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_CURLY = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'"})


@dataclass(slots=True)
class Node:
    """One element: its name and attributes in lower case, its own text, and what is inside it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    def every(self, tag: str) -> list["Node"]:
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> "Node | None":
        return next((child for child in self.children if child.tag == tag), None)

    def text(self) -> str:
        """Everything written inside, the text of inner elements included."""
        parts, waiting = [], [self]
        while waiting:
            node = waiting.pop()
            parts.append(" ".join(node.texts))
            waiting += reversed(node.children)
        return " ".join(" ".join(parts).split()) if self.tag != "comments" else "\n".join(parts).strip()

    def below(self) -> Iterator["Node"]:
        """Every element inside, itself first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)


def strict_tree(text: str) -> Node | None:
    """The tree of well-formed markup; None when it is not, Unreadable when it must not be read."""
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(text)
        parser.close()
    except DefusedXmlException as error:
        raise Unreadable("has a DTD, which is never read") from error
    except (ParseError, ValueError):
        return None
    return builder.close()


def tolerant_tree(text: str) -> Node:
    """The tree of markup with unclosed tags, curly quotes, stray ampersands and the like."""
    root = Node("")
    stack = [root]
    nodes = 0
    for kind, value in _pieces(text):
        if kind == "text":
            if value.strip():
                stack[-1].texts.append(unescaped(value).strip())
            continue
        if kind == "data":
            stack[-1].texts.append(value.strip())
        tag = _TAG.match(value) if kind == "tag" else None
        if tag is None:
            continue
        name = tag[2].lower().rpartition(":")[2]
        if name in _PAGE_TAGS:
            continue
        if tag[1]:
            _close(stack, name)
            continue
        nodes += 1
        _check_size(nodes, len(stack))
        _make_room(stack, name)
        node = Node(name, _attributes(tag[3]))
        stack[-1].children.append(node)
        if not tag[3].endswith("/"):
            stack.append(node)
    return root.children[0] if len(root.children) == 1 else root


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Tags, text and character data in order; comments and instructions are left out. One pass, whatever is in it."""
    at, kinds = 0, "/A-Za-z!?"
    while True:
        mark = _MARKS[kinds].search(text, at)
        yield "text", text[at : mark.start()] if mark else text[at:]
        if mark is None:
            return
        start = at = mark.start()
        if text[start + 1] in "!?":
            spans = (each for each in _SPANS if text.startswith(each[0], start))
            opening, closing, kind = next(spans, ("<!", ">", "remark"))
            end = text.find(closing, start + len(opening))
            if end < 0:
                # Nothing of its kind ends any more: looking for the end each time would take for ever.
                kinds = kinds.replace(text[start + 1], "")
                yield "text", "<"
                at = start + 1
                continue
            yield kind, text[start + len(opening) : end]
            at = end + len(closing)
            continue
        tag = _TAG.match(text, start)
        yield ("tag", tag[0]) if tag else ("text", "<")
        at = tag.end() if tag else start + 1


def _close(stack: list[Node], name: str) -> None:
    for place in range(len(stack) - 1, 0, -1):
        if stack[place].tag == name:
            del stack[place:]
            return


def _make_room(stack: list[Node], name: str) -> None:
    """Closes what was left open when a tag starts that cannot be inside it."""
    allowed = _INSIDE.get(name)
    if allowed is None:
        return
    for place in range(len(stack) - 1, -1, -1):
        if stack[place].tag in allowed:
            del stack[place + 1 :]
            return


def _attributes(text: str) -> dict[str, str]:
    found = _ATTRIBUTE.finditer(text.translate(_CURLY))
    return {match[1].lower(): unescaped(match[2] or match[3] or match[4] or "")[:300] for match in found}


class _Builder:
    """What the parser tells, as nodes; it stops at the first level or element too many."""

    def __init__(self) -> None:
        self._top = Node("")
        self._stack = [self._top]
        self._nodes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1
        _check_size(self._nodes, len(self._stack))
        named = {key.rpartition("}")[2].lower(): value[:300] for key, value in attributes.items()}
        node = Node(name.rpartition("}")[2].lower(), named)
        self._stack[-1].children.append(node)
        self._stack.append(node)

    def end(self, _name: str) -> None:
        self._stack.pop()

    def data(self, text: str) -> None:
        if text.strip():
            self._stack[-1].texts.append(text.strip())

    def close(self) -> Node:
        return self._top.children[0]


def _check_size(nodes: int, depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable(f"nests deeper than {DEEPEST} levels")
    if nodes > _MOST_NODES:
        raise Unreadable("has more elements than any lead")
