import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnviz.draw import palette, scene, style, text
from cnnviz.draw.matrix import Cells, areas, cell_for, number_size


@settings(max_examples=60, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_areas_cover_the_mask_once(mask):
    covered = np.zeros(mask.shape, int)
    for row, column, rows, columns in areas(mask):
        covered[row : row + rows, column : column + columns] += 1
    np.testing.assert_array_equal(covered, mask.astype(int))


def test_a_ring_is_few_areas():
    mask = np.ones((7, 7), bool)
    mask[1:-1, 1:-1] = False
    assert areas(mask) == [(0, 0, 1, 7), (1, 0, 5, 1), (1, 6, 5, 1), (6, 0, 1, 7)]


@pytest.mark.parametrize(
    ("texts", "cell", "size"),
    [
        (["1"], 44, 16),
        (["1"], 30, 12),
        (["1"], 24, None),
        (["−0.33"], 44, 12),
        (["1.23456"], 44, None),
        (["1"], 20, None),
    ],
)
def test_number_size(texts, cell, size):
    assert number_size(texts, cell) == size
    if size:
        assert text.width(texts[0], size) <= cell - 2 * style.CELL_CLEAR


def test_a_cell_grows_until_its_numbers_fit():
    assert cell_for(["1"], 28, 44) == 28
    grown = cell_for(["−0.333"], 28, 60)
    assert number_size(["−0.333"], grown)
    assert not number_size(["−0.333"], grown - 1)
    assert cell_for(["−0.3333333333"], 28, 44) == 28


def test_numbers_stand_in_the_middle_of_their_cells_in_ink_that_shows():
    fills = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    items = Cells(10, 20, 40, fills, ["1", "2"], 16).items()
    first, second = (item for item in items if isinstance(item, scene.Text))
    assert (first.x, second.x) == (30, 70)
    assert first.y - style.CAP * 16 / 2 == pytest.approx(40)
    assert (first.colour, second.colour) == ("#FFFFFF", "#000000")


def test_padding_is_hatched_and_its_number_muted_and_smaller():
    fills = np.zeros((1, 2, 3), np.uint8)
    items = Cells(0, 0, 40, fills, ["0", "0"], 16, np.array([[True, False]])).items()
    (hatch,) = (item for item in items if isinstance(item, scene.Hatch))
    assert (hatch.x, hatch.width) == (0, 40)
    padded, plain = (item for item in items if isinstance(item, scene.Text))
    assert (padded.size, padded.colour) == (14, style.MUTED)
    assert (plain.size, plain.colour) == (16, palette.ink_on((0, 0, 0)))
