"""Patches as columns, side by side only: what lies one below the other is shared, and one matrix product a row.

Patches of neighbouring output rows hold the same input rows. So the cells of a patch are brought together across
only, for each input row once: a kernel of 11 rows at stride 4 copies a third of what `im2col` copies. The patches of
one output row then are as many input rows, one after the other in memory as they stand. Chosen where maps are wide
enough for a product a row, for layers of few channels above all. Zero weights are multiplied like all others, so NaN
and infinity come out as they must.

Source: M. Cho and D. Brand, "MEC: Memory-efficient Convolution for Deep Neural Network", ICML 2017.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnviz.core.products import multiply, workers
from cnnviz.core.shapes import Pair
from cnnviz.core.threads import spread
from cnnviz.core.tiles import Scratch, Tile, Worker, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.conv_problem import Convolution

CELLS = 1 << 18
"""Cells of patches in one tile, about: they must still be in the cache when the products read them."""
NARROWEST = 256
"""Columns below which a tile is not cut for the sake of the cache: products would be slower."""


def cost(problem: Convolution) -> float:
    """Return nanoseconds for each place of the kernel, about, on one thread; infinity where this way does not fit."""
    groups, maps, channels, height, width = problem.weight.shape
    rows, columns = _size(problem)
    window = problem.reach((rows, columns))
    if problem.dilation[0] > 1 or max(height * width * columns, window[0] * window[1]) * groups * channels > CELLS * 2:
        return np.inf
    patch = channels * height * width
    gathered = channels * width * window[0] / rows
    return float(groups * (gathered * 0.4 + maps * (patch * (0.017 + 0.2 / columns) + 0.1)))


def run(problem: Convolution, out: NDArray[Any], threads: int) -> None:
    """Write the result into `out`."""
    _, maps, *patch = problem.weight.shape
    threads = workers(maps, prod(patch), threads)
    rows, columns = _size(problem)
    pieces = [piece for tile in problem.tiles() for piece in cut(tile, rows * columns, share=threads, widest=columns)]
    weights = np.ascontiguousarray(problem.weight.swapaxes(2, 3))
    spread(partial(worker, problem, weights, out), pieces, threads)


def worker(problem: Convolution, weights: NDArray[Any], out: NDArray[Any]) -> Worker:
    """Return a function that writes one tile of the result; `weights` are (G, O, kH, C, kW)."""
    groups, maps, height, channels, width = weights.shape
    matrices = weights.reshape(groups, 1, maps, -1)
    scratch = Scratch(out.dtype)

    def work(tile: Tile) -> None:
        rows, columns = tile.size
        reach = problem.reach(tile.size)
        window = scratch("window", groups, channels, *reach)
        problem.read(window, tile)
        cells = scratch("cells", groups, reach[0], channels, width, columns)
        group, channel, row, column = window.strides
        across = (group, row, channel, column * problem.dilation[1], column * problem.stride[1])
        np.copyto(cells, as_strided(window, cells.shape, across))
        group, row, _, _, cell = cells.strides
        patches = as_strided(
            cells,
            (groups, rows, height * channels * width, columns),
            (group, row * problem.stride[0], columns * cell, cell),
        )
        target = out[tile.image, ..., tile.top : tile.bottom, tile.left : tile.right]
        multiply(matrices, patches, target.swapaxes(1, 2))
        if problem.bias is not None:
            target += problem.bias[..., None, None]

    return work


def _size(problem: Convolution) -> Pair:
    """Return how many rows and columns of output make a tile."""
    groups, _, channels, height, width = problem.weight.shape
    across = groups * channels * width
    # Narrow enough for a row of cells to be used some times, and wide enough for a product.
    columns = min(problem.size[1], max(CELLS // (across * height * 4), NARROWEST))
    rows = (CELLS // (across * columns) - height) // problem.stride[0] + 1
    return max(min(rows, problem.size[0]), 1), columns
