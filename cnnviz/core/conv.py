"""Convolution: every output value is one kernel laid over one place of the input, multiplied cell by cell and summed.

`plain` is that sentence in NumPy. The ways in `core/fast` give the same values sooner, `choose` picks one of them,
and the tests hold every way against the plain one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core import padding, shapes
from cnnviz.core.arrays import images, numbers, working_type
from cnnviz.core.shapes import PadLike, Pair, Sides
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Convolution:
    """All that `conv2d` was asked, checked and in one form; what every way takes.

    `x` is (N, C, H, W) in its own type; `weight` (O, C/groups, kH, kW) and `bias` (O,) are in the type to compute in.
    """

    x: NDArray[Any]
    weight: NDArray[Any]
    bias: NDArray[Any] | None
    stride: Pair
    sides: Sides
    dilation: Pair
    groups: int
    pad_mode: str
    pad_value: float
    size: Pair

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        """(N, O, oH, oW)."""
        return self.x.shape[0], self.weight.shape[0], *self.size


def conv2d(
    x: ArrayLike,
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
    """Return the convolution (cross-correlation, as in every CNN) of `x` with `weight`, plus `bias`."""
    problem = check(
        x,
        weight,
        bias,
        stride=stride,
        pad=pad,
        dilation=dilation,
        groups=groups,
        pad_mode=pad_mode,
        pad_value=pad_value,
    )
    with np.errstate(all="ignore"):
        out = plain(problem)
    return out if np.ndim(x) == 4 else out[0]


def plain(problem: Convolution) -> NDArray[Any]:
    """Convolve by the definition: for each tap of the kernel, its weight times the input shifted to it, all summed."""
    (sy, sx), (dy, dx), (height, width) = problem.stride, problem.dilation, problem.size
    x = padding.pad2d(problem.x, problem.sides, problem.pad_mode, problem.pad_value).astype(
        problem.weight.dtype
    )
    x = x.reshape(x.shape[0], problem.groups, -1, *x.shape[2:])
    weight = problem.weight.reshape(problem.groups, -1, *problem.weight.shape[1:])
    out = np.zeros((x.shape[0], *weight.shape[:2], height, width), x.dtype)
    for i, j in product(*map(range, weight.shape[3:])):
        shifted = x[..., i * dy :: sy, j * dx :: sx][..., :height, :width]
        out += np.einsum("goc,ngchw->ngohw", weight[..., i, j], shifted)
    out = out.reshape(problem.output_shape)
    return out if problem.bias is None else out + problem.bias[:, None, None]


def check(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    *,
    stride: int | Sequence[int],
    pad: PadLike,
    dilation: int | Sequence[int],
    groups: int,
    pad_mode: str,
    pad_value: float,
) -> Convolution:
    """Return the arguments of `conv2d` in one form; raises ArgumentError where they do not fit together."""
    image = images(x)
    channels, size = image.shape[1], image.shape[2:]
    dtype = working_type(image.dtype)
    kernels = numbers(weight, "weight")
    if kernels.ndim != 4 or 0 in kernels.shape:
        raise ArgumentError(
            f"weight has the shape (O, C/groups, kH, kW) with no empty axis, not {kernels.shape}"
            + (": add axes with weight[None, None]" if kernels.ndim == 2 else ""),
            argument="weight",
        )
    groups = shapes.whole(groups, "groups", least=1)
    if channels % groups or kernels.shape[0] % groups:
        raise ArgumentError(
            f"{groups} groups do not divide {channels} input channels and {kernels.shape[0]} kernels evenly",
            argument="groups",
        )
    if kernels.shape[1] != channels // groups:
        of = f" in {groups} groups" if groups > 1 else ""
        raise ArgumentError(
            f"weight has {kernels.shape[1]} channels, but x has {channels}{of}: it needs {channels // groups}",
            argument="weight",
        )
    biases = None if bias is None else numbers(bias, "bias")
    if biases is not None and biases.shape != kernels.shape[:1]:
        raise ArgumentError(
            f"bias has the shape (O,), here ({kernels.shape[0]},), not {biases.shape}", argument="bias"
        )
    steps, holes = shapes.pair(stride, "stride"), shapes.pair(dilation, "dilation")
    sides = shapes.sides(pad, size, kernels.shape[2:], stride=steps, dilation=holes)
    if isinstance(pad_value, bool) or not isinstance(pad_value, int | float | np.floating | np.integer):
        raise ArgumentError(f"pad_value must be a real number, not {pad_value!r}", argument="pad_value")
    with np.errstate(all="ignore"):
        return Convolution(
            x=image,
            weight=kernels.astype(dtype),
            bias=None if biases is None else biases.astype(dtype),
            stride=steps,
            sides=sides,
            dilation=holes,
            groups=groups,
            pad_mode=padding.check(pad_mode, sides, size),
            pad_value=float(pad_value),
            size=sizes(size, kernels.shape[2:], steps, sides, holes, argument="weight"),
        )


def sizes(
    size: Pair, kernel: Pair, stride: Pair, sides: Sides, dilation: Pair, *, argument: str, ceil: bool = False
) -> Pair:
    def along(axis: int, name: str) -> int:
        try:
            return shapes.output_size(
                size[axis],
                kernel[axis],
                stride=stride[axis],
                pad=sides[2 * axis : 2 * axis + 2],
                dilation=dilation[axis],
                ceil=ceil,
            )
        except ArgumentError as error:
            raise ArgumentError(f"{name}: {error}", argument=argument) from None

    return along(0, "height"), along(1, "width")
