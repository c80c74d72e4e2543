"""`cnnviz receptive-field`: what one output cell sees of the input, layer by layer, in numbers and on the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from cnnviz.cli import outputs, values
from cnnviz.cli.columns import columns
from cnnviz.cli.grouping import grouped, option
from cnnviz.cli.inputs import enter, input_source, refuse_without_input
from cnnviz.cli.options import Force, InputOptions, Json, Quiet
from cnnviz.cli.progress import Progress
from cnnviz.cli.report import Report
from cnnviz.core.receptive import Box, FieldRow, Sliding, growth, path, share, title
from cnnviz.core.shapes import Pair, Shape
from cnnviz.core.wording import times
from cnnviz.errors import ArgumentError, UsageError
from cnnviz.nets.grammar import LayerText, layer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.history import LayerRecord

EXAMPLES = (
    'cnnviz receptive-field --layer "conv 3 pad=1" --layer "conv 3 pad=1" --layer "pool 2"',
    'cnnviz receptive-field photo.png --layer "conv 11 stride=4 pad=2" --layer "max 3 stride=2" --at 10,12',
    "cnnviz receptive-field photo.conv.pool.npz",
)
USUAL = (3, 224, 224)  # what most networks take, where nothing is given

_FIELD = "Layers"


@grouped
def command(
    input_options: InputOptions,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUT]", show_default=False, help="A picture to draw on, or saved maps, whose history is taken."
        ),
    ] = None,
    layers: Annotated[
        list[str] | None,
        option(
            "--layer", "-l", metavar="LAYER", panel=_FIELD,
            help='A layer, in order: "conv 3 pad=1", "pool 2", "max 3 stride=2", "conv 3x5 dilation=2", "avg global". '
            "After saved maps they follow their history.",
        ),
    ] = None,
    shape: Annotated[
        str | None,
        option("--input", metavar="CxHxW", panel=_FIELD, help="The input shape, without INPUT. (default: 3x224x224)"),
    ] = None,
    at: Annotated[
        str | None,
        option("--at", metavar="ROW,COL", panel=_FIELD, help="The output cell, from 0. (default: the middle one)"),
    ] = None,
    output: Annotated[
        str | None,
        option("--output", "-o", metavar="X.png|X.svg", panel="Output", help="Name the figure; - is standard output."),
    ] = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """See COMMANDS."""
    report = outputs.figure_report(output, json=json, quiet=quiet, noun="figure")
    cell = values.cell(at, "--at")
    written = [_layer(text) for text in layers or ()]
    if not written and not inputs:
        raise UsageError('receptive-field needs layers: try --layer "conv 3 pad=1", or saved maps with their history')
    if not inputs:
        refuse_without_input(input_options)
    if inputs and shape:
        raise UsageError(f"--input {shape} and {inputs[0]} both give the input shape: leave one out")

    limit = values.memory(input_options.max_memory)
    source = input_source(inputs, limit) if inputs else None
    if output is not None:  # before anything is read
        outputs.figure(output, "the figure", source, force=force)
    with Progress(2, shown=not quiet) as progress:
        progress.step("reading")
        given = _read(inputs, input_options, limit, report) if inputs else None
        stack = _stack(given, written, values.shape(shape, "--input") if shape else None)
        picture = given.picture if given else None
        unasked = f"{source.stem}.receptive-field.png" if source and picture else None
        target = outputs.figure(output, "the figure", source, force=force, unasked=unasked)
        cells = stack.cells(cell)

        progress.step("drawing")
        if target:
            from cnnviz.draw.receptive import receptive_figure
            from cnnviz.files.provenance import Record

            if stack.shape is None or cells is None:
                raise UsageError("a figure needs the size of the input: give --input CxHxW or a picture")
            figure = receptive_figure(stack.rows, cells, stack.shape, picture=picture, name=given.name if given else "")
            record = Record(
                command="receptive-field",
                source=source.name if source else "",
                source_id=source.id if source else None,
                shapes=[stack.shape, *(r.output_shape for r in stack.records or ())],
            )
            outputs.save_figure(figure, target, record)
    if json:
        report.json(_json(stack, cells, inputs, target.path if target else None))
        return
    report.print(*_heading(stack, cells, given), "", _table(stack, cells, report))
    if target:
        report.print("", f"figure: {target.path or 'standard output'}")


class Given(NamedTuple):
    """An input as it was read: its shape, the layers that made it, and itself where it is a picture."""

    name: str
    shape: Shape
    history: Sequence[LayerRecord]
    picture: FeatureMaps | None


class Layers(NamedTuple):
    """The layers whose fields are asked for; `shape` and `records` are None where the size of the input is open."""

    rows: list[FieldRow]
    shape: Shape | None
    records: Sequence[LayerRecord] | None

    def cells(self, at: Pair | None) -> list[Pair] | None:
        """Return the cell after each layer whose patch is shown; raises UsageError for one that is not there."""
        if self.records is None:
            if at is not None:
                raise UsageError("--at needs the size of the input: give --input CxHxW or a picture")
            return None
        height, width = self.records[-1].output_shape[1:]
        row, column = at or ((height - 1) // 2, (width - 1) // 2)
        if row >= height or column >= width:
            raise UsageError(
                f"--at {row},{column} is outside the output of {height}×{width}: "
                f"rows are 0 to {height - 1}, columns 0 to {width - 1}"
            )
        sizes = [record.input_shape[1:] for record in self.records]
        return path(self.records, [(h, w) for h, w in sizes], (row, column))

    def share(self, i: int, cells: Sequence[Pair] | None) -> float | None:
        """Return which part of the input the cell after layer i sees."""
        if cells is None or self.shape is None:
            return None
        return share(self.rows[i].box(cells[i]), self.shape[1:])


def _layer(text: str) -> LayerText:
    try:
        return layer(text)
    except ArgumentError as error:
        raise UsageError(f"--layer {error}") from None


def _read(inputs: Sequence[str], options: InputOptions, limit: int | None, report: Report) -> Given:
    from pathlib import Path

    maps, _, notes = enter(inputs, options, limit)
    for note in notes:
        report.note(note)
    if maps.history and options.crop:
        raise UsageError("--crop would cut the maps from their history: crop before the first layer")
    # What a history made is no picture of the first input any more.
    return Given(Path(maps.source).name, maps.shape, maps.history, maps if not maps.history else None)


def _stack(given: Given | None, written: Sequence[LayerText], shape: Shape | None) -> Layers:
    """Return the layers: the history of the input first, then those written."""
    if given is not None:
        if not given.history and not written:
            raise UsageError(f'{given.name} has no layers in its history: give some, like --layer "conv 3 pad=1"')
        first = given.history[0].input_shape if given.history else given.shape
        return _described(first, given.history, given.shape, written)
    if shape is not None:
        return _described(shape, (), shape, written)
    try:
        return _described(USUAL, (), USUAL, written)
    except ArgumentError:  # fields do not depend on a size that nobody asked for
        windows: list[Sliding] = [one.window() for one in written]
        return Layers(growth(windows), None, None)


def _described(first: Shape, history: Sequence[LayerRecord], shape: Shape, written: Sequence[LayerText]) -> Layers:
    records = list(history)
    for one in written:
        records.append(one.describe(shape))
        shape = records[-1].output_shape
    return Layers(growth(records), first, records)


# ---------------------------------------------------------------------------------------------------- in numbers


def _heading(stack: Layers, cells: Sequence[Pair] | None, given: Given | None) -> list[str]:
    if stack.shape is None or cells is None or stack.records is None:
        return ["what one output cell sees (give --input CxHxW to see which share of the input that is)"]
    name = f"{given.name}: " if given else ""
    last = stack.records[-1]
    row, column = cells[-1]
    box = stack.rows[-1].box(cells[-1])
    return [
        f"{name}{times(stack.shape)} → {times(last.output_shape)}",
        f"output row {row}, column {column} sees {_rows_and_columns(box)} of the input",
    ]


def _rows_and_columns(box: Box) -> str:
    return f"rows {_span(box[0], box[2])}, columns {_span(box[1], box[3])}"


def _table(stack: Layers, cells: Sequence[Pair] | None, report: Report) -> RenderableType:
    from cnnviz.draw.numbers import percent, signed

    lines = []
    for i, row in enumerate(stack.rows):
        top, left, bottom, right = row.box()
        same = (top, bottom) == (left, right)
        part = stack.share(i, cells)
        lines.append(
            (
                title(row.layer, pad=True),
                times(row.size),
                signed(row.jump[0]) if row.jump[0] == row.jump[1] else times(row.jump),
                _span(top, bottom) if same else f"{_span(top, bottom)}, {_span(left, right)}",
                _fraction(row.center[0])
                if row.center[0] == row.center[1]
                else f"{_fraction(row.center[0])}, {_fraction(row.center[1])}",
                *([percent(part)] if part is not None else []),
            )
        )
    heads = ("layer", "sees", "jump", "cell 0 sees", "its centre", *(["of the input"] if cells else []))
    return columns(heads, lines, report.console())


def _span(first: int, last: int) -> str:
    from cnnviz.draw.numbers import signed

    return f"{signed(first)} … {signed(last)}"


def _fraction(value: float) -> str:
    """Return a whole number or a half."""
    from cnnviz.draw.numbers import MINUS

    digits = f"{abs(value):.0f}" if value == int(value) else f"{abs(value):.1f}"
    return f"{MINUS}{digits}" if value < 0 else digits


def _json(stack: Layers, cells: Sequence[Pair] | None, inputs: Sequence[str] | None, figure: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "command": "receptive-field",
        "input": {"path": inputs[0] if inputs else None, "shape": list(stack.shape) if stack.shape else None},
        "at": list(cells[-1]) if cells else None,
        "layers": [
            {
                "name": title(row.layer, pad=True),
                "size": list(row.size),
                "jump": list(row.jump),
                "first_box": list(row.box()),
                "center": list(row.center),
                "share": stack.share(i, cells),
                "box": list(row.box(cells[i])) if cells else None,
            }
            for i, row in enumerate(stack.rows)
        ],
        "files": {"figure": str(figure) if figure else None},
    }
