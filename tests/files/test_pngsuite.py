"""Every file of Willem van Schaik's PngSuite: the right values, or one line for the broken ones.

The suite, licence and all, is pngsuite.zip; what a file tests is told by its name (README in the archive). Values are
held against a second decoder, which follows the specification and nothing else.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from reference_png import decode as reference

from cnnviz.core.shapes import Shape
from cnnviz.errors import ReadError, printable
from cnnviz.files import images
from cnnviz.files.decoder import NotAPictureError
from cnnviz.files.pixels import measure

with zipfile.ZipFile(Path(__file__).with_name("pngsuite.zip")) as archive:
    FILES = {name.removesuffix(".png"): archive.read(name) for name in archive.namelist() if name.endswith(".png")}
BROKEN = [name for name in FILES if name.startswith("x")]
WHOLE = [name for name in FILES if name not in BROKEN]


def read(name):
    return images.decode(io.BytesIO(FILES[name])).maps.values


def measured(name) -> Shape:
    return measure(io.BytesIO(FILES[name]))


def test_the_suite_is_whole():
    assert (len(WHOLE), len(BROKEN)) == (162, 14)


@pytest.mark.parametrize("name", WHOLE)
def test_values_are_those_of_the_specification(name):
    values, expected = read(name), reference(FILES[name]).transpose(2, 0, 1)
    grey = (expected == expected[:1]).all()
    assert values.shape == measured(name)
    assert values.shape[1:] == expected.shape[1:]
    if name[4] in "04":  # the colour type of a grey picture
        assert len(values) == 1
    elif not grey:
        assert len(values) == 3
    np.testing.assert_allclose(np.broadcast_to(values, expected.shape), expected, atol=1e-6)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(name):
    with pytest.raises((ReadError, NotAPictureError)) as caught:
        read(name)
    assert printable(str(caught.value)) == str(caught.value)


@pytest.mark.parametrize("name", [name for name in WHOLE if name[3] == "i" and name[:3] + "n" + name[4:] in FILES])
def test_interlacing_changes_nothing(name):
    np.testing.assert_array_equal(read(name), read(name[:3] + "n" + name[4:]))


@pytest.mark.parametrize("name", [name for name in WHOLE if name[0] == "s" and name[1:3].isdigit()])
def test_odd_sizes(name):
    assert measured(name)[1:] == (int(name[1:3]),) * 2


@pytest.mark.parametrize("pieces", ["oi?n0g16", "oi?n2c16", "z0?n2c08"])
def test_pieces_of_pixels_and_effort_of_compression_change_nothing(pieces):
    before, after = pieces.split("?")
    first, *others = [read(name) for name in FILES if name.startswith(before) and name.endswith(after)]
    assert len(others) == 3
    for other in others:
        np.testing.assert_array_equal(first, other)
