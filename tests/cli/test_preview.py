import io

import numpy as np
from rich.console import Console

from cnnviz import FeatureMaps
from cnnviz.cli.preview import RAMP, half_blocks, matrices, tiles

PIXELS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)


def console(**options):
    return Console(file=io.StringIO(), width=80, **{"force_terminal": True, "color_system": "truecolor", **options})


def test_a_character_holds_two_pixels_one_above_the_other():
    (line,) = half_blocks(PIXELS, console(), 2)
    assert line.plain == "▀▀"
    assert [str(span.style) for span in line.spans] == ["#ff0000 on #0000ff", "#00ff00 on #ffffff"]


def test_without_colour_brightness_becomes_a_character():
    pixels = np.array([[[0] * 3, [255] * 3]] * 2, np.uint8)
    (line,) = half_blocks(pixels, console(no_color=True), 2)
    assert line.plain == RAMP[0] + RAMP[-1]
    (line,) = half_blocks(pixels, console(color_system=None), 2)
    assert line.plain == RAMP[0] + RAMP[-1]


def test_small_pictures_grow_by_whole_cells():
    lines = half_blocks(PIXELS, console(), 9)
    assert [line.plain for line in lines] == ["▀" * 8] * 4


def test_large_pictures_shrink_and_keep_their_shape():
    lines = half_blocks(np.zeros((300, 600, 3), np.uint8), console(), 40)
    assert len(lines) == 10
    assert {len(line) for line in lines} == {40}
    assert len(half_blocks(np.zeros((900, 3, 3), np.uint8), console(), 20)) <= 20


def test_tiles_stand_side_by_side_with_their_names():
    lines = tiles([("input", PIXELS), ("a name that is much too long for its tile", PIXELS)], console(), 40)
    assert [len(part) for part in lines[0].plain.split()] == [18, 18]
    assert lines[9].plain.startswith("input")
    assert len(lines[9]) <= 40
    assert lines[9].plain.rstrip().endswith("…")


def test_tiles_wrap_to_rows_where_the_terminal_is_narrow():
    lines = tiles([(f"map {i}", PIXELS) for i in range(3)], console(), 20)
    assert [line.plain.strip() for line in lines if "map" in line.plain] == ["map 0", "map 1", "map 2"]


def test_names_cannot_steer_the_terminal():
    assert "\x1b" not in "".join(line.plain for line in tiles([("\x1b[31m", PIXELS)], console(), 40))


def test_small_maps_are_printed_as_numbers():
    maps = FeatureMaps([[[1, -2], [0, 10]]], ["edges"])
    assert matrices(maps, 40, 1.0) == ["", "edges", "   1  −2", "   0  10"]
    assert matrices(maps, 40, 255.0)[2].split() == ["255", "−510"]


def test_numbers_are_left_out_where_they_do_not_fit():
    assert matrices(FeatureMaps(np.zeros((1, 17, 2))), 80, 1.0) == []
    assert matrices(FeatureMaps(np.full((1, 2, 16), 1.5)), 40, 1.0) == []
