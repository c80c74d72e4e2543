"""What a run says when it is done: the table and what stands below it, or one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnnviz.cli.table import explanation_text, layers_table, remarks
from cnnviz.core.explain import explain
from cnnviz.draw.numbers import number

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cnnviz.cli.outputs import Outputs
    from cnnviz.cli.picture import Drawn
    from cnnviz.cli.report import Report
    from cnnviz.core.feature_maps import FeatureMaps


def as_text(
    report: Report,
    name: str,
    before: FeatureMaps,
    after: FeatureMaps,
    files: Outputs,
    drawn: Drawn | None,
    levels: float,
) -> Iterator[RenderableType]:
    """Yield the heading, the table, remarks, and the files that were written."""
    channels, height, width = before.shape
    yield f"{name}: {channels} channel{'s' * (channels != 1)} of {height}×{width}"
    yield ""
    yield layers_table(after.history, report.console(), levels)
    notes = [remark for layer in after.history for remark in remarks(layer)]
    if notes:
        yield ""
        yield from notes
    yield ""
    for kind, target in (("maps", files.maps), ("grid", files.picture)):
        if target:
            scale = f"  ({_scale(drawn)})" if kind == "grid" and drawn else ""
            yield f"{kind}: {target.path or 'standard output'}{scale}"


def _scale(drawn: Drawn) -> str:
    reduction = drawn.grid.reduction
    if reduction > 1:
        return f"one pixel shows {number(reduction)}×{number(reduction)} cells; --scale 1 shows every cell"
    return "every cell is shown"


def explanation(after: FeatureMaps) -> str:
    """Return the sentences of --explain for the whole history."""
    return explanation_text(explain(after.history))


def as_json(command: str, name: str, before: FeatureMaps, after: FeatureMaps, files: Outputs) -> dict[str, Any]:
    """Return a run as the object that --json prints."""
    return {
        "version": 1,
        "command": command,
        "input": {"path": name, "shape": list(before.shape)},
        "layers": [layer.to_json() for layer in after.history],
        "total_params": sum(layer.params for layer in after.history),
        "files": {
            "grid": str(files.picture.path) if files.picture else None,
            "maps": str(files.maps.path) if files.maps else None,
        },
    }
