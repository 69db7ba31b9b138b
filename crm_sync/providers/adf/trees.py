"""Markup into a tree: by the book where it is well formed, else as well as it can be understood. Pure.

Neither way reads a DTD, resolves an entity beyond characters, or fetches anything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError  # noqa: S405 - only the exception's name; parsing is defusedxml's

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from crm_sync.providers.adf.unwrap import Unreadable, unescaped

DEEPEST = 32
_MOST_NODES = 20_000

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
    try:
        return _converted(fromstring(text, forbid_dtd=True, forbid_entities=True, forbid_external=True))
    except DefusedXmlException as error:
        raise Unreadable("has a DTD, which is never read") from error
    except (ParseError, ValueError):
        return None


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
            continue
        tag = _TAG.match(value)
        if tag is None:
            continue
        name = tag[2].lower().rpartition(":")[2]
        if name in _PAGE_TAGS:
            continue
        if tag[1]:
            _close(stack, name)
            continue
        nodes += 1
        if nodes > _MOST_NODES or len(stack) > DEEPEST:
            raise Unreadable(f"nests deeper than {DEEPEST} levels" if len(stack) > DEEPEST else "has too many elements")
        _make_room(stack, name)
        node = Node(name, _attributes(tag[3]))
        stack[-1].children.append(node)
        if not tag[3].endswith("/"):
            stack.append(node)
    return root.children[0] if len(root.children) == 1 else root


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Tags, text and character data in order; comments and instructions are left out. One pass, whatever is in it."""
    at, size = 0, len(text)
    no_end: set[str] = set()
    while at < size:
        start = text.find("<", at)
        if start < 0:
            yield "text", text[at:]
            return
        if start > at:
            yield "text", text[at:start]
        at = start + 1
        for opening, closing, kind in (("<!--", "-->", ""), ("<![CDATA[", "]]>", "data"), ("<?", "?>", "")):
            if not text.startswith(opening, start) or opening in no_end:
                continue
            end = text.find(closing, start + len(opening))
            if end < 0:
                no_end.add(opening)
                break
            if kind:
                yield kind, text[start + len(opening) : end]
            at = end + len(closing)
            break
        else:
            tag = _TAG.match(text, start)
            if tag is not None:
                yield "tag", tag[0]
                at = tag.end()


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


def _converted(root: Any) -> Node:
    """A parsed document in our own shape, without recursion."""
    top = Node("")
    waiting = [(root, top, 1)]
    while waiting:
        element, parent, depth = waiting.pop()
        if depth > DEEPEST:
            raise Unreadable(f"nests deeper than {DEEPEST} levels")
        name = str(element.tag).rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
        attributes = {key.rpartition("}")[2].lower(): value[:300] for key, value in element.attrib.items()}
        node = Node(name, attributes, [element.text.strip()] if element.text and element.text.strip() else [])
        parent.children.append(node)
        for child in element:
            if child.tail and child.tail.strip():
                node.texts.append(child.tail.strip())
        waiting += [(child, node, depth + 1) for child in reversed(element)]
    return top.children[0]
