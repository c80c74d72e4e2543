"""`cnnviz params`: what it costs to connect the same input and output fully, locally, and by convolution."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cnnviz.cli import outputs, values
from cnnviz.cli.grouping import grouped, option
from cnnviz.cli.inputs import channel_mode, input_source
from cnnviz.cli.options import Channels, Depthwise, Dilation, Force, Groups, Json, Kernels, Layout, MaxMemory, Quiet
from cnnviz.core import shapes
from cnnviz.core.connections import Connection, Connections, compare
from cnnviz.core.shapes import Pair, Shape
from cnnviz.core.wording import grouped as digits
from cnnviz.core.wording import plural, times
from cnnviz.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from cnnviz.files.source import Source
    from cnnviz.files.write import Target

EXAMPLES = (
    "cnnviz params --input 1x28x28 --filters 4 --pad 0",
    "cnnviz params photo.png --kernel sobel -o chart.png",
)

_LAYER = "Layer"


@grouped
def command(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]", show_default=False, help="Take the shape of this picture or these maps."),
    ] = None,
    shape: Annotated[
        str | None, option("--input", metavar="CxHxW", panel=_LAYER, help="The input shape. (default: 3x224x224)")
    ] = None,
    filters: Annotated[
        int | None, option("--filters", metavar="N", panel=_LAYER, help="Output maps. (default: 16)")
    ] = None,
    kernel_size: Annotated[
        str | None, option("--kernel-size", metavar="N|H,W", panel=_LAYER, help="Kernel size. (default: 3)")
    ] = None,
    kernel: Kernels = None,
    channels: Channels = None,
    depthwise: Depthwise = False,
    stride: Annotated[
        str,
        option(
            "--stride", "-s", metavar="N|H,W", panel=_LAYER, help="Cells that the kernel moves at a time. (default: 1)"
        ),
    ] = "1",
    pad: Annotated[
        str | None,
        option("--pad", "-p", metavar="PAD", panel=_LAYER, help="Padding, as in conv. (default: 1; with --kernel 0)"),
    ] = None,
    dilation: Dilation = "1",
    groups: Groups = None,
    no_bias: Annotated[bool, option("--no-bias", panel=_LAYER, help="Count no biases.")] = False,
    layout: Layout = None,
    max_memory: MaxMemory = None,
    output: Annotated[
        str | None,
        option(
            "--output", "-o", metavar="X.png|X.svg", panel="Output", help="Draw the comparison; - is standard output."
        ),
    ] = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """See COMMANDS."""
    report = outputs.figure_report(output, json=json, quiet=quiet, noun="picture")
    limit = values.memory(max_memory)
    source = input_source(inputs, limit) if inputs else None
    target = outputs.figure(output, "the chart", source, force=force)
    given = _given(inputs, shape, layout, limit)
    layer = _layer(given, kernel, filters, kernel_size, channels, depthwise, groups, limit)
    step, holes = values.pair(stride, "--stride"), values.pair(dilation, "--dilation")
    padding = values.pad(pad if pad is not None else "0" if kernel else "1", "--pad")
    sides = shapes.sides(padding, given.shape[1:], layer.size, stride=step, dilation=holes)
    rows, columns = (
        shapes.output_size(
            given.shape[axis + 1],
            layer.size[axis],
            stride=step[axis],
            pad=(sides[2 * axis], sides[2 * axis + 1]),
            dilation=holes[axis],
        )
        for axis in (0, 1)
    )
    found = compare(given.shape, (layer.maps, rows, columns), layer.size, groups=layer.groups, bias=not no_bias)
    if target:
        details = f"{times(layer.size)} kernels" + (f", padding {max(sides)}" if any(sides) else "")
        _draw(found, details, target, given.source)
    if json:
        report.json(_json(found))
        return
    report.print(heading(found, layer), "", comparison(found, report.console()), "", *steps(found))
    if output not in (None, outputs.STDOUT):
        report.print(f"\nchart: {output}")


class _Given(NamedTuple):
    """The input whose shape is compared; there is no source where the shape was typed."""

    shape: Shape
    source: Source | None = None
    picture: bool = True


def _given(inputs: Sequence[str] | None, shape: str | None, layout: str | None, limit: int | None) -> _Given:
    if not inputs:
        return _Given(values.shape(shape or "3x224x224", "--input"))
    if shape:
        raise UsageError(f"--input {shape} and {inputs[0]} both give the input shape: leave one out")
    from cnnviz.files.read import read_shape

    found, source, kind = read_shape(inputs[0], layout=layout, limit=limit)
    return _Given(found, source, kind == "picture")


class _Filters(NamedTuple):
    """The kernels of the layer: how many maps they give, their size, and the groups of channels."""

    maps: int
    size: Pair
    groups: int


def _layer(
    given: _Given,
    kernel: Sequence[str] | None,
    filters: int | None,
    kernel_size: str | None,
    channels: str | None,
    depthwise: bool,
    groups: int | None,
    limit: int | None,
) -> _Filters:
    depth = given.shape[0]
    if kernel:
        if filters is not None or kernel_size is not None:
            raise UsageError("--kernel already says how many filters there are and of what size: leave those out")
        from cnnviz.kernels.grammar import bank

        weights = bank(kernel, limit=limit).weights
        size = (weights.shape[-2], weights.shape[-1])
        if weights.ndim == 4:
            channel_mode(channels, depthwise, four_axes=True, picture=given.picture)
            return _Filters(weights.shape[0], size, groups or 1)
    else:
        size = values.pair(kernel_size or "3", "--kernel-size")
    if not kernel and (channels or depthwise):
        raise UsageError("--channels and --depthwise say how a --kernel meets the channels: give one, or use --groups")
    maps = len(weights) if kernel else filters if filters is not None else 16
    if maps < 1:
        raise UsageError(f"--filters must be at least 1, not {maps}")
    if kernel and groups is not None:
        raise UsageError("--groups belongs to kernels of four axes: use --channels each for a depthwise layer")
    each = bool(kernel) and channel_mode(channels, depthwise, four_axes=False, picture=given.picture) == "each"
    return _Filters(maps * depth, size, depth) if each else _Filters(maps, size, groups or 1)


NAMES = {
    "fully_connected": "fully connected",
    "locally_connected": "locally connected",
    "convolution": "convolution",
}


def _all(found: Connections) -> list[tuple[str, Connection]]:
    return [(name, getattr(found, key)) for key, name in NAMES.items()]


def _json(found: Connections) -> dict[str, object]:
    return {
        "version": 1,
        "input_shape": list(found.input_shape),
        "output_shape": list(found.output_shape),
        "connections": {
            key: {
                field: getattr(getattr(found, key), field) for field in ("weights", "biases", "total", "bytes", "macs")
            }
            for key in NAMES
        },
    }


def heading(found: Connections, layer: _Filters) -> str:
    """Return what is compared, in a line."""
    kernels = f"{plural(layer.maps, 'kernel')} of {times(layer.size)}"
    return f"{times(found.input_shape)} → {times(found.output_shape)}, {kernels}"


def comparison(found: Connections, console: Console) -> RenderableType:
    """Return the three ways side by side, or one below the other where they do not fit."""
    from rich.measure import Measurement
    from rich.table import Table

    from cnnviz.cli.report import NARROW
    from cnnviz.draw.numbers import bytes_text, ratio_text

    ways = _all(found)
    rows = {
        "connections": [digits(way.macs) for _, way in ways],
        "weights": [digits(way.weights) for _, way in ways],
        "biases": [digits(way.biases) for _, way in ways],
        "parameters": [digits(way.total) for _, way in ways],
        "memory (float32)": [bytes_text(way.bytes) for _, way in ways],
        "times convolution": [ratio_text(way.times(found.convolution)) for _, way in ways],
    }
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("")
    for name, _ in ways:
        table.add_column(name, justify="right", no_wrap=True)
    for quantity, cells in rows.items():
        table.add_row(quantity, *cells, style="bold" if quantity == "parameters" else "")
    needed = Measurement.get(console, console.options.update(max_width=100_000), table).maximum
    if console.width >= max(NARROW, needed):
        return table
    lines: list[str] = []
    for i, (name, _) in enumerate(ways):
        lines += [name, *(f"  {quantity:<17} {cells[i]:>24}" for quantity, cells in rows.items())]
    return "\n".join(lines)


def steps(found: Connections) -> list[str]:
    """Return both steps from full to shared in words: fewer connections first, then fewer weights."""
    from cnnviz.draw.numbers import ratio_text

    full, local, conv = found.fully_connected, found.locally_connected, found.convolution
    channels, _, _ = found.input_shape
    depth = conv.weights // (found.output_shape[0] * found.kernel_size[0] * found.kernel_size[1])
    patch = f"{times(found.kernel_size)} patch" + (f" of {plural(depth, 'channel')}" if depth < channels else "")
    places = found.output_shape[1] * found.output_shape[2]
    local_saves = f"{ratio_text(Fraction(full.macs, local.macs))} fewer connections"
    if full.macs <= local.macs:
        local_saves = "no fewer connections here: the patch is as large as the input (padding counts)"
    shared_saves = f"{ratio_text(Fraction(local.weights, conv.weights))} fewer weights"
    shared = f"the same connections, but one kernel for all {digits(places)} places of a map, {shared_saves}"
    return [
        f"full → local: each output looks at a {patch} instead of everything, {local_saves}.",
        f"local → shared: {shared if places > 1 else 'a map has one place only, so there is nothing to share'}.",
    ]


def _draw(found: Connections, details: str, target: Target, source: Source | None) -> None:
    from cnnviz.draw.chart import ChartRow, parameter_chart
    from cnnviz.files.provenance import Record

    patch = times(found.kernel_size)
    how = {
        "fully connected": "every input to every output",
        "locally connected": f"{patch} neighbours, own weights everywhere",
        "convolution": f"{plural(found.output_shape[0], 'kernel')} of {patch}, shared",
    }
    bars = [
        ChartRow(name, how[name], way.total, way.bytes, way.times(found.convolution), hero=name == "convolution")
        for name, way in _all(found)
    ]
    scene = parameter_chart(
        bars,
        title="Parameters for the same input and output",
        subtitle=f"{times(found.input_shape)} → {times(found.output_shape)}, {details}",
    )
    record = Record(
        command="params",
        source=source.name if source else "",
        source_id=source.id if source else None,
        shapes=[found.input_shape, found.output_shape],
    )
    outputs.save_figure(scene, target, record)
