"""Every fast way against the definition, and each of them taken where it should be."""

from __future__ import annotations

import tracemalloc
from math import prod

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cnnviz
from cnnviz.core import conv, products, tiles
from cnnviz.core.brightness import Brightness
from cnnviz.core.conv import WAYS, choose, convolve
from cnnviz.core.conv_problem import Convolution
from cnnviz.core.fast import im2col, im2col_rows, pool_separable, separable, toeplitz
from cnnviz.core.fast.separable import factor
from cnnviz.core.pool import POOLS, Pooling, plain
from cnnviz.core.products import MATRIX, VECTOR, blas_is_threaded, is_finite, multiply, strip_width
from cnnviz.core.tiles import Tile, cut, largest_piece
from cnnviz.errors import ArgumentError

FAST = [name for name in WAYS if name != "plain"]
SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
RANDOM = np.random.default_rng(5)


@pytest.fixture(autouse=True, scope="module")
def shared():
    """Let two threads share even the smallest work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conv, "SHARED", 0)
        patch.setattr(conv, "processors", lambda: 2)
        yield


@pytest.fixture
def tiny(monkeypatch):
    """Make tiles so small that every test has many, with all their seams."""
    for module in (im2col, im2col_rows, toeplitz, separable, pool_separable):
        monkeypatch.setattr(module, "CELLS", 40)
    monkeypatch.setattr(im2col_rows, "CELLS", 1500)
    monkeypatch.setattr(im2col_rows, "NARROWEST", 9)
    monkeypatch.setattr(toeplitz, "BATCH", 40)
    monkeypatch.setattr(separable, "LARGE", 4)


def assert_same(result, expected, scale):
    assert result.dtype == expected.dtype
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.where(finite, 0, result), np.where(finite, 0, expected))
    error = np.abs(result[finite] - expected[finite]).max(initial=0)
    assert error <= (1e-6 if expected.dtype == np.float32 else 1e-13) * scale


def against_plain(problem):
    """Compute in every way that fits, and return the ways' names."""
    expected = convolve(problem, "plain")
    finite = np.abs(problem.x[np.isfinite(problem.x)]).max(initial=1)
    weights = np.abs(problem.weight[np.isfinite(problem.weight)])
    scale = finite * weights.max(initial=1) * problem.weight[0, 0].size + 10
    ways = [name for name in FAST if WAYS[name].cost(problem) < np.inf]
    for name in ways:
        assert_same(convolve(problem, name), expected, scale)
    return ways


