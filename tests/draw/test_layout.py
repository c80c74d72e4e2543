"""Nothing runs over anything else: arithmetic on the display lists of grids, charts and kernel sheets."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.draw import scene, style
from cnnviz.draw.chart import ChartRow, parameter_chart
from cnnviz.draw.grid import grid_scene
from cnnviz.draw.kernel_sheet import SheetKernel, kernel_sheet

CLEAR = 7.0
"""Text keeps 8 px from borders; ascenders rise a little above the capitals that are measured from."""


def overlap(a: scene.Box, b: scene.Box, grow: float = 0.0) -> bool:
    return a[0] - grow < b[2] and b[0] < a[2] + grow and a[1] - grow < b[3] and b[1] < a[3] + grow


def inside(a: scene.Box, b: scene.Box, margin: float = 0.0) -> bool:
    return a[0] >= b[0] + margin and a[1] >= b[1] + margin and a[2] <= b[2] - margin and a[3] <= b[3] - margin


def check(figure: scene.Scene) -> None:
    card = (0.0, 0.0, figure.width, figure.height)
    texts = figure.texts()
    for item in figure.items:
        assert inside(item.box, card), item
    for words in texts:
        assert words.string
        assert words.size >= style.FLOOR
        left, _, right, bottom = words.box
        assert left >= style.MARGIN - 0.6, words
        assert right <= figure.width - style.MARGIN + 0.6, words
        assert bottom <= figure.height - style.MARGIN + style.DESCENT * words.size + 1, words
    for a, b in combinations(texts, 2):
        assert not overlap(a.box, b.box), (a, b)
    framed = [item for item in figure.items if isinstance(item, scene.Rect) and item.stroke and item.height > 11]
    framed += [item for item in figure.items if isinstance(item, scene.Image) and item.height > 11]
    for words in texts:
        for item in framed:
            assert inside(words.box, item.box) or not overlap(words.box, item.box, CLEAR), (words, item)
    for a, b in combinations([f for f in framed if isinstance(f, scene.Rect)], 2):
        assert not overlap(a.box, b.box), (a, b)


def maps(count: int, height: int, width: int, *, low: float = -3.0, size: float = 1.0) -> FeatureMaps:
    values = np.random.default_rng(count).uniform(low, 3.0, (count, height, width)) * size
    return FeatureMaps(values.astype(np.float32))


SHAPES = [(1, 1, 1), (1, 512, 512), (2, 5, 5), (2, 40, 30), (3, 7, 7), (4, 28, 28), (5, 300, 300), (6, 90, 30),
          (9, 8, 8), (10, 600, 400), (24, 64, 96), (64, 7, 7), (70, 1, 1), (3, 20, 2000), (7, 2000, 20), (2, 3, 900),
          (5, 900, 3)]  # fmt: skip


@pytest.mark.parametrize("normalize", ["shared", "each"])
@pytest.mark.parametrize("shape", SHAPES)
def test_grids(shape: tuple[int, int, int], normalize: str) -> None:
    made = maps(*shape)
    picture = FeatureMaps(np.random.default_rng(0).random((3, *shape[1:]), np.float32), pictures=True)
    kernels = [np.ones((3, 3), np.float32)] * len(made)
    figure = grid_scene(
        made, input=picture, title="photo.png → conv sobel " * 5, subtitle="3×512×512 → 2×512×512", kernels=kernels,
        normalize=normalize,
    ).scene  # fmt: skip
    check(figure)
    assert figure.width == pytest.approx(style.CARD) or len(made) < 4 or max(shape[1:]) > 4 * min(shape[1:])


@pytest.mark.parametrize("size", [1e-7, 1e-3, 100.0, 1e9])
@pytest.mark.parametrize("count", [3, 5, 20, 64])
@pytest.mark.parametrize("normalize", ["shared", "each"])
def test_numbers_of_any_size(count: int, size: float, normalize: str) -> None:
    made = maps(count, 20, 20, size=size)
    names = [f"red a long name for a map {i}" for i in range(count)]
    kernels = [np.ones((9, 9), np.float32)] * count
    check(grid_scene(FeatureMaps(made.values, names), kernels=kernels, normalize=normalize).scene)


@pytest.mark.parametrize("columns", [1, 2, 7, 20])
@pytest.mark.parametrize("labels", [True, False])
def test_columns_and_labels(columns: int, labels: bool) -> None:
    for normalize in ("shared", "each"):
        check(grid_scene(maps(9, 30, 40), columns=columns, labels=labels, normalize=normalize, title="x").scene)


@pytest.mark.parametrize("scale", [0.1, 0.5, 1, 2, 30])
def test_scales(scale: float) -> None:
    check(grid_scene(maps(5, 30, 40), input=maps(1, 32, 42), scale=scale, title="x", normalize="each").scene)


def test_a_foot_of_many_lines() -> None:
    made = maps(2, 100, 100)
    made.values[0] **= 5
    made.values[1, 0, 0], made.values[1, 0, 1] = np.nan, np.inf
    for normalize in ("shared", "each"):
        figure = grid_scene(FeatureMaps(made.values, pictures=[False, True]), normalize=normalize).scene
        check(figure)
    clauses = [t for t in figure.texts() if t.x == style.MARGIN and t.y > 290]
    assert len(clauses) >= 2


def test_values_that_are_no_numbers() -> None:
    made = maps(3, 8, 8)
    made.values[0, 0, 0], made.values[1, 1, 1], made.values[2] = np.nan, -np.inf, np.nan
    figure = grid_scene(made, input=FeatureMaps(made.values[:1])).scene
    check(figure)


@pytest.mark.parametrize("totals", [(1, 1, 1), (2, 1, 1), (130, 12, 9), (10**7, 10**7 - 1, 999), (10**16, 10**9, 224),
                                    (10**40, 3 * 10**39, 1), (9 * 10**39, 10**12, 10**11)])  # fmt: skip
def test_charts(totals: tuple[int, int, int]) -> None:
    names = ["fully connected", "locally connected", "convolution"]
    how = ["every input to every output", "31×31 neighbours, own weights everywhere, and more words", "shared"]
    rows = [
        ChartRow(name, words, total, 4 * total, Fraction(total, totals[-1]), total == totals[-1])
        for name, words, total in zip(names, how, totals, strict=True)
    ]
    figure = parameter_chart(rows, title="Parameters for the same input and output", subtitle="3×224×224")
    texts = figure.texts()
    for a, b in combinations(texts, 2):
        assert not overlap(a.box, b.box), (a, b)
    for words in texts:
        left, top, right, bottom = words.box
        assert left >= style.MARGIN - 0.1 and right <= figure.width - style.MARGIN + 0.1, words
        assert top >= style.MARGIN - 1 and bottom <= figure.height - style.MARGIN + 4, words
    bars = [item for item in figure.items if isinstance(item, scene.Rect) and item.fill in (style.MUTED, style.KERNEL)]
    assert len(bars) == 3
    for bar in bars:
        for words in texts:
            assert inside(words.box, bar.box) or not overlap(words.box, bar.box), words


def test_kernel_sheets() -> None:
    shapes = [(1, 1), (3, 3), (5, 5), (7, 7), (31, 31), (1, 9), (9, 1), (2, 2), (101, 101), (3, 700)]
    rng = np.random.default_rng(0)
    kernels = [
        SheetKernel(
            f"gaussian:{h}x{w},sigma={h}.5", rng.standard_normal((h, w)).astype(np.float32), "what it shows " * (h % 4)
        )
        for h, w in shapes
    ]
    check(kernel_sheet(kernels, title="Kernels", subtitle="all of them"))
    for count in range(1, 9):
        check(kernel_sheet(kernels[:count], title="Kernels"))
