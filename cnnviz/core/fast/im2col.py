"""Patches as columns, then one matrix product: the general way, for any stride, dilation and groups.

Chosen where no other way is cheaper, above all for layers of many maps: the product runs at the speed of the
machine's BLAS, which no sum over taps comes near. Only the patches of one tile exist at a time. A 1×1 kernel has
nothing to gather: its patches are the input itself. Zero weights are multiplied like all others, so NaN and
infinity come out as they must.
"""

from __future__ import annotations

from functools import partial
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnviz.core.products import multiply, workers
from cnnviz.core.threads import spread
from cnnviz.core.tiles import Scratch, Tile, Worker, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.conv_problem import Convolution

CELLS = 1 << 19
"""Patch cells in one tile, about: enough for a product to run at full speed, and still in the cache."""


def cost(problem: Convolution) -> float:
    """Return nanoseconds for each place of the kernel, about, on one thread."""
    groups, maps, channels, height, width = problem.weight.shape
    patch = channels * height * width
    gathered = 0 if problem.is_pointwise else patch
    return float(groups * (gathered * 0.5 + maps * (patch * 0.017 + 0.1)))


def run(problem: Convolution, out: NDArray[Any], threads: int) -> None:
    """Write the result into `out`."""
    _, maps, *patch = problem.weight.shape
    threads = workers(maps, prod(patch), threads)
    places = _places(problem)
    pieces = [piece for tile in problem.tiles() for piece in cut(tile, places, share=threads)]
    spread(partial(worker, problem, out), pieces, threads)


def worker(problem: Convolution, out: NDArray[Any]) -> Worker:
    """Return a function that writes one tile, however large, of the result."""
    groups, maps, _, height, _ = problem.weight.shape
    flat = out.reshape(*out.shape[:3], -1)
    scratch = Scratch(out.dtype)
    rows = _kernel_rows(problem)
    bands = [slice(first, first + rows) for first in range(0, height, rows)]

    def work(tile: Tile) -> None:
        # A product writes one run of cells: whole rows, or one row at a time where a tile is narrower.
        width = tile.size[1]
        places = _places(problem) if width == problem.size[1] else min(_places(problem), width)
        for piece in cut(tile, places):
            first = piece.top * problem.size[1] + piece.left
            target = flat[piece.image, ..., first : first + piece.cells]
            for band in bands:
                weight = problem.weight[..., band, :].reshape(groups, maps, -1)
                patches = _patches(problem, piece, band, scratch)
                if band.start == 0:
                    multiply(weight, patches, target)
                else:
                    part = scratch("part", *target.shape)
                    multiply(weight, patches, part)
                    target += part
            if problem.bias is not None:
                target += problem.bias[..., None]

    return work


def _patches(problem: Convolution, tile: Tile, band: slice, scratch: Scratch) -> NDArray[Any]:
    """Return what a tile reads, (groups, cells of a patch, places), for a band of kernel rows."""
    if problem.is_pointwise:
        x = problem.x[tile.image]
        first = tile.top * problem.size[1] + tile.left
        cells: NDArray[Any] = x.reshape(*x.shape[:2], -1)[..., first : first + tile.cells]
        return cells
    groups, _, channels, height, width = problem.weight.shape
    taps = range(height)[band]
    patches = scratch("patches", groups, channels, len(taps), width, *tile.size)
    reach = problem.reach(tile.size, (len(taps), width))
    if groups * channels * reach[0] * reach[1] <= CELLS:
        window = scratch("window", groups, channels, *reach)
        problem.read(window, tile, tap=(band.start, 0))
        (sy, sx), (dy, dx), (*lead, row, column) = problem.stride, problem.dilation, window.strides
        strides = (*lead, row * dy, column * dx, row * sy, column * sx)
        np.copyto(patches, as_strided(window, patches.shape, strides))
    else:  # A window this wide is mostly holes: go from tap to tap.
        for i, j in product(taps, range(width)):
            problem.read(patches[:, :, i - band.start, j], tile, tap=(i, j), step=problem.stride)
    return patches.reshape(groups, -1, tile.cells)


def _kernel_rows(problem: Convolution) -> int:
    """Return how many rows of the kernel to gather at once: all of them, unless the kernel is enormous."""
    groups, _, channels, height, width = problem.weight.shape
    return int(max(min(CELLS // (groups * channels * width), height), 1))


def _places(problem: Convolution) -> int:
    """Return how many places of the kernel, which are outputs of each map, make a tile."""
    groups, _, channels, _, width = problem.weight.shape
    return int(max(CELLS // (groups * channels * _kernel_rows(problem) * width), 1))
