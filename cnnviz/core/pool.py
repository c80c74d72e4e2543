"""Pooling: a window slides over every map by itself and leaves one number for the cells it covers.

What it leaves is the mode; a mode is a reduction, and the value a cell outside the input must have so that it never
counts. `plain` is the definition; `core/fast/pool_separable.py` gives the same, rows first, then columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.core import shapes
from cnnviz.core.padding import fill
from cnnviz.core.shapes import PadLike, Pair, Sides
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from cnnviz.core.tiles import Tile


class PoolMode(NamedTuple):
    """One way to make one number of a window.

    `reduction` is 'maximum', 'minimum', 'add' or 'norm'; `outside` is what a cell outside the input counts as.
    """

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
            "the mean of the window; padding counts as zeros, as in PyTorch, unless excluded, as in TensorFlow",
            "add",
            0.0,
        ),
        PoolMode("min", "the smallest value of the window", "minimum", math.inf),
        PoolMode("lp", "the p-norm, (Σ|x|^p)^(1/p): between a sum (p = 1) and a maximum (large p)", "norm", 0.0),
        PoolMode("sum", "the sum of the window", "add", 0.0),
    )
}
"""Every mode by its name."""


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
    """Return every map of `x` pooled by itself: a new C-contiguous array.

    `x` is (C, H, W) or (N, C, H, W), the result (C, oH, oW) or (N, C, oH, oW), float64 for float64 and longer
    floats, else float32. `mode` is a name of `POOLS`. `size`, `stride` (None: the size) and `dilation` are in cells,
    one number or (height, width); `pad` is a number of cells, at most half the window on each side, (height, width),
    (top, bottom, left, right), 'valid', 'same' or 'same-lower'. With `ceil` a last window may reach beyond the
    padded input; one that would start there is dropped. `count_include_pad` says whether 'avg' divides by padding
    cells too; cells beyond the padding never count. `p`, above 0 and possibly infinite, is the exponent of 'lp'.
    NaN anywhere in a window makes its result NaN.

    Raises ArgumentError where anything does not fit, and where a window reads no input cell at all: the error names
    the argument; MemoryLimitError where the result cannot be held.

    Sources: PyTorch, `max_pool2d` and `avg_pool2d`; ONNX, `LpPool`.
    """
    from cnnviz.core.arrays import empty, numbers
    from cnnviz.core.fast import pool_separable

    array = numbers(x, "x")
    problem = Pooling.of(array, mode, size, stride, pad, dilation, ceil, count_include_pad, p)
    out = empty((*problem.x.shape[:2], *problem.size), problem.dtype)
    pool_separable.run(problem, out)
    return out if array.ndim == 4 else out[0]


class Pooling(NamedTuple):
    """All that `pool2d` was asked, checked and in one form.

    `x` is (N, C, H, W) in its own type, `dtype` the type to compute in, `size` that of the output (height, width).
    """

    x: NDArray[Any]
    dtype: np.dtype[Any]
    mode: PoolMode
    window: Pair
    stride: Pair
    sides: Sides
    dilation: Pair
    count_include_pad: bool
    p: float
    size: Pair

    @classmethod
    def of(
        cls,
        x: ArrayLike,
        mode: str = "max",
        size: int | Sequence[int] = 2,
        stride: int | Sequence[int] | None = None,
        pad: PadLike = 0,
        dilation: int | Sequence[int] = 1,
        ceil: bool = False,
        count_include_pad: bool = True,
        p: float = 2.0,
    ) -> Pooling:
        """Check the arguments of `pool2d`, and bring them into one form."""
        from cnnviz.core.arrays import images, number, output_pair, working_type

        image = images(x)
        cells: Pair = image.shape[2:]
        if not isinstance(mode, str) or mode not in POOLS:
            raise ArgumentError(f"unknown pooling mode {mode!r}: use one of {', '.join(POOLS)}", argument="mode")
        window = shapes.pair(size, "size")
        steps = window if stride is None else shapes.pair(stride, "stride")
        holes = shapes.pair(dilation, "dilation")
        sides = shapes.sides(pad, cells, window, stride=steps, dilation=holes)
        for name, most, most_given in zip(("height", "width"), window, (max(sides[:2]), max(sides[2:])), strict=True):
            if most_given > most // 2 and not isinstance(pad, str):
                raise ArgumentError(
                    f"{name}: padding by {most_given} is more than half the window of {most}: "
                    f"use {most // 2} or less, or a larger window",
                    argument="pad",
                )
        exponent = number(p, "p")
        if not exponent > 0:
            raise ArgumentError(f"p must be above 0, not {p!r}: 1 sums, 2 is the usual norm", argument="p")
        out_size = output_pair(cells, window, steps, sides, holes, ceil=bool(ceil), what="window", argument="size")
        problem = cls(
            x=image,
            dtype=working_type(image.dtype),
            mode=POOLS[mode],
            window=window,
            stride=steps,
            sides=sides,
            dilation=holes,
            count_include_pad=bool(count_include_pad),
            p=exponent,
            size=out_size,
        )
        for axis, name in enumerate(("height", "width")):
            if any(sides) and not problem.axis_cells(axis, with_padding=False).all():
                raise ArgumentError(
                    f"{name}: a window reads no cell of the input, only padding: use less padding or dilation",
                    argument="pad",
                )
        return problem

    def narrowed(self) -> Pooling:
        """Return the same without the taps that meet the input in no window: they never count, and may be many."""
        window, sides = list(self.window), list(self.sides)
        for axis in (0, 1):
            before, step = self.sides[2 * axis], self.dilation[axis]
            # The last window is the one whose first taps come in, the first the one whose last taps do.
            first = max(-(((self.size[axis] - 1) * self.stride[axis] - before) // step), 0)
            last = min(-(-(self.x.shape[2 + axis] + before) // step), window[axis])
            window[axis], sides[2 * axis] = last - first, before - first * step
        return self._replace(window=(window[0], window[1]), sides=(sides[0], sides[1], sides[2], sides[3]))

    def corner(self, tile: Tile) -> Pair:
        """Return the row and column of `x`, negative in the padding, where the first window of a tile begins."""
        return tile.top * self.stride[0] - self.sides[0], tile.left * self.stride[1] - self.sides[2]

    def read(self, out: NDArray[Any], tile: Tile, *, row: int | None = None) -> None:
        """Write the input from a tile's corner on into `out` (C, rows, columns), or one row of every window."""
        top, left = self.corner(tile)
        if row is not None:
            top += row * self.dilation[0]
        step = (1 if row is None else self.stride[0], 1)
        fill(out, self.x[tile.image], (top, left), step=step, value=self.mode.outside)

    def cells(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return how many cells each window's mean divides by, as the factors (oH, 1) and (oW,): a tile needs few."""
        rows, columns = (
            self.axis_cells(axis, with_padding=self.count_include_pad).astype(self.dtype) for axis in (0, 1)
        )
        return rows[:, None], columns

    def axis_cells(self, axis: int, *, with_padding: bool) -> NDArray[np.int64]:
        """Return how many cells of each window lie in the input, or in the input and its padding, along one axis."""
        import numpy as np

        before, after = self.sides[2 * axis : 2 * axis + 2]
        length = self.x.shape[2 + axis]
        low, high = (-before, length + after) if with_padding else (0, length)
        start = np.arange(self.size[axis]) * self.stride[axis] - before
        # The first tap at or beyond an edge; what lies between the two edges is inside.
        first, last = (np.maximum(-((start - edge) // self.dilation[axis]), 0) for edge in (low, high))
        return np.asarray(np.minimum(last, self.window[axis]) - np.minimum(first, self.window[axis]))


def plain(problem: Pooling, out: NDArray[Any]) -> None:
    """Pool by the definition: gather the cells that each window reads, and reduce them.

    The way to read and to test against, never chosen: it holds every cell of every window.
    """
    import numpy as np

    cells = np.empty((*problem.window, *out.shape), out.dtype)
    for i, j in product(*map(range, problem.window)):
        first = (i * problem.dilation[0] - problem.sides[0], j * problem.dilation[1] - problem.sides[2])
        fill(cells[i, j], problem.x, first, step=problem.stride, value=problem.mode.outside)
    if problem.mode.reduction == "norm":
        cells, p = np.abs(cells), problem.p
        out[...] = cells.max(axis=(0, 1)) if p == math.inf else (cells**p).sum(axis=(0, 1)) ** (1 / p)
    else:
        out[...] = getattr(np, problem.mode.reduction).reduce(cells, axis=(0, 1))
    if problem.mode.name == "avg":
        rows, columns = problem.cells()
        out /= rows * columns
