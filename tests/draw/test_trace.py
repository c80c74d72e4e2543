import dataclasses

import numpy as np
import pytest

from cnnviz.core.activation import activate
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.layer import Conv, Pool
from cnnviz.core.trace import strongest, trace
from cnnviz.draw import png, scene, style, svg
from cnnviz.draw.sums import value
from cnnviz.draw.trace import trace_scene
from cnnviz.draw.trace_pool import pool_scene
from cnnviz.draw.trace_pool import winners as won
from cnnviz.draw.trace_sheet import Output, rows_of


def maps(channels=1, height=8, width=8, *, kind="picture", seed=0):
    rng = np.random.default_rng(seed)
    values = {
        "picture": lambda s: rng.integers(0, 256, s) / 255,
        "whole": lambda s: rng.integers(-3, 4, s),
        "signed": rng.normal,
        "huge": lambda s: rng.normal(size=s) * 1e7,
        "tiny": lambda s: rng.normal(size=s) * 1e-6,
        "broken": lambda s: np.where(rng.random(s) < 0.2, np.nan, rng.normal(size=s)),
    }[kind]
    shape = (channels, height, width)
    array = values(size=shape) if kind == "signed" else values(shape)
    return FeatureMaps(np.asarray(array, np.float32), pictures=kind == "picture")


def figure(given, kernel, *, at=None, map=0, activation="none", bias=0.0, **settings):
    weight = np.asarray(kernel, np.float32)
    if weight.ndim == 2:
        weight = np.broadcast_to(weight, (1, len(given), *weight.shape)).copy()
    layer = Conv(weight, None if bias is None else np.full(len(weight), bias, np.float32), **settings)
    out = activate(layer.forward(given.values), activation)
    found = trace(layer, given, at or strongest(out[map]), map, activation=activation)
    return trace_scene(found, given, Output(out[map]), title="T", subtitle="s", kernel_name="sobel-x ÷ 3"), found


SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
RNG = np.random.default_rng(1)
KERNELS = {
    "1×1": [[1.0]],
    "sobel": SOBEL,
    "thirds": np.array(SOBEL) / 3,
    "wide": RNG.normal(size=(1, 9)),
    "tall": RNG.normal(size=(9, 1)),
    "4×4": RNG.normal(size=(4, 4)),
    "7×7": RNG.normal(size=(7, 7)),
    "15×15": RNG.normal(size=(15, 15)),
    "3×3 small": RNG.normal(size=(3, 3)) * 1e-3,
}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("channels", "kind"), [(1, "picture"), (3, "picture"), (1, "whole"), (7, "signed")])
def test_every_number_of_a_trace_can_be_read(kernel, channels, kind, legible):
    drawn, _ = figure(maps(channels, 20, 20, kind=kind), KERNELS[kernel], pad=4, bias=0.1, activation="relu")
    legible(drawn)


@pytest.mark.parametrize("kind", ["huge", "tiny", "broken"])
def test_no_value_breaks_a_trace(kind, legible):
    drawn, _ = figure(maps(3, kind=kind), SOBEL, pad=1, activation="tanh")
    legible(drawn)
    assert png.render(drawn).size == (1600, drawn.height * 2)
    svg.render(drawn)


@pytest.mark.parametrize("size", [(3, 3), (3, 400), (300, 5), (500, 500)])
def test_an_input_of_any_shape_has_its_thumbnail(size, legible):
    legible(figure(maps(1, *size), SOBEL, pad=1)[0])


def texts(drawn):
    return [text.string for text in drawn.texts()]


def test_the_three_matrices_hold_patch_kernel_and_products():
    given = maps(kind="whole")
    drawn, found = figure(given, SOBEL, at=(2, 3))
    (term,) = found.terms
    shown = " ".join(texts(drawn)).replace("−", "-")
    for matrix in (term.patch, term.kernel, term.products):
        for number in matrix.reshape(-1):
            assert f" {number:g} " in f" {shown} "
    middles = [t for t in drawn.texts() if t.anchor == "middle" and t.string not in "×="]
    assert len(middles) == 27


def strip_of(drawn):
    """The words of the strip at the bottom."""
    panel = [i for i in drawn.items if isinstance(i, scene.Rect) and i.fill == style.PANEL and i.radius][-1]
    inside = [t for t in drawn.texts() if panel.y < t.y < panel.y + panel.height]
    return "".join(t.string for t in inside)


@pytest.mark.parametrize("kind", ["picture", "signed", "whole"])
@pytest.mark.parametrize("seed", range(6))
def test_the_numbers_of_the_strip_add_up_as_they_are_shown(kind, seed):
    drawn, found = figure(maps(3, kind=kind, seed=seed), np.array(SOBEL) / 3, bias=0.1)
    line = strip_of(drawn)
    left, sign, right = line.replace("bias", "").partition("=" if "=" in line else "≈")
    terms = left.replace(" + ", " +").replace(" − ", " −").replace("+  ", "+").split()
    total = sum(value(term.lstrip("+")) for term in terms)
    assert (total == value(right.strip())) == (sign == "=")
    assert abs(float(value(right.strip())) - found.value) <= 0.0051


