"""A layer: it knows the shape it gives, the parameters it holds, and how to compute itself.

Four kinds suffice to see what a CNN does to a picture. Only one of them, the convolution, has anything to learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

from cnnviz.core import shapes
from cnnviz.core.activation import ACTIVATIONS, activate
from cnnviz.core.conv import conv2d
from cnnviz.core.history import LayerRecord
from cnnviz.core.pool import POOLS, pool2d
from cnnviz.core.shapes import PadLike, Pair, Shape, Sides
from cnnviz.core.wording import times
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.core.brightness import Brightness

    Array = NDArray[np.floating[Any]]

MOST_CELLS = 2**60
"""Of an array: their bytes have to be a number that a machine can count."""


class Layer(Protocol):
    """What the rest of the program asks of a layer."""

    def describe(self, shape: Shape) -> LayerRecord:
        """Return what the layer does to an input of that shape, before a single value is computed.

        Raises ArgumentError where the layer does not fit the shape.
        """
        ...

    def forward(self, x: Array | Brightness) -> Array:
        """Compute the layer on (C, H, W) or (N, C, H, W), or on a picture in bytes."""
        ...

    def labels(self, labels: Sequence[str]) -> list[str]:
        """Return a label for each output map, given those of the input."""
        ...

    def pictures(self, pictures: Sequence[bool]) -> list[bool]:
        """Say of each output map whether its values are still brightness, given the same of the input."""
        ...


def blank(*shape: int) -> Array:
    """Return an array of zeros that takes no room, for layers and inputs that are described and never computed.

    Raises ArgumentError where it would have more cells than an array can count.
    """
    import numpy as np

    if prod(shape) > MOST_CELLS:
        raise ArgumentError(
            f"an array of {times(shape)} numbers is too large to be described: use a smaller one",
            argument="weight",
        )
    return np.broadcast_to(np.float32(0), shape)


@dataclass(frozen=True, eq=False)
class Conv:
    """Convolution with `weight` (O, C/groups, kH, kW) and one `bias` for each of the O maps."""

    weight: Array
    bias: Array | None = None
    map_labels: Sequence[str] = ()
    name: str = "conv"
    stride: Pair = (1, 1)
    pad: PadLike = 0
    dilation: Pair = (1, 1)
    groups: int = 1
    pad_mode: str = "constant"
    pad_value: float = 0.0
    channels: str | None = None

    def describe(self, shape: Shape) -> LayerRecord:
        """See Layer."""
        channels, height, width = shape
        maps, per_group, *kernel = self.weight.shape
        if per_group * self.groups != channels:
            raise ArgumentError(
                f"the kernel takes {per_group * self.groups} channels, the input has {channels}: "
                "use a kernel of that depth, --groups, or a flat kernel",
                argument="weight",
            )
        if maps % self.groups:
            raise ArgumentError(f"{self.groups} groups do not divide {maps} kernels", argument="groups")
        size = (kernel[0], kernel[1])
        sides = shapes.sides(self.pad, (height, width), size, stride=self.stride, dilation=self.dilation)
        output, uncovered = _windows((height, width), size, self.stride, sides, self.dilation)
        return LayerRecord(
            name=self.name,
            type="conv",
            input_shape=shape,
            output_shape=(maps, *output),
            kernel_size=size,
            stride=self.stride,
            pad=sides,
            pad_mode=self.pad_mode,
            pad_value=self.pad_value if self.pad_mode == "constant" else None,
            dilation=self.dilation,
            groups=self.groups,
            channels=self.channels,
            weights=self.weight.size,
            biases=0 if self.bias is None else self.bias.size,
            macs=self.weight.size * output[0] * output[1],
            uncovered=uncovered,
        )

    def forward(self, x: Array | Brightness) -> Array:
        """See Layer."""
        return conv2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
            groups=self.groups,
            pad_mode=self.pad_mode,
            pad_value=self.pad_value,
        )

    def labels(self, labels: Sequence[str]) -> list[str]:
        """See Layer."""
        return list(self.map_labels) or [f"map {i}" for i in range(self.weight.shape[0])]

    def pictures(self, pictures: Sequence[bool]) -> list[bool]:
        """See Layer: brightness is kept by weights that sum to 1, with no bias."""
        sums = self.weight.sum(axis=(1, 2, 3), dtype="float64")
        biases = [0.0] * len(sums) if self.bias is None else self.bias
        per_group = len(pictures) // self.groups
        maps_per_group = len(sums) // self.groups
        return [
            all(pictures[i // maps_per_group * per_group :][:per_group]) and bool(abs(total - 1) < 1e-4) and not bias
            for i, (total, bias) in enumerate(zip(sums, biases, strict=True))
        ]


@dataclass(frozen=True)
class Pool:
    """Pooling: a window slides over each map by itself and keeps one value of every patch. `size` None is the map."""

    mode: str = "max"
    size: Pair | None = (2, 2)
    stride: Pair | None = None
    pad: PadLike = 0
    dilation: Pair = (1, 1)
    ceil: bool = False
    count_include_pad: bool = True
    p: float = 2.0

    def _size(self, height: int, width: int) -> Pair:
        return self.size or (height, width)

    def describe(self, shape: Shape) -> LayerRecord:
        """See Layer."""
        channels, height, width = shape
        if self.mode not in POOLS:
            raise ArgumentError(f"unknown pooling {self.mode!r}: use {', '.join(POOLS)}", argument="mode")
        size = self._size(height, width)
        stride = self.stride or size
        sides = shapes.sides(self.pad, (height, width), size, stride=stride, dilation=self.dilation)
        output, uncovered = _windows((height, width), size, stride, sides, self.dilation, ceil=self.ceil, what="window")
        return LayerRecord(
            name=f"global {self.mode} pool" if self.size is None else f"{self.mode} pool",
            type="pool",
            mode=self.mode,
            input_shape=shape,
            output_shape=(channels, *output),
            kernel_size=size,
            stride=stride,
            pad=sides,
            dilation=self.dilation,
            ceil=self.ceil,
            count_include_pad=self.count_include_pad if self.mode == "avg" else None,
            p=self.p if self.mode == "lp" else None,
            uncovered=uncovered,
        )

    def forward(self, x: Array | Brightness) -> Array:
        """See Layer."""
        return pool2d(
            x,
            self.mode,
            self._size(*x.shape[-2:]),
            stride=self.stride,
            pad=self.pad,
            dilation=self.dilation,
            ceil=self.ceil,
            count_include_pad=self.count_include_pad,
            p=self.p,
        )

    def labels(self, labels: Sequence[str]) -> list[str]:
        """See Layer."""
        return list(labels)

    def pictures(self, pictures: Sequence[bool]) -> list[bool]:
        """See Layer: a value picked from the patch, or its mean, is brightness still."""
        return list(pictures) if self.mode in ("max", "min", "avg", "median") else [False] * len(pictures)


@dataclass(frozen=True)
class Activation:
    """A function applied to every value by itself."""

    function: str = "relu"

    def describe(self, shape: Shape) -> LayerRecord:
        """See Layer."""
        if self.function not in ACTIVATIONS:
            raise ArgumentError(
                f"unknown activation {self.function!r}: use {', '.join(ACTIVATIONS)}", argument="activation"
            )
        return LayerRecord(
            name=self.function, type="activation", mode=self.function, input_shape=shape, output_shape=shape
        )

    def forward(self, x: Array | Brightness) -> Array:
        """See Layer."""
        return activate(x, self.function)

    def labels(self, labels: Sequence[str]) -> list[str]:
        """See Layer."""
        return list(labels)

    def pictures(self, pictures: Sequence[bool]) -> list[bool]:
        """See Layer: relu and abs leave what lies between black and white alone."""
        return list(pictures) if self.function in ("none", "relu", "abs") else [False] * len(pictures)


@dataclass(frozen=True)
class Magnitude:
    """Joins pairs of maps, the change along x and along y, into the length of the gradient, √(x² + y²)."""

    input_labels: Sequence[str]
    pairs: Sequence[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        found: list[tuple[int, int]] = []
        where = {label: i for i, label in enumerate(self.input_labels)}
        for label, x in where.items():
            y = where.get(label[:-2] + "-y") if label.endswith("-x") else None
            if y is not None:
                found.append((x, y))
        if not found:
            raise ArgumentError(
                "magnitude needs a pair of kernels, one along x and one along y: try sobel, scharr or prewitt",
                argument="magnitude",
            )
        object.__setattr__(self, "pairs", tuple(found))

    def _kept(self) -> list[tuple[str, tuple[int, ...]]]:
        """Every output map: its label, and the one or two input maps that it comes from."""
        partner = dict(self.pairs)
        taken = set(partner.values())
        out: list[tuple[str, tuple[int, ...]]] = []
        for i, label in enumerate(self.input_labels):
            if i in partner:
                out.append((label[:-2] + " magnitude", (i, partner[i])))
            elif i not in taken:
                out.append((label, (i,)))
        return out

    def describe(self, shape: Shape) -> LayerRecord:
        """See Layer."""
        channels, height, width = shape
        if channels != len(self.input_labels):
            raise ArgumentError(f"magnitude expects {len(self.input_labels)} maps, not {channels}")
        return LayerRecord(
            name="magnitude", type="magnitude", input_shape=shape, output_shape=(len(self._kept()), height, width)
        )

    def forward(self, x: Array | Brightness) -> Array:
        """See Layer."""
        import numpy as np

        kept, x = self._kept(), np.asarray(x)
        out = np.empty((*x.shape[:-3], len(kept), *x.shape[-2:]), dtype=x.dtype)
        with np.errstate(over="ignore"):  # a length beyond the type is infinity, as a sum is
            for i, (_, parts) in enumerate(kept):
                if len(parts) == 2:
                    np.hypot(x[..., parts[0], :, :], x[..., parts[1], :, :], out=out[..., i, :, :])
                else:
                    out[..., i, :, :] = x[..., parts[0], :, :]
        return out

    def labels(self, labels: Sequence[str]) -> list[str]:
        """See Layer."""
        return [label for label, _ in self._kept()]

    def pictures(self, pictures: Sequence[bool]) -> list[bool]:
        """See Layer."""
        return [len(parts) == 1 and pictures[parts[0]] for _, parts in self._kept()]


def _windows(
    size: Pair,
    kernel: Pair,
    stride: Pair,
    sides: Sides,
    dilation: Pair,
    *,
    ceil: bool = False,
    what: str = "kernel",
) -> tuple[Pair, Pair]:
    """Return the output size and the uncovered cells, each (rows, columns)."""
    out, left = [], []
    for axis in (0, 1):
        before, after = sides[2 * axis], sides[2 * axis + 1]
        count = shapes.output_size(
            size[axis],
            kernel[axis],
            stride=stride[axis],
            pad=(before, after),
            dilation=dilation[axis],
            ceil=ceil,
            what=what,
        )
        out.append(count)
        left.append(
            shapes.uncovered(
                size[axis], kernel[axis], count, stride=stride[axis], before=before, dilation=dilation[axis]
            )
        )
    return (out[0], out[1]), (left[0], left[1])
