"""The figures of blocks: channels, kernels and maps as sheets, with the real ones on them where a picture is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.cli import values
from cnnviz.cli.diagram_kinds import DIAGRAMS, POOL, Drawn, ShapeOptions
from cnnviz.cli.inputs import enter
from cnnviz.cli.options import AlsoPoolOptions, InputOptions
from cnnviz.cli.report import Report
from cnnviz.core.wording import grouped as digits
from cnnviz.core.wording import plural, times
from cnnviz.errors import UsageError

if TYPE_CHECKING:
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.history import LayerRecord
    from cnnviz.core.layer import Conv, Layer
    from cnnviz.draw.scene import Scene


def blocks(
    name: str,
    options: ShapeOptions,
    pool: AlsoPoolOptions,
    input_options: InputOptions,
    inputs: Sequence[str] | None,
    report: Report,
) -> Drawn:
    """Return a figure of blocks for an input or a shape, with its real kernels and maps where they are known."""
    from cnnviz.cli.run import about, compute
    from cnnviz.core.stack import Stack

    limit = values.memory(input_options.max_memory)
    before, picture = None, True
    if inputs:
        before, picture, notes = enter(inputs, input_options, limit)
        for note in notes:
            report.note(note)
    shape = before.shape if before else values.shape(options.input or DIAGRAMS[name].input, "--input")
    layer, real = _layer(name, options, pool, shape, picture, limit, report)
    with about(inputs[0] if inputs else f"--input {options.input or DIAGRAMS[name].input}"):
        [record] = Stack([layer]).describe(shape)
    maps = compute([layer], before, limit) if before and real else None
    data = {
        "input": {"path": inputs[0] if inputs else None, "shape": list(shape)},
        "layers": [record.to_json()],
        "total_params": record.params,
    }
    line = f"{record.name} {times(record.kernel_size or ())}: {times(shape)} → {times(record.output_shape)}, "
    line += (
        f"{digits(record.weights)} + {digits(record.biases)} = {plural(record.params, 'parameter')}"
        if record.type == "conv"
        else f"0 parameters, the number of channels stays {shape[0]}"
    )
    figure = _figure(name, record, before, maps, layer if real else None)
    return Drawn(figure, [line], data, [shape, record.output_shape])


def _layer(
    name: str,
    options: ShapeOptions,
    pool: AlsoPoolOptions,
    shape: tuple[int, int, int],
    picture: bool,
    limit: int | None,
    report: Report,
) -> tuple[Layer, bool]:
    """Return the layer that is drawn, and whether its weights are real, so that maps can be computed."""
    from cnnviz.cli.pooling import also_pool

    if DIAGRAMS[name].takes == POOL:
        layer = also_pool(pool._replace(pool=pool.pool or "max"))
        assert layer
        return layer, True
    return _conv(name, options, shape, picture, limit, report), bool(options.kernel)


def _conv(
    name: str, options: ShapeOptions, shape: tuple[int, int, int], picture: bool, limit: int | None, report: Report
) -> Conv:
    from cnnviz.core.channels import spread
    from cnnviz.core.layer import Conv, blank

    if options.kernel and (options.filters is not None or options.kernel_size is not None):
        raise UsageError("--kernel already says how many filters there are and of what size: leave those out")
    labels: list[str] = []
    if options.kernel:
        from cnnviz.kernels.grammar import bank

        kernels = bank(options.kernel, limit=limit)
        weights, labels = kernels.weights, list(kernels.labels)
        for note in kernels.notes:
            report.note(note)
        if weights.ndim == 3:
            weights, _ = spread(weights, shape[0], "mean" if picture else "sum")
    else:
        filters = 8 if options.filters is None else options.filters
        if filters < 1:
            raise UsageError(f"--filters must be at least 1, not {filters}")
        kernel_size = values.pair(options.kernel_size or "3", "--kernel-size")
        weights = blank(filters, shape[0], *kernel_size)
    if name != "filters":
        if options.kernel and len(weights) > 1:
            report.note(f"diagram {name} shows one kernel: {labels[0]}")
        weights, labels = weights[:1], labels[:1]
    return Conv(
        weights,
        blank(len(weights)) if options.bias is not False else None,
        map_labels=labels,
        stride=values.pair(options.stride or "1", "--stride"),
        pad=values.pad(options.pad or "0", "--pad"),
        dilation=values.pair(options.dilation or "1", "--dilation"),
    )


def _figure(
    name: str, record: LayerRecord, before: FeatureMaps | None, maps: FeatureMaps | None, layer: Layer | None
) -> Scene:
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.layer import Conv
    from cnnviz.draw import blocks as sheets
    from cnnviz.draw import patch

    if name == "pooling":
        return sheets.pooling_figure(record, input=before, maps=maps)
    if name == "convolution" and patch.fits(record):
        return patch.patch_figure(record)
    kernels = [FeatureMaps(weight) for weight in layer.weight] if isinstance(layer, Conv) else []
    draw = sheets.filters_figure if name == "filters" else sheets.channels_figure
    return draw(record, input=before, maps=maps, kernels=kernels)
