import numpy as np
import pytest

from cnnviz import conv2d
from cnnviz.core.channels import CHANNELS, spread, spread_labels
from cnnviz.errors import ArgumentError

KERNELS = np.array([[[0, 1], [2, 3]], [[1, 0], [0, -1]]], dtype=np.float32)
IMAGE = np.arange(3 * 4 * 4, dtype=np.float32).reshape(3, 4, 4)


def maps(mode):
    weights, groups = spread(KERNELS, 3, mode)
    return conv2d(IMAGE, weights, groups=groups)


def test_sum_adds_the_filtered_channels():
    one_by_one = sum(conv2d(IMAGE[c : c + 1], KERNELS[:, None]) for c in range(3))
    np.testing.assert_allclose(maps("sum"), one_by_one, rtol=1e-6)


def test_mean_is_a_third_of_sum_for_three_channels():
    np.testing.assert_allclose(maps("mean") * 3, maps("sum"), rtol=1e-5)


def test_each_goes_channel_by_channel():
    expected = np.concatenate([conv2d(IMAGE[c : c + 1], KERNELS[:, None]) for c in range(3)])
    np.testing.assert_allclose(maps("each"), expected, rtol=1e-6)
    assert spread_labels(["a", "b"], ["red", "green"], "each") == ["red a", "red b", "green a", "green b"]


@pytest.mark.parametrize("mode", ["mean", "sum"])
def test_labels_are_those_of_the_kernels_where_channels_are_joined(mode):
    assert spread_labels(["a", "b"], ["red", "green"], mode) == ["a", "b"]


def test_every_mode_of_the_table_is_known():
    assert all(maps(mode).shape[1:] == (3, 3) for mode in CHANNELS)
    with pytest.raises(ArgumentError, match="unknown channels 'median'"):
        spread(KERNELS, 3, "median")
