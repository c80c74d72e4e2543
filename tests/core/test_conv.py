from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnviz
from cnnviz.core.padding import PAD_MODES, pad2d
from cnnviz.errors import ArgumentError, MemoryLimitError

SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def test_sobel_by_hand():
    picture = [[[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]]]
    assert cnnviz.conv2d(picture, SOBEL_X[None, None]).tolist() == [[[4, 4]]]
    # A row of zeros above and below takes a quarter of the weight away.
    edge = cnnviz.conv2d(picture, SOBEL_X[None, None], pad=1)
    assert edge.tolist() == [[[0, 3, 3, -3], [0, 4, 4, -4], [0, 3, 3, -3]]]
    assert cnnviz.conv2d(picture, SOBEL_X[None, None], pad=1, pad_mode="edge").tolist() == [[[0, 4, 4, 0]] * 3]


def test_the_kernel_is_not_flipped():
    assert cnnviz.conv2d([[[1, 2, 3]]], [[[[10, 1]]]]).tolist() == [[[12, 23]]]


def test_channels_are_summed_and_each_map_has_its_bias():
    x = [[[1]], [[2]], [[3]]]
    weight = np.array([[1, 1, 1], [1, 10, 100]]).reshape(2, 3, 1, 1)
    assert cnnviz.conv2d(x, weight, [0.5, -1]).tolist() == [[[6.5]], [[320]]]


def test_groups_keep_to_their_own_channels():
    x = np.array([1, 2, 3, 4]).reshape(4, 1, 1)
    weight = np.array([[1, 10], [1, 10], [1, 10], [2, 0]]).reshape(4, 2, 1, 1)
    assert cnnviz.conv2d(x, weight, groups=2).ravel().tolist() == [21, 21, 43, 6]


def test_stride_dilation_and_padding_by_side():
    x = np.arange(1, 8).reshape(1, 1, 7)
    two = [[[[1, 10]]]]
    assert cnnviz.conv2d(x, two, stride=(1, 3)).tolist() == [[[21, 54]]]
    assert cnnviz.conv2d(x, two, dilation=(1, 3)).tolist() == [[[41, 52, 63, 74]]]
    assert cnnviz.conv2d(x * 1.0, [[[[2]]]], stride=(1, 3)).tolist() == [[[2, 8, 14]]]
    assert cnnviz.conv2d(x, two, pad=(0, 0, 1, 0), pad_value=5).tolist()[0][0][:2] == [15, 21]
    assert cnnviz.conv2d(x, two, pad="same").tolist()[0][0][-1] == 7
    assert cnnviz.conv2d(x, two, pad="same-lower").tolist()[0][0][0] == 10
    assert cnnviz.conv2d(x, two, pad="valid").shape == (1, 1, 6)


def naive(x, weight, bias, stride, sides, dilation, groups, mode, value):
    """The sum as it is written in textbooks, one multiplication at a time."""
    padded = pad2d(x, sides, mode, value)
    maps, depth, height, width = weight.shape
    rows = (padded.shape[1] - dilation[0] * (height - 1) - 1) // stride[0] + 1
    columns = (padded.shape[2] - dilation[1] * (width - 1) - 1) // stride[1] + 1
    out = np.zeros((maps, rows, columns))
    for o, r, s in np.ndindex(out.shape):
        first = o // (maps // groups) * depth
        total = bias[o]
        for c, i, j in product(range(depth), range(height), range(width)):
            row, column = r * stride[0] + i * dilation[0], s * stride[1] + j * dilation[1]
            total += weight[o, c, i, j] * padded[first + c, row, column]
        out[o, r, s] = total
    return out


@st.composite
def layers(draw):
    few = st.integers(1, 2)
    groups, depth, maps = draw(few), draw(few), draw(few)
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = draw(st.tuples(few, few))
    size = [draw(st.integers(d * (k - 1) + 1, 6)) for k, d in zip(kernel, dilation, strict=True)]
    mode = draw(st.sampled_from(sorted(PAD_MODES)))
    most = min(2, min(size) - (PAD_MODES[mode] == "reflect"))
    sides = draw(st.tuples(*[st.integers(0, most)] * 4))
    # Small integers, so that any order of adding gives the same, to the last bit.
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = random.integers(-9, 10, (groups * depth, *size))
    weight = random.integers(-9, 10, (groups * maps, depth, *kernel))
    bias = random.integers(-9, 10, groups * maps)
    value = draw(st.integers(-2, 2))
    return x, weight, bias, draw(st.tuples(few, few)), sides, dilation, groups, mode, value