def test_sums_have_one_decimal_more_than_cells():
    drawn, _ = figure(maps(3), SOBEL, at=(1, 1))
    cells = [t.string for t in drawn.texts() if t.anchor == "middle" and "." in t.string]
    sums = [t.string for t in drawn.texts() if t.anchor == "end" and "." in t.string]
    assert {len(string.partition(".")[2]) for string in cells} == {2}
    assert {len(string.partition(".")[2]) for string in sums} == {3}


def test_the_strip_goes_on_to_the_activation():
    drawn, found = figure(maps(3, kind="signed"), SOBEL, activation="sigmoid", at=(1, 1))
    assert strip_of(drawn).partition("sigmoid")[2].strip(" →").startswith(f"{found.value:.3f}")


def test_of_many_channels_the_hidden_ones_are_summed():
    _, found = figure(maps(9, kind="signed"), SOBEL, at=(1, 1))
    rows = rows_of(found.terms)
    assert [row.hidden for row in rows] == [0, 0, 0, 5, 0]
    assert [row.term.channel for row in rows if row.term] == [0, 1, 2, 8]
    assert sum(row.sum for row in rows) + found.bias == pytest.approx(found.preactivation)
    assert len(rows_of(found.terms[:4])) == 4
    assert not any(row.hidden for row in rows_of(found.terms[:4]))


def test_padding_is_hatched_where_it_lies():
    drawn, found = figure(maps(1, 5, 5), SOBEL, at=(0, 0), pad=1)
    hatched = [item for item in drawn.items if isinstance(item, scene.Hatch)]
    cell = hatched[-1].height if len(hatched) == 2 else min(item.height for item in hatched[1:])
    assert sum(item.width * item.height for item in hatched[1:]) == pytest.approx(
        found.terms[0].padding.sum() * cell**2
    )
    inside, _ = figure(maps(1, 5, 5), SOBEL, at=(1, 1), pad=1)
    assert len([item for item in inside.items if isinstance(item, scene.Hatch)]) == 1  # that of the thumbnail


def test_the_window_on_the_thumbnail_is_where_the_patch_is():
    drawn, _ = figure(maps(1, 14, 14), SOBEL, at=(4, 6))
    frames = [i for i in drawn.items if isinstance(i, scene.Rect) and i.stroke == style.KERNEL]
    window = frames[0]
    assert (window.x, window.y) == (style.MARGIN + 6 * 9, 120 + 4 * 9)
    assert (window.width, window.height) == (27, 27)


def test_rounding_is_admitted_only_where_there_is_some():
    assert any("rounded" in t for t in texts(figure(maps(3), SOBEL)[0]))
    assert not any("rounded" in t for t in texts(figure(maps(3, kind="whole"), SOBEL)[0]))


# ------------------------------------------------------------------------------------------------------ pooling


def pooled(given, *, at=None, **settings):
    layer = Pool(**settings)
    out = layer.forward(given.values)
    found = trace(layer, given, at or strongest(out[0]), 0)
    return pool_scene(found, given, Output(out[0]), title="T", subtitle="s"), found


@pytest.mark.parametrize("mode", ["max", "min", "avg", "sum", "lp"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"size": (3, 3), "pad": 1}, {"size": (3, 3), "dilation": (2, 2)}, {"size": (5, 2)}, {"size": None}],
    ids=str,
)
@pytest.mark.parametrize("size", [(8, 8), (100, 60)])
def test_every_number_of_a_pooling_can_be_read(mode, settings, size, legible):
    legible(pooled(maps(1, *size), mode=mode, **settings)[0])


def test_the_winner_is_framed_and_ties_are_said():
    given = FeatureMaps(np.array([[0, 0, 1, 3], [0, 0, 3, 2], [1, 0, 0, 0], [0, 0, 0, 0]], np.float32))
    drawn, found = pooled(given, at=(0, 1))
    assert won(found) == [(0, 1), (1, 0)]
    assert "2 cells share it" in texts(drawn)
    winners = [i for i in drawn.items if isinstance(i, scene.Rect) and i.stroke == style.OUTPUT and i.line == 3]
    assert len(winners) == 3  # two in the window, and the cell of the output


def test_winners_are_found_through_padding_stride_and_dilation():
    given = maps(1, 9, 9, seed=3)
    for at in [(0, 0), (1, 2), (3, 3)]:
        _, found = pooled(given, at=at, size=(3, 3), stride=(2, 2), pad=1, dilation=(2, 2))
        (term,) = found.terms
        assert [term.patch[cell] for cell in won(found)] == [pytest.approx(found.value)]


def test_padding_that_never_counts_has_no_number():
    given = FeatureMaps(np.full((1, 4, 4), 5, np.float32))
    for mode, zeros in (("max", 0), ("avg", 5)):
        drawn, _ = pooled(given, mode=mode, size=(3, 3), pad=1, at=(0, 0))
        lens = [
            t for t in drawn.texts() if t.string == "0" and t.size > 11 and 400 < t.x < 600 and t.anchor == "middle"
        ]
        assert len(lens) == zeros


def test_a_trace_does_not_change_what_it_draws():
    given = maps(3)
    before = given.values.copy()
    drawn, found = figure(given, SOBEL, pad=1)
    np.testing.assert_array_equal(given.values, before)
    assert dataclasses.is_dataclass(found)
    assert drawn.description.startswith("How row")
