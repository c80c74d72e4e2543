"""Groups of options: a dataclass whose fields are Typer options.

`grouped` unfolds the groups that a command takes into the flat signature that Typer reads, and folds the values back
into groups before it calls the command.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import typer


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Unfold the dataclass parameters of `command` into options of their own."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name not in groups:
            parameters.append(parameter.replace(annotation=hints[parameter.name]))
            continue
        group = groups[parameter.name]
        group_hints = get_type_hints(group, include_extras=True)
        parameters += [
            inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=group_hints[f.name])
            for f in fields(group)
        ]

    @functools.wraps(command)
    def flat(**values: Any) -> None:
        folded = {name: group(**{f.name: values.pop(f.name) for f in fields(group)}) for name, group in groups.items()}
        command(**values, **folded)

    # Typer asks for the signature and for the type hints; both must tell of the flat options.
    flat.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    )
    flat.__annotations__ = {p.name: p.annotation for p in parameters}
    del flat.__wrapped__
    return flat


def complete(names: Iterable[str]) -> Callable[[str], list[str]]:
    """Return a completion that offers those of `names` that begin with what is typed."""
    words = list(names)

    def offer(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete.lower())]

    return offer


def option(*names: str, help: str, panel: str, metavar: str | None = None, values: Iterable[str] = ()) -> Any:
    """Declare an option; `values` are offered by completion and listed in the help."""
    words = list(values)
    return typer.Option(
        *names,
        help=help,
        metavar=metavar,
        rich_help_panel=panel,
        autocompletion=complete(words) if words else None,
        show_default=False,
    )
