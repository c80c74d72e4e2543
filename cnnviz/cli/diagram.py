"""`cnnviz diagram`: how a layer is connected and what its shapes are, drawn for the numbers given or for a picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnviz.cli import outputs, values
from cnnviz.cli.grouping import complete, grouped, option
from cnnviz.cli.options import AlsoPoolOptions, Force, InputOptions, Json, Kernels, Quiet
from cnnviz.cli.progress import Progress
from cnnviz.cli.report import Report
from cnnviz.core.wording import grouped as digits
from cnnviz.core.wording import plural, times
from cnnviz.errors import UsageError

if TYPE_CHECKING:
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.history import LayerRecord
    from cnnviz.core.layer import Conv, Layer
    from cnnviz.core.wiring import Row
    from cnnviz.draw.scene import Scene
    from cnnviz.files.source import Source

EXAMPLES = (
    "cnnviz diagram weight-sharing",
    "cnnviz diagram filters photo.png --kernel sobel --kernel gaussian:5",
    "cnnviz diagram pooling --input 8x222x222 -o pooling.svg",
)


@dataclass(frozen=True)
class Diagram:
    """A figure: what it shows, the options that it takes, and the input it has where none is given."""

    shows: str
    takes: frozenset[str]
    input: str = ""


NEURONS = frozenset({"neurons", "kernel_size", "stride", "pad", "dilation", "bias"})
CONV = frozenset({"input", "kernel", "filters", "kernel_size", "stride", "pad", "dilation", "bias"})
POOL = frozenset({"input", "pool", "pool_size", "pool_stride", "pool_pad", "pool_dilation", "pool_ceil"})
POOL |= {"pool_exclude_pad", "pool_global", "p"}

DIAGRAMS = {
    "fully-connected": Diagram("every output looks at every input", NEURONS),
    "local": Diagram("every output looks at its neighbours only", NEURONS),
    "shared": Diagram("the same neighbours, the same weights at every place", NEURONS),
    "weight-sharing": Diagram("these three side by side, with what each costs", NEURONS),
    "convolution": Diagram("one output cell and the patch it is computed from", CONV - {"filters"}, "1x7x7"),
    "channels": Diagram("one kernel spans all channels and gives one map", CONV - {"filters"}, "3x224x224"),
    "filters": Diagram("each kernel gives one map", CONV, "3x224x224"),
    "pooling": Diagram("smaller maps, as many of them, no parameters", POOL, "8x222x222"),
}
"""Every figure by name."""

_SHAPES = "Shapes"


@dataclass(frozen=True)
class ShapeOptions:
    """What is drawn where no picture says it."""

    neurons: Annotated[
        int | None, option("--inputs", metavar="N", panel=_SHAPES, help="Input neurons of a row. (default: 7)")
    ] = None
    input: Annotated[
        str | None,
        option("--input", metavar="CxHxW", panel=_SHAPES, help="Input shape of a block. (default: 3x224x224)"),
    ] = None
    kernel: Kernels = None
    filters: Annotated[
        int | None, option("--filters", metavar="N", panel=_SHAPES, help="Kernels of a bank. (default: 8)")
    ] = None
    kernel_size: Annotated[
        str | None, option("--kernel-size", metavar="N|H,W", panel=_SHAPES, help="Kernel size. (default: 3)")
    ] = None
    stride: Annotated[
        str | None, option("--stride", "-s", metavar="N|H,W", panel=_SHAPES, help="From place to place. (default: 1)")
    ] = None
    pad: Annotated[
        str | None, option("--pad", "-p", metavar="PAD", panel=_SHAPES, help="Padding, as in conv. (default: 0)")
    ] = None
    dilation: Annotated[
        str | None, option("--dilation", metavar="N|H,W", panel=_SHAPES, help="From tap to tap. (default: 1)")
    ] = None
    bias: Annotated[
        bool | None,
        option(
            "--bias/--no-bias",
            panel=_SHAPES,
            help="Count biases, or leave them out with --no-bias. (default: in blocks, not between neurons)",
        ),
    ] = None


@grouped
def command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            show_default=False,
            autocompletion=complete(DIAGRAMS),
            help="; ".join(f"{name}: {diagram.shows}" for name, diagram in DIAGRAMS.items()) + ".",
        ),
    ],
    shape: ShapeOptions,
    pool: AlsoPoolOptions,
    input_options: InputOptions,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]", show_default=False, help="Draw the blocks of this picture or these maps."),
    ] = None,
    output: Annotated[
        str | None,
        option(
            "--output", "-o", metavar="X.png|X.svg", panel="Output",
            help="Name the figure; - is standard output. (default: its NAME)",
        ),
    ] = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Draw how a layer is connected: neurons and weights, or blocks with their shapes."""
    if json and output == outputs.STDOUT:
        raise UsageError("--json and -o - cannot both write to standard output: name a file for the figure")
    name = values.choice(name, DIAGRAMS, "diagram")
    _fitting(name, shape, pool, inputs)
    report = Report(quiet=quiet, results_on_stderr=output == outputs.STDOUT)

    from cnnviz.files.provenance import Record

    source = _source(name, inputs)
    unasked = f"{source.stem}.{name}.png" if inputs else f"{name}.png"
    target = outputs.figure(output, "the figure", source, force=force, unasked=unasked)
    assert target
    with Progress(2, shown=not quiet) as progress:
        progress.step(f"drawing {source.name}")
        if DIAGRAMS[name].takes == NEURONS:
            drawn = _neurons(name, shape, report)
        else:
            drawn = _blocks(name, shape, pool, input_options, inputs, report)
        progress.step("writing the figure")
        record = Record(command="diagram", source=source.name, source_id=source.id, shapes=drawn.shapes)
        outputs.save_figure(drawn.figure, target, record)
    if json:
        files = {"figure": None if target.path is None else str(target.path)}
        report.json({"version": 1, "command": "diagram", "diagram": name, **drawn.json, "files": files})
        return
    report.print(*drawn.lines, "", f"diagram: {target.path or 'standard output'}")


