"""Many cells to one pixel: colour first, then average the colours by area.

Averaging signed values first would cancel neighbours of opposite sign, and an edge map would fade to nothing. So each
cell gets its colour, and a pixel is the mean of the cells it covers, those at its border by the part it covers. The
work goes in bands of a few rows that stay in the processor's cache; a band is coloured by one look-up and averaged
downwards by one small matrix product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core.tiles import Scratch
from cnnviz.draw.limits import Scale
from cnnviz.draw.palette import PALETTES, colours_of, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BAND = 2**16
"""About how many cells are coloured at a time."""
_GROUP = 8
"""The most pixels along an axis that one matrix product makes: it wastes more of its work with each."""
_TURN = 2**19
"""About how many numbers, averaged downwards, are averaged across at a time."""
_PERIOD = 16
"""Shares that come again after so many pixels, or fewer, are one matrix for the whole axis."""
_WIDEST = 2**17
"""Cells of a row; wider maps are averaged on their side, as a band holds whole rows."""
_ROUNDING = 1e-9


class Band(NamedTuple):
    """Some parts of an axis, on the cells start … stop - 1; `shares` (parts, cells) says how much each counts."""

    start: int
    stop: int
    shares: NDArray[np.float32]


Colour = Callable[["NDArray[np.floating[Any]]"], "NDArray[Any]"]
"""Rows (R, W) of a map to (R, W) or (R, W, lanes): whatever is to be averaged."""


def coloured(values: NDArray[np.floating[Any]], scale: Scale) -> NDArray[np.uint8]:
    """Return the colours of a map (H, W) as (H, W, 3) uint8, cell by cell."""
    out = np.empty((*values.shape, 3), np.uint8)
    step = max(1, _BAND // values.shape[1])
    for top in range(0, values.shape[0], step):
        out[top : top + step] = colours_of(values[top : top + step], scale.low, scale.high, scale.palette)
    return out


def coloured_mean(
    values: NDArray[np.floating[Any]], scale: Scale, size: tuple[int, int], *, finite: bool = True
) -> NDArray[np.uint8]:
    """Return a map (H, W) coloured and then averaged to `size` (h, w), as (h, w, 3) uint8."""
    if not finite:
        mean = _mean(values, lambda rows: colours_of(rows, scale.low, scale.high, scale.palette), size)
    elif scale.palette == PALETTES["grey"]:
        return np.repeat(_grey_mean(values, scale, size), 3, axis=2)
    else:
        mean = _mean(values, _lookup(scale), size)
    return np.rint(mean).astype(np.uint8)


def _grey_mean(values: NDArray[np.floating[Any]], scale: Scale, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the greys (h, w, 1): brightness is proportional to value, so there is no need to look it up."""
    mean = _mean(values, _clipper(scale) if any(scale.cut) else _as_it_is, size)
    greys: NDArray[np.float32] = (mean - scale.low) * np.float32(255 / (scale.high - scale.low))
    return np.rint(greys).astype(np.uint8)


