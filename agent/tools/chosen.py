"""The tools a version leaves its agent, worded as the version words them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from agent.tools.everything import SERVICE_INBOUND
from agent.tools.registry import Tool
from prompts.bundle import Bundle


def chosen(bundle: Bundle) -> tuple[Tool, ...]:
    """Every tool that is not turned off."""
    return _chosen(bundle.off, _as_pairs(bundle.wording))


@lru_cache(maxsize=32)
def _chosen(off: frozenset[str], wording: tuple[tuple[str, str], ...]) -> tuple[Tool, ...]:
    """Made once for every version in use: schemas cost more than a call should pay for."""
    words = dict(wording)
    return tuple(
        replace(each, description=words[each.name]) if each.name in words else each
        for each in SERVICE_INBOUND
        if each.name not in off
    )


def _as_pairs(wording: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(wording.items()))
