"""A kernel that is a column times a row: slide the column, then the row, k + k taps instead of k × k.

Chosen for most preset kernels: boxes, Gaussians, Sobel and its like are such products, and so is one kernel given to
all channels, which are summed first. Factors are found by elimination around the largest weight, not by an SVD:
integer kernels have integer factors (1 2 1 and −1 0 1), so that taps of 0 cost nothing and taps of ±1 no
multiplication. Dropping zero taps is only right for finite input (0 · inf is NaN): a tile with NaN or infinity in it
takes the general way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from math import isqrt, prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from cnnviz.core.fast import im2col
from cnnviz.core.products import is_finite
from cnnviz.core.threads import spread
from cnnviz.core.tiles import Scratch, Tile, Worker, cut, largest_piece

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.core.conv_problem import Convolution

CELLS = 3 << 18
"""Cells that a tile reads and writes, about."""
WINDOW = 1 << 23
"""The most cells that a tile reads: the larger a kernel, the further beyond the tile."""
WEIGHTS = 1 << 23
"""The most weights that are taken apart."""
LARGE = 64
"""From so many rows on a kernel reads least beyond tiles that are as wide as they are high."""
LARGEST_WHOLE = 64
"""Factors are whole numbers up to here; beyond, fractions serve as well."""
ROUNDING = 1e-5
"""What is so near a whole number is one."""
CALL = 1000
"""Nanoseconds that NumPy takes to begin a pass, about."""
FEW = 8
"""Maps up to which others must be much faster: only here does an edge kernel give exactly 0 where a picture is flat."""
MOST = 32
"""Maps beyond which the passes over each of them cannot be cheaper than a matrix product."""


class Factors(NamedTuple):
    """weight[c, i, j] = channels[c] * column[i] * row[j]."""

    channels: tuple[float, ...]
    column: tuple[float, ...]
    row: tuple[float, ...]


Plan: TypeAlias = dict[tuple[float, ...], list[tuple[int, Factors]]]
"""The kernels of one group, by number, under the weights they give to the channels."""


def factor(weight: NDArray[Any]) -> Factors | None:
    """Return the factors of a kernel (C, kH, kW), None where it is no such product (to a few ulp of each weight)."""
    c, i, j = np.unravel_index(np.abs(weight).argmax(), weight.shape)
    largest = weight[c, i, j]
    if largest == 0:
        return None
    channels, column, row = weight[:, i, j] / largest, weight[c, :, j], weight[c, i, :] / largest
    if not _are_factors(weight, channels, column, row):
        return None
    tall, wide = _whole(column), _whole(row)
    if tall is not None and wide is not None:
        sign = -1 if tall.max() <= 0 else 1
        scale = largest / (tall[i] * wide[j])
        tall, wide = sign * tall, sign * wide
        whole = (channels * scale, tall, wide) if len(channels) > 1 else (channels, tall, wide * scale)
        if _are_factors(weight, *whole):
            channels, column, row = whole
    return Factors(tuple(channels.tolist()), tuple(column.tolist()), tuple(row.tolist()))


def _are_factors(weight: NDArray[Any], channels: NDArray[Any], column: NDArray[Any], row: NDArray[Any]) -> bool:
    error = np.abs(channels[:, None, None] * column[:, None] * row - weight)
    return bool((error <= 8 * np.finfo(weight.dtype).eps * np.abs(weight)).all())


def _whole(weights: NDArray[Any]) -> NDArray[Any] | None:
    """Return small whole numbers in about the proportions of the weights; None where there are none."""
    sizes = np.abs(weights)
    with np.errstate(over="ignore"):
        multiples = weights / sizes[sizes > 0].min()
    for times in (1, 2, 3):  # 3 10 3 is 1 10/3 1
        whole: NDArray[Any] = np.rint(multiples * times)
        if np.abs(whole).max() <= LARGEST_WHOLE and np.abs(whole - multiples * times).max() <= ROUNDING:
            return whole
    return None


def cost(problem: Convolution) -> float:
    """Return nanoseconds for each place of the kernel, about, on one thread; infinity where this way does not fit."""
    groups, maps, channels, *kernel = problem.weight.shape
    if groups * maps > MOST or kernel == [1, 1] or channels * prod(kernel) > WEIGHTS:
        return np.inf
    if not is_finite(problem.weight):
        return np.inf
    largest = largest_piece(problem.size, _places(problem), widest=_widest(problem))
    if channels * prod(problem.reach(largest)) > WINDOW:
        return np.inf
    plans = _plans(problem)
    if plans is None:
        return np.inf
    sy, sx = problem.stride
    passes, reading = 0, groups * channels * 3 * sy * sx
    for plan in plans:
        for mix, kernels in plan.items():
            passes += _passes(mix) * sy * sx if len(mix) > 1 else 0
            # A row with a stride reads with gaps, which is several times slower.
            passes += sum(_passes(kernel.column) * sx + _passes(kernel.row) * min(sx, 2) ** 2 for _, kernel in kernels)
    if groups * maps <= FEW:
        return float((reading + passes) * 0.09)
    return float((reading + passes) * 0.14 + passes * CALL / prod(largest))


def run(problem: Convolution, out: NDArray[Any], threads: int) -> None:
    """Write the result into `out`."""
    places, widest = _places(problem), _widest(problem)
    pieces = [piece for tile in problem.tiles() for piece in cut(tile, places, share=threads, widest=widest)]
    spread(partial(worker, problem, out), pieces, threads)


def worker(problem: Convolution, out: NDArray[Any]) -> Worker:
    """Return a function that writes one tile of the result."""
    (sy, sx), (dy, dx) = problem.stride, problem.dilation
    scratch, general = Scratch(out.dtype), im2col.worker(problem, out)
    plans = _plans(problem) or []

    def work(tile: Tile) -> None:
        height, width = tile.size
        reach = problem.reach(tile.size)
        target = out[tile.image, ..., tile.top : tile.bottom, tile.left : tile.right]
        window = scratch("window", problem.weight.shape[2], *reach)
        mixed, spare = scratch("mixed", *reach), scratch("spare", *reach)
        slid, row_spare = scratch("slid", height, reach[1]), scratch("row spare", height, width)
        for group, plan in enumerate(plans):
            problem.read(window[None], tile, groups=slice(group, group + 1))
            if not problem.is_finite(window):
                general(tile)
                return
            for channels, kernels in plan.items():
                one = window[0] if len(channels) == 1 else mixed
                if one is mixed:
                    weighted_sum(channels, window, mixed, spare)
                for index, (_, column, row) in kernels:
                    down = [one[i * dy :: sy][:height] for i in range(len(column))]
                    weighted_sum(column, down, slid, spare[:height])
                    along = [slid[:, j * dx :: sx][:, :width] for j in range(len(row))]
                    weighted_sum(row, along, target[group, index], row_spare)
        if problem.bias is not None and problem.bias.any():
            target += problem.bias[..., None, None]

    return work


def _plans(problem: Convolution) -> list[Plan] | None:
    """Return a plan for each group, None unless all kernels are products.

    Kernels that weigh the channels alike stand together, to share the sum over channels.
    """
    plans: list[Plan] = []
    for kernels in problem.weight:
        plans.append({})
        for index, kernel in enumerate(kernels):
            factors = factor(kernel)
            if factors is None:
                return None
            plans[-1].setdefault(factors.channels, []).append((index, factors))
    return plans


def weighted_sum(
    weights: Sequence[float], arrays: Iterable[NDArray[Any]], out: NDArray[Any], spare: NDArray[Any]
) -> None:
    """Write Σ weight · array into `out`, in as few passes as that takes; at least one weight is not 0.

    Arrays of the same weight, but for its sign, are added before they are multiplied, positive ones first.
    """
    alike: dict[float, list[tuple[float, NDArray[Any]]]] = {}
    for weight, array in sorted(zip(weights, arrays, strict=True), key=lambda term: -term[0]):
        if weight:
            alike.setdefault(abs(weight), []).append((weight, array))
    target = out
    for (weight, total), *others in alike.values():
        for other, array in others:
            (np.add if other == weight else np.subtract)(total, array, out=target)
            total = target
        if weight != 1 or not others:
            np.multiply(total, weight, out=target)
        if target is not out:
            out += target
        target = spare


def _passes(weights: Sequence[float]) -> int:
    """Return how many passes `weighted_sum` makes."""
    sizes = [abs(weight) for weight in weights if weight]
    return len(sizes) + len(set(sizes))


def _places(problem: Convolution) -> int:
    """Return how many outputs of each map make a tile."""
    return int(CELLS // (problem.weight.shape[2] + 1))


def _widest(problem: Convolution) -> int | None:
    """Return how many columns a tile has at most, None for whole rows."""
    return isqrt(_places(problem)) if problem.reach((1, 1))[0] >= LARGE else None