@settings(deadline=None, max_examples=80)
@given(layers())
def test_every_option_against_a_naive_loop(layer):
    x, weight, bias, stride, sides, dilation, groups, mode, value = layer
    options = {"stride": stride, "pad": sides, "dilation": dilation, "groups": groups}
    options |= {"pad_mode": mode, "pad_value": value}
    np.testing.assert_array_equal(cnnviz.conv2d(x, weight, bias, **options), naive(*layer))
    twice = cnnviz.conv2d(np.stack([x, -x]), weight, bias, **options)
    np.testing.assert_array_equal(twice[0], naive(*layer))
    np.testing.assert_array_equal(twice[1], naive(-x, *layer[1:-1], -value) if value == 0 else twice[1])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.longdouble, np.float64),
        (np.float16, np.float32),
        (np.uint8, np.float32),
        (np.int64, np.float32),
        (np.bool_, np.float32),
        (">f4", np.float32),
        (">f8", np.float64),
    ],
)
def test_types(given, expected):
    x = np.array([[[0, 1, 1], [1, 0, 1]]]).astype(given)
    out = cnnviz.conv2d(x, np.array([[[[0.25, 0.5]]]]), np.array([1.0], np.float16))
    assert out.dtype == expected
    assert out.dtype.isnative
    assert out.tolist() == [[[1.5, 1.75], [1.25, 1.5]]]


def test_the_result_is_new_and_the_input_as_it_was():
    x, weight = np.arange(24.0).reshape(2, 3, 4), np.ones((2, 2, 1, 1))
    for image in (x, x.transpose(0, 2, 1), x[:, ::-1], x[:, :, 1:3], np.broadcast_to(x[:1], (2, 3, 4))):
        before = image.copy()
        image.flags.writeable = False
        out = cnnviz.conv2d(image, weight)
        assert out.flags.c_contiguous
        assert out.flags.writeable
        assert not np.shares_memory(out, image)
        np.testing.assert_array_equal(image, before)
        np.testing.assert_array_equal(out, np.stack([before.sum(axis=0)] * 2))


def test_anything_with_array_is_taken():
    maps = cnnviz.FeatureMaps(np.ones((2, 3, 3), np.float32))
    assert cnnviz.conv2d(maps, np.ones((1, 2, 3, 3))).tolist() == [[[18]]]
    assert cnnviz.conv2d([[[1, 2], [3, 4]]], [[[[1, 1], [1, 1]]]], [1]).tolist() == [[[11]]]


def test_zero_times_infinity_is_nan_and_nobody_is_warned():
    x = np.zeros((1, 3, 5), np.float32)
    x[0, 1, 2] = np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = cnnviz.conv2d(x, SOBEL_X[None, None], pad=1)
        cnnviz.conv2d(np.full((1, 2, 2), 3e38, np.float32), np.full((1, 1, 2, 2), 3e38))
        assert cnnviz.conv2d(np.ones((1, 1, 1)), [[[[1e300]]]]).item() == 1e300
        assert cnnviz.conv2d(np.ones((1, 1, 1), np.float32), [[[[1e300]]]]).item() == np.inf
    assert np.isnan(out[0, :, 2]).all()  # The tap above it is 0.
    assert out[0, :, 1].tolist() == [np.inf] * 3
    assert out[0, :, 3].tolist() == [-np.inf] * 3
    assert not out[0, :, [0, 4]].any()


X, W = np.ones((4, 5, 6)), np.ones((2, 4, 3, 3))


