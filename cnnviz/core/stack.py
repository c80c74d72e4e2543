"""Layers in order: what one gives, the next takes, and each leaves a record of what it did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.history import LayerRecord
from cnnviz.core.layer import Layer
from cnnviz.core.receptive import receptive_field
from cnnviz.core.shapes import Shape
from cnnviz.core.statistics import measure, summary


class Stack:
    """A sequence of layers."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers

    def describe(self, shape: Shape, history: Sequence[LayerRecord] = ()) -> list[LayerRecord]:
        """Return what each layer will do to an input (C, H, W) with that history, before anything is computed.

        Raises ArgumentError at the first layer that does not fit.
        """
        records: list[LayerRecord] = []
        for layer in self.layers:
            record = layer.describe(shape)
            records.append(record._replace(receptive_field=receptive_field([*history, *records, record])))
            shape = record.output_shape
        return records

    def run(self, maps: FeatureMaps) -> Iterator[FeatureMaps]:
        """Yield the maps after each layer, with labels and the history up to there."""
        for layer, record in zip(self.layers, self.describe(maps.shape, maps.history), strict=True):
            values = layer.forward(maps.stored)
            stats = measure(values)
            maps = FeatureMaps(
                values,
                layer.labels(maps.labels),
                history=[*maps.history, record._replace(**summary(stats))],
                pictures=layer.pictures(maps.pictures),
                source=maps.source,
                stats=stats,
            )
            yield maps