@st.composite
def problems(draw, special=False):
    few, dtype = st.integers(1, 3), draw(st.sampled_from([np.float32, np.float64, np.uint8]))
    groups, depth, maps = draw(few), draw(few), draw(few)
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    plain_steps = draw(st.booleans())
    stride, dilation = ((1, 1), (1, 1)) if plain_steps else (draw(st.tuples(few, few)), draw(st.tuples(few, few)))
    size = [draw(st.integers(d * (k - 1) + 1, 16)) for k, d in zip(kernel, dilation, strict=True)]
    mode = draw(st.sampled_from(["constant", "reflect", "symmetric", "replicate", "circular"]))
    pad = draw(st.tuples(*[st.integers(0, min(3, *size) - 1)] * 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = (random.standard_normal((draw(few), groups * depth, *size)) * 8).astype(dtype)
    if draw(st.booleans()):
        factors = [random.integers(-2, 3, (groups * maps, *shape)) for shape in ((1, kernel[0], 1), (1, 1, kernel[1]))]
        shared = random.standard_normal((draw(st.sampled_from([1, groups * maps])), depth, 1, 1))
        shared = shared[:, :1].repeat(depth, 1) if draw(st.booleans()) else shared
        weight = shared * factors[0] * factors[1]
    else:
        weight = random.standard_normal((groups * maps, depth, *kernel))
        weight = weight[:, :1].repeat(depth, 1) if draw(st.booleans()) else weight
    bias = draw(st.sampled_from([None, random.standard_normal(groups * maps)]))
    value = draw(st.sampled_from([0.0, -1.5]))
    if special and dtype != np.uint8:
        for value_there in draw(st.lists(st.sampled_from([np.inf, -np.inf, np.nan]), min_size=1, max_size=3)):
            x.reshape(-1)[draw(st.integers(0, x.size - 1))] = value_there
        if draw(st.integers(0, 3)) == 0:
            weight.reshape(-1)[draw(st.integers(0, weight.size - 1))] = np.inf
        value = draw(st.sampled_from([0.0, np.inf, np.nan]))
    unit = draw(st.sampled_from([1, 255])) if dtype == np.uint8 else 1
    return Convolution.of(x, weight, bias, stride, pad, dilation, groups, mode, value, unit)


@settings(deadline=None, max_examples=120)
@given(problems())
def test_every_way_gives_what_the_definition_gives(problem):
    against_plain(problem)


@settings(deadline=None, max_examples=120)
@given(problems(special=True))
def test_nan_and_infinity_come_out_alike_in_every_way(problem):
    against_plain(problem)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("mode", ["constant", "reflect", "circular"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 3])
def test_small_tiles_fit_together(mode, stride, dilation):
    weights = [SOBEL_X[None, None] * RANDOM.standard_normal((1, 3, 1, 1)), RANDOM.standard_normal((2, 3, 3, 2))]
    for weight in weights:
        for size in ((9, 70), (40, 11)):
            x = RANDOM.standard_normal((2, 3, *size)).astype(np.float32)
            x[0, 1, 4, 5] = np.nan
            problem = Convolution.of(x, weight, np.ones(len(weight)), stride, 4, dilation, 1, mode)
            ways = against_plain(problem)
            assert "im2col" in ways
            assert ("im2col_rows" in ways) == (dilation == 1)


CHOSEN = {
    "separable": [
        Convolution.of(np.zeros((1, 64, 64)), SOBEL_X[None, None]),
        Convolution.of(np.zeros((3, 64, 64)), np.ones((1, 3, 9, 9)) / 81, pad=4),
        Convolution.of(np.broadcast_to(np.float32(0), (3, 3000, 4000)), np.ones((1, 3, 701, 701)), pad=350),
        Convolution.of(np.zeros((3, 64, 64)), np.stack([SOBEL_X, SOBEL_X.T, SOBEL_X])[:, None], groups=3),
    ],
    "toeplitz": [
        Convolution.of(np.zeros((1, 64, 64)), RANDOM.standard_normal((1, 1, 5, 5))),
        Convolution.of(np.zeros((3, 64, 64)), RANDOM.standard_normal((1, 3, 7, 7)), dilation=2),
        Convolution.of(np.zeros((32, 28, 28)), RANDOM.standard_normal((32, 1, 3, 3)), groups=32),
    ],
    "im2col": [
        Convolution.of(np.zeros((64, 16, 16)), RANDOM.standard_normal((64, 64, 3, 3)), pad=1),
        Convolution.of(np.zeros((64, 56, 56), np.float32), RANDOM.standard_normal((16, 64, 1, 1))),
        Convolution.of(np.zeros((64, 14, 14)), RANDOM.standard_normal((32, 64, 3, 3)), stride=2),
        Convolution.of(np.zeros((3, 64, 64)), RANDOM.standard_normal((8, 3, 11, 11)), stride=4, dilation=2),
    ],
    "im2col_rows": [
        Convolution.of(np.zeros((3, 224, 224)), RANDOM.standard_normal((64, 3, 11, 11)), stride=4, pad=2),
        Convolution.of(np.zeros((3, 224, 224)), RANDOM.standard_normal((16, 3, 3, 3)), pad=1),
        Convolution.of(np.zeros((64, 224, 224)), RANDOM.standard_normal((64, 64, 3, 3)), pad=1),
        Convolution.of(np.zeros((1, 9, 9)), np.where(SOBEL_X == 0, np.inf, SOBEL_X)[None, None]),
    ],
}


@pytest.mark.parametrize(("way", "problem"), [(way, problem) for way in CHOSEN for problem in CHOSEN[way]])
def test_each_way_is_chosen_where_it_pays(way, problem):
    assert choose(problem) == way


def test_every_way_but_the_definition_is_chosen_somewhere():
    assert set(CHOSEN) == set(FAST)


@pytest.mark.parametrize(
    ("way", "problem"),
    [
        ("separable", CHOSEN["toeplitz"][0]),
        ("separable", CHOSEN["im2col_rows"][3]),
        ("toeplitz", CHOSEN["im2col"][2]),
        ("toeplitz", CHOSEN["im2col_rows"][3]),
        ("im2col_rows", CHOSEN["im2col"][3]),
        ("fourier", CHOSEN["im2col"][0]),
    ],
)
def test_a_way_that_does_not_fit_is_refused(way, problem):
    with pytest.raises(ArgumentError) as caught:
        convolve(problem, way)
    assert caught.value.argument == "way"


def test_only_work_that_is_worth_it_has_two_threads(monkeypatch):
    given = []
    way = conv.Way(lambda problem, out, threads: given.append(threads), lambda problem: 20.0)
    monkeypatch.setitem(WAYS, "im2col", way)
    monkeypatch.setattr(conv, "SHARED", 1e6)
    for size in (100, 300):
        convolve(Convolution.of(np.zeros((1, size, size)), np.ones((2, 1, 1, 1))), "im2col")
    assert given == [1, 2]  # 0.2 and 1.8 milliseconds


@pytest.mark.parametrize("size", [5, 28, 300])
@pytest.mark.parametrize("channels", [1, 3])
def test_edges_of_what_is_flat_are_exactly_zero(size, channels):
    weights = np.stack([SOBEL_X, SOBEL_X.T])[:, None].repeat(channels, 1) / channels
    for level in RANDOM.random(20):
        assert not cnnviz.conv2d(np.full((channels, size, size), level, np.float32), weights).any()
        assert not cnnviz.conv2d(Brightness(np.full((channels, size, size), int(level * 256), np.uint8)), weights).any()


def test_bytes_of_channels_that_weigh_alike_are_summed_and_nothing_else():
    alike, other = np.ones((2, 3, 3, 3)), RANDOM.standard_normal((2, 3, 3, 3))
    stored, floats = np.ones((3, 9, 9), np.uint8), np.ones((3, 9, 9), np.float32)
    shapes = {
        (x.dtype.name, value, name): Convolution.of(x, weight, pad=1, pad_value=value).summed().weight.shape[2]
        for x in (stored, floats)
        for value in (0, np.inf)
        for name, weight in {"alike": alike, "other": other}.items()
    }
    assert {key for key, channels in shapes.items() if channels == 1} == {("uint8", 0, "alike")}
    assert set(shapes.values()) == {1, 3}
    many = Convolution.of(np.full((258, 3, 3), 255, np.uint8), np.ones((1, 258, 3, 3)))
    assert many.summed() is many  # two bytes would not hold the sum
    assert convolve(many, choose(many)).item() == 258 * 255 * 9


def test_integer_kernels_have_integer_factors():
    assert factor(SOBEL_X[None]) == ((1,), (1, 2, 1), (-1, 0, 1))
    assert factor(-SOBEL_X[None]) == ((1,), (1, 2, 1), (1, 0, -1))
    assert factor(SOBEL_X.T[None]) == ((1,), (-1, 0, 1), (1, 2, 1))
    assert factor(np.ones((2, 3, 3))) == ((1, 1), (1, 1, 1), (1, 1, 1))
    assert factor(np.eye(3)[None]) is None
    assert factor(np.zeros((1, 3, 3))) is None


@pytest.mark.parametrize("edge", [1, 3])
def test_kernels_divided_among_channels_have_integer_factors_and_one_mix(edge):
    kernel = np.outer([edge, 10, edge], [-1, 0, 1]).astype(np.float32) / np.float32(3)
    across, down = (factor(np.stack([one] * 3)) for one in (kernel, kernel.T))
    assert across.column == down.row == (edge, 10, edge)
    assert across.row == down.column == (-1, 0, 1)
    assert across.channels == down.channels


def test_what_is_not_quite_a_whole_number_is_none():
    column, row = np.array([1, 2.000005, 1]), np.array([1, 4, 1])
    found = factor((column[:, None] * row)[None])
    np.testing.assert_allclose(np.outer(found.column, found.row), column[:, None] * row, rtol=1e-15)
    assert factor(np.outer([1, 1e300], [1, 1e-300])[None]) is not None


def test_a_small_weight_that_spoils_the_product_is_not_lost():
    kernel = np.outer([1, 1e6, 1], [1, 1e6, 1])
    assert factor(kernel[None]) is not None
    kernel[0, 0] = 1.001
    assert factor(kernel[None]) is None


def test_kernels_and_dilations_too_large_for_one_window(monkeypatch):
    x = RANDOM.standard_normal((2, 30, 30))
    problem = Convolution.of(x, RANDOM.standard_normal((2, 2, 9, 9)), [1, 2], dilation=(1, 3))
    expected = convolve(problem, "plain")
    monkeypatch.setattr(im2col, "CELLS", 60)
    np.testing.assert_allclose(convolve(problem, "im2col"), expected, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(
    shape=st.tuples(*[st.integers(1, 60)] * 2),
    cells=st.integers(1, 500),
    block=st.integers(1, 5),
    share=st.integers(1, 3),
    widest=st.none() | st.integers(1, 70),
)
@example(shape=(1, 60), cells=7, block=4, share=2, widest=None)
def test_tiles_cover_everything_once(shape, cells, block, share, widest):
    height, width = shape
    seen = np.zeros((height + 2, width + 3), int)
    pieces = cut(Tile(0, 2, height + 2, 3, width + 3), cells, block=block, share=share, widest=widest)
    for piece in pieces:
        seen[piece.top : piece.bottom, piece.left : piece.right] += 1
        assert piece.cells <= max(cells, block)
        assert piece.size[1] <= (widest or width)
        assert piece.size[0] % block == 0 or piece.bottom == height + 2
        # What is not a whole number of full rows lies in one block of rows.
        assert piece.size[1] == width or piece.size[0] <= max(block, cells // piece.size[1])
    assert (seen[2:, 3:] == 1).all()
    assert seen.sum() == height * width


@settings(deadline=None, max_examples=60)
@given(
    size=st.tuples(*[st.integers(1, 60)] * 2),
    cells=st.integers(1, 500),
    block=st.integers(1, 5),
    widest=st.none() | st.integers(1, 70),
)
def test_the_largest_piece_is_known_without_cutting(size, cells, block, widest):
    pieces = [piece.size for piece in cut(Tile(0, 0, size[0], 0, size[1]), cells, block=block, widest=widest)]
    rows, columns = (max(axis) for axis in zip(*pieces, strict=True))
    assert largest_piece(size, cells, block=block, widest=widest) == (-(-rows // block) * block, columns)


def test_an_output_that_none_could_cut_into_pieces_has_a_way_still(monkeypatch):
    monkeypatch.setattr(tiles, "cut", None)
    for module in (im2col, im2col_rows, toeplitz, separable):
        monkeypatch.setattr(module, "cut", None)
    for kernel in (SOBEL_X, RANDOM.random((3, 3))):
        assert choose(Convolution.of(np.ones((1, 5, 5)), kernel[None, None], pad=10**9)) in WAYS


@pytest.mark.parametrize("rows", [1, 3, 64])
@pytest.mark.parametrize("columns", [1, 63, 400, 5000])
@pytest.mark.parametrize("threads", [None, "1"])
def test_products_in_strips_or_whole(rows, columns, threads, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if threads:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
    assert blas_is_threaded() == (threads is None)
    a, b = RANDOM.standard_normal((2, rows, 70)), RANDOM.standard_normal((2, 70, columns))
    out = np.full((2, rows, columns + 5), 7.0)
    multiply(a, b, out[..., :columns])
    np.testing.assert_allclose(out[..., :columns], a @ b, atol=1e-12)
    assert (out[..., columns:] == 7).all()
    assert rows * 70 * strip_width(rows, 70) <= (VECTOR if rows == 1 else MATRIX)


@pytest.mark.parametrize(("rows", "most"), [(1, VECTOR), (30, MATRIX), (64, MATRIX), (500, MATRIX)])
def test_no_piece_of_a_product_is_one_that_blas_would_share_out(rows, most, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    seen = []
    monkeypatch.setattr(products.np, "matmul", lambda a, b, out: seen.append(a.shape[-2] * prod(b.shape[-2:])))
    for columns in (1, 40, 200, 3000):
        multiply(np.ones((rows, 30)), np.ones((30, columns)), np.ones((rows, columns)))
    assert max(seen) <= most


@pytest.mark.parametrize("size", [1, VECTOR, 2 * VECTOR + 1])
def test_one_cell_that_is_not_finite_is_found(size):
    values = np.ones(size, np.float32)
    assert is_finite(values)
    for place in (0, size // 2, size - 1):
        for value in (np.nan, np.inf, -np.inf, 1e38):
            values[place] = value
            assert not is_finite(values)
        values[place] = 1


@st.composite
def poolings(draw):
    few, mode = st.integers(1, 3), draw(st.sampled_from(sorted(POOLS)))
    window = draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    dilation = draw(st.tuples(few, few)) if draw(st.booleans()) else (1, 1)
    size = [draw(st.integers(d * (k - 1) + 1, 20)) for k, d in zip(window, dilation, strict=True)]
    dtype = draw(st.sampled_from([np.float32, np.float64, np.uint8]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = (random.standard_normal((draw(few), draw(few), *size)) * 3).astype(dtype)
    if dtype != np.uint8:
        for value in draw(st.lists(st.sampled_from([np.inf, -np.inf, np.nan, 0]), max_size=3)):
            x.reshape(-1)[draw(st.integers(0, x.size - 1))] = value
    pad = draw(st.sampled_from(["valid", "same", "same-lower"]))
    stride = draw(st.none() | st.tuples(few, few))
    p = draw(st.sampled_from([0.5, 1, 2, 3, 50, np.inf]))
    return Pooling.of(x, mode, window, stride, pad, dilation, draw(st.booleans()), draw(st.booleans()), p)


@settings(deadline=None, max_examples=150)
@given(poolings())
def test_pooling_by_rows_and_columns_is_pooling(problem):
    expected = np.empty((*problem.x.shape[:2], *problem.size), problem.dtype)
    with np.errstate(all="ignore"):
        plain(problem, expected)
    out = np.empty_like(expected)
    pool_separable.run(problem, out)
    # A large power may overflow or vanish in the definition, which the fast way takes care not to do.
    spoilt = problem.mode.name == "lp" and problem.p == 50
    if spoilt:
        expected = np.where((expected > 0.2) & np.isfinite(expected), expected, out)
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=1) * 5
    assert_same(out, expected.astype(out.dtype), scale)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("mode", POOLS)
@pytest.mark.parametrize("dtype", [np.float32, np.int16])
def test_small_pooling_tiles_fit_together(mode, dtype):
    x = (RANDOM.standard_normal((2, 3, 23, 41)) * 900).astype(dtype)
    windows = [(2, 2, 0, 1), (3, 1, 1, 1), ((3, 4), 2, (1, 2), 3), ((23, 41), 1, 0, 1), ((12, 21), 1, 0, 2)]
    for size, stride, pad, dilation in [*windows, ((9, 40), (2, 1), (4, 20), 1)]:
        problem = Pooling.of(x, mode, size, stride, pad, dilation)
        expected = np.empty((*problem.x.shape[:2], *problem.size), problem.dtype)
        plain(problem, expected)
        out = np.empty_like(expected)
        pool_separable.run(problem, out)
        np.testing.assert_allclose(out, expected, rtol=1e-4, atol=0.1)


def extra_memory(call):
    """Return the bytes that a call needs at once beyond its result."""
    tracemalloc.start()
    result = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - result.nbytes


@pytest.mark.parametrize("kind", ["float32", "uint8", "channels last"])
def test_no_way_needs_a_copy_of_the_input(kind):
    # 36 MB as float32: any copy of it, or of its patches, is over the limit.
    image = np.zeros((3, 1500, 2000), np.uint8 if kind == "uint8" else np.float32)
    if kind == "channels last":
        image = np.ascontiguousarray(image.transpose(1, 2, 0)).transpose(2, 0, 1)
    dense = RANDOM.standard_normal((1, 3, 3, 3))
    calls = [
        lambda: cnnviz.conv2d(image, SOBEL_X[None, None] * np.ones((1, 3, 1, 1)), pad=1),
        lambda: cnnviz.conv2d(image, dense, pad=1, pad_mode="reflect"),
        lambda: cnnviz.conv2d(image, dense, stride=3),
        lambda: cnnviz.conv2d(image, dense, stride=3, dilation=400),
        lambda: cnnviz.conv2d(image, dense[..., :1, :1]),
        lambda: cnnviz.pool2d(image, "max", 3, stride=2, pad=1),
        lambda: cnnviz.pool2d(image, "avg", 3, stride=1, pad=1),
        *(lambda mode=mode: cnnviz.pool2d(image, mode, image.shape[1:]) for mode in POOLS),
    ]
    assert max(extra_memory(call) for call in calls) < 24e6


@pytest.mark.parametrize("batch", [1, 200, 1000, 10**9])
@pytest.mark.parametrize(("maps", "height"), [(1, 8), (1, 7), (2, 8), (3, 5)])
def test_groups_in_batches(monkeypatch, batch, maps, height):
    monkeypatch.setattr(toeplitz, "BATCH", batch)
    x = RANDOM.random((2, 7, height, 6), np.float32)
    weight, bias = RANDOM.random((7 * maps, 1, 3, 3), np.float32), RANDOM.random(7 * maps, np.float32)
    for value in (0.5, np.nan):  # in the last group, after others are done
        x[1, 6, 2, 3] = value
        for some in (bias, None):
            assert "toeplitz" in against_plain(Convolution.of(x, weight, some, pad=1, groups=7))
