"""Many cells to one pixel: colour first, then average the colours by area.

Averaging signed values first would cancel neighbours of opposite sign, and an edge map would fade to nothing. So each
cell gets its colour, and a pixel is the mean of the cells it covers, those at its border by the part it covers. The
work goes in bands of a few rows that stay in the processor's cache; a band is coloured by one look-up and averaged
downwards by one small matrix product.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.draw.limits import Scale
from cnnviz.draw.palette import colours_of, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BAND = 2**15
"""About how many cells are coloured at a time."""
_ROWS = 8
"""The most output rows of a band: the matrix product wastes more of its work with each."""

Colour = Callable[["NDArray[np.floating[Any]]"], "NDArray[np.float32]"]
"""Rows (R, W) of a map to (R, W, lanes): what is to be averaged, 0 to 255."""


def coloured(values: NDArray[np.floating[Any]], scale: Scale, *, finite: bool = True) -> NDArray[np.uint8]:
    """Return the colours of a map (H, W) as (H, W, 3) uint8, cell by cell."""
    out = np.empty((*values.shape, 3), np.uint8)
    step = max(1, _BAND // values.shape[1])
    for top in range(0, values.shape[0], step):
        band = values[top : top + step]
        out[top : top + step] = colours_of(band, scale.low, scale.high, scale.palette)
    return out


def coloured_mean(
    values: NDArray[np.floating[Any]], scale: Scale, size: tuple[int, int], *, finite: bool = True
) -> NDArray[np.uint8]:
    """Return a map (H, W) coloured and then averaged to `size` (h, w), as (h, w, 3) uint8."""
    return _mean(values, _colour_by(scale, finite=finite), size)[..., :3]


def picture_mean(values: NDArray[np.floating[Any]], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture (3, H, W) of brightness 0 to 1 averaged to `size` (h, w), as (h, w, 3) uint8."""
    lanes = [_mean(channel, _brightness, size) for channel in values]
    return np.concatenate(lanes, axis=2)


def _mean(values: NDArray[np.floating[Any]], colour: Colour, size: tuple[int, int]) -> NDArray[np.uint8]:
    (height, width), (rows, columns) = values.shape, size
    down, across = _overlaps(height, rows), _taps(width, columns)
    step = max(1, min(_ROWS, int(_BAND * rows / (height * width))))
    out = []
    for first in range(0, rows, step):
        top, bottom, weights = down(first, min(first + step, rows))
        band = colour(values[top:bottom])
        mean = weights @ band.reshape(bottom - top, -1)
        out.append(np.rint(across(mean.reshape(-1, width, band.shape[2]))).astype(np.uint8))
    return np.concatenate(out)


def _overlaps(size: int, parts: int) -> Callable[[int, int], tuple[int, int, NDArray[np.float32]]]:
    """Return a function: of the parts first … last - 1, the cells they cover, and each part's share of each cell."""
    edges = np.arange(parts + 1) * (size / parts)

    def cover(first: int, last: int) -> tuple[int, int, NDArray[np.float32]]:
        start, stop = math.floor(edges[first]), min(math.ceil(edges[last] - 1e-9), size)
        cells = np.arange(start, stop)
        shared = np.minimum(edges[first + 1 : last + 1, None], cells + 1) - np.maximum(edges[first:last, None], cells)
        return start, stop, (np.clip(shared, 0, 1) * (parts / size)).astype(np.float32)

    return cover


def _taps(size: int, parts: int) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Return a function that averages the middle axis of (R, size, lanes) to (R, parts, lanes) by area."""
    edges = np.arange(parts + 1) * (size / parts)
    start = np.floor(edges[:-1]).astype(np.intp)
    taps = []
    for tap in range(math.ceil(size / parts) + 1):
        share = np.clip(np.minimum(edges[1:], start + tap + 1) - np.maximum(edges[:-1], start + tap), 0, 1)
        if share.max() > 1e-9:
            taps.append((np.minimum(start + tap, size - 1), (share * (parts / size)).astype(np.float32)[:, None]))

    def average(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        total = np.zeros((rows.shape[0], parts, rows.shape[2]), np.float32)
        for cell, share in taps:
            total += rows.take(cell, axis=1) * share
        return total

    return average


def _brightness(rows: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    return np.clip(rows, 0, 1, dtype=np.float32, casting="same_kind")[..., None] * np.float32(255)


def _colour_by(scale: Scale, *, finite: bool) -> Colour:
    if not finite:
        return lambda rows: colours_of(rows, scale.low, scale.high, scale.palette).astype(np.float32)
    colours = table(scale.palette)
    last = len(colours) - 1
    lookup = np.zeros((len(colours), 4), np.float32)  # four lanes of four bytes: one look-up a cell
    lookup[:, :3] = colours
    per_unit = last / (scale.high - scale.low)

    def colour(rows: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        with np.errstate(over="ignore"):
            place = np.multiply(rows, np.float32(per_unit), dtype=np.float32, casting="same_kind")
        place += np.float32(0.5 - scale.low * per_unit)
        index = np.clip(place, 0, last, out=place).astype(np.uint8)
        return lookup.take(index, axis=0, mode="clip")

    return colour