@dataclass(frozen=True)
class Drawn:
    """A figure, its numbers in print and as JSON, and the shapes it shows."""

    figure: Scene
    lines: Sequence[Any]
    json: dict[str, Any]
    shapes: Sequence[Sequence[int]] = ()


def _source(name: str, inputs: Sequence[str] | None) -> Source:
    """Return where a figure comes from: its input, or itself."""
    from cnnviz.cli.inputs import only_one
    from cnnviz.files.source import Source, source_of

    if inputs:
        return source_of(only_one(inputs))
    return Source(name, None, hashlib.sha256(f"diagram {name}".encode()).hexdigest(), name)


def _fitting(name: str, shape: ShapeOptions, pool: AlsoPoolOptions, inputs: Sequence[str] | None) -> None:
    """Raise UsageError for the first option that a figure has no use for."""
    takes = DIAGRAMS[name].takes
    for options in (shape, pool):
        for field in fields(options):
            if field.name not in takes and getattr(options, field.name) not in (None, False):
                typed = "--inputs" if field.name == "neurons" else "--" + field.name.replace("_", "-")
                others = ", ".join(other for other, diagram in DIAGRAMS.items() if field.name in diagram.takes)
                raise UsageError(f"{typed} is not for diagram {name}: it goes with {others}")
    if not inputs:
        return
    if takes == NEURONS:
        raise UsageError(f"diagram {name} draws a row of neurons, not {inputs[0]}: give their number with --inputs")
    if shape.input:
        raise UsageError(f"--input {shape.input} and {inputs[0]} both give the input shape: leave one out")


# ------------------------------------------------------------------------------------------------------ neurons


