import numpy as np
import pytest

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.receptive import Window, growth, path
from cnnviz.draw import scene, style
from cnnviz.draw.receptive import DEPTH, OUTLINE, PHOTO, VEIL, depth_colours, receptive_figure


def windows(*layers):
    return [Window("conv", (k, k), (s, s), (p, p, p, p), (1, 1)) for k, s, p in layers]


def figure(layers, shape, at=None, picture=None, **more):
    history = windows(*layers)
    sizes, size = [], shape[1:]
    for k, s, p in layers:
        sizes.append(size)
        size = tuple((n + 2 * p - k) // s + 1 for n in size)
    at = at or tuple((n - 1) // 2 for n in size)
    return receptive_figure(growth(history), path(history, sizes, at), shape, picture=picture, **more)


def photo(shape):
    return FeatureMaps(np.random.default_rng(0).random(shape, np.float32), pictures=True)


VGG = ([(3, 1, 1)] * 2 + [(2, 2, 0)]) * 2 + ([(3, 1, 1)] * 3 + [(2, 2, 0)]) * 3


@pytest.mark.parametrize("shape", [(3, 224, 224), (3, 300, 451), (1, 40, 400), (3, 900, 300), (64, 56, 56)], ids=str)
@pytest.mark.parametrize("layers", [[(3, 1, 1)], [(11, 4, 2), (3, 2, 0), (5, 1, 2)], VGG], ids=len)
@pytest.mark.parametrize("at", [None, (0, 0)])
def test_every_text_can_be_read(shape, layers, at, legible):
    legible(figure(layers, shape, at, photo(shape) if shape[0] != 64 else None, name="a_picture_of_mine.png"))


@pytest.mark.parametrize("shape", [(3, 1, 30_000), (1, 30_000, 1), (3, 1, 1)], ids=str)
def test_a_picture_of_one_line_is_still_seen(shape):
    drawn = figure([(1, 1, 0)], shape, (0, 0), photo(shape))
    (image,) = (item for item in drawn.items if isinstance(item, scene.Image))
    rows, columns = image.pixels.shape[:2]
    assert 1 <= rows <= 3000 and 1 <= columns <= 3000


def test_a_hundred_layers_are_shortened_in_the_middle(legible):
    drawn = figure([(3, 1, 1)] * 100, (3, 64, 64))
    legible(drawn)
    assert [t.string for t in drawn.texts() if t.string in ("1", "50", "100")].count("50") == 0
    assert drawn.height < 900


def outlines(drawn):
    return [i for i in drawn.items if isinstance(i, scene.Rect) and i.line == OUTLINE]


def test_outlines_lie_where_the_cell_sees():
    # 100 cells are 424 logical pixels: 8.48 device pixels a cell, drawn as 8.
    drawn = figure([(3, 1, 0), (2, 2, 0)], (1, 100, 100), (10, 20), photo((1, 100, 100)))
    last, first = outlines(drawn)
    # Cell (10, 20) of the pool sees rows 20 … 23; the middle (upper left) of these starts at row 20.
    assert (first.x, first.y, first.width) == (style.MARGIN + 40 * 4, 120 + 20 * 4, 12)
    assert (last.x, last.y, last.width, last.height) == (style.MARGIN + 40 * 4, 120 + 20 * 4, 16, 16)
    assert (first.stroke, last.stroke) == (DEPTH[0], DEPTH[-1])


def test_what_the_last_cell_cannot_see_is_veiled():
    picture = FeatureMaps(np.zeros((1, 10, 10), np.float32), pictures=True)
    drawn = figure([(3, 1, 0)], (1, 10, 10), (2, 4), picture)
    [image] = [i for i in drawn.items if isinstance(i, scene.Image)]
    assert image.pixels.shape == (10, 10, 3)
    dark = image.pixels[..., 0] == 0
    assert np.argwhere(dark).min(0).tolist() == [2, 4]
    assert np.argwhere(dark).max(0).tolist() == [4, 6]
    assert set(np.unique(image.pixels)) == {0, round(255 * VEIL)}


def test_padding_is_hatched_and_makes_room_for_itself():
    inside = figure([(5, 1, 2)], (1, 20, 20), (10, 10))
    assert not [i for i in inside.items if isinstance(i, scene.Hatch)]
    corner = figure([(5, 1, 2)], (1, 20, 20), (0, 0))
    [hatch] = [i for i in corner.items if isinstance(i, scene.Hatch)]
    [image] = [i for i in corner.items if isinstance(i, scene.Image)]
    assert image.x - hatch.x == pytest.approx(hatch.width / 22 * 2)
    assert hatch.width <= PHOTO


def test_the_table_says_what_is_drawn():
    drawn = figure([(11, 4, 2), (3, 2, 0)], (3, 227, 227))
    strings = [t.string for t in drawn.texts()]
    for expected in ("conv 11, stride 4", "11×11", "4", "conv 3, stride 2", "19×19", "8"):
        assert expected in strings


def test_depth_is_sampled_evenly():
    assert depth_colours(8) == list(DEPTH)
    assert depth_colours(2) == [DEPTH[0], DEPTH[-1]]
    assert len(set(depth_colours(40))) == 40
    assert len(depth_colours(1)) == 1
