"""Layers in order: what one gives, the next takes, and each leaves a record of what it did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.history import LayerRecord
from cnnviz.core.layer import Layer
from cnnviz.core.receptive import receptive_field
from cnnviz.core.shapes import Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Stack:
    """A sequence of layers."""

    layers: Sequence[Layer]

    def describe(self, shape: Shape, history: Sequence[LayerRecord] = ()) -> list[LayerRecord]:
        """Return what each layer will do to an input (C, H, W) with that history, before anything is computed.

        Raises ArgumentError at the first layer that does not fit.
        """
        records: list[LayerRecord] = []
        for layer in self.layers:
            record = layer.describe(shape)
            records.append(replace(record, receptive_field=receptive_field([*history, *records, record])))
            shape = record.output_shape
        return records

    def run(self, maps: FeatureMaps) -> Iterator[FeatureMaps]:
        """Yield the maps after each layer, with labels and the history up to there."""
        for layer, record in zip(self.layers, self.describe(maps.shape, maps.history), strict=True):
            values = layer.forward(maps.values)
            maps = FeatureMaps(
                values,
                layer.labels(maps.labels),
                history=[*maps.history, replace(record, **statistics(values))],
                pictures=layer.pictures(maps.pictures),
                source=maps.source,
            )
            yield maps


def statistics(values: NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Return `min`, `max` and `mean` of the finite values (None where there are none), and count `nan` and `inf`."""
    import numpy as np

    low, high = float(values.min()), float(values.max())
    if np.isfinite(low) and np.isfinite(high):
        return {"min": low, "max": high, "mean": _mean(values), "nan": 0, "inf": 0}
    finite = values[np.isfinite(values)]
    nan = int(np.count_nonzero(np.isnan(values)))
    found: dict[str, Any] = {"min": None, "max": None, "mean": None}
    if finite.size:
        found = {"min": float(finite.min()), "max": float(finite.max()), "mean": _mean(finite)}
    return {**found, "nan": nan, "inf": values.size - finite.size - nan}


def _mean(values: NDArray[np.floating[Any]]) -> float:
    # Row by row in the values' own type, which is fast and exact enough; only huge values need the wide type at once.
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(values.sum(axis=-1).sum(dtype=np.float64)) / values.size
    return mean if np.isfinite(mean) else float((values / values.size).sum(dtype=np.float64))
