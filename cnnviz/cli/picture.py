"""The grid of a run: what it is titled, how it is drawn, and the preview of it in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.cli import values
from cnnviz.cli.options import NORMALIZE
from cnnviz.cli.table import settings
from cnnviz.core.wording import plural, times
from cnnviz.draw.palette import PALETTES
from cnnviz.draw.style import LARGEST_SCALE
from cnnviz.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

    from cnnviz.cli.options import GridOptions
    from cnnviz.cli.plan import Plan
    from cnnviz.cli.report import Report
    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.core.history import LayerRecord
    from cnnviz.draw.grid import Grid

BYTES_PER_PIXEL = 12  # of a grid being drawn: tiles in RGB, the picture in RGBA, and as much again as PNG


class Drawn(NamedTuple):
    """A grid, and its pixels."""

    grid: Grid
    image: Image


def look(options: GridOptions) -> dict[str, Any]:
    """Return the options of the grid as `grid_scene` takes them; raises UsageError before any work."""
    if options.range and options.normalize != "auto":
        raise UsageError(f"--range is one fixed scale: it does not go with --normalize {options.normalize}")
    if options.columns is not None and options.columns < 1:
        raise UsageError(f"--columns must be at least 1, not {options.columns}")
    return {
        "normalize": values.choice(options.normalize, NORMALIZE, "--normalize"),
        "range": values.limits(options.range, "--range") if options.range else None,
        "palette": values.choice(options.palette, PALETTES, "--palette") if options.palette else None,
        "columns": options.columns,
        "labels": not options.no_labels,
        "scale": values.positive(options.scale, "--scale", most=LARGEST_SCALE),
    }


def draw(
    plan: Plan,
    before: FeatureMaps,
    after: FeatureMaps,
    look: dict[str, Any],
    *,
    name: str,
    levels: float | None,
    limit: int | None,
) -> Drawn:
    """Draw the maps after a run, beside its input where that is one picture or one map; `limit` is in bytes."""
    from cnnviz.draw.grid import grid_scene
    from cnnviz.draw.png import render
    from cnnviz.files.memory import default_limit

    shown = all(before.pictures) or before.shape[0] == 1
    room = (limit or default_limit()) - before.stored.nbytes - after.values.nbytes
    grid = grid_scene(
        after,
        input=before if shown else None,
        title=" → ".join([name, *(layer.name for layer in after.history[len(before.history) :])]),
        subtitle=_subtitle(before, after),
        kernels=plan.thumbnails,
        levels=levels,
        most_pixels=max(0, room) // BYTES_PER_PIXEL,
        stats=after.stats,
        **look,
    )
    return Drawn(grid, render(grid.scene))


def _subtitle(before: FeatureMaps, after: FeatureMaps) -> str:
    new = after.history[len(before.history) :]
    params = sum(layer.params for layer in new)
    parts = [
        f"{times(before.shape)} → {times(after.shape)}",
        "; ".join(filter(None, (_step(layer, alone=len(new) == 1) for layer in new))),
        plural(params, "parameter"),
    ]
    return "   ".join(filter(None, parts))


def _step(layer: LayerRecord, *, alone: bool) -> str:
    # The title has the names already; they are needed again only where the settings of several layers meet.
    return settings(layer) if alone or layer.type == "conv" else f"{layer.name} {settings(layer)}".strip()


def preview(drawn: Drawn, maps: FeatureMaps, report: Report, levels: float) -> None:
    """Print the tiles in half blocks, and small maps as numbers where they fit."""
    from cnnviz.cli.preview import WIDTH, matrices, tiles

    console = report.console()
    width = min(console.width, WIDTH)
    numbers = matrices(maps, width, levels)
    report.print(*tiles(drawn.grid.tiles, console, width), *numbers, *([""] if numbers else []))
