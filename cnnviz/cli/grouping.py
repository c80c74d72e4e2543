"""Groups of options: a NamedTuple whose fields are Typer options.

`grouped` unfolds the groups that a command takes into the flat signature that Typer reads, and folds the values back
into groups before it calls the command. An option that was given nothing (`--resize "$SIZE"`, and no SIZE) is refused
there, once for all of them: it is not the same as an option that was left out.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, get_type_hints

import typer
from typer.models import OptionInfo

from cnnviz.errors import UsageError


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Unfold the groups among the parameters of `command` into options of their own."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if hasattr(hint, "_fields")}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name not in groups:
            parameters.append(parameter.replace(annotation=hints[parameter.name]))
            continue
        group = groups[parameter.name]
        group_hints = get_type_hints(group, include_extras=True)
        parameters += [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=group._field_defaults.get(name, inspect.Parameter.empty),
                annotation=group_hints[name],
            )
            for name in group._fields
        ]

    @functools.wraps(command)
    def flat(**values: Any) -> None:
        for parameter in parameters:
            _refuse_empty(parameter, values.get(parameter.name))
        folded = {name: group(*map(values.pop, group._fields)) for name, group in groups.items()}
        command(**values, **folded)

    # Typer asks for the signature and for the type hints; both must tell of the flat options.
    flat.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    )
    flat.__annotations__ = {p.name: p.annotation for p in parameters}
    del flat.__wrapped__
    return flat


def _refuse_empty(parameter: inspect.Parameter, value: object) -> None:
    if value == "" or (isinstance(value, list) and "" in value):
        declared = parameter.annotation.__metadata__[0]
        if isinstance(declared, OptionInfo):
            raise UsageError(f"{(declared.param_decls or [''])[0]} is empty: give it a value, or leave it out")


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
