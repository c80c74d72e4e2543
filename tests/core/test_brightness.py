import numpy as np
import pytest

import cnnviz
from cnnviz.core import brightness
from cnnviz.core.brightness import Brightness
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.layer import Conv, Pool
from cnnviz.core.stack import Stack

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 20, 17), dtype=np.uint8)
FLOATS = PIXELS.astype(np.float32) / np.float32(255)
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


@pytest.mark.parametrize("tile", [1, 40, 1 << 17])
@pytest.mark.parametrize("parallel", [1, 1 << 21])
def test_it_is_an_array_of_255ths(monkeypatch, tile, parallel):
    monkeypatch.setattr(brightness, "_TILE", tile)
    monkeypatch.setattr(brightness, "_PARALLEL", parallel)
    stored = Brightness(PIXELS)
    np.testing.assert_array_equal(np.asarray(stored), FLOATS)
    assert np.asarray(stored).dtype == np.float32
    assert np.asarray(stored, np.float64).dtype == np.float64
    assert stored.shape == (3, 20, 17)
    assert stored.nbytes == PIXELS.nbytes


def test_it_cannot_be_had_without_a_copy():
    with pytest.raises(ValueError, match="copy"):
        Brightness(PIXELS).__array__(copy=False)


@pytest.mark.parametrize("mode", ["constant", "reflect", "circular"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(
    "weight",
    [
        np.stack([np.stack([SOBEL] * 3), np.stack([SOBEL.T] * 3)]),  # separable
        np.random.default_rng(1).standard_normal((2, 3, 5, 5)),
        np.random.default_rng(2).standard_normal((40, 3, 3, 3)),
        np.ones((2, 3, 1, 1)),
    ],
)
def test_a_convolution_reads_it_as_its_floats(weight, stride, mode):
    options = {"stride": stride, "pad": 2, "pad_mode": mode, "pad_value": 0.3}
    found = cnnviz.conv2d(Brightness(PIXELS), weight, np.ones(len(weight)), **options)
    np.testing.assert_allclose(found, cnnviz.conv2d(FLOATS, weight, np.ones(len(weight)), **options), atol=3e-6)


@pytest.mark.parametrize("channels", [256, 257, 258, 600])
def test_sums_over_many_channels_of_white(channels):
    white = np.full((channels, 4, 4), 255, np.uint8)
    found = cnnviz.conv2d(Brightness(white), np.ones((1, channels, 3, 3)), pad=1)
    np.testing.assert_allclose(found[0, 1:3, 1:3], 9 * channels, rtol=1e-6)
    np.testing.assert_allclose(found[0, 0, 0], 4 * channels, rtol=1e-6)


def test_bytes_that_differ_nowhere_have_no_edges():
    flat = Brightness(np.full((3, 9, 9), 201, np.uint8))
    assert not cnnviz.conv2d(flat, np.stack([SOBEL / 3] * 3)[None]).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("kernel", [SOBEL, np.diag([1.0, 2.0, 3.0])])
def test_padding_that_is_not_finite_is_no_byte(value, kernel):
    weight = kernel[None, None].repeat(3, 1)
    found, expected = (cnnviz.conv2d(x, weight, pad=1, pad_value=value) for x in (Brightness(PIXELS), FLOATS))
    np.testing.assert_array_equal(found, expected)
    assert np.isnan(found).any() or value == 1e30


def test_maps_keep_bytes_until_their_values_are_asked_for():
    maps = FeatureMaps(Brightness(PIXELS), pictures=True)
    assert maps.shape == (3, 20, 17)
    assert len(maps) == 3
    assert isinstance(maps.stored, Brightness)
    maps.values[0, 0, 0] = 7  # from here on these are the values, and nothing goes back to the bytes
    assert maps.values[0, 0, 0] == 7
    assert maps.stored is maps.values
    np.testing.assert_array_equal(maps.values[1:], FLOATS[1:])


def test_only_the_convolution_reads_bytes():
    maps = FeatureMaps(Brightness(PIXELS), pictures=True)
    (edges,) = Stack([Conv(SOBEL[None, None].repeat(3, 1))]).run(maps)
    assert isinstance(maps.stored, Brightness)
    np.testing.assert_allclose(edges.values, cnnviz.conv2d(FLOATS, SOBEL[None, None].repeat(3, 1)), atol=3e-6)
    (pooled,) = Stack([Pool()]).run(maps)
    np.testing.assert_array_equal(pooled.values, cnnviz.pool2d(FLOATS))
