"""The layer that `trace` and `animate` look into: which one the options ask for, and what it is given.

With a kernel it is the convolution, its activation included; with --pool it is the pooling, of the input itself or,
where there is a kernel too, of the maps that the convolution gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.cli.conv import Settings
from cnnviz.cli.options import AlsoPoolOptions, ConvOptions
from cnnviz.cli.pooling import also_pool
from cnnviz.cli.run import compute
from cnnviz.cli.table import layer_name, settings
from cnnviz.core.wording import times
from cnnviz.errors import UsageError, printable

if TYPE_CHECKING:
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.history import LayerRecord
    from cnnviz.core.layer import Conv, Pool
    from cnnviz.kernels.grammar import Bank

NOT_WITHOUT_KERNEL = "belongs to a convolution: give a --kernel too (for pooling, see --pool-size and its like)"

CELL_BYTES = 250  # of a number that is written out, as text or JSON


class Traced(NamedTuple):
    """A layer, the maps it is given, and the maps after it (its activation applied)."""

    layer: Conv | Pool
    given: FeatureMaps
    after: FeatureMaps
    activation: str = "none"
    biased: bool = False

    @property
    def record(self) -> LayerRecord:
        """What the layer did."""
        return self.after.history[len(self.given.history)]

    def details(self) -> str:
        """Return 'conv sobel-x ÷ 3, kernel 3×3, stride 1, pad 1, bias 0.1, relu'."""
        from cnnviz.core.layer import Conv

        parts = [layer_name(self.record), settings(self.record)]
        if isinstance(self.layer, Conv) and self.layer.bias is not None and self.biased:
            given = sorted({float(b) for b in self.layer.bias})
            parts.append(f"bias {given[0]:g}" if len(given) == 1 else "biases")
        if self.activation != "none":
            parts.append(self.activation)
        if self.record.type == "pool":
            parts.append("0 parameters")
        return printable(", ".join(parts))

    def kernel_name(self, label: str) -> str:
        """Return what stands beside the word kernel: 'sobel-x ÷ 3'."""
        label = printable(label)
        divided = self.record.channels == "mean" and self.record.input_shape[0] > 1
        return f"{label} ÷ {self.record.input_shape[0]}" if divided else label


class Asked(NamedTuple):
    """What the options ask for, before an input is read."""

    settings: Settings | None
    bank: Bank | None
    pooling: Pool | None

    @classmethod
    def of(cls, command: str, conv: ConvOptions, pool: AlsoPoolOptions, limit: int | None) -> Asked:
        """Read the options; raises UsageError where they contradict each other or ask for nothing."""
        pooling = also_pool(pool)
        if not conv.kernel:
            if pooling is None:
                raise UsageError(f"{command} needs a --kernel or a --pool: try --kernel sobel-x, or --pool max")
            for field, value, default in zip(ConvOptions._fields, conv, ConvOptions(), strict=True):
                if value != default:
                    raise UsageError(f"--{field.replace('_', '-')} {NOT_WITHOUT_KERNEL}")
            return cls(None, None, pooling)
        if conv.magnitude and pooling is None:
            raise UsageError(
                f"--magnitude joins two maps, and {command} shows how one comes about: leave it out, "
                "and choose the x or y map with --map 0 or --map 1"
            )
        chosen = Settings.of(conv)
        return cls(chosen, chosen.bank(conv.kernel, limit), pooling)

    @property
    def files(self) -> Sequence[Path]:
        """The files that kernels are read from."""
        return self.bank.files if self.bank else ()

    @property
    def notes(self) -> Sequence[str]:
        """What was done to the kernels beyond plain reading."""
        return self.bank.notes if self.bank else ()

    def run(self, maps: FeatureMaps, picture: bool, limit: int | None) -> Traced:
        """Compute the run, and return the layer that is looked into.

        Raises MemoryLimitError where its window has too many cells to be spelled out.
        """
        traced = self._compute(maps, picture, limit)
        _require_window(traced.record, limit)
        return traced

    def _compute(self, maps: FeatureMaps, picture: bool, limit: int | None) -> Traced:
        if self.settings is None or self.bank is None:
            assert self.pooling
            return Traced(self.pooling, maps, compute([self.pooling], maps, limit))
        plan = self.settings.plan(self.bank, maps, picture, self.pooling)
        if self.pooling:
            given = compute(plan.layers[:-1], maps, limit)
            return Traced(self.pooling, given, compute([self.pooling], given, limit))
        from cnnviz.core.layer import Conv

        layer = plan.layers[0]
        assert isinstance(layer, Conv)
        return Traced(
            layer,
            maps,
            compute(plan.layers, maps, limit),
            self.settings.activation,
            biased=any(self.settings.bias or ()),
        )


def _require_window(record: LayerRecord, limit: int | None) -> None:
    from cnnviz.files.memory import require

    assert record.kernel_size
    channels = record.input_shape[0] // (record.groups or 1) if record.type == "conv" else 1
    matrices = 3 if record.type == "conv" else 1  # patch, kernel and products
    window = (channels, *record.kernel_size)
    require(CELL_BYTES * matrices * prod(window), limit, f"spelling out a window of {times(window)}")
