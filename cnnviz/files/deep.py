"""Colour with 16 bits a channel, for which Pillow's pictures have no room: their two halves are read one by one.

A decoder unpacks pixels as its raw mode says. Of every two bytes "RGB;16B" takes the first, "RGB;16L" the second, so
the same file unpacked both ways gives the high and the low byte of every number. Grey with alpha, two numbers of two
bytes each, is unpacked as if it were red, green, blue and alpha.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RAW = r"(RGB|RGBA|RGBX|LA);16([BLN])"
_OTHER_HALF = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


def is_deep(image: Image.Image) -> bool:
    """Return whether a picture, opened and not yet decoded, is one that `planes` reads."""
    raw = _raw_mode(image)
    return ";16" in raw and re.fullmatch(_RAW, raw) is not None


def is_flattened(image: Image.Image) -> bool:
    """Return whether an opened picture has more than 8 bits a channel of colour, of which only 8 can be read."""
    if image.mode not in ("RGB", "RGBA", "RGBa", "CMYK"):
        return False
    if image.format == "PPM":  # its decoder is told the largest number
        return any(isinstance(arg, int) and arg > 255 for arg in _args(image))
    return ";16" in _raw_mode(image) and not is_deep(image)


def is_grey(image: Image.Image) -> bool:
    """Return whether an opened picture is 16-bit grey with alpha, which Pillow calls RGBA."""
    return _raw_mode(image).startswith("LA;16")


def planes(file: BinaryIO, image: Image.Image) -> list[NDArray[np.uint16]]:
    """Decode an opened picture for which `is_deep` holds into its channels (H, W), alpha last where there is one."""
    match = re.fullmatch(_RAW, _raw_mode(image))
    assert match
    if match[1] == "LA":
        halves = list(_unpacked(file, "RGBA").split())
        return [_joined(*halves[:2]), _joined(*halves[2:])]
    image.load()
    low = _unpacked(file, f"{match[1]};16{_OTHER_HALF[match[2]]}")
    return [_joined(*pair) for pair in zip(image.split(), low.split(), strict=True)]


def _unpacked(file: BinaryIO, raw: str) -> Image.Image:
    """Decode a file anew with another raw mode of as many bytes a pixel."""
    file.seek(0)
    image = Image.open(file)
    args = (raw, *_args(image)[1:])
    image.tile = [tile._replace(args=args if isinstance(tile.args, tuple) else raw) for tile in image.tile]
    image.load()
    return image


def _joined(high: Image.Image, low: Image.Image) -> NDArray[np.uint16]:
    import numpy as np

    out = np.asarray(high).astype(np.uint16)
    out <<= 8
    out |= np.asarray(low)
    return out


def _args(image: Image.Image) -> tuple[object, ...]:
    for tile in getattr(image, "tile", []):
        return tile.args if isinstance(tile.args, tuple) else (tile.args,)
    return ()


def _raw_mode(image: Image.Image) -> str:
    return str(next(iter(_args(image)), ""))
