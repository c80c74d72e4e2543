import itertools

import numpy as np
import pytest

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.layer import Activation, Conv, Pool
from cnnviz.core.stack import Stack
from cnnviz.draw import palette, png, scene, style
from cnnviz.draw.animation import Animation
from cnnviz.draw.animation_layout import read_cells
from cnnviz.draw.moving import Moving, Sizes
from cnnviz.draw.sums import products_add_up, value

DRAWING = [[0, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 1, 1, 1, 0]]
SOBEL = np.array([[[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]], np.float32)
RNG = np.random.default_rng(4)


def moving(values, layer, *, maps=None, activation="none", pictures=False):
    given = FeatureMaps(np.asarray(values, np.float32), pictures=pictures)
    layers = [layer, *([Activation(activation)] if activation != "none" else [])]
    *_, after = Stack(layers).run(given)
    return Moving(layer, after.history[0], given, after, activation, maps or tuple(range(len(after))), "sobel-x")


def film(values, layer, *, frames=None, width=800.0, **more):
    return Animation(moving(values, layer, **more), title="T", subtitle="s", frames=frames, width=width)


def conv(channels, maps, size=3, **settings):
    weight = np.round(RNG.normal(size=(maps, channels, size, size)), 2).astype(np.float32)
    return Conv(weight, np.zeros(maps, np.float32), **settings)


FIVE = film(DRAWING, Conv(SOBEL, np.zeros(1, np.float32), pad=1))


@pytest.mark.parametrize(
    "made",
    [
        lambda: FIVE,
        lambda: film(DRAWING, Conv(SOBEL, np.ones(1, np.float32), stride=(2, 2)), activation="relu"),
        lambda: film(RNG.random((1, 12, 12)), Conv(SOBEL, pad=2, dilation=(2, 2)), pictures=True),
        lambda: film(RNG.integers(0, 3, (3, 5, 5)), conv(3, 2, pad=1, stride=(2, 2))),
        lambda: film(RNG.random((3, 9, 9)), conv(3, 3, pad=1), pictures=True, activation="tanh"),
        lambda: film(RNG.normal(size=(7, 6, 6)), conv(7, 2, pad=1)),
        lambda: film(RNG.normal(size=(2, 6, 6)), Conv(np.repeat(SOBEL, 2, 0), groups=2, pad=1)),
        lambda: film(RNG.normal(size=(1, 12, 12)), conv(1, 1, 5, pad=2)),
        lambda: film(RNG.normal(size=(1, 16, 16)), conv(1, 1, 9, pad=4)),
        lambda: film(RNG.normal(size=(1, 3, 9)), conv(1, 3, 2)),
        lambda: film(RNG.random((1, 8, 8)), Pool("max"), pictures=True),
        lambda: film(RNG.normal(size=(3, 6, 6)), Pool("avg", (3, 3), (2, 2), pad=1)),
        lambda: film(RNG.normal(size=(2, 6, 7)), Pool("lp", (2, 3), ceil=True)),
        lambda: film(RNG.normal(size=(1, 6, 6)), Pool("min", None)),
        lambda: film(RNG.normal(size=(1, 14, 14)), conv(1, 1, pad=1), width=480.0),
        lambda: film(np.full((1, 4, 4), np.nan), conv(1, 1)),
    ],
)
def test_every_frame_can_be_read(made, legible):
    found = made()
    for frame in {0, len(found) // 2, len(found) - 1}:
        figure = found.figure(frame)
        visible = []
        for item in figure.items:  # numbers that are drawn over are not there any more
            if isinstance(item, scene.Rect) and item.fill and not item.radius:
                visible = [i for i in visible if not (isinstance(i, scene.Text) and _within(i.box, item.box))]
            visible.append(item)
        figure.items = visible
        legible(figure)


def _within(inner, outer):
    return all(o - 1 <= i for o, i in zip(outer[:2], inner[:2], strict=True)) and all(
        i <= o + 1 for o, i in zip(outer[2:], inner[2:], strict=True)
    )


def test_there_is_one_frame_for_each_output_cell():
    assert len(FIVE) == FIVE.cells == 25
    two = film(RNG.normal(size=(3, 5, 5)), conv(3, 2, pad=1, stride=(2, 2)))
    assert len(two) == two.cells == 2 * 3 * 3
    pooled = film(RNG.normal(size=(2, 4, 4)), Pool())
    assert len(pooled) == pooled.cells == 4  # both maps at once


def test_fewer_frames_end_with_the_last_cell():
    thin = film(DRAWING, Conv(SOBEL, pad=1), frames=7)
    assert len(thin) == 7
    assert thin.cells == 25
    assert thin.shown[-1] == 24
    assert len(set(thin.shown)) == 7
    assert len(film(DRAWING, Conv(SOBEL, pad=1), frames=99)) == 25


def test_frames_take_their_time_and_the_last_one_rests():
    assert FIVE.durations() == [600] * 24 + [2500]
    assert FIVE.durations(fps=10) == [100] * 24 + [2500]
    many = film(RNG.normal(size=(1, 14, 14)), conv(1, 1, pad=1))
    assert many.durations()[0] == round(24000 / 196)


def strip_of(figure):
    panel = [i for i in figure.items if isinstance(i, scene.Rect) and i.fill == style.PANEL and i.radius][-1]
    return "".join(t.string for t in figure.texts() if panel.y < t.y < panel.y + panel.height)


def test_the_strip_says_the_products_of_the_moment():
    assert strip_of(FIVE.figure(7)) == "0·(−1) + 1·0 + 0·1 + 1·(−2) + 1·0 + 0·2 + 0·(−1) + 1·0 + 0·1  =  −2"


@pytest.mark.parametrize("pictures", [False, True])
def test_a_sum_is_called_equal_only_where_it_is(pictures):
    found = film(RNG.random((1, 5, 5)), Conv(SOBEL / 3), pictures=pictures)
    signs = set()
    for frame in range(len(found)):
        line = strip_of(found.figure(frame))
        sign = "=" if "=" in line else "≈"
        left, _, right = line.partition(sign)
        factors = [term.strip().strip("()").split("·") for term in left.split(" + ")]
        x, w = ([pair[i].strip("()") for pair in factors] for i in (0, 1))
        assert products_add_up(x, w, "0", right.strip()) == (sign == "=")
        signs.add(sign)
    assert "≈" in signs


def test_exact_values_are_shown_with_the_decimals_that_they_need():
    found = film(np.arange(25).reshape(5, 5) / 8, Conv(SOBEL / 4))
    lines = [strip_of(found.figure(frame)) for frame in range(9)]
    assert all("=" in line for line in lines)
    assert "0.125·0" in lines[0]


def test_the_output_fills_cell_by_cell():
    out = FIVE.moving.after.values[0]
    for frame in (0, 6, 24):
        figure = FIVE.figure(frame)
        x, y = FIVE.layout.outputs[0]
        cells = [
            i for i in figure.items
            if isinstance(i, scene.Rect) and i.fill and i.width == i.height == 44 and i.x >= x and not i.radius
        ]  # fmt: skip
        assert len(cells) == frame + 1
        numbers = [t for t in figure.texts() if t.x > x and y < t.y < y + 220]
        assert [value(t.string) for t in numbers] == [round(v) for v in out.reshape(-1)[: frame + 1].tolist()]
        assert [t.bold for t in numbers] == [False] * frame + [True]


def test_the_window_lies_where_the_layer_reads():
    found = film(np.zeros((1, 7, 7)), Conv(SOBEL, pad=1, stride=(2, 2)))
    cells = next(iter(found.layout.inputs.values()))
    for frame, (row, column) in enumerate(itertools.product(range(4), range(4))):
        frames = [i for i in found.figure(frame).items if isinstance(i, scene.Rect) and i.stroke == style.KERNEL]
        window = frames[-1]
        assert (window.x, window.y) == (cells.x + 2 * column * cells.cell, cells.y + 2 * row * cells.cell)
        assert window.width == 3 * cells.cell


def test_dilation_shows_every_tap():
    found = film(np.zeros((1, 7, 7)), Conv(SOBEL, dilation=(2, 2)))
    taps = [
        i for i in found.figure(0).items if isinstance(i, scene.Rect) and i.stroke == style.KERNEL and i.line == 2.5
    ]
    assert len(taps) == 9
    dashed = [i for i in found.figure(0).items if isinstance(i, scene.Rect) and i.stroke == style.KERNEL and i.dash]
    assert [i.width for i in dashed] == [5 * found.layout.sizes.cell]


def test_cells_that_no_window_reads_are_pale():
    layer = Conv(SOBEL[..., :2, :2].copy(), stride=(3, 3))
    found = film(np.zeros((1, 6, 6)), layer)
    read = read_cells(found.moving.record)
    assert read.sum() == 16
    fills = next(iter(found.layout.inputs.values())).fills
    assert (fills[read] == 0).all()
    assert (fills[~read] == round(255 * 0.53)).all()


def test_only_the_current_kernel_is_bright_and_only_its_map_is_pointed_at():
    found = film(RNG.integers(0, 3, (3, 5, 5)), conv(3, 2, pad=1, stride=(2, 2)))
    for frame, current in ((0, 0), (9, 1)):
        figure = found.figure(frame)
        wide = 3 * found.layout.sizes.kernel
        bright = [i for i in figure.items if isinstance(i, scene.Rect) and i.stroke == style.KERNEL and i.width == wide]
        dim = [i for i in figure.items if isinstance(i, scene.Rect) and i.stroke == style.GRID and i.width == wide]
        assert len({i.x for i in bright}) == len({i.x for i in dim}) == 1
        assert (bright[0].x < dim[0].x) == (current == 0)
        head = next(i for i in figure.items if isinstance(i, scene.Polygon))
        x, y = found.layout.outputs[current]
        assert y < head.points[0][1] < y + 3 * found.layout.sizes.cell
        assert head.points[0][0] < x


def test_a_kernel_of_its_own_channel_takes_part_alone():
    found = film(RNG.normal(size=(2, 5, 5)), Conv(np.repeat(SOBEL, 2, 0), groups=2))
    windows = [
        i for i in found.figure(0).items if isinstance(i, scene.Rect) and i.stroke == style.KERNEL and i.line == 3
    ]
    assert len(windows) == 1


def test_pixels_are_those_of_the_display_list():
    for frame, image in zip((3, 17), FIVE.frames(1, only=(3, 17)), strict=True):
        whole = png.render(FIVE.figure(frame), 1).convert("RGB")
        difference = np.abs(np.asarray(image, int) - np.asarray(whole, int))
        assert difference.max() <= 0


def test_the_winner_is_framed_in_the_window():
    found = film([[1, 2], [4, 3]], Pool())
    winners = [
        i for i in found.figure(0).items if isinstance(i, scene.Rect) and i.stroke == style.OUTPUT and i.line == 2.5
    ]
    lens = [t for t in found.figure(0).texts() if t.string == "4"]
    assert len(winners) == 1
    assert any(winners[0].x < t.x < winners[0].x + winners[0].width and t.y > winners[0].y for t in lens)


def test_one_scale_from_the_first_frame_on():
    red = palette.table(palette.PALETTES["signed"])[-1]
    out = FIVE.moving.after.values[0]
    row, column = np.unravel_index(out.argmax(), out.shape)
    fill = FIVE.layout.value(0, int(row), int(column))[0].fill
    assert palette.rgb(fill) == tuple(red.tolist())


@pytest.mark.parametrize("size", [3, 5, 9, 15, 18])
def test_everything_stands_side_by_side(size):
    what = moving(np.zeros((1, size, size)), Conv(SOBEL, pad=1))
    sizes = Sizes.of(what, 800.0)
    used = sizes.cell * (2 * size + 2) + 3 * sizes.kernel + 36 + 56
    assert used <= 752
    assert sizes.kernel >= 28
    assert sizes.cell == 44 or used + 2 * size + 5 > 752 - 30