@pytest.mark.parametrize(
    ("arguments", "options", "argument", "words"),
    [
        ((np.ones((5, 6)), W), {}, "x", r"\(C, H, W\)"),
        ((np.ones((4, 0, 6)), W), {}, "x", "no empty axis"),
        ((np.ones((0, 4, 5, 6)), W), {}, "x", "no empty axis"),
        ((X * 1j, W), {}, "x", "real numbers, not complex"),
        ((np.array([[["a"]]]), W), {}, "x", "real numbers"),
        (([[[1, 2], [3]]], W), {}, "x", "ragged"),
        ((X, W[0, 0]), {}, "weight", "None, None"),
        ((X, W[:0]), {}, "weight", "no empty axis"),
        ((X, W * 1j), {}, "weight", "real numbers"),
        ((X, W[:, :3]), {}, "weight", "3 channels and x has 4"),
        ((X, W), {"groups": 2}, "weight", "4 channels and x has 2 in each of 2 groups"),
        ((X, np.ones((2, 4, 6, 3))), {}, "weight", "height: a kernel of 6 cells is larger"),
        ((X, W), {"dilation": (1, 3)}, "weight", "width: a kernel of 3 cells, spread over 7 by dilation 3, is larger"),
        ((X, W, [1]), {}, "bias", r"\(2,\)"),
        ((X, W, [[1, 2]]), {}, "bias", r"\(2,\)"),
        ((X, W, [1, "b"]), {}, "bias", "real numbers"),
        ((X, W), {"groups": 3}, "groups", "do not divide"),
        ((X, np.ones((3, 2, 3, 3))), {"groups": 2}, "groups", "do not divide"),
        ((X, W), {"groups": 0}, "groups", "at least 1"),
        ((X, W), {"stride": 0}, "stride", "at least 1"),
        ((X, W), {"stride": (1, 2, 3)}, "stride", "height, width"),
        ((X, W), {"stride": 1.5}, "stride", "whole number"),
        ((X, W), {"dilation": -1}, "dilation", "at least 1"),
        ((X, W), {"pad": -1}, "pad", "at least 0"),
        ((X, W), {"pad": (1, 2, 3)}, "pad", "1, 2 or 4"),
        ((X, W), {"pad": "full"}, "pad", "same"),
        ((X, W), {"pad": 5, "pad_mode": "mirror"}, "pad", "mirror can pad a height of 5 by at most 4"),
        ((X, W), {"pad_mode": "around"}, "pad_mode", "wrap"),
        ((X, W), {"pad_mode": None}, "pad_mode", "wrap"),
        ((X, W), {"pad_value": "1"}, "pad_value", "real number"),
        ((X, W), {"pad_value": 1j}, "pad_value", "real number"),
        ((X, W), {"pad_value": True}, "pad_value", "real number"),
        ((X, W), {"pad_value": 10**400}, "pad_value", "too large"),
    ],
)
def test_what_cannot_be_is_one_line_that_names_the_argument(arguments, options, argument, words):
    with pytest.raises(ArgumentError, match=words) as caught:
        cnnviz.conv2d(*arguments, **options)
    assert caught.value.argument == argument
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("far", [10**9, 2**60 - 1])
@pytest.mark.parametrize("mode", ["constant", "replicate"])
def test_enormous_numbers_cost_nothing_where_the_output_is_small(far, mode):
    x, ones = np.arange(25.0).reshape(1, 5, 5), np.ones((1, 1, 3, 3))
    assert cnnviz.conv2d(x, ones, stride=far, pad_mode=mode).tolist() == [[[54]]]
    one_tap = cnnviz.conv2d(x, ones[..., :1, :1], stride=2, dilation=far, pad_mode=mode)
    np.testing.assert_array_equal(one_tap, x[:, ::2, ::2])
    by_steps = cnnviz.conv2d(x, ones, stride=far, pad=far, pad_mode=mode)
    assert by_steps[0, 1, 1] == 54
    assert by_steps[0, 0, 0] == (0 if mode == "constant" else 9 * x[0, 0, 0])
    spread = cnnviz.conv2d(x, ones, dilation=far, pad=far, pad_mode=mode)
    # All taps but the middle one meet padding, which repeats the edge.
    edges = (
        pad2d(x[0], 0)
        if mode == "constant"
        else sum(
            np.broadcast_to(part, (5, 5))
            for part in (x[0], x[0, :1], x[0, -1:], x[0, :, :1], x[0, :, -1:], *x[0, ::4, ::4].ravel())
        )
    )
    np.testing.assert_array_equal(spread[0], edges)


def test_an_output_that_no_memory_holds_is_refused():
    for pad in (10**9, 2**60 - 1):
        with pytest.raises(MemoryLimitError, match=r"GiB, more memory than there is: use less padding"):
            cnnviz.conv2d(np.ones((1, 5, 5)), np.ones((1, 1, 3, 3)), pad=pad)


@pytest.mark.parametrize("name", PAD_MODES)
def test_padding_inside_is_padding_before(name):
    x = np.arange(40.0).reshape(2, 4, 5)
    weight = np.arange(36.0).reshape(2, 2, 3, 3)
    inside = cnnviz.conv2d(x, weight, pad=(2, 1, 0, 3), pad_mode=name, pad_value=2)
    before = cnnviz.conv2d(pad2d(x, (2, 1, 0, 3), name, 2), weight)
    np.testing.assert_allclose(inside, before, rtol=1e-14)


@pytest.mark.parametrize(("stride", "expected"), [((1, 2), [[1], [3]]), ((2, 1), [[1, 2]]), ((1, 9), [[1], [3]])])
def test_a_stride_that_leaves_one_place_along_an_axis_still_leaves_out_the_others(stride, expected):
    assert cnnviz.conv2d([[[1.0, 2], [3, 4]]], [[[[1.0]]]], stride=stride).tolist() == [expected]
