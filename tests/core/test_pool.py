from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnnviz
from cnnviz.core.pool import POOLS
from cnnviz.errors import ArgumentError

X = np.array([[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("max", [[6, 8]]),
        ("min", [[1, 3]]),
        ("avg", [[3.5, 5.5]]),
        ("sum", [[14, 22]]),
        ("lp", [[math.sqrt(66), math.sqrt(138)]]),
    ],
)
def test_two_by_two_by_hand(mode, expected):
    np.testing.assert_allclose(cnnviz.pool2d(X, mode)[0], expected, rtol=1e-6)


def test_the_mean_divides_by_what_it_is_told_to():
    ones = np.ones((1, 3, 3))
    assert cnnviz.pool2d(ones, "avg", 3, stride=2, pad=1)[0].tolist() == [[4 / 9] * 2] * 2
    assert cnnviz.pool2d(ones, "avg", 3, stride=2, pad=1, count_include_pad=False)[0].tolist() == [[1, 1]] * 2
    # 'same' pads one cell at the bottom and right, which counts like any other padding.
    assert cnnviz.pool2d(ones, "avg", 2, stride=1, pad="same")[0, 2].tolist() == [0.5, 0.5, 0.25]
    assert cnnviz.pool2d(ones, "avg", 2, stride=1, pad="same", count_include_pad=False).min() == 1


def test_cells_beyond_the_padding_never_count():
    ones = np.ones((1, 1, 4))
    # Windows of 3 at −1, 1 and 3: the last reads a cell, a padding cell, and one that is neither.
    pooled = cnnviz.pool2d(ones, "avg", (1, 3), stride=(1, 2), pad=(0, 1), ceil=True)
    assert pooled[0, 0].tolist() == pytest.approx([2 / 3, 1, 1 / 2])
    assert cnnviz.pool2d(ones, "avg", (1, 3), stride=(1, 2), ceil=True)[0, 0].tolist() == [1, 1]


def test_padding_never_wins():
    below = -np.ones((1, 2, 2))
    assert cnnviz.pool2d(below, "max", 2, stride=1, pad=1).tolist() == [[[-1] * 3] * 3]
    assert cnnviz.pool2d(-below, "min", 2, stride=1, pad=1).tolist() == [[[1] * 3] * 3]
    assert cnnviz.pool2d(-below, "lp", 2, stride=1, pad=1, p=1)[0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    nothing = np.full((1, 2, 2), -np.inf)
    assert cnnviz.pool2d(nothing, "max", 2, stride=1, pad=1).max() == -np.inf
    assert cnnviz.pool2d(-nothing, "min", 2, stride=1, pad=1).min() == np.inf


def test_nan_and_infinity():
    x = np.zeros((1, 2, 6), np.float32)
    x[0, 0] = [np.nan, 1, np.inf, 1, np.inf, -np.inf]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pooled = {mode: cnnviz.pool2d(x, mode)[0, 0] for mode in POOLS}
    for mode, values in pooled.items():
        assert np.isnan(values[0]), mode
    assert pooled["max"][1:].tolist() == [np.inf, np.inf]
    assert pooled["min"][1:].tolist() == [0, -np.inf]
    assert pooled["avg"][1] == np.inf
    assert np.isnan(pooled["avg"][2])
    assert pooled["lp"][1:].tolist() == [np.inf, np.inf]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norms_neither_overflow_nor_vanish(dtype):
    info = np.finfo(dtype)
    for size in (info.max / 8, info.tiny * 8):
        x = np.array([[[3, 4]]], dtype) * dtype(size / 4)
        assert cnnviz.pool2d(x, "lp", (1, 2)).item() == pytest.approx(5 * float(size) / 4, rel=1e-6)
    assert cnnviz.pool2d(np.full((1, 2, 2), 0.001, dtype), "lp", p=200).item() == pytest.approx(0.001007, rel=1e-3)
    assert cnnviz.pool2d(np.zeros((1, 2, 2), dtype), "lp").item() == 0
    assert cnnviz.pool2d(np.array([[[-3, 2], [0, 1]]], dtype), "lp", p=math.inf).item() == 3


def test_sums_of_very_many_cells_stay_exact():
    x = np.full((1, 700, 900), 0.1, np.float32)
    assert cnnviz.pool2d(x, "avg", (700, 900)).item() == pytest.approx(np.float32(0.1), rel=1e-6)
    assert cnnviz.pool2d(x, "avg", (699, 899), stride=1)[0, -1, -1] == pytest.approx(np.float32(0.1), rel=1e-7)


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_every_option_against_a_naive_loop(data):
    mode = data.draw(st.sampled_from(["max", "min", "avg", "sum", "lp"]))
    size = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = data.draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    pad = [data.draw(st.integers(0, cells // 2)) for cells in size]
    ceil, include = data.draw(st.booleans()), data.draw(st.booleans())
    shape = [data.draw(st.integers(1, 7)) for _ in range(2)]
    x = np.random.default_rng(data.draw(st.integers(0, 999))).integers(-9, 10, (1, *shape)).astype(float)
    options = {"stride": stride, "pad": pad, "dilation": dilation, "ceil": ceil, "count_include_pad": include}
    try:
        counts = [
            cnnviz.output_size(shape[a], size[a], stride=stride[a], pad=pad[a], dilation=dilation[a], ceil=ceil)
            for a in (0, 1)
        ]
    except ArgumentError:
        with pytest.raises(ArgumentError, match="larger than"):
            cnnviz.pool2d(x, mode, size, **options)
        return
    expected = np.empty((1, *counts))
    for r, s in np.ndindex(*counts):
        places = [
            (r * stride[0] - pad[0] + i * dilation[0], s * stride[1] - pad[1] + j * dilation[1])
            for i, j in np.ndindex(*size)
        ]
        cells = [x[0, i, j] for i, j in places if 0 <= i < shape[0] and 0 <= j < shape[1]]
        padding = sum(
            -pad[a] <= p[a] < shape[a] + pad[a] for p in places for a in (0,) if -pad[1] <= p[1] < shape[1] + pad[1]
        )
        if not cells:
            with pytest.raises(ArgumentError, match="reads no cell"):
                cnnviz.pool2d(x, mode, size, **options)
            return
        expected[0, r, s] = {
            "max": max(cells),
            "min": min(cells),
            "sum": sum(cells),
            "avg": sum(cells) / (padding if include else len(cells)),
            "lp": math.sqrt(sum(cell * cell for cell in cells)),
        }[mode]
    np.testing.assert_allclose(cnnviz.pool2d(x, mode, size, **options), expected, rtol=1e-13)


def test_a_batch_is_pooled_image_by_image():
    x = np.arange(48.0, dtype=np.float32).reshape(2, 2, 3, 4)
    pooled = cnnviz.pool2d(x, "avg", (3, 2))
    assert pooled.shape == (2, 2, 1, 2)
    for image, expected in zip(x, pooled, strict=True):
        np.testing.assert_array_equal(cnnviz.pool2d(image, "avg", (3, 2)), expected)


@pytest.mark.parametrize("mode", POOLS)
@pytest.mark.parametrize(
    ("given", "expected"),
    [(np.float64, np.float64), (np.longdouble, np.float64), (np.float16, np.float32), (np.uint8, np.float32)],
)
def test_types_and_a_new_result(mode, given, expected):
    x = np.array([[[1, 0], [1, 1]]]).astype(given)
    x.flags.writeable = False
    for size in (1, 2):
        out = cnnviz.pool2d(x, mode, size)
        assert out.dtype == expected
        assert out.flags.c_contiguous
        assert not np.shares_memory(out, x)
    np.testing.assert_array_equal(cnnviz.pool2d(x, mode, 1), x.astype(expected))
    maps = cnnviz.FeatureMaps(x.astype(float))
    np.testing.assert_array_equal(cnnviz.pool2d(maps, mode), cnnviz.pool2d(x.astype(float), mode))


@pytest.mark.parametrize(
    ("options", "argument", "words"),
    [
        ({"mode": "median"}, "mode", "max"),
        ({"mode": ["max"]}, "mode", "max"),
        ({"size": 0}, "size", "at least 1"),
        ({"size": 5}, "size", "height: a window of 5 cells is larger"),
        ({"size": (2, 5), "pad": (0, 0)}, "size", "width"),
        ({"stride": 0}, "stride", "at least 1"),
        ({"dilation": 0}, "dilation", "at least 1"),
        ({"size": 3, "pad": 2}, "pad", "more than half the window of 3"),
        ({"size": 3, "pad": (1, 1, 1, 2)}, "pad", "width: padding by 2"),
        ({"pad": "most"}, "pad", "same"),
        ({"mode": "lp", "p": 0}, "p", "above 0"),
        ({"mode": "lp", "p": -1}, "p", "above 0"),
        ({"mode": "lp", "p": math.nan}, "p", "above 0"),
        ({"mode": "lp", "p": "2"}, "p", "real number"),
    ],
)
def test_what_cannot_be_is_an_error_that_names_the_argument(options, argument, words):
    with pytest.raises(ArgumentError, match=words) as caught:
        cnnviz.pool2d(X, **options)
    assert caught.value.argument == argument


@pytest.mark.parametrize("far", [10**9, 2**60 - 1])
def test_enormous_windows_look_at_the_input_only(far):
    x = np.arange(25.0).reshape(1, 5, 5)

    def pool(mode, size, **options):
        return cnnviz.pool2d(x, mode, size, **options)[0]

    assert pool("max", far, ceil=True).tolist() == [[24]]
    assert pool("avg", far, ceil=True).tolist() == [[12]]
    assert pool("min", far, pad=far // 2, stride=far).tolist() == [[0]]
    assert pool("avg", far, pad=far // 2, count_include_pad=False, stride=far).tolist() == [[12]]
    assert pool("sum", 2, stride=far).tolist() == [[12]]
    np.testing.assert_array_equal(pool("max", 1, stride=1, dilation=far), x[0])
    np.testing.assert_array_equal(pool("lp", 3, stride=1, dilation=far, pad="same"), x[0])
    np.testing.assert_allclose(pool("avg", 3, stride=1, dilation=far, pad="same"), x[0] / 9)


def test_input_that_cannot_be_pooled():
    for x in (np.ones(3), np.ones((1, 0, 3)), np.ones((1, 2, 2)) * 1j):
        with pytest.raises(ArgumentError) as caught:
            cnnviz.pool2d(x)
        assert caught.value.argument == "x"


def test_a_window_with_nothing_to_read():
    with pytest.raises(ArgumentError, match="width: a window reads no cell"):
        cnnviz.pool2d(np.ones((1, 1, 1)), "max", (1, 2), stride=1, pad=(0, 1), dilation=(1, 2))


def test_every_mode_has_a_note_of_one_line():
    for name, mode in POOLS.items():
        assert mode.name == name
        assert mode.note
        assert "\n" not in mode.note
    assert "zeros, as in PyTorch" in POOLS["avg"].note
