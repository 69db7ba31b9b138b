"""A version's text is its whole bundle: what its acting sections say is obeyed, and what cannot be is refused."""

import pytest

from agent.tools.everything import SERVICE_INBOUND
from prompts.bundle import TOOLS, Settings, asks, bundle_of
from prompts.checks import findings, may_freeze
from prompts.rendering import library
from prompts.scenarios import NotAScenario, from_file, shipped, to_file
from prompts.sections import with_section

SERVICE = library("service_inbound")


def test_the_tools_a_store_can_name_are_those_there_are() -> None:
    assert {each.name for each in SERVICE_INBOUND} == set(TOOLS)


def test_what_acts_is_read_and_no_model_is_told_of_it() -> None:
    text = with_section(SERVICE, "Tools", "- transfer_call: off\n- service_menu: Say the price as it is written.")
    text = with_section(text, "Settings", "Voice: cedar\nSpeed: 1.2\nPause before answering: 700 ms")
    bundle = bundle_of(text)
    assert bundle.off == {"transfer_call"}
    assert bundle.wording == {"service_menu": "Say the price as it is written."}
    assert bundle.settings == Settings(voice="cedar", speed=1.2, pause_ms=700)
    assert "# Tools" not in bundle.words and "cedar" not in bundle.words
    assert may_freeze(findings(text, spoken=True))


@pytest.mark.parametrize(
    ("title", "text", "says"),
    [
        ("Tools", "- honor_wish: off", "cannot be turned off"),
        ("Tools", "- fly: off", "no tool"),
        ("Settings", "Voice: dana", "Voice can be"),
        ("settings", "Voice: cedar", "only under just that title"),
        ("Always ask", "- Do not ask for consent.", "can be left unasked"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_with_its_line(title: str, text: str, says: str) -> None:
    prompt = with_section(SERVICE, title, text)
    found = [each for each in findings(prompt, spoken=True) if says in each.says]
    assert found and not may_freeze(tuple(found))
    assert found[0].line > 1


def test_a_stores_questions_and_what_it_leaves_out() -> None:
    questions, left_out = asks(
        "- Is there a pet in the car?\n- Do not ask about the ride or the last name.\n- The year."
    )
    assert questions == ("Is there a pet in the car?",)
    assert left_out == {"ride", "last_name"}


def test_forty_scenarios_are_shipped_and_a_file_gives_them_back() -> None:
    assert len(shipped()) == 40 and from_file(to_file(shipped())) == shipped()


@pytest.mark.parametrize(
    "written",
    [
        "scenario = 3",
        "[[scenario]]\nname='x'",
        "[[scenario]]\nkey='x'\nname='X'\nopenings=['Hi']\nmust=['booked']\nfly=1",
    ],
)
def test_a_file_that_says_something_unknown_is_refused(written: str) -> None:
    with pytest.raises(NotAScenario):
        from_file(written)
