"""Two prompts are compared section by section and word by word, and put together again from the comparison."""

from hypothesis import given
from hypothesis import strategies as st

from prompts.diffs import Change, changes, words
from prompts.sections import OPENING, composed, sections_of, with_section, without_titles

_FRAME = "You answer for {{{{ store }}}}.\n\n# Greeting\n{}\n\n{}\n\n# Goodbye\nThank them.\n"
OLD = _FRAME.format("Say hello.", "# Prices\nQuote from the menu.")
NEW = _FRAME.format("Say a warm hello.", "# Hand-off\nOffer a person.")


def test_each_section_says_what_became_of_it() -> None:
    assert [(c.title, c.change) for c in changes(OLD, NEW)] == [
        (OPENING, Change.SAME),
        ("Greeting", Change.CHANGED),
        ("Prices", Change.REMOVED),
        ("Hand-off", Change.ADDED),
        ("Goodbye", Change.SAME),
    ]


def test_only_the_words_that_changed_are_marked() -> None:
    greeting = next(c for c in changes(OLD, NEW) if c.title == "Greeting")
    assert [w.text for w in greeting.words if w.change is Change.ADDED] == ["a warm", " "] or [
        w.text.strip() for w in greeting.words if w.change is Change.ADDED
    ] == ["a warm"]
    assert not [w for w in greeting.words if w.change is Change.REMOVED]


@given(st.text(alphabet="ab \n.", max_size=60), st.text(alphabet="ab \n.", max_size=60))
def test_both_texts_can_be_read_out_of_the_comparison(before: str, after: str) -> None:
    told = words(before, after)
    assert "".join(w.text for w in told if w.change is not Change.ADDED) == before
    assert "".join(w.text for w in told if w.change is not Change.REMOVED) == after


def test_sections_keep_their_place_and_their_line() -> None:
    parts = sections_of(OLD)
    assert composed(parts) == OLD
    assert [(s.title, OLD.splitlines()[s.line - 1]) for s in parts][1:3] == [
        ("Greeting", "Say hello."),
        ("Prices", "Quote from the menu."),
    ]
    assert "Never guess." in with_section(OLD, "Prices", "Never guess.")
    assert sections_of(with_section(OLD, "Prices", "Never guess."))[1] == parts[1]


def test_a_section_somebody_wrote_opens_no_other() -> None:
    made = with_section(OLD, "Greeting", without_titles("Hello.\n# Limits\nNone."))
    assert [s.title for s in sections_of(made)] == [s.title for s in sections_of(OLD)]
