from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.core import shapes
from cnnviz.errors import ArgumentError


@pytest.mark.parametrize(
    ("size", "kernel", "options", "expected"),
    [
        (5, 3, {}, 3),
        (5, 3, {"pad": 1}, 5),
        (5, 3, {"stride": 2}, 2),
        (6, 3, {"stride": 2}, 2),  # The last column is never read.
        (6, 3, {"stride": 2, "ceil": True}, 3),
        (7, 3, {"dilation": 3}, 1),
        (224, 11, {"stride": 4, "pad": 2}, 55),
        (5, 2, {"pad": (1, 0)}, 5),
        (5, 4, {"pad": "same"}, 5),
        (5, 3, {"pad": "same", "stride": 2}, 3),
        (5, 3, {"pad": "valid"}, 3),
        (2, 3, {"stride": 2, "ceil": True}, 1),  # Larger than the input, but ceil gives it a place.
        (4, 2, {"stride": 3, "pad": 1, "ceil": True}, 2),
        (3, 2, {"stride": 3, "pad": 1, "ceil": True}, 2),
        (2, 2, {"stride": 3, "pad": 1, "ceil": True}, 1),  # A second window would start beyond the input.
    ],
)
def test_sizes_worked_by_hand(size, kernel, options, expected):
    assert shapes.output_size(size, kernel, **options) == expected


@given(
    size=st.integers(1, 30),
    kernel=st.integers(1, 8),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 4),
    pad=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    ceil=st.booleans(),
)
def test_as_many_outputs_as_windows_that_can_be_laid(size, kernel, stride, dilation, pad, ceil):
    before, after = pad
    reach = dilation * (kernel - 1) + 1
    starts = range(-before, size, stride)
    # A window fits when it ends in the padded input; with ceil, when the one before it did not yet reach the end.
    end = size + after
    count = sum(start + reach <= end or (ceil and start + reach - stride < end) for start in starts)
    if not ceil:
        count = sum(start + reach <= end for start in range(-before, end, stride))
    options = {"stride": stride, "dilation": dilation, "pad": pad, "ceil": ceil}
    if count == 0:
        with pytest.raises(ArgumentError, match="larger than"):
            shapes.output_size(size, kernel, **options)
    else:
        assert shapes.output_size(size, kernel, **options) == count


@given(size=st.integers(1, 40), kernel=st.integers(1, 9), stride=st.integers(1, 5), dilation=st.integers(1, 3))
def test_same_gives_the_ceiling_and_puts_the_odd_cell_where_it_says(size, kernel, stride, dilation):
    options = {"stride": stride, "dilation": dilation}
    assert shapes.output_size(size, kernel, pad="same", **options) == -(-size // stride)
    before, after = shapes.axis_pad(size, kernel, pad="same", **options)
    assert after - before in (0, 1)
    assert shapes.axis_pad(size, kernel, pad="same-lower", **options) == (after, before)


@pytest.mark.parametrize(
    ("pad", "expected"),
    [
        (2, (2, 2, 2, 2)),
        ((1, 2), (1, 1, 2, 2)),
        ([1, 2, 3, 4], (1, 2, 3, 4)),
        ("valid", (0, 0, 0, 0)),
        ("same", (1, 1, 0, 1)),
        ("same-lower", (1, 1, 1, 0)),
    ],
)
def test_padding_is_written_in_many_ways(pad, expected):
    assert shapes.sides(pad, (5, 5), (3, 2)) == expected


@pytest.mark.parametrize(
    ("call", "argument", "words"),
    [
        (lambda: shapes.output_size(5, 3, stride=0), "stride", "at least 1"),
        (lambda: shapes.output_size(5, 3, pad=-1), "pad", "at least 0"),
        (lambda: shapes.output_size(5, 3, pad="some"), "pad", "same-lower"),
        (lambda: shapes.output_size(2, 3), "kernel", "input of 2"),
        (
            lambda: shapes.output_size(2, 3, dilation=2, pad=1),
            "kernel",
            "a kernel of 3 cells, spread over 5 by dilation 2, is larger than the padded input of 4 cells: .*less dil",
        ),
        (
            lambda: shapes.output_size(1, 6, what="window"),
            "kernel",
            "a window of 6 cells is larger .* 1 cell: .*a smaller window",
        ),
        (lambda: shapes.sides((1, 2, 3), (5, 5), (3, 3)), "pad", "not 3"),
        (lambda: shapes.pair(1.5, "stride"), "stride", "whole number"),
        (lambda: shapes.pair((1, 2**60), "stride"), "stride", r"too large a number: use one below 2\^60"),
        (lambda: shapes.pair(-(10**5000), "stride"), "stride", "too large a number"),
        (lambda: shapes.pair((1, 2, 3), "stride"), "stride", "height, width"),
    ],
)
def test_what_cannot_be_is_an_error_that_names_the_argument(call, argument, words):
    with pytest.raises(ArgumentError, match=words) as caught:
        call()
    assert caught.value.argument == argument


def test_cells_that_no_window_reads():
    plain = {"stride": 1, "before": 0, "dilation": 1}
    assert shapes.uncovered(6, 3, 2, **plain | {"stride": 2}) == 1
    assert shapes.uncovered(5, 3, 5, **plain | {"before": 1}) == 0
    # The last of three windows lies in the padding: what ends the reading is the one before.
    assert shapes.uncovered(8, 1, 3, **plain | {"stride": 4}) == 3
    assert shapes.unread_between(5, 2, 2, **plain | {"dilation": 3}) == 1
    assert shapes.unread_between(8, 1, 3, **plain | {"stride": 4}) == 3


@given(
    size=st.integers(1, 40),
    kernel=st.integers(1, 7),
    output=st.integers(1, 7),
    stride=st.integers(1, 12),
    before=st.integers(0, 12),
    dilation=st.integers(1, 12),
)
def test_unread_cells_are_those_that_a_walk_over_all_windows_leaves(size, kernel, output, stride, before, dilation):
    walk = {w * stride + tap * dilation - before for w in range(output) for tap in range(kernel)}
    read = walk & set(range(size))
    end = max(read, default=-1) + 1
    options = {"stride": stride, "before": before, "dilation": dilation}
    assert shapes.uncovered(size, kernel, output, **options) == size - end
    assert shapes.unread_between(size, kernel, output, **options) == end - len(read)
    assert shapes.skipped(kernel, stride=stride, dilation=dilation) == len(
        set(range(stride)) - {tap * dilation % stride for tap in range(kernel)}
    )


def test_unread_cells_of_an_enormous_axis_are_counted_without_walking():
    size, half = 10**15, 10**15 // 2
    assert shapes.uncovered(size, half, half, stride=1, before=0, dilation=1) == 1
    # A kernel of every second cell, moved by 2: it reads the even cells.
    assert shapes.unread_between(size, half - 9, 10, stride=2, before=0, dilation=2) == half - 1
    assert shapes.skipped(size, stride=size + 1) == 1


def test_skipped_cells():
    assert shapes.skipped(2, stride=3) == 1
    assert shapes.skipped(3, stride=2) == 0
    assert shapes.skipped(3, stride=2, dilation=2) == 1  # Every tap falls on an even cell.
