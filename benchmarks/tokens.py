"""What a model is told before the first word, in tokens, and how much of it is the same for every call.

python -m benchmarks.tokens

No tokenizer comes with the project and none may be fetched, so the figure is an estimate on the high side: a word or a
punctuation mark is one token, a long word one for every six letters. Tools come beside the instructions, and the facts
of the call are the instructions' last lines: everything before them is alike in all calls and can be cached.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from agent.tools.everything import SERVICE_INBOUND
from prompts.agents import AGENTS, Agent
from prompts.rendering import library

BUDGET = 10_000
"""Of 32,000 a call may use with the smallest model named in the settings: the talk needs the rest."""
_PIECES = re.compile(r"[A-Za-z]+|\d{1,3}|[^\sA-Za-z\d]")
_LETTERS_A_TOKEN = 6
_FIRST_FACT = "{{"


@dataclass(frozen=True, slots=True)
class Told:
    """One agent's share: `alike` is the part of the prompt before its first fact."""

    agent: Agent
    prompt: int
    alike: int
    tools: int

    @property
    def whole(self) -> int:
        return self.prompt + self.tools


def tokens(text: str) -> int:
    """About how many tokens a text is, rather more than fewer."""
    return sum(max(1, -(-len(piece) // _LETTERS_A_TOKEN)) for piece in _PIECES.findall(text))


def told(agent: Agent) -> Told:
    text = library(agent.name)
    schemas = json.dumps([each.schema for each in SERVICE_INBOUND], separators=(",", ":"))
    return Told(agent, tokens(text), tokens(text.partition(_FIRST_FACT)[0]), tokens(schemas))


def main() -> None:
    table = Table("Agent", "Prompt", "Alike in all calls", "Tools", "Whole", f"Of {BUDGET:,}")
    over = []
    for agent in AGENTS.values():
        one = told(agent)
        share = f"{one.whole / BUDGET:.0%}"
        table.add_row(agent.title, f"{one.prompt:,}", f"{one.alike:,}", f"{one.tools:,}", f"{one.whole:,}", share)
        if one.whole > BUDGET:
            over.append(agent.name)
    Console().print(table)
    if over:
        sys.exit(f"Over the budget: {', '.join(over)}")


if __name__ == "__main__":
    main()