def picture_mean(values: NDArray[np.floating[Any]], scale: Scale, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture (3, H, W) averaged to `size` (h, w), as (h, w, 3) uint8; `scale` says what is white."""
    return np.concatenate([_grey_mean(channel, scale, size) for channel in values], axis=2)


def _mean(values: NDArray[np.floating[Any]], colour: Colour, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the mean of `colour` of the cells under each pixel, (h, w, lanes), of at most three lanes."""
    (height, width), (rows, columns) = values.shape, size
    if width > max(_WIDEST, height):
        return np.swapaxes(_mean(values.T, colour, (columns, rows)), 0, 1)
    group = max(1, min(_GROUP, int(_BAND * rows / (height * width))))
    down = iter(_bands(height, rows, group))
    lanes = colour(values[:1, :1]).size
    average_across = _across(width, columns, lanes)
    turn = max(1, _TURN // (width * lanes * group))
    lines = np.empty((min(turn * group, rows), width * lanes), np.float32)
    out = np.empty((rows, columns, min(lanes, 3)), np.float32)
    done = 0
    while done < rows:
        row = 0
        for top, bottom, shares in islice(down, turn):
            band = colour(values[top:bottom]).reshape(bottom - top, -1)
            np.matmul(shares, band.astype(np.float32, copy=False), out=lines[row : row + len(shares)])
            row += len(shares)
        average_across(lines[:row].reshape(row, width, lanes), out[done : done + row])
        done += row
    return out


def _across(width: int, columns: int, lanes: int) -> Callable[[NDArray[np.float32], NDArray[np.float32]], None]:
    """Return what averages lines of cells (rows, W, lanes) to rows of pixels (rows, w, three lanes at most)."""
    kept = min(lanes, 3)
    repeats = math.gcd(width, columns)
    period = columns // repeats
    if period <= _PERIOD and width // repeats * period * lanes * kept <= _TURN:
        # The same few shares come again and again: one product makes all.
        (band,) = _bands(width // repeats, period, _PERIOD)
        shares = np.kron(band.shares.T, np.eye(lanes, kept, dtype=np.float32))

        def average(lines: NDArray[np.float32], out: NDArray[np.float32]) -> None:
            blocks = len(lines) * repeats
            np.matmul(lines.reshape(blocks, -1), shares, out=out.reshape(blocks, -1))

        return average

    bands = list(_bands(width, columns, _GROUP))

    def average_by_bands(lines: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        # Each lane by itself, so that one small matrix serves all of them.
        planes = np.ascontiguousarray(np.moveaxis(lines, 2, 0)[:kept])
        means = np.empty((kept, len(lines), columns), np.float32)
        for column, (left, right, shares) in zip(range(0, columns, _GROUP), bands, strict=True):
            np.matmul(planes[:, :, left:right], shares.T, out=means[:, :, column : column + len(shares)])
        out[...] = np.moveaxis(means, 0, 2)

    return average_by_bands


def _bands(size: int, parts: int, group: int) -> Iterable[Band]:
    """Cut an axis of `size` cells into equal parts, and return a band for each `group` of them; small ones are kept."""
    return _kept(size, parts, group) if size * group <= _TURN else _cut(size, parts, group)


@lru_cache(maxsize=8)
def _kept(size: int, parts: int, group: int) -> list[Band]:
    return list(_cut(size, parts, group))


def _cut(size: int, parts: int, group: int) -> Iterator[Band]:
    edges = np.arange(parts + 1) * (size / parts)
    for first in range(0, parts, group):
        left, right = edges[first : min(first + group, parts), None], edges[first + 1 : first + group + 1, None]
        start, stop = math.floor(left[0, 0]), min(math.ceil(right[-1, 0] - _ROUNDING), size)
        cells = np.arange(start, stop)
        covered = np.clip(np.minimum(right, cells + 1) - np.maximum(left, cells), 0, 1)
        yield Band(start, stop, (covered * (parts / size)).astype(np.float32))


def _as_it_is(rows: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    return rows


def _clipper(scale: Scale) -> Colour:
    return lambda rows: np.clip(rows, scale.low, scale.high)


def _lookup(scale: Scale) -> Colour:
    """Return what gives cells their colours by one look-up, in memory that is used again at the next call."""
    colours = table(scale.palette)
    last = len(colours) - 1
    lanes = np.zeros((len(colours), 4), np.float32)  # four lanes of four bytes: one look-up a cell
    lanes[:, :3] = colours
    per_unit = last / (scale.high - scale.low)
    floats, bytes_ = Scratch(np.float32), Scratch(np.uint8)

    def colour(rows: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        place, index = floats("place", *rows.shape), bytes_("index", *rows.shape)
        out = floats("out", *rows.shape, 4)
        with np.errstate(over="ignore"):
            np.multiply(rows, np.float32(per_unit), out=place, casting="same_kind")
        place += np.float32(0.5 - scale.low * per_unit)
        index[...] = np.clip(place, 0, last, out=place)
        return lanes.take(index, axis=0, mode="clip", out=out)

    return colour
