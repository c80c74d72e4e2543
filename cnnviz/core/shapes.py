"""How large is what comes out? The arithmetic of sizes, one axis at a time, without a single array.

A window of `kernel` cells, spread to `dilation * (kernel - 1) + 1` cells, starts at the first cell of the padded
axis and moves by `stride` until it no longer fits. How often it fits is the output size.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import gcd, lcm
from typing import Any, SupportsIndex, TypeAlias

from cnnviz.core.wording import plural
from cnnviz.errors import ArgumentError

Pair: TypeAlias = tuple[int, int]
"""(height, width), or (rows, columns)."""
Sides: TypeAlias = tuple[int, int, int, int]
"""(top, bottom, left, right)."""
Shape: TypeAlias = tuple[int, int, int]
"""(channels, height, width)."""
PadLike: TypeAlias = int | Sequence[int] | str

PAD_NAMES = ("valid", "same", "same-lower")

LIMIT = 1 << 60
"""Numbers of cells are below this: sums of a few of them still fit the 64 bits that arrays count with."""


def output_size(
    size: int,
    kernel: int,
    *,
    stride: int = 1,
    pad: int | tuple[int, int] | str = 0,
    dilation: int = 1,
    ceil: bool = False,
    what: str = "kernel",
) -> int:
    """Return how many outputs a window gives along one axis of `size` cells.

    floor((size + before + after - extent) / stride) + 1, with extent = dilation * (kernel - 1) + 1; with `ceil` the
    quotient is rounded up, and a last window that would start beyond the input and its leading padding is dropped.
    `pad` is the same number on both sides, (before, after), or one of `PAD_NAMES`. All sizes are in cells. `what` is
    what an error calls the kernel: pooling has a window.

    Raises ArgumentError where a number is out of range or the window is larger than the padded axis.

    Source: PyTorch, `torch.nn.Conv2d` and `torch.nn.MaxPool2d`; `same` as in TensorFlow.
    """
    size = whole(size, "size", least=1)
    kernel = whole(kernel, "kernel", least=1)
    stride = whole(stride, "stride", least=1)
    dilation = whole(dilation, "dilation", least=1)
    before, after = axis_pad(size, kernel, stride=stride, pad=pad, dilation=dilation)
    room = size + before + after - extent(kernel, dilation)
    if not ceil:
        if room < 0:
            raise _too_large(what, kernel, dilation, size, before + after)
        return room // stride + 1
    count = min(-(-room // stride) + 1, -(-(size + before) // stride))
    if count < 1:
        raise _too_large(what, kernel, dilation, size, before + after)
    return count


def _too_large(what: str, kernel: int, dilation: int, size: int, pad: int) -> ArgumentError:
    reach = f", spread over {extent(kernel, dilation)} by dilation {dilation}," if dilation > 1 and kernel > 1 else ""
    padded = f"the padded input of {plural(size + pad, 'cell')}" if pad else f"the input of {plural(size, 'cell')}"
    advice = (
        f"use a smaller {what}, less dilation or more padding" if reach else f"use a smaller {what} or more padding"
    )
    return ArgumentError(
        f"a {what} of {plural(kernel, 'cell')}{reach} is larger than {padded}: {advice}",
        argument="kernel",
    )


def extent(kernel: int, dilation: int = 1) -> int:
    """Return how many cells a dilated kernel reaches over, its own holes included."""
    return dilation * (kernel - 1) + 1


def axis_pad(
    size: int, kernel: int, *, stride: int = 1, pad: int | tuple[int, int] | str = 0, dilation: int = 1
) -> tuple[int, int]:
    """Return the padding (before, after) of one axis, in cells, for a number, a pair or a name.

    'same' gives ceil(size / stride) outputs; an odd cell goes after, with 'same-lower' before.
    """
    if isinstance(pad, str):
        if pad == "valid":
            return 0, 0
        if pad not in PAD_NAMES:
            raise ArgumentError(f"unknown padding {pad!r}: use a number, {', '.join(PAD_NAMES)}", argument="pad")
        total = max((-(-size // stride) - 1) * stride + extent(kernel, dilation) - size, 0)
        small, large = total // 2, total - total // 2
        return (small, large) if pad == "same" else (large, small)
    if isinstance(pad, tuple):
        if len(pad) != 2:
            raise ArgumentError(f"pad of one axis is a number or (before, after), not {pad!r}", argument="pad")
        return whole(pad[0], "pad", least=0), whole(pad[1], "pad", least=0)
    both = whole(pad, "pad", least=0)
    return both, both


def sides(pad: PadLike, size: Pair, kernel: Pair, *, stride: Pair = (1, 1), dilation: Pair = (1, 1)) -> Sides:
    """Return padding as (top, bottom, left, right) in cells, for every way that `pad` may be written.

    An int is the same everywhere, two are (height, width), four are (top, bottom, left, right).
    """
    rows: Any
    columns: Any
    if isinstance(pad, str):
        rows = columns = pad
    else:
        numbers = [whole(n, "pad", least=0) for n in _several(pad)]
        if len(numbers) not in (1, 2, 4):
            raise ArgumentError(f"pad takes 1, 2 or 4 numbers, not {len(numbers)}", argument="pad")
        rows, columns = (tuple(numbers[:2]), tuple(numbers[2:])) if len(numbers) == 4 else (numbers[0], numbers[-1])
    top, bottom = axis_pad(size[0], kernel[0], stride=stride[0], pad=rows, dilation=dilation[0])
    left, right = axis_pad(size[1], kernel[1], stride=stride[1], pad=columns, dilation=dilation[1])
    return top, bottom, left, right


def pair(value: int | Sequence[int], name: str) -> Pair:
    """Return `value` as (height, width), each at least 1; `name` is what an error calls it."""
    numbers = [whole(n, name, least=1) for n in _several(value)]
    if len(numbers) not in (1, 2):
        raise ArgumentError(f"{name} takes one number or (height, width), not {value!r}", argument=name)
    return numbers[0], numbers[-1]


def _several(value: Any) -> Iterable[Any]:
    """Return one number as a sequence of one, and anything with a length, a NumPy array too, as it is."""
    return value if hasattr(value, "__len__") and not isinstance(value, str) else (value,)


def whole(value: SupportsIndex, name: str, *, least: int) -> int:
    """Return `value` as an int of at least `least` and below `LIMIT`; anything else raises ArgumentError."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ArgumentError(f"{name} must be a whole number, not {value!r}", argument=name) from None
    if abs(number) >= LIMIT:  # Not shown: it may have more digits than Python writes.
        raise ArgumentError(f"{name} is too large a number: use one below 2^60", argument=name)
    if number < least:
        raise ArgumentError(f"{name} must be at least {least}, not {number}", argument=name)
    return number


