import subprocess
import sys

import numpy as np
import pytest

from cnnviz.draw import style
from cnnviz.draw.palette import PALETTES, colours_of, find, ink_on, luminance, rgb, table
from cnnviz.errors import ArgumentError


def lightness(colours: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colours."""
    y = np.array([luminance(tuple(c)) for c in np.atleast_2d(colours).tolist()])
    return np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(rgb(a)), luminance(rgb(b))), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", PALETTES)
def test_ends_and_neutral_are_the_anchors(name: str) -> None:
    palette = PALETTES[name]
    anchors = [rgb(a) for a in palette.anchors.split()]
    colours = table(palette)
    assert tuple(colours[0]) == anchors[0]
    assert tuple(colours[-1]) == anchors[-1]
    if palette.signed:
        assert tuple(colours[len(colours) // 2]) == anchors[len(anchors) // 2]


@pytest.mark.parametrize("name", [n for n, p in PALETTES.items() if p.kind == "sequential"])
def test_sequential_ones_only_get_lighter(name: str) -> None:
    assert (np.diff(lightness(table(PALETTES[name]))) > -0.05).all()


@pytest.mark.parametrize(("name", "within"), [("signed", 0.5), ("rdbu", 5.0)])
def test_signed_ones_are_as_light_on_both_sides(name: str, within: float) -> None:
    light = lightness(table(PALETTES[name]))
    assert np.abs(light - light[::-1]).max() < within
    assert light.argmax() == len(light) // 2


def test_not_a_number_has_a_colour_that_no_value_has() -> None:
    for palette in PALETTES.values():
        colours = table(palette).astype(int)
        for colour in (palette.nan, palette.inf):
            assert np.abs(colours - rgb(colour)).sum(axis=1).min() > 50
        assert np.abs(np.subtract(rgb(palette.nan), rgb(palette.inf))).sum() > 100


def test_colours_of_known_values() -> None:
    values = np.array([-2.0, -1.0, 0.0, 0.5, 1.0, np.nan, np.inf, -np.inf])
    out = colours_of(values, -1.0, 1.0, PALETTES["signed"])
    expected = ["#312975", "#312975", "#F5F5F3", None, "#69121D", "#FFEE00", "#EE7700", "#EE7700"]
    for colour, hexed in zip(out, expected, strict=True):
        if hexed:
            assert tuple(colour) == rgb(hexed)
    # Halfway up is halfway between the third and the second anchor above zero.
    assert np.abs(out[3].astype(int) - (np.add(rgb("#F7AC9D"), rgb("#E26E63")) / 2)).max() <= 2
    grey = colours_of(np.arange(256) / 255, 0.0, 1.0, PALETTES["grey"])
    assert (grey == np.arange(256)[:, None]).all()


@pytest.mark.parametrize("name", PALETTES)
def test_numbers_are_legible_on_every_fill(name: str) -> None:
    for colour in table(PALETTES[name]).tolist():
        fill = "#{:02X}{:02X}{:02X}".format(*colour)
        assert contrast(ink_on(tuple(colour)), fill) > 4.5


@pytest.mark.parametrize("page", [style.PAGE, style.PANEL])
@pytest.mark.parametrize("ink", [style.INK, style.MUTED, style.INPUT, style.KERNEL, style.OUTPUT])
def test_words_are_legible(page: str, ink: str) -> None:
    assert contrast(page, ink) >= 4.5


def test_finding_one() -> None:
    assert find("gray") is PALETTES["grey"]
    assert find("Signed") is PALETTES["signed"]
    with pytest.raises(ArgumentError, match="did you mean 'viridis'") as caught:
        find("viridsi")
    assert caught.value.argument == "palette"
    with pytest.raises(ArgumentError, match="use one of signed, grey"):
        find("?")


def test_tables_load_neither_numpy_nor_pillow() -> None:
    code = (
        "import sys, cnnviz.draw.palette, cnnviz.draw.numbers; sys.exit('numpy' in sys.modules or 'PIL' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
