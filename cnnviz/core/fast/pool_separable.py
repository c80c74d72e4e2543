"""A rectangle is reduced row by row, then column by column: k + k cells to look at instead of k × k.

The largest of a window is the largest of the largest of its columns; sums and p-norms nest the same way. So this way
fits every mode of the table, and pooling always takes it. A p-norm is taken relative to the largest of its cells,
so that powers neither overflow nor vanish.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.padding import fill
from cnnviz.core.tiles import Scratch, Tile, Worker, cut, processors, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.pool import Pooling

CELLS = 1 << 17
"""Input cells of one tile, about."""
EXACT = 32
"""Sums of more cells than this are kept in float64, where the rounding of each addition does not add up."""

Taps = Callable[[int], "NDArray[Any]"]


def run(problem: Pooling, out: NDArray[Any]) -> None:
    """Write the result into `out`, (N, C, oH, oW)."""
    threads = processors() if problem.x.size > 2 * CELLS else 1
    places = max(CELLS // (problem.x.shape[1] * prod(problem.stride)), 1)
    wholes = [Tile(image, 0, problem.size[0], 0, problem.size[1]) for image in range(len(problem.x))]
    pieces = [piece for whole in wholes for piece in cut(whole, places, share=threads)]
    spread(partial(worker, problem, out), pieces, threads)


def worker(problem: Pooling, out: NDArray[Any]) -> Worker:
    """Return a function that writes one tile of the result."""
    (height, width), (sy, sx), (dy, dx) = problem.window, problem.stride, problem.dilation
    reduction, channels = problem.mode.reduction, problem.x.shape[1]
    wide = reduction == "add" and height * width > EXACT
    scratch = Scratch(np.float64 if wide else out.dtype)
    cells = problem.cells() if problem.mode.name == "avg" else None

    def work(tile: Tile) -> None:
        rows, columns = tile.size
        reach = ((rows - 1) * sy + (height - 1) * dy + 1, (columns - 1) * sx + (width - 1) * dx + 1)
        read = _reader(problem, tile, reach, scratch)
        down = scratch("down", channels, rows, reach[1])
        spare = scratch("spare", 2, *down.shape) if reduction == "norm" else down
        reduce(reduction, read, height, down, spare, problem.p)

        target = out[tile.image, :, tile.top : tile.bottom, tile.left : tile.right]
        total = scratch("total", *target.shape) if wide else target
        if reduction == "norm":
            spare = scratch("spare", 2, *target.shape)
        reduce(reduction, lambda j: down[..., j * dx :: sx][..., :columns], width, total, spare, problem.p)
        if cells is not None:
            np.divide(total, cells[tile.top : tile.bottom, tile.left : tile.right], out=target, casting="same_kind")
        elif wide:
            target[...] = total

    return work


def reduce(reduction: str, tap: Taps, count: int, out: NDArray[Any], spare: NDArray[Any], p: float) -> None:
    """Write into `out` the reduction of the `count` arrays that `tap` gives."""
    if reduction != "norm":
        _fold(getattr(np, reduction), tap, count, out)
        return
    largest, term = spare
    _fold(np.maximum, lambda i: np.abs(tap(i), out=term), count, largest)
    if p == inf:
        out[...] = largest
        return
    largest[(largest == 0) | (largest == inf)] = 1
    out[...] = 0
    for i in range(count):
        np.divide(tap(i), largest, out=term)
        np.abs(term, out=term)
        term **= p
        out += term
    out **= 1 / p
    out *= largest


def _fold(ufunc: np.ufunc, tap: Taps, count: int, out: NDArray[Any]) -> None:
    out[...] = tap(0)
    for i in range(1, count):
        ufunc(out, tap(i), out=out)


def _reader(problem: Pooling, tile: Tile, reach: tuple[int, int], scratch: Scratch) -> Taps:
    """Return what gives the input row that each row of the windows begins with, (C, rows of the tile, columns)."""
    x, mode, (sy, sx), dy = problem.x[tile.image], problem.mode, problem.stride, problem.dilation[0]
    top, left = tile.top * sy - problem.sides[0], tile.left * sx - problem.sides[2]
    rows = tile.size[0]
    inside = 0 <= top <= x.shape[1] - reach[0] and 0 <= left <= x.shape[2] - reach[1]
    if len(x) * prod(reach) > 16 * CELLS and not (inside and x.dtype == problem.dtype):
        # Too much to hold at once: row by row.
        def read(i: int) -> NDArray[Any]:
            row = scratch("row", len(x), rows, reach[1])
            fill(row, x, (top + i * dy, left), step=(sy, 1), value=mode.outside)
            return row

        return read
    if inside and x.dtype == problem.dtype:
        window = x[:, top : top + reach[0], left : left + reach[1]]
    else:
        window = scratch("window", len(x), *reach)
        fill(window, x, (top, left), value=mode.outside)
    return lambda i: window[:, i * dy :: sy][:, :rows]
