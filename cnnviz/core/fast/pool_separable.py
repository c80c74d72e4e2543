"""A rectangle is reduced row by row, then column by column: k + k cells to look at instead of k × k.

The largest of a window is the largest of the largest of its columns; sums and p-norms nest the same way. So this way
fits every mode of the table, and pooling always takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.threads import processors, spread
from cnnviz.core.tiles import Scratch, Tile, Worker, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.pool import Pooling

CELLS = 1 << 17
"""Input cells of one tile, about."""
EXACT = 32
"""Sums of more cells than this are kept in float64, where the rounding of each addition does not add up."""

SAFE = 1e-30
"""Sums of powers below this, or infinite, may have lost cells on the way, and are taken again with more care."""

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
    cells = problem.cells() if problem.mode.name == "avg" else None
    problem = problem.narrowed()
    (height, width), (sy, sx), (dy, dx) = problem.window, problem.stride, problem.dilation
    reduction, p, channels = problem.mode.reduction, problem.p, problem.x.shape[1]
    wide = reduction in ("add", "norm") and height * width > EXACT
    scratch = Scratch(np.float64 if wide else out.dtype)

    def work(tile: Tile) -> None:
        rows, columns = tile.size
        reach = ((rows - 1) * sy + (height - 1) * dy + 1, (columns - 1) * sx + (width - 1) * dx + 1)
        window = _window(problem, tile, reach, scratch)
        target = out[tile.image, :, tile.top : tile.bottom, tile.left : tile.right]
        total = scratch("total", *target.shape) if wide else target
        down = scratch("down", channels, rows, reach[1])

        def row(i: int) -> NDArray[Any]:
            if window is not None:
                return window[:, i * dy :: sy][:, :rows]
            one = scratch(f"row {i % 2}", *down.shape)  # A fold has the first two in hand at once.
            problem.read(one, tile, row=i)
            return one

        def column(j: int) -> NDArray[Any]:
            return down[..., j * dx :: sx][..., :columns]

        if reduction != "norm" and window is not None and _is_one_run(problem, window):
            getattr(np, reduction).reduce(window.reshape(channels, -1), axis=1, out=target[:, 0, 0])
            total = target  # NumPy adds such a run of cells pairwise, which is exact enough.
        elif reduction != "norm":
            _fold(getattr(np, reduction), row, height, down)
            _fold(getattr(np, reduction), column, width, total)
        else:
            term = scratch("term", *down.shape)
            _sum_powers(row, height, down, p, term)
            _fold(np.add, column, width, total)
            if total.min() > SAFE and total.max() < inf:
                total **= 1 / p
            else:
                _norm(row, height, down, p, term, scratch("largest", *down.shape))
                _norm(column, width, total, p, scratch("term", *total.shape), scratch("largest", *total.shape))
        if cells is not None:
            here = cells[0][tile.top : tile.bottom] * cells[1][tile.left : tile.right]
            np.divide(total, here, out=target, casting="same_kind")
        elif total is not target:
            target[...] = total

    return work


def _window(problem: Pooling, tile: Tile, reach: tuple[int, int], scratch: Scratch) -> NDArray[Any] | None:
    """Return all the input that a tile reads, (C, rows, columns), or None where that is too much to copy."""
    x, (top, left) = problem.x[tile.image], problem.corner(tile)
    if x.dtype == problem.dtype and 0 <= top <= x.shape[1] - reach[0] and 0 <= left <= x.shape[2] - reach[1]:
        inside: NDArray[Any] = x[:, top : top + reach[0], left : left + reach[1]]
        return inside
    if len(x) * prod(reach) > 16 * CELLS:
        return None
    window = scratch("window", len(x), *reach)
    problem.read(window, tile)
    return window


def _is_one_run(problem: Pooling, window: NDArray[Any]) -> bool:
    """Return whether there is one output, and all cells it reads lie one after the other in memory."""
    return problem.size == (1, 1) and problem.dilation == (1, 1) and window.flags.c_contiguous


def _fold(ufunc: np.ufunc, tap: Taps, count: int, out: NDArray[Any]) -> None:
    """Write into `out` all taps joined by `ufunc`."""
    if count == 1:
        out[...] = tap(0)
    else:
        ufunc(tap(0), tap(1), out=out, dtype=out.dtype)
    for i in range(2, count):
        ufunc(out, tap(i), out=out)


def _sum_powers(tap: Taps, count: int, out: NDArray[Any], p: float, term: NDArray[Any]) -> None:
    """Write Σ |tap|^p into `out`."""
    for i in range(count):
        power = term if i else out
        if p == 2:
            np.multiply(tap(i), tap(i), out=power)
        else:
            np.abs(tap(i), out=power)
            power **= p
        if i:
            out += power


def _norm(tap: Taps, count: int, out: NDArray[Any], p: float, term: NDArray[Any], largest: NDArray[Any]) -> None:
    """Write (Σ |tap|^p)^(1/p) into `out`, relative to the largest tap: slower, and neither overflows nor vanishes."""
    _fold(np.maximum, lambda i: np.abs(tap(i)), count, largest)
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
