"""A run from an input to its maps: read, compute layer by layer, draw, write, and tell.

`conv` and `pool` differ in the layers they ask for, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.cli import outputs, picture, summary, values
from cnnviz.cli.inputs import BYTES, enter, input_source
from cnnviz.cli.plan import Plan
from cnnviz.cli.progress import Progress
from cnnviz.cli.report import Report
from cnnviz.core.wording import times
from cnnviz.errors import ArgumentError, MemoryLimitError
from cnnviz.files import ahead

if TYPE_CHECKING:
    from cnnviz.cli.options import GridOptions, InputOptions, OutputOptions
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.layer import Layer
    from cnnviz.core.shapes import Shape
    from cnnviz.files.read import Kind

LARGE = 64 * 1024**2  # bytes of an input from which on its header is asked before the rest is read


def run(
    command: str,
    inputs: Sequence[str],
    input_options: InputOptions,
    grid: GridOptions,
    output: OutputOptions,
    plan: Callable[[FeatureMaps, bool], Plan],
    kernels: Sequence[Path] = (),
) -> None:
    """Run `plan`, which makes the layers for the maps that enter them and is told whether these are a picture.

    `kernels` are files that are read beside the input.
    """
    look = picture.look(grid)
    levels = values.positive(output.levels, "--levels")
    limit = values.memory(input_options.max_memory)
    source = input_source(inputs, limit)
    files = outputs.plan(source, command, output)
    files.check(kernels, force=output.force)
    report = Report(quiet=output.quiet, results_on_stderr=files.on_stdout or (output.json and output.preview))

    with Progress(4, shown=not output.quiet) as progress:
        progress.step(f"reading {source.name}")
        if ahead.is_reading():
            _make_ready(drawing=bool(files.picture or output.preview))
        before, is_picture, notes = enter(inputs, input_options, limit, _header_check(input_options, plan, limit))
        with about(source.name):
            planned = plan(before, is_picture)
        notes += planned.notes
        if levels is not None and not any(before.pictures):
            notes.append("--levels is for the values of pictures: these are shown as they are")
            levels = None

        progress.step("computing")
        with about(source.name):
            after = compute(planned.layers, before, limit)

        drawn = None
        if files.picture or output.preview:
            progress.step("drawing")
            shown = Path(source.name).name
            with about(source.name):
                drawn = picture.draw(planned, before, after, look, name=shown, levels=levels, limit=limit)
        if files.maps and output.save is None and after.values.nbytes > outputs.LARGEST_UNASKED:
            size = after.values.nbytes >> 20
            notes.append(f"the maps take {size} MiB and were not saved: ask for them with --save X.npz")
            files = files._replace(maps=None)
        progress.step("saving")
        files.save(after, drawn, command)

    for note in notes:
        report.note(note)
    if drawn and output.preview:
        picture.preview(drawn, after, report, levels or 1.0)
    if output.json:
        report.json(summary.as_json(command, inputs[0], before, after, files, explained=output.explain))
    elif not output.quiet:  # what no one reads is not made: its table takes Rich, which takes long to import
        report.print(*summary.as_text(report, source.name, before, after, files, drawn, levels or 1.0))
        if output.explain:
            report.print("", summary.explanation(after))


def _make_ready(*, drawing: bool) -> None:
    """Import what computes and draws, while a second thread decodes the picture."""
    import cnnviz.core.stack
    import cnnviz.files.images

    if drawing:
        import cnnviz.draw.grid
        import cnnviz.draw.png  # noqa: F401


@contextmanager
def about(name: str) -> Iterator[None]:
    """Say which input does not fit its layers."""
    try:
        yield
    except ArgumentError as error:
        raise ArgumentError(f"{name}: {error}", argument=error.argument) from None
    except MemoryLimitError as error:
        raise MemoryLimitError(f"{name}: {error}") from None


def compute(layers: Sequence[Layer], maps: FeatureMaps, limit: int | None) -> FeatureMaps:
    """Return the maps after all layers; raises MemoryLimitError before it takes more than it may."""
    from cnnviz.core.stack import Stack

    _require(layers, maps.shape, limit)
    for after in Stack(layers).run(maps):
        maps = after
    return maps


def _require(layers: Sequence[Layer], shape: Shape, limit: int | None) -> None:
    """Raise MemoryLimitError where the layers would need too much for an input of that shape."""
    from cnnviz.core.stack import Stack
    from cnnviz.files.memory import require

    sizes = [_cells(shape), *(_cells(record.output_shape) for record in Stack(layers).describe(shape))]
    # The input stays for its tile; beside it, two neighbours at a time.
    most = sizes[0] + max(a + b for a, b in pairwise(sizes))
    require(most * BYTES, limit, f"this run on {times(shape)}")


def _header_check(
    options: InputOptions, plan: Callable[[FeatureMaps, bool], Plan], limit: int | None
) -> Callable[[Shape, Kind], None] | None:
    """Return what refuses a large input whose layers would need too much, when only its header is read.

    Crops and new sizes make it smaller again; with them, only reading itself is measured.
    """
    if options.crop or options.resize:
        return None

    def check(shape: Shape, kind: Kind) -> None:
        if _cells(shape) * BYTES <= LARGE:
            return
        from cnnviz.core.feature_maps import FeatureMaps
        from cnnviz.core.layer import blank

        shape = (1, *shape[1:]) if options.gray else shape
        stand_in = FeatureMaps(blank(*shape))
        _require(plan(stand_in, kind == "picture").layers, shape, limit)

    return check


def _cells(shape: Sequence[int]) -> int:
    channels, height, width = shape
    return channels * height * width
