import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz import FeatureMaps
from cnnviz.core.layer import Conv, Pool
from cnnviz.core.trace import strongest, trace
from cnnviz.errors import ArgumentError

DRAWING = FeatureMaps(
    [[0, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 1, 1, 1, 0]], ["drawing"]
)
SOBEL_X = np.array([[[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]], np.float32)


def test_one_value_by_hand():
    found = trace(Conv(SOBEL_X, np.array([0.5], np.float32), pad=1), DRAWING, (2, 3))
    (term,) = found.terms
    assert term.patch.tolist() == [[1, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert term.products.tolist() == [[-1, 0, 0], [-2, 0, 0], [-1, 0, 0]]
    assert (term.sum, found.bias, found.preactivation, found.value) == (-4, 0.5, -3.5, -3.5)
    assert not term.padding.any()


def test_padding_cells_are_marked():
    found = trace(Conv(SOBEL_X, pad=1, pad_value=7.0), DRAWING, (0, 0))
    assert found.terms[0].padding.tolist() == [[True] * 3, [True, False, False], [True, False, False]]
    assert found.terms[0].patch[0].tolist() == [7, 7, 7]
    assert found.bias is None


def test_activation_comes_last():
    found = trace(Conv(SOBEL_X), DRAWING, (0, 1), activation="relu")
    assert (found.preactivation, found.value) == (found.terms[0].sum, max(found.terms[0].sum, 0))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_the_terms_add_up_to_what_the_layer_gives(data):
    draw = data.draw
    groups = draw(st.sampled_from([1, 2]))
    values = np.random.default_rng(draw(st.integers(0, 99))).normal(size=(4, 9, 8)).astype(np.float32)
    weight = np.random.default_rng(7).normal(size=(4, 4 // groups, 3, 2)).astype(np.float32)
    layer = Conv(
        weight,
        np.arange(4, dtype=np.float32),
        stride=(draw(st.integers(1, 3)), 2),
        pad=(1, 2, 0, 1),
        dilation=(1, draw(st.integers(1, 2))),
        groups=groups,
        pad_mode=draw(st.sampled_from(["constant", "reflect", "replicate", "circular", "symmetric"])),
        pad_value=0.5,
    )
    maps = FeatureMaps(values)
    out = layer.forward(values)
    at = draw(st.integers(0, out.shape[1] - 1)), draw(st.integers(0, out.shape[2] - 1))
    map = draw(st.integers(0, 3))
    found = trace(layer, maps, at, map)
    assert found.preactivation == pytest.approx(sum(t.products.sum() for t in found.terms) + map)
    assert found.value == pytest.approx(out[map, *at], rel=1e-4, abs=1e-5)


def test_pooling_names_every_winner():
    found = trace(Pool("max", (2, 2)), DRAWING, (0, 0))
    assert (found.value, found.winners) == (1, [(1, 1)])
    assert trace(Pool("max", (2, 2)), DRAWING, (1, 1)).winners == [(2, 2), (3, 2)]
    assert trace(Pool("min", (3, 3), stride=(1, 1), pad=1), DRAWING, (0, 0)).winners == [(0, 0), (0, 1), (1, 0)]
    assert trace(Pool("avg", (2, 2)), DRAWING, (0, 0)).winners == []


@pytest.mark.parametrize("mode", ["max", "min"])
def test_winners_hold_the_value(mode):
    values = np.random.default_rng(3).integers(0, 4, (1, 7, 7)).astype(np.float32)
    layer = Pool(mode, (3, 2), stride=(2, 2), pad=1)
    out = layer.forward(values)
    for row in range(out.shape[1]):
        for column in range(out.shape[2]):
            found = trace(layer, FeatureMaps(values), (row, column))
            assert found.winners
            assert all(values[0, r, c] == found.value == out[0, row, column] for r, c in found.winners)


def test_strongest_is_the_cell_furthest_from_zero():
    assert strongest(np.array([[1.0, -5.0], [np.nan, 3.0]])) == (0, 1)
    assert strongest(np.array([[np.inf, 2.0]])) == (0, 1)


@pytest.mark.parametrize(("at", "map", "message"), [((3, 0), 0, "rows are 0 to 2"), ((0, 0), 1, "maps are 0 to 0")])
def test_what_is_not_there(at, map, message):
    with pytest.raises(ArgumentError, match=message):
        trace(Conv(SOBEL_X), DRAWING, at, map)
