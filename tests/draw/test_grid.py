import numpy as np
import pytest

from cnnviz.core.brightness import Brightness
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.draw import scene, style
from cnnviz.draw.grid import grid, grid_scene
from cnnviz.draw.palette import rgb
from cnnviz.draw.png import render
from cnnviz.errors import ArgumentError

SMALL = FeatureMaps([[[-1.0, 0.0], [0.5, 1.0]]], ["edge"])


def words(figure: scene.Scene) -> list[str]:
    return [item.string for item in figure.texts()]


def images(figure: scene.Scene) -> list[scene.Image]:
    return [item for item in figure.items if isinstance(item, scene.Image) and item.height > 12]


def test_every_cell_has_its_colour() -> None:
    picture = np.asarray(grid(SMALL))
    # One tile of 240 px at (24, 24), two device pixels each; a corner of each cell is clear of its number.
    colours = {(y, x): tuple(picture[48 + 240 * y + 40, 48 + 240 * x + 40]) for y in (0, 1) for x in (0, 1)}
    assert colours[0, 0] == (*rgb("#312975"), 255)
    assert colours[0, 1] == (*rgb("#F5F5F3"), 255)
    assert colours[1, 1] == (*rgb("#69121D"), 255)
    assert tuple(picture[49 + 480, 60]) == (*rgb(style.GRID), 255) or tuple(picture[48 + 480, 60]) == (
        *rgb(style.GRID),
        255,
    )


