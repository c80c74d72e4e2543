"""The table after every run, to be read like a lesson: what went in, what came out, and what had to be learned.

On a wide terminal it is a table; where that does not fit, each layer is a block of lines. Nothing is ever cut off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.cli.report import NARROW
from cnnviz.core.explain import Explanation, never_read
from cnnviz.core.history import LayerRecord
from cnnviz.core.wording import grouped, once, times
from cnnviz.draw.numbers import span
from cnnviz.errors import printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

HEADINGS = ("layer", "input → output", "parameters", "sees", "values")


class Row(NamedTuple):
    """One layer, ready to be printed; `details` are the settings that stand below its name."""

    name: str
    details: str
    shapes: str
    parameters: str
    sees: str
    values: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of the table behind the name, in the order of HEADINGS."""
        return self.shapes, self.parameters, self.sees, self.values


def layer_name(layer: LayerRecord) -> str:
    """Return 'conv sobel ÷ 3', or the name as it is where a kernel is not divided."""
    divided = layer.channels == "mean" and layer.input_shape[0] > 1
    return f"{layer.name} ÷ {layer.input_shape[0]}" if divided else layer.name


def settings(layer: LayerRecord) -> str:
    """Return 'kernel 3×3, stride 1, pad 1' and whatever else was not left as usual."""
    if not (layer.kernel_size and layer.stride and layer.pad and layer.dilation):
        return ""
    parts = [
        f"{'window' if layer.type == 'pool' else 'kernel'} {times(layer.kernel_size)}",
        f"stride {once(layer.stride)}",
        _padding(layer),
    ]
    if layer.dilation != (1, 1):
        parts.append(f"dilation {once(layer.dilation)}")
    if (layer.groups or 1) > 1:
        parts.append("depthwise" if layer.groups == layer.input_shape[0] else f"{layer.groups} groups")
    if layer.ceil:
        parts.append("ceil")
    if layer.p is not None:
        parts.append(f"p {layer.p:g}")
    return ", ".join(parts)


def _padding(layer: LayerRecord) -> str:
    pad = layer.pad or (0, 0, 0, 0)
    if not any(pad):
        return "pad 0"
    if len(set(pad)) == 1:
        text = f"pad {pad[0]}"
    else:
        text = "pad " + " ".join(f"{side} {n}" for side, n in zip(("top", "bottom", "left", "right"), pad, strict=True))
    if layer.type == "pool":
        return text + (" not counted" if layer.count_include_pad is False else "")
    if layer.pad_mode != "constant":
        return f"{text} {layer.pad_mode}"
    return f"{text} of {layer.pad_value:g}" if layer.pad_value else text


def rows(history: Iterable[LayerRecord], levels: float = 1.0) -> list[Row]:
    """Return a row for each layer, and one for the total where there are several; values are shown × `levels`."""
    layers = list(history)
    found = [
        Row(
            printable(layer_name(layer)),
            printable(settings(layer)),
            f"{times(layer.input_shape)} → {times(layer.output_shape)}",
            f"{grouped(layer.weights)} + {grouped(layer.biases)} = {grouped(layer.params)}" if layer.params else "0",
            times(layer.receptive_field or ()),
            _values(layer, levels),
        )
        for layer in layers
    ]
    if len(layers) > 1:
        weights, biases = sum(layer.weights for layer in layers), sum(layer.biases for layer in layers)
        found.append(
            Row(
                "total",
                "",
                f"{times(layers[0].input_shape)} → {times(layers[-1].output_shape)}",
                f"{grouped(weights)} + {grouped(biases)} = {grouped(weights + biases)}",
                "",
                "",
            )
        )
    return found


def _values(layer: LayerRecord, levels: float) -> str:
    parts = []
    if layer.min is not None and layer.max is not None:
        parts.append(span(layer.min * levels, layer.max * levels))
    parts += [f"{grouped(count)} {what}" for count, what in ((layer.nan, "NaN"), (layer.inf, "infinite")) if count]
    return ", ".join(parts)


def layers_table(history: Iterable[LayerRecord], console: Console, levels: float = 1.0) -> RenderableType:
    """Return the table of a history, or blocks where it does not fit the console."""
    from rich.console import Group
    from rich.measure import Measurement
    from rich.padding import Padding
    from rich.table import Table

    found = rows(history, levels)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        # Only the first column may fold: its second line holds settings, in words.
        table.add_column(heading, no_wrap=heading != "layer", overflow="fold")
    for row in found:
        # The size of a kernel needs no word in a table; it is the first thing below the name.
        details = Padding(row.details.removeprefix("kernel ").removeprefix("window "), (0, 0, 0, 2))
        name = Group(row.name, details) if row.details else row.name
        table.add_row(name, *row.cells, style="bold" if row.name == "total" else "")
    needed = Measurement.get(console, console.options.update(max_width=100_000), table)
    if console.width < NARROW or needed.minimum > console.width:
        return blocks(found)
    return table


def blocks(found: Iterable[Row]) -> str:
    """Return the rows as blocks of lines, each a heading and a value."""
    lines: list[str] = []
    for row in found:
        lines.append(row.name)
        pairs = zip(("", *HEADINGS[1:]), (row.details, *row.cells), strict=True)
        lines += [f"  {heading:<14}  {value}" if heading else f"  {value}" for heading, value in pairs if value]
    return "\n".join(lines)


def remarks(history: Sequence[LayerRecord]) -> list[str]:
    """Return what the table adds in words below a run: what a stride leaves uncovered, what pooling leaves alone."""
    found = []
    for before, layer in zip((None, *history), history, strict=False):
        name = printable(layer.name)
        if before and before.output_shape != layer.input_shape:
            found.append(
                f"{name}: on a part of the maps, {times(before.output_shape)} cropped to {times(layer.input_shape)}"
            )
        if layer.channels == "mean" and layer.input_shape[0] > 1:
            channels = layer.input_shape[0]
            found.append(f"÷ {channels}: kernels are divided among {channels} channels, so brightness keeps its size")
        if unread := never_read(layer):
            found.append(f"{name}: " + "; ".join(unread))
        if layer.type == "pool":
            found.append(f"{name}: 0 parameters, nothing to learn; the number of channels stays {layer.input_shape[0]}")
        if layer.mode == "avg" and layer.pad and any(layer.pad) and layer.count_include_pad:
            found.append(
                f"{name}: padding counts as zeros in the mean; TensorFlow leaves it out, as --exclude-pad does"
            )
    return found


def explanation_text(explanations: Iterable[Explanation]) -> str:
    """Return the sentences of --explain, a heading and a line each."""
    return "\n\n".join("\n".join([printable(e.title), *(f"  {s}" for s in e.sentences)]) for e in explanations)
