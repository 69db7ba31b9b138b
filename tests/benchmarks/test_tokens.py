"""Prompt and tools fit a budget, and what is alike in all calls comes first."""

import pytest

from benchmarks.tokens import BUDGET, tokens, told
from prompts.agents import AGENTS, Agent


@pytest.mark.parametrize("agent", AGENTS.values(), ids=lambda agent: agent.name)
def test_prompt_and_tools_fit_the_budget_with_what_can_be_cached_first(agent: Agent) -> None:
    one = told(agent)
    assert one.whole <= BUDGET
    assert one.alike >= one.prompt * 0.9


def test_the_estimate_counts_words_and_marks() -> None:
    assert tokens("Say hello.") == 3
    assert tokens("") == 0
