import tracemalloc

import numpy as np
import pytest

from cnnviz.draw.area import coloured, coloured_mean, picture_mean
from cnnviz.draw.limits import Scale
from cnnviz.draw.palette import PALETTES, colours_of

SIZES = [((60, 80), (7, 9)), ((33, 101), (33, 40)), ((50, 50), (49, 50)), ((20, 400), (15, 301)), ((9, 9), (1, 1))]


def shares(size: int, parts: int) -> np.ndarray:
    """How much of each cell lies in each part, worked out cell by cell."""
    out = np.zeros((parts, size))
    for part in range(parts):
        low, high = part * size / parts, (part + 1) * size / parts
        for cell in range(size):
            out[part, cell] = max(0.0, min(high, cell + 1) - max(low, cell)) / (high - low)
    return out


def plain_mean(colours: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    down, across = shares(colours.shape[0], size[0]), shares(colours.shape[1], size[1])
    return np.einsum("hWc,wW->hwc", np.tensordot(down, colours.astype(float), 1), across, optimize=True)


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize(("cells", "size"), SIZES)
def test_colour_then_average(cells: tuple[int, int], size: tuple[int, int], name: str) -> None:
    values = (np.random.default_rng(0).standard_normal(cells) ** 3).astype(np.float32)
    scale = Scale(-2.0, 2.0, PALETTES[name], (True, True))
    expected = plain_mean(colours_of(values, -2.0, 2.0, PALETTES[name]), size)
    assert np.abs(coloured_mean(values, scale, size) - expected).max() < 2.5


def test_values_of_opposite_sign_do_not_cancel() -> None:
    board = np.where(np.indices((40, 40)).sum(axis=0) % 2, 1.0, -1.0).astype(np.float32)
    out = coloured_mean(board, Scale(-1.0, 1.0, PALETTES["signed"]), (10, 10))
    mixed = np.mean([(0x31, 0x29, 0x75), (0x69, 0x12, 0x1D)], axis=0)
    assert np.abs(out - mixed).max() <= 1


def test_nan_keeps_its_colour() -> None:
    values = np.zeros((8, 8), np.float32)
    values[:4, :4] = np.nan
    values[4:, 4:] = np.inf
    out = coloured_mean(values, Scale(-1.0, 1.0, PALETTES["signed"]), (2, 2), finite=False)
    assert out.tolist() == [[[255, 238, 0], [245, 245, 243]], [[245, 245, 243], [238, 119, 0]]]


def test_huge_values_are_only_beyond_the_end() -> None:
    values = np.array([[3e38, -3e38]] * 2, np.float32)
    out = coloured_mean(values, Scale(-1e-3, 1e-3, PALETTES["signed"], (True, True)), (1, 2))
    assert out.tolist() == [[[0x69, 0x12, 0x1D], [0x31, 0x29, 0x75]]]


def test_pictures() -> None:
    values = np.random.default_rng(1).random((3, 30, 40), dtype=np.float32)
    scale = Scale(0.0, 1.0, PALETTES["grey"], picture=True)
    expected = plain_mean(values.transpose(1, 2, 0) * 255, (7, 11))
    assert np.abs(picture_mean(values, scale, (7, 11)) - expected).max() < 0.6


def test_cell_by_cell() -> None:
    values = np.arange(-6, 6, dtype=np.float64).reshape(3, 4)
    out = coloured(values, Scale(-6.0, 6.0, PALETTES["signed"]))
    assert (out == colours_of(values, -6.0, 6.0, PALETTES["signed"])).all()


@pytest.mark.parametrize("shape", [(1, 2_000_000), (2, 600_000), (600_000, 2), (40, 100_000), (100_000, 40)])
def test_long_strips_take_little_memory(shape):
    values = np.random.default_rng(0).normal(0, 0.4, shape).astype(np.float32)
    scale = Scale(-1, 1, PALETTES["signed"], (True, True))
    size = min(shape[0], 1600), min(shape[1], 1600)
    tracemalloc.start()
    try:
        pixels = coloured_mean(values, scale, size)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    turned = coloured_mean(np.ascontiguousarray(values.T), scale, size[::-1])
    assert np.array_equal(pixels, turned.swapaxes(0, 1))


def test_a_few_pixels_of_very_wide_rows_take_little_memory() -> None:
    values = np.random.default_rng(0).normal(0, 0.4, (4, 131_071)).astype(np.float32)
    scale = Scale(-1, 1, PALETTES["signed"], (True, True))
    tracemalloc.start()
    try:
        pixels = coloured_mean(values, scale, (1, 15))
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    expected = plain_mean(colours_of(values, -1, 1, PALETTES["signed"]), (1, 15))
    assert np.abs(pixels - expected).max() < 1.5
