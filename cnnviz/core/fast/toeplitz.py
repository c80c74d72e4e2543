"""Four output rows at once, each column of the kernel one matrix product.

Outputs that lie one below the other read nearly the same input cells: four of them are a banded (Toeplitz) matrix,
made of one column of the kernel, times a short column of the input. All columns of the picture side by side make it
a product of matrices, one for each column of the kernel, and the input need not be rearranged at all. Chosen for
kernels of few maps and channels that are not separable, and for depthwise layers, where gathering patches would
cost more than the products.

The zeros beside the band meet input cells that their output must not see: harmless while the input is finite. A
tile with NaN or infinity in it takes the general way.
"""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnviz.core.fast import im2col
from cnnviz.core.products import is_finite, strip_width
from cnnviz.core.threads import spread
from cnnviz.core.tiles import Scratch, Tile, Worker, cut, largest_piece

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.conv_problem import Convolution

ROWS = 4
"""Output rows at once. More would waste more of each product on zeros."""
CELLS = 1 << 20
"""Cells that a tile reads and writes, about."""
BATCH = 1 << 19
"""Cells that are read and written for all groups of channels that are computed at once, about, on one thread."""
LONGER = 4
"""As many times more on two threads, which wait for each other wherever a call begins."""


def cost(problem: Convolution) -> float:
    """Return nanoseconds for each place of the kernel, about, on one thread; infinity where this way does not fit."""
    groups, maps, channels, _, width = problem.weight.shape
    if problem.stride != (1, 1) or not is_finite(problem.weight) or _window_cells(problem) > 2 * CELLS:
        return np.inf
    span = problem.reach((ROWS, 1))[0]
    each = channels * span * width * 0.02 + width * 0.14 + 0.2
    return float(groups * (channels * 0.2 + maps * each))


def run(problem: Convolution, out: NDArray[Any], threads: int) -> None:
    """Write the result into `out`."""
    batch = _batch(problem, threads)
    cells, widest = _limits(problem, batch)
    pieces = [piece for tile in problem.tiles() for piece in cut(tile, cells, block=ROWS, share=threads, widest=widest)]
    spread(partial(worker, problem, batch, out), pieces, threads)


def worker(problem: Convolution, batch: int, out: NDArray[Any]) -> Worker:
    """Return a function that writes one tile of the result, `batch` groups at once."""
    groups, maps, channels, _, taps = problem.weight.shape
    matrices = _matrices(problem)
    scratch, general = Scratch(out.dtype), im2col.worker(problem, out)

    def work(tile: Tile) -> None:
        height, width = tile.size
        blocks = -(-height // ROWS)
        reach = problem.reach((blocks * ROWS, width))
        for first in range(0, groups, batch):
            part = slice(first, min(first + batch, groups))
            count = part.stop - first
            # Rows before channels: then all that a block of rows reads is one matrix as it stands.
            window = scratch("window", count, reach[0], channels, reach[1])
            problem.read(window.swapaxes(1, 2), tile, groups=part)
            if not problem.is_finite(window):
                general(tile)
                return
            target = out[tile.image, part, :, tile.top : tile.bottom, tile.left : tile.right]
            product = scratch("product", count, blocks, ROWS * maps, width)
            # Where rows of the result lie as the products give them, these are written where they belong at once.
            direct = maps == 1 and height % ROWS == 0
            sums = target.reshape(product.shape) if direct else scratch("sums", *product.shape)
            group, row, line, cell = window.strides
            for j in range(taps):
                shape = (count, blocks, matrices.shape[-1], width)
                read = as_strided(window[..., j * problem.dilation[1] :], shape, (group, row * ROWS, line, cell))
                np.matmul(matrices[j, part], read, out=product if j else sums)
                if j:
                    sums += product
            if not direct:
                target[...] = sums.reshape(count, blocks * ROWS, maps, width)[:, :height].swapaxes(1, 2)
            if problem.bias is not None:
                target += problem.bias[part, :, None, None]

    return work


def _matrices(problem: Convolution) -> NDArray[Any]:
    """Return for each column of the kernel the banded matrix (groups, 1, rows * maps, span * channels)."""
    groups, maps, channels, height, width = problem.weight.shape
    span, step = problem.reach((ROWS, 1))[0], problem.dilation[0]
    bands = np.zeros((width, groups, ROWS, maps, span, channels), problem.weight.dtype)
    for row in range(ROWS):
        bands[:, :, row, :, row : row + (height - 1) * step + 1 : step] = problem.weight.transpose(4, 0, 1, 3, 2)
    return bands.reshape(width, groups, 1, ROWS * maps, span * channels)


def _limits(problem: Convolution, batch: int) -> tuple[int, int]:
    """Return the most cells and columns of a tile: it fits the cache, and each product stays on its thread."""
    _, maps, channels, _, _ = problem.weight.shape
    span = problem.reach((ROWS, 1))[0]
    widest = max(strip_width(ROWS * maps, span * channels), 64)
    return CELLS // (batch * (channels + 2 * maps)), widest


def _batch(problem: Convolution, threads: int) -> int:
    """Return how many groups to compute at once."""
    groups, maps, channels, _, _ = problem.weight.shape
    cells = BATCH * (LONGER if threads > 1 else 1)
    return int(min(max(cells // (prod(problem.size) * (channels + 2 * maps)), 1), groups))


def _window_cells(problem: Convolution) -> int:
    """Return how many cells the largest tile reads, on however many threads."""
    channels, batch = problem.weight.shape[2], _batch(problem, threads=2)
    cells, widest = _limits(problem, batch)
    reach = problem.reach(largest_piece(problem.size, cells, block=ROWS, widest=widest))
    return int(batch * channels * reach[0] * reach[1])
