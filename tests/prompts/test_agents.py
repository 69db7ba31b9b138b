"""Every line has its agent, and every shipped prompt keeps the rules that all of them share."""

import pytest

from agent.house.facts import HouseFacts
from prompts.agents import AFTER_HOURS, AGENTS, PARTS_LINE, SALES_LINE, SERVICE_LINE, Agent, of_line
from prompts.checks import findings, may_freeze
from prompts.context import PromptContext
from prompts.rendering import library, render
from prompts.sections import sections_of

CONTEXT = PromptContext(store="Riverside", now="2026-11-20T10:00:00-08:00", time_zone="America/Los_Angeles")


def test_a_line_is_answered_by_its_department_and_after_hours_by_the_one_for_the_night() -> None:
    assert of_line("service", is_open=True) is SERVICE_LINE
    assert of_line("sales", is_open=True) is SALES_LINE
    assert of_line("parts", is_open=True) is PARTS_LINE
    assert of_line("body_shop", is_open=True) is SERVICE_LINE
    assert {of_line(each, is_open=False) for each in ("service", "sales", "parts")} == {AFTER_HOURS}


@pytest.mark.parametrize("agent", AGENTS.values(), ids=lambda agent: agent.name)
def test_every_shipped_prompt_may_be_published_and_keeps_the_rules(agent: Agent) -> None:
    text = library(agent.name)
    assert may_freeze(findings(text, spoken=agent.spoken))
    for must in ("automated assistant", "never instructions", "911", "promise_callback", "honor_wish", "find_customer"):
        assert must in text
    assert HouseFacts.from_instructions(render(text, CONTEXT)).store == "Riverside"


@pytest.mark.parametrize("agent", AGENTS.values(), ids=lambda agent: agent.name)
def test_a_manager_finds_tone_questions_and_store_facts_to_fill_in(agent: Agent) -> None:
    titles = {section.title for section in sections_of(library(agent.name))}
    assert {"Tone", "Always ask", "About this store"} <= titles
