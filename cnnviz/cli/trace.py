"""`cnnviz trace`: the arithmetic behind one output value, in the terminal and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cnnviz.cli import outputs, trace_text, values
from cnnviz.cli.grouping import grouped, option
from cnnviz.cli.inputs import enter, input_source
from cnnviz.cli.options import AlsoPoolOptions, ConvOptions, Force, InputOptions, Inputs, Json, Quiet
from cnnviz.cli.progress import Progress
from cnnviz.cli.run import about
from cnnviz.cli.traced import Asked, Traced
from cnnviz.errors import ArgumentError, UsageError, printable

if TYPE_CHECKING:
    from cnnviz.core.trace import Trace
    from cnnviz.draw.scene import Scene

EXAMPLES = (
    "cnnviz trace photo.png --kernel sobel-x --pad 1 --at 10,20",
    "cnnviz trace photo.png --kernel sobel-x --activation relu -o trace.png",
    "cnnviz trace photo.png --pool max --at 3,4",
)

_TRACE = "Trace"


@grouped
def command(
    inputs: Inputs,
    conv: ConvOptions,
    pool: AlsoPoolOptions,
    input_options: InputOptions,
    at: Annotated[
        str | None,
        option(
            "--at", metavar="ROW,COL", panel=_TRACE, help="The output cell, counted from 0. (default: the strongest)"
        ),
    ] = None,
    map_: Annotated[
        int, option("--map", metavar="N", panel=_TRACE, help="The output map, counted from 0. (default: 0)")
    ] = 0,
    output: Annotated[
        str | None,
        option("--output", "-o", metavar="X.png|.svg", panel="Output", help="Draw it as well; - is standard output."),
    ] = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """See COMMANDS.

    With --kernel it traces the convolution, with --pool the pooling (of the convolved maps where both are given).
    """
    report = outputs.figure_report(output, json=json, quiet=quiet, noun="picture")
    limit = values.memory(input_options.max_memory)
    wanted = values.cell(at, "--at")
    asked = Asked.of("trace", conv, pool, limit)
    source = input_source(inputs, limit)
    target = outputs.figure(output, "the trace", source, force=force, inputs=asked.files)

    with Progress(3, shown=not quiet) as progress:
        progress.step(f"reading {source.name}")
        maps, picture, notes = enter(inputs, input_options, limit)
        for note in (*notes, *asked.notes):
            report.note(note)
        progress.step("computing")
        with about(source.name):
            traced = asked.run(maps, picture, limit)
        found = _trace(traced, wanted, map_)
        if target:
            progress.step("drawing")
            from cnnviz.files.provenance import Record

            record = Record(
                command="trace",
                source=source.name,
                source_id=source.id,
                shapes=[traced.record.input_shape, traced.record.output_shape],
            )
            outputs.save_figure(_scene(traced, found), target, record)

    if json:
        report.json(_json(traced, found))
        return
    label = f"map {found.map}" if found.label == f"map {found.map}" else f"map {found.map}, {printable(found.label)}"
    report.print(f"{printable(source.name)}: output row {found.at[0]}, column {found.at[1]} of {label}")
    if wanted is None:
        report.print("(the strongest of this map; choose another with --at ROW,COL)")
    report.print(traced.details(), "")
    width = report.console().width
    if traced.record.type == "pool":
        report.print(*trace_text.pool_lines(found, width))
    else:
        report.print(*trace_text.conv_lines(found, traced.kernel_name(found.label), width))
    if target and target.path:
        report.print("", f"figure: {target.path}")


def _trace(traced: Traced, at: tuple[int, int] | None, map_: int) -> Trace:
    from cnnviz.core.trace import strongest, trace

    try:
        if at is None:
            at = strongest(traced.after.values[map_]) if 0 <= map_ < len(traced.after) else (0, 0)
        return trace(traced.layer, traced.given, at, map_, activation=traced.activation)
    except ArgumentError as error:
        option_name = {"at": "--at", "map": "--map"}.get(error.argument)
        raise UsageError(f"{option_name}: {error}" if option_name else str(error)) from None


def _scene(traced: Traced, found: Trace) -> Scene:
    from cnnviz.draw.trace import trace_scene
    from cnnviz.draw.trace_pool import pool_scene
    from cnnviz.draw.trace_sheet import Output

    shown = Output(traced.after.values[found.map], traced.after.pictures[found.map])
    subtitle = f"{traced.details()}  ·  output row {found.at[0]}, column {found.at[1]}"
    if len(traced.after) > 1:
        subtitle += f" of {printable(found.label)}"
    if traced.record.type == "pool":
        title = f"One output value of {traced.record.mode} pooling"
        return pool_scene(found, traced.given, shown, title=title, subtitle=subtitle)
    name = traced.kernel_name(found.label)
    title = "One output value, computed"
    return trace_scene(found, traced.given, shown, title=title, subtitle=subtitle, kernel_name=name)


def _json(traced: Traced, found: Trace) -> dict[str, Any]:
    return {
        "version": 1,
        "command": "trace",
        "at": list(found.at),
        "map": found.map,
        "layer": traced.record.to_json(),
        "channels": [trace_text.term_json(term) for term in found.terms],
        "bias": found.bias,
        "preactivation": trace_text.finite(found.preactivation),
        "activation": found.activation,
        "value": trace_text.finite(found.value),
        **({"winners": [list(cell) for cell in found.winners]} if traced.record.type == "pool" else {}),
    }
