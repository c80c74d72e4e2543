from fractions import Fraction

import pytest

from cnnviz.core.connections import compare
from cnnviz.errors import ArgumentError


def test_a_layer_small_enough_to_count_by_hand():
    # 3 inputs, 2 outputs, a kernel of 2: every output reads 2 inputs.
    found = compare((1, 1, 3), (1, 1, 2), (1, 2))
    assert (found.fully_connected.weights, found.fully_connected.biases) == (6, 2)
    assert (found.locally_connected.weights, found.locally_connected.biases) == (4, 2)
    assert (found.convolution.weights, found.convolution.biases) == (2, 1)
    assert [c.macs for c in (found.fully_connected, found.locally_connected, found.convolution)] == [6, 4, 4]


def test_counting_connections_one_by_one_gives_the_same():
    channels, height, width, maps, kernel = 2, 4, 5, 3, (3, 2)
    rows, columns = height - 2, width - 1
    local = {
        (o, y, x, c, y + i, x + j)
        for o in range(maps)
        for y in range(rows)
        for x in range(columns)
        for c in range(channels)
        for i in range(kernel[0])
        for j in range(kernel[1])
    }
    shared = {(o, c, i - y, j - x) for o, y, x, c, i, j in local}
    found = compare((channels, height, width), (maps, rows, columns), kernel)
    assert found.locally_connected.weights == found.convolution.macs == len(local)
    assert found.convolution.weights == len(shared)


def test_a_photo_of_twelve_megapixels_is_counted_exactly():
    found = compare((3, 3000, 4000), (8, 3000, 4000), (3, 3))
    assert found.fully_connected.total == 3_456_000_096_000_000
    assert found.locally_connected.total == 2_688_000_000
    assert found.convolution.total == 224
    assert found.convolution.bytes == 896
    assert found.locally_connected.times(found.convolution) == Fraction(12_000_000)


def test_sobel_on_a_colour_photo_has_56_parameters():
    conv = compare((3, 512, 512), (2, 512, 512), (3, 3)).convolution
    assert (conv.weights, conv.biases, conv.total) == (54, 2, 56)


def test_no_bias_leaves_weights_alone():
    with_bias, without = (compare((3, 8, 8), (4, 6, 6), (3, 3), bias=b).convolution for b in (True, False))
    assert (without.weights, without.biases) == (with_bias.weights, 0)


def test_groups_divide_the_depth_of_a_kernel():
    assert compare((4, 8, 8), (8, 6, 6), (3, 3), groups=4).convolution.weights == 8 * 1 * 9


def test_groups_that_do_not_divide_are_refused():
    with pytest.raises(ArgumentError, match="do not divide"):
        compare((3, 8, 8), (4, 6, 6), (3, 3), groups=2)
