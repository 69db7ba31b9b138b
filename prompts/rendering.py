"""Text plus named slots, and nothing else: no logic, no filters, no attributes. An unknown name is an error. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes

from prompts.bundle import bundle_of
from prompts.context import NAMES, PromptContext

_LONGEST_VALUE = 600
_LONGEST_PROMPT = 40_000
LONGEST_RENDERED = 16 * 1024
"""Bytes; what a store writes is refused before it could grow beyond this."""
# Only the parser is used: templates are never compiled or run, so there is nothing a prompt could execute.
_PARSER = Environment(autoescape=True)


class PromptRefused(Exception):
    """The text is not a prompt: the message says which line, and why."""

    def __init__(self, line: int | None, why: str) -> None:
        self.line = line or 1  # the parser does not always know
        super().__init__(f"line {self.line}: {why}")
        self.why = why


def render(text: str, context: PromptContext) -> str:
    """The instructions a model is given. Values are made one line each, so a record cannot add lines of its own."""
    values = {name: one_line(str(value)) for name, value in asdict(context).items()}
    told = "".join(values[part.text] if part.is_name else part.text for part in _parts(bundle_of(text).words)).strip()
    return told.encode()[: LONGEST_RENDERED - 1].decode(errors="ignore") + "\n"


def longest_rendered(text: str) -> int:
    """How many bytes a prompt could come to, its slots all as long as they may be."""
    return sum(_LONGEST_VALUE if part.is_name else len(part.text.encode()) for part in _parts(text))


def check(text: str) -> frozenset[str]:
    """The names a prompt uses; raises PromptRefused when it is anything but text and known names."""
    return frozenset(part.text for part in _parts(text) if part.is_name)


@cache
def library(name: str) -> str:
    """A prompt as shipped."""
    return resources.files("prompts").joinpath("library", f"{name}.md").read_text(encoding="utf-8")


def one_line(value: str) -> str:
    """A value without line breaks, invisible characters or braces, and not long."""
    # Cut before it is looked through: a record of a megabyte costs no more than a long one.
    kept = value[: 4 * _LONGEST_VALUE]
    if not kept.isprintable():
        kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in kept)
    return " ".join(kept.replace("{", "(").replace("}", ")").split())[:_LONGEST_VALUE]


class _Part(NamedTuple):
    text: str
    is_name: bool


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[_Part, ...]:
    """A prompt taken apart: once for every version in use, not once for every call."""
    return tuple(_parse(text))


def _parse(text: str) -> Iterator[_Part]:
    if len(text) > _LONGEST_PROMPT:
        raise PromptRefused(1, f"longer than {_LONGEST_PROMPT} characters")
    try:
        tree = _PARSER.parse(text)
    except TemplateSyntaxError as error:
        raise PromptRefused(error.lineno, error.message or "not readable") from error
    except RecursionError as error:
        raise PromptRefused(1, "nested too deeply") from error
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            raise PromptRefused(node.lineno, "only text and {{ names }} are allowed")
        for part in node.nodes:
            if isinstance(part, nodes.Name):
                if part.name not in NAMES:
                    raise PromptRefused(part.lineno, f"unknown name '{part.name}'")
                yield _Part(part.name, True)
            elif isinstance(part, nodes.TemplateData):
                yield _Part(part.data, False)
            else:
                raise PromptRefused(part.lineno, "a slot holds one name and nothing else")
