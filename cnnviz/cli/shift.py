"""`pool --shift N` and `conv --shift N`: the same layers on an input and on it shifted, and what that changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from cnnviz.cli import outputs, summary, values
from cnnviz.cli.grouping import option
from cnnviz.cli.inputs import BYTES, enter, input_source
from cnnviz.cli.plan import Plan
from cnnviz.cli.progress import Progress
from cnnviz.cli.report import Report
from cnnviz.cli.run import about, compute
from cnnviz.core.wording import plural, times
from cnnviz.errors import UsageError, printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.cli.options import InputOptions, OutputOptions
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.shift import Shifted, ShiftResult
    from cnnviz.draw.scene import Scene


class ShiftOptions(NamedTuple):
    """The experiment in place of the plain run."""

    shift: Annotated[
        int | None,
        option(
            "--shift", metavar="N", panel="Experiment",
            help="Shift the input by 1…N cells, right and down, and show what changes; no maps are saved.",
        ),
    ] = None  # fmt: skip


def run_shifted(
    command: str,
    inputs: Sequence[str],
    input_options: InputOptions,
    output: OutputOptions,
    plan: Callable[[FeatureMaps, bool], Plan],
    most: int,
    kernels: Sequence[Path] = (),
    *,
    along: bool = False,
) -> None:
    """Run `plan` on an input and on the same input shifted by 1 … `most` cells, and tell what that changed.

    With `along` the maps are expected to move with the input, otherwise to stay as they are.
    """
    limit = values.memory(input_options.max_memory)
    source = input_source(inputs, limit)
    _fitting(most, output)
    unasked = None if output.no_grid else f"{source.stem}.{command}.shift.png"
    target = outputs.figure(output.output, "the figure", source, force=output.force, unasked=unasked)
    report = outputs.figure_report(output.output, json=output.json, quiet=output.quiet, noun="figure")

    with Progress(2 * most + 2, shown=not output.quiet) as progress:
        progress.step(f"reading {source.name}")
        before, is_picture, notes = enter(inputs, input_options, limit)
        with about(source.name):
            planned = plan(before, is_picture)
        for note in (*notes, *planned.notes):
            report.note(note)
        rows, columns = before.shape[1:]
        if most >= min(rows, columns):
            if min(rows, columns) == 1:
                raise UsageError(f"--shift needs an input of at least 2×2, and this one is {rows}×{columns}")
            raise UsageError(f"--shift {most} leaves nothing of an input of {rows}×{columns}: shift by less")
        with about(source.name):
            x = before.values  # asked for first: the maps come from the same floats then as those of shifted inputs
            after = compute(planned.layers, before, limit)
            results, shown = _shift(planned, x, after, most, limit, progress, along=along)

    verdict = _moves(results, after) if along else _stays(results, after)
    if target:
        from cnnviz.files.provenance import Record

        figure = _figure(before, after, shown, results, verdict, Path(source.name).name, along=along)
        shapes = [before.shape, after.shape]
        outputs.save_figure(
            figure, target, Record(command=command, source=source.name, source_id=source.id, shapes=shapes)
        )
    if output.json:
        files = outputs.Outputs(source, None, None)
        found = summary.as_json(command, inputs[0], before, after, files)
        written = str(target.path) if target else None
        report.json({**found, "shift": [_as_json(r) for r in results], "files": {"figure": written}})
        return
    report.print(*_lines(inputs[0], before, after, results, verdict, report, along=along))
    if target:
        report.print("", f"figure: {target.path or 'standard output'}")
    if output.explain:
        report.print("", summary.explanation(after))


def _fitting(most: int, output: OutputOptions) -> None:
    if most < 1:
        raise UsageError(f"--shift must be at least 1, not {most}")
    for given, typed in ((output.save, "--save"), (output.preview, "--preview")):
        if given:
            raise UsageError(f"{typed} does not go with --shift, which compares maps and keeps none: leave one out")
    if output.no_grid and output.output is not None:
        raise UsageError(f"-o {output.output} contradicts --no-grid: leave one out")


def _shift(
    planned: Plan,
    x: NDArray[np.floating[Any]],
    after: FeatureMaps,
    most: int,
    limit: int | None,
    progress: Progress,
    *,
    along: bool,
) -> tuple[list[ShiftResult], Shifted]:
    """Return what every shift changed, and the longest one to the right with its arrays."""
    from cnnviz.core.shift import DIRECTIONS, shift_test
    from cnnviz.files.memory import require

    # Input and maps once more, and the differences in double.
    require((3 * x.size + 6 * after.values.size) * BYTES, limit, f"comparing shifts of {times(x.shape)}")
    results, shown = [], None
    for direction in DIRECTIONS:
        for cells in range(1, most + 1):
            progress.step(f"shifting {cells} {direction}")
            found = shift_test(planned.layers, x, after.values, direction, cells, along=along)
            results.append(found.result)
            if shown is None or shown.result.direction == direction == "right":
                shown = found
    assert shown
    return results, shown


# --------------------------------------------------------------------------------------------------- in words


def _stays(results: Sequence[ShiftResult], after: FeatureMaps) -> str:
    """Say whether outputs stay what they are under a shift of one cell, to the right and down."""
    what = after.history[-1].name
    ones = [r for r in results if r.cells == 1 and r.outputs]
    if not ones:
        return f"{what}: every output reads a cell that the shift vacated, so there is nothing to compare"
    from cnnviz.draw.numbers import percent

    share = sum(r.equal for r in ones) / sum(r.outputs for r in ones)
    kept = f"{percent(share)} of the outputs stay equal when the input moves by 1 cell"
    before = sum(r.before or 0 for r in ones)
    change = sum(r.after or 0 for r in ones) / before if before else None
    if change is None:
        return f"{what}: {kept}; the input does not change either"
    if change >= 0.95:
        return f"{what} does not help here: {kept}, but the mean change is {change:.2f}× that of the input"
    if share >= 0.5:
        return f"{what} shrugs it off: {kept}; the mean change is {change:.2f}× that of the input"
    return f"{what} helps a little: {kept}; the mean change is {change:.2f}× that of the input"


def _moves(results: Sequence[ShiftResult], after: FeatureMaps) -> str:
    """Say whether the maps move with the input."""
    whole = [r for r in results if r.whole and r.outputs]
    broken = [r for r in results if not r.whole and r.outputs]
    parts = []
    if whole and all(r.equal == r.outputs for r in whole):
        steps = ", ".join(dict.fromkeys(str(r.cells) for r in whole))
        parts.append(f"shifted by {steps}, the input gives the same maps, shifted" if broken else
                     "a shifted input gives the same maps, shifted: all outputs are equal")  # fmt: skip
    elif whole:
        worst = min(whole, key=lambda r: r.share)
        parts.append(f"a shifted input does not give quite the same maps: {_part(worst)} are equal")
    if broken:
        steps = ", ".join(dict.fromkeys(str(r.cells) for r in broken))
        worst = min(broken, key=lambda r: r.share)
        parts.append(f"a shift by {steps} is no whole number of steps of the stride: only {_part(worst)} are equal")
    return "; ".join(parts) or "every output reads padding or a vacated cell, so there is nothing to compare"


def _part(result: ShiftResult) -> str:
    from cnnviz.draw.numbers import percent

    return percent(result.share)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _lines(
    name: str,
    before: FeatureMaps,
    after: FeatureMaps,
    results: Sequence[ShiftResult],
    verdict: str,
    report: Report,
    *,
    along: bool,
) -> list[Any]:
    from cnnviz.cli.columns import columns
    from cnnviz.draw.shift import HEADS, cells

    channels, height, width = before.shape
    left_out = "outputs that read vacated cells" + (" or padding in their place" if along else "")
    return [
        f"{printable(name)}: {plural(channels, 'channel')} of {height}×{width} → {times(after.shape)}",
        "",
        columns(HEADS, [cells(result) for result in results], report.console()),
        "",
        f"{_sentence(verdict)}.",
        f"Vacated cells repeat the edge; {left_out} are left out.",
    ]


def _as_json(result: ShiftResult) -> dict[str, Any]:
    return {
        "direction": result.direction,
        "cells": result.cells,
        "moved": result.moved,
        "whole": result.whole,
        "outputs": result.outputs,
        "equal": result.equal,
        "change_before": result.before,
        "change_after": result.after,
    }


# ------------------------------------------------------------------------------------------------- as a figure


def _figure(
    before: FeatureMaps,
    after: FeatureMaps,
    shown: Shifted,
    results: Sequence[ShiftResult],
    verdict: str,
    name: str,
    *,
    along: bool,
) -> Scene:
    from cnnviz.draw.shift import ShiftRow, shift_figure

    new = after.history[len(before.history) :]
    result = shown.result
    first, last = before.labels[0], after.labels[0]
    by = f"{result.cells} {result.direction}"
    moved = f"maps moved {result.moved}" if along else "stayed"
    rows = [
        ShiftRow(
            (f"input, {first}", f"shifted {by}", "difference"),
            before.values[0], shown.input[0], before.values[0], shown.input_kept, before.pictures[0], is_input=True,
        ),
        ShiftRow(
            (last, f"{last} of the shifted input", f"difference from the {moved}" if along else "difference"),
            after.values[0], shown.maps[0], shown.expected[0], shown.maps_kept, after.pictures[0],
        ),
    ]  # fmt: skip
    channels = "" if after.shape[0] == 1 else f"   drawn: {last}, the first of {after.shape[0]} maps"
    return shift_figure(
        rows,
        results,
        title=_sentence(f"{' → '.join(layer.name for layer in new)}: what a shift changes"),
        subtitle=f"{name} {times(before.shape)} → {times(after.shape)}, shifted {by}{channels}",
        verdict=_sentence(verdict),
    )
