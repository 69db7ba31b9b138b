"""The agents a store has prompts for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agent:
    """`name` is its prompt's name in the library; `spoken` is false for one that writes."""

    name: str
    title: str
    spoken: bool


SERVICE_LINE = Agent("service_inbound", "Service line", spoken=True)
TEXTS = Agent("texting", "Texts", spoken=False)

AGENTS = {agent.name: agent for agent in (SERVICE_LINE, TEXTS)}
