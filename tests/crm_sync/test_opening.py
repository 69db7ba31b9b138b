"""Whatever a store sends costs little, reaches nothing outside, and ends in rows or in a reason."""

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crm_sync.opening import Unpacking, open_feed
from crm_sync.reading import Unreadable
from tests.crm_sync.hostile_files import PLAIN, corpus

MEGABYTE = 1024
"""In the kilobytes the system counts in."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, int, int, float, int]]:
    """What one process said of every hostile file."""
    folder, scratch = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("scratch")
    for hostile in corpus():
        hostile.make(folder / hostile.name)
    command = [sys.executable, "-m", "tests.crm_sync.open_hostile", str(folder), str(scratch)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()
    assert json.loads(said[-1]) == [], "something outside was reached"
    assert list(scratch.iterdir()) == []
    return {name: tuple(rest) for name, *rest in map(json.loads, said[:-1])}  # type: ignore[misc]


def test_sixty_hostile_files_end_in_a_reason_or_in_their_good_rows(
    outcomes: dict[str, tuple[str, int, int, float, int]],
) -> None:
    expected = corpus()
    assert len(expected) >= 60 and len({hostile.name for hostile in expected}) == len(expected)
    wrong = []
    for hostile in expected:
        says, good, bad, *_ = outcomes[hostile.name]
        fits = hostile.says in says if hostile.says else (says, good, bad) == ("", hostile.good, hostile.bad)
        wrong += [] if fits else [(hostile.name, says, good, bad)]
    assert wrong == []


def test_none_of_them_costs_more_than_a_second_or_fifty_megabytes(
    outcomes: dict[str, tuple[str, int, int, float, int]],
) -> None:
    slowest = max(outcomes.items(), key=lambda outcome: outcome[1][3])
    assert slowest[1][3] < 1.0, slowest
    assert max(outcome[4] for outcome in outcomes.values()) < 50 * MEGABYTE, outcomes


def test_a_packed_file_is_read_under_its_own_name_and_is_gone_afterwards(tmp_path: Path) -> None:
    packed, scratch = tmp_path / "DV1_20261120_0300_SV.txt.gz", tmp_path / "scratch"
    packed.write_bytes(gzip.compress(PLAIN))
    with open_feed(packed, Unpacking(scratch)) as text:
        assert (text.name, text.path.read_bytes()) == ("DV1_20261120_0300_SV.txt", PLAIN)
    assert list(scratch.iterdir()) == []


def test_a_zip_with_one_file_is_that_file_and_with_several_a_folder(tmp_path: Path) -> None:
    for name, files in (("one.zip", ["in/a.csv"]), ("two.zip", ["a.csv", "b.csv", "__MACOSX/._a.csv"])):
        with zipfile.ZipFile(tmp_path / name, "w") as packed:
            for file in files:
                packed.writestr(file, PLAIN)
    with open_feed(tmp_path / "one.zip", Unpacking(tmp_path / "s")) as text:
        assert (text.name, text.path.read_bytes()) == ("a.csv", PLAIN)
    with open_feed(tmp_path / "two.zip", Unpacking(tmp_path / "s")) as text:
        assert (text.name, sorted(p.name for p in text.path.iterdir())) == ("two.zip", ["a.csv", "b.csv"])


def test_a_file_larger_than_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(PLAIN * 50)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(PLAIN * 50))
    for name in ("a.csv", "a.csv.gz"):
        with pytest.raises(Unreadable, match="more than|larger than"):
            with open_feed(tmp_path / name, Unpacking(tmp_path / "s", most=1_000)):
                pytest.fail("it was opened")


def test_a_folder_with_a_link_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "ros.csv").symlink_to("/etc/passwd")
    with pytest.raises(Unreadable, match="link"):
        with open_feed(tmp_path / "set", Unpacking(tmp_path / "s")):
            pytest.fail("it was opened")
