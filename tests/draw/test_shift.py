import numpy as np
import pytest

from cnnviz.core.shift import ShiftResult
from cnnviz.draw import palette, scene
from cnnviz.draw.shift import ShiftRow, cells, shift_figure


def row(values, moved, kept_columns=None, **more):
    values, moved = np.asarray(values, np.float32), np.asarray(moved, np.float32)
    columns = np.ones(values.shape[1], bool) if kept_columns is None else np.asarray(kept_columns, bool)
    names = ("a map", "shifted", "difference")
    return ShiftRow(names, values, moved, values, (np.ones(values.shape[0], bool), columns), **more)


def results(count):
    return [ShiftResult("right", i + 1, 0, True, 120, 60, 0.25, 0.125) for i in range(count)]


def figure(*rows, count=2, verdict="half of the outputs stay equal"):
    return shift_figure(rows, results(count), title="A shift", subtitle="of something", verdict=verdict)


NOISE = np.random.default_rng(0).normal(size=(300, 400)).astype(np.float32)


@pytest.mark.parametrize("shape", [(5, 5), (1, 1), (300, 400), (2, 90), (90, 2)], ids=str)
@pytest.mark.parametrize("count", [1, 9, 30])
def test_every_text_can_be_read(shape, count, legible):
    values = NOISE[: shape[0], : shape[1]]
    first = row(values, np.roll(values, 1, 1), np.arange(shape[1]) > 0, is_input=True)
    legible(figure(first, row(values[:1], values[:1]), count=count, verdict="a long verdict " * 12))


def test_what_is_left_out_is_hatched_and_has_no_difference():
    drawn = figure(row([[1, 2, 3, 4]], [[9, 1, 2, 3]], [False, True, True, True]))
    hatches = [i for i in drawn.items if isinstance(i, scene.Hatch)]
    images = [i for i in drawn.items if isinstance(i, scene.Image)]
    assert len(hatches) == 2  # of the shifted tile and of the difference
    assert [h.x for h in hatches] == [i.x for i in images[1:]]
    assert hatches[0].width == images[1].width / 4
    strings = [t.string for t in drawn.texts()]
    assert strings.count("−1") == 3  # 1 − 2, 2 − 3, 3 − 4, and no 9 − 1
    assert "8" not in strings


def test_what_is_left_out_has_no_part_in_the_scale_of_differences():
    drawn = figure(row([[1, 2, 3]], [[900, 1, 2]], [False, True, True]))
    images = [i for i in drawn.items if isinstance(i, scene.Image)]
    assert images[2].pixels[0, 1].tolist() == list(palette.rgb("#312975"))
    assert "−1 … 0" in [t.string for t in drawn.texts()]


def test_differences_share_one_scale():
    small = row([[0.0, 1]], [[0.0, 2]])
    large = row([[0.0, 1]], [[0.0, 5]])
    images = [i for i in figure(small, large).items if isinstance(i, scene.Image)]
    first, second = images[2].pixels[0, 1], images[5].pixels[0, 1]
    colours = palette.table(palette.PALETTES["signed"])
    assert second.tolist() == colours[-1].tolist()
    assert first.tolist() == colours[round(254 * (0.5 + 0.25 / 2))].tolist()


def test_equal_maps_have_a_neutral_difference():
    images = [i for i in figure(row(NOISE, NOISE)).items if isinstance(i, scene.Image)]
    assert np.unique(images[2].pixels.reshape(-1, 3), axis=0).tolist() == [[0xF5, 0xF5, 0xF3]]


def test_counts_as_cells_of_a_table():
    assert cells(ShiftResult("down", 3, 0, True, 1200, 300, 0.5, 0.25)) == (
        "3 down", "1\u00a0200", "300 (25 %)", "0.500", "0.250",
    )  # fmt: skip
    assert cells(ShiftResult("down", 3, 0, True, 0, 0, None, None))[2:] == ("—", "—", "—")
    assert cells(ShiftResult("right", 1, 0, True, 30000, 29999, 0.1, 0.0))[2].endswith("(>99 %)")


def test_differences_beyond_float32_are_infinite_without_a_warning():
    most = np.full((2, 2), 3e38, np.float32)
    kept = np.ones(2, bool), np.ones(2, bool)
    row = ShiftRow(("a", "b", "c"), most, most, -most, kept)
    assert np.isinf(row.difference).all()
