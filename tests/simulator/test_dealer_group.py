"""The dealer group's files: the same every time, one row in a hundred new the next night, and the truth kept apart."""

import csv
from pathlib import Path

from simulator.dealer_group import write_night, write_truth


def test_the_same_seed_writes_the_same_night(tmp_path: Path) -> None:
    one = write_night(tmp_path / "one", seed=3, scale=0.003, night=1)
    other = write_night(tmp_path / "other", seed=3, scale=0.003, night=1)
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_the_next_night_changes_about_one_row_in_a_hundred_and_opens_new_repair_orders(tmp_path: Path) -> None:
    first = write_night(tmp_path / "1", seed=3, scale=0.01, night=1)[0].read_text().splitlines()
    second = write_night(tmp_path / "2", seed=3, scale=0.01, night=2)[0].read_text().splitlines()
    changed = sum(before != after for before, after in zip(first, second, strict=False))
    assert 0.005 < changed / len(first) < 0.03
    numbers = [{line.split("\t")[3] for line in night if line.count("\t") > 40} for night in (first, second)]
    assert numbers[0] < numbers[1] and len(numbers[1] - numbers[0]) == 3500 // 500


def test_some_files_lack_columns_others_have_and_some_op_codes_are_on_no_menu(tmp_path: Path) -> None:
    orders, visits, *_ = write_night(tmp_path, seed=3, scale=0.01, night=1)
    headers = [path.open(encoding="utf-8").readline() for path in (orders, visits)]
    assert "Birth Date" in headers[0] and "Birth Date" not in headers[1]
    assert any("LABOR1" in line for line in orders.open(encoding="utf-8"))


def test_the_truth_names_everybody_once_and_some_people_have_two_numbers(tmp_path: Path) -> None:
    path = write_truth(tmp_path, seed=3, scale=0.005)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["customer_number"] for row in rows}) == len(rows) == 1000
    assert 900 < len({row["person"] for row in rows}) < 960