def test_numbers_stand_in_their_cells() -> None:
    figure = grid_scene(SMALL).scene
    numbers = [t for t in figure.texts() if t.anchor == "middle" and not t.bold]
    assert [t.string for t in numbers] == ["−1.00", "0", "0.50", "1.00"]
    assert len({t.size for t in numbers}) == 1
    image = images(figure)[0]
    for i, t in enumerate(numbers):
        assert t.x == image.x + (i % 2 + 0.5) * image.width / 2
        assert t.y - style.CAP * t.size / 2 == pytest.approx(image.y + (i // 2 + 0.5) * image.height / 2)
    assert [t.colour for t in numbers] == ["#FFFFFF", "#000000", "#000000", "#FFFFFF"]


def test_numbers_leave_room_around_them() -> None:
    figure = grid_scene(FeatureMaps(np.arange(64).reshape(1, 8, 8) % 10)).scene
    assert {t.size for t in figure.texts() if t.anchor == "middle"} == {12.0}  # at most 0.42 of 30


def test_decimals_are_dropped_where_cells_are_narrow() -> None:
    values = np.random.default_rng(0).uniform(-90, 90, (2, 8, 8))
    shown = [t.string for t in grid_scene(FeatureMaps(values)).scene.texts() if t.anchor == "middle" and not t.bold]
    assert len(shown) == 128
    assert not any("." in s for s in shown)
    tiny = grid_scene(FeatureMaps(values / 1e7)).scene
    assert not [t for t in tiny.texts() if t.anchor == "middle" and not t.bold]


def test_numbers_that_would_all_read_alike_are_left_out() -> None:
    values = np.random.default_rng(0).uniform(-0.9, 0.9, (1, 9, 9))  # "−0.5" is too wide, and "−1", "0", "1" say little
    assert not [t for t in grid_scene(FeatureMaps(values)).scene.texts() if t.anchor == "middle" and not t.bold]


def test_cells_are_parted_by_a_lattice_where_they_are_large_enough() -> None:
    def lattices(cells: int) -> list[int]:
        items = grid_scene(FeatureMaps(np.zeros((1, cells, cells)))).scene.items
        return [len(i.segments) for i in items if isinstance(i, scene.Lines) and i.line == style.LATTICE]

    assert lattices(5) == [8]
    assert lattices(30) == [58]
    assert lattices(31) == []


def test_the_input_comes_first_in_its_own_colour() -> None:
    picture = FeatureMaps(np.random.default_rng(0).random((3, 40, 40), np.float32), pictures=True)
    figure = grid_scene(SMALL, input=picture).scene
    assert [t.string for t in figure.texts() if t.colour == style.INPUT] == ["input"]
    assert any(w.startswith("3 channels, 0") for w in words(figure))
    shown = images(figure)[0].pixels
    assert (shown == np.rint(picture.values.transpose(1, 2, 0) * 255)).all()
    frame = next(i for i in figure.items if isinstance(i, scene.Rect) and i.stroke == style.INPUT)
    assert frame.line == style.ROLE_FRAME


@pytest.mark.parametrize("channels", [2, 3, 4, 8])
def test_an_input_that_is_no_picture_is_left_out(channels: int) -> None:
    values = np.full((channels, 9, 9), 7.0)
    assert len(images(grid_scene(SMALL, input=FeatureMaps(values)).scene)) == 1


def test_a_plain_array_of_three_channels_from_0_to_1_is_a_picture() -> None:
    values = np.random.default_rng(0).random((3, 40, 40))
    with_input = grid(np.ones((1, 40, 40)), input=values)
    own = np.asarray(grid(values / 2, normalize="each"))  # as maps they are no picture, and have scales of their own
    assert (own[48 : 48 + 480, 48 : 48 + 480, :3] > 250).any()
    without = grid(np.ones((1, 40, 40)), input=values * 2)
    assert with_input.width > without.width


def test_pictures_are_grey_and_what_lies_beyond_is_said() -> None:
    maps = FeatureMaps(np.linspace(-0.5, 1.5, 1600).reshape(1, 40, 40), ["sharpen"], pictures=True)
    figure = grid_scene(maps).scene
    assert "−0.50 … 1.50" in words(figure)
    assert any("values outside are clipped" in w for w in words(figure))
    pixels = images(figure)[0].pixels
    assert pixels.min() == 0
    assert pixels.max() == 255
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert pixels[20, 0, 0] == pytest.approx(255 / 2, abs=2)


def test_levels_change_what_is_written_and_nothing_else() -> None:
    maps = FeatureMaps(np.array([[[0.0, 51 / 255], [0.5, 1.0]]], np.float32), pictures=True)
    plain, levels = grid_scene(maps, input=maps).scene, grid_scene(maps, input=maps, levels=255).scene
    assert "0 … 255" in words(levels)
    assert "51" in " ".join(words(levels))
    for a, b in zip(images(plain), images(levels), strict=True):
        assert (a.pixels == b.pixels).all()


def test_large_maps_are_reduced_and_small_ones_enlarged_by_whole_factors() -> None:
    large = grid_scene(FeatureMaps(np.zeros((1, 960, 1920))))
    assert large.reduction == 4
    assert images(large.scene)[0].pixels.shape == (240, 480, 3)
    between = grid_scene(FeatureMaps(np.zeros((1, 300, 300))))
    assert between.reduction == 1
    image = images(between.scene)[0]
    assert image.pixels.shape == (300, 300, 3)
    assert image.x == style.MARGIN + (240 - 150) / 2
    small = images(grid_scene(FeatureMaps(np.zeros((1, 7, 7)))).scene)[0]
    assert (small.width, small.pixels.shape) == (238, (7, 7, 3))


def test_scale() -> None:
    maps = FeatureMaps(np.random.default_rng(0).random((2, 70, 90)))
    one = grid_scene(maps, scale=1)
    assert [(i.width, i.height, i.pixels.shape) for i in images(one.scene)] == [(45, 35, (70, 90, 3))] * 2
    assert [i.pixels.shape for i in images(grid_scene(maps, scale=0.5).scene)] == [(35, 45, 3)] * 2
    assert images(grid_scene(maps, scale=4).scene)[0].width == 180


def test_strips_are_thick_enough_to_be_seen_and_say_so() -> None:
    figure = grid_scene(FeatureMaps(np.random.default_rng(0).random((2, 3, 900)))).scene
    image = images(figure)[0]
    assert image.height >= 24
    assert image.pixels.shape == (3, 900, 3)
    assert any("strips are drawn 16× as thick" in w for w in words(figure))
    row = grid_scene(FeatureMaps(np.ones((1, 1, 20)))).scene
    assert not any("strips" in w for w in words(row))


def test_a_constant_map_has_the_colour_of_its_value() -> None:
    figure = grid_scene(FeatureMaps(np.stack([np.full((40, 40), v) for v in (-2.0, 0.0, 2.0)]))).scene
    assert [tuple(i.pixels[0, 0]) for i in images(figure)] == [rgb("#312975"), rgb("#F5F5F3"), rgb("#69121D")]
    assert "all −2" in words(figure)


def test_values_that_are_no_numbers_are_coloured_and_counted() -> None:
    values = np.zeros((2, 40, 40))
    values[0, :2, 0], values[1, 5, 5] = np.nan, np.inf
    made = grid_scene(FeatureMaps(values))
    assert tuple(images(made.scene)[0].pixels[0, 0]) == rgb("#FFEE00")
    assert tuple(images(made.scene)[1].pixels[5, 5]) == rgb("#EE7700")
    assert {"NaN, 2 values", "infinity, 1 value"} <= set(words(made.scene))
    assert len(made.notes) == 2
    nothing = grid_scene(FeatureMaps(np.full((1, 9, 9), np.nan)))
    assert nothing.ranges == [None]
    assert "no finite value" in words(nothing.scene)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [5, 40, 1500])
def test_a_picture_in_bytes_is_drawn_like_its_floats(channels: int, size: int) -> None:
    pixels = np.random.default_rng(0).integers(3, 250, (channels, size, size), dtype=np.uint8)
    stored = FeatureMaps(Brightness(pixels), pictures=True)
    floats = FeatureMaps(pixels / np.float32(255), pictures=True)
    edges = FeatureMaps(np.ones((1, 4, 4)))
    found, expected = (grid_scene(edges, input=maps, levels=255) for maps in (stored, floats))
    assert isinstance(stored.stored, Brightness) == (size > 5 or channels == 3)  # numbers are written from floats
    assert np.abs(found.tiles[0][1].astype(int) - expected.tiles[0][1]).max() <= (size > 1000)
    texts = [[item for item in grid.scene.items if isinstance(item, scene.Text)] for grid in (found, expected)]
    assert texts[0] == texts[1]


def test_an_input_may_hold_nan() -> None:
    values = np.random.default_rng(0).random((3, 600, 600))
    values[1, :100, :100] = np.nan
    figure = grid_scene(SMALL, input=FeatureMaps(values, pictures=True)).scene
    assert tuple(images(figure)[0].pixels[5, 5]) == rgb("#FFEE00")
    assert tuple(images(figure)[0].pixels[-5, -5]) != rgb("#FFEE00")
    assert "NaN, 10\N{NO-BREAK SPACE}000 values" in words(figure)


def test_ends_that_cut_are_arrows_and_the_foot_says_why() -> None:
    values = np.random.default_rng(0).standard_normal((2, 100, 100)) ** 3
    figure = grid_scene(FeatureMaps(values)).scene
    assert len([i for i in figure.items if isinstance(i, scene.Polygon)]) == 2
    assert "0.5 % of values beyond ±" in " ".join(words(figure))
    calm = grid_scene(FeatureMaps(np.clip(values, -1, 1))).scene
    assert not [i for i in calm.items if isinstance(i, scene.Polygon)]
    fixed = grid_scene(FeatureMaps(values), range=(-1, 1)).scene
    assert "values beyond its ends look alike" in " ".join(words(fixed))


def test_own_bars() -> None:
    figure = grid_scene(FeatureMaps(np.stack([np.eye(20), -100 * np.eye(20)]))).scene
    assert any("each map has its own scale" in w for w in words(figure))
    assert {"1", "−100", "100"} <= set(words(figure))


def test_kernels_are_shown_beside_names_where_they_are_small() -> None:
    def frames(kernel: np.ndarray, count: int = 2) -> list[scene.Rect]:
        maps = FeatureMaps(np.zeros((count, 40, 40)))
        figure = grid_scene(maps, kernels=[kernel] * count).scene
        return [i for i in figure.items if isinstance(i, scene.Rect) and i.stroke == style.KERNEL]

    assert len(frames(np.ones((3, 3)))) == 2
    assert frames(np.ones((3, 3)))[0].width == pytest.approx(26, abs=1)
    assert frames(np.ones((1, 9)))[0].height < 4
    assert not frames(np.ones((11, 11)))
    assert not frames(np.ones((3, 3, 3)))
    assert not frames(np.ones((3, 3)), count=64)


def test_no_labels() -> None:
    figure = grid_scene(SMALL, title="a title", labels=False).scene
    assert "edge" not in words(figure)
    assert "a title" in words(figure)


def test_a_long_title_is_cut_in_the_middle() -> None:
    figure = grid_scene(SMALL, title="a_very_long_name_" * 20 + ".png → conv").scene
    title = figure.texts()[0]
    assert title.string.endswith("png → conv")
    assert "…" in title.string
    assert title.width <= figure.width - 2 * style.MARGIN


def test_the_sentence() -> None:
    maps = FeatureMaps([[[-3.75, 3.82]], [[-3.37, 3.92]]], ["sobel-x", "sobel-y"], source="astronaut.png")
    picture = FeatureMaps(np.zeros((3, 1, 2)), pictures=True)
    assert grid_scene(maps, input=picture).scene.description == (
        "Feature maps of astronaut.png: input and 2 maps, sobel-x −3.75 … 3.82, sobel-y −3.37 … 3.92; "
        "red positive, indigo negative."
    )
    many = grid_scene(FeatureMaps(np.zeros((30, 2, 2)))).scene.description
    assert many.endswith("and 18 more.")


def test_ranges_are_the_true_ones() -> None:
    values = np.random.default_rng(0).standard_normal((2, 100, 100)) ** 3
    made = grid_scene(FeatureMaps(values))
    assert made.ranges == [(v.min(), v.max()) for v in values]


def test_it_shows_itself_in_a_notebook() -> None:
    picture = grid(np.zeros((2, 5, 5)))
    assert picture.mode == "RGBA"
    assert picture.getpixel((0, 0))[3] == 0
    assert picture._repr_png_()


def test_what_was_given_is_not_changed() -> None:
    values = np.random.default_rng(0).standard_normal((2, 700, 600)).astype(np.float32)
    before = values.copy()
    render(grid_scene(FeatureMaps(values), input=FeatureMaps(values[:1])).scene)
    assert (values == before).all()


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"columns": 0}, "columns"), ({"columns": 1.5}, "columns"), ({"scale": 0}, "scale"), ({"scale": -1}, "scale"),
        ({"scale": 1.5}, "scale"), ({"scale": float("nan")}, "scale"), ({"scale": float("inf")}, "scale"),
        ({"scale": 1e6}, "scale"), ({"palette": "jet"}, "palette"), ({"normalize": "all"}, "normalize"),
        ({"range": (1, 0)}, "range"), ({"range": (0, float("nan"))}, "range"),
    ],
)  # fmt: skip
def test_options_that_cannot_be(options: dict[str, object], argument: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        grid_scene(SMALL, **options)
    assert caught.value.argument == argument
    assert "\n" not in str(caught.value)
