"""Pictures of every format and of every mode: nothing that Pillow has is left to chance."""

import io
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import ReadError
from cnnviz.files import images, pixels
from cnnviz.files.pixels import measure

Image.init()
NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8))
NOT_READ = {"EPS", "PALM", "PDF"}  # refused, as it is a program; and two that Pillow writes and cannot read
COLOUR, GREY = (200, 60, 20), 97  # the grey is what ITU-R 601 makes of the colour
MODES = sorted({*Image.MODES, "1", "LA", "La", "PA", "RGBX", "RGBa", "I;16", "I;16B", "I;16L"} - {"LAB"})


def encoded(kind, image=NOISE, **options):
    """Return a picture in that format, in the first mode that it takes; None where this Pillow cannot write it."""
    for mode in ("RGB", "L", "1", "F"):
        buffer = io.BytesIO()
        try:
            with warnings.catch_warnings(action="ignore"):  # of formats that Pillow is going to give up
                image.convert(mode).save(buffer, kind, **options)
        except (OSError, KeyError, ValueError):
            continue
        return buffer.getvalue()
    return None


FORMATS = [kind for kind in sorted(set(Image.SAVE) - NOT_READ) if encoded(kind)]


def decode(data):
    return images.decode(io.BytesIO(data)).maps


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_that_pillow_writes_is_read(kind):
    data = encoded(kind)
    values = decode(data).values
    assert measure(io.BytesIO(data)) == values.shape
    assert 0 <= values.min() < 0.1 and 0.9 < values.max() <= 1


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.25, 0.5])
def test_every_format_cut_off_says_so(kind, share):
    data = encoded(kind)
    with pytest.raises(ReadError, match="cut off"):
        decode(data[: int(share * len(data))])


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_that_pillow_has(monkeypatch, mode):
    image = in_mode(mode)

    @contextmanager
    def opened(file, limit):
        yield image

    monkeypatch.setattr(pixels, "open_picture", opened)
    values = decode(b"").values
    if mode in ("1", "I", "F") or mode.startswith("I;16"):
        assert values[:, 4, 4] == pytest.approx([1.0 if mode == "1" else 0.4], abs=1e-4)
    elif mode in ("L", "LA", "La"):
        assert values[0, 4, 4] * 255 == pytest.approx(GREY, abs=1)
    else:
        assert values[:, 4, 4] * 255 == pytest.approx(COLOUR, abs=4)


def in_mode(mode):
    """Return a picture of one colour, made in that mode."""
    if mode.startswith("I;16"):
        return Image.new(mode, (8, 8), round(0.4 * 65535))
    if mode in ("1", "I", "F"):
        return Image.new(mode, (8, 8), {"1": 1, "I": 102, "F": 0.4}[mode])
    flat = Image.new("RGB", (8, 8), COLOUR)
    if mode in ("P", "PA"):
        return flat.convert("P", palette=Image.Palette.ADAPTIVE).convert(mode)
    return flat.convert({"La": "LA", "RGBa": "RGBA"}.get(mode, "RGB")).convert(mode)


UPRIGHT = np.kron(
    np.uint8([[40, 80, 120], [160, 200, 240]]), np.ones((16, 16), np.uint8)
)  # blocks survive being compressed
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.T,
    6: np.rot90(UPRIGHT),
    7: np.rot90(UPRIGHT.T, 2),
    8: np.rot90(UPRIGHT, -1),
}
"""How a camera that was held so stores what is upright, by the number that EXIF has for it."""


@pytest.mark.parametrize("kind", sorted({"JPEG", "AVIF", "MPO"} & set(FORMATS)))
@pytest.mark.parametrize("orientation", STORED)
def test_lossy_pictures_are_turned_upright(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(STORED[orientation]))
    data = encoded(kind, image, exif=exif, quality=95)
    values = decode(data).values
    assert measure(io.BytesIO(data)) == values.shape
    np.testing.assert_allclose(values[0] * 255, UPRIGHT, atol=12)