def uncovered(size: int, kernel: int, output: int, *, stride: int, before: int, dilation: int) -> int:
    """Return how many cells of an axis lie beyond the last one that any of `output` windows reads.

    All of its `size` cells where none is read; padding is not counted.
    """
    return size - _read(size, kernel, output, stride, before, dilation)[1]


def unread_between(size: int, kernel: int, output: int, *, stride: int, before: int, dilation: int) -> int:
    """Return how many cells of an axis no window reads, though one further on is read (padding not counted)."""
    count, end = _read(size, kernel, output, stride, before, dilation)
    return end - count


def skipped(kernel: int, *, stride: int, dilation: int = 1) -> int:
    """Return how many of every `stride` cells lie between windows and are never read."""
    return stride - min(kernel, stride // gcd(stride, dilation))


def _read(size: int, kernel: int, output: int, stride: int, before: int, dilation: int) -> tuple[int, int]:
    """Return how many of an axis's `size` cells are read, and where they end: the last one read, plus 1."""

    def until(cell: int) -> int:
        return _cells_below(before + cell, output, kernel, stride, dilation)

    end = bisect_left(range(size + 1), until(size), key=until)
    return until(end) - until(0), end


def _cells_below(limit: int, windows: int, taps: int, stride: int, dilation: int) -> int:
    """Return how many of the first `limit` cells of a padded axis are read, each counted once.

    Window w reads cell w * stride + t * dilation with tap t. Two such pairs meet in one cell where one is
    `common / stride` windows further and `common / dilation` taps less far than the other, for `common` the least
    common multiple. So all pairs, less those that have such a partner one step further, are the cells.
    """
    common = lcm(stride, dilation)
    pairs = _pairs_below(limit, windows, taps, stride, dilation)
    return pairs - _pairs_below(limit - common, windows - common // stride, taps - common // dilation, stride, dilation)


def _pairs_below(limit: int, windows: int, taps: int, stride: int, dilation: int) -> int:
    """Return how many pairs of a window and a tap read one of the first `limit` cells."""
    if windows <= 0 or taps <= 0:
        return 0

    def from_pair(window: int, tap: int) -> int:
        return _steps_below(limit - window * stride - tap * dilation, stride, dilation)

    # Counting without an end is simpler: what lies beyond either end is taken away, what lies beyond both given back.
    return from_pair(0, 0) - from_pair(windows, 0) - from_pair(0, taps) + from_pair(windows, taps)


def _steps_below(limit: int, stride: int, dilation: int) -> int:
    """Return how many pairs of whole numbers w, t ≥ 0 have w * stride + t * dilation < limit."""
    if limit <= 0:
        return 0
    count = -(-limit // dilation)
    # From the greatest t downwards: each leaves ceil((what is left of limit) / stride) values of w.
    rest = limit - (count - 1) * dilation
    return _sum_of_floors(count, dilation, rest + stride - 1, stride)


def _sum_of_floors(count: int, a: int, b: int, divisor: int) -> int:
    """Return Σ (a * i + b) // divisor over i from 0 to `count` - 1, in as few steps as Euclid's algorithm takes.

    The sum counts the points of a grid below a line. Whole multiples of the divisor are taken out; what is left is
    counted with the axes exchanged.
    """
    total = 0
    while count:
        total += count * (count - 1) // 2 * (a // divisor) + count * (b // divisor)
        a, b = a % divisor, b % divisor
        count, b = divmod(a * count + b, divisor)
        a, divisor = divisor, a
    return total
