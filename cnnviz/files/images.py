"""Pictures become numbers: from 0 (black) to 1 (white), shape (C, H, W), three channels or one, as bytes or float32.

What a viewer would show is what is read: upright as its EXIF orientation says, transparency laid over white,
palettes and print colours turned into red, green and blue, the first frame of an animation. Whatever goes beyond
plain reading is said in a note.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeVar

import numpy as np
from PIL import Image

from cnnviz.core.brightness import WHITE, Brightness
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.shapes import Pair
from cnnviz.core.threads import each
from cnnviz.files import ahead
from cnnviz.files.decoder import SIXTEEN, on_a_lead
from cnnviz.files.pixels import Pixels, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    _Number = TypeVar("_Number", bound=np.generic)

LABELS = {1: ("grey",), 3: ("red", "green", "blue")}
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601

_BRIGHTEST = 16.0  # white is 1, and highlights are some stops above it
_TILE = 1 << 17  # pixels converted at once
_PARALLEL = 1 << 20  # from so many pixels on, two threads lay them over white


class Picture(NamedTuple):
    """A decoded picture and notes on what was done beyond plain reading."""

    maps: FeatureMaps
    notes: list[str]


def decode(file: BinaryIO, limit: int | None = None) -> Picture:
    """Decode a picture within the memory limit.

    Raises NotAPictureError where the bytes are no picture, ReadError where one is broken or cut off,
    MemoryLimitError where it is too large.
    """
    return ahead.take(file) or convert(load(file, limit), limit)


def convert(pixels: Pixels, limit: int | None = None) -> Picture:
    """Return decoded pixels as values, with notes on what that took."""
    notes = [*pixels.notes]
    with on_a_lead(limit):
        values = _convert(pixels, notes)
    return Picture(FeatureMaps(values, LABELS[pixels.channels], pictures=True), notes)


def resize(values: Floats, size: Pair) -> Floats:
    """Return (C, H, W) values at another size (height, width): bilinear, antialiased where it gets smaller."""
    height, width = size
    out = np.empty((len(values), height, width), np.float32)
    for plane, target in zip(values, out, strict=True):
        image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        target[...] = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
    return out


def longer_side(size: Pair, length: int) -> Pair:
    """Return the size (height, width) whose longer side is `length`, in the same proportions, at least one cell."""
    longest = max(size)
    height, width = (max((2 * side * length + longest) // (2 * longest), 1) for side in size)
    return height, width


def gray(values: Floats) -> Floats:
    """Return red, green, blue (3, H, W) as one channel (1, H, W): 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    One channel stays as it is.
    """
    if len(values) == 1:
        return values
    out: Floats = values[0] * np.float32(LUMA[0])
    for weight, channel in zip(LUMA[1:], values[1:], strict=True):
        out += channel * np.float32(weight)
    return out[None]


def _lying(values: NDArray[_Number], orientation: int) -> NDArray[_Number]:
    """Return upright values (C, H, W) as a view in the order in which the file stores them."""
    if orientation > 4:
        values = values.transpose(0, 2, 1)
    rows = -1 if orientation in (3, 4, 6, 7) else 1
    columns = -1 if orientation in (2, 3, 7, 8) else 1
    return values[:, ::rows, ::columns]


# ------------------------------------------------------------------------------------------------- to numbers


def _convert(pixels: Pixels, notes: list[str]) -> Floats | Brightness:
    """Return the pixels as new upright (C, H, W) values: as bytes where each is one."""
    image, channels, orientation = pixels.image, pixels.channels, pixels.orientation
    height, width = (image.width, image.height) if orientation > 4 else (image.height, image.width)
    shape = (channels, height, width)
    is_deep = pixels.planes or image.mode in ("I", "F") or image.mode in SIXTEEN
    plain = None if is_deep else _plain(image, channels)
    if plain and plain.mode in ("L", "RGB"):
        stored = np.empty(shape, np.uint8)
        _fill(plain, _lying(stored, orientation))
        return Brightness(stored)
    out = np.empty(shape, np.float32)
    lying = _lying(out, orientation)
    if plain:
        over_white = _fill_over_white(plain, lying)
    elif pixels.planes:
        over_white = _fill_deep(pixels.planes, image.info.get("transparency"), lying)
    else:
        lying[...], over_white = _deep(image, notes)  # all alike, where a file said there would be three
    if over_white:
        notes.append("transparency is laid over white")
    return out


def _plain(image: Image.Image, channels: int) -> Image.Image:
    """Return the picture with 8 bits a channel: grey or RGB, each with or without alpha."""
    mode = "L" if channels == 1 else "RGB"
    if image.has_transparency_data:
        mode = "LA" if channels == 1 else "RGBA"
    if image.mode == mode:
        return image
    if image.mode in ("P", "PA") and mode == "LA":  # Pillow knows no way from a palette to grey with alpha
        return image.convert("RGBA").convert("LA")
    return image.convert(mode)


def _fill(image: Image.Image, out: NDArray[np.uint8]) -> None:
    """Write pixels into (C, H, W)."""

    def tile(rows: slice, bands: list[NDArray[np.uint8]]) -> None:
        for values, band in zip(out[:, rows], bands, strict=True):
            values[...] = band

    _each_tile(image, tile)


def _fill_over_white(image: Image.Image, out: Floats) -> bool:
    """Write pixels / 255 into (C, H, W), alpha over white; return whether any pixel was transparent."""
    seen: list[bool] = []

    def tile(rows: slice, bands: list[NDArray[np.uint8]]) -> None:
        *colours, alpha = bands
        target = out[:, rows]
        for values, band in zip(target, colours, strict=True):
            np.divide(band, np.float32(WHITE), out=values)
        if (alpha < WHITE).any():
            cover = np.divide(alpha, np.float32(WHITE))
            target *= cover
            target += 1 - cover
            seen.append(True)

    _each_tile(image, tile, parallel=image.width * image.height >= _PARALLEL)
    return bool(seen)


def _each_tile(
    image: Image.Image, do: Callable[[slice, list[NDArray[np.uint8]]], None], *, parallel: bool = False
) -> None:
    """Call `do` for some rows of a picture after the other, with their bands (rows, W)."""
    width, height = image.size
    step = max(_TILE // width, 1)

    def tile(top: int) -> None:
        rows = slice(top, min(top + step, height))
        part = image.crop((0, top, width, rows.stop))
        if part.mode == "LA":  # of which Pillow packs no single band
            bands = [band.tobytes() for band in part.split()]
        else:
            bands = [part.tobytes("raw", band) for band in part.getbands()]
        do(rows, [np.frombuffer(band, np.uint8).reshape(-1, width) for band in bands])

    each(tile, range(0, height, step), parallel=parallel)


def _fill_deep(planes: list[NDArray[np.uint16]], transparent: object, out: Floats) -> bool:
    """Write planes / 65535 into (C, H, W), alpha over white; return whether any pixel was transparent."""
    for values, plane in zip(out, planes, strict=False):  # alpha comes last
        np.divide(plane, np.float32(65535), out=values)
    if len(planes) > len(out):
        hidden = planes[-1] < 65535
        cover = planes[-1] / np.float32(65535)
        out *= cover
        out += 1 - cover
    elif isinstance(transparent, tuple):  # a PNG may name one colour that is transparent
        hidden = np.logical_and.reduce([plane == level for plane, level in zip(planes, transparent, strict=True)])
        out[:, hidden] = 1
    else:
        return False
    return bool(hidden.any())


def _deep(image: Image.Image, notes: list[str]) -> tuple[Floats, bool]:
    """Return one channel of 16 or 32 bits, integers or floats, scaled to 0…1, and whether any pixel was transparent."""
    transparent = image.info.get("transparency")
    pixels = np.asarray(image)
    if image.mode in SIXTEEN or (image.mode == "I" and image.format in ("PNG", "PPM")):
        values = pixels.astype(np.float32) / np.float32(65535)
    else:
        values = _scaled(pixels, notes)
    hidden = pixels == transparent if isinstance(transparent, int) else np.False_
    values[hidden] = 1
    return values, bool(hidden.any())


def _scaled(pixels: NDArray[np.float32 | np.int32], notes: list[str]) -> Floats:
    """Scale numbers whose range no standard fixes: as they are within 0…1, else by 255, 65535, or their own range.

    Floats a little beyond 1 are a picture with highlights (HDR), and are divided by the largest.
    """
    finite = pixels[np.isfinite(pixels)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if pixels.dtype.kind == "f" and low >= 0 and high <= 1:
        return pixels.astype(np.float32)
    if pixels.dtype.kind == "f" and low >= 0 and high <= _BRIGHTEST:
        notes.append(f"32-bit values {low:g} … {high:g} are divided by {high:g}, so that 1 is white")
        return (pixels / high).astype(np.float32)
    for whole in (255.0, 65535.0):
        if low >= 0 and high <= whole:
            notes.append(f"32-bit values {low:g} … {high:g} are divided by {whole:g}")
            return (pixels / whole).astype(np.float32)
    notes.append(f"32-bit values {low:g} … {high:g} are scaled to 0 … 1")
    return ((pixels.astype(np.float64) - low) / ((high - low) or 1.0)).astype(np.float32)
