from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.core.padding import PAD_MODES, fill, pad2d
from cnnviz.errors import ArgumentError, MemoryLimitError

NUMPY = {
    "constant": "constant",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "replicate": "edge",
    "circular": "wrap",
}
FURTHEST = {"reflect": -1, "symmetric": 0, "circular": 0}  # Beyond the size; the others pad without limit.


@pytest.mark.parametrize(
    ("mode", "row"),
    [
        ("constant", [9, 9, 1, 2, 3, 9, 9]),
        ("reflect", [3, 2, 1, 2, 3, 2, 1]),
        ("symmetric", [2, 1, 1, 2, 3, 3, 2]),
        ("replicate", [1, 1, 1, 2, 3, 3, 3]),
        ("circular", [2, 3, 1, 2, 3, 1, 2]),
    ],
)
def test_a_row_padded_by_hand(mode, row):
    assert pad2d([[1, 2, 3]], (0, 0, 2, 2), mode, 9).tolist() == [row]
    assert pad2d([[1], [2], [3]], (2, 2, 0, 0), mode, 9).ravel().tolist() == row


@st.composite
def padded(draw):
    mode = draw(st.sampled_from(sorted(NUMPY)))
    size = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    sides = [draw(st.integers(0, cells + FURTHEST.get(mode, 5))) for cells in size for _ in range(2)]
    return mode, np.arange(2.0 * size[0] * size[1]).reshape(2, *size), sides


@given(padded())
def test_every_mode_pads_as_numpy_does(case):
    mode, x, (top, bottom, left, right) = case
    expected = np.pad(x, ((0, 0), (top, bottom), (left, right)), mode=NUMPY[mode])
    np.testing.assert_array_equal(pad2d(x, (top, bottom, left, right), mode), expected)


@given(padded(), st.data())
def test_a_window_is_a_piece_of_the_padded_whole(case, data):
    mode, x, sides = case
    whole = pad2d(x, sides, mode, 7.5)
    rows, columns = (
        data.draw(st.builds(slice, st.integers(0, n - 1), st.integers(n // 2 + 1, n), st.integers(1, 3)))
        for n in whole.shape[1:]
    )
    expected = whole[:, rows, columns]
    out = np.full(expected.shape, np.nan, np.float32)
    first = (rows.start - sides[0], columns.start - sides[2])
    fill(out, x, first, step=(rows.step, columns.step), mode=mode, value=7.5)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("name", PAD_MODES)
def test_an_alias_is_the_mode_it_stands_for(name):
    x = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(pad2d(x, 2, name), pad2d(x, 2, PAD_MODES[name]))


@pytest.mark.parametrize("name", [name for name, mode in PAD_MODES.items() if mode in FURTHEST])
def test_a_mode_that_cannot_pad_that_far_says_how_far_it_can(name):
    most = 3 + FURTHEST[PAD_MODES[name]]
    pad2d(np.ones((3, 9)), (most, most, 0, 0), name)
    with pytest.raises(
        ArgumentError, match=f"height of 3 by at most {most} .* or the padding mode replicate"
    ) as caught:
        pad2d(np.ones((3, 9)), (0, most + 1, 0, 0), name)
    assert caught.value.argument == "pad"


def test_a_ring_that_no_memory_holds_is_refused():
    with pytest.raises(MemoryLimitError, match="1×2000000001×2000000002 values"):
        pad2d(np.ones((1, 1, 2)), 10**9)


def test_bad_arguments():
    for arguments, argument in [
        ((np.ones((2, 2)), 1, "mirrored"), "pad_mode"),
        ((np.ones((2, 2)), -1), "pad"),
        ((np.ones((2, 2)), "same"), "sides"),
        ((np.ones(2), 1), "x"),
        ((np.ones((2, 0)), 1), "x"),
    ]:
        with pytest.raises(ArgumentError) as caught:
            pad2d(*arguments)
        assert caught.value.argument == argument


def test_the_tables_load_no_numpy():
    code = "import sys, cnnviz.core.padding, cnnviz.core.pool, cnnviz.core.activation;sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
