"""Opt-out by any reasonable wording, judged on a corpus; half of it was never looked at while the rules were made."""

from pathlib import Path

import pytest

from record.opt_out import Wish, read

CORPUS = Path(__file__).parent / "opt_out_corpus"


def lines(name: str) -> list[str]:
    return [line for line in (CORPUS / f"{name}.txt").read_text(encoding="utf-8").splitlines() if line.strip()]


def taken_for_opt_outs(texts: list[str]) -> list[str]:
    return [text for text in texts if read(text).wish is Wish.OPT_OUT]


def test_the_words_the_law_names_always_opt_out() -> None:
    texts = lines("per_se")
    assert taken_for_opt_outs(texts) == texts


@pytest.mark.parametrize("half", ["", "_held_back"])
def test_any_reasonable_wording_opts_out_and_what_sounds_like_it_does_not(half: str) -> None:
    opt_outs, look_alikes = lines(f"opt_outs{half}"), lines(f"look_alikes{half}")
    found, wrongly = taken_for_opt_outs(opt_outs), taken_for_opt_outs(look_alikes)
    assert len(opt_outs) >= 250 and len(look_alikes) >= 250
    assert len(found) / len(opt_outs) >= 0.995, sorted(set(opt_outs) - set(found))
    assert len(found) / (len(found) + len(wrongly)) >= 0.97, wrongly


@pytest.mark.parametrize("text", ["START", "unstop", "Start texting me again please", "you can text me again"])
def test_a_customer_comes_back(text: str) -> None:
    assert read(text).wish is Wish.OPT_IN


@pytest.mark.parametrize("text", ["HELP", "info", "Ayuda", "help please"])
def test_help_is_asked_for(text: str) -> None:
    assert read(text).wish is Wish.HELP


@pytest.mark.parametrize("text", ["help me choose a time", "I need info on tires", "can we start at 8?", "Sounds good"])
def test_talk_about_the_car_is_no_wish_about_texting(text: str) -> None:
    assert read(text).wish is Wish.NONE


def test_yes_is_kept_apart_because_only_the_opted_out_mean_it_so() -> None:
    assert read("Yes").wish is Wish.YES


@pytest.mark.parametrize(
    ("text", "keyword", "cancels"),
    [("CANCEL", True, True), ("cancelar", False, True), ("Stop", True, False), ("opt out", False, False)],
)
def test_what_the_carrier_answers_itself_is_told_apart(text: str, keyword: bool, cancels: bool) -> None:
    found = read(text)
    assert (found.keyword, found.cancels) == (keyword, cancels)
