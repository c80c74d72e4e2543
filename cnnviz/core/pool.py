"""Pooling: a window slides over every map by itself and leaves one number for the cells it covers.

What it leaves is the mode; a mode is a reduction and the value that padding must have so that it never counts.
`plain` is the definition; `core/fast/pool_separable.py` does the same, rows first, then columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from cnnviz.core import shapes
from cnnviz.core.shapes import PadLike, Pair, Sides
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class PoolMode:
    """One way to make one number of a window; `outside` is what a cell outside the input counts as."""

    name: str
    note: str
    reduction: str
    outside: float


POOLS = {
    mode.name: mode
    for mode in (
        PoolMode("max", "the largest value of the window", "maximum", -math.inf),
        PoolMode(
            "avg",
            "the mean of the window (padding counts as 0 unless excluded; TensorFlow excludes it)",
            "add",
            0.0,
        ),
        PoolMode("min", "the smallest value of the window", "minimum", math.inf),
        PoolMode("lp", "the p-norm of the window, (Σ|x|^p)^(1/p)", "norm", 0.0),
        PoolMode("sum", "the sum of the window", "add", 0.0),
    )
}


@dataclass(frozen=True, slots=True)
class Pooling:
    """All that `pool2d` was asked, checked and in one form; `x` is (N, C, H, W)."""

    x: NDArray[Any]
    mode: PoolMode
    window: Pair
    stride: Pair
    sides: Sides
    dilation: Pair
    count_include_pad: bool
    p: float
    size: Pair


def pool2d(
    x: ArrayLike,
    mode: str = "max",
    size: int | Sequence[int] = 2,
    *,
    stride: int | Sequence[int] | None = None,
    pad: PadLike = 0,
    dilation: int | Sequence[int] = 1,
    ceil: bool = False,
    count_include_pad: bool = True,
    p: float = 2.0,
) -> NDArray[Any]:
    """Return `x` pooled: the reduction `mode` of every window of `size` cells."""
    import numpy as np

    from cnnviz.core.arrays import images

    image = images(x)
    if mode not in POOLS:
        raise ArgumentError(f"unknown pooling {mode!r}: use one of {', '.join(POOLS)}", argument="mode")
    window = shapes.pair(size, "size")
    steps = window if stride is None else shapes.pair(stride, "stride")
    holes = shapes.pair(dilation, "dilation")
    sides = shapes.sides(pad, image.shape[2:], window, stride=steps, dilation=holes)
    if not isinstance(pad, str):
        for cells, pads in zip(window, (sides[:2], sides[2:])):
            if max(pads) > cells // 2:
                raise ArgumentError(
                    f"pad {max(pads)} is more than half the window of {cells} cells: at most {cells // 2} on each side",
                    argument="pad",
                )
    if not p > 0:
        raise ArgumentError(f"p must be above 0, not {p!r}", argument="p")
    from cnnviz.core.arrays import output_pair

    out_size = output_pair(image.shape[2:], window, steps, sides, holes, argument="size", ceil=ceil)
    problem = Pooling(image, POOLS[mode], window, steps, sides, holes, count_include_pad, float(p), out_size)
    for axis, name in enumerate(("height", "width")):
        if not axis_counts(problem, axis, include_pad=False).all():
            raise ArgumentError(
                f"{name}: a window reads no input cell at all: use less dilation or padding", argument="pad"
            )
    with np.errstate(all="ignore"):
        out = plain(problem)
    return out if np.ndim(x) == 4 else out[0]


def plain(problem: Pooling) -> NDArray[Any]:
    """Pool by the definition: gather the cells that each window reads, and reduce them."""
    import numpy as np

    from cnnviz.core.arrays import working_type
    from cnnviz.core.padding import fill

    x, mode = problem.x, problem.mode
    cells = np.empty((*problem.window, *x.shape[:2], *problem.size), working_type(x.dtype))
    for i, j in product(*map(range, problem.window)):
        first = (i * problem.dilation[0] - problem.sides[0], j * problem.dilation[1] - problem.sides[2])
        fill(cells[i, j], x, first, step=problem.stride, value=mode.outside)
    if mode.reduction == "norm":
        cells = np.abs(cells)
        if problem.p == math.inf:
            return cells.max(axis=(0, 1))
        return (cells**problem.p).sum(axis=(0, 1)) ** (1 / problem.p)
    out = getattr(np, mode.reduction).reduce(cells, axis=(0, 1))
    return out / counts(problem) if mode.name == "avg" else out


def counts(problem: Pooling) -> NDArray[Any]:
    import numpy as np

    from cnnviz.core.arrays import working_type

    rows, columns = (axis_counts(problem, axis, include_pad=problem.count_include_pad) for axis in (0, 1))
    return np.outer(rows, columns).astype(working_type(problem.x.dtype))


def axis_counts(problem: Pooling, axis: int, *, include_pad: bool) -> NDArray[Any]:
    """Return how many cells of each window lie in the input, or in the input and its padding, along one axis."""
    import numpy as np

    before, after = problem.sides[2 * axis : 2 * axis + 2]
    low, high = (-before, problem.x.shape[axis + 2] + after) if include_pad else (0, problem.x.shape[axis + 2])
    start = np.arange(problem.size[axis]) * problem.stride[axis] - before
    taps = [np.clip(-((start - edge) // problem.dilation[axis]), 0, problem.window[axis]) for edge in (low, high)]
    return taps[1] - taps[0]
