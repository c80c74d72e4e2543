"""Convolution: lay the kernel over a place of the input, multiply cell by cell, sum; that is one output value.

`plain` is that sentence in NumPy. The ways in `core/fast` give the same values sooner: `choose` picks the one that
costs least, and the tests hold every way against the plain one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core import padding
from cnnviz.core.arrays import empty, numbers
from cnnviz.core.brightness import Brightness, as_stored
from cnnviz.core.conv_problem import Convolution
from cnnviz.core.fast import im2col, im2col_rows, separable, toeplitz
from cnnviz.core.shapes import PadLike
from cnnviz.core.threads import processors
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


SHARED = 1e6
"""Nanoseconds of work from which on a second thread pays: to start one and wait for it takes a third of that."""


def conv2d(
    x: ArrayLike | Brightness,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int | Sequence[int] = 1,
    pad: PadLike = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    pad_mode: str = "constant",
    pad_value: float = 0.0,
) -> NDArray[Any]:
    """Return the convolution of `x` with every kernel of `weight`, plus `bias`: a new C-contiguous array.

    `x` is (C, H, W) or (N, C, H, W), `weight` (O, C/groups, kH, kW), `bias` (O,); the result is (O, oH, oW) or
    (N, O, oH, oW), float64 for float64 and longer floats, else float32. The kernel is not flipped: what networks
    call convolution is cross-correlation. `stride` and `dilation` are in cells, one number or (height, width); `pad`
    is a number of cells, (height, width), (top, bottom, left, right), 'valid', 'same' or 'same-lower'; `pad_mode` is
    a name of `PAD_MODES`, and `pad_value` what the mode 'constant' pads with. NaN and infinity go through as in IEEE
    arithmetic, without a warning.

    Raises ArgumentError where anything does not fit: the error names the argument; MemoryLimitError where the result
    cannot be held.

    Source: PyTorch, `torch.nn.functional.conv2d`.
    """
    stored, unit = as_stored(x)
    array = numbers(stored, "x")
    problem = Convolution.of(array, weight, bias, stride, pad, dilation, groups, pad_mode, pad_value, unit)
    out = convolve(problem, choose(problem))
    return out if array.ndim == 4 else out[0]


def plain(problem: Convolution, out: NDArray[Any], threads: int = 1) -> None:
    """Convolve by the definition: for each tap of the kernel, its weight times the input shifted to it, all summed.

    The way to read and to test against, never chosen: it pads the whole input, and has one thread.
    """
    (sy, sx), (dy, dx), (height, width) = problem.stride, problem.dilation, problem.size
    x = np.divide(problem.x, problem.unit, dtype=out.dtype)
    padded = padding.pad2d(x, problem.sides, problem.pad_mode, problem.pad_value)
    out[:] = 0 if problem.bias is None else problem.bias[..., None, None]
    for i, j in product(*map(range, problem.weight.shape[3:])):
        shifted = padded[..., i * dy :: sy, j * dx :: sx][..., :height, :width]
        out += np.einsum("goc,ngchw->ngohw", problem.weight[..., i, j], shifted)


class Way(NamedTuple):
    """A way to the result: `run` writes it, `cost` is nanoseconds for each place, infinite where it does not fit.

    `run` is told how many threads may share the work.
    """

    run: Callable[[Convolution, NDArray[Any], int], None]
    cost: Callable[[Convolution], float]


WAYS = {
    "separable": Way(separable.run, separable.cost),
    "toeplitz": Way(toeplitz.run, toeplitz.cost),
    "im2col_rows": Way(im2col_rows.run, im2col_rows.cost),
    "im2col": Way(im2col.run, im2col.cost),
    "plain": Way(plain, lambda problem: sys.float_info.max),
}
"""Every way by its name; `core/fast` says of each when it is chosen and why."""


def choose(problem: Convolution) -> str:
    """Return the name of the way that costs least."""
    problem = problem.summed()
    return min(WAYS, key=lambda name: WAYS[name].cost(problem))


def convolve(problem: Convolution, way: str) -> NDArray[Any]:
    """Return the result (N, O, oH, oW), computed in one way; raises ArgumentError where that way does not fit."""
    if way != "plain":
        problem = problem.summed()
    cost = WAYS[way].cost(problem) if way in WAYS else np.inf
    if cost == np.inf:
        raise ArgumentError(f"the way {way!r} cannot compute this: use one of {', '.join(WAYS)}", argument="way")
    groups, maps = problem.weight.shape[:2]
    out = empty((len(problem.x), groups, maps, *problem.size), problem.weight.dtype)
    threads = processors() if cost * out.size / maps / groups >= SHARED else 1
    with np.errstate(all="ignore"):
        WAYS[way].run(problem, out, threads)
    return out.reshape(len(out), groups * maps, *problem.size)
