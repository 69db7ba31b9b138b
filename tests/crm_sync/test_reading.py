"""Files as stores really write them: any encoding, stray quotes, cut lines; a bad row stops itself."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.reading import MOST_LINE, Cells, Damaged, Table, Unreadable


def table(content: bytes | str) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return Table(lambda: io.BytesIO(raw))


def cells(content: bytes | str) -> list[list[str]]:
    return [row.cells for row in table(content).rows() if isinstance(row, Cells)]


def damaged(content: bytes | str) -> list[Damaged]:
    return [row for row in table(content).rows() if isinstance(row, Damaged)]


PLAIN = "RO;Name\n1;Zoë\n2;Bob\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    found = table(PLAIN.encode(encoding))
    assert found.headers == ["RO", "Name"]
    assert cells(PLAIN.encode(encoding)) == [["1", "Zoë"], ["2", "Bob"]]


@pytest.mark.parametrize("sign", ["\t", "|", ";", ","])
def test_the_delimiter_is_the_headers(sign: str) -> None:
    assert cells(f"a{sign}b c{sign}d\r\n1{sign}2{sign}3\r\n") == [["1", "2", "3"]]


def test_quotes_hold_delimiters_quotes_and_line_ends() -> None:
    assert cells('a,b\n"one, two","say ""hi""\nthere"\n3,4\n') == [["one, two", 'say "hi"\nthere'], ["3", "4"]]


def test_lines_keep_their_numbers_after_a_cell_of_several_lines() -> None:
    rows = list(table('a,b\n"x\ny",1\n\n2,3\n').rows())
    assert [row.line for row in rows] == [2, 5]


def test_a_quote_that_is_never_closed_costs_no_other_row() -> None:
    assert cells('a\tb\n1\t"3/4 inch hose\n2\tplain\n3\t5" pipe\n') == [
        ["1", '"3/4 inch hose'],
        ["2", "plain"],
        ["3", '5" pipe'],
    ]


def test_a_row_of_another_width_is_refused_with_its_line() -> None:
    [short, long] = damaged("a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n")
    assert (short.line, short.reason) == (2, "2 cells where the header has 3")
    assert long.line == 4


def test_a_nul_byte_is_refused_with_its_line() -> None:
    [row] = damaged(b"a,b\n1,x\x00y\n2,z\n")
    assert (row.line, row.reason) == (2, "holds a NUL byte")


def test_a_cell_of_ten_megabytes_is_refused_with_its_line_and_the_next_row_is_read() -> None:
    content = b"a,b\n1," + b"x" * 10_000_000 + b"\n2,z\n"
    [row] = damaged(content)
    assert row.line == 2
    assert len(row.raw) < 10_000
    assert cells(content) == [["2", "z"]]
    for cell in (b"x" * (MOST_LINE // 2), b'"' + b"x" * (MOST_LINE // 2) + b'"'):
        [row] = damaged(b"a,b\n1," + cell + b"\n2,z\n")
        assert (row.line, row.column) == (2, "b")


def test_a_formula_is_just_text() -> None:
    assert cells("a,b\n=1+1,@SUM(A1)\n") == [["=1+1", "@SUM(A1)"]]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\r1,2\r"])
def test_a_file_without_rows_to_read_says_why(content: bytes) -> None:
    with pytest.raises(Unreadable):
        table(content)


@given(st.binary(max_size=400))
def test_whatever_the_bytes_each_line_is_a_row_or_a_reason(noise: bytes) -> None:
    for row in table(b"a,b\n" + noise).rows():
        assert isinstance(row, Cells | Damaged)


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=8),
            min_size=2,
            max_size=2,
        ),
        max_size=6,
    )
)
def test_what_a_spreadsheet_writes_is_what_is_read(rows: list[list[str]]) -> None:
    import csv

    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["a", "b"])
    writer.writerows(rows)
    assert cells(text.getvalue()) == rows


def test_the_file_is_streamed(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "big.csv"
    with path.open("w") as file:
        file.write("a,b\n")
        for number in range(30_000):
            file.write(f"{number},{'x' * 80}\n")
    tracemalloc.start()
    count = sum(1 for _ in Table(lambda: path.open("rb")).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 30_000
    assert peak < 3_000_000
