"""A name somebody else chose becomes a plain file name here."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.delivery.names import is_unfinished, safe_name


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("DV1_20261120_0300_SV.txt", "DV1_20261120_0300_SV.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\night.csv", "night.csv"),
        ("..", "file"),
        ("", "file"),
        (".hidden.csv", "hidden.csv"),
        ("a\0b\n.csv", "a_b_.csv"),
        ("été 1 (2).csv", "_t_ 1 (2).csv"),
    ],
)
def test_a_name_loses_its_folders_and_odd_signs(given: str, plain: str) -> None:
    assert safe_name(given) == plain


@given(st.text())
def test_whatever_the_name_it_stays_in_its_folder(name: str) -> None:
    plain = safe_name(name)
    assert 0 < len(plain) <= 150
    assert (Path("/home") / plain).parent == Path("/home")


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("x" * 300 + ".csv.gz").endswith("x.gz")


@pytest.mark.parametrize("name", ["a.csv.part", "a.TMP", ".a.csv", "~a.csv", "a.csv~", "a.filepart", "a.crdownload"])
def test_a_name_can_say_that_its_file_is_not_ready(name: str) -> None:
    assert is_unfinished(name)
    assert not is_unfinished("a.csv")
