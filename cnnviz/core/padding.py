"""The ring around a map: which cell of the map does a cell outside it repeat?

Every mode is one rule on the index of a row or a column, and rows and columns follow it independently. So a padded
map need never exist as a whole: `fill` writes any window of it, which is how the fast ways work tile by tile, and
`pad2d` is the window that is all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnnviz.core import shapes
from cnnviz.core.shapes import Pair, Sides
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

PAD_MODES = {
    "constant": "constant",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "replicate": "replicate",
    "circular": "circular",
    "zeros": "constant",
    "mirror": "reflect",
    "edge": "replicate",
    "nearest": "replicate",
    "wrap": "circular",
}
"""Every accepted name, and the mode it stands for."""


def pad2d(x: ArrayLike, sides: int | Sequence[int], mode: str = "constant", value: float = 0.0) -> NDArray[Any]:
    """Return a copy of `x`, (..., H, W), with a ring around its last two axes, in `x`'s own type.

    `sides` counts cells: the same number everywhere, (height, width) or (top, bottom, left, right). With `a b c` as
    the row: constant `v v | a b c`, reflect `c b | a b c`, symmetric `b a | a b c`, replicate `a a | a b c`,
    circular `b c | a b c`; `value` is the v of `constant` and means nothing to the other modes.

    Raises ArgumentError for an unknown mode, negative sides, and where a mode cannot pad that far; MemoryLimitError
    where the result cannot be held.
    """
    import numpy as np

    from cnnviz.core.arrays import empty

    array = np.asarray(x)
    if array.ndim < 2 or 0 in array.shape:
        raise ArgumentError(f"x has the shape (…, H, W) with no empty axis, not {array.shape}", argument="x")
    if isinstance(sides, str):
        raise ArgumentError(f"sides counts cells, {sides!r} does not", argument="sides")
    height, width = array.shape[-2:]
    ring = shapes.sides(sides, (height, width), (1, 1))
    canonical = check(mode, ring, (height, width))
    top, bottom, left, right = ring
    out = empty((*array.shape[:-2], top + height + bottom, left + width + right), array.dtype)
    fill(out, array, (-top, -left), mode=canonical, value=value)
    return out


def check(mode: str, sides: Sides, size: Pair) -> str:
    """Return the canonical name of `mode`, which must be able to pad (height, width) cells by `sides`."""
    if not isinstance(mode, str) or mode not in PAD_MODES:
        raise ArgumentError(f"unknown padding mode {mode!r}: use one of {', '.join(PAD_MODES)}", argument="pad_mode")
    canonical = PAD_MODES[mode]
    if canonical in ("reflect", "symmetric", "circular"):
        for name, cells, pads in (("height", size[0], sides[:2]), ("width", size[1], sides[2:])):
            most = cells - (canonical == "reflect")
            if max(pads) > most:
                raise ArgumentError(
                    f"{mode} can pad a {name} of {cells} by at most {most} on each side, not {max(pads)}: "
                    "use less padding, or the padding mode replicate or constant",
                    argument="pad",
                )
    return canonical


def fill(
    out: NDArray[Any],
    x: NDArray[Any],
    first: Pair,
    *,
    step: Pair = (1, 1),
    mode: str = "constant",
    value: float = 0.0,
    write: Callable[[NDArray[Any], NDArray[Any]], None] | None = None,
) -> None:
    """Write a window of the padded `x` into `out`, converting to its type.

    `out[..., r, c]` becomes the cell at row `first[0] + r * step[0]` and column `first[1] + c * step[1]`, counted
    from `x`'s own first cell: negative indices lie in the padding. `mode` is a canonical name, already checked.
    `write` makes values of cells (..., rows, columns) of `x` and writes them to their place; without it they are
    copied. `value` is written as it is.
    """
    write = write or _copy
    (r0, r1, rows), (c0, c1, columns) = (
        _inside(x.shape[axis], out.shape[axis], first[axis], step[axis]) for axis in (-2, -1)
    )
    write(x[..., rows, columns], out[..., r0:r1, c0:c1])
    if mode == "constant":
        out[..., :r0, :] = out[..., r1:, :] = value
        out[..., r0:r1, :c0] = out[..., r0:r1, c1:] = value
    elif (r0, r1, c0, c1) != (0, out.shape[-2], 0, out.shape[-1]):
        row, column = (_source(x.shape[axis], out.shape[axis], first[axis], step[axis], mode) for axis in (-2, -1))
        for band in (slice(r0), slice(r1, None)):
            write(x[..., row[band], columns], out[..., band, c0:c1])
        for band in (slice(c0), slice(c1, None)):
            write(x[..., row[:, None], column[band]], out[..., band])


def _copy(cells: NDArray[Any], out: NDArray[Any]) -> None:
    out[...] = cells


def _inside(size: int, count: int, first: int, step: int) -> tuple[int, int, slice]:
    """Return which of `count` indices lie on an axis of `size` cells, as a range, and the cells they name."""
    begin = min(max(-(first // step), 0), count)
    end = min(max(-((first - size) // step), 0), count)
    start = max(first + begin * step, 0)
    return begin, end, slice(start, max(first + (end - 1) * step + 1, start), step)


def _source(size: int, count: int, first: int, step: int, mode: str) -> NDArray[Any]:
    """Return the cell that each of `count` indices stands for."""
    import numpy as np

    index = first + step * np.arange(count)
    if mode == "replicate":
        return np.clip(index, 0, size - 1)
    if mode == "circular":
        return index % size
    last = size - 1
    if mode == "reflect":
        return last - np.abs(index % max(2 * last, 1) - last)
    if mode == "symmetric":
        index %= 2 * size
        return np.minimum(index, 2 * size - 1 - index)
    raise AssertionError(mode)
