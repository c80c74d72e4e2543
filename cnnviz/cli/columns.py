"""A table of numbers that fits: columns where the terminal is wide enough, else a block of lines for each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.cli.report import NARROW
from cnnviz.errors import printable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def columns(headings: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> RenderableType:
    """Return a table whose first column names its rows; nothing in it is ever cut off."""
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="right" if i else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(printable, row))
    needed = Measurement.get(console, console.options.update(max_width=100_000), table).maximum
    if console.width >= max(NARROW, needed):
        return table
    widest = max(len(heading) for heading in headings[1:])
    lines = []
    for name, *cells in rows:
        lines.append(name)
        lines += [f"  {heading:<{widest}}  {cell}" for heading, cell in zip(headings[1:], cells, strict=True)]
    return "\n".join(lines)
