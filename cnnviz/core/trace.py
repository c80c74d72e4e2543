"""The arithmetic behind one output value, spelt out: the patch, the kernel, their products, the sums.

A convolution layer and a pooling layer can be traced. Everything is computed in float64 from the layer's own numbers,
so the shown terms add up to the shown sum; the layer itself, in float32, agrees but for rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.core.activation import activate
from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.history import LayerRecord
from cnnviz.core.layer import Conv, Pool
from cnnviz.core.padding import check, fill
from cnnviz.core.shapes import Pair
from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Term:
    """What one input channel contributes; `padding` marks the cells of the patch that lie outside the input.

    For pooling there is neither kernel nor products, and `sum` is None.
    """

    channel: int
    label: str
    patch: Matrix
    padding: NDArray[np.bool_]
    kernel: Matrix | None = None
    products: Matrix | None = None
    sum: float | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """One output value: output cell `at` (row, column) of map `map`, and the terms that made it.

    `preactivation` is the sum of all terms and the bias, `value` what the activation made of it. For max and min
    pooling `winners` are the cells that won, (row, column) of the input; ties are all there.
    """

    layer: LayerRecord
    at: Pair
    map: int
    label: str
    terms: Sequence[Term]
    bias: float | None
    preactivation: float
    value: float
    activation: str = "none"
    winners: Sequence[Pair] = ()


def trace(layer: Conv | Pool, maps: FeatureMaps, at: Pair, map: int = 0, *, activation: str = "none") -> Trace:
    """Spell out how `layer` computes cell `at` (row, column) of output map `map` from `maps`.

    Raises ArgumentError where the layer does not fit the maps, or where there is no such cell or map.
    """
    record = layer.describe(maps.shape)
    count, height, width = record.output_shape
    if not (0 <= at[0] < height and 0 <= at[1] < width):
        raise ArgumentError(
            f"there is no output cell {at[0]},{at[1]}: rows are 0 to {height - 1}, columns 0 to {width - 1}",
            argument="at",
        )
    if not 0 <= map < count:
        raise ArgumentError(f"there is no map {map}: maps are 0 to {count - 1}", argument="map")
    found = _conv(layer, record, maps, at, map) if isinstance(layer, Conv) else _pool(layer, record, maps, at, map)
    label = layer.labels(maps.labels)[map]
    value = float(activate(np.array([found["preactivation"]]), activation)[0])
    return Trace(record, at, map, label, value=value, activation=activation, **found)


def strongest(values: NDArray[np.floating[Any]]) -> Pair:
    """Return the cell (row, column) of a map (H, W) whose finite value is furthest from 0; the first of equals."""
    size = np.where(np.isfinite(values), np.abs(values), -1)
    row, column = np.unravel_index(int(size.argmax()), values.shape)
    return int(row), int(column)


def _conv(layer: Conv, record: LayerRecord, maps: FeatureMaps, at: Pair, map: int) -> dict[str, Any]:
    weight = layer.weight[map].astype(np.float64)
    depth = weight.shape[0]
    first_channel = map // (layer.weight.shape[0] // layer.groups) * depth
    terms = []
    for i in range(depth):
        channel = first_channel + i
        patch, padding = _patch(record, maps, at, channel, mode=layer.pad_mode, value=layer.pad_value)
        with np.errstate(invalid="ignore", over="ignore"):
            products = patch * weight[i] + 0.0  # which makes 0 of −0
            terms.append(
                Term(channel, maps.labels[channel], patch, padding, weight[i], products, float(products.sum()))
            )
    bias = None if layer.bias is None else float(layer.bias[map])
    return {"terms": terms, "bias": bias, "preactivation": sum(t.sum or 0.0 for t in terms) + (bias or 0.0)}


def _pool(layer: Pool, record: LayerRecord, maps: FeatureMaps, at: Pair, map: int) -> dict[str, Any]:
    patch, padding = _patch(record, maps, at, map, mode="constant", value=0.0)
    value = float(layer.forward(maps.values[map : map + 1])[0, at[0], at[1]])
    winners: list[Pair] = []
    if layer.mode in ("max", "min"):
        rows, columns = np.nonzero(~padding & ((patch == value) | (np.isnan(patch) & np.isnan(value))))
        top, left, step = _corner(record, at)
        winners = [(top + int(r) * step[0], left + int(c) * step[1]) for r, c in zip(rows, columns, strict=True)]
    term = Term(map, maps.labels[map], patch, padding)
    return {"terms": [term], "bias": None, "preactivation": value, "winners": winners}


def _corner(record: LayerRecord, at: Pair) -> tuple[int, int, Pair]:
    """Return row and column of the first cell of a window, negative in the padding, and the step from tap to tap."""
    assert record.stride and record.pad and record.dilation
    return (
        at[0] * record.stride[0] - record.pad[0],
        at[1] * record.stride[1] - record.pad[2],
        record.dilation,
    )


def _patch(
    record: LayerRecord, maps: FeatureMaps, at: Pair, channel: int, *, mode: str, value: float
) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return the cells under a window of one channel, and which of them are padding."""
    assert record.kernel_size and record.pad
    _, height, width = record.input_shape
    top, left, step = _corner(record, at)
    patch = np.empty(record.kernel_size, np.float64)
    canonical = check(mode, record.pad, (height, width))
    fill(patch, maps.values[channel], (top, left), step=step, mode=canonical, value=value)
    rows = top + step[0] * np.arange(record.kernel_size[0])
    columns = left + step[1] * np.arange(record.kernel_size[1])
    outside_rows = (rows < 0) | (rows >= height)
    outside_columns = (columns < 0) | (columns >= width)
    return patch, outside_rows[:, None] | outside_columns
