"""What `conv2d` was asked, checked once and brought into one form: what every way to the result takes.

`x` is seen as groups of channels and `weight` as groups of kernels, padding has four sides, and a window of the padded
input can be read without the padded input ever existing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz.core import padding, shapes
from cnnviz.core.arrays import images, number, numbers, output_pair, working_type
from cnnviz.core.products import is_finite
from cnnviz.core.shapes import PadLike, Pair, Sides
from cnnviz.core.tiles import Tile
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


HARMLESS = 1e6  # padding of up to so much is as good as a byte: its squares, and their sum, are finite
MOST_SUMMED = 257  # bytes whose sum two bytes hold


class Convolution(NamedTuple):
    """All that `conv2d` was asked, checked and in one form; what every way takes.

    `x` is (N, G, C, H, W) in its own type, with C the channels of one group of G, and counts in parts of `unit`: the
    values are `x` / `unit`. `weight` (G, O, C, kH, kW) and `bias` (G, O) are in the type to compute in; `weight` has 1
    for C where the channels are summed as they are read. `size` is that of the output, (height, width). A stride that
    leads nowhere, since the kernel has one place only, is 1, and so is the dilation of a single tap.
    """

    x: NDArray[Any]
    weight: NDArray[Any]
    bias: NDArray[Any] | None
    stride: Pair
    sides: Sides
    dilation: Pair
    pad_mode: str
    pad_value: float
    size: Pair
    unit: int = 1

    @classmethod
    def of(
        cls,
        x: ArrayLike,
        weight: ArrayLike,
        bias: ArrayLike | None = None,
        stride: int | Sequence[int] = 1,
        pad: PadLike = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        pad_mode: str = "constant",
        pad_value: float = 0.0,
        unit: int = 1,
    ) -> Convolution:
        """Check the arguments of `conv2d`, and bring them into one form."""
        image, kernels = images(x), numbers(weight, "weight")
        if kernels.ndim != 4 or 0 in kernels.shape:
            hint = ": write weight[None, None]" if kernels.ndim == 2 else ""
            raise ArgumentError(
                f"weight has the shape (O, C/groups, kH, kW) with no empty axis, not {kernels.shape}{hint}",
                argument="weight",
            )
        (count, channels, *size), (maps, depth, *kernel) = image.shape, kernels.shape
        groups = shapes.whole(groups, "groups", least=1)
        if channels % groups or maps % groups:
            raise ArgumentError(
                f"{groups} groups do not divide {channels} channels and {maps} kernels evenly", argument="groups"
            )
        if depth * groups != channels:
            each = f" in each of {groups} groups" if groups > 1 else ""
            raise ArgumentError(
                f"weight has {depth} channels and x has {channels // groups}{each}: they must be the same",
                argument="weight",
            )
        biases = None if bias is None else numbers(bias, "bias")
        if biases is not None and biases.shape != (maps,):
            raise ArgumentError(
                f"bias has the shape ({maps},), one for each kernel, not {biases.shape}", argument="bias"
            )
        steps, holes = shapes.pair(stride, "stride"), shapes.pair(dilation, "dilation")
        sides = shapes.sides(pad, (size[0], size[1]), (kernel[0], kernel[1]), stride=steps, dilation=holes)
        places = output_pair(size, kernel, steps, sides, holes, argument="weight")
        dtype = working_type(image.dtype)
        with np.errstate(all="ignore"):  # A weight too large for float32 is infinity.
            return cls(
                x=image.reshape(count, groups, depth, *size),
                weight=np.ascontiguousarray(kernels, dtype).reshape(groups, -1, depth, *kernel),
                bias=None if biases is None else biases.astype(dtype).reshape(groups, -1),
                stride=_used(steps, places),
                sides=sides,
                dilation=_used(holes, kernel),
                pad_mode=padding.check(pad_mode, sides, (size[0], size[1])),
                pad_value=number(pad_value, "pad_value"),
                size=places,
                unit=unit,
            )

    @property
    def is_pointwise(self) -> bool:
        """Whether each patch is one cell, and the patches lie in `x` one after the other as they are needed."""
        item = self.weight.itemsize
        return (
            self.weight.shape[3:] == (1, 1)
            and self.size == self.x.shape[3:]
            and not any(self.sides)
            and self.x.dtype == self.weight.dtype
            and self.x.strides[3:] == (self.x.shape[4] * item, item)
        )

    @property
    def is_bytes(self) -> bool:
        """Whether the padded input is bytes, or padding as harmless as bytes: finite, and cheap to sum."""
        return self.x.dtype == np.uint8 and abs(self.pad_value) <= HARMLESS

    def summed(self) -> Convolution:
        """Return the same with one channel for all where they weigh alike and are bytes, whose sums are exact.

        `x` stays as it is: channels are summed as they are read.
        """
        channels = self.weight.shape[2]
        if not self.is_bytes or not 1 < channels <= MOST_SUMMED or (self.weight != self.weight[:, :, :1]).any():
            return self
        return self._replace(weight=np.ascontiguousarray(self.weight[:, :, :1]))

    def is_finite(self, window: NDArray[Any]) -> bool:
        """Return whether a window that was read holds neither NaN nor infinity: of bytes one knows without looking."""
        return self.is_bytes or is_finite(window)

    def tiles(self) -> list[Tile]:
        """Return the whole output as tiles, one for each image of the batch."""
        return [Tile(image, 0, self.size[0], 0, self.size[1]) for image in range(len(self.x))]

    def reach(self, size: Pair, kernel: Pair | None = None) -> Pair:
        """Return how many rows and columns of padded input `size` outputs read, or read with a part of the kernel."""
        taps = kernel or self.weight.shape[3:]
        return (
            (size[0] - 1) * self.stride[0] + shapes.extent(taps[0], self.dilation[0]),
            (size[1] - 1) * self.stride[1] + shapes.extent(taps[1], self.dilation[1]),
        )

    def read(
        self,
        out: NDArray[Any],
        tile: Tile,
        *,
        groups: slice = slice(None),
        tap: Pair = (0, 0),
        step: Pair = (1, 1),
    ) -> None:
        """Write padded input into `out` (groups, C, rows, columns), from where `tap` meets the tile's first place."""
        x, first, value = self.x[tile.image, groups], self._first(tile, tap), self.pad_value
        sums = x.shape[1] != self.weight.shape[2]
        if sums:
            value *= x.shape[1]

        def write(cells: NDArray[Any], out: NDArray[Any]) -> None:
            out[...] = np.add.reduce(cells, axis=-3, dtype=np.uint16, keepdims=True) if sums else cells
            if self.unit != 1:
                out /= self.unit

        padding.fill(out, x, first, step=step, mode=self.pad_mode, value=value, write=write)

    def _first(self, tile: Tile, tap: Pair = (0, 0)) -> Pair:
        """Return the row and the column of `x` where `tap` meets the first place of a tile."""
        return (
            tile.top * self.stride[0] + tap[0] * self.dilation[0] - self.sides[0],
            tile.left * self.stride[1] + tap[1] * self.dilation[1] - self.sides[2],
        )


def _used(steps: Pair, counts: Sequence[int]) -> Pair:
    """Return steps between so many places, (height, width): 1 where there is only one, and no step is taken."""
    return steps[0] if counts[0] > 1 else 1, steps[1] if counts[1] > 1 else 1
