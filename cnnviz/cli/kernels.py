"""`cnnviz kernels`: the presets as matrices, what each one shows, and where its numbers come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from cnnviz.cli import outputs, values
from cnnviz.cli.grouping import complete, grouped, option
from cnnviz.cli.options import Force, Json, MaxMemory, Quiet
from cnnviz.core.wording import plural, times
from cnnviz.kernels.presets import KERNELS, Parameter, Preset

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.files.write import Target

EXAMPLES = (
    "cnnviz kernels sobel",
    "cnnviz kernels gaussian:5,sigma=1.4",
    "cnnviz kernels -o kernels.png",
)
TAKES_MATRIX = True
GAP = "   "  # between matrices that stand side by side
WIDEST = 120  # characters of matrices side by side
TILE_BYTES = 500_000  # of a kernel on the sheet, while that is drawn


@grouped
def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]",
            show_default=False,
            autocompletion=complete(KERNELS),
            help="Presets, or anything that --kernel takes; without one all presets.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        option(
            "--output", "-o", metavar="X.png|X.svg", panel="Output", help="Draw them as a sheet; - is standard output."
        ),
    ] = None,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
    max_memory: MaxMemory = None,
) -> None:
    """See COMMANDS."""
    report = outputs.figure_report(output, json=json, quiet=quiet, noun="picture")
    limit = values.memory(max_memory)
    target = outputs.figure(output, "the sheet", None, force=force)
    entries = [_entry(spec, limit) for spec in names or KERNELS]
    if target:
        _draw(entries, names or [], target, limit)
    if json:
        report.json({"version": 1, "command": "kernels", "kernels": [entry.as_json() for entry in entries]})
        return
    width = min(report.console().width, WIDEST)
    for entry in entries:
        report.print(*entry.lines(width), "")
    if output not in (None, outputs.STDOUT):
        report.print(f"sheet: {output}")


class Entry(NamedTuple):
    """A preset, or another kernel by its text, with its weights (O, kH, kW) or (O, C, kH, kW)."""

    spec: str
    preset: Preset | None
    weights: NDArray[np.float32]
    labels: list[str]

    def matrices(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Yield every flat matrix with its label; a kernel of four axes has one for each channel."""
        for label, weight in zip(self.labels, self.weights, strict=True):
            if weight.ndim == 2:
                yield label, weight
            else:
                yield from ((f"{label}, channel {i}", matrix) for i, matrix in enumerate(weight))

    def lines(self, width: int) -> Iterator[str]:
        """Yield the entry as lines of text that fit a width; matrices stand side by side where they do."""
        size = times(self.weights.shape[-2:])
        count = len(self.weights)
        yield f"{self.spec}  {size}" if count == 1 else f"{self.spec}  {plural(count, 'kernel')} of {size}"
        if self.preset:
            yield f"  {self.preset.shows}"
            yield f"  from: {self.preset.source}"
            yield from (f"  {line}" for line in _parameters(self.preset))
        blocks = [
            block for label, matrix in self.matrices() for block in _blocks(label, matrix, width - 2, named=count > 1)
        ]
        for row in _side_by_side(blocks, width - 2):
            yield f"  {row}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """Return the entry for --json."""
        return {
            "name": self.spec,
            "shows": self.preset.shows if self.preset else None,
            "source": self.preset.source if self.preset else None,
            "parameters": [_parameter_json(p) for p in self.preset.parameters] if self.preset else [],
            "labels": self.labels,
            "weights": self.weights.tolist(),
        }


def _entry(spec: str, limit: int | None) -> Entry:
    from cnnviz.kernels.grammar import kernel

    weights, labels = kernel(spec, limit=limit)
    return Entry(spec, KERNELS.get(spec.partition(":")[0].strip().lower()), weights, labels)


def _parameters(preset: Preset) -> Iterator[str]:
    if preset.size:
        yield f"size: {'odd, ' if preset.odd else ''}usually {times(preset.size)}"
    for parameter in preset.parameters:
        yield f"{parameter.name}: {parameter.meaning} (usually {_usual(parameter)})"


def _usual(parameter: Parameter) -> str:
    return parameter.usual or (f"{parameter.default:g}" if parameter.default is not None else "as needed")


def _parameter_json(parameter: Parameter) -> dict[str, Any]:
    return {"name": parameter.name, "meaning": parameter.meaning, "default": parameter.default}


def _blocks(label: str, matrix: NDArray[np.float32], width: int, *, named: bool) -> Iterator[list[str]]:
    """Yield a matrix as lines of one width, its name above where there are several.

    One that is wider than the terminal is parted into blocks of columns, which say so.
    """
    from cnnviz.kernels.pretty import pretty

    factor, cells = pretty(matrix)
    front = f"{factor} · " if factor else ""
    across = max(1, (width - len(front) + 1) // (len(cells[0][0]) + 1))
    for first in range(0, len(cells[0]), across):
        part = [row[first : first + across] for row in cells]
        rows = [(front if i == 0 else " " * len(front)) + " ".join(row) for i, row in enumerate(part)]
        last = first + len(part[0]) - 1
        parted = f"columns {first} to {last}" if len(part[0]) < len(cells[0]) else ""
        heading = ", ".join(filter(None, (label if named else "", parted)))
        lines = [heading, *rows] if heading else rows
        widest = max(map(len, lines))
        yield [line.ljust(widest) for line in lines]


def _side_by_side(blocks: Sequence[list[str]], width: int) -> Iterator[str]:
    """Yield the lines of blocks set next to each other, as many as fit, an empty line between rows of them."""
    row: list[list[str]] = []
    for block in [*blocks, None]:
        used = sum(len(b[0]) + len(GAP) for b in row)
        if block is not None and (not row or used + len(block[0]) <= width):
            row.append(block)
            continue
        height = max(map(len, row))
        filled = [b + [" " * len(b[0])] * (height - len(b)) for b in row]
        yield from (GAP.join(parts) for parts in zip(*filled, strict=True))
        if block is not None:
            yield ""
            row = [block]


def _draw(entries: Sequence[Entry], names: Sequence[str], target: Target, limit: int | None) -> None:
    from cnnviz.draw.kernel_sheet import SheetKernel, kernel_sheet
    from cnnviz.files.memory import require
    from cnnviz.files.provenance import Record

    count = sum(len(list(entry.matrices())) for entry in entries)
    require(TILE_BYTES * count, limit, f"a sheet of {plural(count, 'kernel')}")
    sheet: dict[str, SheetKernel] = {}
    for entry in entries:
        shows = entry.preset.shows if entry.preset else ""
        for label, matrix in entry.matrices():
            # sobel-x is a preset of its own and a part of sobel: it is drawn once, with the words for it alone.
            sheet[label] = SheetKernel(label, matrix, shows)
            shows = "" if len(entry.labels) > 2 else shows  # a bank of eight says it once
    scene = kernel_sheet(
        list(sheet.values()),
        title=", ".join(names) or "Preset kernels",
        subtitle=f"{plural(len(sheet), 'kernel')}; red positive, indigo negative",
    )
    outputs.save_figure(scene, target, Record(command="kernels", source=", ".join(names)))
