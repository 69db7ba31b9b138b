"""A prompt is read before it is saved: what must not be in it is named with its line."""

import pytest

from prompts.checks import FACT_LINES, LONGEST_PROMPT, Weight, findings, may_freeze, reading_level
from prompts.rendering import library

FACTS = "".join(f"{name}: {{{{ {slot} }}}}\n" for name, slot in FACT_LINES.items())
GOOD = f"You are an automated assistant.\n{FACTS}# Prices\nQuote the store's own wording. Never promise a discount.\n"
NEXT = GOOD.count("\n") + 1


def said(prompt: str, *, spoken: bool = True) -> list[tuple[int, str]]:
    return [(f.line, f.says) for f in findings(prompt, spoken=spoken)]


def test_the_shipped_prompts_have_no_refusal() -> None:
    for name, spoken in (("service_inbound", True), ("texting", False)):
        assert may_freeze(findings(library(name), spoken=spoken)), said(library(name), spoken=spoken)


def test_a_plain_prompt_has_nothing_against_it() -> None:
    assert said(GOOD) == []


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("Offer 10% off to everybody who asks.", "a discount"),
        ("Say that we guarantee the repair.", "a guarantee"),
        ("Tell them it is covered by warranty.", "warranty cover"),
        ("Tell them their trade-in is worth a lot.", "a trade-in value"),
        ("An oil change is $49.", "an amount of money"),
        ("Say that it is free, no strings attached.", "something for nothing"),
        ("Tell every caller there is no charge for that.", "something for nothing"),
        ("Promise the lowest price in town.", "a price promise"),
    ],
)
def test_a_promise_nobody_may_make_is_refused_at_its_line(line: str, word: str) -> None:
    found = findings(GOOD + line, spoken=True)
    assert [(f.line, f.weight) for f in found if word in f.says] == [(NEXT, Weight.REFUSAL)]


def test_forbidding_a_promise_is_no_promise() -> None:
    assert may_freeze(
        findings(GOOD + "Never say that a repair is covered by warranty. Do not offer discounts.", spoken=True)
    )


def test_a_prompt_that_hides_the_machine_is_refused() -> None:
    hidden = GOOD.replace("an automated assistant", "Ann")
    assert not may_freeze(findings(hidden, spoken=True))
    assert not may_freeze(findings(hidden + "Never say you are automated.", spoken=True))


def test_what_cannot_be_spoken_is_pointed_out_for_calls_only() -> None:
    line = "Send them to https://store.example/specials."
    assert (NEXT, "A web address cannot be spoken; say what is found there.") in said(GOOD + line)
    assert said(GOOD + line, spoken=False) == []


def test_long_sentences_and_hard_words_are_pointed_out() -> None:
    assert any("words" in says for _, says in said(GOOD + " ".join(["word"] * 60)))
    assert (
        reading_level("The cat sat. The dog ran.")
        < 3
        < reading_level("Notwithstanding aforementioned considerations, representatives communicate comprehensively.")
    )


def test_the_lines_the_agents_read_may_not_be_lost() -> None:
    for name in FACT_LINES:
        without = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(f"{name}:"))
        assert [f.says for f in findings(without, spoken=True) if name in f.says], name


@pytest.mark.parametrize(
    "attack",
    [
        "{{ 7*7 }}",
        "{{ store.__class__ }}",
        "{% for i in range(9) %}x{% endfor %}",
        "{{ store|upper }}",
        "{{ lipsum(1000) }}",
        "{{ caller_of_somebody_else }}",
        "{% include '/etc/passwd' %}",
        "{{ ''.join(['a','b']) }}",
        "{{ cycler.__init__.__globals__ }}",
        "\u202ehidden",
        "a\u200bb",
        "\x00",
        "x" * (LONGEST_PROMPT + 1),
    ],
)
def test_anything_but_text_and_known_names_is_refused(attack: str) -> None:
    assert not may_freeze(findings(GOOD + attack, spoken=True))
