"""`cnnviz diagram`: how a layer is connected and what its shapes are, drawn for the numbers given or for a picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cnnviz.cli import outputs, values
from cnnviz.cli.diagram_blocks import blocks
from cnnviz.cli.diagram_kinds import DIAGRAMS, NEURONS, ShapeOptions
from cnnviz.cli.diagram_neurons import neurons
from cnnviz.cli.grouping import complete, grouped, option
from cnnviz.cli.inputs import input_source, refuse_without_input
from cnnviz.cli.options import AlsoPoolOptions, Force, InputOptions, Json, Quiet
from cnnviz.cli.progress import Progress
from cnnviz.errors import UsageError

if TYPE_CHECKING:
    from cnnviz.files.source import Source

EXAMPLES = (
    "cnnviz diagram weight-sharing",
    "cnnviz diagram filters photo.png --kernel sobel --kernel gaussian:5",
    "cnnviz diagram pooling --input 8x222x222 -o pooling.svg",
)


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
    """See COMMANDS."""
    report = outputs.figure_report(output, json=json, quiet=quiet, noun="figure")
    name = values.choice(name, DIAGRAMS, "diagram")
    _fitting(name, shape, pool, input_options, inputs)

    from cnnviz.files.provenance import Record

    source = _source(name, inputs, values.memory(input_options.max_memory))
    unasked = f"{source.stem}.{name}.png" if inputs else f"{name}.png"
    target = outputs.figure(output, "the figure", source, force=force, unasked=unasked)
    assert target
    with Progress(2, shown=not quiet) as progress:
        progress.step(f"drawing {source.name}")
        if DIAGRAMS[name].takes == NEURONS:
            drawn = neurons(name, shape, report)
        else:
            drawn = blocks(name, shape, pool, input_options, inputs, report)
        progress.step("writing the figure")
        record = Record(command="diagram", source=source.name, source_id=source.id, shapes=drawn.shapes)
        outputs.save_figure(drawn.figure, target, record)
    if json:
        files = {"figure": None if target.path is None else str(target.path)}
        report.json({"version": 1, "command": "diagram", "diagram": name, **drawn.json, "files": files})
        return
    report.print(*drawn.lines, "", f"diagram: {target.path or 'standard output'}")


def _source(name: str, inputs: Sequence[str] | None, limit: int | None) -> Source:
    """Return where a figure comes from: its input, or itself."""
    from cnnviz.files.source import Source

    if inputs:
        return input_source(inputs, limit)
    return Source(name, None, hashlib.sha256(f"diagram {name}".encode()).hexdigest(), name)


def _fitting(
    name: str, shape: ShapeOptions, pool: AlsoPoolOptions, input_options: InputOptions, inputs: Sequence[str] | None
) -> None:
    """Raise UsageError for the first option that a figure has no use for."""
    takes = DIAGRAMS[name].takes
    for options in (shape, pool):
        for field, value in options._asdict().items():
            if field not in takes and value not in (None, False):
                typed = "--inputs" if field == "neurons" else "--" + field.replace("_", "-")
                others = ", ".join(other for other, diagram in DIAGRAMS.items() if field in diagram.takes)
                raise UsageError(f"{typed} is not for diagram {name}: it goes with {others}")
    if not inputs:
        refuse_without_input(input_options)
        return
    if takes == NEURONS:
        raise UsageError(f"diagram {name} draws a row of neurons, not {inputs[0]}: give their number with --inputs")
    if shape.input:
        raise UsageError(f"--input {shape.input} and {inputs[0]} both give the input shape: leave one out")
