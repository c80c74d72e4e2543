"""What the core takes for an array of numbers, and the type it computes in.

float32 stays float32 and float64 stays float64; longer floats become float64; shorter floats, integers and booleans
become float32. Nothing is converted here as a whole: tiles convert the part they read.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.shapes import Pair, Sides, output_size
from cnnviz.core.wording import times
from cnnviz.errors import ArgumentError, MemoryLimitError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

MOST_BYTES = 1 << 48
"""More than a processor can address: no array is so large, whatever the system promises."""
LINE = 64
"""Bytes of a cache line."""


def numbers(value: ArrayLike, name: str) -> NDArray[Any]:
    """Return `value` as an array of real numbers, without copying one that is; `name` is what an error calls it."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ArgumentError(f"{name} is ragged: give every row the same length", argument=name) from None
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"{name} must hold real numbers, not {array.dtype}", argument=name)
    return array


def images(x: ArrayLike) -> NDArray[Any]:
    """Return `x` as (N, C, H, W); without a batch axis N is 1."""
    array = numbers(x, "x")
    if array.ndim not in (3, 4) or 0 in array.shape:
        raise ArgumentError(
            f"x has the shape (C, H, W) or (N, C, H, W) with no empty axis, not {array.shape}", argument="x"
        )
    return array if array.ndim == 4 else array[None]


def working_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type to compute in: float64 for float64 and longer floats, float32 for all others."""
    return np.dtype(np.float64 if dtype.kind == "f" and dtype.itemsize >= 8 else np.float32)


def number(value: object, name: str) -> float:
    """Return `value` as a float, NaN and infinity included; anything but a real number raises ArgumentError."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise ArgumentError(f"{name} must be a real number, not {value!r}", argument=name)
    try:
        return float(value)
    except OverflowError:
        raise ArgumentError(f"{name} is too large: {value!r}", argument=name) from None


def empty(shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array that is still to be filled; raises MemoryLimitError where there can be none so large."""
    needed = prod(shape) * np.dtype(dtype).itemsize
    if needed < MOST_BYTES:
        with suppress(MemoryError):
            return aligned(shape, dtype)
    raise MemoryLimitError(
        f"a result of {times(shape)} values needs {needed / 2**30:.3g} GiB, more memory than there is: "
        "use less padding, a larger stride or a smaller input"
    )


def aligned(shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array that is still to be filled and begins where a cache line does.

    Elsewhere, which is where NumPy's own arrays begin, every vector that is read or written lies on two lines: in the
    cache an addition then takes twice as long.
    """
    kind = np.dtype(dtype)
    size = prod(shape) * kind.itemsize
    memory = np.empty(size + LINE, np.uint8)
    first = -memory.__array_interface__["data"][0] % LINE
    return memory[first : first + size].view(kind).reshape(shape)


def output_pair(
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Pair,
    sides: Sides,
    dilation: Pair,
    *,
    ceil: bool = False,
    what: str = "kernel",
    argument: str,
) -> Pair:
    """Return `output_size` along both axes; an error says along which, and names `argument` as at fault."""

    def along(axis: int, name: str) -> int:
        pad = (sides[2 * axis], sides[2 * axis + 1])
        try:
            return output_size(
                size[axis], kernel[axis], stride=stride[axis], pad=pad, dilation=dilation[axis], ceil=ceil, what=what
            )
        except ArgumentError as error:
            raise ArgumentError(f"{name}: {error}", argument=argument) from None

    return along(0, "height"), along(1, "width")
