"""Numbers typed by hand: what they mean, and where an error points."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.errors import printable
from cnnviz.files.matrix import CellError, decode, parse_file, parse_inline, parse_number

SOBEL = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("+1.5", 1.5),
        (".5", 0.5),
        ("5.", 5),
        ("1e-3", 0.001),
        ("2E2", 200),
        ("1/9", 1 / 9),
        ("-1/4", -0.25),
        ("1.5/0.5", 3),
        ("1/-2", -0.5),
        ("−3", -3),
        ("1e-999", 0),
        ("3.4e38", 3.4e38),
    ],
)
def test_numbers(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", "not a number"),
        ("", "not a number"),
        ("1_0", "not a number"),
        ("１", "not a number"),
        ("0x1", "not a number"),
        ("1/2/3", "not a number"),
        ("1 2", "not a number"),
        ("1e", "not a number"),
        ("+-1", "not a number"),
        ("1/0", "divides by zero"),
        ("1/0e5", "divides by zero"),
        ("nan", "finite"),
        ("-Infinity", "finite"),
        ("inf", "finite"),
        ("1e39", "beyond float32"),
        ("-1e999", "beyond float32"),
        ("1/1e-39", "beyond float32"),
        ("1e400/1e400", "beyond float32"),
    ],
)
def test_no_numbers(text, says):
    with pytest.raises(CellError, match=says):
        print(parse_number(text))


def test_special_numbers_where_they_are_allowed():
    assert parse_number("-INF", special=True) == -np.inf
    assert np.isnan(parse_number("nan", special=True))


@pytest.mark.parametrize(
    "text",
    [
        "1 0 -1; 2 0 -2; 1 0 -1",
        "1,0,-1;2,0,-2;1,0,-1",
        "1, 0 -1 ;2 ,0, -2;\n1\t0 , -1",
        "1/1 0 −1; 4/2 0e5 -2.; 1 .0 -10e-1",
        "1 * 1 0 -1; 2 0 -2; 1 0 -1",
        "1/2*2 0 -2;4 0 -4;2 0 -2",
    ],
)
def test_many_ways_to_write_one_matrix(text):
    result = parse_inline(text)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, SOBEL)


def test_a_common_factor():
    np.testing.assert_array_equal(parse_inline("1/9 * 1 1 1; 1 1 1; 1 1 1"), np.full((3, 3), np.float32(1 / 9)))
    np.testing.assert_array_equal(parse_inline("-2 * 1 -3"), [[-2, 6]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 0; 2 x", "row 2, cell 2: 'x' is not a number"),
        ("1 0; nan 1", "row 2, cell 1: 'nan' has no place here: every number must be finite"),
        ("1 1/0", "row 1, cell 2: '1/0' divides by zero"),
        ("1 2; 3", "row 2 has 1 cell, and row 1 has 2: rows must be equally long"),
        ("1 2;", "row 2 is empty: leave out the ';' after the last row"),
        ("1 2;;3 4", "row 2 is empty"),
        (";1", "row 1 is empty"),
        ("1,,2", "row 1, cell 2 is empty"),
        ("1 2, ; 3 4", "row 1, cell 3 is empty"),
        (",1", "row 1, cell 1 is empty"),
        ("1 1e39", "row 1, cell 2: '1e39' is beyond float32, whose largest number is 3.4e38"),
        ("x * 1", "the factor before '*': 'x' is not a number"),
        ("* 1", "the factor before '*': '' is not a number"),
        ("2 *", "row 1 is empty"),
        ("1 * 2 * 3", "row 1, cell 2: '*' is not a number"),
        ("1e30 * 1e30", "the factor '1e30' makes cells beyond float32"),
        ("", "row 1 is empty"),
        ("\x1b[31m 1", "row 1, cell 1: '\\x1b[31m' is not a number"),
    ],
)
def test_errors_point_at_the_place(text, message):
    with pytest.raises(CellError) as caught:
        parse_inline(text)
    assert str(caught.value) == message


def test_a_long_cell_is_refused_quickly_and_shown_shortly():
    with pytest.raises(CellError) as caught:
        parse_inline("1" * 200_000 + "x")
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    "text",
    [
        "1 0 -1\n2 0 -2\n1 0 -1\n",
        "1,0,-1\r\n2,0,-2\r\n1,0,-1",
        "1;0;-1\n2;0;-2\n1;0;-1",
        "1\t0\t-1\n2\t0\t-2\n1\t0\t-1",
        "# a comment\n\n1 0 -1 # first\n  2, 0, -2\n\n1 0 −1",
        "1 0 -1; 2 0 -2; 1 0 -1",
        "1 0 -1; 2 0 -2\n1, 0, -1",
    ],
)
def test_files_of_one_matrix(text):
    (block,) = parse_file(text)
    assert block.label is None
    np.testing.assert_array_equal(block.values, SOBEL)


def test_files_may_hold_nan_and_infinity_where_asked():
    np.testing.assert_array_equal(parse_file("nan -inf\n1/3 0")[0].values, np.float32([[np.nan, -np.inf], [1 / 3, 0]]))
    with pytest.raises(CellError, match="line 1, cell 1"):
        parse_file("nan 1", special=False)


def test_several_maps_in_one_file():
    first, second = parse_file("# map 0: a b\n1 2\n\n# map 1: é\n3 4\n")
    assert (first.label, second.label) == ("a b", "é")
    np.testing.assert_array_equal(second.values, [[3, 4]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# head\n1 2\n3 x", "line 3, cell 2: 'x' is not a number"),
        ("1 2\n\n3", "line 3 has 1 cell, and line 1 has 2: rows must be equally long"),
        ("0,5;1,25", "line 1, cell 1: '0,5' is not a number: write decimals with a point"),
        ("1;;2", "line 1, cell 2 is empty"),
        ("1,2,\n", "line 1, cell 3 is empty"),
        ("1 2; 3", "line 1, row 2 has 1 cell, and line 1, row 1 has 2: rows must be equally long"),
        ("# nothing", "there are no numbers in it"),
    ],
)
def test_errors_in_files_point_at_lines(text, message):
    with pytest.raises(CellError) as caught:
        parse_file(text)
    assert str(caught.value) == message


def test_a_million_cells():
    text = "\n".join(" ".join(map(str, range(row, row + 1000))) for row in range(1000))
    values = parse_file(text)[0].values
    assert values.shape == (1000, 1000)
    assert values[999, 999] == 1998


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("1 −2".encode(), "1 −2"),
        (b"\xef\xbb\xbf1 2", "1 2"),
        ("1 2".encode("utf-16"), "1 2"),
        (b"1 \xff", "1 \udcff"),
        (b"1\x002", None),
        (b"\xff\xfe1", None),
        (b"\x1b[31m", None),
        (b"", ""),
    ],
)
def test_what_is_text(data, text):
    assert decode(data) == text


CELLS = st.one_of(
    st.integers(-(10**6), 10**6).map(lambda n: (str(n), float(n))),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda f: (repr(f), f)),
    st.tuples(st.integers(-99, 99), st.integers(1, 99)).map(lambda p: (f"{p[0]}/{p[1]}", float(Fraction(*p)))),
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_written_by_the_grammar_is_read_back(data):
    height, width = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    cells = [[data.draw(CELLS) for _ in range(width)] for _ in range(height)]
    part = data.draw(st.sampled_from([" ", ",", " , ", "\t", ", "]))
    rows = [part.join(text for text, _ in row) for row in cells]
    expected = np.array([[value for _, value in row] for row in cells]).astype(np.float32)
    np.testing.assert_array_equal(parse_inline(data.draw(st.sampled_from([";", " ; ", ";\n"])).join(rows)), expected)
    np.testing.assert_array_equal(parse_file("\n".join(rows))[0].values, expected)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("0123456789 ,;.*/-+eE#\n\tnaif", max_size=40)))
def test_any_other_text_is_one_clear_error(text):
    for parse in (parse_inline, parse_file):
        complaint = ""
        try:
            parse(text)
        except CellError as error:
            complaint = str(error)
        assert printable(complaint) == complaint
