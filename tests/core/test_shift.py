import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.core.layer import Activation, Conv, Pool
from cnnviz.core.shift import shift_test, shifted, touched
from cnnviz.core.stack import Stack
from cnnviz.errors import ArgumentError


def run(layers, x, direction="right", cells=1, **more):
    maps = x
    for layer in layers:
        maps = layer.forward(maps)
    return shift_test(layers, x, maps, direction, cells, **more)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_vacated_cells_repeat_the_edge():
    x = np.array([[[1.0, 2, 3], [4, 5, 6]]])
    assert shifted(x, 1, 2).tolist() == [[[1, 1, 1], [4, 4, 4]]]
    assert shifted(x, 0, 1).tolist() == [[[1, 2, 3], [1, 2, 3]]]


def test_pooling_by_hand():
    # Windows of the shifted row: 1 1 | 9 9 | 2 5 | 6 3; those of the row: 1 9 | 9 2 | 5 6 | 3 0.
    x = np.array([[[1.0, 9, 9, 2, 5, 6, 3, 0]] * 2])
    found = run([Pool("max", (1, 2))], x).result
    # The first window reads the vacated cell; of the others 9 = 9, 5 < 6 and 6 > 3.
    assert (found.outputs, found.equal) == (6, 2)
    assert found.before == pytest.approx((8 + 0 + 7 + 3 + 1 + 3 + 3) / 7)
    assert found.after == pytest.approx((0 + 1 + 3) / 3)
    assert (found.moved, found.whole) == (0, True)


def test_down_is_right_of_the_transposed():
    x = noise(2, 12, 9)
    down = run([Pool("max", (3, 2))], x, "down", 2).result
    right = run([Pool("max", (2, 3))], x.transpose(0, 2, 1).copy(), "right", 2).result
    assert (down.outputs, down.equal, down.before, down.after) == pytest.approx(
        (right.outputs, right.equal, right.before, right.after)
    )


def test_isolated_peaks_survive_a_shift_within_their_window():
    x = np.zeros((1, 16, 16), np.float32)
    x[0, ::4, ::4] = 1  # each in the first cell of its window of 4
    found = run([Pool("max", (4, 4))], x, cells=3).result
    assert found.equal == found.outputs == 12
    assert found.after == 0


def test_noise_is_not_shrugged_off():
    found = run([Pool("max", (2, 2))], noise(4, 64, 64), cells=2).result
    assert found.share < 0.05
    found = run([Pool("avg", (2, 2))], noise(4, 64, 64)).result
    assert found.share < 0.01


def test_a_constant_map_stays_equal_even_for_the_mean():
    found = run([Pool("avg", (3, 3), stride=(2, 2))], np.full((1, 20, 20), 0.1, np.float32)).result
    assert found.equal == found.outputs
    assert found.before == found.after == 0


@pytest.mark.parametrize(
    "more", [{}, {"pad": 1}, {"pad": (2, 1, 0, 3), "dilation": (1, 2)}, {"pad_mode": "circular", "pad": 1}]
)
@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_convolution_moves_along_where_its_stride_divides_the_shift(more, direction, stride):
    x = noise(3, 24, 25)
    layers = [Conv(noise(4, 3, 3, 2, seed=1), stride=(stride, stride), **more), Activation("relu")]
    for cells in (1, 2, 3, 6):
        found = run(layers, x, direction, cells, along=True).result
        assert found.moved == cells // stride
        assert found.whole == (cells % stride == 0)
        assert found.outputs > 0
        if found.whole:
            assert found.equal == found.outputs
            assert found.after == pytest.approx(0, abs=1e-5)
        else:
            assert found.share < 0.6


def test_what_padding_would_spoil_is_left_out():
    x = noise(1, 1, 9) + 5
    layer = Conv(np.ones((1, 1, 1, 3), np.float32), pad=(0, 1))
    found = run([layer], x, cells=2, along=True)
    # Output j reads j − 1 … j + 1: 0, 1 and 2 read vacated cells or padding, 8 reads padding.
    assert found.maps_kept[1].tolist() == [False] * 3 + [True] * 5 + [False]
    assert found.result.equal == found.result.outputs == 5


windows = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.integers(1, 2)), min_size=1, max_size=3
)


@settings(max_examples=40, deadline=None)
@given(windows, st.integers(0, 29))
def test_touched_outputs_are_those_that_change(layers, cell):
    """An output reads a cell exactly where making it enormous changes the output."""
    stack = [Pool("sum", (1, k), stride=(1, s), pad=(0, min(p, k // 2)), dilation=(1, d)) for k, s, p, d in layers]
    x = np.zeros((1, 1, 30), np.float32)
    x[..., cell] = 1
    records = Stack(stack).describe(x.shape)
    out = x
    for layer in stack:
        out = layer.forward(out)
    flags = np.arange(30) == cell
    assert touched(records, 1, flags, padding=False).tolist() == (out[0, 0] != 0).tolist()
    assert touched(records, 0, np.ones(1, bool), padding=False).all()


def test_nothing_to_compare_is_said_so():
    found = run([Pool("max", None)], noise(1, 8, 8)).result
    assert (found.outputs, found.equal, found.share, found.after) == (0, 0, 0.0, None)


def test_values_that_are_no_numbers_are_compared_as_such():
    x = noise(1, 4, 8)
    x[0, :, 5:] = np.nan
    found = run([Pool("max", (1, 1))], x).result
    assert found.equal >= 2 * 4
    assert np.isfinite(found.after)


@pytest.mark.parametrize("cells", [0, 8, -1])
def test_a_shift_must_leave_something(cells):
    with pytest.raises(ArgumentError, match="leaves nothing"):
        run([Pool()], noise(1, 8, 8), cells=cells)
