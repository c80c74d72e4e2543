"""What a run says when it is done: the table and what stands below it, or one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnnviz.cli.table import explanation_text, layers_table, remarks
from cnnviz.core.explain import explain
from cnnviz.core.wording import plural
from cnnviz.draw.numbers import number
from cnnviz.errors import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cnnviz.cli.outputs import Outputs
    from cnnviz.cli.picture import Drawn
    from cnnviz.cli.report import Report
    from cnnviz.core.feature_maps import FeatureMaps

MOST_NAMED = 16  # maps that are named one by one


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
    yield f"{printable(name)}: {plural(channels, 'channel')} of {height}×{width}"
    yield ""
    yield layers_table(after.history, report.console(), levels)
    notes = remarks(after.history)
    if 1 < len(after) <= MOST_NAMED:
        notes.insert(0, "feature maps: " + ", ".join(f"{i} {printable(label)}" for i, label in enumerate(after.labels)))
    if notes:
        yield ""
        yield from notes
    written = [("maps", files.maps), ("grid", files.picture)]
    if any(target for _, target in written):
        yield ""
    for kind, target in written:
        if target:
            place = printable(str(target.path)) if target.path else "standard output"
            yield f"{kind}: {place}{_scale(drawn) if kind == 'grid' and drawn else ''}"


def _scale(drawn: Drawn) -> str:
    reduction = drawn.grid.reduction
    return f"  (reduced {number(reduction)} times to fit; --scale 1 for full size)" if reduction > 1 else ""


def explanation(after: FeatureMaps) -> str:
    """Return the sentences of --explain for the whole history."""
    return explanation_text(explain(after.history))


def as_json(
    command: str, name: str, before: FeatureMaps, after: FeatureMaps, files: Outputs, *, explained: bool = False
) -> dict[str, Any]:
    """Return a run as the object that --json prints; `explained` adds what --explain says."""
    sentences = [{"layer": e.title, "sentences": list(e.sentences)} for e in explain(after.history)]
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
        **({"explanation": sentences} if explained else {}),
    }
