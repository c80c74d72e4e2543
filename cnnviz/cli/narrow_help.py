"""Help for a narrow terminal: nothing is cut off, each option stands on a line and its words below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnviz.cli.report import folded


def narrow_help(command: Any, context: Any, width: int) -> Iterator[str]:
    """Yield the help of a command as lines of at most `width` columns: its arguments, then its options by panel."""
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    for paragraph in (f"Usage: {usage}", *(command.help or "").split("\n\n")):
        yield from folded(" ".join(paragraph.split()), width)
        yield ""
    panels: dict[str, list[Any]] = {}
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            yield from folded(f"{parameter.metavar}: {parameter.help}", width)
            yield ""
        else:
            panels.setdefault(getattr(parameter, "rich_help_panel", None) or "Options", []).append(parameter)
    for panel, parameters in panels.items():
        yield f"{panel}:"
        for parameter in parameters:
            names = ", ".join([*parameter.opts, *parameter.secondary_opts])
            yield from folded(f"  {names} {parameter.metavar or ''}".rstrip(), width)
            for line in folded(parameter.help or "", width - 4):
                yield f"    {line}"
        yield ""
    for paragraph in (command.epilog or "").split("\n\n"):
        yield from folded(paragraph, width)