def _neurons(name: str, options: ShapeOptions, report: Report) -> Drawn:
    from cnnviz.cli.params import NAMES, comparison, steps
    from cnnviz.draw.neurons import KINDS, neuron_figure

    row, bias = _row(options), bool(options.bias)
    kinds = list(KINDS) if name == "weight-sharing" else [name]
    found = row.count(bias=bias)
    keys = dict(zip(KINDS, NAMES, strict=True))
    costs = {keys[kind]: KINDS[kind].cost(found) for kind in kinds}
    heading = f"{plural(row.inputs, 'input')}, {plural(row.outputs, 'output')}, kernel of {row.kernel}"
    lines: list[Any] = [heading, ""]
    if len(kinds) > 1:
        lines += [comparison(found, report.console()), "", *steps(found)]
    else:
        cost = KINDS[name].cost(found)
        biases = f" + {digits(cost.biases)} biases" if cost.biases else ""
        lines.append(f"{KINDS[name].name}: {plural(cost.macs, 'connection')}, {plural(cost.weights, 'weight')}{biases}")
    data = {
        "inputs": row.inputs,
        "outputs": row.outputs,
        "kernel_size": row.kernel,
        "stride": row.stride,
        "pad": [row.before, row.after],
        "dilation": row.dilation,
        "connections": {
            key: {field: getattr(cost, field) for field in ("weights", "biases", "total", "bytes", "macs")}
            for key, cost in costs.items()
        },
    }
    return Drawn(neuron_figure(row, kinds, bias=bias), lines, data)


def _row(options: ShapeOptions) -> Row:
    from cnnviz.core.wiring import Row

    inputs = 7 if options.neurons is None else options.neurons
    if inputs < 1:
        raise UsageError(f"--inputs must be at least 1, not {inputs}")
    pad = values.pad(options.pad or "0", "--pad")
    if not isinstance(pad, int | str):
        if len(pad) != 2:
            raise UsageError("--pad of a row of neurons is one number, or two: before,after")
        pad = (pad[0], pad[1])
    kernel, stride, dilation = (
        _one(getattr(options, key) or default, "--" + key.replace("_", "-"))
        for key, default in (("kernel_size", "3"), ("stride", "1"), ("dilation", "1"))
    )
    return Row.of(inputs, kernel, stride=stride, pad=pad, dilation=dilation)


def _one(text: str, option: str) -> int:
    height, width = values.pair(text, option)
    if height != width:
        raise UsageError(f"{option} of a row of neurons is one number, not {text!r}")
    return width


# ------------------------------------------------------------------------------------------------------- blocks


def _blocks(
    name: str,
    options: ShapeOptions,
    pool: AlsoPoolOptions,
    input_options: InputOptions,
    inputs: Sequence[str] | None,
    report: Report,
) -> Drawn:
    from cnnviz.cli.run import about, compute
    from cnnviz.core.stack import Stack

    limit = values.memory(input_options.max_memory)
    before, picture = _read(inputs, input_options, limit, report) if inputs else (None, True)
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


def _read(inputs: Sequence[str], options: InputOptions, limit: int | None, report: Report) -> tuple[FeatureMaps, bool]:
    from cnnviz.cli.inputs import prepare
    from cnnviz.files.read import read_input

    loaded = read_input(inputs[0], layout=options.layout, limit=limit)
    maps, notes = prepare(loaded, options, limit)
    for note in (*loaded.notes, *notes):
        report.note(note)
    return maps, loaded.kind == "picture"


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
    from dataclasses import replace

    from cnnviz.cli.pooling import also_pool

    if DIAGRAMS[name].takes == POOL:
        layer = also_pool(replace(pool, pool=pool.pool or "max"))
        assert layer
        return layer, True
    return _conv(name, options, shape, picture, limit, report), bool(options.kernel)


def _conv(
    name: str, options: ShapeOptions, shape: tuple[int, int, int], picture: bool, limit: int | None, report: Report
) -> Conv:
    import numpy as np

    from cnnviz.core.channels import spread
    from cnnviz.core.layer import Conv

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
        weights = np.broadcast_to(np.float32(0), (filters, shape[0], *kernel_size))
    if name != "filters":
        if options.kernel and len(weights) > 1:
            report.note(f"diagram {name} shows one kernel: {labels[0]}")
        weights, labels = weights[:1], labels[:1]
    return Conv(
        weights,
        np.zeros(len(weights), np.float32) if options.bias is not False else None,
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
    from cnnviz.draw import blocks, patch

    if name == "pooling":
        return blocks.pooling_figure(record, input=before, maps=maps)
    if name == "convolution" and patch.fits(record):
        return patch.patch_figure(record)
    kernels = [FeatureMaps(weight) for weight in layer.weight] if isinstance(layer, Conv) else []
    draw = blocks.filters_figure if name == "filters" else blocks.channels_figure
    return draw(record, input=before, maps=maps, kernels=kernels)
